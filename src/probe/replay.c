/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/replay.h"

#include "base/mem.h"
#include "probe/handle.h"
#include "probe/state_save.h"

#define POLL_EVERY 4096

struct replay {
	const struct recording *r;
	const char *name;
	struct state *st;
	const void *thread; /* a look-up for the next event; NULL: none */
	size_t thread_len;
};

/* In place of a look-up in /proc. */
static void look_up(void *arg, struct state_thread *t)
{
	struct replay *rp = arg;

	if (rp->thread)
		state_restore_thread(rp->st, t, rp->thread, rp->thread_len);
	rp->thread = NULL;
}

int replay_open(struct replay **out, const struct recording *r, const char *name, struct state *st,
		struct error *err)
{
	struct replay *rp;

	*out = NULL;
	if (state_restore(st, r->state, r->state_len, err))
		return error_wrap(err, "%s", name);
	rp = xcalloc(1, sizeof(*rp));
	rp->r = r;
	rp->name = name;
	rp->st = st;
	state_set_proc(st, &(struct state_proc){.look_up = look_up, .ctx = rp});
	*out = rp;
	return 0;
}

void replay_close(struct replay *rp)
{
	free(rp);
}

static inline __attribute__((always_inline)) void
run(struct replay *rp, const struct handler *h, const volatile sig_atomic_t *stop, bool watched)
{
	struct record_cursor c;
	unsigned until_poll = POLL_EVERY;

	recording_start(rp->r, &c);
	while (!*stop) {
		const void *item;
		size_t len;
		enum record_item type = recording_next(&c, &item, &len);

		if (type == RECORD_NO_MORE)
			break;
		if (type == RECORD_LOOKUP) {
			rp->thread = item;
			rp->thread_len = len;
			continue;
		}
		handle_event(h, item, watched);
		rp->thread = NULL;
		if (--until_poll == 0) {
			until_poll = POLL_EVERY;
			handle_poll(h);
		}
	}
}

void replay_run(struct replay *rp, const struct consumer_opts *opts, struct consumer_stats *stats)
{
	struct handler h = {.st = rp->st, .opts = opts, .stats = stats};

	if (opts->ns_per_event)
		h.spin = (uint64_t)(tsc_measure(2000000) * (double)opts->ns_per_event);
	if (opts->profile)
		profile_begin(opts->profile);
	if (opts->profile || opts->recorder)
		run(rp, &h, opts->stop, true);
	else
		run(rp, &h, opts->stop, false);
	if (opts->profile)
		profile_end(opts->profile);
}

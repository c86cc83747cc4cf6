/* SPDX-License-Identifier: Apache-2.0 */
#include "run/bare.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "run/live.h"
#include "run/loadproc.h"
#include "run/repeat.h"

#include <math.h>
#include <poll.h>

struct bare {
	struct session *s;
	const struct bare_spec *spec;
	struct res_repeat *out;
	struct loadproc load;
	int64_t from_ns; /* monotonic */
};

__attribute__((format(printf, 2, 3))) static int fail(struct bare *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	repeat_fail(b->out, fmt, ap);
	va_end(ap);
	return -1;
}

static void tell(const struct bare *b, const char *phase)
{
	double spent = (double)(clock_mono() - b->from_ns);
	struct progress p = {.kind = PROGRESS_LIVE,
			     .case_key = b->spec->name,
			     .phase = phase,
			     .repeat = b->spec->repeat,
			     .repeats = b->spec->repeats,
			     .evts_per_s = (double)NAN,
			     .drop_rate = (double)NAN,
			     .left_s = b->spec->left_s - spent / 1e9};

	p.part = fmin(spent / (double)(b->spec->warmup_ns + b->spec->duration_ns), 1);
	if (b->s->progress)
		b->s->progress(b->s->progress_arg, &p);
}

/* Wait until something happens or the deadline (monotonic), and take it in. */
static int step(struct bare *b, int64_t deadline)
{
	struct pollfd fds[] = {{.fd = b->s->signal_fd, .events = POLLIN},
			       {.fd = b->load.p.out_fd, .events = POLLIN}};
	int64_t until = b->s->beat_at < deadline ? b->s->beat_at : deadline;
	int64_t ms = (until - clock_mono() + NS_PER_MS - 1) / NS_PER_MS;

	poll(fds, ARRAY_SIZE(fds), ms < 0 ? 0 : ms > 250 ? 250 : (int)ms);
	if (session_interrupted(b->s))
		return fail(b, "interrupted");
	session_beat(b->s);
	loadproc_read(&b->load);
	return b->load.broken ? fail(b, "%s", b->load.broken) : 0;
}

static int gone(struct bare *b, const char *when)
{
	struct strbuf how cleanup_strbuf = STRBUF_INIT;

	loadproc_describe(&b->load, &how);
	return fail(b, "%s %s", how.buf, when);
}

/* Until *flag, which reading the load's report sets. */
static int wait_load(struct bare *b, const bool *flag, const char *what)
{
	int64_t deadline = clock_mono() + LIVE_LOAD_LIMIT;

	while (!*flag) {
		bool ended = process_poll(&b->load.p);

		if (step(b, deadline))
			return -1;
		if (ended && !*flag)
			return gone(b, "before its time");
		if (clock_mono() > deadline)
			return fail(b, "the load did not %s within %d s", what,
				    (int)(LIVE_LOAD_LIMIT / NS_PER_S));
	}
	return 0;
}

static int wait_until(struct bare *b, int64_t t_ns, const char *phase)
{
	while (clock_real() < t_ns) {
		if (step(b, clock_mono() + t_ns - clock_real()))
			return -1;
		if (b->load.ended || process_poll(&b->load.p))
			return gone(b, "before the window's end");
		tell(b, phase);
	}
	return 0;
}

static int course(struct bare *b)
{
	struct error why = ERROR_INIT;
	char *log cleanup_free = fs_join(b->spec->dir, "load.log");
	int64_t t0, t1;

	if (loadproc_start(&b->load, b->s, b->spec->load, log, &why))
		return fail(b, "%s", why.msg);
	if (wait_load(b, &b->load.ready, "get ready"))
		return -1;
	loadproc_go(&b->load);
	if (wait_load(b, &b->load.started, "start"))
		return -1;
	t0 = b->load.start_ns + b->spec->warmup_ns;
	t1 = t0 + b->spec->duration_ns;
	if (wait_until(b, t0, "warm-up") || wait_until(b, t1, "measuring"))
		return -1;
	loadproc_ask_end(&b->load);
	if (wait_load(b, &b->load.ended, "end"))
		return -1;
	b->out->t0_ns = t0;
	b->out->t1_ns = t1;
	b->out->warmup_s = (double)b->spec->warmup_ns / 1e9;
	loadproc_workers(&b->load, t0, t1, b->out);
	b->out->status = RES_OK;
	return 0;
}

int bare_run(struct session *s, const struct bare_spec *spec, struct res_repeat *out,
	     struct error *err)
{
	struct bare b = {
		.s = s, .spec = spec, .out = out, .load = LOADPROC_INIT, .from_ns = clock_mono()};
	char *report cleanup_free = fs_join(spec->dir, "load.jsonl");

	s->beat_at = 0;
	course(&b);
	loadproc_stop(&b.load, s);
	if (b.load.text.len)
		fs_write_file(report, b.load.text.buf, b.load.text.len, 0644, NULL);
	loadproc_release(&b.load);
	return s->caught ? error_env(err, "interrupted") : 0;
}

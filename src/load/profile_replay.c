/* SPDX-License-Identifier: Apache-2.0 */
#include "load/profile_private.h"

#include "base/fs.h"
#include "base/mem.h"
#include "load/pace.h"
#include "load/replay.h"

#include <math.h>
#include <string.h>

/* Paced operations cost about a microsecond and each needs its share of a CPU: above this rate
 * (operations a second) another thread helps. */
#define THREAD_RATE 150000.0
#define THREADS_MAX 8
#define SLEEPER	    "clock-sleep" /* the operation that is a clock_nanosleep */

static double threads_for(double per_s)
{
	return fmin(ceil(per_s / THREAD_RATE), THREADS_MAX);
}

/* Sleeps a second between paced operations: one before each of them, and at most one a quantum. */
static double sleeps_of(double per_s)
{
	return fmin(per_s, threads_for(per_s) * 1e9 / PACE_QUANTUM_NS);
}

/* The pacing sleeps by the very call that the mix may ask for: what it makes of it anyway, for the
 * others and for the sleeper itself, need not be made once more. */
static void count_own_sleeps(struct load_replay *r)
{
	const struct load_op *op = load_op_find(SLEEPER);
	struct replay_op *sleeper = NULL;
	double others = 0, all, rest;

	for (size_t i = 0; i < r->n_ops; i++)
		if (r->ops[i].op == op)
			sleeper = &r->ops[i];
		else
			others += sleeps_of(r->ops[i].per_s);
	if (!sleeper)
		return;
	all = sleeper->per_s;
	rest = fmax(all - others, 0);
	sleeper->per_s = fmax(rest / 2, rest - sleeps_of(rest));
	r->paced_sleeps = all - sleeper->per_s;
}

static void add_worker(struct load_profile *p, const struct replay_op *r, size_t line, size_t col)
{
	struct load_worker *w;

	if (r->per_s <= 0)
		return;
	ALLOC_GROW(p->workers, p->n, p->alloc);
	w = &p->workers[p->n++];
	*w = (struct load_worker){
		.op = r->op,
		.threads = (unsigned)threads_for(r->per_s),
		.arrival = {.kind = load_arrivals,
			    .rate = fmax(fmin(r->per_s, LOAD_RATE_MAX), LOAD_RATE_MIN)},
		.duration_ns = -1,
		.line = line,
		.col = col,
	};
	profile_name_worker(p, w, "replay-", r->op->name);
}

int profile_add_replay(struct load_profile *p, const char *path, double scale, size_t line,
		       size_t col, struct error *err)
{
	struct host_profile host cleanup_host_profile = {0};
	struct load_replay *r;

	if (host_profile_read(path, &host, err))
		return -1;
	r = p->replay = xcalloc(1, sizeof(*r));
	if (load_replay_fit(&host, scale, r, err))
		return error_wrap(err, "%s", path);
	r->file = xstrdup(path);
	count_own_sleeps(r);
	for (size_t i = 0; i < r->n_ops; i++)
		add_worker(p, &r->ops[i], line, col);
	return 0;
}

int profile_read_replay(struct load_profile *p, const struct yaml_node *root, struct error *err)
{
	const struct yaml_node *n = yaml_get(root, "replay"), *by = yaml_get(root, "scale");
	char *dir cleanup_free = fs_dirname(p->file), *path cleanup_free = NULL;
	double scale = 1;
	const char *s;

	if (!n)
		return by ? yaml_error(by, err, "scale without replay") : 0;
	if (yaml_read_str(n, "replay", &s, err) ||
	    (by && yaml_read_double(by, "scale", 1e-6, 1e6, &scale, err)))
		return -1;
	path = *s == '/' ? xstrdup(s) : fs_join(dir, s);
	if (profile_add_replay(p, path, scale, n->line, n->col, err)) {
		char *why cleanup_free = xstrdup(err->msg);

		return yaml_error(n, err, "replay: %s", why);
	}
	return 0;
}

int load_profile_replay(const char *host_json, double scale, struct load_profile *out,
			struct error *err)
{
	*out = (struct load_profile){
		.id = xstrdup("replay"),
		.file = xstrdup(host_json),
		.duration_ns = LOAD_DEFAULT_DURATION_NS,
	};
	if (profile_add_replay(out, host_json, scale, 1, 1, err))
		return -1;
	out->title =
		xasprintf("Mix of %s", out->replay->hostname ? out->replay->hostname : host_json);
	return 0;
}

void profile_release_replay(struct load_profile *p)
{
	if (p->replay)
		load_replay_release(p->replay);
	free(p->replay);
	p->replay = NULL;
}

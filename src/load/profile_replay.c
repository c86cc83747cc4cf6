/* SPDX-License-Identifier: Apache-2.0 */
#include "load/profile_private.h"

#include "base/fs.h"
#include "base/mem.h"
#include "load/replay.h"

#include <math.h>
#include <string.h>

/* Paced operations cost about a microsecond and each needs its share of a CPU: above this rate
 * (operations a second) another thread helps. */
#define THREAD_RATE 150000.0
#define THREADS_MAX 8

static void add_worker(struct load_profile *p, const struct replay_op *r, size_t line, size_t col)
{
	double threads = ceil(r->per_s / THREAD_RATE);
	struct load_worker *w;

	ALLOC_GROW(p->workers, p->n, p->alloc);
	w = &p->workers[p->n++];
	*w = (struct load_worker){
		.op = r->op,
		.threads = (unsigned)fmin(threads, THREADS_MAX),
		.arrival = {.kind = load_arrivals, .rate = fmin(r->per_s, LOAD_RATE_MAX)},
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

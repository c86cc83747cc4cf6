/* SPDX-License-Identifier: Apache-2.0 */
#include "tune/point.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "run/dryrun.h"
#include "run/live.h"
#include "run/repeat.h"

#include <math.h>
#include <string.h>

static int journal(const struct bench *b, const char *name, const struct res_case *c, json_t *more,
		   struct error *err)
{
	json_t *e = json_object();

	json_object_set_new(e, "event", json_string(name));
	json_object_set_new(e, "t", json_integer(clock_real()));
	json_object_set_new(e, "case", json_string(c->key));
	json_object_set_new(e, "result", more);
	return journal_add(b->j, e, err);
}

int point_dry(struct bench *b, size_t i, struct error *err)
{
	struct res_case *c = &b->p->res.cases[i];
	char *dir cleanup_free = plan_case_dir(b->p, i);

	if (c->dry_status != RES_PENDING)
		return 0;
	if (session_interrupted(b->s) ||
	    dryrun_run(b->s, &b->p->v[i].dry_argv, dir, b->p->timeout_ns, c, err))
		return -1;
	return journal(b, "dry-run", c,
		       json_pack("{s:s, s:b, s:i}", "status", res_status_names[c->dry_status],
				 "agreement", c->agreement, "syscalls", (int)c->dry_final.n),
		       err);
}

static struct res_repeat *new_repeat(const struct bench *b, size_t i)
{
	struct res_case *c = &b->p->res.cases[i];
	struct res_repeat *r;

	c->repeats = xrealloc(c->repeats, c->n_repeats + 1, sizeof(*c->repeats));
	r = &c->repeats[c->n_repeats++];
	res_repeat_init(r);
	r->index = (int)c->n_repeats;
	r->dir = xasprintf("cases/%s/repeat-%zu", b->p->v[i].dir_name, c->n_repeats);
	return r;
}

int point_live(struct bench *b, size_t i, int64_t duration_ns, int round, int rounds, double left_s,
	       struct error *err)
{
	struct res_case *c = &b->p->res.cases[i];
	struct res_repeat *r = new_repeat(b, i);
	char *dir cleanup_free = fs_join(b->p->dir, r->dir);
	struct live_spec spec = {.argv = &b->p->v[i].live_argv,
				 .dir = dir,
				 .load = &b->p->v[i].load_argv,
				 .warmup_ns = b->p->res.warmup_ns,
				 .duration_ns = duration_ns,
				 .timeout_ns = b->p->timeout_ns,
				 .set = c->dry_status == RES_OK ? &c->dry_final : &c->predicted,
				 .hurry = true,
				 .n_cpus = b->p->res.n_cpus,
				 .case_key = c->key,
				 .repeat = round,
				 .repeats = rounds,
				 .left_s = left_s};
	struct live_result res;

	if (session_interrupted(b->s) || fs_remove_tree(dir, err) || fs_mkdirs(dir, err) ||
	    live_run(b->s, &spec, r, &res, err)) {
		res_repeat_release(r); /* as if it had not begun */
		c->n_repeats--;
		return -1;
	}
	if (res.engine_exit == EXIT_ENV && r->log_tail.n) {
		free(r->reason);
		r->reason = xstrdup(r->log_tail.v[r->log_tail.n - 1]);
		b->hopeless = true;
	}
	repeat_tell(b->s, c->key, r, round, rounds, left_s, NULL);
	return journal(b, "repeat", c, res_repeat_to_json(r, b->p->res.n_cpus), err);
}

const struct res_repeat *point_last(const struct res_case *c)
{
	return c->n_repeats ? &c->repeats[c->n_repeats - 1] : NULL;
}

const char *point_failure(const struct res_case *c)
{
	const struct res_repeat *last = point_last(c);

	if (c->dry_status == RES_FAILED || c->dry_status == RES_SKIPPED)
		return c->dry_reason ? c->dry_reason : "its dry run failed";
	for (size_t i = 0; i < c->n_repeats; i++)
		if (c->repeats[i].status == RES_OK)
			return NULL;
	return last && last->reason ? last->reason : "not measured";
}

char *point_drop_text(const struct res_summary *s)
{
	if (isnan(s->drop_rate))
		return xstrdup(s->n_ok ? "not exercised" : "not measured");
	return xasprintf("%s (%s to %s)", UNITS_SHARE(s->drop_rate), UNITS_SHARE(s->drop_lo),
			 UNITS_SHARE(s->drop_hi));
}

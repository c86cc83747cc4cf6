/* SPDX-License-Identifier: Apache-2.0 */
/* What a run writes into its journal, and what comes of it when the journal is read again. */
#include "run/runner_private.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "run/dryrun.h"
#include "run/ladder.h"
#include "run/repeat.h"

#include <math.h>
#include <string.h>

/* ---- events ---- */

json_t *runner_event(const char *name, const char *case_key)
{
	json_t *o = json_object();

	json_object_set_new(o, "event", json_string(name));
	json_object_set_new(o, "t", json_integer(clock_real()));
	if (case_key)
		json_object_set_new(o, "case", json_string(case_key));
	return o;
}

json_t *runner_dry_event(const struct res_case *c)
{
	json_t *o = runner_event("dry-run", c->key);

	json_object_set_new(o, "status", json_string(res_status_names[c->dry_status]));
	json_object_set_new(o, "reason", utf8_json_exact(c->dry_reason));
	json_object_set_new(o, "final", utf8_json_exact_list(&c->dry_final));
	json_object_set_new(o, "log_tail", utf8_json_exact_list(&c->dry_log_tail));
	return o;
}

json_t *runner_idle_event(const struct res_idle *idle, const char *reason)
{
	json_t *o = runner_event("idle", NULL);

	json_object_set_new(o, "known", json_boolean(idle->known));
	json_object_set_new(o, "seconds", jvalue_real(idle->seconds));
	json_object_set_new(o, "evts_per_s", jvalue_real(idle->evts_per_s));
	json_object_set_new(o, "n_drops", jvalue_whole(idle->n_drops));
	json_object_set_new(o, "reason", utf8_json_exact(reason));
	return o;
}

json_t *runner_repeat_event(const struct res_case *c, const struct res_repeat *r, int64_t n_cpus,
			    double background, double took_s)
{
	json_t *o = runner_event("repeat", c->key);

	json_object_set_new(o, "background_per_s", jvalue_real(background));
	repeat_add_result(o, r, n_cpus, took_s);
	return o;
}

/* ---- what follows from one, in the run and in its replay ---- */

void runner_after_dry(struct res_case *c)
{
	if (c->dry_status == RES_FAILED)
		repeats_skip(c->repeats, c->n_repeats, "its dry run failed");
}

void runner_end_case(struct res_case *c)
{
	while (c->n_repeats && c->repeats[c->n_repeats - 1].status == RES_PENDING)
		res_repeat_release(&c->repeats[--c->n_repeats]);
}

/* ---- replay ---- */

static void read_strings(const json_t *a, struct strvec *out)
{
	const json_t *s;
	size_t i;

	strvec_release(out);
	json_array_foreach(a, i, s)
	{
		if (json_is_string(s))
			strvec_push(out, json_string_value(s));
	}
}

static struct res_case *case_of(struct plan *p, const json_t *event)
{
	const char *key = json_string_value(json_object_get(event, "case"));

	for (size_t i = 0; key && i < p->res.n_cases; i++)
		if (!strcmp(p->res.cases[i].key, key))
			return &p->res.cases[i];
	return NULL;
}

void runner_verify_again(struct plan *p)
{
	res_verification_release(&p->res.verification);
	res_verification_init(&p->res.verification);
}

static int replay_dry(struct runner_replay *r, const json_t *e, size_t line, struct error *err)
{
	struct res_case *c = case_of(r->plan, e);
	const char *status = json_string_value(json_object_get(e, "status"));
	const char *reason = json_string_value(json_object_get(e, "reason"));

	if (!c || !status)
		return error_at(err, r->file, line, 0, "a dry run of no known case");
	c->dry_status = strcmp(status, "ok") ? RES_FAILED : RES_OK;
	free(c->dry_reason);
	c->dry_reason = reason ? xstrdup(reason) : NULL;
	read_strings(json_object_get(e, "final"), &c->dry_final);
	read_strings(json_object_get(e, "log_tail"), &c->dry_log_tail);
	if (c->dry_status == RES_OK)
		dryrun_compare(c);
	runner_after_dry(c);
	return 0;
}

static int replay_repeat(struct runner_replay *r, const json_t *e, size_t line, struct error *err)
{
	struct res_case *c = case_of(r->plan, e);

	if (!c)
		return error_at(err, r->file, line, 0, "a repeat of no known case");
	if (repeat_replay(c->repeats, c->n_repeats, e, r->plan->res.n_cpus, r->file, line, err))
		return -1;
	runner_verify_again(r->plan); /* what was recommended before it may not be any more */
	r->plan->spent_s += json_number_value(json_object_get(e, "took_s"));
	return 0;
}

static int replay_case_end(struct runner_replay *r, const json_t *e, size_t line, struct error *err)
{
	struct res_case *c = case_of(r->plan, e);

	if (!c)
		return error_at(err, r->file, line, 0, "an end of no known case");
	runner_end_case(c);
	return 0;
}

static int replay_rung(struct runner_replay *r, const json_t *e, size_t line, struct error *err)
{
	return ladder_replay(r->plan, e, r->file, line, err);
}

static int replay_idle(struct runner_replay *r, const json_t *e, size_t line, struct error *err)
{
	struct res_idle *idle = &r->plan->res.idle;

	(void)line;
	(void)err;
	if (!json_is_true(json_object_get(e, "known")))
		return 0;
	idle->known = true;
	idle->seconds = json_number_value(json_object_get(e, "seconds"));
	idle->evts_per_s = json_number_value(json_object_get(e, "evts_per_s"));
	idle->n_drops = json_integer_value(json_object_get(e, "n_drops"));
	return 0;
}

static int replay_verification(struct runner_replay *r, const json_t *e, size_t line,
			       struct error *err)
{
	struct res_verification *v = &r->plan->res.verification;

	(void)line;
	res_verification_release(v);
	return res_verification_from_json(v, json_object_get(e, "result"), r->file, err);
}

static const struct {
	const char *name;
	int (*fn)(struct runner_replay *r, const json_t *e, size_t line, struct error *err);
} replays[] = {
	{"dry-run", replay_dry},       {"idle", replay_idle}, {"repeat", replay_repeat},
	{"case-end", replay_case_end}, {"rung", replay_rung}, {"verification", replay_verification},
};

/* Events without a row here (repeat-start, resume, run-end) tell the course of the run only. */
int runner_replay(void *arg, const json_t *e, size_t line, struct error *err)
{
	struct runner_replay *r = arg;
	const char *name = json_string_value(json_object_get(e, "event"));

	if (!r->started) {
		if (plan_from_json(r->plan, e, r->dir, r->file, err))
			return -1;
		r->started = true;
		return 0;
	}
	if (!name)
		return error_at(err, r->file, line, 0, "is no event");
	for (size_t i = 0; i < ARRAY_SIZE(replays); i++)
		if (!strcmp(name, replays[i].name))
			return replays[i].fn(r, e, line, err);
	return 0;
}

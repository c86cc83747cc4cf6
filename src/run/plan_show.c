/* SPDX-License-Identifier: Apache-2.0 */
/* A plan in words, and as command lines. */
#include "run/plan.h"

#include "base/mem.h"
#include "base/units.h"

/* What --canary means for a case. The ladder's loads have the programs of all others. */
static void say_canary(const struct results *r, const struct res_case *c, struct strbuf *line)
{
	if (r->canary && !c->canary_off)
		strbuf_addstr(line, ", canaries");
	else if (r->canary)
		strbuf_addf(line, ", %s: %s",
			    r->n_rungs ? "the load has canaries, the rules not" : "no canaries",
			    c->canary_off);
}

static char *case_line(const struct results *r, const struct res_case *k)
{
	struct strbuf line = STRBUF_INIT;

	if (k->dry_status == RES_SKIPPED) {
		strbuf_addf(&line, "  %-18s skipped: %s", k->key, k->dry_reason);
		return strbuf_detach(&line);
	}
	strbuf_addf(&line, "  %-18s %3zu syscalls, %lld x %s, load %s", k->key, k->predicted.n,
		    (long long)k->n_buffers, UNITS_BYTES((double)k->buffer_bytes), k->load);
	say_canary(r, k, &line);
	return strbuf_detach(&line);
}

void plan_describe(const struct plan *p, struct strvec *out)
{
	const struct results *r = &p->res;
	char a[UNITS_BUF], b[UNITS_BUF], c[UNITS_BUF];

	strvec_pushf(out, "engine %s (%s), predicting as Falco %s", p->engine.path,
		     p->engine.version ? p->engine.version : "not asked", r->falco_release);
	for (size_t i = 0; i < r->n_cases; i++)
		strvec_take(out, case_line(r, &r->cases[i]));
	for (size_t i = 0; i < r->n_rungs; i++)
		strvec_pushf(out, "  %-18s ladder, load %s%s%s%s", r->rungs[i].name,
			     r->rungs[i].load, r->canary ? " with canaries" : "",
			     r->rungs[i].case_key ? ": case " : "",
			     r->rungs[i].case_key ? r->rungs[i].case_key : "");
	if (r->dry_run_only)
		strvec_pushf(out, "%zu dry run%s", r->n_cases, r->n_cases == 1 ? "" : "s");
	else
		strvec_pushf(out,
			     "%zu case%s, %s%lld repeat%s of %s after %s of warm-up: %s%zu live "
			     "runs%s, about %s",
			     r->n_cases, r->n_cases == 1 ? "" : "s",
			     r->until_decided ? "until their places are decided, at most " : "",
			     (long long)r->repeats, r->repeats == 1 ? "" : "s",
			     units_fmt_duration(a, (double)r->duration_ns),
			     units_fmt_duration(b, (double)r->warmup_ns),
			     r->until_decided || r->max_time_ns != RES_UNKNOWN ? "at most " : "",
			     plan_pending(p),
			     p->no_verify || !(plan_verify_s(p, plan_live_s(p)) > 0)
				     ? ""
				     : " and one to verify the recommendation",
			     units_fmt_duration(c, plan_left_s(p) * 1e9));
}

/* A rung: the floor's engine, and the load. */
static void rung_commands(const struct plan_case *c, struct strvec *out)
{
	const struct strvec *all[] = {&c->live_argv, &c->load_argv};

	for (size_t k = 0; k < ARRAY_SIZE(all); k++)
		if (all[k]->n)
			argv_push_line(all[k], out);
}

void plan_commands(const struct plan *p, struct strvec *out)
{
	for (size_t i = 0; i < p->res.n_cases; i++) {
		const struct strvec *all[] = {&p->v[i].dry_argv, &p->v[i].live_argv,
					      &p->v[i].load_argv};

		if (p->res.cases[i].dry_status == RES_SKIPPED)
			continue;
		for (size_t k = 0; k < (p->res.dry_run_only ? 1u : 3u); k++)
			argv_push_line(all[k], out);
	}
	for (size_t i = 0; i < p->res.n_rungs; i++)
		if (!p->res.rungs[i].case_key)
			rung_commands(&p->rungs[i], out);
}

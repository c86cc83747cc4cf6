/* SPDX-License-Identifier: Apache-2.0 */
#include "report/search.h"

#include "base/mem.h"
#include "base/units.h"
#include "engine/engine.h"
#include "report/chart_tune.h"
#include "report/content.h"
#include "report/emit.h"
#include "report/escape.h"

#include <math.h>

static void facts(const struct search *w, struct doc *d)
{
	const struct results *r = search_facts(w);
	struct strvec *f;

	doc_heading(d, 1, "falcotune: the largest set of rules without drops");
	f = doc_facts(d);
	content_host(r, f);
	strvec_push(f, "Load");
	strvec_push(f, doc_known(r->cases[0].load));
	strvec_push(f, "Rules");
	strvec_pushf(f, "%zu, weight %g", w->n_rules, w->weight);
	strvec_push(f, "Limit");
	strvec_pushf(f, "a drop rate of %s, windows of %s", UNITS_SHARE(w->max_drop),
		     UNITS_DURATION((double)r->duration_ns));
	strvec_push(f, "Event rates");
	strvec_push(f, w->rates_from ? w->rates_from : "not known");
}

/* ---- the answer ---- */

static void say_found(const struct search *w, struct doc *d)
{
	const struct search_step *t = w->result;
	struct strbuf flags cleanup_strbuf = STRBUF_INIT;
	struct strvec argv cleanup_strvec = STRVEC_INIT;
	char *drop cleanup_free = point_drop_text(&search_case(t)->sum);

	if (t->n_kept == w->n_rules)
		doc_leadf(d,
			  "All %zu rules can stay: with the least state that they need (%zu "
			  "syscalls) the drop rate is %s.",
			  w->n_rules, search_case(t)->predicted.n, drop);
	else
		doc_leadf(d, "%zu of %zu rules, weight %g of %g, with %zu syscalls: drop rate %s.",
			  t->n_kept, w->n_rules, t->weight, w->weight, search_case(t)->predicted.n,
			  drop);
	if (!t->decided)
		doc_para(d, "That interval is not clear of the limit: more --repeats or a longer "
			    "--duration would tell.");
	if (!w->complete)
		doc_para(d, "The search ended early: a larger set may be within as well.");
	doc_code(d, "falco.yaml", w->yaml);
	for (size_t i = 0; i < w->flags.n; i++) {
		strvec_push(&argv, "-o");
		strvec_push(&argv, w->flags.v[i]);
	}
	argv_quote(&argv, &flags);
	doc_code(d, "the same as options", flags.buf);
}

static void say_unfixable(const struct search *w, struct doc *d)
{
	const struct search_step *t = w->v[w->n - 1];
	const struct res_case *c = search_case(t);
	char *drop cleanup_free = point_drop_text(&c->sum);

	doc_leadf(d,
		  "UNFIXABLE by giving up rules: even the smallest set (%zu of %zu rules, %zu "
		  "syscalls) has a drop rate of %s, with buffers of %lld x %s.",
		  t->n_kept, w->n_rules, c->predicted.n, drop, (long long)c->n_buffers,
		  UNITS_BYTES((double)c->buffer_bytes));
	if (w->max_memory != RES_UNKNOWN)
		doc_para(d, "These are the largest buffers within %s (%s).",
			 UNITS_BYTES((double)w->max_memory), w->max_memory_from);
	doc_para(d, "Next: more CPU for the engine, or less load on it.");
}

static void say_larger(const struct search *w, struct doc *d)
{
	const struct search_step *t = w->v[w->n - 1];
	const struct res_case *c = search_case(t), *was = search_case(w->v[0]);
	char *drop cleanup_free = point_drop_text(&c->sum);

	doc_leadf(
		d,
		"Buffers first: with the present ones (%lld x %s) even the smallest set (%zu of "
		"%zu rules, %zu syscalls) is above the limit, with buf_size_preset %d (%lld x %s) "
		"it has a drop rate of %s.",
		(long long)was->n_buffers, UNITS_BYTES((double)was->buffer_bytes), t->n_kept,
		w->n_rules, c->predicted.n, t->preset, (long long)c->n_buffers,
		UNITS_BYTES((double)c->buffer_bytes), drop);
	doc_para(d,
		 "Next: falcotune run --sweep buffers for the smallest setting that does, then the "
		 "search again with it (-o engine.%s.buf_size_preset=N).",
		 c->engine_kind);
}

static void answer(const struct search *w, struct doc *d)
{
	char *drop cleanup_free = NULL;

	doc_heading(d, 2, "Result");
	switch (w->state) {
	case SEARCH_FOUND:
		say_found(w, d);
		break;
	case SEARCH_UNFIXABLE:
		say_unfixable(w, d);
		break;
	case SEARCH_LARGER_BUFFERS:
		say_larger(w, d);
		break;
	case SEARCH_NOTHING_TO_GIVE:
		drop = point_drop_text(&search_case(w->result)->sum);
		doc_leadf(d,
			  "Nothing to give up: all %zu rules as they are configured have a drop "
			  "rate of %s.",
			  w->n_rules, drop);
		break;
	case SEARCH_NOT_EXERCISED:
		doc_para(d, "Not exercised: the load makes no event of this set.");
		break;
	default:
		doc_para(d, "No set was found: %s.",
			 w->reason	  ? w->reason
			 : w->interrupted ? "interrupted"
					  : "the search ended before one was within the limit");
	}
	if (w->verification)
		doc_para(d, "%s: %s.", w->verified ? "Verified" : "NOT verified", w->verification);
}

/* ---- tables ---- */

static void ledger(const struct search *w, struct doc *d)
{
	static const bool right[] = {false, false, true, false, false};
	static const char *const head[] = {"rule", "priority", "weight", "now", "not traced"};
	struct strvec *t;

	if (w->n_lost) {
		doc_heading(d, 2, "No longer watched");
		t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
		for (size_t i = 0; i < w->n_lost; i++) {
			const struct search_lost *l = &w->lost[i];
			const struct search_rule *r = &w->rules[l->rule];
			struct strbuf names cleanup_strbuf = STRBUF_INIT;

			strvec_join(&l->lost, ", ", &names);
			strvec_push(t, r->name);
			strvec_push(t, rule_priority_names[r->priority]);
			strvec_pushf(t, "%g", r->weight);
			strvec_push(t, l->disabled ? "given up"
				       : l->blind  ? "sees nothing"
						   : "sees a part");
			strvec_push(t, names.len ? names.buf : "-");
		}
	}
	if (w->result && w->state_missing.n) {
		struct strbuf names cleanup_strbuf = STRBUF_INIT;

		strvec_join(&w->state_missing, ", ", &names);
		doc_para(d,
			 "Of what Falco's state engine would like to see, %zu are not traced: "
			 "%s. The kept rules do not need them.",
			 w->state_missing.n, names.buf);
	}
}

static void steps(const struct search *w, struct doc *d)
{
	static const bool right[] = {true, false, true, true, true, true, true, true, false};
	static const char *const head[] = {"step",     "what",
					   "rules",    "weight",
					   "syscalls", "predicted events/s",
					   "events/s", "drop rate (95%)",
					   "limit"};
	struct strvec *t;

	doc_heading(d, 2, "Steps");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < w->n; i++) {
		const struct search_step *s = w->v[i];
		const struct res_case *c = search_case(s);

		strvec_pushf(t, "%zu", i + 1);
		strvec_push(t, search_kind_names[s->kind]);
		strvec_pushf(t, "%zu", s->n_kept);
		strvec_pushf(t, "%g", s->weight);
		strvec_pushf(t, "%zu", c->predicted.n);
		strvec_push(t, isnan(s->predicted_per_s) ? "-" : UNITS_RATE(s->predicted_per_s));
		strvec_push(t, isnan(c->sum.evts_per_s) ? "-" : UNITS_RATE(c->sum.evts_per_s));
		strvec_take(t, point_drop_text(&c->sum));
		strvec_pushf(t, "%s%s%s", search_outcome_names[s->outcome],
			     s->decided || s->reason ? "" : ", not clear",
			     s == w->result ? " <- result" : "");
	}
	doc_para(d,
		 "predicted: by %s, of the load alone. whole: as configured; least-state: all "
		 "rules, custom_set of what they need; smallest: the rules that cost nothing; "
		 "largest-buffers: the same with the largest buffers that may be had.",
		 w->rates_from ? w->rates_from : "nothing");
}

static void order(const struct search *w, struct doc *d)
{
	static const bool right[] = {true, false, true, true, true, false};
	static const char *const head[] = {"",
					   "rules that go together",
					   "weight",
					   "events/s saved",
					   "a unit of weight",
					   "calls gone"};
	struct strvec *t;

	if (!w->order.n)
		return;
	doc_heading(d, 2, "Candidates, most events a second for each unit of weight first");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < w->order.n; i++) {
		const struct giveup_step *g = &w->order.v[i];
		struct strvec names cleanup_strvec = STRVEC_INIT;
		struct strbuf rules cleanup_strbuf = STRBUF_INIT, gone cleanup_strbuf = STRBUF_INIT;
		double saved = g->before - g->after;

		for (size_t k = 0; k < g->n; k++)
			strbuf_addf(&rules, "%s%s", k ? ", " : "", w->rules[g->rules[k]].name);
		cat_scs_to_names(w->matrix.cat, g->gone, &names);
		strvec_join(&names, ", ", &gone);
		strvec_pushf(t, "%zu", i + 1);
		strvec_push(t, rules.buf);
		strvec_pushf(t, "%g", g->weight);
		strvec_push(t, UNITS_RATE(saved));
		strvec_push(t, g->weight > 0 ? UNITS_RATE(saved / g->weight) : "-");
		strvec_push(t, gone.buf);
	}
	doc_para(d, "A call leaves only with the last rule that needs it, so what is saved is the "
		    "difference of two sets, each without the candidates above it.");
}

static void notes(const struct search *w, struct doc *d)
{
	struct strvec said cleanup_strvec = STRVEC_INIT;

	strvec_copy(&said, &w->warnings);
	if (w->interrupted)
		strvec_push(&said, "Interrupted: what was measured until then.");
	if (said.n)
		strvec_copy(doc_list(d), &said);
}

/* ---- csv ---- */

static void csv(const void *it, struct strbuf *out)
{
	const struct search *w = it;

	strbuf_addstr(out, "step,kind,rules_kept,weight_kept,syscalls,predicted_events_per_s,"
			   "events_per_s,drop_rate,drop_lo,drop_hi,outcome,decided,result,reason"
			   "\r\n");
	for (size_t i = 0; i < w->n; i++) {
		const struct search_step *s = w->v[i];
		const struct res_case *c = search_case(s);

		strbuf_addf(out, "%zu,%s,%zu", i + 1, search_kind_names[s->kind], s->n_kept);
		emit_csv_number(out, s->weight);
		emit_csv_number(out, (double)c->predicted.n);
		emit_csv_number(out, s->predicted_per_s);
		emit_csv_number(out, c->sum.evts_per_s);
		emit_csv_number(out, c->sum.drop_rate);
		emit_csv_number(out, c->sum.drop_lo);
		emit_csv_number(out, c->sum.drop_hi);
		strbuf_addf(out, ",%s,%d,%d,", search_outcome_names[s->outcome], s->decided,
			    s == w->result);
		escape_csv(out, s->reason ? s->reason : "");
		strbuf_addstr(out, "\r\n");
	}
}

static void build(const void *it, struct doc *d)
{
	const struct search *w = it;

	facts(w, d);
	answer(w, d);
	ledger(w, d);
	steps(w, d);
	order(w, d);
	notes(w, d);
}

static char *page(const void *it, struct doc *d)
{
	const struct search *w = it;
	const struct results *r = search_facts(w);
	struct strvec commands cleanup_strvec = STRVEC_INIT;

	facts(w, d);
	answer(w, d);
	ledger(w, d);
	doc_heading(d, 2, "Drop rate against the rules kept");
	chart_search(w, d);
	steps(w, d);
	order(w, d);
	notes(w, d);
	for (size_t i = 0; i < w->n; i++)
		strvec_copy(&commands, &w->v[i]->plan.res.commands);
	content_commands(r->command, &commands, d);
	return content_title("search", r);
}

static json_t *to_json(const void *it)
{
	return search_to_json(it);
}

const struct emit_kind search_kind = {
	.name = "a search", .json = to_json, .csv = csv, .doc = build, .page = page};

int search_report(const struct search *w, enum out_format f, struct strbuf *out, struct error *err)
{
	return emit_report(&search_kind, w, f, out, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/cost_report.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/units.h"
#include "report/cost_words.h"
#include "report/emit.h"

#include <math.h>
#include <string.h>

#define NAMES_SHOWN   6
#define BUCKETS_SHOWN 12
#define RULE_NAMES    5

/* ---- text and Markdown ---- */

static bool per_second(const struct cost_report *r)
{
	return r->c->mix == COST_MIX_HOST;
}

/* ns of a second, or of an event of the mix, as people read them. */
static void push_cost(const struct cost_report *r, struct strvec *cells, double ns)
{
	if (per_second(r))
		strvec_pushf(cells, "%.3g%%", ns / 1e7);
	else
		strvec_pushf(cells, "%.3g ns", ns);
}

static void add_head(const struct cost_report *r, struct doc *d)
{
	const struct cost *c = r->c;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct strvec *facts;
	struct strbuf wake cleanup_strbuf = STRBUF_INIT;
	double n = c->whole.events;

	if (per_second(r))
		strbuf_addf(&wake, ", looking for events %.0f", c->whole.wake / n);
	doc_heading(d, 1, "What the rules cost");
	cost_words_origin(r, &text);
	doc_para(d, "%s", text.buf);
	facts = doc_facts(d);
	strvec_push(facts, "rules");
	strvec_pushf(facts, "%zu active, %zu with measured checks", c->n_rules, c->n_known);
	if (per_second(r)) {
		strvec_push(facts, "kernel events");
		strvec_pushf(facts, "%s/s", UNITS_RATE(n));
	}
	strvec_push(facts, "engine CPU per event");
	if (n > 0)
		strvec_pushf(
			facts, "%.0f ns (%.0f to %.0f): transport %.0f, state %.0f, rules %.0f%s",
			cost_engine_ns(&c->whole) / n, c->lo / n, c->hi / n, c->whole.transport / n,
			c->whole.state / n, c->whole.rules / n, wake.buf);
	else
		strvec_push(facts, "unknown: none of the events was counted");
	strvec_push(facts, "kernel side per event");
	if (n > 0)
		strvec_pushf(facts, "%.0f ns (%.0f to %.0f), in the time of the callers",
			     c->whole.capture / n, c->capture_lo / n, c->capture_hi / n);
	else
		strvec_push(facts, "unknown");
	strvec_push(facts, "share of a CPU");
	if (per_second(r))
		strvec_pushf(facts,
			     "engine %.3g%% (%.3g%% to %.3g%%), kernel side %.3g%% (%.3g%% to "
			     "%.3g%%)",
			     cost_engine_ns(&c->whole) / 1e7, c->lo / 1e7, c->hi / 1e7,
			     c->whole.capture / 1e7, c->capture_lo / 1e7, c->capture_hi / 1e7);
	else
		strvec_push(facts, "unknown without --host");
	strvec_push(facts, "rules tried per event");
	strvec_pushf(facts, n > 0 ? "%.3g, with %.3g checks" : "unknown", c->whole.evaluations / n,
		     c->whole.checks / n);
}

static void add_rule(const struct cost_report *r, const struct cost_rule *v, struct strvec *cells)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strvec_push(cells, v->rule->name);
	push_cost(r, cells, v->alone);
	push_cost(r, cells, v->cost);
	strvec_push(cells, !isnan(v->measured_ns) ? "measured"
			   : v->known		  ? "estimated, counted checks"
						  : "estimated");
	if (isnan(v->checks))
		strvec_push(cells, "-");
	else
		strvec_pushf(cells, "%.3g", v->checks);
	cost_words_lever(r, v, &text);
	strvec_push(cells, text.buf);
}

static void add_rules(const struct cost_report *r, struct doc *d)
{
	static const bool right[] = {false, true, true, false, true, false};
	const struct cost *c = r->c;
	struct strvec *cells;
	static const char *const head[] = {"Rule",     "Alone saves", "Its checks",
					   "Known by", "Checks",      "Lever"};

	doc_heading(d, 2, "Rules, the dearest first");
	doc_para(d,
		 "Alone saves: what giving up this one rule saves, by set: the events of calls "
		 "that only it needs, kernel side and engine, and its checks. Its checks: the "
		 "evaluations of its condition and its alerts. Both are %s. Checks: expected of "
		 "one evaluation.",
		 per_second(r) ? "shares of a CPU" : "ns for each event of the mix");
	cells = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < c->n_rules; i++)
		add_rule(r, &c->rules[i], cells);
}

static void add_steps(const struct cost_report *r, struct doc *d)
{
	static const bool right[] = {true, false, true, true, false};
	static const char *const head[] = {"Worst", "Rules", "Saves", "Of all", "Calls that go"};
	const struct cost *c = r->c;
	double all = cost_total_ns(&c->whole);
	struct strvec *cells;

	doc_heading(d, 2, "Giving up the worst");
	doc_para(d, "A call goes only with the last rule that needs it, so this is by set: each "
		    "line is the dearest group of that size that step-by-step search found.");
	cells = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct cost_step *s = &c->steps[i];
		struct strbuf rules cleanup_strbuf = STRBUF_INIT,
				    calls cleanup_strbuf = STRBUF_INIT;

		cost_words_rules(r, s, RULE_NAMES, &rules);
		cost_words_calls(r, s->gone, NAMES_SHOWN, &calls);
		strvec_pushf(cells, "%zu", s->n);
		strvec_push(cells, rules.buf);
		push_cost(r, cells, all - cost_total_ns(&s->left));
		strvec_pushf(cells, all > 0 ? "%.3g%%" : "-",
			     100 * (all - cost_total_ns(&s->left)) / all);
		strvec_push(cells, calls.len ? calls.buf : "none");
	}
}

static void add_buckets(const struct cost_report *r, struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, true};
	const struct cost *c = r->c;
	const char *const head[] = {"Event",	 per_second(r) ? "Events/s" : "Share",
				    "Rules",	 "Checks",
				    "State, ns", "Rules, ns"};
	struct strvec *cells;

	doc_heading(d, 2, "Event types");
	cells = doc_table_head(d, "Of one event: expected checks, and ns of the engine.", head,
			       ARRAY_SIZE(head), right);
	for (size_t i = 0; i < c->n_buckets && i < BUCKETS_SHOWN; i++) {
		const struct cost_bucket *b = &c->buckets[i];

		strvec_push(cells, b->name);
		strvec_push(cells, per_second(r) ? UNITS_RATE(b->weight) : UNITS_SHARE(b->weight));
		strvec_pushf(cells, "%zu", b->n_rules);
		strvec_pushf(cells, "%.3g", b->checks);
		strvec_pushf(cells, "%.0f", b->state_ns);
		strvec_pushf(cells, "%.0f", b->rules_ns);
	}
	if (c->n_buckets > BUCKETS_SHOWN)
		doc_para(d, "and %zu more types of events.", c->n_buckets - BUCKETS_SHOWN);
}

static void push_part(struct strvec *cells, const char *name, const struct cost_part *p)
{
	strvec_push(cells, name);
	strvec_pushf(cells, "%.1f", p->predicted);
	strvec_pushf(cells, "%.1f", p->measured);
	strvec_pushf(cells, p->measured > 0 ? "%.3f" : "-", p->predicted / p->measured);
}

static void add_fit(const struct cost_report *r, size_t i, struct doc *d)
{
	static const bool right[] = {false, true, true, true};
	static const char *const head[] = {"Part", "Model, ns", "Measured, ns", "Ratio"};
	const struct cost_fit *f = &r->fits[i];
	struct strvec *cells =
		doc_table_head(d, r->profile_files[i], head, ARRAY_SIZE(head), right);

	push_part(cells, "transport", &f->transport);
	push_part(cells, "state", &f->state);
	push_part(cells, "rules", &f->rules);
	push_part(cells, "output", &f->output);
	push_part(cells, "all", &f->total);
	if (f->n_missing)
		doc_para(d,
			 "%zu rules of this profile are not among the rules; what they took "
			 "was measured and is not in the model.",
			 f->n_missing);
}

static void build(const void *it, struct doc *d)
{
	const struct cost_report *r = it;

	add_head(r, d);
	add_rules(r, d);
	add_steps(r, d);
	add_buckets(r, d);
	if (!r->in->n_profiles)
		return;
	doc_heading(d, 2, "The model against the measurement");
	doc_para(d, "CPU of the engine for each event, the embedded engine's model with the "
		    "parameters above, the counts of the profile and none of its times.");
	for (size_t i = 0; i < r->in->n_profiles; i++)
		add_fit(r, i, d);
}

/* ---- csv ---- */

static void add_quoted(struct strbuf *out, const char *s)
{
	strbuf_addch(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			strbuf_addch(out, '"');
		strbuf_addch(out, *s);
	}
	strbuf_addch(out, '"');
}

static void csv(const void *it, struct strbuf *out)
{
	const struct cost_report *r = it;

	strbuf_addstr(out, "rule,mix,alone_ns,alone_events,cost_ns,offered,evaluations,checks,"
			   "estimated_ns,measured_ns,narrow_ns,reorder_ns,lever\r\n");
	for (size_t i = 0; i < r->c->n_rules; i++) {
		const struct cost_rule *v = &r->c->rules[i];

		add_quoted(out, v->rule->name);
		strbuf_addf(out, ",%s", cost_mix_names[r->c->mix]);
		emit_csv_number(out, v->alone);
		emit_csv_number(out, v->alone_events);
		emit_csv_number(out, v->cost);
		emit_csv_number(out, v->offered);
		emit_csv_number(out, v->evaluations);
		emit_csv_number(out, v->checks);
		emit_csv_number(out, v->ns);
		emit_csv_number(out, v->measured_ns);
		emit_csv_number(out, v->narrow);
		emit_csv_number(out, v->reorder);
		strbuf_addf(out, ",%s\r\n", cost_lever_names[v->lever]);
	}
}

int cost_report(const struct cost_report *r, enum out_format f, struct strbuf *out,
		struct error *err)
{
	const struct emit_kind kind = {
		.name = "the costs of rules", .json = cost_json, .csv = csv, .doc = build};

	return emit_report(&kind, r, f, out, err);
}

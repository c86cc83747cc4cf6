/* SPDX-License-Identifier: Apache-2.0 */
#include "report/profile.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "report/emit.h"
#include "report/escape.h"
#include "report/profile_tables.h"

#include <math.h>
#include <string.h>

#define TOP_RULES 6 /* whose distributions are drawn */

/* ---- facts ---- */

static void put_source(const struct profile_shown *s, struct strvec *f)
{
	const struct eprofile *p = &s->runs.all;
	bool replay = !strcmp(p->source, "replay");

	strvec_push(f, "Profiled");
	strvec_push(f, doc_known(s->what));
	if (p->pids) {
		strvec_push(f, "Processes");
		strvec_pushf(f,
			     "%s and their descendants: %.0f events of others are in no count "
			     "here, and their reading and state are no CPU time here",
			     p->pids, (double)p->others * profile_shown_part(s));
	}
	if (replay) {
		strvec_push(f, "Recording");
		strvec_pushf(f, "%s, made %s", doc_known(p->file), doc_known(p->recorded));
	}
	strvec_push(f, "Runs");
	if (s->runs.n == 1)
		strvec_pushf(f, "1 %s", replay ? "replay" : "live");
	else if (s->runs.same_counts)
		strvec_pushf(f,
			     "%zu replays with the same counts; counts are of each, times are the "
			     "mean",
			     s->runs.n);
	else
		strvec_pushf(f, "%zu %s; counts and times are of all together", s->runs.n,
			     replay ? "replays of several recordings" : "live");
}

static void put_events(const struct profile_shown *s, struct strvec *f)
{
	const struct eprofile *p = &s->runs.all;
	double part = profile_shown_part(s);

	strvec_push(f, "Window");
	strvec_pushf(f, "%s, the engine's whole run; %s of CPU time, profiling included",
		     UNITS_DURATION(p->window_ns * part),
		     isnan(p->cpu_ns) ? "unknown" : UNITS_DURATION(p->cpu_ns * part));
	strvec_push(f, "Events");
	strvec_pushf(f,
		     "%.0f (%s/s): %.0f evaluated, of which %.0f matched a rule; %.0f without "
		     "a rule, %.0f the engine's own",
		     (double)p->seen * part,
		     p->window_ns > 0 ? UNITS_RATE((double)p->seen / (p->window_ns / 1e9))
				      : "unknown",
		     (double)p->evaluated * part, (double)p->broken * part,
		     (double)p->without_rules * part, (double)p->own * part);
	if (p->kernel_events >= 0 && p->kernel_drops >= 0) {
		strvec_push(f, "Dropped");
		strvec_pushf(f, "%lld of %lld that the kernel counted (%s)",
			     (long long)p->kernel_drops, (long long)p->kernel_events,
			     p->kernel_events ? UNITS_SHARE((double)p->kernel_drops /
							    (double)p->kernel_events)
					      : "not exercised");
	}
	if (p->not_recorded > 0) {
		strvec_push(f, "Not recorded");
		strvec_pushf(f, "%lld events are missing in the recording",
			     (long long)p->not_recorded);
	}
}

static int64_t interruptions(const struct eprofile *p)
{
	for (size_t i = 0; i < p->tree.n; i++)
		if (!strcmp(doc_known(p->tree.v[i].name), "interrupted"))
			return p->tree.v[i].count;
	return 0;
}

static void put_overhead(const struct profile_shown *s, struct strvec *f)
{
	const struct eprofile *p = &s->runs.all;
	double of_cpu = ep_overhead_of_cpu(p);

	strvec_push(f, "Profiling's cost");
	if (p->overhead_ns > 0 && !isnan(p->overhead_per_event_ns))
		strvec_pushf(f,
			     "%s an event, %s of the window, %s on top of the engine's own CPU "
			     "time; no part of the numbers below",
			     UNITS_DURATION(p->overhead_per_event_ns),
			     UNITS_SHARE(ep_overhead_of_window(p)),
			     isnan(of_cpu) ? "unknown" : UNITS_SHARE(of_cpu));
	else
		strvec_push(f, "too little to be told from noise in so short a window");
	if (p->interrupted_ns > 0) {
		strvec_push(f, "Left out");
		strvec_pushf(f, "%lld intervals of more than %s (%s%s) in which others had the CPU",
			     (long long)interruptions(p), UNITS_DURATION(p->interrupted_above_ns),
			     UNITS_DURATION(p->interrupted_ns),
			     s->runs.n > 1 ? " in all runs" : "");
	}
}

static void facts(const struct profile_shown *s, struct doc *d)
{
	const struct eprofile *p = &s->runs.all;
	struct strvec *f;

	doc_heading(d, 1, "falcotune: what each rule costs");
	f = doc_facts(d);
	strvec_push(f, "Host");
	strvec_pushf(f, "%s, kernel %s, %lld CPUs", doc_known(p->hostname), doc_known(p->kernel),
		     (long long)p->n_cpus);
	strvec_push(f, "Engine");
	strvec_pushf(f, "%s %s, selects as Falco %s, rule_matching %s", doc_known(p->engine),
		     doc_known(p->engine_version), doc_known(p->selects_as),
		     doc_known(p->rule_matching));
	put_source(s, f);
	put_events(s, f);
	put_overhead(s, f);
	strvec_push(f, "Started");
	strvec_pushf(f, "%s by falcotune " FALCOTUNE_VERSION, doc_known(p->started));
	if (s->command) {
		strvec_push(f, "Command");
		strvec_push(f, s->command);
	}
}

/* ---- the whole ---- */

static void not_evaluated(const struct profile_shown *s, struct doc *d)
{
	const struct eprofile *p = &s->runs.all;
	struct strvec *list = NULL;

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct ep_rule *r = &p->rules[i];

		if (r->evaluated)
			continue;
		if (!list) {
			doc_heading(d, 2, "Not evaluated");
			list = doc_list(d);
		}
		strvec_pushf(list, "%s: %s", r->name, doc_known(r->why_not));
	}
}

static void notes(const struct profile_shown *s, struct doc *d)
{
	if (s->warnings.n)
		strvec_copy(doc_list(d), &s->warnings);
	doc_para(d, "Times are of the embedded engine, whose consumer is faster than Falco's: "
		    "shares and counts carry over better than ns. What the kernel side of the "
		    "capture takes is in none of them.");
}

/* The answer in one sentence. */
static void lead(const struct profile_shown *s, struct doc *d)
{
	const struct eprofile *p = &s->runs.all;
	size_t *order cleanup_free = ep_ranking(p);
	struct ep_spread share;

	if (!p->n_rules || !p->evaluated)
		return;
	ep_spread_of(&s->runs, ep_figure_share, order[0], &share);
	doc_leadf(d, "The dearest rule is %s with %s of the CPU time of the engine's consumer.",
		  p->rules[order[0]].name, UNITS_SHARE(share.mean));
}

static void build_with(const struct profile_shown *s, bool page, struct doc *d)
{
	facts(s, d);
	if (page)
		lead(s, d);
	if (!s->runs.all.evaluated)
		doc_para(d, "No rule was offered any event: there is nothing to rank.");
	profile_rules_table(s, d);
	notes(s, d);
	profile_phases_table(s, d);
	profile_events_table(s, d);
	profile_pairs_table(s, d);
	profile_checks_table(s, d);
	profile_latency_table(s, d);
	not_evaluated(s, d);
}

static void build(const void *it, struct doc *d)
{
	build_with(it, false, d);
}

/* ---- pictures ---- */

static void add_figure(struct doc *d, const char *heading, char *svg)
{
	if (!svg)
		return;
	doc_heading(d, 2, heading);
	doc_figure(d, NULL, svg);
}

static void phase_distributions(const struct eprofile *p, struct doc *d)
{
	struct profile_hist v[EP_N_PHASES];

	for (size_t i = 0; i < EP_N_PHASES; i++)
		v[i] = (struct profile_hist){p->phases[i].id, &p->phases[i].time};
	add_figure(d, "How long each phase takes",
		   profile_hist_svg("Latency of the engine's phases", v, EP_N_PHASES));
}

static void rule_distributions(const struct eprofile *p, struct doc *d)
{
	size_t *order cleanup_free = ep_ranking(p), n = 0;
	struct profile_hist v[TOP_RULES];

	for (; n < p->n_rules && n < TOP_RULES; n++)
		v[n] = (struct profile_hist){p->rules[order[n]].name,
					     &p->rules[order[n]].totals.not_broken};
	add_figure(d, "How long the dearest rules take, not broken",
		   profile_hist_svg("Latency of the dearest rules", v, n));
}

static char *page(const void *it, struct doc *d)
{
	const struct profile_shown *s = it;
	const struct eprofile *p = &s->runs.all;

	build_with(s, true, d);
	add_figure(d, "Flame graph", profile_flame_svg(p));
	phase_distributions(p, d);
	rule_distributions(p, d);
	return xasprintf("falcotune profile %s %s", p->hostname ? p->hostname : "",
			 p->started ? p->started : "");
}

/* ---- CSV ---- */

static void csv(const void *it, struct strbuf *out)
{
	const struct profile_shown *s = it;
	const struct eprofile *p = &s->runs.all;
	size_t *order cleanup_free = ep_ranking(p);

	strbuf_addstr(out, "rank,rule,evaluated,cpu_share,cpu_share_lo,cpu_share_hi,ns_per_event,"
			   "ns_per_event_lo,ns_per_event_hi,runs,events,evaluations,checks,"
			   "checks_per_evaluation,matches,not_broken_ns,not_broken_p50_ns,"
			   "not_broken_p99_ns,broken_ns,output_ns,why_not\r\n");
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct ep_rule *r = &p->rules[order[i]];
		const struct ep_work *w = &r->totals;
		struct ep_spread share, per_event;

		ep_spread_of(&s->runs, ep_figure_share, order[i], &share);
		ep_spread_of(&s->runs, ep_figure_per_event_ns, order[i], &per_event);
		strbuf_addf(out, "%zu,", i + 1);
		escape_csv(out, r->name);
		strbuf_addf(out, ",%s", r->evaluated ? "true" : "false");
		emit_csv_number(out, share.mean);
		emit_csv_number(out, share.lo);
		emit_csv_number(out, share.hi);
		emit_csv_number(out, per_event.mean);
		emit_csv_number(out, per_event.lo);
		emit_csv_number(out, per_event.hi);
		strbuf_addf(out, ",%zu,%lld,%lld,%lld", s->runs.n, (long long)w->offered,
			    (long long)w->evaluations, (long long)w->checks);
		emit_csv_number(out, w->mean_checks);
		strbuf_addf(out, ",%lld", (long long)w->matches);
		emit_csv_number(out, w->not_broken.mean_ns);
		emit_csv_number(out, w->not_broken.p50_ns);
		emit_csv_number(out, w->not_broken.p99_ns);
		emit_csv_number(out, w->broken.mean_ns);
		emit_csv_number(out, w->output.mean_ns);
		strbuf_addch(out, ',');
		escape_csv(out, r->why_not ? r->why_not : "");
		strbuf_addstr(out, "\r\n");
	}
}

/* ---- JSON ---- */

static json_t *spread_json(const struct profile_shown *s, ep_figure figure, size_t rule)
{
	json_t *o = json_object();
	struct ep_spread x;

	ep_spread_of(&s->runs, figure, rule, &x);
	json_object_set_new(o, "mean", jvalue_real(x.mean));
	json_object_set_new(o, "lo", jvalue_real(x.lo));
	json_object_set_new(o, "hi", jvalue_real(x.hi));
	return o;
}

static json_t *ranked_json(const struct profile_shown *s)
{
	const struct eprofile *p = &s->runs.all;
	size_t *order cleanup_free = ep_ranking(p);
	json_t *list = json_array();

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct ep_rule *r = &p->rules[order[i]];
		const struct ep_work *w = &r->totals;
		json_t *o = json_object();

		json_object_set_new(o, "rank", json_integer((json_int_t)i + 1));
		json_object_set_new(o, "name", utf8_json_exact(r->name));
		json_object_set_new(o, "evaluated", json_boolean(r->evaluated));
		json_object_set_new(o, "why_not", utf8_json(r->why_not));
		json_object_set_new(o, "cpu_share", spread_json(s, ep_figure_share, order[i]));
		json_object_set_new(o, "ns_per_event",
				    spread_json(s, ep_figure_per_event_ns, order[i]));
		json_object_set_new(o, "ns", jvalue_real(ep_rule_ns(r)));
		json_object_set_new(o, "offered", json_integer(w->offered));
		json_object_set_new(o, "evaluations", json_integer(w->evaluations));
		json_object_set_new(o, "checks", json_integer(w->checks));
		json_object_set_new(o, "mean_checks", jvalue_real(w->mean_checks));
		json_object_set_new(o, "matches", json_integer(w->matches));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *each_run_json(const struct profile_shown *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->runs.n; i++) {
		const struct eprofile *p = &s->runs.v[i];
		json_t *o = json_object();

		json_object_set_new(o, "started", utf8_json(p->started));
		json_object_set_new(o, "window_ns", jvalue_real(p->window_ns));
		json_object_set_new(o, "cpu_ns", jvalue_real(ep_cpu_ns(p)));
		json_object_set_new(o, "events", json_integer(p->seen));
		json_object_set_new(o, "evaluated", json_integer(p->evaluated));
		json_object_set_new(o, "matches", json_integer(p->total_matches));
		json_object_set_new(o, "rules_ns", jvalue_real(p->rules_ns));
		json_object_set_new(o, "profiling_ns", jvalue_real(p->overhead_ns));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *to_json(const void *it)
{
	const struct profile_shown *s = it;
	const struct eprofile *p = &s->runs.all;
	json_t *o = emit_head("profile-report"), *cost = json_object();

	json_object_set_new(o, "command", utf8_json(s->command));
	json_object_set_new(o, "profiled", utf8_json(s->what));
	json_object_set_new(o, "warnings", utf8_json_list(&s->warnings));
	json_object_set_new(o, "runs", json_integer((json_int_t)s->runs.n));
	json_object_set_new(o, "same_counts",
			    s->runs.n > 1 ? json_boolean(s->runs.same_counts) : json_null());
	json_object_set_new(o, "cpu_ns", jvalue_real(ep_cpu_ns(p)));
	json_object_set_new(o, "events_per_s", jvalue_real((double)p->seen / (p->window_ns / 1e9)));
	json_object_set_new(cost, "per_event_ns", jvalue_real(p->overhead_per_event_ns));
	json_object_set_new(cost, "of_window", jvalue_real(ep_overhead_of_window(p)));
	json_object_set_new(cost, "of_cpu", jvalue_real(ep_overhead_of_cpu(p)));
	json_object_set_new(o, "profiling", cost);
	json_object_set_new(o, "rules", ranked_json(s));
	json_object_set_new(o, "each_run", each_run_json(s));
	json_object_set_new(o, "profile", eprofile_to_json(p));
	return o;
}

const struct emit_kind profile_kind = {
	.name = "a profile", .json = to_json, .csv = csv, .doc = build, .page = page};

int profile_report(const struct profile_shown *s, enum out_format f, struct strbuf *out,
		   struct error *err)
{
	return emit_report(&profile_kind, s, f, out, err);
}

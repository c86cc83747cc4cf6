/* SPDX-License-Identifier: Apache-2.0 */
/* Imported data as text, Markdown and CSV. */
#include "report/import_private.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/emit.h"
#include "report/escape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 40

/* ---- what was read ---- */

static void input_facts(const struct import_view *w, struct doc *d)
{
	const struct import_counts *c = w->counts;
	struct strbuf found cleanup_strbuf = STRBUF_INIT;
	struct strvec *facts;
	bool stats = c->used[IMPORT_STATS] > 0;

	for (size_t i = 0; i < IMPORT_KINDS; i++)
		if (c->used[i])
			strbuf_addf(&found, "%s%s: %s", found.len ? "; " : "", import_kind_names[i],
				    IMPORT_COUNT(c->used[i]));
	facts = doc_facts(d);
	strvec_push(facts, "found");
	strvec_push(facts, found.buf);
	strvec_push(facts, "files");
	strvec_pushf(facts, "%zu%s, %s in %s lines", c->files,
		     c->files_without ? " (some without any of it)" : "",
		     UNITS_BYTES((double)c->bytes), IMPORT_COUNT(c->lines));
	strvec_push(facts, "broken lines");
	strvec_pushf(facts, "%s%s", IMPORT_COUNT(c->broken), c->broken ? ", named below" : "");
	if (c->other) {
		strvec_push(facts, "other lines");
		strvec_pushf(facts, "%s of logs, not looked at", IMPORT_COUNT(c->other));
	}
	if (stats) {
		strvec_push(facts, "stats interval");
		strvec_pushf(facts,
			     "%s: the file of falco -s has no times (Falco's own default was 5 s; "
			     "--stats-interval)",
			     UNITS_DURATION((double)c->stats_interval_ns));
	}
}

/* ---- sessions ---- */

static int by_drops(const void *a, const void *b)
{
	const struct import_session *x = *(struct import_session *const *)a,
				    *y = *(struct import_session *const *)b;

	if (x->delta[METRIC_N_DROPS] != y->delta[METRIC_N_DROPS])
		return x->delta[METRIC_N_DROPS] > y->delta[METRIC_N_DROPS] ? -1 : 1;
	return x->first.t_ns < y->first.t_ns ? -1 : x->first.t_ns > y->first.t_ns;
}

static void push_rate(struct strvec *row, double v)
{
	strvec_push(row, isnan(v) ? "unknown" : UNITS_RATE(v));
}

static void session_row(const struct import_session *p, struct strvec *t)
{
	double share = import_session_drop_rate(p);

	strvec_pushf(t, "%s%s", *p->id.host ? p->id.host : p->file,
		     p->first.other_source ? " (plugin's own source)"
		     : p->parallel	   ? " (beside another)"
		     : p->restart	   ? " (restarted)"
		     : p->reload	   ? " (reloaded)"
					   : "");
	strvec_push(t, *p->id.version ? p->id.version : "unknown");
	strvec_push(t, IMPORT_LABEL(p->numbered, p->first_label));
	strvec_push(t, IMPORT_COUNT(p->n_samples));
	strvec_push(t, p->n_intervals ? UNITS_DURATION(p->seconds * 1e9) : "-");
	strvec_push(t, IMPORT_COUNT(p->delta[METRIC_N_EVTS] < 0 ? (double)NAN
								: p->delta[METRIC_N_EVTS]));
	strvec_push(t, IMPORT_COUNT(p->delta[METRIC_N_DROPS] < 0 ? (double)NAN
								 : p->delta[METRIC_N_DROPS]));
	strvec_push(t, !isnan(share)		      ? UNITS_SHARE(share)
		       : p->delta[METRIC_N_EVTS] == 0 ? "not exercised"
						      : "unknown");
	push_rate(t, import_quantile(&p->rates, 0.5));
	push_rate(t, import_quantile(&p->rates, 0.99));
	push_rate(t, p->rates.n ? p->rates.max : (double)NAN);
	strvec_pushf(t, "%s%s", isnan(p->supported.rate) || p->supported.limited ? "" : "above ",
		     isnan(p->supported.rate) ? "unknown"
		     : p->supported.limited   ? UNITS_RATE(p->supported.rate)
					      : UNITS_RATE(p->supported.highest));
	strvec_push(t, p->cpu_of_ns > 0 ? UNITS_SHARE(p->cpu_ns / p->cpu_of_ns) : "unknown");
	strvec_push(t, p->rss_max >= 0 ? UNITS_BYTES((double)p->rss_max) : "unknown");
}

static void session_table(const struct import_view *w, struct doc *d)
{
	static const bool right[] = {false, false, false, true, true, true, true,
				     true,  true,  true,  true, true, true, true};
	static const char *const head[] = {"host",   "Falco",	    "from",	 "samples", "time",
					   "events", "drops",	    "drop rate", "p50/s",   "p99/s",
					   "max/s",  "supported/s", "CPU",	 "RSS max"};
	const struct import_series *s = w->series;
	struct import_session **v cleanup_free = xcalloc(s->n + 1, sizeof(*v));
	struct strvec *t;

	if (!s->n)
		return;
	memcpy(v, s->v, s->n * sizeof(*v));
	if (s->n > MAX_ROWS)
		qsort(v, s->n, sizeof(*v), by_drops);
	doc_heading(d, 2, "Sessions");
	t = doc_table_head(
		d,
		"One row a start of a Falco. Drop rate: dropped of all kernel events between "
		"its first and last sample; rates are events a second of its intervals",
		head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < s->n && i < MAX_ROWS; i++)
		session_row(v[i], t);
	if (s->n > MAX_ROWS)
		doc_para(
			d,
			"The %d of %zu sessions with most drops; all are in --format csv and json.",
			MAX_ROWS, s->n);
}

static void session_counts(const struct import_view *w, struct doc *d)
{
	size_t restarts = 0, reloads = 0, parallel = 0;
	uint64_t late = 0;

	for (size_t i = 0; i < w->series->n; i++) {
		restarts += w->series->v[i]->restart;
		reloads += w->series->v[i]->reload;
		parallel += w->series->v[i]->parallel;
		late += w->series->v[i]->not_newer;
	}
	if (restarts || reloads)
		doc_para(d,
			 "Falco was restarted %zu time%s and reloaded its configuration %zu "
			 "time%s; no interval spans such a point.",
			 restarts, restarts == 1 ? "" : "s", reloads, reloads == 1 ? "" : "s");
	if (parallel)
		doc_para(d, "%zu sessions ran at the same time as another one of their host.",
			 parallel);
	if (late)
		doc_para(d,
			 "%s samples are no newer than one that was read before them (a copy, or "
			 "lines out of order): left out.",
			 IMPORT_COUNT(late));
}

static void worst_period(const struct import_view *w, struct doc *d)
{
	const struct import_session *p = import_series_worst(w->series);
	int64_t before;

	if (!p)
		return;
	before = p->first.v[METRIC_N_DROPS];
	if (p->worst.drops)
		doc_para(d, "Worst period%s%s: %s to %s, %s of %s events dropped (%s, %s drops/s).",
			 *p->id.host ? " of " : "", p->id.host,
			 p->numbered ? IMPORT_LABEL(true, p->worst.label - 1)
				     : IMPORT_TIME(p->worst.t0_ns),
			 p->numbered ? IMPORT_LABEL(true, p->worst.label)
				     : IMPORT_TIME(p->worst.t1_ns),
			 IMPORT_COUNT(p->worst.drops), IMPORT_COUNT(p->worst.evts),
			 p->worst.drops <= p->worst.evts
				 ? UNITS_SHARE((double)p->worst.drops / (double)p->worst.evts)
				 : "more than there were: the counters contradict each other",
			 UNITS_RATE((double)p->worst.drops / p->worst.seconds));
	if (before > 0)
		doc_para(d,
			 "Before its first sample Falco had dropped %s of %s events already: in no "
			 "number here.",
			 IMPORT_COUNT(before), IMPORT_COUNT(p->first.v[METRIC_N_EVTS]));
}

static void causes(const char *title, const int64_t *v, int64_t all, struct doc *d)
{
	static const char *const head[] = {"cause", "drops", "share"};
	static const bool right[] = {false, true, true};
	struct strvec *t = NULL;

	for (const struct import_cause *c = import_causes; c->name; c++) {
		if (v[c->metric] <= 0)
			continue;
		if (!t) {
			doc_heading(d, 2, "Drops by cause");
			t = doc_table_head(d, title, head, ARRAY_SIZE(head), right);
		}
		strvec_push(t, c->name);
		strvec_push(t, IMPORT_COUNT(v[c->metric]));
		strvec_push(t, all > 0 ? UNITS_SHARE((double)v[c->metric] / (double)all) : "-");
	}
}

/* ---- alerts, rounds ---- */

static void alert_table(const struct import_view *w, struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, false, false};
	static const char *const head[] = {"host",	"alerts", "drops", "events",
					   "drop rate", "first",  "worst"};
	const struct import_series *s = w->series;
	struct strvec *t;

	if (!s->n_alerts)
		return;
	doc_heading(d, 2, "Drop alerts");
	t = doc_table_head(
		d,
		"Falco's own alerts, each about the second before it, and no more than its rate "
		"limit lets through: drops are a lower bound, and the drop rate is that of the "
		"seconds that have one",
		head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < s->n_alerts && i < MAX_ROWS; i++) {
		const struct import_alerts *a = s->alerts[i];

		strvec_push(t, *a->host ? a->host : "unknown");
		strvec_push(t, IMPORT_COUNT(a->n));
		strvec_push(t, IMPORT_COUNT(a->drops));
		strvec_push(t, IMPORT_COUNT(a->evts));
		strvec_push(t, a->evts > 0 ? UNITS_SHARE((double)a->counted_drops / (double)a->evts)
					   : "unknown");
		strvec_push(t, IMPORT_TIME(a->first_ns));
		strvec_pushf(t, "%s: %s drops", IMPORT_TIME(a->worst_ns),
			     IMPORT_COUNT(a->worst_drops));
	}
	for (size_t i = 0; i < s->n_alerts && s->n_alerts == 1; i++)
		causes("As the alerts say", s->alerts[i]->cause, s->alerts[i]->drops, d);
}

static void round_row(const struct import_run *p, const struct import_round *r, struct strvec *t)
{
	const char *note = "";

	if (r->unexpected)
		note = "alerts of something else: done again";
	else if (p->limit == LIMIT_LOAD && r->number == p->limit_round)
		note = "no longer grows";
	else if (r->number == p->good.number)
		note = "last good one";
	else if (r->number == p->bad.number)
		note = "first bad one";
	strvec_pushf(t, "%lld", (long long)r->number);
	strvec_push(t, r->sleep_ns >= 0 ? UNITS_DURATION((double)r->sleep_ns) : "unknown");
	strvec_push(t, IMPORT_COUNT(r->eps));
	strvec_push(t, isnan(r->lost) ? "unknown" : UNITS_SHARE(r->lost));
	strvec_push(t, isnan(r->cpu) ? "unknown" : UNITS_SHARE(r->cpu));
	strvec_push(t, isnan(r->rss) ? "unknown" : UNITS_BYTES(r->rss));
	strvec_push(t, note);
}

static void run_tables(const struct import_view *w, struct doc *d)
{
	static const bool right[] = {true, true, true, true, true, true, false};
	static const char *const head[] = {"round", "sleep", "actions/s", "lost",
					   "CPU",   "RSS",   "note"};

	for (size_t i = 0; i < w->runs->n; i++) {
		const struct import_run *p = &w->runs->v[i];
		struct strvec *t;

		if (!i)
			doc_heading(d, 2, "Rounds of event-generator");
		t = doc_table_head(d, p->file, head, ARRAY_SIZE(head), right);
		for (size_t k = 0; k < p->n; k++)
			round_row(p, &p->v[k], t);
		if (p->n_rounds > p->n)
			doc_para(d, "%s more rounds are not shown.",
				 IMPORT_COUNT(p->n_rounds - p->n));
	}
}

/* ---- the whole ---- */

static void verdict_part(const struct import_view *w, struct doc *d)
{
	if (!w->verdicts || !w->verdicts->n)
		return;
	doc_heading(d, 2, "Verdict");
	doc_para(d,
		 "With the buffers that Falco ships; for others: falcotune advise --from FILE -c "
		 "falco.yaml.");
	if (import_series_worst(w->series)->thinned)
		doc_para(d,
			 "Of so many samples %zu were kept to judge by: those around drops, and "
			 "of the others some.",
			 import_series_worst(w->series)->n_kept);
	for (size_t i = 0; i < w->verdicts->n; i++) {
		const struct res_verdict *v = &w->verdicts->v[i];

		doc_para(d, "%s%s", v->name, i ? " holds too" : "");
		if (v->evidence.n)
			strvec_copy(doc_list(d), &v->evidence);
	}
}

static void build(const void *it, struct doc *d)
{
	const struct import_view *w = it;
	const struct import_session *worst = import_series_worst(w->series);
	struct strvec conclusions cleanup_strvec = STRVEC_INIT, next cleanup_strvec = STRVEC_INIT;

	import_conclude(w, &conclusions, &next);
	doc_heading(d, 1,
		    w->only_capacity ? "falcotune: capacity by what was recorded"
				     : "falcotune: imported data");
	for (size_t i = 0; i < conclusions.n; i++)
		(i ? doc_para : doc_leadf)(d, "%s.", conclusions.v[i]);
	if (next.n) {
		doc_heading(d, 2, "Next step");
		strvec_copy(doc_list(d), &next);
	}
	if (!w->only_capacity)
		input_facts(w, d);
	session_table(w, d);
	session_counts(w, d);
	if (!w->only_capacity) {
		worst_period(w, d);
		if (worst)
			causes("Of the session that dropped most", worst->delta,
			       worst->delta[METRIC_N_DROPS], d);
		alert_table(w, d);
	}
	run_tables(w, d);
	if (!w->only_capacity)
		verdict_part(w, d);
	if (w->counts->broken) {
		doc_heading(d, 2, "Broken lines");
		strvec_copy(doc_list(d), &w->counts->broken_names);
		if (w->counts->broken > w->counts->broken_names.n)
			doc_para(d, "And %s more.",
				 IMPORT_COUNT(w->counts->broken - w->counts->broken_names.n));
	}
}

/* ---- CSV ---- */

static void csv_time(struct strbuf *out, int64_t ns, bool numbered)
{
	strbuf_addch(out, ',');
	if (!numbered && ns >= 0)
		strbuf_addstr(out, IMPORT_TIME(ns));
}

static double known(int64_t v)
{
	return v < 0 ? (double)NAN : (double)v;
}

static void csv_session(const struct import_session *p, struct strbuf *out)
{
	strbuf_addstr(out, "session,");
	escape_csv(out, p->id.host);
	strbuf_addch(out, ',');
	escape_csv(out, p->file);
	strbuf_addf(out, ",%s", p->numbered ? IMPORT_LABEL(true, p->first_label) : "");
	csv_time(out, p->first.t_ns, p->numbered);
	csv_time(out, p->last.t_ns, p->numbered);
	emit_csv_number(out, (double)p->n_samples);
	emit_csv_number(out, p->n_intervals ? p->seconds : (double)NAN);
	emit_csv_number(out, known(p->delta[METRIC_N_EVTS]));
	emit_csv_number(out, known(p->delta[METRIC_N_DROPS]));
	emit_csv_number(out, import_session_drop_rate(p));
	emit_csv_number(out, import_quantile(&p->rates, 0.5));
	emit_csv_number(out, import_quantile(&p->rates, 0.99));
	emit_csv_number(out, p->rates.n ? p->rates.max : (double)NAN);
	emit_csv_number(out, p->supported.limited ? p->supported.rate : (double)NAN);
	strbuf_addstr(out, "\r\n");
}

static void csv_alerts(const struct import_alerts *a, struct strbuf *out)
{
	strbuf_addstr(out, "drop_alerts,");
	escape_csv(out, a->host);
	strbuf_addstr(out, ",,");
	csv_time(out, a->first_ns, false);
	csv_time(out, a->last_ns, false);
	emit_csv_number(out, (double)a->n);
	strbuf_addch(out, ',');
	emit_csv_number(out, a->evts ? (double)a->evts : (double)NAN);
	emit_csv_number(out, (double)a->drops);
	emit_csv_number(out,
			a->evts > 0 ? (double)a->counted_drops / (double)a->evts : (double)NAN);
	strbuf_addstr(out, ",,,,\r\n");
}

static void csv_round(const struct import_run *p, const struct import_round *r, struct strbuf *out)
{
	strbuf_addstr(out, "round,,");
	escape_csv(out, p->file);
	strbuf_addf(out, ",round %lld,,,1,,,", (long long)r->number);
	emit_csv_number(out, r->lost);
	strbuf_addstr(out, ",,");
	emit_csv_number(out, r->eps);
	strbuf_addstr(out, ",\r\n");
}

static void csv(const void *it, struct strbuf *out)
{
	const struct import_view *w = it;

	strbuf_addstr(out, "kind,host,file,name,from,to,samples,seconds,events,drops,drop_rate,"
			   "p50_per_s,p99_per_s,max_per_s,supported_per_s\r\n");
	for (size_t i = 0; i < w->series->n; i++)
		csv_session(w->series->v[i], out);
	for (size_t i = 0; i < w->series->n_alerts; i++)
		csv_alerts(w->series->alerts[i], out);
	for (size_t i = 0; i < w->runs->n; i++)
		for (size_t k = 0; k < w->runs->v[i].n; k++)
			csv_round(&w->runs->v[i], &w->runs->v[i].v[k], out);
}

static char *page(const void *it, struct doc *d)
{
	build(it, d);
	import_charts(it, d);
	return xstrdup("falcotune: imported data");
}

static json_t *json(const void *it)
{
	return import_to_json(it);
}

int import_report(const struct import_view *w, enum out_format f, struct strbuf *out,
		  struct error *err)
{
	static const struct emit_kind kind = {
		.name = "imported data", .json = json, .csv = csv, .doc = build, .page = page};

	return emit_report(&kind, w, f, out, err);
}

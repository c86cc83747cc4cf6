/* SPDX-License-Identifier: Apache-2.0 */
/* What imported data says, in words. */
#include "report/import_private.h"

#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define JUMP	 2.0
#define EMBEDDED "falcotune-engine" /* begins its falco.version */

const struct import_cause import_causes[] = {
	{METRIC_DROPS_CLONE_FORK, "clone_fork"},
	{METRIC_DROPS_EXECVE, "execve"},
	{METRIC_DROPS_CONNECT, "connect"},
	{METRIC_DROPS_OPEN, "open"},
	{METRIC_DROPS_DIR_FILE, "dir_file"},
	{METRIC_DROPS_OTHER_INTEREST, "other_interest"},
	{METRIC_DROPS_CLOSE, "close"},
	{METRIC_DROPS_PROC_EXIT, "proc_exit"},
	{METRIC_DROPS_SCRATCH_MAP, "scratch_map"},
	{METRIC_DROPS_PAGE_FAULTS, "page_faults"},
	{METRIC_DROPS_BUG, "bug"},
	{METRIC_N, NULL},
};

const char *const import_limit_names[] = {
	[LIMIT_NONE] = "none", [LIMIT_FALCO] = "falco", [LIMIT_LOAD] = "load"};

char *import_fmt_count(char buf[IMPORT_TEXT], double v)
{
	char digits[IMPORT_TEXT];
	size_t n, to = 0;

	if (!isfinite(v) || fabs(v) >= 1e18) {
		snprintf(buf, IMPORT_TEXT, "%s", isfinite(v) ? "over 1e18" : "unknown");
		return buf;
	}
	n = (size_t)snprintf(digits, sizeof(digits), "%.0f", v);
	for (size_t i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0 && digits[i - 1] != '-')
			buf[to++] = ',';
		buf[to++] = digits[i];
	}
	buf[to] = '\0';
	return buf;
}

char *import_fmt_time(char buf[IMPORT_TEXT], int64_t ns)
{
	time_t s = (time_t)(ns / NS_PER_S);
	struct tm tm;

	if (ns < 0 || !gmtime_r(&s, &tm) || !strftime(buf, IMPORT_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(buf, IMPORT_TEXT, "unknown");
	return buf;
}

char *import_fmt_label(char buf[IMPORT_TEXT], bool numbered, int64_t label)
{
	if (!numbered)
		return import_fmt_time(buf, label);
	snprintf(buf, IMPORT_TEXT, "sample %lld", (long long)label);
	return buf;
}

/* ---- sessions ---- */

static void say_who(const struct import_session *p, size_t n, struct strbuf *out)
{
	if (*p->id.host)
		strbuf_addf(out, "%s: ", p->id.host);
	else if (n > 1)
		strbuf_addf(out, "%s: ", p->file);
}

static void say_busy(const struct import_session *p, struct strbuf *out)
{
	const struct import_supported *u = &p->supported;

	const char *what = p->numbered ? "sample" : "interval";

	if (u->n == 1)
		strbuf_addf(out, "the only busy %s", what);
	else
		strbuf_addf(out, "mean of the %s busy %ss", IMPORT_COUNT(u->n), what);
	if (u->first < 0)
		return;
	if (p->numbered)
		strbuf_addf(out, u->n == 1 ? " %lld" : " %lld to %lld", (long long)u->first,
			    (long long)u->last);
	else if (u->n == 1)
		strbuf_addf(out, " that ends %s", IMPORT_TIME(u->first));
	else
		strbuf_addf(out, " that end %s to %s", IMPORT_TIME(u->first), IMPORT_TIME(u->last));
}

/* A load that jumps leaves the limit open. */
static bool jumped(const struct import_supported *u)
{
	return u->limited && u->at_drop > JUMP * u->highest;
}

static void conclude_session(const struct import_session *p, size_t n, struct strvec *out)
{
	const struct import_supported *u = &p->supported;
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;

	say_who(p, n, &sb);
	if (!p->n_intervals) {
		strbuf_addstr(&sb, "one sample alone has no rate");
	} else if (p->delta[METRIC_N_EVTS] == METRIC_UNKNOWN) {
		strbuf_addstr(&sb,
			      "no kernel event counters (metrics.kernel_event_counters_enabled)");
	} else if (isnan(u->rate)) {
		strbuf_addf(&sb, "supported rate unknown: %s",
			    p->dropped ? "it dropped from the first interval on" : "no events");
	} else if (u->limited) {
		strbuf_addf(&sb, "supported rate %s events/s: ", IMPORT_COUNT(u->rate));
		say_busy(p, &sb);
		strbuf_addf(&sb,
			    " before the first drops (%s, %s:%zu); %s of rest left out (below half "
			    "of the highest, %s events/s)%s",
			    IMPORT_LABEL(p->numbered, p->first_drop_label), p->first_drop_file,
			    p->first_drop_line, IMPORT_COUNT(u->left_out), IMPORT_COUNT(u->highest),
			    u->exact ? "" : "; rates are within 1.6 %");
		if (jumped(u))
			strbuf_addf(
				&sb,
				"; the load then rose at once to %s events/s, so that the limit "
				"is anywhere between the two",
				IMPORT_COUNT(u->at_drop));
	} else {
		strbuf_addf(&sb, "no drops: it carried %s events/s at its busiest (",
			    IMPORT_COUNT(u->highest));
		say_busy(p, &sb);
		strbuf_addf(&sb, ": %s); its limit is above that and was not reached",
			    IMPORT_COUNT(u->rate));
	}
	if (!strncmp(p->id.version, EMBEDDED, strlen(EMBEDDED)))
		strbuf_addstr(&sb, ". These are numbers of the embedded engine, not of Falco");
	strvec_take(out, strbuf_detach(&sb));
}

static void next_of_session(const struct import_view *w, struct strvec *next)
{
	const struct import_session *p = import_series_worst(w->series);
	const struct import_supported *u;

	if (!p)
		return;
	u = &p->supported;
	if (w->verdicts && w->verdicts->n && w->verdicts->v[0].next_step)
		strvec_pushf(next, "%s: %s", w->verdicts->v[0].name, w->verdicts->v[0].next_step);
	if (p->dropped && isnan(u->rate))
		strvec_pushf(next,
			     "find the rate that this host carries: falcotune capacity; for what "
			     "to change: falcotune advise --from %s -c falco.yaml",
			     p->file);
	else if (p->dropped && jumped(u))
		strvec_pushf(
			next,
			"the load jumped from %s to %s events/s, where it dropped: to find the "
			"limit between them, raise it in steps: falcotune capacity; for what to "
			"change: falcotune advise --from %s -c falco.yaml",
			IMPORT_COUNT(u->highest), IMPORT_COUNT(u->at_drop), p->file);
	else if (p->dropped)
		strvec_pushf(next,
			     "keep the load of this host below the supported rate, or raise the "
			     "rate: falcotune advise --from %s -c falco.yaml",
			     p->file);
	else if (p->n_intervals && p->delta[METRIC_N_EVTS] > 0)
		strvec_pushf(
			next,
			"to find the limit, run a load that goes beyond it: falcotune capacity");
}

/* ---- drop alerts ---- */

static void conclude_alerts(const struct import_series *s, struct strvec *out)
{
	const struct import_alerts *worst = NULL;

	for (size_t i = 0; i < s->n_alerts; i++)
		if (!worst || s->alerts[i]->drops > worst->drops)
			worst = s->alerts[i];
	if (!worst)
		return;
	strvec_pushf(out,
		     "drop alerts of %zu host%s, most from %s: %s drops in %s alerts, %s at once; "
		     "Falco limits how many alerts it sends, so that there were more",
		     s->n_alerts, s->n_alerts == 1 ? "" : "s",
		     *worst->host ? worst->host : "an unknown one", IMPORT_COUNT(worst->drops),
		     IMPORT_COUNT(worst->n), IMPORT_COUNT(worst->worst_drops));
}

static void next_of_alerts(const struct import_series *s, struct strvec *next)
{
	if (s->n_alerts && !s->n)
		strvec_push(next, "alerts tell no event rate: set metrics: {enabled: true, "
				  "interval: 1m, output_file: /var/log/falco/metrics.jsonl} and "
				  "import that file");
}

/* ---- event-generator ---- */

static void names_of(const struct import_round *r, const char *sep, size_t without,
		     struct strbuf *out)
{
	bool any = false;

	for (size_t i = 0; i < r->n_actions; i++) {
		if (i == without)
			continue;
		strbuf_addf(out, "%s%s", any ? sep : "", r->actions[i].name);
		any = true;
	}
}

static void conclude_run(const struct import_run *p, struct strvec *out)
{
	struct strbuf suspects cleanup_strbuf = STRBUF_INIT;

	if (p->good.number >= 0)
		strvec_pushf(
			out,
			"%s: round %lld is the last good one: %s actions/s with %s lost (below "
			"%s)",
			p->file, (long long)p->good.number, IMPORT_COUNT(p->good.eps),
			UNITS_SHARE(p->good.lost), UNITS_SHARE(IMPORT_LOST));
	else
		strvec_pushf(out, "%s: no round lost less than %s", p->file,
			     UNITS_SHARE(IMPORT_LOST));
	if (p->limit == LIMIT_FALCO) {
		strvec_pushf(out,
			     "%s: limited by Falco (or its outputs): round %lld lost %s at %s "
			     "actions/s",
			     p->file, (long long)p->bad.number, UNITS_SHARE(p->bad.lost),
			     IMPORT_COUNT(p->bad.eps));
	} else if (p->limit == LIMIT_LOAD) {
		names_of(&p->stalled, ", ", SIZE_MAX, &suspects);
		strvec_pushf(out,
			     "%s: limited by the load, not by Falco: in round %lld the sleep was "
			     "shorter, but the rate no longer grew (%s actions/s, best before %s). "
			     "Suspects, all of the round's actions: %s",
			     p->file, (long long)p->limit_round, IMPORT_COUNT(p->stalled.eps),
			     IMPORT_COUNT(p->best_eps), suspects.buf);
	} else {
		strvec_pushf(out,
			     "%s: neither Falco's limit nor that of the load was reached: the last "
			     "round is %lld",
			     p->file, (long long)p->latest.number);
	}
}

static void next_of_run(const struct import_run *p, struct strvec *next)
{
	const struct import_round *r = &p->stalled;

	if (p->limit == LIMIT_LOAD && r->n_actions > 1) {
		strvec_push(next, "remove the suspects singly and run the benchmark again each "
				  "time; the one without which the rate grows is slow:");
		for (size_t i = 0; i < r->n_actions; i++) {
			struct strbuf rest cleanup_strbuf = STRBUF_INIT;

			names_of(r, "|", i, &rest);
			strvec_pushf(next, "without %s: event-generator bench '%s' --loop",
				     r->actions[i].name, rest.buf);
		}
	} else if (p->limit == LIMIT_LOAD) {
		strvec_push(next, "run the benchmark with another action: this one is slow");
	} else if (p->limit == LIMIT_FALCO && p->good.number >= 0) {
		strvec_pushf(next,
			     "take the event rate that Falco's metrics show during round %lld as "
			     "what it supports: falcotune import metrics.jsonl",
			     (long long)p->good.number);
	} else {
		strvec_push(next, "run the benchmark with --loop until a round loses 2 % or more");
	}
}

/* ---- all ---- */

/* A page of sentences is no answer: of many sessions the worst one stands for them. */
#define MANY 8

void import_conclude(const struct import_view *w, struct strvec *conclusions, struct strvec *next)
{
	const struct import_series *s = w->series;
	size_t dropped = 0;

	for (size_t i = 0; i < s->n; i++)
		dropped += s->v[i]->dropped;
	if (s->n > MANY) {
		struct strvec one cleanup_strvec = STRVEC_INIT;

		conclude_session(import_series_worst(s), s->n, &one);
		strvec_pushf(conclusions,
			     "%zu of %zu sessions dropped. The one that dropped most: %s", dropped,
			     s->n, one.v[0]);
	}
	for (size_t i = 0; s->n <= MANY && i < s->n; i++)
		if (!s->v[i]->first.other_source)
			conclude_session(s->v[i], s->n, conclusions);
	next_of_session(w, next);
	conclude_alerts(s, conclusions);
	next_of_alerts(s, next);
	for (size_t i = 0; i < w->runs->n; i++) {
		conclude_run(&w->runs->v[i], conclusions);
		next_of_run(&w->runs->v[i], next);
	}
}

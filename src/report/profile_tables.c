/* SPDX-License-Identifier: Apache-2.0 */
#include "report/profile_tables.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

double profile_shown_part(const struct profile_shown *s)
{
	return s->runs.same_counts ? 1.0 / (double)s->runs.n : 1;
}

/* ---- cells ---- */

static void put_count(const struct profile_shown *s, struct strvec *t, int64_t n)
{
	if (n < 0)
		strvec_push(t, "unknown");
	else
		strvec_pushf(t, "%.0f", (double)n * profile_shown_part(s));
}

static void put_ns(struct strvec *t, double ns)
{
	strvec_push(t, isnan(ns) ? "-" : UNITS_DURATION(ns));
}

static void put_share(struct strvec *t, double share)
{
	strvec_push(t, isnan(share) ? "-" : UNITS_SHARE(share));
}

static void put_mean(struct strvec *t, double v)
{
	if (isnan(v))
		strvec_push(t, "-");
	else
		strvec_pushf(t, "%.2f", v);
}

static void put_exact_ns(struct strvec *t, double ns)
{
	if (isnan(ns))
		strvec_push(t, "-");
	else
		strvec_pushf(t, "%.1f", ns);
}

static size_t rows(const struct profile_shown *s, size_t n)
{
	return s->top && n > s->top ? s->top : n;
}

static void say_more(struct doc *d, size_t shown, size_t n, const char *what)
{
	if (shown < n)
		doc_para(d, "%zu more %s; --top 0 shows all, --format json has them too.",
			 n - shown, what);
}

static double share_of(const struct eprofile *p, double ns)
{
	double cpu = ep_cpu_ns(p);

	return cpu > 0 ? ns / cpu : (double)NAN;
}

/* ---- rules ---- */

static void put_interval(struct strvec *t, const struct ep_spread *s, bool share)
{
	char a[UNITS_BUF], b[UNITS_BUF];

	if (isnan(s->lo))
		strvec_push(t, "-");
	else if (share)
		strvec_pushf(t, "[%s, %s]", units_fmt_share(a, fmax(s->lo, 0)),
			     units_fmt_share(b, fmin(s->hi, 1)));
	else
		strvec_pushf(t, "[%.1f, %.1f]", fmax(s->lo, 0), s->hi);
}

static void rule_row(const struct profile_shown *s, size_t rank, size_t i, struct strvec *t)
{
	const struct ep_rule *r = &s->runs.all.rules[i];
	const struct ep_work *w = &r->totals;
	struct ep_spread share, per_event;

	ep_spread_of(&s->runs, ep_figure_share, i, &share);
	ep_spread_of(&s->runs, ep_figure_per_event_ns, i, &per_event);
	strvec_pushf(t, "%zu", rank);
	strvec_push(t, r->name);
	put_share(t, share.mean);
	if (s->runs.n > 1)
		put_interval(t, &share, true);
	put_exact_ns(t, per_event.mean);
	if (s->runs.n > 1)
		put_interval(t, &per_event, false);
	put_count(s, t, w->offered);
	put_count(s, t, w->checks);
	put_mean(t, w->mean_checks);
	put_count(s, t, w->matches);
	put_ns(t, w->not_broken.mean_ns);
	put_ns(t, w->not_broken.p50_ns);
	put_ns(t, w->not_broken.p99_ns);
	put_ns(t, w->broken.mean_ns);
	put_ns(t, w->output.mean_ns);
}

void profile_rules_table(const struct profile_shown *s, struct doc *d)
{
	static const char *const head[] = {
		"rank",		"rule",	      "CPU",
		"95% interval", "ns/event",   "95% interval",
		"events",	"checks",     "checks/evaluation",
		"matches",	"not broken", "p50",
		"p99",		"broken",     "output",
	};
	static const bool right[ARRAY_SIZE(head)] = {true, false, true, true, true,
						     true, true,  true, true, true,
						     true, true,  true, true, true};
	const struct eprofile *p = &s->runs.all;
	size_t *order cleanup_free = ep_ranking(p), n = 0, cols = 0;
	bool shown[ARRAY_SIZE(head)];
	struct strvec *t;

	for (size_t i = 0; i < ARRAY_SIZE(head); i++) {
		if (s->runs.n < 2 && !strcmp(head[i], "95% interval"))
			continue;
		shown[cols++] = right[i];
	}
	while (n < p->n_rules && p->rules[order[n]].evaluated)
		n++;
	doc_heading(d, 2, "Rules by their share of the engine's CPU time");
	t = doc_table(d, NULL, cols, shown);
	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		if (s->runs.n > 1 || strcmp(head[i], "95% interval") != 0)
			strvec_push(t, head[i]);
	for (size_t i = 0; i < rows(s, n); i++)
		rule_row(s, i + 1, order[i], t);
	say_more(d, rows(s, n), n, "rules");
	doc_para(d, "CPU: the rule's evaluations and alerts, of the CPU time of the engine's "
		    "consumer without the profiling. ns/event: the same for each event of the "
		    "kinds that the rule is for. checks/evaluation: comparisons until the verdict. "
		    "not broken and broken: mean time of an evaluation without and with a match, "
		    "with the median and p99 of the former; output: of writing an alert.");
}

/* ---- phases ---- */

void profile_phases_table(const struct profile_shown *s, struct doc *d)
{
	static const char *const head[] = {"phase", "count", "time", "CPU",	  "mean",
					   "p50",   "p99",   "max",  "what it is"};
	static const bool right[] = {false, true, true, true, true, true, true, true, false};
	const struct eprofile *p = &s->runs.all;
	struct strvec *t;

	doc_heading(d, 2, "Phases of the engine");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < EP_N_PHASES; i++) {
		const struct ep_time *x = &p->phases[i].time;

		strvec_push(t, p->phases[i].id);
		put_count(s, t, x->count);
		put_ns(t, x->sum_ns * profile_shown_part(s));
		put_share(t, i == EP_SLEEP ? (double)NAN : share_of(p, x->sum_ns));
		put_ns(t, x->mean_ns);
		put_ns(t, x->p50_ns);
		put_ns(t, x->p99_ns);
		put_ns(t, x->max_ns);
		strvec_push(t, p->phases[i].title ? p->phases[i].title : "");
	}
}

/* ---- event types ---- */

struct place {
	double ns;
	size_t at, sub;
};

static int dearest(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return x->at != y->at ? (x->at > y->at) - (x->at < y->at)
			      : (x->sub > y->sub) - (x->sub < y->sub);
}

void profile_events_table(const struct profile_shown *s, struct doc *d)
{
	static const char *const head[] = {"event",  "events",	"rules for it", "evaluated",
					   "broken", "matches", "checks/event", "rules ns",
					   "p50",    "p99",	"state ns",	"CPU"};
	static const bool right[] = {false, true, true, true, true, true,
				     true,  true, true, true, true, true};
	const struct eprofile *p = &s->runs.all;
	struct place *v cleanup_free = xcalloc(p->n_events + 1, sizeof(*v));
	struct strvec *t;

	for (size_t i = 0; i < p->n_events; i++)
		v[i] = (struct place){p->events[i].time.sum_ns + p->events[i].state.sum_ns, i, 0};
	qsort(v, p->n_events, sizeof(*v), dearest);
	doc_heading(d, 2, "Event types");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < rows(s, p->n_events); i++) {
		const struct ep_event *e = &p->events[v[i].at];

		strvec_push(t, doc_known(e->name));
		put_count(s, t, e->events);
		strvec_pushf(t, "%lld", (long long)e->rules);
		put_count(s, t, e->evaluated);
		put_count(s, t, e->broken);
		put_count(s, t, e->matches);
		put_mean(t, e->evaluated ? (double)e->checks / (double)e->evaluated : (double)NAN);
		put_exact_ns(t, e->time.mean_ns);
		put_ns(t, e->time.p50_ns);
		put_ns(t, e->time.p99_ns);
		put_exact_ns(t, e->state.mean_ns);
		put_share(t, share_of(p, v[i].ns));
	}
	say_more(d, rows(s, p->n_events), p->n_events, "event types");
	doc_para(d, "rules ns: mean time of all rules on one event of that type; state ns: of "
		    "keeping the process and file tables; CPU: both.");
}

static size_t all_pairs(const struct eprofile *p, struct place *v)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_rules; i++)
		for (size_t k = 0; k < p->rules[i].n_events; k++) {
			const struct ep_work *w = &p->rules[i].by_event[k].work;
			double ns = w->not_broken.sum_ns + w->broken.sum_ns + w->output.sum_ns;

			if (!w->offered)
				continue;
			if (v)
				v[n] = (struct place){ns, i, k};
			n++;
		}
	return n;
}

void profile_pairs_table(const struct profile_shown *s, struct doc *d)
{
	static const char *const head[] = {"rule",    "event",	  "events", "checks/evaluation",
					   "matches", "ns/event", "p50",    "p99",
					   "CPU"};
	static const bool right[] = {false, false, true, true, true, true, true, true, true};
	const struct eprofile *p = &s->runs.all;
	size_t n = all_pairs(p, NULL);
	struct place *v cleanup_free = xcalloc(n + 1, sizeof(*v));
	struct strvec *t;

	all_pairs(p, v);
	qsort(v, n, sizeof(*v), dearest);
	doc_heading(d, 2, "Rules by event type");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < rows(s, n); i++) {
		const struct ep_rule *r = &p->rules[v[i].at];
		const struct ep_rule_event *e = &r->by_event[v[i].sub];

		strvec_push(t, r->name);
		strvec_push(t, doc_known(e->event));
		put_count(s, t, e->work.offered);
		put_mean(t, e->work.mean_checks);
		put_count(s, t, e->work.matches);
		put_exact_ns(t, v[i].ns / (double)e->work.offered);
		put_ns(t, e->work.not_broken.p50_ns);
		put_ns(t, e->work.not_broken.p99_ns);
		put_share(t, share_of(p, v[i].ns));
	}
	say_more(d, rows(s, n), n, "pairs");
}

/* ---- checks ---- */

static size_t all_checks(const struct eprofile *p, struct place *v)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_rules; i++)
		for (size_t k = 0; k < p->rules[i].n_checks; k++) {
			const struct ep_check *c = &p->rules[i].checks[k];

			if (!c->evaluations)
				continue;
			if (v)
				v[n] = (struct place){c->has_time ? c->time.sum_ns
								  : (double)c->evaluations,
						      i, k};
			n++;
		}
	return n;
}

void profile_checks_table(const struct profile_shown *s, struct doc *d)
{
	static const char *const head[] = {"check", "rule", "made", "true", "ns", "p99", "CPU"};
	static const bool right[] = {false, false, true, true, true, true, true};
	const struct eprofile *p = &s->runs.all;
	size_t n = all_checks(p, NULL);
	struct place *v cleanup_free = xcalloc(n + 1, sizeof(*v));
	struct strvec *t;

	all_checks(p, v);
	qsort(v, n, sizeof(*v), dearest);
	doc_heading(d, 2, "Checks");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < rows(s, n); i++) {
		const struct ep_rule *r = &p->rules[v[i].at];
		const struct ep_check *c = &r->checks[v[i].sub];

		strvec_push(t, doc_known(c->text));
		strvec_push(t, r->name);
		put_count(s, t, c->evaluations);
		put_share(t, (double)c->is_true / (double)c->evaluations);
		put_exact_ns(t, c->has_time ? c->time.mean_ns : (double)NAN);
		put_ns(t, c->has_time ? c->time.p99_ns : (double)NAN);
		put_share(t, c->has_time ? share_of(p, c->time.sum_ns) : (double)NAN);
	}
	say_more(d, rows(s, n), n, "checks");
	doc_para(d, "true: share of the times that it was made in which it held. What the type of "
		    "an event answers alone costs nothing and is not counted.");
}

/* ---- latencies ---- */

static int octave(double ns)
{
	return (int)floor(log2(fmax(ns, 1)));
}

void profile_latency_table(const struct profile_shown *s, struct doc *d)
{
	static const enum ep_phase_id ids[] = {EP_EMPTY_POLL, EP_READ,	 EP_STATE,
					       EP_NOT_BROKEN, EP_BROKEN, EP_OUTPUT};
	bool right[ARRAY_SIZE(ids) + 1] = {true, true, true, true, true, true, true};
	int64_t n[64][ARRAY_SIZE(ids)] = {{0}};
	int lo = 64, hi = -1;
	struct strvec *t;

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct ep_time *x = &s->runs.all.phases[ids[i]].time;

		for (size_t k = 0; k < x->n; k++) {
			/* The middle says where it is: the bounds of buckets are no powers of 2. */
			int o = octave((x->v[k].lo_ns + x->v[k].hi_ns) / 2);

			o = o > 63 ? 63 : o;
			lo = o < lo ? o : lo;
			hi = o > hi ? o : hi;
			n[o][i] += x->v[k].n;
		}
	}
	if (hi < 0)
		return;
	doc_heading(d, 2, "Latency distributions");
	t = doc_table(d, "how many took about so long, all runs together", ARRAY_SIZE(right),
		      right);
	strvec_push(t, "from");
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		strvec_push(t, s->runs.all.phases[ids[i]].id);
	for (int o = lo; o <= hi; o++) {
		strvec_push(t, UNITS_DURATION(o ? exp2(o) : 0));
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
			strvec_pushf(t, "%lld", (long long)n[o][i]);
	}
}

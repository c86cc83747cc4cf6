/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several runs as one: counts and times are added, histograms bucket by bucket. Buckets of two runs
 * are the same ones when their bounds differ by no more than the runs' clocks do (each run measures
 * how long a tick of its timer is): they are 12 % apart at least. A quantile is interpolated within
 * its bucket.
 */
#include "cost/profile_private.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

#define SAME_BUCKET 0.01 /* relative */

static bool same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* ---- times ---- */

static void add_histogram(struct ep_time *a, const struct ep_time *b)
{
	struct ep_bucket *v = xcalloc(a->n + b->n + 1, sizeof(*v));
	size_t n = 0, i = 0, k = 0;

	while (i < a->n || k < b->n) {
		const struct ep_bucket *x = i < a->n ? &a->v[i] : NULL;
		const struct ep_bucket *y = k < b->n ? &b->v[k] : NULL;

		if (x && y && fabs(x->lo_ns - y->lo_ns) <= SAME_BUCKET * x->hi_ns) {
			v[n] = *x;
			v[n++].n += y->n;
			i++;
			k++;
		} else if (!y || (x && x->lo_ns < y->lo_ns)) {
			v[n++] = *x;
			i++;
		} else {
			v[n++] = *y;
			k++;
		}
		/* Neighbours of two clocks may lap over a little. */
		if (n > 1 && v[n - 1].lo_ns < v[n - 2].hi_ns)
			v[n - 1].lo_ns = v[n - 2].hi_ns;
	}
	free(a->v);
	a->v = v;
	a->n = n;
}

static double quantile(const struct ep_time *t, double q)
{
	double rank = q * (double)t->timed, before = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct ep_bucket *b = &t->v[i];

		if (before + (double)b->n >= rank)
			return fmin(b->lo_ns +
					    (b->hi_ns - b->lo_ns) * (rank - before) / (double)b->n,
				    t->max_ns);
		before += (double)b->n;
	}
	return (double)NAN;
}

static void add_time(struct ep_time *a, const struct ep_time *b)
{
	a->count += b->count;
	a->timed += b->timed;
	a->interrupted += b->interrupted;
	a->sum_ns += b->sum_ns;
	a->interrupted_ns += b->interrupted_ns;
	a->max_ns = fmax(a->max_ns, b->max_ns); /* fmax() takes the known one */
	a->mean_ns = a->timed && a->count ? a->sum_ns / (double)a->count : (double)NAN;
	add_histogram(a, b);
	a->p50_ns = quantile(a, 0.5);
	a->p99_ns = quantile(a, 0.99);
}

static void add_work(struct ep_work *a, const struct ep_work *b)
{
	a->offered += b->offered;
	a->evaluations += b->evaluations;
	a->checks += b->checks;
	a->matches += b->matches;
	a->mean_checks = a->evaluations ? (double)a->checks / (double)a->evaluations : (double)NAN;
	add_time(&a->not_broken, &b->not_broken);
	add_time(&a->broken, &b->broken);
	add_time(&a->output, &b->output);
}

static void no_time(struct ep_time *t)
{
	*t = (struct ep_time){.mean_ns = NAN, .p50_ns = NAN, .p99_ns = NAN, .max_ns = NAN};
}

/* ---- lists ---- */

/* One more, at the end; zeroed. */
#define GROW(v, n)                                                                                 \
	((v) = xrealloc((v), (n) + 1, sizeof(*(v))), memset(&(v)[n], 0, sizeof(*(v))), &(v)[(n)++])

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static struct ep_rule_event *rule_event_for(struct ep_rule *r, const struct ep_rule_event *like)
{
	struct ep_rule_event *e;

	for (size_t i = 0; i < r->n_events; i++)
		if (r->by_event[i].nr == like->nr)
			return &r->by_event[i];
	e = GROW(r->by_event, r->n_events);
	e->nr = like->nr;
	e->event = copy(like->event);
	no_time(&e->work.not_broken);
	no_time(&e->work.broken);
	no_time(&e->work.output);
	return e;
}

static struct ep_event *event_for(struct eprofile *p, const struct ep_event *like)
{
	struct ep_event *e;

	for (size_t i = 0; i < p->n_events; i++)
		if (p->events[i].nr == like->nr)
			return &p->events[i];
	e = GROW(p->events, p->n_events);
	e->nr = like->nr;
	e->name = copy(like->name);
	e->rules = like->rules;
	no_time(&e->state);
	no_time(&e->time);
	return e;
}

static struct ep_node *child_for(struct ep_node *n, const struct ep_node *like)
{
	struct ep_node *c;

	for (size_t i = 0; i < n->n; i++)
		if (same(n->v[i].name, like->name) && same(n->v[i].kind, like->kind))
			return &n->v[i];
	c = GROW(n->v, n->n);
	c->name = copy(like->name);
	c->kind = copy(like->kind);
	return c;
}

static void add_node(struct ep_node *a, const struct ep_node *b) /* NOLINT(misc-no-recursion) */
{
	a->count += b->count;
	a->sum_ns += b->sum_ns;
	for (size_t i = 0; i < b->n; i++)
		add_node(child_for(a, &b->v[i]), &b->v[i]);
}

static void add_event(struct ep_event *a, const struct ep_event *b)
{
	a->events += b->events;
	a->evaluated += b->evaluated;
	a->broken += b->broken;
	a->checks += b->checks;
	a->matches += b->matches;
	add_time(&a->state, &b->state);
	add_time(&a->time, &b->time);
}

static void add_rule(struct ep_rule *a, const struct ep_rule *b)
{
	add_work(&a->totals, &b->totals);
	for (size_t i = 0; i < b->n_events; i++)
		add_work(&rule_event_for(a, &b->by_event[i])->work, &b->by_event[i].work);
	for (size_t i = 0; i < a->n_checks; i++) {
		a->checks[i].evaluations += b->checks[i].evaluations;
		a->checks[i].is_true += b->checks[i].is_true;
		a->checks[i].has_time = a->checks[i].has_time && b->checks[i].has_time;
		add_time(&a->checks[i].time, &b->checks[i].time);
	}
}

/* ---- the whole ---- */

/* Of the same rules, compiled alike, by the same engine? */
static int comparable(const struct eprofile *a, const struct eprofile *b, struct error *err)
{
	if (a->n_rules != b->n_rules)
		return error_input(err, "profiles of different rules: %zu, then %zu of them",
				   a->n_rules, b->n_rules);
	if (!same(a->source, b->source) || !same(a->rule_matching, b->rule_matching) ||
	    !same(a->detail, b->detail) || !same(a->engine_version, b->engine_version) ||
	    !same(a->pids, b->pids))
		return error_input(err,
				   "profiles of different runs: %s, rule_matching %s, detail %s, "
				   "engine %s, processes %s, then %s, %s, %s, %s, %s",
				   a->source, a->rule_matching, a->detail, a->engine_version,
				   a->pids ? a->pids : "all", b->source, b->rule_matching,
				   b->detail, b->engine_version, b->pids ? b->pids : "all");
	for (size_t i = 0; i < a->n_rules; i++) {
		const struct ep_rule *x = &a->rules[i], *y = &b->rules[i];

		if (!same(x->name, y->name) || x->n_checks != y->n_checks)
			return error_input(err,
					   "profiles of different rules: '%s' with %zu checks, "
					   "then '%s' with %zu",
					   x->name, x->n_checks, y->name, y->n_checks);
		for (size_t k = 0; k < x->n_checks; k++)
			if (!same(x->checks[k].text, y->checks[k].text))
				return error_input(err,
						   "profiles of different rules: '%s' has the "
						   "check '%s', then '%s'",
						   x->name, x->checks[k].text, y->checks[k].text);
	}
	return 0;
}

static void add_whole(int64_t *a, int64_t b)
{
	*a = *a < 0 || b < 0 ? -1 : *a + b;
}

static void add_sums(struct eprofile *a, const struct eprofile *b)
{
	a->window_ns += b->window_ns;
	a->cpu_ns += b->cpu_ns;
	a->seen += b->seen;
	a->own += b->own;
	a->without_rules += b->without_rules;
	a->evaluated += b->evaluated;
	a->broken += b->broken;
	add_whole(&a->others, b->others);
	add_whole(&a->kernel_events, b->kernel_events);
	add_whole(&a->kernel_drops, b->kernel_drops);
	a->readings += b->readings;
	a->readings_ns += b->readings_ns;
	a->reading_ns = a->readings ? a->readings_ns / (double)a->readings : (double)NAN;
	a->overhead_ns += b->overhead_ns;
	a->overhead_per_event_ns = a->seen ? a->overhead_ns / (double)a->seen : (double)NAN;
	a->total_events += b->total_events;
	a->total_evaluations += b->total_evaluations;
	a->total_checks += b->total_checks;
	a->total_matches += b->total_matches;
	a->rules_ns += b->rules_ns;
	a->output_ns += b->output_ns;
	a->phases_ns += b->phases_ns;
	a->interrupted_ns += b->interrupted_ns;
}

int eprofile_add(struct eprofile *a, const struct eprofile *b, struct error *err)
{
	if (comparable(a, b, err))
		return -1;
	/* What a reading costs inside an evaluation is measured during each run. */
	a->reading_inside_ns = (a->reading_inside_ns * (double)a->readings +
				b->reading_inside_ns * (double)b->readings) /
			       fmax((double)(a->readings + b->readings), 1);
	add_sums(a, b);
	for (size_t i = 0; i < EP_N_PHASES; i++)
		add_time(&a->phases[i].time, &b->phases[i].time);
	for (size_t i = 0; i < b->n_events; i++)
		add_event(event_for(a, &b->events[i]), &b->events[i]);
	for (size_t i = 0; i < a->n_rules; i++)
		add_rule(&a->rules[i], &b->rules[i]);
	add_node(&a->tree, &b->tree);
	return 0;
}

/* ---- the same counts? ---- */

struct comparing {
	char **what;
};

__attribute__((format(printf, 4, 5))) static bool equal(struct comparing *c, int64_t a, int64_t b,
							const char *fmt, ...)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	va_list ap;

	if (a == b)
		return true;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	*c->what = xasprintf("%s: %lld, then %lld", text.buf, (long long)a, (long long)b);
	return false;
}

static bool equal_work(struct comparing *c, const struct ep_work *a, const struct ep_work *b,
		       const char *rule, const char *event)
{
	return equal(c, a->offered, b->offered, "events for rule '%s' on %s", rule, event) &&
	       equal(c, a->evaluations, b->evaluations, "evaluations of rule '%s' on %s", rule,
		     event) &&
	       equal(c, a->checks, b->checks, "checks of rule '%s' on %s", rule, event) &&
	       equal(c, a->matches, b->matches, "matches of rule '%s' on %s", rule, event) &&
	       equal(c, a->output.count, b->output.count, "alerts of rule '%s' on %s", rule, event);
}

static bool equal_rule(struct comparing *c, const struct ep_rule *a, const struct ep_rule *b)
{
	if (!equal(c, (int64_t)a->n_events, (int64_t)b->n_events, "event types of rule '%s'",
		   a->name))
		return false;
	for (size_t i = 0; i < a->n_events; i++)
		if (!equal(c, a->by_event[i].nr, b->by_event[i].nr, "event type %zu of rule '%s'",
			   i + 1, a->name) ||
		    !equal_work(c, &a->by_event[i].work, &b->by_event[i].work, a->name,
				a->by_event[i].event))
			return false;
	for (size_t i = 0; i < a->n_checks && i < b->n_checks; i++)
		if (!equal(c, a->checks[i].evaluations, b->checks[i].evaluations,
			   "evaluations of the check '%s' of rule '%s'", a->checks[i].text,
			   a->name) ||
		    !equal(c, a->checks[i].is_true, b->checks[i].is_true,
			   "how often the check '%s' of rule '%s' is true", a->checks[i].text,
			   a->name))
			return false;
	return equal_work(c, &a->totals, &b->totals, a->name, "all events");
}

bool eprofile_same_counts(const struct eprofile *a, const struct eprofile *b, char **what)
{
	struct comparing c = {.what = what};

	*what = NULL;
	if (!equal(&c, a->seen, b->seen, "events") ||
	    !equal(&c, a->evaluated, b->evaluated, "events evaluated") ||
	    !equal(&c, a->broken, b->broken, "events that matched a rule") ||
	    !equal(&c, a->others, b->others, "events of other processes") ||
	    !equal(&c, (int64_t)a->n_events, (int64_t)b->n_events, "event types"))
		return false;
	for (size_t i = 0; i < a->n_events; i++) {
		const struct ep_event *x = &a->events[i], *y = &b->events[i];

		if (!equal(&c, x->nr, y->nr, "number of event type %zu", i + 1) ||
		    !equal(&c, x->events, y->events, "events of type %s", x->name) ||
		    !equal(&c, x->evaluated, y->evaluated, "evaluated events of type %s",
			   x->name) ||
		    !equal(&c, x->state.count, y->state.count, "state updates of type %s", x->name))
			return false;
	}
	for (size_t i = 0; i < a->n_rules && i < b->n_rules; i++)
		if (!equal_rule(&c, &a->rules[i], &b->rules[i]))
			return false;
	return true;
}

/* ---- runs ---- */

static bool is_replay(const struct eprofile *p)
{
	return !strcmp(p->source, "replay");
}

/* Are all of them replays of one recording? By name and date: two files may hold the same. */
static bool one_recording(const struct ep_runs *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!is_replay(&r->v[i]) || !same(r->v[i].recorded, r->v[0].recorded) ||
		    !same(r->v[i].hostname, r->v[0].hostname))
			return false;
	return true;
}

static int compare_counts(struct ep_runs *r, struct error *err)
{
	bool must = one_recording(r);

	r->same_counts = must;
	for (size_t i = 1; must && i < r->n; i++) {
		char *what cleanup_free = NULL;

		if (!eprofile_same_counts(&r->v[0], &r->v[i], &what))
			return error_internal(err,
					      "replay %zu of the recording counted differently "
					      "from replay 1: %s; expected the same every time",
					      i + 1, what);
	}
	return 0;
}

int ep_runs_make(struct ep_runs *r, struct eprofile *v, size_t n, struct error *err)
{
	json_t *first = eprofile_to_json(&v[0]);
	char *text = json_dumps(first, JSON_REAL_PRECISION(17));
	int rc;

	json_decref(first);
	*r = (struct ep_runs){.v = v, .n = n};
	/* A copy by way of its text: no second list of all members. */
	rc = text ? eprofile_parse("run 1", text, strlen(text), &r->all, err)
		  : error_internal(err, "a profile cannot be copied");
	free(text);
	for (size_t i = 1; !rc && i < n; i++)
		rc = eprofile_add(&r->all, &v[i], err);
	if (!rc)
		rc = compare_counts(r, err);
	return rc ? rc : eprofile_check("all runs together", &r->all, err);
}

void ep_runs_release(struct ep_runs *r)
{
	eprofile_release(&r->all);
	for (size_t i = 0; i < r->n; i++)
		eprofile_release(&r->v[i]);
	free(r->v);
	*r = (struct ep_runs){0};
}

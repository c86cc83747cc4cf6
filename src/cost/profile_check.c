/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of a profile: counts exactly, times but for rounding. */
#include "cost/profile_private.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

struct checking {
	const char *name;
	struct error *err;
};

__attribute__((format(printf, 2, 3))) static int wrong(const struct checking *c, const char *fmt,
						       ...)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	return error_input(c->err, "%s: the profile does not add up: %s", c->name, text.buf);
}

static bool near(double a, double b, double scale)
{
	return fabs(a - b) <= EPROFILE_SUMS * fmax(fmax(fabs(a), fabs(b)), scale) + 1e-3;
}

static int counts(const struct checking *c, const char *what, int64_t is, int64_t want)
{
	if (is == want)
		return 0;
	return wrong(c, "%s: %lld, expected %lld", what, (long long)is, (long long)want);
}

static int times(const struct checking *c, const char *what, double is, double want)
{
	if (near(is, want, 0))
		return 0;
	return wrong(c, "%s: %.15g ns, expected %.15g ns", what, is, want);
}

static int check_time(const struct checking *c, const char *of, const char *which,
		      const struct ep_time *t, bool histogram)
{
	int64_t n = 0;

	if (t->timed + t->interrupted > t->count)
		return wrong(c, "%s, %s: more timed and interrupted than counted", of, which);
	if (!(t->sum_ns >= -1e-3) ||
	    (t->timed && !near(t->mean_ns * (double)t->count, t->sum_ns, 0)))
		return wrong(c, "%s, %s: sum_ns is not mean_ns times count", of, which);
	for (size_t i = 0; i < t->n; i++) {
		const struct ep_bucket *b = &t->v[i];

		if (!(b->lo_ns < b->hi_ns) || b->n <= 0 ||
		    (i && b->lo_ns < t->v[i - 1].hi_ns * (1 - 1e-9)))
			return wrong(c, "%s, %s: the histogram is not in ascending order", of,
				     which);
		n += b->n;
	}
	if (histogram && n != t->timed)
		return wrong(c, "%s, %s: %lld in the histogram, expected %lld", of, which,
			     (long long)n, (long long)t->timed);
	return 0;
}

static int check_work(const struct checking *c, const char *of, const struct ep_work *w)
{
	if (check_time(c, of, "not broken", &w->not_broken, true) ||
	    check_time(c, of, "broken", &w->broken, true) ||
	    check_time(c, of, "output", &w->output, true))
		return -1;
	if (w->evaluations > w->offered)
		return wrong(c, "%s: more evaluations than events offered", of);
	if (w->not_broken.count + w->broken.count != w->evaluations)
		return wrong(c, "%s: broken and not broken are not all evaluations", of);
	if (w->broken.count != w->matches)
		return wrong(c, "%s: as many broken as matches expected", of);
	return 0;
}

static int check_rule(const struct checking *c, const struct ep_rule *r)
{
	char *of cleanup_free = xasprintf("rule '%s'", r->name);
	int64_t offered = 0, evaluations = 0, checks = 0, matches = 0, single = 0;
	double ns = 0;

	if (check_work(c, of, &r->totals))
		return -1;
	for (size_t i = 0; i < r->n_events; i++) {
		const struct ep_work *w = &r->by_event[i].work;
		char *on cleanup_free = xasprintf("%s on %s", of, r->by_event[i].event);

		if (check_work(c, on, w))
			return -1;
		offered += w->offered;
		evaluations += w->evaluations;
		checks += w->checks;
		matches += w->matches;
		ns += w->not_broken.sum_ns + w->broken.sum_ns + w->output.sum_ns;
	}
	for (size_t i = 0; i < r->n_checks; i++) {
		const struct ep_check *k = &r->checks[i];

		single += k->evaluations;
		if (k->is_true > k->evaluations)
			return wrong(c, "%s: a check is true more often than it is made", of);
		if (k->has_time && check_time(c, of, "a check", &k->time, false))
			return -1;
	}
	if (offered != r->totals.offered || evaluations != r->totals.evaluations ||
	    checks != r->totals.checks || matches != r->totals.matches)
		return wrong(c, "%s: totals are not the sum over its event types", of);
	if (single != checks)
		return wrong(c, "%s: %lld checks, but %lld one by one", of, (long long)checks,
			     (long long)single);
	return times(c, of, ns, ep_rule_ns(r));
}

static int check_rules(const struct checking *c, const struct eprofile *p)
{
	int64_t evaluations = 0, checks = 0, matches = 0;
	double rules = 0, output = 0;

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct ep_work *w = &p->rules[i].totals;

		if (check_rule(c, &p->rules[i]))
			return -1;
		evaluations += w->evaluations;
		checks += w->checks;
		matches += w->matches;
		rules += w->not_broken.sum_ns + w->broken.sum_ns;
		output += w->output.sum_ns;
	}
	return counts(c, "totals.evaluations", p->total_evaluations, evaluations) ||
			       counts(c, "totals.checks", p->total_checks, checks) ||
			       counts(c, "totals.matches", p->total_matches, matches) ||
			       times(c, "totals.rules_ns", p->rules_ns, rules) ||
			       times(c, "totals.output_ns", p->output_ns, output)
		       ? -1
		       : 0;
}

static int check_events(const struct checking *c, const struct eprofile *p)
{
	int64_t evaluated = 0, broken = 0;

	for (size_t i = 0; i < p->n_events; i++) {
		const struct ep_event *e = &p->events[i];
		char *of cleanup_free = xasprintf("event type %s", e->name ? e->name : "?");

		if (check_time(c, of, "state", &e->state, true) ||
		    check_time(c, of, "rules", &e->time, true))
			return -1;
		evaluated += e->evaluated;
		broken += e->broken;
	}
	return counts(c, "events.seen", p->seen, p->own + p->without_rules + p->evaluated) ||
			       counts(c, "totals.events", p->total_events, p->seen) ||
			       counts(c, "events.evaluated", p->evaluated, evaluated) ||
			       counts(c, "events.broken", p->broken, broken)
		       ? -1
		       : 0;
}

static int check_phases(const struct checking *c, const struct eprofile *p)
{
	const struct ep_phase *ph = p->phases;
	double sum = 0;

	for (size_t i = 0; i < EP_N_PHASES; i++) {
		if (check_time(c, ph[i].id, "time", &ph[i].time, true))
			return -1;
		sum += ph[i].time.sum_ns;
	}
	return times(c, "totals.phases_ns", p->phases_ns, sum) ||
			       times(c, "rules_not_broken and rules_broken",
				     ph[EP_NOT_BROKEN].time.sum_ns + ph[EP_BROKEN].time.sum_ns,
				     p->rules_ns) ||
			       times(c, "output", ph[EP_OUTPUT].time.sum_ns, p->output_ns)
		       ? -1
		       : 0;
}

static int check_node(const struct checking *c, const struct ep_node *n, double whole) /* NOLINT */
{
	double sum = 0;

	for (size_t i = 0; i < n->n; i++) {
		if (check_node(c, &n->v[i], whole))
			return -1;
		sum += n->v[i].sum_ns;
	}
	/* What is known as a difference of estimates alone may come out below 0. */
	if (!n->n && !strcmp(n->kind, "overhead"))
		return 0;
	if (sum > n->sum_ns && !near(sum, n->sum_ns, 0))
		return wrong(c, "%s '%s' of the tree: %.15g ns, less than its children's %.15g ns",
			     n->kind, n->name ? n->name : "", n->sum_ns, sum);
	return 0;
}

static int check_tree(const struct checking *c, const struct eprofile *p)
{
	double sum = 0;

	for (size_t i = 0; i < p->tree.n; i++)
		sum += p->tree.v[i].sum_ns;
	return check_node(c, &p->tree, p->window_ns) ||
			       times(c, "the tree's root", p->tree.sum_ns, p->window_ns) ||
			       times(c, "the tree's first level", sum, p->window_ns)
		       ? -1
		       : 0;
}

int eprofile_check(const char *name, const struct eprofile *p, struct error *err)
{
	const struct checking c = {.name = name, .err = err};

	return check_events(&c, p) || check_rules(&c, p) || check_phases(&c, p) || check_tree(&c, p)
		       ? -1
		       : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/profile_private.h"

#include "base/mem.h"
#include "stats/describe.h"

#include <math.h>
#include <string.h>

const char *const ep_phase_ids[EP_N_PHASES] = {
	"empty_poll",	    "sleep",	    "read",   "state",
	"rules_not_broken", "rules_broken", "output", "housekeeping",
};

/* ---- memory ---- */

void ep_time_release(struct ep_time *t)
{
	free(t->v);
	*t = (struct ep_time){0};
}

void ep_work_release(struct ep_work *w)
{
	ep_time_release(&w->not_broken);
	ep_time_release(&w->broken);
	ep_time_release(&w->output);
}

void ep_node_release(struct ep_node *n) /* NOLINT(misc-no-recursion): a tree of five levels */
{
	for (size_t i = 0; i < n->n; i++)
		ep_node_release(&n->v[i]);
	free(n->v);
	free(n->name);
	free(n->kind);
}

static void check_release(struct ep_check *c)
{
	free(c->text);
	free(c->transformer);
	free(c->field);
	free(c->op);
	free(c->modifier);
	free(c->on_true);
	free(c->on_false);
	ep_time_release(&c->time);
}

static void rule_release(struct ep_rule *r)
{
	for (size_t i = 0; i < r->n_events; i++) {
		free(r->by_event[i].event);
		ep_work_release(&r->by_event[i].work);
	}
	for (size_t i = 0; i < r->n_checks; i++)
		check_release(&r->checks[i]);
	free(r->by_event);
	free(r->checks);
	free(r->name);
	free(r->priority);
	free(r->source);
	free(r->why_not);
	strvec_release(&r->tags);
	ep_work_release(&r->totals);
}

void eprofile_release(struct eprofile *p)
{
	char *texts[] = {p->engine,	   p->engine_version, p->selects_as, p->hostname, p->kernel,
			 p->started,	   p->source,	      p->file,	     p->recorded, p->pids,
			 p->rule_matching, p->detail,	      p->clock};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < EP_N_PHASES; i++) {
		free(p->phases[i].id);
		free(p->phases[i].title);
		ep_time_release(&p->phases[i].time);
	}
	for (size_t i = 0; i < p->n_events; i++) {
		free(p->events[i].name);
		ep_time_release(&p->events[i].state);
		ep_time_release(&p->events[i].time);
	}
	for (size_t i = 0; i < p->n_rules; i++)
		rule_release(&p->rules[i]);
	free(p->events);
	free(p->rules);
	ep_node_release(&p->tree);
	*p = (struct eprofile){0};
}

int ep_files_read(const struct strvec *files, struct ep_files *out, struct error *err)
{
	out->v = xcalloc(files->n + 1, sizeof(*out->v));
	out->views = xcalloc(files->n + 1, sizeof(*out->views));
	for (size_t i = 0; i < files->n; i++) {
		if (eprofile_read(files->v[i], &out->v[i], err))
			return -1;
		out->views[out->n++] = &out->v[i];
	}
	return 0;
}

void ep_files_release(struct ep_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		eprofile_release(&f->v[i]);
	free(f->v);
	free(f->views);
	*f = (struct ep_files){0};
}

/* ---- figures ---- */

double ep_cpu_ns(const struct eprofile *p)
{
	double sum = 0;

	for (size_t i = 0; i < EP_N_PHASES; i++)
		if (i != EP_SLEEP)
			sum += p->phases[i].time.sum_ns;
	return sum;
}

double ep_rule_ns(const struct ep_rule *r)
{
	return r->totals.not_broken.sum_ns + r->totals.broken.sum_ns + r->totals.output.sum_ns;
}

double ep_rule_per_event_ns(const struct ep_rule *r)
{
	return r->totals.offered ? ep_rule_ns(r) / (double)r->totals.offered : (double)NAN;
}

double ep_rule_share(const struct eprofile *p, const struct ep_rule *r)
{
	double cpu = ep_cpu_ns(p);

	return r->evaluated && cpu > 0 ? ep_rule_ns(r) / cpu : (double)NAN;
}

double ep_overhead_of_window(const struct eprofile *p)
{
	return p->window_ns > 0 ? p->overhead_ns / p->window_ns : (double)NAN;
}

double ep_overhead_of_cpu(const struct eprofile *p)
{
	double cpu = ep_cpu_ns(p);

	return cpu > 0 ? p->overhead_ns / cpu : (double)NAN;
}

double ep_self_ns(const struct ep_node *n)
{
	double self = n->sum_ns;

	for (size_t i = 0; i < n->n; i++)
		self -= n->v[i].sum_ns;
	return fmax(self, 0);
}

bool ep_apart(const struct ep_node *n)
{
	return !strcmp(n->kind, "overhead") ||
	       (!strcmp(n->kind, "phase") && n->name && !strcmp(n->name, ep_phase_ids[EP_SLEEP]));
}

struct place {
	double ns;
	size_t rule;
	bool evaluated;
};

static int dearest(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->evaluated != y->evaluated)
		return x->evaluated ? -1 : 1;
	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (x->rule > y->rule) - (x->rule < y->rule);
}

size_t *ep_ranking(const struct eprofile *p)
{
	struct place *v cleanup_free = xcalloc(p->n_rules + 1, sizeof(*v));
	size_t *order = xcalloc(p->n_rules + 1, sizeof(*order));

	for (size_t i = 0; i < p->n_rules; i++)
		v[i] = (struct place){ep_rule_ns(&p->rules[i]), i, p->rules[i].evaluated};
	qsort(v, p->n_rules, sizeof(*v), dearest);
	for (size_t i = 0; i < p->n_rules; i++)
		order[i] = v[i].rule;
	return order;
}

double ep_figure_share(const struct eprofile *p, size_t rule)
{
	return ep_rule_share(p, &p->rules[rule]);
}

double ep_figure_per_event_ns(const struct eprofile *p, size_t rule)
{
	return ep_rule_per_event_ns(&p->rules[rule]);
}

void ep_spread_of(const struct ep_runs *r, ep_figure figure, size_t rule, struct ep_spread *out)
{
	double *v cleanup_free = xcalloc(r->n, sizeof(*v));

	for (size_t i = 0; i < r->n; i++)
		v[i] = figure(&r->v[i], rule);
	out->mean = stats_mean(v, r->n);
	stats_t_interval(v, r->n, 0.95, &out->lo, &out->hi);
}

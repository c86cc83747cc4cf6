/* SPDX-License-Identifier: Apache-2.0 */
/* Prices from the CPU of whole runs. */
#include "cost/calibrate.h"

#include "base/mem.h"
#include "cost/normal.h"
#include "cost/wake.h"

#include <math.h>
#include <string.h>

/* Relative standard deviations: of a run's CPU, of all prices of a group in common, of a single
 * price of rules (the profile measured it), and of a type of event's. */
#define SD_RUN	 0.05
#define SD_GROUP 0.5
#define SD_RULES 0.25
#define SD_EVENT 0.1
/* Of what is in no profile. */
#define SD_FREE 1.0
#define NS	1e9

#define SOURCE "calibrated: CPU of whole runs on this host, and profiles of them"

enum { GROUP_EVENTS, GROUP_RULES, N_GROUPS };

/* Counts of a profile by price: CP_N, then the types of event. */
static double *counts_of(const struct cost_params *p, const struct eprofile *e)
{
	double *n = xcalloc(CP_N + p->n_states, sizeof(*n));

	n[CP_TRANSPORT] = (double)e->seen;
	n[CP_EVALUATED] = (double)e->evaluated;
	n[CP_OUTPUT] = (double)e->total_matches;
	for (size_t i = 0; i < e->n_events; i++) {
		size_t at = CP_STATE;

		for (size_t k = 0; k < p->n_states; k++)
			if (e->events[i].name && !strcmp(p->states[k].event, e->events[i].name))
				at = CP_N + k;
		n[at] += (double)e->events[i].events;
	}
	for (size_t r = 0; r < e->n_rules; r++) {
		n[CP_RULE] += (double)e->rules[r].totals.evaluations;
		for (size_t c = 0; c < e->rules[r].n_checks; c++) {
			struct cost_kind k = cost_kind_of_profiled(&e->rules[r].checks[c]);
			double times = (double)e->rules[r].checks[c].evaluations;

			/* The model has them answered when the rule is compiled. */
			if (e->rules[r].checks[c].by_event_type)
				continue;

			n[CP_OP + k.op] += times;
			n[CP_FIELD + k.field] += times;
			n[CP_TRANSFORMER] += k.transformed ? times : 0;
			n[CP_ITEM] += k.items * times;
		}
	}
	return n;
}

static struct cost_value *price(struct cost_params *p, size_t i)
{
	return i < CP_N ? &p->v[i] : &p->states[i - CP_N].v;
}

static size_t group(size_t i)
{
	return i == CP_TRANSPORT || i == CP_STATE || i >= CP_N ? GROUP_EVENTS : GROUP_RULES;
}

static double known(double v)
{
	return isnan(v) ? 0 : v;
}

/* Of the engine: what is in a run's CPU by its counts. */
static bool is_price(size_t i)
{
	return i >= CP_N || (i < CP_SEL_EXISTS && i > CP_WAKE);
}

static double work_ns(const struct cost_params *p, const struct eprofile *e)
{
	double *n cleanup_free = counts_of(p, e), ns = 0;

	for (size_t i = 0; i < CP_N + p->n_states; i++)
		if (is_price(i))
			ns += n[i] * known(i < CP_N ? p->v[i].value : p->states[i - CP_N].v.value);
	return ns / (double)e->seen;
}

double cost_whole_ns(const struct cost_params *p, const struct eprofile *e, double per_s)
{
	double work = work_ns(p, e), wake = known(p->v[CP_WAKE].value) / NS;

	return isnan(per_s) ? work : work + wake_cpu(wake, per_s, work * per_s / NS) * NS / per_s;
}

/* ns of an event of that run for looking for events, by what is left of its CPU time. */
static double wake_ns(const struct cost_params *p, const struct cost_whole *w)
{
	double wake = known(p->v[CP_WAKE].value) / NS;

	return isnan(w->per_s)
		       ? 0
		       : w->ns - wake_work(wake, w->per_s, w->ns * w->per_s / NS) * NS / w->per_s;
}

static void add_run(struct normal *eq, struct cost_params *p, const struct cost_whole *w)
{
	const struct eprofile *e = w->profile;
	double *n cleanup_free = counts_of(p, e);
	double *row cleanup_free = xcalloc(eq->n, sizeof(*row)), now = wake_ns(p, w) / w->ns;

	row[N_GROUPS + CP_WAKE] = now;
	for (size_t i = 0; i < CP_N + p->n_states; i++) {
		double part = n[i] * known(price(p, i)->value) / (double)e->seen / w->ns;

		if (!is_price(i))
			continue;
		row[group(i)] += part;
		row[N_GROUPS + i] = part;
		now += part;
	}
	normal_add(eq, row, 1 - now, 1 / (SD_RUN * SD_RUN));
}

static void lean(struct normal *eq, size_t n)
{
	for (size_t i = 0; i < N_GROUPS; i++)
		normal_lean(eq, i, 0, 1 / (SD_GROUP * SD_GROUP));
	for (size_t i = 0; i < n; i++) {
		double sd = i == CP_EVALUATED || i == CP_RULE ? SD_FREE
			    : i == CP_WAKE		      ? SD_GROUP
			    : group(i) == GROUP_EVENTS	      ? SD_EVENT
							      : SD_RULES;

		normal_lean(eq, N_GROUPS + i, 0, 1 / (sd * sd));
	}
}

static void move(struct cost_value *v, double off, double sd, const char *source)
{
	if (!isnan(v->value))
		cost_value_set(v, v->value * fmax(0, 1 + off), 1 + 2 * sd, source);
}

void cost_fit_whole(struct cost_params *p, const struct cost_whole *w, size_t n)
{
	size_t n_prices = CP_N + p->n_states;
	struct normal eq cleanup_normal;
	double *off cleanup_free = xcalloc(N_GROUPS + n_prices, sizeof(*off));
	double *variance cleanup_free = xcalloc(N_GROUPS + n_prices, sizeof(*variance));
	bool live = false;

	normal_init(&eq, N_GROUPS + n_prices);
	lean(&eq, n_prices);
	for (size_t i = 0; i < n; i++) {
		add_run(&eq, p, &w[i]);
		live = live || !isnan(w[i].per_s);
	}
	normal_solve(&eq, off);
	normal_variances(&eq, variance);
	for (size_t i = 0; i < n_prices; i++)
		if (is_price(i))
			move(price(p, i), off[group(i)] + off[N_GROUPS + i],
			     sqrt(variance[group(i)] + variance[N_GROUPS + i]), SOURCE);
	if (live)
		move(&p->v[CP_WAKE], off[N_GROUPS + CP_WAKE], sqrt(variance[N_GROUPS + CP_WAKE]),
		     p->v[CP_WAKE].source);
	if (!isnan(p->check_ns))
		p->check_ns *= fmax(0, 1 + off[GROUP_RULES]);
	p->whole_error = 0;
	for (size_t i = 0; i < n; i++)
		p->whole_error +=
			fabs(cost_whole_ns(p, w[i].profile, w[i].per_s) / w[i].ns - 1) / (double)n;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/calibrate.h"

#include "base/mem.h"
#include "cost/normal.h"

#include <math.h>
#include <string.h>

/* Unknowns of the fit of checks: CP_TRANSFORMER to the last field. */
#define FIT_FIRST CP_TRANSFORMER
#define FIT_N	  (CP_SEL_EXISTS - FIT_FIRST)
/* How much the former values weigh, relative to the weight of all checks. */
#define FIT_LEAN 1e-6
/* A check counts by how much its price would be off relatively, of this many ns at least. */
#define FIT_LEAST_NS 10
#define SOURCE	     "calibrated: profiles of this host"

struct fit {
	struct normal eq;
	double before[FIT_N];	      /* former values */
	double n, measured, expected; /* sums: of evaluations, ns, ns by the former values */
	bool met[FIT_N];
};

static void row_of(const struct ep_check *c, double row[FIT_N])
{
	struct cost_kind k = cost_kind_of_profiled(c);

	memset(row, 0, FIT_N * sizeof(*row));
	row[CP_OP + k.op - FIT_FIRST] = 1;
	row[CP_FIELD + k.field - FIT_FIRST] = 1;
	row[CP_TRANSFORMER - FIT_FIRST] = k.transformed;
	row[CP_ITEM - FIT_FIRST] = k.items;
}

typedef void (*check_fn)(void *arg, const struct ep_check *c, double mean, double n);

static void each_check(const struct eprofile *const *v, size_t n, check_fn fn, void *arg)
{
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < v[i]->n_rules; r++)
			for (size_t c = 0; c < v[i]->rules[r].n_checks; c++) {
				const struct ep_check *check = &v[i]->rules[r].checks[c];

				if (check->evaluations > 0 && check->has_time &&
				    check->time.timed > 0 && !check->by_event_type)
					fn(arg, check, check->time.mean_ns,
					   (double)check->evaluations);
			}
}

static void fit_check(void *arg, const struct ep_check *c, double mean, double n)
{
	struct fit *f = arg;
	double row[FIT_N];

	row_of(c, row);
	f->n += n;
	f->measured += n * mean;
	for (size_t i = 0; i < FIT_N; i++) {
		f->expected += n * row[i] * f->before[i];
		f->met[i] = f->met[i] || row[i] != 0;
	}
	normal_add(&f->eq, row, mean, n / fmax(mean, FIT_LEAST_NS));
}

struct residual {
	const struct cost_params *p;
	double off, sum;
};

static void measure_error(void *arg, const struct ep_check *c, double mean, double n)
{
	struct residual *r = arg;
	struct cost_kind k = cost_kind_of_profiled(c);

	r->off += n * fabs(cost_check_ns(r->p, &k) - mean);
	r->sum += n * mean;
}

static void take_checks(struct cost_params *p, const struct fit *f, const struct eprofile *const *v,
			size_t n)
{
	struct residual left = {p, 0, 0};
	double x[FIT_N];

	normal_solve_positive(&f->eq, x);
	for (size_t i = 0; i < FIT_N; i++)
		if (f->met[i])
			p->v[FIT_FIRST + i].value = x[i];
		else
			p->v[FIT_FIRST + i].value *= f->measured / f->expected;
	each_check(v, n, measure_error, &left);
	p->error = left.off / left.sum;
	p->check_ns = f->measured / f->n;
	for (size_t i = 0; i < FIT_N; i++)
		if (f->met[i])
			cost_value_set(&p->v[FIT_FIRST + i], p->v[FIT_FIRST + i].value,
				       1 + p->error, SOURCE);
}

static void fit_checks(struct cost_params *p, const struct eprofile *const *v, size_t n)
{
	struct fit f = {0};

	normal_init(&f.eq, FIT_N);
	for (size_t i = 0; i < FIT_N; i++)
		f.before[i] = isnan(p->v[FIT_FIRST + i].value) ? 0 : p->v[FIT_FIRST + i].value;
	each_check(v, n, fit_check, &f);
	if (f.expected > 0 && f.measured > 0) {
		for (size_t i = 0; i < FIT_N; i++)
			normal_lean(&f.eq, i, f.before[i] * f.measured / f.expected,
				    FIT_LEAN * f.eq.weigh);
		take_checks(p, &f, v, n);
	}
	normal_release(&f.eq);
}

/* ---- means ---- */

struct mean {
	double sum, n;
};

static void add_mean(struct mean *m, double sum, double n)
{
	if (isnan(sum) || n <= 0)
		return;
	m->sum += sum;
	m->n += n;
}

static void take_mean(struct cost_value *v, const struct mean *m, double factor)
{
	if (m->n > 0)
		cost_value_set(v, m->sum / m->n, factor, SOURCE);
}

/* What of a rule's time is not its checks'; not known when checks were not timed. */
static void add_rule(struct mean *m, const struct ep_rule *r)
{
	double ns = r->totals.not_broken.sum_ns + r->totals.broken.sum_ns, checks = 0;

	for (size_t i = 0; i < r->n_checks; i++) {
		if (r->checks[i].evaluations > 0 && !r->checks[i].has_time)
			return;
		if (r->checks[i].evaluations > 0)
			checks += r->checks[i].time.sum_ns;
	}
	add_mean(m, fmax(0, ns - checks), (double)r->totals.evaluations);
}

static void fit_means(struct cost_params *p, const struct eprofile *const *v, size_t n)
{
	struct mean transport = {0}, state = {0}, output = {0}, rule = {0};
	const double factor = 1.1;

	for (size_t i = 0; i < n; i++) {
		const struct ep_phase *ph = v[i]->phases;

		add_mean(&transport,
			 ph[EP_EMPTY_POLL].time.sum_ns + ph[EP_READ].time.sum_ns +
				 ph[EP_HOUSEKEEPING].time.sum_ns,
			 (double)v[i]->seen);
		add_mean(&state, ph[EP_STATE].time.sum_ns, (double)ph[EP_STATE].time.count);
		add_mean(&output, ph[EP_OUTPUT].time.sum_ns, (double)v[i]->total_matches);
		for (size_t r = 0; r < v[i]->n_rules; r++)
			if (v[i]->rules[r].evaluated)
				add_rule(&rule, &v[i]->rules[r]);
	}
	take_mean(&p->v[CP_TRANSPORT], &transport, factor);
	take_mean(&p->v[CP_STATE], &state, 2); /* of types that did not come */
	take_mean(&p->v[CP_OUTPUT], &output, factor);
	take_mean(&p->v[CP_RULE], &rule, factor);
}

static void fit_states(struct cost_params *p, const struct eprofile *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t e = 0; e < v[i]->n_events; e++) {
			const char *name = v[i]->events[e].name;
			struct mean m = {0};

			for (size_t k = 0; name && k < n; k++)
				for (size_t q = 0; q < v[k]->n_events; q++) {
					const struct ep_event *o = &v[k]->events[q];

					if (o->name && !strcmp(o->name, name))
						add_mean(&m, o->state.sum_ns,
							 (double)o->state.count);
				}
			if (m.n > 0)
				take_mean(cost_state_make(p, name), &m, 1.1);
		}
}

static char *copy_text(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

int cost_calibrate(struct cost_params *p, const struct eprofile *const *v, size_t n,
		   const struct cost_whole *whole, size_t n_whole, struct error *err)
{
	const double first = p->v[CP_EVALUATED].value, rule = p->v[CP_RULE].value;
	int64_t evaluated = 0;

	for (size_t i = 0; i < n; i++)
		evaluated += v[i]->evaluated;
	if (p->engine != COST_EMBEDDED)
		return error_input(err, "profiles are of the embedded engine; a real Falco's "
					"parameters cannot be fitted to them");
	if (evaluated <= 0)
		return error_input(err, "the profiles tell no costs: no event was evaluated");
	fit_means(p, v, n);
	fit_states(p, v, n);
	fit_checks(p, v, n);
	/* In a profile the first checks of an event and of a rule have these. */
	cost_value_set(&p->v[CP_EVALUATED], 0, 1, SOURCE);
	if (n_whole) {
		p->v[CP_EVALUATED].value = first;
		p->v[CP_RULE].value = rule;
		cost_fit_whole(p, whole, n_whole);
	}
	free(p->host);
	free(p->kernel);
	free(p->engine_version);
	free(p->date);
	p->host = copy_text(v[0]->hostname);
	p->kernel = copy_text(v[0]->kernel);
	p->engine_version = copy_text(v[0]->engine_version);
	p->date = copy_text(v[0]->started);
	return 0;
}

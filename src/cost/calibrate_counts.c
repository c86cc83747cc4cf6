/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/calibrate_counts.h"

#include "base/mem.h"
#include "cost/normal.h"
#include "stats/describe.h"
#include "stats/dist.h"
#include "cost/wake.h"

#include <math.h>

#define FACTOR_MAX 100 /* of files (cost/params_file.c) */

#define NS 1e9

/* Unknowns; the last one is left out when it cannot be told. */
enum { X_BASE, X_CHECKS, X_WAKE, X_RULE, N_X };

struct fit {
	const struct cost_counted *v;
	size_t n, rounds;
	bool wake;  /* else its row is 0, and so is it */
	size_t n_x; /* N_X, or without the rule */
	double x[N_X], lo[N_X], hi[N_X];
};

void cost_even_out(double *const *ns, size_t n, size_t rounds)
{
	double *of cleanup_free = xcalloc(n, sizeof(*of));
	double *medians cleanup_free = xcalloc(n, sizeof(*medians));

	for (size_t i = 0; i < n; i++)
		medians[i] = stats_median(ns[i], rounds);
	for (size_t run = 0; run < rounds; run++) {
		double speed;

		for (size_t i = 0; i < n; i++)
			of[i] = ns[i][run] / medians[i];
		speed = stats_median(of, n);
		for (size_t i = 0; i < n; i++)
			ns[i][run] /= speed;
	}
}

/* ns: of CPU for an event. The CPU share u of an engine whose work is w is w + wake * share * (1 -
 * w), which is w + wake / (1 - wake * share) * share * (1 - u): linear but for that factor, which
 * is near 1 and taken off again by of_wake(). */
static double counts(const struct fit *f, const struct cost_counted *s, double ns, size_t x)
{
	switch (x) {
	case X_BASE:
		return 1;
	case X_CHECKS:
		return s->checks_ns;
	case X_RULE:
		return s->rules;
	default:
		return f->wake ? wake_share(s->per_s) / s->per_s * fmax(0, 1 - ns * s->per_s / NS)
			       : 0;
	}
}

static double of_wake(double x)
{
	return fmax(0, x / (1 + x / NS));
}

/* y: ns of CPU for an event. */
static double model(const struct fit *f, const double *x, const struct cost_counted *s, double y)
{
	double ns = 0;

	for (size_t i = 0; i < f->n_x; i++)
		ns += x[i] * counts(f, s, y, i);
	return ns;
}

/* y: of each set. but: a set that is left out, f->n: none. variance: NULL, or for errors of the
 * size of y. */
static void solve(const struct fit *f, const double *y, size_t but, double *x, double *variance)
{
	struct normal eq cleanup_normal;

	normal_init(&eq, f->n_x);
	for (size_t i = 0; i < f->n; i++) {
		double row[N_X];

		if (i == but)
			continue;
		for (size_t k = 0; k < f->n_x; k++)
			row[k] = counts(f, &f->v[i], y[i], k) / y[i];
		normal_add(&eq, row, 1, 1);
	}
	normal_solve(&eq, x);
	if (variance)
		normal_variances(&eq, variance);
}

/* Half the width of the interval by what the medians are off the model. */
static void widths_by_residuals(const struct fit *f, const double *y, const double *variance,
				double *width)
{
	double df = (double)f->n - (double)f->n_x + !f->wake, sum = 0;
	double t = stats_t_quantile((1 + COST_COUNTED_LEVEL) / 2, df);

	for (size_t i = 0; i < f->n; i++)
		sum += pow(model(f, f->x, &f->v[i], y[i]) / y[i] - 1, 2);
	for (size_t k = 0; k < f->n_x; k++)
		width[k] = t * sqrt(variance[k] * sum / df);
}

static void widths_by_rounds(const struct fit *f, double *width)
{
	double *x cleanup_free = xcalloc(f->rounds * N_X, sizeof(*x));
	double *y cleanup_free = xcalloc(f->n, sizeof(*y)), of[N_X];

	for (size_t r = 0; r < f->rounds; r++) {
		for (size_t i = 0; i < f->n; i++)
			y[i] = f->v[i].ns[r];
		solve(f, y, f->n, of, NULL);
		for (size_t k = 0; k < f->n_x; k++)
			x[k * f->rounds + r] = of[k];
	}
	for (size_t k = 0; k < f->n_x; k++) {
		double lo, hi;

		stats_t_interval(&x[k * f->rounds], f->rounds, COST_COUNTED_LEVEL, &lo, &hi);
		width[k] = (hi - lo) / 2;
	}
}

static void fit(struct fit *f, const double *y, size_t n_x)
{
	double variance[N_X], by_rounds[N_X], by_residuals[N_X];

	f->n_x = n_x;
	solve(f, y, f->n, f->x, variance);
	widths_by_rounds(f, by_rounds);
	widths_by_residuals(f, y, variance, by_residuals);
	for (size_t k = 0; k < n_x; k++) {
		double w = fmax(by_rounds[k], by_residuals[k]);

		f->lo[k] = f->x[k] - w;
		f->hi[k] = f->x[k] + w;
	}
}

/* ---- into the parameters ---- */

/* How far the ends of the interval are off, as a factor. */
static double spread(const struct fit *f, size_t x)
{
	double low = f->lo[x] > 0 ? f->x[x] / f->lo[x] : FACTOR_MAX;

	return fmin(FACTOR_MAX, fmax(1, fmax(low, f->hi[x] / f->x[x])));
}

static void scale(struct cost_value *v, const struct fit *f, size_t x, double by,
		  const char *source)
{
	if (!isnan(v->value))
		cost_value_set(v, v->value * by, spread(f, x), source);
}

static void set_base(struct cost_params *p, const struct fit *f, const char *source)
{
	double now = p->v[CP_TRANSPORT].value + p->v[CP_STATE].value;
	char *text cleanup_free = xasprintf("%s: transport, state and whatever else an event costs "
					    "are %.0f ns together; which part is which is not told",
					    source, f->x[X_BASE]);

	scale(&p->v[CP_TRANSPORT], f, X_BASE, f->x[X_BASE] / now, text);
	scale(&p->v[CP_STATE], f, X_BASE, f->x[X_BASE] / now, text);
}

static void set_checks(struct cost_params *p, const struct fit *f, const char *source)
{
	char *text cleanup_free =
		xasprintf("%s: one factor for all kinds of checks, %.3g times the "
			  "price that ships",
			  source, f->x[X_CHECKS]);
	double checks = 0, ns = 0;

	for (size_t i = CP_TRANSFORMER; i < CP_SEL_EXISTS; i++)
		scale(&p->v[i], f, X_CHECKS, f->x[X_CHECKS], text);
	for (size_t i = 0; i < f->n; i++) {
		checks += f->v[i].checks;
		ns += f->v[i].checks_ns;
	}
	p->check_ns = f->x[X_CHECKS] * ns / checks;
}

/* Of a replay nothing is known of it, and what ships stays. */
static void set_wake(struct cost_params *p, struct fit *f, const char *source)
{
	char *in_base cleanup_free = xasprintf("%s: it is in the price of an event", source);

	if (f->wake) {
		f->x[X_WAKE] = of_wake(f->x[X_WAKE]);
		f->lo[X_WAKE] = of_wake(f->lo[X_WAKE]);
		f->hi[X_WAKE] = of_wake(f->hi[X_WAKE]);
		cost_value_set(&p->v[CP_WAKE], f->x[X_WAKE],
			       f->x[X_WAKE] > 0 ? spread(f, X_WAKE) : 1, source);
	} else if (!isnan(f->v[0].per_s))
		cost_value_set(&p->v[CP_WAKE], 0, 1, in_base);
}

static void set_fitted(struct cost_params *p, const struct fit *f)
{
	static const struct {
		const char *what, *unit;
	} of[N_X] = {[X_BASE] = {"event", "ns/event"},
		     [X_CHECKS] = {"all-checks", "factor"},
		     [X_WAKE] = {"wake", "ns/s"},
		     [X_RULE] = {"rule", "ns/evaluation"}};

	for (size_t k = 0; k < N_X; k++) {
		bool told = k < f->n_x && (k != X_WAKE || f->wake);

		p->fitted[k] = (struct cost_fitted){.what = of[k].what,
						    .unit = of[k].unit,
						    .value = told ? f->x[k] : (double)NAN,
						    .lo = told ? f->lo[k] : (double)NAN,
						    .hi = told ? f->hi[k] : (double)NAN};
	}
	p->n_fitted = N_X;
}

static void set_runs(struct cost_params *p, const struct fit *f, const double *y)
{
	p->runs = xcalloc(f->n, sizeof(*p->runs));
	p->whole_error = 0;
	for (size_t i = 0; i < f->n; i++) {
		double x[N_X];

		solve(f, y, i, x, NULL);
		p->runs[p->n_runs++] =
			(struct cost_run){.rules = xstrdup(f->v[i].name),
					  .ns = y[i],
					  .lo = stats_quantile(f->v[i].ns, f->rounds, 0),
					  .hi = stats_quantile(f->v[i].ns, f->rounds, 1),
					  .model = model(f, f->x, &f->v[i], y[i]),
					  .left_out = model(f, x, &f->v[i], y[i]),
					  .n = f->rounds};
		p->whole_error += fabs(p->runs[i].model / y[i] - 1) / (double)f->n;
	}
}

static bool rates_differ(const struct cost_counted *v, size_t n)
{
	double least = (double)INFINITY, most = 0;

	for (size_t i = 0; i < n; i++) {
		if (isnan(v[i].per_s))
			return false;
		least = fmin(least, v[i].per_s);
		most = fmax(most, v[i].per_s);
	}
	return most >= 2 * least;
}

int cost_fit_counted(struct cost_params *p, const struct cost_counted *v, size_t n, size_t rounds,
		     const char *source, struct error *err)
{
	struct fit f = {.v = v, .n = n, .rounds = rounds, .wake = rates_differ(v, n)};
	double *y cleanup_free = xcalloc(n, sizeof(*y));

	for (size_t i = 0; i < n; i++)
		y[i] = stats_median(v[i].ns, rounds);
	fit(&f, y, N_X);
	if (!(f.lo[X_RULE] > 0))
		fit(&f, y, X_RULE);
	if (!(f.lo[X_BASE] > 0) || !(f.lo[X_CHECKS] > 0))
		return error_env(
			err,
			"the runs do not tell what events and checks cost: %.0f ns for an "
			"event (from %.0f to %.0f), %.2f times the shipped price of a check "
			"(from %.2f to %.2f); a quieter host, longer runs or more rounds "
			"are needed",
			f.x[X_BASE], f.lo[X_BASE], f.hi[X_BASE], f.x[X_CHECKS], f.lo[X_CHECKS],
			f.hi[X_CHECKS]);
	set_runs(p, &f, y);
	set_base(p, &f, source);
	set_checks(p, &f, source);
	set_wake(p, &f, source);
	if (f.n_x > X_RULE)
		cost_value_set(&p->v[CP_RULE], f.x[X_RULE], spread(&f, X_RULE), source);
	set_fitted(p, &f);
	return 0;
}

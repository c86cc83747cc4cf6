/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/normal.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

void normal_init(struct normal *s, size_t n)
{
	*s = (struct normal){
		.n = n, .a = xcalloc(n * n, sizeof(*s->a)), .b = xcalloc(n, sizeof(*s->b))};
}

void normal_release(struct normal *s)
{
	free(s->a);
	free(s->b);
	*s = (struct normal){0};
}

void normal_add(struct normal *s, const double *row, double y, double weight)
{
	s->weigh += weight;
	for (size_t i = 0; i < s->n; i++) {
		if (row[i] == 0)
			continue;
		s->b[i] += weight * row[i] * y;
		for (size_t k = 0; k < s->n; k++)
			s->a[i * s->n + k] += weight * row[i] * row[k];
	}
}

void normal_lean(struct normal *s, size_t i, double value, double weight)
{
	s->a[i * s->n + i] += weight;
	s->b[i] += weight * value;
}

/* The augmented matrix of what is free; the others' rows say that they are 0. */
static double *augment(const struct normal *s, const double *b, const bool *free)
{
	size_t n = s->n, width = n + 1;
	double *m = xcalloc(n * width, sizeof(*m));

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++)
			m[i * width + k] = free[i] && free[k] ? s->a[i * n + k] : i == k;
		m[i * width + n] = free[i] ? b[i] : 0;
	}
	return m;
}

static void swap_rows(double *x, double *y, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		double t = x[k];

		x[k] = y[k];
		y[k] = t;
	}
}

static void eliminate(double *m, size_t n)
{
	size_t width = n + 1;

	for (size_t c = 0; c < n; c++) {
		size_t pivot = c;

		for (size_t i = c + 1; i < n; i++)
			if (fabs(m[i * width + c]) > fabs(m[pivot * width + c]))
				pivot = i;
		if (m[pivot * width + c] == 0)
			continue;
		swap_rows(&m[c * width], &m[pivot * width], width);
		for (size_t i = c + 1; i < n; i++) {
			double q = m[i * width + c] / m[c * width + c];

			for (size_t k = c; q != 0 && k < width; k++)
				m[i * width + k] -= q * m[c * width + k];
		}
	}
}

static void solve(const struct normal *s, const double *b, const bool *is_free, double *x)
{
	size_t n = s->n, width = n + 1;
	double *m cleanup_free = augment(s, b, is_free);

	eliminate(m, n);
	for (size_t c = n; c-- > 0;) {
		x[c] = m[c * width + n];
		for (size_t k = c + 1; k < n; k++)
			x[c] -= m[c * width + k] * x[k];
		x[c] = m[c * width + c] != 0 ? x[c] / m[c * width + c] : 0;
	}
}

static bool *all_free(const struct normal *s)
{
	bool *v = xcalloc(s->n, sizeof(*v));

	memset(v, true, s->n);
	return v;
}

void normal_solve(const struct normal *s, double *x)
{
	bool *is_free cleanup_free = all_free(s);

	solve(s, s->b, is_free, x);
}

void normal_solve_positive(const struct normal *s, double *x)
{
	bool *is_free cleanup_free = all_free(s);
	bool again = true;

	while (again) {
		size_t worst = 0;

		solve(s, s->b, is_free, x);
		again = false;
		for (size_t i = 0; i < s->n; i++)
			if (is_free[i] && x[i] < -1e-9 && (!again || x[i] < x[worst])) {
				worst = i;
				again = true;
			}
		if (again)
			is_free[worst] = false;
	}
	for (size_t i = 0; i < s->n; i++)
		x[i] = x[i] > 0 ? x[i] : 0;
}

void normal_variances(const struct normal *s, double *v)
{
	bool *is_free cleanup_free = all_free(s);
	double *unit cleanup_free = xcalloc(s->n, sizeof(*unit));
	double *x cleanup_free = xcalloc(s->n, sizeof(*x));

	for (size_t i = 0; i < s->n; i++) {
		unit[i] = 1;
		solve(s, unit, is_free, x);
		v[i] = x[i];
		unit[i] = 0;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "load/hist.h"

#include <math.h>

void hist_merge(struct hist *a, const struct hist *b)
{
	for (unsigned i = 0; i < HIST_STEPS; i++)
		a->step[i] += b->step[i];
	a->n += b->n;
	a->sum += b->sum;
	if (b->max > a->max)
		a->max = b->max;
}

/* Middle of the values that fall into step i. */
static double step_middle(unsigned i)
{
	unsigned block = i >> HIST_SUB_BITS, sub = i & ((1U << HIST_SUB_BITS) - 1);
	double width;

	if (!block)
		return (double)sub;
	width = ldexp(1, (int)block - 1);
	return ((double)(1U << HIST_SUB_BITS) + sub) * width + (width - 1) / 2;
}

double hist_quantile(const struct hist *h, double q)
{
	double want = q * (double)h->n, seen = 0;

	if (!h->n)
		return NAN;
	for (unsigned i = 0; i < HIST_STEPS; i++) {
		seen += (double)h->step[i];
		if (h->step[i] && seen >= want)
			return fmin(step_middle(i), (double)h->max);
	}
	return (double)h->max;
}

double hist_sum_above(const struct hist *h, uint64_t least, uint64_t *n)
{
	double sum = 0;

	*n = 0;
	for (unsigned i = hist_step(least); i < HIST_STEPS; i++) {
		sum += fmin(step_middle(i), (double)h->max) * (double)h->step[i];
		*n += h->step[i];
	}
	return sum;
}

double hist_mean(const struct hist *h)
{
	return h->n ? h->sum / (double)h->n : NAN;
}

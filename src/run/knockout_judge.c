/* SPDX-License-Identifier: Apache-2.0 */
#include "run/knockout.h"

#include "base/mem.h"
#include "stats/describe.h"
#include "stats/dist.h"
#include "stats/tests.h"

#include <math.h>

const char *const ko_verdict_names[] = {"not-measured", "difference", "no-difference-seen"};

/* Two-sided p of Student's t for a mean of 0. */
static double t_test(const double *v, size_t n)
{
	double mean = stats_mean(v, n), error = sqrt(stats_variance(v, n) / (double)n);

	if (n < 2)
		return (double)NAN;
	if (error <= 0)
		return mean != 0 ? 0 : 1;
	return 2 * stats_t_cdf(-fabs(mean) / error, (double)(n - 1));
}

/* The mean over the pairs of one member. */
static double mean_of(const struct ko_group *g, size_t member)
{
	double *v cleanup_free = xcalloc(g->n_pairs + 1, sizeof(*v));

	for (size_t i = 0; i < g->n_pairs; i++)
		v[i] = *(const double *)(const void *)((const char *)&g->pairs[i] + member);
	return stats_mean(v, g->n_pairs);
}

static void fill(struct ko_group *g)
{
	double *d cleanup_free = xcalloc(g->n_pairs + 1, sizeof(*d));

	for (size_t i = 0; i < g->n_pairs; i++)
		d[i] = g->pairs[i].with_ns - g->pairs[i].without_ns;
	g->ns = stats_mean(d, g->n_pairs);
	stats_t_interval(d, g->n_pairs, KO_LEVEL, &g->lo, &g->hi);
	g->p = t_test(d, g->n_pairs);
	g->mean = (struct ko_pair){
		.with_ns = mean_of(g, offsetof(struct ko_pair, with_ns)),
		.without_ns = mean_of(g, offsetof(struct ko_pair, without_ns)),
		.with_per_s = mean_of(g, offsetof(struct ko_pair, with_per_s)),
		.without_per_s = mean_of(g, offsetof(struct ko_pair, without_per_s)),
		.with_cpu = mean_of(g, offsetof(struct ko_pair, with_cpu)),
		.without_cpu = mean_of(g, offsetof(struct ko_pair, without_cpu)),
	};
}

void knockout_judge(struct ko_group *v, size_t from, size_t to)
{
	double *p cleanup_free = xcalloc(to - from + 1, sizeof(*p));

	for (size_t i = from; i < to; i++) {
		fill(&v[i]);
		p[i - from] = v[i].p;
	}
	stats_holm(p, to - from, p);
	for (size_t i = from; i < to; i++) {
		v[i].p_holm = p[i - from];
		v[i].verdict = isnan(v[i].p_holm)	    ? KO_NOT_MEASURED
			       : v[i].p_holm < 1 - KO_LEVEL ? KO_SEEN
							    : KO_NOT_SEEN;
	}
}

size_t knockout_group_of(const struct knockout *k, size_t rule)
{
	size_t best = KO_NO_GROUP;

	for (size_t i = 0; i < k->n; i++) {
		const struct ko_group *g = &k->v[i];

		if (g->verdict == KO_NOT_MEASURED || (best != KO_NO_GROUP && g->n >= k->v[best].n))
			continue;
		for (size_t r = 0; r < g->n; r++)
			if (g->rules[r] == rule)
				best = i;
	}
	return best;
}

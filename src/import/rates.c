/* SPDX-License-Identifier: Apache-2.0 */
#include "import/rates.h"

#include "base/mem.h"
#include "stats/describe.h"

#include <math.h>
#include <string.h>

void import_rates_release(struct import_rates *r)
{
	free(r->v);
	free(r->at);
	free(r->hist);
	*r = (struct import_rates){.v = NULL};
}

static void to_hist(struct import_rates *r)
{
	r->hist = xcalloc(1, sizeof(*r->hist));
	for (uint64_t i = 0; i < r->n; i++)
		hist_add(r->hist, (int64_t)r->v[i], 1);
	free(r->v);
	free(r->at);
	r->v = NULL;
	r->at = NULL;
}

void import_rates_add(struct import_rates *r, double rate, int64_t label)
{
	if (!r->n || rate > r->max)
		r->max = rate;
	if (r->n == IMPORT_EXACT && !r->hist)
		to_hist(r);
	if (r->hist) {
		hist_add(r->hist, (int64_t)rate, 1);
	} else {
		if (!(r->n & (r->n - 1)) || !r->v) { /* full at every power of two */
			size_t alloc = r->n ? (size_t)r->n * 2 : 1;

			r->v = xrealloc(r->v, alloc, sizeof(*r->v));
			r->at = xrealloc(r->at, alloc, sizeof(*r->at));
		}
		r->v[r->n] = rate;
		r->at[r->n] = label;
	}
	r->n++;
}

double import_quantile(const struct import_rates *r, double q)
{
	return r->hist ? hist_quantile(r->hist, q) : stats_quantile(r->v, (size_t)r->n, q);
}

void import_rates_supported(const struct import_rates *r, struct import_supported *out)
{
	double least = IMPORT_BUSY * r->max, sum = 0;

	*out = (struct import_supported){.rate = (double)NAN,
					 .highest = r->n ? r->max : (double)NAN,
					 .at_drop = (double)NAN,
					 .first = -1,
					 .last = -1,
					 .exact = !r->hist};
	if (r->hist) {
		sum = hist_sum_above(r->hist, (uint64_t)least, &out->n);
	} else {
		for (uint64_t i = 0; i < r->n; i++) {
			if (r->v[i] < least)
				continue;
			sum += r->v[i];
			if (!out->n++)
				out->first = r->at[i];
			out->last = r->at[i];
		}
	}
	out->left_out = r->n - out->n;
	if (out->n && r->max > 0)
		out->rate = sum / (double)out->n;
}

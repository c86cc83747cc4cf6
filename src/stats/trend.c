/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/trend.h"

#include "base/mem.h"
#include "stats/describe.h"

#include <math.h>

double stats_theil_sen(const double *x, const double *y, size_t n)
{
	size_t used = n < TREND_POINTS ? n : TREND_POINTS, k = 0;
	double *slopes cleanup_free = xcalloc(used * used / 2 + 1, sizeof(*slopes));

	for (size_t i = 0; i < used; i++) {
		for (size_t j = i + 1; j < used; j++) {
			size_t a = i * n / used, b = j * n / used;

			if (x[a] < x[b] || x[a] > x[b])
				slopes[k++] = (y[b] - y[a]) / (x[b] - x[a]);
		}
	}
	return stats_median(slopes, k);
}

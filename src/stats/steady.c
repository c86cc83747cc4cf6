/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/steady.h"

#include "stats/describe.h"
#include "stats/dist.h"

#include <math.h>

struct line {
	double slope, error; /* of the slope */
};

/* Least squares; n > 2. */
static struct line fit(const double *t, const double *rate, size_t n)
{
	double mt = stats_mean(t, n), mr = stats_mean(rate, n), stt = 0, str = 0, rest = 0;
	struct line l;

	for (size_t i = 0; i < n; i++) {
		stt += (t[i] - mt) * (t[i] - mt);
		str += (t[i] - mt) * (rate[i] - mr);
	}
	l.slope = stt > 0 ? str / stt : 0;
	for (size_t i = 0; i < n; i++) {
		double e = rate[i] - mr - l.slope * (t[i] - mt);

		rest += e * e;
	}
	l.error = stt > 0 ? sqrt(rest / (double)(n - 2) / stt) : 0;
	return l;
}

struct steady stats_steady(const double *t, const double *rate, size_t n, double floor)
{
	struct steady s = {.steady = true, .slope = (double)NAN};
	double mean = stats_mean(rate, n), span;
	struct line l;

	if (n < 2 || !(mean > 0))
		return s;
	span = t[n - 1] - t[0];
	if (n == 2) {
		s.slope = (rate[1] - rate[0]) / mean / span;
		s.steady = fabs(rate[1] - rate[0]) <= fmax(STEADY_PAIR * mean, floor);
		return s;
	}
	l = fit(t, rate, n);
	s.slope = l.slope / mean;
	s.steady = fabs(l.slope) * span <= fmax(STEADY_CHANGE * mean, floor) ||
		   fabs(l.slope) <= stats_t_quantile(1 - STEADY_LEVEL / 2, (double)n - 2) * l.error;
	return s;
}

size_t stats_steady_from(const double *t, const double *rate, size_t n, size_t window)
{
	for (size_t i = 0; window && i + window <= n; i++)
		if (stats_steady(t + i, rate + i, window, 0).steady)
			return i;
	return n;
}

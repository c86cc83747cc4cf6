/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/wake.h"

#include <math.h>

#define SLEEP_MIN_S 0.0005
#define SLEEP_MAX_S 0.030
#define HALVINGS    60

double wake_share(double per_s)
{
	double x = per_s * SLEEP_MIN_S;

	if (!(x > 0))
		return SLEEP_MIN_S / SLEEP_MAX_S;
	return fmin(1, fmax(SLEEP_MIN_S / SLEEP_MAX_S, x * log2(1 + 1 / x)));
}

double wake_cpu(double wake, double per_s, double work)
{
	return wake * wake_share(per_s) * fmax(0, 1 - work);
}

double wake_work(double wake, double per_s, double cpu)
{
	double w = wake * wake_share(per_s);

	return fmax(0, (cpu - w) / (1 - w));
}

/* The work of an event is as much under little load: which wake makes it so? */
double wake_solve(const struct wake_point *much, const struct wake_point *little)
{
	double lo = 0, hi = fmin(1, little->cpu / wake_share(little->per_s));

	for (int i = 0; i < HALVINGS; i++) {
		double mid = (lo + hi) / 2;
		double a = wake_work(mid, much->per_s, much->cpu) / much->per_s;
		double b = wake_work(mid, little->per_s, little->cpu) / little->per_s;

		if (b > a)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

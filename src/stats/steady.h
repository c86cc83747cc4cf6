/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has a rate settled? The slope of a window of rates against the noise around it.
 *
 * A straight line is fitted to the rates of a window. They are not steady when both hold: the line
 * changes by more than STEADY_CHANGE of their mean from the window's first to its last rate, and
 * its slope is significant (Student's t, two-sided 10 %). The first keeps a tiny drift of a quiet
 * load from counting, the second keeps bursts from counting. Two rates have no noise to compare
 * with: they are steady when they differ by at most STEADY_PAIR of their mean. A change of at most
 * `floor` from first to last is never one that matters.
 */
#ifndef FT_STATS_STEADY_H
#define FT_STATS_STEADY_H

#include <stdbool.h>
#include <stddef.h>

#define STEADY_CHANGE 0.05
#define STEADY_PAIR   0.20
#define STEADY_LEVEL  0.10

struct steady {
	bool steady;
	double slope; /* change a unit of time, as a share of the mean rate; NaN unknown */
};

/* Of n rates at times t (ascending, any unit). Fewer than two rates, or none above zero: steady
 * with an unknown slope (there is nothing that could be settling). */
struct steady stats_steady(const double *t, const double *rate, size_t n, double floor);

/* The first i in 0..n - window such that rates i .. i + window - 1 are steady; n: none. */
size_t stats_steady_from(const double *t, const double *rate, size_t n, size_t window);

#endif

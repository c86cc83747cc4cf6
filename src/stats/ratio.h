/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ratio of sums (dropped events / events) with an interval, from blocks of time.
 *
 * Drops come in bursts, so events are nowhere near independent: a buffer that overflows loses
 * thousands in a row. The unit here is therefore a stretch of time, about a second, as the metrics
 * give it; neighbouring seconds may still depend on each other, and repeats may differ.
 *
 * 1. Within repeats, where drops come at any time (half of the blocks or more drop): block
 *    bootstrap of the residuals num - ratio * den, circular blocks of consecutive seconds inside
 *    each repeat (Politis and Romano, "A circular block-resampling procedure for stationary data",
 *    1992). Of its replicates only the variance is used, and that is known without drawing any.
 *    Block length from the lag-1 autocorrelation p (its bias of -(1 + 3 p) / n taken off;
 *    Marriott and Pope, 1954): (6 p^2 / (1 - p^2)^2 n)^(1/3) (Politis and White, "Automatic
 *    block-length selection for the dependent bootstrap", 2004), at most a third of a repeat. What
 *    blocks of that length miss of a first-order autoregression's variance is put back. The
 *    interval is that of Student's t for the logarithm, n (1 - p) / (1 + p) - 1 degrees of freedom.
 * 2. Within repeats, where drops come in bursts (less than half of the blocks drop): resampling
 *    cannot know how rare bursts are, nor how large the ones not seen. m bursts (one cut off by the
 *    window's ends counts half) are m / (1 - busy)^2 independent ones (renewal reward; Crane and
 *    Iglehart, "Simulating stable stochastic systems III", 1975, with gaps as of a Poisson
 *    process). Their number has a gamma distribution (Jeffreys' prior), their sizes a log-normal
 *    one: limits of its median by Student's t, of its variance by chi-squared, since the mean of a
 *    skewed distribution moves with its variance. The three are put together by their distances
 *    from the estimate (Zou, Taleban and Huo, "Confidence interval estimation for lognormal data
 *    with application to health economics", 2009). From before, RATIO_SIZE_PRIOR sizes have a
 *    variance of RATIO_SIZE_VARIANCE, and RATIO_SIZE_DF degrees of freedom are added to the number
 *    of bursts, because from one or two nothing at all would be known.
 * 3. Between repeats: a preliminary test keeps its promise only when it is large (T. Bancroft, "On
 *    biases in estimation due to the use of preliminary tests of significance", 1944). Where the F
 *    test of size RATIO_POOL_SIZE finds repeats that differ, the interval is Student's t for the
 *    logarithm over the repeats; in the rest, where they lie closer together than they should by
 *    chance, the interval of 1 or 2 at the level that Student's t would have there. So both
 *    together have the level when repeats are alike and when they differ by far, and lose at most
 *    half a percent of coverage in between (three repeats; less for more). With fewer than
 *    RATIO_MIN_BURSTS bursts a repeat their number differs by chance alone, and nothing is tested.
 * 4. No drops at all: [0, 1 - 0.05^(1/n)] for n blocks, the exact form of the rule of three
 *    (Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", 1983), as if a
 *    block that was not seen could lose all of its events. Never [0, 0].
 *
 * How often such intervals hold the truth is in tests/bench/bench_coverage.c: 93 to 97 % for 3
 * repeats of 30 s and more in most ways that drops come. Not where the runs see few bursts: counts
 * are whole numbers, and no interval can hold the truth in just 95 % then. Let U be the upper end
 * after no burst. A rate of less than U is never missed from below by what sees none; so to miss a
 * rate of b bursts a run from below in at most 2.5 % of runs for every b, U must be at least
 * RATIO_FEW_BURSTS = -ln 0.025 bursts, since a run sees none with a chance of e^-b. Upper ends only
 * grow with the number seen. For b < 3.69, then, no run misses from below, and coverage is at least
 * 97.5 % as long as bursts are of one size; only sizes that differ take it lower. An interval from
 * fewer than RATIO_FEW_BURSTS bursts may be of that kind: it is marked (few_bursts), and
 * conservative.
 *
 * Few data (fewer than RATIO_MIN_BLOCKS blocks): t interval over the blocks' ratios, and [0, 1] for
 * a single block with drops.
 */
#ifndef FT_STATS_RATIO_H
#define FT_STATS_RATIO_H

#include <stdbool.h>
#include <stddef.h>

#define RATIO_LEVEL	    0.95
#define RATIO_MIN_BLOCKS    4
#define RATIO_SIZE_PRIOR    3.0
#define RATIO_SIZE_VARIANCE 0.5 /* of a logarithm: a coefficient of variation of 0.8 */
#define RATIO_SIZE_DF	    4.0
#define RATIO_POOL_SIZE	    0.75
#define RATIO_MIN_BURSTS    3
#define RATIO_FEW_BURSTS    3.69

struct ratio_block {	 /* one stretch of time, about a second */
	double num, den; /* dropped, all */
};

struct ratio_repeat {
	const struct ratio_block *v; /* borrowed, in order of time */
	size_t n;
};

struct ratio_interval {
	double value;	 /* sum of num / sum of den; NaN when the latter is 0 */
	double lo, hi;	 /* within 0..1; NaN with the value */
	size_t blocks;	 /* used */
	size_t block_n;	 /* seconds in one block of the bootstrap; 0: it was not used */
	size_t bursts;	 /* runs of blocks with num > 0 */
	bool few_bursts; /* too few of them: the interval is conservative */
};

/* Interval of the ratio at that level, 0.5 to below 1.
 * Blocks with den 0 and num 0 count as time without drops; repeats without blocks are left out. */
struct ratio_interval stats_ratio_interval_at(const struct ratio_repeat *reps, size_t n_reps,
					      double level);
/* The same at RATIO_LEVEL. */
struct ratio_interval stats_ratio_interval(const struct ratio_repeat *reps, size_t n_reps);

#endif

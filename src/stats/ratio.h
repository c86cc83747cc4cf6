/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ratio of sums (dropped events / events) with an interval, from blocks of time.
 *
 * Drops come in bursts, so events are nowhere near independent: a buffer that overflows loses
 * thousands in a row. The unit here is therefore a stretch of time, about a second, as the metrics
 * give it; neighbouring seconds may still depend on each other, and repeats may differ.
 *
 * Two levels of uncertainty are estimated apart, as shares of the ratio squared:
 *
 * 1. Within repeats, where drops come at any time (half of the blocks or more drop): block
 *    bootstrap of the residuals num - ratio * den, circular blocks of consecutive seconds inside
 *    each repeat (Politis and Romano, "A circular block-resampling procedure for stationary data",
 *    1992). Block length from the lag-1 autocorrelation p (its bias of -(1 + 3 p) / n taken off;
 *    Marriott and Pope, 1954): (6 p^2 / (1 - p^2)^2 n)^(1/3) (Politis and White, "Automatic
 *    block-length selection for the dependent bootstrap", 2004), at most a third of a repeat. What
 *    blocks of that length miss of a first-order autoregression's variance is put back. The
 *    interval is that of Student's t for the logarithm, n (1 - p) / (1 + p) - 1 degrees of freedom.
 * 2. Within repeats, where drops come in bursts (less than half of the blocks drop): resampling
 *    cannot know how rare bursts are, nor how large the ones not seen. m bursts (one cut off by the
 *    window's ends counts half) with drops of mean s and squared coefficient of variation c are m
 *    cycles of burst and quiet, whose relative variance is (1 - busy)^2 (1 + c) / m (renewal
 * reward; Crane and Iglehart, "Simulating stable stochastic systems III", 1975, with gaps as of a
 *    Poisson process). Number and size give a ratio of gamma variables, so the interval is that of
 *    an F distribution, exact for exponential sizes: ratio * F with 2 m / (1 - busy)^2 (one more
 *    for the upper end, as in Garwood's Poisson limits) and 2 (m + 1) / (1 - busy)^2 / c degrees of
 *    freedom. c is drawn towards 1 (exponential) with the weight of RATIO_SIZE_PRIOR bursts.
 * 3. Between repeats: when repeats differ from each other more than within explains (F test of size
 *    RATIO_POOL_SIZE: a preliminary test keeps its promise only when it is large; T. Bancroft, "On
 *    biases in estimation due to the use of preliminary tests of significance", 1944), Student's t
 *    for the logarithm over the repeats, if that is wider.
 * 4. No drops at all: [0, 1 - 0.05^(1/n)] for n blocks, the exact form of the rule of three
 *    (Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", 1983), as if a
 *    block that was not seen could lose all of its events. Never [0, 0].
 *
 * How often such intervals hold the truth is in tests/bench/bench_coverage.c: 93 to 97 % for 3
 * repeats of 30 s and more in most ways that drops come; above that for rare bursts in few repeats.
 *
 * Few data (fewer than RATIO_MIN_BLOCKS blocks): t interval over the blocks' ratios, and [0, 1] for
 * a single block with drops.
 */
#ifndef FT_STATS_RATIO_H
#define FT_STATS_RATIO_H

#include <stddef.h>
#include <stdint.h>

#define RATIO_LEVEL	 0.95
#define RATIO_MIN_BLOCKS 4
#define RATIO_REPLICATES 999
#define RATIO_SIZE_PRIOR 2.0
#define RATIO_POOL_SIZE	 0.45

struct ratio_block {	 /* one stretch of time, about a second */
	double num, den; /* dropped, all */
};

struct ratio_repeat {
	const struct ratio_block *v; /* borrowed, in order of time */
	size_t n;
};

struct ratio_interval {
	double value;	/* sum of num / sum of den; NaN when the latter is 0 */
	double lo, hi;	/* within 0..1; NaN with the value */
	size_t blocks;	/* used */
	size_t block_n; /* seconds in one block of the bootstrap; 0: it was not used */
	size_t bursts;	/* runs of blocks with num > 0 */
};

/* Interval of the ratio at that level, 0.5 to below 1. The same seed gives the same interval.
 * Blocks with den 0 and num 0 count as time without drops; repeats without blocks are left out. */
struct ratio_interval stats_ratio_interval_at(const struct ratio_repeat *reps, size_t n_reps,
					      double level, uint64_t seed);
/* The same at RATIO_LEVEL. */
struct ratio_interval stats_ratio_interval(const struct ratio_repeat *reps, size_t n_reps,
					   uint64_t seed);

#endif

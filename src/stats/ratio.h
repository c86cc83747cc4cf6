/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ratio of sums (dropped events / events) with an interval, from blocks of time.
 *
 * Drops come in bursts, so events are nowhere near independent: a buffer that overflows loses
 * thousands in a row. The unit here is therefore a stretch of time, about a second, as the metrics
 * give it; neighbouring seconds may still depend on each other, and repeats may differ.
 *
 * The interval is the widest of what applies:
 *
 * 1. Block bootstrap. Repeats are drawn with replacement, and inside each drawn repeat circular
 *    blocks of consecutive seconds (Politis and Romano, "A circular block-resampling procedure for
 *    stationary data", 1992). Block length from the lag-1 autocorrelation p of the residuals
 *    num - ratio * den: (6 p^2 / (1 - p^2)^2 n)^(1/3) (Politis and White, "Automatic block-length
 *    selection for the dependent bootstrap", 2004, for a first-order autoregression), at most a
 *    third of a repeat. Percentiles are expanded for small samples: Phi(-sqrt(m / (m - 1)) t) with
 *    t of m - 1 degrees of freedom, m blocks (Hesterberg, "What teachers should know about the
 *    bootstrap", 2015).
 * 2. Few bursts. With fewer than RATIO_FEW_BURSTS runs of dropping seconds, in less than half of
 *    the time, resampling cannot know how rare they are: each burst is a weighted Poisson event
 *    (Fay and Feuer, "Confidence intervals for directly standardized rates", 1997).
 * 3. Repeats that differ more than their seconds explain (F test at 2 %): t interval over the
 *    repeats' own ratios.
 * 4. No drops at all: [0, 1 - 0.05^(1/n)] for n blocks, the exact form of the rule of three
 *    (Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", 1983), as if a
 *    block that was not seen could lose all of its events. Never [0, 0].
 *
 * Few data (fewer than RATIO_MIN_BLOCKS blocks): t interval over the blocks' ratios, and [0, 1] for
 * a single block with drops.
 */
#ifndef FT_STATS_RATIO_H
#define FT_STATS_RATIO_H

#include <stddef.h>
#include <stdint.h>

#define RATIO_FEW_BURSTS 8
#define RATIO_MIN_BLOCKS 4
#define RATIO_REPLICATES 1999

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

/* 95 % interval of the ratio. The same seed gives the same interval. Blocks with den 0 and num 0
 * count as time without drops; repeats without blocks are left out. */
struct ratio_interval stats_ratio_interval(const struct ratio_repeat *reps, size_t n_reps,
					   uint64_t seed);

#endif

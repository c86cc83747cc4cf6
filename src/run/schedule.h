/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which order repeats run: round by round, each round every case once, shuffled by a seed, so
 * that a drift of the host's speed does not look like a difference between cases.
 */
#ifndef FT_RUN_SCHEDULE_H
#define FT_RUN_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

struct slot {
	size_t case_index;
	int repeat; /* 1-based */
};

/* n_cases x repeats slots, in order; the same seed gives the same order. The caller frees. */
struct slot *schedule_make(uint64_t seed, size_t n_cases, int repeats);

#endif

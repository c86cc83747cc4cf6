/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A histogram of durations with eight buckets an octave, so that a quantile is known to within 7 %
 * (half a bucket) whatever its size. Durations are in ticks of the caller's clock.
 */
#ifndef FT_PROBE_LOGHIST_H
#define FT_PROBE_LOGHIST_H

#include <stddef.h>
#include <stdint.h>

#define LOGHIST_SUB_BITS 3
#define LOGHIST_SUB	 (1u << LOGHIST_SUB_BITS)
#define LOGHIST_MAX_BITS 40 /* longer durations are counted in the last bucket */
#define LOGHIST_BUCKETS	 ((LOGHIST_MAX_BITS - LOGHIST_SUB_BITS + 1) * LOGHIST_SUB)

struct loghist {
	uint64_t n;
	uint64_t bucket[LOGHIST_BUCKETS];
};

static inline unsigned loghist_index(uint64_t v)
{
	unsigned octave;

	if (v < LOGHIST_SUB)
		return (unsigned)v;
	octave = 63u - (unsigned)__builtin_clzll(v);
	if (octave >= LOGHIST_MAX_BITS)
		return LOGHIST_BUCKETS - 1;
	return (octave - LOGHIST_SUB_BITS + 1) * LOGHIST_SUB +
	       (unsigned)(v >> (octave - LOGHIST_SUB_BITS) & (LOGHIST_SUB - 1));
}

static inline void loghist_add(struct loghist *h, uint64_t v)
{
	h->n++;
	h->bucket[loghist_index(v)]++;
}

/* Smallest duration of a bucket; that of the next one is the end of it. */
uint64_t loghist_low(size_t bucket);
/* The q-quantile (0..1), linear within its bucket; n must not be 0. */
double loghist_quantile(const struct loghist *h, double q);
/* Add all of from. */
void loghist_merge(struct loghist *to, const struct loghist *from);

#endif

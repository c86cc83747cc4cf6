/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pseudo-random numbers that are the same for the same seed on every machine.
 *
 * SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators",
 * OOPSLA 2014): one word of state, period 2^64, any seed is good. A value type; not for secrets.
 */
#ifndef FT_STATS_RNG_H
#define FT_STATS_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline struct rng rng_seed(uint64_t seed)
{
	return (struct rng){.state = seed};
}

static inline uint64_t rng_u64(struct rng *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Uniform in [0, 1) with 53 bits. */
static inline double rng_double(struct rng *r)
{
	return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

/* Uniform in 0..n-1; n > 0. Multiplication instead of remainder (D. Lemire, "Fast random integer
 * generation in an interval", 2019); the bias of at most n / 2^64 is left in. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)rng_u64(r) * n) >> 64);
}

/* A random permutation of 0..n-1 into v (Fisher and Yates). */
void rng_shuffle(struct rng *r, size_t *v, size_t n);

#endif

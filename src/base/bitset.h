/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixed-size bit set of 512 bits: event codes (fewer than 460 in every known release) and syscall
 * numbers of a catalogue (fewer than 460) both fit; a build-time check in syscalls/ guards it.
 * A value type: copy with =, no ownership.
 */
#ifndef FT_BASE_BITSET_H
#define FT_BASE_BITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BITSET_BITS  512
#define BITSET_WORDS (BITSET_BITS / 64)

struct bitset {
	uint64_t w[BITSET_WORDS];
};

static inline void bitset_add(struct bitset *s, size_t i)
{
	s->w[i / 64] |= 1ULL << (i % 64);
}

static inline void bitset_del(struct bitset *s, size_t i)
{
	s->w[i / 64] &= ~(1ULL << (i % 64));
}

static inline bool bitset_has(const struct bitset *s, size_t i)
{
	return s->w[i / 64] >> (i % 64) & 1;
}

static inline struct bitset bitset_or(struct bitset a, struct bitset b)
{
	for (size_t i = 0; i < BITSET_WORDS; i++)
		a.w[i] |= b.w[i];
	return a;
}

static inline struct bitset bitset_and(struct bitset a, struct bitset b)
{
	for (size_t i = 0; i < BITSET_WORDS; i++)
		a.w[i] &= b.w[i];
	return a;
}

static inline struct bitset bitset_minus(struct bitset a, struct bitset b)
{
	for (size_t i = 0; i < BITSET_WORDS; i++)
		a.w[i] &= ~b.w[i];
	return a;
}

static inline size_t bitset_count(struct bitset a)
{
	size_t n = 0;

	for (size_t i = 0; i < BITSET_WORDS; i++)
		n += (size_t)__builtin_popcountll(a.w[i]);
	return n;
}

static inline bool bitset_empty(struct bitset a)
{
	uint64_t any = 0;

	for (size_t i = 0; i < BITSET_WORDS; i++)
		any |= a.w[i];
	return !any;
}

static inline bool bitset_equal(struct bitset a, struct bitset b)
{
	for (size_t i = 0; i < BITSET_WORDS; i++)
		if (a.w[i] != b.w[i])
			return false;
	return true;
}

/* Smallest member >= from, or BITSET_BITS. */
static inline size_t bitset_next(const struct bitset *s, size_t from)
{
	if (from >= BITSET_BITS)
		return BITSET_BITS;
	for (uint64_t w = s->w[from / 64] >> from % 64;;) {
		if (w)
			return from + (size_t)__builtin_ctzll(w);
		from = (from / 64 + 1) * 64;
		if (from >= BITSET_BITS)
			return BITSET_BITS;
		w = s->w[from / 64];
	}
}

#define bitset_for_each(i, s)                                                                      \
	for (size_t i = bitset_next((s), 0); i < BITSET_BITS; i = bitset_next((s), i + 1))

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given back all at once. Allocation cannot fail (see base/mem.h) and is cheap; a
 * zeroed struct arena is an empty one.
 */
#ifndef FT_BASE_ARENA_H
#define FT_BASE_ARENA_H

#include <stddef.h>

#include <string.h>

/* What arena_alloc() returns is aligned for any pointer or 64-bit number. */
#define ARENA_ALIGNMENT 8

struct arena_block {
	struct arena_block *next;
	size_t used, size; /* of data */
	_Alignas(ARENA_ALIGNMENT) char data[];
};

struct arena {
	struct arena_block *head; /* the one in use; the others behind it */
	size_t bytes;		  /* of all blocks */
	size_t first;		  /* of the first block; 0: some kilobytes */
};

void *arena_more(struct arena *a, size_t n); /* the other two's slow half: a new block */
/* n bytes, aligned, not cleared. */
static inline void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;
	size_t start = b ? (b->used + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1) : 0;

	if (!b || start > b->size || b->size - start < n)
		return arena_more(a, n);
	b->used = start + n;
	return b->data + start;
}
/* A copy of n bytes with a NUL behind them. */
static inline char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	struct arena_block *b = a->head;
	char *copy;

	if (b && b->size - b->used > n) {
		copy = b->data + b->used;
		b->used += n + 1;
	} else {
		copy = arena_more(a, n + 1);
	}
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}
void arena_release(struct arena *a);

/* Give back what was allocated since the mark was taken. */
struct arena_mark {
	struct arena_block *head;
	size_t used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

#endif

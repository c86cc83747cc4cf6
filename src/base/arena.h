/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given back all at once. Allocation cannot fail (see base/mem.h) and is cheap; a
 * zeroed struct arena is an empty one.
 */
#ifndef FT_BASE_ARENA_H
#define FT_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head; /* the one in use; the others behind it */
	size_t bytes;		  /* of all blocks */
};

/* n bytes, aligned for any pointer or 64-bit number, not cleared. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy of n bytes with a NUL behind them. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
void arena_release(struct arena *a);

/* Give back what was allocated since the mark was taken. */
struct arena_mark {
	struct arena_block *head;
	size_t used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/mem.h"

/* Blocks double up to the largest, so that small users stay small. */
#define FIRST_BLOCK   4096
#define LARGEST_BLOCK ((size_t)256 << 10)

static struct arena_block *add_block(struct arena *a, size_t n)
{
	size_t size = a->head ? a->head->size * 2 : a->first ? a->first : FIRST_BLOCK;
	struct arena_block *b;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < n)
		size = n;
	b = xmalloc(sizeof(*b) + size);
	*b = (struct arena_block){.next = a->head, .size = size};
	a->head = b;
	a->bytes += size;
	return b;
}

void *arena_more(struct arena *a, size_t n)
{
	struct arena_block *b = add_block(a, n);

	b->used = n;
	return b->data;
}

static void drop_block(struct arena *a)
{
	struct arena_block *b = a->head;

	a->head = b->next;
	a->bytes -= b->size;
	free(b);
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->head, a->head ? a->head->used : 0};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
	while (a->head != mark.head)
		drop_block(a);
	if (a->head)
		a->head->used = mark.used;
}

void arena_release(struct arena *a)
{
	while (a->head)
		drop_block(a);
}

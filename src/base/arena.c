/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/mem.h"

#include <stdint.h>
#include <string.h>

/* Blocks double up to the largest, so that small users stay small. */
#define FIRST_BLOCK   4096
#define LARGEST_BLOCK ((size_t)256 << 10)
#define ALIGNMENT     8

struct arena_block {
	struct arena_block *next;
	size_t used, size; /* of data */
	_Alignas(ALIGNMENT) char data[];
};

static struct arena_block *add_block(struct arena *a, size_t n)
{
	size_t size = a->head ? a->head->size * 2 : FIRST_BLOCK;
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

static void *take(struct arena *a, size_t n, size_t align)
{
	struct arena_block *b = a->head;
	size_t start = b ? (b->used + align - 1) / align * align : 0;

	if (!b || start > b->size || b->size - start < n) {
		b = add_block(a, n);
		start = 0;
	}
	b->used = start + n;
	return b->data + start;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return take(a, n, ALIGNMENT);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = take(a, n + 1, 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash map from string to pointer that remembers insertion order.
 *
 * Keys are copied; values are borrowed (the map never frees them). Deleting is not offered: the
 * users build a map once and read it. Iteration is in insertion order.
 */
#ifndef FT_BASE_MAP_H
#define FT_BASE_MAP_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct strmap_entry {
	char *key;
	void *value;
	uint64_t hash;
};

struct strmap {
	struct strmap_entry *e; /* in insertion order */
	size_t n, alloc;
	struct arena keys;
	uint32_t *slot; /* index + 1 into e, 0 free; power of two */
	size_t n_slot;
};

#define STRMAP_INIT                                                                                \
	{                                                                                          \
		0                                                                                  \
	}
void strmap_release(struct strmap *m);
/* Set or replace; returns the value that was there, or NULL. */
void *strmap_put(struct strmap *m, const char *key, void *value);
void *strmap_get(const struct strmap *m, const char *key); /* NULL when absent */
/* The same for the first len bytes of key, which have no NUL among them. */
void *strmap_get_n(const struct strmap *m, const char *key, size_t len);
int strmap_has(const struct strmap *m, const char *key);
/* What the map uses, quick and of no fixed definition. */
uint64_t strmap_hash(const char *key, size_t n);
/* Names by their first byte and their length, which tell most other texts from them. */
struct namefilter {
	uint64_t lengths[256]; /* modulo 64, a bit each */
};
static inline void namefilter_add(struct namefilter *f, const char *name)
{
	f->lengths[(unsigned char)*name] |= 1ULL << (strlen(name) & 63);
}
/* May the first n bytes of text, at least one, be a name? */
static inline bool namefilter_may(const struct namefilter *f, const char *text, size_t n)
{
	return f->lengths[(unsigned char)*text] >> (n & 63) & 1;
}

/* FNV-1a of n bytes. */
uint64_t hash_bytes(const void *p, size_t n);

/*
 * Table of structures of one size, by a pointer that is their first member and their key. Slots
 * move when another key comes.
 */
struct ptrtable {
	size_t size; /* of a slot; set by the user, the rest 0 */
	char *slots;
	size_t n, alloc; /* a power of two, or 0 */
};
/* The slot of key, which is not NULL. Of a new key it is zeroed, and the caller sets its key. */
void *ptrtable_at(struct ptrtable *t, const void *key);
void ptrtable_clear(struct ptrtable *t); /* no keys; keeps its memory */
void ptrtable_release(struct ptrtable *t);

#define strmap_for_each(it, m)                                                                     \
	for (struct strmap_entry *it = (m)->e; it && it < (m)->e + (m)->n; it++)

#define cleanup_strmap __attribute__((cleanup(strmap_release)))

#endif

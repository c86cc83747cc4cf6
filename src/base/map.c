/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/mem.h"

#include <string.h>

/* Bytes of the first keys of a map, of which there are many small ones. */
#define FIRST_KEYS 128

uint64_t hash_bytes(const void *p, size_t n)
{
	const unsigned char *s = p;
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < n; i++)
		h = (h ^ s[i]) * 0x100000001b3ULL;
	return h;
}

/* Names are short and looked up often: eight bytes a step, in place of the one of FNV-1a. */
uint64_t strmap_hash(const char *key, size_t n)
{
	const uint64_t multiplier = 0x9e3779b97f4a7c15ULL; /* 2^64 over the golden ratio, odd */
	uint64_t h = n * multiplier, word;

	for (; n >= sizeof(word); n -= sizeof(word), key += sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		h = (h ^ word) * multiplier;
		h ^= h >> 32;
	}
	word = 0;
	for (size_t i = 0; i < n; i++)
		word = word << 8 | (unsigned char)key[i];
	h = (h ^ word) * multiplier;
	return h ^ h >> 32;
}

void strmap_release(struct strmap *m)
{
	arena_release(&m->keys);
	free(m->e);
	free(m->slot);
	*m = (struct strmap)STRMAP_INIT;
}

static struct strmap_entry *find(const struct strmap *m, const char *key, size_t len, uint64_t h)
{
	if (!m->n_slot)
		return NULL;
	for (size_t i = h & (m->n_slot - 1); m->slot[i]; i = (i + 1) & (m->n_slot - 1)) {
		struct strmap_entry *e = &m->e[m->slot[i] - 1];

		if (e->hash == h && !strncmp(e->key, key, len) && !e->key[len])
			return e;
	}
	return NULL;
}

static void link_entry(struct strmap *m, size_t idx)
{
	size_t i = m->e[idx].hash & (m->n_slot - 1);

	while (m->slot[i])
		i = (i + 1) & (m->n_slot - 1);
	m->slot[i] = (uint32_t)idx + 1;
}

void *strmap_put(struct strmap *m, const char *key, void *value)
{
	size_t len = strlen(key);
	uint64_t h = strmap_hash(key, len);
	struct strmap_entry *e = find(m, key, len, h);

	if (e) {
		void *old = e->value;

		e->value = value;
		return old;
	}
	ALLOC_GROW(m->e, m->n, m->alloc);
	m->keys.first = FIRST_KEYS;
	m->e[m->n++] = (struct strmap_entry){
		.key = arena_strndup(&m->keys, key, len), .value = value, .hash = h};
	if (m->n * 2 > m->n_slot) {
		m->n_slot = m->n_slot ? m->n_slot * 2 : 16;
		free(m->slot);
		m->slot = xcalloc(m->n_slot, sizeof(*m->slot));
		for (size_t i = 0; i < m->n; i++)
			link_entry(m, i);
	} else {
		link_entry(m, m->n - 1);
	}
	return NULL;
}

void *strmap_get(const struct strmap *m, const char *key)
{
	return strmap_get_n(m, key, strlen(key));
}

void *strmap_get_n(const struct strmap *m, const char *key, size_t len)
{
	struct strmap_entry *e = m->n ? find(m, key, len, strmap_hash(key, len)) : NULL;

	return e ? e->value : NULL;
}

int strmap_has(const struct strmap *m, const char *key)
{
	size_t len = strlen(key);

	return find(m, key, len, strmap_hash(key, len)) != NULL;
}

static const void *key_at(const struct ptrtable *t, size_t i)
{
	const void *key;

	memcpy(&key, t->slots + i * t->size, sizeof(key));
	return key;
}

static void *slot_of(const struct ptrtable *t, const void *key)
{
	size_t i = (size_t)hash_bytes(&key, sizeof(key)) & (t->alloc - 1);

	while (key_at(t, i) && key_at(t, i) != key)
		i = (i + 1) & (t->alloc - 1);
	return t->slots + i * t->size;
}

static void grow(struct ptrtable *t)
{
	struct ptrtable old = *t;

	t->alloc = old.alloc ? old.alloc * 2 : 64;
	t->slots = xcalloc(t->alloc, t->size);
	for (size_t i = 0; i < old.alloc; i++)
		if (key_at(&old, i))
			memcpy(slot_of(t, key_at(&old, i)), old.slots + i * t->size, t->size);
	free(old.slots);
}

void *ptrtable_at(struct ptrtable *t, const void *key)
{
	const void *there;
	void *slot;

	if (2 * (t->n + 1) > t->alloc)
		grow(t);
	slot = slot_of(t, key);
	memcpy(&there, slot, sizeof(there));
	t->n += !there;
	return slot;
}

void ptrtable_clear(struct ptrtable *t)
{
	t->n = 0;
	if (t->alloc)
		memset(t->slots, 0, t->alloc * t->size);
}

void ptrtable_release(struct ptrtable *t)
{
	free(t->slots);
	t->slots = NULL;
	t->n = t->alloc = 0;
}

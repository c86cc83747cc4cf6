/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/mem.h"

#include <string.h>

uint64_t hash_bytes(const void *p, size_t n)
{
	const unsigned char *s = p;
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < n; i++)
		h = (h ^ s[i]) * 0x100000001b3ULL;
	return h;
}

void strmap_release(struct strmap *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->e[i].key);
	free(m->e);
	free(m->slot);
	*m = (struct strmap)STRMAP_INIT;
}

static struct strmap_entry *find(const struct strmap *m, const char *key, uint64_t h)
{
	if (!m->n_slot)
		return NULL;
	for (size_t i = h & (m->n_slot - 1); m->slot[i]; i = (i + 1) & (m->n_slot - 1)) {
		struct strmap_entry *e = &m->e[m->slot[i] - 1];

		if (e->hash == h && !strcmp(e->key, key))
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
	uint64_t h = hash_bytes(key, strlen(key));
	struct strmap_entry *e = find(m, key, h);

	if (e) {
		void *old = e->value;

		e->value = value;
		return old;
	}
	ALLOC_GROW(m->e, m->n, m->alloc);
	m->e[m->n++] = (struct strmap_entry){.key = xstrdup(key), .value = value, .hash = h};
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
	struct strmap_entry *e = find(m, key, hash_bytes(key, strlen(key)));

	return e ? e->value : NULL;
}

int strmap_has(const struct strmap *m, const char *key)
{
	return find(m, key, hash_bytes(key, strlen(key))) != NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "syscalls/catalogue.h"

#include <stdlib.h>
#include <string.h>

/* The releases, oldest first. A new one is a row here and its generated file. */
#define RELEASES(X)                                                                                \
	X(0_38_2)                                                                                  \
	X(0_39_2)                                                                                  \
	X(0_40_0)                                                                                  \
	X(0_41_3)                                                                                  \
	X(0_42_1)                                                                                  \
	X(0_43_1)                                                                                  \
	X(0_44_1)

#define DECLARE(id) extern const struct catalogue catalogue_##id;
RELEASES(DECLARE)

#define ROW(id) &catalogue_##id,
static const struct catalogue *const releases[] = {RELEASES(ROW) NULL};

const struct catalogue *const *catalogue_all(void)
{
	return releases;
}

const struct catalogue *catalogue_find(const char *falco_version)
{
	const struct catalogue *newest = NULL;

	for (const struct catalogue *const *c = releases; *c; c++) {
		newest = *c;
		if (falco_version && !strcmp((*c)->falco, falco_version))
			return *c;
	}
	return falco_version ? NULL : newest;
}

static int by_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct cat_name *)row)->name);
}

static const struct cat_name *lookup(const struct catalogue *c, const char *name)
{
	return bsearch(name, c->names, c->n_names, sizeof(*c->names), by_name);
}

static void add_event_scs(const struct catalogue *c, size_t code, struct bitset *scs)
{
	const struct cat_event *e = &c->events[code];
	const uint16_t *sc = cat_event_scs(c, e);

	for (size_t i = 0; i < e->n_sc; i++)
		bitset_add(scs, sc[i]);
}

static bool event_meets(const struct catalogue *c, size_t code, const struct bitset *scs)
{
	const struct cat_event *e = &c->events[code];
	const uint16_t *sc = cat_event_scs(c, e);

	for (size_t i = 0; i < e->n_sc; i++)
		if (bitset_has(scs, sc[i]))
			return true;
	return false;
}

struct bitset cat_all_scs(const struct catalogue *c)
{
	struct bitset all = {0};

	for (size_t i = 1; i < c->n_syscalls; i++)
		if (*c->syscalls[i].name)
			bitset_add(&all, i);
	return all;
}

struct bitset cat_all_codes(const struct catalogue *c)
{
	struct bitset all = {0};

	for (size_t i = 0; i < c->n_events; i++)
		bitset_add(&all, i);
	return all;
}

bool cat_is_event_or_sc_name(const struct catalogue *c, const char *name)
{
	/* The generic events are the only ones whose name may lack codes >= 2. */
	return lookup(c, name) != NULL;
}

bool cat_is_sc_name(const struct catalogue *c, const char *name)
{
	return cat_sc_by_name(c, name) != 0;
}

size_t cat_sc_by_name(const struct catalogue *c, const char *name)
{
	const struct cat_name *n = lookup(c, name);

	return n ? n->sc : 0;
}

/* Adds the own codes of the names; true when a name without own codes is an sc's, which stands for
 * the generic events. */
static bool add_own_codes(const struct catalogue *c, const struct strvec *names,
			  struct bitset *codes)
{
	bool generic = false;

	for (size_t i = 0; i < names->n; i++) {
		const struct cat_name *n = lookup(c, names->v[i]);

		for (size_t j = 0; n && j < n->n_codes; j++)
			bitset_add(codes, cat_name_codes(c, n)[j]);
		generic |= n && !n->n_codes && n->sc;
	}
	return generic;
}

void cat_names_to_codes(const struct catalogue *c, const struct strvec *names, struct bitset *codes)
{
	if (!add_own_codes(c, names, codes))
		return;
	for (size_t i = 0; i < CAT_FIRST_OWN_CODE; i++)
		bitset_add(codes, i);
}

void cat_names_to_scs(const struct catalogue *c, const struct strvec *names, struct bitset *scs)
{
	struct bitset codes = {0}, generic = {0};
	bool hit = add_own_codes(c, names, &codes);

	bitset_for_each (code, &codes) {
		add_event_scs(c, code, scs);
	}
	if (!hit)
		return;
	for (size_t i = 0; i < CAT_FIRST_OWN_CODE; i++)
		add_event_scs(c, i, &generic);
	for (size_t i = 0; i < names->n; i++) {
		size_t sc = cat_sc_by_name(c, names->v[i]);

		if (sc && bitset_has(&generic, sc))
			bitset_add(scs, sc);
	}
}

void cat_scs_to_names(const struct catalogue *c, struct bitset scs, struct strvec *out)
{
	struct bitset covered = {0};

	for (size_t i = CAT_FIRST_OWN_CODE; i < c->n_events; i++)
		if (event_meets(c, i, &scs))
			add_event_scs(c, i, &covered);
	/* names[] is sorted, so the result is. */
	for (size_t i = 0; i < c->n_names; i++) {
		const struct cat_name *n = &c->names[i];
		bool print = n->sc && bitset_has(&scs, n->sc) && !bitset_has(&covered, n->sc);

		for (size_t j = 0; j < n->n_codes && !print; j++)
			print = event_meets(c, cat_name_codes(c, n)[j], &scs);
		if (print)
			strvec_push(out, n->name);
	}
}

void cat_codes_to_names(const struct catalogue *c, struct bitset codes, struct strvec *out)
{
	for (size_t i = 0; i < c->n_names; i++) {
		const struct cat_name *n = &c->names[i];
		bool print = false;

		for (size_t j = 0; j < n->n_codes && !print; j++)
			print = bitset_has(&codes, cat_name_codes(c, n)[j]);
		if (print)
			strvec_push(out, n->name);
	}
}

struct bitset cat_category_scs(const struct catalogue *c, enum event_category category)
{
	struct bitset scs = {0};

	for (size_t i = 0; i < c->n_events; i++) {
		const struct cat_event *e = &c->events[i];

		if (e->category == category &&
		    (e->source == EVENT_SYSCALL || e->source == EVENT_TRACEPOINT))
			add_event_scs(c, i, &scs);
	}
	return scs;
}

struct bitset cat_state_scs(const struct catalogue *c)
{
	struct bitset scs = {0};

	for (size_t i = 1; i < c->n_syscalls; i++)
		if (c->syscalls[i].state)
			bitset_add(&scs, i);
	return scs;
}

struct bitset cat_ignored_scs(const struct catalogue *c)
{
	struct bitset io = bitset_or(cat_category_scs(c, CATEGORY_IO_READ),
				     cat_category_scs(c, CATEGORY_IO_WRITE));

	return bitset_minus(io, cat_state_scs(c));
}

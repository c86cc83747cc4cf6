/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event and syscall tables of each Falco release, as generated constant data (one file a
 * release, catalogue-X.Y.Z.c), and the name algebra over them.
 *
 * "sc" is an entry of libs' syscall and tracepoint enumeration; "code" is a row of the event table.
 * Both index a struct bitset. Names are those of Falco: several codes and several scs share a name.
 */
#ifndef FT_SYSCALLS_CATALOGUE_H
#define FT_SYSCALLS_CATALOGUE_H

#include "base/bitset.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_source {
	EVENT_UNUSED,
	EVENT_SYSCALL,
	EVENT_TRACEPOINT,
	EVENT_META,
	EVENT_PLUGIN,
	EVENT_ITER
};

enum event_category {
	CATEGORY_NONE,
	CATEGORY_FILE,
	CATEGORY_NET,
	CATEGORY_IPC,
	CATEGORY_WAIT,
	CATEGORY_SIGNAL,
	CATEGORY_SLEEP,
	CATEGORY_TIME,
	CATEGORY_PROCESS,
	CATEGORY_SCHEDULER,
	CATEGORY_MEMORY,
	CATEGORY_USER,
	CATEGORY_SYSTEM,
	CATEGORY_IO_READ,
	CATEGORY_IO_WRITE,
	CATEGORY_IO_OTHER,
	CATEGORY_OTHER,
	CATEGORY_INTERNAL,
	CATEGORY_PROCESSING,
	CATEGORY_UNKNOWN,
};

struct cat_event {
	const char *name;
	enum event_source source;
	enum event_category category;
	uint32_t flags;	    /* EVF_* bits, in catalogue_flags.h order */
	const uint16_t *sc; /* the scs of this event; n_sc of them */
	uint16_t n_sc;
};

struct cat_syscall {
	const char *name;
	int16_t x86_64; /* native number, -1 none (tracepoints, other architectures) */
	bool state;	/* member of Falco's state engine set */
};

struct catalogue {
	const char *falco, *libs, *driver, *rules_engine; /* versions as text */
	const struct cat_event *events;			  /* index = code */
	size_t n_events;
	const struct cat_syscall *syscalls; /* index = sc; 0 is "unknown" */
	size_t n_syscalls;
	/* lookups, filled by the generator: (name -> code or sc) sorted by name */
};

/* The catalogue of a release ("0.44.1"), or of the newest one for NULL; NULL when not known. */
const struct catalogue *catalogue_find(const char *falco_version);
/* All known ones, oldest first, NULL-terminated. */
const struct catalogue *const *catalogue_all(void);

/* The whole of U: every sc but "unknown"; every code. */
struct bitset cat_all_scs(const struct catalogue *c);
struct bitset cat_all_codes(const struct catalogue *c);
/* Is text the name of an event (code >= 0) or of an sc? (what evt.type accepts) */
bool cat_is_event_or_sc_name(const struct catalogue *c, const char *name);
bool cat_is_sc_name(const struct catalogue *c, const char *name);
/* Names of a rule's evt.type constants -> event codes, as Falco's rule index does (reference,
 * "Names -> event codes"): adds to *codes. */
void cat_names_to_codes(const struct catalogue *c, const struct strvec *names,
			struct bitset *codes);
/* Names -> scs, as Falco's selection does. */
void cat_names_to_scs(const struct catalogue *c, const struct strvec *names, struct bitset *scs);
/* sc set -> the names that Falco prints for it, appended sorted and unique. */
void cat_scs_to_names(const struct catalogue *c, struct bitset scs, struct strvec *out);
/* Names of event codes, generic codes skipped, appended sorted and unique. */
void cat_codes_to_names(const struct catalogue *c, struct bitset codes, struct strvec *out);
/* Every sc of events of that category with source syscall or tracepoint. */
struct bitset cat_category_scs(const struct catalogue *c, enum event_category category);
struct bitset cat_state_scs(const struct catalogue *c);
struct bitset cat_ignored_scs(const struct catalogue *c);
/* The sc with that exact name, 0 when none. */
size_t cat_sc_by_name(const struct catalogue *c, const char *name);

#endif

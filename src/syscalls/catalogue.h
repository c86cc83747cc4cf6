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

enum event_flag {
	EVF_CREATES_FD = 1 << 0,
	EVF_DESTROYS_FD = 1 << 1,
	EVF_USES_FD = 1 << 2,
	EVF_READS_FROM_FD = 1 << 3,
	EVF_WRITES_TO_FD = 1 << 4,
	EVF_MODIFIES_STATE = 1 << 5,
	EVF_WAITS = 1 << 6,
	EVF_SKIP_PARSE_RESET = 1 << 7,
	EVF_LARGE_PAYLOAD = 1 << 8,
	EVF_CONVERTER_MANAGED = 1 << 9,
	EVF_OLD_VERSION = 1 << 10,
	EVF_UNUSED = 1 << 11,
};

/* Codes 0 and 1 are the generic events that all syscalls without an event of their own share. */
#define CAT_FIRST_OWN_CODE 2

/* The rows hold no pointers, so that the tables of seven releases need no work when the program
 * starts; the compiler refuses a name that is too long. */
#define CAT_NAME_MAX 28

struct cat_event {
	char name[CAT_NAME_MAX];
	enum event_source source;
	enum event_category category;
	uint32_t flags;	   /* EVF_* bits */
	uint16_t sc, n_sc; /* the scs of this event: see cat_event_scs() */
};

struct cat_syscall {
	char name[CAT_NAME_MAX]; /* empty: a gap in the enumeration, no such sc */
	int16_t x86_64;		 /* native number, -1 none (tracepoints, other architectures) */
	bool state;		 /* member of Falco's state engine set */
};

/* One row per name that an event or an sc has. */
struct cat_name {
	char name[CAT_NAME_MAX];
	uint16_t codes, n_codes; /* event codes >= 2 of that name: see cat_name_codes() */
	uint16_t sc;		 /* the sc with exactly that name, 0 none */
};

struct catalogue {
	const char *falco, *libs, *driver, *rules_engine; /* versions as text */
	const uint16_t *pool;		/* what the rows below refer to by index */
	const struct cat_event *events; /* index = code */
	size_t n_events;
	const struct cat_syscall *syscalls; /* index = sc; 0 is "unknown" */
	size_t n_syscalls;
	const struct cat_name *names; /* sorted bytewise, each name once */
	size_t n_names;
};

/* The n_sc syscalls of an event, the n_codes event codes of a name. */
static inline const uint16_t *cat_event_scs(const struct catalogue *c, const struct cat_event *e)
{
	return c->pool + e->sc;
}
static inline const uint16_t *cat_name_codes(const struct catalogue *c, const struct cat_name *n)
{
	return c->pool + n->codes;
}

/* The catalogue of a release ("0.44.1"), or of the newest one for NULL; NULL when not known. */
const struct catalogue *catalogue_find(const char *falco_version);
/* All known ones, oldest first, NULL-terminated. */
const struct catalogue *const *catalogue_all(void);

/* The whole of U: every sc but "unknown"; every code. */
struct bitset cat_all_scs(const struct catalogue *c);
struct bitset cat_all_codes(const struct catalogue *c);
/* Is it the name of an event (generic ones too) or of an sc? What evt.type accepts, less the names
 * of asynchronous events of plugins. */
bool cat_is_event_or_sc_name(const struct catalogue *c, const char *name);
bool cat_is_sc_name(const struct catalogue *c, const char *name);
/* Names of a rule's evt.type constants -> event codes, as Falco's rule index does (reference,
 * "Names -> event codes"): adds to *codes. */
void cat_names_to_codes(const struct catalogue *c, const struct strvec *names,
			struct bitset *codes);
/* Names -> scs, as Falco's selection does. */
void cat_names_to_scs(const struct catalogue *c, const struct strvec *names, struct bitset *scs);
/* sc set -> the names that Falco prints for it, appended sorted and unique: every event with a
 * collected sc gives its name, so {accept4} prints as accept, accept4. */
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

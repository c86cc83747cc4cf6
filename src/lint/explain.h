/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offline help: what a term of Falco's metrics, options and syscalls, or of falcotune itself means.
 *
 * Plain entries are rows of tables (explain_metrics.c,
 * explain_words.c, explain_terms.c, explain_codes.c); lints come from
 * lint_table, traps from config_traps, syscalls from the catalogues of all releases, presets are
 * computed.
 */
#ifndef FT_LINT_EXPLAIN_H
#define FT_LINT_EXPLAIN_H

#include "base/strbuf.h"

#include <jansson.h>

enum explain_kind {
	EXPLAIN_METRIC,
	EXPLAIN_DROP,	 /* category of drops */
	EXPLAIN_SYSCALL, /* or event */
	EXPLAIN_OPTION,	 /* of base_syscalls and the buffers */
	EXPLAIN_PRESET,
	EXPLAIN_LINT,
	EXPLAIN_TRAP, /* of falco.yaml, FCnnn */
	EXPLAIN_CODE, /* of Falco's findings, LOAD_... */
	EXPLAIN_VERDICT,
	EXPLAIN_TERM, /* of falcotune's own reports */
	EXPLAIN_EXIT,
	EXPLAIN_N_KINDS,
};
extern const char *const explain_kind_names[]; /* metric drop syscall ..., NULL-terminated */

struct explain_row {
	enum explain_kind kind;
	/* N stands for digits, <word> for any text without a dot. */
	const char *term;
	const char *what;
	const char *healthy; /* NULL where no range is known */
	const char *source;  /* of healthy; NULL */
	const char *lever;   /* what moves it; NULL */
};
/* End with a row whose term is NULL. */
extern const struct explain_row explain_metrics[], explain_words[], explain_terms[],
	explain_codes[];

/* All entries that the term names, as an array of {kind, term, what, ...}; empty for an unknown
 * term. A term may leave out the scap. or falco. of a metric, and say `exit 2`, `preset 4`. The
 * caller owns it. */
json_t *explain_find(const char *term);
/* All terms of a kind, or of every kind for EXPLAIN_N_KINDS, as an array of {kind, term,
 * summary}. */
json_t *explain_list(enum explain_kind kind);
/* Known terms that are spelled like it, the nearest first, appended; at most max. */
void explain_suggest(const char *term, size_t max, struct strvec *out);
/* One entry of explain_find for a person, appended. */
void explain_print(const json_t *entry, struct strbuf *out);

/* explain_syscall.c: the entry of a syscall or event name of any release, or NULL. */
json_t *explain_syscall(const char *name);

#endif

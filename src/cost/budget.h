/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits on what a change of a rule set may cost: "syscalls=+0,evt_rate=+5%,cpu=+3%,drop=+0.1pp".
 * Pure.
 *
 *   syscalls  size of the final set: +N calls or +P%
 *   evt_rate  kernel events a second: +N or +P%
 *   cpu       of the engine: +P% of what it was, or +Ppp of one core
 *   drop      drop rate: +Ppp
 *
 * A limit may be negative: then the change must save that much. A measured rise breaks its limit
 * only when it was seen (its interval excludes none) or the limit asks for a saving.
 */
#ifndef FT_COST_BUDGET_H
#define FT_COST_BUDGET_H

#include "base/error.h"
#include "cost/diff.h"

#include <stdbool.h>
#include <stddef.h>

enum budget_key { BUDGET_SYSCALLS, BUDGET_EVT_RATE, BUDGET_CPU, BUDGET_DROP, BUDGET_N };
extern const char *const budget_key_names[BUDGET_N];

enum budget_unit { BUDGET_PLAIN, BUDGET_PERCENT, BUDGET_POINTS };

struct budget_limit {
	enum budget_key key;
	enum budget_unit unit;
	double value;  /* plain: a number; percent and points as shares, 0.05 for 5% */
	char text[32]; /* as written, behind the = */
};

struct budget {
	struct budget_limit v[BUDGET_N]; /* each key at most once */
	size_t n;
};

/* ERROR_INPUT: "option --budget: column 10: ..." */
int budget_parse(const char *text, struct budget *out, struct error *err);

/* Before and after, as measured; NaN unknown. */
struct budget_value {
	double old, new;
	bool seen; /* a difference was seen */
};
struct budget_measured {
	struct budget_value evt_rate, cpu, drop;
};

/* Whether everything that the limits are on will be known; ERROR_INPUT says what is needed. */
int budget_check_known(const struct budget *b, bool host, bool measure, struct error *err);

struct budget_finding {
	const struct budget_limit *limit; /* borrowed */
	double old, new;		  /* shares for cpu and drop */
	double change;			  /* in the limit's unit; infinite: from nothing */
	bool measured, broken;
	bool unknown; /* could not be measured after all: counts as broken */
	/* Rows of the diff whose change alone breaks it, the largest first; else the one that
	 * contributes most. None when it is kept, or no change of a rule is behind it. */
	size_t rows[8], n_rows;
	size_t n_alone; /* changes that break it alone, those beyond rows too; 0: rows[0] does not
			 */
};

/* One finding a limit, in their order; out has room for b->n. m: NULL without --measure. Returns
 * how many are broken. evt_rate and cpu are predicted where there is a host profile. */
size_t budget_check(const struct budget *b, const struct diff *d, const struct budget_measured *m,
		    struct budget_finding *out);

#endif

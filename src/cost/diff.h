/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change of a rule set means and costs: rules paired by name and compared by meaning, the
 * syscall set with its reasons before and after, the events that a host profile predicts, and what
 * each change does alone. Pure: everything is predicted, nothing is run.
 *
 * "Alone" is by set: the old rules with that one change, against the old rules. A call that several
 * changes bring in is there for each of them, and a call that an unchanged rule needs too is there
 * for none; so the parts need not add up to the whole.
 *
 * Rates are per second, CPU in shares of one core; NaN without a host profile.
 */
#ifndef FT_COST_DIFF_H
#define FT_COST_DIFF_H

#include "cost/params.h"
#include "cost/price.h"
#include "cost/rate.h"
#include "rules/ruleset.h"
#include "syscalls/ledger.h"

/* Old or new; all borrowed. */
struct diff_side {
	const char *label; /* as given */
	const struct ruleset *rules;
	const struct select_input *in; /* of its active rules */
	const struct selection *sel;
	const struct ledger *ledger;
};

struct diff_input {
	struct diff_side old, new;
	const struct ruleset_options *opt; /* of both */
	const struct host_profile *host;   /* NULL: no rates */
	const struct price *price;	   /* NULL: price_defaults */
	/* Prices by kind of check and type of event, of which price has the means; NULL: means
	 * only. */
	const struct cost_params *params;
	/* With params: profiles of the embedded engine, for how likely checks are true and how many
	 * alerts there are; none: stated defaults, and no alerts. */
	const struct eprofile *const *profiles;
	size_t n_profiles;
	bool drop_failed_exit;
	bool enter_events; /* of the release */
};

enum diff_kind {
	DIFF_ADDED,
	DIFF_REMOVED,
	DIFF_RENAMED, /* the same meaning under another name */
	DIFF_ENABLED,
	DIFF_DISABLED,
	DIFF_CHANGED,
	DIFF_N_KINDS,
};
extern const char *const diff_kind_names[DIFF_N_KINDS]; /* "added" .. "changed" */

/* What of a rule changed, bits. */
enum diff_part {
	DIFF_CONDITION = 1 << 0,  /* it is true for other events */
	DIFF_ORDER = 1 << 1,	  /* the same meaning, other checks or another order of them */
	DIFF_EXCEPTIONS = 1 << 2, /* the condition changed by its exceptions alone */
	DIFF_OUTPUT = 1 << 3,
	DIFF_METADATA = 1 << 4,
};
#define DIFF_N_PARTS 5
extern const char *const diff_part_names[DIFF_N_PARTS]; /* by bit: "condition" .. "metadata" */

/* A whole rule set in numbers. */
struct diff_total {
	size_t n_rules;	 /* active ones */
	size_t set_size; /* names of the final set */
	struct bitset final;
	double evts_per_s;   /* kernel events (n_evts) */
	double evts_p99;     /* of the host's bins; NaN for anything but a whole side */
	double evals_per_s;  /* rules tried */
	double checks_per_s; /* expected checks */
	double engine_cpu;   /* of the engine */
	double kernel_cpu;   /* of the kernel side, in the time of the processes that call */
};

struct diff_row {
	enum diff_kind kind;
	unsigned parts;
	const struct rule *old, *new; /* NULL: not there; borrowed */
	bool active_old, active_new;  /* evaluated at all */
	struct strvec metadata;	      /* keys that differ */
	struct strvec through;	      /* "macro a", "list b", by which the condition changed */
	struct bitset codes_old, codes_new; /* events; none where it is not active */
	struct bitset scs_old, scs_new;
	struct strvec events_gained, events_lost, calls_gained, calls_lost; /* names */
	struct strvec fields_gained, fields_lost;			    /* of the condition */
	struct strvec output_gained, output_lost; /* fields of the output, paid for by alert */
	size_t checks_old, checks_new;		  /* written, macros resolved */
	struct strvec tests_gained, tests_lost;	  /* of these, as texts; not where `not` stands */
	/* Checks that an event of its buckets is expected to walk: the mean over them, by the
	 * host's rates where it makes any of these events. NaN where the rule is not active or none
	 * of its events is traced. */
	double walked_old, walked_new;
	/* Old rules with this change, and new rules without it. */
	struct diff_total alone, without;
	struct bitset gained, lost; /* syscalls of the set, by the change alone */
	/* High-volume calls that it asks for and that are not traced, so that they cost nothing and
	 * are not seen: what base_syscalls.all would bring. NaN unknown. */
	struct bitset ignored;
	double ignored_per_s;
};

/* A bucket: the rules that are tried for the events of one system call. */
struct diff_bucket {
	const char *name; /* borrowed from the catalogue */
	size_t sc;
	bool in_old, in_new; /* traced */
	double evts_per_s;   /* when traced, as counted by the kernel side */
	double seen_per_s;   /* of these, what rules are tried on */
	size_t rules_old, rules_new;
	double checks_old, checks_new; /* expected for one event */
};

/* A blind spot: an active rule, and calls that it names and that are not traced. */
struct diff_spot {
	const char *rule; /* borrowed */
	struct bitset scs;
	bool gained; /* else closed */
	bool blind;  /* gained: nothing of the rule is left */
};

struct diff {
	const struct catalogue *cat;
	/* Most expensive first; calls that a change asks for and does not get count in this order
	 * as if they were traced. */
	struct diff_row *rows;
	size_t n;
	size_t n_same;	/* rules without any change */
	bool reordered; /* rules that both have come in another order */
	bool same_cost; /* same set, same rules and checks in every bucket: no overhead change */
	struct diff_total old, new;
	struct diff_bucket *buckets; /* of every traced call, busiest first */
	size_t n_buckets;
	struct diff_spot *spots;
	size_t n_spots;
	/* Calls that some active rule of the old side names and none of the new one, and back. */
	struct bitset unwatched, watched;
};

/* Cannot fail. The result borrows from the input. */
void diff_compute(const struct diff_input *in, struct diff *out);
void diff_release(struct diff *d);

#define cleanup_diff __attribute__((cleanup(diff_release)))

#endif

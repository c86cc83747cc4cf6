/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blind-spot ledger: which active rules name syscalls that the final set lacks, why each one is
 * lacking, which rules see nothing at all any more, and which syscalls of the state engine's set
 * are not traced (then Falco's own picture of processes and file descriptors goes stale).
 */
#ifndef FT_SYSCALLS_LEDGER_H
#define FT_SYSCALLS_LEDGER_H

#include "syscalls/select.h"

struct ledger_row {
	const char *rule; /* borrowed from the input */
	struct bitset lost;
	bool blind; /* nothing of what the rule names is left */
};

struct ledger {
	struct ledger_row *rows; /* rules that lose something, in the rules' order; owned */
	size_t n;
	size_t n_blind;
	struct bitset state_missing; /* state engine's set less the final set */
};

/* Cannot fail. The caller releases. */
void ledger_compute(const struct select_input *in, const struct selection *s, struct ledger *out);
void ledger_release(struct ledger *l);

/* Why a name is not in the final set: "!open of custom_set", "high volume, ignored without
 * base_syscalls.all", "unknown to Falco 0.38.2", "nothing asks for it". Appended. */
void ledger_why_not(const struct select_input *in, const struct selection *s, const char *name,
		    struct strbuf *out);

/* {rules: [{rule, lost: [{name, why}], blind}], blind: [rule], state_missing: [name]}. The caller
 * owns the reference. */
json_t *ledger_to_json(const struct select_input *in, const struct selection *s,
		       const struct ledger *l);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One comparison of a rule: an operator with its modifier, and the constants on its right side,
 * prepared when the rule is compiled (texts hashed, numbers parsed, patterns compiled).
 *
 * The meaning is that of Falco's filter checks: `in` and `intersects` are membership, `pmatch` is a
 * path prefix by whole components (with wildcards inside a component), glob is fnmatch(3), regex
 * must match the whole text. A comparison with a value that the event does not have never gets
 * here: it is false.
 */
#ifndef FT_PROBE_EVAL_MATCH_H
#define FT_PROBE_EVAL_MATCH_H

#include "base/error.h"
#include "probe/fields.h"
#include "rules/ast.h"

#include <stdbool.h>
#include <stddef.h>

struct match_const {
	char *text; /* NUL-terminated; owned */
	size_t len;
	uint64_t hash;
	union {
		int64_t i; /* numbers */
		double d;  /* VALUE_DOUBLE */
	};
	unsigned char ip[16]; /* VALUE_IP, VALUE_NET */
	unsigned ip_len, prefix;
	struct host_addr *hosts; /* VALUE_HOST: the addresses of that name; owned */
	size_t n_hosts;
	struct pcre2_real_code_8 *re; /* OP_REGEX; owned */
	struct strvec parts;	      /* OP_PMATCH: the components */
};

struct matcher {
	enum ast_op op;
	enum ast_modifier mod;
	enum value_type type;
	struct match_const *c;
	size_t n;
	uint32_t *slots; /* hash set over texts: index + 1, 0 free; NULL: look through all */
	size_t mask;
	struct pcre2_real_match_data_8 *match_data; /* OP_REGEX; owned */
};

/* rhs is an AST_VALUE or AST_LIST (NULL for exists). bits: width that numbers are cut to. Error:
 * ERROR_INPUT for a constant that is not of the type. On error *m needs no release. */
int matcher_init(struct matcher *m, enum ast_op op, enum ast_modifier mod, enum value_type type,
		 unsigned bits, const struct ast *rhs, struct error *err);
void matcher_release(struct matcher *m);
bool matcher_test(const struct matcher *m, const struct value *v);

/* The same with a right side that is read from the event too. Membership of one value is
 * equality. */
bool match_values(enum ast_op op, enum value_type type, const struct value *a,
		  const struct value *b);

#endif

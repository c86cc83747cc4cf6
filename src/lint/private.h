/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the lints share; private to src/lint.
 */
#ifndef FT_LINT_PRIVATE_H
#define FT_LINT_PRIVATE_H

#include "lint/lint.h"

#include "base/mem.h"

/* What can be said of a condition from its text alone. */
enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_OPEN };

/* The tree of a macro, and what was found out about it: many rules share it. */
struct lint_root {
	const struct ast *ast;
	bool folded; /* truth is known */
	enum truth truth;
	bool has_hash; /* of lint_sets.c */
	uint64_t hash;
};

struct lint_ctx {
	const struct ruleset *rs;
	const struct ruleset_options *opt;
	const struct catalogue *cat;
	const struct config *cfg; /* may be NULL */
	const struct select_input *sel_in;
	const struct selection *sel;
	struct bitset ignored;	    /* high-volume syscalls of the release */
	struct bitset shared;	    /* syscalls that several rules ask for */
	bool enter_events;	    /* of the release */
	const struct rule *r;	    /* whose node is visited, or */
	const struct named_item *m; /* the macro */
	struct lint_root *roots;    /* trees of all macros, sorted by address */
	size_t n_roots;
	const struct lint_row **node_rows; /* those with .node; owned */
	size_t n_node_rows;
	struct ast_pool scratch;  /* of lint_describe_dies */
	struct lint_uses *uses;	  /* of macros and lists; NULL until asked for; owned */
	struct lint_parts *parts; /* of the rules; NULL until asked for; owned */
	struct lint_findings *out;
};

/* What a finding is about. Texts are copied. */
struct lint_at {
	const char *file;
	size_t line, col;
	const char *item_type, *item;
};
struct lint_at lint_at_rule(const struct rule *r);
struct lint_at lint_at_node(const struct lint_ctx *ctx, const struct ast *a); /* being visited */
struct lint_at lint_at_key(const struct lint_ctx *ctx, const char *key);
struct lint_at lint_at_finding(const struct finding *f);

/* Add a finding; mend NULL: the row's own text. */
void lint_add(struct lint_ctx *ctx, const struct lint_row *row, struct lint_at at, const char *mend,
	      const char *fmt, ...) __attribute__((format(printf, 5, 6)));

void lint_uses_release(struct lint_uses *u);	   /* NULL is fine */
void lint_parts_release(struct lint_parts *parts); /* the same */
void lint_finding_release(struct lint_finding *f); /* its texts */

/* Is it the tree of a macro that others refer to? NULL when it is not. */
struct lint_root *lint_root(const struct lint_ctx *ctx, const struct ast *a);
/* In the rule set that Falco evaluates. */
bool lint_active(const struct lint_ctx *ctx, const struct rule *r);
/* Names of a set of syscalls, at most a dozen, then "and N more". The caller frees. */
char *lint_names(const struct lint_ctx *ctx, struct bitset scs);

/* fold.c; evt.dir is constant in releases without enter events. */
enum truth lint_fold(const struct lint_ctx *ctx, const struct ast *a);
/* The top-level conjuncts, nested ands (also those of macros) flattened. The array is the
 * caller's. */
struct lint_kids {
	const struct ast **v;
	size_t n, alloc;
};
void lint_conjuncts(const struct ast *a, struct lint_kids *out);
void lint_alternatives(const struct ast *a, struct lint_kids *out);
/* Do two checks on the same field with = or in exclude each other? */
bool lint_exclude(const struct ast *a, const struct ast *b);
/* Name and argument of the field on the left side of a check, NULL when it is no plain field. */
const struct ast *lint_left(const struct ast *check);
/* Constants on the right side: their number, and each. */
size_t lint_n_values(const struct ast *check);
const char *lint_value(const struct ast *check, size_t i);
/* Is it = == or in, without a modifier, with constants? */
bool lint_is_equality(const struct ast *check);

/* The rows' functions. */
#define LINT_WHOLE(f) void f(struct lint_ctx *ctx, const struct lint_row *row)
#define LINT_RULE(f)  void f(struct lint_ctx *ctx, const struct lint_row *row, const struct rule *r)
#define LINT_NODE(f)  void f(struct lint_ctx *ctx, const struct lint_row *row, const struct ast *a)

LINT_RULE(lint_no_event_type);
LINT_RULE(lint_ignored_syscall);
LINT_RULE(lint_lone_syscall);
LINT_RULE(lint_never_matches);
LINT_WHOLE(lint_below_priority);
LINT_RULE(lint_output_costly);
LINT_RULE(lint_output_empty);
LINT_RULE(lint_useless_exception);
LINT_RULE(lint_describe_dies);
LINT_WHOLE(lint_output_parens);
LINT_WHOLE(lint_deep_nesting);

LINT_NODE(lint_blind_name);
LINT_NODE(lint_evttype_operator);
LINT_NODE(lint_evt_dir_enter);
LINT_NODE(lint_evt_dir_exit);
LINT_NODE(lint_latency);
LINT_NODE(lint_order);
LINT_NODE(lint_contains_path);
LINT_NODE(lint_contains_name);
LINT_NODE(lint_glob_front);
LINT_NODE(lint_glob_plain);
LINT_NODE(lint_regex_plain);
LINT_NODE(lint_name_too_long);
LINT_NODE(lint_wildcard_literal);
LINT_NODE(lint_many_patterns);
LINT_NODE(lint_empty_list);

LINT_WHOLE(lint_duplicates);
LINT_WHOLE(lint_shadowed);
LINT_WHOLE(lint_list_copies);
LINT_WHOLE(lint_unused);

LINT_WHOLE(lint_deprecated);
LINT_WHOLE(lint_source);
LINT_WHOLE(lint_rule_key);
LINT_WHOLE(lint_dies);
LINT_WHOLE(lint_exceptions_replace);

LINT_WHOLE(lint_config_key);
LINT_WHOLE(lint_config_ignored);
LINT_WHOLE(lint_config_refused);
LINT_WHOLE(lint_custom_no_close);
LINT_WHOLE(lint_custom_no_process);
LINT_WHOLE(lint_custom_empty);
LINT_WHOLE(lint_custom_invalid);
LINT_WHOLE(lint_custom_ignored);
LINT_WHOLE(lint_repair_restores);

#endif

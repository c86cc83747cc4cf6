/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of a YAML text as Falco's YAML library (yaml-cpp) finds them; private to base/yaml*.c.
 *
 * That library takes and refuses other slips than libyaml does: an unfinished key at the end of a
 * file, a line that is not indented enough, two commas in a row. Hence a scanner of its own.
 */
#ifndef FT_BASE_YAML_SCAN_H
#define FT_BASE_YAML_SCAN_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yaml_token_type {
	TOKEN_DIRECTIVE,
	TOKEN_DOC_START,
	TOKEN_DOC_END,
	TOKEN_BLOCK_SEQ_START,
	TOKEN_BLOCK_SEQ_END,
	TOKEN_BLOCK_MAP_START,
	TOKEN_BLOCK_MAP_END,
	TOKEN_BLOCK_ENTRY,
	TOKEN_FLOW_SEQ_START,
	TOKEN_FLOW_SEQ_END,
	TOKEN_FLOW_MAP_START,
	TOKEN_FLOW_MAP_END,
	TOKEN_FLOW_ENTRY,
	TOKEN_KEY,
	TOKEN_VALUE,
	TOKEN_ANCHOR,
	TOKEN_ALIAS,
	TOKEN_TAG,
	TOKEN_PLAIN,
	TOKEN_QUOTED, /* block scalars too */
};

/* A simple key is not known to be one before its colon is seen. */
enum yaml_status { STATUS_VALID, STATUS_UNKNOWN, STATUS_INVALID };

struct yaml_place {
	uint32_t pos, line, col; /* from 0 */
};

struct yaml_token {
	enum yaml_token_type type;
	enum yaml_status status;
	struct yaml_place at;
	char *text; /* scalar, anchor, alias, tag, directive with its parameters; in the arena */
	size_t len;
	bool block; /* TOKEN_QUOTED */
};

struct yaml_indent {
	int col; /* -1: outside everything */
	bool is_seq, is_map;
	enum yaml_status status;
	size_t start; /* its token */
};

struct yaml_simple_key {
	struct yaml_place at;
	size_t flow_level;
	long indent; /* number of the indent that it opened, -1 none */
	size_t key;  /* its token */
};

struct yaml_scan {
	const char *text;
	size_t len;
	struct yaml_place at;
	char line_end;	     /* the first kind of line end in the text decides what a line is */
	bool has_returns;    /* '\r' is in the text */
	struct arena *texts; /* where texts of tokens live; borrowed */
	bool ended, key_allowed, scalar_allowed, json_like;
	struct yaml_token *tokens;
	size_t n, alloc, head;	       /* tokens before head are consumed */
	size_t texts_end;	       /* behind the last token that has a text */
	size_t max_flows, max_waiting; /* most open brackets, and tokens that are not consumed */
	struct yaml_indent *indents;   /* open ones and those that a pending key refers to */
	size_t n_indents, alloc_indents;
	size_t *stack; /* open ones */
	size_t n_stack, alloc_stack;
	struct yaml_simple_key *keys;
	size_t n_keys, alloc_keys;
	char *flows; /* '[' or '{' */
	size_t n_flows, alloc_flows;
	struct strbuf scalar;
	const char *problem; /* static; NULL: none yet */
	struct yaml_place problem_at;
	size_t limit; /* the one that the problem is about; 0: about none */
};

/* text and texts must outlive s. Tokens wait from a bracket that may begin a key on until it is
 * closed: lim->depth bounds the brackets in each other, lim->nodes (thrice) what waits. */
void yaml_scan_init(struct yaml_scan *s, const char *text, size_t len,
		    const struct yaml_limits *lim, struct arena *texts);
void yaml_scan_release(struct yaml_scan *s);
/* The next token, NULL at the end or after a problem. It lives until the next call. */
struct yaml_token *yaml_scan_more(struct yaml_scan *s); /* yaml_scan_peek's slow half */
static inline struct yaml_token *yaml_scan_peek(struct yaml_scan *s)
{
	if (s->head < s->n && s->tokens[s->head].status == STATUS_VALID && !s->problem)
		return &s->tokens[s->head];
	return yaml_scan_more(s);
}
/* Take the token that yaml_scan_peek() gave; its text stays as long as the arena. */
static inline void yaml_scan_pop(struct yaml_scan *s)
{
	s->head++;
}
/* Is a text of the arena still to be handed out? */
static inline bool yaml_scan_holds_text(const struct yaml_scan *s)
{
	return s->texts_end > s->head;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_scan.h"

#include "base/mem.h"
#include "base/yaml_scalar.h"

#include <string.h>

/* Longer keys in front of a colon are none. */
#define SIMPLE_KEY_MAX 1024

void yaml_scan_init(struct yaml_scan *s, const char *text, size_t len,
		    const struct yaml_limits *lim, struct arena *texts)
{
	size_t i;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	*s = (struct yaml_scan){.text = text,
				.len = len,
				.key_allowed = true,
				.scalar_allowed = true,
				.has_returns = len && memchr(text, '\r', len),
				.max_flows = lim->depth + 1,
				.max_waiting = 3 * lim->nodes,
				.texts = texts};
	strbuf_init(&s->scalar);
	for (i = 0; i < len && text[i] != '\n' && text[i] != '\r'; i++)
		;
	if (i < len)
		s->line_end = text[i] == '\n' || (i + 1 < len && text[i + 1] == '\n') ? '\n' : '\r';
	ALLOC_GROW(s->indents, s->n_indents, s->alloc_indents);
	s->indents[s->n_indents++] = (struct yaml_indent){.col = -1};
	ALLOC_GROW(s->stack, s->n_stack, s->alloc_stack);
	s->stack[s->n_stack++] = 0;
}

void yaml_scan_release(struct yaml_scan *s)
{
	free(s->tokens);
	free(s->indents);
	free(s->stack);
	free(s->keys);
	free(s->flows);
	strbuf_release(&s->scalar);
}

static void fail(struct yaml_scan *s, const char *problem)
{
	if (s->problem)
		return;
	s->problem = problem;
	s->problem_at = s->at;
}

/* problem: a format for the limit. */
static void fail_limit(struct yaml_scan *s, const char *problem, size_t limit)
{
	if (!s->problem)
		s->limit = limit;
	fail(s, problem);
}

static struct yaml_token *push(struct yaml_scan *s, enum yaml_token_type type, struct yaml_place at)
{
	ALLOC_GROW(s->tokens, s->n, s->alloc);
	s->tokens[s->n] = (struct yaml_token){.type = type, .at = at};
	return &s->tokens[s->n++];
}

static void push_text(struct yaml_scan *s, enum yaml_token_type type, struct yaml_place at,
		      const char *text, size_t len)
{
	struct yaml_token *t = push(s, type, at);

	t->text = arena_strndup(s->texts, text, len);
	t->len = len;
	s->texts_end = s->n;
}

static int top_indent(const struct yaml_scan *s)
{
	return s->n_stack ? s->indents[s->stack[s->n_stack - 1]].col : 0;
}

/* Open a block collection where one begins here. Its number, or -1. */
static long open_indent(struct yaml_scan *s, bool is_seq)
{
	const struct yaml_indent *last;
	int col = (int)s->at.col;

	if (s->n_flows)
		return -1;
	last = &s->indents[s->stack[s->n_stack - 1]];
	if (col < last->col || (col == last->col && !(is_seq && last->is_map)))
		return -1;
	push(s, is_seq ? TOKEN_BLOCK_SEQ_START : TOKEN_BLOCK_MAP_START, s->at);
	ALLOC_GROW(s->indents, s->n_indents, s->alloc_indents);
	s->indents[s->n_indents] = (struct yaml_indent){
		.col = col, .is_seq = is_seq, .is_map = !is_seq, .start = s->n - 1};
	ALLOC_GROW(s->stack, s->n_stack, s->alloc_stack);
	s->stack[s->n_stack++] = s->n_indents;
	return (long)s->n_indents++;
}

static void settle_key(struct yaml_scan *s, const struct yaml_simple_key *k, enum yaml_status as)
{
	if (k->indent >= 0) {
		s->indents[k->indent].status = as;
		s->tokens[s->indents[k->indent].start].status = as;
	}
	s->tokens[k->key].status = as;
}

static void drop_key(struct yaml_scan *s)
{
	if (!s->n_keys || s->keys[s->n_keys - 1].flow_level != s->n_flows)
		return;
	settle_key(s, &s->keys[--s->n_keys], STATUS_INVALID);
}

static bool confirm_key(struct yaml_scan *s)
{
	const struct yaml_simple_key *k;
	bool valid;

	if (!s->n_keys || s->keys[s->n_keys - 1].flow_level != s->n_flows)
		return false;
	k = &s->keys[--s->n_keys];
	valid = s->at.line == k->at.line && s->at.pos - k->at.pos <= SIMPLE_KEY_MAX;
	settle_key(s, k, valid ? STATUS_VALID : STATUS_INVALID);
	return valid;
}

/* What begins here may be a key. */
static void maybe_key(struct yaml_scan *s)
{
	struct yaml_simple_key k = {.at = s->at, .flow_level = s->n_flows, .indent = -1};

	if (!s->key_allowed || (s->n_keys && s->keys[s->n_keys - 1].flow_level == s->n_flows))
		return;
	if (!s->n_flows)
		k.indent = open_indent(s, false);
	push(s, TOKEN_KEY, s->at);
	k.key = s->n - 1;
	settle_key(s, &k, STATUS_UNKNOWN);
	ALLOC_GROW(s->keys, s->n_keys, s->alloc_keys);
	s->keys[s->n_keys++] = k;
}

static void close_indent(struct yaml_scan *s)
{
	const struct yaml_indent *i = &s->indents[s->stack[--s->n_stack]];

	if (i->status != STATUS_VALID)
		drop_key(s);
	else if (i->is_seq || i->is_map)
		push(s, i->is_seq ? TOKEN_BLOCK_SEQ_END : TOKEN_BLOCK_MAP_END, s->at);
}

static void close_indents_to_here(struct yaml_scan *s)
{
	if (s->n_flows)
		return;
	while (s->n_stack) {
		const struct yaml_indent *i = &s->indents[s->stack[s->n_stack - 1]];
		int col = (int)s->at.col;

		if (i->col < col || (i->col == col && !(i->is_seq && !scan_is_block_entry(s))))
			break;
		close_indent(s);
	}
	while (s->n_stack && s->indents[s->stack[s->n_stack - 1]].status == STATUS_INVALID)
		close_indent(s);
}

static void close_all_indents(struct yaml_scan *s)
{
	while (!s->n_flows && s->n_stack && s->indents[s->stack[s->n_stack - 1]].col >= 0)
		close_indent(s);
}

static void skip_to_token(struct yaml_scan *s)
{
	for (;;) {
		char c = scan_at(s, 0);
		size_t n;

		for (; c == ' ' || c == '\t'; c = scan_at(s, 0)) {
			if (!s->n_flows && c == '\t')
				s->key_allowed = false;
			scan_skip(s, 1);
		}
		if (c == '#')
			scan_skip(s, scan_rest_of_line(s));
		n = scan_break(s, 0);
		if (!n)
			return;
		scan_eat(s, n);
		drop_key(s);
		s->scalar_allowed = true;
		if (!s->n_flows)
			s->key_allowed = true;
	}
}

/* A document marker or directive ends everything. */
static void end_all(struct yaml_scan *s)
{
	close_all_indents(s);
	s->n_keys = 0;
	s->key_allowed = s->json_like = false;
}

static void scan_directive(struct yaml_scan *s)
{
	struct yaml_place at = s->at;
	size_t from, to;

	end_all(s);
	scan_eat(s, 1);
	from = to = s->at.pos;
	while (!scan_end(s) && !scan_break(s, 0)) {
		/* A comment begins with a word only. */
		if (scan_at(s, 0) == '#' && to > from && scan_is_blank_before(s))
			break;
		if (!scan_is_blank(s, 0))
			to = s->at.pos + 1;
		scan_eat(s, 1);
	}
	push_text(s, TOKEN_DIRECTIVE, at, s->text + from, to - from);
}

static void scan_document(struct yaml_scan *s, enum yaml_token_type type)
{
	end_all(s);
	push(s, type, s->at);
	scan_eat(s, 3);
}

static void scan_flow_start(struct yaml_scan *s, char c)
{
	if (s->n_flows >= s->max_flows) {
		fail_limit(s, "nested too deeply, the limit is %zu", s->max_flows - 1);
		return;
	}
	maybe_key(s);
	s->key_allowed = true;
	s->json_like = false;
	ALLOC_GROW(s->flows, s->n_flows, s->alloc_flows);
	s->flows[s->n_flows++] = c;
	push(s, c == '[' ? TOKEN_FLOW_SEQ_START : TOKEN_FLOW_MAP_START, s->at);
	scan_eat(s, 1);
}

/* The end of an entry of a flow collection: in a mapping a word alone is a key. */
static void end_flow_entry(struct yaml_scan *s)
{
	if (!s->n_flows)
		return;
	if (s->flows[s->n_flows - 1] == '[')
		drop_key(s);
	else if (confirm_key(s))
		push(s, TOKEN_VALUE, s->at);
}

static void scan_flow_end(struct yaml_scan *s, char c)
{
	if (!s->n_flows) {
		fail(s, "a bracket is closed that is not open");
		return;
	}
	end_flow_entry(s);
	s->key_allowed = false;
	s->json_like = true;
	if ((s->flows[--s->n_flows] == '[') != (c == ']'))
		fail(s, "a bracket is closed by one of another kind");
	push(s, c == ']' ? TOKEN_FLOW_SEQ_END : TOKEN_FLOW_MAP_END, s->at);
	scan_eat(s, 1);
}

static void scan_flow_entry(struct yaml_scan *s)
{
	if (!s->at.col || !s->scalar_allowed) {
		fail(s, "a comma cannot stand here");
		return;
	}
	end_flow_entry(s);
	s->key_allowed = true;
	s->json_like = false;
	push(s, TOKEN_FLOW_ENTRY, s->at);
	scan_eat(s, 1);
}

static void scan_block_entry(struct yaml_scan *s)
{
	if (s->n_flows || !s->key_allowed) {
		fail(s, "an element with '-' cannot stand here");
		return;
	}
	open_indent(s, true);
	s->key_allowed = true;
	s->json_like = false;
	push(s, TOKEN_BLOCK_ENTRY, s->at);
	scan_eat(s, 1);
}

static void scan_key(struct yaml_scan *s)
{
	if (!s->n_flows) {
		if (!s->key_allowed)
			fail(s, "a key cannot stand here");
		open_indent(s, false);
	}
	s->key_allowed = !s->n_flows;
	push(s, TOKEN_KEY, s->at);
	scan_eat(s, 1);
}

static void scan_value(struct yaml_scan *s)
{
	bool simple = confirm_key(s);

	s->json_like = false;
	if (simple) {
		s->key_allowed = false;
	} else {
		if (!s->n_flows) {
			if (!s->key_allowed)
				fail(s, "a colon cannot stand here");
			open_indent(s, false);
		}
		s->key_allowed = !s->n_flows;
	}
	s->scalar_allowed = true;
	push(s, TOKEN_VALUE, s->at);
	scan_eat(s, 1);
}

static void scan_anchor(struct yaml_scan *s, bool alias)
{
	struct yaml_place at;
	size_t from;

	maybe_key(s);
	s->key_allowed = s->json_like = false;
	at = s->at;
	scan_eat(s, 1);
	from = s->at.pos;
	while (!scan_end(s) && !scan_is_blank(s, 0) && !scan_break(s, 0) &&
	       !scan_is_one_of(s, 0, "[]{},"))
		scan_eat(s, 1);
	if (s->at.pos == from)
		fail(s, "an anchor or alias has no name");
	if (!scan_end(s) && !scan_is_blank(s, 0) && !scan_break(s, 0) &&
	    !scan_is_one_of(s, 0, "?:,]}%@`"))
		fail(s, "an anchor or alias has a character that cannot be in its name");
	push_text(s, alias ? TOKEN_ALIAS : TOKEN_ANCHOR, at, s->text + from, s->at.pos - from);
}

static void scan_tag(struct yaml_scan *s)
{
	struct yaml_place at;

	maybe_key(s);
	s->key_allowed = s->json_like = false;
	at = s->at;
	if (!scan_eat_tag(s)) {
		fail(s, "a tag has a character that cannot be in it");
		return;
	}
	push_text(s, TOKEN_TAG, at, s->text + at.pos, s->at.pos - at.pos);
}

static void scan_scalar_token(struct yaml_scan *s, char c)
{
	bool quoted = c == '"' || c == '\'', block = !s->n_flows && (c == '|' || c == '>');
	struct yaml_place at = s->at;
	int indent = top_indent(s); /* before what begins here opens a mapping */
	const char *problem;
	bool new_line = false;
	size_t n;

	if (!quoted && !block && (n = scan_short_scalar(s, indent + 1, &new_line))) {
		struct yaml_place behind = s->at;

		if (!(s->n_flows && s->flows[s->n_flows - 1] == '[' &&
		      scan_is_one_of(s, 0, ",]"))) {
			s->at = at;
			maybe_key(s);
			s->at = behind;
		}
		s->key_allowed = new_line;
		s->json_like = false;
		push_text(s, TOKEN_PLAIN, at, s->text + at.pos, n);
		return;
	}
	if (!block)
		maybe_key(s);
	strbuf_reset(&s->scalar);
	problem = block	   ? scan_block_scalar(s, indent)
		  : quoted ? scan_quoted_scalar(s)
			   : scan_plain_scalar(s, indent + 1, &new_line);
	if (problem)
		fail(s, problem);
	s->key_allowed = block || new_line;
	s->json_like = quoted;
	if (quoted)
		s->scalar_allowed = s->n_flows > 0;
	push_text(s, quoted || block ? TOKEN_QUOTED : TOKEN_PLAIN, at, s->scalar.buf,
		  s->scalar.len);
	s->tokens[s->n - 1].block = block;
}

static void end_stream(struct yaml_scan *s)
{
	s->at.col = 0;
	close_all_indents(s);
	s->n_keys = 0;
	s->ended = true;
}

static void scan_token(struct yaml_scan *s)
{
	char c;

	skip_to_token(s);
	close_indents_to_here(s);
	if (scan_end(s)) {
		end_stream(s);
		return;
	}
	c = scan_at(s, 0);
	if (!s->at.col && c == '%')
		scan_directive(s);
	else if (!s->at.col && scan_is_document(s, '-'))
		scan_document(s, TOKEN_DOC_START);
	else if (!s->at.col && scan_is_document(s, '.'))
		scan_document(s, TOKEN_DOC_END);
	else if (c == '[' || c == '{')
		scan_flow_start(s, c);
	else if (c == ']' || c == '}')
		scan_flow_end(s, c);
	else if (c == ',')
		scan_flow_entry(s);
	else if (scan_is_block_entry(s))
		scan_block_entry(s);
	else if (c == '?' && (scan_is_blank(s, 1) || scan_break(s, 1)))
		scan_key(s);
	else if (scan_is_value(s))
		scan_value(s);
	else if (c == '*' || c == '&')
		scan_anchor(s, c == '*');
	else if (c == '!')
		scan_tag(s);
	else if (!(!s->n_flows && (c == '|' || c == '>')) && !s->scalar_allowed)
		fail(s, "a text cannot stand here");
	else if (c == '"' || c == '\'' || (!s->n_flows && (c == '|' || c == '>')) ||
		 scan_is_plain(s))
		scan_scalar_token(s, c);
	else
		fail(s, "a text cannot begin with this character");
}

/* Nothing waits, so no key is pending: what was consumed or closed is not asked for again. */
static void forget_consumed(struct yaml_scan *s)
{
	s->n = s->head = s->texts_end = 0;
	s->n_indents = s->stack[s->n_stack - 1] + 1;
}

struct yaml_token *yaml_scan_more(struct yaml_scan *s)
{
	for (;;) {
		struct yaml_token *t = s->head < s->n ? &s->tokens[s->head] : NULL;

		if (s->problem)
			return NULL;
		if (t && t->status == STATUS_INVALID) {
			s->head++;
			continue;
		}
		/* At the end what is not settled counts. */
		if (t && (t->status == STATUS_VALID || s->ended))
			return t;
		if (s->ended)
			return NULL;
		if (!t && !s->n_keys)
			forget_consumed(s);
		if (s->n - s->head >= s->max_waiting)
			fail_limit(s,
				   "too much in one pair of brackets, the limit is %zu signs and "
				   "words",
				   s->max_waiting);
		else
			scan_token(s);
	}
}

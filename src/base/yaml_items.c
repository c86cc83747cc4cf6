/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/yaml_scan.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What an anchored node stands for, all aliases in it counted. */
struct anchor {
	struct yaml_node *node; /* NULL while it is being read */
	size_t nodes, bytes;
};

struct reader {
	struct yaml_scan scan;
	const char *file;
	const struct yaml_limits *lim;
	struct error *err;
	struct arena arena;	 /* nodes and texts */
	struct arena_mark empty; /* what is kept from item to item */
	struct yaml_node **kids; /* of all collections that are open, innermost last; owned */
	size_t n_kids, alloc_kids;
	struct strmap names; /* anchor -> number, from 1 */
	struct anchor *anchors;
	size_t n_anchors, alloc_anchors;
	size_t nodes, bytes; /* so far, with what aliases stand for */
	size_t alias_bytes;
	bool in_flow_seq;    /* the innermost collection is one */
	bool yaml_directive; /* seen for this document */
	bool ascii;	     /* all of the text */
	struct {
		size_t pos, line, chars;
	} column; /* the last one that was asked for */
	/* Of items: where they go. */
	yaml_item_fn fn;
	void *arg;
	bool feeding; /* the root is a sequence, whose items go one by one */
	bool ended;   /* by fn */
};

static bool is_ascii(const char *text, size_t len)
{
	uint64_t word, high = 0;

	for (; len >= sizeof(word); len -= sizeof(word), text += sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		high |= word;
	}
	for (; len; len--)
		high |= (unsigned char)*text++;
	return !(high & 0x8080808080808080);
}

/* From 1, in characters. Places are mostly asked for in order: counting goes on from the last. */
static size_t column_of(struct reader *p, struct yaml_place at)
{
	const char *text = p->scan.text;
	size_t i = at.pos - at.col, chars = 0;

	if (p->ascii || at.pos > p->scan.len)
		return at.col + 1;
	if (p->column.line == at.line && p->column.pos >= i && p->column.pos <= at.pos) {
		i = p->column.pos;
		chars = p->column.chars;
	}
	for (; i < at.pos; i++)
		chars += ((unsigned char)text[i] & 0xc0) != 0x80;
	p->column.pos = at.pos;
	p->column.line = at.line;
	p->column.chars = chars;
	return chars + 1;
}

static int fail_at(struct reader *p, struct yaml_place at, const char *problem)
{
	return error_at(p->err, p->file, at.line + 1, column_of(p, at), "not valid YAML: %s",
			problem);
}

static int limit(struct reader *p, struct yaml_place at, const char *fmt, size_t most)
{
	char text[128];

	snprintf(text, sizeof(text), fmt, most);
	return error_at(p->err, p->file, at.line + 1, column_of(p, at), "%s", text);
}

/* At the next token, unless the scanner has found something. */
static int fail(struct reader *p, const char *problem)
{
	const struct yaml_token *t = yaml_scan_peek(&p->scan);

	if (p->scan.limit)
		return limit(p, p->scan.problem_at, p->scan.problem, p->scan.limit);
	if (p->scan.problem)
		return fail_at(p, p->scan.problem_at, p->scan.problem);
	return fail_at(p, t ? t->at : p->scan.at, problem);
}

static bool sees(struct reader *p, enum yaml_token_type type)
{
	const struct yaml_token *t = yaml_scan_peek(&p->scan);

	return t && t->type == type;
}

static bool take(struct reader *p, enum yaml_token_type type)
{
	if (!sees(p, type))
		return false;
	yaml_scan_pop(&p->scan);
	return true;
}

static struct yaml_node *make(struct reader *p, enum yaml_kind kind, struct yaml_place at,
			      char *text, size_t len)
{
	struct yaml_node *n = arena_alloc(&p->arena, sizeof(*n));

	*n = (struct yaml_node){.kind = kind,
				.file = p->file,
				.line = at.line + 1,
				.col = column_of(p, at),
				.value = text,
				.len = len};
	p->nodes++;
	p->bytes += len;
	return n;
}

static struct yaml_node *nothing(struct reader *p, struct yaml_place at)
{
	static char none[1];

	return make(p, YAML_NULL, at, none, 0);
}

static bool is_null_text(const char *s)
{
	switch (*s) {
	case '\0':
		return true;
	case '~':
		return !s[1];
	case 'n':
		return !strcmp(s, "null");
	case 'N':
		return !strcmp(s, "Null") || !strcmp(s, "NULL");
	default:
		return false;
	}
}

static void add_kid(struct reader *p, struct yaml_node *kid)
{
	ALLOC_GROW(p->kids, p->n_kids, p->alloc_kids);
	p->kids[p->n_kids++] = kid;
}

/* What stands on the stack from `start` on becomes the children of n. */
static void take_kids(struct reader *p, struct yaml_node *n, size_t start)
{
	size_t count = p->n_kids - start;

	p->n_kids = start;
	n->n = n->alloc = n->kind == YAML_SEQ ? count : count / 2;
	if (!count)
		return;
	if (n->kind == YAML_SEQ) {
		n->items = arena_alloc(&p->arena, count * sizeof(*n->items));
		memcpy(n->items, p->kids + start, count * sizeof(*n->items));
		return;
	}
	n->pairs = arena_alloc(&p->arena, n->n * sizeof(*n->pairs));
	for (size_t i = 0; i < n->n; i++)
		n->pairs[i] =
			(struct yaml_pair){p->kids[start + 2 * i], p->kids[start + 2 * i + 1]};
}

/* Hand out an item, and free it where nothing can name it any more. */
static void feed(struct reader *p, const struct yaml_node *n, bool is_item)
{
	if (!p->ended)
		p->ended = p->fn(p->arg, n, is_item) != 0;
	if (p->feeding && !p->names.n && !yaml_scan_holds_text(&p->scan))
		arena_rewind(&p->arena, p->empty);
}

/* depth: of the sequence's items. */
static void add_item(struct reader *p, size_t depth, struct yaml_node *item)
{
	if (p->feeding && depth == 1)
		feed(p, item, true);
	else
		add_kid(p, item);
}

/* `empty`: where a node that is not there stands; NULL: where the next token does. */
static int node(struct reader *p, size_t depth, const struct yaml_place *empty,
		struct yaml_node **out);

/* [key] [: value], either of which may be missing. An empty one stands behind its indicator in a
 * block, else at what follows. */
static int pair(struct reader *p, size_t depth, bool block)
{
	const struct yaml_token *t = yaml_scan_peek(&p->scan);
	struct yaml_place at = t ? t->at : p->scan.at, behind = at;
	struct yaml_node *kid;

	behind.pos++;
	behind.col++;
	if (!take(p, TOKEN_KEY))
		kid = nothing(p, at);
	else if (node(p, depth, block ? &behind : NULL, &kid))
		return -1;
	add_kid(p, kid);
	t = yaml_scan_peek(&p->scan);
	at = t ? t->at : p->scan.at;
	behind = at;
	behind.pos++;
	behind.col++;
	if (!take(p, TOKEN_VALUE))
		kid = nothing(p, at);
	else if (node(p, depth, block ? &behind : NULL, &kid))
		return -1;
	add_kid(p, kid);
	return 0;
}

static int block_seq(struct reader *p, size_t depth)
{
	while (!take(p, TOKEN_BLOCK_SEQ_END)) {
		const struct yaml_token *t = yaml_scan_peek(&p->scan);
		struct yaml_place behind = t ? t->at : p->scan.at;
		struct yaml_node *item;

		if (!take(p, TOKEN_BLOCK_ENTRY))
			return fail(p, "expected '-' or the end of the sequence");
		behind.pos++;
		behind.col++;
		if (sees(p, TOKEN_BLOCK_ENTRY) || sees(p, TOKEN_BLOCK_SEQ_END))
			item = nothing(p, behind);
		else if (node(p, depth, &behind, &item))
			return -1;
		add_item(p, depth, item);
	}
	return 0;
}

static int flow_seq(struct reader *p, size_t depth)
{
	while (!take(p, TOKEN_FLOW_SEQ_END)) {
		struct yaml_node *item;

		if (!yaml_scan_peek(&p->scan))
			return fail(p, "expected ']' or ',' of a sequence");
		p->in_flow_seq = true;
		if (node(p, depth, NULL, &item))
			return -1;
		add_item(p, depth, item);
		if (!take(p, TOKEN_FLOW_ENTRY) && !sees(p, TOKEN_FLOW_SEQ_END))
			return fail(p, "expected ']' or ',' of a sequence");
	}
	return 0;
}

static int block_map(struct reader *p, size_t depth)
{
	while (!take(p, TOKEN_BLOCK_MAP_END)) {
		if (!sees(p, TOKEN_KEY) && !sees(p, TOKEN_VALUE))
			return fail(p, "expected a key or the end of the mapping");
		if (pair(p, depth, true))
			return -1;
	}
	return 0;
}

static int flow_map(struct reader *p, size_t depth)
{
	while (!take(p, TOKEN_FLOW_MAP_END)) {
		if (!yaml_scan_peek(&p->scan))
			return fail(p, "expected '}' or ',' of a mapping");
		if (pair(p, depth, false))
			return -1;
		if (!take(p, TOKEN_FLOW_ENTRY) && !sees(p, TOKEN_FLOW_MAP_END))
			return fail(p, "expected '}' or ',' of a mapping");
	}
	return 0;
}

/* A mapping of one pair that no bracket opens. */
static int lone_pair(struct reader *p, size_t depth)
{
	return pair(p, depth, false);
}

static int collection(struct reader *p, enum yaml_kind kind, struct yaml_place at,
		      int (*read)(struct reader *p, size_t depth), size_t depth,
		      struct yaml_node **out)
{
	bool in_flow_seq = p->in_flow_seq;
	size_t start = p->n_kids;

	*out = make(p, kind, at, NULL, 0);
	p->in_flow_seq = false;
	if (p->feeding && !depth)
		p->empty = arena_mark(&p->arena);
	if (read(p, depth + 1))
		return -1;
	take_kids(p, *out, start);
	p->in_flow_seq = in_flow_seq;
	return 0;
}

/* A collection, a scalar or nothing, without properties. */
static int content(struct reader *p, struct yaml_place at, bool tagged, size_t depth,
		   struct yaml_node **out)
{
	static const struct {
		enum yaml_kind kind;
		int (*read)(struct reader *p, size_t depth);
	} collections[TOKEN_QUOTED + 1] = {
		[TOKEN_FLOW_SEQ_START] = {YAML_SEQ, flow_seq},
		[TOKEN_BLOCK_SEQ_START] = {YAML_SEQ, block_seq},
		[TOKEN_FLOW_MAP_START] = {YAML_MAP, flow_map},
		[TOKEN_BLOCK_MAP_START] = {YAML_MAP, block_map},
	};
	struct yaml_token *t = yaml_scan_peek(&p->scan);

	if (t && (t->type == TOKEN_PLAIN || t->type == TOKEN_QUOTED)) {
		*out = make(p, YAML_SCALAR, at, t->text, t->len);
		(*out)->quoted = t->type == TOKEN_QUOTED;
		(*out)->block = t->block;
		if (t->type == TOKEN_PLAIN && !tagged && is_null_text(t->text))
			(*out)->kind = YAML_NULL;
		yaml_scan_pop(&p->scan);
		return 0;
	}
	if (t && collections[t->type].read) {
		enum yaml_token_type type = t->type;

		yaml_scan_pop(&p->scan);
		return collection(p, collections[type].kind, at, collections[type].read, depth,
				  out);
	}
	if (t && t->type == TOKEN_KEY && p->in_flow_seq)
		return collection(p, YAML_MAP, at, lone_pair, depth, out);
	*out = nothing(p, at);
	if (tagged && t)
		(*out)->kind = YAML_SCALAR;
	return 0;
}

static int alias(struct reader *p, const struct yaml_token *t, struct yaml_node **out)
{
	size_t i = (size_t)(uintptr_t)strmap_get(&p->names, t->text);
	const struct anchor *a = i ? &p->anchors[i - 1] : NULL;
	const char *problem = NULL;

	if (!a || !a->node) {
		problem = a ? "stands inside of what it stands for" : "has no anchor before it";
	} else {
		p->nodes += a->nodes;
		p->bytes += a->bytes;
		p->alias_bytes += a->bytes;
		if (p->nodes > p->lim->nodes)
			problem = "expands to too many nodes";
		else if (p->alias_bytes > p->lim->bytes)
			problem = "expands to too much text";
	}
	if (problem)
		return error_at(p->err, p->file, t->at.line + 1, column_of(p, t->at),
				"alias *%s %s", t->text, problem);
	*out = a->node;
	yaml_scan_pop(&p->scan);
	return 0;
}

/* Tags and anchors in front of a node. *anchor: its number, 0 none. */
static int properties(struct reader *p, char **tag, size_t *anchor)
{
	struct yaml_token *t;

	*tag = NULL;
	*anchor = 0;
	while ((t = yaml_scan_peek(&p->scan)) &&
	       (t->type == TOKEN_TAG || t->type == TOKEN_ANCHOR)) {
		if (t->type == TOKEN_TAG ? *tag != NULL : *anchor > 0)
			return fail(p, "a node has two tags or anchors");
		if (t->type == TOKEN_TAG) {
			*tag = t->text;
		} else {
			ALLOC_GROW(p->anchors, p->n_anchors, p->alloc_anchors);
			p->anchors[p->n_anchors++] = (struct anchor){0};
			*anchor = p->n_anchors;
			strmap_put(&p->names, t->text, (void *)(uintptr_t)*anchor);
		}
		yaml_scan_pop(&p->scan);
	}
	return 0;
}

static int node(struct reader *p, size_t depth, const struct yaml_place *empty,
		struct yaml_node **out)
{
	struct yaml_token *t = yaml_scan_peek(&p->scan);
	struct yaml_place at = t ? t->at : p->scan.at;
	size_t anchor, nodes = p->nodes, bytes = p->bytes;
	char *tag;

	if (depth > p->lim->depth)
		return limit(p, at, "nested too deeply, the limit is %zu", p->lim->depth);
	if (p->nodes >= p->lim->nodes)
		return limit(p, at, "too many YAML nodes, the limit is %zu", p->lim->nodes);
	if (t && t->type == TOKEN_VALUE)
		return collection(p, YAML_MAP, at, lone_pair, depth, out);
	if (t && t->type == TOKEN_ALIAS)
		return alias(p, t, out);
	if (empty && t && (t->type == TOKEN_KEY || t->type == TOKEN_BLOCK_MAP_END))
		at = *empty;
	if (properties(p, &tag, &anchor) || content(p, at, tag != NULL, depth, out))
		return -1;
	(*out)->tagged = tag != NULL;
	(*out)->tag = tag;
	if (anchor)
		p->anchors[anchor - 1] = (struct anchor){
			.node = *out, .nodes = p->nodes - nodes, .bytes = p->bytes - bytes};
	return p->scan.problem ? fail(p, NULL) : 0;
}

/* %YAML wants one version, 1 at most; %TAG a handle and a prefix. */
static int directive(struct reader *p, const char *text)
{
	char first[8], rest;
	int major, minor;

	if (sscanf(text, "%7s", first) != 1)
		return 0;
	if (!strcmp(first, "YAML")) {
		if (p->yaml_directive ||
		    sscanf(text, "YAML %d.%d %c", &major, &minor, &rest) != 2 || major > 1)
			return fail(p, "a %YAML directive that cannot be read");
		p->yaml_directive = true;
	}
	if (!strcmp(first, "TAG") && sscanf(text, "TAG %*s %*s%n", &major) != 0)
		return fail(p, "a %TAG directive that cannot be read");
	return 0;
}

static void feed_root(struct reader *p, const struct yaml_node *root)
{
	for (size_t i = 0; root->kind == YAML_SEQ && i < root->n; i++)
		feed(p, root->items[i], true);
	if (root->kind == YAML_SEQ)
		feed(p, NULL, true);
	else if (root->kind != YAML_NULL)
		feed(p, root, false);
}

/* 1: there was one; 0: no more, or an empty one, behind which nothing is read. */
static int document(struct reader *p)
{
	struct yaml_node *root;
	struct yaml_token *t;
	bool empty;

	p->yaml_directive = false;
	while ((t = yaml_scan_peek(&p->scan)) && t->type == TOKEN_DIRECTIVE) {
		if (directive(p, t->text))
			return -1;
		yaml_scan_pop(&p->scan);
	}
	if (!t)
		return p->scan.problem ? fail(p, NULL) : 0;
	take(p, TOKEN_DOC_START);
	p->in_flow_seq = false;
	strmap_release(&p->names);
	p->n_anchors = 0;
	p->feeding = sees(p, TOKEN_BLOCK_SEQ_START) || sees(p, TOKEN_FLOW_SEQ_START);
	if (node(p, 0, NULL, &root))
		return -1;
	p->feeding = false;
	feed_root(p, root);
	empty = root->kind == YAML_NULL;
	while (take(p, TOKEN_DOC_END))
		;
	if (!yaml_scan_holds_text(&p->scan))
		arena_rewind(&p->arena, (struct arena_mark){0});
	return p->scan.problem ? fail(p, NULL) : !empty;
}

static int read_items(struct reader *p, const char *text, size_t len)
{
	int rc;

	p->ascii = is_ascii(text, len);
	yaml_scan_init(&p->scan, text, len, p->lim, &p->arena);
	do
		rc = document(p);
	while (rc > 0);
	yaml_scan_release(&p->scan);
	strmap_release(&p->names);
	free(p->anchors);
	free(p->kids);
	arena_release(&p->arena);
	return rc;
}

/* libyaml reads it: a tree at once. */
static int feed_docs(struct reader *p, const struct yaml_docs *docs)
{
	for (size_t i = 0; i < docs->n && docs->docs[i]->kind != YAML_NULL; i++)
		feed_root(p, docs->docs[i]);
	return 0;
}

int yaml_parse_items(const char *file, const char *text, size_t len,
		     const struct yaml_limits *limits, yaml_item_fn fn, void *arg,
		     struct error *err)
{
	struct reader p = {.file = file,
			   .lim = limits ? limits : &yaml_default_limits,
			   .fn = fn,
			   .arg = arg,
			   .err = err};
	bool utf16 = len >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2));
	struct yaml_docs docs cleanup_yaml = {0};
	int rc = -1;

	if (len > p.lim->bytes || len >= UINT32_MAX)
		return error_at(err, file, 0, 0, "file of %zu bytes is too large, the limit is %zu",
				len, p.lim->bytes < UINT32_MAX ? p.lim->bytes : (size_t)UINT32_MAX);
	if (!utf16)
		rc = read_items(&p, text, len);
	else if (!yaml_parse(&docs, file, text, len, limits, err))
		rc = feed_docs(&p, &docs);
	return rc ? -1 : p.ended;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_loose.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/yaml_scan.h"

#include <stdio.h>
#include <string.h>

/* What an anchored node stands for, all aliases in it counted. */
struct anchor {
	struct yaml_node *node; /* NULL while it is being read */
	size_t nodes, bytes;
};

struct loose {
	struct yaml_scan scan;
	struct yaml_docs *out;
	const struct yaml_limits *lim;
	struct error *err;
	struct strmap names; /* anchor -> number, from 1 */
	struct anchor *anchors;
	size_t n_anchors, alloc_anchors;
	size_t nodes, bytes; /* so far, with what aliases stand for */
	bool in_flow_seq;    /* the innermost collection is one */
	bool yaml_directive; /* seen for this document */
};

static int fail_at(struct loose *p, struct yaml_place at, const char *problem)
{
	return error_at(p->err, p->out->file, at.line + 1, at.col + 1, "not valid YAML: %s",
			problem);
}

static int fail(struct loose *p, const char *problem)
{
	const struct yaml_token *t = yaml_scan_peek(&p->scan);

	return fail_at(p, t ? t->at : p->scan.at, p->scan.problem ? p->scan.problem : problem);
}

static bool sees(struct loose *p, enum yaml_token_type type)
{
	const struct yaml_token *t = yaml_scan_peek(&p->scan);

	return t && t->type == type;
}

static bool take(struct loose *p, enum yaml_token_type type)
{
	if (!sees(p, type))
		return false;
	yaml_scan_pop(&p->scan);
	return true;
}

static struct yaml_node *make(struct loose *p, enum yaml_kind kind, struct yaml_place at,
			      const char *text, size_t len)
{
	struct yaml_node *n = xcalloc(1, sizeof(*n));

	*n = (struct yaml_node){.kind = kind,
				.file = p->out->file,
				.line = at.line + 1,
				.col = at.col + 1,
				.offset = at.pos};
	if (text) {
		n->value = xmalloc(len + 1);
		memcpy(n->value, text, len);
		n->value[len] = '\0';
		n->len = len;
	}
	ALLOC_GROW(p->out->all, p->out->n_all, p->out->alloc_all);
	p->out->all[p->out->n_all++] = n;
	p->nodes++;
	p->bytes += len;
	return n;
}

static struct yaml_node *nothing(struct loose *p, struct yaml_place at)
{
	return make(p, YAML_NULL, at, "", 0);
}

static bool is_null_text(const char *s)
{
	return !*s || !strcmp(s, "~") || !strcmp(s, "null") || !strcmp(s, "Null") ||
	       !strcmp(s, "NULL");
}

static int node(struct loose *p, size_t depth, struct yaml_node **out);

static void add_pair(struct yaml_node *map, struct yaml_node *key, struct yaml_node *value)
{
	ALLOC_GROW(map->pairs, map->n, map->alloc);
	map->pairs[map->n++] = (struct yaml_pair){key, value};
}

/* [key] [: value], either of which may be missing. */
static int pair(struct loose *p, struct yaml_node *map, size_t depth)
{
	const struct yaml_token *t = yaml_scan_peek(&p->scan);
	struct yaml_place at = t ? t->at : p->scan.at;
	struct yaml_node *key, *value;

	if (!take(p, TOKEN_KEY))
		key = nothing(p, at);
	else if (node(p, depth, &key))
		return -1;
	if (!take(p, TOKEN_VALUE))
		value = nothing(p, at);
	else if (node(p, depth, &value))
		return -1;
	add_pair(map, key, value);
	return 0;
}

static int block_seq(struct loose *p, struct yaml_node *n, size_t depth)
{
	while (!take(p, TOKEN_BLOCK_SEQ_END)) {
		const struct yaml_token *t = yaml_scan_peek(&p->scan);
		struct yaml_node *child;

		if (!take(p, TOKEN_BLOCK_ENTRY))
			return fail(p, "expected '-' or the end of the sequence");
		t = yaml_scan_peek(&p->scan);
		if (t && (t->type == TOKEN_BLOCK_ENTRY || t->type == TOKEN_BLOCK_SEQ_END))
			child = nothing(p, t->at);
		else if (node(p, depth, &child))
			return -1;
		ALLOC_GROW(n->items, n->n, n->alloc);
		n->items[n->n++] = child;
	}
	return 0;
}

static int flow_seq(struct loose *p, struct yaml_node *n, size_t depth)
{
	while (!take(p, TOKEN_FLOW_SEQ_END)) {
		struct yaml_node *child;

		if (!yaml_scan_peek(&p->scan))
			return fail(p, "expected ']' or ',' of a sequence");
		p->in_flow_seq = true;
		if (node(p, depth, &child))
			return -1;
		ALLOC_GROW(n->items, n->n, n->alloc);
		n->items[n->n++] = child;
		if (!take(p, TOKEN_FLOW_ENTRY) && !sees(p, TOKEN_FLOW_SEQ_END))
			return fail(p, "expected ']' or ',' of a sequence");
	}
	return 0;
}

static int block_map(struct loose *p, struct yaml_node *n, size_t depth)
{
	while (!take(p, TOKEN_BLOCK_MAP_END)) {
		if (!sees(p, TOKEN_KEY) && !sees(p, TOKEN_VALUE))
			return fail(p, "expected a key or the end of the mapping");
		if (pair(p, n, depth))
			return -1;
	}
	return 0;
}

static int flow_map(struct loose *p, struct yaml_node *n, size_t depth)
{
	while (!take(p, TOKEN_FLOW_MAP_END)) {
		if (!yaml_scan_peek(&p->scan))
			return fail(p, "expected '}' or ',' of a mapping");
		if (pair(p, n, depth))
			return -1;
		if (!take(p, TOKEN_FLOW_ENTRY) && !sees(p, TOKEN_FLOW_MAP_END))
			return fail(p, "expected '}' or ',' of a mapping");
	}
	return 0;
}

/* The number of a collection's kind, or a scalar or nothing, without properties. */
static int content(struct loose *p, struct yaml_place at, bool tagged, size_t depth,
		   struct yaml_node **out)
{
	static const struct {
		enum yaml_kind kind;
		int (*read)(struct loose *p, struct yaml_node *n, size_t depth);
	} collections[] = {
		[TOKEN_FLOW_SEQ_START] = {YAML_SEQ, flow_seq},
		[TOKEN_BLOCK_SEQ_START] = {YAML_SEQ, block_seq},
		[TOKEN_FLOW_MAP_START] = {YAML_MAP, flow_map},
		[TOKEN_BLOCK_MAP_START] = {YAML_MAP, block_map},
		[TOKEN_QUOTED] = {YAML_NULL, NULL},
	};
	struct yaml_token *t = yaml_scan_peek(&p->scan);
	bool in_flow_seq = p->in_flow_seq;
	int rc = 0;

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
		*out = make(p, collections[t->type].kind, at, NULL, 0);
		yaml_scan_pop(&p->scan);
		p->in_flow_seq = false;
		rc = collections[t->type].read(p, *out, depth + 1);
	} else if (t && t->type == TOKEN_KEY && in_flow_seq) {
		*out = make(p, YAML_MAP, at, NULL, 0);
		p->in_flow_seq = false;
		rc = pair(p, *out, depth + 1);
	} else {
		*out = tagged ? make(p, YAML_SCALAR, at, "", 0) : nothing(p, at);
	}
	p->in_flow_seq = in_flow_seq;
	return rc;
}

static int alias(struct loose *p, const char *name, struct yaml_node **out)
{
	size_t i = (size_t)(uintptr_t)strmap_get(&p->names, name);
	const struct anchor *a = i ? &p->anchors[i - 1] : NULL;

	if (!a)
		return fail(p, "an alias has no anchor before it");
	if (!a->node)
		return fail(p, "an alias stands inside of what it stands for");
	p->nodes += a->nodes;
	p->bytes += a->bytes;
	*out = a->node;
	yaml_scan_pop(&p->scan);
	return 0;
}

/* Tags and anchors in front of a node. *anchor: its number, 0 none. */
static int properties(struct loose *p, bool *tagged, size_t *anchor)
{
	struct yaml_token *t;

	*tagged = false;
	*anchor = 0;
	while ((t = yaml_scan_peek(&p->scan)) &&
	       (t->type == TOKEN_TAG || t->type == TOKEN_ANCHOR)) {
		if (t->type == TOKEN_TAG ? *tagged : *anchor > 0)
			return fail(p, "a node has two tags or anchors");
		if (t->type == TOKEN_TAG) {
			*tagged = true;
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

static int node(struct loose *p, size_t depth, struct yaml_node **out)
{
	struct yaml_token *t = yaml_scan_peek(&p->scan);
	struct yaml_place at = t ? t->at : p->scan.at;
	size_t anchor, nodes = p->nodes, bytes = p->bytes;
	bool tagged;

	if (depth > p->lim->depth || p->nodes > p->lim->nodes || p->bytes > p->lim->bytes)
		return error_at(p->err, p->out->file, at.line + 1, at.col + 1,
				"nested too deeply or too large, the limits are %zu and %zu nodes",
				p->lim->depth, p->lim->nodes);
	if (t && t->type == TOKEN_VALUE) {
		bool in_flow_seq = p->in_flow_seq;
		int rc;

		*out = make(p, YAML_MAP, at, NULL, 0);
		p->in_flow_seq = false;
		rc = pair(p, *out, depth + 1);
		p->in_flow_seq = in_flow_seq;
		return rc;
	}
	if (t && t->type == TOKEN_ALIAS)
		return alias(p, t->text, out);
	if (properties(p, &tagged, &anchor) || content(p, at, tagged, depth, out))
		return -1;
	if (anchor)
		p->anchors[anchor - 1] = (struct anchor){
			.node = *out, .nodes = p->nodes - nodes, .bytes = p->bytes - bytes};
	return p->scan.problem ? fail(p, NULL) : 0;
}

/* %YAML wants one version, 1 at most; %TAG a handle and a prefix. */
static int directive(struct loose *p, const char *text)
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

/* 1: there was one; 0: no more. */
static int document(struct loose *p, struct yaml_node **root)
{
	struct yaml_token *t;

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
	if (node(p, 0, root))
		return -1;
	while (take(p, TOKEN_DOC_END))
		;
	return p->scan.problem ? fail(p, NULL) : 1;
}

int yaml_parse_loose(struct yaml_docs *out, const char *file, const char *text, size_t len,
		     const struct yaml_limits *limits, struct error *err)
{
	struct loose p = {.out = out, .lim = limits ? limits : &yaml_default_limits, .err = err};
	struct yaml_node *root;
	int rc;

	*out = (struct yaml_docs){.file = xstrdup(file)};
	yaml_scan_init(&p.scan, text, len);
	while ((rc = document(&p, &root)) > 0 && root->kind != YAML_NULL) {
		ALLOC_GROW(out->docs, out->n, out->alloc);
		out->docs[out->n++] = root;
	}
	yaml_scan_release(&p.scan);
	strmap_release(&p.names);
	free(p.anchors);
	if (rc < 0)
		yaml_release(out);
	return rc < 0 ? -1 : 0;
}

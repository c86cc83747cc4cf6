/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

const struct yaml_limits yaml_default_limits = {
	.bytes = 64u << 20,
	.depth = 200,
	.nodes = 4u << 20,
};

struct builder {
	struct yaml_docs *out;
	const struct yaml_limits *lim;
	yaml_parser_t parser;
	struct strmap anchors;	 /* name -> node, of the current document */
	struct yaml_node **kids; /* of all collections that are open, innermost last; owned */
	size_t n_kids, alloc_kids;
	size_t nodes;
	size_t alias_bytes; /* of text that aliases stand for */
	struct error *err;
};

static int bad(struct builder *b, const yaml_mark_t *m, const char *fmt, const char *arg)
{
	char text[512];

	snprintf(text, sizeof(text), fmt, arg);
	return error_at(b->err, b->out->file, m->line + 1, m->column + 1, "%s", text);
}

static char *copy_text(const yaml_char_t *text, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

static struct yaml_node *new_node(struct builder *b, enum yaml_kind kind, const yaml_mark_t *m,
				  const yaml_char_t *tag)
{
	struct yaml_docs *d = b->out;
	struct yaml_node *n = xmalloc(sizeof(*n));

	*n = (struct yaml_node){
		.kind = kind,
		.file = d->file,
		.line = m->line + 1,
		.col = m->column + 1,
		.tagged = tag != NULL,
		.tag = tag ? copy_text(tag, strlen((const char *)tag)) : NULL,
	};
	ALLOC_GROW(d->all, d->n_all, d->alloc_all);
	d->all[d->n_all++] = n;
	return n;
}

static int next(struct builder *b, yaml_event_t *ev)
{
	yaml_parser_t *p = &b->parser;

	if (yaml_parser_parse(p, ev))
		return 0;
	if (p->error == YAML_MEMORY_ERROR)
		return error_nomem(b->err);
	if (p->error == YAML_READER_ERROR)
		return error_at(b->err, b->out->file, p->mark.line + 1, p->mark.column + 1,
				"not valid YAML: %s at byte %zu, expected UTF-8 text", p->problem,
				p->problem_offset);
	return error_at(b->err, b->out->file, p->problem_mark.line + 1, p->problem_mark.column + 1,
			"not valid YAML: %s%s%s", p->problem ? p->problem : "syntax error",
			p->context ? ", " : "", p->context ? p->context : "");
}

/* Count what an alias brings: its nodes, and the text in them. Stops beyond the limits. */
static void weigh(struct builder *b, const struct yaml_node *n)
{
	b->nodes++;
	b->alias_bytes += n->len;
	for (size_t i = 0; i < n->n && b->nodes <= b->lim->nodes; i++) {
		if (n->kind == YAML_SEQ) {
			weigh(b, n->items[i]);
		} else {
			weigh(b, n->pairs[i].key);
			weigh(b, n->pairs[i].value);
		}
	}
}

static bool is_null_text(const char *s)
{
	return !*s || !strcmp(s, "~") || !strcmp(s, "null") || !strcmp(s, "Null") ||
	       !strcmp(s, "NULL");
}

static int build(struct builder *b, yaml_event_t *ev, size_t depth, struct yaml_node **out);

/* What stands on the stack from `start` on becomes the children of n. */
static void take_children(struct builder *b, struct yaml_node *n, size_t start)
{
	size_t count = b->n_kids - start, size = count * sizeof(struct yaml_node *);

	b->n_kids = start;
	if (!count)
		return;
	if (n->kind == YAML_SEQ) {
		n->items = xmalloc(size);
		memcpy(n->items, b->kids + start, size);
		n->n = n->alloc = count;
	} else {
		n->pairs = xmalloc(size);
		for (size_t i = 0; i < count / 2; i++)
			n->pairs[i] = (struct yaml_pair){b->kids[start + 2 * i],
							 b->kids[start + 2 * i + 1]};
		n->n = n->alloc = count / 2;
	}
}

static int build_children(struct builder *b, struct yaml_node *n, yaml_event_type_t end,
			  size_t depth)
{
	size_t start = b->n_kids;

	for (;;) {
		struct yaml_node *child;
		yaml_event_t ev;
		int rc;

		if (next(b, &ev))
			return -1;
		if (ev.type == end) {
			yaml_event_delete(&ev);
			take_children(b, n, start);
			return 0;
		}
		rc = build(b, &ev, depth + 1, &child);
		yaml_event_delete(&ev);
		if (rc)
			return -1;
		ALLOC_GROW(b->kids, b->n_kids, b->alloc_kids);
		b->kids[b->n_kids++] = child;
	}
}

static void remember(struct builder *b, const yaml_char_t *anchor, struct yaml_node *n)
{
	if (anchor)
		strmap_put(&b->anchors, (const char *)anchor, n);
}

static int build(struct builder *b, yaml_event_t *ev, size_t depth, struct yaml_node **out)
{
	struct yaml_node *n;

	if (depth > b->lim->depth)
		return error_at(b->err, b->out->file, ev->start_mark.line + 1,
				ev->start_mark.column + 1, "nested too deeply, the limit is %zu",
				b->lim->depth);
	if (++b->nodes > b->lim->nodes)
		return error_at(b->err, b->out->file, ev->start_mark.line + 1,
				ev->start_mark.column + 1, "too many YAML nodes, the limit is %zu",
				b->lim->nodes);
	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		n = strmap_get(&b->anchors, (const char *)ev->data.alias.anchor);
		if (!n)
			return bad(b, &ev->start_mark, "alias *%s has no anchor before it",
				   (const char *)ev->data.alias.anchor);
		weigh(b, n);
		if (b->nodes > b->lim->nodes)
			return bad(b, &ev->start_mark, "alias *%s expands to too many nodes",
				   (const char *)ev->data.alias.anchor);
		if (b->alias_bytes > b->lim->bytes)
			return bad(b, &ev->start_mark, "alias *%s expands to too much text",
				   (const char *)ev->data.alias.anchor);
		*out = n;
		return 0;
	case YAML_SCALAR_EVENT:
		n = new_node(b, YAML_SCALAR, &ev->start_mark, ev->data.scalar.tag);
		n->len = ev->data.scalar.length;
		n->value = copy_text(ev->data.scalar.value, n->len);
		n->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		n->block = ev->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
			   ev->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
		if (!n->quoted && !n->tagged && is_null_text(n->value))
			n->kind = YAML_NULL;
		remember(b, ev->data.scalar.anchor, n);
		*out = n;
		return 0;
	case YAML_SEQUENCE_START_EVENT:
		n = new_node(b, YAML_SEQ, &ev->start_mark, ev->data.sequence_start.tag);
		if (build_children(b, n, YAML_SEQUENCE_END_EVENT, depth))
			return -1;
		remember(b, ev->data.sequence_start.anchor, n);
		*out = n;
		return 0;
	case YAML_MAPPING_START_EVENT:
		n = new_node(b, YAML_MAP, &ev->start_mark, ev->data.mapping_start.tag);
		if (build_children(b, n, YAML_MAPPING_END_EVENT, depth))
			return -1;
		remember(b, ev->data.mapping_start.anchor, n);
		*out = n;
		return 0;
	default:
		return bad(b, &ev->start_mark, "unexpected YAML structure%s", "");
	}
}

static int build_document(struct builder *b)
{
	struct yaml_node *root;
	yaml_event_t ev;
	int rc;

	strmap_release(&b->anchors);
	if (next(b, &ev))
		return -1;
	rc = build(b, &ev, 0, &root);
	yaml_event_delete(&ev);
	if (rc || next(b, &ev))
		return -1;
	yaml_event_delete(&ev); /* document end */
	ALLOC_GROW(b->out->docs, b->out->n, b->out->alloc);
	b->out->docs[b->out->n++] = root;
	return 0;
}

static int build_stream(struct builder *b)
{
	for (;;) {
		yaml_event_type_t type;
		yaml_event_t ev;

		if (next(b, &ev))
			return -1;
		type = ev.type;
		yaml_event_delete(&ev);
		if (type == YAML_STREAM_END_EVENT)
			return 0;
		if (type == YAML_DOCUMENT_START_EVENT && build_document(b))
			return -1;
	}
}

/* How many tags are mended, so that a hostile file cannot make the scans quadratic. */
#define MENDED_TAGS 64

/* Does a tag in a flow collection end at its closing bracket somewhere: [!a] or {k: !a}? Other
 * texts may look the same, which only costs a scan. */
static bool has_closed_tag(const char *text, size_t len)
{
	const char *end = text + len, *p = text;

	while ((p = memchr(p, '!', (size_t)(end - p)))) {
		const char *from = p++;

		while (p < end && (unsigned char)*p > ' ' && !strchr("[]{},", *p))
			p++;
		if (p < end && (*p == ']' || *p == '}') &&
		    (from == text || strchr(" \t[{,:-", from[-1])))
			return true;
	}
	return false;
}

/* Byte of the n-th character. */
static size_t char_offset(const char *text, size_t len, size_t n)
{
	size_t i = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;

	for (; i < len && n; n--)
		for (i++; i < len && ((unsigned char)text[i] & 0xc0) == 0x80;)
			i++;
	return i;
}

/* Where libyaml stops at a tag that is closed by a bracket; false when it does not. */
static bool find_closed_tag(const char *text, size_t len, size_t *at)
{
	yaml_parser_t p;
	yaml_token_t token;
	bool more = true, found;

	if (!yaml_parser_initialize(&p))
		return false;
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	while (more && yaml_parser_scan(&p, &token)) {
		more = token.type != YAML_STREAM_END_TOKEN;
		yaml_token_delete(&token);
	}
	found = p.error == YAML_SCANNER_ERROR && p.context &&
		!strcmp(p.context, "while scanning a tag");
	*at = char_offset(text, len, p.problem_mark.index);
	yaml_parser_delete(&p);
	return found && *at < len && (text[*at] == ']' || text[*at] == '}');
}

/* libyaml wants a blank behind a tag, Falco's YAML library does not: [!recvfrom] is an empty scalar
 * there. The text with the blanks put in, or NULL when there is nothing to mend; the caller frees.
 */
static char *mend_tags(const char *text, size_t *len)
{
	char *mended = NULL;
	size_t at;

	if (!has_closed_tag(text, *len))
		return NULL;
	for (int i = 0; i < MENDED_TAGS && find_closed_tag(mended ? mended : text, *len, &at);
	     i++) {
		char *more = xmalloc(*len + 2);

		memcpy(more, mended ? mended : text, at);
		more[at] = ' ';
		memcpy(more + at + 1, (mended ? mended : text) + at, *len - at);
		more[++*len] = '\0';
		free(mended);
		mended = more;
	}
	return mended;
}

int yaml_parse(struct yaml_docs *out, const char *file, const char *text, size_t len,
	       const struct yaml_limits *limits, struct error *err)
{
	char *mended cleanup_free = NULL;
	struct builder b = {.out = out, .lim = limits ? limits : &yaml_default_limits, .err = err};
	int rc;

	*out = (struct yaml_docs){.file = xstrdup(file)};
	if (len > b.lim->bytes) {
		error_at(err, file, 0, 0, "file of %zu bytes is too large, the limit is %zu", len,
			 b.lim->bytes);
		yaml_release(out);
		return -1;
	}
	if (!yaml_parser_initialize(&b.parser)) {
		yaml_release(out);
		return error_nomem(err);
	}
	mended = mend_tags(text, &len);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)(mended ? mended : text),
				     len);
	rc = build_stream(&b);
	yaml_parser_delete(&b.parser);
	strmap_release(&b.anchors);
	free(b.kids);
	if (rc)
		yaml_release(out);
	return rc;
}

int yaml_parse_file(struct yaml_docs *out, const char *path, const struct yaml_limits *limits,
		    struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	*out = (struct yaml_docs){0};
	if (fs_read_file(path, &text, (limits ? limits : &yaml_default_limits)->bytes, err))
		return -1;
	return yaml_parse(out, !strcmp(path, "-") ? "<stdin>" : path, text.buf, text.len, limits,
			  err);
}

static void free_node(struct yaml_node *n)
{
	free(n->value);
	free(n->tag);
	free(n->items);
	free(n->pairs);
	free(n);
}

void yaml_release(struct yaml_docs *d)
{
	for (size_t i = 0; i < d->n_all; i++)
		free_node(d->all[i]);
	free(d->all);
	free(d->docs);
	free(d->file);
	*d = (struct yaml_docs){0};
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (!map || map->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++) {
		struct yaml_node *k = map->pairs[i].key;

		if (k->value && *k->value == *key && !strcmp(k->value, key))
			return map->pairs[i].value;
	}
	return NULL;
}

const char *yaml_kind_name(const struct yaml_node *n)
{
	static const char *const names[] = {
		[YAML_NULL] = "nothing",
		[YAML_SCALAR] = "a scalar",
		[YAML_SEQ] = "a sequence",
		[YAML_MAP] = "a mapping",
	};

	return n ? names[n->kind] : names[YAML_NULL];
}

int yaml_error(const struct yaml_node *n, struct error *err, const char *fmt, ...)
{
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	return error_at(err, n->file, n->line, n->col, "%s", sb.buf);
}

bool yaml_to_bool(const char *text, bool *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true},   {"yes", true}, {"on", true},   {"y", true},
		     {"false", false}, {"no", false}, {"off", false}, {"n", false}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *w = words[i].word;
		size_t len = strlen(w), upper = 0;

		if (strcasecmp(text, w))
			continue;
		for (size_t j = 0; j < len; j++)
			upper += text[j] >= 'A' && text[j] <= 'Z';
		if (upper && upper != len && !(upper == 1 && text[0] < 'a'))
			return false;
		*out = words[i].value;
		return true;
	}
	return false;
}

bool yaml_to_int(const char *text, int64_t *out)
{
	char *end;
	long long v;

	if (!*text || strchr(" \t\n\v\f\r", text[0]))
		return false;
	errno = 0;
	v = strtoll(text, &end, 0);
	if (errno || *end || end == text)
		return false;
	*out = v;
	return true;
}

int yaml_read_str(const struct yaml_node *n, const char *what, const char **out, struct error *err)
{
	if (n->kind != YAML_SCALAR || !n->len)
		return yaml_error(n, err, "%s is %s, expected a text", what,
				  n->kind == YAML_SCALAR ? "empty" : yaml_kind_name(n));
	if (strlen(n->value) != n->len)
		return yaml_error(n, err, "%s contains a NUL byte, expected a text", what);
	*out = n->value;
	return 0;
}

int yaml_read_bool(const struct yaml_node *n, const char *what, bool *out, struct error *err)
{
	if (n->kind != YAML_SCALAR || !yaml_to_bool(n->value, out))
		return yaml_error(n, err, "%s is %s, expected true or false", what,
				  n->kind == YAML_SCALAR ? n->value : yaml_kind_name(n));
	return 0;
}

int yaml_read_int(const struct yaml_node *n, const char *what, int64_t min, int64_t max,
		  int64_t *out, struct error *err)
{
	int64_t v;

	if (n->kind != YAML_SCALAR || !yaml_to_int(n->value, &v) || v < min || v > max)
		return yaml_error(n, err, "%s is %s, expected a whole number from %lld to %lld",
				  what, n->kind == YAML_SCALAR ? n->value : yaml_kind_name(n),
				  (long long)min, (long long)max);
	*out = v;
	return 0;
}

int yaml_read_double(const struct yaml_node *n, const char *what, double min, double max,
		     double *out, struct error *err)
{
	double v;

	if (n->kind != YAML_SCALAR || !units_number(n->value, &v) || !(v >= min && v <= max))
		return yaml_error(n, err, "%s is %s, expected a number from %g to %g", what,
				  n->kind == YAML_SCALAR ? n->value : yaml_kind_name(n), min, max);
	*out = v;
	return 0;
}

int yaml_read_duration(const struct yaml_node *n, const char *what, int64_t *ns, struct error *err)
{
	if (n->kind != YAML_SCALAR || !units_duration(n->value, ns))
		return yaml_error(n, err, "%s is %s, expected a duration such as 500ms, 10s or 2m",
				  what, n->kind == YAML_SCALAR ? n->value : yaml_kind_name(n));
	return 0;
}

int yaml_check_keys(const struct yaml_node *map, const char *what, const char *const *keys,
		    struct error *err)
{
	struct strmap seen cleanup_strmap = STRMAP_INIT;
	struct strbuf list cleanup_strbuf = STRBUF_INIT;

	if (map->kind != YAML_MAP)
		return yaml_error(map, err, "%s is %s, expected a mapping", what,
				  yaml_kind_name(map));
	for (size_t j = 0; keys[j]; j++)
		strbuf_addf(&list, "%s%s", j ? ", " : "", keys[j]);
	for (size_t i = 0; i < map->n; i++) {
		struct yaml_node *k = map->pairs[i].key;
		bool known = false;

		if (k->kind != YAML_SCALAR)
			return yaml_error(k, err, "a key of %s is %s, expected one of %s", what,
					  yaml_kind_name(k), list.buf);
		for (size_t j = 0; keys[j] && !known; j++)
			known = !strcmp(k->value, keys[j]);
		if (!known)
			return yaml_error(k, err, "unknown key %s in %s, expected one of %s",
					  k->value, what, list.buf);
		if (strmap_has(&seen, k->value))
			return yaml_error(k, err, "key %s is given twice in %s", k->value, what);
		strmap_put(&seen, k->value, k);
	}
	return 0;
}

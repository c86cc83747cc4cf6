/* SPDX-License-Identifier: Apache-2.0 */
/*
 * -o key=value on the merged tree, with the path syntax of Falco 0.44: a.b[2].c, [] appends, a
 * backslash escapes '.', '[', ']' and itself.
 */
#include "config/private.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct walk {
	struct config_private *p;
	const char *option; /* "-o key=value", in messages */
	const struct yaml_node *at;
	struct error *err;
};

static int bad(const struct walk *w, const char *fmt, const char *arg)
{
	char text[512];

	snprintf(text, sizeof(text), fmt, arg);
	return error_input(w->err, "%s: %s", w->option, text);
}

/* A sequence reached with a text key or a far index becomes a mapping, as in yaml-cpp. */
static void to_map(const struct walk *w, struct yaml_node *n)
{
	struct yaml_node **items = n->items;
	size_t count = n->kind == YAML_SEQ ? n->n : 0;

	if (n->kind == YAML_MAP)
		return;
	n->kind = YAML_MAP;
	n->items = NULL;
	n->n = n->alloc = 0;
	for (size_t i = 0; i < count; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%zu", i);
		tree_put(&w->p->own, n, key, items[i]);
	}
	free(items);
}

static void to_seq(struct yaml_node *n)
{
	if (n->kind == YAML_NULL)
		n->kind = YAML_SEQ;
}

static struct yaml_node *child(const struct walk *w, struct yaml_node *n, const char *key)
{
	struct yaml_node *c;

	if (n->kind == YAML_SCALAR) {
		bad(w, "'%s' is below a value that is a scalar, expected a mapping there", key);
		return NULL;
	}
	to_map(w, n);
	c = (struct yaml_node *)yaml_get(n, key);
	if (!c) {
		c = tree_new(&w->p->own, YAML_NULL, w->at);
		tree_put(&w->p->own, n, key, c);
	}
	return c;
}

static struct yaml_node *element(const struct walk *w, struct yaml_node *n, const char *index,
				 bool fresh)
{
	struct yaml_node *c;
	size_t i = 0;

	if (!*index && (fresh || n->kind == YAML_SEQ)) {
		to_seq(n);
		i = n->n;
	} else if (!*index || strspn(index, "0123456789") != strlen(index) || strlen(index) > 9) {
		bad(w,
		    *index ? "expected a number between [ and ], not '%s'"
			   : "[] appends to a sequence only%s",
		    index);
		return NULL;
	} else {
		i = strtoul(index, NULL, 10);
	}
	if (n->kind == YAML_NULL && i == 0)
		to_seq(n);
	if (n->kind != YAML_SEQ || i > n->n)
		return child(w, n, index);
	if (i < n->n)
		return n->items[i];
	c = tree_new(&w->p->own, YAML_NULL, w->at);
	tree_push(n, c);
	return c;
}

/* One name of the path up to '.', '[' or the end; *s is left on what ended it. */
static int read_name(const struct walk *w, const char **s, struct strbuf *name)
{
	strbuf_reset(name);
	for (; **s && **s != '.' && **s != '['; (*s)++) {
		if (**s == '\\') {
			(*s)++;
			if (!**s || !strchr(".[]\\", **s))
				return bad(w, "a backslash must stand before one of . [ ] \\%s",
					   "");
		}
		strbuf_addch(name, **s);
	}
	return name->len ? 0 : bad(w, "an empty name in the key%s", "");
}

static int read_index(const struct walk *w, const char **s, struct strbuf *index)
{
	const char *close = strchr(*s, ']');

	strbuf_reset(index);
	if (!close)
		return bad(w, "'[' without ']' in the key%s", "");
	strbuf_add(index, *s + 1, (size_t)(close - *s - 1));
	*s = close + 1;
	if (**s && **s != '.')
		return bad(w, "expected '.' after ']', not '%s'", *s);
	return 0;
}

static struct yaml_node *resolve(const struct walk *w, struct yaml_node *root, const char *key)
{
	struct strbuf part cleanup_strbuf = STRBUF_INIT;
	struct yaml_node *n = root;
	size_t depth = 0;

	do {
		const struct yaml_node *before;

		if (++depth > yaml_default_limits.depth) {
			bad(w, "the key is nested too deeply%s", "");
			return NULL;
		}
		if (read_name(w, &key, &part))
			return NULL;
		before = n->kind == YAML_MAP ? yaml_get(n, part.buf) : NULL;
		n = child(w, n, part.buf);
		if (n && *key == '[') {
			if (read_index(w, &key, &part))
				return NULL;
			n = element(w, n, part.buf, !before);
		}
		if (!n)
			return NULL;
		if (*key == '.')
			key++;
	} while (*key);
	return n;
}

/* {..} is YAML, all else one scalar. */
static struct yaml_node *read_value(const struct walk *w, const char *text)
{
	size_t len = strlen(text);
	struct yaml_docs *d;

	if (len < 2 || text[0] != '{' || text[len - 1] != '}')
		return tree_scalar(&w->p->own, text, w->at);
	d = private_docs(w->p);
	if (yaml_parse(d, w->option, text, len, NULL, w->err))
		return NULL;
	docs_forget_lines(d);
	return d->docs[0];
}

int setkey_apply(struct config_private *p, struct yaml_node *root, const char *option,
		 struct error *err)
{
	struct yaml_node place = {0}, *slot, *value;
	struct walk w = {.p = p, .at = &place, .err = err};
	const char *equals = strchr(option, '=');
	char *key cleanup_free = NULL;

	strvec_pushf(&p->texts, "-o %s", option);
	w.option = place.file = p->texts.v[p->texts.n - 1];
	if (!equals)
		return bad(&w, "expected key=value%s", "");
	key = xstrndup(option, (size_t)(equals - option));
	value = read_value(&w, equals + 1);
	slot = value ? resolve(&w, root, key) : NULL;
	if (!slot)
		return -1;
	/* The slot takes the value's place in the tree and vice versa; each is freed once. */
	place = *slot;
	*slot = *value;
	*value = place;
	return 0;
}

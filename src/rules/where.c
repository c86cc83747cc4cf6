/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For those who look at loaded rule sets: where a part of a condition stands, and the items of the
 * files once more.
 */
#include "rules/loader.h"

#include <string.h>

static struct ruleset_place public_place(const struct ruleset *rs, struct src at)
{
	return (struct ruleset_place){rs->priv->files[at.file].name, at.line, at.col};
}

static struct src find(const struct ruleset *rs, const char *text, const struct pieces *p,
		       struct src item, size_t pos)
{
	struct loader ld = {.rs = (struct ruleset *)rs, .priv = rs->priv};
	struct condition c = {.text = text, .pieces = p};

	return p->n && pos < CONDITION_MAX ? condition_place(&ld, &c, pos) : item;
}

struct ruleset_place ruleset_macro_place(const struct ruleset *rs, const struct named_item *m,
					 size_t pos)
{
	const struct item_info *mi = &rs->priv->macros[m - rs->macros];

	return public_place(rs, find(rs, m->condition, &mi->cond, mi->at, pos));
}

/* Exceptions put the condition into parentheses and themselves behind it. */
static void write_excepted(struct ruleset_private *priv, const struct rule *r,
			   const struct rule_info *ri)
{
	struct strbuf *text = &priv->excepted_text;
	struct pieces *p = &priv->excepted_pieces;

	place_forget(&priv->place);
	strbuf_reset(text);
	p->n = 0;
	strbuf_addf(text, "(%s)", r->condition);
	pieces_add(p, 0, ri->at);
	pieces_copy(p, &ri->cond, 1);
	pieces_add(p, text->len - 1, ri->exceptions.v[0].at);
	priv->excepted = r;
}

struct ruleset_place ruleset_rule_place(const struct ruleset *rs, const struct rule *r, size_t pos)
{
	const struct rule_info *ri = &rs->priv->rules[r - rs->rules];
	struct ruleset_private *priv = rs->priv;

	if (!ri->exceptions.n)
		return public_place(rs, find(rs, r->condition, &ri->cond, ri->at, pos));
	if (priv->excepted != r)
		write_excepted(priv, r, ri);
	return public_place(rs,
			    find(rs, priv->excepted_text.buf, &priv->excepted_pieces, ri->at, pos));
}

struct each {
	ruleset_item_fn fn;
	void *arg;
};

static int each_item(void *arg, const struct yaml_node *node, bool is_item)
{
	const struct each *e = arg;

	if (node && is_item && node->kind == YAML_MAP)
		e->fn(e->arg, node);
	return 0;
}

void ruleset_each_item(const struct ruleset *rs, const char *word, ruleset_item_fn fn, void *arg)
{
	struct each e = {fn, arg};

	for (size_t i = 0; rs->priv && i < rs->priv->n_files; i++) {
		const struct loaded_file *f = &rs->priv->files[i];
		struct error err = ERROR_INIT;

		if (f->text && memmem(f->text, f->len, word, strlen(word)))
			loaded_file_items(f, each_item, &e, &err);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading one value of the merged tree, with the conversions of yaml-cpp as Falco uses them.
 */
#include "config/private.h"

#include "base/mem.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

static void warn(struct config *c, const char *code, const struct yaml_node *at, const char *fmt,
		 va_list ap)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	size_t place;

	if (at && at->line)
		strbuf_addf(&text, "%s:%zu:%zu: ", at->file, at->line, at->col);
	else if (at)
		strbuf_addf(&text, "%s: ", at->file);
	place = text.len;
	strbuf_vaddf(&text, fmt, ap);
	strvec_push(&c->warnings, text.buf);
	config_note(c, code, at, text.buf + place);
}

void config_warn(struct config *c, const struct yaml_node *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn(c, "FC111", at, fmt, ap);
	va_end(ap);
}

void config_warn_code(struct config *c, const char *code, const struct yaml_node *at,
		      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn(c, code, at, fmt, ap);
	va_end(ap);
}

/* The node of a key, NULL when absent. A scalar where a mapping must be stops Falco. */
int cfg_find(const struct config *c, const char *key, const struct yaml_node **n, struct error *err)
{
	const struct yaml_node *scalar;

	*n = tree_find(c->root, key, &scalar);
	if (scalar)
		return yaml_error(scalar, err, "'%s' stands where a mapping is expected, for %s",
				  scalar->value, key);
	return 0;
}

/* yaml-cpp reads a null as the text "null". */
const char *cfg_text(const struct yaml_node *n)
{
	return n->kind == YAML_NULL ? "null" : n->kind == YAML_SCALAR ? n->value : NULL;
}

int cfg_bool(struct config *c, const char *key, bool def, bool *out, struct error *err)
{
	const struct yaml_node *n;

	*out = def;
	if (cfg_find(c, key, &n, err))
		return -1;
	if (n && (n->kind != YAML_SCALAR || !yaml_to_bool(n->value, out)))
		config_warn_code(c, "FC110", n,
				 "%s is %s, not true or false; Falco takes its default, %s", key,
				 n->kind == YAML_SCALAR ? n->value : yaml_kind_name(n),
				 def ? "true" : "false");
	return 0;
}

int cfg_int(struct config *c, const char *key, int64_t min, int64_t max, int64_t def, int64_t *out,
	    struct error *err)
{
	const struct yaml_node *n;
	int64_t v;

	*out = def;
	if (cfg_find(c, key, &n, err))
		return -1;
	if (n && n->kind == YAML_SCALAR && yaml_to_int(n->value, &v) && v >= min && v <= max)
		*out = v;
	else if (n)
		config_warn_code(c, "FC110", n,
				 "%s is %s, not a whole number from %lld to %lld; Falco takes its "
				 "default, %lld",
				 key, n->kind == YAML_SCALAR ? n->value : yaml_kind_name(n),
				 (long long)min, (long long)max, (long long)def);
	return 0;
}

int cfg_str(struct config *c, const char *key, const char *def, const char **out, struct error *err)
{
	const struct yaml_node *n;

	*out = def;
	if (cfg_find(c, key, &n, err))
		return -1;
	if (n && cfg_text(n))
		*out = cfg_text(n);
	else if (n)
		config_warn_code(c, "FC110", n,
				 "%s is %s, not a text; Falco takes its default, '%s'", key,
				 yaml_kind_name(n), def);
	return 0;
}

/* One of the words; the place in the message is that of the value. */
int cfg_check_word(const struct config *c, const char *key, const char *value,
		   const char *const *words, bool any_case, int *index, struct error *err)
{
	const struct yaml_node *n = tree_find(c->root, key, NULL);
	struct strbuf list cleanup_strbuf = STRBUF_INIT;

	for (int i = 0; words[i]; i++) {
		if (any_case ? !strcasecmp(words[i], value) : !strcmp(words[i], value)) {
			*index = i;
			return 0;
		}
		strbuf_addf(&list, "%s%s", i ? ", " : "", words[i]);
	}
	if (!n)
		return error_input(err, "%s is '%s', expected one of %s", key, value, list.buf);
	return yaml_error(n, err, "%s is '%s', expected one of %s", key, value, list.buf);
}

int cfg_word(struct config *c, const char *key, const char *def, const char *const *words,
	     bool any_case, int *index, struct error *err)
{
	const char *text;

	return cfg_str(c, key, def, &text, err) ||
			       cfg_check_word(c, key, text, words, any_case, index, err)
		       ? -1
		       : 0;
}

/* A sequence of texts; a scalar counts as one. */
int cfg_texts(const struct config *c, const char *key, struct strvec *out, struct error *err)
{
	const struct yaml_node *n;

	if (cfg_find(c, key, &n, err))
		return -1;
	if (!n || n->kind == YAML_NULL)
		return 0;
	if (n->kind == YAML_MAP)
		return yaml_error(n, err, "%s is a mapping, expected a sequence", key);
	if (n->kind == YAML_SCALAR)
		strvec_push(out, n->value);
	for (size_t i = 0; n->kind == YAML_SEQ && i < n->n; i++) {
		if (!cfg_text(n->items[i]))
			return yaml_error(n->items[i], err, "an entry of %s is %s, expected a text",
					  key, yaml_kind_name(n->items[i]));
		strvec_push(out, cfg_text(n->items[i]));
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of the keys of an item, converted and refused as Falco does (reference, 1.1).
 */
#include "rules/loader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The scalar of a key: 1 there, 0 absent where that is fine, -1 refused. */
static int scalar(struct loader *ld, const struct yaml_node *map, const char *key, enum need need,
		  struct item item, const struct yaml_node **out)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (!n && need != NEED)
		return 0;
	if (!n)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, map), item,
				   "the key %s is missing", key);
	if (need == MAY_BE_EMPTY && (n->kind == YAML_NULL || (n->kind == YAML_SCALAR && !n->len)))
		return 0;
	if (n->kind == YAML_NULL)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item,
				   "the key %s has no value", key);
	if (n->kind != YAML_SCALAR)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item,
				   "%s is %s, expected a single value", key, yaml_kind_name(n));
	if (!n->len)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item,
				   "%s is empty, expected a value", key);
	if (strlen(n->value) != n->len)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item,
				   "%s has a NUL character, expected a text", key);
	*out = n;
	return 1;
}

static int mistyped(struct loader *ld, const struct yaml_node *n, const char *key, struct item item,
		    const char *expected)
{
	return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item, "%s is '%s', expected %s",
			   key, n->value, expected);
}

int key_str(struct loader *ld, const struct yaml_node *map, const char *key, enum need need,
	    struct item item, const char **out)
{
	const struct yaml_node *n = NULL;
	int rc = scalar(ld, map, key, need, item, &n);

	if (rc > 0)
		*out = n->value;
	return rc < 0 ? -1 : 0;
}

int key_bool(struct loader *ld, const struct yaml_node *map, const char *key, enum need need,
	     struct item item, bool *out)
{
	const struct yaml_node *n = NULL;
	int rc = scalar(ld, map, key, need, item, &n);

	if (rc > 0 && !yaml_to_bool(n->value, out))
		return mistyped(ld, n, key, item, "true or false");
	return rc < 0 ? -1 : 0;
}

bool key_parse_u32(const char *text, uint32_t *out)
{
	unsigned long long v;
	char *end;

	if (strchr(" \t\n\v\f\r-", *text))
		return false; /* the empty text too */
	errno = 0;
	v = strtoull(text, &end, 0);
	/* White space may follow, not precede. */
	if (errno || end[strspn(end, " \t\n\v\f\r")] || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

int key_u32(struct loader *ld, const struct yaml_node *map, const char *key, enum need need,
	    struct item item, uint32_t *out)
{
	const struct yaml_node *n = NULL;
	int rc = scalar(ld, map, key, need, item, &n);

	if (rc > 0 && !key_parse_u32(n->value, out))
		return mistyped(ld, n, key, item, "a whole number from 0 to 4294967295");
	return rc < 0 ? -1 : 0;
}

int key_strs(struct loader *ld, const struct yaml_node *map, const char *key, enum need need,
	     struct item item, struct strvec *out)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (!n && need != NEED)
		return 0;
	if (!n)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, map), item,
				   "the key %s is missing", key);
	if (n->kind != YAML_SEQ)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item,
				   "%s is %s, expected a sequence", key, yaml_kind_name(n));
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_node *v = n->items[i];

		if (v->kind != YAML_SCALAR || strlen(v->value) != v->len)
			return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, v), item,
					   "an element of %s is %s, expected a text", key,
					   v->kind == YAML_SCALAR ? "not a plain text"
								  : yaml_kind_name(v));
		strvec_push(out, v->value);
	}
	return 0;
}

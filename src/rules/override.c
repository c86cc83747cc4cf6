/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `override` key (reference, 1.4): which keys of the item add to the earlier definition and
 * which replace a part of it.
 */
#include "rules/loader.h"

#include <string.h>

const char *const rule_key_names[N_RULE_KEYS] = {
	[KEY_CONDITION] = "condition",
	[KEY_OUTPUT] = "output",
	[KEY_DESC] = "desc",
	[KEY_TAGS] = "tags",
	[KEY_EXCEPTIONS] = "exceptions",
	[KEY_PRIORITY] = "priority",
	[KEY_CAPTURE] = "capture",
	[KEY_CAPTURE_DURATION] = "capture_duration",
	[KEY_ENABLED] = "enabled",
	[KEY_WARN_EVTTYPES] = "warn_evttypes",
	[KEY_SKIP_UNKNOWN] = "skip-if-unknown-filter",
	[KEY_ITEMS] = "items",
};

static uint32_t key_bit(const char *name)
{
	for (uint32_t k = 0; k < N_RULE_KEYS; k++)
		if (!strcmp(name, rule_key_names[k]))
			return KEY_BIT(k);
	return 0;
}

static int read_one(struct loader *ld, const struct yaml_pair *pair, struct item item,
		    uint32_t may_append, uint32_t may_replace, struct overrides *out)
{
	const char *key = pair->key->value, *word = pair->value->value;
	uint32_t bit;

	/* Falco's YAML library throws here, which ends as a validation error. */
	if (pair->key->kind > YAML_SCALAR || pair->value->kind > YAML_SCALAR || !key || !word)
		return loader_fail(ld, CODE_VALIDATE, src_of(ld, pair->value), item,
				   "an entry of override is %s, expected KEY: append or replace",
				   yaml_kind_name(pair->value));
	bit = key_bit(key);
	if (!strcmp(word, "append")) {
		if (!(bit & may_append))
			return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, pair->key), item,
					   bit & may_replace
						   ? "%s cannot be appended to, only replaced"
						   : "%s cannot be overridden",
					   key);
		out->append |= bit;
		return 0;
	}
	if (!strcmp(word, "replace")) {
		if (!(bit & may_replace))
			return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, pair->key), item,
					   "%s cannot be overridden", key);
		out->replace |= bit;
		return 0;
	}
	return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, pair->value), item,
			   "override of %s is '%s', expected %s", key, word,
			   bit & may_append    ? "append or replace"
			   : bit & may_replace ? "replace"
					       : "a key that can be overridden");
}

int overrides_read(struct loader *ld, const struct yaml_node *map, struct item item,
		   uint32_t may_append, uint32_t may_replace, struct overrides *out)
{
	const struct yaml_node *n = yaml_get(map, "override");

	*out = (struct overrides){0};
	if (!n || n->kind == YAML_NULL || n->kind == YAML_SCALAR)
		return 0; /* iterates over nothing in Falco */
	if (n->kind == YAML_SEQ) {
		/* Empty, it makes Falco abort while it validates the schema. */
		if (!n->n)
			return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item,
					   "override is an empty sequence, over which Falco "
					   "aborts, expected a mapping");
		return loader_fail(ld, CODE_VALIDATE, src_of(ld, n), item,
				   "override is a sequence, expected a mapping of keys to append "
				   "or replace");
	}
	for (size_t i = 0; i < n->n; i++)
		if (read_one(ld, &n->pairs[i], item, may_append, may_replace, out))
			return -1;
	return 0;
}

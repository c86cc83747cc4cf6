/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One item of a rules file: what its keys say, in Falco's order of checks (reference, 1.1 to 1.4).
 */
#include "rules/loader.h"

#include "base/mem.h"

#include <string.h>

#define SOURCE_SYSCALL "syscall"

static const char append_deprecated[] =
	"append: true is deprecated, write override: {KEY: append} instead";

/* The keys of a rule item that were read, and their values (borrowed from the YAML tree, but tags
 * and exceptions). */
struct rule_update {
	uint32_t have; /* KEY_BITs */
	const char *condition, *output, *desc, *source;
	const struct yaml_node *condition_node, *output_node;
	struct strvec tags;
	struct exceptions exceptions;
	enum rule_priority priority;
	bool capture, enabled, warn_evttypes, skip_unknown;
	uint32_t capture_duration;
};

static void update_release(struct rule_update *u)
{
	strvec_release(&u->tags);
	exceptions_release(&u->exceptions);
}

static int warn_unknown_keys(struct loader *ld, const struct yaml_node *map, struct item item,
			     const char *const *known)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct yaml_node *k = map->pairs[i].key;
		bool found = false;

		if (k->kind > YAML_SCALAR || !k->value)
			return loader_fail(ld, CODE_VALIDATE, src_of(ld, k), item,
					   "a key is %s, expected a text", yaml_kind_name(k));
		for (size_t j = 0; known[j] && !found; j++)
			found = *k->value == *known[j] && !strcmp(k->value, known[j]);
		if (!found)
			loader_warn(ld, "LOAD_UNKNOWN_KEY", src_of(ld, k), item,
				    "unknown key %s, it has no effect", k->value);
	}
	return 0;
}

/* `append` and `override` of a list or macro, which have one key to add to. */
static int read_append(struct loader *ld, const struct yaml_node *map, struct item item,
		       uint32_t key, bool *append)
{
	struct overrides ov;

	*append = false;
	if (key_bool(ld, map, "append", MAY, item, append))
		return -1;
	if (*append)
		loader_warn(ld, "LOAD_DEPRECATED_ITEM", src_of(ld, yaml_get(map, "append")), item,
			    "%s", append_deprecated);
	if (overrides_read(ld, map, item, key, key, &ov))
		return -1;
	if (*append && (ov.append || ov.replace))
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, map), item,
				   "append and override cannot be used together");
	*append |= (ov.append & key) != 0;
	return 0;
}

static int missing_target(struct loader *ld, const struct yaml_node *map, struct item item)
{
	return loader_fail(ld, CODE_VALIDATE, src_of(ld, map), item,
			   "appends to a %s that is not defined before", item.type);
}

static int read_list(struct loader *ld, const struct yaml_node *map)
{
	static const char *const known[] = {"list", "items", "append", "override", NULL};
	struct strvec items cleanup_strvec = STRVEC_INIT;
	struct item item = {"list", NULL};
	struct named_item *list;
	bool append;
	size_t i;

	if (key_str(ld, map, "list", NEED, item, &item.name))
		return -1;
	if (!name_is_bare(item.name))
		loader_warn(ld, "LOAD_INVALID_LIST_NAME", src_of(ld, map), item,
			    "a list name may not contain blanks, quotes, commas, = or parentheses");
	if (key_strs(ld, map, "items", NEED, item, &items) ||
	    read_append(ld, map, item, KEY_BIT(KEY_ITEMS), &append))
		return -1;
	if (append && collect_find(&ld->priv->list_index, item.name) < 0)
		return missing_target(ld, map, item);
	i = collect_list(ld, item.name);
	list = &ld->rs->lists[i];
	if (!append) {
		strvec_release(&list->items);
		ld->priv->lists[i].at = src_of(ld, map);
	}
	strvec_move(&list->items, &items);
	ld->priv->lists[i].last = ld->priv->order++;
	return warn_unknown_keys(ld, map, item, known);
}

static int read_macro(struct loader *ld, const struct yaml_node *map)
{
	static const char *const known[] = {"macro", "condition", "append", "override", NULL};
	struct item item = {"macro", NULL};
	const char *condition;
	struct named_item *m;
	struct item_info *mi;
	struct src at;
	bool append;
	size_t i;

	if (key_str(ld, map, "macro", NEED, item, &item.name))
		return -1;
	if (!name_is_identifier(item.name))
		loader_warn(ld, "LOAD_INVALID_MACRO_NAME", src_of(ld, map), item,
			    "a macro name must be letters, digits and _, beginning with a letter; "
			    "this one cannot be referenced");
	if (key_str(ld, map, "condition", NEED, item, &condition) ||
	    read_append(ld, map, item, KEY_BIT(KEY_CONDITION), &append))
		return -1;
	if (append && collect_find(&ld->priv->macro_index, item.name) < 0)
		return missing_target(ld, map, item);
	i = collect_macro(ld, item.name);
	m = &ld->rs->macros[i];
	mi = &ld->priv->macros[i];
	at = src_of(ld, yaml_get(map, "condition"));
	if (append) {
		pieces_add(&mi->cond,
			   rule_text_append(&m->condition, &mi->condition_room, condition), at);
	} else {
		pieces_set(&mi->cond, at);
		rule_text_set(&m->condition, &mi->condition_room, condition);
		mi->at = src_of(ld, map);
	}
	mi->last = ld->priv->order++;
	return warn_unknown_keys(ld, map, item, known);
}

static int read_priority(struct loader *ld, const struct yaml_node *map, enum need need,
			 struct item item, enum rule_priority *out)
{
	const char *text = NULL;
	int p;

	if (key_str(ld, map, "priority", need, item, &text))
		return -1;
	p = rule_priority_parse(text);
	if (p < 0)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, yaml_get(map, "priority")),
				   item,
				   "the priority is '%s', expected EMERGENCY, ALERT, CRITICAL, "
				   "ERROR, WARNING, NOTICE, INFORMATIONAL or DEBUG",
				   text);
	*out = (enum rule_priority)p;
	return 0;
}

/* Read one key into u. append_exceptions: they add to earlier ones. */
static int read_key(struct loader *ld, const struct yaml_node *map, struct item item,
		    enum rule_key key, enum need need, bool append_exceptions,
		    struct rule_update *u)
{
	const char *name = rule_key_names[key];

	u->have |= KEY_BIT(key);
	switch (key) {
	case KEY_CONDITION:
		u->condition_node = yaml_get(map, name);
		return key_str(ld, map, name, need, item, &u->condition);
	case KEY_OUTPUT:
		u->output_node = yaml_get(map, name);
		return key_str(ld, map, name, need, item, &u->output);
	case KEY_DESC:
		return key_str(ld, map, name, need, item, &u->desc);
	case KEY_TAGS:
		return key_strs(ld, map, name, MAY, item, &u->tags);
	case KEY_EXCEPTIONS:
		return exceptions_read(ld, map, item, append_exceptions, &u->exceptions);
	case KEY_PRIORITY:
		return read_priority(ld, map, need, item, &u->priority);
	case KEY_CAPTURE:
		return key_bool(ld, map, name, need, item, &u->capture);
	case KEY_CAPTURE_DURATION:
		return key_u32(ld, map, name, need, item, &u->capture_duration);
	case KEY_ENABLED:
		return key_bool(ld, map, name, need, item, &u->enabled);
	case KEY_WARN_EVTTYPES:
		return key_bool(ld, map, name, need, item, &u->warn_evttypes);
	case KEY_SKIP_UNKNOWN:
		return key_bool(ld, map, name, need, item, &u->skip_unknown);
	default:
		return 0;
	}
}

static int same_source(struct loader *ld, const struct yaml_node *map, struct item item,
		       const struct rule *old, const char *source)
{
	if (!old || !source || !*source || !strcmp(old->source, source))
		return 0;
	return loader_fail(ld, CODE_VALIDATE, src_of(ld, map), item,
			   "the rule was defined with source %s, and a rule cannot change its "
			   "source to %s",
			   old->source, source);
}

static struct rule *find_rule(struct loader *ld, const char *name)
{
	long i = collect_find(&ld->priv->rule_index, name);

	return i < 0 ? NULL : &ld->rs->rules[i];
}

static struct rule_info *info_of(struct loader *ld, const struct rule *r)
{
	return &ld->priv->rules[r - ld->rs->rules];
}

static void add_tags(struct rule *r, const struct strvec *tags)
{
	strvec_copy(&r->tags, tags); /* put in order when all files are read */
}

static int validate_exceptions(struct loader *ld, struct exceptions *ex, bool check_fields)
{
	for (size_t i = 0; i < ex->n; i++)
		if (exception_validate(ld, &ex->v[i], check_fields))
			return -1;
	return 0;
}

static void take_exceptions(struct rule_info *ri, struct exceptions *from)
{
	exceptions_release(&ri->exceptions);
	ri->exceptions = *from;
	*from = (struct exceptions){0};
}

/* Put the keys that u has in place of the rule's own. */
static void replace_keys(struct loader *ld, struct rule *r, struct rule_update *u)
{
	struct rule_info *ri = info_of(ld, r);

	if (u->have & KEY_BIT(KEY_CONDITION)) {
		rule_text_set(&r->condition, &ri->condition_room, u->condition);
		pieces_set(&ri->cond, src_of(ld, u->condition_node));
	}
	if (u->have & KEY_BIT(KEY_OUTPUT)) {
		rule_text_set(&r->output, &ri->output_room, u->output);
		ri->output_at = src_of(ld, u->output_node);
	}
	if (u->have & KEY_BIT(KEY_DESC))
		rule_text_set(&r->desc, &ri->desc_room, u->desc);
	if (u->have & KEY_BIT(KEY_TAGS)) {
		strvec_release(&r->tags);
		add_tags(r, &u->tags);
	}
	if (u->have & KEY_BIT(KEY_EXCEPTIONS))
		take_exceptions(ri, &u->exceptions);
	if (u->have & KEY_BIT(KEY_PRIORITY))
		r->priority = u->priority;
	if (u->have & KEY_BIT(KEY_CAPTURE))
		r->capture = u->capture;
	if (u->have & KEY_BIT(KEY_CAPTURE_DURATION))
		r->capture_duration = u->capture_duration;
	if (u->have & KEY_BIT(KEY_ENABLED))
		r->enabled = u->enabled;
	if (u->have & KEY_BIT(KEY_WARN_EVTTYPES))
		r->warn_evttypes = u->warn_evttypes;
	if (u->have & KEY_BIT(KEY_SKIP_UNKNOWN))
		r->skip_unknown_filter = u->skip_unknown;
}

static int too_many_tags(struct loader *ld, const struct yaml_node *map, struct item item)
{
	return loader_fail(ld, CODE_VALIDATE, src_of(ld, map), item,
			   "too many tags, the limit is %d", TAGS_MAX);
}

static int append_keys(struct loader *ld, const struct yaml_node *map, struct item item,
		       struct rule_update *u)
{
	struct rule *r = find_rule(ld, item.name);
	struct rule_info *ri;

	if (same_source(ld, map, item, r, u->source))
		return -1;
	if (!r)
		return missing_target(ld, map, item);
	if (!u->have)
		return loader_fail(ld, CODE_VALIDATE, src_of(ld, map), item,
				   "append: true without condition or exceptions adds nothing");
	ri = info_of(ld, r);
	if (r->tags.n + u->tags.n > TAGS_MAX)
		return too_many_tags(ld, map, item);
	if (u->condition) {
		pieces_add(&ri->cond,
			   rule_text_append(&r->condition, &ri->condition_room, u->condition),
			   src_of(ld, u->condition_node));
	}
	if (u->output)
		rule_text_append(&r->output, &ri->output_room, u->output);
	if (u->desc)
		rule_text_append(&r->desc, &ri->desc_room, u->desc);
	add_tags(r, &u->tags);
	ld->priv->order++;
	return exceptions_append(ld, &ri->exceptions, &u->exceptions, !ri->unknown_source);
}

static int override_replace(struct loader *ld, const struct yaml_node *map, struct item item,
			    struct rule_update *u)
{
	struct rule *r = find_rule(ld, item.name);

	if (same_source(ld, map, item, r, u->source))
		return -1;
	if (!r)
		return loader_fail(ld, CODE_VALIDATE, src_of(ld, map), item,
				   "replaces a part of a rule that is not defined before");
	if (u->tags.n > TAGS_MAX)
		return too_many_tags(ld, map, item);
	exceptions_replaced(&u->exceptions);
	replace_keys(ld, r, u);
	ld->priv->order++;
	return 0;
}

/* The keys of one kind of override, which must be in the item; they leave *expected. */
static int read_overridden(struct loader *ld, const struct yaml_node *map, struct item item,
			   uint32_t keys, bool append, uint32_t *expected, struct rule_update *u)
{
	for (uint32_t k = 0; k < N_RULE_KEYS; k++) {
		if (!(keys & KEY_BIT(k)))
			continue;
		if (!(*expected & KEY_BIT(k)))
			return loader_fail(ld, CODE_YAML_VALIDATE,
					   src_of(ld, yaml_get(map, "override")), item,
					   "override names %s, but the item has no such key",
					   rule_key_names[k]);
		*expected &= ~KEY_BIT(k);
		if (read_key(ld, map, item, (enum rule_key)k, NEED, append, u))
			return -1;
	}
	return 0;
}

static int read_override(struct loader *ld, const struct yaml_node *map, struct item item,
			 const struct overrides *ov, const char *source)
{
	uint32_t expected = 0;
	int rc = 0;

	if (ov->replace & KEY_BIT(KEY_EXCEPTIONS))
		ld->rs->replaces_exceptions = true;
	for (uint32_t k = 0; k < N_RULE_KEYS; k++)
		if ((REPLACE_KEYS & KEY_BIT(k)) && yaml_get(map, rule_key_names[k]))
			expected |= KEY_BIT(k);
	for (int append = 1; append >= 0 && !rc; append--) {
		uint32_t keys = append ? ov->append : ov->replace;
		struct rule_update u = {.source = keys & KEY_BIT(KEY_CONDITION) ? source : NULL};

		if (!keys)
			continue;
		rc = read_overridden(ld, map, item, keys, append, &expected, &u);
		if (!rc)
			rc = append ? append_keys(ld, map, item, &u)
				    : override_replace(ld, map, item, &u);
		update_release(&u);
	}
	for (uint32_t k = 0; k < N_RULE_KEYS && !rc; k++)
		if (expected & KEY_BIT(k))
			rc = loader_fail(ld, CODE_YAML_VALIDATE,
					 src_of(ld, yaml_get(map, rule_key_names[k])), item,
					 "%s is not named under override, expected only keys that "
					 "are",
					 rule_key_names[k]);
	return rc;
}

static int read_appended(struct loader *ld, const struct yaml_node *map, struct item item,
			 const char *source)
{
	struct rule_update u = {.source = source};
	int rc = 0;

	if (yaml_get(map, "condition"))
		rc = read_key(ld, map, item, KEY_CONDITION, NEED, true, &u);
	if (!rc && yaml_get(map, "exceptions"))
		rc = read_key(ld, map, item, KEY_EXCEPTIONS, NEED, true, &u);
	if (!rc)
		rc = append_keys(ld, map, item, &u);
	update_release(&u);
	return rc;
}

static int read_enabled(struct loader *ld, const struct yaml_node *map, struct item item)
{
	struct rule *r;
	bool enabled;

	if (key_bool(ld, map, "enabled", NEED, item, &enabled))
		return -1;
	loader_warn(ld, "LOAD_DEPRECATED_ITEM", src_of(ld, yaml_get(map, "enabled")), item,
		    "enabled alone is deprecated, write override: {enabled: replace} with it");
	r = find_rule(ld, item.name);
	if (!r)
		return loader_fail(ld, CODE_VALIDATE, src_of(ld, map), item,
				   "enables or disables a rule that is not defined before");
	r->enabled = enabled;
	return 0;
}

static void trim(char *text)
{
	size_t skip = strspn(text, " \t\n\v\f\r"), n = strlen(text);

	while (n > skip && strchr(" \t\n\v\f\r", text[n - 1]))
		n--;
	memmove(text, text + skip, n - skip);
	text[n - skip] = '\0';
}

/* A complete definition replaces all of an earlier one but its position. */
static int define_rule(struct loader *ld, const struct yaml_node *map, struct item item,
		       struct rule_update *u)
{
	bool unknown = strcmp(u->source, SOURCE_SYSCALL) != 0;
	struct rule_info *ri;
	struct rule *r;
	size_t i;

	if (same_source(ld, map, item, find_rule(ld, item.name), u->source))
		return -1;
	if (unknown)
		loader_warn(ld, "LOAD_UNKNOWN_SOURCE", src_of(ld, yaml_get(map, "source")), item,
			    "no loaded plugin has the source %s, the rule is skipped", u->source);
	if (u->tags.n > TAGS_MAX)
		return too_many_tags(ld, map, item);
	if (validate_exceptions(ld, &u->exceptions, !unknown))
		return -1;
	i = collect_rule(ld, item.name);
	r = &ld->rs->rules[i];
	ri = &ld->priv->rules[i];
	replace_keys(ld, r, u);
	trim(r->output);
	rule_text_set(&r->source, NULL, u->source);
	ri->unknown_source = unknown;
	ri->at = src_of(ld, map);
	r->file = ld->priv->files[ld->file].name;
	r->line = map->line;
	r->col = map->col;
	ld->priv->order++;
	return 0;
}

static int read_definition(struct loader *ld, const struct yaml_node *map, struct item item)
{
	static const struct {
		enum rule_key key;
		enum need need;
	} keys[] = {{KEY_CONDITION, NEED},
		    {KEY_OUTPUT, NEED},
		    {KEY_DESC, NEED},
		    {KEY_PRIORITY, NEED},
		    {KEY_ENABLED, MAY},
		    {KEY_CAPTURE, MAY},
		    {KEY_CAPTURE_DURATION, MAY},
		    {KEY_WARN_EVTTYPES, MAY},
		    {KEY_SKIP_UNKNOWN, MAY},
		    {KEY_TAGS, MAY},
		    {KEY_EXCEPTIONS, MAY}};
	struct rule_update u = {.enabled = true, .warn_evttypes = true, .source = SOURCE_SYSCALL};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !rc; i++) {
		rc = read_key(ld, map, item, keys[i].key, keys[i].need, false, &u);
		if (!rc && keys[i].key == KEY_PRIORITY)
			rc = key_str(ld, map, "source", MAY, item, &u.source);
	}
	if (!rc)
		rc = define_rule(ld, map, item, &u);
	update_release(&u);
	return rc;
}

static int read_rule(struct loader *ld, const struct yaml_node *map)
{
	static const char *const known[] = {"rule",
					    "condition",
					    "output",
					    "desc",
					    "priority",
					    "source",
					    "enabled",
					    "capture",
					    "capture_duration",
					    "warn_evttypes",
					    "skip-if-unknown-filter",
					    "tags",
					    "exceptions",
					    "override",
					    "append",
					    NULL};
	struct item item = {"rule", NULL};
	const char *source = "";
	struct overrides ov;
	bool append = false;
	int rc;

	if (key_str(ld, map, "rule", NEED, item, &item.name) ||
	    key_str(ld, map, "source", MAY_BE_EMPTY, item, &source) ||
	    key_bool(ld, map, "append", MAY, item, &append))
		return -1;
	if (append)
		loader_warn(ld, "LOAD_DEPRECATED_ITEM", src_of(ld, yaml_get(map, "append")), item,
			    "%s", append_deprecated);
	if (overrides_read(ld, map, item, APPEND_KEYS, REPLACE_KEYS, &ov))
		return -1;
	if (ov.append || ov.replace)
		rc = append ? loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, map), item,
					  "append and override cannot be used together")
			    : read_override(ld, map, item, &ov, source);
	else if (append)
		rc = read_appended(ld, map, item, source);
	else if (!yaml_get(map, "condition") && !yaml_get(map, "output") &&
		 !yaml_get(map, "desc") && !yaml_get(map, "priority"))
		rc = read_enabled(ld, map, item);
	else
		rc = read_definition(ld, map, item);
	return rc ? -1 : warn_unknown_keys(ld, map, item, known);
}

int loader_read_item(struct loader *ld, const struct yaml_node *map)
{
	static const char *const engine_keys[] = {"required_engine_version", NULL};
	static const char *const plugin_keys[] = {"required_plugin_versions", NULL};

	if (map->kind != YAML_MAP)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, map), (struct item){0},
				   "an item is %s, expected a mapping with rule, macro, list, "
				   "required_engine_version or required_plugin_versions",
				   yaml_kind_name(map));
	if (yaml_get(map, engine_keys[0]))
		return require_engine(ld, map) ||
				       warn_unknown_keys(ld, map,
							 (struct item){engine_keys[0], NULL},
							 engine_keys)
			       ? -1
			       : 0;
	if (yaml_get(map, plugin_keys[0]))
		return require_plugins(ld, map) ||
				       warn_unknown_keys(ld, map,
							 (struct item){plugin_keys[0], NULL},
							 plugin_keys)
			       ? -1
			       : 0;
	if (yaml_get(map, "list"))
		return read_list(ld, map);
	if (yaml_get(map, "macro"))
		return read_macro(ld, map);
	if (yaml_get(map, "rule"))
		return read_rule(ld, map);
	loader_warn(ld, "LOAD_UNKNOWN_ITEM", src_of(ld, map), (struct item){0},
		    "an item with none of rule, macro, list, required_engine_version and "
		    "required_plugin_versions has no effect");
	return 0;
}

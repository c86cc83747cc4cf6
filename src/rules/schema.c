/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/schema.h"

#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines that are kept of one file. */
#define LINES_MAX 100000

static const char wrong_type[] = "Value type not permitted by 'type' constraint.";

enum type {
	ANY,
	BOOLEAN,
	INTEGER,
	TEXT,
	PRIORITY,
	OPERATION,
	LIST_ITEM,
	ITEM,
	EXCEPTION,
	OVERRIDE,
	PLUGIN,
	ALTERNATIVE,
	ARRAY_OF = 0x100, /* | type of its elements */
};

struct property {
	const char *name;
	int type;
	bool required;
};

/* Sorted by name, which is the order in which Falco looks at them. Source: falco --rule-schema. */
static const struct property item_properties[] = {
	{"append", BOOLEAN, false},
	{"capture", BOOLEAN, false},
	{"capture_duration", INTEGER, false},
	{"condition", TEXT, false},
	{"desc", TEXT, false},
	{"enabled", BOOLEAN, false},
	{"exceptions", ARRAY_OF | EXCEPTION, false},
	{"items", ARRAY_OF | LIST_ITEM, false},
	{"list", TEXT, false},
	{"macro", TEXT, false},
	{"output", TEXT, false},
	{"override", OVERRIDE, false},
	{"priority", PRIORITY, false},
	{"required_engine_version", TEXT, false},
	{"required_plugin_versions", ARRAY_OF | PLUGIN, false},
	{"rule", TEXT, false},
	{"skip-if-unknown-filter", BOOLEAN, false},
	{"source", TEXT, false},
	{"tags", ARRAY_OF | TEXT, false},
	{"warn_evttypes", BOOLEAN, false},
	{0}};
static const struct property exception_properties[] = {{"comps", ANY, false},
						       {"fields", ANY, false},
						       {"name", TEXT, true},
						       {"values", ANY, false},
						       {0}};
static const struct property override_properties[] = {{"capture", OPERATION, false},
						      {"capture_duration", OPERATION, false},
						      {"condition", OPERATION, false},
						      {"desc", OPERATION, false},
						      {"enabled", OPERATION, false},
						      {"exceptions", OPERATION, false},
						      {"items", OPERATION, false},
						      {"output", OPERATION, false},
						      {"priority", OPERATION, false},
						      {"skip-if-unknown-filter", OPERATION, false},
						      {"tags", OPERATION, false},
						      {"warn_evttypes", OPERATION, false},
						      {0}};
static const struct property plugin_properties[] = {{"alternatives", ARRAY_OF | ALTERNATIVE, false},
						    {"name", TEXT, true},
						    {"version", TEXT, true},
						    {0}};
static const struct property alternative_properties[] = {
	{"name", TEXT, true}, {"version", TEXT, true}, {0}};

static const struct {
	const struct property *properties;
	size_t least; /* properties */
} objects[] = {
	[ITEM] = {item_properties, 0},
	[EXCEPTION] = {exception_properties, 0},
	[OVERRIDE] = {override_properties, 1},
	[PLUGIN] = {plugin_properties, 0},
	[ALTERNATIVE] = {alternative_properties, 0},
};

static const char *const priorities[] = {"EMERGENCY", "ALERT", "CRITICAL",	"ERROR", "WARNING",
					 "NOTICE",    "INFO",  "INFORMATIONAL", "DEBUG", NULL};
static const char *const operations[] = {"append", "replace", NULL};

bool schema_has_verdict(const struct schema_result *r)
{
	return r->lines.n > 0;
}

bool schema_is_valid(const struct schema_result *r)
{
	return r->lines.n && !strcmp(r->lines.v[0], "ok");
}

void schema_begin(struct schema_check *c, struct schema_result *result)
{
	*c = (struct schema_check){.result = result};
	strvec_release(&result->lines);
}

static void write_step(const struct schema_step *s, struct strbuf *out)
{
	if (!s)
		return;
	write_step(s->up, out);
	if (s->name)
		strbuf_addf(out, "[%s]", s->name);
	else
		strbuf_addf(out, "[%zu]", s->index);
}

static bool fail(struct schema_check *c, const char *what)
{
	struct strbuf where cleanup_strbuf = STRBUF_INIT;

	if (c->result->lines.n >= LINES_MAX)
		return false;
	write_step(c->where, &where);
	strvec_pushf(&c->result->lines, "failed for <root>%s: %s", where.len ? where.buf : "",
		     what);
	return false;
}

static bool fail_named(struct schema_check *c, const char *before, const char *name,
		       const char *after)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strbuf_addf(&text, "%s'%s'%s", before, name, after);
	return fail(c, text.buf);
}

/* A key as a text; NULL, and the file is bad, when it is none. */
static const char *key_text(struct schema_check *c, const struct yaml_node *key)
{
	if (key->kind == YAML_NULL)
		return "null";
	if (key->kind == YAML_SCALAR)
		return key->value;
	if (!c->bad_line) {
		c->bad_line = key->line;
		c->bad_col = key->col;
	}
	return NULL;
}

static const struct yaml_node *find(struct schema_check *c, const struct yaml_node *map,
				    const char *name)
{
	for (size_t i = 0; i < map->n; i++) {
		const char *key = key_text(c, map->pairs[i].key);

		if (!key)
			return NULL;
		if (*key == *name && !strcmp(key, name))
			return map->pairs[i].value;
	}
	return NULL;
}

/* A bit for each letter that a key begins with, so that few properties are searched for. */
static uint64_t first_letters(struct schema_check *c, const struct yaml_node *map)
{
	uint64_t letters = 0;

	for (size_t i = 0; i < map->n; i++) {
		const char *key = key_text(c, map->pairs[i].key);

		letters |= key ? 1ULL << (*key & 63) : 0;
	}
	return letters;
}

static bool validate(struct schema_check *c, const struct yaml_node *n, int type);

/* As an element or property of what is being looked at. */
static bool validate_part(struct schema_check *c, const struct yaml_node *n, int type,
			  const char *name, size_t index)
{
	const struct schema_step here = {name, index, c->where};
	bool ok;

	c->where = &here;
	ok = validate(c, n, type);
	c->where = here.up;
	return ok;
}

static bool is_known(const struct property *p, const char *name)
{
	while (p->name && strcmp(p->name, name))
		p++;
	return p->name != NULL;
}

/* The first key that is no property, "" when only a key is there twice. */
static const char *first_unknown(struct schema_check *c, const struct yaml_node *map,
				 const struct property *p)
{
	for (size_t i = 0; i < map->n; i++) {
		const char *key = key_text(c, map->pairs[i].key);

		if (!key || !is_known(p, key))
			return key ? key : "";
	}
	return "";
}

static bool validate_object(struct schema_check *c, const struct yaml_node *n, enum type type)
{
	const struct property *p, *all = objects[type].properties;
	size_t found = 0;
	uint64_t letters;
	bool ok = true;

	if (n->kind != YAML_MAP)
		return fail(c, wrong_type);
	if (n->n < objects[type].least)
		ok = fail(c, "Object should have no fewer than 1 properties.");
	letters = first_letters(c, n);
	for (p = all; p->name && !c->bad_line; p++) {
		const struct yaml_node *value =
			letters >> (*p->name & 63) & 1 ? find(c, n, p->name) : NULL;

		found += value != NULL;
		if (value && !validate_part(c, value, p->type, p->name, 0))
			ok = fail_named(
				c,
				"Failed to validate against schema associated with property name ",
				p->name, ".");
	}
	if (found != n->n)
		ok = fail_named(c,
				"Object contains a property that could not be validated using "
				"'properties' or 'additionalProperties' constraints: ",
				first_unknown(c, n, all), ".");
	for (p = all; p->name && !c->bad_line; p++)
		if (p->required && !find(c, n, p->name))
			ok = fail_named(c, "Missing required property ", p->name, ".");
	return ok;
}

static bool validate_array(struct schema_check *c, const struct yaml_node *n, int element)
{
	bool ok = true;

	if (n->kind != YAML_SEQ)
		return fail(c, wrong_type);
	for (size_t i = 0; i < n->n && !c->bad_line; i++) {
		char text[64];

		if (validate_part(c, n->items[i], element, NULL, i))
			continue;
		snprintf(text, sizeof(text), "Failed to validate item #%zu in array.", i);
		ok = fail(c, text);
	}
	return ok;
}

static bool is_integer(const char *text)
{
	char *end;

	errno = 0;
	strtoll(text, &end, 10);
	return end > text && !*end && !errno;
}

static bool validate_enum(struct schema_check *c, const struct yaml_node *n,
			  const char *const *values)
{
	if (n->kind != YAML_SCALAR)
		fail(c, wrong_type);
	while (n->kind == YAML_SCALAR && *values && strcmp(*values, n->value))
		values++;
	if (n->kind == YAML_SCALAR && *values)
		return true;
	return fail(c, "Failed to match against any enum values.");
}

static bool validate_list_item(struct schema_check *c, const struct yaml_node *n)
{
	if (n->kind == YAML_SCALAR)
		return true;
	fail(c, wrong_type);
	fail(c, "Failed to validate against child schema #0.");
	fail(c, wrong_type);
	fail(c, "Failed to validate against child schema #1.");
	return fail(c, "Failed to validate against any schemas allowed by anyOf constraint.");
}

static bool validate(struct schema_check *c, const struct yaml_node *n, int type)
{
	bool scalar = n->kind == YAML_SCALAR;

	if (type & ARRAY_OF)
		return validate_array(c, n, type & ~ARRAY_OF);
	switch ((enum type)type) {
	case ANY:
		return true;
	case BOOLEAN:
		scalar = scalar && (!strcmp(n->value, "true") || !strcmp(n->value, "false"));
		return scalar || fail(c, wrong_type);
	case INTEGER:
		return (scalar && is_integer(n->value)) || fail(c, wrong_type);
	case TEXT:
		return scalar || fail(c, wrong_type);
	case PRIORITY:
		return validate_enum(c, n, priorities);
	case OPERATION:
		return validate_enum(c, n, operations);
	case LIST_ITEM:
		return validate_list_item(c, n);
	default:
		return validate_object(c, n, (enum type)type);
	}
}

static void end_document(struct schema_check *c)
{
	if (c->result->lines.n == c->before)
		strvec_push(&c->result->lines, "ok");
	c->before = c->result->lines.n;
	c->item = 0;
}

void schema_node(struct schema_check *c, const struct yaml_node *node, bool is_item)
{
	char text[64];

	if (c->bad_line || (node && !is_item && node->kind == YAML_NULL))
		return; /* an empty document is not looked at */
	if (node && !is_item)
		fail(c, wrong_type);
	if (!node || !is_item) {
		end_document(c);
		return;
	}
	if (!validate_part(c, node, ITEM, NULL, c->item)) {
		snprintf(text, sizeof(text), "Failed to validate item #%zu in array.", c->item);
		fail(c, text);
	}
	c->item++;
}

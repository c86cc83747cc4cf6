/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Falco's JSON schema of rules files (falco --rule-schema), validated as Falco 0.44.1 does: its
 * words, its order, its weak types (a quoted "true" is a boolean, any scalar is a text). A file
 * that fails is loaded all the same.
 */
#ifndef FT_RULES_SCHEMA_H
#define FT_RULES_SCHEMA_H

#include "base/strbuf.h"
#include "base/yaml.h"

/* What Falco reports for a file: one line a problem, or "ok", of each document. */
struct schema_result {
	struct strvec lines;
};

/* The first document decides. Without any there is no verdict. */
bool schema_has_verdict(const struct schema_result *r);
bool schema_is_valid(const struct schema_result *r);

/* One step of the way there, which is written out only where something is wrong. */
struct schema_step {
	const char *name; /* NULL: an element */
	size_t index;
	const struct schema_step *up;
};

struct schema_check {
	struct schema_result *result;
	const struct schema_step *where; /* what is looked at; NULL: the root */
	size_t item, before; /* number of the item in its document; lines when that began */
	/* The first key that is no text, over which Falco takes the file for no YAML; 0 none. */
	size_t bad_line, bad_col;
};

void schema_begin(struct schema_check *c, struct schema_result *result);
/* To be called with what yaml_parse_items hands out. */
void schema_node(struct schema_check *c, const struct yaml_node *node, bool is_item);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/check.h"

#include "base/utf8.h"
#include "rules/schema.h"

static json_t *number_or_null(size_t n)
{
	return n ? json_integer((json_int_t)n) : json_null();
}

static json_t *entry_json(const struct check_entry *e)
{
	json_t *o = json_object();

	json_object_set_new(o, "code", utf8_json(e->code));
	json_object_set_new(o, "severity", utf8_json(lint_severity_names[e->severity]));
	json_object_set_new(o, "message", utf8_json(e->message));
	json_object_set_new(o, "file", utf8_json(e->file));
	json_object_set_new(o, "line", number_or_null(e->line));
	json_object_set_new(o, "column", number_or_null(e->col));
	json_object_set_new(o, "item_type", utf8_json(e->item_type));
	json_object_set_new(o, "item", utf8_json(e->item));
	if (e->while_loading)
		json_object_set_new(o, "while_loading", utf8_json(e->while_loading));
	if (e->deprecated_field)
		json_object_set_new(o, "deprecated_field", utf8_json(e->deprecated_field));
	if (!e->row)
		return o;
	json_object_set_new(o, "slug", utf8_json(e->row->slug));
	json_object_set_new(o, "cost", utf8_json(e->cost));
	json_object_set_new(o, "mend", utf8_json(e->mend));
	return o;
}

static json_t *files_json(const struct check_report *r)
{
	json_t *files = json_array();

	for (size_t i = 0; i < r->files->n; i++)
		json_array_append_new(files, utf8_json(r->files->v[i]));
	return files;
}

static json_t *schema_lines(const struct schema_result *s)
{
	json_t *lines = json_array();

	for (size_t i = 0; !schema_is_valid(s) && i < s->lines.n; i++) {
		struct strbuf clean cleanup_strbuf = STRBUF_INIT;

		utf8_add_clean(&clean, s->lines.v[i], "");
		json_array_append_new(lines, utf8_json(clean.buf));
	}
	return lines;
}

/* As in Falco's own result: one verdict and its lines a file. Those of all files stand at the top,
 * too, where somebody looks who gives one file. */
static void add_schema(json_t *o, const struct ruleset *rs)
{
	json_t *files = json_array(), *all = json_array();
	bool valid = true;

	for (size_t i = 0; i < rs->files.n; i++) {
		const struct schema_result *s = ruleset_schema(rs, i);
		json_t *lines = s ? schema_lines(s) : NULL;

		if (!s)
			continue;
		valid &= schema_is_valid(s);
		json_array_extend(all, lines);
		json_array_append_new(files,
				      json_pack("{s:o, s:b, s:o}", "file",
						utf8_json(rs->files.v[i]), "schema_valid",
						schema_is_valid(s), "schema_warnings", lines));
	}
	if (json_array_size(files)) {
		json_object_set_new(o, "schema_valid", json_boolean(valid));
		json_object_set(o, "schema_warnings", all);
	}
	json_object_set_new(o, "schema", files);
	json_decref(all);
}

json_t *check_to_json(const struct check_report *r)
{
	json_t *errors = json_array(), *warnings = json_array(), *lints = json_array();
	json_t *o = json_object();

	for (size_t i = 0; i < r->n; i++) {
		const struct check_entry *e = &r->v[i];

		json_array_append_new(e->row			  ? lints
				      : e->severity == LINT_ERROR ? errors
								  : warnings,
				      entry_json(e));
	}
	json_object_set_new(o, "falco", utf8_json(r->cat->falco));
	json_object_set_new(o, "rules_engine", utf8_json(r->cat->rules_engine));
	json_object_set_new(o, "fields", utf8_json(catalogue_find(NULL)->falco));
	json_object_set_new(o, "files", files_json(r));
	json_object_set_new(o, "successful", json_boolean(r->successful));
	json_object_set_new(o, "errors", errors);
	json_object_set_new(o, "warnings", warnings);
	json_object_set_new(o, "lints", lints);
	if (r->cat == catalogue_find(NULL)) /* the schema is that of one release */
		add_schema(o, r->rules);
	return o;
}

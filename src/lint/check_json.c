/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/check.h"

static json_t *number_or_null(size_t n)
{
	return n ? json_integer((json_int_t)n) : json_null();
}

static json_t *text_or_null(const char *s)
{
	json_t *v = s ? json_string(s) : NULL;

	return v ? v : json_null();
}

static json_t *entry_json(const struct check_entry *e)
{
	json_t *o = json_object();

	json_object_set_new(o, "code", json_string(e->code));
	json_object_set_new(o, "severity", json_string(lint_severity_names[e->severity]));
	json_object_set_new(o, "message", json_string(e->message));
	json_object_set_new(o, "file", text_or_null(e->file));
	json_object_set_new(o, "line", number_or_null(e->line));
	json_object_set_new(o, "column", number_or_null(e->col));
	json_object_set_new(o, "item_type", text_or_null(e->item_type));
	json_object_set_new(o, "item", text_or_null(e->item));
	if (e->while_loading)
		json_object_set_new(o, "while_loading", text_or_null(e->while_loading));
	if (e->deprecated_field)
		json_object_set_new(o, "deprecated_field", text_or_null(e->deprecated_field));
	if (!e->row)
		return o;
	json_object_set_new(o, "slug", json_string(e->row->slug));
	json_object_set_new(o, "cost", text_or_null(e->cost));
	json_object_set_new(o, "mend", text_or_null(e->mend));
	return o;
}

static json_t *files_json(const struct check_report *r)
{
	json_t *files = json_array();

	for (size_t i = 0; i < r->files->n; i++)
		json_array_append_new(files, text_or_null(r->files->v[i]));
	return files;
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
	json_object_set_new(o, "falco", json_string(r->cat->falco));
	json_object_set_new(o, "rules_engine", json_string(r->cat->rules_engine));
	json_object_set_new(o, "fields", json_string(catalogue_find(NULL)->falco));
	json_object_set_new(o, "files", files_json(r));
	json_object_set_new(o, "successful", json_boolean(r->successful));
	json_object_set_new(o, "errors", errors);
	json_object_set_new(o, "warnings", warnings);
	json_object_set_new(o, "lints", lints);
	return o;
}

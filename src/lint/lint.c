/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/private.h"

#include <string.h>
#include <strings.h>

const char *const lint_severity_names[] = {"error", "warning", "info", NULL};

const struct lint_row *lint_find(const char *name)
{
	for (const struct lint_row *r = lint_table; r->code; r++)
		if (!strcasecmp(r->code, name) || !strcmp(r->slug, name))
			return r;
	return NULL;
}

void lint_findings_release(struct lint_findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		lint_finding_release(&f->v[i]);
	free(f->v);
	*f = (struct lint_findings)LINT_FINDINGS_INIT;
}

size_t lint_count(const struct lint_findings *f, enum lint_severity at_least)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->v[i].severity <= at_least;
	return n;
}

void lint_print(const struct lint_finding *f, struct strbuf *out)
{
	if (f->file) {
		strbuf_addf(out, "%s:", f->file);
		if (f->line)
			strbuf_addf(out, "%zu:", f->line);
		if (f->line && f->col)
			strbuf_addf(out, "%zu:", f->col);
		strbuf_addch(out, ' ');
	}
	strbuf_addf(out, "%s %s: %s\n    cost: %s\n    mend: %s\n",
		    lint_severity_names[f->severity], f->code, f->message, f->cost, f->mend);
}

json_t *lint_to_json(const struct lint_finding *f)
{
	json_t *j = json_pack("{s:s s:s s:s s:s s:s s:s}", "code", f->code, "slug", f->row->slug,
			      "severity", lint_severity_names[f->severity], "message", f->message,
			      "cost", f->cost, "mend", f->mend);

	if (f->file)
		json_object_set_new(j, "file", json_string(f->file));
	if (f->line)
		json_object_set_new(j, "line", json_integer((json_int_t)f->line));
	if (f->line && f->col)
		json_object_set_new(j, "column", json_integer((json_int_t)f->col));
	if (f->item_type)
		json_object_set_new(j, "item_type", json_string(f->item_type));
	if (f->item)
		json_object_set_new(j, "item", json_string(f->item));
	return j;
}

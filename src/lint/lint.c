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

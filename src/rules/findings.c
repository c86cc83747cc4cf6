/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/loader.h"

#include "base/mem.h"

static void add(struct loader *ld, enum finding_severity severity, const char *code, struct src at,
		struct item item, const char *fmt, va_list ap)
{
	struct ruleset *rs = ld->rs;
	struct strbuf msg = STRBUF_INIT;

	strbuf_vaddf(&msg, fmt, ap);
	ALLOC_GROW(rs->findings, rs->n_findings, rs->alloc_findings);
	rs->findings[rs->n_findings++] = (struct finding){
		.severity = severity,
		.code = code,
		.message = strbuf_detach(&msg),
		.file = xstrdup(ld->priv->files[at.file].name),
		.line = at.line,
		.col = at.col,
		.item_type = item.type ? xstrdup(item.type) : NULL,
		.item_name = item.name ? xstrdup(item.name) : NULL,
		.load = ld->file,
	};
}

void loader_warn(struct loader *ld, const char *code, struct src at, struct item item,
		 const char *fmt, ...)
{
	va_list ap;

	if (ld->rs->n_findings >= FINDINGS_MAX) {
		if (ld->rs->n_findings == FINDINGS_MAX)
			loader_fail(ld, CODE_VALIDATE, at, item,
				    "too many findings, the limit is %d", FINDINGS_MAX);
		return;
	}
	va_start(ap, fmt);
	add(ld, FINDING_WARNING, code, at, item, fmt, ap);
	va_end(ap);
}

int loader_fail(struct loader *ld, const char *code, struct src at, struct item item,
		const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(ld, FINDING_ERROR, code, at, item, fmt, ap);
	va_end(ap);
	ld->failed = true;
	return -1;
}

struct finding *loader_last(struct loader *ld)
{
	return &ld->rs->findings[ld->rs->n_findings - 1];
}

void findings_truncate(struct ruleset *rs, size_t n)
{
	while (rs->n_findings > n) {
		struct finding *f = &rs->findings[--rs->n_findings];

		free(f->message);
		free(f->file);
		free(f->item_type);
		free(f->item_name);
		free(f->deprecated_field);
	}
}

void findings_release(struct ruleset *rs)
{
	findings_truncate(rs, 0);
	free(rs->findings);
	rs->findings = NULL;
	rs->alloc_findings = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of a format, and what the machine formats of all documents share. */
#ifndef FT_REPORT_EMIT_H
#define FT_REPORT_EMIT_H

#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "report/doc.h"

#include <jansson.h>

/* A comma and a number with ten significant digits, or nothing after the comma when it is not
 * finite. */
void emit_csv_number(struct strbuf *out, double v);
/* A document of that kind with its first keys: schema, kind, falcotune_version. */
json_t *emit_head(const char *kind);
/* The document, indented, with a line end; takes doc. digits: of numbers, 0: as many as bring them
 * back to the bit. name: what it is, for ERROR_INTERNAL when it cannot be written. */
int emit_json(struct strbuf *out, json_t *doc, size_t digits, const char *name, struct error *err);

/* How one kind of report is made. */
struct emit_kind {
	const char *name; /* "a sweep" */
	json_t *(*json)(const void *it);
	void (*csv)(const void *it, struct strbuf *out); /* NULL: it has no csv */
	void (*doc)(const void *it, struct doc *d);	 /* text and md */
	/* html: the same with pictures, and the page's title, which the caller frees; NULL: it
	 * has no html */
	char *(*page)(const void *it, struct doc *d);
};
/* Append the report of `it`. ERROR_INPUT for a format that its kind does not have. */
int emit_report(const struct emit_kind *kind, const void *it, enum out_format f, struct strbuf *out,
		struct error *err);

#endif

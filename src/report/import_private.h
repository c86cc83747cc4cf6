/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the import report. */
#ifndef FT_REPORT_IMPORT_PRIVATE_H
#define FT_REPORT_IMPORT_PRIVATE_H

#include "report/doc.h"
#include "report/import.h"

#include <jansson.h>

#define IMPORT_TEXT 40

/* Each into the caller's buffer; returns it. */
char *import_fmt_count(char buf[IMPORT_TEXT], double v);  /* 365,099 */
char *import_fmt_time(char buf[IMPORT_TEXT], int64_t ns); /* 2026-01-31T12:00:00Z; unknown */
char *import_fmt_label(char buf[IMPORT_TEXT], bool numbered, int64_t label); /* of a sample */
#define IMPORT_COUNT(v)		      import_fmt_count((char[IMPORT_TEXT]){0}, (double)(v))
#define IMPORT_TIME(ns)		      import_fmt_time((char[IMPORT_TEXT]){0}, (ns))
#define IMPORT_LABEL(numbered, label) import_fmt_label((char[IMPORT_TEXT]){0}, (numbered), (label))

/* The counters that are causes of drops, with their names. */
struct import_cause {
	enum metric metric;
	const char *name;
};
extern const struct import_cause import_causes[]; /* ends with a NULL name */

extern const char *const import_limit_names[]; /* "none", "falco", "load" */

/* Events and drops over time of the sessions that dropped most, and the rounds of benchmarks. */
void import_charts(const struct import_view *w, struct doc *d);

json_t *import_to_json(const struct import_view *w);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: from results to text, Markdown, CSV, HTML or JSON. Pure but for the HTML page's skeleton
 * (templates/report.html). Everything that came from rules, logs, hosts or commands is escaped for
 * the format it is written into; an unknown value is written as "unknown", never as 0.
 */
#ifndef FT_REPORT_REPORT_H
#define FT_REPORT_REPORT_H

#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "report/emit.h"
#include "run/results.h"

/* Append the report of r in that format to out. r must have been through advise_results().
 *   text  tables for a terminal, no colour
 *   json  results.json (results_to_json), indented, keys in the order of the schema
 *   csv   one header row and one row a case in rank order, then those not ranked (RFC 4180)
 *   md    the same content as text, as Markdown
 *   html  one file without scripts and without anything from elsewhere
 * Error: ERROR_ENV when the skeleton of the page is missing; nothing is appended then. */
int report_write(const struct results *r, enum out_format f, struct strbuf *out, struct error *err);

extern const struct emit_kind results_kind; /* of a struct results; text as md, answer first */

/* What a page may consist of. */
enum {
	REPORT_RUN = 1,
	REPORT_CAPACITY = 2,
	REPORT_SWEEP = 4,
	REPORT_SEARCH = 8,
	REPORT_PROFILE = 16
};
/* Which of them are not there, and what would make them. Nothing when all are. */
void report_missing(unsigned present, struct doc *d);

#endif

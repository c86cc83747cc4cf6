/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of imported data. Pure.
 */
#ifndef FT_REPORT_IMPORT_H
#define FT_REPORT_IMPORT_H

#include "advise/verdict.h"
#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "import/rounds.h"
#include "import/series.h"

#include <stdbool.h>

struct import_view {
	const struct import_series *series;
	const struct import_runs *runs;
	const struct import_counts *counts;
	const struct verdict_list *verdicts; /* of the worst host; NULL: none */
	bool only_capacity;		     /* no JSON, CSV: nothing but what can be carried */
};

/* What the data says about what Falco can carry, and what to do next; in words, one sentence each,
 * appended. */
void import_conclude(const struct import_view *w, struct strvec *conclusions, struct strvec *next);

/* Append it in that format to out:
 *   text, md, html  conclusions, tables of sessions, causes, alerts and rounds, verdicts, broken
 *             lines
 *   json      templates/import.schema.json
 *   csv       a row a session, host with drop alerts, and round (RFC 4180): kind, host, file, name,
 *             from, to (ISO 8601), samples, seconds, events, drops, drop_rate, p50_per_s,
 *             p99_per_s, max_per_s, supported_per_s. Of a round samples is 1, max_per_s its rate of
 *             actions and drop_rate its lost share.
 * Error: ERROR_ENV when the page's skeleton is missing. */
int import_report(const struct import_view *w, enum out_format f, struct strbuf *out,
		  struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a search. Pure.
 */
#ifndef FT_REPORT_SEARCH_H
#define FT_REPORT_SEARCH_H

#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "report/emit.h"
#include "tune/search.h"

/* Append it in that format to out:
 *   text, md  the answer with its blocks, what is no longer watched, the steps, the order
 *   json      search_to_json(), indented
 *   html      the same as a page, with figures and every command
 *   csv       a header row and one row a step (RFC 4180)
 * Error: ERROR_ENV when the skeleton of the page is missing. */
int search_report(const struct search *w, enum out_format f, struct strbuf *out, struct error *err);

extern const struct emit_kind search_kind; /* of a struct search */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a sweep. Pure.
 */
#ifndef FT_REPORT_SWEEP_H
#define FT_REPORT_SWEEP_H

#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "report/emit.h"
#include "tune/sweep.h"

/* Append it in that format to out:
 *   text, md  the front, every other point with why it lost, and the block to paste
 *   json      sweep_to_json(), indented
 *   html      the same as a page, with figures and every command
 *   csv       a header row and one row a point (RFC 4180)
 * Error: ERROR_ENV when the skeleton of the page is missing. */
int sweep_report(const struct sweep *w, enum out_format f, struct strbuf *out, struct error *err);

extern const struct emit_kind sweep_kind; /* of a struct sweep */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a capacity measurement. Pure.
 */
#ifndef FT_REPORT_CAPACITY_H
#define FT_REPORT_CAPACITY_H

#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "report/emit.h"
#include "run/capacity.h"

/* Append it in that format to out:
 *   text, md  tables: capacity at each drop rate, the levels with their brackets, the rounds, and
 *             the resources of a container
 *   json      capacity_to_json(), indented
 *   html      the same as a page, with figures and every command
 *   csv       a header row and one row a configuration and level (RFC 4180)
 * Error: ERROR_ENV when the skeleton of the page is missing. */
int capacity_report(const struct capacity *c, enum out_format f, struct strbuf *out,
		    struct error *err);

extern const struct emit_kind capacity_kind; /* of a struct capacity */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a capacity measurement. Pure.
 */
#ifndef FT_REPORT_CAPACITY_H
#define FT_REPORT_CAPACITY_H

#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "run/capacity.h"

/* Append it in that format to out:
 *   text, md  tables: capacity at each drop rate, the levels with their brackets, the rounds, and
 *             the resources of a container
 *   json      capacity_to_json(), indented
 *   csv       a header row and one row a configuration and level (RFC 4180)
 * Error: ERROR_INPUT for another format. */
int capacity_report(const struct capacity *c, enum out_format f, struct strbuf *out,
		    struct error *err);

#endif

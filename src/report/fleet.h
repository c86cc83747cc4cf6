/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of `falcotune fleet report`. Pure.
 */
#ifndef FT_REPORT_FLEET_H
#define FT_REPORT_FLEET_H

#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "fleet/classes.h"

/* A class's profile as it is pasted; owned. NULL: it has none. */
struct fleet_spelling {
	char *flags, *helm;
};

struct fleet_report {
	const struct fleet_summary *summary;
	const struct fleet_spelling *spellings; /* one a class */
	const char *source;			/* the paths, in words */
	size_t top;				/* rows of the long tables, 0: all */
};

/* Append it in that format: text, md, html, csv (one row a host) or json
 * (templates/fleet-report.schema.json), which have all rows. */
int fleet_report(const struct fleet_report *r, enum out_format format, struct strbuf *out,
		 struct error *err);

/* For fleet.c: the machine formats. */
json_t *fleet_report_json(const void *it);
void fleet_report_csv(const void *it, struct strbuf *out);

#endif

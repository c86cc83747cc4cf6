/* SPDX-License-Identifier: Apache-2.0 */
/* The report of `falcotune rules --cost`. */
#ifndef FT_REPORT_COST_REPORT_H
#define FT_REPORT_COST_REPORT_H

#include "base/opts.h"
#include "cost/model.h"

/* All borrowed. */
struct cost_report {
	const struct cost *c;
	const struct cost_input *in;
	const char *falco;			  /* release */
	const char *host_file, *calibration_file; /* NULL: none */
	char **profile_files;			  /* of in->profiles */
	const struct cost_fit *fits;		  /* the same */
};

/* text, json (templates/cost.schema.json), csv (one row a rule) or md, appended. */
int cost_report(const struct cost_report *r, enum out_format f, struct strbuf *out,
		struct error *err);

#endif

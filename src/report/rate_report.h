/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Predicted kernel event rates (cost/rate.h) for people and programs.
 */
#ifndef FT_REPORT_RATE_REPORT_H
#define FT_REPORT_RATE_REPORT_H

#include "cost/rate.h"
#include "report/doc.h"

struct rate_row {
	const char *key, *title; /* of the case */
	bool own;		 /* the user's own rules and configuration, not a case */
	size_t set_size;	 /* names in the final set */
	struct rate_set set;
	struct rate rate;
};

struct rate_table {
	struct rate_row *v;
	size_t n, alloc;
	const char *falco; /* release of the prediction */
	double n_cpus;	   /* of the profile's host; NaN unknown */
};

void rate_table_release(struct rate_table *t);

/* The table, what makes the own row (or, without one, the busiest row) in words, and the note on
 * the rules of thumb. Appended. */
void rate_report_doc(const struct rate_table *t, struct doc *d);
/* [{case, title, own, falco, set_size, events_per_s, per_cpu_per_s, p50_per_s, p99_per_s,
 * max_per_s, rule_of_thumb, parts: [{name, per_s, share, why}]}]; the caller owns the reference. */
json_t *rate_report_json(const struct rate_table *t);
/* Rows of host_report_csv()'s columns, of the kind "case". Appended. */
void rate_report_csv(const struct rate_table *t, struct strbuf *out);

#endif

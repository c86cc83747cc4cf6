/* SPDX-License-Identifier: Apache-2.0 */
/* The sections below the changes of a rule-set diff; private to src/report. */
#ifndef FT_REPORT_DIFF_SECTIONS_H
#define FT_REPORT_DIFF_SECTIONS_H

#include "report/diff_report.h"

void diff_budget_section(const struct diff_report *r, struct doc *doc);
void diff_set_section(const struct diff_report *r, enum diff_detail detail, struct doc *doc);
void diff_bucket_section(const struct diff_report *r, enum diff_detail detail, struct doc *doc);
void diff_spot_section(const struct diff_report *r, struct doc *doc);
/* What the model predicted over what was measured, before and after, for what both know; NaN
 * unknown. */
struct diff_model_ratio {
	const char *key, *name; /* as in struct side_row */
	double before, after;
};
#define DIFF_MODEL_RATIOS 2
void diff_model_ratios(const struct diff_report *r, struct diff_model_ratio out[DIFF_MODEL_RATIOS]);
void diff_measured_section(const struct diff_report *r, struct doc *doc);

/* "rules 'a', 'b'; Falco's state engine": why a name is in a side's set; appended. */
void diff_why_in(const struct diff_side *side, const char *name, size_t most, struct strbuf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change of a rule set means and costs, for people and programs: from a computed diff to a
 * document or JSON (templates/diff.schema.json). Pure.
 */
#ifndef FT_REPORT_DIFF_REPORT_H
#define FT_REPORT_DIFF_REPORT_H

#include "advise/sides.h"
#include "cost/budget.h"
#include "cost/diff.h"
#include "report/doc.h"

#include <jansson.h>

/* All borrowed. */
struct diff_report {
	const struct diff *d;
	const struct diff_input *in; /* that d was computed from */
	const char *falco;	     /* release of the prediction */
	const char *host_file;	     /* NULL: none */
	const struct budget_finding *findings;
	size_t n_findings;
	const struct sides *sides; /* NULL: nothing was measured */
	const struct results *run; /* of the measurement; NULL with sides */
};

enum diff_detail {
	DIFF_BRIEF, /* a comment on a pull request */
	DIFF_FULL,
};

void diff_report_doc(const struct diff_report *r, enum diff_detail detail, struct doc *d);
/* The caller owns the reference. */
json_t *diff_report_json(const struct diff_report *r);
/* "'name' (changed: condition)", "'new' (renamed from 'old')"; appended. */
void diff_report_row(const struct diff_row *row, struct strbuf *out);
/* A sentence that says whether the budget is kept, or by what and by which rule it was broken;
 * appended. */
void diff_report_finding(const struct diff_report *r, const struct budget_finding *f,
			 struct strbuf *out);

#endif

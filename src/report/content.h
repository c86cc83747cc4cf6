/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a report of a run says, independent of the format: struct results -> struct doc.
 */
#ifndef FT_REPORT_CONTENT_H
#define FT_REPORT_CONTENT_H

#include "report/doc.h"
#include "run/results.h"

/* A page is read from the top; on a terminal the last lines are the ones in sight. */
enum content_order {
	CONTENT_ANSWER_FIRST,
	CONTENT_ANSWER_LAST,
	CONTENT_PAGE, /* answer first, with figures and all details: for HTML */
};

/* All sections: answer, chart, ranking with what the numbers mean, how well the load and the
 * counters agree, what failed, environment. */
void content_build(const struct results *r, enum content_order order, struct doc *d);

/* Cases in the order of the report: ranked ones, then the others as they were given. Fills
 * r->n_cases pointers into r; the caller frees the array. */
const struct res_case **content_cases(const struct results *r);
/* The note of a case: "reference", "not exercised", "indicative", "failed: why", joined by "; ". */
void content_note(const struct res_case *c, struct strbuf *out);
/* yes, NO, failed, or "-" when there was no dry run. */
const char *content_dry_run(const struct res_case *c);

/* Host and engine of a measurement, as two facts. */
void content_host(const struct results *r, struct strvec *facts);

/* Title of a page: "falcotune capacity HOST STARTED". The caller frees. */
char *content_title(const char *what, const struct results *r);
/* Every command line: the one that was typed, and what it started. */
void content_commands(const char *command, const struct strvec *all, struct doc *d);

/* The ranking table. */
void content_ranking(const struct results *r, struct doc *d);
/* Which neighbours of the ranking differ, how many more repeats would tell, and quantiles of the
 * seconds. Nothing with fewer than two ranked cases. */
void content_comparisons(const struct results *r, struct doc *d);
/* Why each case is as it is: its verdicts with evidence and next step. Nothing without any. */
void content_verdicts(const struct results *r, struct doc *d);
/* Predicted beside measured event rates, with the residual. Nothing without a prediction. */
void content_prediction(const struct results *r, struct doc *d);
/* Events a second that were predicted for a case: from the host profile where one was given, else
 * the load's and the background before it. NaN unknown. */
double content_predicted(const struct results *r, const struct res_case *c);
/* Measured over predicted, less 1; NaN unknown. */
double content_residual(const struct results *r, const struct res_case *c);
/* How much slower the engine makes the load, by worker; nothing without --ladder. */
void content_slowdown(const struct results *r, struct doc *d);
/* Sections on the quality of the measurement: start-up drops, reconciliation, load, mismatches,
 * failures, warnings. */
void content_quality(const struct results *r, struct doc *d);

#endif

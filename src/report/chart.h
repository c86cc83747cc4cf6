/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of a run, each with what it shows in numbers. A figure without data is left out.
 */
#ifndef FT_REPORT_CHART_H
#define FT_REPORT_CHART_H

#include "report/doc.h"
#include "run/results.h"

/* Drop rate with its interval, a bar a case, by size of the set; and against that size, with the
 * Pareto front and why the other cases are not on it. */
void chart_drop_rates(const struct results *r, struct doc *d);
/* Events and drops a second over the measured windows, a figure a case. */
void chart_timeline(const struct results *r, struct doc *d);
/* What was dropped: by Falco's categories, and on which CPU. */
void chart_categories(const struct results *r, struct doc *d);
void chart_cpus(const struct results *r, struct doc *d);
/* Predicted beside measured event rates. */
void chart_prediction(const struct results *r, struct doc *d);
/* Syscalls by cases, with why each is in a set. */
void chart_sets(const struct results *r, struct doc *d);

/* Where the 8 colours end, figures do; tables go on. */
#define CHART_CASES 8

#endif

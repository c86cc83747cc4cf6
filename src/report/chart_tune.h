/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of capacities, sweeps and searches; what they show in numbers is in the reports' tables.
 */
#ifndef FT_REPORT_CHART_TUNE_H
#define FT_REPORT_CHART_TUNE_H

#include "report/doc.h"
#include "run/capacity.h"
#include "tune/search.h"
#include "tune/sweep.h"

/* Share of the events lost against their rate, a curve a configuration. */
void chart_capacity(const struct capacity *c, struct doc *d);
/* Drop rate against buffer memory, with the front. */
void chart_sweep(const struct sweep *w, struct doc *d);
/* Drop rate against the weight of the rules kept, a point a step. */
void chart_search(const struct search *w, struct doc *d);

#endif

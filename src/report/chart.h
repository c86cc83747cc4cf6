/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures as inline SVG. Colours are classes that the page's style sheet fills in, so that light
 * and dark work alike; every picture carries a title and a description as its text alternative.
 */
#ifndef FT_REPORT_CHART_H
#define FT_REPORT_CHART_H

#include "run/results.h"

/* Bars of the drop rate with its interval, a case each, ordered by the size of the set; the limit
 * as a dashed line. NULL when no case has a drop rate. The caller frees. */
char *chart_drop_rates(const struct results *r);

#endif

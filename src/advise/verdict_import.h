/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts on imported data.
 */
#ifndef FT_ADVISE_VERDICT_IMPORT_H
#define FT_ADVISE_VERDICT_IMPORT_H

#include "advise/verdict.h"
#include "import/series.h"

/* On the sessions of the host of import_series_worst(), over the samples that the series kept,
 * which has at least one. in as for verdict_metrics(). */
void verdict_import(const struct verdict_input *in, const struct import_series *s,
		    struct verdict_list *out);
/* The same on sessions of one host, in the order of time. */
void verdict_sessions(const struct verdict_input *in, struct import_session *const *v, size_t n,
		      struct verdict_list *out);

#endif

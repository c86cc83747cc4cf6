/* SPDX-License-Identifier: Apache-2.0 */
/* What a calibration of the cost model found: the runs that it was fit to, and its error. */
#ifndef FT_REPORT_CALIBRATION_H
#define FT_REPORT_CALIBRATION_H

#include "base/opts.h"
#include "cost/params.h"

/* what: they were runs of; NULL: replays of the embedded engine. file: where it was written.
 * text, json (templates/calibration.schema.json) or md, appended. */
int calibration_report(const struct cost_params *p, const char *what, const char *file,
		       enum out_format f, struct strbuf *out, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of `falcotune advise`. Pure.
 */
#ifndef FT_REPORT_ADVICE_H
#define FT_REPORT_ADVICE_H

#include "advise/advice.h"
#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"

/* Append findings on `source` (a path) in that format: text, md, or json {"schema": 1, "source",
 * "findings": [...]}. Error: ERROR_INPUT for csv and html. */
int advice_report(const struct advice *f, const char *source, enum out_format format,
		  struct strbuf *out, struct error *err);

#endif

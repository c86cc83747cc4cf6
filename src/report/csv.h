/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row a case, RFC 4180: CRLF line ends, a header row, numbers in the units of results.json
 * (shares 0..1, bytes), a field left empty where a number is unknown.
 */
#ifndef FT_REPORT_CSV_H
#define FT_REPORT_CSV_H

#include "base/strbuf.h"
#include "run/results.h"

void csv_write(const struct results *r, struct strbuf *out);

#endif

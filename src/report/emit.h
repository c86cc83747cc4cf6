/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine formats of all documents share. */
#ifndef FT_REPORT_EMIT_H
#define FT_REPORT_EMIT_H

#include "base/strbuf.h"

#include <jansson.h>

/* A comma and a number with ten significant digits, or nothing after the comma when it is not
 * finite. */
void emit_csv_number(struct strbuf *out, double v);
/* The document, indented, with a line end; takes doc. */
void emit_json(struct strbuf *out, json_t *doc);

#endif

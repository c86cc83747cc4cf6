/* SPDX-License-Identifier: Apache-2.0 */
#include "report/emit.h"

#include <math.h>
#include <stdlib.h>

void emit_csv_number(struct strbuf *out, double v)
{
	strbuf_addch(out, ',');
	if (isfinite(v))
		strbuf_addf(out, "%.10g", v);
}

void emit_json(struct strbuf *out, json_t *doc)
{
	char *text = json_dumps(doc, JSON_INDENT(2));

	strbuf_addstr(out, text ? text : "");
	strbuf_addch(out, '\n');
	free(text);
	json_decref(doc);
}

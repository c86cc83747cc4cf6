/* SPDX-License-Identifier: Apache-2.0 */
#include "report/emit.h"

#include "base/mem.h"
#include "report/page.h"

#include <math.h>

void emit_csv_number(struct strbuf *out, double v)
{
	strbuf_addch(out, ',');
	if (isfinite(v))
		strbuf_addf(out, "%.10g", v);
}

json_t *emit_head(const char *kind)
{
	return json_pack("{s:i, s:s, s:s}", "schema", 1, "kind", kind, "falcotune_version",
			 FALCOTUNE_VERSION);
}

int emit_json(struct strbuf *out, json_t *doc, size_t digits, const char *name, struct error *err)
{
	char *text cleanup_free = json_dumps(doc, JSON_INDENT(2) | JSON_REAL_PRECISION(digits));

	json_decref(doc);
	if (!text)
		return error_internal(err, "%s cannot be written as JSON", name);
	strbuf_addf(out, "%s\n", text);
	return 0;
}

int emit_report(const struct emit_kind *kind, const void *it, enum out_format f, struct strbuf *out,
		struct error *err)
{
	struct doc d cleanup_doc = DOC_INIT;

	if (f == FORMAT_JSON)
		return emit_json(out, kind->json(it), 0, kind->name, err);
	if (f == FORMAT_CSV && kind->csv) {
		kind->csv(it, out);
		return 0;
	}
	if (f == FORMAT_HTML && kind->page) {
		char *title cleanup_free = kind->page(it, &d);

		return page_html(title, &d, out, err);
	}
	if (f != FORMAT_TEXT && f != FORMAT_MD)
		return error_input(err, "%s has no format %s, expected text, json%s md", kind->name,
				   out_format_names[f], kind->csv ? ", csv or" : " or");
	kind->doc(it, &d);
	(f == FORMAT_MD ? doc_md : doc_text)(&d, out);
	return 0;
}

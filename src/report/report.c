/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "base/mem.h"
#include "report/content.h"
#include "report/csv.h"
#include "report/emit.h"
#include "report/page.h"

#define REAL_DIGITS 15 /* every decimal of that many digits survives a double */

static int write_text(const struct results *r, struct strbuf *out, struct error *err)
{
	struct doc d cleanup_doc = DOC_INIT;

	(void)err;
	content_build(r, CONTENT_ANSWER_LAST, &d);
	doc_text(&d, out);
	return 0;
}

static int write_md(const struct results *r, struct strbuf *out, struct error *err)
{
	struct doc d cleanup_doc = DOC_INIT;

	(void)err;
	content_build(r, CONTENT_ANSWER_FIRST, &d);
	doc_md(&d, out);
	return 0;
}

static int write_csv(const struct results *r, struct strbuf *out, struct error *err)
{
	(void)err;
	csv_write(r, out);
	return 0;
}

static int write_json(const struct results *r, struct strbuf *out, struct error *err)
{
	return emit_json(out, results_to_json(r), REAL_DIGITS, "results", err);
}

/* ---- the page ---- */

static int write_html(const struct results *r, struct strbuf *out, struct error *err)
{
	struct strbuf title cleanup_strbuf = STRBUF_INIT;
	struct doc d cleanup_doc = DOC_INIT;

	strbuf_addf(&title, "falcotune %s %s", r->hostname ? r->hostname : "",
		    r->started ? r->started : "");
	content_build(r, CONTENT_ANSWER_FIRST, &d);
	return page_html(title.buf, &d, out, err);
}

int report_write(const struct results *r, enum out_format f, struct strbuf *out, struct error *err)
{
	static int (*const writers[])(const struct results *, struct strbuf *, struct error *) = {
		[FORMAT_TEXT] = write_text, [FORMAT_JSON] = write_json, [FORMAT_CSV] = write_csv,
		[FORMAT_MD] = write_md,	    [FORMAT_HTML] = write_html,
	};

	if ((size_t)f >= ARRAY_SIZE(writers))
		return error_internal(err, "unknown report format %d", (int)f);
	return writers[f](r, out, err);
}

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

static json_t *to_json(const void *it)
{
	return results_to_json(it);
}

static void csv(const void *it, struct strbuf *out)
{
	csv_write(it, out);
}

static void build(const void *it, struct doc *d)
{
	content_build(it, CONTENT_ANSWER_FIRST, d);
}

static char *page(const void *it, struct doc *d)
{
	content_build(it, CONTENT_PAGE, d);
	return content_title("run", it);
}

const struct emit_kind results_kind = {
	.name = "a run", .json = to_json, .csv = csv, .doc = build, .page = page};

void report_missing(unsigned present, struct doc *d)
{
	static const struct {
		unsigned kind;
		const char *text;
	} parts[] = {
		{REPORT_RUN, "Ranking, verdicts and drops over time: falcotune run"},
		{REPORT_CAPACITY,
		 "Capacity curves, events/s before drops begin: falcotune capacity"},
		{REPORT_SWEEP, "Buffer settings against drops and memory: falcotune run --sweep "
			       "buffers --load bursts"},
		{REPORT_SEARCH, "The largest set of rules without drops: falcotune run --search -r "
				"RULES"},
		{REPORT_PROFILE, "What each rule costs, with the flame graph: falcotune profile -r "
				 "RULES --load mixed"},
	};
	struct strvec *list = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (present & parts[i].kind)
			continue;
		if (!list) {
			doc_heading(d, 2, "What else could be here");
			doc_para(d, "Their folders beside this one: falcotune report RESULTS... "
				    "--format html");
			list = doc_list(d);
		}
		strvec_push(list, parts[i].text);
	}
}

static int write_html(const struct results *r, struct strbuf *out, struct error *err)
{
	struct doc d cleanup_doc = DOC_INIT;
	char *title cleanup_free = page(r, &d);

	report_missing(REPORT_RUN, &d);
	return page_html(title, &d, out, err);
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "base/fs.h"
#include "base/mem.h"
#include "report/content.h"
#include "report/csv.h"
#include "report/emit.h"
#include "report/escape.h"

#include <string.h>

#define SKELETON     "templates/report.html"
#define SKELETON_MAX (1 << 20)
#define REAL_DIGITS  15 /* every decimal of that many digits survives a double */

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

static void put_title(const struct results *r, struct strbuf *out)
{
	escape_html(out, "falcotune ");
	escape_html(out, r->hostname ? r->hostname : "");
	escape_html(out, " ");
	escape_html(out, r->started ? r->started : "");
}

static void put_body(const struct results *r, struct strbuf *out)
{
	struct doc d cleanup_doc = DOC_INIT;

	content_build(r, CONTENT_ANSWER_FIRST, &d);
	doc_html(&d, out);
}

static const struct {
	const char *mark;
	void (*put)(const struct results *r, struct strbuf *out);
} marks[] = {{"{{title}}", put_title}, {"{{body}}", put_body}};

/* Marks are looked for in the skeleton only, never in what was put in. */
static void fill_skeleton(const char *p, const struct results *r, struct strbuf *out)
{
	while (*p) {
		size_t i = 0;

		while (i < ARRAY_SIZE(marks) && strncmp(p, marks[i].mark, strlen(marks[i].mark)))
			i++;
		if (i == ARRAY_SIZE(marks)) {
			strbuf_addch(out, *p++);
			continue;
		}
		marks[i].put(r, out);
		p += strlen(marks[i].mark);
	}
}

static int write_html(const struct results *r, struct strbuf *out, struct error *err)
{
	char *path cleanup_free = fs_data_path(SKELETON);
	struct strbuf skeleton cleanup_strbuf = STRBUF_INIT;

	if (!path)
		return error_env(err,
				 "%s: not found; it ships with falcotune, set "
				 "FALCOTUNE_DATADIR to the folder that holds templates/",
				 SKELETON);
	if (fs_read_file(path, &skeleton, SKELETON_MAX, err)) {
		if (err)
			err->kind = ERROR_ENV;
		return -1;
	}
	fill_skeleton(skeleton.buf, r, out);
	return 0;
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include "base/fs.h"
#include "base/mem.h"
#include "report/escape.h"

#include <string.h>

#define SKELETON     "templates/report.html"
#define SKELETON_MAX (1 << 20)

struct page {
	const char *title;
	const struct doc *d;
};

static void put_title(const struct page *p, struct strbuf *out)
{
	escape_html(out, p->title);
}

static void put_body(const struct page *p, struct strbuf *out)
{
	doc_html(p->d, out);
}

static const struct {
	const char *mark;
	void (*put)(const struct page *p, struct strbuf *out);
} marks[] = {{"{{title}}", put_title}, {"{{body}}", put_body}};

/* Marks are looked for in the skeleton only, never in what was put in. */
static void fill_skeleton(const char *s, const struct page *p, struct strbuf *out)
{
	while (*s) {
		size_t i = 0;

		while (i < ARRAY_SIZE(marks) && strncmp(s, marks[i].mark, strlen(marks[i].mark)))
			i++;
		if (i == ARRAY_SIZE(marks)) {
			strbuf_addch(out, *s++);
			continue;
		}
		marks[i].put(p, out);
		s += strlen(marks[i].mark);
	}
}

int page_html(const char *title, const struct doc *d, struct strbuf *out, struct error *err)
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
	fill_skeleton(skeleton.buf, &(struct page){title, d}, out);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/results.h"

#include "base/fs.h"
#include "base/mem.h"

#include <string.h>

/* A large run has some 10 MB. */
#define RESULTS_MAX ((size_t)1 << 30)

const char *results_text_start(const char *text)
{
	const char *start = *text == '{' ? text : strstr(text, "\n{");

	return !start ? text : start + (*start == '\n');
}

int results_read_file(const char *path, struct results *out, struct error *err)
{
	char *file cleanup_free = fs_is_dir(path) ? fs_join(path, "results.json") : xstrdup(path);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	const char *start;
	json_error_t je;
	json_t *doc;
	size_t len;
	int rc;

	if (fs_read_file(file, &text, RESULTS_MAX, err))
		return -1;
	start = results_text_start(text.buf);
	len = text.len - (size_t)(start - text.buf);
	doc = json_loadb(start, len, 0, &je);
	if (!doc)
		return error_input(err,
				   "%s:%d:%d: not JSON (%s), expected results of falcotune run",
				   file, je.line, je.column, je.text);
	rc = results_from_text(out, doc, start, len, file, err);
	json_decref(doc);
	return rc;
}

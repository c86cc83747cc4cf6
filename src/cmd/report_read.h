/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results of any kind, read back from the folder or file that a measurement left.
 */
#ifndef FT_CMD_REPORT_READ_H
#define FT_CMD_REPORT_READ_H

#include "report/together.h"

struct source; /* opaque: one document */

struct sources {
	struct source **v;
	struct together_part *parts; /* one a source, for reports */
	size_t n, alloc;
};

/* All documents of a folder (results.json, capacity.json, sweep.json, search.json, profile.json),
 * or one file, appended. ERROR_INPUT: `file:line:col: ...`, or what was looked for. */
int sources_read(struct sources *out, const char *path, struct error *err);
/* With all of them read: names, and the parts of a report. */
void sources_finish(struct sources *s);
/* Report of the only one. */
int sources_write_one(const struct sources *s, enum out_format f, struct strbuf *out,
		      struct error *err);
void sources_release(struct sources *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results as one file to share: a tar archive of what a maintainer needs of them, with or without
 * the names of the host in it.
 *
 * Packed are the program's documents and journals, the engine's metrics and logs, the load's
 * reports, generated configurations and commands. Left out is everything else: alerts (they have
 * what happened on the host in them), recordings, rules files, files above BUNDLE_FILE_MAX, links
 * and what is no file. The first file, MANIFEST.txt, says what was packed, left out, replaced and
 * kept.
 */
#ifndef FT_REPORT_BUNDLE_H
#define FT_REPORT_BUNDLE_H

#include "base/error.h"
#include "report/anonymise.h"

#define BUNDLE_FILE_MAX ((size_t)256 << 20)

struct bundle_file {
	char *name; /* in the archive */
	struct strbuf text;
};

struct bundle {
	struct bundle_file *v;
	size_t n, alloc;
	struct strvec left_out; /* names */
};

#define BUNDLE_INIT                                                                                \
	{                                                                                          \
		0                                                                                  \
	}
void bundle_release(struct bundle *b);
/* Read a folder or file of results; name: of its folder in the archive. ERROR_INPUT. */
int bundle_add(struct bundle *b, const char *path, const char *name, struct error *err);
/* Names that the files tell themselves (host names, paths of commands) are added to a, and all that
 * it knows or recognises is replaced. ERROR_INTERNAL when a name is still there afterwards: then
 * nothing may be shared. */
int bundle_anonymise(struct bundle *b, struct anonymise *a, struct error *err);
/* Append the archive (ustar). a: what it was anonymised with, NULL: it was not; for the manifest.
 * ERROR_INPUT: a name that is too long for it. */
int bundle_write(const struct bundle *b, const struct anonymise *a, struct strbuf *out,
		 struct error *err);

#endif

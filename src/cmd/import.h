/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imported data, for the commands that take it.
 */
#ifndef FT_CMD_IMPORT_H
#define FT_CMD_IMPORT_H

#include "base/opts.h"
#include "cmd/cmd.h"
#include "import/rounds.h"
#include "import/series.h"

struct imported {
	struct import_reader reader; /* its counts */
	struct import_series series;
	struct import_runs runs;
};

/* Read the files ("-": standard input); what is odd about them is said on stderr. stats_interval_ns
 * 0: the default. *m is to be released, also after an error. ERROR_INPUT. */
int imported_read(struct imported *m, struct cmd_ctx *ctx, const struct strvec *files,
		  int64_t stats_interval_ns, struct error *err);
/* The same of what was read already. */
int imported_read_text(struct imported *m, struct cmd_ctx *ctx, const char *name,
		       const struct strbuf *text, struct error *err);
void imported_release(struct imported *m);
/* Append the report, with a verdict by what Falco ships. */
int imported_report(const struct imported *m, enum out_format f, bool only_capacity,
		    struct strbuf *out, struct error *err);
/* The same on standard output. */
int imported_print(const struct imported *m, enum out_format f, bool only_capacity,
		   struct error *err);
/* Is it a file that import reads, by its beginning? A file that cannot be read is not one. */
bool imported_looks_like(const char *path);

#endif

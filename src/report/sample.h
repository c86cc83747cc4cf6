/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What perf samples of a process showed. Pure.
 */
#ifndef FT_REPORT_SAMPLE_H
#define FT_REPORT_SAMPLE_H

#include "base/opts.h"
#include "sample/sample.h"

struct sample_shown { /* all borrowed */
	const struct sampling *s;
	const char *command;
	const char *hostname, *kernel; /* NULL unknown */
	size_t top;		       /* rows of each table in text, md and html; 0: all */
	const struct strvec *warnings;
};

/* Append the report in that format. ERROR_ENV: the page's skeleton is not there. */
int sample_report(const struct sample_shown *s, enum out_format f, struct strbuf *out,
		  struct error *err);

#endif

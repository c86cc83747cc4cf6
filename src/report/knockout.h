/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What knocking rules out showed. Pure.
 */
#ifndef FT_REPORT_KNOCKOUT_H
#define FT_REPORT_KNOCKOUT_H

#include "base/opts.h"
#include "engine/engine.h"
#include "run/knockout.h"

struct knockout_shown { /* all borrowed */
	const struct knockout *k;
	const struct engine *engine;
	const char *what; /* "the load mixed, for 10 s after 1 s of warm-up" */
	const char *file; /* capture, NULL: live */
	const char *command;
	const char *hostname, *kernel; /* NULL unknown */
	size_t top;		       /* rows of each table in text, md and html; 0: all */
	const struct strvec *warnings;
};

/* Is it Falco, by what its --version prints? */
bool knockout_is_falco(const struct engine *e);
/* Append the report in that format. ERROR_ENV: the page's skeleton is not there. */
int knockout_report(const struct knockout_shown *s, enum out_format f, struct strbuf *out,
		    struct error *err);

#endif

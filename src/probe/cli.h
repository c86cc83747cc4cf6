/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's command line: Falco's options, as far as they mean something here. The others are
 * known by name, so that they are refused with the reason.
 */
#ifndef FT_PROBE_CLI_H
#define FT_PROBE_CLI_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct cli {
	const char *config; /* -c; NULL: Falco 0.44.1's shipped values; borrowed from argv */
	struct strvec rules, sets, validate;
	bool dry_run, version, describe, list, names_only, ignored, page_size, verbose, unbuffered;
	const char *describe_rule, *pidfile; /* borrowed from argv */
	int64_t seconds;		     /* -M; 0: until a signal */
	int format;			     /* enum out_format */
};

/* 0; 1 when --help was asked and printed; -1 with ERROR_INPUT. *c must be released in any case. */
int cli_parse(struct cli *c, int argc, char **argv, struct error *err);
void cli_release(struct cli *c);

#endif

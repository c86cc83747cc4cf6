/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --falco VERSION of the commands that predict.
 */
#ifndef FT_CMD_RELEASE_H
#define FT_CMD_RELEASE_H

#include "cmd/cmd.h"
#include "syscalls/release.h"

/* Rows for a command's table of options. */
#define RELEASE_OPTS(falco, engine)                                                                \
	{0,                                                                                        \
	 "falco",                                                                                  \
	 OPT_STR,                                                                                  \
	 (falco),                                                                                  \
	 .arg = "VERSION",                                                                         \
	 .help = "Falco release, 0.38.2 to 0.44.1, or auto: what the engine's --version says "     \
		 "(default: 0.44.1)"},                                                             \
	{                                                                                          \
		0, "engine", OPT_STR, (engine), .arg = "PATH",                                     \
						.help = "the engine that --falco auto asks "       \
							"(default: falco in PATH, else the "       \
							"embedded one)"                            \
	}

/* The catalogue of `falco` (NULL: the newest). Says on stderr when another release stands in, and
 * what auto found. Errors: ERROR_INPUT for a version that is not known, ERROR_ENV when auto finds
 * no engine that answers (10 s). */
int cmd_release(struct cmd_ctx *ctx, const char *falco, const char *engine,
		const struct catalogue **cat, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which engine, and its command lines. Any executable that speaks Falco's command line will do;
 * nothing but what is printed depends on which one it is.
 */
#ifndef FT_ENGINE_ENGINE_H
#define FT_ENGINE_ENGINE_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>

struct engine {
	char *path;    /* absolute where it was found in PATH or beside this program */
	char *version; /* first line of --version */
	char *release; /* the Falco release that it is or selects as, "0.44.1"; NULL: not told */
	bool embedded; /* falcotune-engine */
};

#define ENGINE_INIT                                                                                \
	{                                                                                          \
		0                                                                                  \
	}
void engine_release(struct engine *e);

/* what: a path, "auto" (falco in PATH, else the embedded one) or "embedded". Does not run it.
 * Error: ERROR_ENV when there is none. */
int engine_find(struct engine *e, const char *what, struct error *err);
/* Run --version (10 s limit) and fill version, release and embedded. wake_fd interrupts. Error:
 * ERROR_ENV. */
int engine_ask_version(struct engine *e, int wake_fd, struct error *err);
/* Read the text of --version. Error: ERROR_ENV when it is empty. */
int engine_parse_version(struct engine *e, const char *text, struct error *err);

/* ENGINE -c CONFIG -r RULES... [--dry-run], appended to argv. */
void engine_argv(const struct engine *e, const char *config, const struct strvec *rules, bool dry,
		 struct strvec *argv);
/* An argument vector as a line to paste into a shell; appended. */
void argv_quote(const struct strvec *argv, struct strbuf *out);
/* That line as one more of lines. */
void argv_push_line(const struct strvec *argv, struct strvec *lines);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a table of options gives beside --help: a man page, and completion for bash, zsh and fish.
 * opts_parse() prints them for `--help=FORMAT`, which packages are built with.
 *
 * A command of a program ("falcotune run", "falcotune run --search", "falcotune fleet plan") gives a part of a completion
 * only; its program puts the parts between opts_complete_begin() and opts_complete_end().
 */
#ifndef FT_BASE_OPTS_DOC_H
#define FT_BASE_OPTS_DOC_H

#include "base/opts.h"

enum opts_shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH, SHELL_N };
/* The shell of a --help=FORMAT, SHELL_N when it names none. */
enum opts_shell opts_shell(const char *format);

/* A man page in the man macros. */
void opts_man(FILE *to, const struct opt *opts, const struct opts_usage *usage);
/* The head of a page: name, title and what it does in one line. */
void opts_man_head(FILE *to, const char *page, int section, const char *brief);
/* Text for troff: no character of it is a request or an escape. Appended. */
void opts_man_text(struct strbuf *out, const char *text);

/* The part of a program's command, or the whole of a program without commands. */
void opts_complete(FILE *to, enum opts_shell shell, const struct opt *opts,
		   const struct opts_usage *usage);
void opts_complete_begin(FILE *to, enum opts_shell shell, const char *program);
/* commands: name and summary of each in turn, or empty for a program without commands. */
void opts_complete_end(FILE *to, enum opts_shell shell, const char *program,
		       const struct strvec *commands);

#endif

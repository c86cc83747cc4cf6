/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune --help[=FORMAT]: the commands as text, as a man page, or as completion for a shell; and
 * the words that completion asks for.
 */
#ifndef FT_CMD_HELP_H
#define FT_CMD_HELP_H

#include "cmd/cmd.h"

/* The commands, as text. */
void cmd_help_text(FILE *to);
/* On standard output, as option says: NULL or "" text; man; bash, zsh, fish; commands: the words of
 * each command that has options of its own, a line each; VERSION, PROFILE or ID: the Falco
 * releases, load profiles or cases, a line each. Returns the exit code. */
int cmd_help(struct cmd_ctx *ctx, const char *format);

#endif

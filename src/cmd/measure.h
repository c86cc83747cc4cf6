/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands that measure on this host share: signals, what dead runs left, folders.
 */
#ifndef FT_CMD_MEASURE_H
#define FT_CMD_MEASURE_H

#include "cmd/cmd.h"
#include "run/session.h"

/* Begin a session, and remove what dead runs left before anything is measured, which is said on
 * stderr. *state_dir: for leftovers_begin(); the caller frees it, and ends the session in any case.
 */
int cmd_measure_begin(struct cmd_ctx *ctx, struct session *s, char **state_dir, struct error *err);
/* "results/" as PREFIX gives results/20260101-120000, with -2 and so on when it is there already.
 * The caller frees. */
char *cmd_default_out(const char *prefix);
/* "falcotune" and the arguments of the command as a line for a shell; appended. */
void cmd_join_command(int argc, char **argv, struct strbuf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of `falcotune fleet`; argv[0] is the part's own name.
 */
#ifndef FT_CMD_FLEET_H
#define FT_CMD_FLEET_H

#include "cmd/cmd.h"

int cmd_fleet_plan(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_fleet_collect(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_fleet_report(struct cmd_ctx *ctx, int argc, char **argv);

#endif

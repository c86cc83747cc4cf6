/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `run --sweep` and `run --search`: options of their own, a course of their own.
 */
#ifndef FT_CMD_RUN_TUNE_H
#define FT_CMD_RUN_TUNE_H

#include "cmd/measure.h"

/* Is one of these words among the arguments of run? Then that one takes them all. */
bool cmd_run_has(int argc, char **argv, const char *option);
int cmd_run_sweep(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_run_search(struct cmd_ctx *ctx, int argc, char **argv);

/* Rows of a table of options for what both take as run does; a: struct measure_args *. */
/* clang-format off */
#define TUNE_OPTS(a, folder)                                                                       \
	MEASURE_OPTS_WHAT(a, "rules file or folder; repeatable"),                                  \
	MEASURE_OPT(a, 0, "load", OPT_STR, &(a)->o.load, "PROFILE",                                \
		    "load profile, an id or a file"),                                              \
	MEASURE_OPT(a, 0, "max-drop", OPT_SHARE, &(a)->o.max_drop, "SHARE",                        \
		    "highest drop rate to accept (default 1%)"),                                   \
	MEASURE_OPT(a, 0, "warmup", OPT_DURATION, &(a)->o.warmup_ns, "TIME",                       \
		    "load before each window (default 1s)"),                                       \
	MEASURE_OPT_TIMEOUT(a),                                                                    \
	MEASURE_OPTS_LIMITS(a),                                                                    \
	MEASURE_OPT_SEED(a),                                                                       \
	MEASURE_OPT_OUT(a, folder),                                                                \
	MEASURE_OPTS_SHOW(a, "", "engine and load")
/* clang-format on */

/* Check them, beside what measure_args_take() does. ERROR_INPUT. */
int tune_args_take(struct measure_args *a, const char *folder, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune syscalls --diff A B.
 */
#ifndef FT_CMD_SYSCALLS_DIFF_H
#define FT_CMD_SYSCALLS_DIFF_H

#include "cmd/predict.h"

/* Prints the difference of two sides over the common input (its cat is not used). falco and engine
 * are those of --falco and --engine. *code becomes EXIT_FINDING when a release refuses its rules.
 */
int syscalls_diff(struct cmd_ctx *ctx, const struct predict_input *common, const char *falco,
		  const char *engine, char **sides, bool json, int *code, struct error *err);

#endif

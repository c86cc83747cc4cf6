/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `falcotune diff --measure`: both sides live, in shuffled rounds under one load.
 */
#ifndef FT_CMD_DIFF_MEASURE_H
#define FT_CMD_DIFF_MEASURE_H

#include "cmd/diff_source.h"
#include "cmd/measure.h"

/* Keys of the two cases. */
#define DIFF_CASE_OLD "old"
#define DIFF_CASE_NEW "new"

/* Run them. a: what was asked for, complete but for the cases, which are added here. The rules are
 * copied into its folder, so that the run can be repeated by hand. 0: *p is the plan with the
 * results, summarised, which the caller releases; *code is EXIT_FINE, or that of the signal that
 * ended it early. -1: what failed was said, and *code is the exit code. */
int diff_measure(struct cmd_ctx *ctx, const struct diff_source *old, const struct diff_source *new,
		 struct measure_args *a, struct plan *p, int *code, struct error *err);

#endif

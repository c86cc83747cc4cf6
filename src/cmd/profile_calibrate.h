/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune profile --events FILE --calibrate FILE: what events and checks cost on this host.
 *
 * The rule sets of rulesets/calibrate are replayed in turn, one profiled and several not; the costs
 * are fit to the CPU of those that were not (cost/calibrate.h).
 */
#ifndef FT_CMD_PROFILE_CALIBRATE_H
#define FT_CMD_PROFILE_CALIBRATE_H

#include "cmd/measure.h"
#include "cost/params.h"

#define PROFILE_CALIBRATION_RUNS 7

struct profile_calibration {
	struct measure_args *m;
	const char *events, *file;
	bool own; /* the rules that m names are run too, and the model is held against them */
	int runs; /* of each set, without profile */
};

/* Prints the fit on standard output; returns the exit code. */
int profile_calibrate(struct cmd_ctx *ctx, const struct profile_calibration *c, struct error *err);
/* Write the prices into file, and their report on standard output. what: see calibration_report().
 */
int profile_show_prices(const struct cost_params *p, const char *what, const char *file, int format,
			struct error *err);

#endif

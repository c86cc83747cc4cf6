/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of falcotune profile; nobody else includes it. */
#ifndef FT_CMD_PROFILE_H
#define FT_CMD_PROFILE_H

#include "cmd/measure.h"
#include "cmd/predict.h"
#include "run/profiling.h"

struct profile_args {
	struct measure_args m;
	struct strvec from;
	const char *events, *record, *folded, *dot, *calibrate, *pid;
	int64_t runs, top, max_time_ns;
	int detail;
	bool knock_out, each, sample;
	bool duration_given, warmup_given, runs_given, detail_given, max_time_given;
};

/* What a run needs, from the options. */
struct profile_setup {
	struct prediction rules;
	struct engine engine;
	struct strvec files, set;
	struct strbuf falco_yaml, what;
	char *load_exe, *events, *record;
	struct profiling p;
};

/* The modes of their own; each returns the exit code. */
int profile_knock_out(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		      struct error *err);
int profile_sample(struct cmd_ctx *ctx, struct profile_args *a, struct error *err);

#endif

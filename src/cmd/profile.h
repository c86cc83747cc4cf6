/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of falcotune profile; nobody else includes it. */
#ifndef FT_CMD_PROFILE_H
#define FT_CMD_PROFILE_H

#include "cmd/measure.h"
#include "cmd/predict.h"
#include "cost/params.h"
#include "run/profiling.h"

enum profile_detail { PROFILE_DETAIL_CHECKS, PROFILE_DETAIL_RULES };

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

#define PROFILE_SETUP_INIT                                                                         \
	{                                                                                          \
		.rules = PREDICTION_INIT, .engine = ENGINE_INIT, .falco_yaml = STRBUF_INIT,        \
		.what = STRBUF_INIT                                                                \
	}

void profile_setup_release(struct profile_setup *t);

/* profile_options.c; as opts_parse(). */
int profile_options(int argc, char **argv, struct profile_args *a, struct error *err);
/* ERROR_INPUT for options that do not go together, ERROR_ENV for processes that are not there. */
int profile_validate(const struct profile_args *a, struct error *err);

/* profile_setup.c: what is to be read and written is there; the engine; what the load is, for
 * t->what; rules and load of the engine that was found. */
int profile_check_files(const struct profile_args *a, struct error *err);
int profile_find_engine(const struct profile_args *a, struct profile_setup *t, struct error *err);
int profile_read_load(const struct profile_args *a, struct profile_setup *t, struct error *err);
int profile_set_up(struct cmd_ctx *ctx, const struct profile_args *a, struct profile_setup *t,
		   struct error *err);

/* profile_own.c: the embedded engine profiles itself; exit codes. */
int profile_run(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		struct error *err);
int profile_show_files(struct cmd_ctx *ctx, const struct profile_args *a, struct error *err);
void profile_print_commands(const struct profile_setup *t);

/* The modes of their own; each returns the exit code. */
int profile_knock_out(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		      struct error *err);
/* --calibrate, with the embedded engine and with one that writes no profile. t: with its engine. */
int profile_calibrate(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		      struct error *err);
int profile_counts(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		   struct error *err);
/* Write the prices of --calibrate into file, and their report on standard output. what: see
 * calibration_report(). */
int profile_show_prices(const struct cost_params *p, const char *what, const char *file, int format,
			struct error *err);
int profile_sample(struct cmd_ctx *ctx, struct profile_args *a, struct error *err);

#endif

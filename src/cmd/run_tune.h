/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `run --sweep` and `run --search`: options of their own, a course of their own; and what the two
 * share.
 */
#ifndef FT_CMD_RUN_TUNE_H
#define FT_CMD_RUN_TUNE_H

#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "run/journal.h"
#include "run/plan.h"
#include "run/session.h"

/* Is one of these words among the arguments of run? Then that one takes them all. */
bool cmd_run_has(int argc, char **argv, const char *option);
int cmd_run_sweep(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_run_search(struct cmd_ctx *ctx, int argc, char **argv);

/* The options that both take as run does; filled by parsing. */
struct tune_args {
	struct run_options o;
	struct strvec rules, sets, cases;
	const char *out, *cpu_limit, *memory_limit;
	int64_t seed, max_time_ns;
	int format;
	bool print_commands, seed_given;
};

#define TUNE_ARGS_INIT                                                                             \
	{                                                                                          \
		.o = {.engine = "auto",                                                            \
		      .repeats = 0,                                                                \
		      .timeout_ns = -1,                                                            \
		      .max_drop = (double)NAN,                                                     \
		      .wake_fd = -1},                                                              \
		.format = FORMAT_TEXT                                                              \
	}
/* Rows of a table of options for them; a: struct tune_args *. */
#define TUNE_OPTS(a)                                                                                 \
	{0,                                                                                          \
	 "engine",                                                                                   \
	 OPT_STR,                                                                                    \
	 &(a)->o.engine,                                                                             \
	 "PATH|auto|embedded",                                                                       \
	 "engine to drive; auto (default): falco in PATH, else the embedded one",                    \
	 0,                                                                                          \
	 0,                                                                                          \
	 NULL,                                                                                       \
	 NULL},                                                                                      \
		{'c',	  "config",                                                                  \
		 OPT_STR, &(a)->o.config,                                                            \
		 "FILE",  "falco.yaml to start from (default: the values that Falco ships)",         \
		 0,	  0,                                                                         \
		 NULL,	  NULL},                                                                     \
		{'r', "rules", OPT_STRS, &(a)->rules, "FILE", "rules file or folder; repeatable",    \
		 0,   0,       NULL,	 NULL},                                                      \
		{'o',	     "option",	  OPT_STRS,                                                  \
		 &(a)->sets, "KEY=VALUE", "setting on top of falco.yaml, as Falco's -o; repeatable", \
		 0,	     0,		  NULL,                                                      \
		 NULL},                                                                              \
		{0, "load", OPT_STR, &(a)->o.load, "PROFILE", "load profile, an id or a file",       \
		 0, 0,	    NULL,    NULL},                                                          \
		{0,	    "max-drop",                                                              \
		 OPT_SHARE, &(a)->o.max_drop,                                                        \
		 "SHARE",   "highest drop rate to accept (default 1%)",                              \
		 0,	    0,                                                                       \
		 NULL,	    NULL},                                                                   \
		{0,                                                                                  \
		 "warmup",                                                                           \
		 OPT_DURATION,                                                                       \
		 &(a)->o.warmup_ns,                                                                  \
		 "TIME",                                                                             \
		 "load before each window (default 1s)",                                             \
		 0,                                                                                  \
		 0,                                                                                  \
		 NULL,                                                                               \
		 NULL},                                                                              \
		{0,                                                                                  \
		 "timeout",                                                                          \
		 OPT_DURATION,                                                                       \
		 &(a)->o.timeout_ns,                                                                 \
		 "TIME",                                                                             \
		 "limit for a dry run and for an engine's start (default 30s)",                      \
		 0,                                                                                  \
		 0,                                                                                  \
		 NULL,                                                                               \
		 NULL},                                                                              \
		{0,	  "cpu-limit",                                                               \
		 OPT_STR, &(a)->cpu_limit,                                                           \
		 "CPUS",  "run the engines in a control group with so many CPUs' time",              \
		 0,	  0,                                                                         \
		 NULL,	  NULL},                                                                     \
		{0,	  "memory-limit",                                                            \
		 OPT_STR, &(a)->memory_limit,                                                        \
		 "SIZE",  "run the engines in a control group with so much memory",                  \
		 0,	  0,                                                                         \
		 NULL,	  NULL},                                                                     \
		{0,	  "seed",                                                                    \
		 OPT_INT, &(a)->seed,                                                                \
		 "N",	  "of the order of runs (default: from the time)",                           \
		 0,	  INT64_MAX,                                                                 \
		 NULL,	  &(a)->seed_given},                                                         \
		{0, "out", OPT_STR, &(a)->out, "DIR", "results go there", 0, 0, NULL, NULL},         \
		{0,                                                                                  \
		 "format",                                                                           \
		 OPT_CHOICE,                                                                         \
		 &(a)->format,                                                                       \
		 "FORMAT",                                                                           \
		 "of the report on standard output (not html)",                                      \
		 0,                                                                                  \
		 0,                                                                                  \
		 out_format_names,                                                                   \
		 NULL},                                                                              \
	{                                                                                            \
		0, "print-commands", OPT_FLAG, &(a)->print_commands, NULL,                           \
			"print every engine and load command line and run nothing", 0, 0, NULL,      \
			NULL                                                                         \
	}

void tune_args_release(struct tune_args *a);
/* Check what both share, and fill in a->o what is not an option. command and dir must live as long
 * as a. ERROR_INPUT. */
int tune_args_check(struct tune_args *a, const char *command, const char *dir, struct error *err);
/* The plan's warnings, and other engines on the host, on stderr. */
void tune_print_plan(struct cmd_ctx *ctx, const struct plan *p);

/* A measurement under way. */
struct tune_run {
	struct session s;
	struct journal j;
	struct progress_view view;
	char *state_dir;
};
/* Signals, progress, what dead runs left. -1: *code is the exit code, and nothing is left open. */
int tune_run_begin(struct tune_run *r, struct cmd_ctx *ctx, struct tune_args *a, int *code,
		   struct error *err);
/* Folder, journal (its first event names it), record of leftovers. */
int tune_run_open(struct tune_run *r, const char *dir, const char *what, const char *command,
		  struct error *err);
/* From here on a signal ends the program as usual. */
void tune_run_end(struct tune_run *r);
/* The report: json into dir/name, and the one asked for on standard output. */
typedef int (*tune_report_fn)(const void *what, enum out_format f, struct strbuf *out,
			      struct error *err);
int tune_write(const char *dir, const char *name, tune_report_fn report, const void *what,
	       enum out_format f, struct error *err);

#endif

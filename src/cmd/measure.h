/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands that measure on this host share: options, signals, what dead runs left,
 * folders, reports.
 */
#ifndef FT_CMD_MEASURE_H
#define FT_CMD_MEASURE_H

#include "base/opts.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "run/journal.h"
#include "run/plan.h"
#include "run/session.h"

/* ---- options ---- */

struct measure_args {
	struct run_options o; /* complete after measure_args_take() */
	struct strvec rules, sets, cases;
	const char *out, *cpu_limit, *memory_limit;
	int64_t seed;
	int format; /* enum out_format */
	bool print_commands, seed_given;
	bool given; /* one of those that change what is measured */
	/* Filled in: */
	struct strbuf command; /* for the results */
	char *dir;	       /* absolute */
};

#define MEASURE_ARGS_INIT                                                                          \
	{                                                                                          \
		.o = {.engine = "auto",                                                            \
		      .duration_ns = -1,                                                           \
		      .warmup_ns = -1,                                                             \
		      .repeats = -1,                                                               \
		      .timeout_ns = -1,                                                            \
		      .max_drop = (double)NAN,                                                     \
		      .wake_fd = -1},                                                              \
		.format = FORMAT_TEXT, .command = STRBUF_INIT                                      \
	}

/* Rows of a table of options that fill one; a: struct measure_args *. */
/* clang-format off */
#define MEASURE_OPT(a, letter, name, kind, to, value, text)                                        \
	{letter, name, kind, to, .arg = value, .help = text, .given = &(a)->given}
#define MEASURE_OPT_FLAG(a, name, to, text)                                                        \
	{0, name, OPT_FLAG, to, .help = text, .given = &(a)->given}
/* What is measured: engine, falco.yaml, rules. */
#define MEASURE_OPTS_WHAT(a, rules_help)                                                           \
	MEASURE_OPT(a, 0, "engine", OPT_STR, &(a)->o.engine, "PATH|auto|embedded",                 \
		    "engine to drive; auto (default): falco in PATH, else the embedded one"),      \
	MEASURE_OPT(a, 'c', "config", OPT_STR, &(a)->o.config, "FILE",                             \
		    "falco.yaml to start from (default: the values that Falco ships)"),            \
	MEASURE_OPT(a, 'r', "rules", OPT_STRS, &(a)->rules, "FILE", rules_help),                   \
	MEASURE_OPT(a, 'o', "option", OPT_STRS, &(a)->sets, "KEY=VALUE",                           \
		    "setting on top of falco.yaml, as Falco's -o; repeatable")
#define MEASURE_RULES "rules file or folder instead of the dummy rule set; repeatable"
#define MEASURE_OPT_TIMEOUT(a)                                                                     \
	MEASURE_OPT(a, 0, "timeout", OPT_DURATION, &(a)->o.timeout_ns, "TIME",                     \
		    "limit for a dry run and for an engine's start (default 30s)")
/* One limit each, of every engine. */
#define MEASURE_OPTS_LIMITS(a)                                                                     \
	MEASURE_OPT(a, 0, "cpu-limit", OPT_STR, &(a)->cpu_limit, "CPUS",                           \
		    "run the engine in a control group with so many CPUs' time, such as 0.5"),     \
	MEASURE_OPT(a, 0, "memory-limit", OPT_STR, &(a)->memory_limit, "SIZE",                     \
		    "run the engine in a control group with so much memory, such as 512Mi")
#define MEASURE_OPT_SEED(a)                                                                        \
	{0, "seed", OPT_INT, &(a)->seed, .arg = "N", .max = INT64_MAX,                             \
	 .help = "of the order of runs (default: from the time)", .given = &(a)->seed_given}
#define MEASURE_OPT_OUT(a, folder)                                                                 \
	MEASURE_OPT(a, 0, "out", OPT_STR, &(a)->out, "DIR",                                        \
		    "results go there (default " folder "TIMESTAMP)")
/* How it is shown; formats: what to say of them. */
#define MEASURE_OPTS_SHOW(a, formats, commands)                                                    \
	{0, "format", OPT_CHOICE, &(a)->format, .arg = "FORMAT",                                   \
	 .help = "of the report on standard output" formats, .choices = out_format_names},         \
	{0, "print-commands", OPT_FLAG, &(a)->print_commands,                                      \
	 .help = "print every " commands " command line and run nothing"}
/* clang-format on */

/* Check them, and fill in what is not an option: folder is that of results without --out, such as
 * "results/sweep-". ERROR_INPUT. */
int measure_args_take(struct measure_args *a, const char *folder, struct error *err);
void measure_args_release(struct measure_args *a);

/* "falcotune" and the arguments of the command as a line for a shell; appended. */
void cmd_join_command(int argc, char **argv, struct strbuf *out);

/* ---- a measurement under way ---- */

struct measuring {
	struct session s;
	struct journal j;
	struct progress_view view;
	char *state_dir;
};

/* Signals, which wake o too, progress, what dead runs left. -1: *code is the exit code, and nothing
 * is left open. */
int measuring_begin(struct measuring *m, struct cmd_ctx *ctx, struct run_options *o, int *code,
		    struct error *err);
/* Folder, journal (first: its first event, stolen), record of leftovers. */
int measuring_open(struct measuring *m, const char *dir, json_t *first, struct error *err);
/* A first event of that name, with the command. */
json_t *measuring_event(const char *name, const char *command);
/* Close all. From here on a signal ends the program as usual. */
void measuring_end(struct measuring *m);
/* The same after something failed: returns the exit code, that of a signal if there was one. */
int measuring_fail(struct measuring *m, struct cmd_ctx *ctx, const struct error *err);

typedef int (*measuring_fn)(void *arg, struct measuring *m, struct error *err);
/* All of it around work: in a's folder, with a first event of that name. Returns the exit code,
 * EXIT_FINE when work is done; an error has been said. */
int measuring_run(struct cmd_ctx *ctx, struct measure_args *a, const char *event, measuring_fn work,
		  void *arg, struct error *err);

/* Begin a session, and remove what dead runs left before anything is measured, which is said on
 * stderr. *state_dir: for leftovers_begin(); the caller frees it, and ends the session in any case.
 */
int cmd_measure_begin(struct cmd_ctx *ctx, struct session *s, char **state_dir, struct error *err);

/* ---- what is said ---- */

/* The plan's warnings, and other engines on the host, on stderr. */
void cmd_plan_warnings(struct cmd_ctx *ctx, const struct plan *p);
/* The same after a line on the engine. */
void cmd_plan_engine(struct cmd_ctx *ctx, const struct plan *p);
/* The report: json into dir/name, and the one asked for on standard output. */
typedef int (*cmd_report_fn)(const void *what, enum out_format f, struct strbuf *out,
			     struct error *err);
int cmd_write_report(const char *dir, const char *name, cmd_report_fn report, const void *what,
		     enum out_format f, struct error *err);
/* A line each, on standard output. */
void cmd_print_lines(const struct strvec *lines);

#endif

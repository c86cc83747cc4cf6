/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a run: every case with all that is needed to run it, made from the options or taken
 * back from a journal. Making it starts nothing but `ENGINE --version`, and writes nothing.
 *
 * The results of a plan hold the cases with their settings and predictions, and pending repeats.
 */
#ifndef FT_RUN_PLAN_H
#define FT_RUN_PLAN_H

#include "engine/engine.h"
#include "run/cgroup.h"
#include "run/matrix.h"
#include "run/results.h"

#define PLAN_TIMEOUT_NS (30 * INT64_C(1000000000)) /* dry run, start */

struct run_options {
	const char *engine; /* path, "auto" or "embedded" */
	const char *config;
	const struct strvec *sets, *rules, *cases;
	const struct case_buffers *buffers; /* in place of the cases' own; NULL: these */
	const char *load;
	const char *host;			 /* host.json to predict from; NULL none */
	const char *metrics_interval;		 /* NULL: 1s */
	int64_t duration_ns, warmup_ns, repeats; /* -1: the default (which --quick lowers) */
	int64_t timeout_ns;			 /* -1: PLAN_TIMEOUT_NS */
	int64_t max_time_ns;			 /* of the live runs; 0: no limit */
	bool until_decided;			 /* see run/sequential.h */
	uint64_t seed;
	bool quick, dry_run_only;
	bool no_verify;
	bool canary;		     /* count alerts from end to end, see run/canary.h */
	bool ladder;		     /* run/ladder.h */
	double max_drop;	     /* NaN: not given */
	struct cgroup_limits limits; /* of the engine */
	const char *command;	     /* for the results */
	const char *dir;	     /* where results are going to be; made absolute */
	bool ask_version;	     /* false: start nothing at all */
	int wake_fd;		     /* interrupts --version; -1 none */
};

struct plan_case {
	char *dir_name;
	char *rules;   /* as the case says: "dummy", "user" or a path; NULL: from an old journal */
	char *overlay; /* falco.yaml as text; NULL in a plan from a journal */
	struct strvec rules_files;
	struct strvec dry_argv, live_argv; /* of the engine */
	struct strvec load_argv;	   /* of the load; empty when only dry runs are wanted */
	int cpus_asked;		/* cpus_for_each_buffer as the case says, -1: the user's */
	double expect_max_drop; /* NaN: none */
	double load_evts_per_s; /* predicted in this set; NaN unknown, unpaced */
};

struct plan {
	struct results res;
	struct plan_case *v;	 /* one for each case of res */
	struct plan_case *rungs; /* one for each rung of res */
	struct engine engine;
	char *dir;	/* absolute */
	char *load_exe; /* NULL when only dry runs are wanted */
	int64_t timeout_ns;
	size_t largest; /* case with the largest predicted set that is not skipped */
	double spent_s; /* in live runs so far, those before a resume too */
	/* What it was made from, for a run of one more configuration; paths are absolute. */
	char *config; /* NULL: Falco's own values */
	struct strvec sets, rules;
	bool no_verify; /* the recommended configuration is not run live */
};

/* Error: ERROR_INPUT or ERROR_ENV; *p then needs no release. */
int plan_make(struct plan *p, const struct run_options *o, struct error *err);
/* For the journal's first event, and back; dir: where it is now. The caller owns the reference. */
json_t *plan_to_json(const struct plan *p);
int plan_from_json(struct plan *p, const json_t *event, const char *dir, const char *file,
		   struct error *err);
void plan_release(struct plan *p);

/* Limits of its engines, from the results. */
struct cgroup_limits plan_limits(const struct plan *p);
/* Folder of a case; the caller frees. */
char *plan_case_dir(const struct plan *p, size_t c);
/* Length of the idle window: long enough for two snapshots and a rate, short against the run. */
int64_t plan_idle_ns(const struct plan *p);
/* Seconds that one live run takes, and what is left of the whole, the verification of what will be
 * recommended among it: estimates. _at: for a live run that takes live_s. */
double plan_live_s(const struct plan *p);
double plan_left_s(const struct plan *p);
double plan_left_at(const struct plan *p, double live_s);
/* Seconds of that verification, a dry run and, unless --no-verify, a live one; 0: there is none to
 * come. */
double plan_verify_s(const struct plan *p, double live_s);
/* Live runs that are still pending. */
size_t plan_pending(const struct plan *p);
/* Has a further live run no room within max_time_ns? */
bool plan_time_up(const struct plan *p);
/* What running the plan would mean, a line each: the schedule, the time, and which difference of
 * drop rates it will be able to see. */
void plan_foresee(const struct plan *p, struct strvec *out);
/* The plan in words, a line each. */
void plan_describe(const struct plan *p, struct strvec *out);
/* Every command line that the run uses, quoted, a line each: of each case the engine's dry, then
 * live, and the load's; of each rung of the ladder the engine's live, and the load's. */
void plan_commands(const struct plan *p, struct strvec *out);

#endif

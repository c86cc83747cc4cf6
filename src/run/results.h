/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The results of a run: what results.json ("schema": 1) holds, as structs. Everything in it can be
 * recomputed from the journal; statistics and advice are pure functions that read and fill it.
 *
 * Unknown is never zero: counters are -1 (RES_UNKNOWN), doubles are NaN; both are null in JSON.
 * Rates and shares are 0..1 or per second; times in ns; sizes in bytes. All strings are owned.
 */
#ifndef FT_RUN_RESULTS_H
#define FT_RUN_RESULTS_H

#include "base/error.h"
#include "base/strbuf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define RES_UNKNOWN INT64_C(-1)

/* Falco's drop categories, in the order of drop_category_names. */
enum drop_category {
	DROP_CLONE_FORK,
	DROP_EXECVE,
	DROP_CONNECT,
	DROP_OPEN,
	DROP_DIR_FILE,
	DROP_OTHER_INTEREST,
	DROP_CLOSE,
	DROP_PROC_EXIT,
	DROP_SCRATCH_MAP,
	DROP_PAGE_FAULTS,
	DROP_BUG,
	DROP_N,
};
extern const char *const drop_category_names[DROP_N]; /* "clone_fork_exit" .. "bug" */

struct res_sample {
	int64_t t_ns; /* evt.time of the metrics snapshot, ns since the epoch */
	int64_t n_evts, n_drops, num_evts; /* counters since the engine's start */
	int64_t drops[DROP_N];		   /* the same by category */
	int64_t queue_drops;		   /* falco.outputs_queue_num_drops */
	int64_t n_threads, n_fds, failed_thread_lookups, threadtable_full; /* state counters */
	int64_t cpu_ns;	   /* user + system CPU time of the engine so far, from /proc/PID/stat */
	int64_t rss_bytes; /* from /proc/PID/status */
	/* The main thread, which is Falco's consumer while syscalls are its only source: time on a
	 * CPU, and time that it could have run but waited for one (/proc/PID/schedstat). */
	int64_t main_cpu_ns, main_wait_ns;
	int64_t steal_ns, idle_ns; /* of all CPUs of the host together since boot (/proc/stat) */
	int64_t procs_running;	   /* on the whole host, at the moment of the sample */
	int64_t failed_fd_lookups, store_drops; /* state counters */
	int64_t plugin_losses;			/* of the plugins' own counters */
	/* The engine's control group: time and number of periods that its CPU limit stopped it. */
	int64_t throttled_ns, nr_throttled;
	int64_t *cpu_evts, *cpu_drops; /* per CPU, n_cpus of the host each; NULL when unknown */
};

struct res_worker { /* one worker of the load, over the measured window */
	char *name, *operation;
	double requested_per_s; /* NaN: unpaced (max) */
	double achieved_per_s;
	int64_t ops, errors;
	double service_p50_ns, service_p99_ns, response_p99_ns; /* whole load */
	char *arrival; /* pattern, "unpaced"; NULL: an external program */
	/* Of an external program: achieved_per_s is what it said itself, over the whole load, in
	 * this unit. NULL: operations, counted by the load. */
	char *unit;
};

struct res_verdict { /* advise/verdict.h */
	char *name;  /* "SUSTAINED" */
	struct strvec evidence;
	char *next_step;
	struct strvec change; /* the same as settings of falco.yaml, "key=value"; may be empty */
	double weight; /* share of the events (or alerts) that it is about; for the order only */
};
void res_verdict_release(struct res_verdict *v);

/* A ratio between runs of one round each, over the rounds: geometric mean, with a 95 % interval.
 * NaN unknown. */
struct res_ratio {
	double ratio, lo, hi;
};

/* What the engine costs one worker of the load (advise/slowdown.h): time with it over time without,
 * above 1 is slower. */
struct res_slowdown {
	char *worker, *operation;
	char *measure;	       /* "rate" (unpaced: achieved a second) or "service_p50" (ns) */
	double bare, with;     /* of that measure: medians without engine, and with the case */
	struct res_ratio slow; /* the case against no engine */
	struct res_ratio floor, own; /* Test 1 against no engine; the case against Test 1 */
	bool floor_uses; /* the operation makes events even in Test 1's set: not a bare floor */
	int rounds;	 /* that slow has; floor and own may have fewer */
	bool indicative; /* too few for the interval to mean much */
};

enum res_status { RES_PENDING, RES_OK, RES_FAILED, RES_SKIPPED };
extern const char *const res_status_names[]; /* pending ok failed skipped */

struct res_repeat {
	int index; /* 1-based */
	enum res_status status;
	char *reason;		/* why failed, else NULL */
	struct strvec log_tail; /* last 20 log lines of a failed one */
	char *dir;		/* folder of this repeat, relative to the run's folder */
	/* The measured window: first and last sample inside it. */
	int64_t t0_ns, t1_ns;
	int64_t n_evts, n_drops, num_evts; /* differences over the window */
	int64_t drops[DROP_N];
	int64_t startup_drops; /* before the window; never mixed in */
	int64_t cpu_ns;	       /* engine CPU in the window */
	int64_t rss_bytes;     /* highest of the window's samples */
	int64_t queue_drops;
	int64_t throttled_ns, nr_throttled;    /* differences over the window */
	int64_t memory_peak;		       /* of its control group, whole run of the engine */
	int64_t oom_kills;		       /* in its control group */
	int64_t buffer_bytes, cpus_per_buffer; /* from the engine's own log: proof of the setting */
	/* Reconciliation over the whole load: events that the load's syscalls make in this set,
	 * those the kernel counted less background. */
	bool recon_known;
	int64_t recon_sent;
	double recon_counted, recon_background, recon_difference; /* share of sent, signed */
	double recon_background_per_s;				  /* NaN unknown */
	double recon_seen;     /* in user space, less background; NaN unknown */
	int64_t recon_dropped; /* n_drops over the whole load */
	/* Canaries of the whole load: started, and alerts for them. RES_UNKNOWN: none were asked.
	 */
	int64_t canary_sent, canary_seen;
	double recon_uncertainty; /* of counted, in events: see run/reconcile.h */

	struct res_sample *samples; /* window only */
	size_t n_samples;
	struct res_worker *workers;
	size_t n_workers;
	struct strvec rules_matched; /* "name=count" */
	double start_s;		     /* from spawn to first event */
	double warmup_s;	     /* from the load's start to the window's; NaN unknown */
	char *not_steady; /* what the event rate did at the window's begin; NULL: steady or unknown
			   */
	double nice;	  /* of the engine, -20..19; NaN unknown */
	int64_t output_timeouts; /* log lines that say that an output blocks */
};

struct res_summary {			    /* over the ok repeats; filled by stats */
	bool exercised;			    /* any event in a window */
	double drop_rate, drop_lo, drop_hi; /* NaN drop_rate: not exercised */
	double evts_per_s, evts_per_s_cpu;
	double cpu_share; /* of one CPU: 0.12 is 12 % of a core */
	double rss_bytes;
	int n_ok, n_failed;
	bool indicative; /* too little data for the interval to mean much */
	bool few_bursts; /* drops in one to three bursts: the interval is conservative */
	/* Drop rate of a second: quantiles over all seconds of the windows, and the worst one. */
	double drop_p50_s, drop_p90_s, drop_p99_s, drop_max_s;
	/* End-to-end loss: 1 - alerts seen / canaries sent, of all ok repeats, with its exact
	 * binomial interval, which takes losses to be independent. NaN: no canaries. */
	double canary_loss, canary_lo, canary_hi;
	int64_t canary_sent, canary_seen;
};

struct res_case {
	char *canary_off; /* why this case has no canaries although the run has; else NULL */
	char *key, *id, *variant, *title, *load;
	char *rules_label; /* "dummy" or the files */
	bool reference;
	struct strvec custom_set;
	bool repair, all, plugins_none;
	char *engine_kind;
	int64_t preset, cpus_per_buffer; /* asked for */
	bool drop_failed_exit;		 /* of the chosen engine kind */
	int64_t buffer_bytes, n_buffers; /* in effect on this host */
	struct strvec predicted;	 /* final set, sorted names */
	/* Why each of them is in it, in the same order: "open: rule, state" (why_kind_names of
	 * syscalls/select.h). Empty: unknown. */
	struct strvec reasons;
	enum res_status dry_status;
	char *dry_reason;
	struct strvec dry_log_tail;   /* last 20 log lines of a failed dry run */
	struct strvec dry_final;      /* as the engine printed it */
	bool agreement;		      /* predicted == dry_final */
	struct strvec missing, extra; /* predicted but not printed; printed but not predicted */
	int64_t rules_total, rules_complete,
		rules_blind;	  /* coverage of the user's rules; -1 unknown */
	struct strvec rules_lost; /* "rule: event types lost" */
	/* Names of repair(rules), sorted: the syscalls of the user's rules, less those that Falco
	 * ignores unless base_syscalls.all, with what Falco's repair adds to them (selection with
	 * no custom_set and repair on). Empty: unknown, or dummy rules. A recommended set always
	 * contains it. */
	struct strvec repair_set;
	struct strvec overlay_flags; /* the -o form of this case's settings */
	struct res_repeat *repeats;
	size_t n_repeats;
	struct res_summary sum;
	int rank;		      /* 1-based; 0: not ranked (failed) */
	int tie_group;		      /* 1-based */
	char *expect_failed;	      /* what an expectation of the case file found, or NULL */
	struct res_verdict *verdicts; /* primary first; none without an ok repeat */
	size_t n_verdicts;
	/* Events a second that were predicted for this case's set before the run, NaN unknown: what
	 * the load asks for (nothing else of the host is in it), and what a host profile has. A
	 * connect counts twice in both, as in n_evts. */
	double predicted_load_per_s, predicted_host_per_s;
	struct res_slowdown *slowdown; /* by worker of the load; none without --ladder */
	size_t n_slowdown;
};

/* A rung of the ladder (--ladder): an extra run in every round, beside those of the cases. */
struct res_rung {
	char *name; /* "no engine" or "floor", with the load where there are several */
	char *kind; /* RUNG_BARE, RUNG_FLOOR */
	char *load;
	char *case_key;	    /* the case that is this rung, whose repeats count; NULL: own ones */
	struct strvec set;  /* predicted final set of the floor */
	struct strvec uses; /* workers of the load that make events in it */
	struct res_repeat *repeats;
	size_t n_repeats;
};
#define RUNG_BARE  "bare"  /* the load without any engine */
#define RUNG_FLOOR "floor" /* with Test 1's set, below which no base_syscalls can go */

struct res_idle { /* the idle window before any load */
	bool known;
	double seconds, evts_per_s; /* with the largest set of the run */
	int64_t n_drops;
};

struct res_recommendation {
	char *kind;	/* "recommended", "diagnosis", "none-within", "unfixable", "no-data" */
	char *case_key; /* NULL when none */
	char *reason;	/* two sentences */
	char *yaml, *flags, *helm; /* ready to paste; NULL when none */
	struct strvec warnings;
};

/*
 * The last run of a recommended configuration (tune/verify.h): once dry and once live, on this host
 * with this engine.
 */
struct res_verification {
	char *state;   /* one of VERIFIED_*; NULL: there was nothing to verify */
	char *text;    /* what it showed, in words */
	char *engine;  /* path */
	char *load;    /* of the live run; NULL: there was none */
	char *as_case; /* measured as it is in the same run, under this name; else NULL */
	struct strvec settings; /* on top of the user's configuration, "key=value" */
	enum res_status dry, live; /* RES_SKIPPED: not run; text says why */
	bool agreement;		   /* the dry run printed the predicted set */
	int64_t syscalls;	   /* that it printed; RES_UNKNOWN */
	double seconds, evts_per_s, drop_rate; /* of the live run's window; NaN unknown */
	double limit; /* a drop rate above it is a failure; NaN: drops are only told */
};
#define VERIFIED_PASSED	  "passed"
#define VERIFIED_DRY_ONLY "dry-only" /* the dry run is fine, there was no live run */
#define VERIFIED_FAILED	  "failed"
#define VERIFIED_NOT	  "not-verified" /* nothing could be run */

struct res_comparison {	   /* advise/compare.h */
	char *a, *b;	   /* keys; a has the lower drop rate */
	double difference; /* of the drop rates, b less a */
	char *method;	   /* "signed-rank", "mann-whitney" or "intervals" */
	double p, p_holm;  /* two-sided, and corrected over the matrix; NaN with intervals */
	bool told_apart;
	int64_t more_repeats; /* of each that would tell; RES_UNKNOWN: told, or none would */
	char *text;	      /* a sentence */
};

struct results {
	/* host */
	char *hostname, *kernel, *arch, *cpu_model;
	int64_t n_cpus, mem_bytes;
	/* engine */
	char *engine_path, *engine_version; /* first line of --version */
	bool engine_embedded;
	struct strvec other_falcos; /* "pid name" of a Falco already running */
	/* the run */
	char *falcotune_version, *started, *command; /* ISO 8601 UTC; argv joined for display */
	struct strvec commands; /* every command line of the run, quoted for a shell */
	char *falco_release;			     /* of the prediction, "0.44.1" */
	char *canary; /* marker of the canaries; NULL: not asked for */
	uint64_t seed;
	int64_t repeats, warmup_ns, duration_ns;
	bool quick, dry_run_only, dummy_rules, interrupted;
	bool until_decided;  /* repeats is the most then; see run/sequential.h */
	int64_t max_time_ns; /* of the live runs; RES_UNKNOWN: no limit */
	double max_drop;
	bool max_drop_given;
	char *host_profile;   /* file of --host, NULL none */
	double cpu_limit;     /* CPUs of the engine's control group, NaN none */
	int64_t memory_limit; /* bytes of it, RES_UNKNOWN none */
	struct res_idle idle;
	struct res_case *cases;
	size_t n_cases;
	struct res_rung *rungs; /* of the ladder; none without --ladder */
	size_t n_rungs;
	size_t *order; /* case indexes in rank order; n_order of them */
	size_t n_order;
	struct res_comparison *comparisons; /* every pair of the ranked cases */
	size_t n_comparisons;
	struct res_recommendation rec;
	struct res_verification verification; /* of rec */
	struct strvec warnings;
};

#define RESULTS_INIT                                                                               \
	{                                                                                          \
		0                                                                                  \
	}
void results_release(struct results *r);
void results_clear_comparisons(struct results *r);
/* Nothing known, nothing to verify. */
void res_verification_init(struct res_verification *v);
void res_verification_release(struct res_verification *v);
bool res_verification_failed(const struct res_verification *v);
/* null where there was nothing to verify, and back. */
json_t *res_verification_to_json(const struct res_verification *v);
int res_verification_from_json(struct res_verification *out, const json_t *doc, const char *file,
			       struct error *err);
void res_comparison_release(struct res_comparison *c);
void res_rung_release(struct res_rung *r);
void res_case_clear_slowdown(struct res_case *c);
void res_case_release(struct res_case *c);
void res_repeat_release(struct res_repeat *r);
/* Fill a new one with "unknown" everywhere. */
void res_case_init(struct res_case *c);
void res_summary_init(struct res_summary *s);
void res_repeat_init(struct res_repeat *r);
void res_sample_init(struct res_sample *s);
void res_sample_release(struct res_sample *s);
/* One repeat, for the journal; n_cpus is the length of the per-CPU arrays. */
json_t *res_repeat_to_json(const struct res_repeat *r, int64_t n_cpus);
int res_repeat_from_json(struct res_repeat *out, const json_t *doc, int64_t n_cpus,
			 const char *file, struct error *err);
/* Of other documents: the host; and the engine without the other ones on the host. */
json_t *res_host_json(const struct results *r);
json_t *res_engine_json(const struct results *r);
/* The JSON document (templates/results.schema.json); the caller owns the reference. */
json_t *results_to_json(const struct results *r);
/* Read it back. Error: ERROR_INPUT naming the JSON path. */
int results_from_json(struct results *out, const json_t *doc, const char *file, struct error *err);
/* The same where the text that doc was read from is at hand: errors have file:line:col too. */
int results_from_text(struct results *out, const json_t *doc, const char *text, size_t len,
		      const char *file, struct error *err);
/* Read a results.json, or the one in a folder. ERROR_INPUT. */
int results_read_file(const char *path, struct results *out, struct error *err);
/* Where the document begins in a text: the log of a container has what the program said on its way
 * before it. The text itself where no line begins an object. */
const char *results_text_start(const char *text);

#endif

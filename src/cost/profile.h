/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile of the embedded engine: where its consumer's time went, by phase, event type, rule and
 * check. Read from what falcotune-engine writes (templates/profile.schema.json says what each
 * member is), checked, added up over several runs, and written again in the same form.
 *
 * Times are ns, net of what the timer costs; -1 is an unknown whole number, NaN an unknown real
 * one, and neither is ever 0 instead. Nothing here reads a clock or starts anything.
 */
#ifndef FT_COST_PROFILE_H
#define FT_COST_PROFILE_H

#include "base/error.h"
#include "base/strbuf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define EPROFILE_SCHEMA 1

struct ep_bucket {
	double lo_ns, hi_ns; /* lo <= t < hi */
	int64_t n;
};

struct ep_time {
	int64_t count;	     /* how often; exact */
	int64_t timed;	     /* how many of them were measured */
	int64_t interrupted; /* and how many were not, because the CPU was taken away meanwhile */
	double sum_ns;	     /* of all `count`: their mean times the count */
	double mean_ns, p50_ns, p99_ns, max_ns;
	double interrupted_ns;
	struct ep_bucket *v; /* ascending; none of a check's time */
	size_t n;
};

/* In the order of the engine's list. */
enum ep_phase_id {
	EP_EMPTY_POLL,
	EP_SLEEP, /* the only one that is no CPU time */
	EP_READ,
	EP_STATE,
	EP_NOT_BROKEN,
	EP_BROKEN,
	EP_OUTPUT,
	EP_HOUSEKEEPING,
	EP_N_PHASES
};

struct ep_phase {
	char *id, *title;
	struct ep_time time;
};

struct ep_event {
	char *name; /* NULL unknown */
	int64_t nr, events, rules, evaluated, broken, checks, matches;
	struct ep_time state, time;
};

/* What a rule did, on all events or on one kind of them. */
struct ep_work {
	int64_t offered;     /* events of the kinds that the rule is for */
	int64_t evaluations; /* of these, without those that an earlier rule had matched */
	int64_t checks, matches;
	double mean_checks; /* of one evaluation */
	struct ep_time not_broken, broken, output;
};

struct ep_rule_event {
	char *event;
	int64_t nr;
	struct ep_work work;
};

struct ep_check {
	int64_t id;
	char *text, *transformer, *field, *op, *modifier;
	int64_t constants;
	bool values_of_event, by_event_type;
	char *on_true, *on_false; /* id of the next check, "accept" or "reject" */
	int64_t evaluations, is_true;
	bool has_time; /* false: the profile was taken without times of checks */
	struct ep_time time;
};

struct ep_rule {
	char *name, *priority, *source, *why_not;
	struct strvec tags;
	bool evaluated;
	struct ep_work totals;
	struct ep_rule_event *by_event;
	struct ep_check *checks;
	size_t n_events, n_checks;
};

struct ep_node {
	char *name, *kind; /* window, phase, event, rule, check, overhead */
	int64_t count;
	double sum_ns; /* with its children */
	struct ep_node *v;
	size_t n;
};

struct eprofile {
	/* Facts of the (first) run. */
	char *engine, *engine_version, *selects_as;
	char *hostname, *kernel;
	int64_t n_cpus;
	char *started;
	char *source, *file, *recorded; /* "live" or "replay"; the recording, when it was made */
	char *pids;			/* processes that it is of, "12,34"; NULL: all */
	int64_t not_recorded;		/* events that are missing in the recording */
	char *rule_matching, *detail, *clock;
	double ticks_per_ns, interrupted_above_ns;
	/* Sums over the runs. */
	double window_ns, cpu_ns;
	int64_t seen, own, without_rules, evaluated, broken;
	int64_t others; /* events of other processes than pids: in no other count; -1: none apart */
	int64_t kernel_events, kernel_drops;
	double reading_ns, reading_inside_ns; /* means over the runs */
	int64_t readings;
	double readings_ns, overhead_ns, overhead_per_event_ns;
	struct ep_phase phases[EP_N_PHASES];
	struct ep_event *events;
	struct ep_rule *rules;
	struct ep_node tree;
	size_t n_events, n_rules;
	int64_t total_events, total_evaluations, total_checks, total_matches;
	double rules_ns, output_ns, phases_ns, interrupted_ns;
};

/* Read and check one. name: of the file, for messages. ERROR_INPUT: `name: .path: expected ...`, or
 * which of its sums does not hold. *out is to be released when 0 was returned. */
int eprofile_parse(const char *name, const char *text, size_t len, struct eprofile *out,
		   struct error *err);
int eprofile_read(const char *path, struct eprofile *out, struct error *err);
void eprofile_release(struct eprofile *p);

/* Those of several files; zeroed before. */
struct ep_files {
	struct eprofile *v;
	const struct eprofile **views; /* of each */
	size_t n;
};
/* Release in any case. */
int ep_files_read(const struct strvec *files, struct ep_files *out, struct error *err);
void ep_files_release(struct ep_files *f);

/* Do all sums hold: counts exactly, times within EPROFILE_SUMS? ERROR_INPUT names the first that
 * does not. */
int eprofile_check(const char *name, const struct eprofile *p, struct error *err);
#define EPROFILE_SUMS 1e-6 /* relative; 15 digits are written, a few thousand are added up */

/* The same document again; the caller owns the reference. */
json_t *eprofile_to_json(const struct eprofile *p);

/* ---- several runs ---- */

/* Add b to a: counts and times add up, quantiles are those of both (profile_merge.c). The runs must
 * be of the same rules: ERROR_INPUT says where they differ. */
int eprofile_add(struct eprofile *a, const struct eprofile *b, struct error *err);
/* Are all counts the same? Fills *what with the first that differs ("matches of rule 'x' on open:
 * 3, then 4"); the caller frees. Two replays of one recording never differ. */
bool eprofile_same_counts(const struct eprofile *a, const struct eprofile *b, char **what);

struct ep_runs {
	struct eprofile *v; /* each run */
	size_t n;
	struct eprofile all; /* all of them added up */
	bool same_counts;    /* all runs are replays, with the same counts */
};

/* Add v up, which is taken, on error too. Replays of one recording must have the same counts:
 * ERROR_INTERNAL otherwise. ERROR_INPUT: runs that cannot be added up. n > 0. Release in any case.
 */
int ep_runs_make(struct ep_runs *r, struct eprofile *v, size_t n, struct error *err);
void ep_runs_release(struct ep_runs *r);

/* ---- figures ---- */

/* CPU time of the engine's consumer without what the profiling took: all phases but sleep. */
double ep_cpu_ns(const struct eprofile *p);
/* What a rule took of it: its evaluations and its alerts. */
double ep_rule_ns(const struct ep_rule *r);
/* The same for each event that it was offered; NaN without any. */
double ep_rule_per_event_ns(const struct ep_rule *r);
double ep_rule_share(const struct eprofile *p, const struct ep_rule *r); /* of ep_cpu_ns() */
/* What the profiling took, of the window and of ep_cpu_ns(); NaN unknown. */
double ep_overhead_of_window(const struct eprofile *p);
double ep_overhead_of_cpu(const struct eprofile *p);
void ep_node_release(struct ep_node *n);
/* Time of a node that is not its children's; never below 0. */
double ep_self_ns(const struct ep_node *n);
/* What is no CPU time of the engine: sleep, time that others had the CPU, and what the profiling
 * took. */
bool ep_apart(const struct ep_node *n);
/* Rules by their time, the dearest first; those that the engine cannot evaluate come last. Fills
 * p->n_rules indices; the caller frees. */
size_t *ep_ranking(const struct eprofile *p);

/* One figure over the runs. */
struct ep_spread {
	double mean;   /* over the runs */
	double lo, hi; /* 95 % t interval of the mean; NaN for fewer than two runs */
};
typedef double (*ep_figure)(const struct eprofile *p, size_t rule);
void ep_spread_of(const struct ep_runs *r, ep_figure figure, size_t rule, struct ep_spread *out);
/* Two of them. */
double ep_figure_share(const struct eprofile *p, size_t rule);
double ep_figure_per_event_ns(const struct eprofile *p, size_t rule);

#endif

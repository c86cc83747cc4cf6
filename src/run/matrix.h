/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The matrix of a run: each expanded case joined with the user's rules and configuration, with the
 * prediction of what a Falco of the catalogue's release will trace, and all that is needed to start
 * an engine for it: the overlay falco.yaml, the rules files and the command lines.
 *
 * Building reads case files, rules and falco.yaml, and nothing of the host but what the input says
 * (n_cpus); it runs nothing and writes nothing. Sizes in bytes, shares 0..1.
 *
 * Which rules a case gets: "dummy" is rulesets/dummy.yaml, or the -r files when there are any;
 * "user" is the -r files, or rules_files of the configuration when there are none; a path is that
 * file, whatever -r says.
 */
#ifndef FT_RUN_MATRIX_H
#define FT_RUN_MATRIX_H

#include "base/error.h"
#include "base/opts.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "run/case.h"
#include "syscalls/select.h"

#include <stdbool.h>
#include <stdint.h>

struct matrix_input {
	const char *config;	    /* falco.yaml (-c); NULL: the values Falco 0.44.1 ships */
	const struct strvec *sets;  /* -o key=value, in order; may be NULL */
	const struct strvec *rules; /* -r files and folders, in order; may be NULL */
	const struct strvec *cases; /* --cases; NULL or empty: the six stock cases */
	/* Buffer settings for every case in place of its own; may be NULL */
	const struct case_buffers *buffers;
	const char *load;	      /* --load: wins over the cases' own; may be NULL */
	const char *default_load;     /* for cases that name none; NULL: MATRIX_DEFAULT_LOAD */
	const char *metrics_interval; /* of the engines' snapshots; NULL: 1s */
	const char *falco_release;    /* catalogue of the prediction; NULL: the newest */
	int n_cpus;		      /* online CPUs; 0: sysconf(_SC_NPROCESSORS_ONLN) */
	/* The embedded engine will run it: it satisfies a container plugin requirement itself and
	 * loads no plugins, so that `plugins: none` makes no variant of its own. */
	bool embedded;
	const char *first_rules; /* a rules file before those of every case; may be NULL */
};

#define MATRIX_DEFAULT_LOAD "mixed"

struct matrix_case {
	const struct tcase *tc; /* borrowed from the matrix */
	char *dir_name;		/* tc->key with '/' as '.', names the case folder; owned */
	char *skip;		/* why this case cannot be run as asked, or NULL; owned */
	char *load;		/* profile id or absolute path in effect; owned */
	char *rules_label;	/* "dummy" or the files' names joined by ", "; owned */
	bool dummy_rules;
	struct strvec rules_files; /* absolute paths, in the order of -r */

	/* What is in effect: the case's, or else the user's. */
	enum engine_kind kind;
	int preset; /* 1..10 */
	bool drop_failed_exit;
	int cpus;		  /* cpus_for_each_buffer in effect, at most n_cpus, never 0 */
	int64_t buffer_bytes;	  /* of one ring buffer */
	int64_t n_buffers;	  /* on n_cpus CPUs */
	struct strvec custom_set; /* as written, "!name" for negatives */
	bool repair, all;
	bool all_flag; /* all is said by -A, as in releases without base_syscalls.all */

	/* The prediction. Empty for a skipped case. */
	const struct loaded_rules *loaded; /* what it was made from; private */
	struct selection sel;
	struct strvec predicted; /* final set, names as Falco prints them, sorted */
	char *expect_failed;	 /* how the prediction misses expect.final_set, or NULL; owned */

	/* Coverage of the rules that are evaluated (enabled, syscall source, within priority). A
	 * rule is complete when it keeps every event type it asks for, blind when it keeps none. */
	int64_t rules_total, rules_complete, rules_blind;
	struct strvec rules_lost; /* "rule: event types lost", in rule order */
	/* The syscalls of the user's rules (less those that Falco ignores), with what Falco's
	 * repair adds to them; sorted. Empty for dummy rules. See res_case.repair_set. */
	struct strvec repair_set;
	/* Predicted kernel events a second from a host profile, and for each CPU of its host: mean,
	 * and the 99th percentile of its bins; filled by the caller where there is a profile. NaN
	 * unknown. */
	double events_per_s, events_per_cpu, events_p99_per_cpu;
};

struct matrix_private;

struct matrix {
	struct config config;
	const struct catalogue *cat;
	struct case_list list;
	struct matrix_case *v; /* in the order of --cases */
	size_t n, alloc;
	size_t n_skipped;
	int n_cpus;
	const char *metrics_interval; /* borrowed from the input */
	bool dummy_rules;	      /* no case runs anything but the dummy rule set */
	bool has_rates;		      /* a host profile gave events_per_s: it is shown */
	struct strvec warnings; /* findings of rules, invalid names, useless options; for stderr */
	struct matrix_private *priv;
};

/* Build it. ERROR_INPUT, with the place where there is one, for bad options, configuration, case
 * files and rules that Falco would refuse; on failure *out needs no release. */
int matrix_build(struct matrix *out, const struct matrix_input *in, struct error *err);
void matrix_release(struct matrix *m);
/* The input that c->sel was computed from, for its reasons; borrows from m. False when the case is
 * skipped. */
bool matrix_select_input(const struct matrix *m, const struct matrix_case *c,
			 struct select_input *in);
/* Fill events_per_s and so on from a host.json. ERROR_INPUT. */
int matrix_add_rates(struct matrix *m, const char *host_file, struct error *err);
/* The rules that the case was predicted from, owned by the matrix; NULL: skipped. Those are
 * evaluated that rule_is_active() under *options. */
struct ruleset;
struct ruleset_options;
const struct ruleset *matrix_ruleset(const struct matrix_case *c,
				     const struct ruleset_options **options);
/* By key, or NULL. */
const struct matrix_case *matrix_find(const struct matrix *m, const char *key);

/* The overlay falco.yaml of a case, appended to out; metrics and alerts go to these files
 * (absolute, or relative to the engine's working directory). To be written with mode 0600. */
int matrix_overlay(const struct matrix *m, const struct matrix_case *c, const char *metrics_file,
		   const char *alerts_file, bool libbpf_stats, struct strbuf *out,
		   struct error *err);
/* The command line, appended to argv: ENGINE -c CONFIG -r FILE... [-A] [--dry-run]. rules: NULL for
 * the case's own rules_files. */
void matrix_argv(const struct matrix_case *c, const char *engine, const char *config,
		 const struct strvec *rules, bool dry_run, struct strvec *argv);
/* The case's settings as key=value for Falco's -o, appended to flags. */
void matrix_o_flags(const struct matrix *m, const struct matrix_case *c, struct strvec *flags);
/* Why each name of c->predicted is in it, in the same order, appended to out: "open: rule, state",
 * with the words of why_kind_names (syscalls/select.h). Nothing for a case that is skipped. */
void matrix_reasons(const struct matrix *m, const struct matrix_case *c, struct strvec *out);
/* argv as a person types it into a shell, quoted where needed, appended to out. */
void matrix_shell_line(const struct strvec *argv, struct strbuf *out);

/* The matrix as a table (text, csv, md) or a JSON object, appended to out. Other formats: returns
 * ERROR_INPUT. Titles, paths and names are escaped for the format. */
int matrix_show(const struct matrix *m, enum out_format format, struct strbuf *out,
		struct error *err);

/* Write every case that is not skipped below dir: DIR_NAME/falco.yaml (mode 0600), the rules below
 * rules/, commands.txt with the two command lines, predicted.txt (the final set, a name a line),
 * and a README.txt for the whole. dir must not exist or be empty; all of it appears at once, or
 * nothing does. engine: the executable named in the command lines. */
int matrix_write(const struct matrix *m, const char *dir, const char *engine, struct error *err);

#endif

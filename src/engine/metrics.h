/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metrics file: JSON lines that an engine appends while it runs, read as they grow.
 *
 * A field that is not there is METRIC_UNKNOWN, never 0. The last line counts only when it is
 * complete; a complete line that is no metrics snapshot is broken.
 */
#ifndef FT_ENGINE_METRICS_H
#define FT_ENGINE_METRICS_H

#include "base/error.h"
#include "base/strbuf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define METRIC_UNKNOWN INT64_C(-1)

/* The counters that are read; the drop categories stand together, in Falco's order. */
enum metric {
	METRIC_N_EVTS,
	METRIC_N_DROPS,
	METRIC_NUM_EVTS,
	METRIC_DROPS_CLONE_FORK,
	METRIC_DROPS_EXECVE,
	METRIC_DROPS_CONNECT,
	METRIC_DROPS_OPEN,
	METRIC_DROPS_DIR_FILE,
	METRIC_DROPS_OTHER_INTEREST,
	METRIC_DROPS_CLOSE,
	METRIC_DROPS_PROC_EXIT,
	METRIC_DROPS_SCRATCH_MAP,
	METRIC_DROPS_PAGE_FAULTS,
	METRIC_DROPS_BUG,
	METRIC_QUEUE_DROPS,
	METRIC_N_THREADS,
	METRIC_N_FDS,
	METRIC_FAILED_THREAD_LOOKUPS,
	METRIC_THREADTABLE_FULL,
	METRIC_FAILED_FD_LOOKUPS,
	METRIC_STORE_DROPS,
	METRIC_PROCS_RUNNING, /* of the host, at the moment of the snapshot */
	METRIC_HOST_CPUS,
	METRIC_RULE_MATCHES, /* of all rules; falco.rules.matches_total */
	METRIC_N,
};

struct metrics_sample {
	int64_t t_ns; /* evt.time */
	int64_t v[METRIC_N];
	int64_t *cpu_evts, *cpu_drops; /* n_cpus each, NULL when not told */
	size_t n_cpus;
	struct strvec rules; /* "name=count" of falco.rules.*, names as sanitised by the engine */
	/* CPU of the whole engine since its start, recovered from falco.cpu_usage_perc (an average
	 * since the start with one decimal), and how far off that may be: it grows with the age. */
	int64_t cpu_ns, cpu_error_ns;
	/* Sum of the plugins' counters (plugins.*) that count losses: METRIC_UNKNOWN when no plugin
	 * tells any. */
	int64_t plugin_losses;
	int64_t rss_bytes; /* falco.memory_rss_*, whatever its unit */
	bool other_source; /* a line of a plugin's own event source: no kernel counters */
};

/* Whose it is. Texts are cut to their size, "" unknown; times METRIC_UNKNOWN. */
struct metrics_ident {
	char host[65], version[40], kernel[65], driver[24];
	int64_t start_ns, reload_ns; /* falco.start_ts of the process, reload_ts of its rules */
};

enum metrics_kind {
	METRICS_SNAPSHOT,
	METRICS_DROP_ALERT, /* "Falco internal: syscall event drop": counters of that second */
	METRICS_OTHER,	    /* an alert of a rule: nothing of it is read */
};

/* What is read beside the counters. */
struct metrics_want {
	size_t n_cpus; /* length of the per-CPU arrays, 0 none */
	bool rules;
};

/* A line of a metrics file, or of a Falco's JSON log. */
struct metrics_line {
	enum metrics_kind kind;
	struct metrics_ident id;
	struct metrics_sample s; /* to be released */
};

void metrics_sample_init(struct metrics_sample *s);
void metrics_sample_release(struct metrics_sample *s);
/* One line. n_cpus: length wanted of the per-CPU arrays, 0 none. Error: ERROR_ENV in words ("not
 * JSON ...", "has no evt.time"); *s then needs no release. */
int metrics_parse_line(struct metrics_sample *s, const char *line, size_t len, size_t n_cpus,
		       struct error *err);

/* The same for any line of a metrics file or JSON log. Lines as Falco writes them are read without
 * building a document (base/json_skim.h), all others by jansson. ERROR_ENV; *l then needs no
 * release. */
int metrics_read_line(struct metrics_line *l, const char *line, size_t len,
		      const struct metrics_want *want, struct error *err);
/* The same by jansson alone; equal to it, and for the tests of that. */
int metrics_read_document(struct metrics_line *l, const char *line, size_t len,
			  const struct metrics_want *want, struct error *err);

/* The same for output_fields alone, which have Falco's names. */
int metrics_read_fields(struct metrics_line *l, json_t *fields, const struct metrics_want *want,
			struct error *err);
int metrics_parse_fields(struct metrics_sample *s, json_t *fields, size_t n_cpus,
			 struct error *err);

struct metrics_tail {
	char *path;
	int fd;		       /* -1 until the file is there */
	struct strbuf partial; /* what follows the last newline */
	size_t n_lines;	       /* complete ones so far */
	size_t n_broken;       /* of these, no snapshots */
	char *first_broken;    /* "line 4: not JSON ..." */
	size_t n_cpus;
};

/* path is copied. The file need not be there yet. */
void metrics_tail_init(struct metrics_tail *t, const char *path, size_t n_cpus);
void metrics_tail_release(struct metrics_tail *t);
/* Called for every new snapshot; takes nothing over (*s is released afterwards). */
typedef void (*metrics_fn)(void *arg, const struct metrics_sample *s);
/* Read what was appended since the last call. Error: ERROR_ENV when the file cannot be read. */
int metrics_tail_read(struct metrics_tail *t, metrics_fn fn, void *arg, struct error *err);

#endif

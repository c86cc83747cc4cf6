/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data that people already have, read as one stream of samples in constant memory: a callback for
 * each, nothing is kept. What is made of them is in import/series.h and import/rounds.h; a merger
 *of many hosts needs only this header:
 *
 *	struct import_reader r;
 *
 *	import_begin(&r, &options, &sink);
 *	for each file: import_file(&r, path, &err);    (or import_files(), oldest file first)
 *	import_end(&r);                                (r.counts stays readable until then)
 *
 * What a line is, is told by the line (the table in read.c), so that a log with several kinds in it
 * is read too. A line that should be data and is not is broken: counted, and the first ones named.
 * No globals: one reader a thread. Rates and shares are not computed here.
 */
#ifndef FT_IMPORT_IMPORT_H
#define FT_IMPORT_IMPORT_H

#include "base/error.h"
#include "base/strbuf.h"
#include "engine/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum import_kind {
	IMPORT_METRICS,	   /* a line of metrics.output_file */
	IMPORT_SNAPSHOT,   /* the metrics snapshot alert in a JSON log */
	IMPORT_DROP_ALERT, /* the drop alert, in a JSON or text log */
	IMPORT_SCRAPE,	   /* Prometheus text, one scrape */
	IMPORT_STATS,	   /* a line of the file of falco -s (releases up to 0.35) */
	IMPORT_ROUND,	   /* a round of event-generator bench, text or JSON */
	IMPORT_KINDS,
};
extern const char *const import_kind_names[]; /* "metrics lines" .. , NULL-terminated */

/* Where a sample stands; borrowed, for the time of the callback. */
struct import_place {
	const char *file;
	size_t line; /* 1-based, of a scrape its first */
	enum import_kind kind;
	int64_t number; /* its own number (sample of metrics is not one), or -1 */
};

#define IMPORT_MAX_ACTIONS 64

struct import_action {
	char *name;
	int64_t actual, expected;
};

struct import_round {
	int64_t number;
	int64_t sleep_ns; /* -1 unknown */
	double eps;	  /* actions a second; NaN unknown */
	double lost;	  /* 1 - actual / expected over its actions, else as printed; NaN */
	double cpu;	  /* of the watched process, 1: one CPU; NaN */
	double rss, virt; /* bytes of 1000^n, as event-generator prints them; NaN */
	bool unexpected;  /* more alerts than actions: it was done again */
	struct import_action actions[IMPORT_MAX_ACTIONS];
	size_t n_actions;
};

/* Each may be NULL. What is handed over is borrowed. */
struct import_sink {
	void *arg;
	/* Counters since the start of a Falco, at a time: metrics, snapshot, scrape, stats. A line
	 * of stats counts its time from the start of its Falco, in steps of the interval; the first
	 * one comes with the one before it, made from its own difference. No rules, no per-CPU
	 * arrays. */
	void (*sample)(void *arg, const struct import_place *at, const struct metrics_line *l);
	/* Counters of the second before; time or host may be unknown. */
	void (*drop_alert)(void *arg, const struct import_place *at, const struct metrics_line *l);
	void (*round)(void *arg, const struct import_place *at, const struct import_round *r);
	void (*file)(void *arg, const char *file); /* another file begins */
};

#define IMPORT_STATS_INTERVAL INT64_C(1000000000)
#define IMPORT_NAMED	      5

struct import_options {
	int64_t stats_interval_ns; /* between lines of a stats file, which has no times; 0: 1 s */
};

struct import_counts {
	uint64_t bytes, lines;
	uint64_t used[IMPORT_KINDS]; /* samples, alerts, rounds */
	uint64_t other;		     /* lines of logs that carry nothing of this */
	uint64_t broken;
	struct strvec broken_names;  /* "file:line: why", the first IMPORT_NAMED of them */
	size_t files, files_without; /* without any of it */
	struct strvec without_names; /* the first IMPORT_NAMED of them */
	int64_t stats_interval_ns;
};

struct import_state;
struct import_reader {
	struct import_counts counts;
	struct import_state *state;
};

void import_begin(struct import_reader *r, const struct import_options *o,
		  const struct import_sink *sink);
/* "-" is standard input. ERROR_INPUT: it cannot be read. A file with nothing of this in it is no
 * error; counts says so. */
int import_file(struct import_reader *r, const char *path, struct error *err);
/* The same of what was read already; name stands for the file. */
int import_text(struct import_reader *r, const char *name, const char *text, size_t len,
		struct error *err);
/* By what import_files() orders: the time of a file's first sample (its number, where there are no
 * times), INT64_MAX where nothing in the beginning has any. ERROR_INPUT: it cannot be read. */
int import_first(const char *path, const struct import_options *o, int64_t *first,
		 struct error *err);
/* All of them, in the order of their first samples' times (numbers, where there are no times), so
 * that rotated files may be given in any order; "-" and files without come last. ERROR_INPUT: one
 * cannot be read, or there is nothing of this in any. */
int import_files(struct import_reader *r, const struct strvec *paths, struct error *err);
/* ERROR_INPUT when there was nothing of this in what was read; name stands for all of it. */
int import_check(const struct import_reader *r, const char *name, struct error *err);
void import_end(struct import_reader *r);

/* Is a text that begins so one of these? For commands that take other files as well. */
bool import_looks_like(const char *text, size_t len);

#endif

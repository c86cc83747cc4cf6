/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of the kinds share. */
#ifndef FT_IMPORT_PRIVATE_H
#define FT_IMPORT_PRIVATE_H

#include "import/import.h"
#include "import/lines.h"

/* What kind of lines a file consists of, by the first that is known. */
enum import_family { FAMILY_NONE, FAMILY_JSON, FAMILY_SCRAPE, FAMILY_TEXT };

struct import_state {
	const struct import_sink *sink;
	struct import_sink own;
	struct import_counts *counts;
	const char *file; /* as it is shown */
	size_t line;
	enum import_family family;
	size_t unknown, first_unknown; /* lines before the family was known */
	uint64_t used;		       /* of this file */
	/* a scrape that is being read */
	struct strbuf scrape, first_name;
	size_t scrape_line;
	int64_t mtime_ns; /* of the file; -1 */
	/* stats of falco -s: the line before */
	int64_t stats_interval_ns, stats_sample, stats_events;
	/* event-generator bench: the round that is being read */
	struct import_round round;
	bool in_round, has_statistics;
	size_t round_line;
};

/* What a line turned out to be. */
enum import_taken { TAKEN, TAKEN_OTHER, TAKEN_BROKEN };

/* The line of l that was handed out last. */
void import_take_line(struct import_state *s, const struct lines *l, const char *line, size_t len);
/* When a regular file was written last, ns since the epoch; -1 for any other. */
int64_t import_mtime(int fd);

void import_broken(struct import_state *s, size_t line, const char *why);
void import_give(struct import_state *s, enum import_kind kind, size_t line, int64_t number,
		 const struct metrics_line *l);

/* One line each; why (of at least ERROR_MSG_MAX) is filled when it is broken. */
enum import_taken import_take_falco(struct import_state *s, const char *line, size_t len,
				    struct error *why);
enum import_taken import_take_drop_text(struct import_state *s, const char *line, size_t len,
					struct error *why);
enum import_taken import_take_scrape(struct import_state *s, const char *line, size_t len,
				     struct error *why);
enum import_taken import_take_stats(struct import_state *s, const char *line, size_t len,
				    struct error *why);
enum import_taken import_take_bench_json(struct import_state *s, const char *line, size_t len,
					 struct error *why);
enum import_taken import_take_bench_text(struct import_state *s, const char *line, size_t len,
					 struct error *why);

/* At the end of a file, or where another kind begins. */
void import_end_scrape(struct import_state *s);
void import_end_round(struct import_state *s);

#endif

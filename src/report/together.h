/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several results in one report: what is of the same kind is compared, value by value (before and
 * after, two hosts, two Falco releases), with what differs in host, engine and configuration; then
 * each follows as it is. Pure but for the page's skeleton.
 *
 * Two values are told apart when both have an interval and these do not overlap; without intervals
 * nothing is said.
 */
#ifndef FT_REPORT_TOGETHER_H
#define FT_REPORT_TOGETHER_H

#include "base/error.h"
#include "report/emit.h"
#include "report/svg_axis.h"

struct together_part {
	const char *label; /* unique among those of its kind; borrowed, as all of this */
	const char *path;  /* as it was given */
	const char *word;  /* "run", "capacity", "sweep", "search", "profile" */
	unsigned present;  /* REPORT_RUN .. (report/report.h) */
	const struct emit_kind *kind;
	const void *it;
	const json_t *doc; /* its JSON document */
};

/* Append the report of n > 1 parts:
 *   text, md  the comparison, then each part
 *   html      the same as a page, with figures
 *   csv       a row a value: kind, item, measure, unit, source, value, lo, hi (RFC 4180)
 *   json      templates/comparison.schema.json: sources, what differs, rows
 * Error: ERROR_ENV when the skeleton of the page is missing. */
int together_write(const struct together_part *v, size_t n, enum out_format f, struct strbuf *out,
		   struct error *err);

/* ---- values (together_values.c) ---- */

struct together_value {
	double v, lo, hi; /* NaN unknown */
};

struct together_row {
	const char *word; /* kind of the results */
	char *item;	  /* case, configuration, rule */
	const char *measure;
	enum svg_unit unit;
	struct together_value *by_part; /* one a part */
};

struct together_rows {
	struct together_row *v;
	size_t n, alloc;
	size_t n_parts;
};

/* Every value of every part, in the order in which they are met. */
void together_rows_make(struct together_rows *out, const struct together_part *v, size_t n);
void together_rows_release(struct together_rows *r);
extern const char *const together_unit_names[]; /* by enum svg_unit, for csv and json */

/* A fact of host, engine or configuration that is not the same everywhere. */
struct together_fact {
	char *name;	      /* "engine version" */
	struct strvec values; /* one a part of that kind, "unknown" */
};
struct together_facts {
	struct together_fact *v;
	size_t n, alloc;
};
/* Those of the parts of one kind. */
void together_facts_make(struct together_facts *out, const struct together_part *v, size_t n,
			 const char *word);
void together_facts_release(struct together_facts *f);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a profile says: which rule, phase, event type and check takes the engine's time.
 *
 * The share of a rule is of the CPU time of the engine's consumer: all its phases but sleep. What
 * the profiling itself takes is no part of it, and is shown apart.
 */
#ifndef FT_REPORT_PROFILE_H
#define FT_REPORT_PROFILE_H

#include "base/error.h"
#include "base/opts.h"
#include "cost/profile.h"
#include "report/emit.h"

struct profile_shown {
	struct ep_runs runs;
	char *what;	     /* what was profiled, in words: "the load mixed" */
	const char *command; /* borrowed */
	size_t top;	     /* rows of each table in text, md and html; 0: all */
	struct strvec warnings;
};

/* Append the report in that format. ERROR_ENV: the page's skeleton is not there. */
int profile_report(const struct profile_shown *s, enum out_format f, struct strbuf *out,
		   struct error *err);

extern const struct emit_kind profile_kind; /* of a struct profile_shown */

/* The call tree for a flame graph: lines "a;b;c N", N the self time in whole ns, of each node that
 * has any. Only CPU time of the engine: no sleep, no interruptions, no profiling; the sum over all
 * lines is ep_cpu_ns() rounded. Semicolons in names become commas, line ends blanks. Appended. */
void profile_folded(const struct eprofile *p, struct strbuf *out);

/* The call tree for Graphviz: a box for each node with its count, its time and the mean latency.
 * Children below PROFILE_DOT_MIN of the engine's CPU time are put together in one box, so that
 * thousands of them remain a picture. Appended. */
void profile_dot(const struct eprofile *p, struct strbuf *out);
#define PROFILE_DOT_MIN 0.001

/* The same of any tree; cpu_ns: all of it. */
void profile_tree_folded(const struct ep_node *root, struct strbuf *out);
void profile_tree_dot(const struct ep_node *root, double cpu_ns, struct strbuf *out);
/* As a picture; what: of what it is the CPU time, and what its levels are. */
char *profile_tree_flame(const struct ep_node *root, const char *what);

/* Parts of the report, for profile.c: pictures as inline SVG, which the caller frees; NULL when
 * there is nothing to draw. */
char *profile_flame_svg(const struct eprofile *p);
struct profile_hist {
	const char *label;
	const struct ep_time *time;
};
char *profile_hist_svg(const char *title, const struct profile_hist *v, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and names of a rule-set diff in words; private to src/report. */
#ifndef FT_REPORT_DIFF_WORDS_H
#define FT_REPORT_DIFF_WORDS_H

#include "report/diff_report.h"

/* "unknown" for NaN throughout; each appends. */
void diff_rate(struct strbuf *out, double per_s);		   /* 12.3k/s */
void diff_rate_change(struct strbuf *out, double old, double new); /* +1.2k/s (+10%) */
void diff_cpu(struct strbuf *out, double share);		   /* 3.1% */
void diff_cpu_change(struct strbuf *out, double old, double new);  /* +0.4pp (+12%) */
void diff_relative(struct strbuf *out, double change);		   /* +12%; from nothing */
void diff_checks(struct strbuf *out, double checks);		   /* 4.2 */
/* "a, b, c and 4 more". */
void diff_names(struct strbuf *out, const struct strvec *names, size_t most);
void diff_calls(struct strbuf *out, const struct catalogue *cat, struct bitset scs, size_t most);
/* "+a, +b, -c"; nothing when both are empty. */
void diff_gained_lost(struct strbuf *out, const struct strvec *gained, const struct strvec *lost,
		      size_t most);

#endif

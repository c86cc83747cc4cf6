/* SPDX-License-Identifier: Apache-2.0 */
/* Words and JSON of the report on costs; private to src/report. */
#ifndef FT_REPORT_COST_WORDS_H
#define FT_REPORT_COST_WORDS_H

#include "report/cost_report.h"

#include <jansson.h>

/* Each appends. Where the numbers are from; what to do about a rule and what it saves; the rules of
 * a step; calls, at most so many of them. */
void cost_words_origin(const struct cost_report *r, struct strbuf *out);
void cost_words_lever(const struct cost_report *r, const struct cost_rule *v, struct strbuf *out);
void cost_words_rules(const struct cost_report *r, const struct cost_step *s, size_t most,
		      struct strbuf *out);
void cost_words_calls(const struct cost_report *r, struct bitset scs, size_t most,
		      struct strbuf *out);
/* The active rule of an index of the steps. */
const char *cost_step_rule(const struct cost_report *r, size_t index);

json_t *cost_json(const void *it); /* struct cost_report */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the documents of the searches share. Every function returns a reference that the caller
 * owns; unknown is null.
 */
#ifndef FT_TUNE_JSON_H
#define FT_TUNE_JSON_H

#include "run/plan.h"
#include "run/results_fields.h"

#include <jansson.h>

/* The head of configuration. */
json_t *tune_configuration(const struct results *r);
/* {drop_rate, lo, hi, ...} of a case. */
json_t *tune_summary(const struct res_summary *s);
/* And back: o.measured into c->sum; null and absent leave it unknown. -1 with ERROR_INPUT. */
int tune_read_summary(struct jpath *at, const json_t *o, struct res_case *c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the documents of the searches share. Every function returns a reference that the caller
 * owns; unknown is null.
 */
#ifndef FT_TUNE_JSON_H
#define FT_TUNE_JSON_H

#include "run/plan.h"

#include <jansson.h>

json_t *tune_real(double v);
json_t *tune_whole(int64_t v);
json_t *tune_text(const char *s);
json_t *tune_strings(const struct strvec *v);
/* host, engine and the head of configuration. */
json_t *tune_host(const struct results *r);
json_t *tune_engine(const struct results *r);
json_t *tune_configuration(const struct results *r);
/* {drop_rate, lo, hi, ...} of a case. */
json_t *tune_summary(const struct res_summary *s);

#endif

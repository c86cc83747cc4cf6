/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of a JSON document that may be unknown: null then. The caller owns the reference.
 */
#ifndef FT_BASE_JVALUE_H
#define FT_BASE_JVALUE_H

#include <jansson.h>
#include <stdint.h>

/* null unless it is finite. */
json_t *jvalue_real(double v);
/* null below 0. */
json_t *jvalue_whole(int64_t v);

#endif

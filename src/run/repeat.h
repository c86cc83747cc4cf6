/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all live runs of a plan have in common, those of a case and those of a rung of the ladder:
 * an array of repeats, pending at first, each of which is run, told and written into the journal.
 */
#ifndef FT_RUN_REPEAT_H
#define FT_RUN_REPEAT_H

#include "run/results.h"
#include "run/session.h"

#include <stdarg.h>

/* n pending repeats in the folders DIR/repeat-1 and so on; the caller owns the array. */
struct res_repeat *repeats_make(const char *dir, size_t n);
/* Those that are pending will not be run. */
void repeats_skip(struct res_repeat *v, size_t n, const char *reason);
/* It failed; the first reason stays. Returns -1. */
int repeat_fail(struct res_repeat *r, const char *fmt, va_list ap);
/* Interrupted: as if it had not begun. */
void repeat_reset(struct res_repeat *r);
/* Show that it is over, which is run `repeat` of `repeats`: why it failed, or what was measured.
 * said: in place of its event rates, NULL these. left_s: of all. */
void repeat_tell(struct session *s, const char *key, const struct res_repeat *r, int repeat,
		 int repeats, double left_s, const char *said);
/* What an event of the journal holds of it: took_s and result; and into the plan's array again. */
void repeat_add_result(json_t *event, const struct res_repeat *r, int64_t n_cpus, double took_s);
int repeat_replay(struct res_repeat *v, size_t n, const json_t *event, int64_t n_cpus,
		  const char *file, size_t line, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of results.json, one table a struct, shared by the writer and the reader so that they
 * cannot disagree. Private to results_*.c.
 */
#ifndef FT_RUN_RESULTS_FIELDS_H
#define FT_RUN_RESULTS_FIELDS_H

#include "run/results.h"

enum field_type {
	F_STR,	  /* char *, NULL is null */
	F_I64,	  /* int64_t, RES_UNKNOWN is null */
	F_U64,	  /* uint64_t, below 2^63 */
	F_INT,	  /* int */
	F_DBL,	  /* double, NaN is null */
	F_BOOL,	  /* bool */
	F_VEC,	  /* struct strvec, array of strings */
	F_STATUS, /* enum res_status, by name */
	F_DROPS,  /* int64_t[DROP_N], object by category */
};

struct field {
	const char *name;
	enum field_type type;
	size_t at;
};

/* Each ends with an entry without a name. */
extern const struct field res_sample_fields[];
extern const struct field res_worker_fields[];
extern const struct field res_repeat_fields[];
extern const struct field res_recon_fields[];
extern const struct field res_summary_fields[];
extern const struct field res_case_fields[];
extern const struct field res_host_fields[];
extern const struct field res_engine_fields[];
extern const struct field res_run_fields[];
extern const struct field res_idle_fields[];
extern const struct field res_rec_fields[];
extern const struct field res_verification_fields[];
extern const struct field res_verdict_fields[];
extern const struct field res_comparison_fields[];
extern const struct field res_slowdown_fields[];
extern const struct field res_rung_fields[];

#endif

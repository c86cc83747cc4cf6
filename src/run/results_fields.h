/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of results.json, one table a struct, shared by the writer and the reader so that they
 * cannot disagree; and the reader of such tables, for the documents of the other measurements.
 */
#ifndef FT_RUN_RESULTS_FIELDS_H
#define FT_RUN_RESULTS_FIELDS_H

#include "base/jpath.h"
#include "run/results.h"

#include <stddef.h>

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

#define F(type, strukt, member)                                                                    \
	{                                                                                          \
#member, type, offsetof(struct strukt, member)                                     \
	}
#define F_AS(type, name, strukt, member)                                                           \
	{                                                                                          \
		name, type, offsetof(struct strukt, member)                                        \
	}
#define F_END                                                                                      \
	{                                                                                          \
		NULL, F_STR, 0                                                                     \
	}

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

/* Read the members of an object into a struct at base. What is absent or unknown keeps what base
 * had. ERROR_INPUT, with what was read in base, to be released as usual. */
int fields_read(struct jpath *at, const struct field *f, const json_t *j, void *base);
/* The same of doc.name, which may be absent. */
int fields_read_part(struct jpath *at, const json_t *doc, const char *name, const struct field *f,
		     void *base);
/* Host, engine and configuration, as far as a document has them; r is zeroed. */
int results_head_from_json(struct jpath *at, const json_t *doc, struct results *r);
/* Which of n words o.name is. */
int fields_read_word(struct jpath *at, const json_t *o, const char *name, const char *const *words,
		     size_t n, int *out);

#endif

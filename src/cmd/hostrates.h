/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Predicted kernel event rates of cases and of the user's own rules, from a host profile: what
 * `survey` prints and `matrix --host` adds. The selections are made first, so that bad rules are
 * refused before anything is counted; the rates when there is a profile.
 */
#ifndef FT_CMD_HOSTRATES_H
#define FT_CMD_HOSTRATES_H

#include "cmd/predict.h"
#include "report/rate_report.h"
#include "run/matrix.h"

struct hostrates {
	struct matrix matrix;
	struct prediction own;
	bool has_matrix, has_own;
	struct select_input *inputs; /* of the rows, which borrow them */
	struct rate_table table;
};

#define HOSTRATES_INIT                                                                             \
	{                                                                                          \
		.own = PREDICTION_INIT                                                             \
	}

/* Build the matrix; own: predict for in's rules and configuration as they are too. Warnings go to
 * stderr. Errors: ERROR_INPUT. Release in any case. */
int hostrates_prepare(struct hostrates *h, const struct matrix_input *in,
		      const struct catalogue *cat, bool own, struct cmd_ctx *ctx,
		      struct error *err);
/* Fill h->table; it borrows from h and from host. */
void hostrates_fill(struct hostrates *h, const struct host_profile *host);
void hostrates_release(struct hostrates *h);

#endif

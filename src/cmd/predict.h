/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One prediction of the syscall selection: from files and options to the selection of a release,
 * with everything that the printing of it needs.
 */
#ifndef FT_CMD_PREDICT_H
#define FT_CMD_PREDICT_H

#include "cmd/inputs.h"
#include "syscalls/ledger.h"
#include "syscalls/release.h"

struct predict_input {
	const struct catalogue *cat;
	const char *config_file;   /* NULL: the shipped values */
	const struct strvec *sets; /* "key=value" */
	const struct strvec *rules;
	bool all_flag; /* -A; only for releases that have it */
	/* Rules that were read already, in place of `rules`; NULL: none were. */
	const struct ruleset_text *texts;
	size_t n_texts;
	bool config_said; /* the warnings of the configuration were printed before */
};

struct prediction {
	const struct catalogue *cat;
	struct inputs from;
	struct ruleset rules;
	struct select_rule *active; /* of rules */
	struct select_input in;
	struct selection sel;
	struct ledger ledger;
	struct strvec refused; /* why this release would not start: "file:line:col: text" */
};

#define PREDICTION_INIT                                                                            \
	{                                                                                          \
		.from = INPUTS_INIT, .rules = RULESET_INIT, .sel = SELECTION_INIT                  \
	}

/* Reads and computes; warnings go to stderr as they come. Errors: ERROR_INPUT. *out must be
 * released in any case. */
int predict(struct prediction *out, const struct predict_input *in, struct cmd_ctx *ctx,
	    struct error *err);
void prediction_release(struct prediction *p);

/* The reasons for a name of the final set as text: "rule 'a', 'b'; state engine". Appended. */
void predict_reasons(const struct prediction *p, const char *name, struct strbuf *out);

#endif

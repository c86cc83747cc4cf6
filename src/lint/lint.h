/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings that Falco never gives: what a rule set and a configuration cost, where they do nothing,
 * and which inputs make Falco die without a report. Each kind of finding is one row of lint_table.
 *
 * Pure: nothing is read from the host. Severities: `error` only where Falco dies or the setting
 * does the opposite of what it says; `warning` where events, detections or much time are lost;
 * `info` for what is worth a look. Precision goes before recall: what cannot be decided from the
 * texts alone is not reported.
 */
#ifndef FT_LINT_LINT_H
#define FT_LINT_LINT_H

#include "config/config.h"
#include "rules/ruleset.h"
#include "syscalls/select.h"

enum lint_severity { LINT_ERROR, LINT_WARNING, LINT_INFO };
extern const char *const lint_severity_names[]; /* error warning info, NULL-terminated */

struct lint_ctx;

/* One kind of finding. A row has one or more of the functions; see lint_run. */
struct lint_row {
	const char *code; /* "FT001" */
	const char *slug; /* "no-event-type" */
	enum lint_severity severity;
	const char *summary; /* one line, for lists */
	const char *cost;    /* what it costs */
	const char *mend;    /* what to do about it */
	const char *more;    /* the long explanation, a few sentences */
	void (*whole)(struct lint_ctx *ctx, const struct lint_row *row);
	void (*rule)(struct lint_ctx *ctx, const struct lint_row *row, const struct rule *r);
	void (*node)(struct lint_ctx *ctx, const struct lint_row *row, const struct ast *a);
	bool on_joins; /* node is called for and, or, not instead of checks */
	bool rejected; /* also for rule sets that Falco rejects: it does not look at trees */
};
/* In the order of codes; ends with a row whose code is NULL. */
extern const struct lint_row lint_table[];
/* By code ("FT001", any letter case) or slug; NULL when there is none. */
const struct lint_row *lint_find(const char *code_or_slug);

struct lint_finding {
	const struct lint_row *row;
	const char *code; /* of the row */
	enum lint_severity severity;
	char *message;		/* owned */
	char *file;		/* owned; NULL when no file is to blame */
	size_t line, col;	/* 1-based, 0 unknown */
	char *item_type, *item; /* "rule" "macro" "list" "key", and its name; owned, may be
				 * NULL */
	const char *cost;	/* of the row */
	char *mend;		/* owned: the row's text, or a more exact one for this finding */
};

struct lint_findings {
	struct lint_finding *v;
	size_t n, alloc;
};

#define LINT_FINDINGS_INIT                                                                         \
	{                                                                                          \
		0                                                                                  \
	}
void lint_findings_release(struct lint_findings *f);
/* How many are at least as severe as that (error is the most severe). */
size_t lint_count(const struct lint_findings *f, enum lint_severity at_least);

/* All are borrowed and must outlive the call. */
struct lint_input {
	const struct ruleset
		*rules; /* loaded, also one that Falco would reject; `rules:` applied */
	const struct ruleset_options *options; /* that it was loaded with; NULL: the defaults */
	const struct config *config;	       /* NULL: lints of the configuration are left out */
	/* The syscall selection of these rules and this configuration, with its input; both NULL:
	 * they are computed here (from config, or from Falco's defaults without one). */
	const struct select_input *select;
	const struct selection *selection;
};

/* Run every row. Findings come sorted by file, line, column and code, each once. Fails never for
 * input that was loaded (0); -1 is kept for inputs that are not (err filled). */
int lint_run(const struct lint_input *in, struct lint_findings *out, struct error *err);

#define cleanup_lint_findings __attribute__((cleanup(lint_findings_release)))

#endif

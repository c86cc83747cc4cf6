/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the matrix share; see matrix.h.
 */
#ifndef FT_RUN_MATRIX_PRIVATE_H
#define FT_RUN_MATRIX_PRIVATE_H

#include "rules/ruleset.h"
#include "run/matrix.h"

/* One rule set as it is loaded for one or more cases. */
struct loaded_rules {
	char *key; /* files and options it was loaded with */
	struct ruleset rs;
	struct ruleset_options opt;
	struct select_rule *rules; /* the active ones */
	size_t n_rules;
	char *refused; /* why Falco would not take it, or NULL */
};

struct matrix_private {
	struct loaded_rules **v;
	size_t n, alloc;
};

/* The rule set of these files, loaded once; container: the container plugin is there. A rule set
 * that Falco would refuse is returned too, with .refused set. Owned by m. */
struct loaded_rules *matrix_rules(struct matrix *m, const struct strvec *files, bool container);
/* Fill c's prediction, coverage, repair_set and expect_failed from the rules. */
void matrix_predict(const struct matrix *m, struct matrix_case *c, const struct loaded_rules *lr);
/* Add a warning unless the same one is there: files may be loaded twice, with and without the
 * plugin. Takes text. */
void matrix_warn(struct matrix *m, char *text);
void matrix_private_free(struct matrix_private *p);

#endif

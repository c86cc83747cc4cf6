/* SPDX-License-Identifier: Apache-2.0 */
/* What plan.c shares with ladder.c. */
#ifndef FT_RUN_PLAN_PRIVATE_H
#define FT_RUN_PLAN_PRIVATE_H

#include "run/plan.h"

/* The matrix that the options ask for; borrows from both. */
struct matrix_input plan_matrix_input(const struct plan *p, const struct run_options *o);
/* Command line of that load for one live run of the plan, with the marker of the canaries (NULL:
 * none), appended. */
void plan_load_argv(const struct plan *p, const char *load, const char *canary,
		    struct strvec *argv);
void plan_case_release(struct plan_case *c);

#endif

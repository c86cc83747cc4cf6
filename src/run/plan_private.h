/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a plan: the whole (plan.c), its cases (plan_cases.c), the journal (plan_json.c), and
 * the ladder. */
#ifndef FT_RUN_PLAN_PRIVATE_H
#define FT_RUN_PLAN_PRIVATE_H

#include "run/plan.h"

/* The matrix that the options ask for; borrows from both. */
struct matrix_input plan_matrix_input(const struct plan *p, const struct run_options *o);
/* Cases, warnings and p->largest. Error: ERROR_INPUT when none can run. */
int plan_fill_cases(struct plan *p, const struct run_options *o, struct error *err);
/* Command lines of a case, which follow from the folder, the engine and the rules. */
void plan_fill_argv(struct plan *p, size_t i);
/* Sets p->largest, SIZE_MAX when every case is skipped. */
void plan_find_largest(struct plan *p);
/* Sets p->load_exe where live runs are wanted. Error: ERROR_ENV. */
int plan_find_load(struct plan *p, struct error *err);
/* Command line of that load for one live run of the plan, with the marker of the canaries (NULL:
 * none), appended. */
void plan_load_argv(const struct plan *p, const char *load, const char *canary,
		    struct strvec *argv);
void plan_case_release(struct plan_case *c);
/* Folder and rules of a case or rung, and back: -1 when they are damaged. */
json_t *plan_case_json(const struct plan_case *c);
int plan_case_take(struct plan_case *c, const json_t *j);

#endif

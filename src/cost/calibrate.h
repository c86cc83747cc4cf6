/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of the cost model from measurements: profiles of the embedded engine. Pure.
 *
 * Transport, state and output are means over the events and alerts of the profiles, state for each
 * type of event. The costs of operators and fields are a least-squares fit: a check costs what its
 * operator, its field, its transformer and the constants that it tries cost together, each check of
 * each rule weighed by how often it was evaluated; none is below 0. What the profiles do not tell
 * apart leans to the values that p had, scaled to the machine.
 */
#ifndef FT_COST_CALIBRATE_H
#define FT_COST_CALIBRATE_H

#include "cost/params.h"

/* p: of the embedded engine, read from the data file. Replaces what the profiles tell and sets
 * host, date and error. ERROR_INPUT when they tell nothing: no event was evaluated. */
int cost_calibrate(struct cost_params *p, const struct eprofile *const *profiles, size_t n,
		   struct error *err);

#endif

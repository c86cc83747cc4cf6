/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the rule-set diff. */
#ifndef FT_COST_DIFF_PRIVATE_H
#define FT_COST_DIFF_PRIVATE_H

#include "cost/diff.h"
#include "cost/meaning.h"
#include "cost/walk.h"

/* diff_rules.c: pair and compare the rules; rows in the order of the new side, then what is gone.
 */
void diff_pair_rules(const struct diff_input *in, struct diff *d);
void diff_row_release(struct diff_row *r);

/* diff_load.c: sets, rates and checks of the sides and of every row. */
void diff_price(const struct diff_input *in, struct diff *d);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of profile.h share. */
#ifndef FT_COST_PROFILE_PRIVATE_H
#define FT_COST_PROFILE_PRIVATE_H

#include "cost/profile.h"

extern const char *const ep_phase_ids[EP_N_PHASES];

void ep_time_release(struct ep_time *t);
void ep_work_release(struct ep_work *w);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of fleet/classes.h: what is recommended to a class, and who disagrees with it. */
#ifndef FT_FLEET_PROFILE_H
#define FT_FLEET_PROFILE_H

#include "fleet/classes.h"

void fleet_make_profiles(struct fleet_summary *s);
void fleet_find_deviants(struct fleet_summary *s);

#endif

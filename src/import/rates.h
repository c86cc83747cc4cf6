/* SPDX-License-Identifier: Apache-2.0 */
/* The rates of a session, for import/series.c. */
#ifndef FT_IMPORT_RATES_H
#define FT_IMPORT_RATES_H

#include "import/series.h"

void import_rates_release(struct import_rates *r);
void import_rates_add(struct import_rates *r, double rate, int64_t label);
/* Of all that are in it. `limited` is left to the caller. */
void import_rates_supported(const struct import_rates *r, struct import_supported *out);

#endif

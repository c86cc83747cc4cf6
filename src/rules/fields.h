/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that conditions and outputs can name, with their types and arguments.
 */
#ifndef FT_RULES_FIELDS_H
#define FT_RULES_FIELDS_H

#include "rules/loader.h"

/* May text stand on the left side of a check: a field with its argument, or a transformer? */
bool fields_valid_left(const struct loader *ld, const char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a value stands in the text of a JSON document. The JSON library tells the place of an error
 * of syntax only; a value of a wrong type is found again by its path. Pure.
 */
#ifndef FT_BASE_JSON_PLACE_H
#define FT_BASE_JSON_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* Line and column (both from 1, columns in characters) of the value at `path` ("$.calls[3].per_s")
 * in a text that is valid JSON. A member or element that is not there has the place of the object
 * or array that should hold it. False, and 0 for both, for a path or text that cannot be followed.
 */
bool json_place(const char *text, size_t len, const char *path, size_t *line, size_t *col);

#endif

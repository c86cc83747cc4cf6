/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a plain JSON object, and of one object in it, without building a document: some
 * ten times as fast as building one (tests/bench/bench_import.sh). Pure; allocates nothing.
 *
 * It takes less than JSON allows, and whatever it takes, jansson takes too with the same values
 * (tests/fuzz/fuzz_metrics.c). Not plain, and left to jansson, is a text with a backslash, a
 * character beyond ASCII, a number of more than 19 digits or with an exponent, or with a fault.
 */
#ifndef FT_BASE_JSON_SKIM_H
#define FT_BASE_JSON_SKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum skim_kind { SKIM_INTEGER, SKIM_REAL, SKIM_STRING, SKIM_OTHER };

struct skim_value {
	enum skim_kind kind;
	int64_t integer;
	const char *text; /* of a string without its quotes, of a number as it stands; not ended */
	size_t len;
};

struct skim_member {
	bool inside; /* in the inner object, else in the outer one */
	const char *key;
	size_t key_len;
	struct skim_value value; /* SKIM_OTHER: an object, array, literal; the inner object too */
};

/* Return false to give up. */
typedef bool (*skim_fn)(void *arg, const struct skim_member *m);

/* Call fn for each member of the object that the text is, in its order, and for each of its member
 * `inner` when that is an object. False when the text is not plain, or fn gave up: fn was called
 * for a part of it then. */
bool json_skim(const char *text, size_t len, const char *inner, skim_fn fn, void *arg);

/* The number of a SKIM_INTEGER or SKIM_REAL. */
double skim_number(const struct skim_value *v);
bool skim_is(const char *text, size_t len, const char *want);

#endif

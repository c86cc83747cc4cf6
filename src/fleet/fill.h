/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates of YAML files: text with places to fill. Pure.
 *
 * "@name@" stands for a value; "#@if name" and "#@end", each a line of its own, keep or leave out
 * what is between them (they do not nest). What a value becomes is decided by its kind and where it
 * stands, so that no value can break out of its place:
 *  - FILL_TEXT: a double-quoted YAML scalar; on a line that is a comment plain text, with control
 *    characters taken out;
 *  - FILL_RAW: as it is: numbers and words that this program made;
 *  - FILL_BLOCK: lines of YAML that this program made; the place must be alone on its line, and
 *    every line gets the place's indentation.
 */
#ifndef FT_FLEET_FILL_H
#define FT_FLEET_FILL_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>

enum fill_kind { FILL_TEXT, FILL_RAW, FILL_BLOCK };

struct fill_value {
	const char *name;
	enum fill_kind kind;
	char *value; /* owned; NULL: none, for "#@if" alone */
};

struct fill {
	struct fill_value *v;
	size_t n, alloc;
};

/* Set a value once; name is static, value is copied (NULL: not there). */
void fill_set(struct fill *f, const char *name, enum fill_kind kind, const char *value);
void fill_release(struct fill *f);

/* Append the template with its places filled. ERROR_INTERNAL naming the file and line for a place
 * without a value: templates belong to the program. */
int fill_template(const struct fill *f, const char *file, const char *text, struct strbuf *out,
		  struct error *err);

/* s as a double-quoted YAML scalar on one line; appended. What is not UTF-8 becomes U+FFFD. */
void fill_quote(const char *s, struct strbuf *out);
/* The same where Ansible reads it: text with its template marks is tagged as unsafe. */
void fill_quote_ansible(const char *s, struct strbuf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a reader of a JSON document is, for messages: "host.json: .calls[3].bins: expected ...".
 */
#ifndef FT_BASE_JPATH_H
#define FT_BASE_JPATH_H

#include "base/error.h"
#include "base/strbuf.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct jpath {
	const char *file;
	const char
		*text; /* that the document was read from, for line and column; NULL: not at hand */
	size_t len;
	struct strbuf path; /* of the object that is read, "$" at first; released by the caller */
	struct error *err;
	const void *arg; /* the reader's own, for what jpath_array() calls */
};

/* At the whole of a document: text and len as the members say (NULL, 0), arg NULL or the reader's
 * own. The caller releases the path. */
struct jpath jpath_root(const char *file, const char *text, size_t len, const void *arg,
			struct error *err);
/* Enter a member, of an array the index-th of it (SIZE_MAX: no array). Returns the length to give
 * jpath_leave(). */
size_t jpath_enter(struct jpath *at, const char *name, size_t index);
void jpath_leave(struct jpath *at, size_t len);
/* What the path leads to, or a member of it, is not what was expected. Returns -1 with ERROR_INPUT;
 * the path is of no further use. */
int jpath_bad_here(struct jpath *at, const char *want);
int jpath_bad(struct jpath *at, const char *name, const char *want);
/* 0 when what is read is an object, else -1 with ERROR_INPUT. */
int jpath_object(struct jpath *at, const json_t *j);

/* Read one member of an array into its slot, which is zeroed; 0, or -1 with ERROR_INPUT. */
typedef int (*jpath_each)(struct jpath *at, const json_t *j, void *slot);
/* The array o.name: *out gets room for its members, `size` bytes each and one more, owned by the
 * caller; *n grows before each is read, so that what was read is released whatever happens. -1 with
 * ERROR_INPUT when it is no array (*out untouched) or a member is wrong. */
int jpath_array(struct jpath *at, const json_t *o, const char *name, size_t size, jpath_each each,
		void **out, size_t *n);

#endif

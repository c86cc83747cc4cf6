/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jpath.h"

#include "base/json_place.h"
#include "base/mem.h"

struct jpath jpath_root(const char *file, const char *text, size_t len, const void *arg,
			struct error *err)
{
	struct jpath at = {.file = file,
			   .text = text,
			   .len = len,
			   .path = STRBUF_INIT,
			   .err = err,
			   .arg = arg};

	strbuf_addch(&at.path, '$');
	return at;
}

size_t jpath_enter(struct jpath *at, const char *name, size_t index)
{
	size_t len = at->path.len;

	if (index == SIZE_MAX)
		strbuf_addf(&at->path, ".%s", name);
	else
		strbuf_addf(&at->path, ".%s[%zu]", name, index);
	return len;
}

void jpath_leave(struct jpath *at, size_t len)
{
	strbuf_setlen(&at->path, len);
}

int jpath_bad_here(struct jpath *at, const char *want)
{
	size_t line = 0, col = 0;

	if (at->text)
		json_place(at->text, at->len, at->path.buf, &line, &col);
	return error_at(at->err, at->file, line, col, "%s: expected %s", at->path.buf, want);
}

int jpath_bad(struct jpath *at, const char *name, const char *want)
{
	strbuf_addf(&at->path, ".%s", name);
	return jpath_bad_here(at, want);
}

int jpath_object(struct jpath *at, const json_t *j)
{
	return json_is_object(j) ? 0 : jpath_bad_here(at, "an object");
}

int jpath_array(struct jpath *at, const json_t *o, const char *name, size_t size, jpath_each each,
		void **out, size_t *n)
{
	const json_t *a = json_object_get(o, name);

	if (!json_is_array(a))
		return jpath_bad(at, name, "an array");
	*out = xcalloc(json_array_size(a) + 1, size);
	for (size_t i = 0; i < json_array_size(a); i++) {
		size_t back = jpath_enter(at, name, i);

		(*n)++;
		if (each(at, json_array_get(a, i), (char *)*out + i * size))
			return -1;
		jpath_leave(at, back);
	}
	return 0;
}

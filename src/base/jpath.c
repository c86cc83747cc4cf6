/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jpath.h"

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

int jpath_bad(struct jpath *at, const char *name, const char *want)
{
	return error_input(at->err, "%s: %s.%s: expected %s", at->file, at->path.buf, name, want);
}

int jpath_object(struct jpath *at, const json_t *j)
{
	if (json_is_object(j))
		return 0;
	return error_input(at->err, "%s: %s: expected an object", at->file, at->path.buf);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/fields.h"

#include "base/mem.h"
#include "probe/fields_priv.h"
#include "probe/params_text.h"

#include <stdlib.h>

static const struct field *const tables[] = {
	fields_evt, fields_arg,	 fields_proc, fields_thread,
	fields_fd,  fields_path, fields_user, fields_container,
};

const struct field *field_nth(size_t i)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct field *f = tables[t]; f->name; f++)
			if (i-- == 0)
				return f;
	return NULL;
}

/* By its whole name; or, *rest then being what follows the dot, by the part before a dot. */
static const struct field *find(const char *name, const char **rest)
{
	const struct field *f;

	*rest = NULL;
	for (size_t i = 0; (f = field_nth(i)); i++)
		if (!strcmp(f->name, name))
			return f;
	for (size_t i = 0; (f = field_nth(i)); i++) {
		size_t n = strlen(f->name);

		if (f->flags & FIELD_DOTTED && !strncmp(f->name, name, n) && name[n] == '.') {
			*rest = name + n + 1;
			return f;
		}
	}
	return NULL;
}

static long parse_index(const char *text)
{
	char *end;
	long v;

	if (!text || !*text)
		return -1;
	v = strtol(text, &end, 10);
	return *end || v < 0 ? -1 : v;
}

/* evt.rawarg has the type of the first parameter of that name. */
static enum value_type raw_type(const char *name)
{
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++)
		for (size_t i = 0; i < param_lists[nr].n; i++)
			if (!strcmp(param_lists[nr].v[i].name, name))
				return param_is_text(param_lists[nr].v[i].type) ? VALUE_STR
										: VALUE_INT;
	return VALUE_INT;
}

/* What a parameter needs recorded; flags of the file include what the kernel adds to those of the
 * call. */
static unsigned param_wants(const struct param *p)
{
	switch (p->from) {
	case PARAM_FROM_ENV:
		return FIELD_WANTS_ENV;
	case PARAM_FROM_DATA:
		return FIELD_WANTS_DATA;
	case PARAM_FROM_FILEDEV:
	case PARAM_FROM_FILEINO:
	case PARAM_FROM_OPENFLAGS:
		return FIELD_WANTS_OPENED;
	case PARAM_FROM_USAGE:
		return FIELD_WANTS_USAGE;
	case PARAM_FROM_FDTUPLE:
		return FIELD_WANTS_ENDS;
	default:
		return 0;
	}
}

/* Of evt.arg and evt.rawarg, for all events that have such a parameter. */
static unsigned argument_wants(const struct field_ref *ref)
{
	unsigned wants = 0;

	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++)
		for (size_t i = 0; i < param_lists[nr].n; i++)
			if (ref->index >= 0 ? i == (size_t)ref->index
					    : !strcmp(param_lists[nr].v[i].name, ref->arg))
				wants |= param_wants(&param_lists[nr].v[i]);
	return wants;
}

bool field_ref_init(struct field_ref *ref, const char *name, const char *arg)
{
	const char *rest;
	const struct field *f = find(name, &rest);

	memset(ref, 0, sizeof(*ref));
	if (!f || (arg && *arg && !(f->flags & (FIELD_ARG | FIELD_NEEDS_ARG))))
		return false;
	if (arg && *arg)
		rest = arg;
	if (!rest && f->flags & FIELD_NEEDS_ARG)
		return false;
	ref->field = f;
	ref->type = f->type;
	ref->flags = f->flags;
	ref->arg = rest ? xstrdup(rest) : NULL;
	ref->index = parse_index(rest);
	if (rest)
		ref->flags &= ~(unsigned)(FIELD_EACH | FIELD_LIST);
	if (f->flags & FIELD_ARGUMENT)
		ref->flags |= argument_wants(ref);
	if (f->flags & FIELD_DYNAMIC)
		ref->type = raw_type(ref->arg ? ref->arg : "");
	strbuf_init(&ref->buf);
	return true;
}

void field_ref_release(struct field_ref *ref)
{
	if (!ref->field)
		return;
	free(ref->arg);
	strbuf_release(&ref->buf);
	memset(ref, 0, sizeof(*ref));
}

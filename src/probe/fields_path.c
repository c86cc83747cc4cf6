/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that calls are given: evt.abspath, fs.path.*.
 */
#include "base/mem.h"
#include "probe/fields_priv.h"
#include "probe/params_text.h"

#define AT_FDCWD_BASE (-100)

void join_path(struct strbuf *out, const char *base, const char *path)
{
	strbuf_setlen(out, 0);
	if (path[0] != '/' && base && *base) {
		strbuf_addstr(out, base);
		strbuf_addch(out, '/');
	}
	strbuf_addstr(out, path);
	if (out->len)
		strbuf_setlen(out, state_path_normalise(out->buf, out->len));
}

const char *path_base(const struct state_thread *t, int64_t dirfd)
{
	struct state_fd *dir;

	if (dirfd == AT_FDCWD_BASE)
		return t->cwd;
	dir = state_fd_of(t, dirfd);
	return dir ? state_fd_name(dir) : "<UNKNOWN>";
}

static const struct param *param_named(const struct field_ctx *ctx, const char *name)
{
	const struct param_list *list = &param_lists[ctx->view->ev->nr % PROBE_SYSCALLS];

	for (size_t i = 0; name && i < list->n; i++)
		if (!strcmp(list->v[i].name, name))
			return &list->v[i];
	return NULL;
}

/* The path parameter p, whole or as it was given. */
static bool give_path(const struct field_ctx *ctx, const struct param *p, bool raw,
		      struct field_ref *ref, struct value *out)
{
	const struct param_list *list = &param_lists[ctx->view->ev->nr % PROBE_SYSCALLS];
	const struct state_thread *t = ctx->view->thread;
	const char *base;
	struct value dir;

	if (!p || !t || !param_read(ctx, p, &ref->buf, out))
		return false;
	if (raw)
		return true;
	base = t->cwd;
	if (p->dirp >= 0 && (size_t)p->dirp < list->n &&
	    param_read(ctx, &list->v[p->dirp], NULL, &dir))
		base = path_base(t, dir.i);
	join_path(&ref->buf, base, out->s);
	return give_buf(out, ref);
}

/* evt.abspath takes the calls with a folder's descriptor: "dst" the second path of those that have
 * two, else the first. */
static bool get_abspath(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct param_list *list = &param_lists[ctx->view->ev->nr % PROBE_SYSCALLS];
	unsigned skip = ref->arg && !strcmp(ref->arg, "dst");

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].dirp >= 0 && skip-- == 0)
			return give_path(ctx, &list->v[i], false, ref, out);
	return false;
}

/* Which parameters the fs.path fields are, by event; NULL: none. */
static const struct {
	const char *event, *path, *source, *target;
} paths[] = {
	{"mkdir", "path", NULL, NULL},
	{"mkdirat", "path", NULL, NULL},
	{"rmdir", "path", NULL, NULL},
	{"unlink", "path", NULL, NULL},
	{"unlinkat", "name", NULL, NULL},
	{"open", "name", NULL, NULL},
	{"openat", "name", NULL, NULL},
	{"openat2", "name", NULL, NULL},
	{"fchmodat", "filename", NULL, NULL},
	{"chmod", "filename", NULL, NULL},
	{"fchmod", "", NULL, NULL}, /* the descriptor's name */
	{"chown", "path", NULL, NULL},
	{"lchown", "path", NULL, NULL},
	{"fchown", "", NULL, NULL},
	{"fchownat", "pathname", NULL, NULL},
	{"rename", NULL, "oldpath", "newpath"},
	{"renameat", NULL, "oldpath", "newpath"},
	{"renameat2", NULL, "oldpath", "newpath"},
	{"link", NULL, "newpath", "oldpath"},
	{"linkat", NULL, "newpath", "oldpath"},
	{"symlink", NULL, "linkpath", "target"},
	{"symlinkat", NULL, "linkpath", "target"},
	{"mount", NULL, "dev", "dir"},
	{"umount", "name", NULL, NULL},
	{"umount2", "name", NULL, NULL},
};

enum which { WHICH_PATH, WHICH_SOURCE, WHICH_TARGET, WHICH_RAW = 4 };

/* n of the row: enum which. Only of calls that did what they were asked for. */
static bool get_path(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	int which = ref->field->n & 3;
	const char *name;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (strcmp(paths[i].event, ctx->call->name) != 0)
			continue;
		name = which == WHICH_PATH     ? paths[i].path
		       : which == WHICH_SOURCE ? paths[i].source
					       : paths[i].target;
		if (!name || ctx->view->ev->res < 0)
			return false;
		if (!*name)
			return ctx->view->fd && give_str(out, state_fd_name(ctx->view->fd));
		return give_path(ctx, param_named(ctx, name), ref->field->n & WHICH_RAW, ref, out);
	}
	return false;
}

const struct field fields_path[] = {
	{"evt.abspath", VALUE_STR, 0, FIELD_OF_FD | FIELD_ARG | FIELD_DOTTED, get_abspath, 0},
	{"fs.path.name", VALUE_STR, 0, FIELD_OF_FD, get_path, WHICH_PATH},
	{"fs.path.nameraw", VALUE_STR, 0, FIELD_OF_FD, get_path, WHICH_PATH | WHICH_RAW},
	{"fs.path.source", VALUE_STR, 0, FIELD_OF_FD, get_path, WHICH_SOURCE},
	{"fs.path.sourceraw", VALUE_STR, 0, FIELD_OF_FD, get_path, WHICH_SOURCE | WHICH_RAW},
	{"fs.path.target", VALUE_STR, 0, FIELD_OF_FD, get_path, WHICH_TARGET},
	{"fs.path.targetraw", VALUE_STR, 0, FIELD_OF_FD, get_path, WHICH_TARGET | WHICH_RAW},
	{NULL, VALUE_STR, 0, 0, NULL, 0},
};

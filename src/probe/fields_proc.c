/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc.*: the process of the event and its ancestors.
 */
#include "probe/fields_priv.h"

/* How far up ancestors are followed; real trees are far lower, and a loop must end. */
#define MAX_ANCESTORS 64

/* The thread that speaks for a process: n 0 its own main thread, n 1 the parent process, ... NULL
 * when it is not known. */
static const struct state_thread *ancestor(const struct field_ctx *ctx, size_t n)
{
	const struct state_thread *t = known_thread(ctx);

	if (n == 0 || !t || !ctx->state) {
		const struct state_thread *main =
			t && ctx->state ? state_process(ctx->state, t) : t;

		return n ? NULL : main && main->known ? main : t;
	}
	if (n > MAX_ANCESTORS)
		return NULL;
	while (n-- && t) {
		const struct state_thread *parent = state_parent(ctx->state, t);

		t = parent && parent->pid == t->pid ? NULL : parent;
	}
	return t;
}

static const struct state_image *image_of(const struct state_thread *t)
{
	return t ? t->image : NULL;
}

/* --- texts of any process of the line -----------------------------------------------------------
 */

enum text { TEXT_NAME, TEXT_EXE, TEXT_EXEPATH, TEXT_CMDLINE, TEXT_ARGS, TEXT_ENV };

static const char *args_text(const struct state_image *image)
{
	return image->cmdline + image->args_at;
}

/* Strings with a blank between. */
static void join(struct strbuf *out, const struct state_strings *s)
{
	size_t from = out->len;

	if (!s->n)
		return;
	strbuf_add(out, s->v, s->len - 1);
	for (size_t i = from; i < out->len; i++)
		if (!out->buf[i])
			out->buf[i] = ' ';
}

static bool give_of(const struct state_thread *t, enum text what, struct field_ref *ref,
		    struct value *out)
{
	const struct state_image *image = image_of(t);

	if (!t)
		return false;
	if (what == TEXT_NAME)
		return give_text(out, t->comm, strnlen(t->comm, sizeof(t->comm)));
	if (!image)
		return give_text(out, "", 0);
	switch (what) {
	case TEXT_EXE:
		return give_str(out, image->exe);
	case TEXT_EXEPATH:
		return give_str(out, image->exepath);
	case TEXT_CMDLINE:
		return give_str(out, image->cmdline);
	case TEXT_ARGS:
		return give_str(out, args_text(image));
	default:
		strbuf_setlen(&ref->buf, 0);
		join(&ref->buf, &image->env);
		return give_buf(out, ref);
	}
}

/* n of the row: enum text. */
static bool get_own(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_of(known_thread(ctx), (enum text)ref->field->n, ref, out);
}

static bool get_parent(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_of(ancestor(ctx, 1), (enum text)ref->field->n, ref, out);
}

/* Of all ancestors from the parent on, with a blank between. */
static bool give_all(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	struct strbuf all = STRBUF_INIT;
	const struct state_thread *t;
	struct value one;

	for (size_t n = 1; (t = ancestor(ctx, n)); n++) {
		if (!give_of(t, (enum text)ref->field->n, ref, &one))
			continue;
		if (all.len)
			strbuf_addch(&all, ' ');
		strbuf_add(&all, one.s, one.len);
	}
	strbuf_release(&ref->buf);
	ref->buf = all;
	return all.len && give_buf(out, ref);
}

/* The ancestor that ref asks for: by index, or the one after that of the last read. */
static const struct state_thread *asked_ancestor(const struct field_ctx *ctx, struct field_ref *ref)
{
	const struct state_thread *last = ref->at > 1 ? ref->cursor : NULL;

	if (ref->index >= 0)
		return ancestor(ctx, (size_t)ref->index);
	if (!last || !ctx->state || ref->at > MAX_ANCESTORS) {
		ref->cursor = ancestor(ctx, ref->at);
	} else {
		const struct state_thread *up = state_parent(ctx->state, last);

		ref->cursor = up && up->pid != last->pid ? up : NULL;
	}
	return ref->cursor;
}

/* proc.aname and its like: with an index that ancestor, else each. */
static bool get_ancestor(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	if (ref->index < 0 && ref->at == 0)
		return give_all(ctx, ref, out);
	return give_of(asked_ancestor(ctx, ref), (enum text)ref->field->n, ref, out);
}

static bool get_apid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = asked_ancestor(ctx, ref);

	return t && give_int(out, t->pid);
}

static bool is_shell(const struct state_thread *t)
{
	size_t len = strlen(t->comm);

	return len >= 2 && !strcmp(t->comm + len - 2, "sh");
}

/* The oldest shell among the process and its ancestors: by the end of its name, as in Falco. */
static bool get_login_shell(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t, *shell = NULL;

	(void)ref;
	for (size_t n = 0; (t = ancestor(ctx, n)); n++)
		if (is_shell(t))
			shell = t;
	return shell && give_int(out, shell->pid);
}

/* --- arguments and environment ---------------------------------------------------------------- */

static bool get_args(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_image *image = image_of(known_thread(ctx));
	const char *at;

	if (ref->index < 0)
		return give_of(known_thread(ctx), TEXT_ARGS, ref, out);
	if (!image)
		return known_thread(ctx) && give_text(out, "", 0);
	if ((size_t)ref->index >= image->args.n)
		return give_text(out, "", 0);
	at = image->args.v;
	for (long i = 0; i < ref->index; i++)
		at += strlen(at) + 1;
	return give_str(out, at);
}

static bool get_aargs(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	if (ref->index < 0)
		return give_all(ctx, ref, out);
	return give_of(ancestor(ctx, (size_t)ref->index), TEXT_ARGS, ref, out);
}

/* NAME's value without blanks around it; "" when there is none. */
static bool give_variable(const struct state_image *image, const char *name, struct field_ref *ref,
			  struct value *out)
{
	size_t n = strlen(name);
	const char *at = image && image->env.n ? image->env.v : "";
	const char *end = image && image->env.n ? image->env.v + image->env.len : at;

	for (; at < end; at += strlen(at) + 1) {
		size_t len = strlen(at);

		if (len <= n + 1 || strncmp(at, name, n) != 0 || at[n] != '=')
			continue;
		at += n + 1;
		at += strspn(at, " ");
		len = strlen(at);
		while (len && at[len - 1] == ' ')
			len--;
		strbuf_setlen(&ref->buf, 0);
		strbuf_add(&ref->buf, at, len);
		return give_buf(out, ref);
	}
	return give_text(out, "", 0);
}

static bool get_env(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	if (!t)
		return false;
	if (ref->arg && ref->index < 0)
		return give_variable(image_of(t), ref->arg, ref, out);
	return give_of(t, TEXT_ENV, ref, out);
}

/* With a name, the nearest ancestor that has the variable; with an index, that ancestor's; else
 * each, and in an output the process's own. */
static bool get_aenv(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t;

	if (!ref->arg)
		return give_of(ancestor(ctx, ref->at), TEXT_ENV, ref, out);
	if (ref->index >= 0)
		return give_of(ancestor(ctx, (size_t)ref->index), TEXT_ENV, ref, out);
	if (!known_thread(ctx))
		return false;
	for (size_t n = 1; (t = ancestor(ctx, n)); n++)
		if (give_variable(image_of(t), ref->arg, ref, out) && out->len)
			return true;
	return give_text(out, "", 0);
}

static bool get_exeline(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_image *image = image_of(known_thread(ctx));

	if (!image)
		return false;
	strbuf_setlen(&ref->buf, 0);
	strbuf_addf(&ref->buf, "%s %s", image->exe, args_text(image));
	return give_buf(out, ref);
}

static bool get_cmdnargs(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_image *image = image_of(known_thread(ctx));

	(void)ref;
	return image && give_int(out, (int64_t)image->args.n);
}

static bool get_cmdlenargs(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_image *image = image_of(known_thread(ctx));

	(void)ref;
	return image && give_int(out, (int64_t)(image->args.len - image->args.n));
}

static bool get_cwd(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	if (!t)
		return false;
	/* Falco's has a slash at its end. */
	strbuf_setlen(&ref->buf, 0);
	strbuf_addstr(&ref->buf, t->cwd ? t->cwd : "");
	if (!ref->buf.len || ref->buf.buf[ref->buf.len - 1] != '/')
		strbuf_addch(&ref->buf, '/');
	return give_buf(out, ref);
}

/* --- leaders of sessions and groups ----------------------------------------------------------- */

enum leader { LEADER_SESSION, LEADER_VGROUP, LEADER_GROUP };
#define LEADER(which, text) ((which) << 4 | (text))

static uint32_t leader_id(const struct state_thread *t, enum leader which)
{
	return which == LEADER_SESSION ? t->sid : which == LEADER_VGROUP ? t->vpgid : t->pgid;
}

/* The thread of that number, or where numbers are virtual ones of another namespace, or it is gone,
 * the oldest ancestor in the same session or group. */
static const struct state_thread *leader_of(const struct field_ctx *ctx, enum leader which)
{
	const struct state_thread *t = known_thread(ctx), *found = NULL, *up;
	uint32_t id;

	if (!t || !ctx->state)
		return NULL;
	id = leader_id(t, which);
	if (which == LEADER_GROUP || t->vpid == t->pid) {
		found = state_thread(ctx->state, id);
		if (found && found->known)
			return found;
		found = NULL;
	}
	for (size_t n = 1; (up = ancestor(ctx, n)) && leader_id(up, which) == id; n++)
		found = up;
	return found;
}

static bool get_leader(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = leader_of(ctx, (enum leader)(ref->field->n >> 4));

	if (!t)
		return known_thread(ctx) && give_text(out, "", 0);
	return give_of(t, (enum text)(ref->field->n & 0xf), ref, out);
}

/* --- standard input and output ---------------------------------------------------------------- */

/* n of the row: the descriptor. */
static bool get_std_type(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);
	const struct state_fd *fd = t ? state_fd_of(t, ref->field->n) : NULL;

	return fd && give_str(out, fd_type(fd));
}

static bool get_std_name(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);
	struct state_fd *fd = t ? state_fd_of(t, ref->field->n) : NULL;

	return fd && give_str(out, state_fd_name(fd));
}

#define ANCESTORS (FIELD_ARG | FIELD_EACH)

const struct field fields_proc[] = {
	{"proc.name", VALUE_STR, 0, 0, get_own, TEXT_NAME},
	{"proc.exe", VALUE_STR, 0, 0, get_own, TEXT_EXE},
	{"proc.exepath", VALUE_STR, 0, 0, get_own, TEXT_EXEPATH},
	{"proc.cmdline", VALUE_STR, 0, 0, get_own, TEXT_CMDLINE},
	{"proc.pname", VALUE_STR, 0, 0, get_parent, TEXT_NAME},
	{"proc.pexe", VALUE_STR, 0, 0, get_parent, TEXT_EXE},
	{"proc.pexepath", VALUE_STR, 0, 0, get_parent, TEXT_EXEPATH},
	{"proc.pcmdline", VALUE_STR, 0, 0, get_parent, TEXT_CMDLINE},
	{"proc.aname", VALUE_STR, 0, ANCESTORS, get_ancestor, TEXT_NAME},
	{"proc.aexe", VALUE_STR, 0, ANCESTORS, get_ancestor, TEXT_EXE},
	{"proc.aexepath", VALUE_STR, 0, ANCESTORS, get_ancestor, TEXT_EXEPATH},
	{"proc.acmdline", VALUE_STR, 0, ANCESTORS, get_ancestor, TEXT_CMDLINE},
	{"proc.apid", VALUE_INT, 64, ANCESTORS, get_apid, 0},
	{"proc.loginshellid", VALUE_INT, 64, 0, get_login_shell, 0},
	{"proc.args", VALUE_STR, 0, FIELD_ARG, get_args, 0},
	{"proc.aargs", VALUE_STR, 0, FIELD_ARG, get_aargs, TEXT_ARGS},
	{"proc.env", VALUE_STR, 0, FIELD_ARG | FIELD_WANTS_ENV, get_env, 0},
	{"proc.aenv", VALUE_STR, 0, ANCESTORS | FIELD_WANTS_ENV, get_aenv, TEXT_ENV},
	{"proc.exeline", VALUE_STR, 0, 0, get_exeline, 0},
	{"proc.cmdnargs", VALUE_UINT, 64, 0, get_cmdnargs, 0},
	{"proc.cmdlenargs", VALUE_UINT, 64, 0, get_cmdlenargs, 0},
	{"proc.cwd", VALUE_STR, 0, FIELD_OF_FD, get_cwd, 0},
	{"proc.sname", VALUE_STR, 0, 0, get_leader, LEADER(LEADER_SESSION, TEXT_NAME)},
	{"proc.sid.exe", VALUE_STR, 0, 0, get_leader, LEADER(LEADER_SESSION, TEXT_EXE)},
	{"proc.sid.exepath", VALUE_STR, 0, 0, get_leader, LEADER(LEADER_SESSION, TEXT_EXEPATH)},
	{"proc.vpgid.name", VALUE_STR, 0, 0, get_leader, LEADER(LEADER_VGROUP, TEXT_NAME)},
	{"proc.vpgid.exe", VALUE_STR, 0, 0, get_leader, LEADER(LEADER_VGROUP, TEXT_EXE)},
	{"proc.vpgid.exepath", VALUE_STR, 0, 0, get_leader, LEADER(LEADER_VGROUP, TEXT_EXEPATH)},
	{"proc.pgid.name", VALUE_STR, 0, 0, get_leader, LEADER(LEADER_GROUP, TEXT_NAME)},
	{"proc.pgid.exe", VALUE_STR, 0, 0, get_leader, LEADER(LEADER_GROUP, TEXT_EXE)},
	{"proc.pgid.exepath", VALUE_STR, 0, 0, get_leader, LEADER(LEADER_GROUP, TEXT_EXEPATH)},
	{"proc.stdin.type", VALUE_STR, 0, FIELD_OF_FD, get_std_type, 0},
	{"proc.stdout.type", VALUE_STR, 0, FIELD_OF_FD, get_std_type, 1},
	{"proc.stderr.type", VALUE_STR, 0, FIELD_OF_FD, get_std_type, 2},
	{"proc.stdin.name", VALUE_STR, 0, FIELD_OF_FD, get_std_name, 0},
	{"proc.stdout.name", VALUE_STR, 0, FIELD_OF_FD, get_std_name, 1},
	{"proc.stderr.name", VALUE_STR, 0, FIELD_OF_FD, get_std_name, 2},
	{NULL, VALUE_STR, 0, 0, NULL, 0},
};

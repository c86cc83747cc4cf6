/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/fields.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool give_text(struct value *out, const char *s, size_t len)
{
	out->s = s;
	out->len = len;
	return true;
}

static bool give_str(struct value *out, const char *s)
{
	return give_text(out, s, strlen(s));
}

static bool give_int(struct value *out, int64_t i)
{
	out->i = i;
	return true;
}

/* --- evt -------------------------------------------------------------------------------------- */

static bool get_type(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_str(out, ctx->call->name);
}

static bool get_syscall_type(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->call->syscall && give_str(out, ctx->call->name);
}

static bool get_dir(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_str(out, ctx->call->exits ? "<" : ">");
}

static bool get_num(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_int(out, (int64_t)ctx->num);
}

static bool get_res(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	int64_t res = ctx->view->ev->res;
	const char *name;

	if (!ctx->call->has_result)
		return false;
	if (res >= 0)
		return give_text(out, "SUCCESS", 7);
	name = strerrorname_np((int)-res);
	if (name)
		return give_str(out, name);
	/* Not an errno (restart codes of the kernel): Falco prints the number. */
	snprintf(ref->scratch, FIELD_SCRATCH, "%lld", (long long)res);
	return give_str(out, ref->scratch);
}

static bool get_rawres(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->call->has_result && give_int(out, ctx->view->ev->res);
}

static bool get_failed(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->call->has_result && give_int(out, ctx->view->ev->res < 0);
}

/* The flags argument of the calls that open; false: not such a call, or creat, which is neither
 * for Falco. */
static bool open_flags(const struct field_ctx *ctx, uint64_t *flags)
{
	static const unsigned flags_arg[] = {
		[CALL_OPEN] = 1, [CALL_OPENAT] = 2, [CALL_OPENAT2] = 2, [CALL_BY_HANDLE] = 2};
	enum call_open open = ctx->call->open;

	if (open == CALL_NOT_OPEN || open == CALL_CREAT)
		return false;
	if (flags_arg[open] >= ctx->view->ev->nargs)
		return false;
	*flags = probe_event_args(ctx->view->ev)[flags_arg[open]];
	return true;
}

static bool get_open_read(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	uint64_t flags;

	(void)ref;
	if (!open_flags(ctx, &flags))
		return give_int(out, 0);
	return give_int(out, (flags & O_ACCMODE) == O_RDONLY || (flags & O_ACCMODE) == O_RDWR);
}

static bool get_open_write(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	uint64_t flags;

	(void)ref;
	if (!open_flags(ctx, &flags))
		return give_int(out, 0);
	return give_int(out, (flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR);
}

static int64_t event_epoch_ns(const struct field_ctx *ctx)
{
	return (int64_t)ctx->view->ev->ts + ctx->epoch_offset_ns;
}

/* With FIELD_TIME, i is the time in ns beside the text. */
static bool give_time(const struct field_ctx *ctx, struct field_ref *ref, struct value *out,
		      const char *fmt, const char *tail)
{
	int64_t ns = event_epoch_ns(ctx);
	time_t sec = (time_t)(ns / 1000000000);
	struct tm tm;
	size_t n;

	localtime_r(&sec, &tm);
	n = strftime(ref->scratch, 64, fmt, &tm);
	n += (size_t)snprintf(ref->scratch + n, 16, ".%09lld", (long long)(ns % 1000000000));
	n += strftime(ref->scratch + n, 16, tail, &tm);
	out->i = ns;
	return give_text(out, ref->scratch, n);
}

static bool get_time(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_time(ctx, ref, out, "%H:%M:%S", "");
}

static bool get_time_iso(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_time(ctx, ref, out, "%FT%T", "%z");
}

static bool get_rawtime(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_int(out, event_epoch_ns(ctx));
}

static bool get_hostname(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->hostname && give_str(out, ctx->hostname);
}

/* --- proc, thread, user ----------------------------------------------------------------------- */

/* A placeholder thread knows its numbers only. */
static const struct state_thread *known_thread(const struct field_ctx *ctx)
{
	const struct state_thread *t = ctx->view->thread;

	return t && t->known ? t : NULL;
}

static bool get_tid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_int(out, ctx->view->ev->tid);
}

static bool get_pid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->view->thread && give_int(out, ctx->view->thread->pid);
}

static bool get_ppid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_int(out, t->ppid);
}

static bool get_name(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_text(out, t->comm, strnlen(t->comm, sizeof(t->comm)));
}

static bool get_pname(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	if (!t || !ctx->state)
		return false;
	t = state_thread(ctx->state, t->ppid);
	return t && t->known && give_text(out, t->comm, strnlen(t->comm, sizeof(t->comm)));
}

static bool get_exepath(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_str(out, state_exepath(t));
}

static bool get_cmdline(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_str(out, state_cmdline(t));
}

static bool get_uid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_int(out, t->uid);
}

/* --- fd --------------------------------------------------------------------------------------- */

/* Is the event about a descriptor at all? Falco has no fd.* otherwise. */
static bool about_fd(const struct field_ctx *ctx)
{
	return ctx->call->about_fd && ctx->view->thread;
}

static struct state_fd *fd_of(const struct field_ctx *ctx)
{
	return about_fd(ctx) ? ctx->view->fd : NULL;
}

static bool get_fd_num(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return about_fd(ctx) && give_int(out, ctx->view->fd_num);
}

static bool get_fd_name(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	struct state_fd *fd = fd_of(ctx);

	(void)ref;
	if (!fd) /* Falco has an empty name for a descriptor that it does not know */
		return about_fd(ctx) && give_text(out, "", 0);
	return give_str(out, state_fd_name(fd));
}

static bool get_fd_directory(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	struct state_fd *fd = fd_of(ctx);
	const char *name, *slash;
	size_t len;

	if (!fd)
		return about_fd(ctx) && give_text(out, "/", 1);
	if (fd->typechar != 'f' && fd->typechar != 'd')
		return false;
	name = state_fd_name(fd);
	len = strlen(name);
	if (fd->typechar == 'd' && ctx->view->fd_num >= 0)
		return give_text(out, name, len);
	slash = strrchr(name, '/');
	if (!slash || slash == name)
		return give_text(out, "/", 1);
	if (slash[1] == '\0')
		return give_text(out, name, len);
	len = (size_t)(slash - name);
	if (len >= FIELD_SCRATCH)
		len = FIELD_SCRATCH - 1;
	memcpy(ref->scratch, name, len);
	ref->scratch[len] = '\0';
	return give_text(out, ref->scratch, len);
}

static bool get_fd_typechar(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = fd_of(ctx);

	if (!about_fd(ctx))
		return false;
	/* A call that failed made no descriptor: its state is only the name that was tried. */
	ref->scratch[0] = fd && ctx->view->fd_num >= 0 ? fd->typechar : ctx->call->typechar;
	ref->scratch[1] = '\0';
	return give_text(out, ref->scratch, 1);
}

static const struct state_fd *inet_of(const struct field_ctx *ctx)
{
	const struct state_fd *fd = fd_of(ctx);

	if (!fd || (fd->typechar != '4' && fd->typechar != '6') || fd->role == STATE_ROLE_NONE)
		return NULL;
	return fd;
}

static bool give_addr(struct value *out, const struct state_fd *fd, const uint8_t *addr)
{
	return addr && give_text(out, (const char *)addr, fd->typechar == '4' ? 4 : 16);
}

static bool get_sip(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = inet_of(ctx);

	(void)ref;
	return fd && give_addr(out, fd, state_fd_sip(fd));
}

static bool get_sport(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = inet_of(ctx);

	(void)ref;
	return fd && give_int(out, state_fd_sport(fd));
}

static bool get_cip(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = inet_of(ctx);

	(void)ref;
	return fd && fd->role != STATE_ROLE_LISTEN && give_addr(out, fd, state_fd_cip(fd));
}

static bool get_cport(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = inet_of(ctx);

	(void)ref;
	return fd && fd->role != STATE_ROLE_LISTEN && give_int(out, state_fd_cport(fd));
}

/* --- the table -------------------------------------------------------------------------------- */

/* Types are those of Falco 0.44.1's field list. */
static const struct field fields[] = {
	{"evt.type", VALUE_STR, 0, FIELD_OF_CALL, get_type},
	{"syscall.type", VALUE_STR, 0, FIELD_OF_CALL, get_syscall_type},
	{"evt.dir", VALUE_STR, 0, FIELD_OF_CALL, get_dir},
	{"evt.num", VALUE_UINT, 64, 0, get_num},
	{"evt.res", VALUE_STR, 0, FIELD_SCRATCHED, get_res},
	{"evt.rawres", VALUE_INT, 64, 0, get_rawres},
	{"evt.failed", VALUE_BOOL, 0, 0, get_failed},
	{"evt.is_open_read", VALUE_BOOL, 0, 0, get_open_read},
	{"evt.is_open_write", VALUE_BOOL, 0, 0, get_open_write},
	{"evt.time", VALUE_STR, 0, FIELD_SCRATCHED | FIELD_TIME, get_time},
	{"evt.time.iso8601", VALUE_STR, 0, FIELD_SCRATCHED | FIELD_TIME, get_time_iso},
	{"evt.rawtime", VALUE_UINT, 64, 0, get_rawtime},
	{"evt.hostname", VALUE_STR, 0, 0, get_hostname},
	{"thread.tid", VALUE_INT, 64, 0, get_tid},
	{"proc.name", VALUE_STR, 0, 0, get_name},
	{"proc.exepath", VALUE_STR, 0, 0, get_exepath},
	{"proc.cmdline", VALUE_STR, 0, 0, get_cmdline},
	{"proc.pid", VALUE_INT, 64, 0, get_pid},
	{"proc.ppid", VALUE_INT, 64, 0, get_ppid},
	{"proc.pname", VALUE_STR, 0, 0, get_pname},
	{"fd.name", VALUE_STR, 0, FIELD_OF_FD, get_fd_name},
	{"fd.directory", VALUE_STR, 0, FIELD_OF_FD | FIELD_SCRATCHED, get_fd_directory},
	{"fd.num", VALUE_INT, 64, FIELD_OF_FD, get_fd_num},
	{"fd.typechar", VALUE_STR, 0, FIELD_OF_FD | FIELD_SCRATCHED, get_fd_typechar},
	{"fd.sip", VALUE_IP, 0, FIELD_OF_FD, get_sip},
	{"fd.sport", VALUE_PORT, 16, FIELD_OF_FD, get_sport},
	{"fd.cip", VALUE_IP, 0, FIELD_OF_FD, get_cip},
	{"fd.cport", VALUE_PORT, 16, FIELD_OF_FD, get_cport},
	{"user.uid", VALUE_UINT, 32, 0, get_uid},
	{NULL, VALUE_STR, 0, 0, NULL},
};

const struct field *field_all(void)
{
	return fields;
}

const struct field *field_find(const char *name)
{
	for (const struct field *f = fields; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

void field_ref_init(struct field_ref *ref, const struct field *f)
{
	ref->field = f;
	ref->scratch = f->flags & FIELD_SCRATCHED ? xmalloc(FIELD_SCRATCH) : NULL;
}

void field_ref_release(struct field_ref *ref)
{
	free(ref->scratch);
	ref->scratch = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters as Falco writes them: texts.
 */
#include "probe/params_text.h"

#include "base/mem.h"
#include "probe/fields_priv.h"
#include "probe/users.h"

#include <ctype.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define AT_FDCWD_PARAM (-100)
#define NO_ID	       UINT32_MAX

static void add_number(struct strbuf *out, const struct param *p, int64_t v)
{
	bool is_signed = p->type == PARAM_FD || p->type == PARAM_PID || p->type == PARAM_ERRNO ||
			 p->type == PARAM_INT32 || p->type == PARAM_INT64;
	bool is_flags = p->type == PARAM_FLAGS || p->type == PARAM_ENUM;

	/* Flags are decimal whatever the table says, and their names follow. */
	if (is_flags || p->type == PARAM_UID || p->type == PARAM_GID)
		strbuf_addf(out, "%" PRIu32, (uint32_t)v);
	else if (p->format == PARAM_OCT)
		strbuf_addf(out, "%#" PRIo64, (uint64_t)v);
	else if (p->format == PARAM_HEX && p->type != PARAM_ERRNO)
		strbuf_addf(out, "%" PRIX64, (uint64_t)v);
	else if (is_signed || p->type == PARAM_UINT64) /* Falco prints 64 bits as signed */
		strbuf_addf(out, "%" PRId64, v);
	else
		strbuf_addf(out, "%" PRIu64, (uint64_t)v);
}

/* Printable bytes, dots for the others. */
static void add_bytes(struct strbuf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		strbuf_addch(out, isprint((unsigned char)s[i]) ? s[i] : '.');
}

static void add_abstime(struct strbuf *out, int64_t ns)
{
	time_t sec = (time_t)(ns / 1000000000);
	char date[32], zone[16];
	struct tm tm;

	localtime_r(&sec, &tm);
	strftime(date, sizeof(date), "%F %T", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	strbuf_addf(out, "%s.%09lld %s", date, (long long)(ns % 1000000000), zone);
}

static void add_plain(struct strbuf *out, const struct param *p, const struct value *v)
{
	switch (p->type) {
	case PARAM_STR:
	case PARAM_PATH:
	case PARAM_ADDR:
	case PARAM_TUPLE:
		strbuf_add(out, v->s, v->len);
		break;
	case PARAM_BYTES:
	case PARAM_FDLIST:
		add_bytes(out, v->s, v->len);
		break;
	case PARAM_ABSTIME:
		add_abstime(out, v->i);
		break;
	case PARAM_UID:
	case PARAM_GID:
		if ((uint32_t)v->i == NO_ID) {
			strbuf_addstr(out, "-1");
			break;
		}
		/* fall through */
	default:
		add_number(out, p, v->i);
	}
}

static void add_errno(struct strbuf *out, int64_t v)
{
	const char *name = v < 0 ? strerrorname_np((int)-v) : NULL;

	if (name)
		strbuf_addstr(out, name);
}

static void add_fd(const struct field_ctx *ctx, struct strbuf *out, int64_t num)
{
	static const char protos[] = {0, 't', 'u', 'i', 'r'};
	const struct state_thread *t = ctx->view->thread;
	struct state_fd *fd;
	char proto = 0;

	if (num == AT_FDCWD_PARAM) {
		strbuf_addstr(out, "AT_FDCWD");
		return;
	}
	if (num < 0) {
		add_errno(out, num);
		return;
	}
	fd = t ? state_fd_of(t, num) : NULL;
	if (!fd)
		return;
	if ((fd->typechar == '4' || fd->typechar == '6') &&
	    (fd->role != STATE_ROLE_NONE || fd->proto == PROBE_PROTO_RAW))
		proto = protos[fd->proto % sizeof(protos)];
	strbuf_addf(out, "<%c", fd->typechar == 'U' ? 'u' : fd->typechar);
	if (proto)
		strbuf_addch(out, proto);
	strbuf_addf(out, ">%s", state_fd_name(fd));
}

/* The folder that a path parameter is relative to. */
static const char *base_of(const struct field_ctx *ctx, const struct param *p)
{
	const struct param_list *list = &param_lists[ctx->view->ev->nr % PROBE_SYSCALLS];
	const struct state_thread *t = ctx->view->thread;
	struct value dir;

	if (p->dirp < 0 || (size_t)p->dirp >= list->n ||
	    !param_read(ctx, &list->v[p->dirp], NULL, &dir))
		return t->cwd;
	return path_base(t, dir.i);
}

static void add_path(const struct field_ctx *ctx, struct strbuf *out, const struct param *p,
		     const char *path)
{
	struct strbuf joined = STRBUF_INIT;

	if (!ctx->view->thread || path[0] == '/' || path[0] == '\0')
		return;
	join_path(&joined, base_of(ctx, p), path);
	strbuf_add(out, joined.buf, joined.len);
	strbuf_release(&joined);
}

static void add_flags(struct strbuf *out, const struct param *p, uint32_t v)
{
	const uint32_t initial = v;
	const char *between = "";

	for (const struct param_flag *f = p->flags; f && f->name; f++) {
		bool match = p->type == PARAM_ENUM
				     ? f->value == initial
				     : (f->value == 0 && initial == 0) ||
					       (f->value != 0 && (v & f->value) == f->value);

		if (!match)
			continue;
		strbuf_addf(out, "%s%s", between, f->name);
		between = "|";
		if (p->type == PARAM_ENUM)
			continue; /* AF_LOCAL and AF_UNIX are one value */
		v &= ~f->value;
		if (f->value == initial)
			break;
	}
}

static void add_user(const struct field_ctx *ctx, struct strbuf *out, const struct param *p,
		     uint32_t id)
{
	struct users *users = ctx->state ? state_users(ctx->state) : NULL;
	const struct user *user;
	const char *name = NULL;

	if (id == NO_ID) {
		strbuf_addstr(out, "<NONE>");
		return;
	}
	if (users && p->type == PARAM_GID) {
		name = users_group(users, id);
	} else if (users) {
		user = users_find(users, id);
		name = user ? user->name : NULL;
	}
	strbuf_addstr(out, name ? name : "<NA>");
}

static void add_resolved(const struct field_ctx *ctx, struct strbuf *out, const struct param *p,
			 const struct value *v)
{
	const struct state_thread *t;
	const char *name;

	switch (p->type) {
	case PARAM_FD:
		add_fd(ctx, out, v->i);
		break;
	case PARAM_PID:
		t = ctx->state && v->i >= 0 ? state_thread(ctx->state, (uint32_t)v->i) : NULL;
		if (t && t->known)
			strbuf_add(out, t->comm, strnlen(t->comm, sizeof(t->comm)));
		break;
	case PARAM_ERRNO:
		add_errno(out, v->i);
		break;
	case PARAM_PATH:
		add_path(ctx, out, p, v->s);
		break;
	case PARAM_FLAGS:
	case PARAM_ENUM:
	case PARAM_MODE:
		add_flags(out, p, (uint32_t)v->i);
		break;
	case PARAM_UID:
	case PARAM_GID:
		add_user(ctx, out, p, (uint32_t)v->i);
		break;
	case PARAM_SIGNAL:
		name = sigabbrev_np((int)v->i);
		if (name)
			strbuf_addf(out, "SIG%s", name);
		break;
	case PARAM_RELTIME:
		strbuf_addf(out, "%lgs", (double)v->i / 1e9);
		break;
	default:
		break;
	}
}

static const char *absent(enum param_type type)
{
	return type == PARAM_BYTES || type == PARAM_TUPLE || type == PARAM_FDLIST ||
			       type == PARAM_DYN
		       ? "NULL"
		       : "<NA>";
}

void param_texts(const struct field_ctx *ctx, const struct param *p, struct strbuf *plain,
		 struct strbuf *resolved)
{
	cleanup_strbuf struct strbuf buf = STRBUF_INIT;
	struct value v;

	if (!param_read(ctx, p, &buf, &v)) {
		if (plain)
			strbuf_addstr(plain, absent(p->type));
		return;
	}
	if (plain)
		add_plain(plain, p, &v);
	if (resolved)
		add_resolved(ctx, resolved, p, &v);
}

void param_all(const struct field_ctx *ctx, struct strbuf *out)
{
	const struct param_list *list = &param_lists[ctx->view->ev->nr % PROBE_SYSCALLS];

	for (size_t i = 0; i < list->n; i++) {
		cleanup_strbuf struct strbuf resolved = STRBUF_INIT;

		strbuf_addf(out, "%s%s=", i ? " " : "", list->v[i].name);
		param_texts(ctx, &list->v[i], out, &resolved);
		if (resolved.len)
			strbuf_addf(out, "(%s)", resolved.buf);
	}
}

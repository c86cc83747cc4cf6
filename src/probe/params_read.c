/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each parameter is in an event: values.
 */
#include "probe/params_text.h"

#include "probe/fields_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define PR_SET_NAME_ARG 15
#define SOCK_FLAGS	0x80800	 /* SOCK_CLOEXEC, SOCK_NONBLOCK */
#define SOCK_TYPE_MASK	0xf	 /* SOCK_* without those */
#define MAY_CREATE	0x410040 /* O_CREAT, and any bit of O_TMPFILE as Falco asks */

bool param_is_text(enum param_type type)
{
	switch (type) {
	case PARAM_STR:
	case PARAM_PATH:
	case PARAM_BYTES:
	case PARAM_ADDR:
	case PARAM_TUPLE:
	case PARAM_FDLIST:
		return true;
	default:
		return false;
	}
}

/* --- values ----------------------------------------------------------------------------------- */

/* String n of the payload; NULL when the event has none. */
static const char *payload_text(const struct probe_event *ev, unsigned n)
{
	const char *at = probe_event_payload(ev);
	size_t left = probe_event_payload_len(ev);

	if (ev->kind == PROBE_KIND_OPEN) {
		if (left <= sizeof(struct probe_file))
			return NULL;
		at += sizeof(struct probe_file);
		left -= sizeof(struct probe_file);
	} else if (ev->kind != PROBE_KIND_PATH && ev->kind != PROBE_KIND_PATH2) {
		return NULL;
	}
	while (n-- && left) {
		size_t used = strnlen(at, left) + 1;

		if (used >= left)
			return NULL;
		at += used;
		left -= used;
	}
	return left ? at : NULL;
}

static const struct probe_file *payload_file(const struct probe_event *ev)
{
	return ev->kind == PROBE_KIND_OPEN ? probe_event_payload(ev) : NULL;
}

static const struct state_image *image_of(const struct field_ctx *ctx)
{
	const struct state_thread *t = known_thread(ctx);

	return t ? t->image : NULL;
}

static bool give_strings(struct value *out, const struct state_strings *s)
{
	return s->n && give_text(out, s->v, s->len - 1);
}

static bool exec_name(const struct probe_event *ev, struct value *out)
{
	const struct probe_exec *exec = probe_event_payload(ev);

	if (ev->kind != PROBE_KIND_EXEC || !exec->filename_len)
		return false;
	return give_str(out, (const char *)(exec + 1) + exec->exepath_len);
}

/* Through the extractor of a field. */
static bool read_field(const struct field_ctx *ctx, const char *name, struct strbuf *buf,
		       struct value *out)
{
	struct field_ref ref;
	bool ok;

	if (!field_ref_init(&ref, name, NULL))
		return false;
	ok = field_read(ctx, &ref, out);
	if (ok && (ref.type == VALUE_STR || ref.type == VALUE_BYTES)) {
		strbuf_setlen(buf, 0);
		strbuf_add(buf, out->s, out->len);
		give_text(out, buf->buf, buf->len);
	}
	field_ref_release(&ref);
	return ok;
}

/* As wait(2) takes a status apart; part is one of PARAM_FROM_EXIT*. */
static int64_t exit_part(const struct field_ctx *ctx, enum param_source part)
{
	int status = (int)ctx->view->ev->res;

	switch (part) {
	case PARAM_FROM_EXITRET:
		return status >> 8 & 0xff;
	case PARAM_FROM_EXITSIG:
		return status & 0x7f;
	case PARAM_FROM_EXITCORE:
		return (status & 0x80) != 0;
	default:
		return status;
	}
}

static int64_t narrow(enum param_type type, uint64_t v)
{
	switch (type) {
	case PARAM_FD:
	case PARAM_INT32:
		return (int32_t)v;
	case PARAM_PID:
		return (int32_t)v;
	case PARAM_UINT8:
	case PARAM_SIGNAL:
		return (uint8_t)v;
	case PARAM_UINT16:
		return (uint16_t)v;
	case PARAM_UINT32:
	case PARAM_UID:
	case PARAM_GID:
	case PARAM_FLAGS:
	case PARAM_ENUM:
	case PARAM_MODE:
		return (uint32_t)v;
	default:
		return (int64_t)v;
	}
}

/* From the kernel's value to that of the event. */
static int64_t from_native(const struct param *p, int64_t v)
{
	const struct param_flag *f = p->flags;
	uint32_t sum = 0;

	if (!f)
		return v;
	if (p->type == PARAM_ENUM) {
		for (; f->name; f++)
			if (f->native == (uint32_t)v)
				return f->value;
		return v;
	}
	for (; f->name; f++)
		if ((uint32_t)v & f->native)
			sum |= f->value;
	return sum;
}

static bool read_arg(const struct field_ctx *ctx, const struct param *p, struct value *out)
{
	const struct probe_event *ev = ctx->view->ev;

	if (p->n >= ev->nargs)
		return false;
	return give_int(out, from_native(p, narrow(p->type, event_arg(ev, p->n))));
}

static bool read_file(const struct field_ctx *ctx, const struct param *p, struct value *out)
{
	const struct probe_file *file = payload_file(ctx->view->ev);

	if (!file)
		return false;
	return give_int(out,
			p->from == PARAM_FROM_FILEDEV ? (int64_t)file->dev : (int64_t)file->ino);
}

/* What the state knows of the process. */
static bool read_task(const struct field_ctx *ctx, const struct param *p, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);
	const struct state_image *image = image_of(ctx);

	if (!t)
		return false;
	switch (p->from) {
	case PARAM_FROM_LOGINUID:
		return give_int(out, t->loginuid);
	case PARAM_FROM_CAPS:
		return give_int(out, (int64_t)t->caps[p->n]);
	case PARAM_FROM_CLONEFLAGS: {
		const struct probe_task *task = probe_event_payload(ctx->view->ev);

		return ctx->view->ev->kind == PROBE_KIND_CLONE &&
		       give_int(out, from_native(p, (int64_t)task->flags));
	}
	case PARAM_FROM_ARGS:
		return image && give_strings(out, &image->args);
	case PARAM_FROM_ENV:
		return image && give_strings(out, &image->env);
	case PARAM_FROM_EXEFLAGS:
		return image && give_int(out, image->exe_flags);
	case PARAM_FROM_EXECTIME:
		return image && give_int(out, (int64_t)image->ctime);
	case PARAM_FROM_EXEMTIME:
		return image && give_int(out, (int64_t)image->mtime);
	default:
		return false;
	}
}

static const struct probe_usage *event_usage(const struct probe_event *ev)
{
	const void *payload = probe_event_payload(ev);
	const struct probe_usage *u;

	switch (ev->kind) {
	case PROBE_KIND_USAGE:
		return payload;
	case PROBE_KIND_CLONE:
	case PROBE_KIND_EXEC: /* which begins as a clone's does */
		u = &((const struct probe_task *)payload)->usage;
		return u->vm_size ? u : NULL;
	default:
		return NULL;
	}
}

static bool read_usage(const struct probe_event *ev, unsigned n, struct value *out)
{
	const struct probe_usage *u = event_usage(ev);

	if (!u)
		return false;
	return give_int(out, n == 0   ? u->fdlimit
			     : n == 1 ? (int64_t)u->major_faults
			     : n == 2 ? (int64_t)u->minor_faults
			     : n == 3 ? (int64_t)u->vm_size
			     : n == 4 ? (int64_t)u->vm_rss
				      : (int64_t)u->vm_swap);
}

static bool read_pair(const struct probe_event *ev, unsigned n, struct value *out)
{
	const int32_t *pair = probe_event_payload(ev);

	return ev->kind == PROBE_KIND_FDPAIR && probe_event_payload_len(ev) >= 8 &&
	       give_int(out, pair[n]);
}

static bool read_open(const struct field_ctx *ctx, const struct param *p, struct value *out)
{
	const struct probe_event *ev = ctx->view->ev;
	uint64_t v = event_arg(ev, p->n);

	if (p->n >= ev->nargs)
		return false;
	if (p->from == PARAM_FROM_OPENFLAGS)
		return give_int(out, open_flags(ctx, v));
	/* The mode is only looked at where the call may create. */
	return give_int(out, event_arg(ev, p->n - 1u) & MAY_CREATE ? (int64_t)(v & 07777) : 0);
}

static bool read_prctl(const struct probe_event *ev, const struct param *p, struct value *out)
{
	bool names = event_arg(ev, 0) == PR_SET_NAME_ARG;
	const char *text = payload_text(ev, 0);

	if (p->from == PARAM_FROM_PRCTLSTR)
		return names && text && give_str(out, text);
	return give_int(out, names ? 0 : (int64_t)event_arg(ev, 1));
}

static void add_end(struct strbuf *out, const struct state_fd *fd, const uint8_t *addr,
		    uint16_t port)
{
	char ip[INET6_ADDRSTRLEN] = "";

	inet_ntop(fd->typechar == '4' ? AF_INET : AF_INET6, addr, ip, sizeof(ip));
	strbuf_addf(out, "%s:%u", ip, port);
}

/* The socket in the event itself; NULL when it has none. */
static const struct probe_sock *payload_sock(const struct probe_event *ev)
{
	return ev->kind == PROBE_KIND_SOCK && probe_event_payload_len(ev) >= 8
		       ? probe_event_payload(ev)
		       : NULL;
}

static void add_sock_end(struct strbuf *out, const struct probe_sock *sock, bool remote)
{
	char ip[INET6_ADDRSTRLEN] = "";

	if (sock->family == AF_INET)
		inet_ntop(AF_INET, remote ? &sock->in4.raddr : &sock->in4.laddr, ip, sizeof(ip));
	else
		inet_ntop(AF_INET6, remote ? sock->in6.raddr : sock->in6.laddr, ip, sizeof(ip));
	strbuf_addf(out, "%s:%u", ip, ntohs(remote ? sock->rport : sock->lport));
}

/* The path that connect was given, that of a bind. */
static const char *unix_given(const struct probe_event *ev, const struct probe_sock *sock)
{
	const char *path = sock->un.path;
	const char *end = (const char *)sock + probe_event_payload_len(ev);
	const char *second = path + strlen(path) + 1;

	return second < end ? second : path;
}

/* What a call that failed was given: the descriptor does not have it. */
static bool read_given(const struct field_ctx *ctx, const struct param *p, struct strbuf *buf,
		       struct value *out)
{
	const struct probe_sock *sock = payload_sock(ctx->view->ev);

	if (!sock || p->from != PARAM_FROM_SOCK)
		return false;
	strbuf_setlen(buf, 0);
	if (sock->family == AF_UNIX) {
		if (p->type == PARAM_TUPLE)
			return false;
		strbuf_addstr(buf, unix_given(ctx->view->ev, sock));
	} else if (p->type == PARAM_TUPLE) {
		add_sock_end(buf, sock, false);
		strbuf_addstr(buf, "->");
		add_sock_end(buf, sock, true);
	} else { /* the peer of a connect, the local end of a bind */
		add_sock_end(buf, sock, sock->rport != 0);
	}
	return give_text(out, buf->buf, buf->len);
}

/* The ends of the event's socket, after the state took them over. */
static bool read_ends(const struct field_ctx *ctx, const struct param *p, struct strbuf *buf,
		      struct value *out)
{
	struct state_fd *fd = ctx->view->fd;

	if (ctx->view->ev->res < 0 || !fd || ctx->view->fd_num < 0)
		return read_given(ctx, p, buf, out);
	strbuf_setlen(buf, 0);
	if (fd->typechar == 'u') {
		const struct probe_sock *sock =
			p->type == PARAM_ADDR ? payload_sock(ctx->view->ev) : NULL;

		strbuf_addstr(buf, sock ? unix_given(ctx->view->ev, sock) : state_fd_name(fd));
	} else if ((fd->typechar != '4' && fd->typechar != '6') || fd->role == STATE_ROLE_NONE) {
		return false;
	} else if (p->type == PARAM_TUPLE) {
		strbuf_addstr(buf, state_fd_name(fd));
	} else if (fd->role == STATE_ROLE_LISTEN) {
		add_end(buf, fd, fd->laddr, fd->lport);
	} else {
		add_end(buf, fd, fd->raddr, fd->rport);
	}
	return buf->len && give_text(out, buf->buf, buf->len);
}

static bool read_data(const struct probe_event *ev, struct value *out)
{
	const struct probe_data *data = probe_event_payload(ev);

	return ev->kind == PROBE_KIND_DATA && give_text(out, (const char *)data->bytes, data->len);
}

bool param_read(const struct field_ctx *ctx, const struct param *p, struct strbuf *buf,
		struct value *out)
{
	const struct probe_event *ev = ctx->view->ev;
	const char *text;

	switch (p->from) {
	case PARAM_FROM_NONE:
		return false;
	case PARAM_FROM_RES:
		return give_int(out, p->type == PARAM_FD || p->type == PARAM_PID
					     ? ev->res
					     : narrow(p->type, (uint64_t)ev->res));
	case PARAM_FROM_ARG:
		return read_arg(ctx, p, out);
	case PARAM_FROM_TEXT:
		text = payload_text(ev, p->n);
		return text && give_str(out, text);
	case PARAM_FROM_SOCK:
	case PARAM_FROM_FDTUPLE:
		return read_ends(ctx, p, buf, out);
	case PARAM_FROM_USAGE:
		return read_usage(ev, p->n, out);
	case PARAM_FROM_PAIR:
		return read_pair(ev, p->n, out);
	case PARAM_FROM_DATA:
		return read_data(ev, out);
	case PARAM_FROM_OPENFLAGS:
	case PARAM_FROM_OPENMODE:
		return read_open(ctx, p, out);
	case PARAM_FROM_SOCKTYPE: /* without SOCK_NONBLOCK and SOCK_CLOEXEC, O_* of the same value
				   */
		return give_int(out, event_arg(ev, p->n) & SOCK_TYPE_MASK);
	case PARAM_FROM_SOCKFLAGS:
		return give_int(out, from_native(p, event_arg(ev, p->n) & SOCK_FLAGS));
	case PARAM_FROM_FILEDEV:
	case PARAM_FROM_FILEINO:
		return read_file(ctx, p, out);
	case PARAM_FROM_FIELD:
		return read_field(ctx, p->field, buf, out);
	case PARAM_FROM_EXECNAME:
		return exec_name(ev, out);
	case PARAM_FROM_PRCTLSTR:
	case PARAM_FROM_PRCTLINT:
		return read_prctl(ev, p, out);
	case PARAM_FROM_EXITSTATUS:
	case PARAM_FROM_EXITRET:
	case PARAM_FROM_EXITSIG:
	case PARAM_FROM_EXITCORE:
		return give_int(out, exit_part(ctx, p->from));
	default:
		return read_task(ctx, p, out);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fd.*: the descriptor that the event is about.
 */
#include "base/mem.h"
#include "probe/fields_priv.h"

#include <stdio.h>

/* Is the event about a descriptor at all? Falco has no fd.* otherwise. */
static bool about_fd(const struct field_ctx *ctx)
{
	return ctx->call->about_fd && ctx->view->thread;
}

/* Its state; for a call that failed to open, only the name that was tried. */
static struct state_fd *fd_of(const struct field_ctx *ctx)
{
	return about_fd(ctx) ? ctx->view->fd : NULL;
}

/* Its state as of one that is open. */
static struct state_fd *open_fd(const struct field_ctx *ctx)
{
	return ctx->view->fd_num >= 0 ? fd_of(ctx) : NULL;
}

/* --- names ------------------------------------------------------------------------------------ */

static bool get_num(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return about_fd(ctx) && give_int(out, ctx->view->fd_num);
}

static bool get_name(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	struct state_fd *fd = fd_of(ctx);

	(void)ref;
	if (!fd) /* Falco has an empty name for a descriptor that it does not know */
		return about_fd(ctx) && give_text(out, "", 0);
	return give_str(out, state_fd_name(fd));
}

static bool get_nameraw(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	struct state_fd *fd = fd_of(ctx);

	if (!about_fd(ctx))
		return false;
	strbuf_setlen(&ref->buf, 0);
	for (const char *s = fd ? state_fd_raw(fd) : ""; *s; s++)
		if (s[0] != '/' || s[1] != '/')
			strbuf_addch(&ref->buf, *s);
	return give_buf(out, ref);
}

static bool get_directory(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
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
	strbuf_setlen(&ref->buf, 0);
	strbuf_add(&ref->buf, name, (size_t)(slash - name));
	return give_buf(out, ref);
}

static bool get_filename(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	struct state_fd *fd = open_fd(ctx);
	const char *name, *slash;

	(void)ref;
	if (!fd || fd->typechar != 'f')
		return false;
	name = state_fd_name(fd);
	slash = strrchr(name, '/');
	if (!slash)
		return give_text(out, "/", 1);
	return give_str(out, slash[1] ? slash + 1 : name);
}

/* "container:" in front of what another extractor says. */
static bool in_container(const struct field_ctx *ctx, struct field_ref *ref, struct value *out,
			 field_get get)
{
	const struct state_thread *t = ctx->view->thread;
	const char *container = t ? thread_container(t) : NULL;
	struct strbuf text = STRBUF_INIT;

	if (!get(ctx, ref, out))
		return false;
	strbuf_addf(&text, "%s:", container ? container : "");
	strbuf_add(&text, out->s, out->len);
	strbuf_release(&ref->buf);
	ref->buf = text;
	return give_buf(out, ref);
}

static bool get_containername(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return in_container(ctx, ref, out, get_name);
}

static bool get_containerdirectory(const struct field_ctx *ctx, struct field_ref *ref,
				   struct value *out)
{
	return in_container(ctx, ref, out, get_directory);
}

static bool get_uid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	if (!about_fd(ctx))
		return false;
	strbuf_setlen(&ref->buf, 0);
	strbuf_addf(&ref->buf, "%u%d", ctx->view->ev->tid, ctx->view->fd_num);
	return give_buf(out, ref);
}

/* --- types ------------------------------------------------------------------------------------ */

static const struct {
	char typechar;
	const char *name;
} types[] = {
	{'f', "file"},	    {'d', "directory"},	  {'4', "ipv4"},     {'6', "ipv6"},
	{'u', "unix"},	    {'p', "pipe"},	  {'e', "event"},    {'s', "signalfd"},
	{'l', "eventpoll"}, {'i', "inotify"},	  {'t', "timerfd"},  {'n', "netlink"},
	{'b', "bpf"},	    {'U', "userfaultfd"}, {'r', "io_uring"}, {'m', "memfd"},
	{'P', "pidfd"},
};

const char *fd_type(const struct state_fd *fd)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].typechar == fd->typechar)
			return types[i].name;
	return "<NA>";
}

static bool get_type(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = open_fd(ctx);

	(void)ref;
	return fd && give_str(out, fd_type(fd));
}

static bool get_typechar(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = open_fd(ctx);
	char c;

	if (!about_fd(ctx))
		return false;
	/* A call that failed made no descriptor: its state is only the name that was tried. */
	c = fd ? fd->typechar : ctx->call->typechar;
	strbuf_setlen(&ref->buf, 0);
	strbuf_addch(&ref->buf, c == 'U' ? 'u' : c);
	return give_buf(out, ref);
}

/* Is there a descriptor below num of the same type? */
static bool type_seen(const struct state_fds *fds, uint32_t num)
{
	for (uint32_t i = 0; i < num; i++)
		if (fds->v[i].typechar == fds->v[num].typechar)
			return true;
	return false;
}

/* fd.types[n]: the type of that descriptor; fd.types: each type that is open. */
static bool get_types(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fds *fds;
	size_t at = ref->at;

	if (!about_fd(ctx))
		return false;
	fds = ctx->view->thread->fds;
	if (ref->arg) {
		const struct state_fd *fd = state_fd_of(ctx->view->thread, ref->index);

		return fd && give_str(out, fd_type(fd));
	}
	if (at == 0) {
		strbuf_setlen(&ref->buf, 0);
		for (uint32_t i = 0; fds && i < fds->top; i++)
			if (fds->v[i].typechar && !type_seen(fds, i))
				strbuf_addf(&ref->buf, "%s%s", ref->buf.len ? "," : "",
					    fd_type(&fds->v[i]));
		return ref->buf.len && give_buf(out, ref);
	}
	for (uint32_t i = 0; fds && i < fds->top; i++)
		if (fds->v[i].typechar && !type_seen(fds, i) && --at == 0)
			return give_str(out, fd_type(&fds->v[i]));
	return false;
}

/* --- ends of sockets -------------------------------------------------------------------------- */

static const struct state_fd *inet_of(const struct field_ctx *ctx)
{
	const struct state_fd *fd = fd_of(ctx);

	if (!fd || (fd->typechar != '4' && fd->typechar != '6') || fd->role == STATE_ROLE_NONE)
		return NULL;
	return fd;
}

enum end { END_CLIENT, END_SERVER, END_LOCAL, END_REMOTE };

static size_t addr_len(const struct state_fd *fd)
{
	return fd->typechar == '4' ? 4 : 16;
}

static bool is_loopback(const struct state_fd *fd, const uint8_t *addr)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	return fd->typechar == '4' ? addr[0] == 127 : !memcmp(addr, loopback6, 16);
}

/* Falco calls the client's end local when its address is one of this machine's; it does not ask
 * which of two local ends belongs to the process. */
static enum end side(const struct state_fd *fd, enum end end)
{
	bool client_local = fd->role == STATE_ROLE_CLIENT ||
			    !memcmp(fd->laddr, fd->raddr, addr_len(fd)) ||
			    is_loopback(fd, fd->raddr);

	if (end == END_LOCAL)
		return client_local ? END_CLIENT : END_SERVER;
	return client_local ? END_SERVER : END_CLIENT;
}

/* Address and port of an end; false where a bound socket has none. */
static bool find_end(const struct state_fd *fd, enum end end, const uint8_t **addr, uint16_t *port)
{
	if (end == END_LOCAL || end == END_REMOTE) {
		if (fd->role == STATE_ROLE_LISTEN)
			return false;
		end = side(fd, end);
	}
	*addr = end == END_CLIENT ? state_fd_cip(fd) : state_fd_sip(fd);
	*port = end == END_CLIENT ? state_fd_cport(fd) : state_fd_sport(fd);
	return *addr != NULL;
}

/* n of the row: enum end. */
static bool get_ip(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = inet_of(ctx);
	const uint8_t *addr;
	uint16_t port;

	return fd && find_end(fd, (enum end)ref->field->n, &addr, &port) &&
	       give_text(out, (const char *)addr, addr_len(fd));
}

static bool get_port(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = inet_of(ctx);
	const uint8_t *addr;
	uint16_t port;

	return fd && find_end(fd, (enum end)ref->field->n, &addr, &port) && give_int(out, port);
}

/* Falco prints the number where the resolution of ports is off, which is its default. */
static bool get_port_text(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	if (!get_port(ctx, ref, out))
		return false;
	strbuf_setlen(&ref->buf, 0);
	strbuf_addf(&ref->buf, "%lld", (long long)out->i);
	return give_buf(out, ref);
}

/* fd.ip, fd.port ...: the client's end, then the server's; not printable. */
static bool both_ends(const struct field_ctx *ctx, struct field_ref *ref, const uint8_t **addr,
		      uint16_t *port, const struct state_fd **fd)
{
	*fd = inet_of(ctx);
	if (!*fd || ref->at == 0 || ref->at > 2)
		return false;
	if ((*fd)->role == STATE_ROLE_LISTEN)
		return ref->at == 1 && find_end(*fd, END_SERVER, addr, port);
	return find_end(*fd, ref->at == 1 ? END_CLIENT : END_SERVER, addr, port);
}

static bool get_any_ip(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd;
	const uint8_t *addr;
	uint16_t port;

	return both_ends(ctx, ref, &addr, &port, &fd) &&
	       give_text(out, (const char *)addr, addr_len(fd));
}

static bool get_any_port(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd;
	const uint8_t *addr;
	uint16_t port;

	return both_ends(ctx, ref, &addr, &port, &fd) && give_int(out, port);
}

static bool get_l4proto(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	static const char *const names[] = {
		[PROBE_PROTO_OTHER] = "<NA>", [PROBE_PROTO_TCP] = "tcp", [PROBE_PROTO_UDP] = "udp",
		[PROBE_PROTO_ICMP] = "icmp",  [PROBE_PROTO_RAW] = "raw",
	};
	const struct state_fd *fd = open_fd(ctx);
	bool known;

	(void)ref;
	if (!fd)
		return false;
	known = (fd->typechar == '4' || fd->typechar == '6') &&
		(fd->role != STATE_ROLE_NONE || fd->proto == PROBE_PROTO_RAW);
	return give_str(out, names[known ? fd->proto % ARRAY_SIZE(names) : PROBE_PROTO_OTHER]);
}

static bool get_sockfamily(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = open_fd(ctx);

	(void)ref;
	if (!fd)
		return false;
	if (fd->typechar == '4' || fd->typechar == '6')
		return give_str(out, "ip");
	return fd->typechar == 'u' && give_str(out, "unix");
}

/* Is the server's address one of this machine's? */
static bool get_is_server(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = open_fd(ctx);

	(void)ref;
	if (!fd)
		return false;
	if ((fd->typechar != '4' && fd->typechar != '6') || fd->role == STATE_ROLE_NONE)
		return give_int(out, 0);
	return give_int(out, fd->role != STATE_ROLE_CLIENT || is_loopback(fd, fd->raddr) ||
				     !memcmp(fd->laddr, fd->raddr, addr_len(fd)));
}

static bool get_connected(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_fd *fd = open_fd(ctx);

	(void)ref;
	return fd && give_int(out, (fd->flags & STATE_FD_CONNECTED) != 0);
}

static bool get_name_changed(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return open_fd(ctx) && give_int(out, ctx->view->name_changed);
}

/* --- files ------------------------------------------------------------------------------------ */

static const struct probe_file *file_of(const struct field_ctx *ctx)
{
	static const struct probe_file none;
	const struct state_fd *fd = open_fd(ctx);

	if (!fd)
		return NULL;
	return fd->typechar == 'f' || fd->typechar == 'd' ? &fd->file : &none;
}

enum device { DEVICE_WHOLE, DEVICE_MAJOR, DEVICE_MINOR };

static bool get_dev(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct probe_file *file = file_of(ctx);

	if (!file)
		return false;
	switch (ref->field->n) {
	case DEVICE_MAJOR:
		return give_int(out, file->dev >> 8 & 0xfff);
	case DEVICE_MINOR:
		return give_int(out, (file->dev & 0xff) | (file->dev >> 12 & 0xfff00));
	default:
		return give_int(out, file->dev);
	}
}

static bool get_ino(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct probe_file *file = file_of(ctx);

	(void)ref;
	return file && give_int(out, (int64_t)file->ino);
}

/* n of the row: the flag. */
static bool get_layer(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct probe_file *file = file_of(ctx);

	return file && give_int(out, (file->flags & (unsigned)ref->field->n) != 0);
}

#define FD	FIELD_OF_FD
#define FILE_FD (FIELD_OF_FD | FIELD_WANTS_FILE)
#define FD_NAME (FIELD_OF_FD | FIELD_WANTS_ENDS)
#define BOTH	(FIELD_OF_FD | FIELD_EACH | FIELD_BOTH_DIFFER)

/* fd.cip.name and its like compare with names that /etc/hosts has; the engine asks no name server.
 */
const struct field fields_fd[] = {
	{"fd.num", VALUE_INT, 64, FD, get_num, 0},
	{"fd.name", VALUE_STR, 0, FD_NAME, get_name, 0},
	{"fd.nameraw", VALUE_STR, 0, FD, get_nameraw, 0},
	{"fd.directory", VALUE_STR, 0, FD, get_directory, 0},
	{"fd.filename", VALUE_STR, 0, FD, get_filename, 0},
	{"fd.containername", VALUE_STR, 0, FD_NAME, get_containername, 0},
	{"fd.containerdirectory", VALUE_STR, 0, FD, get_containerdirectory, 0},
	{"fd.uid", VALUE_STR, 0, FD, get_uid, 0},
	{"fd.type", VALUE_STR, 0, FD, get_type, 0},
	{"fd.typechar", VALUE_STR, 0, FD, get_typechar, 0},
	{"fd.types", VALUE_STR, 0, FD | FIELD_ARG | FIELD_EACH | FIELD_LIST, get_types, 0},
	{"fd.ip", VALUE_IP, 0, BOTH, get_any_ip, 0},
	{"fd.net", VALUE_NET, 0, BOTH, get_any_ip, 0},
	{"fd.port", VALUE_PORT, 16, BOTH, get_any_port, 0},
	{"fd.proto", VALUE_PORT, 16, BOTH, get_any_port, 0},
	{"fd.cip", VALUE_IP, 0, FD, get_ip, END_CLIENT},
	{"fd.sip", VALUE_IP, 0, FD, get_ip, END_SERVER},
	{"fd.lip", VALUE_IP, 0, FD, get_ip, END_LOCAL},
	{"fd.rip", VALUE_IP, 0, FD, get_ip, END_REMOTE},
	{"fd.cnet", VALUE_NET, 0, FD, get_ip, END_CLIENT},
	{"fd.snet", VALUE_NET, 0, FD, get_ip, END_SERVER},
	{"fd.lnet", VALUE_NET, 0, FD, get_ip, END_LOCAL},
	{"fd.rnet", VALUE_NET, 0, FD, get_ip, END_REMOTE},
	{"fd.cip.name", VALUE_HOST, 0, FD, get_ip, END_CLIENT},
	{"fd.sip.name", VALUE_HOST, 0, FD, get_ip, END_SERVER},
	{"fd.lip.name", VALUE_HOST, 0, FD, get_ip, END_LOCAL},
	{"fd.rip.name", VALUE_HOST, 0, FD, get_ip, END_REMOTE},
	{"fd.cport", VALUE_PORT, 16, FD, get_port, END_CLIENT},
	{"fd.sport", VALUE_PORT, 16, FD, get_port, END_SERVER},
	{"fd.lport", VALUE_PORT, 16, FD, get_port, END_LOCAL},
	{"fd.rport", VALUE_PORT, 16, FD, get_port, END_REMOTE},
	{"fd.cproto", VALUE_STR, 0, FD, get_port_text, END_CLIENT},
	{"fd.sproto", VALUE_STR, 0, FD, get_port_text, END_SERVER},
	{"fd.lproto", VALUE_STR, 0, FD, get_port_text, END_LOCAL},
	{"fd.rproto", VALUE_STR, 0, FD, get_port_text, END_REMOTE},
	{"fd.l4proto", VALUE_STR, 0, FD, get_l4proto, 0},
	{"fd.sockfamily", VALUE_STR, 0, FD, get_sockfamily, 0},
	{"fd.is_server", VALUE_BOOL, 0, FD, get_is_server, 0},
	{"fd.connected", VALUE_BOOL, 0, FD, get_connected, 0},
	{"fd.name_changed", VALUE_BOOL, 0, FD_NAME, get_name_changed, 0},
	{"fd.dev", VALUE_INT, 32, FILE_FD, get_dev, DEVICE_WHOLE},
	{"fd.dev.major", VALUE_INT, 32, FILE_FD, get_dev, DEVICE_MAJOR},
	{"fd.dev.minor", VALUE_INT, 32, FILE_FD, get_dev, DEVICE_MINOR},
	{"fd.ino", VALUE_INT, 64, FILE_FD, get_ino, 0},
	{"fd.is_upper_layer", VALUE_BOOL, 0, FILE_FD, get_layer, PROBE_FILE_UPPER},
	{"fd.is_lower_layer", VALUE_BOOL, 0, FILE_FD, get_layer, PROBE_FILE_LOWER},
	{NULL, VALUE_STR, 0, 0, NULL, 0},
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each call does to the state: one row a syscall. Native x86_64 numbers, as in
 * capture_calls.c.
 */
#include "base/mem.h"
#include "probe/state_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>

typedef void (*call_fn)(struct state *st, struct state_thread *t, struct state_view *view);

struct call {
	call_fn fn;
	uint8_t arg;  /* what fn makes of it: an argument's index, a type character */
	uint8_t flag; /* index of the flags argument + 1, 0 when there is none */
};

static const struct call calls[PROBE_SYSCALLS];

static int32_t arg_fd(const struct probe_event *ev, unsigned i)
{
	return i < ev->nargs ? (int32_t)probe_event_args(ev)[i] : -1;
}

static uint64_t arg(const struct probe_event *ev, unsigned i)
{
	return i < ev->nargs ? probe_event_args(ev)[i] : 0;
}

static void look(struct state *st, struct state_thread *t, struct state_view *view, int32_t num)
{
	view->fd_num = num;
	view->fd = fds_get(t->fds, num);
	if (!view->fd && num >= 0)
		st->stats.n_failed_fd_lookups++;
}

static bool is_cloexec(const struct probe_event *ev, const struct call *call)
{
	/* O_CLOEXEC, SOCK_CLOEXEC, EFD_CLOEXEC and their like are one and the same bit. */
	return call->flag && arg(ev, call->flag - 1u) & O_CLOEXEC;
}

/* The folder that a path relative to dirfd starts from, or NULL when not known. */
static const char *base_of(const struct state_thread *t, int32_t dirfd)
{
	struct state_fd *dir;

	if (dirfd == STATE_AT_FDCWD)
		return t->cwd;
	dir = fds_get(t->fds, dirfd);
	return dir ? state_fd_name(dir) : NULL;
}

/* The string of the payload, and its length in *len. */
static const char *text_of(const struct probe_event *ev, size_t *len)
{
	unsigned n = probe_event_payload_len(ev), skip = 0;

	if (ev->kind == PROBE_KIND_OPEN)
		skip = sizeof(struct probe_file);
	*len = n > skip ? n - skip - 1 : 0;
	return (const char *)probe_event_payload(ev) + skip;
}

/* The socket of the payload, NULL when there is none, and its size in *len. */
static const struct probe_sock *sock_of(const struct probe_event *ev, size_t *len)
{
	unsigned n = probe_event_payload_len(ev), skip = 0;

	if (ev->kind == PROBE_KIND_DATA)
		skip = sizeof(struct probe_data);
	else if (ev->kind != PROBE_KIND_SOCK && ev->kind != PROBE_KIND_MSG)
		return NULL;
	if (n < skip + 8)
		return NULL;
	*len = n - skip;
	return (const void *)((const char *)probe_event_payload(ev) + skip);
}

/* arg: index of the path (its folder's descriptor comes before it), 0: no folder given. */
static void on_open(struct state *st, struct state_thread *t, struct state_view *view)
{
	const struct probe_event *ev = view->ev;
	const struct call *call = &calls[ev->nr];
	const char *path, *base = NULL;
	struct state_fd *fd;
	uint64_t flags = call->flag ? arg(ev, call->flag - 1u) : 0;
	size_t len;

	path = text_of(ev, &len);

	if (ev->res >= 0) {
		fd = fds_open(st, t->fds, ev->res, flags & O_DIRECTORY ? 'd' : 'f');
		view->fd_num = (int32_t)ev->res;
		if (!fd)
			return;
		fd_set_cloexec(fd, (flags & O_CLOEXEC) != 0);
	} else {
		/* A rule may still ask for the name that was tried. */
		fd = &st->scratch;
		fd->typechar = 'f';
	}
	view->fd = fd;
	if (ev->kind == PROBE_KIND_OPEN && len)
		memcpy(&fd->file, probe_event_payload(ev), sizeof(fd->file));
	if (len == 0)
		return;
	if (path[0] != '/')
		base = base_of(t, call->arg ? arg_fd(ev, call->arg - 1u) : STATE_AT_FDCWD);
	fd_set_name(fd, base, path, len);
}

static void on_close(struct state *st, struct state_thread *t, struct state_view *view)
{
	look(st, t, view, arg_fd(view->ev, 0));
	if (view->fd && view->ev->res == 0)
		view->done = STATE_DONE_CLOSE;
}

/* arg: index of the descriptor. */
static void on_fd(struct state *st, struct state_thread *t, struct state_view *view)
{
	look(st, t, view, arg_fd(view->ev, calls[view->ev->nr].arg));
}

static void duplicate(struct state *st, struct state_thread *t, struct state_view *view,
		      bool cloexec)
{
	int32_t from = arg_fd(view->ev, 0);
	int64_t to = view->ev->res;
	struct state_fd *fd;

	look(st, t, view, from);
	if (to < 0 || to == from || !view->fd)
		return;
	fd = fds_open(st, t->fds, to, view->fd->typechar);
	if (!fd)
		return;
	look(st, t, view, from); /* the table may have moved */
	fd_copy(fd, view->fd);
	fd_set_cloexec(fd, cloexec);
}

static void on_dup(struct state *st, struct state_thread *t, struct state_view *view)
{
	duplicate(st, t, view, is_cloexec(view->ev, &calls[view->ev->nr]));
}

static void on_fcntl(struct state *st, struct state_thread *t, struct state_view *view)
{
	uint64_t cmd = arg(view->ev, 1);

	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC) {
		duplicate(st, t, view, cmd == F_DUPFD_CLOEXEC);
		return;
	}
	look(st, t, view, arg_fd(view->ev, 0));
	if (cmd == F_SETFD && view->fd && view->ev->res == 0)
		fd_set_cloexec(view->fd, arg(view->ev, 2) & FD_CLOEXEC);
}

/* arg: type character of the new descriptor. */
static void on_new(struct state *st, struct state_thread *t, struct state_view *view)
{
	const struct call *call = &calls[view->ev->nr];

	if (view->ev->res < 0)
		return;
	view->fd_num = (int32_t)view->ev->res;
	view->fd = fds_open(st, t->fds, view->ev->res, (char)call->arg);
	if (view->fd)
		fd_set_cloexec(view->fd, is_cloexec(view->ev, call));
}

static void on_memfd(struct state *st, struct state_thread *t, struct state_view *view)
{
	const char *name;
	size_t len;

	on_new(st, t, view);
	if (!view->fd)
		return;
	fd_set_cloexec(view->fd, arg(view->ev, 1) & 1); /* MFD_CLOEXEC */
	name = text_of(view->ev, &len);
	fd_set_name(view->fd, NULL, name, len);
	view->fd->lazy = 0;
}

/* What Falco makes of socket's type and protocol. */
static uint16_t socket_proto(uint64_t type, uint64_t protocol)
{
	type &= 0xf; /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
	if (type == SOCK_RAW)
		return PROBE_PROTO_RAW;
	switch (protocol) {
	case IPPROTO_TCP:
		return PROBE_PROTO_TCP;
	case IPPROTO_UDP:
		return PROBE_PROTO_UDP;
	case IPPROTO_ICMP:
		return PROBE_PROTO_ICMP;
	case IPPROTO_IP:
		return type == SOCK_STREAM  ? PROBE_PROTO_TCP
		       : type == SOCK_DGRAM ? PROBE_PROTO_UDP
					    : PROBE_PROTO_OTHER;
	default:
		return PROBE_PROTO_OTHER;
	}
}

static void on_socket(struct state *st, struct state_thread *t, struct state_view *view)
{
	static const struct {
		uint16_t family;
		char typechar;
	} types[] = {{AF_INET, '4'}, {AF_INET6, '6'}, {AF_UNIX, 'u'}, {AF_NETLINK, 'n'}};
	char typechar = '?';

	if (view->ev->res < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].family == arg(view->ev, 0))
			typechar = types[i].typechar;
	view->fd_num = (int32_t)view->ev->res;
	view->fd = fds_open(st, t->fds, view->ev->res, typechar);
	if (!view->fd)
		return;
	fd_set_cloexec(view->fd, (arg(view->ev, 1) & SOCK_CLOEXEC) != 0);
	if (typechar == '4' || typechar == '6')
		view->fd->proto = socket_proto(arg(view->ev, 1), arg(view->ev, 2));
}

static void on_pair(struct state *st, struct state_thread *t, struct state_view *view)
{
	const struct call *call = &calls[view->ev->nr];
	const int32_t *pair = probe_event_payload(view->ev);

	if (view->ev->res != 0 || probe_event_payload_len(view->ev) < 8)
		return;
	for (int i = 0; i < 2; i++) {
		struct state_fd *fd = fds_open(st, t->fds, pair[i], (char)call->arg);

		if (fd)
			fd_set_cloexec(fd, is_cloexec(view->ev, call));
	}
	look(st, t, view, pair[0]);
}

#define EINPROGRESS_RES (-115)

/* Give the descriptor the ends that the event has; the view tells whether that changed its name. */
static void set_sock(struct state_view *view, enum state_role role)
{
	struct state_fd *fd = view->fd, was = *fd;
	const struct probe_sock *sock;
	uint16_t proto = fd->proto;
	size_t len;

	sock = sock_of(view->ev, &len);
	if (!sock)
		return;
	fd_set_sock(fd, sock, len, role);
	if (fd->proto == PROBE_PROTO_OTHER)
		fd->proto = proto;
	view->name_changed =
		fd->typechar == 'u'
			? fd->source != was.source || fd->dest != was.dest ||
				  fd->name_len != was.name_len
			: fd->role != was.role || fd->lport != was.lport ||
				  fd->rport != was.rport ||
				  memcmp(fd->laddr, was.laddr, sizeof(was.laddr)) != 0 ||
				  memcmp(fd->raddr, was.raddr, sizeof(was.raddr)) != 0;
}

static void on_accept(struct state *st, struct state_thread *t, struct state_view *view)
{
	if (view->ev->res < 0) {
		look(st, t, view, arg_fd(view->ev, 0));
		return;
	}
	view->fd_num = (int32_t)view->ev->res;
	view->fd = fds_open(st, t->fds, view->ev->res, '?');
	if (!view->fd)
		return;
	set_sock(view, STATE_ROLE_SERVER);
	view->fd->flags |= STATE_FD_CONNECTED;
	fd_set_cloexec(view->fd, is_cloexec(view->ev, &calls[view->ev->nr]));
}

/* connect, bind. arg: the role that a success gives. A failure leaves the descriptor as it was. */
static void on_address(struct state *st, struct state_thread *t, struct state_view *view)
{
	enum state_role role = calls[view->ev->nr].arg;
	int64_t res = view->ev->res;
	bool done = res >= 0 || (role == STATE_ROLE_CLIENT && res == EINPROGRESS_RES);

	view->fd_num = arg_fd(view->ev, 0);
	view->fd = fds_get(t->fds, view->fd_num);
	if (!done)
		return;
	if (!view->fd)
		view->fd = fds_open(st, t->fds, view->fd_num, '?');
	if (!view->fd)
		return;
	set_sock(view, role);
	if (role == STATE_ROLE_CLIENT)
		view->fd->flags |= STATE_FD_CONNECTED;
}

static bool is_inet(const struct state_fd *fd)
{
	return fd->typechar == '4' || fd->typechar == '6';
}

/* A call that reads or writes: to Falco that shows an internet socket connected. arg: index of the
 * descriptor. */
static void on_io(struct state *st, struct state_thread *t, struct state_view *view)
{
	struct state_fd *fd;

	look(st, t, view, arg_fd(view->ev, calls[view->ev->nr].arg));
	fd = view->fd;
	if (fd && is_inet(fd) && view->ev->res >= 0 && fd->role != STATE_ROLE_LISTEN)
		fd->flags |= STATE_FD_CONNECTED;
}

/* sendto, sendmsg, recvfrom, recvmsg. arg: the call receives. An address makes an unconnected
 * internet socket known; it does not change one that has its ends. */
static void on_message(struct state *st, struct state_thread *t, struct state_view *view)
{
	bool receives = calls[view->ev->nr].arg;
	int32_t num = arg_fd(view->ev, 0);
	struct state_fd *fd;

	look(st, t, view, num);
	if (view->ev->res < 0)
		return;
	if (!view->fd)
		view->fd = fds_open(st, t->fds, num, '?');
	fd = view->fd;
	if (!fd)
		return;
	if (is_inet(fd) && fd->role != STATE_ROLE_LISTEN)
		fd->flags |= STATE_FD_CONNECTED;
	/* Those of a unix socket are written in the direction of the message. */
	if (fd->typechar == 'u')
		set_sock(view, fd->role);
	else if (fd->role == STATE_ROLE_NONE)
		set_sock(view, STATE_ROLE_CLIENT);
	else if (receives && fd->role != STATE_ROLE_CLIENT && fd->proto != PROBE_PROTO_TCP)
		set_sock(view, STATE_ROLE_SERVER);
}

static void on_chdir(struct state *st, struct state_thread *t, struct state_view *view)
{
	struct state_fd *tmp = &st->scratch;
	const char *path;
	size_t len;

	path = text_of(view->ev, &len);
	if (view->ev->res != 0 || len == 0)
		return;
	tmp->typechar = 'd';
	fd_set_name(tmp, t->cwd, path, len);
	free(t->cwd);
	t->cwd = xstrdup(state_fd_name(tmp));
}

static void on_fchdir(struct state *st, struct state_thread *t, struct state_view *view)
{
	look(st, t, view, arg_fd(view->ev, 0));
	if (view->ev->res != 0)
		return;
	free(t->cwd);
	t->cwd = view->fd ? xstrdup(state_fd_name(view->fd)) : NULL;
}

#define PR_SET_NAME_OPTION 15

static void on_prctl(struct state *st, struct state_thread *t, struct state_view *view)
{
	(void)st;
	if (view->ev->res != 0 || arg(view->ev, 0) != PR_SET_NAME_OPTION)
		return;
	snprintf(t->comm, sizeof(t->comm), "%.*s", PROBE_COMM_LEN - 1,
		 (const char *)probe_event_payload(view->ev));
}

static const struct call calls[PROBE_SYSCALLS] = {
	[2] = {on_open, 0, 2},			   /* open */
	[85] = {on_open, 0, 0},			   /* creat */
	[257] = {on_open, 1, 3},		   /* openat */
	[437] = {on_open, 1, 3},		   /* openat2 */
	[304] = {on_new, 'f', 3},		   /* open_by_handle_at */
	[3] = {on_close, 0, 0},			   /* close */
	[32] = {on_dup, 0, 0},			   /* dup */
	[33] = {on_dup, 0, 0},			   /* dup2 */
	[292] = {on_dup, 0, 3},			   /* dup3 */
	[72] = {on_fcntl, 0, 0},		   /* fcntl */
	[41] = {on_socket, 0, 0},		   /* socket */
	[42] = {on_address, STATE_ROLE_CLIENT, 0}, /* connect */
	[43] = {on_accept, 0, 0},		   /* accept */
	[288] = {on_accept, 0, 4},		   /* accept4 */
	[49] = {on_address, STATE_ROLE_LISTEN, 0}, /* bind */
	[44] = {on_message, false, 0},		   /* sendto */
	[46] = {on_message, false, 0},		   /* sendmsg */
	[45] = {on_message, true, 0},		   /* recvfrom */
	[47] = {on_message, true, 0},		   /* recvmsg */
	[22] = {on_pair, 'p', 0},		   /* pipe */
	[293] = {on_pair, 'p', 2},		   /* pipe2 */
	[53] = {on_pair, 'u', 2},		   /* socketpair */
	[284] = {on_new, 'e', 0},		   /* eventfd */
	[290] = {on_new, 'e', 2},		   /* eventfd2 */
	[213] = {on_new, 'l', 0},		   /* epoll_create */
	[291] = {on_new, 'l', 1},		   /* epoll_create1 */
	[253] = {on_new, 'i', 0},		   /* inotify_init */
	[294] = {on_new, 'i', 1},		   /* inotify_init1 */
	[282] = {on_new, 's', 0},		   /* signalfd */
	[289] = {on_new, 's', 0},		   /* signalfd4 */
	[283] = {on_new, 't', 2},		   /* timerfd_create */
	[323] = {on_new, 'U', 1},		   /* userfaultfd */
	[425] = {on_new, 'r', 0},		   /* io_uring_setup */
	[434] = {on_new, 'P', 0},		   /* pidfd_open */
	[319] = {on_memfd, 'm', 0},		   /* memfd_create */
	[80] = {on_chdir, 0, 0},		   /* chdir */
	[81] = {on_fchdir, 0, 0},		   /* fchdir */
	[157] = {on_prctl, 0, 0},		   /* prctl */
	/* calls on a descriptor that leave it as it is, but for what on_io says */
	[0] = {on_io, 0, 0},   /* read */
	[1] = {on_io, 0, 0},   /* write */
	[5] = {on_fd, 0, 0},   /* fstat */
	[8] = {on_fd, 0, 0},   /* lseek */
	[16] = {on_fd, 0, 0},  /* ioctl */
	[17] = {on_io, 0, 0},  /* pread64 */
	[18] = {on_io, 0, 0},  /* pwrite64 */
	[19] = {on_io, 0, 0},  /* readv */
	[20] = {on_io, 0, 0},  /* writev */
	[40] = {on_fd, 0, 0},  /* sendfile */
	[48] = {on_fd, 0, 0},  /* shutdown */
	[50] = {on_fd, 0, 0},  /* listen */
	[51] = {on_fd, 0, 0},  /* getsockname */
	[52] = {on_fd, 0, 0},  /* getpeername */
	[54] = {on_fd, 0, 0},  /* setsockopt */
	[55] = {on_fd, 0, 0},  /* getsockopt */
	[73] = {on_fd, 0, 0},  /* flock */
	[74] = {on_fd, 0, 0},  /* fsync */
	[75] = {on_fd, 0, 0},  /* fdatasync */
	[77] = {on_fd, 0, 0},  /* ftruncate */
	[78] = {on_fd, 0, 0},  /* getdents */
	[91] = {on_fd, 0, 0},  /* fchmod */
	[93] = {on_fd, 0, 0},  /* fchown */
	[138] = {on_fd, 0, 0}, /* fstatfs */
	[217] = {on_fd, 0, 0}, /* getdents64 */
	[275] = {on_fd, 0, 0}, /* splice */
	[285] = {on_fd, 0, 0}, /* fallocate */
	[295] = {on_io, 0, 0}, /* preadv */
	[296] = {on_io, 0, 0}, /* pwritev */
	[299] = {on_io, 0, 0}, /* recvmmsg */
	[326] = {on_fd, 0, 0}, /* copy_file_range */
	[9] = {on_fd, 4, 0},   /* mmap */
	[268] = {on_fd, 0, 0}, /* fchmodat: the folder, as in the ones that follow */
	[260] = {on_fd, 0, 0}, /* fchownat */
	[258] = {on_fd, 0, 0}, /* mkdirat */
	[259] = {on_fd, 0, 0}, /* mknodat */
	[262] = {on_fd, 0, 0}, /* newfstatat */
	[263] = {on_fd, 0, 0}, /* unlinkat */
	[266] = {on_fd, 1, 0}, /* symlinkat */
	[308] = {on_fd, 0, 0}, /* setns */
	[313] = {on_fd, 0, 0}, /* finit_module */
	[431] = {on_fd, 0, 0}, /* fsconfig */
	[426] = {on_fd, 0, 0}, /* io_uring_enter */
	[427] = {on_fd, 0, 0}, /* io_uring_register */
	[307] = {on_io, 0, 0}, /* sendmmsg */
};

void calls_apply(struct state *st, struct state_thread *t, struct state_view *view)
{
	const struct probe_event *ev = view->ev;
	call_fn fn = ev->nr < PROBE_SYSCALLS ? calls[ev->nr].fn : NULL;

	if (fn && st->opts.track_fds)
		fn(st, t, view);
}

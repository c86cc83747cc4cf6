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

static size_t text_len(const struct probe_event *ev)
{
	unsigned n = probe_event_payload_len(ev);

	return n ? n - 1 : 0;
}

/* arg: index of the path (its folder's descriptor comes before it), 0: no folder given. */
static void on_open(struct state *st, struct state_thread *t, struct state_view *view)
{
	const struct probe_event *ev = view->ev;
	const struct call *call = &calls[ev->nr];
	const char *path = probe_event_payload(ev), *base = NULL;
	struct state_fd *fd;
	uint64_t flags = call->flag ? arg(ev, call->flag - 1u) : 0;
	size_t len = text_len(ev);

	if (ev->res >= 0) {
		fd = fds_open(st, t->fds, ev->res, flags & O_DIRECTORY ? 'd' : 'f');
		view->fd_num = (int32_t)ev->res;
		if (!fd)
			return;
		fd->cloexec = (flags & O_CLOEXEC) != 0;
	} else {
		/* A rule may still ask for the name that was tried. */
		fd = &st->scratch;
		fd->typechar = 'f';
	}
	view->fd = fd;
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
	fd->cloexec = cloexec;
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
		view->fd->cloexec = arg(view->ev, 2) & FD_CLOEXEC;
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
		view->fd->cloexec = is_cloexec(view->ev, call);
}

static void on_memfd(struct state *st, struct state_thread *t, struct state_view *view)
{
	on_new(st, t, view);
	if (!view->fd)
		return;
	view->fd->cloexec = arg(view->ev, 1) & 1; /* MFD_CLOEXEC */
	fd_set_name(view->fd, NULL, probe_event_payload(view->ev), text_len(view->ev));
	view->fd->lazy = 0;
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
	if (view->fd)
		view->fd->cloexec = (arg(view->ev, 1) & SOCK_CLOEXEC) != 0;
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
			fd->cloexec = is_cloexec(view->ev, call);
	}
	look(st, t, view, pair[0]);
}

#define EINPROGRESS_RES (-115)

/* arg: the role that a success gives. */
static void on_address(struct state *st, struct state_thread *t, struct state_view *view)
{
	const struct probe_event *ev = view->ev;
	enum state_role role = calls[ev->nr].arg;
	struct state_fd *fd;

	if (role == STATE_ROLE_SERVER) {
		if (ev->res < 0) {
			look(st, t, view, arg_fd(ev, 0));
			return;
		}
		view->fd_num = (int32_t)ev->res;
		view->fd = fds_open(st, t->fds, ev->res, '?');
	} else {
		view->fd_num = arg_fd(ev, 0);
		view->fd = fds_get(t->fds, view->fd_num);
		if (!view->fd && (ev->res == 0 || ev->res == EINPROGRESS_RES))
			view->fd = fds_open(st, t->fds, view->fd_num, '?');
	}
	fd = view->fd;
	if (!fd || probe_event_payload_len(ev) < 8)
		return;
	/* A datagram sent on a connected socket does not change it. */
	if (ev->nr == 44 && fd->role != STATE_ROLE_NONE)
		return;
	fd_set_sock(fd, probe_event_payload(ev), probe_event_payload_len(ev), role);
}

static void on_chdir(struct state *st, struct state_thread *t, struct state_view *view)
{
	struct state_fd *tmp = &st->scratch;

	if (view->ev->res != 0 || text_len(view->ev) == 0)
		return;
	tmp->typechar = 'd';
	fd_set_name(tmp, t->cwd, probe_event_payload(view->ev), text_len(view->ev));
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

/* arg: index of the effective user id. */
static void on_setuid(struct state *st, struct state_thread *t, struct state_view *view)
{
	uint32_t uid = (uint32_t)arg(view->ev, calls[view->ev->nr].arg);

	(void)st;
	if (view->ev->res == 0 && uid != UINT32_MAX)
		t->uid = uid;
}

static const struct call calls[PROBE_SYSCALLS] = {
	[2] = {on_open, 0, 2},			    /* open */
	[85] = {on_open, 0, 0},			    /* creat */
	[257] = {on_open, 1, 3},		    /* openat */
	[437] = {on_open, 1, 3},		    /* openat2 */
	[304] = {on_new, 'f', 3},		    /* open_by_handle_at */
	[3] = {on_close, 0, 0},			    /* close */
	[32] = {on_dup, 0, 0},			    /* dup */
	[33] = {on_dup, 0, 0},			    /* dup2 */
	[292] = {on_dup, 0, 3},			    /* dup3 */
	[72] = {on_fcntl, 0, 0},		    /* fcntl */
	[41] = {on_socket, 0, 0},		    /* socket */
	[42] = {on_address, STATE_ROLE_CLIENT, 0},  /* connect */
	[43] = {on_address, STATE_ROLE_SERVER, 0},  /* accept */
	[288] = {on_address, STATE_ROLE_SERVER, 0}, /* accept4 */
	[49] = {on_address, STATE_ROLE_LISTEN, 0},  /* bind */
	[44] = {on_address, STATE_ROLE_CLIENT, 0},  /* sendto */
	[22] = {on_pair, 'p', 0},		    /* pipe */
	[293] = {on_pair, 'p', 2},		    /* pipe2 */
	[53] = {on_pair, 'u', 2},		    /* socketpair */
	[284] = {on_new, 'e', 0},		    /* eventfd */
	[290] = {on_new, 'e', 2},		    /* eventfd2 */
	[213] = {on_new, 'l', 0},		    /* epoll_create */
	[291] = {on_new, 'l', 1},		    /* epoll_create1 */
	[253] = {on_new, 'i', 0},		    /* inotify_init */
	[294] = {on_new, 'i', 1},		    /* inotify_init1 */
	[282] = {on_new, 's', 0},		    /* signalfd */
	[289] = {on_new, 's', 0},		    /* signalfd4 */
	[283] = {on_new, 't', 2},		    /* timerfd_create */
	[323] = {on_new, 'u', 1},		    /* userfaultfd */
	[425] = {on_new, 'r', 0},		    /* io_uring_setup */
	[434] = {on_new, 'P', 0},		    /* pidfd_open */
	[319] = {on_memfd, 'm', 0},		    /* memfd_create */
	[80] = {on_chdir, 0, 0},		    /* chdir */
	[81] = {on_fchdir, 0, 0},		    /* fchdir */
	[157] = {on_prctl, 0, 0},		    /* prctl */
	[105] = {on_setuid, 0, 0},		    /* setuid */
	[113] = {on_setuid, 1, 0},		    /* setreuid */
	[117] = {on_setuid, 1, 0},		    /* setresuid */
	/* calls on a descriptor that leave it as it is */
	[0] = {on_fd, 0, 0},   /* read */
	[1] = {on_fd, 0, 0},   /* write */
	[5] = {on_fd, 0, 0},   /* fstat */
	[8] = {on_fd, 0, 0},   /* lseek */
	[16] = {on_fd, 0, 0},  /* ioctl */
	[17] = {on_fd, 0, 0},  /* pread64 */
	[18] = {on_fd, 0, 0},  /* pwrite64 */
	[19] = {on_fd, 0, 0},  /* readv */
	[20] = {on_fd, 0, 0},  /* writev */
	[40] = {on_fd, 0, 0},  /* sendfile */
	[45] = {on_fd, 0, 0},  /* recvfrom */
	[46] = {on_fd, 0, 0},  /* sendmsg */
	[47] = {on_fd, 0, 0},  /* recvmsg */
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
	[295] = {on_fd, 0, 0}, /* preadv */
	[296] = {on_fd, 0, 0}, /* pwritev */
	[299] = {on_fd, 0, 0}, /* recvmmsg */
	[307] = {on_fd, 0, 0}, /* sendmmsg */
};

void calls_apply(struct state *st, struct state_thread *t, struct state_view *view)
{
	const struct probe_event *ev = view->ev;
	call_fn fn = ev->nr < PROBE_SYSCALLS ? calls[ev->nr].fn : NULL;

	if (fn && st->opts.track_fds)
		fn(st, t, view);
}

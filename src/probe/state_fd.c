/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptor tables. The memory of names is kept over a close, so that a process that opens and
 * closes all day makes no allocation; names are brought into final form only when somebody reads
 * them.
 */
#include "base/mem.h"
#include "probe/state_priv.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define UNIX_ENDS_MAX 40 /* bytes of two ends in front of a path, and its NUL */

struct state_fds *fds_new(void)
{
	struct state_fds *fds = xcalloc(1, sizeof(*fds));

	fds->refs = 1;
	return fds;
}

void fds_unref(struct state *st, struct state_fds *fds)
{
	if (!fds || --fds->refs)
		return;
	st->stats.n_fds -= fds->n;
	for (uint32_t i = 0; i < fds->alloc; i++)
		free(fds->v[i].name);
	free(fds->v);
	free(fds);
}

struct state_fd *fds_get(const struct state_fds *fds, int64_t num)
{
	if (!fds || num < 0 || num >= fds->top || !fds->v[num].typechar)
		return NULL;
	return &fds->v[num];
}

static void grow(struct state_fds *fds, uint32_t need)
{
	uint32_t alloc = fds->alloc ? fds->alloc : 8;

	while (alloc < need)
		alloc *= 2;
	fds->v = xrealloc(fds->v, alloc, sizeof(*fds->v));
	memset(fds->v + fds->alloc, 0, (alloc - fds->alloc) * sizeof(*fds->v));
	fds->alloc = alloc;
}

struct state_fd *fds_open(struct state *st, struct state_fds *fds, int64_t num, char typechar)
{
	struct state_fd *fd;

	if (!fds || num < 0 || num >= STATE_FD_MAX)
		return NULL;
	if (num >= fds->alloc)
		grow(fds, (uint32_t)num + 1);
	if (num >= fds->top)
		fds->top = (uint32_t)num + 1;
	fd = &fds->v[num];
	if (!fd->typechar) {
		fds->n++;
		st->stats.n_fds++;
	}
	fd->typechar = typechar;
	fd->lazy = 0;
	fd->flags = 0;
	fd->role = STATE_ROLE_NONE;
	fd->proto = PROBE_PROTO_OTHER;
	fd->raw_at = 0;
	fd->final_at = 0;
	fd->name_len = 0;
	memset(&fd->file, 0, sizeof(fd->file));
	if (fd->name)
		fd->name[0] = '\0';
	return fd;
}

void fds_close(struct state *st, struct state_fds *fds, int64_t num)
{
	struct state_fd *fd = fds_get(fds, num);

	if (!fd)
		return;
	fd->typechar = 0;
	fds->n--;
	st->stats.n_fds--;
}

void fds_close_on_exec(struct state *st, struct state_fds *fds)
{
	for (uint32_t i = 0; i < fds->top; i++)
		if (fds->v[i].typechar && fds->v[i].flags & STATE_FD_CLOEXEC)
			fds_close(st, fds, i);
	while (fds->top && !fds->v[fds->top - 1].typechar)
		fds->top--;
}

static void reserve(struct state_fd *fd, size_t len)
{
	if (fd->name_alloc > len)
		return;
	fd->name_alloc = (uint32_t)(len + 32) & ~31u;
	fd->name = xrealloc(fd->name, fd->name_alloc, 1);
}

void fd_copy(struct state_fd *to, const struct state_fd *from)
{
	char *name = to->name;
	uint32_t alloc = to->name_alloc;

	*to = *from;
	to->name = name;
	to->name_alloc = alloc;
	if (!from->name_len) {
		if (to->name)
			to->name[0] = '\0';
		return;
	}
	reserve(to, from->name_len);
	memcpy(to->name, from->name, from->name_len);
	to->name[from->name_len] = '\0';
	if (from->final_at) { /* what is behind the name was not copied */
		to->final_at = 0;
		to->lazy = 1;
	}
}

void fd_set_cloexec(struct state_fd *fd, bool on)
{
	fd->flags = (uint8_t)(on ? fd->flags | STATE_FD_CLOEXEC : fd->flags & ~STATE_FD_CLOEXEC);
}

struct state_fds *fds_clone(struct state *st, const struct state_fds *from)
{
	struct state_fds *fds = fds_new();
	uint32_t top = from->top;

	while (top && !from->v[top - 1].typechar)
		top--;
	if (top)
		grow(fds, top);
	fds->top = top;
	for (uint32_t i = 0; i < top; i++)
		if (from->v[i].typechar)
			fd_copy(&fds->v[i], &from->v[i]);
	fds->n = from->n;
	st->stats.n_fds += fds->n;
	return fds;
}

/* --- names ------------------------------------------------------------------------------------ */

void fd_set_name(struct state_fd *fd, const char *base, const char *path, size_t len)
{
	size_t n = 0;

	if (path[0] != '/' && base && *base)
		n = strlen(base);
	reserve(fd, n + 1 + len);
	if (n) {
		memcpy(fd->name, base, n);
		fd->name[n++] = '/';
	}
	memcpy(fd->name + n, path, len);
	fd->name[n + len] = '\0';
	fd->name_len = (uint32_t)(n + len);
	fd->raw_at = (uint16_t)n;
	fd->final_at = 0;
	fd->lazy = 1;
}

void fd_restore_name(struct state_fd *fd, const char *name, size_t len)
{
	reserve(fd, len);
	memcpy(fd->name, name, len);
	fd->name[len] = '\0';
	fd->name_len = (uint32_t)len;
}

size_t state_path_normalise(char *path, size_t len)
{
	size_t out = 0, i = 0;

	if (path[0] != '/')
		return len;
	while (i < len) {
		size_t from, n;

		while (i < len && path[i] == '/')
			i++;
		from = i;
		while (i < len && path[i] != '/')
			i++;
		n = i - from;
		if (n == 0 || (n == 1 && path[from] == '.'))
			continue;
		if (n == 2 && path[from] == '.' && path[from + 1] == '.') {
			while (out && path[--out] != '/')
				;
			continue;
		}
		path[out++] = '/';
		memmove(path + out, path + from, n);
		out += n;
	}
	if (out == 0)
		path[out++] = '/';
	path[out] = '\0';
	return out;
}

/* Does the path have parts that state_path_normalise() takes out? */
static bool is_plain(const char *path, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (path[i - 1] == '/' && (path[i] == '/' || path[i] == '.'))
			return false;
	return len < 2 || path[len - 1] != '/';
}

/* The path as it was given stays in front of the final one: fd.nameraw. */
static void finish_path(struct state_fd *fd)
{
	if (is_plain(fd->name, fd->name_len))
		return;
	reserve(fd, 2 * (size_t)fd->name_len + 1);
	fd->final_at = fd->name_len + 1;
	memcpy(fd->name + fd->final_at, fd->name, fd->name_len + 1);
	state_path_normalise(fd->name + fd->final_at, fd->name_len);
}

static void end_text(char *buf, size_t size, char typechar, const uint8_t *addr, uint16_t port)
{
	char ip[INET6_ADDRSTRLEN] = "";

	inet_ntop(typechar == '4' ? AF_INET : AF_INET6, addr, ip, sizeof(ip));
	snprintf(buf, size, "%s:%u", ip, port);
}

/* As Falco writes them: "client:port->server:port", and "addr:port" for a bound socket. */
static void name_inet(struct state_fd *fd)
{
	char local[64], remote[64], text[160];
	int n;

	end_text(local, sizeof(local), fd->typechar, fd->laddr, fd->lport);
	end_text(remote, sizeof(remote), fd->typechar, fd->raddr, fd->rport);
	if (fd->role == STATE_ROLE_LISTEN)
		n = snprintf(text, sizeof(text), "%s", local);
	else if (fd->role == STATE_ROLE_SERVER)
		n = snprintf(text, sizeof(text), "%s->%s", remote, local);
	else
		n = snprintf(text, sizeof(text), "%s->%s", local, remote);
	reserve(fd, (size_t)n);
	memcpy(fd->name, text, (size_t)n + 1);
	fd->name_len = (uint32_t)n;
	fd->raw_at = 0;
	fd->final_at = 0;
}

/* As Falco writes them: "source->dest path"; the path alone of one that was bound or found open. It
 * stays in front, as in finish_path(). */
static void name_unix(struct state_fd *fd)
{
	size_t len = fd->name_len;
	char *at;

	if (!fd->source && !fd->dest)
		return;
	reserve(fd, 2 * len + UNIX_ENDS_MAX);
	fd->final_at = (uint32_t)len + 1;
	at = fd->name + fd->final_at;
	at += sprintf(at, "%" PRIx64 "->%" PRIx64 " ", fd->source, fd->dest);
	memcpy(at, fd->name, len + 1);
}

const char *state_fd_name(struct state_fd *fd)
{
	if (fd->lazy) {
		fd->lazy = 0;
		if (fd->typechar == '4' || fd->typechar == '6')
			name_inet(fd);
		else if (fd->typechar == 'u')
			name_unix(fd);
		else if (fd->name_len)
			finish_path(fd);
	}
	return fd->name ? fd->name + fd->final_at : "";
}

struct state_fd *state_fd_of(const struct state_thread *t, int64_t num)
{
	return fds_get(t->fds, num);
}

const char *state_fd_raw(const struct state_fd *fd)
{
	if ((fd->typechar != 'f' && fd->typechar != 'd') || !fd->name_len)
		return "";
	return fd->name + fd->raw_at;
}

/* --- sockets ---------------------------------------------------------------------------------- */

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_mapped(const uint8_t *addr)
{
	return memcmp(addr, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

/* IPv4 over an IPv6 socket is IPv4 to a rule, as in Falco. */
static void unmap(struct state_fd *fd)
{
	if (!is_mapped(fd->laddr) && !is_mapped(fd->raddr))
		return;
	memmove(fd->laddr, fd->laddr + 12, 4);
	memmove(fd->raddr, fd->raddr + 12, 4);
	fd->typechar = '4';
}

void fd_set_sock(struct state_fd *fd, const struct probe_sock *sock, size_t len,
		 enum state_role role)
{
	if (len < 2)
		return;
	fd->role = (uint8_t)role;
	if (sock->family == AF_UNIX) {
		fd->typechar = 'u';
		fd->source = sock->un.source;
		fd->dest = sock->un.dest;
		fd_set_name(fd, NULL, sock->un.path, strlen(sock->un.path));
		return;
	}
	fd->proto = sock->proto;
	fd->lport = ntohs(sock->lport);
	fd->rport = ntohs(sock->rport);
	fd->lazy = 1;
	if (sock->family == AF_INET) {
		fd->typechar = '4';
		memcpy(fd->laddr, &sock->in4.laddr, 4);
		memcpy(fd->raddr, &sock->in4.raddr, 4);
		return;
	}
	fd->typechar = '6';
	memcpy(fd->laddr, sock->in6.laddr, 16);
	memcpy(fd->raddr, sock->in6.raddr, 16);
	unmap(fd);
}

static bool is_inet(const struct state_fd *fd)
{
	return (fd->typechar == '4' || fd->typechar == '6') && fd->role != STATE_ROLE_NONE;
}

const uint8_t *state_fd_sip(const struct state_fd *fd)
{
	if (!is_inet(fd))
		return NULL;
	return fd->role == STATE_ROLE_CLIENT ? fd->raddr : fd->laddr;
}

uint16_t state_fd_sport(const struct state_fd *fd)
{
	if (!is_inet(fd))
		return 0;
	return fd->role == STATE_ROLE_CLIENT ? fd->rport : fd->lport;
}

const uint8_t *state_fd_cip(const struct state_fd *fd)
{
	if (!is_inet(fd) || fd->role == STATE_ROLE_LISTEN)
		return NULL;
	return fd->role == STATE_ROLE_CLIENT ? fd->laddr : fd->raddr;
}

uint16_t state_fd_cport(const struct state_fd *fd)
{
	if (!is_inet(fd) || fd->role == STATE_ROLE_LISTEN)
		return 0;
	return fd->role == STATE_ROLE_CLIENT ? fd->lport : fd->rport;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that were open before the capture, from /proc/net: found by the inode that a descriptor's
 * link names.
 */
#include "base/fs.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "probe/state_priv.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct net_sock {
	uint64_t inode;
	struct probe_sock sock;
	bool listening;
};

struct net_table {
	struct net_sock *v;
	size_t n, alloc;
	bool listens[65536]; /* local ports (host byte order) that something listens on */
};

#define TCP_LISTEN_STATE 0x0a
#define NET_FILE_MAX	 (64u << 20)

static struct net_sock *table_add(struct net_table *t, uint64_t inode)
{
	ALLOC_GROW(t->v, t->n, t->alloc);
	memset(&t->v[t->n], 0, sizeof(t->v[t->n]));
	t->v[t->n].inode = inode;
	return &t->v[t->n++];
}

/* "0100007F:1F90": words of the address as the kernel has them in memory, printed as numbers. */
static bool parse_end(const char *text, uint8_t *addr, uint16_t *port)
{
	size_t digits = strcspn(text, ":");

	if ((digits != 8 && digits != 32) || text[digits] != ':')
		return false;
	for (size_t i = 0; i < digits / 8; i++) {
		char word[9] = "";
		uint32_t value;

		memcpy(word, text + 8 * i, 8);
		value = (uint32_t)strtoul(word, NULL, 16);
		memcpy(addr + 4 * i, &value, 4);
	}
	*port = htons((uint16_t)strtoul(text + digits + 1, NULL, 16));
	return true;
}

static void inet_line(struct net_table *t, const char *line, uint16_t family, uint16_t proto)
{
	char local[64], remote[64];
	uint8_t laddr[16] = {0}, raddr[16] = {0};
	unsigned long long inode;
	unsigned state;
	uint16_t lport, rport;
	struct net_sock *s;

	if (sscanf(line, " %*[^:]: %63s %63s %x %*s %*s %*s %*s %*s %llu", local, remote, &state,
		   &inode) != 4)
		return;
	if (!parse_end(local, laddr, &lport) || !parse_end(remote, raddr, &rport))
		return;
	s = table_add(t, inode);
	s->sock.family = family;
	s->sock.proto = proto;
	s->sock.lport = lport;
	s->sock.rport = rport;
	s->listening = proto == PROBE_PROTO_TCP ? state == TCP_LISTEN_STATE : rport == 0;
	if (s->listening)
		t->listens[ntohs(lport)] = true;
	if (family == AF_INET) {
		memcpy(&s->sock.in4.laddr, laddr, 4);
		memcpy(&s->sock.in4.raddr, raddr, 4);
	} else {
		memcpy(s->sock.in6.laddr, laddr, 16);
		memcpy(s->sock.in6.raddr, raddr, 16);
	}
}

static void unix_line(struct net_table *t, const char *line, uint16_t family, uint16_t proto)
{
	unsigned long long inode;
	char path[PROBE_UNIX_MAX] = "";
	struct net_sock *s;

	(void)proto;
	if (sscanf(line, "%*s %*s %*s %*s %*s %*s %llu %107s", &inode, path) < 1)
		return;
	s = table_add(t, inode);
	s->sock.family = family;
	/* The mark of an abstract name is no part of it for Falco. */
	snprintf(s->sock.un.path, sizeof(s->sock.un.path), "%s", path + (path[0] == '@'));
}

static const struct {
	const char *name;
	void (*line)(struct net_table *t, const char *line, uint16_t family, uint16_t proto);
	uint16_t family, proto;
} files[] = {
	{"tcp", inet_line, AF_INET, PROBE_PROTO_TCP},
	{"tcp6", inet_line, AF_INET6, PROBE_PROTO_TCP},
	{"udp", inet_line, AF_INET, PROBE_PROTO_UDP},
	{"udp6", inet_line, AF_INET6, PROBE_PROTO_UDP},
	{"unix", unix_line, AF_UNIX, PROBE_PROTO_OTHER},
};

static int by_inode(const void *a, const void *b)
{
	const struct net_sock *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

struct net_table *net_read(const char *proc_root)
{
	struct net_table *t = xcalloc(1, sizeof(*t));

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_strbuf struct strbuf text = STRBUF_INIT;
		cleanup_free char *path = xasprintf("%s/net/%s", proc_root, files[i].name);
		char *line, *rest;

		if (fs_read_file(path, &text, NET_FILE_MAX, NULL) < 0)
			continue;
		line = strtok_r(text.buf, "\n", &rest); /* the heading */
		while (line && (line = strtok_r(NULL, "\n", &rest)))
			files[i].line(t, line, files[i].family, files[i].proto);
	}
	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), by_inode);
	return t;
}

bool net_fill(const struct net_table *t, uint64_t inode, struct state_fd *fd)
{
	struct net_sock key = {.inode = inode}, *s;
	enum state_role role;

	s = t && t->n ? bsearch(&key, t->v, t->n, sizeof(*t->v), by_inode) : NULL;
	if (!s)
		return false;
	if (s->listening)
		role = STATE_ROLE_LISTEN;
	else
		role = t->listens[ntohs(s->sock.lport)] ? STATE_ROLE_SERVER : STATE_ROLE_CLIENT;
	fd_set_sock(fd, &s->sock, sizeof(s->sock), role);
	return true;
}

void net_free(struct net_table *t)
{
	if (!t)
		return;
	free(t->v);
	free(t);
}

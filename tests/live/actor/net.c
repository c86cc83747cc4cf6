/* SPDX-License-Identifier: Apache-2.0 */
/* Words about sockets. */
#include "actor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address(char **args)
{
	struct sockaddr_in to = {.sin_family = AF_INET};

	inet_pton(AF_INET, args[0], &to.sin_addr);
	to.sin_port = htons((uint16_t)atoi(args[1]));
	return to;
}

/* An address of the loopback device of the network name space that this is in: NUMBER ADDRESS. */
static int do_loopback(struct actor *a, char **args)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), res;
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct ifreq r = {0};

	(void)a;
	inet_pton(AF_INET, args[1], &in.sin_addr);
	snprintf(r.ifr_name, sizeof(r.ifr_name), "lo:%d", atoi(args[0]));
	memcpy(&r.ifr_addr, &in, sizeof(in));
	res = ioctl(fd, SIOCSIFADDR, &r);
	snprintf(r.ifr_name, sizeof(r.ifr_name), "lo");
	if (!res)
		res = ioctl(fd, SIOCGIFFLAGS, &r);
	r.ifr_flags |= IFF_UP;
	if (!res)
		res = ioctl(fd, SIOCSIFFLAGS, &r);
	close(fd);
	return res;
}

static int do_serve(struct actor *a, char **args)
{
	struct sockaddr_in at = address(args);
	int one = 1;

	a->server = socket(AF_INET, SOCK_STREAM, 0);
	if (setsockopt(a->server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(a->server, (struct sockaddr *)&at, sizeof(at)))
		return -1;
	return listen(a->server, 4);
}

static int do_connect(struct actor *a, char **args)
{
	struct sockaddr_in to = address(args);

	a->client = socket(AF_INET, SOCK_STREAM, 0);
	return connect(a->client, (struct sockaddr *)&to, sizeof(to));
}

static int do_connect_later(struct actor *a, char **args)
{
	struct sockaddr_in to = address(args);

	a->client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	return !connect(a->client, (struct sockaddr *)&to, sizeof(to)) || errno == EINPROGRESS ? 0
											       : -1;
}

static int do_connect_refused(struct actor *a, char **args)
{
	return do_connect(a, args) < 0 && errno == ECONNREFUSED ? 0 : -1;
}

static int do_accept(struct actor *a, char **args)
{
	(void)args;
	a->peer = accept(a->server, NULL, NULL);
	return a->peer < 0 ? -1 : 0;
}

/* The peer sends TEXT, and what connected receives it. */
static int do_receive(struct actor *a, char **args)
{
	char buffer[256];

	if (send(a->peer, args[0], strlen(args[0]), 0) < 0)
		return -1;
	return recvfrom(a->client, buffer, sizeof(buffer), 0, NULL, NULL) < 0 ? -1 : 0;
}

static int do_class(struct actor *a, char **args)
{
	static char magic[] = "\xca\xfe\xba\xbe of a class";
	char *text[] = {magic};

	(void)args;
	return do_receive(a, text);
}

static int do_udp(struct actor *a, char **args)
{
	struct sockaddr_in to = address(args);

	a->client = socket(AF_INET, SOCK_DGRAM, 0);
	return connect(a->client, (struct sockaddr *)&to, sizeof(to));
}

static int do_datagram(struct actor *a, char **args)
{
	struct sockaddr_in to = address(args);

	a->client = socket(AF_INET, SOCK_DGRAM, 0);
	return sendto(a->client, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1 ? 0 : -1;
}

static int do_packet(struct actor *a, char **args)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	(void)a;
	(void)args;
	return fd < 0 ? -1 : close(fd);
}

static int do_redirect(struct actor *a, char **args)
{
	(void)args;
	return dup2(a->client, 0);
}

static int do_redirect_pipe(struct actor *a, char **args)
{
	int ends[2];

	(void)a;
	(void)args;
	return pipe(ends) ? -1 : dup2(ends[0], 0);
}

const struct word net_words[] = {
	{"loopback", 2, do_loopback},
	{"serve", 2, do_serve},
	{"connect", 2, do_connect},
	{"connect-later", 2, do_connect_later},
	{"connect-refused", 2, do_connect_refused},
	{"accept", 0, do_accept},
	{"receive", 1, do_receive},
	{"class", 0, do_class},
	{"udp", 2, do_udp},
	{"datagram", 2, do_datagram},
	{"packet", 0, do_packet},
	{"redirect", 0, do_redirect},
	{"redirect-pipe", 0, do_redirect_pipe},
	{NULL, 0, NULL},
};

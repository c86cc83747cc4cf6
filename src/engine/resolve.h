/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of a host within a time limit. getaddrinfo() has none of its own: a name server that
 * does not answer holds it for half a minute. Addresses in digits are read at once; a name is
 * looked up in a child process, which is ended at the limit and leaves nothing behind.
 */
#ifndef FT_ENGINE_RESOLVE_H
#define FT_ENGINE_RESOLVE_H

#include <netdb.h>
#include <stdint.h>
#include <sys/socket.h>

#define RESOLVE_MAX 8

struct resolved {
	int n; /* in the order in which they are to be tried */
	struct {
		struct sockaddr_storage addr;
		socklen_t len;
	} v[RESOLVE_MAX];
};

enum resolve_state { RESOLVE_OK, RESOLVE_UNKNOWN, RESOLVE_LATE, RESOLVE_WOKEN, RESOLVE_FAILED };

/* Stream addresses of host (a name, or an address in digits) and port (digits). deadline: on
 * clock_mono(); wake_fd (-1 none) interrupts. RESOLVE_UNKNOWN: *why is getaddrinfo()'s code;
 * RESOLVE_FAILED: *why is an errno. */
enum resolve_state resolve(const char *host, const char *port, int64_t deadline, int wake_fd,
			   struct resolved *out, int *why);

#endif

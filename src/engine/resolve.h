/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of a host within a time limit. Addresses in digits are read at once. For a name
 * getent(1) is run: getaddrinfo() has no limit of its own (a name server that does not answer holds
 * it for half a minute), and a statically linked program must not load the name services of the
 * host into itself.
 */
#ifndef FT_ENGINE_RESOLVE_H
#define FT_ENGINE_RESOLVE_H

#include "base/error.h"

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
 * clock_mono(); wake_fd (-1 none) interrupts. RESOLVE_FAILED: *err says why (ERROR_ENV); it is left
 * alone otherwise. */
enum resolve_state resolve(const char *host, const char *port, int64_t deadline, int wake_fd,
			   struct resolved *out, struct error *err);

#endif

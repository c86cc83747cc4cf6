/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of host names from the hosts file. No name server is asked: rules name hundreds of
 * hosts that nobody should be seen to look up.
 */
#ifndef FT_PROBE_HOSTS_H
#define FT_PROBE_HOSTS_H

#include <stddef.h>

#define HOSTS_FILE "/etc/hosts"

struct host_addr {
	unsigned char addr[16]; /* network byte order */
	unsigned len;		/* 4 or 16 */
};

/* The addresses that file has for a name (case does not count) in *out, owned by the caller; how
 * many, 0 also when the file cannot be read. */
size_t hosts_find(const char *file, const char *name, struct host_addr **out);

#endif

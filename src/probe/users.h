/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of users and groups by number, from passwd and group files, so that no look-up leaves the
 * process (a name service may take seconds).
 *
 * The files are read again, at most once a second, when a number is not found and they have
 * changed. One thread.
 */
#ifndef FT_PROBE_USERS_H
#define FT_PROBE_USERS_H

#include <stdint.h>

struct users;

struct user {
	uint32_t uid;
	const char *name, *home, *shell;
};

/* etc: folder of passwd and group; borrowed. Never fails: what cannot be read has no entries. */
struct users *users_open(const char *etc);
void users_close(struct users *u); /* NULL is fine */
/* NULL when there is none. Good until the next look-up. */
const struct user *users_find(struct users *u, uint32_t uid);
const char *users_group(struct users *u, uint32_t gid);

#endif

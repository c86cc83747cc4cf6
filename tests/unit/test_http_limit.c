/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking a host up is inside the time limit of http_get(). A getent of this program stands in
 * front of the system's: names that end in .test are answered here.
 */
#include "unit.h"

#include "base/mem.h"
#include "engine/http.h"
#include "engine/process.h"
#include "engine/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char script[] =
	"#!/bin/sh\n"
	"case $3 in\n"
	"hangs.test) exec sleep 3600 ;;\n"
	"dies.test) exit 3 ;;\n"
	"silent.test) exit 0 ;;\n"
	"works.test) printf '127.0.0.1  STREAM works.test\\n127.0.0.1  DGRAM\\n::1  STREAM\\n' ;;\n"
	"*) exit 2 ;;\n"
	"esac\n";

/* For the process of one test. */
static void stand_in_front(void)
{
	char dir[512], *path, *all;
	struct error err = ERROR_INIT;

	unit_make_dir(dir, sizeof(dir));
	path = xasprintf("%s/getent", dir);
	all = xasprintf("%s:%s", dir, getenv("PATH"));
	ck_assert_int_eq(fs_write_file(path, script, strlen(script), 0755, &err), 0);
	setenv("PATH", all, 1);
	free(path);
	free(all);
}

/* No child is left, whatever came of it. */
static void no_child(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(a_name_server_that_hangs)
{
	struct strbuf body cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;

	stand_in_front();
	/* Without a limit on it this would never come back. */
	ck_assert_int_eq(http_get("http://hangs.test:1/", "/", 50 * NS_PER_MS, -1, &body, &err),
			 -1);
	ck_assert_int_eq(err.kind, ERROR_ENV);
	ck_assert_ptr_nonnull(strstr(err.msg, "no address of hangs.test within the time limit"));
	no_child();
}
END_TEST

START_TEST(a_signal_ends_it)
{
	struct strbuf body cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	int fd[2];

	stand_in_front();
	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "x", 1), 1);
	ck_assert_int_eq(http_get("http://hangs.test:1/", "/", 3600 * NS_PER_S, fd[0], &body, &err),
			 -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "interrupted"));
	close(fd[0]);
	close(fd[1]);
	no_child();
}
END_TEST

START_TEST(what_a_look_up_says)
{
	static const struct {
		const char *host;
		enum resolve_state state;
		int n;
		const char *says; /* the first address, or the error */
	} t[] = {
		{"works.test", RESOLVE_OK, 2, "127.0.0.1"},
		{"127.0.0.2", RESOLVE_OK, 1, "127.0.0.2"},
		{"::1", RESOLVE_OK, 1, "::1"},
		{"unknown.test", RESOLVE_UNKNOWN, 0, ""},
		{"dies.test", RESOLVE_FAILED, 0, "exited with code 3"},
		{"silent.test", RESOLVE_FAILED, 0, "exited with code 0"},
	};

	stand_in_front();
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct resolved found;
		char text[INET6_ADDRSTRLEN];
		struct error err = ERROR_INIT;

		ck_assert_msg(resolve(t[i].host, "80", clock_mono() + 60 * NS_PER_S, -1, &found,
				      &err) == t[i].state,
			      "%s", t[i].host);
		if (t[i].state == RESOLVE_OK) {
			const struct sockaddr_storage *a = &found.v[0].addr;
			const void *in =
				a->ss_family == AF_INET
					? (const void *)&((const struct sockaddr_in *)a)->sin_addr
					: (const void *)&((const struct sockaddr_in6 *)a)
						  ->sin6_addr;

			ck_assert_int_eq(found.n, t[i].n);
			ck_assert_ptr_nonnull(inet_ntop(a->ss_family, in, text, sizeof(text)));
			ck_assert_str_eq(text, t[i].says);
		} else {
			ck_assert_msg(strstr(err.msg, t[i].says), "%s", err.msg);
		}
		no_child();
	}
}
END_TEST

UNIT_MAIN("http_limit", a_name_server_that_hangs, a_signal_ends_it, what_a_look_up_says)

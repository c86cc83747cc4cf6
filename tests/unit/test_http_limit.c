/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking a host up is inside the time limit of http_get(). getaddrinfo() of this program stands in
 * front of the library's: names that end in .test are answered here.
 */
#include "unit.h"

#include "base/mem.h"
#include "engine/http.h"
#include "engine/process.h"
#include "engine/resolve.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int (*lookup_fn)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *restrict name, const char *restrict service,
		const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
	lookup_fn real;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (hints->ai_flags & AI_NUMERICHOST)
		return real(name, service, hints, out);
	if (!strcmp(name, "hangs.test"))
		for (;;)
			pause();
	if (!strcmp(name, "dies.test"))
		_exit(3);
	if (!strcmp(name, "works.test"))
		return real("127.0.0.1", service, hints, out);
	return EAI_NONAME;
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
		int why;
		const char *addr;
	} t[] = {
		{"works.test", RESOLVE_OK, 0, "127.0.0.1"},
		{"127.0.0.2", RESOLVE_OK, 0, "127.0.0.2"},
		{"::1", RESOLVE_OK, 0, "::1"},
		{"unknown.test", RESOLVE_UNKNOWN, EAI_NONAME, NULL},
		{"dies.test", RESOLVE_FAILED, ECHILD, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct resolved found;
		char text[INET6_ADDRSTRLEN];
		int why = 0;

		ck_assert_msg(resolve(t[i].host, "80", clock_mono() + 60 * NS_PER_S, -1, &found,
				      &why) == t[i].state,
			      "%s", t[i].host);
		if (t[i].state == RESOLVE_OK) {
			const struct sockaddr_storage *a = &found.v[0].addr;
			const void *in =
				a->ss_family == AF_INET
					? (const void *)&((const struct sockaddr_in *)a)->sin_addr
					: (const void *)&((const struct sockaddr_in6 *)a)
						  ->sin6_addr;

			ck_assert_int_ge(found.n, 1);
			ck_assert_ptr_nonnull(inet_ntop(a->ss_family, in, text, sizeof(text)));
			ck_assert_str_eq(text, t[i].addr);
		} else {
			ck_assert_int_eq(why, t[i].why);
		}
		no_child();
	}
}
END_TEST

UNIT_MAIN("http_limit", a_name_server_that_hangs, a_signal_ends_it, what_a_look_up_says)

/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune report --bundle: what is known of this host beside what results say themselves. */
#include "cmd/report_bundle.h"

#include "base/fs.h"
#include "base/mem.h"
#include "report/bundle.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USER_UID_MIN 1000 /* login.defs(5): people, as opposed to services */

static void add_hosts(struct anonymise *a)
{
	char name[256] = "", *dot;

	if (gethostname(name, sizeof(name) - 1))
		return;
	anonymise_add(a, ANONYMISE_HOST, name);
	dot = strchr(name, '.');
	if (dot) {
		*dot = '\0';
		anonymise_add(a, ANONYMISE_HOST, name);
	}
}

/* Of this host's interfaces; others are recognised by their form as well. */
static void add_addresses(struct anonymise *a)
{
	struct ifaddrs *list = NULL;

	if (getifaddrs(&list))
		return;
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		char text[INET6_ADDRSTRLEN];
		const void *at;

		if (!i->ifa_addr ||
		    (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
			continue;
		at = i->ifa_addr->sa_family == AF_INET
			     ? (const void *)&((const struct sockaddr_in *)(void *)i->ifa_addr)
				       ->sin_addr
			     : &((const struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr;
		if (!inet_ntop(i->ifa_addr->sa_family, at, text, sizeof(text)))
			continue;
		if (strcmp(text, "127.0.0.1") != 0 && strcmp(text, "::1") != 0)
			anonymise_add(a, ANONYMISE_ADDRESS, text);
	}
	freeifaddrs(list);
}

static void add_user(struct anonymise *a, const char *name)
{
	if (name)
		anonymise_add(a, ANONYMISE_USER, name);
}

/* From files alone: the name service would load libraries into a program that may be linked
 * statically. Users of other sources have a home. */
static void add_users(struct anonymise *a)
{
	FILE *file cleanup_fclose = fopen("/etc/passwd", "re");
	struct strvec homes cleanup_strvec = STRVEC_INIT;
	const struct passwd *p;

	add_user(a, getenv("USER"));
	add_user(a, getenv("LOGNAME"));
	add_user(a, getenv("SUDO_USER"));
	while (file && (p = fgetpwent(file)))
		if ((p->pw_uid >= USER_UID_MIN && strcmp(p->pw_name, "nobody") != 0) ||
		    p->pw_uid == getuid())
			add_user(a, p->pw_name);
	if (!fs_list("/home", &homes, NULL))
		for (size_t i = 0; i < homes.n; i++)
			if (strcmp(homes.v[i], "lost+found") != 0)
				add_user(a, homes.v[i]);
}

static void add_paths(struct anonymise *a, char **results, int n)
{
	char *cwd cleanup_free = getcwd(NULL, 0);
	const char *home = getenv("HOME");

	if (cwd && cwd[1])
		anonymise_add(a, ANONYMISE_PATH, cwd);
	if (home && *home == '/' && home[1])
		anonymise_add(a, ANONYMISE_PATH, home);
	for (int i = 0; i < n; i++) {
		char *whole cleanup_free = fs_absolute(results[i]);

		if (strchr(results[i], '/'))
			anonymise_add(a, ANONYMISE_PATH, results[i]);
		anonymise_add(a, ANONYMISE_PATH, whole);
	}
}

int report_bundle(struct cmd_ctx *ctx, const char *file, bool anonymise, char **results, int n,
		  struct error *err)
{
	struct anonymise names = ANONYMISE_INIT;
	struct bundle b = BUNDLE_INIT;
	struct strbuf tar cleanup_strbuf = STRBUF_INIT;
	int rc = 0;

	for (int i = 0; !rc && i < n; i++) {
		char *folder cleanup_free = xasprintf("results-%d", i + 1);

		rc = bundle_add(&b, results[i], folder, err);
	}
	if (!rc && !b.n)
		rc = error_input(err, "%s: nothing in it that can be packed, expected results",
				 results[0]);
	if (!rc && anonymise) {
		add_hosts(&names);
		add_addresses(&names);
		add_users(&names);
		add_paths(&names, results, n);
		rc = bundle_anonymise(&b, &names, err);
	}
	if (!rc)
		rc = bundle_write(&b, anonymise ? &names : NULL, &tar, err);
	if (!rc)
		rc = fs_write_file(file, tar.buf, tar.len, 0600, err);
	if (!rc) {
		log_print(&ctx->log, LOG_NOTE, "%zu files in %s, %zu left out", b.n, file,
			  b.left_out.n);
		if (!anonymise)
			log_print(&ctx->log, LOG_WARNING,
				  "host names, addresses, user names and paths are in it; "
				  "--anonymise replaces them");
	}
	bundle_release(&b);
	anonymise_release(&names);
	return rc;
}

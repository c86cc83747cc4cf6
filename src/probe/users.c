/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/users.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_MAX     (16u << 20)
#define FIELDS_MAX   7 /* of a line of passwd */
#define REREAD_AFTER 1 /* seconds */

struct group {
	uint32_t gid;
	const char *name;
};

/* One file: its text, cut up in place, and what its state was when it was read. */
struct source {
	struct strbuf text;
	struct timespec mtime;
};

struct users {
	char *etc;
	struct source passwd, group;
	struct user *users;
	size_t n_users, alloc_users;
	struct group *groups;
	size_t n_groups, alloc_groups;
	time_t checked; /* CLOCK_MONOTONIC */
};

/* Cuts a line at its colons; how many fields. */
static size_t cut(char *line, char *fields[FIELDS_MAX])
{
	size_t n = 0;

	while (n < FIELDS_MAX) {
		fields[n++] = line;
		line = strchr(line, ':');
		if (!line)
			break;
		*line++ = '\0';
	}
	return n;
}

static int read_id(const char *text, uint32_t *id)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	*id = (uint32_t)v;
	return errno || end == text || *end || v > UINT32_MAX ? -1 : 0;
}

/* The first entry of a number counts, as in getpwuid(3). */
static void add_user(struct users *u, char *fields[FIELDS_MAX], size_t n)
{
	uint32_t uid;

	if (n < 7 || read_id(fields[2], &uid))
		return;
	for (size_t i = 0; i < u->n_users; i++)
		if (u->users[i].uid == uid)
			return;
	ALLOC_GROW(u->users, u->n_users, u->alloc_users);
	u->users[u->n_users++] = (struct user){uid, fields[0], fields[5], fields[6]};
}

static void add_group(struct users *u, char *fields[FIELDS_MAX], size_t n)
{
	uint32_t gid;

	if (n < 3 || read_id(fields[2], &gid))
		return;
	ALLOC_GROW(u->groups, u->n_groups, u->alloc_groups);
	u->groups[u->n_groups++] = (struct group){gid, fields[0]};
}

static int changed(const char *path, struct source *src)
{
	struct stat sb;

	if (stat(path, &sb) != 0)
		return 0;
	if (sb.st_mtim.tv_sec == src->mtime.tv_sec && sb.st_mtim.tv_nsec == src->mtime.tv_nsec)
		return 0;
	src->mtime = sb.st_mtim;
	return 1;
}

static int read_source(struct users *u, const char *name, struct source *src,
		       void (*add)(struct users *u, char *fields[FIELDS_MAX], size_t n))
{
	cleanup_free char *path = xasprintf("%s/%s", u->etc, name);
	char *line, *rest;

	if (!changed(path, src))
		return 0;
	strbuf_setlen(&src->text, 0);
	if (fs_read_file(path, &src->text, FILE_MAX, NULL) < 0)
		return 1;
	for (line = strtok_r(src->text.buf, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *fields[FIELDS_MAX];
		size_t n = cut(line, fields);

		add(u, fields, n);
	}
	return 1;
}

/* 1 when something may have changed. */
static int read_all(struct users *u)
{
	cleanup_free char *passwd = xasprintf("%s/passwd", u->etc);
	cleanup_free char *group = xasprintf("%s/group", u->etc);
	struct source p = u->passwd, g = u->group;
	int r = 0;

	if (changed(passwd, &p)) {
		u->n_users = 0;
		r |= read_source(u, "passwd", &u->passwd, add_user);
	}
	if (changed(group, &g)) {
		u->n_groups = 0;
		r |= read_source(u, "group", &u->group, add_group);
	}
	return r;
}

/* The look-up found nothing: is it worth another one? */
static int reread(struct users *u)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - u->checked < REREAD_AFTER)
		return 0;
	u->checked = now.tv_sec;
	return read_all(u);
}

struct users *users_open(const char *etc)
{
	struct users *u = xcalloc(1, sizeof(*u));
	struct timespec now;

	u->etc = xstrdup(etc);
	strbuf_init(&u->passwd.text);
	strbuf_init(&u->group.text);
	read_all(u);
	clock_gettime(CLOCK_MONOTONIC, &now);
	u->checked = now.tv_sec;
	return u;
}

void users_close(struct users *u)
{
	if (!u)
		return;
	strbuf_release(&u->passwd.text);
	strbuf_release(&u->group.text);
	free(u->users);
	free(u->groups);
	free(u->etc);
	free(u);
}

static const struct user *find_user(const struct users *u, uint32_t uid)
{
	for (size_t i = 0; i < u->n_users; i++)
		if (u->users[i].uid == uid)
			return &u->users[i];
	return NULL;
}

const struct user *users_find(struct users *u, uint32_t uid)
{
	const struct user *found = find_user(u, uid);

	return found || !reread(u) ? found : find_user(u, uid);
}

static const char *find_group(const struct users *u, uint32_t gid)
{
	for (size_t i = 0; i < u->n_groups; i++)
		if (u->groups[i].gid == gid)
			return u->groups[i].name;
	return NULL;
}

const char *users_group(struct users *u, uint32_t gid)
{
	const char *found = find_group(u, gid);

	return found || !reread(u) ? found : find_group(u, gid);
}

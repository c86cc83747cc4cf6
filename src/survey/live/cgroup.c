/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/live/cgroup.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define GROUPS_MAX 65536

/* A container runtime makes its groups in all of them; the first that is mounted serves. */
static const char *const controllers[] = {"memory",  "cpu",   "cpuacct", "pids",
					  "devices", "blkio", "freezer"};

int cgroups_open(struct cgroups *c, const char *mounts, struct error *err)
{
	FILE *f cleanup_fclose = setmntent(mounts, "re");
	size_t best = ARRAY_SIZE(controllers) + 1; /* + 0: v2 */
	struct mntent m;
	char text[4096];

	*c = (struct cgroups){.paths = STRMAP_INIT};
	if (!f)
		return error_sys(err, ERROR_ENV, errno, "%s cannot be read", mounts);
	while (getmntent_r(f, &m, text, sizeof(text))) {
		size_t rank = ARRAY_SIZE(controllers) + 1;

		if (!strcmp(m.mnt_type, "cgroup2"))
			rank = ARRAY_SIZE(controllers);
		for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
			if (!strcmp(m.mnt_type, "cgroup") && hasmntopt(&m, controllers[i]) &&
			    i < rank)
				rank = i;
		if (rank >= best)
			continue;
		best = rank;
		free(c->mount);
		c->mount = xstrdup(m.mnt_dir);
		c->controller = rank < ARRAY_SIZE(controllers) ? controllers[rank] : "";
	}
	if (!c->mount)
		return error_env(err, "no control groups: neither cgroup2 nor a v1 controller is "
				      "mounted on this host");
	return 0;
}

static void drop_paths(struct cgroups *c)
{
	strmap_for_each (e, &c->paths)
		free(e->value);
	strmap_release(&c->paths);
	c->paths = (struct strmap)STRMAP_INIT;
}

void cgroups_release(struct cgroups *c)
{
	drop_paths(c);
	free(c->mount);
	c->mount = NULL;
}

static char *id_key(char buf[24], uint64_t id)
{
	snprintf(buf, 24, "%" PRIu64, id);
	return buf;
}

/* The id of a group is the number of its folder's inode (kernfs, 64-bit hosts). What has gone keeps
 * its name. */
static void walk(struct cgroups *c)
{
	char *const roots[] = {c->mount, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	size_t root = strlen(c->mount);
	FTSENT *e;

	while (fts && (e = fts_read(fts))) {
		char key[24];

		if (e->fts_info != FTS_D || c->paths.n >= GROUPS_MAX)
			continue;
		id_key(key, (uint64_t)e->fts_statp->st_ino);
		if (!strmap_has(&c->paths, key))
			strmap_put(&c->paths, key,
				   xstrdup(e->fts_path[root] ? e->fts_path + root : "/"));
	}
	if (fts)
		fts_close(fts);
}

const char *cgroups_path(struct cgroups *c, uint64_t id, int64_t every)
{
	char key[24];
	const char *path = strmap_get(&c->paths, id_key(key, id));
	struct timespec t;
	int64_t now;

	if (path)
		return path;
	clock_gettime(CLOCK_MONOTONIC, &t);
	now = t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
	if (c->walked && now - c->walked < every)
		return NULL;
	c->walked = now;
	walk(c);
	return strmap_get(&c->paths, key);
}

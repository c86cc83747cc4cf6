/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control groups of this host: which hierarchy tells the groups apart, and which folder an id
 * of the kernel's is.
 */
#ifndef FT_SURVEY_CGROUP_H
#define FT_SURVEY_CGROUP_H

#include "base/error.h"
#include "base/map.h"

#include <stdint.h>

struct cgroups {
	char *mount;		/* where the hierarchy is mounted */
	const char *controller; /* of v1 ("memory"); "" for v2; static */
	struct strmap paths;	/* id as text -> path below the mount (owned) */
	int64_t walked;		/* monotonic ns of the last walk; 0 never */
};

/* The hierarchy to use: where v1 controllers are mounted, that of memory, or else cpu, cpuacct,
 * pids, devices, blkio or freezer; else v2. mounts: "/proc/mounts", or a made one for tests.
 * ERROR_ENV when there is none. Release in any case. */
int cgroups_open(struct cgroups *c, const char *mounts, struct error *err);
void cgroups_release(struct cgroups *c);
/* "/" for the root, "/system.slice/x.service", or NULL when no folder has that id (any more). Walks
 * the hierarchy again for an unknown id, but not more often than every `every` ns. */
const char *cgroups_path(struct cgroups *c, uint64_t id, int64_t every);

#endif

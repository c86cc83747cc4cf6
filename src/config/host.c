/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of this host that decide whether ring buffers fit.
 */
#include "config/findings.h"

#include "base/fs.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The control group of this process in version 2, such as "/system.slice/x.service"; "" when it
 * cannot be told. The caller frees. */
static char *own_group(void)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	char *at;

	if (fs_read_file("/proc/self/cgroup", &text, 1 << 16, &err))
		return xstrdup("");
	at = strstr(text.buf, "0::");
	if (!at)
		return xstrdup("");
	return xstrndup(at + 3, strcspn(at + 3, "\n"));
}

/* The smallest memory.max of the group and those above it. */
static void read_group_limit(struct config_host *h)
{
	char *group cleanup_free = own_group();

	for (;;) {
		char *path cleanup_free = xasprintf("/sys/fs/cgroup%s/memory.max", group);
		char *slash = strrchr(group, '/');
		uint64_t limit;

		if (fs_read_u64(path, &limit) && limit && limit < h->memory) {
			h->memory = limit;
			snprintf(h->memory_of, sizeof(h->memory_of), "the control group");
		}
		if (!slash)
			return;
		*slash = '\0';
	}
}

void config_host_read(struct config_host *h)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), page = sysconf(_SC_PAGESIZE);
	long pages = sysconf(_SC_PHYS_PAGES);

	*h = (struct config_host){
		.n_cpus = cpus > 0 ? (int)cpus : 0,
		.page_size = page > 0 ? (uint64_t)page : 0,
		.memory = page > 0 && pages > 0 ? (uint64_t)page * (uint64_t)pages : UINT64_MAX,
		.memory_of = "this host",
	};
	read_group_limit(h);
	if (h->memory == UINT64_MAX)
		h->memory = 0;
}

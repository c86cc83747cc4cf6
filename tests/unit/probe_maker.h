/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as the kernel side makes them, and a process tree for the state to scan: processes of a
 * recorded /proc, cut to the files that the engine reads.
 */
#ifndef FT_TESTS_PROBE_MAKER_H
#define FT_TESTS_PROBE_MAKER_H

#include "unit.h"

#include "base/fs.h"
#include "probe/state.h"

#include <stdint.h>
#include <sys/stat.h>

struct record {
	union {
		struct probe_event ev;
		unsigned char bytes[16384];
	};
};

#define EVENT_TS 5000000000ULL /* ns since boot, of every made record */

__attribute__((unused)) static struct record *record_start(struct record *r, unsigned nr,
							   unsigned pid, long res,
							   enum probe_kind kind, unsigned nargs,
							   const uint64_t *args)
{
	memset(r, 0, sizeof(*r));
	r->ev = (struct probe_event){.ts = EVENT_TS,
				     .tid = pid,
				     .pid = pid,
				     .res = res,
				     .nr = (uint16_t)nr,
				     .kind = kind,
				     .nargs = (uint8_t)nargs,
				     .len = (uint16_t)(sizeof(r->ev) + 8 * nargs)};
	if (nargs)
		memcpy(r->bytes + sizeof(r->ev), args, 8 * nargs);
	return r;
}

__attribute__((unused)) static void record_add(struct record *r, const void *data, size_t n)
{
	memcpy(r->bytes + r->ev.len, data, n);
	r->ev.len = (uint16_t)(r->ev.len + n);
}

__attribute__((unused)) static void record_text(struct record *r, const char *text)
{
	record_add(r, text, strlen(text) + 1);
}

/* A tree below a temporary folder. */
struct tree {
	char root[64];
};

__attribute__((unused)) static void tree_put(const struct tree *t, const char *rel,
					     const char *text, size_t len)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", t->root, rel);
	for (char *slash = path + strlen(t->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	ck_assert_int_eq(fs_write_file(path, text, len, 0644, NULL), 0);
}

__attribute__((unused)) static void tree_link(const struct tree *t, const char *rel, const char *to)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", t->root, rel);
	ck_assert_int_eq(symlink(to, path), 0);
}

/* One process of the tree. Numbers that end in 1 are virtual ones inside a container. */
struct tree_process {
	unsigned pid, ppid, uid, gid, pgid, sid, tty;
	const char *vpids;   /* "" on the host, else what NSpid has behind the number: "\t7" */
	unsigned long ticks; /* start */
	const char *comm, *loginuid, *cgroup, *exe, *cwd;
	const char *cmdline, *environ; /* NUL between; the literal's own NUL is the last */
	size_t cmdline_len, environ_len;
};

__attribute__((unused)) static void tree_add(const struct tree *t, const struct tree_process *p)
{
	char rel[64], text[2048];

#define PUT(name, ...)                                                                             \
	do {                                                                                       \
		snprintf(rel, sizeof(rel), "%u/" name, p->pid);                                    \
		snprintf(text, sizeof(text), __VA_ARGS__);                                         \
		tree_put(t, rel, text, strlen(text));                                              \
	} while (0)
	PUT("comm", "%s\n", p->comm);
	PUT("status",
	    "Name:\t%s\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t%u\nNgid:\t0\nPid:\t%u\n"
	    "PPid:\t%u\nTracerPid:\t0\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n"
	    "NStgid:\t%u%s\nNSpid:\t%u%s\nNSpgid:\t%u%s\nNSsid:\t%u%s\nVmPeak:\t 2700 kB\n"
	    "VmSize:\t 2612 kB\nVmRSS:\t  964 kB\nVmSwap:\t   12 kB\n"
	    "CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t0000000000000401\n",
	    p->comm, p->pid, p->pid, p->ppid, p->uid, p->uid, p->uid, p->uid, p->gid, p->gid,
	    p->gid, p->gid, p->pid, p->vpids, p->pid, p->vpids, p->pgid, p->vpids, p->sid,
	    p->vpids);
	PUT("stat",
	    "%u (%s) S %u %u %u %u -1 4194304 118 0 0 0 1 2 0 0 20 0 1 0 %lu 2674688 241 "
	    "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0\n",
	    p->pid, p->comm, p->ppid, p->pgid, p->sid, p->tty, p->ticks);
	PUT("loginuid", "%s", p->loginuid);
	PUT("limits",
	    "Limit                     Soft Limit           Hard Limit           Units\n"
	    "Max cpu time              unlimited            unlimited            seconds\n"
	    "Max open files            1024                 4096                 files\n");
	PUT("cgroup", "%s", p->cgroup);
#undef PUT
	snprintf(rel, sizeof(rel), "%u/cmdline", p->pid);
	tree_put(t, rel, p->cmdline, p->cmdline_len);
	snprintf(rel, sizeof(rel), "%u/environ", p->pid);
	tree_put(t, rel, p->environ, p->environ_len);
	snprintf(rel, sizeof(rel), "%u/exe", p->pid);
	tree_link(t, rel, p->exe);
	snprintf(rel, sizeof(rel), "%u/cwd", p->pid);
	tree_link(t, rel, p->cwd);
	snprintf(rel, sizeof(rel), "%u/task/%u/x", p->pid, p->pid);
	tree_put(t, rel, "", 0);
	snprintf(rel, sizeof(rel), "%u/task/%u/stat", p->pid, p->pid);
	snprintf(text, sizeof(text), "%u (%s) S %u 1 1 0 -1 4194304 117 9 3 9 1 2\n", p->pid,
		 p->comm, p->ppid);
	tree_put(t, rel, text, strlen(text));
}

#endif

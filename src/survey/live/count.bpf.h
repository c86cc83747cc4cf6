/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the survey's BPF programs and counter.c share: the layout of the counters and of the tables.
 */
#ifndef FT_SURVEY_COUNT_BPF_H
#define FT_SURVEY_COUNT_BPF_H

#define COUNT_NR 512 /* native x86_64 numbers end below 480 (6.18) */

/* Counters of one CPU: one a call by its number, then these. Each is written by one program only,
 * so that plain increments are exact (the kernel never runs a program twice at once on a CPU). */
enum count_slot {
	COUNT_PROCEXIT = COUNT_NR,
	COUNT_EXEC,	     /* successful execve and execveat */
	COUNT_COMPAT,	     /* through the 32-bit entry */
	COUNT_ABOVE,	     /* numbers from COUNT_NR on */
	COUNT_UNREADABLE,    /* paths of open-like calls */
	COUNT_OTHER_PROCESS, /* no room in the table; three in the order of enum count_table */
	COUNT_OTHER_CGROUP,
	COUNT_OTHER_PATH,
	COUNT_SLOTS = COUNT_NR + 16,
};

struct count_pair {
	__u64 n, failed; /* exits; of them with an error */
};

enum count_table { COUNT_BY_PROCESS, COUNT_BY_CGROUP, COUNT_BY_PATH, COUNT_TABLES };

/* Where the control group of a task is looked up. */
enum count_cgroup { COUNT_CGROUP_NONE, COUNT_CGROUP_V2, COUNT_CGROUP_V1 };

/* By process (id: the process id) and by control group (id: that of its folder). */
struct count_key {
	__u64 id;
	__u32 slot; /* as in the counters */
	__u32 pad;
};

#define COUNT_NAME 64 /* bytes of a name, its NUL included; leading paths are cut to it */

struct count_name {
	char name[COUNT_NAME];
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of falcotune doctor on trees of files that stand for hosts. */
#include "unit.h"

#include "base/fs.h"
#include "base/mem.h"
#include "run/doctor.h"

#include <stdlib.h>
#include <string.h>

/* What every tree has, and what a case has in its place (NULL: not there). */
struct file {
	const char *name, *text;
};

static const struct file good[] = {
	{"/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"},
	{"/proc/self/status", "Name:\tfalcotune\nCapEff:\t000001ffffffffff\n"},
	{"/proc/self/mountinfo",
	 "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"},
	{"/proc/sys/kernel/bpf_stats_enabled", "0\n"},
	{"/proc/sys/kernel/perf_event_paranoid", "2\n"},
	{"/proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 4194304 kB\n"},
	{"/sys/kernel/btf/vmlinux", "BTF"},
	{"/sys/kernel/tracing/events/enable", "0\n"},
	{"/sys/devices/system/cpu/online", "0-3\n"},
	{"/sys/devices/system/cpu/possible", "0-3\n"},
	{"/sys/fs/cgroup/cgroup.controllers", "cpu memory\n"},
	{0},
};

static const struct {
	const char *id;
	struct file in_place; /* of the good host's */
	enum doctor_status status;
	const char *found, *fix; /* parts of them; NULL: not looked at */
} cases[] = {
	{"privileges", {0}, DOCTOR_OK, "CAP_BPF", NULL},
	{"privileges",
	 {"/proc/self/status", "CapEff:\t0000000000000000\n"},
	 DOCTOR_MISSING,
	 "no CAP_BPF and CAP_PERFMON",
	 "sudo"},
	/* CAP_BPF (39) without CAP_PERFMON (38). */
	{"privileges",
	 {"/proc/self/status", "CapEff:\t0000008000000000\n"},
	 DOCTOR_MISSING,
	 "no CAP_PERFMON",
	 "CAP_PERFMON"},
	{"privileges", {"/proc/self/status", "CapEff:\t000000c000000000\n"}, DOCTOR_OK, NULL, NULL},
	/* CAP_SYS_ADMIN (21) has both. */
	{"privileges", {"/proc/self/status", "CapEff:\t0000000000200000\n"}, DOCTOR_OK, NULL, NULL},
	{"kernel", {0}, DOCTOR_OK, "6.1.0-18-amd64", NULL},
	{"kernel", {"/proc/sys/kernel/osrelease", "5.8.0\n"}, DOCTOR_OK, NULL, NULL},
	{"kernel", {"/proc/sys/kernel/osrelease", "5.7.19\n"}, DOCTOR_WARNING, "5.7.19", "5.8"},
	{"kernel", {"/proc/sys/kernel/osrelease", NULL}, DOCTOR_UNKNOWN, NULL, "/proc"},
	{"ring-buffer", {0}, DOCTOR_OK, "version", NULL},
	{"ring-buffer",
	 {"/proc/sys/kernel/osrelease", "4.18.0-553.el8\n"},
	 DOCTOR_MISSING,
	 "not in this kernel",
	 "5.8"},
	{"btf", {0}, DOCTOR_OK, NULL, NULL},
	{"btf", {"/sys/kernel/btf/vmlinux", NULL}, DOCTOR_MISSING, NULL, "CONFIG_DEBUG_INFO_BTF"},
	{"lockdown", {0}, DOCTOR_OK, "none", NULL},
	{"lockdown",
	 {"/sys/kernel/security/lockdown", "none integrity [confidentiality]\n"},
	 DOCTOR_WARNING,
	 NULL,
	 "lockdown=integrity"},
	{"bpf-stats", {0}, DOCTOR_OK, "off", NULL},
	{"bpf-stats",
	 {"/proc/sys/kernel/bpf_stats_enabled", "1\n"},
	 DOCTOR_WARNING,
	 "on",
	 "bpf_stats_enabled=0"},
	{"bpf-stats", {"/proc/sys/kernel/bpf_stats_enabled", NULL}, DOCTOR_MISSING, NULL, "5.1"},
	{"tracefs", {0}, DOCTOR_OK, "/sys/kernel/tracing", NULL},
	{"tracefs",
	 {"/sys/kernel/tracing/events/enable", NULL},
	 DOCTOR_WARNING,
	 NULL,
	 "mount -t tracefs"},
	{"perf", {0}, DOCTOR_OK, "perf_event_paranoid is 2", NULL},
	{"perf", {"/proc/sys/kernel/perf_event_paranoid", NULL}, DOCTOR_WARNING, NULL, "PERF"},
	{"perf", {"/proc/self/status", "CapEff:\t0\n"}, DOCTOR_WARNING, NULL, "sudo"},
	{"control-groups", {0}, DOCTOR_OK, "cpu by version 2, memory by version 2", NULL},
	{"control-groups",
	 {"/proc/self/mountinfo",
	  "31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"},
	 DOCTOR_MISSING,
	 "memory by version 1; no controller for cpu",
	 "cgroup"},
	{"control-groups",
	 {"/proc/self/mountinfo", "1 1 0:1 / / rw - ext4 /dev/vda rw\n"},
	 DOCTOR_MISSING,
	 "no controller for cpu and memory",
	 "mount -t cgroup2"},
	{"cpus", {0}, DOCTOR_OK, "4 online, 4 possible", NULL},
	{"cpus",
	 {"/sys/devices/system/cpu/online", "0-1,3,8-9\n"},
	 DOCTOR_OK,
	 "5 online, 4 possible",
	 NULL},
	{"cpus", {"/sys/devices/system/cpu/online", "0\n"}, DOCTOR_WARNING, "1 online", "second"},
	{"cpus", {"/sys/devices/system/cpu/online", NULL}, DOCTOR_UNKNOWN, NULL, "/sys"},
	/* Shipped values: 8 MiB for each two CPUs. A quarter of 4 GiB holds two of 512 MiB. */
	{"memory",
	 {0},
	 DOCTOR_OK,
	 "4 GiB available; 2 x 8 MiB of buffers (preset 4) are 16 MiB; preset 10 is",
	 NULL},
	{"memory",
	 {"/proc/meminfo", "MemAvailable: 40960 kB\n"},
	 DOCTOR_WARNING,
	 "preset 3 is the largest",
	 "engine.modern_ebpf.buf_size_preset: 3"},
	{"memory",
	 {"/proc/meminfo", "MemAvailable: 8192 kB\n"},
	 DOCTOR_MISSING,
	 NULL,
	 "buf_size_preset: 1"},
	{"memory", {"/proc/meminfo", "MemTotal: 1 kB\n"}, DOCTOR_UNKNOWN, NULL, NULL},
	{"other-falcos", {0}, DOCTOR_OK, "none", NULL},
	{"other-falcos", {"/proc/77/comm", "falco\n"}, DOCTOR_WARNING, "77 falco", "without them"},
};

static void put(const char *root, const char *name, const char *text)
{
	char *path = xasprintf("%s%s", root, name), *dir = fs_dirname(path);

	ck_assert_int_eq(fs_mkdirs(dir, NULL), 0);
	ck_assert_int_eq(fs_write_file(path, text, strlen(text), 0644, NULL), 0);
	free(dir);
	free(path);
}

static void look(struct doctor *d, const struct file *in_place)
{
	char root[256];
	struct config config = {0};
	struct config_input in = {0};
	struct doctor_input look = {
		.engine = "/nowhere/engine", .config = &config, .config_name = "shipped"};

	unit_make_dir(root, sizeof(root));
	look.root = root;
	ck_assert_int_eq(config_load(&config, &in, NULL), 0);
	for (const struct file *f = good; f->name; f++)
		if (!in_place->name || strcmp(f->name, in_place->name))
			put(root, f->name, f->text);
	if (in_place->text)
		put(root, in_place->name, in_place->text);
	doctor_look(d, &look);
	config_release(&config);
	ck_assert_int_eq(fs_remove_tree(root, NULL), 0);
}

static const struct doctor_check *check_of(const struct doctor *d, const char *id)
{
	for (size_t i = 0; i < d->n_checks; i++)
		if (!strcmp(d->checks[i].id, id))
			return &d->checks[i];
	ck_abort_msg("no check %s", id);
	return NULL;
}

START_TEST(every_check)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct doctor d cleanup_doctor;
		const struct doctor_check *c;

		look(&d, &cases[i].in_place);
		c = check_of(&d, cases[i].id);
		ck_assert_msg(c->status == cases[i].status, "%zu %s: %s, expected %s: %s", i, c->id,
			      doctor_status_names[c->status], doctor_status_names[cases[i].status],
			      c->found.buf);
		ck_assert_msg(!cases[i].found || strstr(c->found.buf, cases[i].found),
			      "%s: found '%s', expected '%s' in it", c->id, c->found.buf,
			      cases[i].found);
		ck_assert_msg(!cases[i].fix || strstr(c->fix.buf, cases[i].fix),
			      "%s: fix '%s', expected '%s' in it", c->id, c->fix.buf, cases[i].fix);
		if (c->status == DOCTOR_WARNING || c->status == DOCTOR_MISSING)
			ck_assert_uint_gt(c->fix.len, 0);
	}
}
END_TEST

/* An ability falls with any one of its checks, and only then; the engine here is none. */
START_TEST(abilities_follow_their_checks)
{
	const struct file no_btf = {"/sys/kernel/btf/vmlinux", NULL}, none = {0};
	struct doctor d;
	bool seen = false;

	look(&d, &no_btf);
	ck_assert(!d.ready);
	for (size_t i = 0; i < d.n_abilities; i++) {
		const struct doctor_ability *a = &d.abilities[i];

		ck_assert_int_eq(a->can, !a->because.n);
		if (!strcmp(a->id, "predict") || !strcmp(a->id, "limits") ||
		    !strcmp(a->id, "kernel-time"))
			ck_assert_msg(a->can, "%s", a->id);
		if (!strcmp(a->id, "live-run")) {
			ck_assert(strvec_has(&a->because, "btf"));
			ck_assert(strvec_has(&a->because, "engine"));
			seen = true;
		}
	}
	ck_assert(seen);
	doctor_release(&d);
	look(&d, &none);
	for (size_t i = 0; i < d.n_abilities; i++)
		ck_assert(!strvec_has(&d.abilities[i].because, "btf"));
	doctor_release(&d);
}
END_TEST

UNIT_MAIN("doctor", every_check, abilities_follow_their_checks)

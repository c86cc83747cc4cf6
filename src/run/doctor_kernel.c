/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel offers and allows. */
#include "base/fs.h"
#include "base/mem.h"
#include "run/cgroup.h"
#include "run/doctor_private.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/capability.h */
#define CAP_BIT_SYS_ADMIN 21
#define CAP_BIT_PERFMON	  38
#define CAP_BIT_BPF	  39
/* Ring buffers for BPF came with this kernel. */
#define RINGBUF_MAJOR 5
#define RINGBUF_MINOR 8
#define OTHER_KERNEL  "boot a kernel with it (Debian 11 and newer, Ubuntu 20.10 and newer, RHEL 9)"

static bool privileged(const struct doctor_input *in, struct strbuf *lacking)
{
	static const struct {
		int bit;
		const char *name;
	} needed[] = {{CAP_BIT_BPF, "CAP_BPF"}, {CAP_BIT_PERFMON, "CAP_PERFMON"}};
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	const char *line;
	uint64_t caps;

	line = doctor_read(in, "/proc/self/status", &text) ? strstr(text.buf, "CapEff:") : NULL;
	caps = line ? strtoull(line + strlen("CapEff:"), NULL, 16) : 0;
	if (!line)
		strbuf_addstr(lacking, "capabilities that can be read");
	for (size_t i = 0; line && i < 2; i++)
		if (!(caps >> needed[i].bit & 1))
			strbuf_addf(lacking, "%s%s", lacking->len ? " and " : "", needed[i].name);
	return line && (caps >> CAP_BIT_SYS_ADMIN & 1 || !lacking->len);
}

static void look_privileges(struct doctor_check *c, const struct doctor_input *in)
{
	struct strbuf lacking cleanup_strbuf = STRBUF_INIT;
	bool root = geteuid() == 0 && !doctor_recorded(in);

	if (privileged(in, &lacking)) {
		strbuf_addf(&c->found, "%s",
			    root ? "root, with the capabilities for BPF" : "CAP_BPF, CAP_PERFMON");
		return;
	}
	c->status = DOCTOR_MISSING;
	strbuf_addf(&c->found, "%sno %s", root ? "root, but " : "", lacking.buf);
	strbuf_addstr(&c->fix, root ? "in a container: add CAP_BPF and CAP_PERFMON, or run it "
				      "privileged"
				    : "run it with sudo, or give it CAP_BPF and CAP_PERFMON");
}

static void look_kernel(struct doctor_check *c, const struct doctor_input *in)
{
	if (!doctor_read(in, "/proc/sys/kernel/osrelease", &c->found)) {
		c->status = DOCTOR_UNKNOWN;
		strbuf_addstr(&c->found, "/proc/sys/kernel/osrelease cannot be read");
		strbuf_addstr(&c->fix, "mount /proc");
		return;
	}
	if (doctor_kernel_has(in, RINGBUF_MAJOR, RINGBUF_MINOR))
		return;
	c->status = DOCTOR_WARNING;
	strbuf_addf(&c->fix, "5.8 or newer is needed for the modern eBPF engines; " OTHER_KERNEL);
}

/* A map of that type, at once given back. 0, or errno. */
static int try_map(uint32_t type, uint32_t key, uint32_t value, uint32_t entries)
{
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key;
	attr.value_size = value;
	attr.max_entries = entries;
	fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return errno;
	close((int)fd);
	return 0;
}

static void look_bpf(struct doctor_check *c, const struct doctor_input *in)
{
	int e = doctor_recorded(in) ? 0 : try_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1);

	if (doctor_recorded(in)) {
		c->status = DOCTOR_UNKNOWN;
		strbuf_addstr(&c->found, "not tried");
	} else if (!e) {
		strbuf_addstr(&c->found, "the kernel makes maps");
	} else {
		c->status = DOCTOR_MISSING;
		strbuf_addf(&c->found, "the bpf system call says: %s", strerror(e));
		strbuf_addstr(&c->fix,
			      e == ENOSYS ? "boot a kernel with CONFIG_BPF_SYSCALL"
			      : geteuid()
				      ? "run it with sudo"
				      : "outside of a sandbox: a seccomp profile, or "
					"kernel.unprivileged_bpf_disabled without capabilities, "
					"forbids it");
	}
}

static void look_ring_buffer(struct doctor_check *c, const struct doctor_input *in)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	int e = doctor_recorded(in) ? EPERM : try_map(BPF_MAP_TYPE_RINGBUF, 0, 0, page);

	if (!e) {
		strbuf_addstr(&c->found, "the kernel makes them");
		return;
	}
	/* Without rights only the version tells. */
	if (e == EPERM && doctor_kernel_has(in, RINGBUF_MAJOR, RINGBUF_MINOR)) {
		strbuf_addstr(&c->found, "by the kernel's version");
		return;
	}
	c->status = DOCTOR_MISSING;
	strbuf_addstr(&c->found, "not in this kernel");
	strbuf_addstr(&c->fix, "5.8 or newer has them; " OTHER_KERNEL);
}

static void look_btf(struct doctor_check *c, const struct doctor_input *in)
{
	char *path cleanup_free = doctor_path(in, "/sys/kernel/btf/vmlinux");

	if (!access(path, R_OK)) {
		strbuf_addstr(&c->found, "/sys/kernel/btf/vmlinux");
		return;
	}
	c->status = DOCTOR_MISSING;
	strbuf_addstr(&c->found, "/sys/kernel/btf/vmlinux cannot be read");
	strbuf_addstr(&c->fix, "mount /sys; else boot a kernel with CONFIG_DEBUG_INFO_BTF (every "
			       "Debian kernel since 11 has it)");
}

static void look_lockdown(struct doctor_check *c, const struct doctor_input *in)
{
	if (!doctor_read(in, "/sys/kernel/security/lockdown", &c->found)) {
		strbuf_addstr(&c->found, "none");
	} else if (strstr(c->found.buf, "[confidentiality]")) {
		c->status = DOCTOR_WARNING;
		strbuf_addstr(&c->fix, "lockdown=integrity on the kernel's command line: in "
				       "confidentiality mode BPF may not read memory, which every "
				       "engine does");
	}
}

static void look_bpf_stats(struct doctor_check *c, const struct doctor_input *in)
{
	struct strbuf now cleanup_strbuf = STRBUF_INIT;

	if (!doctor_read(in, "/proc/sys/kernel/bpf_stats_enabled", &now)) {
		c->status = DOCTOR_MISSING;
		strbuf_addstr(&c->found, "kernel.bpf_stats_enabled is not there");
		strbuf_addstr(&c->fix, "a kernel since 5.1 with /proc/sys has it; without it the "
				       "kernel side of an engine's cost is unknown");
	} else if (strcmp(now.buf, "0") != 0) {
		c->status = DOCTOR_WARNING;
		strbuf_addf(&c->found, "on (%s)", now.buf);
		strbuf_addstr(&c->fix, "sysctl kernel.bpf_stats_enabled=0, unless something else "
				       "needs it: it makes every BPF program slower");
	} else {
		strbuf_addstr(&c->found, "off; switched on for what needs it, and given back");
	}
}

static void look_memlock(struct doctor_check *c, const struct doctor_input *in)
{
	struct rlimit l = {0, 0};

	if (doctor_recorded(in) || getrlimit(RLIMIT_MEMLOCK, &l)) {
		c->status = DOCTOR_UNKNOWN;
		strbuf_addstr(&c->found, "not known");
		return;
	}
	if (l.rlim_max == RLIM_INFINITY)
		strbuf_addstr(&c->found, "unlimited");
	else
		strbuf_addf(&c->found, "%llu KiB", (unsigned long long)l.rlim_max / 1024);
	/* Kernels since 5.11 charge BPF memory to the control group instead. */
	if (l.rlim_max == RLIM_INFINITY || geteuid() == 0 || doctor_kernel_has(in, 5, 11))
		return;
	c->status = DOCTOR_WARNING;
	strbuf_addstr(&c->fix, "ulimit -l unlimited, or LimitMEMLOCK=infinity in the service: "
			       "kernels before 5.11 charge BPF memory to it");
}

static void look_tracefs(struct doctor_check *c, const struct doctor_input *in)
{
	static const char *const places[] = {"/sys/kernel/tracing/events",
					     "/sys/kernel/debug/tracing/events"};

	for (size_t i = 0; i < 2; i++) {
		char *path cleanup_free = doctor_path(in, places[i]);

		if (fs_is_dir(path)) {
			strbuf_addf(&c->found, "%.*s", (int)(strlen(places[i]) - strlen("/events")),
				    places[i]);
			return;
		}
	}
	c->status = DOCTOR_WARNING;
	strbuf_addstr(&c->found, "not mounted, or not readable");
	strbuf_addstr(&c->fix,
		      "mount -t tracefs tracefs /sys/kernel/tracing: the modern eBPF engines "
		      "do without, Falco's kernel module and old eBPF driver do not");
}

static void look_perf(struct doctor_check *c, const struct doctor_input *in)
{
	struct strbuf lacking cleanup_strbuf = STRBUF_INIT, level cleanup_strbuf = STRBUF_INIT;

	if (!doctor_read(in, "/proc/sys/kernel/perf_event_paranoid", &level)) {
		c->status = DOCTOR_WARNING;
		strbuf_addstr(&c->found, "the kernel has none (CONFIG_PERF_EVENTS)");
		strbuf_addstr(&c->fix, "boot a kernel with CONFIG_PERF_EVENTS: Falco's old eBPF "
				       "driver and hardware counters need it, the rest does not");
		return;
	}
	strbuf_addf(&c->found, "kernel.perf_event_paranoid is %s", level.buf);
	if (privileged(in, &lacking) || atoi(level.buf) < 0)
		return;
	c->status = DOCTOR_WARNING;
	strbuf_addstr(&c->fix, "run it with sudo: without CAP_PERFMON no system-wide event is "
			       "counted above -1");
}

static void look_cgroups(struct doctor_check *c, const struct doctor_input *in)
{
	struct cgroup_host h;
	const struct {
		const char *name;
		const struct cgroup_mount *m;
	} parts[] = {{"cpu", &h.cpu}, {"memory", &h.memory}};
	struct strbuf lacking cleanup_strbuf = STRBUF_INIT;

	cgroup_host_read(in->root, &h);
	for (size_t i = 0; i < 2; i++) {
		if (parts[i].m->dir)
			strbuf_addf(&c->found, "%s%s by version %d", c->found.len ? ", " : "",
				    parts[i].name, parts[i].m->v2 ? 2 : 1);
		else
			strbuf_addf(&lacking, "%s%s", lacking.len ? " and " : "", parts[i].name);
	}
	if (lacking.len) {
		c->status = DOCTOR_MISSING;
		strbuf_addf(&c->found, "%sno controller for %s", c->found.len ? "; " : "",
			    lacking.buf);
		strbuf_addstr(&c->fix, "mount -t cgroup2 none /sys/fs/cgroup, or in a container: "
				       "--cgroupns=host and /sys/fs/cgroup writable");
	}
	cgroup_host_release(&h);
}

const struct doctor_row doctor_kernel_rows[] = {
	{"privileges", "rights", look_privileges},
	{"kernel", "kernel", look_kernel},
	{"bpf", "BPF", look_bpf},
	{"ring-buffer", "BPF ring buffers", look_ring_buffer},
	{"btf", "BTF", look_btf},
	{"lockdown", "kernel lockdown", look_lockdown},
	{"bpf-stats", "BPF statistics", look_bpf_stats},
	{"locked-memory", "locked memory", look_memlock},
	{"tracefs", "tracefs", look_tracefs},
	{"perf", "perf events", look_perf},
	{"control-groups", "control groups", look_cgroups},
	{0},
};

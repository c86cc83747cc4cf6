/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf/env.h"

#include "base/fs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BTF_PATH "/sys/kernel/btf/vmlinux"

#define CAP_BIT_PERFMON	  38
#define CAP_BIT_BPF	  39
#define CAP_BIT_SYS_ADMIN 21

static uint64_t effective_caps(void)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const char *line;

	if (fs_read_file("/proc/self/status", &text, 65536, NULL) < 0)
		return ~0ULL; /* unknown: let the kernel say it */
	line = strstr(text.buf, "\nCapEff:");
	return line ? strtoull(line + 8, NULL, 16) : ~0ULL;
}

static int check_caps(const char *who, struct error *err)
{
	uint64_t caps = effective_caps();

	if (caps >> CAP_BIT_SYS_ADMIN & 1 || (caps >> CAP_BIT_BPF & caps >> CAP_BIT_PERFMON & 1))
		return 0;
	if (geteuid() != 0)
		return error_env(err,
				 "no root: %s needs root (run it with sudo), or the capabilities "
				 "CAP_BPF and CAP_PERFMON",
				 who);
	return error_env(err,
			 "no %s: root without it, as in a container, cannot load BPF programs; "
			 "add the capabilities CAP_BPF and CAP_PERFMON (or run privileged)",
			 caps >> CAP_BIT_BPF & 1 ? "CAP_PERFMON" : "CAP_BPF");
}

/* The bpf call itself: creating the smallest map tells a kernel without it from one that forbids
 * it. */
static int check_bpf(struct error *err)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == ENOSYS)
		return error_env(err, "no BPF: this kernel has no bpf system call; a kernel with "
				      "CONFIG_BPF_SYSCALL is needed");
	return error_sys(err, ERROR_ENV, errno,
			 "no BPF: the kernel refuses the bpf system call (a seccomp profile or "
			 "lockdown may forbid it; run outside the sandbox or allow bpf)");
}

/* Old kernels (before 5.11) charge BPF memory to RLIMIT_MEMLOCK; where the limit may not be raised
 * newer ones do not care, so a failure here is none. */
static void raise_memlock(void)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY}, now;

	if (setrlimit(RLIMIT_MEMLOCK, &unlimited) != 0 && getrlimit(RLIMIT_MEMLOCK, &now) == 0) {
		now.rlim_cur = now.rlim_max;
		setrlimit(RLIMIT_MEMLOCK, &now);
	}
}

int bpf_env_check(const char *who, struct error *err)
{
	if (check_caps(who, err) < 0 || check_bpf(err) < 0)
		return -1;
	if (access(BTF_PATH, R_OK) != 0)
		return error_env(err,
				 "no BTF: %s is missing; a kernel with CONFIG_DEBUG_INFO_BTF is "
				 "needed (every Debian 11 or newer kernel has it), and /sys must "
				 "be mounted",
				 BTF_PATH);
	raise_memlock();
	return 0;
}

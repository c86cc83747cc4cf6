/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-stats [--empty] COMMAND...: runs a command with the kernel's BPF statistics on and prints,
 * for every BPF program that ran, "name run_cnt run_time_ns id" of the time the command took. The
 * statistics end with this process (no sysctl is touched). --empty attaches an empty sys_exit
 * program for the time too.
 */
#include "empty.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define MAX_PROGS 4096

struct counts {
	__u32 id;
	char name[BPF_OBJ_NAME_LEN];
	__u64 cnt, ns;
};

static size_t read_counts(struct counts *out)
{
	size_t n = 0;
	__u32 id = 0;

	while (n < MAX_PROGS && bpf_prog_get_next_id(id, &id) == 0) {
		struct bpf_prog_info info = {0};
		__u32 len = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &len) == 0) {
			struct counts c = {.id = id, .cnt = info.run_cnt, .ns = info.run_time_ns};

			memcpy(c.name, info.name, sizeof(c.name));
			out[n++] = c;
		}
		close(fd);
	}
	return n;
}

static void print_differences(const struct counts *from, size_t n_from, const struct counts *to,
			      size_t n_to)
{
	for (size_t i = 0; i < n_to; i++) {
		__u64 cnt = to[i].cnt, ns = to[i].ns;

		for (size_t k = 0; k < n_from; k++)
			if (from[k].id == to[i].id) {
				cnt -= from[k].cnt;
				ns -= from[k].ns;
			}
		if (cnt)
			printf("%s %llu %llu %u\n", to[i].name, cnt, ns, to[i].id);
	}
}

int main(int argc, char **argv)
{
	static struct counts before[MAX_PROGS], after[MAX_PROGS];
	struct empty_bpf *empty = NULL;
	int first = 1, status = 0, stats;
	size_t n_before;
	pid_t pid;

	if (argc > 1 && strcmp(argv[1], "--empty") == 0) {
		empty = empty_bpf__open_and_load();
		if (!empty || empty_bpf__attach(empty) != 0) {
			fprintf(stderr, "bench-stats: cannot attach the empty program\n");
			return 3;
		}
		first++;
	}
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (stats < 0 || argc <= first) {
		fprintf(stderr, "bench-stats: %s\n",
			stats < 0 ? strerror(errno) : "usage: bench-stats [--empty] COMMAND...");
		return stats < 0 ? 3 : 2;
	}
	n_before = read_counts(before);
	if (posix_spawnp(&pid, argv[first], NULL, NULL, argv + first, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "bench-stats: %s failed\n", argv[first]);
		return 1;
	}
	print_differences(before, n_before, after, read_counts(after));
	close(stats);
	empty_bpf__destroy(empty);
	return 0;
}

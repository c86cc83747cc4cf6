/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups on recorded trees of both versions, and one really made where the host lets us. */
#include "unit.h"

#include "base/fs.h"
#include "base/mem.h"
#include "engine/process.h"
#include "run/cgroup.h"
#include "run/leftovers.h"
#include "run/session.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char root[64];

static void make_root(void)
{
	unit_make_dir(root, sizeof(root));
}

static void put(const char *name, const char *text)
{
	char *path cleanup_free = fs_join(root, name), *dir cleanup_free = fs_dirname(path);

	ck_assert_int_eq(fs_mkdirs(dir, NULL), 0);
	ck_assert_int_eq(fs_write_file(path, text, strlen(text), 0644, NULL), 0);
}

/* A file below root as text; "" when it is not there. */
static const char *get(const char *name)
{
	static struct strbuf text = STRBUF_INIT;
	char *path cleanup_free = fs_join(root, name);

	strbuf_reset(&text);
	fs_read_file(path, &text, 0, NULL);
	return text.buf;
}

static bool ends_with(const char *s, const char *end)
{
	return s && strlen(s) >= strlen(end) && !strcmp(s + strlen(s) - strlen(end), end);
}

#define V1_MOUNTS                                                                                  \
	"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"                               \
	"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup "            \
	"rw,cpu,cpuacct\n"                                                                         \
	"34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"               \
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"               \
	"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"
#define V2_MOUNTS "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"

static void make_v1(void)
{
	make_root();
	put("proc/self/mountinfo", V1_MOUNTS);
	put("sys/fs/cgroup/unified/cgroup.controllers", "");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.stat", "nr_periods 0\n");
	put("sys/fs/cgroup/memory/tasks", "");
}

static void make_v2(void)
{
	make_root();
	put("proc/self/mountinfo", V2_MOUNTS);
	put("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
	put("sys/fs/cgroup/cgroup.subtree_control", "memory pids\n");
}

/* The group as made below root; files of a recorded tree come into being by being written. */
static void make_group(struct cgroup *g, double cpus, int64_t memory)
{
	struct cgroup_limits l = {.cpus = cpus, .memory = memory};
	struct cgroup_host h;
	struct error err = ERROR_INIT;

	cgroup_host_read(root, &h);
	ck_assert_msg(!cgroup_plan(g, &h, "falcotune-7-1", &l, &err), "%s", err.msg);
	ck_assert_msg(!cgroup_create(g, &err), "%s", err.msg);
	ck_assert_int_eq(cgroup_join(g, 4711, &err), 0);
	cgroup_host_release(&h);
}

START_TEST(version_1_takes_a_folder_a_controller)
{
	struct cgroup g = CGROUP_INIT;

	make_v1();
	/* A niceness of the caller's becomes the group's weight: 1024 / 1.25. */
	ck_assert_int_eq(setpriority(PRIO_PROCESS, 0, 1), 0);
	make_group(&g, 0.5, INT64_C(512) << 20);
	ck_assert_uint_eq(g.dirs.n, 2);
	ck_assert_uint_eq(g.undo.n, 0);
	ck_assert_str_eq(get("sys/fs/cgroup/cpu,cpuacct/falcotune-7-1/cpu.cfs_quota_us"), "50000");
	ck_assert_str_eq(get("sys/fs/cgroup/cpu,cpuacct/falcotune-7-1/cpu.cfs_period_us"),
			 "100000");
	ck_assert_str_eq(get("sys/fs/cgroup/cpu,cpuacct/falcotune-7-1/cpu.shares"), "819");
	ck_assert_str_eq(get("sys/fs/cgroup/cpu,cpuacct/falcotune-7-1/cgroup.procs"), "4711");
	ck_assert_str_eq(get("sys/fs/cgroup/memory/falcotune-7-1/memory.limit_in_bytes"),
			 "536870912");
	ck_assert_str_eq(get("sys/fs/cgroup/memory/falcotune-7-1/cgroup.procs"), "4711");
	cgroup_release(&g);
	fs_remove_tree(root, NULL);
}
END_TEST

START_TEST(version_2_takes_one_folder_and_hands_controllers_down)
{
	struct cgroup g = CGROUP_INIT;

	make_v2();
	make_group(&g, 2, INT64_C(1) << 30);
	ck_assert_uint_eq(g.dirs.n, 1);
	ck_assert_str_eq(get("sys/fs/cgroup/falcotune-7-1/cpu.max"), "200000 100000");
	ck_assert_str_eq(get("sys/fs/cgroup/falcotune-7-1/memory.max"), "1073741824");
	ck_assert_str_eq(get("sys/fs/cgroup/falcotune-7-1/cgroup.procs"), "4711");
	/* memory was handed down before; cpu is our doing, and is taken back. */
	ck_assert_uint_eq(g.undo.n, 1);
	ck_assert(ends_with(g.undo.v[0], "/sys/fs/cgroup/cgroup.subtree_control"));
	ck_assert_str_eq(get("sys/fs/cgroup/cgroup.subtree_control"), "+cpu");
	/* While there is a group of any run, another one's too, it keeps what it was given. */
	cgroup_undo(g.undo.v[0]);
	ck_assert_str_eq(get("sys/fs/cgroup/cgroup.subtree_control"), "+cpu");
	ck_assert_int_eq(fs_remove_tree(g.dirs.v[0], NULL), 0);
	cgroup_undo(g.undo.v[0]);
	ck_assert_str_eq(get("sys/fs/cgroup/cgroup.subtree_control"), "-cpu");
	cgroup_release(&g);
	fs_remove_tree(root, NULL);
}
END_TEST

START_TEST(only_what_is_limited_gets_a_group)
{
	struct cgroup g = CGROUP_INIT;

	make_v1();
	make_group(&g, 0, 1 << 20);
	ck_assert_uint_eq(g.dirs.n, 1);
	ck_assert_ptr_null(g.cpu);
	ck_assert(ends_with(g.memory, "/memory/falcotune-7-1"));
	cgroup_release(&g);
	fs_remove_tree(root, NULL);
}
END_TEST

START_TEST(a_host_without_the_controller_is_refused)
{
	struct cgroup_limits l = {.cpus = 1};
	struct cgroup g = CGROUP_INIT;
	struct cgroup_host h;
	struct error err = ERROR_INIT;

	make_root();
	put("proc/self/mountinfo", "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
	put("sys/fs/cgroup/unified/cgroup.controllers", "");
	cgroup_host_read(root, &h);
	ck_assert_int_eq(cgroup_plan(&g, &h, "falcotune-7-1", &l, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_ENV);
	ck_assert_ptr_nonnull(strstr(err.msg, "cpu controller"));
	cgroup_host_release(&h);
	cgroup_release(&g);
	fs_remove_tree(root, NULL);
}
END_TEST

START_TEST(nothing_else_is_removed_or_switched)
{
	char *other cleanup_free = NULL, *entry cleanup_free = NULL;

	make_v2();
	other = fs_join(root, "sys/fs/cgroup/system.slice");
	ck_assert_int_eq(fs_mkdirs(other, NULL), 0);
	cgroup_remove_dir(other);
	ck_assert(fs_is_dir(other));
	entry = xasprintf("-pids %s/sys/fs/cgroup/cgroup.subtree_control", root);
	cgroup_undo(entry);
	ck_assert_str_eq(get("sys/fs/cgroup/cgroup.subtree_control"), "memory pids\n");
	ck_assert(!cgroup_is_ours("/sys/fs/cgroup/../falcotune-1"));
	ck_assert(!cgroup_is_ours("falcotune-1"));
	fs_remove_tree(root, NULL);
}
END_TEST

START_TEST(controllers_are_switched_off_after_a_crash)
{
	struct strvec done = STRVEC_INIT, live = STRVEC_INIT;
	char *record cleanup_free = NULL, *state cleanup_free = NULL, *group cleanup_free = NULL;

	make_v2();
	state = fs_join(root, "state");
	/* Of an owner that is another process by now. */
	record = xasprintf("{\"owner\":{\"pid\":%d,\"start\":1},\"dir\":\"/x\","
			   "\"cgroups\":[\"%s/sys/fs/cgroup/falcotune-7-1\"],"
			   "\"cgroup_undo\":[\"-cpu %s/sys/fs/cgroup/cgroup.subtree_control\"]}",
			   (int)getppid(), root, root);
	put("state/7-1.json", record);
	group = fs_join(root, "sys/fs/cgroup/falcotune-7-1");
	ck_assert_int_eq(fs_mkdirs(group, NULL), 0);
	ck_assert_int_eq(leftovers_clean(state, &done, &live, NULL), 0);
	ck_assert_uint_eq(done.n, 1);
	ck_assert_ptr_nonnull(strstr(done.v[0], "falcotune-7-1"));
	ck_assert_str_eq(get("sys/fs/cgroup/cgroup.subtree_control"), "-cpu");
	ck_assert(!fs_is_dir(group));
	strvec_release(&done);
	strvec_release(&live);
	fs_remove_tree(root, NULL);
}
END_TEST

START_TEST(cpu_stat_of_both_versions)
{
	struct cgroup_cpu s;

	cgroup_cpu_parse("nr_periods 12\nnr_throttled 3\nthrottled_time 4500000\n", &s);
	ck_assert_int_eq(s.nr_periods, 12);
	ck_assert_int_eq(s.nr_throttled, 3);
	ck_assert_int_eq(s.throttled_ns, 4500000);
	cgroup_cpu_parse("usage_usec 99\nuser_usec 9\nnr_periods 5\nnr_throttled 2\n"
			 "throttled_usec 700\n",
			 &s);
	ck_assert_int_eq(s.throttled_ns, 700000);
	cgroup_cpu_parse("usage_usec 99\n", &s); /* no cpu controller */
	ck_assert_int_eq(s.nr_throttled, -1);
	ck_assert_int_eq(s.throttled_ns, -1);
}
END_TEST

START_TEST(a_containers_throttling_is_seen_from_outside)
{
	struct cgroup_cpu s;

	make_v1();
	put("proc/99/cgroup", "4:memory:/kubepods/p1/c1\n3:cpu,cpuacct:/kubepods/p1/c1\n0::/\n");
	put("sys/fs/cgroup/cpu,cpuacct/kubepods/p1/c1/cpu.stat",
	    "nr_periods 9\nnr_throttled 4\nthrottled_time 123\n");
	cgroup_read_stat(root, 99, &s);
	ck_assert_int_eq(s.throttled_ns, 123);
	/* Without a quota of its own, the pod's is the one that holds it back. */
	put("sys/fs/cgroup/cpu,cpuacct/kubepods/p1/c1/cpu.stat",
	    "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n");
	put("sys/fs/cgroup/cpu,cpuacct/kubepods/p1/cpu.stat",
	    "nr_periods 9\nnr_throttled 4\nthrottled_time 456\n");
	cgroup_read_stat(root, 99, &s);
	ck_assert_int_eq(s.throttled_ns, 456);
	cgroup_read_stat(root, 98, &s); /* no such process */
	ck_assert_int_eq(s.throttled_ns, -1);
	fs_remove_tree(root, NULL);
}
END_TEST

START_TEST(version_2_is_read_below_the_mounts_own_group)
{
	struct cgroup_cpu s;

	make_v2();
	/* A container's mount shows its own group as the top. */
	put("proc/self/mountinfo",
	    "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
	put("proc/99/cgroup", "0::/docker/abc/engine\n");
	put("sys/fs/cgroup/engine/cpu.stat",
	    "usage_usec 1\nnr_periods 2\nnr_throttled 1\nthrottled_usec 5\n");
	cgroup_read_stat(root, 99, &s);
	ck_assert_int_eq(s.throttled_ns, 5000);
	put("proc/99/cgroup", "0::/other\n");
	cgroup_read_stat(root, 99, &s);
	ck_assert_int_eq(s.throttled_ns, -1);
	fs_remove_tree(root, NULL);
}
END_TEST

START_TEST(limits_as_written)
{
	static const char *const bad[] = {"", "0", "-1", "0.001", "half", "1e9", "nan", "1,2"};
	struct error err = ERROR_INIT;
	struct strbuf text = STRBUF_INIT;
	struct cgroup_limits l = {0};
	int64_t bytes;
	double cpus;

	ck_assert_int_eq(cgroup_parse_cpus("0.25", "--cpu-limit", &cpus, &err), 0);
	ck_assert_double_eq(cpus, 0.25);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(cgroup_parse_cpus(bad[i], "--cpu-limit", &cpus, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
	}
	ck_assert_int_eq(cgroup_parse_memory("512Mi", "--memory-limit", &bytes, &err), 0);
	ck_assert_int_eq(bytes, INT64_C(512) << 20);
	ck_assert_int_eq(cgroup_parse_memory("12", "--memory-limit", &bytes, &err), -1);
	ck_assert_int_eq(cgroup_parse_memory("lots", "--memory-limit", &bytes, &err), -1);
	cgroup_describe(&l, &text);
	ck_assert_str_eq(text.buf, "no limit");
	strbuf_reset(&text);
	l = (struct cgroup_limits){.cpus = 0.5, .memory = INT64_C(512) << 20};
	cgroup_describe(&l, &text);
	ck_assert_str_eq(text.buf, "0.5 CPU, 512 MiB");
	strbuf_release(&text);
}
END_TEST

/* ---- the running kernel's groups ---- */

/* Can groups be made here? */
static bool host_can(void)
{
	struct cgroup_host h;
	bool can;

	cgroup_host_read("", &h);
	can = !geteuid() && h.cpu.dir && h.memory.dir && !access(h.cpu.dir, W_OK);
	cgroup_host_release(&h);
	return can;
}

/* In a child: a limited group with a busy process in it, then as good as kill -9. */
static void crash_with_a_group(const char *state_dir, int out)
{
	struct session s = SESSION_INIT;
	struct strvec argv = STRVEC_INIT;
	struct process p = PROCESS_INIT;
	struct process_spec spec = {.argv = &argv};

	/* Little enough that it is reached beside whatever else runs on this host. */
	s.limits = (struct cgroup_limits){.cpus = 0.02, .memory = INT64_C(64) << 20};
	strvec_push(&argv, "/bin/sh");
	strvec_push(&argv, "-c");
	strvec_push(&argv, "while :; do :; done");
	if (leftovers_begin(&s.left, state_dir, "/x", NULL) || session_limit(&s, NULL) ||
	    session_start(&s, LEFTOVER_ENGINE, &p, &spec, NULL) ||
	    dprintf(out, "%d %s\n", (int)p.pid, s.cgroup.cpu) < 0)
		_exit(1);
	for (;;)
		pause();
}

START_TEST(a_crashed_owners_group_goes_at_the_next_start)
{
	struct strvec done = STRVEC_INIT, live = STRVEC_INIT;
	char line[512] = "", *group;
	struct cgroup_cpu s = {-1, -1, -1};
	int64_t limit = clock_mono() + 20 * NS_PER_S;
	int fds[2], status;
	pid_t owner, pid;

	if (!host_can()) {
		printf("note: no control groups can be made here\n");
		return;
	}
	make_root();
	ck_assert_int_eq(pipe(fds), 0);
	owner = fork();
	if (!owner)
		crash_with_a_group(root, fds[1]);
	close(fds[1]);
	ck_assert_int_gt(read(fds[0], line, sizeof(line) - 1), 0);
	pid = (pid_t)strtol(line, &group, 10);
	group++;
	group[strcspn(group, "\n")] = '\0';
	ck_assert(fs_is_dir(group));
	/* The quota holds it back, and its throttling shows from outside. */
	while (s.throttled_ns <= 0 && clock_mono() < limit)
		cgroup_read_stat("", pid, &s);
	ck_assert_int_gt(s.throttled_ns, 0);
	ck_assert_int_gt(s.nr_throttled, 0);
	printf("note: throttled %lld ns in %lld of %lld periods\n", (long long)s.throttled_ns,
	       (long long)s.nr_throttled, (long long)s.nr_periods);
	kill(owner, SIGKILL);
	ck_assert_int_eq(waitpid(owner, &status, 0), owner);
	ck_assert(fs_is_dir(group)); /* nobody was left to remove it */
	ck_assert_int_eq(leftovers_clean(root, &done, &live, NULL), 0);
	ck_assert_uint_eq(live.n, 0);
	ck_assert(!fs_is_dir(group));
	ck_assert_uint_eq(process_start_time(pid), 0);
	ck_assert_uint_ge(done.n, 2); /* one a folder; the process may have ended by itself */
	close(fds[0]);
	fs_remove_tree(root, NULL);
	strvec_release(&done);
	strvec_release(&live);
}
END_TEST

START_TEST(a_group_goes_with_its_engine)
{
	struct session s = SESSION_INIT;
	struct strvec argv = STRVEC_INIT;
	struct process p = PROCESS_INIT;
	struct process_spec spec = {.argv = &argv};
	struct cgroup_memory m;
	struct error err = ERROR_INIT;
	char *group cleanup_free = NULL;

	if (!host_can())
		return;
	make_root();
	s.limits = (struct cgroup_limits){.cpus = 1, .memory = INT64_C(64) << 20};
	strvec_push(&argv, "/bin/true");
	ck_assert_int_eq(leftovers_begin(&s.left, root, "/x", &err), 0);
	ck_assert_msg(!session_limit(&s, &err), "%s", err.msg);
	group = xstrdup(s.cgroup.memory);
	ck_assert(fs_is_dir(group));
	ck_assert_msg(!session_start(&s, LEFTOVER_ENGINE, &p, &spec, &err), "%s", err.msg);
	ck_assert(process_wait(&p, clock_mono() + 20 * NS_PER_S, -1));
	cgroup_memory_read(&s.cgroup, &m);
	ck_assert_int_gt(m.peak, 0);
	ck_assert_int_eq(m.oom_kills, 0);
	session_unlimit(&s);
	ck_assert(!fs_is_dir(group));
	process_release(&p);
	session_end(&s);
	strvec_release(&argv);
	fs_remove_tree(root, NULL);
}
END_TEST

START_TEST(a_memory_limit_kills_and_says_so)
{
	struct session s = SESSION_INIT;
	struct strvec argv = STRVEC_INIT;
	struct process p = PROCESS_INIT;
	struct process_spec spec = {.argv = &argv};
	struct cgroup_memory m;

	if (!host_can())
		return;
	make_root();
	s.limits.memory = INT64_C(16) << 20;
	strvec_push(&argv, "tail"); /* keeps the last line, which does not end */
	strvec_push(&argv, "/dev/zero");
	ck_assert_int_eq(leftovers_begin(&s.left, root, "/x", NULL), 0);
	ck_assert_int_eq(session_limit(&s, NULL), 0);
	ck_assert_int_eq(session_start(&s, LEFTOVER_ENGINE, &p, &spec, NULL), 0);
	ck_assert(process_wait(&p, clock_mono() + 60 * NS_PER_S, -1));
	ck_assert(WIFSIGNALED(p.status) && WTERMSIG(p.status) == SIGKILL);
	cgroup_memory_read(&s.cgroup, &m);
	ck_assert_int_ge(m.oom_kills, 1);
	ck_assert_int_le(m.peak, s.limits.memory);
	process_release(&p);
	session_unlimit(&s);
	session_end(&s);
	strvec_release(&argv);
	fs_remove_tree(root, NULL);
}
END_TEST

UNIT_MAIN("cgroup", version_1_takes_a_folder_a_controller,
	  version_2_takes_one_folder_and_hands_controllers_down, only_what_is_limited_gets_a_group,
	  a_host_without_the_controller_is_refused, nothing_else_is_removed_or_switched,
	  controllers_are_switched_off_after_a_crash, cpu_stat_of_both_versions,
	  a_containers_throttling_is_seen_from_outside,
	  version_2_is_read_below_the_mounts_own_group, limits_as_written,
	  a_crashed_owners_group_goes_at_the_next_start, a_group_goes_with_its_engine,
	  a_memory_limit_kills_and_says_so)

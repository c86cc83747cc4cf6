/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/fs.h"
#include "base/mem.h"
#include "engine/process.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct strvec words(const char *a, const char *b, const char *c)
{
	struct strvec v = STRVEC_INIT;

	strvec_push(&v, a);
	if (b)
		strvec_push(&v, b);
	if (c)
		strvec_push(&v, c);
	return v;
}

START_TEST(runs_to_the_end)
{
	struct strvec argv = words("sh", "-c", "echo out; echo err >&2; exit 7");
	char out[64];
	struct strbuf text = STRBUF_INIT, how = STRBUF_INIT;
	struct process p;
	struct error err = ERROR_INIT;
	struct process_spec spec = {.argv = &argv, .out_path = out, .err_path = out};

	close(unit_make_file(out, sizeof(out)));
	ck_assert_msg(process_run(&p, &spec, 10 * NS_PER_S, -1, &err) == 0, "%s", err.msg);
	process_describe_end(&p, &how);
	ck_assert_str_eq(how.buf, "exited with code 7");
	process_release(&p);
	ck_assert_int_eq(fs_read_file(out, &text, 0, &err), 0);
	ck_assert_str_eq(text.buf, "out\nerr\n");
	unlink(out);
	strbuf_release(&text);
	strbuf_release(&how);
	strvec_release(&argv);
}
END_TEST

START_TEST(a_program_that_is_not_there)
{
	struct strvec argv = words("/nonexistent/engine", NULL, NULL);
	struct process p;
	struct error err = ERROR_INIT;
	struct process_spec spec = {.argv = &argv};

	ck_assert_int_eq(process_run(&p, &spec, NS_PER_S, -1, &err), -1);
	ck_assert_msg(strstr(err.msg, "/nonexistent/engine: cannot be executed: No such file"),
		      "%s", err.msg);
	process_release(&p);
	strvec_release(&argv);
}
END_TEST

START_TEST(a_hang_ends_at_the_limit)
{
	struct strvec argv = words("sleep", "100", NULL);
	struct process p;
	struct error err = ERROR_INIT;
	struct process_spec spec = {.argv = &argv};
	int64_t t = clock_mono();

	ck_assert_int_eq(process_run(&p, &spec, 200 * NS_PER_MS, -1, &err), -1);
	ck_assert_msg(strstr(err.msg, "did not end within 0.2 s"), "%s", err.msg);
	ck_assert_int_lt(clock_mono() - t, 20 * NS_PER_S);
	ck_assert(p.ended && WIFSIGNALED(p.status));
	process_release(&p);
	strvec_release(&argv);
}
END_TEST

START_TEST(wakes_for_a_descriptor)
{
	struct strvec argv = words("sleep", "100", NULL);
	struct process p;
	struct error err = ERROR_INIT;
	struct process_spec spec = {.argv = &argv};
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	ck_assert_int_eq(process_run(&p, &spec, 100 * NS_PER_S, fds[0], &err), -1);
	ck_assert_str_eq(err.msg, "interrupted");
	process_release(&p);
	close(fds[0]);
	close(fds[1]);
	strvec_release(&argv);
}
END_TEST

START_TEST(stops_politely_then_by_force)
{
	/* The ready line says that the trap is set. */
	struct strvec argv =
		words("sh", "-c", "trap '' INT; echo ready; while :; do sleep 1; done");
	struct process p;
	struct error err = ERROR_INIT;
	struct process_spec spec = {.argv = &argv, .pipe_out = true};
	char buf[16];

	ck_assert_int_eq(process_spawn(&p, &spec, &err), 0);
	ck_assert_int_eq(process_go(&p, &err), 0);
	ck_assert_int_gt(read(p.out_fd, buf, sizeof(buf)), 0);
	ck_assert(process_stop(&p, SIGINT, 100 * NS_PER_MS));
	ck_assert(WIFSIGNALED(p.status) && WTERMSIG(p.status) == SIGKILL);
	process_release(&p);
	strvec_release(&argv);
}
END_TEST

/* Is there a process of that group? */
static bool group_lives(pid_t pgid)
{
	return kill(-pgid, 0) == 0 || errno != ESRCH;
}

START_TEST(takes_its_own_children_along)
{
	struct strvec argv = words("sh", "-c", "sleep 100 & echo ready");
	struct process p;
	struct error err = ERROR_INIT;
	struct process_spec spec = {.argv = &argv, .pipe_out = true};
	char buf[16];
	pid_t pid;

	ck_assert_int_eq(process_spawn(&p, &spec, &err), 0);
	pid = p.pid;
	ck_assert_int_eq(process_go(&p, &err), 0);
	ck_assert_int_gt(read(p.out_fd, buf, sizeof(buf)), 0);
	ck_assert(process_wait(&p, clock_mono() + 10 * NS_PER_S, -1));
	/* The kill was sent before the reaping; init may take a moment to reap the orphan. */
	for (int64_t end = clock_mono() + 10 * NS_PER_S; group_lives(pid);)
		ck_assert_int_lt(clock_mono(), end);
	process_release(&p);
	strvec_release(&argv);
}
END_TEST

START_TEST(a_gated_child_runs_nothing)
{
	char mark[64];
	struct strvec argv;
	struct process p;
	struct error err = ERROR_INIT;
	struct process_spec spec = {.argv = &argv};

	close(unit_make_file(mark, sizeof(mark)));
	unlink(mark);
	argv = words("touch", mark, NULL);
	ck_assert_int_eq(process_spawn(&p, &spec, &err), 0);
	ck_assert(p.start > 0 && p.start == process_start_time(p.pid));
	process_release(&p);
	ck_assert(!fs_exists(mark));
	strvec_release(&argv);
}
END_TEST

START_TEST(samples_cpu_and_memory)
{
	struct procstat s;
	struct proc_facts f0, f1;
	volatile unsigned x = 1;

	procstat_open(&s, getpid());
	procstat_read(&s, &f0);
	ck_assert_int_gt(f0.rss_bytes, 100000);
	ck_assert_int_gt(f0.procs_running, 0);
	ck_assert(f0.steal_ns >= 0 && f0.idle_ns >= 0);
	ck_assert(f0.nice == getpriority(PRIO_PROCESS, 0));
	do {
		for (int i = 0; i < 1000000; i++)
			x = x % 1000 + (unsigned)i + 1;
		procstat_read(&s, &f1);
	} while (x && f1.cpu_ns < f0.cpu_ns + 50 * NS_PER_MS);
	/* The main thread did it all, by a finer clock than the ticks of /proc/PID/stat. */
	if (f0.main_cpu_ns >= 0) {
		ck_assert_int_ge(f1.main_cpu_ns - f0.main_cpu_ns, 30 * NS_PER_MS);
		ck_assert_int_ge(f1.main_wait_ns, f0.main_wait_ns);
	}
	procstat_release(&s);
	procstat_open(&s, 0x7ffffff0);
	procstat_read(&s, &f0);
	ck_assert(f0.cpu_ns == -1 && f0.rss_bytes == -1 && f0.main_cpu_ns == -1);
	ck_assert(isnan(f0.nice));
	procstat_release(&s);
}
END_TEST

UNIT_MAIN("engine_process", runs_to_the_end, a_program_that_is_not_there, a_hang_ends_at_the_limit,
	  wakes_for_a_descriptor, stops_politely_then_by_force, takes_its_own_children_along,
	  a_gated_child_runs_nothing, samples_cpu_and_memory)

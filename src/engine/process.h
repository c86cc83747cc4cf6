/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes with a time limit on everything: engines, loads and short helpers.
 *
 * A child is started by an argument vector (never through a shell), in a process group of its own,
 * with default signals, and the kernel kills it when falcotune dies (PR_SET_PDEATHSIG). Starting
 * takes two steps, so that a child can be written down in a leftovers file before it runs anything:
 * process_spawn() forks a child that waits, process_go() lets it execute; when falcotune dies in
 * between, the child ends by itself.
 *
 * Not for several threads: PR_SET_PDEATHSIG follows the thread that forked.
 */
#ifndef FT_ENGINE_PROCESS_H
#define FT_ENGINE_PROCESS_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

struct process {
	pid_t pid;	/* 0: none */
	uint64_t start; /* field 22 of /proc/PID/stat: with the pid it names one process for ever */
	int pidfd;	/* readable when it ended; -1 where pidfds are not available */
	int go_fd;	/* write end of the gate, -1 after process_go() */
	int exec_fd;	/* read end that tells a failed exec, -1 after process_go() */
	int in_fd, out_fd; /* pipes of stdin and stdout where asked for, else -1 */
	bool ended;
	int status;	/* of wait4(), when ended */
	int64_t cpu_ns; /* its CPU time when ended, with that of the children it waited for; -1 */
};

#define PROCESS_INIT                                                                               \
	{                                                                                          \
		.pidfd = -1, .go_fd = -1, .exec_fd = -1, .in_fd = -1, .out_fd = -1, .cpu_ns = -1   \
	}

/* Bytes that one file of a child with its output in files may grow to (RLIMIT_FSIZE); beyond, it
 * ends with SIGXFSZ. */
#define PROCESS_FILE_MAX (UINT64_C(2) << 30)

struct process_spec {
	const struct strvec *argv; /* argv[0] is a path, or a name for PATH; borrowed */
	const char *cwd;	   /* its working directory, NULL: falcotune's own */
	const char *out_path;	   /* stdout goes there (truncated, 0644); NULL: /dev/null */
	const char *err_path;	   /* the same for stderr; equal to out_path: one file */
	bool pipe_in, pipe_out;	   /* pipes instead */
};

/* Error: ERROR_ENV (no process, file cannot be written). On error *p holds nothing. */
int process_spawn(struct process *p, const struct process_spec *spec, struct error *err);
/* Let it execute. Error: ERROR_ENV when the program cannot be executed; it has ended then. */
int process_go(struct process *p, struct error *err);
/* Take note when it has ended; returns p->ended. */
bool process_poll(struct process *p);
/* Wait for its end until the deadline (CLOCK_MONOTONIC, ns), or until wake_fd (-1: none) is
 * readable. Returns p->ended. */
bool process_wait(struct process *p, int64_t deadline, int wake_fd);
/* End it: signal sig, up to grace_ns for it to end, then SIGKILL for its whole group. Fine when it
 * has ended before or none is there. Returns true when SIGKILL was needed. */
bool process_stop(struct process *p, int sig, int64_t grace_ns);
/* Close descriptors and forget; a process that still runs is killed. */
void process_release(struct process *p);
/* Append what is in the pipe of its stdout by now: of a child that ended, all that fits a pipe. */
void process_read(struct process *p, struct strbuf *out);
/* How it ended, for messages: "exited with code 1", "was killed by signal 9 (Killed)". */
void process_describe_end(const struct process *p, struct strbuf *out);

/* Run to the end with output into files; err says when it did not end in time (it is killed then)
 * or wake_fd interrupted it. 0: it ended; see p->status. The caller releases p. */
int process_run(struct process *p, const struct process_spec *spec, int64_t limit_ns, int wake_fd,
		struct error *err);

/* CLOCK_MONOTONIC and CLOCK_REALTIME in ns. */
int64_t clock_mono(void);
int64_t clock_real(void);

/* Field 22 of /proc/PID/stat; 0 when there is no such process or only its zombie is left. */
uint64_t process_start_time(pid_t pid);

/* CPU time and memory of a process, and what the host's CPUs did, through descriptors that stay
 * open, so that a sample costs no open and close that an engine would count. */
struct procstat {
	clockid_t cpu_clock; /* of all its threads, in ns; 0 (CLOCK_REALTIME): not there */
	int stat_fd, status_fd;
	int sched_fd, host_fd; /* /proc/PID/schedstat, /proc/stat */
};

/* Counters are since the start of the process or, of the host, since boot; -1 unknown. */
struct proc_facts {
	int64_t cpu_ns;		   /* user and system time of all threads */
	int64_t rss_bytes;	   /* VmRSS */
	int64_t main_cpu_ns;	   /* of the main thread; Falco's consumer is that thread as long as
				      syscalls are its only source */
	int64_t main_wait_ns;	   /* main thread runnable, but waiting for a CPU */
	int64_t steal_ns, idle_ns; /* of all CPUs together; iowait is idle */
	int64_t procs_running;	   /* at this moment, on the whole host */
	double nice;		   /* -20..19; NaN unknown */
};

#define PROCSTAT_INIT                                                                              \
	{                                                                                          \
		.stat_fd = -1, .status_fd = -1, .sched_fd = -1, .host_fd = -1                      \
	}
void procstat_open(struct procstat *s, pid_t pid);
void procstat_read(const struct procstat *s, struct proc_facts *out);
/* Everything unknown. */
void proc_facts_init(struct proc_facts *f);
void procstat_release(struct procstat *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of one cheap system call about the process itself: its memory, the time, waits that
 * are over at once, ids, limits, signals. */
#include "load/ops_simple.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static int page_setup(struct load_op_ctx *c, struct error *err)
{
	c->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c->page != MAP_FAILED)
		return 0;
	c->page = NULL;
	return error_nomem(err);
}

static int id_setup(struct load_op_ctx *c, struct error *err)
{
	(void)err;
	c->pid = getpid();
	c->tid = (int)syscall(SYS_gettid);
	return 0;
}

SIMPLE(mmap, void *p = (void *)CALL(mmap, NULL, (size_t)PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1L, 0UL);
       return !CALL(munmap, p, (size_t)PAGE) && p != MAP_FAILED;)
SIMPLE(remap, return CALL(mmap, c->page, (size_t)PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1L, 0UL) == (long)c->page;)
SIMPLE(mprotect, return !CALL(mprotect, c->page, (size_t)PAGE, PROT_READ | PROT_WRITE);)
SIMPLE(madvise, return !CALL(madvise, c->page, (size_t)PAGE, MADV_NORMAL);)
SIMPLE(brk, return CALL(brk, 0UL) > 0;)
SIMPLE(futex, uint32_t word = 0; return !CALL(futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);)
SIMPLE(getpid, return CALL(getpid) > 0;)
SIMPLE(gettid, return CALL(gettid) > 0;)
SIMPLE(getuid, return CALL(getuid) >= 0;)
SIMPLE(getrandom, char b; return CALL(getrandom, &b, 1UL, 0) == 1;)
SIMPLE(yield, return !CALL(sched_yield);)
/* The kernel's own signal set is 8 bytes; a NULL set only asks. */
SIMPLE(sigmask, return !CALL(rt_sigprocmask, SIG_BLOCK, NULL, NULL, 8UL);)
SIMPLE(sigaction, return !CALL(rt_sigaction, SIGUSR2, NULL, NULL, 8UL);)
SIMPLE(getppid, return CALL(getppid) >= 0;)
SIMPLE(geteuid, return CALL(geteuid) >= 0;)
SIMPLE(getgid, return CALL(getgid) >= 0;)
SIMPLE(getegid, return CALL(getegid) >= 0;)
/* Until a moment that is long past, so that the pace of the others is not disturbed. */
SIMPLE(clock_sleep, struct timespec t = {0};
       return !CALL(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);)
SIMPLE(sleep, struct timespec t = {0}; return !CALL(nanosleep, &t, NULL);)
SIMPLE(clock, struct timespec t; return !CALL(clock_gettime, CLOCK_MONOTONIC, &t);)
SIMPLE(day, struct timeval t; return !CALL(gettimeofday, &t, NULL);)
SIMPLE(select, struct timeval t = {0}; return !CALL(select, 0, NULL, NULL, NULL, &t);)
SIMPLE(pselect, struct timespec t = {0}; return !CALL(pselect6, 0, NULL, NULL, NULL, &t, NULL);)
SIMPLE(ppoll, struct timespec t = {0}; return !CALL(ppoll, NULL, 0UL, &t, NULL, 8UL);)
SIMPLE(changed, uint32_t word = 1;
       return CALL(futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) < 0 && errno == EAGAIN;)
SIMPLE(getcwd, char b[4096]; return CALL(getcwd, b, sizeof(b)) > 0;)
/* Nothing is ever mapped at the address 0, and to unmap nothing is no error. */
SIMPLE(munmap, return !CALL(munmap, NULL, (size_t)PAGE);)
SIMPLE(kill, return !CALL(kill, c->pid, 0);)
SIMPLE(tgkill, return !CALL(tgkill, c->pid, c->tid, 0);)
/* A process is no child of its own; never of any child, which another thread waits for. */
SIMPLE(childless, return CALL(wait4, c->pid, NULL, WNOHANG, NULL) < 0 && errno == ECHILD;)
SIMPLE(prctl, char name[16]; return !CALL(prctl, PR_GET_NAME, name, 0UL, 0UL, 0UL);)
SIMPLE(prlimit, struct rlimit l; return !CALL(prlimit64, 0, RLIMIT_NOFILE, NULL, &l);)
SIMPLE(getrusage, struct rusage u; return !CALL(getrusage, RUSAGE_THREAD, &u);)
SIMPLE(times, struct tms t; return CALL(times, &t) != -1;)
SIMPLE(sysinfo, struct sysinfo i; return !CALL(sysinfo, &i);)
SIMPLE(uname, struct utsname u; return !CALL(uname, &u);)
SIMPLE(affinity, unsigned long m[128]; return CALL(sched_getaffinity, 0, sizeof(m), m) > 0;)
SIMPLE(altstack, stack_t old; return !CALL(sigaltstack, NULL, &old);)

/* ---- the table ---- */

const struct load_op load_self_ops[] = {
	ROW("mmap", "map a page and unmap it", NULL, mmap, N(mmap), N(munmap)),
	ROW("mmap-fixed", "map a page in the place of one", page_setup, remap, N(mmap)),
	ROW("mprotect", "set a page's protection to what it is", page_setup, mprotect, N(mprotect)),
	ROW("madvise", "give the usual advice for a page", page_setup, madvise, N(madvise)),
	ROW("brk", "ask for the end of the heap", NULL, brk, N(brk)),
	ROW("futex", "wake nobody", NULL, futex, N(futex)),
	ROW("getpid", "ask for the process id", NULL, getpid, N(getpid)),
	ROW("gettid", "ask for the thread id", NULL, gettid, N(gettid)),
	ROW("getuid", "ask for the user id", NULL, getuid, N(getuid)),
	ROW("getrandom", "ask for a random byte", NULL, getrandom, N(getrandom)),
	ROW("yield", "give way to another thread", NULL, yield, N(sched_yield)),
	ROW("sigmask", "ask for the signal mask", NULL, sigmask, N(rt_sigprocmask)),
	ROW("sigaction", "ask for a signal's action", NULL, sigaction, N(rt_sigaction)),
	ROW("getppid", "ask for the parent's id", NULL, getppid, N(getppid)),
	ROW("geteuid", "ask for the effective user id", NULL, geteuid, N(geteuid)),
	ROW("getgid", "ask for the group id", NULL, getgid, N(getgid)),
	ROW("getegid", "ask for the effective group id", NULL, getegid, N(getegid)),
	ROW("clock-sleep", "sleep until a moment that is past", NULL, clock_sleep,
	    N(clock_nanosleep)),
	ROW("sleep", "sleep for no time", NULL, sleep, N(nanosleep)),
	ROW("clock", "ask the kernel for the time", NULL, clock, N(clock_gettime)),
	ROW("time-of-day", "ask the kernel for the time of day", NULL, day, N(gettimeofday)),
	ROW("select", "select nothing, without waiting", NULL, select, N(select)),
	ROW("pselect", "the same with a signal mask", NULL, pselect, N(pselect6)),
	ROW("ppoll", "poll nothing with a signal mask, without waiting", NULL, ppoll, N(ppoll)),
	FAILS("futex-changed", "wait for a word that has changed already, which fails", NULL,
	      changed, N(futex)),
	ROW("getcwd", "ask for the working folder", NULL, getcwd, N(getcwd)),
	ROW("munmap", "unmap where nothing is", NULL, munmap, N(munmap)),
	ROW("kill", "send no signal to oneself", id_setup, kill, N(kill)),
	ROW("tgkill", "send no signal to one's own thread", id_setup, tgkill, N(tgkill)),
	FAILS("wait-none", "wait for what is no child, which fails", id_setup, childless, N(wait4)),
	ROW("prctl", "ask for the thread's name", NULL, prctl, N(prctl)),
	ROW("prlimit", "ask for a limit", NULL, prlimit, N(prlimit64)),
	ROW("getrusage", "ask for the thread's usage", NULL, getrusage, N(getrusage)),
	ROW("times", "ask for the process times", NULL, times, N(times)),
	ROW("sysinfo", "ask for the host's memory and load", NULL, sysinfo, N(sysinfo)),
	ROW("uname", "ask for the kernel's name", NULL, uname, N(uname)),
	ROW("affinity", "ask on which CPUs to run", NULL, affinity, N(sched_getaffinity)),
	ROW("sigaltstack", "ask for the signal stack", NULL, altstack, N(sigaltstack)),
};
const size_t load_n_self_ops = ARRAY_SIZE(load_self_ops);

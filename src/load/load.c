/* SPDX-License-Identifier: Apache-2.0 */
#include "load/load.h"

#include "base/fs.h"
#include "base/mem.h"
#include "load/report.h"
#include "load/tempdir.h"
#include "load/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HELPER "falcotune-true"
/* How long an operation in progress may take to finish after the end. */
#define FINISH_NS 10000000000
#define NUDGE_NS  10000000

struct run {
	const struct load_profile *profile;
	const struct load_options *opt;
	struct load_tempdir dir;
	char *helper;
	struct load_gate gate;
	struct load_crew *crews;
	struct load_program *programs;
	unsigned threads;   /* started */
	unsigned n_program; /* exec workers */
	sigset_t signals;   /* that end the load, and SIGUSR1 */
	struct load_report report;
	struct load_state state;
	int64_t end; /* monotonic; PACE_FOREVER: until stopped */
	int signal;  /* that ended it */
	char reason[16];
	bool lost; /* threads that never finished are still about */
};

/* ---- signals ---- */

static void nothing(int sig)
{
	(void)sig;
}

static void take_signals(struct run *r)
{
	static const int stop[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1};
	struct sigaction sa = {.sa_handler = nothing, .sa_flags = SA_RESTART};
	sigset_t blocked;

	sigemptyset(&r->signals);
	for (size_t i = 0; i < ARRAY_SIZE(stop); i++)
		sigaddset(&r->signals, stop[i]);
	blocked = r->signals;
	/* Else the ends of spawned processes would wake threads at random. */
	sigaddset(&blocked, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	sigaction(LOAD_NUDGE_SIGNAL, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	/* Ignored by whoever started this program, children would vanish before waitpid. */
	sa.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &sa, NULL);
}

/* Wait for a signal until `until`; 0 when none came. A signal that ends the load is kept. */
static int wait_signal(struct run *r, int64_t until)
{
	int64_t left = until - load_now();
	struct timespec ts = {0};
	int sig;

	if (left > 0)
		ts = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
	sig = sigtimedwait(&r->signals, NULL, &ts);
	r->report.waits++;
	if (sig <= 0)
		return 0;
	if (sig != SIGUSR1 && !r->signal)
		r->signal = sig;
	return sig;
}

/* ---- set-up ---- */

static int find_helper(struct run *r, struct error *err)
{
	for (size_t i = 0; i < r->profile->n; i++) {
		const struct load_op *op = r->profile->workers[i].op;

		if (!op || !op->needs_helper || r->helper)
			continue;
		r->helper = fs_sibling(HELPER);
		if (!r->helper)
			return error_env(err,
					 "%s, the program that %s runs, was not found beside "
					 "falcotune-load or in PATH",
					 HELPER, op->name);
	}
	return 0;
}

static int set_up(struct run *r, struct error *err)
{
	const struct load_profile *p = r->profile;
	struct load_env env;

	if (find_helper(r, err))
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		if (p->workers[i].op)
			continue;
		if (load_program_init(&r->programs[i], &p->workers[i], err))
			return -1;
		r->n_program++;
	}
	if (load_tempdir_make(&r->dir, err))
		return -1;
	env = (struct load_env){
		.dir = r->dir.path,
		.helper = r->helper,
		.marker = r->opt->marker ? r->opt->marker : "falcotune-canary",
	};
	for (size_t i = 0; i < p->n; i++)
		if (load_crew_start(&r->crews[i], &r->gate, &p->workers[i], (unsigned)i,
				    (uint64_t)r->opt->seed, &env, &r->threads, err))
			return -1;
	return load_gate_wait_ready(&r->gate, r->threads, err);
}

/* With --wait-start: until SIGUSR1. Whoever started this program and died cannot send it. */
static int wait_start(struct run *r, struct error *err)
{
	pid_t parent = getppid();

	while (!r->signal) {
		if (wait_signal(r, load_now() + 1000000000) == SIGUSR1)
			return 0;
		if (getppid() != parent)
			return error_env(err, "the starting process ended before it sent SIGUSR1");
	}
	return 0;
}

/* ---- running ---- */

static int begin(struct run *r, struct error *err)
{
	int64_t now = load_now();

	r->state.start = now;
	r->end = r->opt->duration_ns ? now + r->opt->duration_ns : PACE_FOREVER;
	r->gate.start = now;
	r->gate.end = r->end;
	for (size_t i = 0; i < r->profile->n; i++) {
		struct load_program *g = &r->programs[i];

		if (!g->worker)
			continue;
		g->begin = now + g->worker->after_ns;
		g->end = g->worker->duration_ns < 0 ? PACE_FOREVER
						    : g->begin + g->worker->duration_ns;
	}
	/* The record before the first operation, so that all of them follow it. */
	if (load_report_start(&r->report, err))
		return -1;
	load_gate_open(&r->gate, PHASE_GO);
	return 0;
}

/* Start and stop programs whose time has come; *next is lowered to the next such time. */
static int tend_programs(struct run *r, int64_t *next, struct error *err)
{
	int64_t now = load_now();

	for (size_t i = 0; i < r->profile->n; i++) {
		struct load_program *g = &r->programs[i];

		if (!g->worker)
			continue;
		if (g->state == PROGRAM_WAITING && g->begin <= now && g->begin < r->end &&
		    load_program_start(g, err))
			return -1;
		load_program_poll(g);
		if (g->end <= now && g->state != PROGRAM_STOPPED) {
			load_program_ask(g);
			load_program_stop(g, now + PROGRAM_STOP_NS);
		}
		if (g->state == PROGRAM_WAITING && g->begin < *next)
			*next = g->begin;
		if (g->state == PROGRAM_RUNNING && g->end < *next)
			*next = g->end;
	}
	return 0;
}

/* Without an end of its own, a load whose workers have all finished is over. */
static bool all_finished(struct run *r)
{
	if (r->end != PACE_FOREVER || load_gate_finished(&r->gate) < r->threads)
		return false;
	for (size_t i = 0; i < r->profile->n; i++)
		if (r->programs[i].worker && (r->programs[i].state == PROGRAM_RUNNING ||
					      r->programs[i].state == PROGRAM_WAITING))
			return false;
	return true;
}

/* Until the end, a signal or an error. */
static int watch(struct run *r, struct error *err)
{
	int64_t interval = r->opt->interval_ns, tick = r->state.start + interval;

	for (;;) {
		int64_t now, next = r->end;

		if (tend_programs(r, &next, err))
			return -1;
		now = load_now();
		if (r->signal || now >= r->end || all_finished(r))
			return 0;
		if (interval && now >= tick) {
			if (load_report_tick(&r->report, &r->state, err))
				return -1;
			/* A tick that was missed is left out, the others keep their place. */
			tick += ((now - tick) / interval + 1) * interval;
		}
		if (interval && tick < next)
			next = tick;
		if (r->end == PACE_FOREVER && next > now + 1000000000)
			next = now + 1000000000; /* to notice that all have finished */
		wait_signal(r, next);
	}
}

/* Let the threads come to their end: by themselves at the load's end, or told to stop. */
static int finish(struct run *r, struct error *err)
{
	int64_t now = load_now(), limit = now + FINISH_NS, grace = r->end;

	if (r->signal || grace == PACE_FOREVER || now < grace)
		grace = now; /* before its time: stop at once */
	else
		grace += PACE_GRACE_NS;
	while (load_gate_finished(&r->gate) < r->threads) {
		now = load_now();
		if (now > limit) {
			r->lost = true;
			return error_internal(err, "an operation has not come back for %d s",
					      (int)(FINISH_NS / 1000000000));
		}
		if (now >= grace) {
			atomic_store(&r->gate.stop, true);
			for (size_t i = 0; i < r->profile->n; i++)
				load_crew_nudge(&r->crews[i]);
		}
		wait_signal(r, now + (now < grace ? PACE_GRACE_NS / 10 : NUDGE_NS / 10));
	}
	r->state.stop = load_now();
	return 0;
}

static void stop_programs(struct run *r)
{
	int64_t deadline = load_now() + PROGRAM_STOP_NS;

	for (size_t i = 0; i < r->profile->n; i++)
		if (r->programs[i].worker) {
			load_program_poll(&r->programs[i]);
			load_program_ask(&r->programs[i]);
		}
	for (size_t i = 0; i < r->profile->n; i++)
		if (r->programs[i].worker)
			load_program_stop(&r->programs[i], deadline);
}

static void set_reason(struct run *r)
{
	if (r->signal)
		snprintf(r->reason, sizeof(r->reason), "SIG%s", sigabbrev_np(r->signal));
	else
		strcpy(r->reason, "duration");
	r->state.reason = r->reason;
}

static int run(struct run *r, struct error *err)
{
	int rc;

	if (set_up(r, err))
		return -1;
	r->state.dir = r->dir.path;
	if (load_report_ready(&r->report, &r->state, err))
		return -1;
	if (r->opt->wait_start && wait_start(r, err))
		return -1;
	if (!r->signal)
		wait_signal(r, 0); /* one that came during the set-up */
	if (r->signal) {
		/* Nothing was started: the end record says so. */
		r->state.start = r->state.stop = load_now();
		set_reason(r);
		return load_report_end(&r->report, &r->state, err);
	}
	if (begin(r, err))
		return -1;
	rc = watch(r, err);
	if (rc)
		finish(r, NULL);
	else
		rc = finish(r, err);
	set_reason(r);
	stop_programs(r);
	return rc ? rc : load_report_end(&r->report, &r->state, err);
}

static void release(struct run *r)
{
	stop_programs(r);
	load_tempdir_release(&r->dir);
	if (!r->lost) {
		load_gate_open(&r->gate, PHASE_EXIT);
		for (size_t i = 0; i < r->profile->n; i++)
			load_crew_join(&r->crews[i]);
		load_gate_release(&r->gate);
		free(r->crews);
		free(r->helper);
	}
	for (size_t i = 0; i < r->profile->n; i++)
		load_program_release(&r->programs[i]);
	free(r->programs);
}

int load_run(const struct load_profile *p, const struct load_options *opt, int *signal,
	     struct error *err)
{
	/* On the heap: threads that are lost (see finish) still look at the gate. */
	struct run *r = xcalloc(1, sizeof(*r));
	bool lost;
	int rc;

	r->profile = p;
	r->opt = opt;
	r->dir = (struct load_tempdir)LOAD_TEMPDIR_INIT;
	r->crews = xcalloc(p->n, sizeof(*r->crews));
	r->programs = xcalloc(p->n, sizeof(*r->programs));
	r->report.fd = opt->report_fd;
	r->state = (struct load_state){
		.profile = p,
		.crews = r->crews,
		.programs = r->programs,
		.duration_ns = opt->duration_ns,
		.seed = opt->seed,
		.scale = opt->scale,
	};
	load_gate_init(&r->gate);
	take_signals(r);
	rc = run(r, err);
	*signal = r->signal;
	release(r);
	lost = r->lost;
	if (!lost)
		free(r);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capture core without rules: collects the given syscalls, keeps the process state, counts, and
 * on SIGINT or SIGTERM prints what it saw as one JSON object. It prints "ready" on stdout when
 * events flow, so that scripts need not guess.
 */
#include "base/opts.h"
#include "base/units.h"
#include "probe/capture.h"
#include "probe/consumer.h"
#include "probe/state.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

struct bench {
	const char *only;  /* look at threads of this name alone, NULL: at all */
	const char *under; /* and at those of executables whose path begins so; NULL: at all */
	bool print;
	uint64_t n_by_nr[PROBE_SYSCALLS];
	uint64_t n_connects;  /* of all threads, whatever `only` says */
	uint64_t n_backwards; /* events older than the one before */
	uint64_t last;
};

static void print_event(const struct state_view *v)
{
	const struct state_thread *t = v->thread;

	printf("%u %u nr=%u res=%lld %s exe=%s cmd=%s fd=%d %c %s\n", v->ev->tid, v->ev->pid,
	       v->ev->nr, (long long)v->ev->res, t ? t->comm : "-", t ? state_exepath(t) : "-",
	       t ? state_cmdline(t) : "-", v->fd_num, v->fd ? v->fd->typechar : '-',
	       v->fd ? state_fd_name(v->fd) : "-");
}

static bool wanted(const struct bench *b, const struct state_thread *t)
{
	if (b->only && (!t || strcmp(t->comm, b->only) != 0))
		return false;
	return !b->under || (t && strncmp(state_exepath(t), b->under, strlen(b->under)) == 0);
}

static void on_event(void *ctx, const struct state_view *view)
{
	struct bench *b = ctx;

	b->n_backwards += view->ev->ts < b->last;
	b->last = view->ev->ts;
	b->n_connects += view->ev->nr == 42; /* x86_64 */
	if (!wanted(b, view->thread))
		return;
	b->n_by_nr[view->ev->nr]++;
	if (b->print)
		print_event(view);
}

static int parse_set(const char *text, struct bitset *set, struct error *err)
{
	char *end;

	while (*text) {
		unsigned long nr = strtoul(text, &end, 10);

		if (end == text || nr >= PROBE_NR_PROCEXIT)
			return error_input(
				err, "--set: expected syscall numbers with commas, not '%s'", text);
		bitset_add(set, nr);
		text = *end == ',' ? end + 1 : end;
	}
	return 0;
}

static void report(const struct capture *c, const struct state *st, const struct bench *b,
		   const struct consumer_stats *seen)
{
	const struct state_stats *s = state_stats(st);
	struct capture_stats k;

	capture_stats(c, &k);
	printf("{\"n_evts\": %" PRIu64 ", \"n_drops\": %" PRIu64 ", \"n_seen\": %" PRIu64
	       ", \"n_connects\": %" PRIu64 ", \"n_forks\": %" PRIu64 ", \"n_sleeps\": %" PRIu64
	       ", \"n_backwards\": %" PRIu64,
	       k.n_evts, k.n_drops, seen->n_seen, b->n_connects, k.n_forks, seen->n_sleeps,
	       b->n_backwards);
	printf(", \"buffers\": %u, \"buffer_bytes\": %" PRIu64, capture_n_buffers(c),
	       capture_buffer_bytes(c));
	printf(", \"n_threads\": %" PRIu64 ", \"n_fds\": %" PRIu64
	       ", \"n_failed_thread_lookups\": %" PRIu64 ", \"n_drops_full_threadtable\": %" PRIu64,
	       s->n_threads, s->n_fds, s->n_failed_thread_lookups, s->n_drops_full_threadtable);
	printf(", \"drops\": [");
	for (int i = 0; i < PROBE_CAT_MAX; i++)
		printf("%s%" PRIu64, i ? ", " : "", k.n_by_category[i]);
	printf("], \"seen\": {");
	for (int i = 0, n = 0; i < PROBE_SYSCALLS; i++)
		if (b->n_by_nr[i])
			printf("%s\"%d\": %" PRIu64, n++ ? ", " : "", i, b->n_by_nr[i]);
	printf("}, \"programs\": {");
	for (unsigned i = 0;; i++) {
		struct capture_prog_stats p;

		if (!capture_prog_stats(c, i, &p))
			break;
		printf("%s\"%s\": [%" PRIu64 ", %" PRIu64 "]", i ? ", " : "", p.name, p.run_cnt,
		       p.run_time_ns);
	}
	printf("}}\n");
	fflush(stdout);
}

struct args {
	const char *set, *only, *under;
	int64_t preset, cpus, threads, spin;
	bool no_state, print;
};

static int run(const struct args *a, struct error *err)
{
	struct capture_opts opts = {.procexit = true,
				    .buffer_bytes = capture_preset_bytes((unsigned)a->preset),
				    .cpus_for_each_buffer = (unsigned)a->cpus};
	struct state_opts state_opts = {.max_threads = (size_t)a->threads,
					.track_fds = !a->no_state};
	struct bench b = {.print = a->print, .only = a->only, .under = a->under};
	struct consumer_opts consumer = {.on_event = on_event,
					 .ctx = &b,
					 .ns_per_event = (uint64_t)a->spin,
					 .stop = &stop,
					 .drain = true};
	struct consumer_stats seen = {0};
	struct capture *c = NULL;
	struct state *st = NULL;
	int rc = -1;

	if (parse_set(a->set, &opts.syscalls, err) < 0 || capture_open(&c, &opts, err) < 0)
		return -1;
	if (state_open(&st, &state_opts, err) == 0 && state_scan_proc(st, err) == 0 &&
	    capture_start(c, err) == 0) {
		puts("ready");
		fflush(stdout);
		rc = consumer_run(c, a->no_state ? NULL : st, &consumer, &seen, err);
		report(c, st, &b, &seen);
	}
	state_close(st);
	capture_close(c);
	return rc;
}

int main(int argc, char **argv)
{
	struct args a = {.set = "2,3,257,437,56,57,58,59,322,435", .preset = 4, .cpus = 2};
	const struct opt opts[] = {
		{.long_name = "set",
		 .type = OPT_STR,
		 .dest = &a.set,
		 .arg = "NRS",
		 .help = "syscall numbers to collect (Test 5 when not given)"},
		{.long_name = "preset",
		 .type = OPT_INT,
		 .dest = &a.preset,
		 .arg = "N",
		 .help = "buf_size_preset",
		 .min = 1,
		 .max = 10},
		{.long_name = "cpus",
		 .type = OPT_INT,
		 .dest = &a.cpus,
		 .arg = "N",
		 .help = "cpus_for_each_buffer",
		 .max = 4096},
		{.long_name = "threads",
		 .type = OPT_INT,
		 .dest = &a.threads,
		 .arg = "N",
		 .help = "thread_table_size",
		 .max = 4194304},
		{.long_name = "spin",
		 .type = OPT_INT,
		 .dest = &a.spin,
		 .arg = "NS",
		 .help = "consumer_ns_per_event",
		 .max = 1000000000},
		{.long_name = "no-state",
		 .type = OPT_FLAG,
		 .dest = &a.no_state,
		 .help = "do not keep the process state"},
		{.long_name = "under",
		 .type = OPT_STR,
		 .dest = &a.under,
		 .arg = "PATH",
		 .help = "look at threads of executables whose path begins so alone"},
		{.long_name = "only",
		 .type = OPT_STR,
		 .dest = &a.only,
		 .arg = "COMM",
		 .help = "count (and print) by syscall the threads of that name alone"},
		{.long_name = "print",
		 .type = OPT_FLAG,
		 .dest = &a.print,
		 .help = "print every event"},
		{0},
	};
	const struct opts_usage usage = {
		.program = "bench-capture",
		.operands = "",
		.summary = "Runs the capture core alone until SIGINT.",
		.examples =
			"  bench-capture --set 39 --preset 1  # getppid only, buffers of 1 MiB\n",
	};
	struct sigaction sa = {.sa_handler = on_signal};
	struct error err = ERROR_INIT;

	switch (opts_parse(argc, argv, opts, &usage, NULL, &err)) {
	case 1:
		return 0;
	case 0:
		sigaction(SIGINT, &sa, NULL);
		sigaction(SIGTERM, &sa, NULL);
		if (run(&a, &err) == 0)
			return 0;
	}
	fprintf(stderr, "bench-capture: error: %s\n", err.msg);
	return error_exit_code(&err);
}

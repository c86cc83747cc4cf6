/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune-load: the load of a run, as a program of its own, so that its system calls are nobody
 * else's.
 */
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "load/load.h"
#include "load/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

struct arguments {
	const char *profile, *replay, *scale_text, *report;
	int64_t canary_rate;
	struct load_options run;
	bool duration_given, list, operations, check, version;
};

static int parse(int argc, char **argv, struct arguments *a, struct error *err)
{
	const struct opt opts[] = {
		{.short_name = 'p',
		 .long_name = "profile",
		 .type = OPT_STR,
		 .dest = &a->profile,
		 .arg = "FILE|PROFILE",
		 .help = "load profile (default quick); see --list"},
		{.long_name = "replay",
		 .type = OPT_STR,
		 .dest = &a->replay,
		 .arg = "FILE",
		 .help = "instead of a profile: the mix of a host.json of falcotune survey",
		 .given = NULL},
		{.short_name = 'd',
		 .long_name = "duration",
		 .type = OPT_DURATION,
		 .dest = &a->run.duration_ns,
		 .arg = "TIME",
		 .help = "instead of the profile's; 0 = until a signal",
		 .given = &a->duration_given},
		{.long_name = "scale",
		 .type = OPT_STR,
		 .dest = &a->scale_text,
		 .arg = "X",
		 .help = "multiply every rate by X"},
		{.long_name = "canary",
		 .type = OPT_STR,
		 .dest = &a->run.marker,
		 .arg = "MARKER",
		 .help = "also start tiny programs with MARKER-N as argument, for alerts to count"},
		{.long_name = "canary-rate",
		 .type = OPT_INT,
		 .dest = &a->canary_rate,
		 .arg = "N",
		 .help = "of these a second, whatever the scale (default 20)",
		 .min = 1,
		 .max = 10000},
		{.long_name = "seed",
		 .type = OPT_INT,
		 .dest = &a->run.seed,
		 .arg = "N",
		 .help = "shifts the workers' schedules against each other (default 1)",
		 .min = 0,
		 .max = INT64_MAX},
		{.short_name = 'o',
		 .long_name = "report",
		 .type = OPT_STR,
		 .dest = &a->report,
		 .arg = "FILE",
		 .help = "JSON lines go there (default -, standard output)"},
		{.long_name = "interval",
		 .type = OPT_DURATION,
		 .dest = &a->run.interval_ns,
		 .arg = "TIME",
		 .help = "between tick records (default 1s); 0 = none"},
		{.long_name = "wait-start",
		 .type = OPT_FLAG,
		 .dest = &a->run.wait_start,
		 .help = "after the ready record, wait for SIGUSR1"},
		{.long_name = "list",
		 .type = OPT_FLAG,
		 .dest = &a->list,
		 .help = "list the stock profiles and exit"},
		{.long_name = "operations",
		 .type = OPT_FLAG,
		 .dest = &a->operations,
		 .help = "list the operations with the system calls of each and exit"},
		{.long_name = "check",
		 .type = OPT_FLAG,
		 .dest = &a->check,
		 .help = "read the profile, say what it asks for and exit"},
		{.long_name = "version",
		 .type = OPT_FLAG,
		 .dest = &a->version,
		 .help = "show the version and exit"},
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune-load",
		.operands = "",
		.summary = "Makes a known number of system calls at known times, and reports what "
			   "was sent\nas JSON lines. SIGINT or SIGTERM ends it at once, with its "
			   "end record.\n\nExit codes: 0 fine; 2 bad usage or profile; 3 the "
			   "environment cannot do it; 128+N\nended by signal N.",
		.examples = "  falcotune-load --profile mixed --duration 30s\n"
			    "  falcotune-load --profile ./mine.yaml --check\n"
			    "  falcotune-load --replay host.json --scale 0.5\n",
	};

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

static int validate(struct arguments *a, struct error *err)
{
	if (a->scale_text && (!units_number(a->scale_text, &a->run.scale) ||
			      !(a->run.scale >= 1e-6 && a->run.scale <= 1e6)))
		return error_input(err,
				   "option --scale: '%s' is not a number from 0.000001 to 1000000",
				   a->scale_text);
	if (a->run.marker && (!*a->run.marker || strlen(a->run.marker) > 64))
		return error_input(err, "option --canary: expected a marker of 1 to 64 characters");
	if (a->replay && a->profile)
		return error_input(err, "option --replay cannot be combined with --profile");
	if (a->run.duration_ns > LOAD_TIME_MAX_NS || a->run.interval_ns > LOAD_TIME_MAX_NS)
		return error_input(err, "option %s is longer than 10000h",
				   a->run.duration_ns > LOAD_TIME_MAX_NS ? "--duration"
									 : "--interval");
	if (a->run.interval_ns && a->run.interval_ns < 10000000)
		return error_input(err, "option --interval is shorter than 10ms");
	return 0;
}

static int list(struct error *err)
{
	struct strvec ids cleanup_strvec = STRVEC_INIT;

	if (load_profile_stock(&ids, err))
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		struct load_profile p cleanup_load_profile = {0};

		if (load_profile_read(ids.v[i], &p, err))
			return -1;
		printf("%-12s %s\n", p.id, p.title);
	}
	return 0;
}

static void operations(void)
{
	const struct load_op *op;

	for (size_t i = 0; (op = load_op_at(i)); i++) {
		struct load_truth rows[LOAD_TRUTH_MAX + 1];
		const char *sep = "";

		load_op_truth(op, rows);
		printf("%-13s %s (", op->name, op->help);
		for (const struct load_truth *t = rows; t->syscall; t++) {
			if (!t->per_op)
				continue;
			printf("%s%s", sep, t->syscall);
			if (t->per_op > 1)
				printf(" x %u", t->per_op);
			sep = ", ";
		}
		puts(")");
	}
}

static void print_worker(const struct load_worker *w)
{
	char rate[UNITS_BUF] = "max";

	if (!w->op) {
		printf("  %-12s exec     ", w->name);
		for (size_t i = 0; i < w->argv.n; i++)
			printf(" %s", w->argv.v[i]);
		putchar('\n');
		return;
	}
	if (w->arrival.kind)
		units_fmt_rate(rate, w->arrival.rate);
	printf("  %-12s %-10s %s/s on %u thread%s", w->name, w->op->name, rate, w->threads,
	       w->threads == 1 ? "" : "s");
	if (w->arrival.kind && w->arrival.kind != load_arrivals)
		printf(", %s", w->arrival.kind->name);
	putchar('\n');
}

static void print_calls(const struct load_predicted *c)
{
	printf("  %-16s %s", c->syscall, UNITS_RATE(c->per_s));
	if (c->peak_per_s > c->per_s * 1.001)
		printf(" on average, %s at most", UNITS_RATE(c->peak_per_s));
	puts(c->unbounded ? " and more, as fast as it goes" : "");
}

/* Which part of the host's mix is not in the load. */
static void print_replay(const struct load_replay *r)
{
	printf("of the %s/s asked for, %s cannot be reproduced; %s comes in addition:\n",
	       UNITS_RATE(r->asked), UNITS_SHARE(r->missing), UNITS_SHARE(r->extra));
	for (size_t i = 0; i < r->n_calls; i++) {
		const struct replay_call *c = &r->calls[i];

		if (fabs(c->asked - c->made) > 0.0005 * r->asked)
			printf("  %-16s %s asked, %s made\n", c->syscall, UNITS_RATE(c->asked),
			       UNITS_RATE(c->made));
	}
	if (r->paced_sleeps > 0)
		printf("%s/s of clock_nanosleep are the sleeps between its operations\n",
		       UNITS_RATE(r->paced_sleeps));
}

static void check(const struct load_profile *p, int64_t duration_ns)
{
	struct load_prediction calls cleanup_load_prediction = {0};
	char text[UNITS_BUF];

	printf("%s: %s (%s)\n", p->id, p->title,
	       duration_ns ? units_fmt_duration(text, (double)duration_ns) : "until a signal");
	for (size_t i = 0; i < p->n; i++)
		print_worker(&p->workers[i]);
	if (duration_ns)
		load_predict_window(p, 0, duration_ns, &calls);
	else
		load_predict(p, &calls);
	printf("exit events a second that it asks for:\n");
	for (size_t i = 0; i < calls.n; i++)
		print_calls(&calls.calls[i]);
	if (calls.unknown)
		printf("  and those of the programs that it runs\n");
	if (p->replay)
		print_replay(p->replay);
}

static int run(struct arguments *a, const struct load_profile *p, int *signal, struct error *err)
{
	int fd cleanup_close = -1;

	a->run.report_fd = STDOUT_FILENO;
	if (strcmp(a->report, "-") != 0) {
		fd = open(a->report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0)
			return error_sys(err, ERROR_INPUT, errno, "%s: cannot be written",
					 a->report);
		a->run.report_fd = fd;
	}
	return load_run(p, &a->run, signal, err);
}

/* Does what was asked; 0 or -1. *signal is the signal that ended the load. */
static int act(struct arguments *a, int *signal, struct error *err)
{
	struct load_profile p cleanup_load_profile = {0};

	if (a->version) {
		puts("falcotune-load " FALCOTUNE_VERSION);
		return 0;
	}
	if (a->operations) {
		operations();
		return 0;
	}
	if (a->list)
		return list(err);
	if (a->replay ? load_profile_replay(a->replay, a->run.scale, &p, err)
		      : load_profile_read(a->profile ? a->profile : "quick", &p, err))
		return -1;
	if (!a->replay)
		load_profile_scale(&p, a->run.scale);
	if (a->run.marker)
		load_profile_add_canary(&p, (double)a->canary_rate);
	if (!a->duration_given)
		a->run.duration_ns = p.duration_ns;
	if (a->check) {
		check(&p, a->run.duration_ns);
		return 0;
	}
	return run(a, &p, signal, err);
}

int main(int argc, char **argv)
{
	struct log log = log_stderr("falcotune-load");
	struct arguments a = {
		.report = "-",
		.canary_rate = 20,
		.run = {.scale = 1, .seed = 1, .interval_ns = 1000000000},
	};
	struct error err = ERROR_INIT;
	int signal = 0, rc = parse(argc, argv, &a, &err);

	if (rc > 0)
		return EXIT_FINE;
	if (rc < 0 || validate(&a, &err) || act(&a, &signal, &err)) {
		log_print(&log, LOG_ERROR, "%s", err.msg);
		return error_exit_code(&err);
	}
	if (fflush(stdout) || ferror(stdout)) {
		log_print(&log, LOG_ERROR, "standard output cannot be written");
		return EXIT_ENV;
	}
	return signal ? 128 + signal : EXIT_FINE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune-survey: counts this host's system calls in the kernel for a while, and prints two lines
 * of JSON on standard output: {"ready": true} when counting has begun, and the host profile
 * (survey/host.h). An executable of its own, so that falcotune needs no libbpf.
 */
#include "base/log.h"
#include "base/opts.h"
#include "survey/live/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_NS (86400 * INT64_C(1000000000))

static volatile sig_atomic_t stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
}

static void catch_signals(void)
{
	static const int sigs[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on_signal};

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		sigaction(sigs[i], &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static int parse(int argc, char **argv, struct survey_opts *s, bool *version, struct error *err)
{
	const struct opt opts[] = {
		{.short_name = 'd',
		 .long_name = "duration",
		 .type = OPT_DURATION,
		 .dest = &s->duration_ns,
		 .arg = "TIME",
		 .help = "how long to count, 100ms to 168h (default 10s)"},
		{.long_name = "process",
		 .type = OPT_FLAG,
		 .dest = &s->by_process,
		 .help = "count by process too"},
		{.long_name = "cgroup",
		 .type = OPT_FLAG,
		 .dest = &s->by_cgroup,
		 .help = "count by control group too"},
		{.long_name = "path",
		 .type = OPT_FLAG,
		 .dest = &s->by_path,
		 .help = "count open-like calls by leading path too"},
		{.long_name = "version",
		 .type = OPT_FLAG,
		 .dest = version,
		 .help = "show the version and exit"},
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune-survey",
		.man_section = 8,
		.operands = "",
		.summary =
			"Counts system calls in the kernel and prints the host's profile as a line "
			"of JSON.\nFor falcotune survey; signals end it early, with what was "
			"counted.\n\nExit codes: 0 fine, SIGINT too; 2 bad usage; 3 nothing can be "
			"counted here; 128+N ended\nby another signal N.",
		.examples = "  falcotune-survey --duration 5s | tail -1 > host.json\n",
	};
	int rc = opts_parse(argc, argv, opts, &usage, NULL, err);

	if (!rc && (s->duration_ns < 100000000 || s->duration_ns > 7 * DAY_NS))
		return error_input(err, "option --duration: expected 100ms to 168h");
	return rc;
}

static void say_ready(void *arg)
{
	(void)arg;
	puts("{\"ready\": true}");
	fflush(stdout);
}

static int act(struct survey_opts *s, struct error *err)
{
	struct host_profile p cleanup_host_profile;
	json_t *doc;
	int rc;

	host_profile_init(&p);
	if (survey_run(s, &p, err))
		return -1;
	doc = host_profile_to_json(&p);
	rc = json_dumpf(doc, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(doc);
	putchar('\n');
	if (rc || fflush(stdout) || ferror(stdout))
		return error_env(err, "standard output cannot be written");
	return 0;
}

int main(int argc, char **argv)
{
	struct log log = log_stderr("falcotune-survey");
	struct survey_opts s = {
		.duration_ns = 10000000000, .ready = say_ready, .stop = &stop_signal};
	struct error err = ERROR_INIT;
	bool version = false;
	int rc = parse(argc, argv, &s, &version, &err);

	if (rc > 0)
		return EXIT_FINE;
	if (!rc && version) {
		puts("falcotune-survey " FALCOTUNE_VERSION);
		return EXIT_FINE;
	}
	catch_signals();
	if (rc < 0 || act(&s, &err)) {
		log_print(&log, LOG_ERROR, "%s", err.msg);
		return error_exit_code(&err);
	}
	return stop_signal && stop_signal != SIGINT ? 128 + stop_signal : EXIT_FINE;
}

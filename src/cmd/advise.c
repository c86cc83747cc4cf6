/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune advise: what to change, from the results of a run, from a Falco's own metrics, or from
 * a host profile.
 */
#include "cmd/advise.h"

#include "advise/settings.h"
#include "base/opts.h"
#include "engine/process.h"
#include "load/profile.h"
#include "report/advice.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define OBSERVE_NS (30 * NS_PER_S)

static const char *const formats[] = {"text", "json", "md", NULL};
static const enum out_format format_of[] = {FORMAT_TEXT, FORMAT_JSON, FORMAT_MD};

static int parse(int argc, char **argv, struct advise_args *a, struct error *err)
{
	bool duration_given = false;
	const struct opt opts[] = {
		{0, "from", OPT_STR, &a->from, .arg = "FILE",
		 .help = "a Falco's own metrics file (metrics.output_file) or whatever else "
			 "falcotune import reads, or a host.json of falcotune survey; its content "
			 "tells which"},
		{0, "observe", OPT_STR, &a->observe, .arg = "PID|URL",
		 .help = "a running Falco: its process (its falco.yaml, metrics file and /proc are "
			 "read, nothing of it is touched), or http://HOST:PORT of its webserver "
			 "(Prometheus metrics; no https)"},
		{'d', "duration", OPT_DURATION, &a->duration_ns, .arg = "TIME",
		 .help = "with --observe: how long (default 30s)", .given = &duration_given},
		{'c', "config", OPT_STR, &a->config, .arg = "FILE",
		 .help = "the falco.yaml that the advice is for: its buffers, and whole blocks to "
			 "paste (default: the values that Falco ships)"},
		{'r', "rules", OPT_STRS, &a->rules, .arg = "FILE|DIR",
		 .help = "rules that the advice is for, in place of rules_files; may be repeated"},
		{'o', "option", OPT_STRS, &a->sets, .arg = "KEY=VALUE",
		 .help = "setting on top of falco.yaml, as Falco's -o; may be repeated"},
		{0, "falco", OPT_STR, &a->falco, .arg = "VERSION",
		 .help = "Falco release of the prediction from a host.json, 0.38.2 to 0.44.1 "
			 "(default: 0.44.1)"},
		{0, "engine", OPT_STR, &a->engine, .arg = "PATH|auto|embedded",
		 .help = "engine that verifies each change (default: that of the results, else "
			 "falco "
			 "in PATH, else the embedded one)"},
		{0, "load", OPT_STR, &a->load_given, .arg = "PROFILE",
		 .help = "load profile of the live runs that verify, an id or a file (default: "
			 "that "
			 "of the results; of a host.json its mix, replayed; of metrics there is "
			 "none)"},
		{0, "no-verify", OPT_FLAG, &a->no_verify, .help = "verify by dry runs only"},
		{0, "format", OPT_CHOICE, &a->format, .arg = "FORMAT", .help = "output",
		 .choices = formats},
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune advise",
		.operands = "RESULTS | --from FILE | --observe PID|URL",
		.summary =
			"Says what to change, the largest expected gain first, with evidence "
			"and the exact change,\n"
			"from the results of falcotune run (a folder or its results.json), from "
			"the metrics file of\n"
			"a Falco, or, before any run, from the host.json of falcotune survey. "
			"Changes are given as\n"
			"-o options, Helm values and, with -c, as a file of config.d that was "
			"read back. Each is\n"
			"verified by a dry run of the engine, and where a load is known by a live "
			"run of 2 s on\n"
			"this host; the report says what that showed.\n"
			"\n"
			"Exit codes: 0 advice given, or nothing to change; 1 a verification "
			"failed: the engine\n"
			"refuses a change, traces another set than predicted, ends, or drops more "
			"than the limit\n"
			"of the results; 2 a file that cannot be read; 3 nothing can be observed.",
		.examples = "  falcotune advise results/20260101-120000\n"
			    "  falcotune advise --from /var/log/falco/metrics.jsonl -c "
			    "/etc/falco/falco.yaml\n"
			    "  falcotune advise --from host.json -c /etc/falco/falco.yaml -r "
			    "my_rules.yaml\n"
			    "  falcotune advise --observe $(pidof falco) --duration 60s --load "
			    "mixed\n"
			    "  falcotune advise --observe http://127.0.0.1:8765\n"
			    "  falcotune advise results/20260101-120000 --format md\n",
	};
	int first, rc;

	a->duration_ns = OBSERVE_NS;
	rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (rc)
		return rc;
	if (argc - first > 1)
		return error_input(err, "unexpected operand '%s'", argv[first + 1]);
	a->results = first < argc ? argv[first] : NULL;
	if (!!a->results + !!a->from + !!a->observe != 1)
		return error_input(err, "expected RESULTS, --from FILE or --observe PID|URL, one "
					"of them; try falcotune advise --help");
	if (duration_given && !a->observe)
		return error_input(err, "option --duration goes with --observe");
	if (a->duration_ns < NS_PER_S || a->duration_ns > 24 * 3600 * NS_PER_S)
		return error_input(err, "option --duration: expected 1s to 24h");
	return 0;
}

/* A load that is not there is told before anything is observed. */
static int check_load(const struct advise_args *a, struct error *err)
{
	struct load_profile profile = {0};
	int rc = a->load_given ? load_profile_read(a->load_given, &profile, err) : 0;

	load_profile_release(&profile);
	return rc;
}

static int advise(struct cmd_ctx *ctx, struct advise_args *a, int *caught, bool *failed,
		  struct error *err)
{
	const char *source = a->observe ? a->observe : a->from ? a->from : a->results;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct advice found = {0};
	int rc = a->observe ? advise_observe(ctx, a, &found, caught, err)
			    : advise_from_file(ctx, a, source, &found, err);

	if (!rc && !*caught)
		rc = advise_verify(ctx, a, &found, caught, err);
	if (!rc) {
		const struct config_input user = {
			.file = a->config, .sets = &a->sets, .lenient = true};

		rc = settings_spell(&user, a->config != NULL, &found, err);
	}
	if (!rc)
		rc = advice_report(&found, source, format_of[a->format], &text, err);
	if (!rc)
		fwrite(text.buf, 1, text.len, stdout);
	for (size_t i = 0; !rc && i < found.n; i++)
		*failed = *failed || res_verification_failed(&found.v[i].verification);
	advice_release(&found);
	return rc;
}

int cmd_advise(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct advise_args a = {.limit = (double)NAN};
	struct error err = ERROR_INIT;
	bool failed = false;
	int caught = 0, rc = parse(argc, argv, &a, &err);

	if (!rc)
		rc = check_load(&a, &err);
	if (!rc)
		rc = advise(ctx, &a, &caught, &failed, &err);
	strvec_release(&a.sets);
	strvec_release(&a.rules);
	free(a.found_config);
	free(a.found_engine);
	free(a.load);
	free(a.host_file);
	if (caught)
		return 128 + caught;
	return rc < 0 ? cmd_fail(ctx, &err) : failed ? EXIT_FINDING : EXIT_FINE;
}

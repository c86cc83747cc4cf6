/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/opts.h"
#include "cmd/inputs.h"
#include "cmd/release.h"
#include "lint/check.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum format { CHECK_TEXT, CHECK_JSON, CHECK_SARIF, CHECK_JUNIT };
static const char *const formats[] = {"text", "json", "sarif", "junit", NULL};
/* As enum lint_severity, then none. */
static const char *const levels[] = {"error", "warning", "info", "none", NULL};
#define LEVEL_NONE 3

struct job {
	const char *config_file, *falco, *engine;
	struct strvec rules_given, sets;
	int format, fail_on;
	char **operands;
	size_t n_operands;
	/* Filled in this order: */
	const struct catalogue *cat;
	struct inputs in;
	struct ruleset rules;
	struct lint_findings lints;
	struct check_report report;
};

static void job_release(struct job *j)
{
	check_report_release(&j->report);
	lint_findings_release(&j->lints);
	ruleset_release(&j->rules);
	inputs_release(&j->in);
	strvec_release(&j->rules_given);
	strvec_release(&j->sets);
}

static int read_options(struct job *j, int argc, char **argv, struct error *err)
{
	const struct opt opts[] = {
		INPUTS_OPTS(
			&j->config_file, &j->rules_given, &j->sets,
			"falco.yaml whose rules_files, plugins and append_output hold; without it "
			"what Falco 0.44.1 ships"),
		RELEASE_OPTS(&j->falco, &j->engine),
		{0, "format", OPT_CHOICE, &j->format, .arg = "FORMAT", .help = "output",
		 .choices = formats},
		{0, "fail-on", OPT_CHOICE, &j->fail_on, .arg = "SEVERITY",
		 .help = "exit with 1 when a finding is at least that severe; what Falco rejects "
			 "always does",
		 .choices = levels},
		{0},
	};
	const struct opts_usage usage = {
		.program = "falcotune check",
		.operands = "[FILE...]",
		.summary = "Says what Falco would say of rules files, with Falco's own codes, and "
			   "then what\n"
			   "Falco does not say: the lints (see falcotune explain). The engine "
			   "version and the\nevents are those of --falco, field lists those of "
			   "0.44.1.\n\n"
			   "Exit codes: 0 fine; 1 Falco would reject the files, or a finding "
			   "reaches\n--fail-on; 2 bad usage, or a file that cannot be read; 3 no "
			   "engine answers --falco auto.",
		.examples =
			"  falcotune check my_rules.yaml\n"
			"  falcotune check -c falco.yaml -r falco_rules.yaml my_rules.yaml\n"
			"  falcotune check --falco 0.40.0 --format sarif rules/ > rules.sarif\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	j->operands = argv + first;
	j->n_operands = rc ? 0 : (size_t)(argc - first);
	return rc;
}

static void find_container(struct job *j, struct cmd_ctx *ctx)
{
	bool assumed;

	j->in.opt.container_plugin = check_has_container(&j->in.config, &assumed);
	if (assumed)
		log_print(&ctx->log, LOG_NOTE,
			  "a folder of config_files is not on this host; the container plugin is "
			  "taken to be loaded from there, as in Falco's packages");
}

static bool is_rejected(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_findings; i++)
		if (rs->findings[i].severity == FINDING_ERROR)
			return true;
	return false;
}

static int load(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	struct inputs_args from = {.config_file = j->config_file,
				   .sets = &j->sets,
				   .rules = &j->rules_given,
				   .operands = j->operands,
				   .n_operands = j->n_operands,
				   .lenient = true};
	struct inputs *in = &j->in;
	struct lint_input lint = {.rules = &j->rules, .options = &in->opt, .config = &in->config};

	if (cmd_release(ctx, j->falco, j->engine, &j->cat, err))
		return -1;
	from.cat = j->cat;
	if (inputs_read(in, &from, ctx, err))
		return -1;
	find_container(j, ctx);
	/* Rejected rules are a result; a file that cannot be read is none. */
	if (ruleset_load(&j->rules, (const char *const *)in->files.v, in->files.n, &in->opt, err) &&
	    (j->rules.files.n < in->files.n || !is_rejected(&j->rules)))
		return -1;
	error_clear(err);
	inputs_enable(in, &j->rules);
	if (lint_run(&lint, &j->lints, err))
		return -1;
	check_report_init(&j->report, j->cat, &j->rules, &j->lints,
			  j->fail_on == LEVEL_NONE ? CHECK_FAIL_NONE : j->fail_on);
	return 0;
}

static int print_report(const struct job *j, struct error *err)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	char cwd[PATH_MAX], when[32];
	const char *base = getcwd(cwd, sizeof(cwd));
	time_t now = time(NULL);
	struct tm tm;

	switch ((enum format)j->format) {
	case CHECK_JSON:
		return cmd_print_json(check_to_json(&j->report), 0, err);
	case CHECK_SARIF:
		return cmd_print_json(check_to_sarif(&j->report, base), 0, err);
	case CHECK_JUNIT:
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now, &tm));
		check_write_junit(&j->report, base, when, &out);
		break;
	case CHECK_TEXT:
		check_write_text(&j->report, &out);
		break;
	}
	fwrite(out.buf, 1, out.len, stdout);
	return 0;
}

int cmd_check(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct job j = {.in = INPUTS_INIT, .rules = RULESET_INIT, .lints = LINT_FINDINGS_INIT};
	struct error err = ERROR_INIT;
	int rc;

	mem_for_short_run();
	rc = read_options(&j, argc, argv, &err);
	if (!rc) {
		rc = load(&j, ctx, &err);
		if (!rc)
			rc = print_report(&j, &err);
		if (!rc)
			rc = check_failed(&j.report) ? EXIT_FINDING : EXIT_FINE;
	} else if (rc > 0) {
		rc = EXIT_FINE; /* --help */
	}
	if (MEM_FREE_AT_END)
		job_release(&j);
	return rc < 0 ? cmd_fail(ctx, &err) : rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "cmd/cmd.h"
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
	const char *config_file, *falco;
	struct strvec rules_given, sets;
	int format, fail_on;
	char **operands;
	size_t n_operands;
	/* Filled in this order: */
	const struct catalogue *cat;
	struct config config;
	struct strvec files;
	struct strbuf append;
	struct ruleset_options opt;
	struct ruleset rules;
	struct lint_findings lints;
	struct check_report report;
};

static void job_release(struct job *j)
{
	check_report_release(&j->report);
	lint_findings_release(&j->lints);
	ruleset_release(&j->rules);
	strbuf_release(&j->append);
	strvec_release(&j->files);
	config_release(&j->config);
	strvec_release(&j->rules_given);
	strvec_release(&j->sets);
}

static int read_options(struct job *j, int argc, char **argv, struct error *err)
{
	const struct opt opts[] = {
		{'c', "config", OPT_STR, &j->config_file, .arg = "FILE",
		 .help = "falco.yaml whose rules_files, plugins and append_output hold; without it "
			 "what Falco 0.44.1 ships"},
		{'r', "rules", OPT_STRS, &j->rules_given, .arg = "FILE",
		 .help = "rules file or folder, - for standard input, repeatable; replaces "
			 "rules_files"},
		{'o', "option", OPT_STRS, &j->sets, .arg = "KEY=VALUE",
		 .help = "set a value of falco.yaml, repeatable, as Falco's -o"},
		{0, "falco", OPT_STR, &j->falco, .arg = "VERSION",
		 .help = "release whose engine version and events hold (default 0.44.1); field "
			 "lists are those of 0.44.1 for all"},
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
			   "then what\nFalco does not say: the lints (see falcotune explain). "
			   "Exit code 1 when Falco would\nreject the files, or a finding reaches "
			   "--fail-on.",
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

/* Files are taken as they are named, as `falco -V` does; a folder gives what Falco would read. */
static int find_files(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	if (j->rules_given.n || !j->n_operands)
		if (cmd_rules_files(ctx, &j->config, &j->rules_given, &j->files, err))
			return -1;
	for (size_t i = 0; i < j->n_operands; i++) {
		const char *file = j->operands[i];

		if (!fs_is_dir(file))
			strvec_push(&j->files, file);
		else if (config_rules_files(&j->config, &file, 1, &j->files, err))
			return -1;
	}
	return 0;
}

static void set_options(struct job *j, struct cmd_ctx *ctx)
{
	bool assumed;

	strvec_join(&j->config.append_output, " ", &j->append);
	j->opt = (struct ruleset_options)RULESET_OPTIONS_INIT;
	j->opt.cat = j->cat;
	j->opt.min_priority = (enum rule_priority)j->config.priority;
	j->opt.append_output = j->append.buf;
	j->opt.container_plugin = check_has_container(&j->config, &assumed);
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
	struct config_input from = {.file = j->config_file, .sets = &j->sets};
	struct lint_input lint = {.rules = &j->rules, .options = &j->opt, .config = &j->config};

	if (cmd_release(ctx, j->falco, NULL, &j->cat, err))
		return -1;
	from.release = release_minor(j->cat->falco);
	if (config_load(&j->config, &from, err) || find_files(j, ctx, err))
		return -1;
	for (size_t i = 0; i < j->config.warnings.n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", j->config.warnings.v[i]);
	set_options(j, ctx);
	/* Rejected rules are a result; a file that cannot be read is none. */
	if (ruleset_load(&j->rules, (const char *const *)j->files.v, j->files.n, &j->opt, err) &&
	    (j->rules.files.n < j->files.n || !is_rejected(&j->rules)))
		return -1;
	error_clear(err);
	for (size_t i = 0; i < j->config.n_rules; i++)
		ruleset_enable(&j->rules, j->config.rules[i].enable, j->config.rules[i].rule,
			       j->config.rules[i].tag);
	if (lint_run(&lint, &j->lints, err))
		return -1;
	check_report_init(&j->report, j->cat, &j->rules, &j->lints,
			  j->fail_on == LEVEL_NONE ? CHECK_FAIL_NONE : j->fail_on);
	return 0;
}

static int print_json(json_t *doc, struct error *err)
{
	int rc = doc ? json_dumpf(doc, stdout, JSON_INDENT(2)) : -1;

	json_decref(doc);
	putchar('\n');
	return rc ? error_env(err, "standard output cannot be written") : 0;
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
		return print_json(check_to_json(&j->report), err);
	case CHECK_SARIF:
		return print_json(check_to_sarif(&j->report, base), err);
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
	struct job j = {.rules = RULESET_INIT, .append = STRBUF_INIT, .lints = LINT_FINDINGS_INIT};
	struct error err = ERROR_INIT;
	int rc = read_options(&j, argc, argv, &err);

	if (!rc) {
		rc = load(&j, ctx, &err);
		if (!rc)
			rc = print_report(&j, &err);
		if (!rc)
			rc = check_failed(&j.report) ? EXIT_FINDING : EXIT_FINE;
	} else if (rc > 0) {
		rc = EXIT_FINE; /* --help */
	}
	job_release(&j);
	return rc < 0 ? cmd_fail(ctx, &err) : rc;
}

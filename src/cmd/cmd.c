/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

#include "base/fs.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

const struct cmd cmd_table[] = {
	{"run", cmd_run, "run the test matrix on this host and rank it"},
	{"check", cmd_check, "say what Falco would say of rules files, and what it does not say"},
	{"config", cmd_config, "show the effective falco.yaml and where each value came from"},
	{"rules", cmd_rules, "describe rules: resolved conditions, fields, events"},
	{"syscalls", cmd_syscalls, "predict which syscalls Falco will trace, and why"},
	{"matrix", cmd_matrix, "print or write the test cases with their predicted syscall sets"},
	{"survey", cmd_survey, "count how often this host makes each system call"},
	{"capacity", cmd_capacity, "find the event rate at which a configuration begins to drop"},
	{"profile", cmd_profile, "say what each rule costs: its share of the engine's CPU time"},
	{"advise", cmd_advise, "say what to change, from results or from a Falco's own metrics"},
	{"import", cmd_import, "say what metrics, logs and benchmarks that are there show"},
	{"report", cmd_report,
	 "show results again in any format, compare them, pack them to share"},
	{"diff", cmd_diff, "say what a change of the rules means and costs; hold it to a budget"},
	{"fleet", cmd_fleet, "measure many hosts with what runs them, and merge what they say"},
	{"doctor", cmd_doctor, "say what this host can and cannot do, with the fix for each"},
	{"explain", cmd_explain,
	 "what a metric, syscall, option, lint, verdict or exit code means"},
	{0},
};

int cmd_fail(struct cmd_ctx *ctx, const struct error *err)
{
	log_print(&ctx->log, LOG_ERROR, "%s", err->msg);
	return error_exit_code(err);
}

int cmd_rules_files(struct cmd_ctx *ctx, const struct config *c, const struct strvec *given,
		    struct strvec *out, struct error *err)
{
	bool shipped = !strcmp(config_origin(c, "rules_files").file, CONFIG_ORIGIN_SHIPPED);
	char *dummy;

	if (!config_rules_files(c, (const char *const *)given->v, given->n, out, err))
		return 0;
	if (given->n || !shipped || err->kind != ERROR_INPUT)
		return -1;
	dummy = fs_data_path("rulesets/dummy.yaml");
	if (!dummy)
		return -1;
	log_print(&ctx->log, LOG_NOTE, "%s; the dummy rule set stands in", err->msg);
	error_clear(err);
	strvec_take(out, dummy);
	return 0;
}

int cmd_print_json(json_t *doc, size_t flags, struct error *err)
{
	int rc = doc ? json_dumpf(doc, stdout, flags | JSON_INDENT(2)) : -1;

	json_decref(doc);
	putchar('\n');
	return rc ? error_env(err, "standard output cannot be written") : 0;
}

int cmd_print(const struct strbuf *text, struct error *err)
{
	if (fwrite(text->buf, 1, text->len, stdout) != text->len || fflush(stdout))
		return error_env(err, "standard output cannot be written");
	return 0;
}

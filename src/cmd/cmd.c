/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

const struct cmd cmd_table[] = {
	{"run", cmd_run, "run the test matrix on this host and rank it"},
	{"config", cmd_config, "show the effective falco.yaml and where each value came from"},
	{"rules", cmd_rules, "describe rules: resolved conditions, fields, events"},
	{"syscalls", cmd_syscalls, "predict which syscalls Falco will trace, and why"},
	{"matrix", cmd_matrix, "print or write the test cases with their predicted syscall sets"},
	{0},
};

int cmd_fail(struct cmd_ctx *ctx, const struct error *err)
{
	log_print(&ctx->log, LOG_ERROR, "%s", err->msg);
	return error_exit_code(err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune fleet: many hosts. One machine is where a case runs; many are run by what the fleet
 * already uses, with files that `plan` makes; `collect` and `report` merge what they say.
 */
#include "cmd/fleet.h"

#include "base/opts.h"

#include <string.h>

static const struct {
	const char *name;
	cmd_fn fn;
} parts[] = {
	{"plan", cmd_fleet_plan},
	{"collect", cmd_fleet_collect},
	{"report", cmd_fleet_report},
};

static const struct opts_usage usage = {
	.program = "falcotune fleet",
	.operands = "PART [OPTION]... [OPERAND]...",
	.summary = "Measures many hosts with what runs them already, and merges what they say:\n"
		   "  plan     make Kubernetes manifests, Helm values, an Ansible playbook\n"
		   "  collect  merge what thousands of hosts left into one file\n"
		   "  report   classes, tails, hosts that drop, one profile for each class\n"
		   "Each part has its own --help.\n\n"
		   "Exit codes: 0 fine; 2 bad usage or input.",
	.examples = "  falcotune fleet plan --out fleet\n"
		    "  falcotune fleet report results/\n",
};

int cmd_fleet(struct cmd_ctx *ctx, int argc, char **argv)
{
	static const struct opt none[] = {{0}};
	struct error err = ERROR_INIT;
	int first, rc;

	for (size_t i = 0; argc > 1 && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(parts[i].name, argv[1]))
			return parts[i].fn(ctx, argc - 1, argv + 1);
	rc = opts_parse(argc, argv, none, &usage, &first, &err);
	if (!rc)
		rc = error_input(&err,
				 "%s%s%s, expected plan, collect or report; try falcotune fleet "
				 "--help",
				 first < argc ? "there is no part '" : "no part was given",
				 first < argc ? argv[first] : "", first < argc ? "'" : "");
	return rc < 0 ? cmd_fail(ctx, &err) : EXIT_FINE;
}

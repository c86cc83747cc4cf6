/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune fleet: many hosts. One machine is where a case runs; many are run by what the fleet
 * already uses, with files that `plan` makes; `collect` and `report` merge what they say.
 */
#include "cmd/fleet.h"

#include <stdio.h>
#include <string.h>

static const struct cmd parts[] = {
	{"plan", cmd_fleet_plan, "make Kubernetes manifests, Helm values, an Ansible playbook"},
	{0},
};

static void help(FILE *to)
{
	fputs("Usage: falcotune fleet PART [OPTION]... [OPERAND]...\n\n"
	      "Measures many hosts with the engines that run them already, and merges what they "
	      "say.\n\nParts:\n",
	      to);
	for (const struct cmd *c = parts; c->name; c++)
		fprintf(to, "  %-10s %s\n", c->name, c->summary);
	fputs("\nOptions:\n"
	      "  -h, --help   show this help and exit\n"
	      "\nEach part has its own --help with examples.\n",
	      to);
}

int cmd_fleet(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct error err = ERROR_INIT;

	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		help(stdout);
		return EXIT_FINE;
	}
	for (const struct cmd *c = parts; c->name; c++)
		if (!strcmp(c->name, argv[1]))
			return c->fn(ctx, argc - 1, argv + 1);
	error_input(&err,
		    "falcotune fleet has no part '%s', expected plan, collect or report; try "
		    "falcotune fleet --help",
		    argv[1]);
	return cmd_fail(ctx, &err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main(): the global options and the dispatch over the table of commands.
 */
#include "base/error.h"
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

static void help(FILE *to)
{
	fputs("Usage: falcotune COMMAND [OPTION]... [OPERAND]...\n\n"
	      "Finds the Falco configuration that loses the fewest events on this host for the\n"
	      "least cost.\n\nCommands:\n",
	      to);
	for (const struct cmd *c = cmd_table; c->name; c++)
		fprintf(to, "  %-10s %s\n", c->name, c->summary);
	fputs("\nOptions:\n"
	      "  -h, --help     show this help and exit\n"
	      "      --version  show the version and exit\n"
	      "\nEach command has its own --help with examples.\n"
	      "\nExit codes: 0 fine, 1 a finding or a failed gate, 2 bad usage or input,\n"
	      "3 the environment cannot do it (no root, no BPF, no engine), 4 internal error,\n"
	      "128+N ended by signal N.\n",
	      to);
}

int main(int argc, char **argv)
{
	struct cmd_ctx ctx = {.log = log_stderr("falcotune")};

	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return EXIT_FINE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("falcotune " FALCOTUNE_VERSION);
		return EXIT_FINE;
	}
	for (const struct cmd *c = cmd_table; c->name; c++) {
		if (strcmp(c->name, argv[1]))
			continue;
		int rc = c->fn(&ctx, argc - 1, argv + 1);

		if (fflush(stdout) || ferror(stdout)) {
			/* A command that was stopped by it has said so. */
			if (rc != EXIT_ENV)
				log_print(&ctx.log, LOG_ERROR, "standard output cannot be written");
			return rc ? rc : EXIT_ENV;
		}
		return rc;
	}
	log_print(&ctx.log, LOG_ERROR, "unknown command '%s'; try falcotune --help", argv[1]);
	return EXIT_USAGE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main(): the global options and the dispatch over the table of commands.
 */
#include "base/error.h"
#include "cmd/cmd.h"
#include "cmd/help.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct cmd_ctx ctx = {.log = log_stderr("falcotune")};

	if (argc < 2) {
		cmd_help_text(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return cmd_help(&ctx, NULL);
	if (!strncmp(argv[1], "--help", strlen("--help")) && strchr("=", argv[1][strlen("--help")]))
		return cmd_help(&ctx,
				argv[1] + strlen("--help") + (argv[1][strlen("--help")] == '='));
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/help.h"

#include "base/opts_doc.h"
#include "load/profile.h"
#include "run/case.h"
#include "syscalls/catalogue.h"

#include <stdio.h>
#include <string.h>

#define PROGRAM "falcotune"

/* Commands whose options depend on one of them, or on their first word. */
static const struct {
	const char *command, *mode;
	const char *more; /* operand of the mode; NULL: none */
} modes[] = {
	{"run", "--sweep", "buffers"},
	{"run", "--search", NULL},
	{"fleet", "plan", NULL},
	{"fleet", "collect", NULL},
	{"fleet", "report", NULL},
};

static const struct {
	const char *code, *what;
} exit_codes[] = {
	{"0", "fine"},
	{"1", "a finding or a failed gate"},
	{"2", "bad usage or input"},
	{"3", "the environment cannot do it (no root, no BPF, no engine)"},
	{"4", "internal error"},
	{"128+N", "ended by signal N"},
};
#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

void cmd_help_text(FILE *to)
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
	      "\nEach command has its own --help with examples. --help=man is the same as a man\n"
	      "page, --help=bash, zsh or fish a completion for that shell.\n"
	      "\nExit codes: 0 fine, 1 a finding or a failed gate, 2 bad usage or input,\n"
	      "3 the environment cannot do it (no root, no BPF, no engine), 4 internal error,\n"
	      "128+N ended by signal N.\n",
	      to);
}

static void say(const char *text)
{
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;

	opts_man_text(&sb, text);
	fputs(sb.buf, stdout);
}

static void man(void)
{
	opts_man_head(stdout, PROGRAM, 1,
		      "find the Falco configuration that loses the fewest events");
	fputs(".SH SYNOPSIS\n\\fBfalcotune\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... "
	      "[\\fIOPERAND\\fR]...\n.SH COMMANDS\n",
	      stdout);
	for (const struct cmd *c = cmd_table; c->name; c++) {
		printf(".TP\n.BR falcotune\\-%s (1)\n", c->name);
		say(c->summary);
		putchar('\n');
	}
	fputs(".SH OPTIONS\n.TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nshow the commands and exit\n"
	      ".TP\n\\fB\\-\\-version\\fR\nshow the version and exit\n.SH EXIT STATUS\n",
	      stdout);
	for (size_t i = 0; i < N_OF(exit_codes); i++) {
		printf(".TP\n.B %s\n", exit_codes[i].code);
		say(exit_codes[i].what);
		putchar('\n');
	}
	fputs(".SH SEE ALSO\n", stdout);
	for (const struct cmd *c = cmd_table; c->name; c++)
		printf(".BR falcotune\\-%s (1),\n", c->name);
	fputs(".BR falcotune\\-load (1),\n.BR falcotune\\-engine (1),\n"
	      ".BR falcotune\\-survey (8),\n.BR falco (8)\n",
	      stdout);
}

/* Each command gives its own part, as it gives its own --help. */
static int part(struct cmd_ctx *ctx, const struct cmd *c, const char *mode, const char *more,
		const char *format)
{
	struct strbuf help cleanup_strbuf = STRBUF_INIT;
	char *argv[5] = {(char *)c->name};
	int argc = 1;

	strbuf_addf(&help, "--help=%s", format);
	if (mode)
		argv[argc++] = (char *)mode;
	if (more)
		argv[argc++] = (char *)more;
	argv[argc++] = help.buf;
	return c->fn(ctx, argc, argv);
}

static int complete(struct cmd_ctx *ctx, const char *format, enum opts_shell shell)
{
	struct strvec commands cleanup_strvec = STRVEC_INIT;
	int rc = EXIT_FINE;

	opts_complete_begin(stdout, shell, PROGRAM);
	for (const struct cmd *c = cmd_table; c->name && !rc; c++) {
		rc = part(ctx, c, NULL, NULL, format);
		for (size_t i = 0; i < N_OF(modes) && !rc; i++)
			if (!strcmp(modes[i].command, c->name))
				rc = part(ctx, c, modes[i].mode, modes[i].more, format);
		strvec_push(&commands, c->name);
		strvec_push(&commands, c->summary);
	}
	opts_complete_end(stdout, shell, PROGRAM, &commands);
	return rc;
}

static int list_commands(struct error *err)
{
	(void)err;
	for (const struct cmd *c = cmd_table; c->name; c++) {
		puts(c->name);
		for (size_t i = 0; i < N_OF(modes); i++)
			if (!strcmp(modes[i].command, c->name))
				printf("%s %s%s%s\n", c->name, modes[i].mode,
				       modes[i].more ? " " : "",
				       modes[i].more ? modes[i].more : "");
	}
	return 0;
}

static int list_releases(struct error *err)
{
	(void)err;
	puts("auto");
	for (const struct catalogue *const *c = catalogue_all(); *c; c++)
		puts((*c)->falco);
	return 0;
}

static int list_profiles(struct error *err)
{
	struct strvec ids cleanup_strvec = STRVEC_INIT;

	if (load_profile_stock(&ids, err))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		puts(ids.v[i]);
	return 0;
}

static int list_cases(struct error *err)
{
	(void)err;
	for (const char *const *id = case_stock_ids; *id; id++)
		puts(*id);
	puts("buffers");
	return 0;
}

static const struct {
	const char *name;
	int (*list)(struct error *err);
} lists[] = {
	{"commands", list_commands},
	{"VERSION", list_releases},
	{"PROFILE", list_profiles},
	{"ID", list_cases},
};

int cmd_help(struct cmd_ctx *ctx, const char *format)
{
	struct error err = ERROR_INIT;

	if (!format || !*format) {
		cmd_help_text(stdout);
		return EXIT_FINE;
	}
	if (!strcmp(format, "man")) {
		man();
		return EXIT_FINE;
	}
	if (opts_shell(format) != SHELL_N)
		return complete(ctx, format, opts_shell(format));
	for (size_t i = 0; i < N_OF(lists); i++)
		if (!strcmp(lists[i].name, format))
			return lists[i].list(&err) ? cmd_fail(ctx, &err) : EXIT_FINE;
	error_input(&err, "option --help: '%s' is not one of man|bash|zsh|fish|commands", format);
	return cmd_fail(ctx, &err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/cli.h"

#include "base/opts.h"

#include <string.h>

static const struct opts_usage usage = {
	.program = "falcotune-engine",
	.operands = "",
	.summary =
		"A capture engine that takes Falco's command line, rules and falco.yaml, selects "
		"syscalls as\nFalco 0.44.1 does, evaluates rules and writes Falco's metrics. It "
		"stands in for Falco in tests of\nbuffers and of base_syscalls.\n\n"
		"SIGINT and SIGTERM end it, SIGUSR1 opens the alert file anew, SIGHUP is ignored."
		"\n\nExit codes: 0 fine; 1 rules or configuration that Falco would refuse; 2 bad "
		"usage, or what this\nengine does not offer; 3 root, BPF or BTF is missing.",
	.examples =
		"  falcotune-engine -c falco.yaml -r rules.yaml --dry-run   # check, log the "
		"selection\n"
		"  falcotune-engine -r rules.yaml -M 10                     # run for 10 s\n"
		"  falcotune-engine -r rules.yaml -o engine.embedded.consumer_ns_per_event=2000\n"
		"                                                           # a slower consumer\n"
		"  falcotune-engine -r rules.yaml -M 60 -o engine.embedded.record=a.rec\n"
		"                                                           # keep the events, at "
		"most\n"
		"                                                           # record_max (1G) "
		"bytes\n"
		"  falcotune-engine -r rules.yaml -o engine.kind=replay \\\n"
		"      -o engine.replay.capture_file=a.rec -o engine.embedded.profile=p.json\n"
		"                                                           # without root: alerts "
		"as they\n"
		"                                                           # were, and what each "
		"rule and\n"
		"                                                           # check costs\n",
};

/* Options of Falco that mean nothing to this engine. */
static const struct {
	const char *name; /* as given: -p or --support */
	const char *why;
} refused[] = {
	{"-p", "use -o append_output[]... instead"},
	{"--print", "use -o append_output[]... instead"},
	{"--support", "it reports on Falco"},
	{"--config-schema", "the schema is Falco's"},
	{"--rule-schema", "the schema is Falco's"},
	{"--list-events", "the event table is Falco's"},
	{"--list-plugins", "no plugins are loaded"},
	{"--plugin-info", "no plugins are loaded"},
	{"--enable-source", "syscall is the only source"},
	{"--disable-source", "syscall is the only source"},
	{"--markdown", "use --format json"},
	{"-A", "it is gone from Falco since 0.41, use -o base_syscalls.all=true"},
};

static int check_refused(int argc, char **argv, struct error *err)
{
	for (int i = 1; i < argc; i++) {
		size_t n = strncmp(argv[i], "--", 2) ? 2 : strcspn(argv[i], "=");

		for (size_t r = 0; r < sizeof(refused) / sizeof(refused[0]); r++)
			if (strlen(refused[r].name) == n && !strncmp(argv[i], refused[r].name, n))
				return error_input(err,
						   "option %s of Falco is not offered by "
						   "falcotune-engine: %s",
						   refused[r].name, refused[r].why);
	}
	return 0;
}

int cli_parse(struct cli *c, int argc, char **argv, struct error *err)
{
	static const char *const formats[] = {"text", "json", NULL};
	const struct opt opts[] = {
		{.short_name = 'c',
		 .type = OPT_STR,
		 .dest = &c->config,
		 .arg = "FILE",
		 .help = "configuration; without it the values of Falco 0.44.1's falco.yaml hold"},
		{.short_name = 'r',
		 .type = OPT_STRS,
		 .dest = &c->rules,
		 .arg = "FILE",
		 .help = "rules file or folder, repeatable; replaces rules_files"},
		{'o', "option", OPT_STRS, &c->sets, "KEY=VALUE",
		 "set a value of the configuration, repeatable", 0, 0, NULL, NULL},
		{.long_name = "dry-run",
		 .type = OPT_FLAG,
		 .dest = &c->dry_run,
		 .help = "check, log the selection and end; needs no privileges"},
		{.short_name = 'M',
		 .type = OPT_INT,
		 .dest = &c->seconds,
		 .arg = "SECONDS",
		 .help = "end after so many seconds; 0: run until a signal",
		 .max = INT32_MAX},
		{.short_name = 'V',
		 .long_name = "validate",
		 .type = OPT_STRS,
		 .dest = &c->validate,
		 .arg = "FILE",
		 .help = "validate a rules file and end, repeatable"},
		{.short_name = 'L',
		 .type = OPT_FLAG,
		 .dest = &c->describe,
		 .help = "describe all rules and end (in JSON with json_output)"},
		{.short_name = 'l',
		 .type = OPT_STR,
		 .dest = &c->describe_rule,
		 .arg = "RULE",
		 .help = "describe one rule and end"},
		{.long_name = "list",
		 .type = OPT_FLAG,
		 .dest = &c->list,
		 .help = "list the fields that the engine evaluates and end"},
		{.short_name = 'N',
		 .type = OPT_FLAG,
		 .dest = &c->names_only,
		 .help = "with --list: names only"},
		{.long_name = "format",
		 .type = OPT_CHOICE,
		 .dest = &c->format,
		 .arg = "FORMAT",
		 .help = "of --list",
		 .choices = formats},
		{.short_name = 'i',
		 .type = OPT_FLAG,
		 .dest = &c->ignored,
		 .help = "print the syscalls that are ignored by default and end"},
		{.long_name = "page-size",
		 .type = OPT_FLAG,
		 .dest = &c->page_size,
		 .help = "print the system's page size and end"},
		{.short_name = 'P',
		 .long_name = "pidfile",
		 .type = OPT_STR,
		 .dest = &c->pidfile,
		 .arg = "FILE",
		 .help = "write the process id there while running"},
		{.short_name = 'U',
		 .long_name = "unbuffered",
		 .type = OPT_FLAG,
		 .dest = &c->unbuffered,
		 .help = "accepted: alerts are never held back"},
		{.short_name = 'v',
		 .type = OPT_FLAG,
		 .dest = &c->verbose,
		 .help = "log at debug level"},
		{.long_name = "version",
		 .type = OPT_FLAG,
		 .dest = &c->version,
		 .help = "print the version and end"},
		{0},
	};

	memset(c, 0, sizeof(*c));
	if (check_refused(argc, argv, err))
		return -1;
	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

void cli_release(struct cli *c)
{
	strvec_release(&c->rules);
	strvec_release(&c->sets);
	strvec_release(&c->validate);
}

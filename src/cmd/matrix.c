/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune matrix: the expanded cases with their predicted syscall sets, and as files to be run by
 * hand.
 */
#include "run/matrix.h"

#include "base/opts.h"
#include "cmd/cmd.h"
#include "cmd/release.h"
#include "run/case.h"

#include <stdio.h>
#include <string.h>

struct matrix_args {
	struct matrix_input in;
	struct strvec rules, sets, cases;
	int64_t n_cpus;
	const char *write, *engine, *falco, *host;
	int format;
};

/* The first of out_format_names, in their order. */
static const char *const formats[] = {"text", "json", "csv", "md", NULL};

static const struct opts_usage usage = {
	.program = "falcotune matrix",
	.operands = "",
	.summary = "Prints every test case with the syscall set, buffers, rules and load that it "
		   "would run with.\nNothing is started; no privileges are needed.\n\n"
		   "Exit codes: 0 fine; 1 a case is not what its file expects; 2 bad usage or "
		   "input;\n 3 no engine answers --falco auto.",
	.examples = "  falcotune matrix                           # the documented cases\n"
		    "  falcotune matrix -r my_rules.yaml          # with the own rules\n"
		    "  falcotune matrix --cases buffers           # the stock sweep of buffer "
		    "settings\n"
		    "  falcotune matrix --host host.json          # with predicted event rates\n"
		    "  falcotune matrix --write /tmp/cases        # files and command lines for "
		    "Falco\n",
};

static int parse(int argc, char **argv, struct matrix_args *a, struct error *err)
{
	const struct opt opts[] = {
		{'c', "config", OPT_STR, &a->in.config, .arg = "FILE",
		 .help = "falco.yaml to start from (default: the values Falco 0.44.1 ships)"},
		{'r', "rules", OPT_STRS, &a->rules, .arg = "FILE|DIR",
		 .help = "rules in place of the dummy rule set; may be repeated"},
		{'o', "option", OPT_STRS, &a->sets, .arg = "KEY=VALUE",
		 .help = "set a value of falco.yaml, as Falco's -o does; may be repeated"},
		{0, "cases", OPT_STRS, &a->cases, .arg = "ID|FILE|DIR",
		 .help = "cases to expand (default: the six stock cases); may be repeated"},
		{0, "load", OPT_STR, &a->in.load, .arg = "PROFILE",
		 .help = "load profile of every case, an id or a file"},
		{0, "cpus", OPT_INT, &a->n_cpus, .arg = "N", .min = 1, .max = 4096,
		 .help = "count buffers for N CPUs (default: those online)"},
		{0, "host", OPT_STR, &a->host, .arg = "FILE",
		 .help = "host.json of falcotune survey: add each case's predicted kernel events a "
			 "second"},
		{0, "write", OPT_STR, &a->write, .arg = "DIR",
		 .help = "write each case's rules, falco.yaml and command lines into a new folder"},
		{0, "engine", OPT_STR, &a->engine, .arg = "PATH",
		 .help = "engine named in the command lines of --write (default: falco)"},
		{0, "falco", OPT_STR, &a->falco, .arg = "VERSION",
		 .help = "Falco release of the prediction, 0.38.2 to 0.44.1, or auto: what the "
			 "--version of --engine says (default: 0.44.1)"},
		{0, "format", OPT_CHOICE, &a->format, .arg = "FORMAT", .choices = formats,
		 .help = "text, json, csv or md"},
		{0},
	};

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

/* *code: what to exit with when nothing failed. */
static int show(struct cmd_ctx *ctx, const struct matrix_args *a, const struct matrix *m, int *code,
		struct error *err)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < m->warnings.n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", m->warnings.v[i]);
	if (matrix_show(m, (enum out_format)a->format, &out, err) < 0)
		return -1;
	if (a->write && matrix_write(m, a->write, a->engine ? a->engine : "falco", err) < 0)
		return -1;
	fwrite(out.buf, 1, out.len, stdout);
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].expect_failed)
			*code = EXIT_FINDING;
	return 0;
}

static int find_release(struct cmd_ctx *ctx, struct matrix_args *a, struct error *err)
{
	bool ask = !strcmp(a->falco, "auto");
	const struct catalogue *cat;

	if (cmd_release(ctx, a->falco, ask ? a->engine : NULL, &cat, err))
		return -1;
	a->in.falco_release = cat->falco;
	return 0;
}

int cmd_matrix(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct matrix_args a = {.format = FORMAT_TEXT};
	struct error err = ERROR_INIT;
	struct matrix m;
	int code = EXIT_FINE, rc = parse(argc, argv, &a, &err);

	a.in.rules = &a.rules;
	a.in.sets = &a.sets;
	a.in.cases = &a.cases;
	a.in.n_cpus = (int)a.n_cpus;
	if (!rc && a.falco)
		rc = find_release(ctx, &a, &err);
	if (!rc) {
		rc = matrix_build(&m, &a.in, &err);
		if (!rc) {
			rc = a.host ? matrix_add_rates(&m, a.host, &err) : 0;
			rc = rc ? rc : show(ctx, &a, &m, &code, &err);
			matrix_release(&m);
		}
	}
	strvec_release(&a.rules);
	strvec_release(&a.sets);
	strvec_release(&a.cases);
	if (rc < 0)
		return cmd_fail(ctx, &err);
	return code;
}

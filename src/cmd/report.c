/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune report: results that were measured before, in any format; and bundles to share. */
#include "cmd/cmd.h"
#include "cmd/import.h"
#include "cmd/report_bundle.h"
#include "cmd/report_read.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"

#include <stdio.h>
#include <string.h>

struct args {
	int format;
	bool format_given, anonymise;
	const char *out, *bundle;
	char **operands;
	int n_operands;
};

static int parse(int argc, char **argv, struct args *a, struct error *err)
{
	const struct opt opts[] = {
		{0, "format", OPT_CHOICE, &a->format, .arg = "FORMAT",
		 .help = "text (default), json, csv, md, or html: one page without scripts",
		 .choices = out_format_names, .given = &a->format_given},
		{'o', "out", OPT_STR, &a->out, .arg = "FILE",
		 .help = "write it there, whole or not at all, instead of to standard output"},
		{0, "bundle", OPT_STR, &a->bundle, .arg = "FILE",
		 .help = "pack the results into a tar file to share, in place of a report: "
			 "documents, metrics, logs, configurations; no alerts, no rules"},
		{0, "anonymise", OPT_FLAG, &a->anonymise,
		 .help = "with --bundle: pseudonyms for host names, addresses, user names and "
			 "paths; rule names stay"},
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune report",
		.operands = "RESULTS...|FILE...",
		.summary = "Shows results again, in any format: folders or JSON files of falcotune "
			   "run (--sweep and\n"
			   "--search too), capacity and profile. Several of one kind are compared, "
			   "value by value with\n"
			   "intervals, and what differs in host, engine and configuration is said: "
			   "before and after,\n"
			   "two hosts, two releases of Falco. Several kinds make one report. Data "
			   "of a Falco or of\n"
			   "event-generator is taken too, as by falcotune import; not beside "
			   "results.\n"
			   "\n"
			   "Exit codes: 0 reported; 2 results that cannot be read.",
		.examples =
			"  falcotune report results/20260101-120000 --format html -o report.html\n"
			"  falcotune report results/before results/after --format md\n"
			"  falcotune report results/run results/capacity results/sweep "
			"results/profile --format html -o all.html\n"
			"  falcotune report --bundle results.tar --anonymise "
			"results/20260101-120000\n"
			"  falcotune report results/20260101-120000/results.json --format csv\n"
			"  falcotune report /var/log/falco/metrics.jsonl --format html -o "
			"falco.html\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (rc)
		return rc;
	a->operands = argv + first;
	a->n_operands = argc - first;
	if (!a->n_operands)
		return error_input(err, "expected RESULTS, folders or JSON files; try falcotune "
					"report --help");
	if (a->anonymise && !a->bundle)
		return error_input(err, "option --anonymise goes with --bundle");
	if (a->bundle && (a->format_given || a->out))
		return error_input(err, "option --bundle: it is no report, expected neither "
					"--format nor --out");
	return 0;
}

static int put(const struct args *a, const struct strbuf *text, struct error *err)
{
	if (a->out)
		return fs_write_file(a->out, text->buf, text->len, 0644, err);
	fwrite(text->buf, 1, text->len, stdout);
	return 0;
}

static int show(const struct args *a, const struct sources *s, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	enum out_format f = (enum out_format)a->format;

	if (s->n == 1 ? sources_write_one(s, f, &text, err)
		      : together_write(s->parts, s->n, f, &text, err))
		return -1;
	return put(a, &text, err);
}

static int report(const struct args *a, struct error *err)
{
	struct sources s = {0};
	int rc = 0;

	for (int i = 0; !rc && i < a->n_operands; i++)
		rc = sources_read(&s, a->operands[i], err);
	if (!rc) {
		sources_finish(&s);
		rc = show(a, &s, err);
	}
	sources_release(&s);
	return rc;
}

/* ---- data that was not measured here ---- */

static bool is_data(const char *path)
{
	return !strcmp(path, "-") || (!fs_is_dir(path) && imported_looks_like(path));
}

/* All operands are, or none: *data. */
static int which(const struct args *a, bool *data, struct error *err)
{
	*data = is_data(a->operands[0]);
	for (int i = 1; i < a->n_operands; i++)
		if (is_data(a->operands[i]) != *data)
			return error_input(err,
					   "%s: results of falcotune and data of others make no "
					   "common report; give them to two calls",
					   a->operands[i]);
	return 0;
}

static int report_data(struct cmd_ctx *ctx, const struct args *a, struct error *err)
{
	struct strvec files cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct imported m;
	int rc;

	for (int i = 0; i < a->n_operands; i++)
		strvec_push(&files, a->operands[i]);
	rc = imported_read(&m, ctx, &files, 0, err);
	if (!rc)
		rc = imported_report(&m, (enum out_format)a->format, false, &text, err);
	if (!rc)
		rc = put(a, &text, err);
	imported_release(&m);
	return rc;
}

static int run(struct cmd_ctx *ctx, const struct args *a, struct error *err)
{
	bool data;

	if (a->bundle)
		return report_bundle(ctx, a->bundle, a->anonymise, a->operands, a->n_operands, err);
	if (which(a, &data, err))
		return -1;
	return data ? report_data(ctx, a, err) : report(a, err);
}

int cmd_report(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {.format = FORMAT_TEXT};
	struct error err = ERROR_INIT;
	int rc = parse(argc, argv, &a, &err);

	if (!rc)
		rc = run(ctx, &a, &err);
	return rc < 0 ? cmd_fail(ctx, &err) : EXIT_FINE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opts.h"
#include "cmd/cmd.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

struct job {
	const char *file;
	struct strvec sets;
	int format; /* index into formats */
};

static const char *const formats[] = {"text", "json", NULL};

static int read_options(struct job *j, int argc, char **argv, struct error *err)
{
	const struct opt opts[] = {
		{'c', "config", OPT_STR, &j->file, .arg = "FILE",
		 .help = "falco.yaml to read; without it the values that Falco 0.44.1 ships hold"},
		{'o', "option", OPT_STRS, &j->sets, .arg = "KEY=VALUE",
		 .help = "set a value of falco.yaml, repeatable, as Falco's -o"},
		{0, "format", OPT_CHOICE, &j->format, .arg = "FORMAT", .help = "output",
		 .choices = formats},
		{0},
	};
	const struct opts_usage usage = {
		.program = "falcotune config",
		.operands = "",
		.summary = "Shows the effective values of falco.yaml, config_files and -o that "
			   "decide what\nFalco traces and measures, and where each one came from.",
		.examples = "  falcotune config -c /etc/falco/falco.yaml\n"
			    "  falcotune config -c falco.yaml -o engine.kind=kmod --format json\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (!rc && first < argc)
		return error_input(err, "unexpected operand '%s'; the file is given with -c",
				   argv[first]);
	return rc;
}

static void print_text(const json_t *rows)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		json_t *v = json_object_get(row, "value"), *line = json_object_get(row, "line");
		char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

		printf("%-46s %-24s %s", json_string_value(json_object_get(row, "key")),
		       text ? text : "", json_string_value(json_object_get(row, "file")));
		if (line)
			printf(":%lld", (long long)json_integer_value(line));
		putchar('\n');
		free(text);
	}
}

static int show(const struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	const struct config_input in = {j->file, &j->sets};
	struct config c cleanup_config = {0};
	json_t *rows;

	if (config_load(&c, &in, err))
		return -1;
	for (size_t i = 0; i < c.warnings.n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", c.warnings.v[i]);
	rows = config_describe(&c);
	if (j->format == FORMAT_JSON) {
		json_dumpf(rows, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_text(rows);
	}
	json_decref(rows);
	return 0;
}

int cmd_config(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct job j = {0};
	struct error err = ERROR_INIT;
	int rc = read_options(&j, argc, argv, &err);

	if (!rc)
		rc = show(&j, ctx, &err);
	strvec_release(&j.sets);
	return rc < 0 ? cmd_fail(ctx, &err) : EXIT_FINE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opts.h"
#include "cmd/cmd.h"
#include "cmd/release.h"
#include "config/findings.h"

#include <stdio.h>
#include <string.h>

struct job {
	const char *file, *falco, *engine;
	struct strvec sets;
	int64_t n_cpus;
	uint64_t memory, page_size; /* 0: this host's */
	int format;		    /* index into formats */
};

static const char *const formats[] = {"text", "json", NULL};

static int read_options(struct job *j, int argc, char **argv, struct error *err)
{
	const struct opt opts[] = {
		{'c', "config", OPT_STR, &j->file, .arg = "FILE",
		 .help = "falco.yaml to read; without it the values that Falco 0.44.1 ships hold"},
		{'o', "option", OPT_STRS, &j->sets, .arg = "KEY=VALUE",
		 .help = "set a value of falco.yaml, repeatable, as Falco's -o"},
		RELEASE_OPTS(&j->falco, &j->engine),
		{0, "cpus", OPT_INT, &j->n_cpus, .arg = "N", .min = 1, .max = 4096,
		 .help = "online CPUs of the host that it is for (default: this host's)"},
		{0, "memory", OPT_SIZE, &j->memory, .arg = "SIZE",
		 .help = "its memory limit, such as 512Mi (default: this host's, or the control "
			 "group's)"},
		{0, "page-size", OPT_SIZE, &j->page_size, .arg = "SIZE",
		 .help = "its page size (default: this host's)"},
		{0, "format", OPT_CHOICE, &j->format, .arg = "FORMAT", .help = "output",
		 .choices = formats},
		{0},
	};
	const struct opts_usage usage = {
		.program = "falcotune config",
		.operands = "",
		.summary =
			"Shows the effective values of falco.yaml, config_files and -o: where each "
			"one\ncame from, what it replaced, Falco's default; and what is wrong or\n"
			"surprising.\n\nExit codes: 0 fine; 1 Falco would refuse to start; 2 bad "
			"usage, "
			"or a file that\ncannot be read; 3 no engine answers --falco auto.",
		.examples = "  falcotune config -c /etc/falco/falco.yaml\n"
			    "  falcotune config -c falco.yaml --falco 0.43.1 --memory 512Mi\n"
			    "  falcotune config -c falco.yaml --format json | jq .findings\n",
		.instead = "the file is given with -c",
	};

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void print_place(const json_t *o)
{
	const json_t *line = json_object_get(o, "line");

	printf("%s", text_of(o, "file"));
	if (line)
		printf(":%lld", (long long)json_integer_value(line));
}

static void print_value(const char *before, const json_t *value, int width, const char *after)
{
	char *text =
		json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));

	printf("%s%-*s%s", before, width, text ? text : "", after);
	free(text);
}

static void print_values(const json_t *rows)
{
	size_t i, k;
	json_t *row, *old;

	json_array_foreach(rows, i, row)
	{
		const json_t *def = json_object_get(row, "default");

		printf("%-46s", text_of(row, "key"));
		print_value(" ", json_object_get(row, "value"), 24, " ");
		print_place(row);
		if (def && !json_equal(def, json_object_get(row, "value")))
			print_value("; Falco's default: ", def, 0, "");
		putchar('\n');
		json_array_foreach(json_object_get(row, "replaced"), k, old)
		{
			print_value("    replaced ", json_object_get(old, "value"), 0, " of ");
			print_place(old);
			putchar('\n');
		}
	}
}

static void print_findings(const json_t *findings)
{
	size_t i;
	json_t *f;

	json_array_foreach(findings, i, f)
	{
		printf("\n%s %s: ", text_of(f, "severity"), text_of(f, "code"));
		print_place(f);
		printf("%s%s\n    %s: %s\n    write: %s\n", *text_of(f, "file") ? ": " : "",
		       text_of(f, "message"), text_of(f, "title"), text_of(f, "why"),
		       text_of(f, "mend"));
	}
}

static void print_text(const json_t *out)
{
	printf("Configuration as Falco %s reads it.\n\n", text_of(out, "falco"));
	print_values(json_object_get(out, "values"));
	print_findings(json_object_get(out, "findings"));
	if (json_is_true(json_object_get(out, "refused")))
		printf("\nFalco %s refuses to start with this configuration.\n",
		       text_of(out, "falco"));
}

/* What stops Falco goes to the terminal too, where standard output is a file. */
static void log_errors(struct cmd_ctx *ctx, const json_t *findings)
{
	size_t i;
	json_t *f;

	json_array_foreach(findings, i, f)
	{
		struct error e = ERROR_INIT;

		if (strcmp(text_of(f, "severity"), "error") != 0)
			continue;
		error_at(&e, text_of(f, "file"),
			 (size_t)json_integer_value(json_object_get(f, "line")),
			 (size_t)json_integer_value(json_object_get(f, "col")), "%s (%s)",
			 text_of(f, "message"), text_of(f, "code"));
		log_print(&ctx->log, LOG_ERROR, "%s", e.msg);
	}
}

static void read_host(const struct job *j, struct config_host *h)
{
	config_host_read(h);
	if (j->n_cpus)
		h->n_cpus = (int)j->n_cpus;
	if (j->page_size)
		h->page_size = j->page_size;
	if (j->memory) {
		h->memory = j->memory;
		snprintf(h->memory_of, sizeof(h->memory_of), "the host of --memory");
	}
}

/* *code: what to exit with when nothing failed. */
static int show(const struct job *j, struct cmd_ctx *ctx, int *code, struct error *err)
{
	struct config_input in = {
		.file = j->file, .sets = &j->sets, .lenient = true, .history = true};
	struct config c cleanup_config = {0};
	const struct catalogue *cat;
	struct config_host host;
	json_t *out;
	bool refused;

	if (cmd_release(ctx, j->falco, j->engine, &cat, err))
		return -1;
	in.release = release_minor(cat->falco);
	if (config_load(&c, &in, err))
		return -1;
	read_host(j, &host);
	out = json_object();
	json_object_set_new(out, "falco", json_string(cat->falco));
	json_object_set_new(out, "values", config_describe(&c));
	json_object_set_new(out, "findings", config_findings(&c, &host, &refused));
	json_object_set_new(out, "refused", json_boolean(refused));
	if (refused) {
		log_errors(ctx, json_object_get(out, "findings"));
		*code = EXIT_FINDING;
	}
	if (j->format == FORMAT_JSON)
		return cmd_print_json(out, JSON_REAL_PRECISION(6), err);
	print_text(out);
	json_decref(out);
	return 0;
}

int cmd_config(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct job j = {0};
	struct error err = ERROR_INIT;
	int code = EXIT_FINE, rc = read_options(&j, argc, argv, &err);

	if (!rc)
		rc = show(&j, ctx, &code, &err);
	strvec_release(&j.sets);
	return rc < 0 ? cmd_fail(ctx, &err) : code;
}

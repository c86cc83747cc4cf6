/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opts.h"
#include "cmd/cmd.h"
#include "engine/prometheus.h"
#include "lint/explain.h"

#include <stdio.h>
#include <string.h>

#define SUGGESTIONS 5

struct job {
	bool list;
	int format; /* index into formats */
	char **terms;
	size_t n_terms;
};

static const char *const formats[] = {"text", "json", NULL};

static int read_options(struct job *j, int argc, char **argv, struct error *err)
{
	const struct opt opts[] = {
		{0, "list", OPT_FLAG, &j->list,
		 .help = "list the terms of a KIND (metric, drop, syscall, option, preset, lint, "
			 "trap, code, verdict, exit), or all of them"},
		{0, "format", OPT_CHOICE, &j->format, .arg = "FORMAT", .help = "output",
		 .choices = formats},
		{0},
	};
	const struct opts_usage usage = {
		.program = "falcotune explain",
		.operands = "TERM | --list [KIND]",
		.summary =
			"Says what a metric, a category of drops, a syscall or event, an option, a "
			"buffer\npreset, a lint, a trap of falco.yaml, a code of Falco's, a "
			"verdict or an exit code\nis, what is healthy where that is known, and "
			"which lever moves it. Nothing is read from the "
			"host.\n\nExit codes: 0 fine; 2 bad usage, or a term that is not known.",
		.examples = "  falcotune explain scap.n_drops\n"
			    "  falcotune explain falcosecurity_scap_n_drops_total\n"
			    "  falcotune explain openat\n"
			    "  falcotune explain FT004\n"
			    "  falcotune explain preset 6\n"
			    "  falcotune explain --list verdict\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	j->terms = argv + first;
	j->n_terms = rc ? 0 : (size_t)(argc - first);
	if (!rc && !j->list && !j->n_terms)
		return error_input(err, "expected a TERM or --list");
	if (!rc && j->list && j->n_terms > 1)
		return error_input(err, "--list takes one KIND, '%s' is one too many", j->terms[1]);
	return rc;
}

static int list(const struct job *j, struct error *err)
{
	int kind = EXPLAIN_N_KINDS;
	json_t *all, *o;
	size_t i;

	for (int k = 0; j->n_terms && k < EXPLAIN_N_KINDS; k++)
		if (!strcmp(j->terms[0], explain_kind_names[k]))
			kind = k;
	if (j->n_terms && kind == EXPLAIN_N_KINDS)
		return error_input(err,
				   "there is no kind '%s', expected metric, drop, syscall, option, "
				   "preset, lint, trap, code, verdict or exit",
				   j->terms[0]);
	all = explain_list((enum explain_kind)kind);
	if (j->format)
		return cmd_print_json(all, 0, err);
	json_array_foreach(all, i, o)
		printf("%-8s %-40s %s\n", json_string_value(json_object_get(o, "kind")),
		       json_string_value(json_object_get(o, "term")),
		       json_string_value(json_object_get(o, "summary")));
	json_decref(all);
	return 0;
}

static int unknown(const char *term, struct error *err)
{
	struct strvec near cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	explain_suggest(term, SUGGESTIONS, &near);
	for (size_t i = 0; i < near.n; i++)
		strbuf_addf(&text, "%s%s", i ? ", " : "; did you mean ", near.v[i]);
	return error_input(err, "unknown term '%s'%s%s", term, text.buf,
			   near.n ? "?" : "; falcotune explain --list has all terms");
}

static int explain(const struct job *j, struct error *err)
{
	struct strbuf term cleanup_strbuf = STRBUF_INIT, text cleanup_strbuf = STRBUF_INIT;
	struct strbuf field cleanup_strbuf = STRBUF_INIT;
	json_t *found, *o;
	size_t i;
	int rc = 0;

	for (size_t k = 0; k < j->n_terms; k++)
		strbuf_addf(&term, "%s%s", k ? " " : "", j->terms[k]);
	/* A name of the metrics endpoint, as on a dashboard. */
	if (prometheus_field(term.buf, &field)) {
		strbuf_reset(&term);
		strbuf_addstr(&term, field.buf);
	}
	found = explain_find(term.buf);
	json_array_foreach(found, i, o)
	{
		strbuf_addstr(&text, i ? "\n" : "");
		explain_print(o, &text);
	}
	if (!json_array_size(found))
		rc = unknown(term.buf, err);
	else if (j->format)
		rc = cmd_print_json(json_incref(found), 0, err);
	else
		fputs(text.buf, stdout);
	json_decref(found);
	return rc;
}

int cmd_explain(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct job j = {0};
	struct error err = ERROR_INIT;
	int rc = read_options(&j, argc, argv, &err);

	if (!rc)
		rc = j.list ? list(&j, &err) : explain(&j, &err);
	return rc < 0 ? cmd_fail(ctx, &err) : EXIT_FINE;
}

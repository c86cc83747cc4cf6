/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune advise: what to change, from the results of a run or from a Falco's own metrics file.
 */
#include "advise/advise.h"
#include "advise/advice.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "cmd/cmd.h"
#include "config/config.h"
#include "report/advice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* results.json of a large run has some 10 MB; a metrics file of a year at 15m as much. */
#define RESULTS_MAX ((size_t)1 << 30)

struct args {
	const char *results; /* operand */
	const char *from, *config;
	struct strvec sets;
	int format;
};

static const char *const formats[] = {"text", "json", "md", NULL};
static const enum out_format format_of[] = {FORMAT_TEXT, FORMAT_JSON, FORMAT_MD};

static int parse(int argc, char **argv, struct args *a, struct error *err)
{
	const struct opt opts[] = {
		{0, "from", OPT_STR, &a->from, .arg = "METRICS",
		 .help = "a Falco's own metrics file (metrics.output_file), instead of results"},
		{'c', "config", OPT_STR, &a->config, .arg = "FILE",
		 .help = "with --from: the falco.yaml of that Falco, for its buffers and for whole "
			 "blocks to paste (default: the values that Falco ships)"},
		{'o', "option", OPT_STRS, &a->sets, .arg = "KEY=VALUE",
		 .help = "with --from: setting on top of falco.yaml, as Falco's -o; repeatable"},
		{0, "format", OPT_CHOICE, &a->format, .arg = "FORMAT", .help = "output",
		 .choices = formats},
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune advise",
		.operands = "RESULTS | --from METRICS",
		.summary =
			"Says what to change, the largest expected gain first, with evidence and "
			"the exact change,\nfrom the results of falcotune run (a folder or its "
			"results.json) or from the metrics file\nof a Falco. Nothing is started "
			"and "
			"nothing is changed.\n\nExit codes: 0 advice given, or nothing to change; "
			"2 "
			"a file that cannot be read.",
		.examples = "  falcotune advise results/20260101-120000\n"
			    "  falcotune advise --from /var/log/falco/metrics.jsonl -c "
			    "/etc/falco/falco.yaml\n"
			    "  falcotune advise results/20260101-120000 --format md\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (rc)
		return rc;
	if (argc - first > 1)
		return error_input(err, "unexpected operand '%s'", argv[first + 1]);
	a->results = first < argc ? argv[first] : NULL;
	if (!a->results == !a->from)
		return error_input(err, "expected either RESULTS or --from METRICS; try falcotune "
					"advise --help");
	if (a->results && (a->config || a->sets.n))
		return error_input(err,
				   "options --config and --option go with --from: results know "
				   "their own configuration");
	return 0;
}

/* ---- results of a run ---- */

static int from_results(const char *path, struct advice *out, struct error *err)
{
	struct stat st;
	char *file cleanup_free = !stat(path, &st) && S_ISDIR(st.st_mode)
					  ? fs_join(path, "results.json")
					  : xstrdup(path);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct results r;
	json_error_t je;
	json_t *doc;
	int rc;

	if (fs_read_file(file, &text, RESULTS_MAX, err))
		return -1;
	doc = json_loadb(text.buf, text.len, 0, &je);
	if (!doc)
		return error_input(err,
				   "%s:%d:%d: not JSON (%s), expected results of falcotune run",
				   file, je.line, je.column, je.text);
	rc = results_from_json(&r, doc, file, err);
	json_decref(doc);
	if (rc)
		return -1;
	/* Anew, so that results of an earlier falcotune get the verdicts of this one. */
	advise_results(&r);
	advice_of_results(&r, out);
	results_release(&r);
	return 0;
}

/* ---- a Falco's metrics ---- */

struct lines {
	struct metrics_sample *v;
	size_t n, alloc;
};

static int read_lines(const char *path, struct lines *out, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	char *rest, *line;
	size_t n = 0;

	if (fs_read_file(path, &text, RESULTS_MAX, err))
		return -1;
	for (rest = text.buf; (line = strsep(&rest, "\n"));) {
		struct error why = ERROR_INIT;

		n++;
		if (!*line)
			continue;
		ALLOC_GROW(out->v, out->n, out->alloc);
		if (!metrics_parse_line(&out->v[out->n], line, strlen(line), 0, &why))
			out->n++;
		else if (rest) /* the last line may be half written */
			return error_input(err, "%s:%zu: %s; expected a metrics snapshot of Falco",
					   path, n, why.msg);
	}
	if (!out->n)
		return error_input(err, "%s: no metrics snapshot in it", path);
	return 0;
}

static void lines_release(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		metrics_sample_release(&l->v[i]);
	free(l->v);
}

static int load_config(const struct args *a, const struct strvec *more, struct config *out,
		       struct error *err)
{
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct config_input in = {.file = a->config, .sets = &sets, .lenient = true};

	strvec_copy(&sets, &a->sets);
	if (more)
		strvec_copy(&sets, more);
	return config_load(out, &in, err);
}

static void fill_input(struct verdict_input *in, const struct config *c, const struct lines *l)
{
	int64_t cpus = l->v[0].v[METRIC_HOST_CPUS];

	verdict_input_init(in);
	in->n_cpus = cpus;
	in->engine_kind = c->kind == ENGINE_KMOD ? "kmod" : "modern_ebpf";
	in->buffer_bytes = (int64_t)c->buffer_bytes;
	in->cpus_per_buffer = c->cpus_for_each_buffer;
	if (cpus > 0)
		in->n_buffers = c->cpus_for_each_buffer > 0 ? (cpus + c->cpus_for_each_buffer - 1) /
								      c->cpus_for_each_buffer
							    : 1;
	in->thread_table_size = c->thread_table_size;
}

/* The top-level blocks of the changed configuration that a change touches: a block in a later file
 * replaces the whole block of an earlier one, so each must be whole. */
static int blocks(const struct args *a, struct advice_item *f, struct error *err)
{
	struct strbuf all cleanup_strbuf = STRBUF_INIT, out = STRBUF_INIT;
	struct strvec done cleanup_strvec = STRVEC_INIT;
	struct config c;
	int rc;

	if (load_config(a, &f->change, &c, err))
		return -1;
	rc = config_emit(c.root, &all, err);
	config_release(&c);
	for (size_t i = 0; !rc && i < f->change.n; i++) {
		char *top cleanup_free =
			xasprintf("%.*s:", (int)strcspn(f->change.v[i], ".="), f->change.v[i]);
		char *p = all.buf;

		if (strvec_has(&done, top))
			continue;
		strvec_push(&done, top);
		while (p && strncmp(p, top, strlen(top)) != 0)
			p = (p = strchr(p, '\n')) ? p + 1 : NULL;
		for (size_t n = 0; p && *p && (!n || *p == ' ' || *p == '-'); n++) {
			size_t len = strcspn(p, "\n");

			strbuf_addf(&out, "%.*s\n", (int)len, p);
			p += len + (p[len] != '\0');
		}
	}
	if (out.len)
		f->yaml = strbuf_detach(&out);
	return rc;
}

static int from_metrics(const struct args *a, struct advice *out, struct error *err)
{
	struct lines lines = {0};
	struct verdict_input in;
	struct verdict_list list;
	struct config c;
	int rc = read_lines(a->from, &lines, err);

	if (!rc)
		rc = load_config(a, NULL, &c, err);
	if (!rc) {
		fill_input(&in, &c, &lines);
		verdict_metrics(&in, lines.v, lines.n, &list);
		advice_of_verdicts(&list, a->from, out);
		verdict_list_release(&list);
		config_release(&c);
	}
	for (size_t i = 0; !rc && a->config && i < out->n; i++)
		if (out->v[i].change.n)
			rc = blocks(a, &out->v[i], err);
	lines_release(&lines);
	return rc;
}

int cmd_advise(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {0};
	struct advice found = {0};
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	int rc = parse(argc, argv, &a, &err);

	if (!rc)
		rc = a.from ? from_metrics(&a, &found, &err)
			    : from_results(a.results, &found, &err);
	else if (rc > 0) {
		strvec_release(&a.sets);
		return EXIT_FINE;
	}
	if (!rc)
		rc = advice_report(&found, a.from ? a.from : a.results, format_of[a.format], &text,
				   &err);
	if (!rc)
		fwrite(text.buf, 1, text.len, stdout);
	advice_release(&found);
	strvec_release(&a.sets);
	return rc ? cmd_fail(ctx, &err) : EXIT_FINE;
}

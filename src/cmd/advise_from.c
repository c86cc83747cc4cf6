/* SPDX-License-Identifier: Apache-2.0 */
/* The files that advice comes from. */
#include "cmd/advise.h"

#include "advise/advice_host.h"
#include "advise/advise.h"
#include "advise/verdict_import.h"
#include "base/fs.h"
#include "base/mem.h"
#include "cmd/import.h"
#include "cmd/predict.h"
#include "cmd/release.h"
#include "report/import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* results.json of a large run has some 10 MB. */
#define RESULTS_MAX ((size_t)1 << 30)

/* ---- results of a run ---- */

/* Engine and load of what was run, for another run. */
static void take_run(struct advise_args *a, const struct results *r)
{
	a->source = SOURCE_RESULTS;
	a->dummy = r->dummy_rules;
	a->limit = advise_limit(r);
	a->limits = (struct cgroup_limits){
		.cpus = r->cpu_limit > 0 ? r->cpu_limit : 0,
		.memory = r->memory_limit > 0 ? r->memory_limit : 0,
	};
	if (!a->engine && r->engine_path)
		a->engine = a->found_engine = xstrdup(r->engine_path);
	for (size_t i = 0; i < r->n_cases && !a->load; i++)
		if (r->cases[i].load && r->cases[i].sum.n_ok)
			a->load = xstrdup(r->cases[i].load);
}

static int from_results(struct advise_args *a, const char *file, const struct strbuf *text,
			const json_t *doc, struct advice *out, struct error *err)
{
	struct results r;

	if (results_from_text(&r, doc, text->buf, text->len, file, err))
		return -1;
	/* Anew, so that results of an earlier falcotune get the verdicts of this one. */
	advise_results(&r);
	advice_of_results(&r, out);
	take_run(a, &r);
	results_release(&r);
	return 0;
}

/* ---- a Falco's metrics ---- */

void advise_lines_release(struct advise_lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		metrics_sample_release(&l->v[i]);
	free(l->v);
}

int advise_config(const struct advise_args *a, const struct strvec *more, struct config *out,
		  struct error *err)
{
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct config_input in = {.file = a->config, .sets = &sets, .lenient = true};

	strvec_copy(&sets, &a->sets);
	if (more)
		strvec_copy(&sets, more);
	return config_load(out, &in, err);
}

void advise_fill_input(struct verdict_input *in, const struct config *c, int64_t cpus)
{
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

static void note_data(const struct imported *m, struct advice *out)
{
	struct import_view view = {
		.series = &m->series, .runs = &m->runs, .counts = &m->reader.counts};
	struct strvec next cleanup_strvec = STRVEC_INIT;

	import_conclude(&view, &out->notes, &next);
	/* Of a benchmark there are no verdicts, but a next step. */
	if (!m->series.n) {
		strvec_copy(&out->notes, &next);
		out->unjudged = "No metrics of a Falco are in it to judge by: what it shows, and "
				"what to do next, is above";
	}
	if (m->series.n > 1)
		strvec_pushf(&out->notes,
			     "the verdict is on the sessions of the host that dropped most%s%s",
			     *import_series_worst(&m->series)->id.host ? ": " : "",
			     import_series_worst(&m->series)->id.host);
}

static int from_data(struct advise_args *a, const struct imported *m, const char *path,
		     struct advice *out, struct error *err)
{
	struct verdict_input in;
	struct verdict_list list;
	struct config c;

	a->source = SOURCE_METRICS;
	if (advise_config(a, NULL, &c, err))
		return -1;
	note_data(m, out);
	if (m->series.n) {
		advise_fill_input(&in, &c, import_series_worst(&m->series)->n_cpus);
		verdict_import(&in, &m->series, &list);
		advice_of_verdicts(&list, path, out);
		verdict_list_release(&list);
	}
	config_release(&c);
	return 0;
}

/* text NULL: the file is read, in constant memory. */
static int from_metrics(struct cmd_ctx *ctx, struct advise_args *a, const char *path,
			const struct strbuf *text, struct advice *out, struct error *err)
{
	struct strvec files cleanup_strvec = STRVEC_INIT;
	struct imported m;
	int rc;

	strvec_push(&files, path);
	rc = text ? imported_read_text(&m, ctx, path, text, err)
		  : imported_read(&m, ctx, &files, 0, err);
	if (!rc)
		rc = from_data(a, &m, path, out, err);
	imported_release(&m);
	return rc;
}

/* ---- a host profile ---- */

static int from_host(struct cmd_ctx *ctx, struct advise_args *a, const char *path,
		     const struct strbuf *text, struct advice *out, struct error *err)
{
	struct host_profile host cleanup_host_profile;
	struct prediction own = PREDICTION_INIT;
	struct predict_input from = {
		.config_file = a->config, .sets = &a->sets, .rules = &a->rules};
	int rc = -1;

	a->source = SOURCE_HOST;
	a->host_file = realpath(path, NULL);
	host_profile_init(&host);
	if (!cmd_release(ctx, a->falco, NULL, &from.cat, err) &&
	    !host_profile_parse(path, text->buf, text->len, &host, err) &&
	    !predict(&own, &from, ctx, err)) {
		const struct advice_host_input in = {
			.host = &host,
			.set = {.sel = &own.sel,
				.in = &own.in,
				.drop_failed_exit = own.from.config.drop_failed_exit,
				.enter_events = release_of(from.cat)->enter_events},
			.config = &own.from.config,
			.where = path};

		advice_of_host(&in, out);
		rc = 0;
	}
	prediction_release(&own);
	return rc;
}

/* ---- which of them ---- */

/* The beginning of the file tells, then its first JSON value: a metrics file has one a line. */
int advise_from_file(struct cmd_ctx *ctx, struct advise_args *a, const char *path,
		     struct advice *out, struct error *err)
{
	char *file cleanup_free = fs_is_dir(path) ? fs_join(path, "results.json") : xstrdup(path);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	json_error_t je;
	json_t *doc;
	int rc;

	/* Such a file may be larger than memory. */
	if (imported_looks_like(file))
		return from_metrics(ctx, a, file, NULL, out, err);
	if (fs_read_file(file, &text, RESULTS_MAX, err))
		return -1;
	doc = json_loadb(text.buf, text.len, JSON_DISABLE_EOF_CHECK, &je);
	if (json_is_array(json_object_get(doc, "calls")))
		rc = from_host(ctx, a, file, &text, out, err);
	else if (json_object_get(doc, "output_fields") ||
		 (a->from && !json_object_get(doc, "cases")))
		rc = from_metrics(ctx, a, file, &text, out, err);
	else if (!doc)
		rc = error_input(err, "%s:%d:%d: not JSON (%s), expected results of falcotune run",
				 file, je.line, je.column, je.text);
	else
		rc = from_results(a, file, &text, doc, out, err);
	json_decref(doc);
	return rc;
}

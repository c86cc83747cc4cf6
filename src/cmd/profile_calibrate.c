/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/profile_calibrate.h"

#include "base/fs.h"
#include "base/mem.h"
#include "config/overlay.h"
#include "cmd/predict.h"
#include "cost/calibrate.h"
#include "cost/calibrate_counts.h"
#include "report/calibration.h"
#include "run/live.h"
#include "run/profiling.h"
#include "stats/describe.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define SETS "rulesets/calibrate"

/* One rule set. */
struct set {
	char *name, *dir;
	struct strvec files;
	struct prediction rules;
	struct strbuf falco_yaml;
	struct profiling p, plain;
	struct eprofile profile;
	bool profiled;
	double *ns; /* of each run that was not */
	size_t n;
};

struct job {
	const struct profile_calibration *c;
	struct engine engine;
	char *events;
	struct set *v;
	size_t n, n_own; /* the user's rules come last, and are not fit to */
	struct cost_params params;
};

static void set_release(struct set *s)
{
	free(s->name);
	free(s->dir);
	free(s->ns);
	strvec_release(&s->files);
	prediction_release(&s->rules);
	strbuf_release(&s->falco_yaml);
	if (s->profiled)
		eprofile_release(&s->profile);
}

static void job_release(struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		set_release(&j->v[i]);
	free(j->v);
	free(j->events);
	engine_release(&j->engine);
	cost_params_release(&j->params);
}

/* ---- what is to be run ---- */

/* config, rules: NULL and the files of the set, or the user's. */
static int read_set(struct cmd_ctx *ctx, struct job *j, struct set *s, const char *config,
		    const struct strvec *rules, struct error *err)
{
	const struct measure_args *m = j->c->m;
	const struct predict_input in = {.cat = catalogue_find(NULL),
					 .config_file = config,
					 .sets = &m->sets,
					 .rules = rules};
	struct overlay over = OVERLAY_INIT;

	over.metrics_file = LIVE_METRICS_FILE;
	over.alerts_file = LIVE_ALERTS_FILE;
	if (predict(&s->rules, &in, ctx, err) ||
	    overlay_render(&s->rules.from.config, &over, &s->falco_yaml, err))
		return -1;
	for (size_t i = 0; rules != &s->files && i < s->rules.from.files.n; i++)
		strvec_take(&s->files, fs_absolute(s->rules.from.files.v[i]));
	s->dir = fs_join(m->dir, s->name);
	s->p = (struct profiling){.engine = &j->engine,
				  .rules = &s->files,
				  .falco_yaml = s->falco_yaml.buf,
				  .dir = s->dir,
				  .events = j->events,
				  .timeout_ns = m->o.timeout_ns,
				  .n_cpus = sysconf(_SC_NPROCESSORS_ONLN),
				  .runs = j->c->runs};
	s->plain = s->p;
	s->plain.plain = true;
	s->ns = xcalloc((size_t)j->c->runs, sizeof(*s->ns));
	return 0;
}

static struct set *new_set(struct job *j, char *name)
{
	struct set *s = &j->v[j->n++];

	*s = (struct set){.name = name, .rules = PREDICTION_INIT, .falco_yaml = STRBUF_INIT};
	return s;
}

static int read_sets(struct cmd_ctx *ctx, struct job *j, struct error *err)
{
	char *dir cleanup_free = fs_data_path(SETS);
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (!dir || fs_list(dir, &names, NULL) < 0)
		return error_env(err, SETS " was not found, reinstall falcotune");
	j->v = xcalloc(names.n + 2, sizeof(*j->v));
	for (size_t i = 0; i < names.n; i++) {
		const char *end = strstr(names.v[i], ".yaml");
		struct set *s;

		if (!end)
			continue;
		s = new_set(j, xasprintf("%.*s", (int)(end - names.v[i]), names.v[i]));
		strvec_take(&s->files, fs_join(dir, names.v[i]));
		if (read_set(ctx, j, s, NULL, &s->files, err))
			return -1;
	}
	if (!j->c->own)
		return 0;
	j->n_own = 1;
	return read_set(ctx, j, new_set(j, xstrdup("yours")), j->c->m->o.config, &j->c->m->rules,
			err);
}

static int set_up(struct cmd_ctx *ctx, struct job *j, struct error *err)
{
	struct measure_args *m = j->c->m;

	if (engine_find(&j->engine, m->o.engine, err))
		return -1;
	if (!m->print_commands && engine_ask_version(&j->engine, m->o.wake_fd, err))
		return -1;
	if (!m->print_commands && !j->engine.embedded)
		return error_input(err,
				   "option --engine: %s is not falcotune-engine, the only engine "
				   "that replays a recording of it",
				   j->engine.path);
	j->events = fs_absolute(j->c->events);
	return cost_params_read(NULL, COST_EMBEDDED, &j->params, err) || read_sets(ctx, j, err) ? -1
												: 0;
}

/* ---- runs ---- */

/* The sets in turn, because a machine's speed drifts. */
static int run_all(void *arg, struct measuring *m, struct error *err)
{
	struct job *j = arg;

	for (int run = 0; run <= j->c->runs; run++) {
		for (size_t i = 0; i < j->n; i++) {
			struct set *s = &j->v[i];
			int rc = run ? profiling_cpu(&s->plain, run, &m->s, &s->ns[s->n], err)
				     : profiling_run(&s->p, 1, &m->s, &s->profile, err);

			if (rc)
				return error_wrap(err, "rules %s", s->name);
			s->n += run != 0;
			s->profiled = true;
		}
		session_tell(&m->s, PROGRESS_NOTE, "%s of %zu rule sets: round %d of %d",
			     run ? "CPU" : "profiles", j->n, run ? run : 1, run ? j->c->runs : 1);
	}
	return 0;
}

/* ---- the fit ---- */

static void even_out(struct job *j)
{
	double **ns cleanup_free = xcalloc(j->n, sizeof(*ns));

	for (size_t i = 0; i < j->n; i++)
		ns[i] = j->v[i].ns;
	cost_even_out(ns, j->n, j->v[0].n);
}

/* All sets but one (j->n: none is left out), and the user's. */
static int fit(const struct job *j, size_t but, struct cost_params *p, struct error *err)
{
	const struct eprofile **views cleanup_free = xcalloc(j->n + 1, sizeof(*views));
	double *ns cleanup_free = xcalloc(j->n + 1, sizeof(*ns));
	size_t n = 0;

	for (size_t i = 0; i < j->n - j->n_own; i++) {
		if (i == but)
			continue;
		views[n] = &j->v[i].profile;
		ns[n++] = stats_median(j->v[i].ns, j->v[i].n);
	}
	return cost_calibrate(p, views, n, ns, err);
}

static int add_run(struct job *j, const struct cost_params *start, size_t i, struct error *err)
{
	const struct set *s = &j->v[i];
	bool own = i >= j->n - j->n_own;
	struct cost_params other;
	int rc;

	cost_params_copy(&other, start);
	rc = own ? 0 : fit(j, i, &other, err);
	if (!rc)
		j->params.runs[j->params.n_runs++] = (struct cost_run){
			.rules = xstrdup(s->name),
			.own = own,
			.ns = stats_median(s->ns, s->n),
			.lo = stats_quantile(s->ns, s->n, 0),
			.hi = stats_quantile(s->ns, s->n, 1),
			.model = cost_whole_ns(&j->params, &s->profile),
			.left_out = cost_whole_ns(own ? &j->params : &other, &s->profile),
			.n = s->n};
	cost_params_release(&other);
	return rc;
}

static int fit_all(struct job *j, struct error *err)
{
	struct cost_params start;
	int rc;

	even_out(j);
	cost_params_copy(&start, &j->params);
	rc = fit(j, j->n, &j->params, err);
	j->params.runs = xcalloc(j->n + 1, sizeof(*j->params.runs));
	for (size_t i = 0; !rc && i < j->n; i++)
		rc = add_run(j, &start, i, err);
	cost_params_release(&start);
	return rc;
}

int profile_show_prices(const struct cost_params *p, const char *what, const char *file, int format,
			struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (cost_params_write(p, file, err) ||
	    calibration_report(p, what, file, (enum out_format)format, &text, err))
		return -1;
	return cmd_print(&text, err);
}

static void print_commands(const struct job *j)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;

	for (int run = 0; run <= j->c->runs; run++)
		for (size_t i = 0; i < j->n; i++)
			profiling_commands(run ? &j->v[i].plain : &j->v[i].p, run ? run : 1,
					   &lines);
	cmd_print_lines(&lines);
}

int profile_calibrate(struct cmd_ctx *ctx, const struct profile_calibration *c, struct error *err)
{
	struct job j = {.c = c, .engine = ENGINE_INIT};
	int code = EXIT_FINE;

	if (set_up(ctx, &j, err))
		code = cmd_fail(ctx, err);
	else if (c->m->print_commands)
		print_commands(&j);
	else if (!(code = measuring_run(ctx, c->m, "calibrate-start", run_all, &j, err)) &&
		 (fit_all(&j, err) ||
		  profile_show_prices(&j.params, NULL, c->file, c->m->format, err)))
		code = cmd_fail(ctx, err);
	job_release(&j);
	return code;
}

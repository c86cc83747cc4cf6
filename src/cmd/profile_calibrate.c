/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune profile --calibrate of the embedded engine: what events and checks cost on this host.
 *
 * The rule sets of rulesets/calibrate are run in turn, one profiled and several not, on the events
 * of a recording or live under a load; the costs are fit to the CPU of those that were not
 * (cost/calibrate.h). Live, one set is run under a tenth of the load too, which tells what looking
 * for events takes in any case.
 */
#include "cmd/profile.h"

#include "base/fs.h"
#include "base/mem.h"
#include "config/overlay.h"
#include "cost/calibrate.h"
#include "cost/calibrate_counts.h"
#include "cost/wake.h"
#include "report/calibration.h"
#include "run/live.h"
#include "run/profiling.h"
#include "stats/describe.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define SETS	    "rulesets/calibrate"
#define BASE	    "base" /* its rules hardly ever look at an event */
#define LITTLE	    0.1	   /* of the load */
#define REPLAYS	    7
#define LIVE_ROUNDS 5
#define LIVE_NS	    (3 * NS_PER_S)

/* One rule set. */
struct set {
	char *name, *dir;
	struct strvec files, calls;
	struct prediction rules;
	struct strbuf falco_yaml;
	struct profiling p, plain;
	struct eprofile profile;
	bool profiled;
	double *ns, *per_s; /* CPU and rate of events that it saw, of each run without profile */
};

struct job {
	const struct profile_args *a;
	const struct profile_setup *t;
	char *events; /* NULL: live */
	struct set *v;
	size_t n, n_own;   /* the user's rules come last, and are not fit to */
	struct set little; /* one of them under little load; its figures alone */
	const struct set *base;
	size_t rounds;
	double dropped, taken;
	struct cost_params params;
};

static void set_release(struct set *s)
{
	free(s->name);
	free(s->dir);
	free(s->ns);
	free(s->per_s);
	strvec_release(&s->files);
	strvec_release(&s->calls);
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
	free(j->little.ns);
	free(j->little.per_s);
	free(j->events);
	cost_params_release(&j->params);
}

/* ---- what is to be run ---- */

/* config, rules: NULL and the files of the set, or the user's. */
static int read_set(struct cmd_ctx *ctx, struct job *j, struct set *s, const char *config,
		    const struct strvec *rules, struct error *err)
{
	const struct measure_args *m = &j->a->m;
	const struct predict_input in = {.cat = catalogue_find(NULL),
					 .config_file = config,
					 .sets = &m->sets,
					 .rules = rules};
	struct overlay over = OVERLAY_INIT;

	over.metrics_file = LIVE_METRICS_FILE;
	over.alerts_file = LIVE_ALERTS_FILE;
	over.metrics_interval = "250ms"; /* a short window begins and ends at snapshots */
	if (predict(&s->rules, &in, ctx, err) ||
	    overlay_render(&s->rules.from.config, &over, &s->falco_yaml, err))
		return -1;
	for (size_t i = 0; rules != &s->files && i < s->rules.from.files.n; i++)
		strvec_take(&s->files, fs_absolute(s->rules.from.files.v[i]));
	cat_scs_to_names(in.cat, s->rules.sel.final, &s->calls);
	s->dir = fs_join(m->dir, s->name);
	s->p = (struct profiling){.engine = &j->t->engine,
				  .rules = &s->files,
				  .falco_yaml = s->falco_yaml.buf,
				  .set = &s->calls,
				  .dir = s->dir,
				  .events = j->events,
				  .load_exe = j->t->load_exe,
				  .load = m->o.load,
				  .duration_ns = m->o.duration_ns,
				  .warmup_ns = m->o.warmup_ns,
				  .timeout_ns = m->o.timeout_ns,
				  .n_cpus = sysconf(_SC_NPROCESSORS_ONLN),
				  .runs = (int)j->rounds};
	s->plain = s->p;
	s->plain.plain = true;
	s->ns = xcalloc(j->rounds, sizeof(*s->ns));
	s->per_s = xcalloc(j->rounds, sizeof(*s->per_s));
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
		if (!strcmp(s->name, BASE))
			j->base = s;
		strvec_take(&s->files, fs_join(dir, names.v[i]));
		if (read_set(ctx, j, s, NULL, &s->files, err))
			return -1;
	}
	if (!j->base)
		return error_env(err, SETS "/" BASE ".yaml was not found, reinstall falcotune");
	j->little = (struct set){.plain = j->base->plain,
				 .ns = xcalloc(j->rounds, sizeof(*j->little.ns)),
				 .per_s = xcalloc(j->rounds, sizeof(*j->little.per_s))};
	j->little.plain.load_scale = LITTLE;
	if (!j->a->m.rules.n && !j->a->m.o.config)
		return 0;
	j->n_own = 1;
	return read_set(ctx, j, new_set(j, xstrdup("yours")), j->a->m.o.config, &j->a->m.rules,
			err);
}

/* ---- runs ---- */

static int measure(struct job *j, const struct set *like, int run, struct session *s,
		   struct set *out, struct error *err)
{
	const struct eprofile *p = &like->profile;
	/* Calls that make two events of which rules see one. */
	double share = (double)p->seen / (double)(p->kernel_events - p->kernel_drops);
	struct profiling_cost c;

	if (profiling_measure(&out->plain, run, s, &c, err))
		return -1;
	if (!(share > 0) || !(c.events > 0) || !(c.seconds > 0))
		return error_env(err, "the engine took no events");
	out->ns[run - 1] = c.cpu_ns / (c.events * share);
	out->per_s[run - 1] = c.events * share / c.seconds;
	j->taken += c.events;
	j->dropped += isnan(c.dropped) ? 0 : c.dropped;
	return 0;
}

/* run: 0 for the profile. */
static int run_set(struct job *j, struct set *s, int run, struct session *se, struct error *err)
{
	if (!run) {
		if (profiling_run(&s->p, 1, se, &s->profile, err))
			return -1;
		s->profiled = true;
		return 0;
	}
	s->per_s[run - 1] = (double)NAN;
	return j->events ? profiling_cpu(&s->plain, run, se, &s->ns[run - 1], err)
			 : measure(j, s, run, se, s, err);
}

/* The sets in turn, because a machine's speed drifts. */
static int run_all(void *arg, struct measuring *m, struct error *err)
{
	struct job *j = arg;

	for (int run = 0; run <= (int)j->rounds; run++) {
		for (size_t i = 0; i < j->n; i++)
			if (run_set(j, &j->v[i], run, &m->s, err))
				return error_wrap(err, "rules %s", j->v[i].name);
		if (run && !j->events && measure(j, j->base, run, &m->s, &j->little, err))
			return error_wrap(err, "rules %s under little load", BASE);
		session_tell(&m->s, PROGRESS_NOTE, "%s of %zu rule sets: round %d of %d",
			     run ? "CPU" : "profiles", j->n, run ? run : 1,
			     run ? (int)j->rounds : 1);
	}
	return 0;
}

/* ---- the fit ---- */

static void even_out(struct job *j)
{
	double **ns cleanup_free = xcalloc(j->n + 1, sizeof(*ns));
	size_t n = j->n;

	for (size_t i = 0; i < n; i++)
		ns[i] = j->v[i].ns;
	if (!j->events)
		ns[n++] = j->little.ns;
	cost_even_out(ns, n, j->rounds);
}

static struct cost_whole whole_of(const struct job *j, const struct set *s,
				  const struct eprofile *profile)
{
	return (struct cost_whole){.profile = profile,
				   .ns = stats_median(s->ns, j->rounds),
				   .per_s = stats_median(s->per_s, j->rounds)};
}

/* Where the fit of looking for events begins: what the runs of one set under two loads tell. */
static void start_wake(const struct job *j, struct cost_params *p)
{
	const struct cost_whole w[] = {whole_of(j, j->base, &j->base->profile),
				       whole_of(j, &j->little, &j->base->profile)};
	const struct wake_point much = {w[0].per_s, w[0].ns * w[0].per_s / 1e9},
				little = {w[1].per_s, w[1].ns * w[1].per_s / 1e9};
	char *source cleanup_free =
		xasprintf("calibrated: CPU of live runs on this host under %s, and under %g of it",
			  j->t->what.buf, LITTLE);

	cost_value_set(&p->v[CP_WAKE], wake_solve(&much, &little) * 1e9, 1, source);
}

/* All sets but one (j->n: none is left out), and the user's. */
static int fit(const struct job *j, size_t but, struct cost_params *p, struct error *err)
{
	const struct eprofile **views cleanup_free = xcalloc(j->n + 1, sizeof(*views));
	struct cost_whole *whole cleanup_free = xcalloc(j->n + 1, sizeof(*whole));
	size_t n = 0, n_whole;

	for (size_t i = 0; i < j->n - j->n_own; i++) {
		if (i == but)
			continue;
		views[n] = &j->v[i].profile;
		whole[n++] = whole_of(j, &j->v[i], &j->v[i].profile);
	}
	n_whole = n;
	if (!j->events) {
		start_wake(j, p);
		whole[n_whole++] = whole_of(j, &j->little, &j->base->profile);
	}
	return cost_calibrate(p, views, n, whole, n_whole, err);
}

static int add_run(struct job *j, const struct cost_params *start, size_t i, struct error *err)
{
	const struct set *s = &j->v[i];
	const struct cost_whole w = whole_of(j, s, &s->profile);
	bool own = i >= j->n - j->n_own;
	struct cost_params other;
	int rc;

	cost_params_copy(&other, start);
	rc = own ? 0 : fit(j, i, &other, err);
	if (!rc)
		j->params.runs[j->params.n_runs++] = (struct cost_run){
			.rules = xstrdup(s->name),
			.own = own,
			.ns = w.ns,
			.lo = stats_quantile(s->ns, j->rounds, 0),
			.hi = stats_quantile(s->ns, j->rounds, 1),
			.model = cost_whole_ns(&j->params, w.profile, w.per_s),
			.left_out = cost_whole_ns(own ? &j->params : &other, w.profile, w.per_s),
			.n = j->rounds};
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

/* ---- the course ---- */

static void print_commands(const struct job *j)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;

	for (int run = 0; run <= (int)j->rounds; run++) {
		for (size_t i = 0; i < j->n; i++)
			profiling_commands(run ? &j->v[i].plain : &j->v[i].p, run ? run : 1,
					   &lines);
		if (run && !j->events)
			profiling_commands(&j->little.plain, run, &lines);
	}
	cmd_print_lines(&lines);
}

static int check(const struct profile_args *a, struct error *err)
{
	if (a->folded || a->dot || a->record || a->pid || a->detail_given)
		return error_input(err, "--calibrate runs rules of its own: --folded, --dot, "
					"--record, --pid and --detail have no meaning with it");
	if (!a->events && !a->m.o.load)
		return error_input(err, "--calibrate of the embedded engine needs the same events "
					"again and again: expected --load, or --events with a "
					"recording");
	if (!a->events && a->runs_given && a->runs < 2)
		return error_input(err, "option --runs: one round has no interval, expected 2 or "
					"more");
	return 0;
}

static void warn(struct cmd_ctx *ctx, const struct job *j)
{
	if (j->dropped > 0)
		log_print(
			&ctx->log, LOG_WARNING,
			"%.0f events were dropped, %.0f taken: the engine was at its limit; prices "
			"are of those that it took",
			j->dropped, j->taken);
}

int profile_calibrate(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		      struct error *err)
{
	struct job j = {.a = a,
			.t = t,
			.rounds = a->runs_given ? (size_t)a->runs
				  : a->events	? REPLAYS
						: LIVE_ROUNDS};
	int code = EXIT_FINE;

	if (!a->duration_given)
		a->m.o.duration_ns = LIVE_NS;
	j.events = a->events ? fs_absolute(a->events) : NULL;
	if (check(a, err) || profile_read_load(a, t, err) ||
	    cost_params_read(NULL, COST_EMBEDDED, &j.params, err) || read_sets(ctx, &j, err)) {
		code = cmd_fail(ctx, err);
	} else if (a->m.print_commands) {
		print_commands(&j);
	} else if (!(code = measuring_run(ctx, &a->m, "calibrate-start", run_all, &j, err))) {
		warn(ctx, &j);
		if (fit_all(&j, err) ||
		    profile_show_prices(&j.params, a->events ? NULL : t->what.buf, a->calibrate,
					a->m.format, err))
			code = cmd_fail(ctx, err);
	}
	job_release(&j);
	return code;
}

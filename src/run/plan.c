/* SPDX-License-Identifier: Apache-2.0 */
#include "run/plan.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "engine/process.h"
#include "load/profile.h"
#include "load/replay.h"
#include "run/canary.h"
#include "run/host.h"
#include "run/ladder.h"
#include "run/live.h"
#include "run/loadproc.h"
#include "run/plan_private.h"
#include "run/sequential.h"
#include "syscalls/release.h"

#include <limits.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Without --quick: 50 s of measured windows a case, enough for an interval that means something
 * (src/advise/advise.h). With it: six cases within 90 s. */
static const struct {
	int64_t duration_ns, warmup_ns, repeats;
	const char *load;
} defaults[] = {
	{10 * NS_PER_S, 2 * NS_PER_S, 5, NULL},
	{2 * NS_PER_S, 1 * NS_PER_S, 2, "quick"},
};

/* What a live run takes beside warm-up and window, measured on 2 cores: start to the first event
 * (Falco 1.2 s), up to a tick before the load, a tick after it, the engine's end. */
#define LIVE_OVERHEAD_S 3.0
#define DRY_S		0.1

void plan_case_release(struct plan_case *c)
{
	free(c->dir_name);
	free(c->overlay);
	strvec_release(&c->rules_files);
	strvec_release(&c->dry_argv);
	strvec_release(&c->live_argv);
	strvec_release(&c->load_argv);
}

void plan_release(struct plan *p)
{
	for (size_t i = 0; p->v && i < p->res.n_cases; i++)
		plan_case_release(&p->v[i]);
	free(p->v);
	for (size_t i = 0; p->rungs && i < p->res.n_rungs; i++)
		plan_case_release(&p->rungs[i]);
	free(p->rungs);
	results_release(&p->res);
	engine_release(&p->engine);
	free(p->dir);
	free(p->load_exe);
	*p = (struct plan){0};
}

struct cgroup_limits plan_limits(const struct plan *p)
{
	return (struct cgroup_limits){
		.cpus = p->res.cpu_limit > 0 ? p->res.cpu_limit : 0,
		.memory = p->res.memory_limit > 0 ? p->res.memory_limit : 0,
	};
}

char *plan_case_dir(const struct plan *p, size_t c)
{
	return xasprintf("%s/cases/%s", p->dir, p->v[c].dir_name);
}

/* ---- the engine and its release ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int set_engine(struct plan *p, const struct run_options *o, struct error *err)
{
	const struct catalogue *cat = NULL;
	enum release_match how = RELEASE_UNKNOWN;

	if (engine_find(&p->engine, o->engine, err))
		return -1;
	p->engine.embedded = !strcmp(base_name(p->engine.path), "falcotune-engine");
	if (o->ask_version && engine_ask_version(&p->engine, o->wake_fd, err))
		return -1;
	if (p->engine.release)
		cat = release_find(p->engine.release, &how);
	if (p->engine.release && (how == RELEASE_NEWER || how == RELEASE_UNKNOWN))
		strvec_pushf(&p->res.warnings,
			     "Falco %s is not known to falcotune: predictions are those of %s",
			     p->engine.release, catalogue_find(NULL)->falco);
	if (!cat)
		cat = catalogue_find(NULL);
	p->res.falco_release = xstrdup(cat->falco);
	p->res.engine_path = xstrdup(p->engine.path);
	p->res.engine_version = p->engine.version ? xstrdup(p->engine.version) : NULL;
	p->res.engine_embedded = p->engine.embedded;
	return 0;
}

/* ---- cases ---- */

/* Events a second that the load asks for in this set within the measured window; NaN when it cannot
 * be known before. */
static double predict_load(const struct plan *p, const struct load_profile *profile,
			   const struct strvec *set)
{
	struct load_prediction pred = {0};
	double sum = 0;

	load_predict_window(profile, p->res.warmup_ns, p->res.warmup_ns + p->res.duration_ns,
			    &pred);
	if (pred.unknown)
		sum = (double)NAN;
	for (size_t i = 0; i < pred.n; i++) {
		if (!strvec_has(set, pred.calls[i].syscall))
			continue;
		sum += pred.calls[i].unbounded ? (double)NAN : pred.calls[i].per_s;
	}
	load_prediction_release(&pred);
	return sum;
}

/* Events that the mix of a host has and its replay has not. */
#define REPLAY_MISSING 0.01

static void warn_replay(struct plan *p, const struct load_profile *profile)
{
	const struct load_replay *r = profile->replay;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (!r || !(r->missing > REPLAY_MISSING))
		return;
	strbuf_addf(&text, "%s of the mix of %s cannot be reproduced by the load %s:",
		    UNITS_SHARE(r->missing), r->file, profile->id);
	for (size_t i = 0; i < r->n_calls && i < 5; i++) {
		const struct replay_call *c = &r->calls[i];

		if (c->asked - c->made > REPLAY_MISSING / 10 * r->asked)
			strbuf_addf(&text, "%s %s (%s/s of %s/s)", i ? "," : "", c->syscall,
				    UNITS_RATE(c->made), UNITS_RATE(c->asked));
	}
	if (!strvec_has(&p->res.warnings, text.buf))
		strvec_push(&p->res.warnings, text.buf);
}

/* The same as n_evts counts it, every connect twice. */
static double predict_counted(const struct plan *p, const struct load_profile *profile,
			      const struct strvec *set)
{
	char *name = "connect";
	struct strvec connect = {.v = &name, .n = 1};
	double sum = predict_load(p, profile, set);

	return strvec_has(set, name) ? sum + predict_load(p, profile, &connect) : sum;
}

static int check_load(struct plan *p, const char *load, const struct strvec *set,
		      double *evts_per_s, double *counted_per_s, struct error *err)
{
	struct load_profile profile = {0};
	int rc = load_profile_read(load, &profile, err);

	if (!rc) {
		*evts_per_s = predict_load(p, &profile, set);
		*counted_per_s = predict_counted(p, &profile, set);
		warn_replay(p, &profile);
	}
	load_profile_release(&profile);
	return rc;
}

static void fill_settings(struct res_case *c, const struct matrix *m, const struct matrix_case *mc)
{
	const struct tcase *t = mc->tc;

	res_case_init(c);
	c->key = xstrdup(t->key);
	c->id = xstrdup(t->id);
	c->variant = xstrdup(t->variant ? t->variant : "");
	c->title = xstrdup(t->title ? t->title : t->id);
	c->load = xstrdup(mc->load);
	c->rules_label = xstrdup(mc->rules_label);
	c->reference = t->reference;
	strvec_copy(&c->custom_set, &mc->custom_set);
	c->repair = mc->repair;
	c->all = mc->all;
	c->plugins_none = t->plugins_none;
	c->drop_failed_exit = mc->drop_failed_exit;
	c->engine_kind = xstrdup(engine_kind_names[mc->kind]);
	c->preset = mc->preset;
	c->cpus_per_buffer = mc->cpus;
	c->buffer_bytes = mc->buffer_bytes;
	c->n_buffers = mc->n_buffers;
	strvec_copy(&c->predicted, &mc->predicted);
	c->rules_total = mc->rules_total;
	c->rules_complete = mc->rules_complete;
	c->rules_blind = mc->rules_blind;
	strvec_copy(&c->rules_lost, &mc->rules_lost);
	strvec_copy(&c->repair_set, &mc->repair_set);
	matrix_o_flags(m, mc, &c->overlay_flags);
	c->predicted_host_per_s = m->has_rates ? mc->events_per_s : (double)NAN;
	c->expect_failed = mc->expect_failed ? xstrdup(mc->expect_failed) : NULL;
	if (mc->skip) {
		c->dry_status = RES_SKIPPED;
		c->dry_reason = xstrdup(mc->skip);
	}
}

static void fill_repeats(struct plan *p, size_t i)
{
	struct res_case *c = &p->res.cases[i];

	if (p->res.dry_run_only || c->dry_status == RES_SKIPPED)
		return;
	c->n_repeats = (size_t)p->res.repeats;
	c->repeats = xcalloc(c->n_repeats + 1, sizeof(*c->repeats));
	for (size_t r = 0; r < c->n_repeats; r++) {
		res_repeat_init(&c->repeats[r]);
		c->repeats[r].index = (int)r + 1;
		c->repeats[r].dir = xasprintf("cases/%s/repeat-%zu", p->v[i].dir_name, r + 1);
	}
}

static bool has_canary(const struct plan *p, size_t i)
{
	return p->res.canary && !p->res.cases[i].canary_off;
}

void plan_load_argv(const struct plan *p, const char *load, const char *canary, struct strvec *argv)
{
	loadproc_argv(p->load_exe, load,
		      (1 + LIVE_SETTLE) * p->res.warmup_ns + p->res.duration_ns + p->timeout_ns +
			      2 * LIVE_SAMPLE_LIMIT,
		      canary, argv);
}

/* Command lines follow from the folder, the engine and the rules. */
static void fill_argv(struct plan *p, size_t i)
{
	struct plan_case *c = &p->v[i];
	char *dir cleanup_free = plan_case_dir(p, i);
	char *config cleanup_free = fs_join(dir, "falco.yaml");
	const char *canary = NULL;

	engine_argv(&p->engine, config, &c->rules_files, true, &c->dry_argv);
	engine_argv(&p->engine, config, &c->rules_files, false, &c->live_argv);
	if (p->load_exe && has_canary(p, i))
		canary = p->res.canary;
	if (p->load_exe)
		plan_load_argv(p, p->res.cases[i].load, canary, &c->load_argv);
}

/* The rules of a case, behind the canary's where it changes nothing of what the case is: `with` is
 * the matrix with it, NULL: not asked for. */
static void fill_rules(struct plan *p, size_t i, const struct matrix_case *mc,
		       const struct matrix *with)
{
	const struct matrix_case *w = with ? matrix_find(with, mc->tc->key) : NULL;
	struct res_case *c = &p->res.cases[i];

	if (with && !mc->skip)
		c->canary_off = w && !w->skip
					? canary_obstacle(&mc->predicted, &w->predicted)
					: xstrdup("the rules cannot be combined with its rule");
	strvec_copy(&p->v[i].rules_files,
		    with && !mc->skip && !c->canary_off ? &w->rules_files : &mc->rules_files);
}

static int fill_case(struct plan *p, size_t i, const struct matrix *m, const struct matrix *with,
		     struct error *err)
{
	const struct matrix_case *mc = &m->v[i];
	struct plan_case *c = &p->v[i];
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	c->dir_name = xstrdup(mc->dir_name);
	c->cpus_asked = mc->tc->cpus;
	c->expect_max_drop = mc->tc->has_expect_drop ? mc->tc->expect_max_drop : (double)NAN;
	c->load_evts_per_s = (double)NAN;
	fill_settings(&p->res.cases[i], m, mc);
	fill_rules(p, i, mc, with);
	fill_argv(p, i);
	fill_repeats(p, i);
	if (mc->skip)
		return 0;
	if (!p->res.dry_run_only && check_load(p, mc->load, &mc->predicted, &c->load_evts_per_s,
					       &p->res.cases[i].predicted_load_per_s, err))
		return error_wrap(err, "case %s", mc->tc->key);
	if (matrix_overlay(m, mc, LIVE_METRICS_FILE, LIVE_ALERTS_FILE, false, &text, err))
		return -1;
	c->overlay = strbuf_detach(&text);
	return 0;
}

static void find_largest(struct plan *p)
{
	p->largest = SIZE_MAX;
	for (size_t i = 0; i < p->res.n_cases; i++)
		if (p->res.cases[i].dry_status != RES_SKIPPED &&
		    (p->largest == SIZE_MAX ||
		     p->res.cases[i].predicted.n > p->res.cases[p->largest].predicted.n))
			p->largest = i;
}

struct matrix_input plan_matrix_input(const struct plan *p, const struct run_options *o)
{
	return (struct matrix_input){
		.config = o->config,
		.sets = o->sets,
		.rules = o->rules,
		.cases = o->cases,
		.buffers = o->buffers,
		.load = o->load,
		.metrics_interval = o->metrics_interval,
		.default_load = defaults[o->quick].load,
		.falco_release = p->res.falco_release,
		.n_cpus = p->res.n_cpus > 0 ? (int)p->res.n_cpus : 0,
		.embedded = p->engine.embedded,
	};
}

/* Without an engine or a load there is no run; but bad input is there to be mended in any case, and
 * is what is told first. */
static void prefer_input_error(const struct plan *p, const struct run_options *o, struct error *err)
{
	struct matrix_input in = plan_matrix_input(p, o);
	struct error input = ERROR_INIT;
	struct matrix m;

	if (err->kind != ERROR_ENV)
		return;
	if (!matrix_build(&m, &in, &input))
		matrix_release(&m);
	else if (input.kind == ERROR_INPUT)
		*err = input;
}

static int fill_cases(struct plan *p, const struct run_options *o, struct error *err)
{
	struct matrix_input in = plan_matrix_input(p, o);
	char *canary cleanup_free = NULL;
	struct matrix m, with;
	int rc = 0;

	if (matrix_build(&m, &in, err))
		return -1;
	if (o->host && matrix_add_rates(&m, o->host, err)) {
		matrix_release(&m);
		return -1;
	}
	p->res.host_profile = o->host ? xstrdup(o->host) : NULL;
	if (o->canary) {
		in.first_rules = canary = canary_rules(err);
		if (!canary || matrix_build(&with, &in, err)) {
			matrix_release(&m);
			return -1;
		}
		p->res.canary = canary_marker();
	}
	strvec_copy(&p->res.warnings, &m.warnings);
	p->res.dummy_rules = m.dummy_rules;
	p->res.cases = xcalloc(m.n + 1, sizeof(*p->res.cases));
	p->v = xcalloc(m.n + 1, sizeof(*p->v));
	for (size_t i = 0; !rc && i < m.n; i++) {
		p->res.n_cases++;
		rc = fill_case(p, i, &m, o->canary ? &with : NULL, err);
	}
	matrix_release(&m);
	if (o->canary)
		matrix_release(&with);
	find_largest(p);
	if (!rc && p->largest == SIZE_MAX)
		rc = error_input(err, "no case can be run as asked: %s",
				 p->res.cases[0].dry_reason);
	return rc;
}

/* ---- the whole ---- */

static int64_t given_or(int64_t given, int64_t other)
{
	return given >= 0 ? given : other;
}

static char *iso_now(void)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return xstrdup(text);
}

static char *absolute(const char *dir)
{
	char cwd[PATH_MAX];

	return *dir == '/' || !getcwd(cwd, sizeof(cwd)) ? xstrdup(dir) : fs_join(cwd, dir);
}

static int find_load(struct plan *p, struct error *err)
{
	if (p->res.dry_run_only)
		return 0;
	p->load_exe = fs_sibling("falcotune-load");
	if (!p->load_exe)
		return error_env(err, "falcotune-load is not installed beside falcotune");
	return 0;
}

/* Fewer than one round would rank nothing. */
static int check_time(const struct plan *p, struct error *err)
{
	double round = plan_live_s(p) * (double)plan_pending(p) / (double)p->res.repeats;
	char a[UNITS_BUF], b[UNITS_BUF];

	if (p->res.dry_run_only || p->res.max_time_ns == RES_UNKNOWN ||
	    round <= (double)p->res.max_time_ns / 1e9)
		return 0;
	return error_input(err,
			   "option --max-time: one repeat of every case takes about %s, more than "
			   "%s; shorten --duration or choose fewer --cases",
			   units_fmt_duration(a, round * 1e9),
			   units_fmt_duration(b, (double)p->res.max_time_ns));
}

int plan_make(struct plan *p, const struct run_options *o, struct error *err)
{
	struct results *r = &p->res;

	*p = (struct plan){0};
	p->dir = absolute(o->dir);
	p->timeout_ns = given_or(o->timeout_ns, PLAN_TIMEOUT_NS);
	r->falcotune_version = xstrdup(FALCOTUNE_VERSION);
	r->started = iso_now();
	r->command = xstrdup(o->command);
	r->seed = o->seed & INT64_MAX;
	r->quick = o->quick;
	r->dry_run_only = o->dry_run_only;
	r->duration_ns = given_or(o->duration_ns, defaults[o->quick].duration_ns);
	r->warmup_ns = given_or(o->warmup_ns, defaults[o->quick].warmup_ns);
	r->until_decided = o->until_decided;
	r->max_time_ns = o->max_time_ns > 0 ? o->max_time_ns : RES_UNKNOWN;
	r->repeats = given_or(o->repeats,
			      o->until_decided ? SEQUENTIAL_REPEATS : defaults[o->quick].repeats);
	r->max_drop = o->max_drop;
	r->max_drop_given = !isnan(o->max_drop);
	r->cpu_limit = o->limits.cpus > 0 ? o->limits.cpus : (double)NAN;
	r->memory_limit = o->limits.memory > 0 ? o->limits.memory : RES_UNKNOWN;
	r->idle.seconds = r->idle.evts_per_s = (double)NAN;
	r->idle.n_drops = RES_UNKNOWN;
	host_facts(r, "/proc");
	host_other_falcos("/proc", &r->other_falcos);
	if (set_engine(p, o, err) || find_load(p, err))
		prefer_input_error(p, o, err);
	else if (!fill_cases(p, o, err) && (!o->ladder || !ladder_make(p, o, err)) &&
		 !check_time(p, err))
		return 0;
	plan_release(p);
	return -1;
}

int64_t plan_idle_ns(const struct plan *p)
{
	return (p->res.quick ? 2 : 3) * NS_PER_S;
}

double plan_live_s(const struct plan *p)
{
	return LIVE_OVERHEAD_S + (double)(p->res.warmup_ns + p->res.duration_ns) / 1e9;
}

size_t plan_pending(const struct plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->res.n_cases; i++)
		for (size_t k = 0; k < p->res.cases[i].n_repeats; k++)
			n += p->res.cases[i].repeats[k].status == RES_PENDING;
	for (size_t i = 0; i < p->res.n_rungs; i++)
		for (size_t k = 0; k < p->res.rungs[i].n_repeats; k++)
			n += ladder_pending(p, i, (int)k + 1);
	return n;
}

double plan_left_s(const struct plan *p)
{
	double s = (double)plan_pending(p) * plan_live_s(p);

	if (!p->res.dry_run_only && !p->res.idle.known)
		s += LIVE_OVERHEAD_S + (double)plan_idle_ns(p) / 1e9;
	for (size_t i = 0; i < p->res.n_cases; i++)
		s += p->res.cases[i].dry_status == RES_PENDING ? DRY_S : 0;
	return p->res.max_time_ns == RES_UNKNOWN
		       ? s
		       : fmin(s, fmax((double)p->res.max_time_ns / 1e9 - p->spent_s, 0));
}

bool plan_time_up(const struct plan *p)
{
	return p->res.max_time_ns != RES_UNKNOWN &&
	       p->spent_s + plan_live_s(p) > (double)p->res.max_time_ns / 1e9;
}

void plan_describe(const struct plan *p, struct strvec *out)
{
	const struct results *r = &p->res;
	char a[UNITS_BUF], b[UNITS_BUF], c[UNITS_BUF];

	strvec_pushf(out, "engine %s (%s), predicting as Falco %s", p->engine.path,
		     p->engine.version ? p->engine.version : "not asked", r->falco_release);
	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *k = &r->cases[i];

		if (k->dry_status == RES_SKIPPED)
			strvec_pushf(out, "  %-18s skipped: %s", k->key, k->dry_reason);
		else
			strvec_pushf(out, "  %-18s %3zu syscalls, %lld x %s, load %s", k->key,
				     k->predicted.n, (long long)k->n_buffers,
				     units_fmt_bytes(a, (double)k->buffer_bytes), k->load);
	}
	for (size_t i = 0; i < r->n_rungs; i++)
		strvec_pushf(out, "  %-18s ladder, load %s%s%s", r->rungs[i].name, r->rungs[i].load,
			     r->rungs[i].case_key ? ": case " : "",
			     r->rungs[i].case_key ? r->rungs[i].case_key : "");
	if (r->dry_run_only)
		strvec_pushf(out, "%zu dry run%s", r->n_cases, r->n_cases == 1 ? "" : "s");
	else
		strvec_pushf(out,
			     "%zu case%s, %s%lld repeat%s of %s after %s of warm-up: %s%zu live "
			     "runs, about %s",
			     r->n_cases, r->n_cases == 1 ? "" : "s",
			     r->until_decided ? "until their places are decided, at most " : "",
			     (long long)r->repeats, r->repeats == 1 ? "" : "s",
			     units_fmt_duration(a, (double)r->duration_ns),
			     units_fmt_duration(b, (double)r->warmup_ns),
			     r->until_decided || r->max_time_ns != RES_UNKNOWN ? "at most " : "",
			     plan_pending(p), units_fmt_duration(c, plan_left_s(p) * 1e9));
}

/* A rung: the floor's engine, and the load. */
static void rung_commands(const struct plan_case *c, struct strvec *out)
{
	const struct strvec *all[] = {&c->live_argv, &c->load_argv};

	for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
		struct strbuf line cleanup_strbuf = STRBUF_INIT;

		if (!all[k]->n)
			continue;
		argv_quote(all[k], &line);
		strvec_push(out, line.buf);
	}
}

void plan_commands(const struct plan *p, struct strvec *out)
{
	for (size_t i = 0; i < p->res.n_cases; i++) {
		const struct strvec *all[] = {&p->v[i].dry_argv, &p->v[i].live_argv,
					      &p->v[i].load_argv};

		for (size_t k = 0; k < (p->res.dry_run_only ? 1u : 3u); k++) {
			struct strbuf line cleanup_strbuf = STRBUF_INIT;

			if (p->res.cases[i].dry_status == RES_SKIPPED)
				continue;
			argv_quote(all[k], &line);
			strvec_push(out, line.buf);
		}
	}
	for (size_t i = 0; i < p->res.n_rungs; i++)
		if (!p->res.rungs[i].case_key)
			rung_commands(&p->rungs[i], out);
}

/* ---- the journal ---- */

static json_t *real_or_null(double d)
{
	return isfinite(d) ? json_real(d) : json_null();
}

json_t *plan_to_json(const struct plan *p)
{
	json_t *o = json_object(), *cases = json_array();

	for (size_t i = 0; i < p->res.n_cases; i++) {
		const struct plan_case *c = &p->v[i];
		json_t *k = json_object();

		json_object_set_new(k, "dir_name", json_string(c->dir_name));
		json_object_set_new(k, "rules_files", utf8_json_list(&c->rules_files));
		json_object_set_new(k, "expect_max_drop", real_or_null(c->expect_max_drop));
		json_object_set_new(k, "load_evts_per_s", real_or_null(c->load_evts_per_s));
		json_array_append_new(cases, k);
	}
	json_object_set_new(o, "event", json_string("run-start"));
	json_object_set_new(o, "timeout_ns", json_integer(p->timeout_ns));
	json_object_set_new(o, "plan", cases);
	json_object_set_new(o, "rungs", ladder_json(p));
	json_object_set_new(o, "results", results_to_json(&p->res));
	return o;
}

static int case_from_json(struct plan *p, size_t i, const json_t *j)
{
	const char *dir_name = json_string_value(json_object_get(j, "dir_name"));
	const json_t *drop = json_object_get(j, "expect_max_drop"), *rule;
	const json_t *rate = json_object_get(j, "load_evts_per_s");
	struct plan_case *c = &p->v[i];
	size_t k;

	if (!dir_name || strchr(dir_name, '/') || !strcmp(dir_name, ".."))
		return -1;
	c->dir_name = xstrdup(dir_name);
	c->expect_max_drop = json_is_number(drop) ? json_number_value(drop) : (double)NAN;
	c->load_evts_per_s = json_is_number(rate) ? json_number_value(rate) : (double)NAN;
	json_array_foreach(json_object_get(j, "rules_files"), k, rule)
	{
		if (!json_is_string(rule))
			return -1;
		strvec_push(&c->rules_files, json_string_value(rule));
	}
	fill_argv(p, i);
	return 0;
}

int plan_from_json(struct plan *p, const json_t *event, const char *dir, const char *file,
		   struct error *err)
{
	const char *name = json_string_value(json_object_get(event, "event"));
	const json_t *cases = json_object_get(event, "plan");
	int rc = 0;

	*p = (struct plan){0};
	if (!name || strcmp(name, "run-start"))
		return error_at(err, file, 1, 0, "is no start of a run");
	if (results_from_json(&p->res, json_object_get(event, "results"), file, err))
		return -1;
	p->dir = absolute(dir);
	p->timeout_ns = json_integer_value(json_object_get(event, "timeout_ns"));
	if (p->timeout_ns <= 0)
		p->timeout_ns = PLAN_TIMEOUT_NS;
	p->engine.path = xstrdup(p->res.engine_path ? p->res.engine_path : "");
	p->engine.version = p->res.engine_version ? xstrdup(p->res.engine_version) : NULL;
	p->engine.embedded = p->res.engine_embedded;
	p->v = xcalloc(p->res.n_cases + 1, sizeof(*p->v));
	if (find_load(p, err)) {
		plan_release(p);
		return -1;
	}
	if (json_array_size(cases) != p->res.n_cases)
		rc = -1;
	for (size_t i = 0; !rc && i < p->res.n_cases; i++)
		rc = case_from_json(p, i, json_array_get(cases, i));
	if (!rc)
		rc = ladder_take(p, json_object_get(event, "rungs"));
	find_largest(p);
	if (rc || p->largest == SIZE_MAX)
		rc = error_at(err, file, 1, 0, "the plan of the run is damaged");
	if (rc)
		plan_release(p);
	return rc;
}

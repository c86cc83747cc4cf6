/* SPDX-License-Identifier: Apache-2.0 */
#include "run/plan.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "run/host.h"
#include "run/ladder.h"
#include "run/plan_private.h"
#include "run/sequential.h"
#include "syscalls/release.h"

#include <math.h>
#include <string.h>
#include <time.h>

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
	free(c->rules);
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
	free(p->config);
	strvec_release(&p->sets);
	strvec_release(&p->rules);
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

/* ---- the whole ---- */

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

int plan_find_load(struct plan *p, struct error *err)
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

static void keep_source(struct plan *p, const struct run_options *o)
{
	p->config = o->config ? fs_absolute(o->config) : NULL;
	if (o->sets)
		strvec_copy(&p->sets, o->sets);
	for (size_t i = 0; o->rules && i < o->rules->n; i++)
		strvec_take(&p->rules, fs_absolute(o->rules->v[i]));
	p->no_verify = o->no_verify;
}

int plan_make(struct plan *p, const struct run_options *o, struct error *err)
{
	struct results *r = &p->res;

	*p = (struct plan){0};
	p->dir = fs_absolute(o->dir);
	keep_source(p, o);
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
	if (set_engine(p, o, err) || plan_find_load(p, err))
		prefer_input_error(p, o, err);
	else if (!plan_fill_cases(p, o, err) && (!o->ladder || !ladder_make(p, o, err)) &&
		 !check_time(p, err)) {
		plan_commands(p, &r->commands);
		return 0;
	}
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

double plan_verify_s(const struct plan *p, double live_s)
{
	if (p->res.dry_run_only || p->res.verification.state)
		return 0;
	return DRY_S + (p->no_verify ? 0 : live_s);
}

double plan_left_at(const struct plan *p, double live_s)
{
	double s = (double)plan_pending(p) * live_s + plan_verify_s(p, live_s);

	if (!p->res.dry_run_only && !p->res.idle.known && !(p->spent_s > 0))
		s += LIVE_OVERHEAD_S + (double)plan_idle_ns(p) / 1e9;
	for (size_t i = 0; i < p->res.n_cases; i++)
		s += p->res.cases[i].dry_status == RES_PENDING ? DRY_S : 0;
	return p->res.max_time_ns == RES_UNKNOWN
		       ? s
		       : fmin(s, fmax((double)p->res.max_time_ns / 1e9 - p->spent_s, 0));
}

double plan_left_s(const struct plan *p)
{
	return plan_left_at(p, plan_live_s(p));
}

bool plan_time_up(const struct plan *p)
{
	return p->res.max_time_ns != RES_UNKNOWN &&
	       p->spent_s + plan_live_s(p) > (double)p->res.max_time_ns / 1e9;
}

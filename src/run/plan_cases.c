/* SPDX-License-Identifier: Apache-2.0 */
/* From the matrix to the cases of a plan. */
#include "run/plan_private.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "load/profile.h"
#include "load/replay.h"
#include "run/canary.h"
#include "run/live.h"
#include "run/loadproc.h"
#include "run/repeat.h"

#include <math.h>
#include <string.h>

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
	matrix_reasons(m, mc, &c->reasons);
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
	char *dir cleanup_free = NULL;

	if (p->res.dry_run_only || c->dry_status == RES_SKIPPED)
		return;
	dir = xasprintf("cases/%s", p->v[i].dir_name);
	c->n_repeats = (size_t)p->res.repeats;
	c->repeats = repeats_make(dir, c->n_repeats);
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

void plan_fill_argv(struct plan *p, size_t i)
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
	c->rules = xstrdup(mc->tc->rules);
	c->cpus_asked = mc->tc->cpus;
	c->expect_max_drop = mc->tc->has_expect_drop ? mc->tc->expect_max_drop : (double)NAN;
	c->load_evts_per_s = (double)NAN;
	fill_settings(&p->res.cases[i], m, mc);
	fill_rules(p, i, mc, with);
	plan_fill_argv(p, i);
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

void plan_find_largest(struct plan *p)
{
	p->largest = SIZE_MAX;
	for (size_t i = 0; i < p->res.n_cases; i++)
		if (p->res.cases[i].dry_status != RES_SKIPPED &&
		    (p->largest == SIZE_MAX ||
		     p->res.cases[i].predicted.n > p->res.cases[p->largest].predicted.n))
			p->largest = i;
}

int plan_fill_cases(struct plan *p, const struct run_options *o, struct error *err)
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
	plan_find_largest(p);
	if (!rc && p->largest == SIZE_MAX)
		rc = error_input(err, "no case can be run as asked: %s",
				 p->res.cases[0].dry_reason);
	return rc;
}

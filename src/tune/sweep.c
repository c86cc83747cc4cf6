/* SPDX-License-Identifier: Apache-2.0 */
#include "tune/sweep.h"

#include "advise/advise.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "config/findings.h"
#include "run/host.h"
#include "run/schedule.h"
#include "tune/verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const sweep_state_names[] = {
	[SWEEP_MEASURED] = "measured",
	[SWEEP_FAILED] = "failed",
	[SWEEP_TOO_LARGE] = "too-large",
	[SWEEP_NOT_REACHED] = "not-reached",
};

void sweep_release(struct sweep *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->v[i].name);
		free(w->v[i].why);
	}
	free(w->v);
	free(w->order);
	free(w->max_memory_from);
	strvec_release(&w->warnings);
	res_verification_release(&w->verification);
	*w = (struct sweep){0};
}

/* ---- the limit of memory ---- */

int64_t sweep_memory_default(const char *proc, int64_t group_limit, char **from)
{
	int64_t quarter = host_mem_available(proc), limit = RES_UNKNOWN;
	struct config_host host;

	config_host_read(&host);
	if (group_limit > 0) {
		limit = group_limit;
		*from = xstrdup("--memory-limit");
	} else if (host.memory > 0 && strstr(host.memory_of, "group")) {
		limit = (int64_t)host.memory;
		*from = xstrdup("the limit of the control group");
	}
	if (quarter != RES_UNKNOWN)
		quarter /= 4;
	if (quarter == RES_UNKNOWN || (limit != RES_UNKNOWN && limit <= quarter))
		return limit;
	if (limit != RES_UNKNOWN)
		free(*from);
	*from = xstrdup("a quarter of the memory that is free");
	return quarter;
}

/* ---- the points ---- */

static bool several_cases(const struct plan *p)
{
	for (size_t i = 1; i < p->res.n_cases; i++)
		if (strcmp(p->res.cases[i].id, p->res.cases[0].id))
			return true;
	return false;
}

static enum engine_kind kind_of(const struct res_case *c)
{
	return c->engine_kind && !strcmp(c->engine_kind, engine_kind_names[ENGINE_KMOD])
		       ? ENGINE_KMOD
		       : ENGINE_MODERN_EBPF;
}

static void price(const struct sweep *w, struct sweep_point *t, const struct res_case *c)
{
	t->n_buffers = c->n_buffers;
	t->memory = c->buffer_bytes * c->n_buffers;
	t->n_buffers_for = t->memory_for = RES_UNKNOWN;
	if (!w->n_cpus_for)
		return;
	t->n_buffers_for = case_buffer_count(kind_of(c), t->cpus, w->n_cpus_for);
	t->memory_for = c->buffer_bytes * t->n_buffers_for;
}

/* Limits that were said hold on the other host too; one that was found is this host's. */
static char *too_large(const struct sweep *w, const struct sweep_point *t,
		       const struct sweep_options *o)
{
	if (w->max_memory == RES_UNKNOWN)
		return NULL;
	if (t->memory > w->max_memory)
		return xasprintf("its buffers take %s here, more than %s (%s)",
				 UNITS_BYTES((double)t->memory), UNITS_BYTES((double)w->max_memory),
				 w->max_memory_from);
	if (o->max_memory > 0 && t->memory_for > w->max_memory)
		return xasprintf("its buffers take %s on %d CPUs, more than %s (%s)",
				 UNITS_BYTES((double)t->memory_for), w->n_cpus_for,
				 UNITS_BYTES((double)w->max_memory), w->max_memory_from);
	return NULL;
}

static void add_point(struct sweep *w, const struct plan *p, size_t i, bool several,
		      const struct sweep_options *o)
{
	const struct res_case *c = &p->res.cases[i];
	struct sweep_point *t = &w->v[w->n++];

	*t = (struct sweep_point){.case_index = i,
				  .state = SWEEP_NOT_REACHED,
				  .cpus = p->v[i].cpus_asked >= 0 ? p->v[i].cpus_asked
								  : (int)c->cpus_per_buffer,
				  .coverage = (double)NAN};
	t->name = several ? xstrdup(c->key) : xstrdup(*c->variant ? c->variant : c->key);
	if (!p->res.dummy_rules && c->rules_total > 0 && c->rules_complete >= 0)
		t->coverage = (double)c->rules_complete / (double)c->rules_total;
	price(w, t, c);
	t->why = too_large(w, t, o);
	if (t->why)
		t->state = SWEEP_TOO_LARGE;
	if (c->dry_status == RES_SKIPPED) {
		t->state = SWEEP_FAILED;
		t->why = t->why ? t->why : xasprintf("cannot be run: %s", c->dry_reason);
	}
}

static size_t count(const struct sweep *w, enum sweep_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += w->v[i].state == state;
	return n;
}

int sweep_begin(struct sweep *out, const struct plan *p, const struct sweep_options *o,
		struct error *err)
{
	bool several = several_cases(p);

	*out = (struct sweep){.plan = p,
			      .n_cpus_for = o->n_cpus,
			      .max_memory = o->max_memory,
			      .max_drop =
				      isnan(o->run.max_drop) ? ADVISE_MAX_DROP : o->run.max_drop};
	if (o->max_memory > 0)
		out->max_memory_from = xstrdup("--max-buffer-memory");
	else
		out->max_memory =
			sweep_memory_default("/proc", o->run.limits.memory, &out->max_memory_from);
	out->v = xcalloc(p->res.n_cases + 1, sizeof(*out->v));
	out->order = xcalloc(p->res.n_cases + 1, sizeof(*out->order));
	for (size_t i = 0; i < p->res.n_cases; i++) {
		add_point(out, p, i, several, o);
		out->order[i] = i;
	}
	out->n_rounds = halving_plan(count(out, SWEEP_NOT_REACHED), o->first_ns, o->run.duration_ns,
				     out->rounds);
	if (!out->n_rounds)
		return error_input(err, "no buffer setting can be run: %s",
				   out->n ? out->v[0].why : "there is none");
	return 0;
}

/* What a live run takes beside warm-up and window. */
#define OVERHEAD_S 3.0

static double run_seconds(const struct sweep *w, int64_t duration_ns)
{
	return OVERHEAD_S + (double)(w->plan->res.warmup_ns + duration_ns) / 1e9;
}

double sweep_seconds(const struct sweep *w)
{
	double s = 0;

	for (size_t i = 0; i < w->n_rounds; i++)
		s += (double)w->rounds[i].n * run_seconds(w, w->rounds[i].duration_ns);
	return s;
}

void sweep_commands(const struct sweep *w, struct strvec *out)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct plan_case *c = &w->plan->v[w->v[i].case_index];
		const struct strvec *all[] = {&c->dry_argv, &c->live_argv, &c->load_argv};

		for (size_t k = 0; w->v[i].state == SWEEP_NOT_REACHED && k < ARRAY_SIZE(all); k++)
			argv_push_line(all[k], out);
	}
}

/* ---- places ---- */

/* seconds: one array for each point, which the caller frees. */
static void fill_pareto(const struct sweep *w, struct pareto_point *v, double **seconds)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct sweep_point *t = &w->v[i];
		const struct res_summary *s = &w->plan->res.cases[t->case_index].sum;
		size_t n_seconds =
			res_case_second_rates(&w->plan->res.cases[t->case_index], &seconds[i]);

		v[i] = (struct pareto_point){
			.name = t->name,
			.measured = t->state == SWEEP_MEASURED,
			.seconds = seconds[i],
			.n_seconds = n_seconds,
			.drop = s->drop_rate,
			.lo = s->drop_lo,
			.hi = s->drop_hi,
			.memory = t->memory_for == RES_UNKNOWN ? t->memory : t->memory_for,
			.cpu = s->cpu_share,
			.coverage = t->coverage,
		};
	}
}

static void summarise(struct sweep *w, struct plan *p)
{
	for (size_t i = 0; i < w->n; i++) {
		struct sweep_point *t = &w->v[i];
		struct res_case *c = &p->res.cases[t->case_index];
		const char *failure;

		t->seconds = res_case_seconds(c);
		if (t->state == SWEEP_TOO_LARGE || !(c->n_repeats || c->dry_status == RES_FAILED))
			continue;
		advise_summarise(c, p->res.n_cpus);
		failure = point_failure(c);
		t->state = failure ? SWEEP_FAILED : SWEEP_MEASURED;
		free(t->why);
		t->why = failure ? xasprintf("failed: %s", failure) : NULL;
	}
	advise_bound_quiet(&p->res);
}

/* Within max_drop the one with the least memory: the first of these in order of place that costs
 * least. */
static struct sweep_point *least_within(const struct sweep *w, bool front)
{
	struct sweep_point *best = NULL;

	for (size_t i = 0; i < w->n; i++) {
		struct sweep_point *t = &w->v[w->order[i]];
		const struct res_summary *s = &w->plan->res.cases[t->case_index].sum;

		if ((front && !t->front) || t->state != SWEEP_MEASURED || !s->exercised ||
		    !(s->drop_rate <= w->max_drop))
			continue;
		if (!best || t->memory < best->memory)
			best = t;
	}
	return best;
}

/* After a few seconds a point without drops cannot always be told apart from a smaller one that
 * drops, and is then dominated by it. It is still what was seen to be within. */
static void choose(struct sweep *w)
{
	struct sweep_point *best = least_within(w, true);

	if (!best)
		best = least_within(w, false);
	for (size_t i = 0; i < w->n; i++)
		w->v[i].chosen = &w->v[i] == best;
}

/* The chosen point was measured as it is printed. */
static void verify(struct sweep *w)
{
	res_verification_release(&w->verification);
	res_verification_init(&w->verification);
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].chosen) {
			verify_as_measured(&w->plan->res.cases[w->v[i].case_index], w->v[i].name,
					   w->max_drop, &w->verification);
			return;
		}
}

void sweep_evaluate(struct sweep *w, struct plan *p)
{
	struct pareto_point *v cleanup_free = xcalloc(w->n + 1, sizeof(*v));
	struct pareto_place *places cleanup_free = xcalloc(w->n + 1, sizeof(*places));
	double **seconds cleanup_free = xcalloc(w->n + 1, sizeof(double *));

	summarise(w, p);
	fill_pareto(w, v, seconds);
	pareto_compute(v, w->n, places);
	pareto_order(v, places, w->n, w->order);
	for (size_t i = 0; i < w->n; i++) {
		struct sweep_point *t = &w->v[i];

		t->front = places[i].front;
		t->layer = places[i].layer;
		if (t->state != SWEEP_MEASURED)
			continue;
		free(t->why);
		t->why = places[i].reason;
		places[i].reason = NULL;
	}
	for (size_t i = 0; i < w->n; i++)
		w->v[w->order[i]].place =
			w->v[w->order[i]].state == SWEEP_MEASURED ? (int)i + 1 : 0;
	choose(w);
	verify(w);
	pareto_release(places, w->n);
	for (size_t i = 0; i < w->n; i++)
		free(seconds[i]);
}

/* ---- the rounds ---- */

/* The n points of a round, best first, into pick; before the first one all of them. Fewer are left
 * when points failed. */
static size_t pick_points(const struct sweep *w, size_t n, bool first, size_t *pick)
{
	size_t k = 0;

	for (size_t i = 0; i < w->n && k < n; i++) {
		const struct sweep_point *t = &w->v[first ? i : w->order[i]];

		if (t->state == (first ? SWEEP_NOT_REACHED : SWEEP_MEASURED))
			pick[k++] = first ? i : w->order[i];
	}
	return k;
}

struct sweeper {
	struct sweep *w;
	struct bench b;
	int64_t deadline; /* monotonic; 0 none */
	double left_s;
};

/* 0, or -1: interrupted or ERROR_ENV. */
static int measure_point(struct sweeper *r, struct sweep_point *t, size_t round, struct error *err)
{
	const struct halving_round *h = &r->w->rounds[round];
	struct res_case *c = &r->b.p->res.cases[t->case_index];
	int rc;

	if (point_dry(&r->b, t->case_index, err))
		return -1;
	if (c->dry_status == RES_FAILED)
		return 0;
	if (!c->agreement && !round)
		strvec_pushf(&r->w->warnings, "%s: the engine's set is not the predicted one",
			     t->name);
	rc = point_live(&r->b, t->case_index, h->duration_ns, (int)round + 1, (int)r->w->n_rounds,
			r->left_s, err);
	r->left_s -= run_seconds(r->w, h->duration_ns);
	t->rounds += !rc;
	return rc;
}

static int one_round(struct sweeper *r, size_t round, struct error *err)
{
	struct sweep *w = r->w;
	size_t *pick cleanup_free = xcalloc(w->n + 1, sizeof(*pick));
	size_t n = pick_points(w, w->rounds[round].n, !round, pick);
	struct slot *slots cleanup_free = schedule_make(w->plan->res.seed + round, n, 1);
	int rc = 0;

	session_tell(r->b.s, PROGRESS_NOTE, "round %zu of %zu: %zu setting%s for %s each",
		     round + 1, w->n_rounds, n, n == 1 ? "" : "s",
		     UNITS_DURATION((double)w->rounds[round].duration_ns));
	for (size_t i = 0; !rc && i < n && !r->b.hopeless; i++)
		rc = measure_point(r, &w->v[pick[slots[i].case_index]], round, err);
	sweep_evaluate(w, r->b.p);
	w->rounds_done += !rc;
	return rc;
}

/* Is there time for this round? The first one always runs. */
static bool has_time(struct sweeper *r, size_t round)
{
	double need =
		(double)r->w->rounds[round].n * run_seconds(r->w, r->w->rounds[round].duration_ns);

	if (!r->deadline || !round || (double)(r->deadline - clock_mono()) / 1e9 >= need)
		return true;
	strvec_pushf(&r->w->warnings,
		     "--max-time ended the sweep after %zu of %zu rounds: a further one takes "
		     "about %s",
		     round, r->w->n_rounds, UNITS_DURATION(need * 1e9));
	return false;
}

int sweep_run(struct sweep *w, struct plan *p, const struct sweep_options *o, struct journal *j,
	      struct session *s, struct error *err)
{
	struct sweeper r = {.w = w, .b = {.p = p, .j = j, .s = s}, .left_s = sweep_seconds(w)};
	int rc = 0;

	if (o->max_time_ns > 0)
		r.deadline = clock_mono() + o->max_time_ns;
	for (size_t i = 0; !rc && i < w->n_rounds && !r.b.hopeless && has_time(&r, i); i++)
		rc = one_round(&r, i, err);
	w->hopeless = r.b.hopeless;
	w->interrupted = p->res.interrupted = s->caught != 0;
	return s->caught ? 0 : rc;
}

char *sweep_yaml(const struct sweep *w, const struct sweep_point *t)
{
	const struct res_case *c = &w->plan->res.cases[t->case_index];

	if (kind_of(c) == ENGINE_KMOD)
		return xasprintf("engine:\n  kind: kmod\n  kmod:\n    buf_size_preset: %lld\n",
				 (long long)c->preset);
	return xasprintf("engine:\n  kind: modern_ebpf\n  modern_ebpf:\n    buf_size_preset: %lld\n"
			 "    cpus_for_each_buffer: %d\n",
			 (long long)c->preset, t->cpus);
}

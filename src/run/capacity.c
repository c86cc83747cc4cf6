/* SPDX-License-Identifier: Apache-2.0 */
#include "run/capacity.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "load/profile.h"
#include "run/dryrun.h"
#include "run/live.h"
#include "stats/trend.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Achieved below this share of what was asked for: the load is at its own limit. Allowing for what
 * chance does to a count of N operations. */
#define KEPT_UP	      0.97
#define CHANCE(count) (2 / sqrt((count) > 1 ? (count) : 1))
/* A consumer is behind when more waits at the end of a window than it may have at hand at any
 * moment: what comes within 20 ms (a round of polling, a scheduler's slice), or, with a CPU limit,
 * within the period of its quota. */
#define AT_HAND_S 0.02
/* Fewer samples than these make no trend. */
#define TREND_SAMPLES 5
/* Limit for a consumer to work off full buffers. */
#define DRAIN_LIMIT (30 * NS_PER_S)

void capacity_config_release(struct capacity_config *k)
{
	for (size_t i = 0; i < k->n_rounds; i++)
		free(k->rounds[i].slowest);
	free(k->rounds);
	free(k->levels);
	free(k->case_key);
	free(k->title);
	free(k->name);
	free(k->reason);
	free(k->resources.yaml);
	free(k->resources.why);
	strvec_release(&k->set);
	*k = (struct capacity_config){0};
}

void capacity_release(struct capacity *c)
{
	for (size_t i = 0; i < c->n; i++)
		capacity_config_release(&c->v[i]);
	free(c->v);
	free(c->levels);
	free(c->load);
	free(c->load_title);
	free(c->host_file);
	strvec_release(&c->warnings);
	strvec_release(&c->commands);
	*c = (struct capacity){0};
}

/* ---- before anything runs ---- */

static const char *const steady[] = {"constant", "poisson"};

/* The search multiplies rates; patterns that come and go blur a window of seconds. */
static int check_profile(struct capacity *c, const char *load, struct error *err)
{
	struct load_profile profile cleanup_load_profile = {0};
	size_t paced = 0;

	if (load_profile_read(load, &profile, err))
		return -1;
	for (size_t i = 0; i < profile.n; i++) {
		const struct load_worker *w = &profile.workers[i];
		bool even = false;

		if (!w->arrival.kind) /* max, or a program */
			continue;
		paced++;
		for (size_t k = 0; k < ARRAY_SIZE(steady); k++)
			even = even || !strcmp(w->arrival.kind->name, steady[k]);
		if (!even)
			strvec_pushf(&c->warnings,
				     "load %s: worker %s does not arrive evenly (%s): rates of "
				     "short windows are uncertain",
				     load, w->name, w->arrival.kind->name);
	}
	if (!paced)
		return error_input(err,
				   "load %s: has no rates to raise (its workers run as fast as "
				   "they can, or are programs), expected one with a rate",
				   load);
	if (!c->load_title)
		c->load_title = xstrdup(profile.title);
	return 0;
}

static void name_config(struct capacity_config *k, const char *dir_name)
{
	bool mega = k->limits.memory % (1 << 20) == 0;
	struct strbuf name = STRBUF_INIT;

	strbuf_addstr(&name, dir_name);
	if (k->limits.cpus > 0)
		strbuf_addf(&name, ".cpu-%g", k->limits.cpus);
	if (k->limits.memory > 0)
		strbuf_addf(&name, ".memory-%lld%s",
			    (long long)(k->limits.memory >> (mega ? 20 : 10)), mega ? "Mi" : "Ki");
	k->name = strbuf_detach(&name);
}

static void add_config(struct capacity *c, const struct plan *p, size_t i, double cpus,
		       int64_t memory)
{
	struct capacity_config *k;

	ALLOC_GROW(c->v, c->n, c->alloc);
	k = &c->v[c->n++];
	*k = (struct capacity_config){.state = CAPACITY_FAILED,
				      .limits = {.cpus = cpus, .memory = memory},
				      .rss_peak = RES_UNKNOWN,
				      .memory_peak = RES_UNKNOWN,
				      .oom_kills = RES_UNKNOWN,
				      .throttled_ns = RES_UNKNOWN,
				      .host_p99 = (double)NAN,
				      .resources = {.cpu_limit_m = RES_UNKNOWN}};
	k->case_key = xstrdup(p->res.cases[i].key);
	k->title = xstrdup(p->res.cases[i].title);
	strvec_copy(&k->set, &p->res.cases[i].predicted);
	name_config(k, p->v[i].dir_name);
}

int capacity_begin(struct capacity *out, const struct plan *p, const struct capacity_options *o,
		   struct error *err)
{
	*out = (struct capacity){.plan = p,
				 .duration_ns = p->res.duration_ns,
				 .warmup_ns = p->res.warmup_ns,
				 .rest_ns = o->rest_ns};
	out->levels = xcalloc(o->n_levels + 1, sizeof(*out->levels));
	memcpy(out->levels, o->levels, o->n_levels * sizeof(*out->levels));
	out->n_levels = o->n_levels;
	out->host_file = o->host_file ? xstrdup(o->host_file) : NULL;
	for (size_t i = 0; i < p->res.n_cases; i++) {
		const struct res_case *c = &p->res.cases[i];

		if (c->dry_status == RES_SKIPPED) {
			strvec_pushf(&out->warnings, "case %s skipped: %s", c->key, c->dry_reason);
			continue;
		}
		if (check_profile(out, c->load, err))
			return -1;
		if (!out->load)
			out->load = xstrdup(c->load);
		for (size_t a = 0; a < (o->n_cpus ? o->n_cpus : 1); a++)
			for (size_t b = 0; b < (o->n_memories ? o->n_memories : 1); b++)
				add_config(out, p, i, o->n_cpus ? o->cpus[a] : 0,
					   o->n_memories ? o->memories[b] : 0);
	}
	capacity_commands(p, &out->commands);
	return 0;
}

static void scaled_load(const struct plan_case *c, double scale, struct strvec *argv)
{
	strvec_copy(argv, &c->load_argv);
	strvec_push(argv, "--scale");
	strvec_pushf(argv, "%.9g", scale);
}

void capacity_commands(const struct plan *p, struct strvec *out)
{
	for (size_t i = 0; i < p->res.n_cases; i++) {
		struct strvec load cleanup_strvec = STRVEC_INIT;
		const struct strvec *all[] = {&p->v[i].dry_argv, &p->v[i].live_argv, &load};

		if (p->res.cases[i].dry_status == RES_SKIPPED)
			continue;
		scaled_load(&p->v[i], 1, &load);
		for (size_t k = 0; k < ARRAY_SIZE(all); k++)
			argv_push_line(all[k], out);
	}
}

/* ---- a round ---- */

struct runner {
	struct capacity *c;
	const struct capacity_options *o;
	struct plan *p;
	struct journal *j;
	struct session *s;
	int64_t deadline; /* of all, monotonic; 0 none */
	int64_t until;	  /* of this configuration: its part of what was left when it began */
	int64_t round_ns; /* the longest so far */
};

static char *worker_text(const struct res_worker *w)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "%s (%s): %s of %s/s, %s of what was asked for", w->name, w->operation,
		    UNITS_RATE(w->achieved_per_s), UNITS_RATE(w->requested_per_s),
		    UNITS_SHARE(w->achieved_per_s / w->requested_per_s));
	if (!isnan(w->response_p99_ns))
		strbuf_addf(&text, "; response p99 %s, service p50 %s",
			    UNITS_DURATION(w->response_p99_ns), UNITS_DURATION(w->service_p50_ns));
	return strbuf_detach(&text);
}

/* Is a further behind than b? Nearly equal shares: the longer response. */
static bool is_slower(const struct res_worker *a, const struct res_worker *b)
{
	double x, y;

	if (!b)
		return true;
	x = a->achieved_per_s / a->requested_per_s;
	y = b->achieved_per_s / b->requested_per_s;
	if (fabs(x - y) > 0.02)
		return x < y;
	return a->response_p99_ns > b->response_p99_ns;
}

static void take_workers(struct capacity_round *r, const struct res_repeat *rep)
{
	const struct res_worker *slowest = NULL;

	for (size_t i = 0; i < rep->n_workers; i++) {
		const struct res_worker *w = &rep->workers[i];

		if (!(w->requested_per_s > 0) || isnan(w->achieved_per_s))
			continue;
		r->requested_per_s += w->requested_per_s;
		r->achieved_per_s += w->achieved_per_s;
		r->saturated = r->saturated ||
			       w->achieved_per_s <
				       w->requested_per_s *
					       (KEPT_UP - CHANCE(w->requested_per_s * r->seconds));
		if (is_slower(w, slowest))
			slowest = w;
	}
	if (slowest)
		r->slowest = worker_text(slowest);
}

/* What waits, at a sample: counted, neither seen nor dropped, less what never will be. */
static double waiting(const struct res_sample *s, double uncounted)
{
	return (double)(s->n_evts - s->n_drops - s->num_evts) -
	       (uncounted > 0 ? uncounted * (double)s->n_evts : 0);
}

/* By how much more waits at the window's end. Without drops, by the trend over its samples: one
 * moment without a CPU just before the last one is no trend. With drops the buffers were full, and
 * what was not seen is what counts. */
static double growth(const struct res_repeat *rep, double uncounted)
{
	const struct res_sample *v = rep->samples;
	size_t n = rep->n_samples;
	double *t cleanup_free = xcalloc(n + 1, sizeof(*t));
	double *w cleanup_free = xcalloc(n + 1, sizeof(*w));

	if (n < 2)
		return 0;
	if (rep->n_drops > 0 || n < TREND_SAMPLES)
		return waiting(&v[n - 1], uncounted) - waiting(&v[0], uncounted);
	for (size_t i = 0; i < n; i++) {
		t[i] = (double)(v[i].t_ns - v[0].t_ns) / 1e9;
		w[i] = waiting(&v[i], uncounted);
	}
	return stats_theil_sen(t, w, n) * t[n - 1];
}

/* Share of the events that the consumer fell behind by; uncounted: of live_rest(). */
static double backlog_of(const struct res_repeat *rep, double uncounted, double seconds,
			 const struct cgroup_limits *l)
{
	double at_hand = l->cpus > 0 ? CGROUP_PERIOD_US / 1e6 : AT_HAND_S, share;

	if (rep->num_evts == RES_UNKNOWN || rep->n_evts <= 0)
		return 0;
	share = growth(rep, uncounted) / (double)rep->n_evts;
	return share > at_hand / seconds ? fmin(share, 1) : 0;
}

/* Of the window, how long the engine's main thread could have run but had no CPU. */
static double wait_share(const struct res_repeat *rep, double seconds)
{
	const struct res_sample *a = rep->samples, *b = a + rep->n_samples - 1;

	if (rep->n_samples < 2 || a->main_wait_ns == RES_UNKNOWN || b->main_wait_ns == RES_UNKNOWN)
		return (double)NAN;
	return (double)(b->main_wait_ns - a->main_wait_ns) / 1e9 / seconds;
}

static void fill_round(struct capacity_round *r, const struct res_repeat *rep, double uncounted,
		       const struct cgroup_limits *l)
{
	r->t0_ns = rep->t0_ns;
	r->t1_ns = rep->t1_ns;
	r->seconds = (double)(rep->t1_ns - rep->t0_ns) / 1e9;
	r->n_evts = rep->n_evts;
	r->n_drops = rep->n_drops;
	r->num_evts = rep->num_evts;
	r->evts_per_s = (double)rep->n_evts / r->seconds;
	r->drop_rate = rep->n_evts > 0 ? (double)rep->n_drops / (double)rep->n_evts : 0;
	r->backlog = backlog_of(rep, uncounted, r->seconds, l);
	r->loss = fmin(r->drop_rate + r->backlog, 1);
	r->cpu_share =
		rep->cpu_ns == RES_UNKNOWN ? (double)NAN : (double)rep->cpu_ns / 1e9 / r->seconds;
	r->wait_share = wait_share(rep, r->seconds);
	r->rss_bytes = rep->rss_bytes;
	r->throttled_ns = rep->throttled_ns;
	r->nr_throttled = rep->nr_throttled;
	take_workers(r, rep);
}

static void tell_round(struct runner *w, const struct capacity_config *k,
		       const struct capacity_round *r)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strbuf_addf(&text, "%s: round %d at scale %.4g: %s events/s, %s operations/s, dropped %s",
		    k->name, r->index, r->scale, UNITS_RATE(r->evts_per_s),
		    UNITS_RATE(r->achieved_per_s), UNITS_SHARE(r->drop_rate));
	if (r->backlog > 0)
		strbuf_addf(&text, ", fell behind by %s", UNITS_SHARE(r->backlog));
	if (r->saturated)
		strbuf_addstr(&text, ", the load is at its limit");
	session_tell(w->s, PROGRESS_NOTE, "%s", text.buf);
}

static int journal_round(struct runner *w, const struct capacity_config *k,
			 const struct capacity_round *r, struct error *err)
{
	json_t *e = json_object();

	json_object_set_new(e, "event", json_string("capacity-round"));
	json_object_set_new(e, "t", json_integer(clock_real()));
	json_object_set_new(e, "configuration", json_string(k->name));
	json_object_set_new(e, "round", capacity_round_to_json(r));
	return journal_add(w->j, e, err);
}

struct engine_run {
	struct capacity_config *k;
	const struct plan_case *c;
	struct live *live;
	const char *dir;
};

/* 0: measured; 1: over, k->reason says why; -1: falcotune cannot go on. */
static int one_round(struct runner *w, struct engine_run *e, double scale, struct error *err)
{
	struct capacity_config *k = e->k;
	char *dir cleanup_free = xasprintf("%s/round-%zu", e->dir, k->n_rounds + 1);
	struct strvec argv cleanup_strvec = STRVEC_INIT;
	struct live_spec spec = {.dir = dir,
				 .load = &argv,
				 .warmup_ns = w->c->warmup_ns,
				 .duration_ns = w->c->duration_ns,
				 .timeout_ns = w->p->timeout_ns,
				 .set = &k->set,
				 .hurry = true,
				 .n_cpus = w->p->res.n_cpus,
				 .case_key = k->name,
				 .repeat = (int)k->n_rounds + 1,
				 .left_s = (double)NAN};
	struct capacity_round r = {.index = (int)k->n_rounds + 1, .scale = scale};
	double uncounted = (double)NAN;
	struct live_result res;
	struct res_repeat rep;
	int rc = 0;

	res_repeat_init(&rep);
	scaled_load(e->c, scale, &argv);
	if (fs_mkdirs(dir, err))
		rc = -1;
	else if (live_round(e->live, &spec, &rep, &res) ||
		 live_rest(e->live, w->c->rest_ns, DRAIN_LIMIT, &rep, &uncounted))
		rc = 1;
	/* A round whose rest failed is worth as much as any other. */
	if (rc >= 0 && rep.status == RES_FAILED)
		k->engine_ended = res.engine_exit >= 0 || strstr(rep.reason, "the engine ");
	if (rc >= 0 && rep.t1_ns > rep.t0_ns && rep.n_evts >= 0) {
		fill_round(&r, &rep, uncounted, &k->limits);
		r.background_per_s = res.background_per_s;
		ALLOC_GROW(k->rounds, k->n_rounds, k->alloc);
		k->rounds[k->n_rounds++] = r;
		tell_round(w, k, &r);
		if (journal_round(w, k, &r, err))
			rc = -1;
	}
	if (rc > 0)
		k->reason = xstrdup(rep.reason ? rep.reason : "interrupted");
	res_repeat_release(&rep);
	return rc;
}

/* ---- a configuration ---- */

/* Is there time for one more round of this configuration? */
static bool has_time(const struct runner *w)
{
	if (!w->deadline)
		return true;
	return w->until - clock_mono() >
	       (w->round_ns ? w->round_ns : w->c->warmup_ns + w->c->duration_ns);
}

static int rounds(struct runner *w, struct engine_run *e, struct error *err)
{
	struct capacity_search search = {.levels = w->c->levels,
					 .n_levels = w->c->n_levels,
					 .start = 1,
					 .tolerance = CAPACITY_TOLERANCE,
					 .max_rounds = CAPACITY_MAX_ROUNDS};
	struct capacity_config *k = e->k;

	for (;;) {
		struct capacity_point *p cleanup_free = capacity_points(k);
		int64_t from = clock_mono();
		double scale;
		int rc;

		scale = capacity_next(&search, p, k->n_rounds);
		if (!(scale > 0) || session_interrupted(w->s))
			return 0;
		if (!has_time(w)) {
			strvec_pushf(&w->c->warnings,
				     "%s: --max-time ended the search after %zu round%s", k->name,
				     k->n_rounds, k->n_rounds == 1 ? "" : "s");
			return 0;
		}
		rc = one_round(w, e, scale, err);
		if (rc)
			return rc < 0 ? -1 : 0;
		if (clock_mono() - from > w->round_ns)
			w->round_ns = clock_mono() - from;
	}
}

static void end_config(struct capacity_config *k, struct res_repeat *end)
{
	k->memory_peak = end->memory_peak;
	k->oom_kills = end->oom_kills;
	if (!k->reason && end->reason && !k->started) {
		k->engine_ended = true;
		k->reason = end->reason;
		end->reason = NULL;
	}
	/* What it said itself says more than its exit code. */
	if (k->reason && k->engine_ended && end->log_tail.n) {
		char *text = xasprintf("%s: %s", k->reason, end->log_tail.v[end->log_tail.n - 1]);

		free(k->reason);
		k->reason = text;
	}
}

static int run_config(struct runner *w, struct capacity_config *k, size_t i, struct error *err)
{
	char *dir cleanup_free = xasprintf("%s/capacity/%s", w->p->dir, k->name);
	struct live_spec spec = {.argv = &w->p->v[i].live_argv,
				 .dir = dir,
				 .timeout_ns = w->p->timeout_ns,
				 .set = &k->set,
				 .n_cpus = w->p->res.n_cpus,
				 .case_key = k->name,
				 .left_s = (double)NAN};
	struct engine_run e = {.k = k, .c = &w->p->v[i], .dir = dir};
	struct res_repeat end;
	int rc = 0;

	if (fs_remove_tree(dir, err) || fs_mkdirs(dir, err))
		return -1;
	res_repeat_init(&end);
	w->s->limits = k->limits;
	e.live = live_open(w->s, &spec, &end);
	k->started = !end.reason;
	if (k->started)
		rc = rounds(w, &e, err);
	live_close(e.live, &end);
	if (!w->s->caught)
		end_config(k, &end);
	res_repeat_release(&end);
	capacity_config_evaluate(k, w->c->levels, w->c->n_levels);
	if (k->reason && !w->s->caught)
		session_tell(w->s, PROGRESS_WARNING, "%s: %s", k->name, k->reason);
	return rc;
}

/* The case's dry run: its set, and whether the engine takes the configuration at all. */
static int dry(struct runner *w, size_t i, struct error *err)
{
	struct res_case *c = &w->p->res.cases[i];
	char *dir cleanup_free = plan_case_dir(w->p, i);

	if (c->dry_status != RES_PENDING)
		return 0;
	if (dryrun_run(w->s, &w->p->v[i].dry_argv, dir, w->p->timeout_ns, c, err))
		return -1;
	if (c->dry_status == RES_OK && !c->agreement)
		strvec_pushf(&w->c->warnings, "%s: the engine's set is not the predicted one",
			     c->key);
	return 0;
}

static void take_set(struct capacity_config *k, const struct res_case *c,
		     const struct host_profile *host)
{
	if (c->dry_status == RES_OK) {
		strvec_release(&k->set);
		strvec_copy(&k->set, &c->dry_final);
	}
	if (host)
		k->host_p99 = host_profile_rate_quantile(host, &k->set, 0.99);
}

static size_t case_of(const struct plan *p, const struct capacity_config *k)
{
	size_t i = 0;

	while (strcmp(p->res.cases[i].key, k->case_key))
		i++;
	return i;
}

int capacity_run(struct capacity *c, struct plan *p, const struct capacity_options *o,
		 struct journal *j, struct session *s, struct error *err)
{
	struct runner w = {.c = c, .o = o, .p = p, .j = j, .s = s};
	int rc = 0;

	if (o->max_time_ns > 0)
		w.deadline = clock_mono() + o->max_time_ns;
	for (size_t n = 0; !rc && n < c->n; n++) {
		struct capacity_config *k = &c->v[n];
		size_t i = case_of(p, k);

		if (w.deadline) {
			int64_t now = clock_mono();

			w.until = now + (w.deadline - now) / (int64_t)(c->n - n);
		}
		rc = session_interrupted(s) || dry(&w, i, err) ? -1 : 0;
		if (rc)
			break;
		take_set(k, &p->res.cases[i], o->host);
		if (p->res.cases[i].dry_status == RES_OK)
			rc = run_config(&w, k, i, err);
		else {
			k->reason = xasprintf("its dry run failed: %s", p->res.cases[i].dry_reason);
			capacity_config_evaluate(k, c->levels, c->n_levels);
		}
		if (session_interrupted(s))
			break;
	}
	for (size_t n = 0; n < c->n; n++) /* those that an interrupted run did not reach */
		if (!c->v[n].levels)
			capacity_config_evaluate(&c->v[n], c->levels, c->n_levels);
	capacity_choose(c);
	c->interrupted = s->caught != 0;
	return s->caught ? 0 : rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the rounds. Pure. */
#include "run/capacity.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

const char *const capacity_state_names[] = {"measured",	     "load-saturated", "unbounded",
					    "not-exercised", "failed",	       NULL};

/* What a container gets beyond what was seen: memory grows with processes and files that a round of
 * seconds does not have. */
#define MEMORY_RESERVE	  1.25
#define MEMORY_STEP	  (INT64_C(16) << 20)
#define MEMORY_LIMIT_MULT 2
#define CPU_STEP_M	  50
/* Headroom that is asked for over the host's rate, and the part of the best capacity that still
 * counts as good. */
#define HOST_HEADROOM 1.2
#define GOOD_PART     0.9

struct capacity_point *capacity_points(const struct capacity_config *k)
{
	struct capacity_point *p = xcalloc(k->n_rounds + 1, sizeof(*p));

	for (size_t i = 0; i < k->n_rounds; i++) {
		const struct capacity_round *r = &k->rounds[i];

		p[i] = (struct capacity_point){.scale = r->scale,
					       .evts_per_s = r->evts_per_s,
					       .loss = r->loss,
					       .weight = (double)r->n_evts,
					       .saturated = r->saturated,
					       .foreign = r->background_per_s > r->evts_per_s / 2};
	}
	return p;
}

/* Operations a second at that rate of events: linear between the rounds beside it. */
static double ops_at(const struct capacity_config *k, double rate)
{
	const struct capacity_round *lo = NULL, *hi = NULL;

	for (size_t i = 0; i < k->n_rounds; i++) {
		const struct capacity_round *r = &k->rounds[i];

		if (r->evts_per_s <= rate && (!lo || r->evts_per_s > lo->evts_per_s))
			lo = r;
		if (r->evts_per_s >= rate && (!hi || r->evts_per_s < hi->evts_per_s))
			hi = r;
	}
	if (!lo || !hi)
		return (double)NAN;
	if (hi->evts_per_s <= lo->evts_per_s)
		return lo->achieved_per_s;
	return lo->achieved_per_s + (hi->achieved_per_s - lo->achieved_per_s) *
					    (rate - lo->evts_per_s) /
					    (hi->evts_per_s - lo->evts_per_s);
}

static void fill_levels(struct capacity_config *k, const double *levels, size_t n)
{
	struct capacity_point *p cleanup_free = capacity_points(k);

	free(k->levels);
	k->levels = xcalloc(n + 1, sizeof(*k->levels));
	for (size_t i = 0; i < n; i++) {
		struct capacity_level *l = &k->levels[i];

		l->drop_rate = levels[i];
		l->at = capacity_estimate(p, k->n_rounds, levels[i]);
		l->ops_per_s = ops_at(k, l->at.evts_per_s);
		l->headroom = l->at.evts_per_s / k->host_p99;
		if (!isfinite(l->headroom))
			l->headroom = (double)NAN;
	}
}

static enum capacity_state state_of(const struct capacity_config *k)
{
	bool events = false, lost = false, stuck = false;

	for (size_t i = 0; i < k->n_rounds; i++) {
		events = events || k->rounds[i].n_evts > 0;
		lost = lost || k->rounds[i].loss > 0;
		stuck = stuck || k->rounds[i].saturated;
	}
	if (!k->n_rounds)
		return CAPACITY_FAILED;
	if (!events)
		return CAPACITY_NOT_EXERCISED;
	if (lost)
		return CAPACITY_MEASURED;
	return stuck ? CAPACITY_LOAD_SATURATED : CAPACITY_UNBOUNDED;
}

/* The fastest round within CAPACITY_OPERATING that is slower than the first group that is not. */
static size_t operating_round(const struct capacity_config *k)
{
	struct capacity_point *p cleanup_free = capacity_points(k);
	double above = capacity_estimate(p, k->n_rounds, CAPACITY_OPERATING).hi;
	size_t best = k->n_rounds;

	for (size_t i = 0; i < k->n_rounds; i++)
		if (k->rounds[i].n_evts > 0 && k->rounds[i].loss <= CAPACITY_OPERATING &&
		    !(k->rounds[i].evts_per_s >= above) &&
		    (best == k->n_rounds || k->rounds[i].evts_per_s > k->rounds[best].evts_per_s))
			best = i;
	return best;
}

/* The lowest one where all are above. */
size_t capacity_operating_level(const struct capacity *c)
{
	size_t at = 0;

	while (at + 1 < c->n_levels && c->levels[at + 1] <= CAPACITY_OPERATING)
		at++;
	return at;
}

void capacity_config_evaluate(struct capacity_config *k, const double *levels, size_t n_levels)
{
	k->throttled_ns = RES_UNKNOWN;
	k->window_s = 0;
	for (size_t i = 0; i < k->n_rounds; i++) {
		const struct capacity_round *r = &k->rounds[i];

		k->window_s += r->seconds;
		if (r->rss_bytes > k->rss_peak)
			k->rss_peak = r->rss_bytes;
		if (r->throttled_ns != RES_UNKNOWN)
			k->throttled_ns = r->throttled_ns +
					  (k->throttled_ns == RES_UNKNOWN ? 0 : k->throttled_ns);
	}
	fill_levels(k, levels, n_levels);
	k->state = state_of(k);
	k->operating = operating_round(k);
}

/* ---- resources of a container ---- */

static int64_t up_to(double v, int64_t step)
{
	int64_t n = (int64_t)ceil(v / (double)step - 1e-9);

	return (n > 0 ? n : 1) * step;
}

/* The round that the requests are taken from: the slowest one that is at least as fast as the
 * host's p99, else the operating one. */
static const struct capacity_round *request_round(const struct capacity_config *k)
{
	const struct capacity_round *best = &k->rounds[k->operating];

	for (size_t i = 0; !isnan(k->host_p99) && i < k->n_rounds; i++) {
		const struct capacity_round *r = &k->rounds[i];

		if (r->evts_per_s >= k->host_p99 && r->evts_per_s < best->evts_per_s)
			best = r;
	}
	return best;
}

static void put_yaml(struct capacity_resources *q)
{
	struct strbuf y = STRBUF_INIT;

	strbuf_addf(&y, "resources:\n  requests:\n    cpu: %lldm\n    memory: %lldMi\n  limits:\n",
		    (long long)q->cpu_request_m, (long long)(q->mem_request >> 20));
	if (q->cpu_limit_m != RES_UNKNOWN)
		strbuf_addf(&y, "    cpu: %lldm\n", (long long)q->cpu_limit_m);
	strbuf_addf(&y, "    memory: %lldMi\n", (long long)(q->mem_limit >> 20));
	q->yaml = strbuf_detach(&y);
}

static void put_why(struct capacity_resources *q, const struct capacity_config *k,
		    const struct capacity_round *r, double peak)
{
	struct strbuf w = STRBUF_INIT;

	strbuf_addf(
		&w,
		"CPU request: %s of a core used at %s events/s%s, rounded up to whole %dm. Memory "
		"request: the peak of %s (%s) and a quarter more, rounded up to whole 16Mi. ",
		UNITS_SHARE(r->cpu_share), UNITS_RATE(r->evts_per_s),
		isnan(k->host_p99) ? ", the highest rate within 1% of drops" : "", CPU_STEP_M,
		UNITS_BYTES(peak),
		k->memory_peak > 0 ? "of the control group, buffers included" : "RSS");
	if (k->limits.cpus > 0)
		strbuf_addstr(&w, "CPU limit: as measured. ");
	else
		strbuf_addstr(&w, "No CPU limit: it was measured without one, and throttling "
				  "loses events. ");
	strbuf_addstr(&w, k->limits.memory > 0
				  ? "Memory limit: as measured."
				  : "Memory limit: twice the request, since state grows with the "
				    "host's processes and files.");
	q->why = strbuf_detach(&w);
}

static void fill_resources(struct capacity_config *k)
{
	struct capacity_resources *q = &k->resources;
	const struct capacity_round *r;
	double peak;

	if (k->operating == k->n_rounds || k->engine_ended)
		return;
	r = request_round(k);
	peak = (double)(k->memory_peak > k->rss_peak ? k->memory_peak : k->rss_peak);
	if (isnan(r->cpu_share) || !(peak > 0))
		return;
	q->there = true;
	q->cpu_limit_m = k->limits.cpus > 0 ? llround(k->limits.cpus * 1000) : RES_UNKNOWN;
	q->cpu_request_m = up_to(r->cpu_share * 1000, CPU_STEP_M);
	if (q->cpu_limit_m != RES_UNKNOWN && q->cpu_request_m > q->cpu_limit_m)
		q->cpu_request_m = q->cpu_limit_m;
	q->mem_request = up_to(peak * MEMORY_RESERVE, MEMORY_STEP);
	q->mem_limit = k->limits.memory > 0 ? k->limits.memory : q->mem_request * MEMORY_LIMIT_MULT;
	if (q->mem_request > q->mem_limit)
		q->mem_request = q->mem_limit;
	put_yaml(q);
	put_why(q, k, r, peak);
}

/* Its rate within CAPACITY_OPERATING; 0 when there is none to build on. */
static double operating_rate(const struct capacity_config *k)
{
	if (k->engine_ended || k->operating >= k->n_rounds)
		return 0;
	return k->rounds[k->operating].evts_per_s;
}

static double or_infinite(double limit)
{
	return limit > 0 ? limit : INFINITY;
}

/* Smaller limits first: CPU, then memory. */
static bool is_smaller(const struct capacity_config *a, const struct capacity_config *b)
{
	double x = or_infinite(a->limits.cpus), y = or_infinite(b->limits.cpus);

	if (x < y || x > y)
		return x < y;
	return or_infinite((double)a->limits.memory) < or_infinite((double)b->limits.memory);
}

static void choose_for(struct capacity *c, const char *key)
{
	double best = 0, want;
	struct capacity_config *chosen = NULL, *most = NULL;

	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->v[i].case_key, key) && operating_rate(&c->v[i]) > best) {
			most = &c->v[i];
			best = operating_rate(most);
		}
	if (!most)
		return;
	want = isnan(most->host_p99) ? GOOD_PART * best : HOST_HEADROOM * most->host_p99;
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->v[i].case_key, key) && operating_rate(&c->v[i]) >= want &&
		    (!chosen || is_smaller(&c->v[i], chosen)))
			chosen = &c->v[i];
	(chosen ? chosen : most)->chosen = true;
}

void capacity_choose(struct capacity *c)
{
	for (size_t i = 0; i < c->n; i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen = seen || !strcmp(c->v[k].case_key, c->v[i].case_key);
		fill_resources(&c->v[i]);
		if (!seen)
			choose_for(c, c->v[i].case_key);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "load/pace.h"

#include <math.h>
#include <string.h>

/* ---- the patterns ---- */

static double rate_mean(const struct arrival_spec *a)
{
	return a->rate;
}

static double rate_peak(const struct arrival_spec *a)
{
	return a->rate > a->other_rate ? a->rate : a->other_rate;
}

static double constant_at(const struct arrival_spec *a, double x)
{
	return x / a->rate;
}

static double constant_count(const struct arrival_spec *a, double t)
{
	return a->rate * t;
}

uint64_t pace_random(uint64_t seed, uint64_t n)
{
	uint64_t z = seed + (n + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Exponential intervals: a Poisson process of the thread's share of the rate. */
static double poisson_draw(struct arrival_state *s)
{
	double u = (double)(pace_random(s->rng, s->index++) >> 11) * 0x1p-53;

	s->at += -log1p(-u) * (double)s->step / s->spec.rate;
	return s->at;
}

/* Bursts: `rate` for on_s, then other_rate for off_s, again and again. */
static double bursts_at(const struct arrival_spec *a, double x)
{
	double burst = a->rate * a->on_s, cycle = burst + a->other_rate * a->off_s;
	double whole = floor(x / cycle), rest = x - whole * cycle, t = whole * (a->on_s + a->off_s);

	if (rest < burst || a->other_rate <= 0)
		return t + rest / a->rate;
	return t + a->on_s + (rest - burst) / a->other_rate;
}

static double bursts_count(const struct arrival_spec *a, double t)
{
	double length = a->on_s + a->off_s, whole = floor(t / length), rest = t - whole * length;
	double n = whole * (a->rate * a->on_s + a->other_rate * a->off_s);

	return rest < a->on_s ? n + a->rate * rest
			      : n + a->rate * a->on_s + a->other_rate * (rest - a->on_s);
}

static double bursts_mean(const struct arrival_spec *a)
{
	return (a->rate * a->on_s + a->other_rate * a->off_s) / (a->on_s + a->off_s);
}

/* Ramp: evenly from other_rate to `rate` within on_s, which stays. Solved for the time by the form
 * of the quadratic formula that is good for any slope, none included. */
static double ramp_at(const struct arrival_spec *a, double x)
{
	double slope = (a->rate - a->other_rate) / a->on_s;
	double ramp = (a->rate + a->other_rate) / 2 * a->on_s, root;

	if (x >= ramp)
		return a->on_s + (x - ramp) / a->rate;
	root = sqrt(fmax(a->other_rate * a->other_rate + 2 * slope * x, 0));
	return x > 0 ? 2 * x / (a->other_rate + root) : 0;
}

static double ramp_count(const struct arrival_spec *a, double t)
{
	double slope = (a->rate - a->other_rate) / a->on_s, on = t < a->on_s ? t : a->on_s;

	return a->other_rate * on + slope * on * on / 2 + a->rate * (t - on);
}

static const char *const plain_keys[] = {"pattern", NULL};
static const char *const bursts_keys[] = {"pattern", "on", "off", "off_rate", NULL};
static const char *const ramp_keys[] = {"pattern", "from", "over", NULL};

const struct load_arrival load_arrivals[] = {
	{.name = "constant",
	 .keys = plain_keys,
	 .at = constant_at,
	 .count = constant_count,
	 .mean = rate_mean,
	 .peak = rate_peak},
	{.name = "poisson",
	 .keys = plain_keys,
	 .draw = poisson_draw,
	 .count = constant_count,
	 .mean = rate_mean,
	 .peak = rate_peak},
	{.name = "bursts",
	 .keys = bursts_keys,
	 .at = bursts_at,
	 .count = bursts_count,
	 .mean = bursts_mean,
	 .peak = rate_peak},
	{.name = "ramp",
	 .keys = ramp_keys,
	 .at = ramp_at,
	 .count = ramp_count,
	 .mean = rate_mean,
	 .peak = rate_peak},
};
const size_t load_n_arrivals = sizeof(load_arrivals) / sizeof(load_arrivals[0]);

const struct load_arrival *load_arrival_find(const char *name)
{
	for (size_t i = 0; i < load_n_arrivals; i++)
		if (!strcmp(load_arrivals[i].name, name))
			return &load_arrivals[i];
	return NULL;
}

double arrival_count(const struct arrival_spec *a, double t0, double t1)
{
	if (!a->kind || !(t1 > 0))
		return 0;
	return a->kind->count(a, t1) - (t0 > 0 ? a->kind->count(a, t0) : 0);
}

double arrival_mean(const struct arrival_spec *a)
{
	return a->kind ? a->kind->mean(a) : 0;
}

double arrival_peak(const struct arrival_spec *a)
{
	return a->kind ? a->kind->peak(a) : 0;
}

/* ---- pacing ---- */

static void move_on(struct pace *p)
{
	struct arrival_state *s = &p->state;
	double at;

	if (s->spec.kind->at) {
		at = s->spec.kind->at(&s->spec, (double)s->index + s->phase);
		s->index += s->step;
	} else {
		at = s->spec.kind->draw(s);
	}
	at *= 1e9;
	p->next = at >= (double)(PACE_FOREVER - p->begin) ? PACE_FOREVER : p->begin + (int64_t)at;
}

void pace_init(struct pace *p, const struct arrival_spec *a, const struct pace_slot *slot,
	       int64_t begin, int64_t end)
{
	*p = (struct pace){
		.state = {.spec = *a,
			  .phase = slot->phase,
			  .step = slot->threads,
			  .index = slot->index,
			  .rng = pace_random(slot->seed, slot->index)},
		.begin = begin,
		.end = end,
		.next = begin,
		.woken = INT64_MIN / 2, /* never yet */
	};
	if (a->kind)
		move_on(p);
}

enum pace_verdict pace_decide(struct pace *p, int64_t now, int64_t *until)
{
	if (p->end != PACE_FOREVER &&
	    (p->next >= p->end || now >= p->end + (pace_is_paced(p) ? PACE_GRACE_NS : 0)))
		return PACE_DONE;
	if (p->next <= now)
		return PACE_RUN;
	*until = p->next;
	if (p->woken > now) /* the sleep before was cut short: its aim still holds */
		*until = p->woken;
	else if (*until < p->woken + PACE_QUANTUM_NS)
		*until = p->woken + PACE_QUANTUM_NS;
	if (*until > p->end)
		*until = p->end;
	if (*until <= now)
		*until = p->next;
	p->woken = *until;
	return PACE_SLEEP;
}

/* From the thread's next operation to the one that is n later, in ns; random patterns do not know
 * it beforehand. */
static double span_of(const struct pace *p, unsigned n)
{
	const struct arrival_state *s = &p->state;
	double x = (double)s->index + s->phase;

	if (!s->spec.kind->at)
		return INFINITY;
	/* s->index is already that of the operation after the next. */
	return 1e9 * (s->spec.kind->at(&s->spec, x + ((double)n - 1) * (double)s->step) -
		      s->spec.kind->at(&s->spec, fmax(x - (double)s->step, 0)));
}

unsigned pace_batch(const struct pace *p, int64_t now, unsigned block)
{
	double span;

	if (!pace_is_paced(p))
		return block;
	if (now - p->next < PACE_QUANTUM_NS)
		return 1;
	/* All of the block must be due and wanted, and the lag many times the block's own span. */
	span = span_of(p, block);
	if ((double)(now - p->next) < 4 * span + PACE_QUANTUM_NS)
		return 1;
	return p->end == PACE_FOREVER || (double)(p->end - p->next) > span ? block : 1;
}

void pace_advance(struct pace *p, unsigned n)
{
	if (!pace_is_paced(p))
		return;
	while (n--)
		move_on(p);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "load/pace.h"

#include <string.h>

static double constant_next(struct arrival_state *s)
{
	double at = ((double)s->index + s->phase) * 1e9 / s->rate;

	s->index += s->step;
	return at;
}

/* Later patterns (poisson, bursts, ramp) are a row and a function each. */
const struct load_arrival load_arrivals[] = {
	{"constant", constant_next},
};
const size_t load_n_arrivals = sizeof(load_arrivals) / sizeof(load_arrivals[0]);

const struct load_arrival *load_arrival_find(const char *name)
{
	for (size_t i = 0; i < load_n_arrivals; i++)
		if (!strcmp(load_arrivals[i].name, name))
			return &load_arrivals[i];
	return NULL;
}

static void move_on(struct pace *p)
{
	double at = p->arrival->next(&p->state);

	p->next = at >= (double)(PACE_FOREVER - p->begin) ? PACE_FOREVER : p->begin + (int64_t)at;
}

void pace_init(struct pace *p, const struct load_arrival *arrival, double rate, unsigned index,
	       unsigned threads, double phase, int64_t begin, int64_t end)
{
	*p = (struct pace){
		.arrival = rate > 0 ? arrival : NULL,
		.state = {.rate = rate, .phase = phase, .step = threads, .index = index},
		.begin = begin,
		.end = end,
		.next = begin,
		.woken = INT64_MIN / 2, /* never yet */
	};
	if (p->arrival)
		move_on(p);
}

enum pace_verdict pace_decide(struct pace *p, int64_t now, int64_t *until)
{
	if (p->end != PACE_FOREVER &&
	    (p->next >= p->end || now >= p->end + (p->arrival ? PACE_GRACE_NS : 0)))
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

unsigned pace_batch(const struct pace *p, int64_t now, unsigned block)
{
	double span;

	if (!p->arrival)
		return block;
	/* All of the block must be due and wanted, and the lag many times the block's own span. */
	span = 1e9 / p->state.rate * (double)p->state.step * block;
	if ((double)(now - p->next) < 4 * span + PACE_QUANTUM_NS)
		return 1;
	return p->end == PACE_FOREVER || (double)(p->end - p->next) > span ? block : 1;
}

void pace_advance(struct pace *p, unsigned n)
{
	if (!p->arrival)
		return;
	while (n--)
		move_on(p);
}

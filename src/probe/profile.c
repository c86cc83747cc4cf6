/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/profile.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the timer -------------------------------------------------------------------------------- */

#define BATCH	512
#define BATCHES 301

/* Work of the size of a check, which the next step waits for. */
static __attribute__((noinline)) uint64_t work(const uint64_t *table, uint64_t x)
{
	for (int i = 0; i < 3; i++)
		x = table[x & 63] ^ x >> 7;
	return x;
}

static uint64_t batch(const uint64_t *table, struct profile_stamp *stamps, bool timed)
{
	uint64_t from = tsc_read(), x = from;

	for (int i = 0; i < BATCH; i++) {
		x = work(table, x);
		if (timed)
			stamps[i] =
				(struct profile_stamp){.at = tsc_read(), .what = i, .yes = x & 1};
		else
			stamps[i] = (struct profile_stamp){.what = i, .yes = x & 1};
	}
	return tsc_read() - from + (x == 1);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What a reading adds to work that goes on around it: median over batches with and without. */
static double measure_reading(void)
{
	struct profile_stamp *stamps = xcalloc(BATCH, sizeof(*stamps));
	uint64_t table[64];
	double added[BATCHES];

	for (uint64_t i = 0; i < ARRAY_SIZE(table); i++)
		table[i] = (i + 1) * 0x9e3779b97f4a7c15u;
	for (int i = 0; i < BATCHES; i++) {
		double with = (double)batch(table, stamps, true);

		added[i] = (with - (double)batch(table, stamps, false)) / BATCH;
	}
	free(stamps);
	qsort(added, BATCHES, sizeof(*added), by_size);
	return added[BATCHES / 2] > 0 ? added[BATCHES / 2] : 0;
}

/* --- life ------------------------------------------------------------------------------------- */

void profile_init(struct profile *p, const struct eval *e, bool checks)
{
	size_t longest = 0;

	memset(p, 0, sizeof(*p));
	p->e = e;
	p->checks = checks;
	p->ticks_per_ns = tsc_measure(5000000);
	p->reading = p->reading_inside = measure_reading();
	p->limit = (uint64_t)(p->ticks_per_ns * PROFILE_INTERRUPTED_NS);
	p->of_check = xcalloc(e->n_checks ? e->n_checks : 1, sizeof(*p->of_check));
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		const struct eval_list *list = &e->by_nr[nr];
		size_t n = 0;

		if (!list->n)
			continue;
		p->by_nr[nr].cells = xcalloc(list->n, sizeof(struct profile_cell));
		for (size_t i = 0; i < list->n; i++) {
			size_t leaves = e->rules[list->v[i].rule].n_checks + 1;

			for (int s = 0; s < PROFILE_SLOTS; s++)
				p->by_nr[nr].cells[i].leaves[s] =
					xcalloc(leaves, sizeof(struct profile_leaf));
			n += leaves + 1; /* the rule's end and its output */
		}
		longest = n > longest ? n : longest;
	}
	p->stamps = xcalloc(longest ? longest : 1, sizeof(*p->stamps));
}

static void cell_release(struct profile_cell *c)
{
	for (int s = 0; s < PROFILE_SLOTS; s++)
		free(c->leaves[s]);
	free(c->not_broken.h);
	free(c->broken.h);
	free(c->output.h);
}

void profile_release(struct profile *p)
{
	for (size_t nr = 0; p->e && nr < PROBE_SYSCALLS; nr++) {
		for (size_t i = 0; i < p->e->by_nr[nr].n; i++)
			cell_release(&p->by_nr[nr].cells[i]);
		free(p->by_nr[nr].cells);
		free(p->by_nr[nr].state.h);
		free(p->by_nr[nr].rules.h);
	}
	for (size_t i = 0; p->e && i < p->e->n_checks; i++)
		free(p->of_check[i].h);
	free(p->of_check);
	for (int i = 0; i < PROFILE_PHASES; i++)
		free(p->phase[i].h);
	free(p->of_others.h);
	free(p->stamps);
	memset(p, 0, sizeof(*p));
}

static int64_t clock_now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

void profile_begin(struct profile *p)
{
	p->started_ns = clock_now(CLOCK_REALTIME);
	p->cpu_ns = -clock_now(CLOCK_THREAD_CPUTIME_ID);
	p->started = p->mark = tsc_read();
}

void profile_end(struct profile *p)
{
	double ticks, error;

	p->ended = tsc_read();
	p->cpu_ns += clock_now(CLOCK_THREAD_CPUTIME_ID);
	p->inside_is_measured = profile_measure_inside(p, &ticks, &error);
	if (p->inside_is_measured)
		p->reading_inside = ticks;
}

/* --- intervals -------------------------------------------------------------------------------- */

/* cost: of the readings in it, ticks. */
static void add_net(struct profile_time *t, uint64_t ticks, uint64_t readings, double cost)
{
	uint64_t v = (double)ticks > cost ? (uint64_t)((double)ticks - cost) : 0;

	t->n++;
	t->ticks += ticks;
	t->readings += readings;
	if (v > t->max)
		t->max = v;
	if (!t->h)
		t->h = xcalloc(1, sizeof(*t->h));
	loghist_add(t->h, v);
}

static void add(const struct profile *p, struct profile_time *t, uint64_t ticks, uint64_t readings)
{
	add_net(t, ticks, readings, p->reading * (double)readings);
}

static void add_inside(const struct profile *p, struct profile_time *t, uint64_t ticks,
		       uint64_t readings)
{
	add_net(t, ticks, readings, p->reading_inside * (double)readings);
}

static void set_apart(struct profile_time *t, uint64_t ticks)
{
	t->n_interrupted++;
	t->interrupted += ticks;
}

static void add_or_set_apart(struct profile *p, struct profile_time *t, uint64_t ticks,
			     uint64_t readings)
{
	if (ticks > p->limit)
		set_apart(t, ticks);
	else
		add(p, t, ticks, readings);
}

/* The bookkeeping that began at from is over. */
static void set_mark(struct profile *p, uint64_t from)
{
	p->mark = tsc_read();
	if (p->mark - from <= p->limit)
		return;
	p->n_interrupted++;
	p->interrupted += p->mark - from;
}

void profile_phase(struct profile *p, enum profile_phase phase)
{
	uint64_t now = tsc_read(), ticks = now - p->mark;

	p->n_readings += 2; /* the one that begins the next too */
	if (phase == PROFILE_SLEEP)
		add(p, &p->phase[phase], ticks, 1);
	else
		add_or_set_apart(p, &p->phase[phase], ticks, 1);
	set_mark(p, now);
}

/* --- evaluations ------------------------------------------------------------------------------ */

/* A walk over the stamps of an event: one rule's at a time. */
struct segment {
	const struct profile_stamp *v; /* its checks, then PROFILE_STAMP_RULE */
	size_t n_checks;
	uint64_t from, to; /* ticks */
	unsigned readings;
	bool matched, has_output;
	uint64_t output; /* ticks */
};

static size_t next_segment(const struct profile *p, size_t at, uint64_t from, struct segment *seg)
{
	*seg = (struct segment){.v = &p->stamps[at], .from = from, .to = from};
	for (;; at++) {
		const struct profile_stamp *s = &p->stamps[at];

		if (s->at) {
			seg->to = s->at;
			seg->readings++;
		}
		if (s->what == PROFILE_STAMP_RULE) {
			seg->matched = s->yes;
			break;
		}
		seg->n_checks++;
	}
	at++;
	if (at < p->n_stamps && p->stamps[at].what == PROFILE_STAMP_OUTPUT) {
		seg->output = p->stamps[at].at - seg->to;
		seg->has_output = true;
		at++;
	}
	return at;
}

enum timing { TIMED, INTERRUPTED, WITHOUT_READINGS };

/* How an event's evaluation went, and whether something matched. */
static enum timing look_over(const struct profile *p, bool *broken)
{
	uint64_t last = p->evaluated_from;
	bool interrupted = false;

	*broken = false;
	for (size_t i = 0; i < p->n_stamps; i++) {
		const struct profile_stamp *s = &p->stamps[i];

		*broken |= s->what == PROFILE_STAMP_RULE && s->yes;
		if (!s->at)
			continue;
		if (s->what != PROFILE_STAMP_OUTPUT)
			interrupted |= s->at - last > p->limit;
		last = s->at;
	}
	return interrupted ? INTERRUPTED : p->without ? WITHOUT_READINGS : TIMED;
}

static void add_checks(struct profile *p, const struct segment *seg, const struct eval_rule *rule,
		       struct profile_leaf *leaves, enum timing timing)
{
	uint64_t last = seg->from;

	for (size_t i = 0; i < seg->n_checks; i++) {
		const struct profile_stamp *s = &seg->v[i];
		struct profile_leaf *leaf = &leaves[(size_t)s->what - rule->first_check];

		leaf->n++;
		leaf->n_true += s->yes;
		if (!s->at)
			continue;
		if (timing == TIMED) {
			leaf->timed++;
			leaf->ticks += s->at - last;
			add_inside(p, &p->of_check[s->what], s->at - last, 1);
		} else {
			set_apart(&p->of_check[s->what], s->at - last);
		}
		last = s->at;
	}
	/* What no check has. */
	if (p->checks && seg->n_checks)
		return;
	leaves[rule->n_checks].n++;
	if (timing == TIMED) {
		leaves[rule->n_checks].timed++;
		leaves[rule->n_checks].ticks += seg->to - last;
	}
}

static void add_segment(struct profile *p, const struct segment *seg, struct profile_cell *cell,
			const struct eval_rule *rule, bool broken, enum timing timing)
{
	enum profile_slot slot = seg->matched ? SLOT_MATCH : broken ? SLOT_OTHER : SLOT_NONE;
	struct profile_time *t = seg->matched ? &cell->broken : &cell->not_broken;

	cell->evaluations[slot]++;
	cell->checks += seg->n_checks;
	add_checks(p, seg, rule, cell->leaves[slot], timing);
	if (timing == TIMED)
		add_inside(p, t, seg->to - seg->from, seg->readings);
	else if (timing == INTERRUPTED)
		set_apart(t, seg->to - seg->from);
	if (!seg->has_output)
		return;
	add_or_set_apart(p, &cell->output, seg->output, 1);
	add_or_set_apart(p, &p->phase[PROFILE_OUTPUT], seg->output, 1);
}

/* For the cost of readings; the reading at the end of both kinds is left out of the difference. */
static void add_control(struct profile *p, struct profile_control *c, uint64_t readings)
{
	uint64_t ticks = p->evaluated_to - p->evaluated_from;
	double ticks_inside, error;

	if ((double)ticks > p->ticks_per_ns * PROFILE_CONTROL_MAX_NS)
		return;
	if (!p->without) {
		c->n++;
		c->ticks += ticks;
		c->readings += readings;
		return;
	}
	c->n_without++;
	c->ticks_without += ticks;
	c->squares_without += (double)ticks * (double)ticks;
	/* Looked at anew at 256, 512, 1024, ... */
	if (++p->n_control < 256 || (p->n_control & (p->n_control - 1)))
		return;
	if (profile_measure_inside(p, &ticks_inside, &error))
		p->reading_inside = ticks_inside;
}

bool profile_measure_inside(const struct profile *p, double *ticks, double *error)
{
	double difference = 0, variance = 0, readings = 0;

	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		const struct profile_control *c = &p->by_nr[nr].control;
		double n = (double)c->n, w = (double)c->n_without, mean;

		if (c->n_without < 16)
			continue;
		mean = (double)c->ticks_without / w;
		difference += (double)c->ticks - n * mean;
		readings += (double)c->readings;
		variance += n * n * (c->squares_without / w - mean * mean) / (w - 1);
	}
	if (readings <= 0)
		return false;
	*ticks = difference / readings > 0 ? difference / readings : 0;
	*error = sqrt(variance) / readings;
	return *error < fmax(p->reading / 5, p->ticks_per_ns * 2);
}

static void add_evaluation(struct profile *p, struct profile_bucket *b)
{
	uint64_t ticks = 0, readings = 0, from = p->evaluated_from;
	bool broken;
	enum timing timing = look_over(p, &broken);
	struct profile_time *phase = &p->phase[broken ? PROFILE_BROKEN : PROFILE_NOT_BROKEN];

	for (size_t at = 0, i = 0; at < p->n_stamps; i++) {
		struct segment seg;

		at = next_segment(p, at, from, &seg);
		add_segment(p, &seg, &b->cells[i], &p->e->rules[p->list->v[i].rule], broken,
			    timing);
		ticks += seg.to - seg.from;
		readings += seg.readings;
		p->n_readings += seg.readings + seg.has_output;
		from = seg.to + seg.output;
	}
	b->evaluated++;
	b->broken += broken;
	if (timing == TIMED) {
		add_inside(p, phase, ticks, readings);
		add_inside(p, &b->rules, ticks, readings);
	} else if (timing == INTERRUPTED) {
		set_apart(phase, ticks);
		set_apart(&b->rules, ticks);
	}
	if (timing != INTERRUPTED && !broken && p->warm)
		add_control(p, &b->control, readings);
}

bool profile_picked(struct profile *p, bool picked)
{
	/* Finding out is the profile's, and no part of an evaluation. */
	p->evaluated_to = tsc_read();
	p->n_readings++;
	p->picking = true;
	p->other = !picked;
	return picked;
}

/* Its reading, its state and the marks are all that there is of it. */
static void add_other(struct profile *p, uint64_t ticks, unsigned readings, uint64_t from)
{
	p->others++;
	add_or_set_apart(p, &p->of_others, ticks, readings);
	p->n_readings += 1 + readings;
	p->other = false;
	set_mark(p, from);
}

void profile_event(struct profile *p, unsigned nr, uint64_t read, uint64_t state,
		   unsigned state_readings, uint64_t from)
{
	struct profile_bucket *b = &p->by_nr[nr % PROBE_SYSCALLS];

	if (p->other) {
		add_other(p, read + state, 1 + state_readings, from);
		return;
	}
	b->events++;
	add_or_set_apart(p, &p->phase[PROFILE_READ], read, 1);
	add_or_set_apart(p, &p->phase[PROFILE_STATE], state, state_readings);
	add_or_set_apart(p, &b->state, state, state_readings);
	if (p->list)
		add_evaluation(p, b);
	/* Its reading, the mark after its evaluation, and the mark below. */
	p->n_readings += 2 + (p->list != NULL) + state_readings;
	p->list = NULL;
	set_mark(p, from);
}

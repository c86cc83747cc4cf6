/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What giving up k rules saves. A call leaves the set only with the last rule that needs it, so the
 * sets are compared, never rules added up: at each step the candidates are every rule, and for
 * every traced call all kept rules that name it, as long as they are not more than may still go;
 * the one with the most ns for each of its rules is taken, the selection being computed anew.
 */
#include "cost/model_private.h"

#include "base/mem.h"

#include <string.h>

struct worst {
	const struct cost_table *t;
	bool *kept, *try;
	size_t *order; /* given up */
	size_t n;
	double now; /* ns of what is kept */
};

static double ns_of(const struct cost_table *t, const bool *kept)
{
	struct bitset final;
	struct cost_sum s = cost_of(t, kept, NULL, &final);

	return cost_total_ns(&s);
}

/* The kept rules that name the call, or the one rule; how many. */
static size_t candidate(struct worst *w, size_t i)
{
	const struct cost_table *t = w->t;
	size_t n = 0;

	memcpy(w->try, w->kept, t->n_rules);
	for (size_t r = 0; r < t->n_rules; r++) {
		bool goes = i < t->n_rules
				    ? r == i
				    : bitset_has(&t->rules[r]->scs, t->places.v[i - t->n_rules].sc);

		if (!goes || !w->kept[r])
			continue;
		w->try[r] = false;
		n++;
	}
	return n;
}

static bool step(struct worst *w, size_t most)
{
	const struct cost_table *t = w->t;
	bool *best cleanup_free = xcalloc(t->n_rules + 1, sizeof(*best));
	double best_gain = -1, now = w->now;

	for (size_t i = 0; i < t->n_rules + t->places.n; i++) {
		size_t n = candidate(w, i);
		double ns, gain;

		if (!n || n > most || (n == 1 && i >= t->n_rules))
			continue;
		ns = ns_of(t, w->try);
		gain = (w->now - ns) / (double)n;
		if (gain <= best_gain)
			continue;
		best_gain = gain;
		now = ns;
		memcpy(best, w->try, t->n_rules);
	}
	if (best_gain < 0)
		return false;
	for (size_t r = 0; r < t->n_rules; r++)
		if (w->kept[r] && !best[r])
			w->order[w->n++] = r;
	memcpy(w->kept, best, t->n_rules);
	w->now = now;
	return true;
}

/* From the start, or on from what was given up before. */
static void run(struct worst *w, const struct worst *from, size_t k)
{
	const struct cost_table *t = w->t;

	memset(w->kept, true, t->n_rules);
	w->n = 0;
	for (size_t i = 0; from && i < from->n; i++) {
		w->order[w->n++] = from->order[i];
		w->kept[from->order[i]] = false;
	}
	w->now = ns_of(t, w->kept);
	while (w->n < k && step(w, k - w->n))
		;
}

static void init(struct worst *w, const struct cost_table *t)
{
	*w = (struct worst){.t = t,
			    .kept = xcalloc(t->n_rules + 1, sizeof(bool)),
			    .try = xcalloc(t->n_rules + 1, sizeof(bool)),
			    .order = xcalloc(t->n_rules + 1, sizeof(size_t))};
}

static void copy(struct worst *to, const struct worst *from)
{
	memcpy(to->kept, from->kept, to->t->n_rules);
	memcpy(to->order, from->order, to->t->n_rules * sizeof(size_t));
	to->n = from->n;
	to->now = from->now;
}

static void release(struct worst *w)
{
	free(w->kept);
	free(w->try);
	free(w->order);
}

void cost_worst(const struct cost_table *t, const size_t *ks, size_t n, struct cost *out)
{
	struct worst last, fresh, on;
	struct bitset whole, final;

	init(&last, t);
	init(&fresh, t);
	init(&on, t);
	cost_of(t, NULL, NULL, &whole);
	out->steps = xcalloc(n + 1, sizeof(*out->steps));
	for (size_t i = 0; i < n && (!i || ks[i - 1] < t->n_rules); i++) {
		struct cost_step *s = &out->steps[out->n_steps++];

		run(&fresh, NULL, ks[i]);
		run(&on, &last, ks[i]); /* so that more rules never save less */
		copy(&last, i && on.now < fresh.now ? &on : &fresh);
		*s = (struct cost_step){
			.k = ks[i], .rules = xcalloc(last.n + 1, sizeof(*s->rules)), .n = last.n};
		memcpy(s->rules, last.order, last.n * sizeof(*s->rules));
		s->left = cost_of(t, last.kept, NULL, &final);
		s->gone = bitset_minus(whole, final);
	}
	release(&last);
	release(&fresh);
	release(&on);
}

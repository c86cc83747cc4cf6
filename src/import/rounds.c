/* SPDX-License-Identifier: Apache-2.0 */
#include "import/rounds.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

static void round_release(struct import_round *r)
{
	for (size_t i = 0; i < r->n_actions; i++)
		free(r->actions[i].name);
	*r = (struct import_round){.number = -1};
}

static void round_copy(struct import_round *to, const struct import_round *from)
{
	round_release(to);
	*to = *from;
	for (size_t i = 0; i < from->n_actions; i++)
		to->actions[i].name = xstrdup(from->actions[i].name);
}

static void run_release(struct import_run *p)
{
	for (size_t i = 0; i < p->n; i++)
		round_release(&p->v[i]);
	round_release(&p->good);
	round_release(&p->bad);
	round_release(&p->stalled);
	round_release(&p->latest);
	free(p->v);
	free(p->file);
}

void import_runs_init(struct import_runs *r)
{
	*r = (struct import_runs){.v = NULL};
}

void import_runs_release(struct import_runs *r)
{
	for (size_t i = 0; i < r->n; i++)
		run_release(&r->v[i]);
	free(r->v);
	import_runs_init(r);
}

void import_runs_file(void *arg, const char *file)
{
	struct import_runs *r = arg;

	(void)file;
	r->new_file = true;
}

static bool same_actions(const struct import_round *a, const struct import_round *b)
{
	if (a->n_actions != b->n_actions)
		return false;
	for (size_t i = 0; i < a->n_actions; i++) {
		bool found = false;

		for (size_t k = 0; k < b->n_actions && !found; k++)
			found = !strcmp(a->actions[i].name, b->actions[k].name);
		if (!found)
			return false;
	}
	return true;
}

/* Rounds are counted up; a log that was rotated goes on in the next file. */
static struct import_run *run_of(struct import_runs *r, const struct import_place *at,
				 const struct import_round *round)
{
	struct import_run *p = r->n ? &r->v[r->n - 1] : NULL;
	bool goes_on = p &&
		       (r->new_file ? round->number == p->latest.number + 1
				    : round->number > p->latest.number) &&
		       same_actions(&p->latest, round);

	r->new_file = false;
	if (goes_on)
		return p;
	ALLOC_GROW(r->v, r->n, r->alloc);
	p = &r->v[r->n++];
	*p = (struct import_run){.file = xstrdup(at->file),
				 .limit_round = -1,
				 .good = {.number = -1},
				 .bad = {.number = -1},
				 .stalled = {.number = -1},
				 .latest = {.number = -1},
				 .best_eps = (double)NAN};
	return p;
}

/* The first of the two limits that shows is the one that counts. */
static void judge(struct import_run *p, const struct import_round *round)
{
	bool shorter = round->sleep_ns >= 0 && p->latest.number >= 0 &&
		       (round->sleep_ns < p->latest.sleep_ns || !round->sleep_ns);

	if (round->lost >= IMPORT_LOST) {
		if (p->bad.number < 0)
			round_copy(&p->bad, round);
		if (p->limit == LIMIT_NONE) {
			p->limit = LIMIT_FALCO;
			p->limit_round = round->number;
		}
		return;
	}
	if (isfinite(round->lost))
		round_copy(&p->good, round);
	if (p->limit == LIMIT_NONE && shorter && round->eps <= p->best_eps * (1 + IMPORT_GROWTH)) {
		p->limit = LIMIT_LOAD;
		p->limit_round = round->number;
		round_copy(&p->stalled, round);
	}
}

void import_runs_round(void *arg, const struct import_place *at, const struct import_round *round)
{
	struct import_run *p = run_of(arg, at, round);

	p->n_rounds++;
	/* With alerts that are nobody's its counts mean nothing: event-generator does it again. */
	if (!round->unexpected) {
		judge(p, round);
		if (!(round->eps <= p->best_eps))
			p->best_eps = round->eps;
	}
	round_copy(&p->latest, round);
	if (p->n == IMPORT_ROUNDS)
		return;
	ALLOC_GROW(p->v, p->n, p->alloc);
	p->v[p->n] = (struct import_round){.number = -1};
	round_copy(&p->v[p->n++], round);
}

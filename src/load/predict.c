/* SPDX-License-Identifier: Apache-2.0 */
#include "load/profile.h"

#include "base/mem.h"

#include <string.h>

static struct load_predicted *predicted(struct load_prediction *p, const char *syscall)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->calls[i].syscall, syscall))
			return &p->calls[i];
	ALLOC_GROW(p->calls, p->n, p->alloc);
	p->calls[p->n] = (struct load_predicted){.syscall = syscall};
	return &p->calls[p->n++];
}

static int by_syscall(const void *a, const void *b)
{
	const struct load_predicted *x = a, *y = b;

	return strcmp(x->syscall, y->syscall);
}

/* Operations a second of a worker: mean and peak. */
struct worker_rate {
	double mean, peak;
	bool active;
};

static void add_worker(struct load_prediction *out, const struct load_worker *w,
		       const struct worker_rate *r)
{
	struct load_truth rows[LOAD_TRUTH_MAX + 1];

	if (!w->op) {
		out->unknown |= r->active;
		return;
	}
	load_op_truth(w->op, rows);
	for (const struct load_truth *t = rows; t->syscall; t++) {
		struct load_predicted *c;

		if (!t->per_op)
			continue;
		c = predicted(out, t->syscall);
		c->per_s += t->per_op * r->mean;
		c->peak_per_s += t->per_op * r->peak;
		c->unbounded |= !w->arrival.kind && r->active;
	}
}

static void sort(struct load_prediction *out)
{
	if (out->n)
		qsort(out->calls, out->n, sizeof(*out->calls), by_syscall);
}

void load_predict(const struct load_profile *p, struct load_prediction *out)
{
	*out = (struct load_prediction){0};
	for (size_t i = 0; i < p->n; i++) {
		const struct arrival_spec *a = &p->workers[i].arrival;
		struct worker_rate r = {arrival_mean(a), arrival_peak(a), true};

		add_worker(out, &p->workers[i], &r);
	}
	sort(out);
}

void load_predict_window(const struct load_profile *p, int64_t from_ns, int64_t to_ns,
			 struct load_prediction *out)
{
	*out = (struct load_prediction){0};
	for (size_t i = 0; i < p->n; i++) {
		const struct load_worker *w = &p->workers[i];
		int64_t a = from_ns - w->after_ns, b = to_ns - w->after_ns;
		struct worker_rate r = {0};

		if (w->duration_ns >= 0 && b > w->duration_ns)
			b = w->duration_ns;
		r.active = b > 0 && b > a;
		if (r.active) {
			r.mean = arrival_count(&w->arrival, (double)a / 1e9, (double)b / 1e9) /
				 ((double)(to_ns - from_ns) / 1e9);
			r.peak = arrival_peak(&w->arrival);
		}
		add_worker(out, w, &r);
	}
	sort(out);
}

void load_prediction_release(struct load_prediction *p)
{
	free(p->calls);
	*p = (struct load_prediction){0};
}

const struct load_predicted *load_prediction_find(const struct load_prediction *p,
						  const char *syscall)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->calls[i].syscall, syscall))
			return &p->calls[i];
	return NULL;
}

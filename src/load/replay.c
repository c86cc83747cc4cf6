/* SPDX-License-Identifier: Apache-2.0 */
#include "load/replay.h"

#include "base/mem.h"
#include "load/profile.h"

#include <math.h>
#include <string.h>

/* A call that the host does not make weighs as if it made this share of all of its calls: making it
 * costs as much as missing that much. */
#define UNASKED_SHARE 0.001
/* Cyclic coordinate descent ends when no rate moves by more than this share of all calls. */
#define SWEEPS_MAX 20000
#define CONVERGED  1e-9

/* A row of the system of equations: a call, or the failed ones among it. */
struct row {
	const char *syscall; /* borrowed from the host profile or the table */
	bool failed;
	double asked, weight;
};

struct fit {
	struct row *rows;
	size_t n, alloc;
	const struct load_op **ops;
	double *a; /* n_ops columns of n */
	double *rate;
	size_t n_ops;
};

static bool can_fail(const char *syscall)
{
	const struct load_op *op;

	for (size_t i = 0; (op = load_op_at(i)); i++)
		if (op->failing[0].syscall && op->failing[0].per_op == op->truth[0].per_op &&
		    !strcmp(op->failing[0].syscall, syscall))
			return true;
	return false;
}

static struct row *row_of(struct fit *f, const char *syscall, bool failed)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->rows[i].failed == failed && !strcmp(f->rows[i].syscall, syscall))
			return &f->rows[i];
	ALLOC_GROW(f->rows, f->n, f->alloc);
	f->rows[f->n] = (struct row){.syscall = syscall, .failed = failed};
	return &f->rows[f->n++];
}

static void ask(struct fit *f, const struct host_profile *host, double scale)
{
	for (size_t i = 0; i < host->n_calls; i++) {
		const struct host_call *c = &host->calls[i];
		double failed = c->failed_per_s > 0 && can_fail(c->name) ? c->failed_per_s : 0;

		if (!(c->per_s > 0))
			continue;
		row_of(f, c->name, false)->asked += scale * fmax(c->per_s - failed, 0);
		if (failed > 0)
			row_of(f, c->name, true)->asked += scale * failed;
	}
}

/* Is there anything in an operation's truth that the host does? */
static bool useful(struct fit *f, const struct load_truth *rows)
{
	for (; rows->syscall; rows++)
		for (size_t i = 0; rows->per_op && i < f->n; i++)
			if (f->rows[i].asked > 0 && !strcmp(f->rows[i].syscall, rows->syscall))
				return true;
	return false;
}

/* Each call of an operation, good ones and failing ones apart, to fn. */
static void each_call(struct fit *f, const struct load_op *op, size_t column,
		      void (*fn)(struct fit *f, struct row *row, size_t column, double n))
{
	struct load_truth rows[LOAD_TRUTH_MAX + 1];

	load_op_truth(op, rows);
	for (const struct load_truth *t = rows; t->syscall; t++) {
		double n = t->per_op, failing = 0;

		for (const struct load_truth *x = op->failing; x->syscall; x++)
			if (!strcmp(x->syscall, t->syscall) && can_fail(t->syscall))
				failing = x->per_op;
		if (n - failing > 0)
			fn(f, row_of(f, t->syscall, false), column, n - failing);
		if (failing > 0)
			fn(f, row_of(f, t->syscall, true), column, failing);
	}
}

static void only_row(struct fit *f, struct row *row, size_t column, double n)
{
	(void)f;
	(void)row;
	(void)column;
	(void)n;
}

static void set_cell(struct fit *f, struct row *row, size_t column, double n)
{
	f->a[column * f->n + (size_t)(row - f->rows)] += n;
}

static void take_ops(struct fit *f)
{
	const struct load_op *op;
	size_t n = 0;

	while (load_op_at(n))
		n++;
	f->ops = xcalloc(n + 1, sizeof(*f->ops));
	for (size_t i = 0; (op = load_op_at(i)); i++) {
		struct load_truth rows[LOAD_TRUTH_MAX + 1];

		load_op_truth(op, rows);
		if (!op->unfit && useful(f, rows))
			f->ops[f->n_ops++] = op;
	}
	/* All rows first: the matrix is laid out by their number. */
	for (size_t i = 0; i < f->n_ops; i++)
		each_call(f, f->ops[i], i, only_row);
	f->a = xcalloc(f->n_ops * f->n + 1, sizeof(*f->a));
	f->rate = xcalloc(f->n_ops + 1, sizeof(*f->rate));
	for (size_t i = 0; i < f->n_ops; i++)
		each_call(f, f->ops[i], i, set_cell);
}

/* Minimise sum(weight * (A rate - asked)^2) over rates >= 0, one rate at a time, which converges
 * because the function is convex and the bounds are apart. */
static void solve(struct fit *f, double total)
{
	double *left = xcalloc(f->n + 1, sizeof(*left)); /* asked - made */

	for (size_t i = 0; i < f->n; i++) {
		f->rows[i].weight = 1 / (f->rows[i].asked + UNASKED_SHARE * total);
		left[i] = f->rows[i].asked;
	}
	for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
		double moved = 0;

		for (size_t k = 0; k < f->n_ops; k++) {
			const double *a = &f->a[k * f->n];
			double up = 0, norm = 0, to;

			for (size_t i = 0; i < f->n; i++) {
				up += f->rows[i].weight * a[i] * left[i];
				norm += f->rows[i].weight * a[i] * a[i];
			}
			to = fmax(f->rate[k] + up / norm, 0);
			for (size_t i = 0; i < f->n; i++)
				left[i] -= a[i] * (to - f->rate[k]);
			moved = fmax(moved, fabs(to - f->rate[k]));
			f->rate[k] = to;
		}
		if (moved <= CONVERGED * total)
			break;
	}
	free(left);
}

/* ---- what came of it ---- */

static struct replay_call *call_of(struct load_replay *r, const char *syscall)
{
	for (size_t i = 0; i < r->n_calls; i++)
		if (!strcmp(r->calls[i].syscall, syscall))
			return &r->calls[i];
	r->calls = xrealloc(r->calls, r->n_calls + 1, sizeof(*r->calls));
	r->calls[r->n_calls] = (struct replay_call){.syscall = xstrdup(syscall)};
	return &r->calls[r->n_calls++];
}

static int by_shortfall(const void *a, const void *b)
{
	const struct replay_call *x = a, *y = b;
	double dx = x->asked - x->made, dy = y->asked - y->made;

	return dx < dy ? 1 : dx > dy ? -1 : strcmp(x->syscall, y->syscall);
}

static void keep_ops(struct load_replay *r, const struct fit *f, double total)
{
	r->ops = xcalloc(f->n_ops + 1, sizeof(*r->ops));
	for (size_t k = 0; k < f->n_ops; k++)
		if (f->rate[k] >= LOAD_RATE_MIN && f->rate[k] > 1e-6 * total)
			r->ops[r->n_ops++] = (struct replay_op){f->ops[k], f->rate[k]};
}

static void sum_up(struct load_replay *r, const struct fit *f)
{
	double missing = 0, extra = 0;

	for (size_t i = 0; i < f->n; i++)
		call_of(r, f->rows[i].syscall)->asked += f->rows[i].asked;
	for (size_t k = 0; k < r->n_ops; k++) {
		struct load_truth rows[LOAD_TRUTH_MAX + 1];

		load_op_truth(r->ops[k].op, rows);
		for (const struct load_truth *t = rows; t->syscall; t++)
			call_of(r, t->syscall)->made += t->per_op * r->ops[k].per_s;
	}
	for (size_t i = 0; i < r->n_calls; i++) {
		double d = r->calls[i].asked - r->calls[i].made;

		r->asked += r->calls[i].asked;
		r->made += r->calls[i].made;
		missing += fmax(d, 0);
		extra += fmax(-d, 0);
	}
	r->missing = missing / r->asked;
	r->extra = extra / r->asked;
	qsort(r->calls, r->n_calls, sizeof(*r->calls), by_shortfall);
}

int load_replay_fit(const struct host_profile *host, double scale, struct load_replay *out,
		    struct error *err)
{
	struct fit f = {0};
	double total = 0;
	int rc = 0;

	*out = (struct load_replay){
		.hostname = host->hostname ? xstrdup(host->hostname) : NULL,
		.scale = scale,
	};
	ask(&f, host, scale);
	for (size_t i = 0; i < f.n; i++)
		total += f.rows[i].asked;
	take_ops(&f);
	if (f.n_ops) {
		solve(&f, total);
		keep_ops(out, &f, total);
	}
	if (out->n_ops)
		sum_up(out, &f);
	else
		rc = error_input(err, "no operation makes any of the %zu calls of the mix", f.n);
	free(f.rows);
	free(f.ops);
	free(f.a);
	free(f.rate);
	return rc;
}

void load_replay_release(struct load_replay *r)
{
	for (size_t i = 0; i < r->n_calls; i++)
		free(r->calls[i].syscall);
	free(r->calls);
	free(r->ops);
	free(r->file);
	free(r->hostname);
	*r = (struct load_replay){0};
}

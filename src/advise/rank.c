/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/advise.h"

#include "advise/compare.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

struct entry {
	const struct res_case *c;
	size_t index; /* into results.cases */
	double rate;
	bool placed;
};

/* Not exercised ranks as zero. Events without a drop counter are unknown, which is never zero:
 * behind everything that is known. */
static struct entry make_entry(const struct res_case *c, size_t index)
{
	return (struct entry){.c = c, .index = index, .rate = compare_range(c).rate};
}

static int order_num(double a, double b)
{
	return (a > b) - (a < b);
}

static int order_rest(const struct entry *a, const struct entry *b)
{
	int d = order_num((double)res_case_buffer_memory(a->c),
			  (double)res_case_buffer_memory(b->c));

	if (!d)
		d = strcmp(a->c->key ? a->c->key : "", b->c->key ? b->c->key : "");
	return d ? d : order_num((double)a->index, (double)b->index);
}

static int order_size(const struct entry *a, const struct entry *b)
{
	return order_num((double)res_case_set_size(a->c), (double)res_case_set_size(b->c));
}

/* For who opens a group: drop rate, then set size. */
static int by_rate(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int d = order_num(x->rate, y->rate);

	d = d ? d : order_size(x, y);
	return d ? d : order_rest(x, y);
}

/* Inside a group: set size, then drop rate. */
static int by_size(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;
	int d = order_size(*x, *y);

	d = d ? d : order_num((*x)->rate, (*y)->rate);
	return d ? d : order_rest(*x, *y);
}

/* A case is never apart from itself. */
static bool told_apart(const struct results *r, const struct entry *a, const struct entry *b)
{
	const struct res_comparison *c = a == b ? NULL : advise_comparison(r, a->c->key, b->c->key);

	return c && c->told_apart;
}

/* Is a case of lower rate among the n others told apart from e? Entries lie in order of rate. */
static bool is_behind(const struct results *r, struct entry *const *others, size_t n,
		      const struct entry *e)
{
	for (size_t i = 0; i < n; i++)
		if (others[i] < e && told_apart(r, others[i], e))
			return true;
	return false;
}

/* A group's members tie with the one that opens it, not all with each other: of two that are told
 * apart the one that drops less comes first, whatever their sets. */
static void keep_told_apart(const struct results *r, struct entry **group, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = i;
		struct entry *e;

		while (is_behind(r, group + i, n - i, group[k]))
			k++; /* the one of the lowest rate is not */
		e = group[k];
		memmove(group + i + 1, group + i, (k - i) * sizeof(*group));
		group[i] = e;
	}
}

/* The group that v[first] opens, in its order; out has room for n. */
static size_t take_group(const struct results *r, struct entry *v, size_t n, size_t first,
			 struct entry **out)
{
	size_t k = 0;

	for (size_t i = first; i < n; i++)
		if (!v[i].placed && !told_apart(r, &v[first], &v[i])) {
			v[i].placed = true;
			out[k++] = &v[i];
		}
	qsort(out, k, sizeof(*out), by_size);
	keep_told_apart(r, out, k);
	return k;
}

void advise_rank(struct results *r)
{
	struct entry *v cleanup_free = xcalloc(r->n_cases + 1, sizeof(*v));
	struct entry **group cleanup_free = xcalloc(r->n_cases + 1, sizeof(struct entry *));
	size_t n = 0;
	int groups = 0;

	advise_compare(r);
	free(r->order);
	r->order = xcalloc(r->n_cases + 1, sizeof(*r->order));
	r->n_order = 0;
	for (size_t i = 0; i < r->n_cases; i++) {
		r->cases[i].rank = r->cases[i].tie_group = 0;
		if (r->cases[i].sum.n_ok > 0)
			v[n++] = make_entry(&r->cases[i], i);
	}
	qsort(v, n, sizeof(*v), by_rate);
	for (size_t i = 0; i < n; i++) {
		size_t k = v[i].placed ? 0 : take_group(r, v, n, i, group);

		groups += k > 0;
		for (size_t j = 0; j < k; j++) {
			r->order[r->n_order++] = group[j]->index;
			r->cases[group[j]->index].tie_group = groups;
			r->cases[group[j]->index].rank = (int)r->n_order;
		}
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/diff.h"

#include "base/mem.h"
#include "cost/diff_private.h"

#include <math.h>
#include <string.h>

const char *const diff_kind_names[DIFF_N_KINDS] = {"added",   "removed",  "renamed",
						   "enabled", "disabled", "changed"};
const char *const diff_part_names[DIFF_N_PARTS] = {"condition", "order", "exceptions", "output",
						   "metadata"};

/* ---- order of the rows ---- */

/* What a change costs alone, for the order: CPU of both sides of the buffers, where calls that it
 * asks for and does not get count as if they were traced; high-volume calls; calls; checks. */
struct expense {
	double v[4];
};

static double known(double v)
{
	return isnan(v) ? 0 : v;
}

static double cpu_of(const struct diff_total *t)
{
	return known(t->engine_cpu) + known(t->kernel_cpu);
}

static struct expense expense_of(const struct diff_input *in, const struct diff *d,
				 const struct diff_row *r)
{
	const struct price *p = in->price ? in->price : &price_defaults;
	struct bitset heavy = cat_ignored_scs(d->cat);
	struct expense e = {{
		cpu_of(&r->alone) - cpu_of(&d->old) +
			known(r->ignored_per_s) *
				(price_event_ns(p, known(r->walked_new)) + p->kernel_ns) / 1e9,
		(double)bitset_count(bitset_and(heavy, bitset_or(r->gained, r->ignored))) -
			(double)bitset_count(bitset_and(heavy, r->lost)),
		(double)bitset_count(r->gained) - (double)bitset_count(r->lost),
		known(r->walked_new) - known(r->walked_old),
	}};

	return e;
}

struct ranked {
	struct expense e;
	size_t at;
	struct diff_row row;
};

static int compare_rows(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	for (size_t i = 0; i < ARRAY_SIZE(x->e.v); i++)
		if (x->e.v[i] != y->e.v[i])
			return x->e.v[i] > y->e.v[i] ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void rank_rows(const struct diff_input *in, struct diff *d)
{
	struct ranked *v cleanup_free = xcalloc(d->n + 1, sizeof(*v));

	for (size_t i = 0; i < d->n; i++)
		v[i] = (struct ranked){expense_of(in, d, &d->rows[i]), i, d->rows[i]};
	if (d->n)
		qsort(v, d->n, sizeof(*v), compare_rows);
	for (size_t i = 0; i < d->n; i++)
		d->rows[i] = v[i].row;
}

static int compare_buckets(const void *a, const void *b)
{
	const struct diff_bucket *x = a, *y = b;
	double p = known(x->evts_per_s), q = known(y->evts_per_s);

	return p != q ? (p > q ? -1 : 1) : strcmp(x->name, y->name);
}

/* ---- blind spots ---- */

static const struct ledger_row *spot_of(const struct ledger *l, const char *rule)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->rows[i].rule, rule))
			return &l->rows[i];
	return NULL;
}

static bool asks(const struct diff_side *s, const char *rule)
{
	for (size_t i = 0; i < s->in->n_rules; i++)
		if (!strcmp(s->in->rules[i].name, rule))
			return true;
	return false;
}

/* Blind spots of a side that the other has not. Those of a rule that the other side does not
 * evaluate at all count as gained, but never as closed: nothing looks there any more. */
static void find_spots(struct diff *d, const struct diff_side *of, const struct diff_side *other,
		       bool gained)
{
	for (size_t i = 0; i < of->ledger->n; i++) {
		const struct ledger_row *row = &of->ledger->rows[i];
		const struct ledger_row *was = spot_of(other->ledger, row->rule);
		struct bitset scs = was ? bitset_minus(row->lost, was->lost) : row->lost;

		if (bitset_empty(scs) || (!gained && !asks(other, row->rule)))
			continue;
		d->spots[d->n_spots++] = (struct diff_spot){.rule = row->rule,
							    .scs = scs,
							    .gained = gained,
							    .blind = gained && row->blind};
	}
}

static struct bitset watched_by(const struct select_input *in)
{
	struct bitset all = {0};

	for (size_t i = 0; i < in->n_rules; i++)
		all = bitset_or(all, in->rules[i].scs);
	return all;
}

void diff_compute(const struct diff_input *in, struct diff *out)
{
	struct bitset old = watched_by(in->old.in), new = watched_by(in->new.in);

	*out = (struct diff){.cat = in->new.in->cat};
	diff_pair_rules(in, out);
	diff_price(in, out);
	rank_rows(in, out);
	if (out->n_buckets)
		qsort(out->buckets, out->n_buckets, sizeof(*out->buckets), compare_buckets);
	out->spots = xcalloc(in->old.ledger->n + in->new.ledger->n + 1, sizeof(*out->spots));
	find_spots(out, &in->new, &in->old, true);
	find_spots(out, &in->old, &in->new, false);
	out->unwatched = bitset_minus(old, new);
	out->watched = bitset_minus(new, old);
}

void diff_release(struct diff *d)
{
	for (size_t i = 0; i < d->n; i++)
		diff_row_release(&d->rows[i]);
	free(d->rows);
	free(d->buckets);
	free(d->spots);
	*d = (struct diff){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/budget.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const budget_key_names[BUDGET_N] = {"syscalls", "evt_rate", "cpu", "drop"};

/* Units that a limit may have, by bit of enum budget_unit, and how they are written. */
static const struct {
	unsigned units;
	const char *expected;
} keys[BUDGET_N] = {
	[BUDGET_SYSCALLS] = {1u << BUDGET_PLAIN | 1u << BUDGET_PERCENT, "+0 or +5%"},
	[BUDGET_EVT_RATE] = {1u << BUDGET_PLAIN | 1u << BUDGET_PERCENT, "+1000 or +5%"},
	[BUDGET_CPU] = {1u << BUDGET_PERCENT | 1u << BUDGET_POINTS, "+3% or +0.5pp"},
	[BUDGET_DROP] = {1u << BUDGET_POINTS, "+0.1pp"},
};

/* ---- reading ---- */

static int bad(struct error *err, size_t at, const char *what, const char *word,
	       const char *expected)
{
	return error_input(err, "option --budget: column %zu: %s '%s', expected %s", at + 1, what,
			   word, expected);
}

static int read_value(const char *word, size_t at, struct budget_limit *out, struct error *err)
{
	static const struct {
		const char *suffix;
		double scale;
	} units[] = {[BUDGET_PLAIN] = {"", 1},
		     [BUDGET_PERCENT] = {"%", 0.01},
		     [BUDGET_POINTS] = {"pp", 0.01}};
	size_t len = strlen(word);
	char number[sizeof(out->text)];

	if (!len || len >= sizeof(out->text))
		return bad(err, at, "bad limit", word, keys[out->key].expected);
	snprintf(out->text, sizeof(out->text), "%s", word);
	out->unit = BUDGET_PLAIN;
	if (len > 1 && word[len - 1] == '%')
		out->unit = BUDGET_PERCENT;
	else if (len > 2 && !strcmp(word + len - 2, "pp"))
		out->unit = BUDGET_POINTS;
	len -= strlen(units[out->unit].suffix);
	/* units_number() takes no plus sign in front of a minus. */
	snprintf(number, sizeof(number), "%.*s", (int)len, word);
	if (!units_number(number + (*number == '+' && number[1] >= '.' && number[1] <= '9'),
			  &out->value))
		return bad(err, at, "bad limit", word, keys[out->key].expected);
	if (!(keys[out->key].units & 1u << out->unit))
		return bad(err, at, "wrong unit of", word, keys[out->key].expected);
	out->value *= units[out->unit].scale;
	return 0;
}

static int read_limit(char *word, size_t at, struct budget *out, struct error *err)
{
	struct budget_limit l = {.key = BUDGET_N};
	char *value = strchr(word, '=');

	if (!value)
		return bad(err, at, "no limit in", word, "KEY=+LIMIT, such as syscalls=+0");
	*value++ = '\0';
	for (int k = 0; k < BUDGET_N; k++)
		if (!strcmp(word, budget_key_names[k]))
			l.key = (enum budget_key)k;
	if (l.key == BUDGET_N)
		return bad(err, at, "unknown key", word, "syscalls, evt_rate, cpu or drop");
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].key == l.key)
			return bad(err, at, "second limit on", word, "each key once");
	if (read_value(value, at + (size_t)(value - word), &l, err))
		return -1;
	out->v[out->n++] = l;
	return 0;
}

int budget_parse(const char *text, struct budget *out, struct error *err)
{
	char *copy cleanup_free = xstrdup(text), *rest = copy, *word;

	*out = (struct budget){0};
	while ((word = strsep(&rest, ",")))
		if (read_limit(word, (size_t)(word - copy), out, err))
			return -1;
	return 0;
}

/* ---- checking ---- */

int budget_check_known(const struct budget *b, bool host, bool measure, struct error *err)
{
	for (size_t i = 0; i < b->n; i++) {
		enum budget_key key = b->v[i].key;

		if (key == BUDGET_DROP && !measure)
			return error_input(err, "option --budget: a drop rate is not predicted; a "
						"limit on drop needs --measure");
		if ((key == BUDGET_EVT_RATE || key == BUDGET_CPU) && !host && !measure)
			return error_input(err,
					   "option --budget: without a host profile there is no "
					   "%s; a limit on it needs --host FILE (made by falcotune "
					   "survey --out FILE) or --measure",
					   budget_key_names[key]);
	}
	return 0;
}

static double value_of(const struct diff_total *t, enum budget_key key)
{
	return key == BUDGET_SYSCALLS	? (double)t->set_size
	       : key == BUDGET_EVT_RATE ? t->evts_per_s
	       : key == BUDGET_CPU	? t->engine_cpu
					: (double)NAN;
}

/* In the limit's unit. */
static double change_of(const struct budget_limit *l, double old, double new)
{
	if (l->unit != BUDGET_PERCENT)
		return new - old;
	if (new == old)
		return 0;
	return old > 0 ? (new - old) / old : (double)INFINITY;
}

/* Above the limit by more than rounding. */
static bool breaks(const struct budget_limit *l, double change)
{
	return change > l->value + 1e-9 * (1 + fabs(l->value));
}

struct share {
	size_t row;
	double alone, part; /* change of the limit's value */
};

static int compare_shares(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (x->alone != y->alone)
		return x->alone > y->alone ? -1 : 1;
	return x->part != y->part ? (x->part > y->part ? -1 : 1) : (x->row < y->row ? -1 : 1);
}

/* Who is behind it. A drop rate is put down to the events. */
static void find_rows(const struct diff *d, struct budget_finding *f)
{
	struct budget_limit l = *f->limit;
	struct share *v cleanup_free = xcalloc(d->n + 1, sizeof(*v));
	size_t n = 0, most = SIZE_MAX;

	if (l.key == BUDGET_DROP || (f->measured && isnan(d->old.evts_per_s)))
		l.key = isnan(d->old.evts_per_s) ? BUDGET_SYSCALLS : BUDGET_EVT_RATE;
	for (size_t i = 0; i < d->n; i++) {
		double old = value_of(&d->old, l.key), new = value_of(&d->new, l.key);
		struct share s = {i, value_of(&d->rows[i].alone, l.key) - old,
				  new - value_of(&d->rows[i].without, l.key)};

		if (s.alone > 0 || s.part > 0)
			v[n++] = s;
	}
	if (n)
		qsort(v, n, sizeof(*v), compare_shares);
	for (size_t i = 0; i < n && l.key == f->limit->key; i++) {
		double old = value_of(&d->old, l.key);

		if (!breaks(&l, change_of(&l, old, old + v[i].alone)) || !(v[i].alone > 0))
			continue;
		f->n_alone++;
		if (f->n_rows < ARRAY_SIZE(f->rows))
			f->rows[f->n_rows++] = v[i].row;
	}
	if (f->n_rows)
		return;
	for (size_t i = 0; i < n; i++)
		if (most == SIZE_MAX ||
		    fmax(v[i].alone, v[i].part) > fmax(v[most].alone, v[most].part))
			most = i;
	if (most != SIZE_MAX)
		f->rows[f->n_rows++] = v[most].row;
}

static struct budget_value measured_of(const struct budget_measured *m, enum budget_key key)
{
	return key == BUDGET_DROP ? m->drop : key == BUDGET_CPU ? m->cpu : m->evt_rate;
}

static void check_one(const struct diff *d, const struct budget_measured *m,
		      struct budget_finding *f)
{
	const struct budget_limit *l = f->limit;
	bool predicted =
		l->key == BUDGET_SYSCALLS || (l->key != BUDGET_DROP && !isnan(d->old.evts_per_s));
	struct budget_value v = {value_of(&d->old, l->key), value_of(&d->new, l->key), true};

	if (!predicted && m)
		v = measured_of(m, l->key);
	f->measured = !predicted;
	f->old = v.old;
	f->new = v.new;
	f->change = change_of(l, v.old, v.new);
	f->unknown = isnan(f->change);
	f->broken = f->unknown || (breaks(l, f->change) && (v.seen || l->value < 0));
	if (f->broken && !f->unknown)
		find_rows(d, f);
}

size_t budget_check(const struct budget *b, const struct diff *d, const struct budget_measured *m,
		    struct budget_finding *out)
{
	size_t broken = 0;

	for (size_t i = 0; i < b->n; i++) {
		out[i] = (struct budget_finding){.limit = &b->v[i]};
		check_one(d, m, &out[i]);
		broken += out[i].broken;
	}
	return broken;
}

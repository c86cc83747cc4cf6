/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/pareto.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "stats/tests.h"

#include <math.h>

/* Each comparison: below 0 when a is better, above when b is, 0 when they cannot be told apart. */

static double drop_of(const struct pareto_point *p)
{
	return isnan(p->drop) ? 0 : p->drop;
}

static double or_drop(double end, const struct pareto_point *p)
{
	return isnan(end) || isnan(p->drop) ? drop_of(p) : end;
}

static int by_drop(const struct pareto_point *a, const struct pareto_point *b)
{
	if (or_drop(a->hi, a) < or_drop(b->lo, b))
		return -1;
	if (or_drop(b->hi, b) < or_drop(a->lo, a))
		return 1;
	if (!a->n_seconds || !b->n_seconds || drop_of(a) == drop_of(b) ||
	    !(stats_mann_whitney(a->seconds, a->n_seconds, b->seconds, b->n_seconds, STATS_AUTO)
		      .p <= PARETO_LEVEL))
		return 0;
	return drop_of(a) < drop_of(b) ? -1 : 1;
}

static int by_memory(const struct pareto_point *a, const struct pareto_point *b)
{
	return (a->memory > b->memory) - (a->memory < b->memory);
}

static int by_cpu(const struct pareto_point *a, const struct pareto_point *b)
{
	double d = a->cpu - b->cpu;

	if (isnan(d) || fabs(d) <= fmax(PARETO_CPU_LEAST, PARETO_CPU_SHARE * fmax(a->cpu, b->cpu)))
		return 0;
	return d < 0 ? -1 : 1;
}

static int by_coverage(const struct pareto_point *a, const struct pareto_point *b)
{
	return (a->coverage < b->coverage) - (a->coverage > b->coverage);
}

typedef int (*compare_fn)(const struct pareto_point *a, const struct pareto_point *b);

static const compare_fn dimensions[] = {by_drop, by_memory, by_cpu, by_coverage};

bool pareto_dominates(const struct pareto_point *a, const struct pareto_point *b)
{
	bool better = false;

	for (size_t i = 0; i < ARRAY_SIZE(dimensions); i++) {
		int d = dimensions[i](a, b);

		if (d > 0)
			return false;
		better = better || d < 0;
	}
	return better;
}

/* ---- why ---- */

static void say_drop(const struct pareto_point *a, const struct pareto_point *b, struct strbuf *out)
{
	if (by_drop(a, b))
		strbuf_addf(out, "drop rate %s against %s", UNITS_SHARE(drop_of(a)),
			    UNITS_SHARE(drop_of(b)));
	else if (drop_of(a) == 0 && drop_of(b) == 0)
		strbuf_addstr(out, "no drops either");
	else
		strbuf_addstr(out, "same drop rate within the interval");
}

static void say_memory(const struct pareto_point *a, const struct pareto_point *b,
		       struct strbuf *out)
{
	static const struct {
		int64_t parts;
		const char *text;
	} words[] = {{2, "half the memory"},
		     {4, "a quarter of the memory"},
		     {8, "an eighth of the memory"}};

	if (a->memory == b->memory) {
		strbuf_addstr(out, ", the same memory");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (a->memory * words[i].parts == b->memory) {
			strbuf_addf(out, ", %s", words[i].text);
			return;
		}
	}
	strbuf_addf(out, ", %s against %s of memory", UNITS_BYTES((double)a->memory),
		    UNITS_BYTES((double)b->memory));
}

/* a dominates b. The caller frees. */
static char *reason(const struct pareto_point *a, const struct pareto_point *b)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "dominated by %s: ", a->name);
	say_drop(a, b, &text);
	say_memory(a, b, &text);
	if (by_cpu(a, b) < 0)
		strbuf_addf(&text, ", %s against %s of a core", UNITS_SHARE(a->cpu),
			    UNITS_SHARE(b->cpu));
	if (by_coverage(a, b) < 0)
		strbuf_addf(&text, ", %s against %s of the rules complete",
			    UNITS_SHARE(a->coverage), UNITS_SHARE(b->coverage));
	return strbuf_detach(&text);
}

/* ---- layers ---- */

/* Does a point without a layer yet dominate v[i]? */
static bool is_dominated(const struct pareto_point *v, const struct pareto_place *out, size_t n,
			 size_t i)
{
	for (size_t j = 0; j < n; j++)
		if (j != i && v[j].measured && !out[j].layer && pareto_dominates(&v[j], &v[i]))
			return true;
	return false;
}

static bool comes_first(const struct pareto_point *a, const struct pareto_point *b)
{
	if (drop_of(a) != drop_of(b))
		return drop_of(a) < drop_of(b);
	return a->memory < b->memory;
}

/* One layer off those without one; in[i] is set for its members. False: nothing is left. */
static bool peel(const struct pareto_point *v, const struct pareto_place *out, size_t n, bool *in)
{
	size_t first = n;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		in[i] = v[i].measured && !out[i].layer && !is_dominated(v, out, n, i);
		any = any || in[i];
		if (v[i].measured && !out[i].layer && (first == n || comes_first(&v[i], &v[first])))
			first = i;
	}
	if (!any && first < n) /* they dominate each other in a circle */
		any = in[first] = true;
	return any;
}

static size_t find_dominator(const struct pareto_point *v, const struct pareto_place *out, size_t n,
			     size_t i)
{
	size_t any = i;

	for (size_t j = 0; j < n; j++) {
		if (j == i || !v[j].measured || !pareto_dominates(&v[j], &v[i]))
			continue;
		if (out[j].front && (!out[any].front || comes_first(&v[j], &v[any]) || any == i))
			any = j;
		else if (any == i)
			any = j;
	}
	return any;
}

void pareto_compute(const struct pareto_point *v, size_t n, struct pareto_place *out)
{
	bool *in cleanup_free = xcalloc(n + 1, sizeof(*in));

	for (size_t i = 0; i < n; i++)
		out[i] = (struct pareto_place){.dominator = i};
	for (int layer = 1; peel(v, out, n, in); layer++)
		for (size_t i = 0; i < n; i++)
			if (in[i])
				out[i].layer = layer;
	for (size_t i = 0; i < n; i++)
		out[i].front = out[i].layer == 1;
	for (size_t i = 0; i < n; i++) {
		if (!v[i].measured || out[i].front)
			continue;
		out[i].dominator = find_dominator(v, out, n, i);
		out[i].reason = reason(&v[out[i].dominator], &v[i]);
	}
}

void pareto_release(struct pareto_place *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].reason);
		v[i].reason = NULL;
	}
}

/* ---- order ---- */

/* Does a come before b? */
static bool is_before(const struct pareto_point *v, const struct pareto_place *p, size_t a,
		      size_t b)
{
	int d;

	if (v[a].measured != v[b].measured)
		return v[a].measured;
	if (p[a].layer != p[b].layer)
		return p[a].layer < p[b].layer;
	if ((d = by_drop(&v[a], &v[b])))
		return d < 0;
	if ((d = by_memory(&v[a], &v[b])))
		return d < 0;
	return drop_of(&v[a]) < drop_of(&v[b]);
}

void pareto_order(const struct pareto_point *v, const struct pareto_place *places, size_t n,
		  size_t *order)
{
	/* By insertion: "overlaps" is no order that a sort could rely on. */
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		while (at > 0 && is_before(v, places, i, order[at - 1])) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = i;
	}
}

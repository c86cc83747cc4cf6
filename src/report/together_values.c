/* SPDX-License-Identifier: Apache-2.0 */
/* What can be compared in each kind of results, out of its JSON document. */
#include "base/mem.h"
#include "base/units.h"
#include "report/together.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const together_unit_names[] = {[SVG_NUMBER] = "number",
					   [SVG_RATE] = "per second",
					   [SVG_SHARE] = "share",
					   [SVG_BYTES] = "bytes",
					   [SVG_NS] = "ns"};

/* ---- rows ---- */

static struct together_row *row_of(struct together_rows *r, const char *word, const char *item,
				   const char *measure, enum svg_unit unit)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].word, word) && !strcmp(r->v[i].item, item) &&
		    !strcmp(r->v[i].measure, measure))
			return &r->v[i];
	ALLOC_GROW(r->v, r->n, r->alloc);
	r->v[r->n] = (struct together_row){word, xstrdup(item), measure, unit,
					   xcalloc(r->n_parts, sizeof(struct together_value))};
	for (size_t i = 0; i < r->n_parts; i++)
		r->v[r->n].by_part[i] = (struct together_value){NAN, NAN, NAN};
	return &r->v[r->n++];
}

void together_rows_release(struct together_rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].item);
		free(r->v[i].by_part);
	}
	free(r->v);
	*r = (struct together_rows){0};
}

static double number(const json_t *o, const char *name)
{
	const json_t *j = name ? json_object_get(o, name) : NULL;

	return json_is_array(j)	   ? (double)json_array_size(j)
	       : json_is_number(j) ? json_number_value(j)
				   : (double)NAN;
}

/* A measure: member of `in` of an item (NULL: of the item), with those of its interval. */
struct measure {
	const char *name;
	enum svg_unit unit;
	const char *in, *value, *lo, *hi;
};

struct adding {
	struct together_rows *rows;
	const struct together_part *part;
	size_t index; /* of the part */
};

static void add_item(const struct adding *a, const char *item, const json_t *o,
		     const struct measure *m)
{
	for (; m->name; m++) {
		const json_t *from = m->in ? json_object_get(o, m->in) : o;
		double v = number(from, m->value);

		if (isnan(v))
			continue;
		row_of(a->rows, a->part->word, item, m->name, m->unit)->by_part[a->index] =
			(struct together_value){v, number(from, m->lo), number(from, m->hi)};
	}
}

static void add_items(const struct adding *a, const char *list, const char *name,
		      const struct measure *m)
{
	const json_t *all = json_object_get(a->part->doc, list), *e;
	size_t i;

	json_array_foreach(all, i, e)
	{
		const char *item = json_string_value(json_object_get(e, name));

		if (item)
			add_item(a, item, e, m);
	}
}

static void add_run(const struct adding *a)
{
	static const struct measure m[] = {
		{"drop rate", SVG_SHARE, "summary", "drop_rate", "drop_lo", "drop_hi"},
		{"events/s", SVG_RATE, "summary", "evts_per_s", NULL, NULL},
		{"CPU", SVG_SHARE, "summary", "cpu_share", NULL, NULL},
		{"RSS", SVG_BYTES, "summary", "rss_bytes", NULL, NULL},
		{"syscalls", SVG_NUMBER, NULL, "predicted", NULL, NULL},
		{0}};

	add_items(a, "cases", "key", m);
}

static void add_capacity(const struct adding *a)
{
	static const struct measure peak[] = {{"RSS peak", SVG_BYTES, NULL, "rss_peak", NULL, NULL},
					      {0}};
	static const struct measure rate[] = {
		{"events/s", SVG_RATE, NULL, "evts_per_s", "lo", "hi"}, {0}};
	const json_t *all = json_object_get(a->part->doc, "capacities"), *e, *l;
	size_t i, k;

	json_array_foreach(all, i, e)
	{
		const json_t *levels = json_object_get(e, "levels");
		const char *name = json_string_value(json_object_get(e, "name"));

		json_array_foreach(levels, k, l)
		{
			char *item cleanup_free = xasprintf("%s at %s of drops", name ? name : "",
							    UNITS_SHARE(number(l, "drop_rate")));

			add_item(a, item, l, rate);
		}
		if (name)
			add_item(a, name, e, peak);
	}
}

static void add_sweep(const struct adding *a)
{
	static const struct measure m[] = {
		{"drop rate", SVG_SHARE, "measured", "drop_rate", "drop_lo", "drop_hi"},
		{"CPU", SVG_SHARE, "measured", "cpu_share", NULL, NULL},
		{"buffer memory", SVG_BYTES, NULL, "memory_bytes", NULL, NULL},
		{0}};

	add_items(a, "points", "name", m);
}

static void add_search(const struct adding *a)
{
	static const struct measure m[] = {
		{"rules kept", SVG_NUMBER, NULL, "rules_kept", NULL, NULL},
		{"weight kept", SVG_NUMBER, NULL, "weight_kept", NULL, NULL},
		{"drop rate", SVG_SHARE, "measured", "drop_rate", "drop_lo", "drop_hi"},
		{"events/s", SVG_RATE, "measured", "evts_per_s", NULL, NULL},
		{0}};

	add_item(a, "result", json_object_get(a->part->doc, "result"), m);
}

static void add_profile(const struct adding *a)
{
	static const struct measure m[] = {
		{"CPU share", SVG_SHARE, "cpu_share", "mean", "lo", "hi"},
		{"time an event", SVG_NS, "ns_per_event", "mean", "lo", "hi"},
		{0}};

	add_items(a, "rules", "name", m);
}

static const struct {
	const char *word;
	void (*add)(const struct adding *a);
} kinds[] = {{"run", add_run},
	     {"capacity", add_capacity},
	     {"sweep", add_sweep},
	     {"search", add_search},
	     {"profile", add_profile}};

void together_rows_make(struct together_rows *out, const struct together_part *v, size_t n)
{
	*out = (struct together_rows){.n_parts = n};
	for (size_t i = 0; i < n; i++) {
		const struct adding a = {out, &v[i], i};

		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			if (!strcmp(v[i].word, kinds[k].word))
				kinds[k].add(&a);
	}
}

/* ---- facts ---- */

void together_facts_release(struct together_facts *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].name);
		strvec_release(&f->v[i].values);
	}
	free(f->v);
	*f = (struct together_facts){0};
}

/* A profile has its facts one level deeper. */
static const json_t *section(const struct together_part *p, const char *name)
{
	const json_t *o = json_object_get(p->doc, name);

	return o ? o : json_object_get(json_object_get(p->doc, "profile"), name);
}

static char *scalar(const json_t *j)
{
	if (json_is_string(j))
		return xstrdup(json_string_value(j));
	if (json_is_boolean(j))
		return xstrdup(json_is_true(j) ? "yes" : "no");
	if (json_is_integer(j))
		return xasprintf("%lld", (long long)json_integer_value(j));
	if (json_is_real(j))
		return xasprintf("%.6g", json_real_value(j));
	return xstrdup("not set or unknown");
}

/* name is that of the fact, taken. Kept only when the parts differ in it. */
static void add_fact(struct together_facts *out, char *name, struct strvec *values)
{
	bool differ = false;

	for (size_t i = 1; i < values->n; i++)
		differ = differ || strcmp(values->v[i], values->v[0]) != 0;
	for (size_t i = 0; i < out->n && differ; i++)
		differ = strcmp(out->v[i].name, name) != 0;
	if (!differ) {
		free(name);
		strvec_release(values);
		return;
	}
	for (char *c = name; *c; c++)
		*c = (char)(*c == '_' ? ' ' : *c);
	ALLOC_GROW(out->v, out->n, out->alloc);
	out->v[out->n++] = (struct together_fact){name, *values};
}

static void add_section(struct together_facts *out, const struct together_part *v, size_t n,
			const char *word, const char *name)
{
	/* Never the same, or a list. */
	static const char *const left_out[] = {"started", "command", "commands", "seed", "levels"};

	for (size_t i = 0; i < n; i++) {
		json_t *o = (json_t *)section(&v[i], name), *value;
		const char *key;

		if (strcmp(v[i].word, word) != 0)
			continue;
		json_object_foreach(o, key, value)
		{
			struct strvec values = STRVEC_INIT;
			bool skip = json_is_array(value) || json_is_object(value);

			for (size_t k = 0; k < ARRAY_SIZE(left_out); k++)
				skip = skip || !strcmp(key, left_out[k]);
			for (size_t k = 0; k < n && !skip; k++)
				if (!strcmp(v[k].word, word))
					strvec_take(&values, scalar(json_object_get(
								     section(&v[k], name), key)));
			if (!skip)
				add_fact(out, xasprintf("%s %s", name, key), &values);
		}
	}
}

/* ---- cases of runs: their settings and sets ---- */

static const json_t *case_of(const struct together_part *p, const char *key)
{
	const json_t *all = json_object_get(p->doc, "cases"), *e;
	size_t i;

	json_array_foreach(all, i, e)
	{
		const char *k = json_string_value(json_object_get(e, "key"));

		if (k && !strcmp(k, key))
			return e;
	}
	return NULL;
}

static bool has(const json_t *list, const char *name)
{
	const json_t *e;
	size_t i;

	json_array_foreach(list, i, e) if (json_is_string(e) &&
					   !strcmp(json_string_value(e), name)) return true;
	return false;
}

/* "65: +openat2 -creat", against the set of the first part. */
static char *set_text(const json_t *set, const json_t *first)
{
	struct strbuf sb = STRBUF_INIT;
	const json_t *e;
	size_t i;

	if (!set)
		return xstrdup("not run");
	strbuf_addf(&sb, "%zu", json_array_size(set));
	json_array_foreach(set, i,
			   e) if (first && json_is_string(e) && !has(first, json_string_value(e)))
		strbuf_addf(&sb, " +%s", json_string_value(e));
	json_array_foreach(first, i, e) if (json_is_string(e) && !has(set, json_string_value(e)))
		strbuf_addf(&sb, " -%s", json_string_value(e));
	return strbuf_detach(&sb);
}

static void add_case(struct together_facts *out, const struct together_part *v, size_t n,
		     const char *word, const char *key)
{
	static const char *const settings[] = {"load",	 "rules_label",	 "engine_kind",
					       "preset", "buffer_bytes", "n_buffers"};
	const json_t *first = NULL;
	struct strvec sets = STRVEC_INIT;

	for (size_t s = 0; s < ARRAY_SIZE(settings); s++) {
		struct strvec values = STRVEC_INIT;

		for (size_t k = 0; k < n; k++)
			if (!strcmp(v[k].word, word))
				strvec_take(&values, scalar(json_object_get(case_of(&v[k], key),
									    settings[s])));
		add_fact(out, xasprintf("case %s %s", key, settings[s]), &values);
	}
	for (size_t k = 0; k < n; k++) {
		const json_t *set = json_object_get(case_of(&v[k], key), "predicted");

		if (strcmp(v[k].word, word) != 0)
			continue;
		strvec_take(&sets, set_text(set, first));
		first = first ? first : set;
	}
	add_fact(out, xasprintf("case %s set", key), &sets);
}

void together_facts_make(struct together_facts *out, const struct together_part *v, size_t n,
			 const char *word)
{
	*out = (struct together_facts){0};
	add_section(out, v, n, word, "host");
	add_section(out, v, n, word, "engine");
	add_section(out, v, n, word, "configuration");
	for (size_t i = 0; i < n; i++) {
		const json_t *all = json_object_get(v[i].doc, "cases"), *e;
		size_t k;

		if (strcmp(v[i].word, word) != 0)
			continue;
		json_array_foreach(all, k, e)
		{
			const char *key = json_string_value(json_object_get(e, "key"));

			if (key)
				add_case(out, v, n, word, key);
		}
	}
}

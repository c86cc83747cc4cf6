/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/host.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum type { STR, I64, DBL, VEC };

#define F(type, name)                                                                              \
	{                                                                                          \
#name, type, offsetof(struct fleet_host, name)                                     \
	}
/* One table for writing and reading, so that they cannot disagree. */
static const struct field {
	const char *name;
	enum type type;
	size_t at;
} fields[] = {
	F(STR, name),	   F(STR, file),	F(STR, kernel),
	F(STR, driver),	   F(STR, version),	F(I64, from),
	F(I64, n_files),   F(I64, n_cpus),	F(I64, n_sessions),
	F(I64, n_samples), F(I64, n_intervals), F(DBL, seconds),
	F(I64, evts),	   F(I64, drops),	F(I64, drops_before),
	F(DBL, rate),	   F(DBL, rate_p50),	F(DBL, rate_p99),
	F(DBL, rate_max),  F(DBL, drop_rate),	F(DBL, worst_drop_rate),
	F(DBL, cpu),	   F(STR, verdict),	F(STR, next_step),
	F(VEC, evidence),  F(VEC, change),	F(VEC, settings),
};

#define AT(h, f, type) ((type *)(void *)((char *)(h) + (f)->at))

void fleet_host_init(struct fleet_host *h)
{
	memset(h, 0, sizeof(*h));
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].type == I64)
			*AT(h, &fields[i], int64_t) = FLEET_UNKNOWN;
		else if (fields[i].type == DBL)
			*AT(h, &fields[i], double) = (double)NAN;
	}
	h->from = 0;
	h->n_files = 1;
}

void fleet_host_release(struct fleet_host *h)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].type == STR)
			free(*AT(h, &fields[i], char *));
		else if (fields[i].type == VEC)
			strvec_release(AT(h, &fields[i], struct strvec));
	}
	memset(h, 0, sizeof(*h));
}

json_t *fleet_host_to_json(const struct fleet_host *host)
{
	struct fleet_host *h = (struct fleet_host *)host;
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct field *f = &fields[i];
		json_t *v = f->type == STR   ? utf8_json_exact(*AT(h, f, char *))
			    : f->type == I64 ? jvalue_whole(*AT(h, f, int64_t))
			    : f->type == DBL ? jvalue_real(*AT(h, f, double))
					     : utf8_json_exact_list(AT(h, f, struct strvec));

		json_object_set_new(o, f->name, v);
	}
	return o;
}

static bool read_list(const json_t *v, struct strvec *out)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(v))
		return false;
	json_array_foreach(v, i, one)
	{
		if (!json_is_string(one))
			return false;
		strvec_push(out, json_string_value(one));
	}
	return true;
}

/* NULL, or what was expected. */
static const char *read_field(struct fleet_host *h, const struct field *f, const json_t *v)
{
	switch (f->type) {
	case STR:
		if (!json_is_string(v) && !json_is_null(v))
			return "a string or null";
		*AT(h, f, char *) = json_is_string(v) ? xstrdup(json_string_value(v)) : NULL;
		return NULL;
	case I64:
		if (!json_is_null(v) && (!json_is_integer(v) || json_integer_value(v) < 0))
			return "a whole number of 0 or more, or null";
		*AT(h, f, int64_t) = json_is_null(v) ? FLEET_UNKNOWN : json_integer_value(v);
		return NULL;
	case DBL:
		if (!json_is_null(v) && (!json_is_number(v) || json_number_value(v) < 0))
			return "a number of 0 or more, or null";
		*AT(h, f, double) = json_is_null(v) ? (double)NAN : json_number_value(v);
		return NULL;
	default:
		return read_list(v, AT(h, f, struct strvec)) ? NULL : "a list of strings";
	}
}

int fleet_host_from_json(struct fleet_host *out, const json_t *doc, const char *file, size_t line,
			 struct error *err)
{
	fleet_host_init(out);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *want =
			read_field(out, &fields[i], json_object_get(doc, fields[i].name));

		if (!want)
			continue;
		fleet_host_release(out);
		return error_at(err, file, line, 0, "$.%s: expected %s", fields[i].name, want);
	}
	if (out->name && out->from > 0)
		return 0;
	fleet_host_release(out);
	return error_at(err, file, line, 0, "expected a name, and from what the record is made");
}

/* ---- two records of one host ---- */

/* Numbers of a better kind replace those of another. */
static int quality(const struct fleet_host *h)
{
	return h->from & FLEET_METRICS ? 2 : h->from & FLEET_RESULTS ? 1 : 0;
}

static void swap(struct fleet_host *a, struct fleet_host *b)
{
	struct fleet_host t = *a;

	*a = *b;
	*b = t;
}

static void add(int64_t *a, int64_t b)
{
	if (b == FLEET_UNKNOWN)
		return;
	if (*a == FLEET_UNKNOWN)
		*a = b;
	else if (__builtin_add_overflow(*a, b, a))
		*a = INT64_MAX;
}

static void take_text(char **a, char **b)
{
	if (*a || !*b)
		return;
	*a = *b;
	*b = NULL;
}

/* Both are counted by a Falco; a has more intervals. */
static void add_counts(struct fleet_host *a, const struct fleet_host *b)
{
	double seconds = fmax(a->seconds, 0) + fmax(b->seconds, 0);

	add(&a->n_samples, b->n_samples);
	add(&a->n_intervals, b->n_intervals);
	add(&a->n_sessions, b->n_sessions);
	add(&a->evts, b->evts);
	add(&a->drops, b->drops);
	add(&a->drops_before, b->drops_before);
	if (isfinite(a->cpu) && isfinite(b->cpu) && seconds > 0)
		a->cpu = (a->cpu * a->seconds + b->cpu * b->seconds) / seconds;
	a->seconds = seconds;
	a->rate_max = fmax(a->rate_max, b->rate_max);
	a->worst_drop_rate = fmax(a->worst_drop_rate, b->worst_drop_rate);
	if (seconds > 0 && a->n_cpus > 0 && a->evts >= 0)
		a->rate = (double)a->evts / seconds / (double)a->n_cpus;
	if (a->evts > 0 && a->drops >= 0)
		a->drop_rate = (double)a->drops / (double)a->evts;
}

static void take_verdict(struct fleet_host *a, struct fleet_host *b)
{
	char *verdict = a->verdict, *step = a->next_step;
	struct strvec evidence = a->evidence, change = a->change;

	a->verdict = b->verdict;
	a->next_step = b->next_step;
	a->evidence = b->evidence;
	a->change = b->change;
	b->verdict = verdict;
	b->next_step = step;
	b->evidence = evidence;
	b->change = change;
}

void fleet_host_merge(struct fleet_host *a, struct fleet_host *b)
{
	bool b_lost_more;

	if (quality(b) > quality(a) ||
	    (quality(b) == quality(a) && b->n_intervals > a->n_intervals))
		swap(a, b);
	b_lost_more = quality(a) == quality(b) && b->drops > a->drops;
	if (quality(a) == 2 && quality(b) == 2)
		add_counts(a, b);
	if (b_lost_more)
		take_verdict(a, b);
	a->from |= b->from;
	add(&a->n_files, b->n_files);
	if (a->n_cpus == FLEET_UNKNOWN)
		a->n_cpus = b->n_cpus;
	take_text(&a->kernel, &b->kernel);
	take_text(&a->driver, &b->driver);
	take_text(&a->version, &b->version);
	if (!a->settings.n)
		strvec_copy(&a->settings, &b->settings);
	if (strcmp(a->file, b->file) > 0) {
		free(a->file);
		a->file = b->file;
		b->file = NULL;
	}
	fleet_host_release(b);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.json, written and read by the same tables so that the two cannot disagree.
 */
#include "base/fs.h"
#include "base/jpath.h"
#include "base/jvalue.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "survey/host.h"

#include <math.h>
#include <string.h>

#define NUMBER_MAX 1e15 /* so that sums stay finite */
#define CALLS_MAX  2048 /* four times as many as any kernel has */

/* A day of bins of a thousand calls and three full group tables stay far below. */
#define HOST_JSON_MAX ((size_t)64 << 20)

enum field_type {
	F_STR,	/* char *, NULL is null */
	F_NAME, /* char *, must be there and not empty */
	F_I64,	/* int64_t, -1 is null */
	F_RATE, /* double of 0 or more, NaN is null */
	F_NUM,	/* double of 0 or more, must be there */
	F_BOOL, /* bool */
};

struct field {
	const char *name;
	enum field_type type;
	size_t at;
};

#define F(type, s, member)                                                                         \
	{                                                                                          \
#member, type, offsetof(struct s, member)                                          \
	}

static const struct field host_fields[] = {
	F(F_STR, host_profile, hostname),      F(F_STR, host_profile, kernel),
	F(F_STR, host_profile, taken),	       F(F_STR, host_profile, falcotune_version),
	F(F_I64, host_profile, n_cpus),	       F(F_NUM, host_profile, seconds),
	F(F_BOOL, host_profile, interrupted),  F(F_BOOL, host_profile, anonymised),
	F(F_RATE, host_profile, bin_s),	       F(F_STR, host_profile, cgroup_hierarchy),
	F(F_RATE, host_profile, compat_per_s), F(F_RATE, host_profile, unknown_per_s),
	F(F_RATE, host_profile, missed_per_s), F(F_RATE, host_profile, cost_ns),
	F(F_RATE, host_profile, empty_ns),     {0},
};

static const struct field call_fields[] = {
	F(F_NAME, host_call, name),
	F(F_NUM, host_call, per_s),
	F(F_RATE, host_call, failed_per_s),
	{0},
};

static const struct field share_fields[] = {
	F(F_NAME, host_share, name),
	F(F_NUM, host_share, per_s),
	{0},
};

static const struct field group_fields[] = {
	F(F_NAME, host_group, name), F(F_I64, host_group, processes),	  F(F_I64, host_group, pid),
	F(F_NUM, host_group, per_s), F(F_RATE, host_group, failed_per_s), {0},
};

static const struct field groups_fields[] = {
	F(F_RATE, host_groups, other_per_s),
	F(F_RATE, host_groups, unreadable_per_s),
	{0},
};

/* ---- writing ---- */

/* Names from the host may hold any byte. */
static json_t *str_json(const char *s)
{
	struct strbuf clean cleanup_strbuf = STRBUF_INIT;

	if (!s)
		return json_null();
	utf8_add_clean(&clean, s, "");
	return json_string(clean.buf);
}

static json_t *field_json(const struct field *f, const void *base)
{
	const void *p = (const char *)base + f->at;

	switch (f->type) {
	case F_STR:
	case F_NAME:
		return str_json(*(char *const *)p);
	case F_I64:
		return jvalue_whole(*(const int64_t *)p);
	case F_RATE:
	case F_NUM:
		return jvalue_real(*(const double *)p);
	case F_BOOL:
		return json_boolean(*(const bool *)p);
	}
	return NULL;
}

static void add_fields(json_t *o, const struct field *f, const void *base)
{
	for (; f->name; f++)
		json_object_set_new(o, f->name, field_json(f, base));
}

static json_t *numbers_json(const double *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, jvalue_real(v[i]));
	return a;
}

static json_t *group_json(const struct host_group *g)
{
	json_t *o = json_object(), *calls = json_array();

	add_fields(o, group_fields, g);
	for (size_t i = 0; i < g->n_calls; i++) {
		json_t *share = json_object();

		add_fields(share, share_fields, &g->calls[i]);
		json_array_append_new(calls, share);
	}
	json_object_set_new(o, "calls", calls);
	return o;
}

static json_t *groups_json(const struct host_groups *g)
{
	json_t *o, *list;

	if (!g->measured)
		return json_null();
	o = json_object();
	list = json_array();
	add_fields(o, groups_fields, g);
	for (size_t i = 0; i < g->n; i++)
		json_array_append_new(list, group_json(&g->v[i]));
	json_object_set_new(o, "groups", list);
	return o;
}

json_t *host_profile_to_json(const struct host_profile *p)
{
	json_t *o = json_object(), *calls = json_array();

	json_object_set_new(o, "schema", json_integer(HOST_SCHEMA));
	add_fields(o, host_fields, p);
	json_object_set_new(o, "n_bins", json_integer((json_int_t)p->n_bins));
	json_object_set_new(o, "cpu_per_s",
			    p->n_cpu_per_s ? numbers_json(p->cpu_per_s, p->n_cpu_per_s)
					   : json_null());
	for (size_t i = 0; i < p->n_calls; i++) {
		json_t *c = json_object();

		add_fields(c, call_fields, &p->calls[i]);
		json_object_set_new(c, "bins", numbers_json(p->calls[i].bins, p->n_bins));
		json_array_append_new(calls, c);
	}
	json_object_set_new(o, "calls", calls);
	json_object_set_new(o, "by_process", groups_json(&p->by_process));
	json_object_set_new(o, "by_cgroup", groups_json(&p->by_cgroup));
	json_object_set_new(o, "by_path", groups_json(&p->by_path));
	return o;
}

/* ---- reading ---- */

static int read_string(struct jpath *at, const struct field *f, const json_t *j, char **out)
{
	const char *s = json_string_value(j);

	if (f->type == F_NAME && (!s || !*s))
		return jpath_bad(at, f->name, "a string that is not empty");
	if (j && !s && !json_is_null(j))
		return jpath_bad(at, f->name, "a string or null");
	*out = s ? xstrdup(s) : NULL;
	return 0;
}

static int read_number(struct jpath *at, const char *name, const json_t *j, bool must, double *out)
{
	if (!must && (!j || json_is_null(j)))
		return 0;
	if (!json_is_number(j) || !(json_number_value(j) >= 0) || json_number_value(j) > NUMBER_MAX)
		return jpath_bad(at, name,
				 must ? "a number of 0 or more (up to 1e15)"
				      : "a number of 0 or more (up to 1e15), or null");
	*out = json_number_value(j);
	return 0;
}

/* An absent member keeps what it was initialised to, but for those that must be there. */
static int read_field(struct jpath *at, const struct field *f, const json_t *j, void *base)
{
	void *p = (char *)base + f->at;

	switch (f->type) {
	case F_STR:
	case F_NAME:
		return read_string(at, f, j, p);
	case F_I64:
		if (!j || json_is_null(j))
			return 0;
		if (!json_is_integer(j) || json_integer_value(j) < 0)
			return jpath_bad(at, f->name, "a whole number of 0 or more, or null");
		*(int64_t *)p = json_integer_value(j);
		return 0;
	case F_RATE:
	case F_NUM:
		return read_number(at, f->name, j, f->type == F_NUM, p);
	case F_BOOL:
		if (j && !json_is_boolean(j))
			return jpath_bad(at, f->name, "true or false");
		*(bool *)p = json_is_true(j);
		return 0;
	}
	return 0;
}

static int read_fields(struct jpath *at, const struct field *f, const json_t *j, void *base)
{
	if (jpath_object(at, j))
		return -1;
	for (; f->name; f++)
		if (read_field(at, f, json_object_get(j, f->name), base))
			return -1;
	return 0;
}

static int read_numbers(struct jpath *at, const json_t *o, const char *name, size_t n, double **out)
{
	const json_t *a = json_object_get(o, name);

	if (!json_is_array(a) || (n != SIZE_MAX && json_array_size(a) != n)) {
		char *want cleanup_free = xasprintf("an array of %zu numbers", n);

		return jpath_bad(at, name, n == SIZE_MAX ? "an array of numbers" : want);
	}
	*out = xcalloc(json_array_size(a) + 1, sizeof(**out));
	for (size_t i = 0; i < json_array_size(a); i++) {
		char *where cleanup_free = xasprintf("%s[%zu]", name, i);

		if (read_number(at, where, json_array_get(a, i), true, &(*out)[i]))
			return -1;
	}
	return 0;
}

static int read_call(struct jpath *at, const json_t *j, struct host_call *c,
		     const struct host_profile *p)
{

	c->failed_per_s = NAN;
	if (read_fields(at, call_fields, j, c) || read_numbers(at, j, "bins", p->n_bins, &c->bins))
		return -1;
	if (c->failed_per_s > c->per_s * 1.000001)
		return jpath_bad(at, "failed_per_s", "at most per_s");
	for (size_t i = 0; &p->calls[i] < c; i++)
		if (!strcmp(p->calls[i].name, c->name))
			return jpath_bad(at, "name", "each call once");
	return 0;
}

static int read_share(struct jpath *at, const json_t *j, void *slot)
{
	return read_fields(at, share_fields, j, slot);
}

static int read_group(struct jpath *at, const json_t *j, void *slot)
{
	struct host_group *g = slot;
	void *calls = NULL;
	int rc;

	g->processes = g->pid = -1;
	g->failed_per_s = NAN;
	if (read_fields(at, group_fields, j, g))
		return -1;
	rc = jpath_array(at, j, "calls", sizeof(*g->calls), read_share, &calls, &g->n_calls);
	g->calls = calls;
	return rc;
}

static int read_groups(struct jpath *at, const json_t *doc, const char *name, struct host_groups *g)
{
	const json_t *o = json_object_get(doc, name);
	size_t back;
	void *v = NULL;
	int rc;

	if (!o || json_is_null(o))
		return 0;
	back = jpath_enter(at, name, SIZE_MAX);
	g->measured = true;
	g->other_per_s = g->unreadable_per_s = NAN;
	if (read_fields(at, groups_fields, o, g))
		return -1;
	rc = jpath_array(at, o, "groups", sizeof(*g->v), read_group, &v, &g->n);
	g->v = v;
	jpath_leave(at, back);
	return rc;
}

static int read_cpus(struct jpath *at, const json_t *doc, struct host_profile *out)
{
	const json_t *a = json_object_get(doc, "cpu_per_s");

	if (!a || json_is_null(a))
		return 0;
	if (read_numbers(at, doc, "cpu_per_s", SIZE_MAX, &out->cpu_per_s))
		return -1;
	out->n_cpu_per_s = json_array_size(a);
	return 0;
}

static int read_calls(struct jpath *at, const json_t *doc, struct host_profile *out)
{
	const json_t *a = json_object_get(doc, "calls"), *n = json_object_get(doc, "n_bins");

	if (!json_is_integer(n) || json_integer_value(n) < 0 ||
	    json_integer_value(n) > HOST_BINS_MAX)
		return jpath_bad(at, "n_bins", "a whole number from 0 to 600");
	out->n_bins = (size_t)json_integer_value(n);
	if (!json_is_array(a) || json_array_size(a) > CALLS_MAX)
		return jpath_bad(at, "calls", "an array of at most 2048 calls");
	out->calls = xcalloc(json_array_size(a) + 1, sizeof(*out->calls));
	for (size_t i = 0; i < json_array_size(a); i++) {
		size_t back = jpath_enter(at, "calls", i);

		out->n_calls++;
		if (read_call(at, json_array_get(a, i), &out->calls[i], out))
			return -1;
		jpath_leave(at, back);
	}
	return 0;
}

static int read_profile(struct jpath *at, const json_t *doc, struct host_profile *out)
{
	const json_t *schema = json_object_get(doc, "schema");

	if (!json_is_object(doc))
		return jpath_bad_here(at, "an object, a host profile");
	if (!json_is_integer(schema) || json_integer_value(schema) != HOST_SCHEMA)
		return jpath_bad(at, "schema", "1 (is it a host.json of falcotune survey?)");
	if (read_fields(at, host_fields, doc, out))
		return -1;
	if (!(out->seconds > 0))
		return jpath_bad(at, "seconds", "a number above 0");
	return read_cpus(at, doc, out) || read_calls(at, doc, out) ||
			       read_groups(at, doc, "by_process", &out->by_process) ||
			       read_groups(at, doc, "by_cgroup", &out->by_cgroup) ||
			       read_groups(at, doc, "by_path", &out->by_path)
		       ? -1
		       : 0;
}

int host_profile_parse(const char *file, const char *text, size_t len, struct host_profile *out,
		       struct error *err)
{
	struct jpath at;
	json_error_t je;
	json_t *doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	int rc;

	host_profile_init(out);
	if (!doc)
		return error_at(err, file, je.line > 0 ? (size_t)je.line : 0,
				je.column > 0 ? (size_t)je.column : 0,
				"%s, expected a host profile in JSON", je.text);
	at = jpath_root(file, text, len, NULL, err);
	rc = read_profile(&at, doc, out);
	json_decref(doc);
	strbuf_release(&at.path);
	if (rc)
		host_profile_release(out);
	else
		host_profile_sort(out);
	return rc;
}

int host_profile_read(const char *path, struct host_profile *out, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	host_profile_init(out);
	if (fs_read_file(path, &text, HOST_JSON_MAX, err))
		return -1;
	return host_profile_parse(!strcmp(path, "-") ? "<stdin>" : path, text.buf, text.len, out,
				  err);
}

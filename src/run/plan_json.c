/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as the first event of a journal, and back. */
#include "run/plan_private.h"

#include "base/fs.h"
#include "base/jvalue.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "run/ladder.h"

#include <math.h>
#include <string.h>

json_t *plan_case_json(const struct plan_case *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "dir_name", json_string(c->dir_name));
	json_object_set_new(o, "rules", utf8_json_exact(c->rules));
	json_object_set_new(o, "rules_files", utf8_json_exact_list(&c->rules_files));
	return o;
}

static int take_strings(const json_t *array, struct strvec *out)
{
	const json_t *s;
	size_t i;

	json_array_foreach(array, i, s)
	{
		if (!json_is_string(s))
			return -1;
		strvec_push(out, json_string_value(s));
	}
	return 0;
}

static char *take_string(const json_t *s)
{
	return json_is_string(s) ? xstrdup(json_string_value(s)) : NULL;
}

int plan_case_take(struct plan_case *c, const json_t *j)
{
	const char *dir_name = json_string_value(json_object_get(j, "dir_name"));

	if (!dir_name || strchr(dir_name, '/') || !strcmp(dir_name, ".."))
		return -1;
	c->dir_name = xstrdup(dir_name);
	c->rules = take_string(json_object_get(j, "rules"));
	return take_strings(json_object_get(j, "rules_files"), &c->rules_files);
}

static int source_from_json(struct plan *p, const json_t *event)
{
	p->config = take_string(json_object_get(event, "config"));
	p->no_verify = json_is_true(json_object_get(event, "no_verify"));
	return take_strings(json_object_get(event, "options"), &p->sets) ||
			       take_strings(json_object_get(event, "rules"), &p->rules)
		       ? -1
		       : 0;
}

json_t *plan_to_json(const struct plan *p)
{
	json_t *o = json_object(), *cases = json_array();

	for (size_t i = 0; i < p->res.n_cases; i++) {
		const struct plan_case *c = &p->v[i];
		json_t *k = plan_case_json(c);

		json_object_set_new(k, "expect_max_drop", jvalue_real(c->expect_max_drop));
		json_object_set_new(k, "load_evts_per_s", jvalue_real(c->load_evts_per_s));
		json_array_append_new(cases, k);
	}
	json_object_set_new(o, "event", json_string("run-start"));
	json_object_set_new(o, "timeout_ns", json_integer(p->timeout_ns));
	json_object_set_new(o, "plan", cases);
	json_object_set_new(o, "rungs", ladder_json(p));
	json_object_set_new(o, "config", utf8_json_exact(p->config));
	json_object_set_new(o, "options", utf8_json_exact_list(&p->sets));
	json_object_set_new(o, "rules", utf8_json_exact_list(&p->rules));
	json_object_set_new(o, "no_verify", json_boolean(p->no_verify));
	json_object_set_new(o, "results", results_to_json(&p->res));
	return o;
}

static double real_or_nan(const json_t *j)
{
	return json_is_number(j) ? json_number_value(j) : (double)NAN;
}

static int case_from_json(struct plan *p, size_t i, const json_t *j)
{
	struct plan_case *c = &p->v[i];

	if (plan_case_take(c, j))
		return -1;
	c->expect_max_drop = real_or_nan(json_object_get(j, "expect_max_drop"));
	c->load_evts_per_s = real_or_nan(json_object_get(j, "load_evts_per_s"));
	plan_fill_argv(p, i);
	return 0;
}

int plan_from_json(struct plan *p, const json_t *event, const char *dir, const char *file,
		   struct error *err)
{
	const char *name = json_string_value(json_object_get(event, "event"));
	const json_t *cases = json_object_get(event, "plan");
	int rc = 0;

	*p = (struct plan){0};
	if (!name || strcmp(name, "run-start"))
		return error_at(err, file, 1, 0, "is no start of a run");
	if (results_from_json(&p->res, json_object_get(event, "results"), file, err))
		return -1;
	p->dir = fs_absolute(dir);
	p->timeout_ns = json_integer_value(json_object_get(event, "timeout_ns"));
	if (p->timeout_ns <= 0)
		p->timeout_ns = PLAN_TIMEOUT_NS;
	p->engine.path = xstrdup(p->res.engine_path ? p->res.engine_path : "");
	p->engine.version = p->res.engine_version ? xstrdup(p->res.engine_version) : NULL;
	p->engine.embedded = p->res.engine_embedded;
	p->v = xcalloc(p->res.n_cases + 1, sizeof(*p->v));
	if (plan_find_load(p, err)) {
		plan_release(p);
		return -1;
	}
	if (json_array_size(cases) != p->res.n_cases || source_from_json(p, event))
		rc = -1;
	for (size_t i = 0; !rc && i < p->res.n_cases; i++)
		rc = case_from_json(p, i, json_array_get(cases, i));
	if (!rc)
		rc = ladder_take(p, json_object_get(event, "rungs"));
	plan_find_largest(p);
	if (rc || p->largest == SIZE_MAX)
		rc = error_at(err, file, 1, 0, "the plan of the run is damaged");
	if (rc)
		plan_release(p);
	return rc;
}

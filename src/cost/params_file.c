/* SPDX-License-Identifier: Apache-2.0 */
/* The data file of the cost model, and calibration files. */
#include "cost/params.h"

#include "base/fs.h"
#include "base/jvalue.h"
#include "base/mem.h"
#include "base/yaml.h"

#include <math.h>
#include <string.h>

#define SHIPPED	   "templates/cost-model.yaml"
#define STATE	   "state."
#define NS_MAX	   1e9
#define FACTOR_MAX 100

static const char *const root_keys[] = {
	"schema", "kind",	 "engine",   "engine_version", "host",	 "kernel",     "date",
	"error",  "whole_error", "check_ns", "runs",	       "fitted", "parameters", NULL};
static const char *const row_keys[] = {"engine", "id", "value", "unit", "factor", "source", NULL};

/* ---- reading ---- */

static int read_engine(const struct yaml_node *n, enum cost_engine *out, struct error *err)
{
	const char *s;

	if (yaml_read_str(n, "engine", &s, err))
		return -1;
	for (int i = 0; i < COST_N_ENGINES; i++)
		if (!strcmp(s, cost_engine_names[i])) {
			*out = (enum cost_engine)i;
			return 0;
		}
	return yaml_error(n, err, "unknown engine '%s', expected embedded, falco or any", s);
}

static const struct yaml_node *need(const struct yaml_node *map, const char *key, struct error *err)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (!n)
		yaml_error(map, err, "a parameter without %s", key);
	return n;
}

static int read_value(const struct yaml_node *row, enum cost_param p, struct cost_value *out,
		      struct error *err)
{
	const struct yaml_node *value, *unit, *factor, *source;
	double v = (double)NAN, f = 1;
	const char *s;

	if (!(value = need(row, "value", err)) || !(unit = need(row, "unit", err)) ||
	    !(factor = need(row, "factor", err)) || !(source = need(row, "source", err)) ||
	    yaml_read_str(unit, "unit", &s, err))
		return -1;
	if (strcmp(s, cost_param_unit(p)) != 0)
		return yaml_error(unit, err, "%s is in %s, expected %s", cost_param_name(p), s,
				  cost_param_unit(p));
	if (value->kind != YAML_NULL &&
	    yaml_read_double(value, "value", 0, p >= CP_SEL_EXISTS ? 1 : NS_MAX, &v, err))
		return -1;
	if (yaml_read_double(factor, "factor", 1, FACTOR_MAX, &f, err) ||
	    yaml_read_str(source, "source", &s, err))
		return -1;
	cost_value_set(out, v, f, s);
	return 0;
}

/* seen: parameters that were met. */
static int read_row(const struct yaml_node *row, struct cost_params *p, bool *seen,
		    struct error *err)
{
	const struct yaml_node *engine, *id;
	enum cost_engine e = p->engine;
	const char *s;

	if (yaml_check_keys(row, "a parameter", row_keys, err) ||
	    !(engine = need(row, "engine", err)) || !(id = need(row, "id", err)) ||
	    yaml_read_str(engine, "engine", &s, err) ||
	    (strcmp(s, "any") != 0 && read_engine(engine, &e, err)) ||
	    yaml_read_str(id, "id", &s, err))
		return -1;
	if (!strncmp(s, STATE, strlen(STATE)) && s[strlen(STATE)]) {
		struct cost_value other = {0};
		int rc = read_value(row, CP_STATE,
				    e == p->engine ? cost_state_make(p, s + strlen(STATE)) : &other,
				    err);

		free(other.source);
		return rc;
	}
	for (size_t i = 0; i < CP_N; i++) {
		struct cost_value other = {0};
		int rc;

		if (strcmp(s, cost_param_name(i)) != 0)
			continue;
		if (e == p->engine && seen[i])
			return yaml_error(id, err, "parameter %s twice for one engine", s);
		rc = read_value(row, i, e == p->engine ? &p->v[i] : &other, err);
		seen[i] = seen[i] || e == p->engine;
		free(other.source);
		return rc;
	}
	return yaml_error(id, err, "unknown parameter '%s'", s);
}

static int read_root(const struct yaml_docs *docs, const char *path, const struct yaml_node **root,
		     struct error *err)
{
	int64_t schema;
	const struct yaml_node *n;

	if (docs->n != 1)
		return error_at(err, path, 1, 1, "expected one document of cost parameters");
	*root = docs->docs[0];
	if (yaml_check_keys(*root, "the cost parameters", root_keys, err))
		return -1;
	if (!(n = yaml_get(*root, "schema")) || !yaml_get(*root, "parameters"))
		return yaml_error(*root, err, "expected schema and parameters of a cost model");
	if (yaml_read_int(n, "schema", 1, 1, &schema, err))
		return -1;
	n = yaml_get(*root, "parameters");
	if (n->kind != YAML_SEQ)
		return yaml_error(n, err, "parameters: expected a sequence");
	return 0;
}

static int read_rows(const struct yaml_node *root, struct cost_params *p, bool *seen,
		     struct error *err)
{
	const struct yaml_node *rows = yaml_get(root, "parameters");

	for (size_t i = 0; i < rows->n; i++)
		if (read_row(rows->items[i], p, seen, err))
			return -1;
	return 0;
}

int cost_params_read(const char *path, enum cost_engine engine, struct cost_params *out,
		     struct error *err)
{
	struct yaml_docs docs cleanup_yaml = {0};
	char *shipped cleanup_free = path ? NULL : fs_data_path(SHIPPED);
	const struct yaml_node *root;
	bool seen[CP_N] = {false};

	*out = (struct cost_params){.engine = engine,
				    .error = (double)NAN,
				    .whole_error = (double)NAN,
				    .check_ns = (double)NAN};
	path = path ? path : shipped;
	if (!path)
		return error_env(err, SHIPPED " was not found, reinstall falcotune");
	if (yaml_parse_file(&docs, path, NULL, err) || read_root(&docs, path, &root, err) ||
	    read_rows(root, out, seen, err))
		return -1;
	for (size_t i = 0; i < CP_N; i++)
		if (!seen[i])
			return yaml_error(root, err, "no parameter %s for engine %s",
					  cost_param_name(i), cost_engine_names[engine]);
	return 0;
}

/* ---- calibration ---- */

static int read_text(const struct yaml_node *root, const char *key, char **out, struct error *err)
{
	const struct yaml_node *n = yaml_get(root, key);
	const char *s;

	free(*out);
	*out = NULL;
	if (!n || n->kind == YAML_NULL)
		return 0;
	if (yaml_read_str(n, key, &s, err))
		return -1;
	*out = xstrdup(s);
	return 0;
}

static int read_number(const struct yaml_node *root, const char *key, double *out,
		       struct error *err)
{
	const struct yaml_node *n = yaml_get(root, key);

	*out = (double)NAN;
	return n && n->kind != YAML_NULL ? yaml_read_double(n, key, 0, NS_MAX, out, err) : 0;
}

static int read_calibration(const struct yaml_docs *docs, const char *path,
			    const struct yaml_node **root, enum cost_engine *engine,
			    struct error *err)
{
	const struct yaml_node *kind;
	const char *s;

	if (read_root(docs, path, root, err))
		return -1;
	kind = yaml_get(*root, "kind");
	if (!kind || yaml_read_str(kind, "kind", &s, NULL) || strcmp(s, "cost-calibration") != 0 ||
	    !yaml_get(*root, "engine"))
		return yaml_error(*root, err,
				  "expected a calibration file (kind "
				  "cost-calibration, with its engine)");
	return read_engine(yaml_get(*root, "engine"), engine, err);
}

int cost_calibration_engine(const char *path, enum cost_engine *out, struct error *err)
{
	struct yaml_docs docs cleanup_yaml = {0};
	const struct yaml_node *root;

	if (yaml_parse_file(&docs, path, NULL, err))
		return -1;
	return read_calibration(&docs, path, &root, out, err);
}

int cost_params_calibrate(struct cost_params *p, const char *path, struct error *err)
{
	struct yaml_docs docs cleanup_yaml = {0};
	const struct yaml_node *root;
	bool seen[CP_N] = {false};
	enum cost_engine engine;

	if (yaml_parse_file(&docs, path, NULL, err) ||
	    read_calibration(&docs, path, &root, &engine, err))
		return -1;
	if (engine != p->engine)
		return yaml_error(root, err, "a calibration of engine %s, expected one of %s",
				  cost_engine_names[engine], cost_engine_names[p->engine]);
	if (read_rows(root, p, seen, err) || read_text(root, "host", &p->host, err) ||
	    read_text(root, "kernel", &p->kernel, err) ||
	    read_text(root, "engine_version", &p->engine_version, err) ||
	    read_text(root, "date", &p->date, err) || read_number(root, "error", &p->error, err) ||
	    read_number(root, "whole_error", &p->whole_error, err) ||
	    read_number(root, "check_ns", &p->check_ns, err))
		return -1;
	return 0;
}

/* ---- writing ---- */

static void add_row(json_t *rows, const struct cost_params *p, const char *id, const char *unit,
		    const struct cost_value *v)
{
	if (!isnan(v->value))
		json_array_append_new(rows, json_pack("{s:s, s:s, s:f, s:s, s:f, s:s}", "engine",
						      cost_engine_names[p->engine], "id", id,
						      "value", v->value, "unit", unit, "factor",
						      v->factor, "source", v->source));
}

static json_t *runs_json(const struct cost_params *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->n_runs; i++) {
		const struct cost_run *r = &p->runs[i];

		json_array_append_new(a, json_pack("{s:s, s:b, s:I, s:f, s:f, s:f, s:o, s:o}",
						   "rules", r->rules, "fit", !r->own, "runs",
						   (json_int_t)r->n, "ns_per_event", r->ns,
						   "lowest_ns", r->lo, "highest_ns", r->hi,
						   "model_ns", jvalue_real(r->model), "left_out_ns",
						   jvalue_real(r->left_out)));
	}
	return a;
}

static json_t *fitted_json(const struct cost_params *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->n_fitted; i++) {
		const struct cost_fitted *f = &p->fitted[i];

		json_array_append_new(a, json_pack("{s:s, s:s, s:o, s:o, s:o}", "what", f->what,
						   "unit", f->unit, "value", jvalue_real(f->value),
						   "low", jvalue_real(f->lo), "high",
						   jvalue_real(f->hi)));
	}
	return a;
}

json_t *cost_params_json(const struct cost_params *p)
{
	json_t *rows = json_array();
	json_t *doc = json_pack(
		"{s:i, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
		1, "kind", "cost-calibration", "engine", cost_engine_names[p->engine],
		"engine_version", p->engine_version, "host", p->host, "kernel", p->kernel, "date",
		p->date, "error", jvalue_real(p->error), "whole_error", jvalue_real(p->whole_error),
		"check_ns", jvalue_real(p->check_ns), "runs", runs_json(p), "fitted",
		fitted_json(p), "parameters", rows);

	for (size_t i = 0; doc && i < CP_N; i++)
		if (i < CP_SEL_EXISTS && i != CP_CAPTURE)
			add_row(rows, p, cost_param_name(i), cost_param_unit(i), &p->v[i]);
	for (size_t i = 0; doc && i < p->n_states; i++) {
		char *id cleanup_free = xasprintf(STATE "%s", p->states[i].event);

		add_row(rows, p, id, cost_param_unit(CP_STATE), &p->states[i].v);
	}
	return doc;
}

int cost_params_write(const struct cost_params *p, const char *path, struct error *err)
{
	json_t *doc = cost_params_json(p);
	char *text = doc ? json_dumps(doc, JSON_INDENT(1) | JSON_REAL_PRECISION(10)) : NULL;
	int rc;

	json_decref(doc);
	if (!text)
		return error_internal(err, "the calibration cannot be written as JSON");
	rc = fs_write_file(path, text, strlen(text), 0644, err);
	free(text);
	return rc;
}

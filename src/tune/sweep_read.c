/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a sweep, read back. */
#include "tune/sweep.h"

#include "base/mem.h"
#include "tune/json.h"

#include <math.h>
#include <string.h>

static const struct field point_fields[] = {
	F(F_STR, sweep_point, name),
	F(F_STR, sweep_point, why),
	F_AS(F_INT, "cpus_for_each_buffer", sweep_point, cpus),
	F_AS(F_I64, "memory_bytes", sweep_point, memory),
	F_AS(F_I64, "buffers", sweep_point, n_buffers),
	F_AS(F_I64, "target_memory_bytes", sweep_point, memory_for),
	F_AS(F_I64, "target_buffers", sweep_point, n_buffers_for),
	F(F_DBL, sweep_point, coverage),
	F(F_INT, sweep_point, rounds),
	F_AS(F_DBL, "window_seconds", sweep_point, seconds),
	F(F_BOOL, sweep_point, front),
	F(F_BOOL, sweep_point, chosen),
	F_END,
};

static const struct field case_fields[] = {
	F_AS(F_STR, "case", res_case, key),
	F_AS(F_I64, "buf_size_preset", res_case, preset),
	F_AS(F_I64, "cpus_for_each_buffer", res_case, cpus_per_buffer),
	F(F_I64, res_case, buffer_bytes),
	F_AS(F_I64, "buffers", res_case, n_buffers),
	F_AS(F_VEC, "syscalls", res_case, predicted),
	F_END,
};

static const struct field head_fields[] = {
	F_AS(F_I64, "max_buffer_memory", sweep, max_memory),
	F_AS(F_STR, "max_buffer_memory_from", sweep, max_memory_from),
	F(F_DBL, sweep, max_drop),
	F(F_BOOL, sweep, interrupted),
	F_END,
};

/* What a reader of points needs. */
struct reading {
	struct sweep *w;
	struct results *r;
	const char *load;
};

/* null where there is none yet. */
static void read_places(const json_t *j, struct sweep_point *t)
{
	t->layer = (int)json_integer_value(json_object_get(j, "layer"));
	t->place = (int)json_integer_value(json_object_get(j, "place"));
}

static int read_point(struct jpath *at, const json_t *j, void *slot)
{
	const struct reading *of = at->arg;
	const char *yaml = json_string_value(json_object_get(j, "yaml"));
	struct sweep_point *t = slot;
	struct res_case *c = &of->r->cases[of->r->n_cases];
	int state = 0;

	*t = (struct sweep_point){.case_index = of->r->n_cases++,
				  .memory_for = RES_UNKNOWN,
				  .n_buffers_for = RES_UNKNOWN,
				  .coverage = NAN};
	res_case_init(c);
	c->load = of->load ? xstrdup(of->load) : NULL;
	/* The program's own text, in sweep_yaml(). */
	c->engine_kind = xstrdup(yaml && strstr(yaml, "kind: kmod") ? "kmod" : "modern_ebpf");
	if (fields_read(at, point_fields, j, t) || fields_read(at, case_fields, j, c) ||
	    fields_read_word(at, j, "state", sweep_state_names, SWEEP_NOT_REACHED + 1, &state) ||
	    tune_read_summary(at, j, c))
		return -1;
	if (!t->name || !c->key)
		return jpath_bad(at, "name", "names of the setting and its case");
	t->state = (enum sweep_state)state;
	read_places(j, t);
	return 0;
}

static int read_rounds(struct jpath *at, const json_t *doc, struct sweep *w)
{
	const json_t *rounds = json_object_get(doc, "rounds");

	if (!json_is_array(rounds) || json_array_size(rounds) > HALVING_MAX_ROUNDS)
		return jpath_bad(at, "rounds", "an array of rounds");
	for (size_t i = 0; i < json_array_size(rounds); i++) {
		const json_t *o = json_array_get(rounds, i);
		struct halving_round *h = &w->rounds[w->n_rounds++];

		h->n = (size_t)json_integer_value(json_object_get(o, "settings"));
		h->duration_ns = json_integer_value(json_object_get(o, "duration_ns"));
		w->rounds_done += json_is_true(json_object_get(o, "done"));
	}
	return 0;
}

static int read_rest(struct jpath *at, const json_t *doc, struct sweep *w, struct results *r)
{
	static const struct field warnings[] = {F(F_VEC, sweep, warnings), F_END};
	const json_t *conf = json_object_get(doc, "configuration");
	const json_t *points = json_object_get(doc, "points");
	struct reading of = {w, r, json_string_value(json_object_get(conf, "load"))};
	void *v = NULL;
	int rc;

	if (fields_read_part(at, doc, "configuration", head_fields, w) ||
	    fields_read(at, warnings, doc, w) || read_rounds(at, doc, w))
		return -1;
	w->n_cpus_for = (int)json_integer_value(json_object_get(conf, "target_cpus"));
	r->cases = xcalloc(json_array_size(points) + 1, sizeof(*r->cases));
	w->order = xcalloc(json_array_size(points) + 1, sizeof(*w->order));
	at->arg = &of;
	rc = jpath_array(at, doc, "points", sizeof(*w->v), read_point, &v, &w->n);
	w->v = v;
	for (size_t i = 0; i < w->n; i++) /* as they are written */
		w->order[i] = i;
	return rc;
}

int sweep_from_json(struct sweep *out, struct plan *p, const json_t *doc, const char *text,
		    size_t len, const char *file, struct error *err)
{
	const json_t *verification = json_object_get(doc, "verification");
	struct jpath at = jpath_root(file, text, len, NULL, err);
	int rc;

	*out = (struct sweep){.plan = p, .max_memory = RES_UNKNOWN, .max_drop = NAN};
	res_verification_init(&out->verification);
	rc = results_head_from_json(&at, doc, &p->res) || read_rest(&at, doc, out, &p->res) ? -1
											    : 0;
	strbuf_release(&at.path);
	if (rc || !json_is_object(verification))
		return rc;
	return res_verification_from_json(&out->verification, verification, file, err);
}

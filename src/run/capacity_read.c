/* SPDX-License-Identifier: Apache-2.0 */
/* The capacity document, read back. */
#include "run/capacity.h"

#include "base/mem.h"
#include "run/results_fields.h"

#include <math.h>
#include <string.h>

static const struct field round_fields[] = {
	F(F_INT, capacity_round, index),
	F(F_DBL, capacity_round, scale),
	F(F_I64, capacity_round, t0_ns),
	F(F_I64, capacity_round, t1_ns),
	F(F_DBL, capacity_round, seconds),
	F(F_I64, capacity_round, n_evts),
	F(F_I64, capacity_round, n_drops),
	F(F_I64, capacity_round, num_evts),
	F(F_DBL, capacity_round, evts_per_s),
	F(F_DBL, capacity_round, background_per_s),
	F(F_DBL, capacity_round, drop_rate),
	F(F_DBL, capacity_round, backlog),
	F(F_DBL, capacity_round, loss),
	F_AS(F_DBL, "requested_ops_per_s", capacity_round, requested_per_s),
	F_AS(F_DBL, "achieved_ops_per_s", capacity_round, achieved_per_s),
	F_AS(F_BOOL, "load_saturated", capacity_round, saturated),
	F_AS(F_STR, "slowest_operation", capacity_round, slowest),
	F(F_DBL, capacity_round, cpu_share),
	F(F_DBL, capacity_round, wait_share),
	F(F_I64, capacity_round, rss_bytes),
	F(F_I64, capacity_round, throttled_ns),
	F(F_I64, capacity_round, nr_throttled),
	F_END,
};

static const struct field level_fields[] = {
	F(F_DBL, capacity_level, drop_rate),
	F(F_DBL, capacity_level, ops_per_s),
	F(F_DBL, capacity_level, headroom),
	F_END,
};

static const struct field estimate_fields[] = {
	F(F_DBL, capacity_estimate, evts_per_s),
	F(F_DBL, capacity_estimate, lo),
	F(F_DBL, capacity_estimate, hi),
	F_END,
};

static const struct field resources_fields[] = {
	F_AS(F_I64, "cpu_request_m", capacity_resources, cpu_request_m),
	F_AS(F_I64, "cpu_limit_m", capacity_resources, cpu_limit_m),
	F_AS(F_I64, "memory_request", capacity_resources, mem_request),
	F_AS(F_I64, "memory_limit", capacity_resources, mem_limit),
	F(F_STR, capacity_resources, yaml),
	F(F_STR, capacity_resources, why),
	F_END,
};

static const struct field config_fields[] = {
	F(F_STR, capacity_config, name),
	F_AS(F_STR, "case", capacity_config, case_key),
	F(F_STR, capacity_config, title),
	F_AS(F_VEC, "syscalls", capacity_config, set),
	F(F_STR, capacity_config, reason),
	F(F_BOOL, capacity_config, engine_ended),
	F_AS(F_DBL, "window_seconds", capacity_config, window_s),
	F(F_I64, capacity_config, throttled_ns),
	F(F_I64, capacity_config, rss_peak),
	F(F_I64, capacity_config, memory_peak),
	F(F_I64, capacity_config, oom_kills),
	F_AS(F_DBL, "host_p99_evts_per_s", capacity_config, host_p99),
	F(F_BOOL, capacity_config, chosen),
	F_END,
};

static const struct field head_fields[] = {
	F(F_STR, capacity, load),
	F(F_STR, capacity, load_title),
	F(F_I64, capacity, warmup_ns),
	F(F_I64, capacity, duration_ns),
	F(F_I64, capacity, rest_ns),
	F_AS(F_STR, "host_profile", capacity, host_file),
	F(F_BOOL, capacity, interrupted),
	F(F_VEC, capacity, commands),
	F_END,
};

static int read_round(struct jpath *at, const json_t *j, void *slot)
{
	struct capacity_round *r = slot;

	*r = (struct capacity_round){
		.background_per_s = NAN, .throttled_ns = RES_UNKNOWN, .rss_bytes = RES_UNKNOWN};
	return fields_read(at, round_fields, j, r);
}

static int read_level(struct jpath *at, const json_t *j, void *slot)
{
	struct capacity_level *l = slot;
	int basis = CAPACITY_UNKNOWN;

	*l = (struct capacity_level){.headroom = NAN, .ops_per_s = NAN};
	l->at = (struct capacity_estimate){NAN, NAN, NAN, CAPACITY_UNKNOWN};
	if (fields_read(at, level_fields, j, l) || fields_read(at, estimate_fields, j, &l->at) ||
	    fields_read_word(at, j, "basis", capacity_basis_names, CAPACITY_UNKNOWN + 1, &basis))
		return -1;
	l->at.basis = (enum capacity_basis)basis;
	return 0;
}

static void read_limits(const json_t *j, struct capacity_config *k)
{
	const json_t *cpus = json_object_get(j, "cpu_limit");

	k->limits.cpus = json_is_number(cpus) ? json_number_value(cpus) : 0;
	k->limits.memory = json_integer_value(json_object_get(j, "memory_limit"));
}

static int read_operating(struct jpath *at, const json_t *j, struct capacity_config *k)
{
	const json_t *index = json_object_get(j, "operating_round");

	k->operating = k->n_rounds;
	if (!index || json_is_null(index))
		return 0;
	for (size_t i = 0; i < k->n_rounds; i++)
		if (json_is_integer(index) && k->rounds[i].index == json_integer_value(index)) {
			k->operating = i;
			return 0;
		}
	return jpath_bad(at, "operating_round", "null or the index of a round");
}

/* at->arg is the whole. */
static int read_config(struct jpath *at, const json_t *j, void *slot)
{
	const struct capacity *c = at->arg;
	struct capacity_config *k = slot;
	const json_t *resources = json_object_get(j, "resources");
	void *rounds = NULL, *levels = NULL;
	size_t n_levels = 0;
	int state = 0, rc;

	k->throttled_ns = k->rss_peak = k->memory_peak = k->oom_kills = RES_UNKNOWN;
	k->host_p99 = NAN;
	if (fields_read(at, config_fields, j, k) ||
	    fields_read_word(at, j, "state", capacity_state_names, CAPACITY_FAILED + 1, &state))
		return -1;
	if (!k->name || !k->case_key)
		return jpath_bad(at, "name", "names of the configuration and its case");
	k->state = (enum capacity_state)state;
	read_limits(j, k);
	rc = jpath_array(at, j, "rounds", sizeof(*k->rounds), read_round, &rounds, &k->n_rounds);
	k->rounds = rounds;
	if (!rc)
		rc = jpath_array(at, j, "levels", sizeof(*k->levels), read_level, &levels,
				 &n_levels);
	k->levels = levels;
	if (rc)
		return -1;
	if (n_levels != c->n_levels)
		return jpath_bad(at, "levels", "one entry for each of the configuration's levels");
	k->resources.there = json_is_object(resources);
	k->resources.cpu_limit_m = RES_UNKNOWN;
	if (k->resources.there &&
	    fields_read_part(at, j, "resources", resources_fields, &k->resources))
		return -1;
	return read_operating(at, j, k);
}

static int read_levels(struct jpath *at, const json_t *doc, struct capacity *c)
{
	const json_t *a = json_object_get(json_object_get(doc, "configuration"), "levels");

	if (!json_array_size(a))
		return jpath_bad(at, "configuration", "levels, an array of drop rates");
	c->levels = xcalloc(json_array_size(a), sizeof(*c->levels));
	for (size_t i = 0; i < json_array_size(a); i++) {
		if (!json_is_number(json_array_get(a, i)))
			return jpath_bad(at, "configuration.levels", "drop rates");
		c->levels[c->n_levels++] = json_number_value(json_array_get(a, i));
	}
	return 0;
}

int capacity_from_json(struct capacity *out, struct plan *p, const json_t *doc, const char *text,
		       size_t len, const char *file, struct error *err)
{
	struct jpath at = jpath_root(file, text, len, out, err);
	static const struct field warnings[] = {F(F_VEC, capacity, warnings), F_END};
	void *configs = NULL;
	int rc = -1;

	*out = (struct capacity){.plan = p};
	if (!results_head_from_json(&at, doc, &p->res) &&
	    !fields_read_part(&at, doc, "configuration", head_fields, out) &&
	    !fields_read(&at, warnings, doc, out) && !read_levels(&at, doc, out)) {
		rc = jpath_array(&at, doc, "capacities", sizeof(*out->v), read_config, &configs,
				 &out->n);
		out->v = configs;
	}
	strbuf_release(&at.path);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/results_fields.h"

#include "base/jpath.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

static int read_vec(struct jpath *at, const char *name, const json_t *j, struct strvec *out)
{
	size_t i;
	json_t *e;

	if (!json_is_array(j))
		return jpath_bad(at, name, "an array of strings");
	json_array_foreach(j, i, e)
	{
		if (!json_is_string(e))
			return jpath_bad(at, name, "an array of strings");
		strvec_push(out, json_string_value(e));
	}
	return 0;
}

static int read_i64(struct jpath *at, const char *name, const json_t *j, int64_t *out)
{
	if (json_is_null(j)) {
		*out = RES_UNKNOWN;
		return 0;
	}
	if (!json_is_integer(j))
		return jpath_bad(at, name, "a whole number or null");
	*out = json_integer_value(j);
	return 0;
}

static int read_status(struct jpath *at, const char *name, const json_t *j, enum res_status *out)
{
	const char *s = json_string_value(j);

	for (int i = 0; s && res_status_names[i]; i++) {
		if (!strcmp(s, res_status_names[i])) {
			*out = (enum res_status)i;
			return 0;
		}
	}
	return jpath_bad(at, name, "pending, ok, failed or skipped");
}

static int read_drops(struct jpath *at, const char *name, const json_t *j, int64_t *out)
{
	if (!json_is_object(j))
		return jpath_bad(at, name, "an object of drop categories");
	for (size_t i = 0; i < DROP_N; i++) {
		const json_t *v = json_object_get(j, drop_category_names[i]);

		out[i] = RES_UNKNOWN;
		if (v && read_i64(at, drop_category_names[i], v, &out[i]))
			return -1;
	}
	return 0;
}

static int read_field(struct jpath *at, const struct field *f, const json_t *j, void *base)
{
	void *p = (char *)base + f->at;

	switch (f->type) {
	case F_STR:
		if (!json_is_string(j) && !json_is_null(j))
			return jpath_bad(at, f->name, "a string or null");
		*(char **)p = json_is_null(j) ? NULL : xstrdup(json_string_value(j));
		return 0;
	case F_I64:
		return read_i64(at, f->name, j, p);
	case F_U64:
		if (!json_is_integer(j) || json_integer_value(j) < 0)
			return jpath_bad(at, f->name, "a whole number of 0 or more");
		*(uint64_t *)p = (uint64_t)json_integer_value(j);
		return 0;
	case F_INT:
		if (!json_is_integer(j) || json_integer_value(j) > INT32_MAX ||
		    json_integer_value(j) < INT32_MIN)
			return jpath_bad(at, f->name, "a whole number");
		*(int *)p = (int)json_integer_value(j);
		return 0;
	case F_DBL:
		if (!json_is_number(j) && !json_is_null(j))
			return jpath_bad(at, f->name, "a number or null");
		*(double *)p = json_is_null(j) ? (double)NAN : json_number_value(j);
		return 0;
	case F_BOOL:
		if (!json_is_boolean(j))
			return jpath_bad(at, f->name, "true or false");
		*(bool *)p = json_is_true(j);
		return 0;
	case F_VEC:
		return read_vec(at, f->name, j, p);
	case F_STATUS:
		return read_status(at, f->name, j, p);
	case F_DROPS:
		return read_drops(at, f->name, j, p);
	}
	return 0;
}

/* An absent member keeps what the *_init function gave it: unknown. */
int fields_read(struct jpath *at, const struct field *f, const json_t *j, void *base)
{
	if (jpath_object(at, j))
		return -1;
	for (; f->name; f++) {
		const json_t *v = json_object_get(j, f->name);

		if (v && read_field(at, f, v, base))
			return -1;
	}
	return 0;
}

/* at->arg is the number of the host's CPUs. */
static int read_cpus(struct jpath *at, const char *name, const json_t *doc, int64_t **out)
{
	const json_t *a = json_object_get(doc, name);
	int64_t n_cpus = *(const int64_t *)at->arg;

	if (!a || json_is_null(a))
		return 0;
	if (!json_is_array(a) || n_cpus < 1 || json_array_size(a) != (size_t)n_cpus)
		return jpath_bad(at, name, "null or an array with one number a CPU of the host");
	*out = xcalloc((size_t)n_cpus, sizeof(**out));
	for (size_t i = 0; i < (size_t)n_cpus; i++)
		if (read_i64(at, name, json_array_get(a, i), &(*out)[i]))
			return -1;
	return 0;
}

/* Array member that may be absent. */
static int read_array(struct jpath *at, const json_t *doc, const char *name, size_t elem,
		      jpath_each each, void **out, size_t *count)
{
	const json_t *a = json_object_get(doc, name);

	if (!a || (json_is_array(a) && !json_array_size(a)))
		return 0;
	return jpath_array(at, doc, name, elem, each, out, count);
}

static int read_sample(struct jpath *at, const json_t *j, void *slot)
{
	struct res_sample *s = slot;

	res_sample_init(s);
	if (fields_read(at, res_sample_fields, j, s) ||
	    read_cpus(at, "cpu_evts", j, &s->cpu_evts) ||
	    read_cpus(at, "cpu_drops", j, &s->cpu_drops))
		return -1;
	return 0;
}

static int read_worker(struct jpath *at, const json_t *j, void *slot)
{
	struct res_worker *w = slot;

	*w = (struct res_worker){.requested_per_s = NAN,
				 .achieved_per_s = NAN,
				 .ops = RES_UNKNOWN,
				 .errors = RES_UNKNOWN,
				 .service_p50_ns = NAN,
				 .service_p99_ns = NAN,
				 .response_p99_ns = NAN};
	return fields_read(at, res_worker_fields, j, w);
}

static int read_repeat(struct jpath *at, const json_t *j, void *slot)
{
	struct res_repeat *r = slot;
	const json_t *recon;
	void *samples = NULL, *workers = NULL;
	int rc = 0;

	res_repeat_init(r);
	if (fields_read(at, res_repeat_fields, j, r))
		return -1;
	recon = json_object_get(j, "reconciliation");
	if (recon && !json_is_null(recon)) {
		size_t back = jpath_enter(at, "reconciliation", SIZE_MAX);

		if (fields_read(at, res_recon_fields, recon, r))
			return -1;
		r->recon_known = true;
		jpath_leave(at, back);
	}
	if (read_array(at, j, "workers", sizeof(*r->workers), read_worker, &workers,
		       &r->n_workers) ||
	    read_array(at, j, "samples", sizeof(*r->samples), read_sample, &samples, &r->n_samples))
		rc = -1;
	r->workers = workers;
	r->samples = samples;
	return rc;
}

static int read_one_verdict(struct jpath *at, const json_t *j, void *slot)
{
	struct res_verdict *v = slot;

	*v = (struct res_verdict){0};
	return fields_read(at, res_verdict_fields, j, v);
}

static int read_verdicts(struct jpath *at, const json_t *j, struct res_case *c)
{
	size_t back = jpath_enter(at, "verdict", SIZE_MAX), n = 0;
	struct res_verdict first;
	void *others = NULL;
	int rc = read_one_verdict(at, j, &first);

	if (!rc)
		rc = read_array(at, j, "others", sizeof(first), read_one_verdict, &others, &n);
	c->verdicts = xcalloc(n + 1, sizeof(first));
	c->verdicts[0] = first;
	if (n)
		memcpy(c->verdicts + 1, others, n * sizeof(first));
	c->n_verdicts = n + 1;
	free(others);
	jpath_leave(at, back);
	return rc;
}

static int read_slowdown(struct jpath *at, const json_t *j, void *slot)
{
	struct res_slowdown *s = slot;

	*s = (struct res_slowdown){.bare = NAN,
				   .with = NAN,
				   .slow = {NAN, NAN, NAN},
				   .floor = {NAN, NAN, NAN},
				   .own = {NAN, NAN, NAN}};
	return fields_read(at, res_slowdown_fields, j, s);
}

static int read_rung(struct jpath *at, const json_t *j, void *slot)
{
	struct res_rung *g = slot;
	void *repeats = NULL;
	int rc;

	*g = (struct res_rung){0};
	if (fields_read(at, res_rung_fields, j, g))
		return -1;
	if (!g->name || !g->kind || !g->load)
		return jpath_bad(at, "name, kind and load", "strings");
	rc = read_array(at, j, "repeats", sizeof(*g->repeats), read_repeat, &repeats,
			&g->n_repeats);
	g->repeats = repeats;
	return rc;
}

/* An array that is null, or not there at all, when there is nothing of its kind. */
static int read_optional(struct jpath *at, const json_t *doc, const char *name, size_t elem,
			 jpath_each each, void **out, size_t *count)
{
	if (json_is_null(json_object_get(doc, name)))
		return 0;
	return read_array(at, doc, name, elem, each, out, count);
}

static int read_case(struct jpath *at, const json_t *j, void *slot)
{
	struct res_case *c = slot;
	const json_t *sum, *verdict;
	void *repeats = NULL, *slowdown = NULL;
	int rc;

	res_case_init(c);
	if (fields_read(at, res_case_fields, j, c))
		return -1;
	if (!c->key)
		return jpath_bad(at, "key", "a string");
	sum = json_object_get(j, "summary");
	if (sum) {
		size_t back = jpath_enter(at, "summary", SIZE_MAX);

		if (fields_read(at, res_summary_fields, sum, &c->sum))
			return -1;
		jpath_leave(at, back);
	}
	verdict = json_object_get(j, "verdict");
	if (verdict && !json_is_null(verdict) && read_verdicts(at, verdict, c))
		return -1;
	rc = read_array(at, j, "repeats", sizeof(*c->repeats), read_repeat, &repeats,
			&c->n_repeats);
	c->repeats = repeats;
	if (rc)
		return rc;
	rc = read_optional(at, j, "slowdown", sizeof(*c->slowdown), read_slowdown, &slowdown,
			   &c->n_slowdown);
	c->slowdown = slowdown;
	return rc;
}

static int read_comparison(struct jpath *at, const json_t *j, void *slot)
{
	struct res_comparison *c = slot;

	*c = (struct res_comparison){.difference = NAN, .p = NAN, .p_holm = NAN};
	c->more_repeats = RES_UNKNOWN;
	if (fields_read(at, res_comparison_fields, j, c))
		return -1;
	return c->a && c->b ? 0 : jpath_bad(at, "a", "keys of two cases");
}

static int read_ranking(struct jpath *at, const json_t *doc, struct results *out)
{
	const json_t *a = json_object_get(doc, "ranking");

	if (!a)
		return 0;
	if (!json_is_array(a) || json_array_size(a) > out->n_cases)
		return jpath_bad(at, "ranking", "an array of case keys");
	out->order = xcalloc(json_array_size(a) + 1, sizeof(*out->order));
	for (size_t i = 0; i < json_array_size(a); i++) {
		const char *key = json_string_value(json_array_get(a, i));
		size_t c = 0;

		while (key && c < out->n_cases && strcmp(out->cases[c].key, key))
			c++;
		if (!key || c == out->n_cases)
			return jpath_bad(at, "ranking", "keys of cases of this document");
		out->order[out->n_order++] = c;
	}
	return 0;
}

int fields_read_part(struct jpath *at, const json_t *doc, const char *name, const struct field *f,
		     void *base)
{
	const json_t *j = json_object_get(doc, name);
	size_t back = jpath_enter(at, name, SIZE_MAX);

	if (j && fields_read(at, f, j, base))
		return -1;
	jpath_leave(at, back);
	return 0;
}

int fields_read_word(struct jpath *at, const json_t *o, const char *name, const char *const *words,
		     size_t n, int *out)
{
	const char *s = json_string_value(json_object_get(o, name));
	struct strbuf all cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < n; i++) {
		if (s && !strcmp(s, words[i])) {
			*out = (int)i;
			return 0;
		}
		strbuf_addf(&all, "%s%s", i ? ", " : "one of ", words[i]);
	}
	return jpath_bad(at, name, all.buf);
}

/* Absent (an earlier falcotune) and null: there was nothing to verify. */
static int read_verification(struct jpath *at, const json_t *j, struct res_verification *v)
{
	static const char *const states[] = {VERIFIED_PASSED, VERIFIED_DRY_ONLY, VERIFIED_FAILED,
					     VERIFIED_NOT};

	if (!j || json_is_null(j))
		return 0;
	if (fields_read(at, res_verification_fields, j, v))
		return -1;
	for (size_t i = 0; v->state && i < ARRAY_SIZE(states); i++)
		if (!strcmp(v->state, states[i]))
			return 0;
	return jpath_bad(at, "state", "a state of a verification");
}

int results_head_from_json(struct jpath *at, const json_t *doc, struct results *r)
{
	const json_t *schema = json_object_get(doc, "schema");

	r->n_cpus = r->mem_bytes = r->idle.n_drops = r->max_time_ns = r->memory_limit = RES_UNKNOWN;
	r->max_drop = r->cpu_limit = r->idle.seconds = r->idle.evts_per_s = NAN;
	res_verification_init(&r->verification);
	if (!json_is_object(doc))
		return jpath_bad_here(at, "an object");
	if (!json_is_integer(schema) || json_integer_value(schema) != 1)
		return jpath_bad(at, "schema", "1");
	return fields_read_part(at, doc, "host", res_host_fields, r) ||
			       fields_read_part(at, doc, "engine", res_engine_fields, r) ||
			       fields_read_part(at, doc, "configuration", res_run_fields, r)
		       ? -1
		       : 0;
}

static int read_results(struct jpath *at, const json_t *doc, struct results *out)
{
	const json_t *warnings;
	void *cases = NULL, *comparisons = NULL, *rungs = NULL;
	size_t back;
	int rc;

	if (results_head_from_json(at, doc, out) ||
	    fields_read_part(at, doc, "idle", res_idle_fields, &out->idle))
		return -1;
	rc = read_array(at, doc, "cases", sizeof(*out->cases), read_case, &cases, &out->n_cases);
	out->cases = cases;
	if (!rc)
		rc = read_array(at, doc, "comparisons", sizeof(*out->comparisons), read_comparison,
				&comparisons, &out->n_comparisons);
	out->comparisons = comparisons;
	if (!rc)
		rc = read_optional(at, doc, "ladder", sizeof(*out->rungs), read_rung, &rungs,
				   &out->n_rungs);
	out->rungs = rungs;
	if (rc || read_ranking(at, doc, out) ||
	    fields_read_part(at, doc, "recommendation", res_rec_fields, &out->rec))
		return -1;
	back = jpath_enter(at, "verification", SIZE_MAX);
	if (read_verification(at, json_object_get(doc, "verification"), &out->verification))
		return -1;
	jpath_leave(at, back);
	warnings = json_object_get(doc, "warnings");
	return warnings ? read_vec(at, "warnings", warnings, &out->warnings) : 0;
}

int results_from_text(struct results *out, const json_t *doc, const char *text, size_t len,
		      const char *file, struct error *err)
{
	struct jpath at = jpath_root(file, text, len, &out->n_cpus, err);
	int rc;

	*out = (struct results)RESULTS_INIT;
	rc = read_results(&at, doc, out);
	if (rc)
		results_release(out);
	strbuf_release(&at.path);
	return rc;
}

int results_from_json(struct results *out, const json_t *doc, const char *file, struct error *err)
{
	return results_from_text(out, doc, NULL, 0, file, err);
}

int res_repeat_from_json(struct res_repeat *out, const json_t *doc, int64_t n_cpus,
			 const char *file, struct error *err)
{
	struct jpath at = jpath_root(file, NULL, 0, &n_cpus, err);
	int rc;

	rc = read_repeat(&at, doc, out);
	if (rc)
		res_repeat_release(out);
	strbuf_release(&at.path);
	return rc;
}

int res_verification_from_json(struct res_verification *out, const json_t *doc, const char *file,
			       struct error *err)
{
	struct jpath at = jpath_root(file, NULL, 0, NULL, err);
	int rc;

	res_verification_init(out);
	rc = read_verification(&at, doc, out);
	if (rc)
		res_verification_release(out);
	strbuf_release(&at.path);
	return rc;
}

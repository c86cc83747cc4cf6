/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's profile as JSON, read and written by the same tables (profile_fields.c).
 */
#include "base/fs.h"
#include "base/jpath.h"
#include "base/jvalue.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cost/profile_fields.h"
#include "cost/profile_private.h"

#include <math.h>
#include <string.h>

#define PROFILE_MAX ((size_t)512 << 20) /* thousands of rules with all their histograms */
#define DEPTH_MAX   16			/* the engine's tree has five levels */

/* ---- writing ---- */

static json_t *next_json(const char *s)
{
	char *end;
	long id = s ? strtol(s, &end, 10) : 0;

	return s && *s && !*end ? json_integer(id) : utf8_json(s);
}

static json_t *field_json(const struct field *f, const void *base)
{
	const void *p = (const char *)base + f->at;

	switch (f->type) {
	case F_STR:
	case F_NAME:
		return utf8_json(*(char *const *)p);
	case F_COUNT:
	case F_WHOLE:
		return jvalue_whole(*(const int64_t *)p);
	case F_NS:
	case F_REAL:
		return jvalue_real(*(const double *)p);
	case F_BOOL:
		return json_boolean(*(const bool *)p);
	case F_NEXT:
		return next_json(*(char *const *)p);
	}
	return NULL;
}

static json_t *put_fields(json_t *o, const struct field *f, const void *base)
{
	for (; f->name; f++)
		json_object_set_new(o, f->name, field_json(f, base));
	return o;
}

static json_t *fields_json(const struct field *f, const void *base)
{
	return put_fields(json_object(), f, base);
}

static json_t *time_json(const struct ep_time *t, bool histogram)
{
	json_t *o = fields_json(ep_time_fields, t), *list;

	if (!histogram)
		return o;
	list = json_array();
	for (size_t i = 0; i < t->n; i++)
		json_array_append_new(list, json_pack("[f,f,I]", t->v[i].lo_ns, t->v[i].hi_ns,
						      (json_int_t)t->v[i].n));
	json_object_set_new(o, "histogram", list);
	return o;
}

static json_t *put_work(json_t *o, const struct ep_work *w)
{
	put_fields(o, ep_work_fields, w);
	json_object_set_new(o, "not_broken", time_json(&w->not_broken, true));
	json_object_set_new(o, "broken", time_json(&w->broken, true));
	json_object_set_new(o, "output", time_json(&w->output, true));
	return o;
}

static json_t *rule_json(const struct ep_rule *r)
{
	json_t *o = fields_json(ep_rule_fields, r), *events = json_array(), *checks = json_array();

	json_object_set_new(o, "tags", utf8_json_list(&r->tags));
	json_object_set_new(o, "totals", put_work(json_object(), &r->totals));
	for (size_t i = 0; i < r->n_events; i++)
		json_array_append_new(events,
				      put_work(fields_json(ep_rule_event_fields, &r->by_event[i]),
					       &r->by_event[i].work));
	for (size_t i = 0; i < r->n_checks; i++) {
		json_t *c = fields_json(ep_check_fields, &r->checks[i]);

		json_object_set_new(c, "time",
				    r->checks[i].has_time ? time_json(&r->checks[i].time, false)
							  : json_null());
		json_array_append_new(checks, c);
	}
	json_object_set_new(o, "by_event", events);
	json_object_set_new(o, "checks", checks);
	return o;
}

static json_t *event_json(const struct ep_event *e)
{
	json_t *o = fields_json(ep_event_fields, e);

	json_object_set_new(o, "state", time_json(&e->state, true));
	json_object_set_new(o, "time", time_json(&e->time, true));
	return o;
}

static json_t *phase_json(const struct ep_phase *p)
{
	json_t *o = fields_json(ep_phase_fields, p);

	json_object_set_new(o, "time", time_json(&p->time, true));
	return o;
}

static json_t *node_json(const struct ep_node *n) /* NOLINT(misc-no-recursion): DEPTH_MAX */
{
	json_t *o = fields_json(ep_node_fields, n), *children = json_array();

	for (size_t i = 0; i < n->n; i++)
		json_array_append_new(children, node_json(&n->v[i]));
	json_object_set_new(o, "children", children);
	return o;
}

json_t *eprofile_to_json(const struct eprofile *p)
{
	json_t *o = json_object(), *phases = json_array(), *events = json_array(),
	       *rules = json_array();

	json_object_set_new(o, "schema", json_integer(EPROFILE_SCHEMA));
	json_object_set_new(o, "kind", json_string("profile"));
	put_fields(o, ep_top_fields, p);
	for (size_t i = 0; ep_parts[i].name; i++)
		json_object_set_new(o, ep_parts[i].name, fields_json(ep_parts[i].fields, p));
	for (size_t i = 0; i < EP_N_PHASES; i++)
		json_array_append_new(phases, phase_json(&p->phases[i]));
	for (size_t i = 0; i < p->n_events; i++)
		json_array_append_new(events, event_json(&p->events[i]));
	for (size_t i = 0; i < p->n_rules; i++)
		json_array_append_new(rules, rule_json(&p->rules[i]));
	json_object_set_new(o, "phases", phases);
	json_object_set_new(o, "event_types", events);
	json_object_set_new(o, "rules", rules);
	json_object_set_new(o, "tree", node_json(&p->tree));
	return o;
}

/* ---- reading ---- */

static int read_string(struct jpath *at, const struct field *f, const json_t *j, char **out)
{
	const char *s = json_string_value(j);

	if (f->type == F_NAME && !s)
		return jpath_bad(at, f->name, "a string");
	if (f->type == F_NEXT && json_is_integer(j)) {
		*out = xasprintf("%lld", (long long)json_integer_value(j));
		return 0;
	}
	if (j && !s && !json_is_null(j))
		return jpath_bad(at, f->name,
				 f->type == F_NEXT ? "a whole number, a string or null"
						   : "a string or null");
	*out = s ? xstrdup(s) : NULL;
	return 0;
}

static int read_whole(struct jpath *at, const struct field *f, const json_t *j, int64_t *out)
{
	if (f->type == F_WHOLE && (!j || json_is_null(j))) {
		*out = -1;
		return 0;
	}
	/* Sums of a million of them stay exact. */
	if (!json_is_integer(j) || json_integer_value(j) < 0 ||
	    json_integer_value(j) > INT64_C(1) << 43)
		return jpath_bad(at, f->name,
				 f->type == F_WHOLE ? "a whole number of 0 or more, or null"
						    : "a whole number of 0 or more");
	*out = json_integer_value(j);
	return 0;
}

static int read_real(struct jpath *at, const struct field *f, const json_t *j, double *out)
{
	*out = (double)NAN;
	if (f->type == F_REAL && (!j || json_is_null(j)))
		return 0;
	if (!json_is_number(j) || !(fabs(json_number_value(j)) < 1e18))
		return jpath_bad(at, f->name, f->type == F_REAL ? "a number or null" : "a number");
	*out = json_number_value(j);
	return 0;
}

static int read_field(struct jpath *at, const struct field *f, const json_t *j, void *base)
{
	void *p = (char *)base + f->at;

	switch (f->type) {
	case F_STR:
	case F_NAME:
	case F_NEXT:
		return read_string(at, f, j, p);
	case F_COUNT:
	case F_WHOLE:
		return read_whole(at, f, j, p);
	case F_NS:
	case F_REAL:
		return read_real(at, f, j, p);
	case F_BOOL:
		if (!json_is_boolean(j))
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

#define READ_ARRAY(at, o, name, each, v, n)                                                        \
	({                                                                                         \
		void *list_ = NULL;                                                                \
		int rc_ = jpath_array(at, o, name, sizeof(*(v)), each, &list_, &(n));              \
		(v) = list_;                                                                       \
		rc_;                                                                               \
	})

/* A member that is an object of its own. */
static int read_member(struct jpath *at, const json_t *o, const char *name, jpath_each each,
		       void *slot)
{
	size_t back = jpath_enter(at, name, SIZE_MAX);

	if (each(at, json_object_get(o, name), slot))
		return -1;
	jpath_leave(at, back);
	return 0;
}

static int read_bucket(struct jpath *at, const json_t *j, void *slot)
{
	struct ep_bucket *b = slot;

	if (json_array_size(j) != 3 || !json_is_number(json_array_get(j, 0)) ||
	    !json_is_number(json_array_get(j, 1)) || !json_is_integer(json_array_get(j, 2)))
		return error_input(at->err, "%s: %s: expected [from ns, to ns, count]", at->file,
				   at->path.buf);
	*b = (struct ep_bucket){json_number_value(json_array_get(j, 0)),
				json_number_value(json_array_get(j, 1)),
				json_integer_value(json_array_get(j, 2))};
	return 0;
}

static int read_plain_time(struct jpath *at, const json_t *j, void *slot)
{
	return read_fields(at, ep_time_fields, j, slot);
}

static int read_time(struct jpath *at, const json_t *j, void *slot)
{
	struct ep_time *t = slot;

	return read_plain_time(at, j, t) || READ_ARRAY(at, j, "histogram", read_bucket, t->v, t->n)
		       ? -1
		       : 0;
}

static int read_work(struct jpath *at, const json_t *j, void *slot)
{
	struct ep_work *w = slot;

	return read_fields(at, ep_work_fields, j, w) ||
			       read_member(at, j, "not_broken", read_time, &w->not_broken) ||
			       read_member(at, j, "broken", read_time, &w->broken) ||
			       read_member(at, j, "output", read_time, &w->output)
		       ? -1
		       : 0;
}

static int read_rule_event(struct jpath *at, const json_t *j, void *slot)
{
	struct ep_rule_event *e = slot;

	return read_fields(at, ep_rule_event_fields, j, e) || read_work(at, j, &e->work) ? -1 : 0;
}

static int read_check(struct jpath *at, const json_t *j, void *slot)
{
	struct ep_check *c = slot;

	if (read_fields(at, ep_check_fields, j, c))
		return -1;
	c->has_time = json_is_object(json_object_get(j, "time"));
	return c->has_time ? read_member(at, j, "time", read_plain_time, &c->time) : 0;
}

static int read_tags(struct jpath *at, const json_t *o, struct strvec *out)
{
	const json_t *a = json_object_get(o, "tags");

	for (size_t i = 0; i < json_array_size(a); i++) {
		if (!json_is_string(json_array_get(a, i)))
			return jpath_bad(at, "tags", "an array of strings");
		strvec_push(out, json_string_value(json_array_get(a, i)));
	}
	return 0;
}

static int read_rule(struct jpath *at, const json_t *j, void *slot)
{
	struct ep_rule *r = slot;

	return read_fields(at, ep_rule_fields, j, r) || read_tags(at, j, &r->tags) ||
			       read_member(at, j, "totals", read_work, &r->totals) ||
			       READ_ARRAY(at, j, "by_event", read_rule_event, r->by_event,
					  r->n_events) ||
			       READ_ARRAY(at, j, "checks", read_check, r->checks, r->n_checks)
		       ? -1
		       : 0;
}

static int read_event(struct jpath *at, const json_t *j, void *slot)
{
	struct ep_event *e = slot;

	return read_fields(at, ep_event_fields, j, e) ||
			       read_member(at, j, "state", read_time, &e->state) ||
			       read_member(at, j, "time", read_time, &e->time)
		       ? -1
		       : 0;
}

static int read_phase(struct jpath *at, const json_t *j, void *slot)
{
	struct ep_phase *p = slot;

	return read_fields(at, ep_phase_fields, j, p) ||
			       read_member(at, j, "time", read_time, &p->time)
		       ? -1
		       : 0;
}

static int read_node(struct jpath *at, const json_t *j, void *slot) /* NOLINT(misc-no-recursion) */
{
	struct ep_node *n = slot;
	size_t depth = 0;

	for (const char *p = at->path.buf; *p; p++)
		depth += *p == '[';
	if (depth > DEPTH_MAX)
		return jpath_bad(at, "children", "at most 16 levels of them");
	return read_fields(at, ep_node_fields, j, n) ||
			       READ_ARRAY(at, j, "children", read_node, n->v, n->n)
		       ? -1
		       : 0;
}

static int read_phases(struct jpath *at, const json_t *doc, struct eprofile *p)
{
	const json_t *a = json_object_get(doc, "phases");

	if (json_array_size(a) != EP_N_PHASES)
		return jpath_bad(at, "phases", "an array of 8 phases");
	for (size_t i = 0; i < EP_N_PHASES; i++) {
		size_t back = jpath_enter(at, "phases", i);

		if (read_phase(at, json_array_get(a, i), &p->phases[i]))
			return -1;
		if (strcmp(p->phases[i].id, ep_phase_ids[i]))
			return jpath_bad(at, "id", ep_phase_ids[i]);
		jpath_leave(at, back);
	}
	return 0;
}

static int read_parts(struct jpath *at, const json_t *doc, struct eprofile *p)
{
	if (read_fields(at, ep_top_fields, doc, p))
		return -1;
	for (size_t i = 0; ep_parts[i].name; i++) {
		size_t back = jpath_enter(at, ep_parts[i].name, SIZE_MAX);

		if (read_fields(at, ep_parts[i].fields, json_object_get(doc, ep_parts[i].name), p))
			return -1;
		jpath_leave(at, back);
	}
	return read_phases(at, doc, p) ||
			       READ_ARRAY(at, doc, "event_types", read_event, p->events,
					  p->n_events) ||
			       READ_ARRAY(at, doc, "rules", read_rule, p->rules, p->n_rules) ||
			       read_member(at, doc, "tree", read_node, &p->tree)
		       ? -1
		       : 0;
}

static int read_document(const char *name, const json_t *doc, struct eprofile *p, struct error *err)
{
	const char *kind = json_string_value(json_object_get(doc, "kind"));
	struct jpath at;
	int rc;

	if (!kind || strcmp(kind, "profile") ||
	    json_integer_value(json_object_get(doc, "schema")) != EPROFILE_SCHEMA)
		return error_input(err,
				   "%s: not a profile, expected kind \"profile\" and schema %d as "
				   "falcotune-engine writes them",
				   name, EPROFILE_SCHEMA);
	at = jpath_root(name, NULL, 0, NULL, err);
	rc = read_parts(&at, doc, p);
	strbuf_release(&at.path);
	return rc;
}

int eprofile_parse(const char *name, const char *text, size_t len, struct eprofile *out,
		   struct error *err)
{
	json_error_t je;
	json_t *doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	int rc;

	*out = (struct eprofile){0};
	if (!doc)
		return error_at(err, name, je.line > 0 ? (size_t)je.line : 1,
				je.column > 0 ? (size_t)je.column : 1, "%s, expected a profile",
				je.text);
	rc = read_document(name, doc, out, err) || eprofile_check(name, out, err) ? -1 : 0;
	json_decref(doc);
	if (rc)
		eprofile_release(out);
	return rc;
}

int eprofile_read(const char *path, struct eprofile *out, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (fs_read_file(path, &text, PROFILE_MAX, err))
		return -1;
	return eprofile_parse(path, text.buf, text.len, out, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `falco -L` as JSON (reference, 2.5). Arrays that Falco leaves unordered are sorted here.
 */
#include "rules/fields.h"
#include "rules/parser.h"

#include <string.h>

/* Every rule is also indexed for it in Falco; it says nothing about the rule. */
#define ALWAYS_THERE "asyncevent"

/* What a walk over a tree finds. Keys only. */
struct found {
	struct strmap fields, operators, event_names; /* compiled tree */
	struct strmap macros, lists;		      /* tree of the text as written */
};

static void found_release(struct found *f)
{
	strmap_release(&f->fields);
	strmap_release(&f->operators);
	strmap_release(&f->event_names);
	strmap_release(&f->macros);
	strmap_release(&f->lists);
}

static void note(struct strmap *m, const char *key)
{
	if (!strmap_has(m, key))
		strmap_put(m, key, m);
}

static void note_operator(struct found *f, const struct ast *a)
{
	char name[64];

	snprintf(name, sizeof(name), a->mod ? "%s %s" : "%s", ast_op_name(a->op),
		 ast_modifier_name(a->mod));
	note(&f->operators, name);
}

/* The constants of a check on evt.type, and the lists that are elements of a list. */
static void note_right(struct found *f, const struct ruleset *rs, const struct ast *check)
{
	const struct ast *left = check->kids[0], *right = check->kids[1];
	bool events = left->kind == AST_FIELD &&
		      (!strcmp(left->text, "evt.type") || !strcmp(left->text, "evt.asynctype"));

	if (right->kind == AST_VALUE && events)
		note(&f->event_names, right->text);
	for (uint32_t i = 0; right->kind == AST_LIST && i < right->n; i++) {
		const char *text = right->kids[i]->text;

		if (collect_find(&rs->priv->list_index, text) >= 0)
			note(&f->lists, text);
		else if (events)
			note(&f->event_names, text);
	}
}

static void walk(struct found *f, const struct ruleset *rs, const struct ast *a)
{
	struct strbuf name = STRBUF_INIT;

	switch (a->kind) {
	case AST_UNARY:
		note_operator(f, a);
		break;
	case AST_BINARY:
		note_operator(f, a);
		note_right(f, rs, a);
		break;
	case AST_FIELD:
		ast_field_name(a, &name);
		note(&f->fields, name.buf);
		strbuf_release(&name);
		break;
	case AST_IDENT:
		if (collect_find(&rs->priv->macro_index, a->text) >= 0)
			note(&f->macros, a->text);
		break;
	default:
		break;
	}
	for (uint32_t i = 0; i < a->n; i++)
		walk(f, rs, a->kids[i]);
}

static void walk_raw(struct found *f, const struct ruleset *rs, const char *condition)
{
	struct error err = ERROR_INIT;
	struct place where;
	struct ast *a = condition_parse(condition, strlen(condition), &where, &err);

	/* A text that parses with its lists only: Falco ends here without a report. */
	if (a)
		walk(f, rs, a);
	ast_free(a);
}

static json_t *strings(const struct strvec *v)
{
	json_t *a = json_array();

	for (size_t i = 0; i < v->n; i++)
		json_array_append_new(a, json_string(v->v[i]));
	return a;
}

static json_t *keys(const struct strmap *m)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	strmap_for_each (it, m)
		strvec_push(&names, it->key);
	strvec_sort(&names);
	return strings(&names);
}

static json_t *events(const struct catalogue *cat, struct bitset codes, struct bitset scs)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct strmap all cleanup_strmap = STRMAP_INIT;

	cat_codes_to_names(cat, codes, &names);
	cat_scs_to_names(cat, scs, &names);
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], ALWAYS_THERE))
			note(&all, names.v[i]);
	return keys(&all);
}

static json_t *plugins(const struct found *f, const struct strvec *output_fields,
		       const struct ruleset_options *opt)
{
	json_t *a = json_array();
	bool used = false;

	strmap_for_each (it, &f->fields)
		used |= rule_field_is_container(it->key);
	for (size_t i = 0; i < output_fields->n; i++)
		used |= rule_field_is_container(output_fields->v[i]);
	strmap_for_each (it, &f->event_names)
		used |= evtypes_is_async_name(it->key);
	if (used && opt->container_plugin)
		json_array_append_new(a, json_string("container"));
	return a;
}

/* The keys that rules and macros share. */
static json_t *condition_details(const struct ruleset *rs, const struct ruleset_options *opt,
				 const char *raw, const struct ast *a, struct found *f)
{
	const struct catalogue *cat = opt->cat ? opt->cat : catalogue_find(NULL);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	json_t *d = json_object();

	walk_raw(f, rs, raw);
	json_object_set_new(d, "macros", keys(&f->macros));
	json_object_set_new(d, "lists", keys(&f->lists));
	found_release(f);
	walk(f, rs, a);
	ast_print(a, &text);
	json_object_set_new(d, "condition_compiled", json_string(text.buf));
	json_object_set_new(d, "condition_fields", keys(&f->fields));
	json_object_set_new(d, "condition_operators", keys(&f->operators));
	json_object_set_new(d, "events", events(cat, evtypes_codes(cat, a), evtypes_scs(cat, a)));
	return d;
}

/* As Falco lists them: the formats among the fields, those with a name of their own once more. */
static void add_extra_fields(const struct ruleset_options *opt, const struct rule *r, json_t *d,
			     struct strvec *output_fields)
{
	static const char named[] = "extra_output_formatted_fields";
	const struct append_list *l = opt->append_output;

	for (size_t i = 0; l && i < l->n; i++) {
		const struct append_entry *e = &l->v[i];

		for (size_t k = 0; k < e->n_fields && rule_is_appended(r, e); k++) {
			const struct append_field *f = &e->fields[k];

			strvec_push(output_fields, f->format);
			if (f->raw)
				continue;
			if (!json_object_get(d, named))
				json_object_set_new(d, named, json_object());
			json_object_set_new(json_object_get(d, named), f->key,
					    json_string(f->format));
		}
	}
}

static json_t *rule_json(const struct ruleset *rs, const struct ruleset_options *opt,
			 const struct rule *r)
{
	struct strvec output_fields cleanup_strvec = STRVEC_INIT;
	struct found f = {0};
	json_t *d = condition_details(rs, opt, r->condition, r->ast, &f);
	json_t *info;

	add_extra_fields(opt, r, d, &output_fields);
	output_fields_of(opt, r->output_built, &output_fields);
	json_object_set_new(d, "output_compiled", json_string(r->output_built));
	json_object_set_new(d, "output_fields", strings(&output_fields));
	json_object_set_new(d, "exception_names", strings(&r->exception_names));
	json_object_set_new(d, "exception_fields", strings(&r->exception_fields));
	json_object_set_new(d, "exception_operators", strings(&r->exception_operators));
	json_object_set_new(d, "plugins", plugins(&f, &output_fields, opt));
	found_release(&f);
	info = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:b, s:I, s:o}", "name", r->name,
			 "condition", r->condition, "priority", rule_priority_names[r->priority],
			 "output", r->output, "description", r->desc, "enabled", r->enabled,
			 "source", r->source, "capture", r->capture, "capture_duration",
			 (json_int_t)r->capture_duration, "tags", strings(&r->tags));
	return json_pack("{s:o, s:o}", "info", info, "details", d);
}

static json_t *macro_json(const struct ruleset *rs, const struct ruleset_options *opt,
			  const struct named_item *m)
{
	struct found f = {0};
	json_t *d = condition_details(rs, opt, m->condition, m->ast, &f);

	found_release(&f);
	json_object_set_new(d, "plugins", json_array());
	json_object_set_new(d, "used", json_boolean(m->used));
	return json_pack("{s:{s:s, s:s}, s:o}", "info", "name", m->name, "condition", m->condition,
			 "details", d);
}

/* An item that is not among the compiled ones is taken for the name of an inner list. */
static json_t *list_json(const struct named_item *l)
{
	struct strmap compiled cleanup_strmap = STRMAP_INIT, inner cleanup_strmap = STRMAP_INIT;
	json_t *items = json_array();

	for (size_t i = 0; i < l->items_compiled.n; i++)
		note(&compiled, l->items_compiled.v[i]);
	for (size_t i = 0; i < l->items.n; i++) {
		if (strmap_has(&compiled, l->items.v[i]))
			json_array_append_new(items, json_string(l->items.v[i]));
		else
			note(&inner, l->items.v[i]);
	}
	return json_pack("{s:{s:s, s:o}, s:{s:b, s:o, s:o, s:[]}}", "info", "name", l->name,
			 "items", items, "details", "used", l->used, "lists", keys(&inner),
			 "items_compiled", strings(&l->items_compiled), "plugins");
}

json_t *ruleset_describe(const struct ruleset *rs, const struct ruleset_options *opt)
{
	static const struct ruleset_options defaults = RULESET_OPTIONS_INIT;
	json_t *rules = json_array(), *macros = json_array(), *lists = json_array();

	opt = opt ? opt : &defaults;
	for (size_t i = 0; i < rs->n; i++)
		if (rs->rules[i].ast)
			json_array_append_new(rules, rule_json(rs, opt, &rs->rules[i]));
	for (size_t i = 0; i < rs->n_macros; i++)
		if (rs->macros[i].ast)
			json_array_append_new(macros, macro_json(rs, opt, &rs->macros[i]));
	for (size_t i = 0; i < rs->n_lists; i++)
		json_array_append_new(lists, list_json(&rs->lists[i]));
	return json_pack("{s:s, s:O, s:o, s:o, s:o}", "required_engine_version",
			 rs->required_engine, "required_plugin_versions", rs->required_plugins,
			 "rules", rules, "macros", macros, "lists", lists);
}

void ruleset_references(const struct ruleset *rs, const char *condition, struct strvec *macros,
			struct strvec *lists)
{
	struct found f = {0};

	walk_raw(&f, rs, condition);
	strmap_for_each (it, &f.macros)
		strvec_push(macros, it->key);
	strmap_for_each (it, &f.lists)
		strvec_push(lists, it->key);
	found_release(&f);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions of a rule: reading, checking, and the text that they become (reference, 1.6).
 */
#include "rules/loader.h"

#include "base/mem.h"
#include "rules/fields.h"

#include <string.h>

static void entry_release(struct ex_entry *e)
{
	for (size_t i = 0; i < e->n; i++)
		entry_release(&e->items[i]);
	free(e->items);
	free(e->item);
	*e = (struct ex_entry){0};
}

static void exception_release(struct exception *ex)
{
	for (size_t i = 0; i < ex->n_values; i++)
		entry_release(&ex->values[i]);
	free(ex->values);
	entry_release(&ex->fields);
	entry_release(&ex->comps);
	free(ex->name);
}

void exceptions_release(struct exceptions *ex)
{
	for (size_t i = 0; i < ex->n; i++)
		exception_release(&ex->v[i]);
	free(ex->v);
	strmap_release(&ex->index);
	*ex = (struct exceptions){0};
}

bool ex_entry_given(const struct ex_entry *e)
{
	return e->is_list ? e->n > 0 : e->item && *e->item;
}

static struct ex_entry *entry_add(struct ex_entry *list)
{
	ALLOC_GROW(list->items, list->n, list->alloc);
	list->items[list->n] = (struct ex_entry){0};
	return &list->items[list->n++];
}

static const char *entry_text(const struct ex_entry *e)
{
	return e->item ? e->item : "";
}

static int read_entry(struct loader *ld, const struct yaml_node *n, struct item item,
		      struct ex_entry *out)
{
	if (n->kind == YAML_SCALAR) {
		if (!n->len)
			return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item,
					   "a value of the exception is empty");
		out->item = xstrdup(n->value);
	}
	out->is_list = n->kind == YAML_SEQ;
	for (size_t i = 0; out->is_list && i < n->n; i++)
		if (read_entry(ld, n->items[i], item, entry_add(out)))
			return -1;
	return 0;
}

static int read_key(struct loader *ld, const struct yaml_node *map, const char *key, bool needed,
		    struct item item, struct ex_entry *out)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (n)
		return read_entry(ld, n, item, out);
	if (!needed)
		return 0;
	return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, map), item, "the key %s is missing",
			   key);
}

static int read_values(struct loader *ld, const struct yaml_node *map, bool append,
		       struct item item, struct exception *ex)
{
	const struct yaml_node *n = yaml_get(map, "values");

	if (!n) {
		if (append)
			loader_warn(ld, "LOAD_APPEND_NO_VALUES", src_of(ld, map), item,
				    "the exception is appended to without values");
		return 0;
	}
	if (n->kind != YAML_SEQ)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item,
				   "values is %s, expected a sequence", yaml_kind_name(n));
	for (size_t i = 0; i < n->n; i++) {
		ALLOC_GROW(ex->values, ex->n_values, ex->alloc_values);
		ex->values[ex->n_values] = (struct ex_entry){0};
		if (read_entry(ld, n->items[i], item, &ex->values[ex->n_values++]))
			return -1;
	}
	return 0;
}

/* The first of that name; the number of all when there is none. */
static size_t first_named(const struct exceptions *all, const char *name)
{
	size_t i = (size_t)(uintptr_t)strmap_get(&all->index, name);

	return i ? i - 1 : all->n;
}

/* The last one by its name. */
static void remember(struct exceptions *all)
{
	const char *name = all->v[all->n - 1].name;

	if (!strmap_has(&all->index, name))
		strmap_put(&all->index, name, (void *)(uintptr_t)all->n);
}

static int read_one(struct loader *ld, const struct yaml_node *map, struct item rule, bool append,
		    struct exceptions *out)
{
	struct item item = {"exception", NULL};
	struct exception *ex;
	size_t same = 0;

	if (map->kind != YAML_MAP)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, map), rule,
				   "an exception is %s, expected a mapping", yaml_kind_name(map));
	if (key_str(ld, map, "name", NEED, item, &item.name))
		return -1;
	for (size_t i = first_named(out, item.name); i < out->n; i++)
		same += !strcmp(out->v[i].name, item.name);
	while (same--)
		loader_warn(ld, "LOAD_EXCEPTION_NAME_NOT_UNIQUE", src_of(ld, map), item,
			    "the rule has several exceptions of this name, all are used");
	if (out->n >= EXCEPTIONS_MAX)
		return loader_fail(ld, CODE_VALIDATE, src_of(ld, map), rule,
				   "too many exceptions, the limit is %d", EXCEPTIONS_MAX);
	ALLOC_GROW(out->v, out->n, out->alloc);
	ex = &out->v[out->n++];
	*ex = (struct exception){.name = xstrdup(item.name), .at = src_of(ld, map)};
	remember(out);
	if (read_key(ld, map, "fields", !append, item, &ex->fields) ||
	    read_key(ld, map, "comps", false, item, &ex->comps))
		return -1;
	return read_values(ld, map, append, item, ex);
}

int exceptions_read(struct loader *ld, const struct yaml_node *map, struct item rule, bool append,
		    struct exceptions *out)
{
	const struct yaml_node *n = yaml_get(map, "exceptions");

	if (!n || n->kind == YAML_NULL)
		return 0;
	if (n->kind != YAML_SEQ)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), rule,
				   "exceptions is %s, expected a sequence", yaml_kind_name(n));
	for (size_t i = 0; i < n->n; i++)
		if (read_one(ld, n->items[i], rule, append, out))
			return -1;
	return 0;
}

/* The operators that take a list: in, intersects, pmatch, and `startswith oneof` and its like. */
static bool is_list_operator(const char *op)
{
	static const char *const bases[] = {"=",	  "==",		 "!=",	      "glob",
					    "iglob",	  "contains",	 "icontains", "bcontains",
					    "startswith", "bstartswith", "endswith",  "regex"};
	const char *blank = strchr(op, ' ');
	bool base = false;

	if (!strcmp(op, "in") || !strcmp(op, "intersects") || !strcmp(op, "pmatch"))
		return true;
	if (!blank)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(bases) && !base; i++)
		base = strlen(bases[i]) == (size_t)(blank - op) &&
		       !strncmp(op, bases[i], (size_t)(blank - op));
	return base && (!strcmp(blank + 1, "oneof") || !strcmp(blank + 1, "anyof") ||
			!strcmp(blank + 1, "allof"));
}

static bool is_operator(const char *op)
{
	for (enum ast_op o = OP_EXISTS; o < AST_N_OPS; o++)
		if (!strcmp(op, ast_op_name(o)))
			return true;
	return is_list_operator(op);
}

static void trim(struct ex_entry *e)
{
	static const char blanks[] = " \t\r\n";
	char *s = e->item;
	size_t skip, n;

	if (!s)
		return;
	skip = strspn(s, blanks);
	n = strlen(s);
	while (n > skip && strchr(blanks, s[n - 1]))
		n--;
	memmove(s, s + skip, n - skip);
	s[n - skip] = '\0';
}

static int bad(struct loader *ld, const struct exception *ex, const char *fmt, const char *arg)
{
	struct strbuf msg cleanup_strbuf = STRBUF_INIT;

	strbuf_addf(&msg, fmt, arg);
	return loader_fail(ld, CODE_VALIDATE, ex->at, (struct item){"exception", ex->name}, "%s",
			   msg.buf);
}

static int check_field(struct loader *ld, const struct exception *ex, const struct ex_entry *f,
		       bool check_fields)
{
	if (!check_fields || rule_field_valid_left(ld, entry_text(f)))
		return 0;
	return bad(ld, ex, "'%s' is not a field or transformer that a rule of this source can use",
		   entry_text(f));
}

static void default_comps(struct exception *ex)
{
	if (ex_entry_given(&ex->comps))
		return;
	entry_release(&ex->comps);
	ex->comps.is_list = true;
	for (size_t i = 0; i < ex->fields.n; i++)
		entry_add(&ex->comps)->item = xstrdup("=");
}

static int bad_lengths(struct loader *ld, const struct exception *ex)
{
	return bad(ld, ex,
		   "fields and comps have different lengths, expected one operator for each "
		   "field%s",
		   "");
}

void exceptions_replaced(struct exceptions *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct exception *ex = &all->v[i];

		if (ex->fields.is_list && ex->n_values)
			default_comps(ex);
	}
}

static int validate_list(struct loader *ld, struct exception *ex, bool check_fields)
{
	default_comps(ex);
	if (ex->fields.n != ex->comps.n)
		return bad_lengths(ld, ex);
	for (size_t i = 0; i < ex->comps.n; i++) {
		trim(&ex->comps.items[i]);
		if (!is_operator(entry_text(&ex->comps.items[i])))
			return bad(ld, ex, "'%s' in comps is not an operator",
				   entry_text(&ex->comps.items[i]));
	}
	for (size_t i = 0; i < ex->fields.n; i++)
		if (check_field(ld, ex, &ex->fields.items[i], check_fields))
			return -1;
	return 0;
}

int exception_validate(struct loader *ld, struct exception *ex, bool check_fields)
{
	if (!ex_entry_given(&ex->fields))
		return bad(ld, ex, "fields is empty, expected a field or a sequence of fields%s",
			   "");
	if (ex->fields.is_list)
		return validate_list(ld, ex, check_fields);
	if (!ex_entry_given(&ex->comps)) {
		entry_release(&ex->comps);
		ex->comps.item = xstrdup("in");
	}
	if (ex->comps.is_list)
		return bad(ld, ex, "fields is one field, so comps must be one operator%s", "");
	trim(&ex->comps);
	if (!is_list_operator(entry_text(&ex->comps)))
		return bad(ld, ex,
			   "comps is '%s', expected in, pmatch, intersects or an operator with "
			   "a modifier, such as startswith oneof, because fields is one field",
			   entry_text(&ex->comps));
	return check_field(ld, ex, &ex->fields, check_fields);
}

static int append_one(struct loader *ld, struct exceptions *to, struct exception *ex,
		      bool check_fields)
{
	size_t i = first_named(to, ex->name);
	struct exception *old = i < to->n ? &to->v[i] : NULL;

	if (old && ex_entry_given(&ex->fields))
		return bad(ld, ex,
			   "fields of an earlier exception cannot be appended to, only "
			   "values%s",
			   "");
	if (old && ex_entry_given(&ex->comps))
		return bad(ld, ex,
			   "comps of an earlier exception cannot be appended to, only "
			   "values%s",
			   "");
	if (!old) {
		if (ex_entry_given(&ex->fields) && !ex->n_values)
			return bad(ld, ex, "a new exception that is appended needs values%s", "");
		if (exception_validate(ld, ex, check_fields))
			return -1;
		if (to->n >= EXCEPTIONS_MAX)
			return bad(ld, ex, "too many exceptions of one rule%s", "");
		ALLOC_GROW(to->v, to->n, to->alloc);
		to->v[to->n++] = *ex;
		remember(to);
		*ex = (struct exception){0};
		return 0;
	}
	for (i = 0; i < ex->n_values; i++) {
		ALLOC_GROW(old->values, old->n_values, old->alloc_values);
		old->values[old->n_values++] = ex->values[i];
	}
	ex->n_values = 0;
	return 0;
}

int exceptions_append(struct loader *ld, struct exceptions *to, struct exceptions *from,
		      bool check_fields)
{
	for (size_t i = 0; i < from->n; i++)
		if (append_one(ld, to, &from->v[i], check_fields))
			return -1;
	return 0;
}

/* Only a blank makes Falco quote a value. */
static void add_quoted(struct strbuf *out, const char *value)
{
	bool quote = strchr(value, ' ') && *value != '"' && *value != '\'';

	strbuf_addf(out, quote ? "\"%s\"" : "%s", value);
}

static void add_parenthesised(struct strbuf *out, const char *value)
{
	strbuf_addf(out, *value == '(' ? "%s" : "(%s)", value);
}

static void add_value_list(struct strbuf *out, const struct ex_entry *list)
{
	size_t start = out->len + 1;

	strbuf_addch(out, '(');
	for (size_t i = 0; i < list->n; i++) {
		if (out->len > start) /* an empty first value vanishes */
			strbuf_addstr(out, ", ");
		add_quoted(out, entry_text(&list->items[i]));
	}
	strbuf_addch(out, ')');
}

static void add_field_check(struct strbuf *out, const struct exception *ex, size_t k,
			    const struct ex_entry *value)
{
	const char *op = entry_text(&ex->comps.items[k]);

	strbuf_addf(out, " %s %s ", entry_text(&ex->fields.items[k]), op);
	if (value->is_list)
		add_value_list(out, value);
	else if (is_list_operator(op))
		add_parenthesised(out, entry_text(value));
	else
		add_quoted(out, entry_text(value));
}

/* " and not ((...) or (...))" for fields that are a sequence. */
static int build_list(struct loader *ld, const struct exception *ex, struct strbuf *out)
{
	strbuf_addstr(out, " and not (");
	for (size_t i = 0; i < ex->n_values; i++) {
		const struct ex_entry *tuple = &ex->values[i];

		if (tuple->n != ex->fields.n)
			return bad(ld, ex,
				   "a tuple of values has not as many elements as there "
				   "are fields%s",
				   "");
		if (ex->comps.n < ex->fields.n) /* replaced unchecked; Falco itself crashes */
			return bad_lengths(ld, ex);
		strbuf_addstr(out, i ? " or (" : "(");
		for (size_t k = 0; k < tuple->n; k++) {
			if (k)
				strbuf_addstr(out, " and ");
			add_field_check(out, ex, k, &tuple->items[k]);
		}
		strbuf_addch(out, ')');
	}
	strbuf_addch(out, ')');
	return 0;
}

/* " and not (field op (v1, v2))" for a single field. */
static int build_scalar(struct loader *ld, const struct exception *ex, struct strbuf *out)
{
	strbuf_addf(out, " and not (%s %s (", entry_text(&ex->fields), entry_text(&ex->comps));
	for (size_t i = 0; i < ex->n_values; i++) {
		if (ex->values[i].is_list)
			return bad(ld, ex,
				   "a value is a sequence, expected a text because fields "
				   "is one field%s",
				   "");
		if (i)
			strbuf_addstr(out, ", ");
		add_quoted(out, entry_text(&ex->values[i]));
	}
	strbuf_addstr(out, "))");
	return 0;
}

/* For describing: fields of exceptions with values, names and operators of all. */
static void describe_one(struct rule *r, const struct exception *ex)
{
	strvec_push(&r->exception_names, ex->name);
	if (!ex->comps.is_list)
		strvec_push(&r->exception_operators, entry_text(&ex->comps));
	for (size_t i = 0; i < ex->comps.n; i++)
		strvec_push(&r->exception_operators, entry_text(&ex->comps.items[i]));
	if (!ex->n_values)
		return;
	if (!ex->fields.is_list)
		strvec_push(&r->exception_fields, entry_text(&ex->fields));
	for (size_t i = 0; i < ex->fields.n; i++)
		strvec_push(&r->exception_fields, entry_text(&ex->fields.items[i]));
}

int exceptions_build(struct loader *ld, struct rule *r, const struct rule_info *ri,
		     struct strbuf *out, struct pieces *pieces)
{
	strbuf_addf(out, "(%s)", r->condition);
	pieces_copy(pieces, &ri->cond, 1);
	for (size_t i = 0; i < ri->exceptions.n; i++) {
		const struct exception *ex = &ri->exceptions.v[i];

		describe_one(r, ex);
		if (!ex->n_values)
			continue;
		pieces_add(pieces, out->len, ex->at);
		if (ex->fields.is_list ? build_list(ld, ex, out) : build_scalar(ld, ex, out))
			return -1;
	}
	strvec_sort_once(&r->exception_fields);
	strvec_sort_once(&r->exception_names);
	strvec_sort_once(&r->exception_operators);
	return 0;
}

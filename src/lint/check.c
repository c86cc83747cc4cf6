/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/check.h"

#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <string.h>

/* Falco's codes in words (reference, 2.3). */
static const struct {
	const char *code, *summary;
} codes[] = {
	{"LOAD_ERR_YAML_PARSE", "The file is not valid YAML"},
	{"LOAD_ERR_YAML_VALIDATE", "An item has not the structure that Falco expects"},
	{"LOAD_ERR_COMPILE_CONDITION", "A condition does not compile"},
	{"LOAD_ERR_COMPILE_OUTPUT", "An output does not compile"},
	{"LOAD_ERR_VALIDATE", "An item refers to something that is not there, or breaks a rule"},
	{"LOAD_ERR_FILE_READ", "A rules file cannot be read"},
	{"LOAD_UNKNOWN_SOURCE", "A rule of an event source that is not loaded is skipped"},
	{"LOAD_UNSAFE_NA_CHECK", "A comparison with <NA> does not do what it seems to"},
	{"LOAD_NO_EVTTYPE", "No check on evt.type narrows the events of a rule down"},
	{"LOAD_UNKNOWN_FILTER", "A rule with an unknown field is skipped, as it asked for"},
	{"LOAD_UNUSED_MACRO", "A macro that nothing uses"},
	{"LOAD_UNUSED_LIST", "A list that nothing uses"},
	{"LOAD_UNKNOWN_ITEM", "An item of no known kind has no effect"},
	{"LOAD_UNKNOWN_KEY", "A key that Falco does not know has no effect"},
	{"LOAD_DEPRECATED_ITEM", "Something that a later release will not take any more"},
	{"LOAD_APPEND_NO_VALUES", "An exception is appended to without values"},
	{"LOAD_EXCEPTION_NAME_NOT_UNIQUE", "Several exceptions of a rule have one name"},
	{"LOAD_INVALID_MACRO_NAME", "A macro with such a name cannot be referred to"},
	{"LOAD_INVALID_LIST_NAME", "A list with such a name cannot be referred to"},
	{"LOAD_COMPILE_CONDITION", "A constant looks like a field, a transformer or a plain text"},
};

static const char *summary_of(const char *code)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (!strcmp(codes[i].code, code))
			return codes[i].summary;
	return code;
}

static char *clean(const char *text)
{
	struct strbuf sb = STRBUF_INIT;

	if (!text)
		return NULL;
	utf8_add_clean(&sb, text, "");
	return strbuf_detach(&sb);
}

static struct check_entry *add(struct check_report *r)
{
	ALLOC_GROW(r->v, r->n, r->alloc);
	r->v[r->n] = (struct check_entry){0};
	return &r->v[r->n++];
}

static void add_finding(struct check_report *r, const struct ruleset *rs, const struct finding *f)
{
	bool file = f->load < rs->files.n;

	*add(r) = (struct check_entry){
		.severity = f->severity == FINDING_ERROR ? LINT_ERROR : LINT_WARNING,
		.code = f->code,
		.summary = summary_of(f->code),
		.message = clean(f->message),
		.file = clean(f->file),
		.item_type = clean(f->item_type),
		.item = clean(f->item_name),
		.line = f->line,
		.col = f->col,
		.deprecated_field = f->deprecated_field,
		.while_loading = file ? rs->files.v[f->load] : NULL,
	};
}

static void add_lint(struct check_report *r, const struct lint_finding *f)
{
	*add(r) = (struct check_entry){
		.row = f->row,
		.severity = f->severity,
		.code = f->code,
		.summary = f->row->summary,
		.message = clean(f->message),
		.file = clean(f->file),
		.item_type = clean(f->item_type),
		.item = clean(f->item),
		.line = f->line,
		.col = f->col,
		.cost = f->cost,
		.mend = f->mend,
	};
}

static void mark_repeated(struct check_report *r)
{
	struct strmap seen cleanup_strmap = STRMAP_INIT;

	for (size_t i = 0; i < r->n; i++) {
		struct check_entry *e = &r->v[i];
		char *key cleanup_free =
			xasprintf("%s\n%s\n%zu\n%zu\n%s\n%s", e->code, e->file ? e->file : "",
				  e->line, e->col, e->item ? e->item : "", e->message);

		e->repeated = strmap_has(&seen, key);
		if (!e->repeated)
			strmap_put(&seen, key, e);
	}
}

void check_report_init(struct check_report *r, const struct catalogue *cat,
		       const struct ruleset *rules, const struct lint_findings *lints, int fail_on)
{
	*r = (struct check_report){.cat = cat,
				   .rules = rules,
				   .files = &rules->files,
				   .successful = true,
				   .fail_on = fail_on};
	for (size_t i = 0; i < rules->n_findings; i++) {
		add_finding(r, rules, &rules->findings[i]);
		if (rules->findings[i].severity == FINDING_ERROR)
			r->successful = false;
	}
	if (rules->files.n > 1)
		mark_repeated(r);
	for (size_t i = 0; lints && i < lints->n; i++)
		add_lint(r, &lints->v[i]);
}

void check_report_release(struct check_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].message);
		free(r->v[i].file);
		free(r->v[i].item_type);
		free(r->v[i].item);
	}
	free(r->v);
	*r = (struct check_report){0};
}

bool check_entry_fails(const struct check_report *r, const struct check_entry *e)
{
	if (!e->row && e->severity == LINT_ERROR)
		return true;
	return (int)e->severity <= r->fail_on;
}

bool check_failed(const struct check_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (check_entry_fails(r, &r->v[i]))
			return true;
	return !r->successful;
}

size_t check_count(const struct check_report *r, bool lints, enum lint_severity severity)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += !r->v[i].repeated && (r->v[i].row != NULL) == lints &&
		     r->v[i].severity == severity;
	return n;
}

void check_entry_text(const struct check_entry *e, struct strbuf *out)
{
	if (e->item && e->item_type)
		strbuf_addf(out, "%s %s: ", e->item_type, e->item);
	strbuf_addstr(out, e->message);
}

static bool is_absent(const struct yaml_node *entry)
{
	const struct yaml_node *path = entry->kind == YAML_MAP ? yaml_get(entry, "path") : entry;

	return path && path->kind == YAML_SCALAR && !fs_exists(path->value);
}

bool check_has_container(const struct config *c, bool *assumed)
{
	const struct yaml_node *include = yaml_get(c->root, "config_files");

	*assumed = false;
	/* Without a main file the values that Falco ships hold, its own folder included. */
	if (!c->files.n || strvec_has(&c->plugins_loaded, "container"))
		return true;
	if (include && include->kind == YAML_SCALAR)
		*assumed = is_absent(include);
	for (size_t i = 0; include && include->kind == YAML_SEQ && i < include->n; i++)
		*assumed |= is_absent(include->items[i]);
	return *assumed;
}

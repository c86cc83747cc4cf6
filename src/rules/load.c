/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/loader.h"

#include "base/fs.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const rule_priority_names[] = {"Emergency", "Alert",  "Critical",	   "Error",
					   "Warning",	"Notice", "Informational", "Debug"};

int rule_priority_parse(const char *text)
{
	for (int i = 0; i <= PRIORITY_DEBUG; i++)
		if (!strcasecmp(text, rule_priority_names[i]))
			return i;
	return strcasecmp(text, "info") ? -1 : PRIORITY_INFORMATIONAL;
}

/* The error of a text that is no YAML -> a finding; its message begins with the place. */
static int yaml_failed(struct loader *ld, const struct error *err)
{
	const struct loaded_file *f = &ld->priv->files[ld->file];
	struct src at = {.file = ld->file};
	const char *msg = err->msg;
	size_t n = strlen(f->name);
	int used = 0;

	if (!strncmp(msg, f->name, n) && msg[n] == ':') {
		msg += n + 1;
		if (sscanf(msg, "%u:%u: %n", &at.line, &at.col, &used) >= 2 && used)
			msg += used;
	}
	return loader_fail(ld, CODE_YAML_PARSE, at, (struct item){0}, "%s", msg);
}

/* One file being read. */
struct reading {
	struct loader *ld;
	struct schema_check schema;
	int rc;
};

static int read_item(struct loader *ld, const struct yaml_node *node, bool is_item)
{
	if (!node || node->kind == YAML_NULL)
		return 0;
	if (is_item)
		return loader_read_item(ld, node);
	return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, node), (struct item){0},
			   "the rules file is %s, expected a sequence of items (rule, macro, list)",
			   yaml_kind_name(node));
}

/* The schema sees all of the file, the loader what comes before its first error. */
static int read_node(void *arg, const struct yaml_node *node, bool is_item)
{
	struct reading *r = arg;

	schema_node(&r->schema, node, is_item);
	if (!r->rc)
		r->rc = read_item(r->ld, node, is_item);
	return 0;
}

int loaded_file_items(const struct loaded_file *f, yaml_item_fn fn, void *arg, struct error *err)
{
	return yaml_parse_items(f->name, f->text, f->len, NULL, fn, arg, err);
}

/* 0, 1 after a finding, -1 with err when it is no YAML (what came before is collected then). */
static int read_text(struct loader *ld, struct error *err)
{
	const struct loaded_file *f = &ld->priv->files[ld->file];
	struct schema_result *result = &ld->priv->files[ld->file].schema;
	struct reading r = {.ld = ld};
	int rc;

	schema_begin(&r.schema, result);
	rc = loaded_file_items(f, read_node, &r, err);
	if (!rc && r.schema.bad_line)
		rc = error_at(err, f->name, r.schema.bad_line, r.schema.bad_col,
			      "a key is no text, over which Falco's schema check gives up");
	if (rc)
		strvec_release(&result->lines);
	return rc ? -1 : r.rc ? 1 : 0;
}

/* Everything that was collected goes. */
static void forget(struct loader *ld)
{
	struct ruleset *rs = ld->rs;
	struct ruleset_private *p = ld->priv;

	for (size_t i = 0; i < rs->n; i++)
		rule_release(&rs->rules[i], &p->rules[i]);
	for (size_t i = 0; i < rs->n_macros; i++)
		rule_item_release(&rs->macros[i], &p->macros[i]);
	for (size_t i = 0; i < rs->n_lists; i++)
		rule_item_release(&rs->lists[i], &p->lists[i]);
	for (size_t i = 0; i < p->n_unmet; i++) {
		free(p->unmet[i].name);
		free(p->unmet[i].version);
	}
	rs->n = rs->n_macros = rs->n_lists = p->n_unmet = 0;
	p->order = 0;
	memset(p->engine, 0, sizeof(p->engine));
	json_array_clear(rs->required_plugins);
	strmap_release(&p->rule_index);
	strmap_release(&p->macro_index);
	strmap_release(&p->list_index);
	strvec_release(&p->odd_lists);
}

/* Falco parses a file whole before it reads the first item. Here items are read while parsing goes
 * on, for the sake of memory; so when the text turns out to be no YAML, the state before it is made
 * again from the files before it. n_findings: how many there were. */
static void undo_file(struct loader *ld, size_t n_findings)
{
	uint32_t file = ld->file;

	forget(ld);
	for (ld->file = 0; ld->file < file; ld->file++) {
		const struct loaded_file *f = &ld->priv->files[ld->file];
		struct error ignored = ERROR_INIT;

		if (!f->bad)
			read_text(ld, &ignored);
	}
	findings_truncate(ld->rs, n_findings);
}

static int read_items(struct loader *ld)
{
	struct loaded_file *f = &ld->priv->files[ld->file];
	size_t n_findings = ld->rs->n_findings;
	struct error err = ERROR_INIT;
	bool failed = ld->failed;
	int rc;

	rc = read_text(ld, &err);
	if (rc >= 0)
		return rc;
	undo_file(ld, n_findings);
	ld->failed = failed;
	f->bad = true;
	return yaml_failed(ld, &err);
}

static void clear_compiled(struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n; i++)
		rule_clear_compiled(&rs->rules[i]);
	for (size_t i = 0; i < rs->n_macros; i++)
		rs->macros[i].ast = NULL;
	for (size_t i = 0; i < rs->n_lists; i++)
		list_clear_compiled(&rs->lists[i]);
	ast_pool_release(&rs->priv->pool);
}

/* Takes over name and text. */
static void load_one(struct loader *ld, char *name, char *text, size_t len)
{
	struct ruleset_private *p = ld->priv;

	ALLOC_GROW(p->files, p->n_files, p->alloc_files);
	p->files[p->n_files] = (struct loaded_file){.name = name, .text = text, .len = len};
	ld->file = (uint32_t)p->n_files++;
	strvec_push(&ld->rs->files, name);
	clear_compiled(ld->rs);
	if (!read_items(ld))
		loader_compile(ld);
}

static char *copy_text(const char *text, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

static struct loader begin(struct ruleset *out, const struct ruleset_options *opt)
{
	static const struct ruleset_options defaults = RULESET_OPTIONS_INIT;
	const struct catalogue *cat;

	*out = (struct ruleset)RULESET_INIT;
	out->priv = xcalloc(1, sizeof(*out->priv));
	out->required_plugins = json_array();
	opt = opt ? opt : &defaults;
	cat = opt->cat ? opt->cat : catalogue_find(NULL);
	return (struct loader){
		.rs = out, .priv = out->priv, .opt = opt, .cat = cat, .all = evtypes_all_of(cat)};
}

static int finish(struct loader *ld, struct error *err)
{
	struct ruleset *rs = ld->rs;

	snprintf(rs->required_engine, sizeof(rs->required_engine), "%u.%u.%u", ld->priv->engine[0],
		 ld->priv->engine[1], ld->priv->engine[2]);
	for (size_t i = 0; i < rs->n; i++)
		strvec_sort_once(&rs->rules[i].tags);
	for (size_t i = 0; i < rs->n_macros; i++)
		rule_item_place(ld, &rs->macros[i], &ld->priv->macros[i]);
	for (size_t i = 0; i < rs->n_lists; i++)
		rule_item_place(ld, &rs->lists[i], &ld->priv->lists[i]);
	if (!ld->failed)
		require_report_unmet(ld);
	for (size_t i = 0; i < rs->n_findings; i++) {
		const struct finding *f = &rs->findings[i];

		if (f->severity != FINDING_ERROR)
			continue;
		if (!f->item_name)
			return error_at(err, f->file, f->line, f->col, "%s", f->message);
		return error_at(err, f->file, f->line, f->col, "%s %s: %s", f->item_type,
				f->item_name, f->message);
	}
	return 0;
}

int ruleset_load_texts(struct ruleset *out, const struct ruleset_text *texts, size_t n,
		       const struct ruleset_options *opt, struct error *err)
{
	struct loader ld = begin(out, opt);

	for (size_t i = 0; i < n; i++)
		load_one(&ld, xstrdup(texts[i].name), copy_text(texts[i].text, texts[i].len),
			 texts[i].len);
	return finish(&ld, err);
}

int ruleset_load_text(struct ruleset *out, const char *name, const char *text, size_t len,
		      const struct ruleset_options *opt, struct error *err)
{
	return ruleset_load_texts(out, &(struct ruleset_text){name, text, len}, 1, opt, err);
}

int ruleset_load(struct ruleset *out, const char *const *files, size_t n,
		 const struct ruleset_options *opt, struct error *err)
{
	struct loader ld = begin(out, opt);

	for (size_t i = 0; i < n; i++) {
		struct strbuf text = STRBUF_INIT;
		size_t len;

		if (fs_read_file(files[i], &text, yaml_default_limits.bytes, err)) {
			strbuf_release(&text);
			return -1;
		}
		len = text.len;
		load_one(&ld, xstrdup(strcmp(files[i], "-") ? files[i] : "<stdin>"),
			 strbuf_detach(&text), len);
	}
	return finish(&ld, err);
}

void ruleset_release(struct ruleset *rs)
{
	struct ruleset_private *p = rs->priv;

	if (!p)
		return;
	forget(&(struct loader){.rs = rs, .priv = p});
	findings_release(rs);
	free(rs->rules);
	free(rs->macros);
	free(rs->lists);
	strvec_release(&rs->files);
	json_decref(rs->required_plugins);
	if (p)
		rules_private_release(p);
	*rs = (struct ruleset)RULESET_INIT;
}

const struct schema_result *ruleset_schema(const struct ruleset *rs, size_t i)
{
	const struct schema_result *r = i < rs->priv->n_files ? &rs->priv->files[i].schema : NULL;

	return r && schema_has_verdict(r) ? r : NULL;
}

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

/* libyaml's error -> a finding; its message begins with the place. */
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

/* A quoted scalar that is never closed runs to the end of the file without an error in Falco's YAML
 * library: try with the quote that is missing. */
static int parse_unclosed(struct loader *ld, struct yaml_docs *docs)
{
	const struct loaded_file *f = &ld->priv->files[ld->file];

	for (const char *quote = "\"'"; *quote; quote++) {
		struct error ignored = ERROR_INIT;
		char *text = xasprintf("%s%c", f->text, *quote);
		int rc = yaml_parse(docs, f->name, text, f->len + 1, NULL, &ignored);

		free(text);
		if (!rc)
			return 0;
	}
	return -1;
}

static int parse_yaml(struct loader *ld, struct yaml_docs *docs)
{
	const struct loaded_file *f = &ld->priv->files[ld->file];
	struct error err = ERROR_INIT;

	if (!yaml_parse(docs, f->name, f->text, f->len, NULL, &err))
		return 0;
	if (strstr(err.msg, "quoted scalar") && strstr(err.msg, "end of stream") &&
	    !parse_unclosed(ld, docs))
		return 0;
	return yaml_failed(ld, &err);
}

static int read_document(struct loader *ld, const struct yaml_node *root)
{
	if (root->kind == YAML_NULL)
		return 0;
	if (root->kind != YAML_SEQ)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, root), (struct item){0},
				   "the rules file is %s, expected a sequence of items (rule, "
				   "macro, list)",
				   yaml_kind_name(root));
	for (size_t i = 0; i < root->n; i++)
		if (root->items[i]->kind != YAML_NULL && loader_read_item(ld, root->items[i]))
			return -1;
	return 0;
}

static int read_items(struct loader *ld)
{
	struct yaml_docs docs cleanup_yaml = {0};

	if (parse_yaml(ld, &docs))
		return -1;
	for (size_t i = 0; i < docs.n; i++)
		if (read_document(ld, docs.docs[i]))
			return -1;
	return 0;
}

static void clear_compiled(struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n; i++)
		rule_clear_compiled(&rs->rules[i]);
	for (size_t i = 0; i < rs->n_macros; i++)
		rs->macros[i].ast = NULL;
	ast_pool_release(&rs->priv->pool);
}

/* Takes over name and text. */
static void load_one(struct loader *ld, char *name, char *text, size_t len)
{
	struct ruleset_private *p = ld->priv;

	ALLOC_GROW(p->files, p->n_files, p->alloc_files);
	p->files[p->n_files] = (struct loaded_file){name, text, len};
	ld->file = (uint32_t)p->n_files++;
	strvec_push(&ld->rs->files, name);
	clear_compiled(ld->rs);
	if (!read_items(ld))
		loader_compile(ld);
}

static struct loader begin(struct ruleset *out, const struct ruleset_options *opt)
{
	static const struct ruleset_options defaults = RULESET_OPTIONS_INIT;

	*out = (struct ruleset)RULESET_INIT;
	out->priv = xcalloc(1, sizeof(*out->priv));
	out->required_plugins = json_array();
	opt = opt ? opt : &defaults;
	return (struct loader){.rs = out,
			       .priv = out->priv,
			       .opt = opt,
			       .cat = opt->cat ? opt->cat : catalogue_find(NULL)};
}

static int finish(struct loader *ld, struct error *err)
{
	struct ruleset *rs = ld->rs;

	snprintf(rs->required_engine, sizeof(rs->required_engine), "%u.%u.%u", ld->priv->engine[0],
		 ld->priv->engine[1], ld->priv->engine[2]);
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

int ruleset_load_text(struct ruleset *out, const char *name, const char *text, size_t len,
		      const struct ruleset_options *opt, struct error *err)
{
	struct loader ld = begin(out, opt);

	load_one(&ld, xstrdup(name), xstrndup(text, len), len);
	return finish(&ld, err);
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
	for (size_t i = 0; i < rs->n; i++)
		rule_release(&rs->rules[i], &p->rules[i]);
	for (size_t i = 0; i < rs->n_macros; i++)
		rule_item_release(&rs->macros[i], &p->macros[i]);
	for (size_t i = 0; i < rs->n_lists; i++)
		rule_item_release(&rs->lists[i], &p->lists[i]);
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Falco's order: main file, the -o options about config_files, the files that config_files names,
 * then all -o options in command-line order. Merging is shallow: by top-level key.
 */
#include "config/private.h"

#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum strategy { STRATEGY_APPEND, STRATEGY_OVERRIDE, STRATEGY_ADD_ONLY };

/* Far beyond any configuration. Each file that is appended copies the sequences so far, so that
 * work and memory grow with the product of the two. */
#define FILES_MAX 256
static const struct yaml_limits limits = {.bytes = 8u << 20, .depth = 200, .nodes = 200000};

struct yaml_docs *private_docs(struct config_private *p)
{
	ALLOC_GROW(p->docs, p->n_docs, p->alloc_docs);
	p->docs[p->n_docs] = (struct yaml_docs){0};
	return &p->docs[p->n_docs++];
}

void docs_forget_lines(struct yaml_docs *d)
{
	for (size_t i = 0; i < d->n_all; i++)
		d->all[i]->line = d->all[i]->col = 0;
}

/* First document of a file, environment expanded; *out is NULL when the file has none. Later
 * documents are not read by Falco either. */
static int load_file(struct config_private *p, const char *path, struct yaml_node **out,
		     struct error *err)
{
	struct yaml_docs *d = private_docs(p);

	*out = NULL;
	if (p->n_docs > FILES_MAX)
		return error_input(err, "%s: too many configuration files, the limit is %d", path,
				   FILES_MAX);
	if (yaml_parse_file(d, path, &limits, err))
		return -1;
	if (!d->n || d->docs[0]->kind == YAML_NULL)
		return 0;
	*out = d->docs[0];
	if ((*out)->kind != YAML_MAP)
		return yaml_error(*out, err, "the configuration is %s, expected a mapping",
				  yaml_kind_name(*out));
	return env_expand(*out, err);
}

static int append_seq(struct config *c, const char *key, const struct yaml_node *from,
		      struct error *err)
{
	struct yaml_node *have = (struct yaml_node *)yaml_get(c->root, key), *joined;

	if (!from->n)
		return 0;
	if (have && have->kind != YAML_SEQ && have->kind != YAML_NULL)
		return yaml_error(from, err,
				  "%s is a sequence here and %s at %s:%zu: it cannot be "
				  "appended",
				  key, yaml_kind_name(have), have->file, have->line);
	joined = tree_new(&c->priv->own, YAML_SEQ, have && have->kind == YAML_SEQ ? have : from);
	for (size_t i = 0; have && have->kind == YAML_SEQ && i < have->n; i++)
		tree_push(joined, have->items[i]);
	for (size_t i = 0; i < from->n; i++)
		tree_push(joined, from->items[i]);
	tree_put(&c->priv->own, c->root, key, joined);
	return 0;
}

/* Before 0.41 an included file replaced top-level keys, sequences too. */
#define STRATEGIES_SINCE 41

static int merge_file(struct config *c, const char *path, enum strategy strategy, struct error *err)
{
	struct yaml_node *inc;

	if (load_file(c->priv, path, &inc, err))
		return -1;
	strvec_push(&c->files, path);
	for (size_t i = 0; inc && i < inc->n; i++) {
		struct yaml_node *k = inc->pairs[i].key, *v = inc->pairs[i].value;

		if (k->kind != YAML_SCALAR)
			return yaml_error(k, err, "a key is %s, expected a name",
					  yaml_kind_name(k));
		if (!strcmp(k->value, "config_files"))
			return yaml_error(k, err,
					  "config_files in an included file, expected it "
					  "in the main file only");
		if (strategy == STRATEGY_APPEND && v->kind == YAML_SEQ) {
			if (append_seq(c, k->value, v, err))
				return -1;
		} else if (strategy != STRATEGY_ADD_ONLY || !yaml_get(c->root, k->value)) {
			tree_put(&c->priv->own, c->root, k->value, v);
		}
	}
	history_step(c, path);
	return 0;
}

static int merge_folder(struct config *c, const char *dir, enum strategy strategy,
			struct error *err)
{
	struct strvec paths cleanup_strvec = STRVEC_INIT;

	if (fs_list_files(dir, &paths, err))
		return -1;
	for (size_t i = 0; i < paths.n; i++)
		if (merge_file(c, paths.v[i], strategy, err))
			return -1;
	return 0;
}

/* "path", or {path, strategy}; words other than override and add-only mean append. */
static int merge_entry(struct config *c, const char *main_file, const struct yaml_node *entry,
		       struct error *err)
{
	const struct yaml_node *path = entry->kind == YAML_MAP ? yaml_get(entry, "path") : entry;
	const struct yaml_node *word = yaml_get(entry, "strategy");
	bool old = c->release < STRATEGIES_SINCE;
	enum strategy strategy = old ? STRATEGY_OVERRIDE : STRATEGY_APPEND;
	struct stat st;

	if (old && entry->kind == YAML_MAP)
		return yaml_error(entry, err,
				  "an entry of config_files is a mapping, expected a path: Falco "
				  "knows {path, strategy} since 0.41 and refuses to start before");

	if (word && word->value && !strcmp(word->value, "override"))
		strategy = STRATEGY_OVERRIDE;
	else if (word && word->value && !strcmp(word->value, "add-only"))
		strategy = STRATEGY_ADD_ONLY;
	else if (word && (!word->value || strcmp(word->value, "append") != 0))
		config_warn(c, word, "unknown strategy '%s', Falco takes it as append",
			    word->value ? word->value : "");
	if (!path || path->kind != YAML_SCALAR)
		return yaml_error(entry, err,
				  "an entry of config_files is %s, expected a path or "
				  "{path, strategy}",
				  path ? yaml_kind_name(path) : "a mapping without path");
	if (main_file && !strcmp(path->value, main_file))
		return yaml_error(path, err, "config_files names the main file %s itself",
				  main_file);
	if (stat(path->value, &st))
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : error_sys(err, ERROR_INPUT, errno, "%s: cannot be read",
					   path->value);
	if (S_ISDIR(st.st_mode))
		return merge_folder(c, path->value, strategy, err);
	return S_ISREG(st.st_mode) ? merge_file(c, path->value, strategy, err) : 0;
}

static int merge_config_files(struct config *c, const char *main_file, struct error *err)
{
	const struct yaml_node *list = yaml_get(c->root, "config_files");

	if (!list || list->kind == YAML_NULL)
		return 0;
	if (list->kind != YAML_SEQ)
		return merge_entry(c, main_file, list, err);
	for (size_t i = 0; i < list->n; i++)
		if (merge_entry(c, main_file, list->items[i], err))
			return -1;
	return 0;
}

static struct yaml_node *copy_shipped(struct yaml_docs *d, const struct yaml_node *from)
{
	const struct yaml_node at = {.file = CONFIG_ORIGIN_SHIPPED};
	struct yaml_node *n;

	if (from->kind == YAML_SCALAR) {
		n = tree_scalar(d, from->value, &at);
		n->quoted = from->quoted;
		return n;
	}
	n = tree_new(d, from->kind, &at);
	for (size_t i = 0; i < from->n; i++) {
		if (from->kind == YAML_SEQ) {
			tree_push(n, copy_shipped(d, from->items[i]));
			continue;
		}
		ALLOC_GROW(n->pairs, n->n, n->alloc);
		n->pairs[n->n++] = (struct yaml_pair){copy_shipped(d, from->pairs[i].key),
						      copy_shipped(d, from->pairs[i].value)};
	}
	return n;
}

static int take_shipped(void *arg, const struct yaml_node *root, bool is_item)
{
	struct config *c = arg;

	(void)is_item; /* one mapping */
	c->root = copy_shipped(private_docs(c->priv), root);
	return 0;
}

static int load_main(struct config *c, const char *file, struct error *err)
{
	struct config_private *p = c->priv;

	if (file) {
		if (load_file(p, file, &c->root, err))
			return -1;
		strvec_push(&c->files, file);
	} else if (yaml_parse_items(CONFIG_ORIGIN_SHIPPED, config_shipped, strlen(config_shipped),
				    NULL, take_shipped, c, err)) {
		return -1;
	}
	if (!c->root)
		c->root = tree_new(&p->own, YAML_MAP, NULL);
	return 0;
}

/* All options, or only those about config_files. */
static int apply_sets(struct config *c, const struct config_input *in, bool files_only,
		      struct error *err)
{
	static const char about[] = "config_files";

	for (size_t i = 0; in->sets && i < in->sets->n; i++) {
		if (files_only && strncmp(in->sets->v[i], about, strlen(about)) != 0)
			continue;
		if (setkey_apply(c->priv, c->root, in->sets->v[i], err))
			return -1;
		history_step(c, c->priv->texts.v[c->priv->texts.n - 1]);
	}
	return 0;
}

int merge_load(struct config *c, const struct config_input *in, struct error *err)
{
	/* Before 0.41 all options came first, so that included files beat them. */
	bool old = c->release < STRATEGIES_SINCE;

	if (load_main(c, in->file, err))
		return -1;
	history_step(c, in->file ? in->file : CONFIG_ORIGIN_SHIPPED);
	if (apply_sets(c, in, !old, err) || merge_config_files(c, in->file, err))
		return -1;
	return old ? 0 : apply_sets(c, in, false, err);
}

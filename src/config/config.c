/* SPDX-License-Identifier: Apache-2.0 */
#include "config/private.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int config_load(struct config *out, const struct config_input *in, struct error *err)
{
	*out = (struct config){
		.priv = xcalloc(1, sizeof(*out->priv)),
		.release = in->release ? in->release : CONFIG_NEWEST,
	};
	out->priv->lenient = in->lenient;
	out->priv->record = in->history;
	if (merge_load(out, in, err) || values_read(out, err)) {
		config_release(out);
		return -1;
	}
	/* What is shipped needs no check. */
	if (in->file || (in->sets && in->sets->n))
		keys_check(out);
	return 0;
}

static void private_release(struct config_private *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_docs; i++)
		yaml_release(&p->docs[i]);
	free(p->docs);
	yaml_release(&p->own);
	strvec_release(&p->texts);
	history_release(&p->history);
	notes_release(p);
	free(p);
}

void config_release(struct config *c)
{
	struct strvec *const lists[] = {&c->custom_set, &c->rules_files, &c->plugins_loaded,
					&c->files, &c->warnings};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strvec_release(lists[i]);
	append_release(&c->append_output);
	for (size_t i = 0; i < c->n_rules; i++) {
		free(c->rules[i].rule);
		free(c->rules[i].tag);
	}
	free(c->rules);
	free(c->metrics_output_file);
	free(c->file_filename);
	free(c->log_level);
	private_release(c->priv);
	*c = (struct config){0};
}

/* The nth item of a sequence for a key that ends in [n]. */
static const struct yaml_node *find_indexed(const struct config *c, const char *key)
{
	const char *bracket = strchr(key, '[');
	char *path cleanup_free = bracket ? xstrndup(key, (size_t)(bracket - key)) : xstrdup(key);
	const struct yaml_node *n = tree_find(c->root, path, NULL);
	size_t i;

	if (!bracket || !n)
		return n;
	i = strtoul(bracket + 1, NULL, 10);
	if (n->kind != YAML_SEQ)
		return i == 0 ? n : NULL;
	return i < n->n ? n->items[i] : NULL;
}

struct origin config_origin(const struct config *c, const char *key)
{
	const struct yaml_node *n = find_indexed(c, key);

	if (!n || !n->file)
		return (struct origin){.file = CONFIG_ORIGIN_DEFAULT};
	if (!strcmp(n->file, CONFIG_ORIGIN_SHIPPED) ||
	    !strncmp(n->file, CONFIG_ORIGIN_OPTION, strlen(CONFIG_ORIGIN_OPTION)))
		return (struct origin){.file = n->file};
	return (struct origin){n->file, n->line, n->col};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ${NAME} in falco.yaml, as Falco expands it: replaced text is looked at again, $${NAME} stands for
 * a literal ${NAME}, and any other $ ends the work on that text.
 */
#include "config/private.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Falco never ends on a variable that contains itself; a real configuration needs a handful. */
#define MAX_REPLACED 1000
#define MAX_LENGTH   (1u << 20)

char *env_expand_text(const char *text, struct error *err)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	char *rest cleanup_free = xstrdup(text);
	char *at = rest, *dollar;

	for (size_t n = 0; (dollar = strchr(at, '$')); n++) {
		bool literal = !strncmp(dollar, "$${", 3);
		char *close = strchr(dollar, '}');

		if ((!literal && strncmp(dollar, "${", 2) != 0) || !close)
			break;
		if (n > MAX_REPLACED || out.len + strlen(at) > MAX_LENGTH) {
			error_input(err, "environment variables expand without end");
			return NULL;
		}
		strbuf_add(&out, at, (size_t)(dollar - at));
		if (literal) {
			strbuf_addch(&out, '$');
			at = dollar + 2;
			continue;
		}
		*close = '\0';
		const char *value = getenv(dollar + 2);
		char *joined = xasprintf("%s%s", value ? value : "", close + 1);

		free(rest);
		rest = at = joined;
	}
	strbuf_addstr(&out, at);
	return strbuf_detach(&out);
}

static int expand_scalar(struct yaml_node *n, struct error *err)
{
	char *text;

	if (!n->value || !strchr(n->value, '$'))
		return 0;
	text = env_expand_text(n->value, err);
	if (!text)
		return yaml_error(n, err, "environment variables in '%s' expand without end",
				  n->value);
	free(n->value);
	n->value = text;
	n->len = strlen(text);
	return 0;
}

int env_expand(struct yaml_node *n, struct error *err)
{
	if (n->kind == YAML_SCALAR)
		return expand_scalar(n, err);
	for (size_t i = 0; i < n->n; i++)
		if (env_expand(n->kind == YAML_SEQ ? n->items[i] : n->pairs[i].value, err))
			return -1;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lints that say more about what the loader found: what to write instead, and where Falco itself
 * gives no report at all.
 */
#include "lint/private.h"

#include "base/yaml.h"

#include <string.h>

static bool is_code(const struct finding *f, const char *code)
{
	return !strcmp(f->code, code);
}

LINT_WHOLE(lint_deprecated)
{
	static const struct {
		const char *in, *mend;
	} mends[] = {
		{"append", "write override: {KEY: append} with the keys that are added to"},
		{"enabled", "add override: {enabled: replace} to the item"},
		{"container.info", "leave %container.info out: suggested_output of the container "
				   "plugin adds those fields"},
		{NULL, NULL},
	};

	for (size_t i = 0; i < ctx->rs->n_findings; i++) {
		const struct finding *f = &ctx->rs->findings[i];
		const char *mend = NULL;

		if (!is_code(f, "LOAD_DEPRECATED_ITEM") || f->deprecated_field)
			continue;
		for (size_t j = 0; mends[j].in && !mend; j++)
			if (strstr(f->message, mends[j].in))
				mend = mends[j].mend;
		lint_add(ctx, row, lint_at_finding(f), mend, "%s", f->message);
	}
}

LINT_WHOLE(lint_source)
{
	for (size_t i = 0; i < ctx->rs->n_findings; i++)
		if (is_code(&ctx->rs->findings[i], "LOAD_UNKNOWN_SOURCE"))
			lint_add(ctx, row, lint_at_finding(&ctx->rs->findings[i]), NULL,
				 "no loaded plugin gives the rule's source: the rule is skipped "
				 "without being compiled");
}

/* Keys of rules that circulate and do nothing. */
static const struct {
	const char *key, *mend;
} rule_keys[] = {
	{"skip_events", "leave it out; narrow evt.type in the condition"},
	{"conditions", "write condition"},
	{"cond", "write condition"},
	{"description", "write desc"},
	{"severity", "write priority"},
	{"message", "write output"},
	{"tag", "write tags, a sequence"},
	{"exception", "write exceptions"},
	{"disabled", "write enabled: false"},
	{"enable", "write enabled: true"},
	{"skip_if_unknown_filter", "write skip-if-unknown-filter"},
	{"warn-evttypes", "write warn_evttypes"},
	{"item", "write items"},
	{"values", "values belong to an entry of exceptions; the values of a list are its items"},
};

LINT_WHOLE(lint_rule_key)
{
	for (size_t i = 0; i < ctx->rs->n_findings; i++) {
		const struct finding *f = &ctx->rs->findings[i];
		const char *key, *mend = NULL;
		size_t n;

		if (!is_code(f, "LOAD_UNKNOWN_KEY"))
			continue;
		key = strstr(f->message, "key ");
		key = key ? key + 4 : f->message;
		n = strcspn(key, ",: ");
		for (size_t j = 0; j < ARRAY_SIZE(rule_keys) && !mend; j++)
			if (strlen(rule_keys[j].key) == n && !strncmp(key, rule_keys[j].key, n))
				mend = rule_keys[j].mend;
		lint_add(ctx, row, lint_at_finding(f), mend, "the key %.*s does nothing", (int)n,
			 key);
	}
}

/* Errors over which Falco ends with "Runtime error" and no result (reference, 2.4). */
static const char *const dying[] = {
	"evt.type and syscall.type cannot be transformed",
	"evt.type and syscall.type cannot be compared with a field",
	"() takes one argument",
};

/* A digit string of 2^31 or more behind a comparison of a port. */
static bool is_huge_port(const char *message)
{
	const char *p = strchr(message, '\'');
	size_t n = p ? strspn(p + 1, "0123456789") : 0;

	return n && p[1 + n] == '\'' && strstr(message, "port") &&
	       (n > 19 || strtoull(p + 1, NULL, 10) > INT32_MAX);
}

LINT_WHOLE(lint_dies)
{
	for (size_t i = 0; i < ctx->rs->n_findings; i++) {
		const struct finding *f = &ctx->rs->findings[i];
		bool dies;

		if (!is_code(f, "LOAD_ERR_COMPILE_CONDITION"))
			continue;
		dies = is_huge_port(f->message);
		for (size_t j = 0; j < ARRAY_SIZE(dying) && !dies; j++)
			dies = strstr(f->message, dying[j]) != NULL;
		if (dies)
			lint_add(ctx, row, lint_at_finding(f), NULL,
				 "Falco does not report this error: it ends with \"Runtime "
				 "error\", exit code 1 and no validation result (%s)",
				 f->message);
	}
}

struct replaced {
	struct lint_ctx *ctx;
	const struct lint_row *row;
};

static void check_replaced(void *arg, const struct yaml_node *item)
{
	struct replaced *p = arg;
	const struct yaml_node *rule = yaml_get(item, "rule");
	const struct yaml_node *how = yaml_get(yaml_get(item, "override"), "exceptions");
	const struct yaml_node *list = yaml_get(item, "exceptions");

	if (!rule || !how || !how->value || strcmp(how->value, "replace") != 0 || !list ||
	    list->kind != YAML_SEQ)
		return;
	for (size_t i = 0; i < list->n; i++) {
		const struct yaml_node *ex = list->items[i];
		const struct yaml_node *values = yaml_get(ex, "values");

		if (ex->kind != YAML_MAP || yaml_get(ex, "comps") || !values || !values->n)
			continue;
		lint_add(p->ctx, p->row,
			 (struct lint_at){ex->file, ex->line, ex->col, "rule", rule->value}, NULL,
			 "an exception without comps under override: {exceptions: replace} makes "
			 "Falco read past an array: it crashes (segmentation fault) or compiles "
			 "stale text");
	}
}

LINT_WHOLE(lint_exceptions_replace)
{
	struct replaced p = {ctx, row};

	/* The files are read once more only where it is worth it. */
	if (ctx->rs->replaces_exceptions)
		ruleset_each_item(ctx->rs, "override", check_replaced, &p);
}

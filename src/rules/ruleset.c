/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to a loaded rule set, and the `rules:` selection of falco.yaml.
 */
#include "rules/loader.h"

#include <string.h>

const struct rule *ruleset_find(const struct ruleset *rs, const char *name)
{
	long i = rs->priv ? collect_find(&rs->priv->rule_index, name) : -1;

	return i < 0 ? NULL : &rs->rules[i];
}

bool rule_is_active(const struct rule *r, const struct ruleset_options *opt)
{
	static const struct ruleset_options defaults = RULESET_OPTIONS_INIT;

	opt = opt ? opt : &defaults;
	return r->ast && r->enabled && !strcmp(r->source, "syscall") &&
	       r->priority <= opt->min_priority;
}

size_t ruleset_exception_parts(const struct ruleset *rs, const struct rule *r)
{
	const struct exceptions *ex = &rs->priv->rules[r - rs->rules].exceptions;
	size_t n = 0;

	for (size_t i = 0; i < ex->n; i++)
		n += ex->v[i].n_values > 0;
	/* They are written behind the condition, which is in parentheses. */
	return r->ast && r->ast->kind == AST_AND && r->ast->n == n + 1 ? n : 0;
}

/* Falco's matcher: each literal part is searched at its first occurrence behind the last one, and
 * nothing may be left behind the last part; it never goes back (reference, 6.3). */
static bool wildcard_match(const char *pattern, const char *name)
{
	bool anchored = true;

	while (*pattern) {
		size_t n = strcspn(pattern, "*");

		if (!n) {
			anchored = false;
			pattern++;
			continue;
		}
		if (anchored) {
			if (strncmp(name, pattern, n))
				return false;
		} else {
			for (; strncmp(name, pattern, n); name++)
				if (!*name)
					return false;
		}
		name += n;
		pattern += n;
		anchored = true;
	}
	return !*name || !anchored;
}

void ruleset_enable(struct ruleset *rs, bool enable, const char *rule_pattern, const char *tag)
{
	for (size_t i = 0; i < rs->n; i++) {
		struct rule *r = &rs->rules[i];

		if ((rule_pattern && *rule_pattern && wildcard_match(rule_pattern, r->name)) ||
		    (tag && *tag && strvec_has(&r->tags, tag)))
			r->enabled = enable;
	}
}

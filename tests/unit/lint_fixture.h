/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules and falco.yaml from text through the lints.
 */
#ifndef FT_TESTS_LINT_FIXTURE_H
#define FT_TESTS_LINT_FIXTURE_H

#include "rules_fixture.h"

#include "lint/lint.h"

#define OUTPUT(condition, output)                                                                  \
	"- rule: R\n  desc: d\n  condition: " condition "\n  output: '" output                     \
	"'\n  priority: INFO\n"
#define EXCEPTION(fields, values)                                                                  \
	"  exceptions:\n  - {name: e, fields: " fields ", values: " values "}\n"

#define TEN(p) p "0, " p "1, " p "2, " p "3, " p "4, " p "5, " p "6, " p "7, " p "8, " p "9"
#define FIFTY  TEN("/a") ", " TEN("/b") ", " TEN("/c") ", " TEN("/d") ", " TEN("/e")

struct lint_case {
	const char *code, *fires, *silent;
};

struct linted {
	struct ruleset rs;
	struct config cfg;
	char dir[64];
	char *path;
	struct lint_findings f;
};

/* config: text of falco.yaml, or NULL for none. */
__attribute__((unused)) static void lint_text(struct linted *l, const char *rules,
					      const char *config)
{
	struct ruleset_options opt = RULESET_OPTIONS_INIT;
	struct error err = ERROR_INIT;

	memset(l, 0, sizeof(*l));
	if (config) {
		struct config_input in = {.lenient = true};
		FILE *f;

		unit_make_dir(l->dir, sizeof(l->dir));
		l->path = xasprintf("%s/falco.yaml", l->dir);
		f = fopen(l->path, "w");
		ck_assert_ptr_nonnull(f);
		fputs(config, f);
		fclose(f);
		in.file = l->path;
		ck_assert_msg(!config_load(&l->cfg, &in, &err), "%s", err.msg);
		opt.min_priority = (enum rule_priority)l->cfg.priority;
		unlink(l->path);
		rmdir(l->dir);
	}
	ruleset_load_text(&l->rs, "t.yaml", rules, strlen(rules), &opt, &err);
	ck_assert_int_eq(lint_run(&(struct lint_input){.rules = &l->rs,
						       .options = &opt,
						       .config = config ? &l->cfg : NULL},
				  &l->f, &err),
			 0);
}

__attribute__((unused)) static void lint_text_release(struct linted *l)
{
	lint_findings_release(&l->f);
	ruleset_release(&l->rs);
	if (l->path)
		config_release(&l->cfg);
	free(l->path);
}

__attribute__((unused)) static const struct lint_finding *linted_find(const struct linted *l,
								      const char *code)
{
	for (size_t i = 0; i < l->f.n; i++)
		if (!strcmp(l->f.v[i].code, code))
			return &l->f.v[i];
	return NULL;
}

__attribute__((unused)) static void check_lint(const struct lint_case *c, const char *rules,
					       const char *config, bool fires)
{
	struct linted l;
	const struct lint_finding *f;
	char first[400] = "";

	lint_text(&l, rules, config);
	f = linted_find(&l, c->code);
	for (size_t i = 0; i < l.rs.n_findings; i++)
		snprintf(first, sizeof(first), "%s", l.rs.findings[i].message);
	ck_assert_msg((f != NULL) == fires, "%s %s: %s (loader: %s) for\n%.600s%s%s", c->code,
		      fires ? "is silent" : "speaks", f ? f->message : "", first, rules,
		      config ? "\n-- falco.yaml:\n" : "", config ? config : "");
	lint_text_release(&l);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules from text, for the tests of src/rules.
 */
#ifndef FT_TESTS_RULES_FIXTURE_H
#define FT_TESTS_RULES_FIXTURE_H

#include "unit.h"

#include "base/mem.h"
#include "rules/ruleset.h"

/* A complete rule around a condition that fits on one line of YAML (in single quotes). */
#define RULE(name, condition)                                                                      \
	"- rule: " name "\n  desc: d\n  condition: " condition "\n  output: o\n  priority: INFO\n"

struct loaded {
	struct ruleset rs;
	struct error err;
	int rc;
};

__attribute__((unused)) static struct loaded load_text(const char *text)
{
	struct loaded l = {.err = ERROR_INIT};

	l.rc = ruleset_load_text(&l.rs, "t.yaml", text, strlen(text), NULL, &l.err);
	return l;
}

/* The compiled condition of a rule, in one of a few static buffers; "-" when it has none. */
__attribute__((unused)) static const char *compiled(const struct loaded *l, const char *rule)
{
	static char text[4][65536];
	static int turn;
	char *out = text[turn++ % 4];
	const struct rule *r = ruleset_find(&l->rs, rule);
	struct strbuf sb = STRBUF_INIT;

	if (!r || !r->ast)
		return "-";
	ast_print(r->ast, &sb);
	snprintf(out, sizeof(text[0]), "%s", sb.buf);
	strbuf_release(&sb);
	return out;
}

/* Codes of the findings in order, joined by blanks; errors first with "!". Static buffer. */
__attribute__((unused)) static const char *codes(const struct loaded *l)
{
	static char text[4096];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < l->rs.n_findings && n < sizeof(text) - 100; i++) {
		const struct finding *f = &l->rs.findings[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s", n ? " " : "",
				      f->severity == FINDING_ERROR ? "!" : "",
				      f->code + strlen("LOAD_"));
	}
	return text;
}

/* Load, compare the compiled condition of rule R, release. */
#define assert_compiles(text, want)                                                                \
	do {                                                                                       \
		struct loaded l_ = load_text(text);                                                \
		ck_assert_msg(l_.rc == 0, "%s", l_.err.msg);                                       \
		ck_assert_str_eq(compiled(&l_, "R"), want);                                        \
		ruleset_release(&l_.rs);                                                           \
	} while (0)

#define assert_codes(text, want)                                                                   \
	do {                                                                                       \
		struct loaded l_ = load_text(text);                                                \
		ck_assert_msg(!strcmp(codes(&l_), want),                                           \
			      "codes \"%s\", expected \"%s\", for:\n%s", codes(&l_), want, text);  \
		ruleset_release(&l_.rs);                                                           \
	} while (0)

#endif

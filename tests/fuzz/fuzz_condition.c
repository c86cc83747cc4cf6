/* SPDX-License-Identifier: Apache-2.0 */
/* One condition: parsed and written and parsed again, then compiled as a rule's, with a macro and a
 * list that it may name (m, l). */
#include "fuzz.h"

#include "rules/parser.h"
#include "rules/ruleset.h"

static void check_round_trip(const char *condition, size_t len)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT, shown cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct place at = {0};
	struct ast *a = condition_parse(condition, len, &at, &err), *b;

	if (!a) {
		FUZZ_ASSERT(*err.msg, "no message");
		FUZZ_ASSERT(at.pos <= len, "stopped at %u of %zu", at.pos, len);
		return;
	}
	ast_print(a, &shown);
	ast_write(a, &text);
	error_clear(&err);
	b = condition_parse(text.buf, text.len, &at, &err);
	FUZZ_ASSERT(b, "'%s' does not read back: %s", text.buf, err.msg);
	FUZZ_ASSERT(ast_equal(a, b), "'%s' reads back as another condition", text.buf);
	ast_free(a);
	ast_free(b);
}

static void add_quoted(struct strbuf *out, const char *text, size_t len)
{
	strbuf_addch(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			strbuf_addf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			strbuf_addf(out, "\\x%02x", c);
		else
			strbuf_addch(out, (char)c);
	}
	strbuf_addch(out, '"');
}

static void compile(const char *condition, size_t len)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct ruleset rs cleanup_ruleset = RULESET_INIT;
	struct error err = ERROR_INIT;
	int rc;

	strbuf_addstr(&text, "- list: l\n  items: [a, 'b c', 1]\n"
			     "- macro: m\n  condition: proc.name in (l) and evt.type = open\n"
			     "- rule: R\n  desc: d\n  priority: INFO\n  output: o %evt.type\n"
			     "  condition: ");
	add_quoted(&text, condition, len);
	strbuf_addch(&text, '\n');
	rc = ruleset_load_text(&rs, "c.yaml", text.buf, text.len, NULL, &err);
	if (rc)
		FUZZ_ASSERT(*err.msg && err.kind == ERROR_INPUT, "no message");
	else
		json_decref(ruleset_describe(&rs, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_round_trip((const char *)data, size);
	compile((const char *)data, size);
	return 0;
}

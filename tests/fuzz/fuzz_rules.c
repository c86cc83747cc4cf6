/* SPDX-License-Identifier: Apache-2.0 */
/* Rules files, several after another where "%%" lines separate them, then what describing, enabling
 * and the event selection do with them. */
#include "fuzz.h"

#include "base/fs.h"
#include "base/mem.h"
#include "rules/parser.h"
#include "rules/ruleset.h"

/* An unresolved condition reads back as itself from the text that ast_write() makes. */
static void check_round_trip(const char *condition)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct place at = {0};
	struct ast *a = condition_parse(condition, strlen(condition), &at, &err), *b;

	if (!a)
		return; /* lists that are no values yet */
	ast_write(a, &text);
	b = condition_parse(text.buf, text.len, &at, &err);
	FUZZ_ASSERT(b, "'%s' does not read back: %s", text.buf, err.msg);
	FUZZ_ASSERT(ast_equal(a, b), "'%s' reads back as another condition", text.buf);
	ast_free(a);
	ast_free(b);
}

static void use(struct ruleset *rs)
{
	struct strvec macros cleanup_strvec = STRVEC_INIT, lists cleanup_strvec = STRVEC_INIT;
	struct ruleset_options opt = RULESET_OPTIONS_INIT;
	json_t *doc;

	for (size_t i = 0; i < rs->n; i++) {
		const struct rule *r = &rs->rules[i];

		rule_is_active(r, &opt);
		FUZZ_ASSERT(ruleset_find(rs, r->name) == r, "rule '%s' is not found", r->name);
		if (!r->condition)
			continue;
		ruleset_references(rs, r->condition, &macros, &lists);
		check_round_trip(r->condition);
	}
	ruleset_enable(rs, false, "*a*b*", NULL);
	ruleset_enable(rs, true, NULL, "t");
	doc = ruleset_describe(rs, &opt);
	FUZZ_ASSERT(doc, "no description");
	json_decref(doc);
}

static void check_findings(const struct ruleset *rs, int rc, const struct error *err)
{
	size_t errors = 0;

	for (size_t i = 0; i < rs->n_findings; i++) {
		const struct finding *f = &rs->findings[i];

		FUZZ_ASSERT(f->code && f->message && *f->message, "finding %zu says nothing", i);
		errors += f->severity == FINDING_ERROR;
	}
	FUZZ_ASSERT((rc != 0) == (errors > 0), "%zu errors, returned %d", errors, rc);
	if (rc)
		FUZZ_ASSERT(*err->msg && err->kind == ERROR_INPUT, "no message");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset_options opt = RULESET_OPTIONS_INIT;
	struct ruleset rs cleanup_ruleset = RULESET_INIT;
	struct error err = ERROR_INIT;
	const char *names[4], *part;
	size_t at = 0, len, n = 0;
	int rc;

	if (size % 2) { /* as `falcotune syscalls --falco 0.38.2` reads them */
		opt.cat = catalogue_all()[0];
		opt.any_engine = true;
	}
	if (!memmem(data, size, "\n%%\n", 4)) {
		rc = ruleset_load_text(&rs, "f.yaml", (const char *)data, size, &opt, &err);
	} else {
		static const char *const files[] = {"0.yaml", "1.yaml", "2.yaml", "3.yaml"};

		while (n < ARRAY_SIZE(names) && fuzz_part(data, size, &at, &part, &len)) {
			fuzz_write(files[n], part, len);
			names[n] = files[n];
			n++;
		}
		rc = ruleset_load(&rs, names, n, &opt, &err);
	}
	check_findings(&rs, rc, &err);
	use(&rs);
	return 0;
}

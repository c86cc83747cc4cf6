/* SPDX-License-Identifier: Apache-2.0 */
/* `falcotune check` of a rules file, accepted or not: the lints, and the report in every format. */
#include "fuzz.h"

#include "lint/check.h"

static void write_all(const struct check_report *r)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT, xml cleanup_strbuf = STRBUF_INIT;
	json_t *docs[2];

	check_write_text(r, &text);
	check_write_junit(r, "/base", "2026-01-01T00:00:00", &xml);
	docs[0] = check_to_json(r);
	docs[1] = check_to_sarif(r, "/base");
	for (size_t i = 0; i < 2; i++) {
		char *dump = docs[i] ? json_dumps(docs[i], 0) : NULL;

		FUZZ_ASSERT(dump, "document %zu cannot be written", i);
		free(dump);
		json_decref(docs[i]);
	}
	for (size_t i = 0; i < xml.len; i++)
		FUZZ_ASSERT((unsigned char)xml.buf[i] >= ' ' || xml.buf[i] == '\n' ||
				    xml.buf[i] == '\t',
			    "control character %d in XML", xml.buf[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lint_findings lints cleanup_lint_findings = LINT_FINDINGS_INIT;
	struct ruleset rs cleanup_ruleset = RULESET_INIT;
	struct lint_input in = {.rules = &rs};
	struct check_report report;
	struct error err = ERROR_INIT;
	int rc;

	rc = ruleset_load_text(&rs, "f.yaml", (const char *)data, size, NULL, &err);
	FUZZ_ASSERT(!lint_run(&in, &lints, &err), "%s", err.msg);
	check_report_init(&report, catalogue_find(NULL), &rs, &lints, LINT_ERROR);
	FUZZ_ASSERT(report.successful == !rc, "successful %d, returned %d", report.successful, rc);
	FUZZ_ASSERT(!rc || check_failed(&report), "rejected, but the check does not fail");
	write_all(&report);
	check_report_release(&report);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* falco.yaml, then up to three files of its config.d, separated by "%%" lines; a part that begins
 * with "-o" has options, one a line. Then everything that is made from the result. */
#include "fuzz.h"

#include "base/mem.h"
#include "config/findings.h"
#include "config/overlay.h"
#include "lint/lint.h"

static void write_parts(const uint8_t *data, size_t size, struct strvec *sets)
{
	static const char *const files[] = {"falco.yaml", "d-0.yaml", "d-1.yaml", "d-2.yaml"};
	size_t at = 0, len, n = 0;
	const char *part;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		fuzz_write(files[i], "", 0);
	while (n < ARRAY_SIZE(files) && fuzz_part(data, size, &at, &part, &len)) {
		if (n && len > 3 && !memcmp(part, "-o\n", 3))
			fuzz_lines((const uint8_t *)part + 3, len - 3, 16, sets);
		else
			fuzz_write(files[n++], part, len);
	}
}

/* The lints about falco.yaml, beside one rule. */
static void lint(const struct config *c)
{
	static const char rule[] = "- rule: R\n  desc: d\n  condition: evt.type = open\n"
				   "  output: o %proc.name\n  priority: INFO\n";
	struct lint_findings found cleanup_lint_findings = LINT_FINDINGS_INIT;
	struct ruleset rs cleanup_ruleset = RULESET_INIT;
	struct lint_input in = {.rules = &rs, .config = c};
	struct error err = ERROR_INIT;

	FUZZ_ASSERT(!ruleset_load_text(&rs, "r.yaml", rule, sizeof(rule) - 1, NULL, &err), "%s",
		    err.msg);
	FUZZ_ASSERT(!lint_run(&in, &found, &err), "%s", err.msg);
}

/* What `falcotune config` makes of it, on some host. */
static void find(const struct config *c)
{
	static const struct config_host host = {4, 4096, 1 << 30, "this host"};
	bool refused;
	json_t *found = config_findings(c, &host, &refused), *f;
	size_t i;

	json_array_foreach(found, i, f) FUZZ_ASSERT(
		*json_string_value(json_object_get(f, "message")), "finding %zu says nothing", i);
	json_decref(found);
}

static void use(struct config *c)
{
	struct overlay o = OVERLAY_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct strvec flags cleanup_strvec = STRVEC_INIT;
	struct error err = ERROR_INIT;
	json_t *doc = config_describe(c);

	FUZZ_ASSERT(json_is_array(doc), "no description");
	json_decref(doc);
	FUZZ_ASSERT(c->buf_size_preset >= 1 && c->buf_size_preset <= 10, "preset %d",
		    c->buf_size_preset);
	if (config_emit(c->root, &text, &err))
		FUZZ_ASSERT_ERROR(err);
	strbuf_reset(&text);
	o.metrics_file = "metrics.jsonl";
	o.alerts_file = "alerts.jsonl";
	if (overlay_render(c, &o, &text, &err))
		FUZZ_ASSERT_ERROR(err);
	overlay_o_flags(c, &o, &flags);
	strbuf_reset(&text);
	overlay_yaml_blocks(c, &o, &text);
	lint(c);
	find(c);
}

/* Strictly, and as `falcotune config` does; the release changes with the size of the input. */
static void load(struct config_input *in, size_t size, bool lenient)
{
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	in->lenient = in->history = lenient;
	in->release = lenient ? CONFIG_NEWEST - (int)(size % 7) : 0;
	if (config_load(&c, in, &err))
		FUZZ_ASSERT_ERROR(err);
	else
		use(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const included[] = {
		"config_files[0]=d-0.yaml",
		"config_files[1]={path: d-1.yaml, strategy: override}",
		"config_files[2]={path: d-2.yaml, strategy: add-only}",
	};
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct config_input in = {.file = "falco.yaml", .sets = &sets};

	fuzz_folder();
	if (memmem(data, size, "\n%%\n", 4))
		for (size_t i = 0; i < ARRAY_SIZE(included); i++)
			strvec_push(&sets, included[i]);
	write_parts(data, size, &sets);
	load(&in, size, false);
	load(&in, size, true);
	return 0;
}

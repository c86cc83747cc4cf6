/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict on files with slips, as the engine of Falco 0.44.1 gave it for each of these texts:
 * codes of the errors with "!", then of the warnings, in their order.
 */
#include "rules_fixture.h"

#include "rules/schema.h"

#define OPEN RULE("R", "evt.type=open")

static const struct {
	const char *text, *codes;
} rows[] = {
	/* an unfinished key at the end of a file is a key without a value */
	{"" OPEN "  enab\n", "UNKNOWN_KEY"},
	{"" OPEN "  exc", "UNKNOWN_KEY"},
	{"- rule: R\n  desc: d\n  cond\n", "!ERR_YAML_VALIDATE"},
	/* a key that is not indented is a document of its own */
	{"- rule: R\n  desc: d\n  condition: evt.type=open\n  output: o\npriority: INFO\n",
	 "!ERR_YAML_VALIDATE"},
	{"" OPEN "skip_events: 5\n", "!ERR_YAML_VALIDATE"},
	{"" OPEN "left over\n", "!ERR_YAML_VALIDATE"},
	/* text behind the end of a document is another one */
	{"" OPEN "...\nleft over\n", "!ERR_YAML_VALIDATE"},
	/* two commas stand around nothing */
	{"- list: l\n  items: [a,,b]\n", "!ERR_YAML_VALIDATE"},
	{"- list: l\n  items: [,]\n", "!ERR_YAML_VALIDATE"},
	{"" OPEN "  tags: [a, , b]\n", "!ERR_YAML_VALIDATE"},
	{"" OPEN "  exceptions: [,]\n", "!ERR_YAML_VALIDATE"},
	/* a trailing comma is fine */
	{"- list: l\n  items: [a,]\n", "UNUSED_LIST"},
	{"" OPEN "  tags: [a, b, ]\n", ""},
	/* a colon alone has nothing for its key */
	{"- : x\n", "UNKNOWN_ITEM"},
	{"" OPEN "  : x\n", "UNKNOWN_KEY"},
	/* a quoted text that is not closed needs a line end to be one */
	{"- rule: \"R\n  desc: d\n", "!ERR_YAML_VALIDATE"},
	{"- rule: \"R\n  desc: d", "!ERR_YAML_PARSE"},
	{"- macro: 'm\n  condition: x\n", "!ERR_YAML_VALIDATE INVALID_MACRO_NAME"},
	/* ? cannot stand in a word inside of brackets */
	{"- list: l\n  items: [ba?sh]\n", "!ERR_YAML_PARSE"},
	{"" OPEN "  tags: [?a]\n", "!ERR_YAML_PARSE"},
	{"- list: l\n  items: ['ba?sh']\n", "UNUSED_LIST"},
	{"- list: l\n  items:\n  - ba?sh\n", "UNUSED_LIST"},
	/* control characters are no matter in YAML, but no event either */
	{"- rule: R\n  desc: d\n  condition: evt.type=open\a\n  output: o\n  priority: INFO\n",
	 "!ERR_COMPILE_CONDITION"},
	{"- rule: R\n  desc: d\001\n  condition: evt.type=open\n  output: o\n  priority: INFO\n",
	 ""},
	/* a colon belongs to the name of an anchor */
	{"- &a: x\n", "!ERR_YAML_VALIDATE"},
	/* tabs */
	{"- rule: R\n\tdesc: d\n", "!ERR_YAML_PARSE"},
	{"" OPEN "\tenabled: true\n", "!ERR_YAML_PARSE"},
	{"- rule: R\n  desc:\td\n  condition: evt.type=open\n  output: o\n  priority: INFO\n", ""},
	{"-\trule: R\n", "!ERR_YAML_PARSE"},
	/* directives */
	{"%FOO bar\n---\n" OPEN "", ""},
	{"%YAML 1.2\n---\n" OPEN "", ""},
	{"%YAML 2.0\n---\n" OPEN "", "!ERR_YAML_PARSE"},
	/* reading ends at an empty document */
	{"---\n---\n- foo: 1\n", ""},
	{"- list: l\n  items: [a]\n---\n~\n---\n- list: k\n  items: [a]\n", "UNUSED_LIST"},
	{"~\n---\n[\n", ""},
	/* a key that is no text */
	{"" OPEN "  [a]: x\n", "!ERR_YAML_PARSE"},
	{"- [a]: x\n", "!ERR_YAML_PARSE"},
	{"- rule: R\n  [x]: 1\n  enabled: true\n", "!ERR_YAML_PARSE"},
	{"" OPEN "  foo: {[a]: b}\n", "UNKNOWN_KEY"},
	{"" OPEN "  override: {[a]: append}\n", "!ERR_YAML_PARSE"},
	{"" OPEN "  exceptions: [{name: e, fields: [proc.name], [x]: y}]\n", "!ERR_YAML_PARSE"},
	{"- list: l\n  items: [{[a]: b}]\n", "!ERR_YAML_VALIDATE"},
	{"" OPEN "  ~: x\n", "UNKNOWN_KEY"},
	/* empty sequences where a mapping belongs: Falco aborts */
	{"" OPEN "  override: []\n", "!ERR_YAML_VALIDATE"},
	{"- []\n", "!ERR_YAML_VALIDATE"},
	/* numbers may be followed by white space, not preceded */
	{"" OPEN "  capture_duration: '5 '\n", ""},
	{"" OPEN "  capture_duration: ' 5'\n", "!ERR_YAML_VALIDATE"},
	{"- required_engine_version: '5 '\n", ""},
	/* exceptions that replace others are not checked before they are used */
	{"" OPEN "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  exceptions: "
	 "[{name: f, fields: [a.b]}]\n  override: {exceptions: replace}\n",
	 ""},
	{"" OPEN
	 "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  exceptions: [{name: f, "
	 "fields: [a.b], comps: [=], values: [[a]]}]\n  override: {exceptions: replace}\n",
	 "!ERR_COMPILE_CONDITION"},
	{"" OPEN
	 "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  exceptions: [{name: f, "
	 "fields: [proc.name], comps: [foo]}]\n  override: {exceptions: replace}\n",
	 ""},
	{"" OPEN "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  exceptions: "
	 "[{name: f, fields: [proc.name, fd.name], comps: [=], values: []}]\n  override: "
	 "{exceptions: replace}\n",
	 ""},
	{"" OPEN "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  exceptions: "
	 "[{name: f, fields: proc.name, values: [a]}]\n  override: {exceptions: replace}\n",
	 "!ERR_COMPILE_CONDITION"},
	{"" OPEN
	 "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  exceptions: [{name: f, "
	 "fields: proc.name, comps: =, values: [a]}]\n  override: {exceptions: replace}\n",
	 "!ERR_COMPILE_CONDITION"},
	{"" OPEN
	 "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  exceptions: [{name: f, "
	 "fields: proc.name, comps: in, values: [a]}]\n  override: {exceptions: replace}\n",
	 ""},
	{"" OPEN "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  exceptions: "
	 "[{name: f, fields: []}]\n  override: {exceptions: replace}\n",
	 ""},
	/* exceptions of an override are read before its other keys but condition */
	{"" OPEN "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  tags: x\n  "
	 "exceptions: [{name: e}]\n  override: {tags: append, exceptions: append}\n",
	 "!ERR_YAML_VALIDATE APPEND_NO_VALUES"},
	{"" OPEN "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: R\n  condition: ~\n "
	 " exceptions: [{name: e}]\n  override: {condition: append, exceptions: append}\n",
	 "!ERR_YAML_VALIDATE"},
	/* the types of both sides are not compared behind join, concat and getopt */
	{"- rule: R\n  desc: d\n  condition: 'evt.type=open and join(\",\", fd.types) = "
	 "val(proc.pid)'\n  output: o\n  priority: INFO\n",
	 ""},
	{"- rule: R\n  desc: d\n  condition: 'evt.type=open and toupper(concat(proc.name, \"a\")) "
	 "= len(proc.name)'\n  output: o\n  priority: INFO\n",
	 ""},
	{"- rule: R\n  desc: d\n  condition: 'evt.type=open and tolower(proc.name) = "
	 "len(proc.name)'\n  output: o\n  priority: INFO\n",
	 "!ERR_COMPILE_CONDITION"},
	{"- rule: R\n  desc: d\n  condition: 'evt.type=open and join(\",\", fd.types) = "
	 "val(fd.types)'\n  output: o\n  priority: INFO\n",
	 "!ERR_COMPILE_CONDITION"},
	/* a constant at the end of a transformed left side counts as event types */
	{"- rule: R\n  desc: d\n  condition: 'evt.type=open and not concat(proc.name, \"a\") = "
	 "b'\n  output: o\n  priority: INFO\n",
	 "NO_EVTTYPE"},
	{"- rule: R\n  desc: d\n  condition: 'evt.type=open and concat(proc.name, \"a\") = b'\n  "
	 "output: o\n  priority: INFO\n",
	 ""},
	{"- rule: R\n  desc: d\n  condition: 'evt.type=open and not concat(\"a\", proc.name) = "
	 "b'\n  output: o\n  priority: INFO\n",
	 ""},
	{"- rule: R\n  desc: d\n  condition: 'evt.type=open and not concat(proc.name, \"a\") "
	 "contains b'\n  output: o\n  priority: INFO\n",
	 ""},
	/* and hides an event type before it */
	{"- rule: R\n  desc: d\n  condition: 'evt.type=open and join(\",\", (evt.type, \"a\")) = "
	 "b'\n  output: o\n  priority: INFO\n",
	 ""},
};

/* Errors before warnings, as Falco lists them apart. */
static void list_codes(const struct ruleset *rs, struct strbuf *out)
{
	for (int s = FINDING_ERROR; s <= FINDING_WARNING; s++)
		for (size_t i = 0; i < rs->n_findings; i++)
			if ((int)rs->findings[i].severity == s)
				strbuf_addf(out, "%s%s%s", out->len ? " " : "",
					    s == FINDING_ERROR ? "!" : "",
					    rs->findings[i].code + strlen("LOAD_"));
}

START_TEST(verdicts)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_text(rows[i].text);
		struct strbuf got cleanup_strbuf = STRBUF_INIT;

		list_codes(&l.rs, &got);
		ck_assert_msg(!strcmp(got.len ? got.buf : "", rows[i].codes),
			      "codes \"%s\", Falco \"%s\", for:\n%s", got.len ? got.buf : "",
			      rows[i].codes, rows[i].text);
		ruleset_release(&l.rs);
	}
}
END_TEST

#define NO_TYPE	 "Value type not permitted by 'type' constraint.\n"
#define NAMED(p) "Failed to validate against schema associated with property name '" p "'.\n"
#define UNKNOWN(p)                                                                                 \
	"Object contains a property that could not be validated using 'properties' or "            \
	"'additionalProperties' constraints: '" p "'.\n"
#define ITEM_0 "failed for <root>: Failed to validate item #0 in array.\n"

/* The lines of Falco's schema_warnings; NULL: no verdict. */
static const struct {
	const char *text, *lines;
} schema_rows[] = {
	{"", NULL},
	{"# nothing\n", NULL},
	{"- rule: [\n", NULL},
	{OPEN, "ok\n"},
	{"---\n", NULL},
	{"a: b\n", "failed for <root>: " NO_TYPE},
	{OPEN "  foo: 1\n", "failed for <root>[0]: " UNKNOWN("foo") ITEM_0},
	{OPEN "  enabled: True\n", "failed for <root>[0][enabled]: " NO_TYPE
				   "failed for <root>[0]: " NAMED("enabled") ITEM_0},
	{OPEN "  enabled: 'true'\n", "ok\n"},
	{OPEN "  capture_duration: 0x10\n",
	 "failed for <root>[0][capture_duration]: " NO_TYPE
	 "failed for <root>[0]: " NAMED("capture_duration") ITEM_0},
	/* A key given twice. */
	{OPEN "  desc: e\n", "failed for <root>[0]: " UNKNOWN("") ITEM_0},
	{"- macro: m\n  condition: x\n  override: {}\n",
	 "failed for <root>[0][override]: Object should have no fewer than 1 properties.\n"
	 "failed for <root>[0]: " NAMED("override") ITEM_0},
	{"- list: l\n  items: [5, [a]]\n",
	 "failed for <root>[0][items][1]: " NO_TYPE
	 "failed for <root>[0][items][1]: Failed to validate against child schema #0.\n"
	 "failed for <root>[0][items][1]: " NO_TYPE
	 "failed for <root>[0][items][1]: Failed to validate against child schema #1.\n"
	 "failed for <root>[0][items][1]: Failed to validate against any schemas allowed by anyOf "
	 "constraint.\n"
	 "failed for <root>[0][items]: Failed to validate item #1 in array.\n"
	 "failed for <root>[0]: " NAMED("items") ITEM_0},
	{"- required_plugin_versions: [{name: a}]\n",
	 "failed for <root>[0][required_plugin_versions][0]: Missing required property 'version'.\n"
	 "failed for <root>[0][required_plugin_versions]: Failed to validate item #0 in array.\n"
	 "failed for <root>[0]: " NAMED("required_plugin_versions") ITEM_0},
	/* The first document decides. */
	{OPEN "---\n- foo: 1\n", "ok\nfailed for <root>[0]: " UNKNOWN("foo") ITEM_0},
};

START_TEST(schema)
{
	for (size_t i = 0; i < ARRAY_SIZE(schema_rows); i++) {
		struct loaded l = load_text(schema_rows[i].text);
		const struct schema_result *r = ruleset_schema(&l.rs, 0);
		struct strbuf got cleanup_strbuf = STRBUF_INIT;

		ck_assert_msg(!r == !schema_rows[i].lines, "%s", schema_rows[i].text);
		for (size_t j = 0; r && j < r->lines.n; j++)
			strbuf_addf(&got, "%s\n", r->lines.v[j]);
		if (r)
			ck_assert_str_eq(got.buf, schema_rows[i].lines);
		if (r)
			ck_assert_int_eq(schema_is_valid(r), !strncmp(got.buf, "ok", 2));
		ruleset_release(&l.rs);
	}
}
END_TEST

UNIT_MAIN("rules_verdict", verdicts, schema)

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compile-time checks: fields, operators, constants, outputs; and Falco's verdicts as recorded.
 */
#include "rules_fixture.h"

#include "rules/fields.h"

#include <dirent.h>

/* Findings of a rule with this condition and output. */
static struct loaded load_rule(const char *condition, const char *output, const char *more)
{
	char *text;
	struct loaded l;
	json_t *c = json_string(condition), *o = json_string(output);
	char *cs = json_dumps(c, JSON_ENCODE_ANY), *os = json_dumps(o, JSON_ENCODE_ANY);

	/* JSON is YAML: no quoting trouble. */
	text = xasprintf(
		"- rule: R\n  desc: d\n  condition: %s\n  output: %s\n  priority: INFO\n%s", cs, os,
		more);
	l = load_text(text);
	free(text);
	free(cs);
	free(os);
	json_decref(c);
	json_decref(o);
	return l;
}

static void check_rows(const char *const (*rows)[2], size_t n, const char *prefix)
{
	for (size_t i = 0; i < n; i++) {
		char *condition = xasprintf("%s%s", prefix, rows[i][0]);
		struct loaded l = load_rule(condition, "o", "");

		ck_assert_msg(!strcmp(codes(&l), rows[i][1]), "%s: \"%s\", expected \"%s\"",
			      condition, codes(&l), rows[i][1]);
		ruleset_release(&l.rs);
		free(condition);
	}
}

#define BAD "!ERR_COMPILE_CONDITION"

START_TEST(fields)
{
	static const char *const rows[][2] = {
		{"fd.nosuch=1", BAD},
		{"Fd.name=x", BAD},
		{"proc.namex=x", BAD},
		{"proc.name[1]=x", BAD},
		{"proc.aname[2]=x", ""},
		{"proc.aname[-2]=x", ""},
		{"proc.aname['2']=x", ""},
		{"proc.aname[x]=x", BAD},
		{"proc.aname[0x2]=x", BAD},
		{"proc.aname=x", ""},
		{"proc.env[HOME]=x", ""},
		{"proc.env['a b']=x", ""},
		{"proc.env['a]b']=x", BAD},
		{"proc.aenv[2]=x", ""},
		{"fd.types[1] in (file)", ""},
		{"fd.types[x] in (file)", BAD},
		{"evt.arg[0]=x", ""},
		{"evt.arg.path=x", ""},
		{"evt.arg.nosuch=x", BAD},
		{"evt.arg=x", BAD},
		{"evt.args=x", ""},
		{"evt.rawarg.fd=3", ""},
		{"evt.rawarg[0]=3", BAD},
		{"evt.type.is.open=1", ""},
		{"evt.type.is.nosuch=1", BAD},
		{"evt.type.is=1", BAD},
		{"evt.around[5]=1", ""},
		{"evt.around[5]>1", BAD},
		{"evt.around=1", BAD},
		{"evt.abspath=x", ""},
		{"evt.abspath.src=x", ""},
		{"evt.abspath.other=x", BAD},
		{"thread.cgroup.cpu=x", ""},
		{"thread.cgroup.c1=x", BAD},
		{"thread.cgroup=x", BAD},
		{"thread.cgroups=x", ""},
		{"container.label[a]=x", ""},
		{"container.label=x", BAD},
		{"container.label['a b']=x", BAD},
		{"container.id[1]=x", BAD},
		{"container.mount.source[0]=x", ""},
		{"k8s.ns.name=x", ""},
		{"ka.verb=x", BAD},
		{"arg.x=y", BAD},
		{"util.cnt=1", ""},
		{"evt.dir=<", "DEPRECATED_ITEM"},
		{"evt.latency.human=x", "DEPRECATED_ITEM"},
		{"evt.latency=5", "DEPRECATED_ITEM"},
	};

	check_rows(rows, ARRAY_SIZE(rows), "evt.type=open and ");
}
END_TEST

START_TEST(operators_and_constants)
{
	static const char *const rows[][2] = {
		{"proc.pid=abc", BAD},
		{"proc.pid=' 5'", ""},
		{"proc.pid='5 '", BAD},
		{"proc.pid=+5", ""},
		{"proc.pid=''", BAD},
		{"proc.pid<0x10", BAD},
		{"proc.pid=1e3", BAD},
		{"proc.pid=99999999999999999999999", ""},
		{"thread.cpu>5.5", BAD},
		{"thread.cpu>5", ""},
		{"proc.pid contains 5", BAD},
		{"proc.pid in (1, 2)", ""},
		{"proc.pid in (1, x)", BAD},
		{"proc.pid pmatch (1)", BAD},
		{"proc.name < 5", ""},
		{"proc.name glob a*", ""},
		{"proc.name pmatch (a)", ""},
		{"proc.name bcontains aa", BAD},
		{"evt.is_io=true", ""},
		{"evt.is_io=True", BAD},
		{"evt.is_io<1", BAD},
		{"evt.buffer contains a", ""},
		{"evt.buffer bcontains a", BAD},
		{"evt.buffer bcontains aAfF", ""},
		{"evt.buffer bstartswith 0xff", BAD},
		{"evt.buffer glob a", BAD},
		{"evt.buffer exists", ""},
		{"fd.ip=1.2.3.4", ""},
		{"fd.ip=1.2.3", BAD},
		{"fd.ip='fe80::1'", ""},
		{"fd.ip=1.2.3.4/8", BAD},
		{"fd.ip=localhost", BAD},
		{"fd.ip contains anyof (1.2.3.4)", BAD},
		{"fd.ip = anyof (1.2.3.4)", ""},
		{"fd.net=10.0.0.0/8", ""},
		{"fd.net=10.0.0.0", BAD},
		{"fd.net=10.0.0.0/33", BAD},
		{"fd.net=10.0.0.0/256", ""},
		{"fd.net='fe80::/10'", ""},
		{"fd.net='fe80::/0'", BAD},
		{"fd.net='fe80::/129'", BAD},
		{"fd.sport=443", ""},
		{"fd.sport=70000", ""},
		{"fd.sport=https", ""},
		{"fd.sport=HTTPS", BAD},
		{"fd.sport=-1", BAD},
		{"fd.sport=0x50", BAD},
		{"fd.sport=''", ""},
		{"fd.sport=99999999999", BAD},
		{"fd.types in (file)", ""},
		{"fd.types=file", BAD},
		{"fd.types exists", ""},
		{"evt.rawarg.addr=x", BAD},
		{"evt.rawarg.addr exists", ""},
		{"evt.rawarg.data=x", BAD},
		{"evt.rawarg.sig=9", BAD},
		{"evt.rawarg.uid=0", ""},
		{"evt.type startswith op", BAD},
		{"evt.type=opne", BAD},
		{"evt.type in (open, opne)", BAD},
		{"evt.type=''", "NO_EVTTYPE"},
		{"evt.type=pread64", "NO_EVTTYPE"},
		{"syscall.type=opne", "NO_EVTTYPE"},
	};

	check_rows(rows, ARRAY_SIZE(rows), "evt.type=open and ");
}
END_TEST

START_TEST(long_constants)
{
	char value[300];
	char *condition;

	for (size_t n = 255; n <= 256; n++) {
		struct loaded l;

		memset(value, 'a', n);
		value[n] = '\0';
		condition = xasprintf("evt.type=open and proc.name=%s", value);
		l = load_rule(condition, "o", "");
		ck_assert_int_eq(l.rc, n > 255 ? -1 : 0);
		ruleset_release(&l.rs);
		free(condition);
	}
}
END_TEST

START_TEST(transformers_and_right_fields)
{
	static const char *const rows[][2] = {
		{"tolower(proc.name)=x", ""},
		{"tolower(proc.pid)=x", BAD},
		{"len(proc.name) > 5", ""},
		{"len(proc.name) = x", BAD},
		{"len(fd.types) > 5", ""},
		{"len(proc.pid) > 5", BAD},
		{"b64(evt.buffer) contains x", ""},
		{"toupper(evt.buffer) contains x", BAD},
		{"basename(fd.name) in (a)", ""},
		{"tolower(proc.aname[1])=x", BAD},
		{"tolower(fd.ip)=x", BAD},
		{"join(',', fd.types)=x", ""},
		{"join(',', proc.name)=x", BAD},
		{"join(',')=x", BAD},
		{"concat(proc.name, 'x')=x", ""},
		{"concat(proc.pid, 'x')=x", BAD},
		{"concat(proc.name)=x", BAD},
		{"tolower(proc.name, fd.name)=x", BAD},
		{"getopt(fd.types, 'a:') in (x)", ""},
		{"getopt(fd.types, 'a:')[a] = x", ""},
		{"getopt(fd.types, 'a:')[ab] = x", BAD},
		{"tolower(proc.name)[a] = x", BAD},
		{"fd.name = val(proc.exepath)", ""},
		{"fd.name = val(proc.pid)", BAD},
		{"proc.pid = val(proc.ppid)", ""},
		{"proc.pid = val(fd.ino)", ""},
		{"evt.num = val(proc.pid)", BAD},
		{"fd.name pmatch val(proc.name)", BAD},
		{"fd.name regex val(proc.name)", BAD},
		{"fd.sip = val(fd.ip)", BAD},
		{"fd.ip = val(fd.sip)", BAD},
		{"fd.snet = val(fd.sip)", BAD},
		{"proc.aname = val(proc.name)", BAD},
		{"evt.type = val(proc.name)", BAD},
		{"tolower(evt.type) = open", BAD},
		{"tolower(evt.type) contains open", ""},
		{"fd.name = val(fd.nosuch)", BAD},
		{"len(fd.name) = len(proc.name)", ""},
		{"len(proc.nosuch) = 5", BAD},
	};

	check_rows(rows, ARRAY_SIZE(rows), "evt.type=open and ");
}
END_TEST

START_TEST(regexes)
{
	static const struct {
		const char *re;
		bool ok;
	} rows[] = {
		{"", true},
		{"/a[0-9]+", true},
		{"^(a|b)*c$", true},
		{"(a", false},
		{"a)", false},
		{"[a", false},
		{"[]a]", true},
		{"[^]a]", true},
		{"[z-a]", false},
		{"[a-z-9]", false},
		{"[a-]", true},
		{"[[:alpha:]_]+", true},
		{"[[:nope:]]", false},
		{"*a", false},
		{"(*a)", false},
		{"a|*b", false},
		{"a**", true},
		{"a{2,5}", true},
		{"a{5,2}", false},
		{"a{1001}", false},
		{"(a{100}){11}", false},
		{"a{,5}", true},
		{"a{x", true},
		{"\\d", false},
		{"\\bx", false},
		{"[\\w]", false},
		{"\\.", true},
		{"\\/", true},
		{"\\n\\t", true},
		{"\\x41\\x{1F600}", true},
		{"\\x4", false},
		{"\\1", false},
		{"\\012", true},
		{"a\\", false},
		{"(?:a)", false},
		{"(?i)a", false},
		{"a||b", true},
		{"()", true},
		{"\xc3\xa9+", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = ERROR_INIT;

		ck_assert_msg((rule_regex_check(rows[i].re, &err) == 0) == rows[i].ok, "%s: %s",
			      rows[i].re, err.msg);
	}
}
END_TEST

START_TEST(warnings)
{
	static const char *const rows[][2] = {
		{"proc.name=fd.name", "COMPILE_CONDITION"},
		{"proc.name='fd. name'", "COMPILE_CONDITION"},
		{"proc.name='tolower(x)'", "COMPILE_CONDITION"},
		{"proc.name='proc.aname[1]'", "COMPILE_CONDITION"},
		{"proc.name=fd.nosuch", ""},
		{"fd.name regex '.*abc$'", "COMPILE_CONDITION"},
		{"fd.name regex 'a.c'", ""},
		{"fd.name regex '^abc'", "COMPILE_CONDITION"},
		{"(proc.name=fd.name or proc.name in (fd.num, x))",
		 "COMPILE_CONDITION COMPILE_CONDITION"},
		{"ka.verb in (x, '<NA>')", "UNSAFE_NA_CHECK " BAD},
		{"proc.name='<NA>'", ""},
		{"evt.dir=< and evt.dir=> and evt.wait_latency=1",
		 "DEPRECATED_ITEM DEPRECATED_ITEM"},
	};

	check_rows(rows, ARRAY_SIZE(rows), "evt.type=open and ");
	/* Through a macro, once a rule. */
	assert_codes("- macro: m\n  condition: evt.dir=< or proc.name=fd.name\n" RULE(
			     "R", "evt.type=open and m") RULE("S", "evt.type=open and m"),
		     "DEPRECATED_ITEM COMPILE_CONDITION DEPRECATED_ITEM COMPILE_CONDITION");
}
END_TEST

START_TEST(skip_if_unknown)
{
	static const struct {
		const char *condition, *output, *codes;
	} rows[] = {
		{"evt.type=open and fd.nosuch=1", "o", "UNKNOWN_FILTER"},
		{"evt.type=opne", "o", "UNKNOWN_FILTER"},
		{"evt.type=open", "%nosuch", "UNKNOWN_FILTER"},
		{"evt.type=open and evt.arg.nosuch=1", "o", BAD},
		{"evt.type=open and proc.pid=x", "o", BAD},
		{"evt.type=open and", "o", BAD},
		{"evt.type=open and m", "o", "!ERR_VALIDATE"},
		{"evt.type=open", "%", "UNKNOWN_FILTER"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_rule(rows[i].condition, rows[i].output,
					    "  skip-if-unknown-filter: true\n");

		ck_assert_msg(!strcmp(codes(&l), rows[i].codes), "%s %s: %s", rows[i].condition,
			      rows[i].output, codes(&l));
		ck_assert_str_eq(compiled(&l, "R"), "-");
		ruleset_release(&l.rs);
	}
}
END_TEST

START_TEST(outputs)
{
	static const struct {
		const char *output, *codes, *fields;
	} rows[] = {
		{"x %proc.name y", "", "proc.name"},
		{"%proc.namexx", "", "proc.name"},
		{"%proc.aname[x] %proc.aname[2]", "", "proc.aname proc.aname[2]"},
		{"%20proc.name%fd.name", "", "proc.name fd.name"},
		{"*%proc.name", "", "proc.name"},
		{"%tolower(proc.name)", "", "proc.name tolower(proc.name)"},
		{"%tolower(toupper(proc.name))", "", "proc.name tolower(toupper(proc.name))"},
		{"%evt.arg.path", "", "evt.arg.path"},
		{"100%", "!ERR_COMPILE_OUTPUT", NULL},
		{"50% x", "!ERR_COMPILE_OUTPUT", NULL},
		{"%%", "!ERR_COMPILE_OUTPUT", NULL},
		{"%5", "!ERR_COMPILE_OUTPUT", NULL},
		{"%nosuch", "!ERR_COMPILE_OUTPUT", NULL},
		{"%val(proc.name)", "!ERR_COMPILE_OUTPUT", NULL},
		{"%(proc.name)", "!ERR_COMPILE_OUTPUT", NULL},
		{"%container.info", "DEPRECATED_ITEM", ""},
		{"x evt.dir", "DEPRECATED_ITEM", ""},
		{"%evt.latency.human", "DEPRECATED_ITEM DEPRECATED_ITEM", "evt.latency.human"},
	};
	struct ruleset_options opt = RULESET_OPTIONS_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_rule("evt.type=open", rows[i].output, "");
		struct strvec names = STRVEC_INIT;
		char text[512] = "";

		if (strcmp(codes(&l), "!ERR_COMPILE_OUTPUT") || rows[i].fields)
			ck_assert_msg(!strcmp(codes(&l), rows[i].codes), "%s: %s", rows[i].output,
				      codes(&l));
		if (rows[i].fields) {
			output_fields_of(&opt, rows[i].output, &names);
			for (size_t n = 0; n < names.n; n++)
				snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
					 n ? " " : "", names.v[n]);
		}
		if (rows[i].fields && !strstr(rows[i].output, "container.info"))
			ck_assert_str_eq(text, rows[i].fields);
		strvec_release(&names);
		ruleset_release(&l.rs);
	}
}
END_TEST

START_TEST(field_table)
{
	/* Looking up the exact name is right only while no field of an earlier class is the
	 * beginning of a later class's name. */
	for (size_t i = 0; i < n_rule_fields; i++) {
		if (i)
			ck_assert_int_lt(strcmp(rule_fields[i - 1].name, rule_fields[i].name), 0);
		for (size_t j = 0; j < n_rule_fields; j++)
			if (rule_fields[i].class < rule_fields[j].class)
				ck_assert_msg(strncmp(rule_fields[i].name, rule_fields[j].name,
						      strlen(rule_fields[i].name)),
					      "%s, %s", rule_fields[i].name, rule_fields[j].name);
	}
	for (size_t i = 1; i < n_rule_event_params; i++)
		ck_assert_int_lt(strcmp(rule_event_params[i - 1].name, rule_event_params[i].name),
				 0);
}
END_TEST

/* Codes of one array of Falco's result, joined. */
static void recorded_codes(const json_t *array, char *out, size_t size)
{
	const json_t *v;
	size_t i;

	out[0] = '\0';
	json_array_foreach(array, i, v) snprintf(out + strlen(out), size - strlen(out), "%s ",
						 json_string_value(json_object_get(v, "code")));
}

static void found_codes(const struct ruleset *rs, enum finding_severity severity, char *out,
			size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < rs->n_findings; i++)
		if (rs->findings[i].severity == severity)
			snprintf(out + strlen(out), size - strlen(out), "%s ",
				 rs->findings[i].code);
}

static void compare_verdict(const char *yaml, const char *json)
{
	json_t *doc = json_load_file(json, 0, NULL), *result;
	char want[512], got[512];
	struct error err = ERROR_INIT;
	struct ruleset rs;
	int rc;

	ck_assert_ptr_nonnull(doc);
	result = json_array_get(json_object_get(doc, "falco_load_results"), 0);
	rc = ruleset_load(&rs, &yaml, 1, NULL, &err);
	ck_assert_msg(json_is_true(json_object_get(result, "successful")) == !rc, "%s: %s", yaml,
		      err.msg);
	recorded_codes(json_object_get(result, "errors"), want, sizeof(want));
	found_codes(&rs, FINDING_ERROR, got, sizeof(got));
	ck_assert_msg(!strcmp(want, got), "%s: %s, expected %s", yaml, got, want);
	recorded_codes(json_object_get(result, "warnings"), want, sizeof(want));
	found_codes(&rs, FINDING_WARNING, got, sizeof(got));
	ck_assert_msg(!strcmp(want, got), "%s: %s, expected %s", yaml, got, want);
	ruleset_release(&rs);
	json_decref(doc);
}

START_TEST(recorded_verdicts)
{
	const char *dir = shared_path("recorded/validate");
	struct strvec names = STRVEC_INIT;
	size_t n = 0;
	struct dirent *e;
	DIR *d;

	SKIP_WITHOUT(dir);
	d = opendir(dir);
	while ((e = readdir(d))) {
		char yaml[4096], json[4096];
		size_t len = strlen(e->d_name);

		if (len < 5 || strcmp(e->d_name + len - 5, ".yaml"))
			continue;
		snprintf(yaml, sizeof(yaml), "%s/%s", dir, e->d_name);
		snprintf(json, sizeof(json), "%s/%.*s.json", dir, (int)len - 5, e->d_name);
		compare_verdict(yaml, json);
		n++;
	}
	closedir(d);
	strvec_release(&names);
	ck_assert_uint_ge(n, 23);
}
END_TEST

START_TEST(upstream_is_accepted_without_a_word)
{
	static const char *const files[] = {"upstream/falco_rules.yaml",
					    "upstream/falco-incubating_rules.yaml",
					    "upstream/falco-sandbox_rules.yaml"};
	size_t n = 0;

	SKIP_WITHOUT(shared_path(files[0]));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const char *path = shared_path(files[i]);
		struct error err = ERROR_INIT;
		struct ruleset rs;

		ck_assert_msg(!ruleset_load(&rs, &path, 1, NULL, &err), "%s", err.msg);
		for (size_t k = 0; k < rs.n_findings; k++)
			ck_assert_str_eq(rs.findings[k].code, "LOAD_UNUSED_LIST");
		n += rs.n;
		ruleset_release(&rs);
	}
	ck_assert_uint_eq(n, 93);
}
END_TEST

UNIT_MAIN("rules_check", fields, operators_and_constants, long_constants,
	  transformers_and_right_fields, regexes, warnings, skip_if_unknown, outputs, field_table,
	  recorded_verdicts, upstream_is_accepted_without_a_word)

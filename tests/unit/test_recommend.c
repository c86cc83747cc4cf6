/* SPDX-License-Identifier: Apache-2.0 */
/* Which case is recommended, and that what is to be pasted means what it should. */
#include "unit.h"

#include "advise/advise.h"
#include "advise/blocks.h"
#include "base/yaml.h"
#include "results_maker.h"
#include "syscalls/select.h"

#include <stdbool.h>

struct row {
	const char *key;
	int64_t complete; /* of 10 rules */
	size_t size;
	double rate;   /* NaN: not exercised */
	int64_t lacks; /* names of repair(rules) that the set has not */
};

struct scenario {
	bool dummy;
	double max_drop; /* -1: not given */
	struct row rows[5];
	const char *kind, *key; /* expected; key NULL: none */
};

static const struct scenario scenarios[] = {
	/* The largest coverage within the limit, not the lowest drop rate. */
	{false,
	 -1,
	 {{"a", 7, 20, 0, 0}, {"b", 9, 30, .009, 0}, {"c", 10, 40, .02, 0}},
	 "recommended",
	 "b"},
	{false,
	 .05,
	 {{"a", 7, 20, 0, 0}, {"b", 9, 30, .009, 0}, {"c", 10, 40, .02, 0}},
	 "recommended",
	 "c"},
	/* Equal coverage: a set that holds repair(rules) already, then rank. */
	{false,
	 -1,
	 {{"a", 10, 20, 0, 3}, {"b", 10, 30, 0, 0}, {"c", 10, 40, 0, 0}},
	 "recommended",
	 "b"},
	/* A case without evidence only where there is no other. */
	{false, -1, {{"a", 10, 20, NAN, 0}, {"b", 9, 30, .001, 0}}, "recommended", "b"},
	{false, -1, {{"a", 10, 20, NAN, 0}, {"b", 9, 30, .5, 0}}, "recommended", "a"},
	/* With the dummy rules: the largest set, and a diagnosis only. */
	{true,
	 -1,
	 {{"spawned-process", 1, 20, 0, 0}, {"accept", 1, 30, .001, 0}, {"open", 1, 40, .2, 0}},
	 "diagnosis",
	 "accept"},
	/* Nothing within the limit: the best is named. */
	{true, -1, {{"repair", 1, 20, .03, 0}, {"accept", 1, 30, .2, 0}}, "none-within", "repair"},
	/* A limit of 0 is a limit. */
	{false, 0, {{"a", 10, 20, .0001, 0}}, "none-within", "a"},
	/* Test 1 drops too. */
	{true,
	 -1,
	 {{"spawned-process", 1, 20, .03, 0}, {"accept", 1, 30, .2, 0}},
	 "unfixable",
	 "spawned-process"},
	{true,
	 .05,
	 {{"spawned-process", 1, 20, .03, 0}, {"accept", 1, 30, .2, 0}},
	 "diagnosis",
	 "spawned-process"},
	{false, -1, {{NULL, 0, 0, 0, 0}}, "no-data", NULL},
};

static void make_rows(struct results *r, const struct scenario *s)
{
	r->dummy_rules = s->dummy;
	r->max_drop_given = s->max_drop >= 0;
	r->max_drop = r->max_drop_given ? s->max_drop : 0;
	for (size_t i = 0; i < ARRAY_SIZE(s->rows) && s->rows[i].key; i++) {
		const struct row *row = &s->rows[i];
		struct res_case *c = make_case(r, row->key, row->size);

		c->rules_total = 10;
		c->rules_complete = row->complete;
		make_summary(c, row->rate, row->rate, row->rate);
		strvec_push(&c->repair_set, "call00");
		for (int64_t k = 0; k < row->lacks; k++)
			strvec_pushf(&c->repair_set, "more%d", (int)k);
	}
}

static size_t count_sentences(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '.' && (!s[1] || s[1] == ' ');
	return n;
}

static bool has_warning(const struct results *r, const char *text)
{
	for (size_t i = 0; i < r->rec.warnings.n; i++)
		if (strstr(r->rec.warnings.v[i], text))
			return true;
	return false;
}

START_TEST(largest_coverage_within_the_limit_is_chosen)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		const struct scenario *s = &scenarios[i];
		struct results r = RESULTS_INIT;

		make_rows(&r, s);
		advise_rank(&r);
		advise_recommend(&r);
		advise_recommend(&r);
		ck_assert_msg(!strcmp(r.rec.kind, s->kind), "row %zu: %s", i, r.rec.kind);
		if (s->key)
			ck_assert_msg(!strcmp(r.rec.case_key, s->key), "row %zu: %s", i,
				      r.rec.case_key);
		else
			ck_assert_ptr_null(r.rec.case_key);
		ck_assert_msg(count_sentences(r.rec.reason) == 2, "%s", r.rec.reason);
		ck_assert_int_eq(r.rec.yaml != NULL,
				 !strcmp(s->kind, "recommended") || !strcmp(s->kind, "diagnosis"));
		ck_assert_int_eq(r.rec.yaml != NULL, r.rec.flags != NULL && r.rec.helm != NULL);
		if (s->dummy && r.rec.yaml)
			ck_assert_ptr_nonnull(strstr(r.rec.yaml, "diagnosis only"));
		results_release(&r);
	}
}
END_TEST

START_TEST(test_1_dropping_means_that_nothing_helps)
{
	struct scenario s = scenarios[8];
	struct results r = RESULTS_INIT;

	make_rows(&r, &s);
	advise_rank(&r);
	advise_recommend(&r);
	ck_assert_ptr_nonnull(strstr(r.rec.reason, "No configuration will help on this host"));
	ck_assert(has_warning(&r, "buf_size_preset 5 to 10 were not tested"));
	/* Another case had larger buffers, so Test 1 was not at the largest. */
	r.cases[1].buffer_bytes *= 2;
	advise_recommend(&r);
	ck_assert_str_eq(r.rec.kind, "none-within");
	results_release(&r);
}
END_TEST

START_TEST(limits_of_the_evidence_are_said)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "repair", 20);

	make_summary(c, .004, .001, .03);
	c->sum.indicative = true;
	c->agreement = false;
	r.engine_embedded = true;
	r.max_drop = .01;
	advise_rank(&r);
	advise_recommend(&r);
	ck_assert(has_warning(&r, "lower bound for Falco"));
	ck_assert(has_warning(&r, "indicative until run with Falco"));
	ck_assert(has_warning(&r, "upper end of the interval (3.00%)"));
	ck_assert(has_warning(&r, "3 repeats of 30 s"));
	ck_assert(has_warning(&r, "not the predicted one"));
	ck_assert_ptr_nonnull(strstr(r.rec.yaml, "indicative until run with Falco"));
	results_release(&r);
}
END_TEST

/* ---- what is pasted ---- */

static const struct yaml_node *at(const struct yaml_node *n, const char *path)
{
	char part[64];

	while (*path) {
		size_t len = strcspn(path, ".");

		snprintf(part, sizeof(part), "%.*s", (int)len, path);
		n = yaml_get(n, part);
		path += len + (path[len] == '.');
	}
	return n;
}

static const char *value(const struct yaml_node *root, const char *path)
{
	const struct yaml_node *n = at(root, path);

	ck_assert_msg(n && n->kind == YAML_SCALAR, "%s is not there", path);
	return n->value;
}

static void check_list(const struct yaml_node *n, const struct strvec *want)
{
	ck_assert(n && n->kind == YAML_SEQ);
	ck_assert_uint_eq(n->n, want->n);
	for (size_t i = 0; i < want->n; i++) {
		ck_assert(!n->items[i]->tagged);
		ck_assert_str_eq(n->items[i]->value, want->v[i]);
	}
}

static void hostile_set(struct res_case *c)
{
	static const char *const names[] = {"clone", "!recvfrom", "",	  "a\"b\\c",
					    "x: y",  "no",	  "it's", "# x"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		strvec_push(&c->custom_set, names[i]);
	for (int i = 0; i < 60; i++) /* long enough to be wrapped */
		strvec_pushf(&c->custom_set, "!somecall%d", i);
}

START_TEST(yaml_and_helm_blocks_are_read_back_as_meant)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "open/p7-c4", 20);
	struct yaml_docs y cleanup_yaml = {0}, h cleanup_yaml = {0};
	struct error err = ERROR_INIT;
	char *yaml cleanup_free = NULL, *helm cleanup_free = NULL;

	hostile_set(c);
	c->preset = 7;
	c->cpus_per_buffer = 4;
	c->drop_failed_exit = true;
	c->plugins_none = true;
	yaml = blocks_yaml(c, true, "a\nevil: true");
	ck_assert_msg(!yaml_parse(&y, "y", yaml, strlen(yaml), NULL, &err), "%s", err.msg);
	ck_assert_ptr_null(yaml_get(y.docs[0], "evil"));
	check_list(at(y.docs[0], "base_syscalls.custom_set"), &c->custom_set);
	ck_assert_str_eq(value(y.docs[0], "base_syscalls.repair"), "true");
	ck_assert_str_eq(value(y.docs[0], "base_syscalls.all"), "false");
	ck_assert_str_eq(value(y.docs[0], "engine.kind"), "modern_ebpf");
	ck_assert_str_eq(value(y.docs[0], "engine.modern_ebpf.buf_size_preset"), "7");
	ck_assert_str_eq(value(y.docs[0], "engine.modern_ebpf.cpus_for_each_buffer"), "4");
	ck_assert_str_eq(value(y.docs[0], "engine.modern_ebpf.drop_failed_exit"), "true");
	ck_assert_uint_eq(at(y.docs[0], "load_plugins")->n, 0);
	helm = blocks_helm(c, true, "a");
	ck_assert_msg(!yaml_parse(&h, "h", helm, strlen(helm), NULL, &err), "%s", err.msg);
	check_list(at(h.docs[0], "falco.base_syscalls.custom_set"), &c->custom_set);
	ck_assert_str_eq(value(h.docs[0], "driver.kind"), "modern_ebpf");
	ck_assert_str_eq(value(h.docs[0], "driver.modernEbpf.bufSizePreset"), "7");
	ck_assert_str_eq(value(h.docs[0], "driver.modernEbpf.cpusForEachBuffer"), "4");
	ck_assert_str_eq(value(h.docs[0], "collectors.enabled"), "false");
	results_release(&r);
}
END_TEST

/* A shell gives the words back; the map of base_syscalls is YAML. */
START_TEST(flags_survive_a_shell)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "open", 20);
	struct yaml_docs y cleanup_yaml = {0};
	struct error err = ERROR_INIT;
	char *flags cleanup_free = NULL, *cmd cleanup_free = NULL, line[8192];
	FILE *f;

	hostile_set(c);
	flags = blocks_flags(c, false);
	cmd = xasprintf("printf '%%s\\n' %s", flags);
	f = popen(cmd, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert(fgets(line, sizeof(line), f) && !strcmp(line, "-o\n"));
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	line[strcspn(line, "\n")] = '\0';
	ck_assert(!strncmp(line, "base_syscalls={", 15) && line[strlen(line) - 1] == '}');
	ck_assert_msg(!yaml_parse(&y, "o", line + 14, strlen(line + 14), NULL, &err), "%s",
		      err.msg);
	check_list(at(y.docs[0], "custom_set"), &c->custom_set);
	ck_assert_str_eq(value(y.docs[0], "repair"), "false");
	ck_assert(fgets(line, sizeof(line), f) && !strcmp(line, "-o\n"));
	ck_assert(fgets(line, sizeof(line), f) && !strcmp(line, "engine.kind=modern_ebpf\n"));
	pclose(f);
	results_release(&r);
}
END_TEST

START_TEST(kmod_and_unknown_buffers)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "open", 20);
	char *yaml cleanup_free = NULL, *flags cleanup_free = NULL, *none cleanup_free = NULL;

	free(c->engine_kind);
	c->engine_kind = xstrdup("kmod");
	c->preset = RES_UNKNOWN; /* taken from the 8 MiB in effect */
	yaml = blocks_yaml(c, false, NULL);
	ck_assert_ptr_nonnull(strstr(yaml, "  kmod:\n    buf_size_preset: 4\n"));
	ck_assert_ptr_null(strstr(yaml, "cpus_for_each_buffer"));
	flags = blocks_flags(c, false);
	ck_assert_ptr_nonnull(strstr(flags, "-o engine.kmod.buf_size_preset=4"));
	c->buffer_bytes = RES_UNKNOWN;
	none = blocks_yaml(c, false, NULL);
	ck_assert_ptr_null(strstr(none, "buf_size_preset"));
	results_release(&r);
}
END_TEST

/* ---- the recommended set contains repair(rules), whatever the case measured ---- */

static struct bitset select_final(const struct strvec *rule_calls, const struct strvec *custom,
				  bool repair)
{
	const struct catalogue *cat = catalogue_find(NULL);
	struct select_rule rule = {.name = "r"};
	char **names cleanup_free = strvec_argv(custom);
	struct select_input in = {.cat = cat,
				  .rules = &rule,
				  .n_rules = 1,
				  .custom_set = (const char *const *)names,
				  .n_custom = custom->n,
				  .repair = repair};
	struct selection sel = SELECTION_INIT;
	struct bitset final;

	cat_names_to_scs(cat, rule_calls, &rule.scs);
	selection_compute(&in, &sel);
	final = sel.final;
	selection_release(&sel);
	return final;
}

static void check_set(const char *rule_calls, const char *custom, bool measured_repair)
{
	const struct catalogue *cat = catalogue_find(NULL);
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "case", 0);
	struct strvec calls cleanup_strvec = STRVEC_INIT, own cleanup_strvec = STRVEC_INIT,
			    none cleanup_strvec = STRVEC_INIT;
	struct yaml_docs y cleanup_yaml = {0};
	struct error err = ERROR_INIT;
	struct bitset need, got;
	bool repair = false;

	for (const char *p = rule_calls; *p; p += strspn(p, " "))
		strvec_take(&calls, xstrndup(p, strcspn(p, " "))), p += strcspn(p, " ");
	for (const char *p = custom; *p; p += strspn(p, " "))
		strvec_take(&c->custom_set, xstrndup(p, strcspn(p, " "))), p += strcspn(p, " ");
	need = select_final(&calls, &none, true);
	cat_scs_to_names(cat, need, &c->repair_set);
	cat_scs_to_names(cat, select_final(&calls, &c->custom_set, measured_repair), &c->predicted);
	c->repair = measured_repair;
	make_summary(c, 0, 0, .01);
	advise_rank(&r);
	advise_recommend(&r);
	ck_assert_str_eq(r.rec.kind, "recommended");
	ck_assert(!yaml_parse(&y, "y", r.rec.yaml, strlen(r.rec.yaml), NULL, &err));
	for (size_t i = 0; i < at(y.docs[0], "base_syscalls.custom_set")->n; i++)
		strvec_push(&own, at(y.docs[0], "base_syscalls.custom_set")->items[i]->value);
	yaml_to_bool(value(y.docs[0], "base_syscalls.repair"), &repair);
	got = select_final(&calls, &own, repair);
	ck_assert_msg(bitset_empty(bitset_minus(need, got)), "%s with [%s]", rule_calls, custom);
	ck_assert_int_eq(repair && !measured_repair, has_warning(&r, "repair: true is added"));
	results_release(&r);
}

START_TEST(recommended_sets_contain_what_repair_gives)
{
	static const char *const rules[] = {"execve execveat", "openat open",
					    "connect",	       "accept accept4 listen",
					    "ptrace",	       "openat connect bind"};
	static const char *const customs[] = {"",
					      "clone clone3 fork vfork execve execveat procexit",
					      "clone execve getsockopt socket bind accept close",
					      "!chdir",
					      "!close !fchdir",
					      "!openat !mount",
					      "clone !execve !connect !listen"};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		for (size_t k = 0; k < ARRAY_SIZE(customs); k++)
			for (int repair = 0; repair < 2; repair++)
				check_set(rules[i], customs[k], repair);
}
END_TEST

UNIT_MAIN("recommend", largest_coverage_within_the_limit_is_chosen,
	  test_1_dropping_means_that_nothing_helps, limits_of_the_evidence_are_said,
	  yaml_and_helm_blocks_are_read_back_as_meant, flags_survive_a_shell,
	  kmod_and_unknown_buffers, recommended_sets_contain_what_repair_gives)

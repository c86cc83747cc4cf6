/* SPDX-License-Identifier: Apache-2.0 */
/* Case files: what they may say, how sweeps expand, which errors they give. */
#include "base/fs.h"
#include "base/mem.h"
#include "run/case.h"
#include "unit.h"

static char dir[64];

static void in_dir(void)
{
	unit_make_dir(dir, sizeof(dir));
}

static void out_dir(void)
{
	ck_assert_int_eq(fs_remove_tree(dir, NULL), 0);
}

static char *put(const char *name, const char *text)
{
	char *path = fs_join(dir, name);

	ck_assert_int_eq(fs_write_file(path, text, strlen(text), 0644, NULL), 0);
	return path;
}

static int load(struct case_list *l, const char *name, enum engine_kind kind, int n_cpus,
		struct error *err)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (name)
		strvec_push(&names, name);
	return case_list_load(l, &names, kind, n_cpus, err);
}

/* The keys of a list joined by blanks; the caller frees. */
static char *keys(const struct case_list *l)
{
	struct strbuf sb = STRBUF_INIT;

	for (size_t i = 0; i < l->n; i++)
		strbuf_addf(&sb, "%s%s", i ? " " : "", l->v[i].key);
	return strbuf_detach(&sb);
}

START_TEST(stock_cases_in_order)
{
	struct case_list l = CASE_LIST_INIT;
	struct error err = ERROR_INIT;
	char *k;

	ck_assert_msg(!load(&l, NULL, ENGINE_MODERN_EBPF, 4, &err), "%s", err.msg);
	k = keys(&l);
	ck_assert_str_eq(k, "spawned-process repair accept connect open default");
	for (size_t i = 0; i < l.n; i++) {
		ck_assert(l.v[i].has_base);
		ck_assert_str_eq(l.v[i].rules, "dummy");
		ck_assert_int_eq(l.v[i].preset, 0);
		ck_assert_int_eq(l.v[i].cpus, -1);
		ck_assert_int_eq(l.v[i].reference, i == 5);
		ck_assert_int_eq(l.v[i].repair, i == 1);
	}
	ck_assert_uint_eq(l.v[0].custom_set.n, 7);
	ck_assert_uint_eq(l.v[2].custom_set.n, 12);
	free(k);
	case_list_release(&l);
}
END_TEST

static const struct {
	enum engine_kind kind;
	int n_cpus;
	const char *keys;
} sweep_rows[] = {
	/* 2, 4 and 6 of 1 or 2 CPUs are all one buffer. */
	{ENGINE_MODERN_EBPF, 1,
	 "buffers/p5-c2 buffers/p6-c2 buffers/p7-c2 buffers/p5-c2-noplugins "
	 "buffers/p6-c2-noplugins buffers/p7-c2-noplugins"},
	{ENGINE_MODERN_EBPF, 2,
	 "buffers/p5-c2 buffers/p6-c2 buffers/p7-c2 buffers/p5-c2-noplugins "
	 "buffers/p6-c2-noplugins buffers/p7-c2-noplugins"},
	{ENGINE_MODERN_EBPF, 4,
	 "buffers/p5-c2 buffers/p5-c4 buffers/p6-c2 buffers/p6-c4 buffers/p7-c2 buffers/p7-c4 "
	 "buffers/p5-c2-noplugins buffers/p5-c4-noplugins buffers/p6-c2-noplugins "
	 "buffers/p6-c4-noplugins buffers/p7-c2-noplugins buffers/p7-c4-noplugins"},
	{ENGINE_MODERN_EBPF, 8,
	 "buffers/p5-c2 buffers/p5-c4 buffers/p5-c6 buffers/p6-c2 buffers/p6-c4 buffers/p6-c6 "
	 "buffers/p7-c2 buffers/p7-c4 buffers/p7-c6 buffers/p5-c2-noplugins "
	 "buffers/p5-c4-noplugins buffers/p5-c6-noplugins buffers/p6-c2-noplugins "
	 "buffers/p6-c4-noplugins buffers/p6-c6-noplugins buffers/p7-c2-noplugins "
	 "buffers/p7-c4-noplugins buffers/p7-c6-noplugins"},
	/* kmod has a buffer for each CPU, whatever. */
	{ENGINE_KMOD, 8,
	 "buffers/p5 buffers/p6 buffers/p7 buffers/p5-noplugins buffers/p6-noplugins "
	 "buffers/p7-noplugins"},
};

START_TEST(sweep_expands_to_what_differs_here)
{
	for (size_t i = 0; i < ARRAY_SIZE(sweep_rows); i++) {
		struct case_list l = CASE_LIST_INIT;
		struct error err = ERROR_INIT;
		char *k;

		ck_assert_msg(!load(&l, "buffers", sweep_rows[i].kind, sweep_rows[i].n_cpus, &err),
			      "%s", err.msg);
		k = keys(&l);
		ck_assert_str_eq(k, sweep_rows[i].keys);
		ck_assert(!l.v[0].has_base);
		free(k);
		case_list_release(&l);
	}
}
END_TEST

START_TEST(zero_and_too_many_cpus_are_one_buffer)
{
	struct case_list l = CASE_LIST_INIT;
	struct error err = ERROR_INIT;
	char *path, *k;

	in_dir();
	path = put("c.yaml",
		   "id: c\nengine: {modern_ebpf: {cpus_for_each_buffer: [1, 0, 3, 4, 99, 1]}}\n");
	ck_assert_msg(!load(&l, path, ENGINE_MODERN_EBPF, 4, &err), "%s", err.msg);
	k = keys(&l);
	ck_assert_str_eq(k, "c/c1 c/c0 c/c3");
	case_list_release(&l);
	free(k);
	ck_assert_msg(!load(&l, path, ENGINE_KMOD, 4, &err), "%s", err.msg);
	k = keys(&l);
	ck_assert_str_eq(k, "c");
	case_list_release(&l);
	free(k);
	free(path);
	out_dir();
}
END_TEST

START_TEST(every_key_is_read)
{
	struct case_list l = CASE_LIST_INIT;
	struct error err = ERROR_INIT;
	const struct tcase *c;
	char *path, *own;

	in_dir();
	own = put("own.yaml", "[]\n");
	path = put("full.yaml",
		   "id: a.b-1\ntitle: A title\nrules: own.yaml\n"
		   "base_syscalls:\n  custom_set: [open, \"!close\"]\n  repair: yes\n  all: true\n"
		   "engine:\n  modern_ebpf:\n    buf_size_preset: 7\n    cpus_for_each_buffer: 1\n"
		   "  kmod:\n    buf_size_preset: 9\n"
		   "plugins: none\nload: sub/my.yaml\nreference: true\n"
		   "expect:\n  final_set: [openat, clone]\n  max_drop: 1%\n");
	ck_assert_msg(!load(&l, path, ENGINE_MODERN_EBPF, 4, &err), "%s", err.msg);
	ck_assert_uint_eq(l.n, 1);
	c = &l.v[0];
	ck_assert_str_eq(c->key, "a.b-1");
	ck_assert_str_eq(c->variant, "");
	ck_assert_str_eq(c->title, "A title");
	ck_assert_str_eq(c->rules, own);
	ck_assert_uint_eq(c->custom_set.n, 2);
	ck_assert_str_eq(c->custom_set.v[1], "!close");
	ck_assert(c->repair && c->all && c->plugins_none && c->reference);
	ck_assert_int_eq(c->preset, 7);
	ck_assert_int_eq(c->cpus, 1);
	ck_assert(!strncmp(c->load, dir, strlen(dir)) && strstr(c->load, "sub/my.yaml"));
	ck_assert(c->has_expect_set && c->has_expect_drop);
	ck_assert_str_eq(c->expect_set.v[0], "clone");
	ck_assert_double_eq_tol(c->expect_max_drop, 0.01, 1e-12);
	case_list_release(&l);
	ck_assert_msg(!load(&l, path, ENGINE_KMOD, 4, &err), "%s", err.msg);
	ck_assert_int_eq(l.v[0].preset, 9);
	ck_assert_int_eq(l.v[0].cpus, -1);
	ck_assert_int_eq(l.v[0].kind, -1);
	case_list_release(&l);
	free(path);
	/* The case's own kind decides which section holds. */
	path = put("kind.yaml",
		   "id: k\nengine:\n  kind: kmod\n  modern_ebpf: {buf_size_preset: 7}\n"
		   "  kmod: {buf_size_preset: 9, drop_failed_exit: true}\n");
	ck_assert_msg(!load(&l, path, ENGINE_MODERN_EBPF, 4, &err), "%s", err.msg);
	ck_assert_int_eq(l.v[0].kind, ENGINE_KMOD);
	ck_assert_int_eq(l.v[0].preset, 9);
	ck_assert_int_eq(l.v[0].drop_failed_exit, 1);
	case_list_release(&l);
	free(path);
	free(own);
	out_dir();
}
END_TEST

START_TEST(the_same_file_counts_once)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct case_list l = CASE_LIST_INIT;
	struct error err = ERROR_INIT;
	char *stock = fs_data_path("testcases"), *k;

	ck_assert_ptr_nonnull(stock);
	strvec_push(&names, "open,accept");
	strvec_push(&names, "open");
	strvec_push(&names, stock);
	ck_assert_msg(!case_list_load(&l, &names, ENGINE_MODERN_EBPF, 2, &err), "%s", err.msg);
	k = keys(&l);
	ck_assert_str_eq(k, "open accept connect default repair spawned-process");
	free(k);
	free(stock);
	case_list_release(&l);
}
END_TEST

static const struct {
	const char *text, *error; /* after "c.yaml:" */
} bad_rows[] = {
	{"", "1:1: the file is empty"},
	{"# nothing\n", "1:1: the file is empty"},
	{"- id: x\n", "1:1: a case is a sequence"},
	{"title: x\n", "1:1: the case has no id"},
	{"id: x\nfoo: 1\n", "2:1: unknown key foo"},
	{"id: x\nid: y\n", "2:1: key id is given twice"},
	{"id: X\n", "1:5: id is 'X'"},
	{"id: ../x\n", "1:5: id is '../x'"},
	{"id: x\nbase_syscalls: {custom_set: open}\n", "2:29: base_syscalls.custom_set is open"},
	{"id: x\nbase_syscalls: {custom_set: [ !open ]}\n",
	 "2:31: base_syscalls.custom_set has !open"},
	{"id: x\nbase_syscalls: {custom_set: [Open]}\n",
	 "2:30: base_syscalls.custom_set has 'Open'"},
	{"id: x\nbase_syscalls: {repair: maybe}\n", "2:25: base_syscalls.repair is maybe"},
	{"id: x\nengine: {kind: ebpf}\n", "2:16: engine.kind is ebpf, expected modern_ebpf"},
	{"id: x\nengine: {modern_ebpf: {buf_size_preset: 11}}\n",
	 "2:41: engine.modern_ebpf.buf_size_preset is 11"},
	{"id: x\nengine: {modern_ebpf: {buf_size_preset: []}}\n",
	 "2:41: engine.modern_ebpf.buf_size_preset is an empty list"},
	{"id: x\nengine: {kmod: {cpus_for_each_buffer: 1}}\n",
	 "2:17: unknown key cpus_for_each_buffer"},
	{"id: x\nplugins: all\n", "2:10: plugins is all"},
	{"id: x\nrules: nosuch.yaml\n", "2:8: rules: nosuch.yaml does not exist"},
	{"id: x\nexpect: {max_drop: 5}\n", "2:20: expect.max_drop is 5"},
	{"id: x\n---\nid: y\n", "3:1: a second document"},
};

START_TEST(bad_files_give_a_place)
{
	in_dir();
	for (size_t i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		struct case_list l = CASE_LIST_INIT;
		struct error err = ERROR_INIT;
		char *path = put("c.yaml", bad_rows[i].text);
		char *want = xasprintf("%s:%s", path, bad_rows[i].error);

		ck_assert_int_eq(load(&l, path, ENGINE_MODERN_EBPF, 4, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_msg(!strncmp(err.msg, want, strlen(want)), "got:  %s\nwant: %s", err.msg,
			      want);
		ck_assert_uint_eq(l.n, 0);
		free(want);
		free(path);
	}
	out_dir();
}
END_TEST

START_TEST(an_id_belongs_to_one_file)
{
	struct case_list l = CASE_LIST_INIT;
	struct error err = ERROR_INIT;
	char *a, *b;

	in_dir();
	a = put("a.yaml", "id: same\n");
	b = put("b.yaml", "title: x\nid: same\n");
	ck_assert_int_eq(load(&l, dir, ENGINE_MODERN_EBPF, 4, &err), -1);
	ck_assert_msg(strstr(err.msg, "b.yaml:2:5: case id same is taken by"), "%s", err.msg);
	free(b);
	/* Two cases whose folders would be one. */
	b = put("b.yaml", "id: same.p5\n");
	free(a);
	a = put("a.yaml", "id: same\nengine: {modern_ebpf: {buf_size_preset: [5, 6]}}\n");
	ck_assert_int_eq(load(&l, dir, ENGINE_MODERN_EBPF, 4, &err), -1);
	ck_assert_msg(strstr(err.msg, "b.yaml:1:5: case id same.p5 is taken by"), "%s", err.msg);
	free(a);
	free(b);
	out_dir();
}
END_TEST

START_TEST(names_that_lead_nowhere)
{
	struct case_list l = CASE_LIST_INIT;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(load(&l, "no-such", ENGINE_MODERN_EBPF, 4, &err), -1);
	ck_assert_msg(strstr(err.msg, "no-such is neither") && strstr(err.msg, "buffers") &&
			      strstr(err.msg, "spawned-process"),
		      "%s", err.msg);
	ck_assert_int_eq(load(&l, "", ENGINE_MODERN_EBPF, 4, &err), -1);
	ck_assert_int_eq(load(&l, "./no-such.yaml", ENGINE_MODERN_EBPF, 4, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	in_dir();
	ck_assert_int_eq(load(&l, dir, ENGINE_MODERN_EBPF, 4, &err), -1);
	ck_assert_msg(strstr(err.msg, "no case file in this folder"), "%s", err.msg);
	out_dir();
}
END_TEST

UNIT_MAIN("case", stock_cases_in_order, sweep_expands_to_what_differs_here,
	  zero_and_too_many_cpus_are_one_buffer, every_key_is_read, the_same_file_counts_once,
	  bad_files_give_a_place, an_id_belongs_to_one_file, names_that_lead_nowhere)

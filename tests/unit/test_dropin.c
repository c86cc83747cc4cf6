/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of config.d: on top of the user's falco.yaml they bring about what -o would, and nothing
 * else.
 */
#include "test_config_fixture.h"

#include "config/dropin.h"

static const char own[] =
	"config_files: [@/d]\n"
	"engine:\n"
	"  kind: modern_ebpf\n"
	"  modern_ebpf: {buf_size_preset: 3, cpus_for_each_buffer: 5}\n"
	"  replay: {capture_file: /x}\n"
	"base_syscalls: {custom_set: [open, \"!close\"], repair: true}\n"
	"rules: [{disable: {tag: a}}]\n"
	"plugins: [{name: container, library_path: a.so}, {name: json, library_path: b.so}]\n"
	"load_plugins: [container]\n"
	"falco_libs: {thread_table_size: 1000, snaplen: 7}\n"
	"stdout_output: {enabled: true}\n";

static int make(const char *file, const char *sets, const char *change, int release,
		struct strbuf *out, struct error *err)
{
	struct strvec user cleanup_strvec = STRVEC_INIT, list cleanup_strvec = STRVEC_INIT;
	struct config_input in = {.file = file, .sets = &user, .release = release};
	char *copy cleanup_free = xstrdup(change), *rest = copy, *w;

	if (sets)
		strvec_push(&user, sets);
	while ((w = strsep(&rest, ";")))
		strvec_push(&list, w);
	return dropin_make(&in, &list, out, err);
}

START_TEST(test_blocks)
{
	static const struct {
		const char *change, *text;
	} t[] = {
		{"engine.modern_ebpf.buf_size_preset=6",
		 "engine:\n  kind: modern_ebpf\n  modern_ebpf:\n    buf_size_preset: 6\n"
		 "    cpus_for_each_buffer: 5\n  replay:\n    capture_file: /x\n"},
		{"falco_libs.thread_table_size=2000;falco_libs.snaplen=8",
		 "falco_libs:\n  thread_table_size: 2000\n  snaplen: 8\n"},
		{"base_syscalls={custom_set: [\"!read\"], repair: false}",
		 "base_syscalls:\n  custom_set:\n  - \"!read\"\n  repair: false\n"},
		/* Sequences are appended by Falco: the user's own entries must not come twice. */
		{"rules[]={disable: {rule: \"b c\"}}", "rules:\n- disable:\n    rule: \"b c\"\n"},
		{"outputs_queue.capacity=10", "outputs_queue:\n  capacity: 10\n"},
	};
	char *dir = make_dir(), *file cleanup_free = put_file(dir, "falco.yaml", own);
	char *other cleanup_free =
		put_file(dir, "d/a.yaml", "falco_libs: {thread_table_size: 1000, snaplen: 7}\n");

	ck_assert_ptr_nonnull(other);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct strbuf out cleanup_strbuf = STRBUF_INIT;
		struct error err = ERROR_INIT;

		ck_assert_msg(!make(file, NULL, t[i].change, 0, &out, &err), "%s: %s", t[i].change,
			      err.msg);
		ck_assert_str_eq(out.buf, t[i].text);
	}
	drop_dir(dir);
}
END_TEST

START_TEST(test_before_strategies)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	char *dir = make_dir(), *file cleanup_free = put_file(dir, "falco.yaml", own);
	struct error err = ERROR_INIT;

	/* Up to 0.40 an included sequence replaced the user's. */
	ck_assert_msg(!make(file, NULL, "rules[]={disable: {tag: b}}", 40, &out, &err), "%s",
		      err.msg);
	ck_assert_str_eq(out.buf, "rules:\n- disable:\n    tag: a\n- disable:\n    tag: b\n");
	drop_dir(dir);
}
END_TEST

START_TEST(test_refused)
{
	static const struct {
		const char *sets, *change, *why;
	} t[] = {
		/* The user's own -o comes after config_files. */
		{"engine.modern_ebpf.buf_size_preset=2", "engine.modern_ebpf.buf_size_preset=6",
		 "engine would have another value"},
		/* Appending takes nothing away. */
		{NULL, "load_plugins[0]=json", "load_plugins would have another value"},
		{NULL, "engine.modern_ebpf.buf_size_preset=11", "buf_size_preset"},
	};
	char *dir = make_dir(), *file cleanup_free = put_file(dir, "falco.yaml", own);

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct strbuf out cleanup_strbuf = STRBUF_INIT;
		struct error err = ERROR_INIT;

		ck_assert_int_eq(make(file, t[i].sets, t[i].change, 0, &out, &err), -1);
		ck_assert_msg(strstr(err.msg, t[i].why), "%s", err.msg);
		ck_assert_uint_eq(out.len, 0);
	}
	drop_dir(dir);
}
END_TEST

UNIT_MAIN("dropin", test_blocks, test_before_strategies, test_refused)

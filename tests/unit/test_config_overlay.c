/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case's overlay, read back as Falco would read it.
 */
#include "test_config_fixture.h"

#include "config/overlay.h"

/* Renders the overlay and loads the text again. */
static void round_trip(const struct config *from, const struct overlay *o, const char *dir,
		       struct config *to)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	char *path cleanup_free = fs_join(dir, "overlay.yaml");
	struct error err = ERROR_INIT;

	ck_assert_msg(!overlay_render(from, o, &text, &err), "%s", err.msg);
	ck_assert(!fs_write_file(path, text.buf, text.len, 0600, &err));
	ck_assert_msg(!load_with(to, path, NULL, &err), "%s:\n%s", err.msg, text.buf);
	ck_assert_msg(to->warnings.n == 0, "%s", to->warnings.n ? to->warnings.v[0] : "");
}

START_TEST(test_defaults_round_trip)
{
	char *dir = make_dir();
	struct overlay o = OVERLAY_INIT;
	struct config from cleanup_config = {0}, to cleanup_config = {0};
	struct error err = ERROR_INIT;

	o.metrics_file = "m.jsonl";
	o.alerts_file = "alerts: 1.jsonl";
	ck_assert(!load_with(&from, NULL, NULL, &err));
	round_trip(&from, &o, dir, &to);
	ck_assert_int_eq(to.kind, ENGINE_MODERN_EBPF);
	ck_assert_int_eq(to.buf_size_preset, 4);
	ck_assert_int_eq(to.cpus_for_each_buffer, 2);
	ck_assert(to.metrics_enabled && to.metrics_include_empty && to.metrics_rules_counters);
	ck_assert(to.metrics_resource && to.metrics_state_counters && to.metrics_kernel_counters);
	ck_assert(to.metrics_kernel_per_cpu && !to.metrics_libbpf_stats && !to.metrics_output_rule);
	ck_assert_int_eq(to.metrics_interval_ns, 1000000000);
	ck_assert_str_eq(to.metrics_output_file, "m.jsonl");
	ck_assert(to.file_enabled && to.file_keep_alive && to.json_output && !to.stdout_enabled);
	ck_assert_str_eq(to.file_filename, "alerts: 1.jsonl");
	ck_assert_str_eq(to.log_level, "debug");
	ck_assert_uint_eq(to.rules_files.n, 0);
	ck_assert_uint_eq(to.plugins_loaded.n, 1);
	ck_assert_str_eq(value_of(&to, "webserver.enabled"), "false");
	ck_assert_str_eq(value_of(&to, "capture.enabled"), "false");
	ck_assert_str_eq(value_of(&to, "syscall_event_drops.actions"), "- ignore");
	ck_assert_str_eq(value_of(&to, "log_syslog"), "false");
	ck_assert_str_eq(value_of(&to, "config_files"), "(absent)");
	ck_assert_str_eq(value_of(&to, "engine.embedded"), "(absent)");
	drop_dir(dir);
}
END_TEST

static const char rich[] =
	"engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 6, cpus_for_each_buffer: 3,\n"
	"    drop_failed_exit: true}, kmod: {buf_size_preset: 7},\n"
	"  embedded: {consumer_ns_per_event: 100}}\n"
	"base_syscalls: {custom_set: [open, '!clone', '', 'we\"ird'], repair: true, all: true}\n"
	"priority: error\n"
	"rule_matching: all\n"
	"rules: [{disable: {rule: '*'}}, {enable: {tag: net}}]\n"
	"outputs_queue: {capacity: 99}\n"
	"falco_libs: {thread_table_size: 1000}\n"
	"append_output: [{extra_output: 'x $${HOME} é'}]\n"
	"load_plugins: [container, k8saudit]\n"
	"plugins:\n"
	"- name: container\n"
	"  library_path: /opt/c.so\n"
	"  init_config: {label_max_len: 7, token: hunter2}\n"
	"- name: k8saudit\n"
	"  library_path: k.so\n"
	"  open_params: https://user:hunter2@host\n"
	"http_output: {enabled: true, url: 'https://hunter2@x'}\n"
	"program_output: {enabled: true, program: curl hunter2}\n"
	"grpc: {enabled: true, private_key: /etc/hunter2}\n"
	"webserver: {enabled: true, ssl_certificate: /hunter2}\n"
	"my_own: hunter2\n"
	"metrics: {enabled: false, output_file: /var/hunter2}\n";

START_TEST(test_user_choices_stay_and_secrets_go)
{
	char *dir = make_dir();
	char *path cleanup_free = put_file(dir, "falco.yaml", rich);
	struct overlay o = OVERLAY_INIT;
	struct config from cleanup_config = {0}, to cleanup_config = {0};
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;

	o.metrics_file = "m";
	o.alerts_file = "a";
	ck_assert_msg(!load_with(&from, path, NULL, &err), "%s", err.msg);
	ck_assert(!overlay_render(&from, &o, &text, &err));
	ck_assert_msg(!strstr(text.buf, "hunter2"), "%s", text.buf);
	round_trip(&from, &o, dir, &to);
	ck_assert_int_eq(to.buf_size_preset, 6);
	ck_assert_int_eq(to.cpus_for_each_buffer, 3);
	ck_assert(to.drop_failed_exit && to.repair && to.all && to.rule_matching_all);
	ck_assert_int_eq(to.consumer_ns_per_event, 100);
	ck_assert_uint_eq(to.custom_set.n, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_str_eq(to.custom_set.v[i], from.custom_set.v[i]);
	ck_assert_int_eq(to.priority, 3);
	ck_assert_uint_eq(to.n_rules, 2);
	ck_assert_int_eq(to.outputs_queue_capacity, 99);
	ck_assert_int_eq(to.thread_table_size, 1000);
	ck_assert_str_eq(to.append_output.v[0].output, "x ${HOME} é");
	ck_assert_uint_eq(to.plugins_loaded.n, 1);
	ck_assert_str_eq(to.plugins_loaded.v[0], "container");
	ck_assert_str_eq(value_of(&to, "plugins"),
			 "- name: container|  library_path: /opt/c.so|  init_config:|    "
			 "label_max_len: 7");
	drop_dir(dir);
}
END_TEST

START_TEST(test_case_wins)
{
	struct strvec set cleanup_strvec = STRVEC_INIT;
	char *dir = make_dir();
	char *path cleanup_free = put_file(dir, "falco.yaml", rich);
	struct overlay o = OVERLAY_INIT;
	struct config from cleanup_config = {0}, to cleanup_config = {0};
	struct config kmod cleanup_config = {0};
	struct error err = ERROR_INIT;

	strvec_push(&set, "accept4");
	o.metrics_file = "m";
	o.alerts_file = "a";
	o.preset = 5;
	o.cpus = 0;
	o.custom_set = &set;
	o.repair = 0;
	o.plugins_none = true;
	o.libbpf_stats = true;
	o.consumer_ns_per_event = 0;
	ck_assert(!load_with(&from, path, NULL, &err));
	round_trip(&from, &o, dir, &to);
	ck_assert_int_eq(to.buf_size_preset, 5);
	ck_assert_int_eq(to.cpus_for_each_buffer, 0);
	ck_assert_uint_eq(to.custom_set.n, 1);
	ck_assert(!to.repair && to.all && to.metrics_libbpf_stats);
	ck_assert_uint_eq(to.plugins_loaded.n, 0);
	ck_assert_str_eq(value_of(&to, "load_plugins"), "[]");
	ck_assert_int_eq(to.consumer_ns_per_event, 0);
	o.kind = ENGINE_KMOD;
	o.preset = 0;
	round_trip(&from, &o, dir, &kmod);
	ck_assert_int_eq(kmod.kind, ENGINE_KMOD);
	ck_assert_int_eq(kmod.buf_size_preset, 7);
	drop_dir(dir);
}
END_TEST

/* The flags on top of the user's file, and the blocks to paste, mean the same as the overlay. */
START_TEST(test_flags_and_blocks)
{
	struct strvec set cleanup_strvec = STRVEC_INIT, flags cleanup_strvec = STRVEC_INIT;
	struct strbuf blocks cleanup_strbuf = STRBUF_INIT;
	char *dir = make_dir();
	char *path cleanup_free = put_file(dir, "falco.yaml", rich);
	struct overlay o = OVERLAY_INIT;
	struct config from cleanup_config = {0};
	struct error err = ERROR_INIT;

	strvec_push(&set, "open");
	strvec_push(&set, "!clone");
	strvec_push(&set, "we\"ird\\");
	o.preset = 8;
	o.custom_set = &set;
	o.all = 0;
	ck_assert(!load_with(&from, path, NULL, &err));
	overlay_o_flags(&from, &o, &flags);
	overlay_yaml_blocks(&from, &o, &blocks);
	ck_assert_ptr_nonnull(strstr(blocks.buf, "- \"!clone\"\n"));
	ck_assert(strvec_has(&flags, "engine.modern_ebpf.buf_size_preset=8"));
	for (int i = 0; i < 2; i++) {
		char *block_path cleanup_free = put_file(dir, "blocks.yaml", blocks.buf);
		struct config_input in = {.file = i ? block_path : path, .sets = i ? NULL : &flags};
		struct config c cleanup_config = {0};

		ck_assert_msg(!config_load(&c, &in, &err), "%s", err.msg);
		ck_assert_int_eq(c.buf_size_preset, 8);
		ck_assert_int_eq(c.cpus_for_each_buffer, 3);
		ck_assert_uint_eq(c.custom_set.n, 3);
		for (size_t j = 0; j < 3; j++)
			ck_assert_str_eq(c.custom_set.v[j], set.v[j]);
		ck_assert(c.repair && !c.all);
	}
	drop_dir(dir);
}
END_TEST

START_TEST(test_impossible)
{
	struct overlay ok = OVERLAY_INIT, o;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	ok.metrics_file = ok.alerts_file = "x";
	ck_assert(!load_with(&c, NULL, NULL, &err));
	o = ok;
	o.preset = 11;
	ck_assert_int_eq(overlay_render(&c, &o, &text, &err), -1);
	o = ok;
	o.kind = ENGINE_REPLAY;
	ck_assert_int_eq(overlay_render(&c, &o, &text, &err), -1);
	o = ok;
	o.cpus = 70000;
	ck_assert_int_eq(overlay_render(&c, &o, &text, &err), -1);
	o = ok;
	o.metrics_file = NULL;
	ck_assert_int_eq(overlay_render(&c, &o, &text, &err), -1);
}
END_TEST

UNIT_MAIN("overlay", test_defaults_round_trip, test_user_choices_stay_and_secrets_go,
	  test_case_wins, test_flags_and_blocks, test_impossible)

/* SPDX-License-Identifier: Apache-2.0 */
#include "probe_maker.h"

#include "probe/capture_calls.h"
#include "probe/hosts.h"
#include "probe/params.h"
#include "probe/shared.bpf.h"
#include "probe/users.h"

#include <arpa/inet.h>

#define TEXT(s) s, sizeof(s) - 1

static struct tree tree;

static void make_tree(void)
{
	snprintf(tree.root, sizeof(tree.root), "/tmp/test_probe_parts.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(tree.root));
}

static void remove_tree(void)
{
	ck_assert_int_eq(fs_remove_tree(tree.root, NULL), 0);
}

START_TEST(users_of_a_file)
{
	struct users *u;

	make_tree();
	tree_put(&tree, "passwd",
		 TEXT("a:x:5:6:A:/home/a:/bin/sh\nshort:x:7\n"
		      "bad:x:9999999999:1::/:/\nsecond:x:5:6:::/x\n"
		      "noshell:x:8:8:::\n"));
	tree_put(&tree, "group", TEXT("g:x:6:a,b\nbroken\n"));
	u = users_open(tree.root);
	ck_assert_str_eq(users_find(u, 5)->name, "a");
	ck_assert_str_eq(users_find(u, 5)->home, "/home/a");
	ck_assert_str_eq(users_find(u, 5)->shell, "/bin/sh");
	ck_assert_str_eq(users_find(u, 8)->shell, "");
	ck_assert_ptr_null(users_find(u, 7));
	ck_assert_ptr_null(users_find(u, 1410065407)); /* 9999999999 cut to 32 bits */
	ck_assert_str_eq(users_group(u, 6), "g");
	ck_assert_ptr_null(users_group(u, 7));
	users_close(u);
	remove_tree();
}
END_TEST

START_TEST(no_user_files)
{
	struct users *u = users_open("/nonexistent");

	ck_assert_ptr_null(users_find(u, 0));
	ck_assert_ptr_null(users_group(u, 0));
	users_close(u);
}
END_TEST

START_TEST(hosts_of_a_file)
{
	struct host_addr *found;
	char path[128];

	make_tree();
	tree_put(&tree, "hosts",
		 TEXT("127.0.0.1 localhost\n# 10.0.0.9 commented\n"
		      "10.0.0.1\tweb web.example # db\n::1 localhost\nbad db\n"));
	snprintf(path, sizeof(path), "%s/hosts", tree.root);
	ck_assert_uint_eq(hosts_find(path, "WEB.example", &found), 1);
	ck_assert_uint_eq(found[0].len, 4);
	ck_assert_uint_eq(found[0].addr[0], 10);
	free(found);
	ck_assert_uint_eq(hosts_find(path, "localhost", &found), 2);
	ck_assert_uint_eq(found[1].len, 16);
	free(found);
	ck_assert_uint_eq(hosts_find(path, "db", &found), 0);
	ck_assert_uint_eq(hosts_find(path, "commented", &found), 0);
	ck_assert_uint_eq(hosts_find("/nonexistent", "localhost", &found), 0);
	remove_tree();
}
END_TEST

/* Every argument and text that a parameter is taken from must be in the record. */
START_TEST(what_parameters_need_is_recorded)
{
	for (unsigned nr = 0; nr < PROBE_SYSCALLS; nr++) {
		const struct param_list *list = &param_lists[nr];
		uint32_t how = capture_how(nr, 0);
		unsigned kind = PROBE_HOW_KIND(how);

		for (size_t i = 0; i < list->n; i++) {
			const struct param *p = &list->v[i];

			if (p->from == PARAM_FROM_ARG || p->from == PARAM_FROM_OPENFLAGS ||
			    p->from == PARAM_FROM_OPENMODE)
				ck_assert_msg(PROBE_HOW_NARGS(how) > p->n, "call %u: %s", nr,
					      p->name);
			if (p->from == PARAM_FROM_TEXT)
				ck_assert_msg(kind == (p->n ? PROBE_KIND_PATH2 : kind) &&
						      (kind == PROBE_KIND_PATH ||
						       kind == PROBE_KIND_PATH2),
					      "call %u: %s", nr, p->name);
		}
	}
}
END_TEST

START_TEST(more_is_recorded_when_it_is_wanted)
{
	ck_assert_uint_eq(PROBE_HOW_KIND(capture_how(257, 0)), PROBE_KIND_PATH);
	ck_assert_uint_eq(PROBE_HOW_KIND(capture_how(257, PROBE_WANT_FILE)), PROBE_KIND_OPEN);
	ck_assert_uint_eq(PROBE_HOW_KIND(capture_how(83, PROBE_WANT_FILE)), PROBE_KIND_PATH);
	ck_assert_uint_eq(PROBE_HOW_KIND(capture_how(0, PROBE_WANT_FILE)), PROBE_KIND_ARGS);
	ck_assert_uint_eq(PROBE_HOW_KIND(capture_how(0, PROBE_WANT_DATA)), PROBE_KIND_DATA);
	ck_assert_uint_eq(PROBE_HOW_KIND(capture_how(45, 0)), PROBE_KIND_SOCK);
	ck_assert_uint_eq(PROBE_HOW_KIND(capture_how(45, PROBE_WANT_DATA)), PROBE_KIND_DATA);
	ck_assert_uint_eq(PROBE_HOW_NARGS(capture_how(45, PROBE_WANT_DATA)), 5);
}
END_TEST

UNIT_MAIN("probe_parts", users_of_a_file, no_user_files, hosts_of_a_file,
	  what_parameters_need_is_recorded, more_is_recorded_when_it_is_wanted)

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules files Falco reads.
 */
#include "test_config_fixture.h"

/* Names below dir, joined by blanks. */
static void names_below(const char *dir, const struct strvec *files, char out[4096])
{
	*out = '\0';
	for (size_t i = 0; i < files->n; i++) {
		ck_assert(!strncmp(files->v[i], dir, strlen(dir)));
		snprintf(out + strlen(out), 4096 - strlen(out), "%s%s", i ? " " : "",
			 files->v[i] + strlen(dir) + 1);
	}
}

static const char *const all_files[] = {
	"b.yaml",   "a.yml",	    "c.YAML",	    "n.txt",	       "d/.h.yaml", "d/z.yaml",
	"d/a.yaml", "d/x.yaml.bak", "d/sub/s.yaml", "e.yaml.d/r.yaml", NULL};

START_TEST(test_expansion)
{
	static const struct {
		const char *list, *files;
	} rows[] = {
		{"['@/b.yaml', '@/a.yml']", "b.yaml a.yml"},
		{"'@/b.yaml'", "b.yaml"},
		{"['@/none.yaml', '@/b.yaml', '@/b.yaml']", "b.yaml b.yaml"},
		{"['@/d', '@/b.yaml']", "d/.h.yaml d/a.yaml d/z.yaml b.yaml"},
		{"['@/c.YAML', '@/n.txt', '@/e.yaml.d', '@/e.yaml.d/r.yaml', '@/a.yml']", "a.yml"},
	};
	char *dir = make_dir();

	for (size_t i = 0; all_files[i]; i++)
		free(put_file(dir, all_files[i], "[]\n"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text cleanup_free = xasprintf("rules_files: %s\n", rows[i].list);
		char *path cleanup_free = put_file(dir, "falco.yaml", text);
		struct strvec files cleanup_strvec = STRVEC_INIT;
		struct config c cleanup_config = {0};
		struct error err = ERROR_INIT;
		char got[4096];

		ck_assert_msg(!load_with(&c, path, NULL, &err), "%s", err.msg);
		ck_assert_msg(!config_rules_files(&c, NULL, 0, &files, &err), "%s", err.msg);
		names_below(dir, &files, got);
		ck_assert_msg(!strcmp(got, rows[i].files), "row %zu: %s", i, got);
	}
	drop_dir(dir);
}
END_TEST

START_TEST(test_given_files)
{
	char *dir = make_dir();
	char *b cleanup_free = put_file(dir, "b.yaml", "[]\n");
	char *none cleanup_free = fs_join(dir, "none.yaml");
	char *text cleanup_free = put_file(dir, "n.txt", "[]\n");
	struct strvec files cleanup_strvec = STRVEC_INIT;
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	ck_assert(!load_with(&c, NULL, NULL, &err));
	ck_assert(!config_rules_files(&c, (const char *[]){b}, 1, &files, &err));
	ck_assert_uint_eq(files.n, 1);
	ck_assert_int_eq(config_rules_files(&c, (const char *[]){b, none}, 2, &files, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "none.yaml: no such"));
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_int_eq(config_rules_files(&c, (const char *[]){text}, 1, &files, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, ".yaml or .yml"));
	drop_dir(dir);
}
END_TEST

START_TEST(test_none_left)
{
	char *dir = make_dir();
	char *path cleanup_free =
		put_file(dir, "falco.yaml", "priority: debug\nrules_files: ['@/x']\n");
	struct strvec files cleanup_strvec = STRVEC_INIT;
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	ck_assert(!load_with(&c, path, NULL, &err));
	ck_assert_int_eq(config_rules_files(&c, NULL, 0, &files, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "falco.yaml:2:14: no rules"));
	drop_dir(dir);
}
END_TEST

UNIT_MAIN("rules_files", test_expansion, test_given_files, test_none_left)

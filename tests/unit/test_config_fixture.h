/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configurations from text: files in a temporary folder.
 */
#ifndef FT_TESTS_CONFIG_FIXTURE_H
#define FT_TESTS_CONFIG_FIXTURE_H

#include "unit.h"

#include "base/fs.h"
#include "base/mem.h"
#include "config/config.h"

__attribute__((unused)) static char *make_dir(void)
{
	char *dir = xmalloc(64);

	unit_make_dir(dir, 64);
	return dir;
}

__attribute__((unused)) static void drop_dir(char *dir)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(!fs_remove_tree(dir, &err), "%s", err.msg);
	free(dir);
}

/* Path of a file below dir with that text; "@" in the text stands for dir. The caller frees. */
__attribute__((unused)) static char *put_file(const char *dir, const char *name, const char *text)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	char *path = fs_join(dir, name), *parent cleanup_free = fs_dirname(path);
	struct error err = ERROR_INIT;

	for (; *text; text++)
		if (*text == '@')
			strbuf_addstr(&out, dir);
		else
			strbuf_addch(&out, *text);
	ck_assert_msg(!fs_mkdirs(parent, &err), "%s", err.msg);
	ck_assert_msg(!fs_write_file(path, out.buf, out.len, 0600, &err), "%s", err.msg);
	return path;
}

/* The configuration of a main file and -o options (one text, separated by blanks); NULL file: the
 * shipped values. Returns config_load's result. */
__attribute__((unused)) static int load_with(struct config *c, const char *file, const char *sets,
					     struct error *err)
{
	struct strvec list cleanup_strvec = STRVEC_INIT;
	char *copy cleanup_free = xstrdup(sets ? sets : ""), *save = NULL;
	struct config_input in = {.file = file, .sets = &list};

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		strvec_push(&list, w);
	return config_load(c, &in, err);
}

/* The value of a dotted key as YAML text without the final newline, "(absent)" when absent. */
__attribute__((unused)) static const char *value_of(const struct config *c, const char *key)
{
	static char text[4096];
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	const struct yaml_node *n = c->root;
	char *copy cleanup_free = xstrdup(key), *save = NULL;

	for (char *w = strtok_r(copy, ".", &save); w; w = strtok_r(NULL, ".", &save))
		n = yaml_get(n, w);
	if (!n)
		return "(absent)";
	ck_assert(!config_emit(n, &out, NULL));
	snprintf(text, sizeof(text), "%s", out.buf);
	while (*text && text[strlen(text) - 1] == '\n')
		text[strlen(text) - 1] = '\0';
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = '|';
	return text;
}

#endif

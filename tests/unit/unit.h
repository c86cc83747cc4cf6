/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Check program in one line: UNIT_MAIN("name", test, ...) at the end of the file.
 */
#ifndef FT_TESTS_UNIT_H
#define FT_TESTS_UNIT_H

#include "base/fs.h"

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Folder of recorded material ($FALCOTUNE_SHARED) joined with rel, in a static buffer; NULL when it
 * is not there (the test then says so and returns). */
__attribute__((unused)) static const char *shared_path(const char *rel)
{
	static char path[8][4096];
	static int turn;
	const char *base = getenv("FALCOTUNE_SHARED");
	char *p = path[turn++ % 8];

	if (!base)
		return NULL;
	snprintf(p, sizeof(path[0]), "%s/%s", base, rel);
	return access(p, R_OK) ? NULL : p;
}

/* A new folder, its path into buf of 64 bytes or more. It is below $TMPDIR, which UNIT_MAIN makes
 * for the program and removes in the end, whatever failed. */
__attribute__((unused)) static void unit_make_dir(char *buf, size_t size)
{
	snprintf(buf, size, "%s/XXXXXX", getenv("TMPDIR"));
	ck_assert_ptr_nonnull(mkdtemp(buf));
}

/* The same with a new, empty file. The caller closes it. */
__attribute__((unused)) static int unit_make_file(char *buf, size_t size)
{
	int fd;

	snprintf(buf, size, "%s/XXXXXX", getenv("TMPDIR"));
	fd = mkstemp(buf);
	ck_assert_int_ge(fd, 0);
	return fd;
}

#define SKIP_WITHOUT(path)                                                                         \
	do {                                                                                       \
		if (!(path)) {                                                                     \
			fprintf(stderr, "skipped: %s: recorded material is not here\n", __func__); \
			return;                                                                    \
		}                                                                                  \
	} while (0)

/* What a test counted; scripts/test.sh shows these lines after a run. */
#define NOTE(...)                                                                                  \
	do {                                                                                       \
		fprintf(stderr, "note: ");                                                         \
		fprintf(stderr, __VA_ARGS__);                                                      \
		fputc('\n', stderr);                                                               \
	} while (0)

#define UNIT_MAIN(name, ...)                                                                       \
	int main(void)                                                                             \
	{                                                                                          \
		const TTest *tests[] = {__VA_ARGS__};                                              \
		char folder[] = "/tmp/falcotune-unit.XXXXXX";                                      \
		Suite *s = suite_create(name);                                                     \
		TCase *tc = tcase_create(name);                                                    \
		SRunner *sr;                                                                       \
		int failed;                                                                        \
                                                                                                   \
		if (!mkdtemp(folder) || setenv("TMPDIR", folder, 1))                               \
			return EXIT_FAILURE;                                                       \
		tcase_set_timeout(tc, 150);                                                        \
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)                      \
			_tcase_add_test(tc, tests[i], 0, 0, 0, 1);                                 \
		suite_add_tcase(s, tc);                                                            \
		sr = srunner_create(s);                                                            \
		srunner_run_all(sr, CK_ENV);                                                       \
		failed = srunner_ntests_failed(sr);                                                \
		srunner_free(sr);                                                                  \
		fs_remove_tree(folder, NULL);                                                      \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                       \
	}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places of values in the text of a JSON document.
 */
#include "unit.h"

#include "base/json_place.h"

START_TEST(places)
{
	static const char text[] = " {\"a\": 1,\n"
				   "  \"sk\\\"ip}\": {\"x\": [\"]\", {\"b\": 2}], \"b\": 3},\n"
				   "  \"\xc3\xa4\": -1.5e3, \"list\": [10, [],\n"
				   "    {\"b\" : {\"c\":\ttrue}},\n"
				   "\"\\\\\", null],\n"
				   "  \"b\": \"last\", \"empty\": [] }\n";
	static const struct {
		const char *path;
		size_t line, col;
	} t[] = {
		{"$", 1, 2},
		{"$.a", 1, 8},
		{"$.b", 6, 8},
		{"$.list", 3, 24},
		{"$.list[0]", 3, 25},
		{"$.list[1]", 3, 29},
		{"$.list[2]", 4, 5},
		{"$.list[2].b", 4, 12},
		{"$.list[2].b.c", 4, 18},
		{"$.list[3]", 5, 1},
		{"$.list[4]", 5, 7},
		/* What is not there: where it should be. */
		{"$.c", 1, 2},
		{"$.list[5]", 3, 24},
		{"$.list[2].d", 4, 5},
		{"$.empty[0]", 6, 25},
		{"$.a.b", 1, 8},
		/* No path. */
		{"", 0, 0},
		{"a", 0, 0},
		{"$a", 0, 0},
		{"$.list[x]", 0, 0},
		{"$.", 0, 0},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		size_t line, col;
		bool found = json_place(text, strlen(text), t[i].path, &line, &col);

		ck_assert_msg(found == (t[i].line > 0) && line == t[i].line && col == t[i].col,
			      "%s: %zu:%zu, expected %zu:%zu", t[i].path, line, col, t[i].line,
			      t[i].col);
	}
}
END_TEST

/* Whatever the text is, nothing beyond it is read. */
START_TEST(cut_texts)
{
	static const char text[] = "{\"a\": [1, {\"b\": \"x\\\\\"}], \"c\": {}}";

	for (size_t n = 0; n < sizeof(text); n++) {
		char *cut = malloc(n + 1);
		size_t line, col;

		memcpy(cut, text, n);
		cut[n] = '"'; /* a terminator that would end strings, were it read */
		json_place(cut, n, "$.a[1].b", &line, &col);
		ck_assert_uint_le(col, n + 1);
		json_place(cut, n, "$.c.d", &line, &col);
		ck_assert_uint_le(col, n + 1);
		free(cut);
	}
}
END_TEST

UNIT_MAIN("json_place", places, cut_texts)

/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/bitset.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "base/yaml.h"

#include <string.h>

START_TEST(error_is_placed_wrapped_and_cut)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(error_at(&err, "a.yaml", 3, 7, "bad %s", "key"), -1);
	ck_assert_str_eq(err.msg, "a.yaml:3:7: bad key");
	ck_assert_int_eq(error_exit_code(&err), 2);
	error_wrap(&err, "case %d", 4);
	ck_assert_str_eq(err.msg, "case 4: a.yaml:3:7: bad key");
	char big[ERROR_MSG_MAX * 2];
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	error_env(&err, "%s", big);
	ck_assert_uint_eq(strlen(err.msg), ERROR_MSG_MAX - 1);
	error_wrap(&err, "%s", "ctx");
	ck_assert_str_eq(err.msg + ERROR_MSG_MAX - 4, "...");
}
END_TEST

START_TEST(map_keeps_order_and_replaces)
{
	struct strmap m cleanup_strmap = STRMAP_INIT;
	int v[2];
	char key[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		strmap_put(&m, key, &v[0]);
	}
	ck_assert_ptr_eq(strmap_put(&m, "k7", &v[1]), &v[0]);
	ck_assert_ptr_eq(strmap_get(&m, "k7"), &v[1]);
	ck_assert_ptr_null(strmap_get(&m, "nope"));
	ck_assert_uint_eq(m.n, 1000);
	ck_assert_str_eq(m.e[999].key, "k999");
}
END_TEST

START_TEST(units_take_the_whole_text_or_nothing)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {{"10s", 10000000000},
		    {"1.5", 1500000000},
		    {"1m30s", 90000000000},
		    {"250us", 250000},
		    {"0", 0},
		    {"7ns", 7}};
	static const char *const bad[] = {"",	   "s",	  "10 s", "-1s", "10x",
					  "1m-3s", "nan", "inf",  "0x1"};
	int64_t ns;
	double d;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		ck_assert_msg(units_duration(good[i].text, &ns), "%s", good[i].text);
		ck_assert_int_eq(ns, good[i].ns);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!units_duration(bad[i], &ns), "%s", bad[i]);
	ck_assert(units_share("1%", &d) && d == 0.01);
	ck_assert(units_share("0.01", &d) && d == 0.01);
	ck_assert(units_share("1", &d) && d == 1);
	ck_assert(!units_share("5", &d));
	ck_assert(!units_share("101%", &d));
	ck_assert(!units_share("1 %", &d));
}
END_TEST

START_TEST(yaml_has_places_aliases_and_first_of_duplicates)
{
	static const char text[] = "a: &x [1, 2]\nb: *x\na: 3\nc: !t ''\n---\n- ~\n";
	struct yaml_docs d cleanup_yaml = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!yaml_parse(&d, "f", text, strlen(text), NULL, &err), "%s", err.msg);
	ck_assert_uint_eq(d.n, 2);
	ck_assert_int_eq(yaml_get(d.docs[0], "a")->kind, YAML_SEQ);
	ck_assert_ptr_eq(yaml_get(d.docs[0], "b"), yaml_get(d.docs[0], "a"));
	ck_assert_str_eq(yaml_get(d.docs[0], "c")->tag, "!t");
	ck_assert_uint_eq(yaml_get(d.docs[0], "a")->items[1]->col, 11);
	ck_assert_int_eq(d.docs[1]->items[0]->kind, YAML_NULL);
}
END_TEST

START_TEST(yaml_refuses_bombs_and_broken_text)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{"a: [", "f:2:1: not valid YAML"},
		{"a: *nope", "f:1:4: alias *nope has no anchor"},
		{"a: \"\x01\"", "not valid YAML"},
		{"\tb: 1", "not valid YAML"},
	};
	struct yaml_docs d = {0};
	struct error err = ERROR_INIT;
	struct strbuf bomb cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ck_assert_int_eq(
			yaml_parse(&d, "f", rows[i].text, strlen(rows[i].text), NULL, &err), -1);
		ck_assert_msg(strstr(err.msg, rows[i].part) != NULL, "%s", err.msg);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
	}
	strbuf_addstr(&bomb, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 12; i++) {
		strbuf_addf(&bomb, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			strbuf_addf(&bomb, "%s*a%d", j ? "," : "", i - 1);
		strbuf_addstr(&bomb, "]\n");
	}
	ck_assert_int_eq(yaml_parse(&d, "f", bomb.buf, bomb.len, NULL, &err), -1);
	ck_assert_msg(strstr(err.msg, "too many nodes") != NULL, "%s", err.msg);
}
END_TEST

START_TEST(yaml_bool_spellings_are_yaml_cpps)
{
	bool b;

	ck_assert(yaml_to_bool("Yes", &b) && b);
	ck_assert(yaml_to_bool("OFF", &b) && !b);
	ck_assert(yaml_to_bool("n", &b) && !b);
	ck_assert(!yaml_to_bool("tRue", &b));
	ck_assert(!yaml_to_bool("1", &b));
	ck_assert(!yaml_to_bool("", &b));
}
END_TEST

START_TEST(units_are_printed_without_powers_of_ten)
{
	static const struct {
		double ns;
		const char *text;
	} rows[] = {{999.4, "999 ns"},	{999.9, "1 us"},     {999400, "999 us"},
		    {999999900, "1 s"}, {1999e6, "2 s"},     {119.6e9, "120 s"},
		    {150e9, "2m30s"},	{12.34e6, "12.3 ms"}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_str_eq(UNITS_DURATION(rows[i].ns), rows[i].text);
}
END_TEST

UNIT_MAIN("base", error_is_placed_wrapped_and_cut, map_keeps_order_and_replaces,
	  units_take_the_whole_text_or_nothing, units_are_printed_without_powers_of_ten,
	  yaml_has_places_aliases_and_first_of_duplicates, yaml_refuses_bombs_and_broken_text,
	  yaml_bool_spellings_are_yaml_cpps)

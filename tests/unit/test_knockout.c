/* SPDX-License-Identifier: Apache-2.0 */
/* Knocking rules out: what is judged, what is halved, what a group is said to cost. */
#include "unit.h"

#include "base/mem.h"
#include "run/knockout.h"

#include <math.h>

#define N 5

/* pairs: with, without. */
static struct ko_group group(const double (*pairs)[2], size_t n)
{
	struct ko_group g = {.level = 1, .pairs = xcalloc(n + 1, sizeof(*g.pairs)), .n_pairs = n};

	for (size_t i = 0; i < n; i++)
		g.pairs[i] = (struct ko_pair){.with_ns = pairs[i][0], .without_ns = pairs[i][1]};
	return g;
}

START_TEST(a_difference_is_seen_above_the_noise_alone)
{
	/* 100 ns of 500, with noise of 10 that both sides of a round share; noise alone; one pair;
	 * none. */
	static const double clear[N][2] = {
		{500, 400}, {510, 411}, {490, 389}, {505, 405}, {495, 396}};
	static const double noise[N][2] = {
		{500, 510}, {510, 495}, {490, 495}, {505, 500}, {495, 503}};
	struct ko_group v[] = {group(clear, N), group(noise, N), group(clear, 1), group(clear, 0)};

	knockout_judge(v, 0, ARRAY_SIZE(v));
	ck_assert_int_eq(v[0].verdict, KO_SEEN);
	ck_assert_double_eq_tol(v[0].ns, 99.8, 1e-9);
	ck_assert(v[0].lo > 98 && v[0].lo < v[0].ns && v[0].hi > v[0].ns && v[0].hi < 102);
	ck_assert_double_eq_tol(v[0].mean.with_ns, 500, 1e-9);
	ck_assert_int_eq(v[1].verdict, KO_NOT_SEEN);
	ck_assert(v[1].lo < 0 && v[1].hi > 0);
	ck_assert_int_eq(v[2].verdict, KO_NOT_MEASURED);
	ck_assert(isnan(v[2].lo) && isnan(v[2].p));
	ck_assert_int_eq(v[3].verdict, KO_NOT_MEASURED);
	ck_assert(isnan(v[3].ns));
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		free(v[i].pairs);
}
END_TEST

START_TEST(many_groups_ask_for_more_evidence)
{
	/* A t of 2.83 with four degrees of freedom: p 0.047 alone, above 0.05 among twenty. */
	static const double pairs[N][2] = {
		{110, 100}, {120, 100}, {130, 100}, {100, 100}, {140, 100}};
	static const double none[N][2] = {{100, 101}, {101, 100}, {100, 100}, {99, 100}, {100, 99}};
	struct ko_group v[20];

	v[0] = group(pairs, N);
	for (size_t i = 1; i < ARRAY_SIZE(v); i++)
		v[i] = group(none, N);
	knockout_judge(v, 0, 1);
	ck_assert_int_eq(v[0].verdict, KO_SEEN);
	ck_assert_double_eq_tol(v[0].p, 0.0474, 0.001);
	knockout_judge(v, 0, ARRAY_SIZE(v));
	ck_assert_int_eq(v[0].verdict, KO_NOT_SEEN);
	ck_assert_double_eq_tol(v[0].p_holm, 20 * v[0].p, 1e-9);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		free(v[i].pairs);
}
END_TEST

struct made {
	struct select_rule rules[10];
	struct select_input in;
	struct knockout k;
};

static void make(struct made *m, size_t n, bool each)
{
	static const char *const names[] = {"a", "b", "c", "d", "e",
					    "f", "g", "h", "i", "say \"j\""};

	*m = (struct made){.in = {.cat = catalogue_find(NULL), .rules = m->rules, .n_rules = n},
			   .k = {.p = {.dir = "/d"}, .each = each}};
	for (size_t i = 0; i < n; i++)
		m->rules[i] = (struct select_rule){.name = names[i]};
	m->k.in = &m->in;
	knockout_begin(&m->k);
}

START_TEST(few_rules_stand_alone_at_once_and_many_in_halves)
{
	struct made m;

	make(&m, 3, false);
	ck_assert_uint_eq(m.k.n, 4);
	ck_assert_uint_eq(m.k.v[0].n, 3);
	ck_assert_uint_eq(m.k.v[3].rules[0], 2);
	m.k.v[0].verdict = KO_SEEN;
	knockout_split(&m.k, 0, 4);
	ck_assert_uint_eq(m.k.n, 4); /* nothing is left to halve */
	knockout_release(&m.k);

	make(&m, 10, false);
	ck_assert_uint_eq(m.k.n, 1);
	ck_assert_uint_eq(knockout_group_of(&m.k, 7), KO_NO_GROUP);
	m.k.v[0].verdict = KO_SEEN;
	knockout_split(&m.k, 0, 1);
	ck_assert_uint_eq(m.k.n, 3);
	ck_assert_uint_eq(m.k.v[1].n + m.k.v[2].n, 10);
	ck_assert_int_eq(m.k.v[1].level, 2);
	m.k.v[1].verdict = KO_NOT_SEEN;
	m.k.v[2].verdict = KO_SEEN;
	knockout_split(&m.k, 1, 3);
	ck_assert_uint_eq(m.k.n, 5); /* of the one that is seen alone */
	ck_assert_uint_eq(m.k.v[3].parent, 2);
	ck_assert_uint_eq(m.k.v[3].rules[0], 5);
	ck_assert_uint_eq(knockout_group_of(&m.k, 1), 1);
	ck_assert_uint_eq(knockout_group_of(&m.k, 7), 2); /* its own half is not judged yet */
	knockout_release(&m.k);

	make(&m, 10, true);
	ck_assert_uint_eq(m.k.n, 11);
	knockout_release(&m.k);
	make(&m, 1, false);
	ck_assert_uint_eq(m.k.n, 1);
	knockout_release(&m.k);
}
END_TEST

START_TEST(the_overlay_names_rules_as_yaml)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	struct made m;

	make(&m, 10, true);
	knockout_overlay(&m.k, &m.k.v[10], &out);
	ck_assert(strstr(out.buf, "\n- rule: \"say \\\"j\\\"\"\n  enabled: false\n  override:\n"
				  "    enabled: replace\n"));
	ck_assert_str_eq(m.k.v[10].overlay, "/d/without-11.yaml");
	knockout_release(&m.k);
}
END_TEST

UNIT_MAIN("knockout", a_difference_is_seen_above_the_noise_alone, many_groups_ask_for_more_evidence,
	  few_rules_stand_alone_at_once_and_many_in_halves, the_overlay_names_rules_as_yaml)

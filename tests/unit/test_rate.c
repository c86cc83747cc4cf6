/* SPDX-License-Identifier: Apache-2.0 */
/* Predicted kernel event rates: sums over the set, connect, failed exits, enter events, reasons. */
#include "unit.h"

#include "cost/rate.h"

#include <math.h>

#include "host_maker.h"

static struct bitset scs(const struct catalogue *cat, const char *const *names)
{
	struct bitset b = {0};

	for (; *names; names++) {
		ck_assert(cat_sc_by_name(cat, *names) != 0);
		bitset_add(&b, cat_sc_by_name(cat, *names));
	}
	return b;
}

/* Two seconds; 2 CPUs. */
static void make_busy_host(struct host_profile *p)
{
	host_profile_init(p);
	p->n_cpus = 2;
	p->seconds = 2;
	p->bin_s = 1;
	p->n_bins = 2;
	make_call(p, "openat", 600, 60.0, 400.0, 800.0);
	make_call(p, "connect", 100, 50.0, 100.0, 100.0);
	make_call(p, "accept4", 40, 0.0, 40.0, 40.0);
	make_call(p, "accept", 7, 0.0, 7.0, 7.0);
	make_call(p, "execve", 20, 10.0, 20.0, 20.0);
	make_call(p, "clone", 20, 0.0, 20.0, 20.0);
	make_call(p, "procexit", 10, 0.0, 10.0, 10.0);
	make_call(p, "read", 5000, 0.0, 5000.0, 5000.0);
}

static double predict(const char *const *names, bool drop_failed, bool enter, struct rate *out)
{
	struct host_profile host cleanup_host_profile;
	const struct catalogue *cat = catalogue_find(NULL);
	struct selection sel = {.cat = cat, .final = scs(cat, names)};
	struct rate_set set = {.sel = &sel, .drop_failed_exit = drop_failed, .enter_events = enter};
	struct rate r;

	make_busy_host(&host);
	rate_predict(&host, &set, &r);
	if (out) {
		*out = r;
		out->parts = NULL;
	}
	rate_release(&r);
	return r.per_s;
}

#define NAMES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

START_TEST(exits_of_the_set_are_added)
{
	struct rate r;

	/* procexit is in every set. */
	ck_assert(predict(NAMES("openat"), false, false, &r) == 610);
	ck_assert(r.per_cpu == 305 && r.p50 == 610 && r.max == 810);
	ck_assert(predict(NAMES("openat", "open", "read"), false, false, NULL) == 5610);
	/* Names of Falco's log say accept for accept4 too; the call that is not collected is not
	 * counted. */
	ck_assert(predict(NAMES("accept4"), false, false, NULL) == 50);
	ck_assert(predict(NAMES("connect"), false, false, NULL) == 210);
	/* The program of execveat makes events of every successful one. */
	ck_assert(predict(NAMES("execveat"), false, false, NULL) == 30);
}
END_TEST

START_TEST(failed_exits_can_be_dropped)
{
	struct rate r;

	ck_assert(predict(NAMES("openat"), true, false, &r) == 550);
	ck_assert(fabs(r.max - (800 * 0.9 + 10)) < 1e-9);
	/* The entry of a failed connect still counts. */
	ck_assert(predict(NAMES("connect"), true, false, NULL) == 160);
}
END_TEST

START_TEST(enter_events_count_in_old_releases)
{
	ck_assert(predict(NAMES("openat"), false, true, NULL) == 1210);
	ck_assert(predict(NAMES("openat"), true, true, NULL) == 1150);
	ck_assert(predict(NAMES("connect"), false, true, NULL) == 210);
	ck_assert(predict(NAMES("clone"), false, true, NULL) == 40);
}
END_TEST

START_TEST(parts_say_who_and_why)
{
	struct host_profile host cleanup_host_profile;
	const struct catalogue *cat = catalogue_find(NULL);
	const struct select_rule rules[] = {
		{.name = "A", .scs = scs(cat, NAMES("openat"))},
		{.name = "B", .scs = scs(cat, NAMES("openat", "connect"))},
		{.name = "C", .scs = scs(cat, NAMES("openat"))},
	};
	const struct select_input in = {.cat = cat, .rules = rules, .n_rules = 3};
	struct selection sel = SELECTION_INIT;
	struct rate_set set = {.sel = &sel, .in = &in};
	struct strbuf why cleanup_strbuf = STRBUF_INIT;
	struct rate r cleanup_rate = {0};

	make_busy_host(&host);
	selection_compute(&in, &sel);
	rate_predict(&host, &set, &r);
	ck_assert_str_eq(r.parts[0].name, "openat");
	ck_assert_str_eq(r.parts[1].name, "connect");
	ck_assert(fabs(r.parts[0].share - 600 / r.per_s) < 1e-9);
	/* Falco does not collect read, though the host makes most of it. */
	for (size_t i = 0; i < r.n_parts; i++)
		ck_assert_str_ne(r.parts[i].name, "read");
	rate_reasons(&set, "openat", 2, &why);
	ck_assert_str_eq(why.buf, "rules 'A', 'B' and 1 more; Falco's state engine");
	strbuf_reset(&why);
	rate_reasons(&set, "connect", 2, &why);
	ck_assert_str_eq(why.buf, "rule 'B'; Falco's state engine");
	selection_release(&sel);
}
END_TEST

START_TEST(levels)
{
	ck_assert_str_eq(rate_level_names[rate_level(999)], "below 1K");
	ck_assert_str_eq(rate_level_names[rate_level(1000)], "1K to 1.5K");
	ck_assert_str_eq(rate_level_names[rate_level(1500)], "1.5K to 3K");
	ck_assert_str_eq(rate_level_names[rate_level(3000)], "above 3K");
	ck_assert_str_eq(rate_level_names[rate_level((double)NAN)], "unknown");
}
END_TEST

UNIT_MAIN("rate", exits_of_the_set_are_added, failed_exits_can_be_dropped,
	  enter_events_count_in_old_releases, parts_say_who_and_why, levels)

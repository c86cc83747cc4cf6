/* SPDX-License-Identifier: Apache-2.0 */
/* Successive halving, the Pareto front with its reasons, and the order in which rules are given up,
 * on made data. */
#include "unit.h"

#include "advise/halving.h"
#include "advise/pareto.h"
#include "base/mem.h"
#include "cost/giveup.h"
#include "run/case.h"
#include "tune/search.h"
#include "tune/sweep.h"

#include <math.h>

/* ---- halving ---- */

START_TEST(halving_halves_and_doubles)
{
	struct halving_round r[HALVING_MAX_ROUNDS];
	size_t n = halving_plan(20, 5, 1000, r);
	const size_t sizes[] = {20, 10, 5, 3, 2};

	ck_assert_uint_eq(n, ARRAY_SIZE(sizes));
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(r[i].n, sizes[i]);
		ck_assert_int_eq(r[i].duration_ns, 5 << i);
	}
	/* Less than half of what the longest window for all would take. */
	ck_assert_int_lt(halving_total(r, n), 20 * r[n - 1].duration_ns / 2);
}
END_TEST

START_TEST(halving_ends)
{
	struct halving_round r[HALVING_MAX_ROUNDS];

	ck_assert_uint_eq(halving_plan(0, 5, 10, r), 0);
	ck_assert_uint_eq(halving_plan(1, 5, 10, r), 1);
	ck_assert_uint_eq(halving_plan(2, 5, 10, r), 1);
	ck_assert_uint_eq(halving_plan(3, 5, 10, r), 2);
	ck_assert_uint_eq(r[1].n, 2);
	/* Never longer than asked, and never shorter than the first. */
	ck_assert_uint_eq(halving_plan(16, 5, 12, r), 4);
	ck_assert_int_eq(r[2].duration_ns, 12);
	ck_assert_int_eq(r[3].duration_ns, 12);
	halving_plan(16, 5, 1, r);
	ck_assert_int_eq(r[3].duration_ns, 5);
	for (size_t n = 1; n < 100000; n = n * 3 + 1)
		ck_assert_uint_le(halving_plan(n, 1, 1 << 30, r), HALVING_MAX_ROUNDS);
}
END_TEST

/* ---- the front ---- */

#define MIB (INT64_C(1) << 20)

static struct pareto_point point(const char *name, double drop, double lo, double hi, int64_t mib)
{
	return (struct pareto_point){.name = name,
				     .measured = true,
				     .drop = drop,
				     .lo = lo,
				     .hi = hi,
				     .memory = mib * MIB,
				     .cpu = 0.3,
				     .coverage = 1};
}

START_TEST(front_and_reasons)
{
	struct pareto_point v[] = {
		point("p6-c2", 0.001, 0, 0.002, 64),  /* same as p5-c2 within, more memory */
		point("p5-c2", 0.0012, 0, 0.002, 32), /* front */
		point("p1-c2", 0.4, 0.3, 0.5, 2),     /* front: least memory */
		point("p1-c1", 0.6, 0.55, 0.7, 4),    /* worse in both */
		point("p7-c2", 0.001, 0, 0.002, 96),
	};
	struct pareto_place p[ARRAY_SIZE(v)];
	size_t order[ARRAY_SIZE(v)];

	pareto_compute(v, ARRAY_SIZE(v), p);
	ck_assert(!p[0].front && p[1].front && p[2].front && !p[3].front && !p[4].front);
	ck_assert_str_eq(p[0].reason,
			 "dominated by p5-c2: same drop rate within the interval, half "
			 "the memory");
	ck_assert_ptr_null(p[1].reason);
	ck_assert_str_eq(p[3].reason,
			 "dominated by p1-c2: drop rate 40.0% against 60.0%, half the memory");
	ck_assert_str_eq(p[4].reason, "dominated by p5-c2: same drop rate within the interval, 32 "
				      "MiB against 96 MiB of memory");
	ck_assert_int_eq(p[0].layer, 2);
	ck_assert_int_eq(p[4].layer, 3);
	pareto_order(v, p, ARRAY_SIZE(v), order);
	ck_assert_uint_eq(order[0], 1);
	ck_assert_uint_eq(order[1], 2);
	pareto_release(p, ARRAY_SIZE(v));
}
END_TEST

START_TEST(cpu_and_coverage_count)
{
	struct pareto_point v[] = {point("a", 0, 0, 0.01, 8), point("b", 0, 0, 0.01, 8),
				   point("c", 0, 0, 0.01, 8), point("d", 0, 0, 0.01, 4)};
	struct pareto_place p[ARRAY_SIZE(v)];

	v[0].cpu = 0.31; /* as good as 0.3 */
	v[1].cpu = 0.5;
	v[2].coverage = 0.5;
	v[3].coverage = 0.8; /* less memory, but sees less: on the front */
	pareto_compute(v, ARRAY_SIZE(v), p);
	ck_assert(p[0].front && p[3].front);
	ck_assert_str_eq(p[1].reason, "dominated by a: no drops either, the same memory, 31.0% "
				      "against 50.0% of a core");
	ck_assert_ptr_nonnull(strstr(p[2].reason, "of the rules complete"));
	ck_assert(!pareto_dominates(&v[0], &v[0]));
	pareto_release(p, ARRAY_SIZE(v));
	/* What is unknown makes no difference. */
	v[1].cpu = (double)NAN;
	v[2].coverage = (double)NAN;
	pareto_compute(v, 3, p);
	ck_assert(p[0].front && p[1].front && p[2].front);
	pareto_release(p, 3);
}
END_TEST

START_TEST(seconds_tell_where_intervals_do_not)
{
	const double drops[] = {0.5, 0.6, 0.4, 0.55, 0.7}, none[] = {0, 0, 0, 0, 0};
	struct pareto_point a = point("a", 0.55, 0.02, 1, 1), b = point("b", 0, 0, 0.3, 32);

	ck_assert(pareto_dominates(&a, &b)); /* overlap: equal, and half the memory */
	a.seconds = drops;
	b.seconds = none;
	a.n_seconds = b.n_seconds = 5;
	ck_assert(!pareto_dominates(&a, &b));
	ck_assert(!pareto_dominates(&b, &a));
	b.memory = a.memory;
	ck_assert(pareto_dominates(&b, &a));
	/* Four of each cannot tell at that level. */
	a.n_seconds = b.n_seconds = 4;
	ck_assert(!pareto_dominates(&b, &a));
}
END_TEST

START_TEST(not_measured_is_last)
{
	struct pareto_point v[] = {point("a", 0, 0, 0, 8), point("b", 0, 0, 0, 4),
				   point("c", (double)NAN, (double)NAN, (double)NAN, 16)};
	struct pareto_place p[3];
	size_t order[3];

	v[0].measured = false;
	pareto_compute(v, 3, p);
	ck_assert(!p[0].front && p[0].layer == 0 && !p[0].reason);
	ck_assert(p[1].front && !p[2].front); /* not exercised: no drops */
	pareto_order(v, p, 3, order);
	ck_assert_uint_eq(order[0], 1);
	ck_assert_uint_eq(order[2], 0);
	pareto_release(p, 3);
}
END_TEST

/* Overlap is not transitive: every front has a member all the same. */
START_TEST(circles_leave_a_front)
{
	struct pareto_point v[] = {point("a", 0.1, 0.08, 0.12, 8), point("b", 0.13, 0.11, 0.16, 8),
				   point("c", 0.17, 0.15, 0.2, 8)};
	struct pareto_place p[3];

	v[0].cpu = 0.60; /* a drops less than c; b takes less CPU than a, c less than b */
	v[1].cpu = 0.45;
	v[2].cpu = 0.30;
	pareto_compute(v, 3, p);
	ck_assert(p[0].front || p[1].front || p[2].front);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_ge(p[i].layer, 1);
	pareto_release(p, 3);
}
END_TEST

/* ---- giving up rules ---- */

static struct bitset scs(const struct catalogue *cat, const char *const *names)
{
	struct bitset s = {0};

	for (; *names; names++)
		bitset_add(&s, cat_sc_by_name(cat, *names));
	return s;
}
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

struct made {
	const struct catalogue *cat;
	struct select_rule rules[5];
	double weights[5];
	double *rates;
	struct giveup_input in;
};

static void rate(struct made *m, const char *name, double per_s)
{
	m->rates[cat_sc_by_name(m->cat, name)] = per_s;
}

static void make(struct made *m)
{
	m->cat = catalogue_find(NULL);
	m->rates = xcalloc(m->cat->n_syscalls, sizeof(*m->rates));
	m->rules[0] = (struct select_rule){"exec", scs(m->cat, NAMES("execve"))};
	m->rules[1] = (struct select_rule){"open A", scs(m->cat, NAMES("open", "openat"))};
	m->rules[2] = (struct select_rule){"open B", scs(m->cat, NAMES("openat", "chmod"))};
	m->rules[3] = (struct select_rule){"connect", scs(m->cat, NAMES("connect"))};
	m->rules[4] = (struct select_rule){"mkdir", scs(m->cat, NAMES("mkdir"))};
	for (size_t i = 0; i < 5; i++)
		m->weights[i] = 1;
	rate(m, "openat", 10000);
	rate(m, "close", 12000);
	rate(m, "connect", 100);
	rate(m, "execve", 20);
	rate(m, "mkdir", 3000);
	m->in = (struct giveup_input){
		.cat = m->cat, .rules = m->rules, .n = 5, .weights = m->weights, .rates = m->rates};
}

START_TEST(a_call_leaves_with_its_last_rule)
{
	struct made m;
	struct giveup g;
	double first;

	make(&m);
	giveup_order(&m.in, &g);
	ck_assert_uint_ge(g.n, 2);
	/* Both rules that name openat go at once, and what that saves is openat alone: close stays
	 * for connect. 10,000 for a weight of 2, against 3,000 for a weight of 1. */
	ck_assert_uint_eq(g.v[0].n, 2);
	ck_assert_uint_eq(g.v[0].rules[0], 1);
	ck_assert_uint_eq(g.v[0].rules[1], 2);
	first = g.v[0].before - g.v[0].after;
	ck_assert(fabs(first - 10000) < 1e-6);
	ck_assert(!bitset_has(&g.v[0].set, cat_sc_by_name(m.cat, "openat")));
	ck_assert(bitset_has(&g.v[0].set, cat_sc_by_name(m.cat, "close")));
	/* exec costs nothing beyond what is always traced: it is never given up. */
	for (size_t i = 0; i < g.n; i++)
		for (size_t k = 0; k < g.v[i].n; k++)
			ck_assert_uint_ne(g.v[i].rules[k], 0);
	/* Rates only fall, and the sets are nested. */
	for (size_t i = 0; i < g.n; i++) {
		ck_assert(g.v[i].after < g.v[i].before);
		ck_assert(fabs(giveup_rate(&m.in, g.v[i].set) - g.v[i].after) < 1e-6);
		if (i)
			ck_assert(bitset_empty(bitset_minus(g.v[i].set, g.v[i - 1].set)));
	}
	giveup_release(&g);
	free(m.rates);
}
END_TEST

START_TEST(weights_turn_the_order)
{
	struct made m;
	struct giveup g;

	make(&m);
	m.weights[1] = 8;
	giveup_order(&m.in, &g);
	/* 10,000 / 9 is less than 3,000 / 1. */
	ck_assert_uint_eq(g.v[0].rules[0], 4);
	giveup_release(&g);
	/* What weighs nothing goes first. */
	m.weights[3] = 0;
	giveup_order(&m.in, &g);
	ck_assert_uint_eq(g.v[0].rules[0], 3);
	ck_assert(fabs(g.v[0].before - g.v[0].after - 100) < 1e-6); /* close: for the files */
	giveup_release(&g);
	free(m.rates);
}
END_TEST

START_TEST(nothing_to_save_gives_no_order)
{
	struct made m;
	struct giveup g;

	make(&m);
	m.in.n = 1;
	giveup_order(&m.in, &g);
	ck_assert_uint_eq(g.n, 0);
	giveup_release(&g);
	free(m.rates);
}
END_TEST

/* ---- weights, memory ---- */

static char *write_temp(const char *text)
{
	char *path = xmalloc(64);
	int fd = unit_make_file(path, 64);

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

static void weights(const char *text, const char *expected)
{
	struct search_rule rules[] = {{.name = "A", .weight = 3}, {.name = "B: c", .weight = 4}};
	char *path cleanup_free = write_temp(text);
	struct error err = ERROR_INIT;
	int rc = search_read_weights(path, rules, 2, &err);

	unlink(path);
	if (expected) {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_msg(strstr(err.msg, expected), "'%s' lacks '%s'", err.msg, expected);
		ck_assert_ptr_nonnull(strstr(err.msg, path));
		return;
	}
	ck_assert_msg(!rc, "%s", err.msg);
	ck_assert(rules[0].weight == 3 && rules[1].weight == 0.5);
}

START_TEST(weights_are_read_with_places)
{
	weights("\"B: c\": 0.5\n", NULL);
	weights("A: 1\nC: 2\n", ":2:1: no rule that is evaluated is called 'C'");
	weights("A: -1\n", ":1:4: ");
	weights("A: many\n", ":1:4: ");
	weights("A: 1\nA: 2\n", ":2:1: the rule 'A' is there twice");
	weights("- A\n", ":1:1: ");
	weights("", ":1:1: the file is empty");
	ck_assert(search_priority_weight(PRIORITY_EMERGENCY) == 8);
	ck_assert(search_priority_weight(PRIORITY_DEBUG) == 1);
}
END_TEST

START_TEST(memory_has_a_default)
{
	char dir[64];
	char *file cleanup_free = NULL, *from = NULL;
	FILE *f;

	unit_make_dir(dir, sizeof(dir));
	file = xasprintf("%s/meminfo", dir);
	f = fopen(file, "w");
	fputs("MemTotal: 16000 kB\nMemFree: 1 kB\nMemAvailable:    8192 kB\n", f);
	fclose(f);
	/* A group's limit that is smaller holds; else a quarter of what is available. */
	ck_assert_int_eq(sweep_memory_default(dir, 1 << 20, &from), 1 << 20);
	ck_assert_str_eq(from, "--memory-limit");
	free(from);
	ck_assert_int_eq(sweep_memory_default(dir, 1 << 30, &from), 2 << 20);
	ck_assert_str_eq(from, "a quarter of the memory that is free");
	free(from);
	unlink(file);
	rmdir(dir);
}
END_TEST

START_TEST(buffers_are_priced_for_any_host)
{
	ck_assert_int_eq(case_buffer_count(ENGINE_MODERN_EBPF, 2, 2), 1);
	ck_assert_int_eq(case_buffer_count(ENGINE_MODERN_EBPF, 2, 64), 32);
	ck_assert_int_eq(case_buffer_count(ENGINE_MODERN_EBPF, 6, 64), 11);
	ck_assert_int_eq(case_buffer_count(ENGINE_MODERN_EBPF, 0, 64), 1);
	ck_assert_int_eq(case_buffer_count(ENGINE_MODERN_EBPF, 128, 64), 1);
	ck_assert_int_eq(case_buffer_count(ENGINE_KMOD, 0, 64), 64);
}
END_TEST

UNIT_MAIN("tune", halving_halves_and_doubles, halving_ends, front_and_reasons,
	  cpu_and_coverage_count, seconds_tell_where_intervals_do_not, not_measured_is_last,
	  circles_leave_a_front, a_call_leaves_with_its_last_rule, weights_turn_the_order,
	  nothing_to_save_gives_no_order, weights_are_read_with_places, memory_has_a_default,
	  buffers_are_priced_for_any_host)

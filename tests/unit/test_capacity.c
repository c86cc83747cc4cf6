/* SPDX-License-Identifier: Apache-2.0 */
/* The search for the knee on made consumers, and what follows from its rounds. */
#include "unit.h"

#include "base/mem.h"
#include "report/capacity.h"
#include "run/capacity.h"
#include "stats/rng.h"

#include <math.h>

static const double levels[] = {0, 0.001, 0.01, 0.05};

/* A host: a load of `unit` events a second at scale 1 that goes up to `most`, beside `others`, and
 * a consumer that takes `takes`. noise: relative, of what the consumer takes in a round. */
struct made {
	double unit, most, others, takes, noise;
	double hiccup; /* chance that a round gets only 60 % of the consumer */
	struct rng rng;
};

static struct capacity_point measure(struct made *m, double scale)
{
	double asked = scale * m->unit, made = fmin(asked, m->most), all = made + m->others;
	double takes = m->takes * (1 + m->noise * (2 * rng_double(&m->rng) - 1));

	if (m->hiccup > 0 && rng_double(&m->rng) < m->hiccup)
		takes *= 0.6;
	return (struct capacity_point){.scale = scale,
				       .evts_per_s = all,
				       .loss = all > takes ? 1 - takes / all : 0,
				       .weight = all * 3,
				       .saturated =
					       made<asked * 0.97, .foreign = m->others> all / 2};
}

static size_t search(struct made *m, struct capacity_point *p)
{
	struct capacity_search s = {.levels = levels,
				    .n_levels = ARRAY_SIZE(levels),
				    .start = 1,
				    .tolerance = CAPACITY_TOLERANCE,
				    .max_rounds = CAPACITY_MAX_ROUNDS};
	size_t n = 0;
	double scale;

	while ((scale = capacity_next(&s, p, n)) > 0) {
		ck_assert_uint_lt(n, CAPACITY_MAX_ROUNDS);
		p[n++] = measure(m, scale);
	}
	return n;
}

START_TEST(finds_the_knee_of_a_consumer)
{
	size_t most = 0;

	/* Knees between a thousandth and a thousand times the first rate. */
	for (double takes = 12; takes < 1e7; takes *= 1.37) {
		struct made m = {.unit = 10000, .most = 1e12, .takes = takes};
		struct capacity_point p[CAPACITY_MAX_ROUNDS];
		size_t n = search(&m, p);

		most = n > most ? n : most;
		for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
			struct capacity_estimate e = capacity_estimate(p, n, levels[i]);
			double want = takes / (1 - levels[i]);

			ck_assert_msg(fabs(e.evts_per_s / want - 1) < 0.06,
				      "%g: level %g: %g of %g in %zu rounds", takes, levels[i],
				      e.evts_per_s, want, n);
			ck_assert(e.lo <= want && want <= e.hi);
			ck_assert(e.hi / e.lo < 1 + 2 * CAPACITY_TOLERANCE);
			ck_assert_int_le(e.basis, CAPACITY_INTERPOLATED);
		}
	}
	printf("note: at most %zu rounds for a knee at any rate\n", most);
	ck_assert_uint_lt(most, CAPACITY_MAX_ROUNDS);
}
END_TEST

START_TEST(doubles_until_the_first_loss)
{
	struct made m = {.unit = 1000, .most = 1e12, .takes = 10500};
	struct capacity_point p[CAPACITY_MAX_ROUNDS];
	size_t n = search(&m, p);

	for (size_t i = 0; i < 5; i++)
		ck_assert_double_eq(p[i].scale, (double)(1 << i));
	for (size_t i = 5; i < n; i++)
		ck_assert_double_le(p[i].scale, 16);
}
END_TEST

START_TEST(the_one_percent_point_bears_noise)
{
	double lo = INFINITY, hi = 0;

	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct made m = {.unit = 5000, .most = 1e12, .takes = 50000, .noise = 0.02};
		struct capacity_point p[CAPACITY_MAX_ROUNDS];
		double rate;

		m.rng = rng_seed(seed);
		rate = capacity_estimate(p, search(&m, p), 0.01).evts_per_s;
		lo = fmin(lo, rate);
		hi = fmax(hi, rate);
	}
	printf("note: 1%% point of 200 noisy searches: %.0f..%.0f, true 50505\n", lo, hi);
	ck_assert_double_gt(lo, 50505 * 0.93);
	ck_assert_double_lt(hi, 50505 * 1.07);
}
END_TEST

START_TEST(one_disturbed_round_does_not_decide)
{
	size_t n_searches = 400, off = 0, rounds = 0;

	for (uint64_t seed = 1; seed <= n_searches; seed++) {
		struct made m = {.unit = 5000,
				 .most = 1e12,
				 .takes = 50000,
				 .noise = 0.01,
				 .hiccup = 0.05,
				 .rng = rng_seed(seed)};
		struct capacity_point p[CAPACITY_MAX_ROUNDS];
		size_t n = search(&m, p);
		double rate = capacity_estimate(p, n, 0.01).evts_per_s;

		off += fabs(rate / 50505 - 1) > 0.05;
		rounds += n;
	}
	printf("note: with one round in 20 disturbed, %zu of %zu searches are off by more than 5 "
	       "%%; %.1f rounds each\n",
	       off, n_searches, (double)rounds / (double)n_searches);
	ck_assert_uint_le(off, n_searches / 50);
}
END_TEST

START_TEST(a_load_at_its_limit_is_no_capacity)
{
	struct made m = {.unit = 1000, .most = 6000, .takes = 1e9};
	struct capacity_point p[CAPACITY_MAX_ROUNDS];
	size_t n = search(&m, p);
	struct capacity_estimate e = capacity_estimate(p, n, 0.01);

	ck_assert_uint_eq(n, 5); /* 1 2 4 8, and 8 once more */
	ck_assert_int_eq(e.basis, CAPACITY_AT_LEAST);
	ck_assert_double_eq(e.evts_per_s, 6000);
	ck_assert(isnan(e.hi));
}
END_TEST

START_TEST(others_events_are_not_searched_below)
{
	struct made m = {.unit = 1000, .most = 1e9, .others = 90000, .takes = 50000};
	struct capacity_point p[CAPACITY_MAX_ROUNDS];
	size_t n = search(&m, p);

	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(capacity_estimate(p, n, 0).basis, CAPACITY_BELOW);
}
END_TEST

START_TEST(a_set_that_is_not_exercised_ends_at_once)
{
	struct made m = {.unit = 0, .most = 1e9, .takes = 50000};
	struct capacity_point p[CAPACITY_MAX_ROUNDS];

	ck_assert_uint_eq(search(&m, p), 1);
	ck_assert_int_eq(capacity_estimate(NULL, 0, 0).basis, CAPACITY_UNKNOWN);
}
END_TEST

START_TEST(uneven_losses_are_pooled)
{
	/* 2 % at 20k, nothing at 30k: together 0.8 % of 50k events; 40k loses 10 %. */
	const struct capacity_point p[] = {{4, 40000, 0.1, 40000, false, false},
					   {2, 20000, 0.02, 20000, false, false},
					   {1, 10000, 0, 10000, false, false},
					   {3, 30000, 0, 30000, false, false}};
	struct capacity_estimate e = capacity_estimate(p, 4, 0.01);

	ck_assert_double_eq(capacity_estimate(p, 4, 0).evts_per_s, 10000);
	ck_assert_double_eq(e.lo, 30000);
	ck_assert_double_eq(e.hi, 40000);
	ck_assert(e.evts_per_s > 30000 && e.evts_per_s < 40000);
	/* A round at the level is a measurement. */
	ck_assert_int_eq(capacity_estimate(p, 4, 0.008).basis, CAPACITY_AT_ROUND);
}
END_TEST

/* ---- what follows ---- */

static struct capacity_config *add(struct capacity *c, double cpus, double takes, double cpu_share)
{
	struct capacity_config *k;

	ALLOC_GROW(c->v, c->n, c->alloc);
	k = &c->v[c->n++];
	*k = (struct capacity_config){.case_key = xstrdup("open"),
				      .name = xasprintf("open.cpu-%g", cpus),
				      .limits = {.cpus = cpus},
				      .rss_peak = INT64_C(50) << 20,
				      .memory_peak = INT64_C(60) << 20,
				      .oom_kills = 0,
				      .host_p99 = (double)NAN};
	for (int i = 1; i <= 2; i++) {
		double rate = i == 1 ? takes : takes * 2;
		struct capacity_round *r;

		ALLOC_GROW(k->rounds, k->n_rounds, k->alloc);
		r = &k->rounds[k->n_rounds++];
		*r = (struct capacity_round){.index = i,
					     .scale = i,
					     .t0_ns = i,
					     .t1_ns = i + 1,
					     .seconds = 2,
					     .n_evts = (int64_t)(2 * rate),
					     .n_drops = i == 1 ? 0 : (int64_t)rate,
					     .evts_per_s = rate,
					     .drop_rate = i == 1 ? 0 : 0.5,
					     .loss = i == 1 ? 0 : 0.5,
					     .background_per_s = (double)NAN,
					     .requested_per_s = rate / 2,
					     .achieved_per_s = rate / 2,
					     .cpu_share = cpu_share,
					     .wait_share = (double)NAN,
					     .rss_bytes = INT64_C(50) << 20,
					     .throttled_ns = 1000,
					     .nr_throttled = 1};
	}
	return k;
}

static void evaluate(struct capacity *c)
{
	for (size_t i = 0; i < c->n; i++)
		capacity_config_evaluate(&c->v[i], levels, ARRAY_SIZE(levels));
	capacity_choose(c);
}

START_TEST(the_smallest_limits_that_hold_are_advised)
{
	struct capacity c = {0};

	add(&c, 0.5, 20000, 0.5);
	add(&c, 1, 39000, 0.93);
	add(&c, 2, 40000, 0.94);
	evaluate(&c);
	/* One CPU holds 97 % of what two hold. */
	ck_assert(!c.v[0].chosen && c.v[1].chosen && !c.v[2].chosen);
	ck_assert_str_eq(c.v[1].resources.yaml, "resources:\n"
						"  requests:\n"
						"    cpu: 950m\n"
						"    memory: 80Mi\n"
						"  limits:\n"
						"    cpu: 1000m\n"
						"    memory: 160Mi\n");
	ck_assert_ptr_nonnull(strstr(c.v[1].resources.why, "93.0% of a core used at 39k events/s"));
	ck_assert_int_eq(c.v[1].throttled_ns, 2000);
	ck_assert_double_eq(c.v[1].window_s, 4);
	ck_assert_double_eq(c.v[1].levels[0].ops_per_s, 19500);
	capacity_release(&c);
}
END_TEST

START_TEST(a_hosts_rate_decides_where_it_is_known)
{
	struct capacity c = {0};

	add(&c, 0.5, 20000, 0.5)->host_p99 = 10000;
	add(&c, 1, 40000, 0.9)->host_p99 = 10000;
	evaluate(&c);
	ck_assert(c.v[0].chosen && !c.v[1].chosen); /* twice the rate is enough */
	ck_assert_double_eq(c.v[0].levels[0].headroom, 2);
	capacity_release(&c);
}
END_TEST

START_TEST(an_engine_that_ended_is_not_advised)
{
	struct capacity c = {0};
	struct capacity_config *k = add(&c, 0, 20000, 0.5);

	k->engine_ended = true;
	k->reason = xstrdup("the engine was killed at its memory limit of 64 MiB (OOM)");
	evaluate(&c);
	ck_assert(!c.v[0].chosen && !c.v[0].resources.there);
	ck_assert_double_eq(c.v[0].levels[0].at.evts_per_s, 20000);
	capacity_release(&c);
}
END_TEST

/* The rates of add() are 20000 and 40000 with losses of 0 and 50 %: a bound stays one in what is
 * derived from it. */
START_TEST(what_follows_from_a_bound_is_marked_as_one)
{
	static const struct {
		size_t drop_round; /* left out of the two */
		const char *rate, *ops, *headroom;
	} rows[] = {{1, ">= 20k", ">= 10k", ">= 2.00x"}, {0, "< 40k", "< 20k", "< 4.00x"}};
	struct plan p = {0};
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct capacity c = {.plan = &p, .n_levels = ARRAY_SIZE(levels)};
		struct strbuf out = STRBUF_INIT;
		struct capacity_config *k;

		c.levels = xcalloc(ARRAY_SIZE(levels), sizeof(*levels));
		memcpy(c.levels, levels, sizeof(levels));
		k = add(&c, 0.5, 20000, 0.5);
		k->host_p99 = 10000;
		k->rounds[0] = k->rounds[1 - rows[i].drop_round];
		k->n_rounds = 1;
		evaluate(&c);
		ck_assert_int_eq(capacity_report(&c, FORMAT_TEXT, &out, &err), 0);
		ck_assert_msg(strstr(out.buf, rows[i].rate) != NULL, "%s", out.buf);
		ck_assert_msg(strstr(out.buf, rows[i].ops) != NULL, "%s", out.buf);
		ck_assert_msg(strstr(out.buf, rows[i].headroom) != NULL, "%s", out.buf);
		strbuf_release(&out);
		capacity_release(&c);
	}
}
END_TEST

START_TEST(limits_without_a_capacity_are_not_compared)
{
	struct plan p = {0};
	struct capacity c = {.plan = &p, .n_levels = ARRAY_SIZE(levels)};
	struct strbuf out = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct capacity_config *k;

	c.levels = xcalloc(ARRAY_SIZE(levels), sizeof(*levels));
	memcpy(c.levels, levels, sizeof(levels));
	add(&c, 0.5, 20000, 0.5);
	k = add(&c, 1, 40000, 0.5); /* time for one round only, and that was too fast */
	k->rounds[0] = k->rounds[1];
	k->n_rounds = 1;
	evaluate(&c);
	ck_assert(c.v[0].chosen);
	ck_assert_int_eq(capacity_report(&c, FORMAT_MD, &out, &err), 0);
	ck_assert_msg(strstr(out.buf, "1 of the limits tried had no round within 1% of drops") !=
			      NULL,
		      "%s", out.buf);
	strbuf_release(&out);
	capacity_release(&c);
}
END_TEST

START_TEST(reports_in_every_format)
{
	static const struct {
		enum out_format format;
		const char *has;
	} rows[] = {
		{FORMAT_TEXT, "~20.2k       ~21.1k"},
		{FORMAT_MD, "| open "},
		{FORMAT_CSV, "open.cpu-0.5,open,0.5,,0,0.01,20202.0202,20000,40000,interpolated"},
		{FORMAT_JSON, "\"basis\": \"interpolated\""},
		{FORMAT_HTML, "Share of events lost against their rate</title>"}};
	struct plan p = {0};
	struct capacity c = {.plan = &p, .n_levels = ARRAY_SIZE(levels)};
	struct error err = ERROR_INIT;

	c.levels = xcalloc(ARRAY_SIZE(levels), sizeof(*levels));
	memcpy(c.levels, levels, sizeof(levels));
	add(&c, 0.5, 20000, 0.5);
	evaluate(&c);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf out = STRBUF_INIT;

		ck_assert_int_eq(capacity_report(&c, rows[i].format, &out, &err), 0);
		ck_assert_msg(strstr(out.buf, rows[i].has) != NULL, "%s", out.buf);
		strbuf_release(&out);
	}
	capacity_release(&c);
}
END_TEST

UNIT_MAIN("capacity", finds_the_knee_of_a_consumer, doubles_until_the_first_loss,
	  the_one_percent_point_bears_noise, one_disturbed_round_does_not_decide,
	  a_load_at_its_limit_is_no_capacity, others_events_are_not_searched_below,
	  a_set_that_is_not_exercised_ends_at_once, uneven_losses_are_pooled,
	  the_smallest_limits_that_hold_are_advised, a_hosts_rate_decides_where_it_is_known,
	  an_engine_that_ended_is_not_advised, what_follows_from_a_bound_is_marked_as_one,
	  limits_without_a_capacity_are_not_compared, reports_in_every_format)

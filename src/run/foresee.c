/* SPDX-License-Identifier: Apache-2.0 */
#include "run/foresee.h"

#include "base/mem.h"
#include "base/units.h"
#include "run/plan.h"
#include "run/schedule.h"
#include "run/sequential.h"
#include "stats/dist.h"
#include "stats/power.h"
#include "stats/tests.h"

#include <math.h>

#define LEVEL	     0.05
#define ROUNDS_SHOWN 3
#define MOST_FACTOR  50.0 /* beyond, nothing of use is seen */

/* Seconds that drop for a share q of the time lose 1 +- 0.6 then: their coefficient of variation is
 * ((1 + 0.36) / q - 1)^1/2; bursts of a s between gaps of b s hang together for
 * (1 + p) / (1 - p) s, p = 1 - 1 / a - 1 / b. */
const struct foresee_kind foresee_kinds[] = {
	{"drops in every second", 1.0, 1.0},
	{"bursts of 2 s every 10 s", 2.4, 2.2},
	{"bursts of 2 s every minute", 6.3, 2.9},
	{0},
};

bool foresee_has_test(const struct results *r, size_t n_pairs)
{
	return stats_signed_rank_least_p((size_t)r->repeats) * (double)n_pairs <= LEVEL;
}

/* Two intervals of Student's t for the logarithm, apart with a chance of POWER_WANTED. */
static double factor_by_intervals(double cv, double n)
{
	double sd = sqrt(log1p(cv * cv) / n), t = stats_t_quantile(1 - LEVEL / 2, n - 1);

	return exp((2 * t + stats_normal_quantile(POWER_WANTED) * M_SQRT2) * sd);
}

double foresee_factor(const struct results *r, size_t n_pairs, const struct foresee_kind *kind)
{
	double cv = stats_repeat_cv((double)r->duration_ns / 1e9, kind->second_cv, kind->burst_s);
	struct sequential_looks looks = sequential_looks(r->repeats, n_pairs);
	size_t n = (size_t)r->repeats;

	if (r->until_decided)
		return stats_factor_seen(stats_smallest_effect(n,
							       sequential_level(&looks, r->repeats),
							       POWER_WANTED),
					 cv);
	if (foresee_has_test(r, n_pairs))
		return stats_factor_seen(
			stats_smallest_effect(n, LEVEL / (double)n_pairs, POWER_WANTED), cv);
	return n > 1 ? factor_by_intervals(cv, (double)n) : INFINITY;
}

/* ---- the plan in words ---- */

/* As the runner has it: behind the cases the rungs of the ladder. NULL: nothing runs there. */
static const char *slot_name(const struct results *r, size_t i)
{
	if (i < r->n_cases)
		return r->cases[i].n_repeats ? r->cases[i].key : NULL;
	return r->rungs[i - r->n_cases].n_repeats ? r->rungs[i - r->n_cases].name : NULL;
}

static void say_schedule(const struct plan *p, struct strvec *out)
{
	const struct results *r = &p->res;
	size_t n = r->n_cases + r->n_rungs;
	struct slot *slots cleanup_free = schedule_make(r->seed, n, (int)r->repeats);

	strvec_pushf(out, "Schedule (seed %llu; every round has each case%s once, shuffled):",
		     (unsigned long long)r->seed, r->n_rungs ? " and rung" : "");
	for (int64_t k = 0; k < r->repeats && k < ROUNDS_SHOWN; k++) {
		struct strbuf line = STRBUF_INIT;
		const char *sep = "";

		strbuf_addf(&line, "  round %lld: ", (long long)k + 1);
		for (size_t i = 0; i < n; i++) {
			const char *name = slot_name(r, slots[(size_t)k * n + i].case_index);

			if (!name)
				continue;
			strbuf_addf(&line, "%s%s", sep, name);
			sep = r->n_rungs ? ", " : " ";
		}
		strvec_take(out, strbuf_detach(&line));
	}
	if (r->repeats > ROUNDS_SHOWN)
		strvec_pushf(out, "  and so on to round %lld%s", (long long)r->repeats,
			     r->until_decided ? " at most; from round 5 on a case whose place is "
						"decided is left out"
					      : "");
}

/* What the recommendation is run once more for. */
static void say_verification(const struct plan *p, struct strvec *out)
{
	double s = plan_verify_s(p, plan_live_s(p));

	if (s > 0)
		strvec_pushf(out, "  about %s of it to verify the recommendation, by a dry run%s%s",
			     UNITS_DURATION(s * 1e9),
			     p->no_verify ? " only (--no-verify)" : " and a live run",
			     !p->no_verify && p->res.max_time_ns != RES_UNKNOWN
				     ? " where --max-time has room for it"
				     : "");
}

static void say_time(const struct plan *p, struct strvec *out)
{
	const struct results *r = &p->res;

	strvec_pushf(
		out,
		"Time: %s%zu live runs of about %s each (%s of warm-up, more if the event rate "
		"is not steady, %s measured), %s%s in all",
		r->until_decided ? "at most " : "", plan_pending(p),
		UNITS_DURATION(plan_live_s(p) * 1e9), UNITS_DURATION((double)r->warmup_ns),
		UNITS_DURATION((double)r->duration_ns),
		r->until_decided || r->max_time_ns != RES_UNKNOWN ? "at most " : "about ",
		UNITS_DURATION(plan_left_s(p) * 1e9));
	say_verification(p, out);
	if (r->max_time_ns != RES_UNKNOWN)
		strvec_pushf(out, "  --max-time %s: no live run is started that would not fit",
			     UNITS_DURATION((double)r->max_time_ns));
}

static void say_method(const struct results *r, size_t n_pairs, struct strvec *out)
{
	struct sequential_looks looks = sequential_looks(r->repeats, n_pairs);
	size_t least = stats_pairs_needed(n_pairs, LEVEL);

	if (r->until_decided)
		strvec_pushf(
			out,
			"  by Mann-Whitney tests at %zu look%s from round %lld on, 5%% over all "
			"looks and %zu pair%s of cases (Holm)",
			looks.n, looks.n == 1 ? "" : "s", (long long)looks.first, n_pairs,
			n_pairs == 1 ? "" : "s");
	else if (foresee_has_test(r, n_pairs))
		strvec_pushf(out,
			     "  by signed rank tests over %lld rounds, 5%% over all %zu pair%s of "
			     "cases (Holm)",
			     (long long)r->repeats, n_pairs, n_pairs == 1 ? "" : "s");
	else
		strvec_pushf(out,
			     "  by intervals that do not overlap: %lld repeats are too few for a "
			     "rank test, which needs %zu for %zu pair%s of cases",
			     (long long)r->repeats, least, n_pairs, n_pairs == 1 ? "" : "s");
}

static void say_difference(const struct results *r, size_t n_pairs, struct strvec *out)
{
	double seconds = (double)r->repeats * (double)r->duration_ns / 1e9;

	strvec_push(out, "Differences that will be seen in 8 of 10 runs like this,");
	say_method(r, n_pairs, out);
	for (const struct foresee_kind *k = foresee_kinds; k->name; k++) {
		double f = foresee_factor(r, n_pairs, k);

		if (!(f < MOST_FACTOR))
			strvec_pushf(out, "  %-27s none: longer windows or more repeats are needed",
				     k->name);
		else
			strvec_pushf(out,
				     "  %-27s a drop rate %.*f times as high (1%% against %.*f%%)",
				     k->name, f < 10 ? 1 : 0, f, f < 10 ? 1 : 0, f);
	}
	strvec_pushf(
		out,
		"A case without drops will be bounded by %s of its seconds; that is times what "
		"the worst second of the run loses",
		UNITS_SHARE(1 - pow(LEVEL, 1 / fmax(floor(seconds), 1))));
}

void plan_foresee(const struct plan *p, struct strvec *out)
{
	size_t n = 0;

	if (p->res.dry_run_only) {
		strvec_push(out, "Dry runs only: nothing is measured.");
		return;
	}
	for (size_t i = 0; i < p->res.n_cases; i++)
		n += p->res.cases[i].n_repeats > 0;
	say_schedule(p, out);
	say_time(p, out);
	if (n > 1)
		say_difference(&p->res, n * (n - 1) / 2, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: histograms, counts that are those of the plain evaluator, sums that are sums. */
#include "unit.h"

#include "base/fs.h"
#include "probe/profile.h"
#include "probe/replay.h"
#include "record_maker.h"

#include <math.h>

START_TEST(histograms_tell_quantiles)
{
	struct loghist *h = xcalloc(1, sizeof(*h)), *sum = xcalloc(1, sizeof(*sum));

	for (size_t i = 0; i + 1 < LOGHIST_BUCKETS; i++) {
		ck_assert_uint_eq(loghist_index(loghist_low(i)), i);
		ck_assert_uint_eq(loghist_index(loghist_low(i + 1) - 1), i);
	}
	ck_assert_uint_eq(loghist_index(UINT64_MAX), LOGHIST_BUCKETS - 1);
	for (uint64_t v = 1; v <= 10000; v++)
		loghist_add(h, v);
	ck_assert_double_eq_tol(loghist_quantile(h, 0.5), 5000, 5000 * 0.07);
	ck_assert_double_eq_tol(loghist_quantile(h, 0.99), 9900, 9900 * 0.07);
	ck_assert_double_le(loghist_quantile(h, 0), 2);
	ck_assert_double_ge(loghist_quantile(h, 1), 10000);
	loghist_merge(sum, h);
	loghist_merge(sum, h);
	ck_assert_uint_eq(sum->n, 20000);
	ck_assert_double_eq_tol(loghist_quantile(sum, 0.5), loghist_quantile(h, 0.5), 1e-9);
	free(h);
	free(sum);
}
END_TEST

static const char rules_text[] =
	"- rule: Sensitive\n"
	"  desc: d\n"
	"  condition: evt.type in (open, openat) and evt.is_open_read = true\n"
	"    and fd.name in (/etc/shadow, /etc/gshadow) and not proc.name = vipw\n"
	"  output: o\n"
	"  priority: INFO\n"
	"- rule: Any cat\n"
	"  desc: d\n"
	"  condition: evt.type in (openat, execve) and proc.name = cat\n"
	"  output: o\n"
	"  priority: INFO\n"
	"- rule: Every exit\n"
	"  desc: d\n"
	"  condition: evt.type = procexit\n"
	"  output: o\n"
	"  priority: INFO\n";

#define ROUNDS 400

/* One replay of a made-up recording, profiled or not. */
struct run {
	struct ruleset rs;
	struct ruleset_options opt;
	struct calls *calls;
	struct eval eval;
	struct profile profile, *p;
	uint64_t matches, order; /* order: over all matches, a hash of which and when */
};

static void on_match(void *arg, struct eval *e, size_t rule, struct field_ctx *ctx)
{
	struct run *run = arg;

	(void)e;
	run->matches++;
	run->order = (run->order ^ (rule + ctx->num * 64)) * 0x100000001b3u;
}

static void on_event(void *arg, const struct state_view *view)
{
	struct run *run = arg;

	if (view->ev->pid == 99) {
		if (run->p)
			run->p->own++;
		return;
	}
	if (run->p)
		eval_event_profiled(&run->eval, view, on_match, run, run->p);
	else
		eval_event(&run->eval, view, on_match, run);
}

static void run_begin(struct run *run, bool all, bool profiled, bool checks)
{
	static const volatile sig_atomic_t stop;
	struct consumer_opts opts = {.on_event = on_event, .ctx = run, .stop = &stop};
	struct state_opts state_opts = {.track_fds = true, .proc_root = "/nonexistent"};
	struct consumer_stats stats = {0};
	struct error err = ERROR_INIT;
	char dir[] = "/tmp/test_profile.XXXXXX", path[64], rules[64];
	const char *files[] = {rules};
	struct recording rec;
	struct replay *replay;
	struct state *st;

	memset(run, 0, sizeof(*run));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.rec", dir);
	snprintf(rules, sizeof(rules), "%s/r.yaml", dir);
	ck_assert_int_eq(fs_write_file(rules, rules_text, strlen(rules_text), 0644, NULL), 0);
	ck_assert_int_eq(made_recording(path, ROUNDS, 1 << 30, NULL), 0);
	run->rs = (struct ruleset)RULESET_INIT;
	run->opt = (struct ruleset_options)RULESET_OPTIONS_INIT;
	run->opt.cat = catalogue_find(NULL);
	ck_assert_msg(!ruleset_load(&run->rs, files, 1, &run->opt, &err), "%s", err.msg);
	run->calls = xmalloc(sizeof(*run->calls));
	calls_init(run->calls, run->opt.cat);
	eval_init(&run->eval, run->calls, &run->rs, &run->opt, all);
	ck_assert_uint_eq(run->eval.n_not_evaluated, 0);
	ck_assert_int_eq(state_open(&st, &state_opts, NULL), 0);
	ck_assert_msg(!recording_open(&rec, path, &err), "%s", err.msg);
	ck_assert_int_eq(replay_open(&replay, &rec, path, st, NULL), 0);
	run->eval.ctx.state = st;
	if (profiled) {
		run->p = opts.profile = &run->profile;
		profile_init(run->p, &run->eval, checks);
	}
	replay_run(replay, &opts, &stats);
	ck_assert_uint_eq(stats.n_seen, ROUNDS * MADE_EVENTS_A_ROUND);
	replay_close(replay);
	state_close(st);
	recording_release(&rec);
	ck_assert_int_eq(fs_remove_tree(dir, NULL), 0);
}

static void run_end(struct run *run)
{
	if (run->p)
		profile_release(run->p);
	eval_release(&run->eval);
	ruleset_release(&run->rs);
	free(run->calls);
}

static json_t *document(const struct run *run)
{
	struct profile_about about = {.engine = "e",
				      .version = "v",
				      .selects_as = "s",
				      .hostname = "h",
				      .n_cpus = 2,
				      .replay = true,
				      .file = "f",
				      .recorded_ns = 1,
				      .kernel_events = -1,
				      .kernel_drops = -1};

	return profile_to_json(run->p, &about);
}

static const json_t *at(const json_t *o, const char *path)
{
	char part[64];

	while (*path) {
		size_t n = strcspn(path, ".");

		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		o = json_is_array(o) ? json_array_get(o, (size_t)atoi(part))
				     : json_object_get(o, part);
		ck_assert_msg(o != NULL, "%s", path);
		path += n + (path[n] == '.');
	}
	return o;
}

static json_int_t count_at(const json_t *o, const char *path)
{
	return json_integer_value(at(o, path));
}

static double real_at(const json_t *o, const char *path)
{
	return json_number_value(at(o, path));
}

START_TEST(the_same_matches_with_and_without)
{
	for (int all = 0; all < 2; all++) {
		struct run plain, profiled, rules;

		run_begin(&plain, all, false, false);
		run_begin(&profiled, all, true, true);
		run_begin(&rules, all, true, false);
		ck_assert_uint_gt(plain.matches, 3 * ROUNDS);
		ck_assert_uint_eq(plain.matches, profiled.matches);
		ck_assert_uint_eq(plain.order, profiled.order);
		ck_assert_uint_eq(plain.order, rules.order);
		for (size_t i = 0; i < plain.eval.n; i++)
			ck_assert_uint_eq(plain.eval.rules[i].matches,
					  profiled.eval.rules[i].matches);
		run_end(&plain);
		run_end(&profiled);
		run_end(&rules);
	}
}
END_TEST

/* What the recording has, counted by hand. */
START_TEST(counts_are_exact)
{
	struct run run;
	json_t *o;

	run_begin(&run, false, true, true);
	o = document(&run);
	ck_assert_int_eq(count_at(o, "events.seen"), 12 * ROUNDS);
	ck_assert_int_eq(count_at(o, "events.own"), ROUNDS);
	/* exec, 3 opens of cat, 2 opens of others, exit; fork and the closes have no rule. */
	ck_assert_int_eq(count_at(o, "events.evaluated"), 7 * ROUNDS);
	ck_assert_int_eq(count_at(o, "events.without_rules"), 4 * ROUNDS);
	ck_assert_int_eq(count_at(o, "events.broken"), 5 * ROUNDS);
	/* Sensitive: 5 opens a round; read: 4; one name; one that is not vipw. */
	ck_assert_int_eq(count_at(o, "rules.0.totals.offered"), 5 * ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.0.totals.evaluations"), 5 * ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.0.totals.matches"), ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.0.checks.1.evaluations"), 5 * ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.0.checks.1.true"), 4 * ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.0.checks.2.evaluations"), 4 * ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.0.checks.2.true"), ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.0.checks.3.evaluations"), ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.0.checks.3.true"), 0);
	ck_assert_str_eq(json_string_value(at(o, "rules.0.checks.2.field")), "fd.name");
	ck_assert_str_eq(json_string_value(at(o, "rules.0.checks.2.operator")), "in");
	ck_assert_int_eq(count_at(o, "rules.0.checks.2.constants"), 2);
	ck_assert_int_eq(count_at(o, "rules.0.checks.2.on_true"), 3);
	ck_assert_str_eq(json_string_value(at(o, "rules.0.checks.2.on_false")), "reject");
	ck_assert_str_eq(json_string_value(at(o, "rules.0.checks.3.on_false")), "accept");
	ck_assert_double_eq_tol(real_at(o, "rules.0.totals.mean_checks"), 2.0, 1e-9);
	/* Any cat: of the opens what the first left, and the exec. */
	ck_assert_int_eq(count_at(o, "rules.1.totals.offered"), 6 * ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.1.totals.evaluations"), 5 * ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.1.totals.matches"), 3 * ROUNDS);
	/* Every exit: nothing is left to check. */
	ck_assert_int_eq(count_at(o, "rules.2.totals.matches"), ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.2.totals.checks"), 0);
	ck_assert_int_eq(count_at(o, "totals.matches"), 5 * ROUNDS);
	ck_assert_int_eq(count_at(o, "phases.6.time.count"), 5 * ROUNDS);
	ck_assert_int_eq(count_at(o, "phases.3.time.count"), 12 * ROUNDS);
	json_decref(o);
	run_end(&run);

	run_begin(&run, true, true, true);
	o = document(&run);
	ck_assert_str_eq(json_string_value(at(o, "rule_matching")), "all");
	ck_assert_int_eq(count_at(o, "rules.1.totals.evaluations"), 6 * ROUNDS);
	ck_assert_int_eq(count_at(o, "rules.1.totals.matches"), 4 * ROUNDS);
	ck_assert_int_eq(count_at(o, "events.broken"), 5 * ROUNDS);
	json_decref(o);
	run_end(&run);
}
END_TEST

static void near(double a, double b)
{
	ck_assert_double_eq_tol(a, b, 1e-6 * fmax(fmax(fabs(a), fabs(b)), 1));
}

static double sum_of(const json_t *list, const char *path)
{
	double sum = 0;
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v) sum += real_at(v, path);
	return sum;
}

/* Children never have more than their parent; the root has what they have. */
static void check_tree(const json_t *node)
{
	const json_t *kids = at(node, "children");
	double sum = sum_of(kids, "sum_ns");
	size_t i;
	json_t *kid;

	ck_assert_double_le(sum, real_at(node, "sum_ns") * (1 + 1e-6) + 1e-3);
	json_array_foreach(kids, i, kid) check_tree(kid);
}

static void check_rule(const json_t *rule)
{
	static const char *const times[] = {"not_broken", "broken", "output"};
	const json_t *events = at(rule, "by_event");

	near(real_at(rule, "totals.evaluations"), sum_of(events, "evaluations"));
	near(real_at(rule, "totals.checks"), sum_of(events, "checks"));
	near(real_at(rule, "totals.checks"), sum_of(at(rule, "checks"), "evaluations"));
	near(real_at(rule, "totals.evaluations"),
	     real_at(rule, "totals.not_broken.count") + real_at(rule, "totals.broken.count"));
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		char path[64];

		snprintf(path, sizeof(path), "totals.%s.sum_ns", times[i]);
		near(real_at(rule, path), sum_of(events, path + strlen("totals.")));
	}
}

START_TEST(sums_are_sums)
{
	for (int checks = 0; checks < 2; checks++) {
		struct run run;
		double rules;
		json_t *o, *rule;
		size_t i;

		run_begin(&run, checks, true, checks);
		o = document(&run);
		check_tree(at(o, "tree"));
		near(sum_of(at(o, "tree.children"), "sum_ns"), real_at(o, "window_ns"));
		near(sum_of(at(o, "phases"), "time.sum_ns"), real_at(o, "totals.phases_ns"));
		rules = sum_of(at(o, "rules"), "totals.not_broken.sum_ns") +
			sum_of(at(o, "rules"), "totals.broken.sum_ns");
		near(rules, real_at(o, "totals.rules_ns"));
		near(rules,
		     real_at(o, "phases.4.time.sum_ns") + real_at(o, "phases.5.time.sum_ns"));
		near(rules, sum_of(at(o, "event_types"), "time.sum_ns"));
		near(sum_of(at(o, "event_types"), "state.sum_ns"),
		     real_at(o, "phases.3.time.sum_ns"));
		near(sum_of(at(o, "rules"), "totals.output.sum_ns"),
		     real_at(o, "totals.output_ns"));
		ck_assert_int_eq((json_int_t)sum_of(at(o, "event_types"), "events"),
				 count_at(o, "events.seen"));
		json_array_foreach(at(o, "rules"), i, rule) check_rule(rule);
		json_decref(o);
		run_end(&run);
	}
}
END_TEST

UNIT_MAIN("profile", histograms_tell_quantiles, the_same_matches_with_and_without, counts_are_exact,
	  sums_are_sums)

/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune run */
#include "cmd/cmd.h"

#include "advise/advise.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "cmd/measure.h"
#include "cmd/progress.h"
#include "cmd/run_tune.h"
#include "report/report.h"
#include "run/runner.h"
#include "run/sequential.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct run_args {
	struct run_options o;
	struct strvec rules, sets, cases;
	const char *resume, *out, *cpu_limit, *memory_limit;
	int64_t seed;
	int format;
	bool print_commands, plan, seed_given;
	/* Options that --resume takes from the journal instead. */
	bool other_given[24];
	bool elsewhere; /* --sweep and --search: never set, cmd_run() looks for them first */
};

#define ARGS_INIT                                                                                  \
	{                                                                                          \
		.o = {.engine = "auto",                                                            \
		      .duration_ns = -1,                                                           \
		      .warmup_ns = -1,                                                             \
		      .repeats = -1,                                                               \
		      .timeout_ns = -1,                                                            \
		      .max_drop = (double)NAN,                                                     \
		      .wake_fd = -1},                                                              \
		.format = FORMAT_TEXT                                                              \
	}

static void args_release(struct run_args *a)
{
	strvec_release(&a->rules);
	strvec_release(&a->sets);
	strvec_release(&a->cases);
}

static int parse(int argc, char **argv, struct run_args *a, struct error *err)
{
	bool *g = a->other_given;
	const struct opt opts[] = {
		{0, "engine", OPT_STR, &a->o.engine, "PATH|auto|embedded",
		 "engine to drive; auto (default): falco in PATH, else the embedded one", 0, 0,
		 NULL, &g[0]},
		{'c', "config", OPT_STR, &a->o.config, "FILE",
		 "falco.yaml to start from (default: the values that Falco ships)", 0, 0, NULL,
		 &g[1]},
		{'r', "rules", OPT_STRS, &a->rules, "FILE",
		 "rules file or folder instead of the dummy rule set; repeatable", 0, 0, NULL,
		 &g[2]},
		{'o', "option", OPT_STRS, &a->sets, "KEY=VALUE",
		 "setting on top of falco.yaml, as Falco's -o; repeatable", 0, 0, NULL, &g[3]},
		{0, "cases", OPT_STRS, &a->cases, "ID|FILE|DIR",
		 "cases to run (default: the six stock cases); repeatable", 0, 0, NULL, &g[4]},
		{0, "load", OPT_STR, &a->o.load, "PROFILE",
		 "load profile for every case, an id or a file", 0, 0, NULL, &g[5]},
		{0, "duration", OPT_DURATION, &a->o.duration_ns, "TIME",
		 "measured window of a repeat (default 10s, --quick 2s)", 0, 0, NULL, &g[6]},
		{0, "warmup", OPT_DURATION, &a->o.warmup_ns, "TIME",
		 "load before the window (default 2s, --quick 1s)", 0, 0, NULL, &g[7]},
		{0, "repeats", OPT_INT, &a->o.repeats, "N",
		 "live runs of each case (default 5, --quick 2)", 1, 1000, NULL, &g[8]},
		{0, "until-decided", OPT_FLAG, &a->o.until_decided, NULL,
		 "spend repeats where the ranking is undecided, at most --repeats (default 20)", 0,
		 0, NULL, &g[16]},
		{0, "max-time", OPT_DURATION, &a->o.max_time_ns, "TIME",
		 "start no live run that would not fit into it", 0, 0, NULL, &g[17]},
		{0, "quick", OPT_FLAG, &a->o.quick, NULL,
		 "a first look in less than 90 s for the six stock cases", 0, 0, NULL, &g[9]},
		{0, "dry-run-only", OPT_FLAG, &a->o.dry_run_only, NULL,
		 "only compare predictions with dry runs", 0, 0, NULL, &g[10]},
		{0, "ladder", OPT_FLAG, &a->o.ladder, NULL,
		 "measure how much the engine slows the load: runs without engine and with Test "
		 "1's set in every round",
		 0, 0, NULL, &g[18]},
		{0, "max-drop", OPT_SHARE, &a->o.max_drop, "SHARE",
		 "highest drop rate to recommend (default 1%); exit 1 when no case is within", 0, 0,
		 NULL, &g[11]},
		{0, "seed", OPT_INT, &a->seed, "N", "of the order of runs (default: from the time)",
		 0, INT64_MAX, NULL, &a->seed_given},
		{0, "timeout", OPT_DURATION, &a->o.timeout_ns, "TIME",
		 "limit for a dry run and for an engine's start (default 30s)", 0, 0, NULL, &g[12]},
		{0, "cpu-limit", OPT_STR, &a->cpu_limit, "CPUS",
		 "run the engine in a control group with so many CPUs' time, such as 0.5", 0, 0,
		 NULL, &g[14]},
		{0, "memory-limit", OPT_STR, &a->memory_limit, "SIZE",
		 "run the engine in a control group with so much memory, such as 512Mi", 0, 0, NULL,
		 &g[15]},
		{0, "host", OPT_STR, &a->o.host, "FILE",
		 "host.json of falcotune survey: predict each case's event rate from it, and print "
		 "it beside the measured one",
		 0, 0, NULL, &g[20]},
		{0, "canary", OPT_FLAG, &a->o.canary, NULL,
		 "start programs with a marker and count the alerts for them: end-to-end loss", 0,
		 0, NULL, &g[22]},
		{0, "out", OPT_STR, &a->out, "DIR", "results go there (default results/TIMESTAMP)",
		 0, 0, NULL, &g[13]},
		{0, "sweep", OPT_FLAG, &a->elsewhere, NULL,
		 "--sweep buffers: compare buffer settings instead; it has options of its own, see "
		 "run --sweep buffers --help",
		 0, 0, NULL, NULL},
		{0, "search", OPT_FLAG, &a->elsewhere, NULL,
		 "find the largest set of rules without drops instead; see run --search --help", 0,
		 0, NULL, NULL},
		{0, "resume", OPT_STR, &a->resume, "DIR",
		 "finish the run in that folder, as it was planned", 0, 0, NULL, NULL},
		{0, "format", OPT_CHOICE, &a->format, "FORMAT", "of the report on standard output",
		 0, 0, out_format_names, NULL},
		{0, "print-commands", OPT_FLAG, &a->print_commands, NULL,
		 "print every engine command line and run nothing", 0, 0, NULL, NULL},
		{0, "plan", OPT_FLAG, &a->plan, NULL,
		 "print schedule, time and the difference that will be seen, and run nothing", 0, 0,
		 NULL, NULL},
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune run",
		.operands = "",
		.summary =
			"Runs every case dry and live under load and ranks them by drop rate "
			"and size of\nthe syscall set, with a configuration to paste. Needs "
			"root for live runs.\n\nPredictions are for the release that the engine's "
			"--version names, so that there is\nno --falco here; falcotune matrix has "
			"one, for any release.",
		.examples =
			"  falcotune run --quick                 # the six stock cases, a first "
			"look\n"
			"  falcotune run -c /etc/falco/falco.yaml -r my_rules.yaml --load mixed\n"
			"  falcotune run --cases open --repeats 10 --duration 30s\n"
			"  falcotune run --until-decided --max-time 20m\n"
			"  falcotune run --repeats 10 --plan     # what would that be able to "
			"see?\n"
			"  falcotune run --sweep buffers --load bursts\n"
			"  falcotune run --search -r my_rules.yaml --load mixed\n"
			"  falcotune run --resume results/20260101-120000\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (!rc && first < argc)
		return error_input(err, "unexpected operand '%s'; try falcotune run --help",
				   argv[first]);
	return rc;
}

static int validate(struct run_args *a, struct error *err)
{
	bool other = a->seed_given;

	for (size_t i = 0; i < ARRAY_SIZE(a->other_given); i++)
		other = other || a->other_given[i];
	if ((a->cpu_limit &&
	     cgroup_parse_cpus(a->cpu_limit, "--cpu-limit", &a->o.limits.cpus, err)) ||
	    (a->memory_limit &&
	     cgroup_parse_memory(a->memory_limit, "--memory-limit", &a->o.limits.memory, err)))
		return -1;
	if (a->resume && other)
		return error_input(err, "option --resume finishes a run as it was planned: of the "
					"other options only --format can be given with it");
	if (a->resume && (a->print_commands || a->plan))
		return error_input(err, "option %s cannot be combined with --resume",
				   a->plan ? "--plan" : "--print-commands");
	if (a->o.until_decided && a->o.repeats >= 0 && a->o.repeats <= SEQUENTIAL_FIRST)
		return error_input(err,
				   "option --until-decided looks first after %d repeats: --repeats "
				   "must allow more",
				   SEQUENTIAL_FIRST);
	if (a->o.until_decided && (a->o.quick || a->o.dry_run_only))
		return error_input(err, "option --until-decided cannot be combined with %s",
				   a->o.quick ? "--quick" : "--dry-run-only");
	if (a->o.ladder && a->o.dry_run_only)
		return error_input(err, "option --ladder needs live runs and cannot be combined "
					"with --dry-run-only");
	if (a->o.duration_ns >= 0 && a->o.duration_ns < NS_PER_S)
		return error_input(err, "option --duration: a window is at least 1s, since engines "
					"report each second");
	if (a->o.duration_ns > 86400 * NS_PER_S || a->o.warmup_ns > 86400 * NS_PER_S)
		return error_input(err, "option --duration or --warmup is longer than 24h");
	if (a->o.timeout_ns >= 0 && a->o.timeout_ns < NS_PER_S)
		return error_input(err, "option --timeout: expected 1s or more");
	if (a->other_given[17] && a->o.max_time_ns <= 0)
		return error_input(err, "option --max-time: expected more than 0s");
	if (a->plan && a->format != FORMAT_TEXT)
		return error_input(err,
				   "option --plan prints text and cannot be combined with "
				   "--format %s",
				   out_format_names[a->format]);
	return 0;
}

static void print_lines(struct cmd_ctx *ctx, enum log_level level, const struct strvec *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		log_print(&ctx->log, level, "%s", lines->v[i]);
}

static void print_plan(struct cmd_ctx *ctx, const struct plan *p)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;

	plan_describe(p, &lines);
	print_lines(ctx, LOG_NOTE, &lines);
	print_lines(ctx, LOG_WARNING, &p->res.warnings);
	for (size_t i = 0; i < p->res.other_falcos.n; i++)
		log_print(&ctx->log, LOG_WARNING,
			  "another engine runs on this host already: %s; both slow each other down",
			  p->res.other_falcos.v[i]);
}

/* ---- start ---- */

static int start_new(struct cmd_ctx *ctx, struct run_args *a, struct plan *p, struct journal *j,
		     struct error *err)
{
	if (plan_make(p, &a->o, err))
		return -1;
	print_plan(ctx, p);
	if (fs_mkdirs(p->dir, err) || runner_prepare(p, err) ||
	    journal_create(j, p->dir, plan_to_json(p), err)) {
		plan_release(p);
		return -1;
	}
	return 0;
}

static int start_resume(struct cmd_ctx *ctx, const char *dir, struct plan *p, struct journal *j,
			struct error *err)
{
	char *file cleanup_free = fs_join(dir, "journal.jsonl");
	struct runner_replay replay = {.plan = p, .dir = dir, .file = file};
	json_t *note;
	int rc = journal_open(j, dir, runner_replay, &replay, err);

	if (!rc && !replay.started)
		rc = error_input(err, "%s: nothing to resume: it is empty", file);
	if (!rc) {
		note = json_object();
		json_object_set_new(note, "event", json_string("resume"));
		json_object_set_new(note, "t", json_integer(clock_real()));
		rc = journal_add(j, note, err);
	}
	if (rc && replay.started)
		plan_release(p);
	if (!rc) {
		print_plan(ctx, p);
		log_print(&ctx->log, LOG_NOTE, "resuming: %zu live runs are left", plan_pending(p));
	}
	return rc;
}

/* ---- end ---- */

static void check_expectations(struct plan *p)
{
	char a[UNITS_BUF], b[UNITS_BUF];

	for (size_t i = 0; i < p->res.n_cases; i++) {
		struct res_case *c = &p->res.cases[i];
		double max = p->v[i].expect_max_drop;

		if (isnan(max) || c->expect_failed || !(c->sum.drop_rate > max))
			continue;
		c->expect_failed =
			xasprintf("drop rate %s, expected at most %s",
				  units_fmt_share(a, c->sum.drop_rate), units_fmt_share(b, max));
	}
}

static int write_results(const struct plan *p, enum out_format format, struct error *err)
{
	char *file cleanup_free = fs_join(p->dir, "results.json");
	struct strbuf json cleanup_strbuf = STRBUF_INIT, text cleanup_strbuf = STRBUF_INIT;

	if (report_write(&p->res, FORMAT_JSON, &json, err) ||
	    fs_write_file(file, json.buf, json.len, 0644, err) ||
	    report_write(&p->res, format, &text, err))
		return -1;
	fwrite(text.buf, 1, text.len, stdout);
	return 0;
}

/* Why nothing ran: the first failure that there is. */
static const char *first_reason(const struct results *r)
{
	for (size_t i = 0; i < r->n_cases; i++)
		if (r->cases[i].dry_status == RES_FAILED)
			return r->cases[i].dry_reason;
	for (size_t i = 0; i < r->n_cases; i++)
		for (size_t k = 0; k < r->cases[i].n_repeats; k++)
			if (r->cases[i].repeats[k].reason)
				return r->cases[i].repeats[k].reason;
	return "no case ran";
}

static bool anything_ran(const struct results *r)
{
	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *c = &r->cases[i];

		if (r->dry_run_only && c->dry_status == RES_OK)
			return true;
		for (size_t k = 0; k < c->n_repeats; k++)
			if (c->repeats[k].status == RES_OK)
				return true;
	}
	return false;
}

static bool case_has_finding(const struct res_case *c)
{
	if (c->dry_status == RES_FAILED || (c->dry_status == RES_OK && !c->agreement) ||
	    c->expect_failed)
		return true;
	for (size_t k = 0; k < c->n_repeats; k++)
		if (c->repeats[k].status == RES_FAILED || c->repeats[k].status == RES_SKIPPED)
			return true;
	return false;
}

static bool has_finding(const struct results *r)
{
	const char *kind = r->rec.kind ? r->rec.kind : "";

	for (size_t i = 0; i < r->n_cases; i++)
		if (case_has_finding(&r->cases[i]))
			return true;
	return !r->dry_run_only && r->max_drop_given &&
	       (!strcmp(kind, "none-within") || !strcmp(kind, "unfixable"));
}

static int verdict(struct cmd_ctx *ctx, const struct plan *p, int caught)
{
	if (caught)
		return 128 + caught;
	if (!anything_ran(&p->res)) {
		log_print(&ctx->log, LOG_ERROR, "nothing could run: %s", first_reason(&p->res));
		return EXIT_ENV;
	}
	return has_finding(&p->res) ? EXIT_FINDING : EXIT_FINE;
}

static int finish(struct cmd_ctx *ctx, struct run_args *a, struct plan *p, int caught,
		  struct error *err)
{
	int rc;

	advise_results(&p->res);
	check_expectations(p);
	rc = write_results(p, (enum out_format)a->format, err);
	log_print(&ctx->log, LOG_NOTE, "results are in %s%s", p->dir,
		  caught && plan_pending(p) ? "; finish them with --resume" : "");
	return rc ? cmd_fail(ctx, err) : verdict(ctx, p, caught);
}

static int run(struct cmd_ctx *ctx, struct run_args *a, struct error *err)
{
	struct session s = SESSION_INIT;
	struct progress_view view;
	struct journal j = JOURNAL_INIT;
	struct plan p = {0};
	char *state_dir cleanup_free = NULL;
	int code = -1;

	progress_view_init(&view, &ctx->log);
	s.progress = progress_view_show;
	s.progress_arg = &view;
	if (!cmd_measure_begin(ctx, &s, &state_dir, err)) {
		a->o.wake_fd = s.signal_fd;
		code = a->resume ? start_resume(ctx, a->resume, &p, &j, err)
				 : start_new(ctx, a, &p, &j, err);
	}
	if (code) {
		journal_close(&j);
		session_interrupted(&s);
		session_end(&s);
		return s.caught ? 128 + s.caught : cmd_fail(ctx, err);
	}
	s.limits = plan_limits(&p);
	if (leftovers_begin(&s.left, state_dir, p.dir, err) || runner_run(&p, &j, &s, err))
		code = cmd_fail(ctx, err);
	progress_view_close(&view);
	journal_close(&j);
	/* From here on a signal ends the program as usual: nothing of it is left to clean. */
	session_end(&s);
	if (!code)
		code = finish(ctx, a, &p, s.caught, err);
	plan_release(&p);
	return code;
}

/* Lines about a plan that is not run. */
static int print_only(struct cmd_ctx *ctx, struct run_args *a,
		      void (*lines_of)(const struct plan *p, struct strvec *out), struct error *err)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;
	struct plan p;

	a->o.ask_version = false;
	if (plan_make(&p, &a->o, err))
		return cmd_fail(ctx, err);
	print_plan(ctx, &p);
	lines_of(&p, &lines);
	for (size_t i = 0; i < lines.n; i++)
		puts(lines.v[i]);
	plan_release(&p);
	return EXIT_FINE;
}

static int run_cases(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct run_args a = ARGS_INIT;
	struct strbuf command cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	char *out cleanup_free = NULL;
	int rc;

	cmd_join_command(argc, argv, &command);
	rc = parse(argc, argv, &a, &err);
	if (!rc)
		rc = validate(&a, &err);
	if (rc) {
		args_release(&a);
		return rc > 0 ? EXIT_FINE : cmd_fail(ctx, &err);
	}
	out = a.out ? xstrdup(a.out) : cmd_default_out("results/");
	a.o.rules = &a.rules;
	a.o.sets = &a.sets;
	a.o.cases = &a.cases;
	a.o.dir = out;
	a.o.command = command.buf;
	a.o.ask_version = true;
	a.o.seed = a.seed_given ? (uint64_t)a.seed : (uint64_t)(clock_real() / 1000 % 1000000007);
	rc = a.print_commands ? print_only(ctx, &a, plan_commands, &err)
	     : a.plan	      ? print_only(ctx, &a, plan_foresee, &err)
			      : run(ctx, &a, &err);
	args_release(&a);
	return rc;
}

int cmd_run(struct cmd_ctx *ctx, int argc, char **argv)
{
	if (cmd_run_has(argc, argv, "--search"))
		return cmd_run_search(ctx, argc, argv);
	if (cmd_run_has(argc, argv, "--sweep"))
		return cmd_run_sweep(ctx, argc, argv);
	return run_cases(ctx, argc, argv);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune run */
#include "cmd/cmd.h"

#include "advise/advise.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "cmd/measure.h"
#include "cmd/run_tune.h"
#include "report/report.h"
#include "report/textfile.h"
#include "run/runner.h"
#include "run/sequential.h"
#include "tune/verify.h"

#include <math.h>
#include <string.h>

struct run_args {
	struct measure_args m;
	const char *resume, *textfile;
	bool plan, max_time_given;
	bool elsewhere; /* --sweep and --search: never set, cmd_run() looks for them first */
};

static int parse(int argc, char **argv, struct run_args *a, struct error *err)
{
	struct measure_args *m = &a->m;
	struct run_options *o = &m->o;
	const struct opt opts[] = {
		MEASURE_OPTS_WHAT(m, MEASURE_RULES),
		MEASURE_OPT(m, 0, "cases", OPT_STRS, &m->cases, "ID|FILE|DIR",
			    "cases to run (default: the six stock cases); repeatable"),
		MEASURE_OPT(m, 0, "load", OPT_STR, &o->load, "PROFILE",
			    "load profile for every case, an id or a file"),
		MEASURE_OPT(m, 0, "duration", OPT_DURATION, &o->duration_ns, "TIME",
			    "measured window of a repeat (default 10s, --quick 2s)"),
		MEASURE_OPT(m, 0, "warmup", OPT_DURATION, &o->warmup_ns, "TIME",
			    "load before the window (default 2s, --quick 1s)"),
		{0, "repeats", OPT_INT, &o->repeats, "N",
		 "live runs of each case (default 5, --quick 2)", 1, 1000, NULL, &m->given},
		MEASURE_OPT(m, 0, "until-decided", OPT_FLAG, &o->until_decided, NULL,
			    "spend repeats where the ranking is undecided, at most --repeats "
			    "(default 20)"),
		{0, "max-time", OPT_DURATION, &o->max_time_ns, "TIME",
		 "start no live run that would not fit into it", 0, 0, NULL, &a->max_time_given},
		MEASURE_OPT(m, 0, "quick", OPT_FLAG, &o->quick, NULL,
			    "a first look in less than 90 s for the six stock cases"),
		MEASURE_OPT(m, 0, "dry-run-only", OPT_FLAG, &o->dry_run_only, NULL,
			    "only compare predictions with dry runs"),
		MEASURE_OPT(m, 0, "ladder", OPT_FLAG, &o->ladder, NULL,
			    "measure how much the engine slows the load: runs without engine and "
			    "with Test 1's set in every round"),
		MEASURE_OPT(m, 0, "max-drop", OPT_SHARE, &o->max_drop, "SHARE",
			    "highest drop rate to recommend (default 1%); exit 1 when no case is "
			    "within"),
		MEASURE_OPT_SEED(m),
		MEASURE_OPT_TIMEOUT(m),
		MEASURE_OPTS_LIMITS(m),
		MEASURE_OPT(m, 0, "host", OPT_STR, &o->host, "FILE",
			    "host.json of falcotune survey: predict each case's event rate from "
			    "it, and print it beside the measured one"),
		MEASURE_OPT(m, 0, "canary", OPT_FLAG, &o->canary, NULL,
			    "start programs with a marker and count the alerts for them: "
			    "end-to-end loss"),
		MEASURE_OPT(m, 0, "no-verify", OPT_FLAG, &o->no_verify, NULL,
			    "verify the recommended configuration by a dry run only; without it, a "
			    "last live run of it under its load follows"),
		MEASURE_OPT_OUT(m, "results/"),
		{0, "textfile", OPT_STR, &a->textfile, .arg = "FILE",
		 .help = "also write the results as metrics for the textfile collector of "
			 "node_exporter; its name ends in .prom"},
		{0, "sweep", OPT_FLAG, &a->elsewhere, NULL,
		 "--sweep buffers: compare buffer settings instead; it has options of its own, see "
		 "run --sweep buffers --help",
		 0, 0, NULL, NULL},
		{0, "search", OPT_FLAG, &a->elsewhere, NULL,
		 "find the largest set of rules without drops instead; see run --search --help", 0,
		 0, NULL, NULL},
		{0, "resume", OPT_STR, &a->resume, "DIR",
		 "finish the run in that folder, as it was planned", 0, 0, NULL, NULL},
		MEASURE_OPTS_SHOW(m, "", "engine"),
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
			"root for live runs.\nWhat is recommended is run once more, dry and live, "
			"as it is printed.\n\nPredictions are for the release that the engine's "
			"--version names, so that there is\nno --falco here; falcotune matrix has "
			"one, for any release.\n\nExit codes: 0 fine; 1 a case failed, its set is "
			"not the "
			"predicted one, no case is within\n--max-drop, or the verification of what "
			"is recommended failed; 2 bad usage or input; 3\nnothing can be measured "
			"here.",
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

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

static int validate(struct run_args *a, struct error *err)
{
	const struct run_options *o = &a->m.o;
	bool other = a->m.given || a->m.seed_given || a->max_time_given;

	if (a->resume && other)
		return error_input(err, "option --resume finishes a run as it was planned: of the "
					"other options only --format and --textfile can be given "
					"with it");
	if (a->textfile && textfile_check(a->textfile, "--textfile", err))
		return -1;
	if (a->resume && (a->m.print_commands || a->plan))
		return error_input(err, "option %s cannot be combined with --resume",
				   a->plan ? "--plan" : "--print-commands");
	if (o->until_decided && o->repeats >= 0 && o->repeats <= SEQUENTIAL_FIRST)
		return error_input(err,
				   "option --until-decided looks first after %d repeats: --repeats "
				   "must allow more",
				   SEQUENTIAL_FIRST);
	if (o->until_decided && (o->quick || o->dry_run_only))
		return error_input(err, "option --until-decided cannot be combined with %s",
				   o->quick ? "--quick" : "--dry-run-only");
	if (o->ladder && o->dry_run_only)
		return error_input(err, "option --ladder needs live runs and cannot be combined "
					"with --dry-run-only");
	if (o->duration_ns >= 0 && o->duration_ns < NS_PER_S)
		return error_input(err, "option --duration: a window is at least 1s, since engines "
					"report each second");
	if (o->duration_ns > 86400 * NS_PER_S || o->warmup_ns > 86400 * NS_PER_S)
		return error_input(err, "option --duration or --warmup is longer than 24h");
	if (a->max_time_given && o->max_time_ns <= 0)
		return error_input(err, "option --max-time: expected more than 0s");
	if (a->plan && a->m.format != FORMAT_TEXT)
		return error_input(err,
				   "option --plan prints text and cannot be combined with "
				   "--format %s",
				   out_format_names[a->m.format]);
	return 0;
}

static void print_plan(struct cmd_ctx *ctx, const struct plan *p)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;

	plan_describe(p, &lines);
	for (size_t i = 0; i < lines.n; i++)
		log_print(&ctx->log, LOG_NOTE, "%s", lines.v[i]);
	cmd_plan_warnings(ctx, p);
}

/* ---- start ---- */

static int start_new(struct cmd_ctx *ctx, struct run_args *a, struct plan *p, struct journal *j,
		     struct error *err)
{
	if (plan_make(p, &a->m.o, err))
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
		/* A verification from before these is of what was recommended then. */
		if (plan_pending(p))
			runner_verify_again(p);
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

static int report(const void *r, enum out_format f, struct strbuf *out, struct error *err)
{
	return report_write(r, f, out, err);
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
	if (res_verification_failed(&r->verification))
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

/* Would --resume have something to do, after a signal? */
static bool is_unfinished(const struct plan *p)
{
	const char *verified = p->res.verification.state;

	return plan_pending(p) || (verified && !strcmp(verified, VERIFIED_NOT));
}

static int finish(struct cmd_ctx *ctx, struct run_args *a, struct plan *p, int caught,
		  struct error *err)
{
	int rc;

	check_expectations(p);
	rc = cmd_write_report(p->dir, "results.json", report, &p->res, (enum out_format)a->m.format,
			      err);
	if (!rc && a->textfile)
		rc = textfile_write(&p->res, !is_unfinished(p), a->textfile, err);
	log_print(&ctx->log, LOG_NOTE, "results are in %s%s", p->dir,
		  caught && is_unfinished(p) ? "; finish them with --resume" : "");
	return rc ? cmd_fail(ctx, err) : verdict(ctx, p, caught);
}

/* Why the recommended configuration is not run live; NULL: it is. */
static const char *no_live(const struct plan *p)
{
	return p->no_verify	 ? "--no-verify"
	       : plan_time_up(p) ? "no time is left of --max-time"
				 : NULL;
}

/* A resumed run has it already, unless it ended before. */
static int verify(struct plan *p, struct journal *j, struct session *s, struct error *err)
{
	struct res_verification *v = &p->res.verification;
	json_t *e;

	advise_results(&p->res);
	if (v->state || !p->res.rec.flags)
		return 0;
	if (!s->caught && verify_recommended(p, no_live(p), s, v, err) && !s->caught)
		return -1;
	if (s->caught) {
		verify_none(v, "interrupted");
		return 0; /* not into the journal: --resume does it */
	}
	e = json_object();
	json_object_set_new(e, "event", json_string("verification"));
	json_object_set_new(e, "t", json_integer(clock_real()));
	json_object_set_new(e, "result", res_verification_to_json(v));
	return journal_add(j, e, err);
}

static int run(struct cmd_ctx *ctx, struct run_args *a, struct error *err)
{
	struct measuring m;
	struct plan p = {0};
	int code = EXIT_FINE, rc;

	if (measuring_begin(&m, ctx, &a->m.o, &code, err))
		return code;
	if (a->resume ? start_resume(ctx, a->resume, &p, &m.j, err)
		      : start_new(ctx, a, &p, &m.j, err))
		return measuring_fail(&m, ctx, err);
	m.s.limits = plan_limits(&p);
	rc = leftovers_begin(&m.s.left, m.state_dir, p.dir, err) ||
	     runner_run(&p, &m.j, &m.s, err) || verify(&p, &m.j, &m.s, err);
	measuring_end(&m);
	code = rc ? cmd_fail(ctx, err) : finish(ctx, a, &p, m.s.caught, err);
	plan_release(&p);
	return code;
}

/* Lines about a plan that is not run. */
static int print_only(struct cmd_ctx *ctx, struct run_args *a,
		      void (*lines_of)(const struct plan *p, struct strvec *out), struct error *err)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;
	struct plan p;

	a->m.o.ask_version = false;
	if (plan_make(&p, &a->m.o, err))
		return cmd_fail(ctx, err);
	print_plan(ctx, &p);
	lines_of(&p, &lines);
	cmd_print_lines(&lines);
	plan_release(&p);
	return EXIT_FINE;
}

static int run_cases(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct run_args a = {.m = MEASURE_ARGS_INIT};
	struct error err = ERROR_INIT;
	int rc;

	cmd_join_command(argc, argv, &a.m.command);
	rc = parse(argc, argv, &a, &err);
	if (!rc)
		rc = validate(&a, &err) || measure_args_take(&a.m, "results/", &err) ? -1 : 0;
	if (rc)
		rc = rc > 0 ? EXIT_FINE : cmd_fail(ctx, &err);
	else
		rc = a.m.print_commands ? print_only(ctx, &a, plan_commands, &err)
		     : a.plan		? print_only(ctx, &a, plan_foresee, &err)
					: run(ctx, &a, &err);
	measure_args_release(&a.m);
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

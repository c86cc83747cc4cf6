/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune diff: what a change of the rules means and costs, before it ships.
 */
#include "cmd/cmd.h"

#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "cmd/diff_measure.h"
#include "cmd/measure.h"
#include "cmd/predict.h"
#include "cmd/release.h"
#include "cost/budget.h"
#include "cost/params.h"
#include "report/diff_report.h"
#include "report/emit.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

enum { DIFF_TEXT, DIFF_JSON, DIFF_MD, DIFF_HTML };
static const char *const formats[] = {"text", "json", "md", "html", NULL};

struct args {
	const char *old, *new, *falco, *host_file, *budget_text, *calibration;
	struct strvec profiles;
	struct measure_args m; /* -c, -r and -o too */
	struct budget budget;
	bool measure;
	int format;
};

struct side {
	struct diff_source source;
	struct prediction p;
};

struct job {
	struct args *a;
	const struct catalogue *cat;
	struct side old, new;
	struct host_profile host;
	struct cost_params params; /* with --calibration */
	struct ep_files profiles;
	struct price price;
	struct diff_input in;
	struct diff d;
	struct plan plan; /* of the measurement */
	struct sides sides;
	bool measured;
	struct budget_finding findings[BUDGET_N];
	size_t broken;
	int code; /* of the measurement: a failure that was said, or a signal */
};

static void job_release(struct job *j)
{
	diff_release(&j->d);
	sides_release(&j->sides);
	if (j->measured)
		plan_release(&j->plan);
	prediction_release(&j->old.p);
	prediction_release(&j->new.p);
	diff_source_release(&j->old.source);
	diff_source_release(&j->new.source);
	host_profile_release(&j->host);
	cost_params_release(&j->params);
	ep_files_release(&j->profiles);
}

static int parse(int argc, char **argv, struct args *a, int *first, struct error *err)
{
	struct measure_args *m = &a->m;
	const struct opt opts[] = {
		{'c', "config", OPT_STR, &m->o.config, .arg = "FILE",
		 .help = "falco.yaml of both sides (default: the values that Falco 0.44.1 ships)"},
		{'r', "rules", OPT_STRS, &m->rules, .arg = "FILE|DIR",
		 .help = "rules that both sides have and read first, such as the upstream ones; "
			 "repeatable"},
		{'o', "option", OPT_STRS, &m->sets, .arg = "KEY=VALUE",
		 .help = "set a value of falco.yaml for both sides, as Falco's -o; repeatable"},
		{0, "host", OPT_STR, &a->host_file, .arg = "FILE",
		 .help = "host.json of falcotune survey: adds event rates and CPU"},
		{0, "calibration", OPT_STR, &a->calibration, .arg = "FILE",
		 .help = "with --host: CPU by the prices of falcotune profile --calibrate, "
			 "in place of the defaults"},
		{0, "profile", OPT_STRS, &a->profiles, .arg = "FILE",
		 .help = "with --calibration: profile of the embedded engine, for how often checks "
			 "are "
			 "true and rules match; repeatable"},
		{0, "budget", OPT_STR, &a->budget_text, .arg = "LIMITS",
		 .help = "exit 1 when the change costs more, such as "
			 "syscalls=+0,evt_rate=+5%,cpu=+3%,drop=+0.1pp"},
		{0, "measure", OPT_FLAG, &a->measure,
		 .help = "run both sides live, interleaved under one load, and add what differs "
			 "(needs root)"},
		MEASURE_OPT(m, 0, "load", OPT_STR, &m->o.load, "PROFILE",
			    "of --measure: load profile, an id or a file (default: mixed)"),
		MEASURE_OPT(m, 0, "engine", OPT_STR, &m->o.engine, "PATH|auto|embedded",
			    "of --measure: engine to drive (default: falco in PATH, else the "
			    "embedded one)"),
		MEASURE_OPT(m, 0, "duration", OPT_DURATION, &m->o.duration_ns, "TIME",
			    "of --measure: measured window of a run (default 10s)"),
		MEASURE_OPT(m, 0, "warmup", OPT_DURATION, &m->o.warmup_ns, "TIME",
			    "of --measure: load before the window (default 2s)"),
		{0, "repeats", OPT_INT, &m->o.repeats, .arg = "N", .min = 2, .max = 1000,
		 .help = "of --measure: runs of each side (default 5)", .given = &m->given},
		MEASURE_OPT(m, 0, "timeout", OPT_DURATION, &m->o.timeout_ns, "TIME",
			    "of --measure: limit for a dry run and for an engine's start (default "
			    "30s)"),
		MEASURE_OPT(m, 0, "out", OPT_STR, &m->out, "DIR",
			    "of --measure: results go there (default results/diff-TIMESTAMP)"),
		{0, "seed", OPT_INT, &m->seed, .arg = "N", .min = 0, .max = INT64_MAX,
		 .help = "of --measure: of the order of runs (default: from the time)",
		 .given = &m->seed_given},
		{0, "falco", OPT_STR, &a->falco, .arg = "VERSION",
		 .help = "Falco release of the prediction, 0.38.2 to 0.44.1 (default: 0.44.1)"},
		{0, "format", OPT_CHOICE, &a->format, .arg = "FORMAT", .choices = formats,
		 .help = "text, json (templates/diff.schema.json), md (a comment on a pull "
			 "request) or html"},
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune diff",
		.operands = "OLD NEW",
		.summary =
			"Says what a change of the rules means and costs. OLD and NEW are rules "
			"files,\nfolders, or git revisions of a path, such as main:rules/ (git "
			"must be installed).\nRules are compared by meaning: layout, order of "
			"items, macros and lists do not\ncount, only what becomes of them. Changes "
			"are ranked, the most expensive first;\neach is priced alone, because a "
			"call goes only with the last rule that needs it.\nNothing is run, but for "
			"--measure.\n\nThe budget: syscalls (+N or +P%, size of the set), evt_rate "
			"(+N or +P%, kernel\nevents/s, needs --host or --measure), cpu (+P%, or "
			"+Ppp of a core; the same), drop\n(+Ppp, needs --measure). What --host "
			"predicts counts before what was measured; a\nmeasured rise counts only "
			"when it was seen.\n\nExit codes: 0 fine; 1 over the budget, with the rule "
			"that broke it; 2 bad usage or\ninput; 3 nothing can be measured here.",
		.examples =
			"  falcotune diff old_rules.yaml new_rules.yaml\n"
			"  falcotune diff main:rules/ rules/ --host host.json --format md\n"
			"  falcotune diff -r falco_rules.yaml main:local.yaml local.yaml --budget "
			"syscalls=+0\n"
			"  falcotune diff v1:rules v2:rules --host host.json --budget "
			"evt_rate=+5%,cpu=+3%\n"
			"  falcotune diff old.yaml new.yaml --host host.json --calibration "
			"cal.json "
			"--profile new.json\n"
			"  falcotune diff old.yaml new.yaml --measure --load mixed --budget "
			"drop=+0.1pp\n",
	};

	return opts_parse(argc, argv, opts, &usage, first, err);
}

static int validate(struct args *a, int argc, char **argv, int first, struct error *err)
{
	const struct run_options *o = &a->m.o;

	if (argc - first != 2)
		return error_input(err,
				   "expected two sides, OLD and NEW, not %d; see falcotune diff "
				   "--help",
				   argc - first);
	a->old = argv[first];
	a->new = argv[first + 1];
	if (!strcmp(a->old, "-") && !strcmp(a->new, "-"))
		return error_input(err, "only one side can be standard input");
	if (!a->measure && (a->m.given || a->m.seed_given))
		return error_input(err, "options --load, --engine, --duration, --warmup, "
					"--repeats, --timeout, --out and --seed have no meaning "
					"without --measure");
	if (a->calibration && !a->host_file)
		return error_input(err, "option --calibration has no meaning without --host");
	if (a->profiles.n && !a->calibration)
		return error_input(err, "option --profile has no meaning without --calibration");
	if (o->duration_ns >= 0 && (o->duration_ns < NS_PER_S || o->duration_ns > 86400 * NS_PER_S))
		return error_input(err, "option --duration: expected 1s to 24h");
	if (o->warmup_ns > 86400 * NS_PER_S)
		return error_input(err, "option --warmup is longer than 24h");
	if (a->budget_text && (budget_parse(a->budget_text, &a->budget, err) ||
			       budget_check_known(&a->budget, a->host_file, a->measure, err)))
		return -1;
	return measure_args_take(&a->m, "results/diff-", err);
}

/* ---- the sides ---- */

/* The texts of the common rules and of the side itself, and what Falco makes of them. */
static int read_side(struct job *j, struct side *s, const char *what, bool second,
		     struct cmd_ctx *ctx, struct error *err)
{
	const struct args *a = j->a;
	struct predict_input from = {.cat = j->cat,
				     .config_file = a->m.o.config,
				     .sets = &a->m.sets,
				     .rules = &a->m.rules,
				     .config_said = second};
	const struct config_input config_from = {
		.file = a->m.o.config, .sets = &a->m.sets, .release = release_minor(j->cat->falco)};
	struct config c = {0};
	int rc = config_load(&c, &config_from, err);

	s->source.label = what;
	for (size_t i = 0; !rc && i < a->m.rules.n; i++)
		rc = diff_source_add(&s->source, a->m.rules.v[i], &c, ctx, err);
	if (!rc)
		rc = diff_source_add(&s->source, what, &c, ctx, err);
	config_release(&c);
	if (rc)
		return -1;
	from.texts = s->source.v;
	from.n_texts = s->source.n;
	return predict(&s->p, &from, ctx, err);
}

static struct diff_side side_of(const struct side *s)
{
	return (struct diff_side){.label = s->source.label,
				  .rules = &s->p.rules,
				  .in = &s->p.in,
				  .sel = &s->p.sel,
				  .ledger = &s->p.ledger};
}

static int read_prices(struct job *j, struct error *err)
{
	enum cost_engine engine;

	if (!j->a->calibration)
		return 0;
	if (cost_calibration_engine(j->a->calibration, &engine, err) ||
	    cost_params_read(NULL, engine, &j->params, err) ||
	    cost_params_calibrate(&j->params, j->a->calibration, err))
		return -1;
	if (j->a->profiles.n && engine != COST_EMBEDDED)
		return error_input(err, "option --profile: profiles are of the embedded engine, "
					"expected a calibration of it");
	j->price = cost_price(&j->params);
	return 0;
}

static int compute(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	const struct args *a = j->a;

	if (cmd_release(ctx, a->falco, NULL, &j->cat, err) ||
	    (a->host_file && host_profile_read(a->host_file, &j->host, err)) ||
	    read_prices(j, err) || ep_files_read(&a->profiles, &j->profiles, err) ||
	    read_side(j, &j->old, a->old, false, ctx, err) ||
	    read_side(j, &j->new, a->new, true, ctx, err))
		return -1;
	j->in = (struct diff_input){
		.old = side_of(&j->old),
		.new = side_of(&j->new),
		.opt = &j->new.p.from.opt,
		.host = a->host_file ? &j->host : NULL,
		.price = a->calibration ? &j->price : NULL,
		.params = a->calibration ? &j->params : NULL,
		.profiles = j->profiles.views,
		.n_profiles = j->profiles.n,
		.drop_failed_exit = j->new.p.from.config.drop_failed_exit,
		.enter_events = release_of(j->cat)->enter_events,
	};
	diff_compute(&j->in, &j->d);
	return 0;
}

/* ---- measuring ---- */

static int measure(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	if (diff_measure(ctx, &j->old.source, &j->new.source, &j->a->m, &j->plan, &j->code, err))
		return -1;
	j->measured = true;
	sides_compare(&j->plan.res, DIFF_CASE_OLD, DIFF_CASE_NEW, &j->sides);
	if (!j->code && (!j->sides.n_old || !j->sides.n_new))
		return error_env(err,
				 "nothing could be measured: no run of %s worked; see the logs in "
				 "%s",
				 j->sides.n_old ? j->a->new : j->a->old, j->plan.dir);
	return 0;
}

static struct budget_value value_of(const struct sides *s, const char *key)
{
	const struct side_row *r = sides_find(s, key);
	struct budget_value v = {(double)NAN, (double)NAN, false};

	if (!r)
		return v;
	/* The change of the rounds, not of the medians. */
	v.old = r->old;
	v.new = r->is_ratio && !isnan(r->change) ? r->old *(1 + r->change)
		: !r->is_ratio			 ? r->old + r->change
						 : r->new;
	v.seen = r->seen;
	return v;
}

static void check_budget(struct job *j)
{
	const struct budget_measured m = {.evt_rate = value_of(&j->sides, "evts_per_s"),
					  .cpu = value_of(&j->sides, "engine_cpu"),
					  .drop = value_of(&j->sides, "drop_rate")};

	j->broken = budget_check(&j->a->budget, &j->d, j->measured ? &m : NULL, j->findings);
}

/* ---- output ---- */

static int print(const struct job *j, const struct diff_report *r, struct error *err)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	struct doc d cleanup_doc = DOC_INIT;

	if (j->a->format == DIFF_JSON) {
		if (emit_json(&out, diff_report_json(r), 0, "the comparison", err))
			return -1;
	} else {
		diff_report_doc(r, j->a->format == DIFF_MD ? DIFF_BRIEF : DIFF_FULL, &d);
	}
	if (j->a->format == DIFF_TEXT)
		doc_text(&d, &out);
	else if (j->a->format == DIFF_MD)
		doc_md(&d, &out);
	else if (j->a->format == DIFF_HTML && page_html("falcotune diff", &d, &out, err))
		return -1;
	return cmd_print(&out, err);
}

static int report(const struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	const struct diff_report r = {
		.d = &j->d,
		.in = &j->in,
		.falco = j->cat->falco,
		.host_file = j->a->host_file,
		.findings = j->findings,
		.n_findings = j->a->budget.n,
		.sides = j->measured ? &j->sides : NULL,
		.run = j->measured ? &j->plan.res : NULL,
	};

	if (print(j, &r, err))
		return -1;
	for (size_t i = 0; i < r.n_findings; i++) {
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		diff_report_finding(&r, &j->findings[i], &text);
		if (j->findings[i].broken)
			log_print(&ctx->log, LOG_ERROR, "%s", text.buf);
	}
	return 0;
}

static int run(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	if (compute(j, ctx, err) || (j->a->measure && measure(j, ctx, err)))
		return -1;
	check_budget(j);
	return report(j, ctx, err);
}

int cmd_diff(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {.m = MEASURE_ARGS_INIT};
	struct job j = {.a = &a, .old.p = PREDICTION_INIT, .new.p = PREDICTION_INIT};
	struct error err = ERROR_INIT;
	int first = 0, rc, code;

	host_profile_init(&j.host);
	cmd_join_command(argc, argv, &a.m.command);
	rc = parse(argc, argv, &a, &first, &err);
	if (!rc)
		rc = validate(&a, argc, argv, first, &err);
	if (!rc)
		rc = run(&j, ctx, &err);
	if (j.code)
		code = j.code; /* said already, or a signal */
	else if (rc < 0)
		code = cmd_fail(ctx, &err);
	else
		code = j.broken ? EXIT_FINDING : EXIT_FINE;
	job_release(&j);
	measure_args_release(&a.m);
	strvec_release(&a.profiles);
	return code;
}

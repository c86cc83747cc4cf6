/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune run --search */
#include "cmd/run_tune.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "cmd/measure.h"
#include "report/search.h"
#include "tune/search.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

struct args {
	struct tune_args t;
	const char *host;
	struct search_options o;
	bool search;
};

static int parse(int argc, char **argv, struct args *a, struct error *err)
{
	const struct opt opts[] = {
		{0, "search", OPT_FLAG, &a->search, NULL, "this command", 0, 0, NULL, NULL},
		{0, "weights", OPT_STR, &a->o.weights, "FILE",
		 "YAML mapping from rule names to weights; others weigh by priority, 8 for "
		 "emergency to 1 for debug",
		 0, 0, NULL, NULL},
		{0, "host", OPT_STR, &a->host, "FILE",
		 "host.json of falcotune survey: event rates of the candidates (default: the "
		 "load's)",
		 0, 0, NULL, NULL},
		{0, "duration", OPT_DURATION, &a->t.o.duration_ns, "TIME",
		 "measured window of a live run (default 10s)", 0, 0, NULL, NULL},
		{0, "repeats", OPT_INT, &a->o.repeats, "N",
		 "live runs of a step at most, while it is not clear of --max-drop (default 2)", 1,
		 100, NULL, NULL},
		{0, "max-time", OPT_DURATION, &a->t.max_time_ns, "TIME",
		 "no new step when it would end later (default 15m)", 0, 0, NULL, NULL},
		{0, "max-steps", OPT_INT, &a->o.max_steps, "N", "steps at most (default 40)", 2,
		 1000, NULL, NULL},
		TUNE_OPTS(&a->t),
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune run --search",
		.operands = "",
		.summary =
			"Finds the largest set of your rules (by weight) that stays within "
			"--max-drop: rules are\ngiven up in the order of the events a second that "
			"each unit of weight saves, each step\nis measured, and the result is a "
			"rules: and a base_syscalls: block, with what is no\nlonger watched. Needs "
			"root.\n\nExit codes: 0 a set was found, or nothing is to be given up; 1 "
			"even the smallest set\ndrops (UNFIXABLE), or the search ended early, or "
			"the last dry run disagreed; 2 bad\nusage or input; 3 nothing can be "
			"measured here.",
		.examples = "  falcotune run --search -c /etc/falco/falco.yaml --load mixed\n"
			    "  falcotune run --search -r my_rules.yaml --host host.json --weights "
			    "weights.yaml\n"
			    "  falcotune run --search -r my_rules.yaml --max-drop 0.1% --max-time "
			    "30m\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (!rc && first < argc)
		return error_input(err,
				   "unexpected operand '%s'; try falcotune run --search --help",
				   argv[first]);
	return rc;
}

static int validate(struct args *a, struct error *err)
{
	if (a->t.o.duration_ns < NS_PER_S || a->t.o.duration_ns > 3600 * NS_PER_S)
		return error_input(err, "option --duration: expected 1s to 1h");
	strvec_push(&a->t.cases, "own");
	a->o.max_time_ns = a->t.max_time_ns;
	return 0;
}

static int report(const void *w, enum out_format f, struct strbuf *out, struct error *err)
{
	return search_report(w, f, out, err);
}

static void print_search(struct cmd_ctx *ctx, const struct search *w)
{
	tune_print_plan(ctx, &w->v[0]->plan);
	log_print(&ctx->log, LOG_NOTE, "%zu rules, weight %g, %zu syscalls as configured",
		  w->n_rules, w->weight, w->matrix.v[0].predicted.n);
}

static int verdict(struct cmd_ctx *ctx, const struct search *w)
{
	if (w->state == SEARCH_NOT_MEASURED && w->n == 1) {
		log_print(&ctx->log, LOG_ERROR, "nothing could be measured: %s", w->reason);
		return EXIT_ENV;
	}
	return w->result && w->complete && w->verified ? EXIT_FINE : EXIT_FINDING;
}

static int measure(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct tune_run r;
	struct search w = {0};
	int code = EXIT_FINE, rc;

	if (tune_run_begin(&r, ctx, &a->t, &code, err))
		return code;
	a->o.run = a->t.o;
	rc = search_begin(&w, &a->o, err);
	if (!rc) {
		print_search(ctx, &w);
		rc = tune_run_open(&r, a->o.run.dir, "search-start", a->t.o.command, err) ||
		     search_run(&w, &a->o, &r.j, &r.s, err);
	} else {
		session_interrupted(&r.s);
	}
	tune_run_end(&r);
	if (!rc)
		rc = tune_write(a->o.run.dir, "search.json", report, &w,
				(enum out_format)a->t.format, err);
	if (!rc)
		log_print(&ctx->log, LOG_NOTE, "results are in %s", a->o.run.dir);
	code = r.s.caught ? 128 + r.s.caught : rc ? cmd_fail(ctx, err) : verdict(ctx, &w);
	search_release(&w);
	return code;
}

static int print_commands(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;
	struct search w = {0};
	int rc;

	a->o.run = a->t.o;
	rc = search_begin(&w, &a->o, err) || search_commands(&w, &a->o, &lines, err);
	if (!rc)
		print_search(ctx, &w);
	for (size_t i = 0; !rc && i < lines.n; i++)
		puts(lines.v[i]);
	search_release(&w);
	return rc ? cmd_fail(ctx, err) : EXIT_FINE;
}

static int act(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct host_profile host cleanup_host_profile;

	host_profile_init(&host);
	if (a->host) {
		if (host_profile_read(a->host, &host, err))
			return cmd_fail(ctx, err);
		a->o.host = &host;
		a->o.host_file = a->host;
	}
	return a->t.print_commands ? print_commands(ctx, a, err) : measure(ctx, a, err);
}

int cmd_run_search(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {.t = TUNE_ARGS_INIT, .o = {.max_steps = SEARCH_MAX_STEPS}};
	struct strbuf command cleanup_strbuf = STRBUF_INIT;
	char *dir cleanup_free = NULL, *full cleanup_free = NULL, *cwd cleanup_free = NULL;
	struct error err = ERROR_INIT;
	int rc;

	a.t.o.warmup_ns = SEARCH_WARMUP_NS;
	a.t.o.duration_ns = SEARCH_DURATION_NS;
	a.o.repeats = SEARCH_REPEATS;
	a.t.max_time_ns = SEARCH_MAX_TIME_NS;
	cmd_join_command(argc, argv, &command);
	rc = parse(argc, argv, &a, &err);
	if (!rc) {
		dir = a.t.out ? xstrdup(a.t.out) : cmd_default_out("results/search-");
		cwd = getcwd(NULL, 0);
		full = cwd ? fs_join(cwd, dir) : xstrdup(dir);
		rc = validate(&a, &err) || tune_args_check(&a.t, command.buf, full, &err) ? -1 : 0;
	}
	if (rc)
		rc = rc > 0 ? EXIT_FINE : cmd_fail(ctx, &err);
	else
		rc = act(ctx, &a, &err);
	tune_args_release(&a.t);
	return rc;
}

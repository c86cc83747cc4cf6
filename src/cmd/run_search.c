/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune run --search */
#include "cmd/run_tune.h"

#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "report/search.h"
#include "tune/search.h"

#include <math.h>
#include <string.h>

struct args {
	struct measure_args m;
	const char *host;
	uint64_t max_memory;
	struct search_options o;
	bool search;
};

static int parse(int argc, char **argv, struct args *a, struct error *err)
{
	struct measure_args *m = &a->m;
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
		{0, "duration", OPT_DURATION, &m->o.duration_ns, "TIME",
		 "measured window of a live run (default 10s)", 0, 0, NULL, NULL},
		{0, "repeats", OPT_INT, &a->o.repeats, "N",
		 "live runs of a step at most, while it is not clear of --max-drop (default 2)", 1,
		 100, NULL, NULL},
		{0, "max-time", OPT_DURATION, &a->o.max_time_ns, "TIME",
		 "no new step when it would end later (default 15m)", 0, 0, NULL, NULL},
		{0, "max-steps", OPT_INT, &a->o.max_steps, "N", "steps at most (default 40)", 2,
		 1000, NULL, NULL},
		{0, "max-buffer-memory", OPT_SIZE, &a->max_memory, "SIZE",
		 "of all buffers together, before a smallest set that drops is called UNFIXABLE "
		 "(default: the control group's limit, at most a quarter of the free memory)",
		 0, 0, NULL, NULL},
		TUNE_OPTS(m, "results/search-"),
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
			"even the smallest set\ndrops, be it with larger buffers or not "
			"(UNFIXABLE), or the search ended early, or "
			"the last dry run disagreed; 2 bad\nusage or input; 3 nothing can be "
			"measured here.",
		.examples = "  falcotune run --search -c /etc/falco/falco.yaml --load mixed\n"
			    "  falcotune run --search -r my_rules.yaml --host host.json --weights "
			    "weights.yaml\n"
			    "  falcotune run --search -r my_rules.yaml --max-drop 0.1% --max-time "
			    "30m\n",
	};

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

static int validate(struct args *a, struct error *err)
{
	if (a->m.o.duration_ns < NS_PER_S || a->m.o.duration_ns > 3600 * NS_PER_S)
		return error_input(err, "option --duration: expected 1s to 1h");
	if (a->max_memory > INT64_MAX)
		return error_input(err, "option --max-buffer-memory: too large");
	a->o.max_memory = (int64_t)a->max_memory;
	strvec_push(&a->m.cases, "own");
	return 0;
}

static int report(const void *w, enum out_format f, struct strbuf *out, struct error *err)
{
	return search_report(w, f, out, err);
}

static void print_search(struct cmd_ctx *ctx, const struct search *w)
{
	cmd_plan_engine(ctx, &w->v[0]->plan);
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
	struct measuring m;
	struct search w = {0};
	const char *dir = a->m.dir;
	int code = EXIT_FINE, rc;

	if (measuring_begin(&m, ctx, &a->m.o, &code, err))
		return code;
	a->o.run = a->m.o;
	rc = search_begin(&w, &a->o, err);
	if (!rc) {
		print_search(ctx, &w);
		rc = measuring_open(&m, dir, measuring_event("search-start", a->m.o.command),
				    err) ||
		     search_run(&w, &a->o, &m.j, &m.s, err);
	} else {
		session_interrupted(&m.s);
	}
	measuring_end(&m);
	if (!rc)
		rc = cmd_write_report(dir, "search.json", report, &w, (enum out_format)a->m.format,
				      err);
	if (!rc)
		log_print(&ctx->log, LOG_NOTE, "results are in %s", dir);
	code = m.s.caught ? 128 + m.s.caught : rc ? cmd_fail(ctx, err) : verdict(ctx, &w);
	search_release(&w);
	return code;
}

static int print_commands(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;
	struct search w = {0};
	int rc;

	a->o.run = a->m.o;
	rc = search_begin(&w, &a->o, err) || search_commands(&w, &a->o, &lines, err);
	if (!rc)
		print_search(ctx, &w);
	if (!rc)
		cmd_print_lines(&lines);
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
	return a->m.print_commands ? print_commands(ctx, a, err) : measure(ctx, a, err);
}

int cmd_run_search(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {.m = MEASURE_ARGS_INIT,
			 .o = {.max_steps = SEARCH_MAX_STEPS,
			       .repeats = SEARCH_REPEATS,
			       .max_time_ns = SEARCH_MAX_TIME_NS}};
	struct error err = ERROR_INIT;
	int rc;

	a.m.o.repeats = 0;
	a.m.o.warmup_ns = SEARCH_WARMUP_NS;
	a.m.o.duration_ns = SEARCH_DURATION_NS;
	cmd_join_command(argc, argv, &a.m.command);
	rc = parse(argc, argv, &a, &err);
	if (!rc)
		rc = validate(&a, &err) || tune_args_take(&a.m, "results/search-", &err) ? -1 : 0;
	if (rc)
		rc = rc > 0 ? EXIT_FINE : cmd_fail(ctx, &err);
	else
		rc = act(ctx, &a, &err);
	measure_args_release(&a.m);
	return rc;
}

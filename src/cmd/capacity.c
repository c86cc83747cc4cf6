/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune capacity */
#include "cmd/cmd.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "cmd/import.h"
#include "cmd/measure.h"
#include "report/capacity.h"
#include "run/capacity.h"
#include "run/runner.h"

#include <math.h>
#include <string.h>

#define DEFAULT_CASE   "default"
#define DEFAULT_LEVELS "0,0.1%,1%,5%"

struct args {
	struct measure_args m;
	struct capacity_options o;
	const char *levels, *cpus, *memories, *host;
	bool max_time_given;
	struct strvec from;
};

#define ARGS_INIT                                                                                  \
	{                                                                                          \
		.m = MEASURE_ARGS_INIT, .o = {.rest_ns = CAPACITY_REST_NS},                        \
		.levels = DEFAULT_LEVELS                                                           \
	}

static void args_release(struct args *a)
{
	measure_args_release(&a->m);
	free(a->o.cpus);
	free(a->o.memories);
	free(a->o.levels);
	strvec_release(&a->from);
}

static int parse(int argc, char **argv, struct args *a, struct error *err)
{
	struct measure_args *m = &a->m;
	const struct opt opts[] = {
		MEASURE_OPTS_WHAT(m, MEASURE_RULES),
		{0, "cases", OPT_STRS, &m->cases, "ID|FILE|DIR",
		 "cases to measure (default: " DEFAULT_CASE "); repeatable", 0, 0, NULL, NULL},
		{0, "load", OPT_STR, &m->o.load, "PROFILE",
		 "load profile whose rates are scaled, an id or a file", 0, 0, NULL, NULL},
		{0, "host", OPT_STR, &a->host, "FILE",
		 "host.json of falcotune survey: shows the headroom over its p99 rate", 0, 0, NULL,
		 NULL},
		{0, "from", OPT_STRS, &a->from, "FILE",
		 "measure nothing: say what recorded data shows (metrics, logs, stats and "
		 "benchmarks as of falcotune import); repeatable",
		 0, 0, NULL, NULL},
		{0, "cpu-limit", OPT_STR, &a->cpus, "CPUS,...",
		 "measure with each of these limits, such as 0.5,1,2", 0, 0, NULL, NULL},
		{0, "memory-limit", OPT_STR, &a->memories, "SIZE,...",
		 "measure with each of these limits, such as 256Mi,512Mi", 0, 0, NULL, NULL},
		{0, "levels", OPT_STR, &a->levels, "SHARE,...",
		 "drop rates to find the event rate of (default " DEFAULT_LEVELS ")", 0, 0, NULL,
		 NULL},
		{0, "duration", OPT_DURATION, &m->o.duration_ns, "TIME",
		 "measured window of a round (default 3s)", 0, 0, NULL, NULL},
		{0, "warmup", OPT_DURATION, &m->o.warmup_ns, "TIME",
		 "load before the window (default 1s)", 0, 0, NULL, NULL},
		{0, "rest", OPT_DURATION, &a->o.rest_ns, "TIME",
		 "without load between rounds, at least (default 1s)", 0, 0, NULL, NULL},
		{0, "max-time", OPT_DURATION, &a->o.max_time_ns, "TIME",
		 "no new round after so long; brackets stay wider then (default: none)", 0, 0, NULL,
		 &a->max_time_given},
		MEASURE_OPT_TIMEOUT(m),
		MEASURE_OPT_OUT(m, "results/capacity-"),
		MEASURE_OPTS_SHOW(m, "", "engine and load"),
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune capacity",
		.operands = "",
		.summary =
			"Finds the rate of events at which a configuration begins to lose some: "
			"rounds of\nload at rates that double until the first drops, then close in "
			"on each drop rate.\nOne engine runs through all rounds. With limits, the "
			"engine runs in a control\ngroup, and a resources block for Kubernetes "
			"follows. Needs root.\n\nExit codes: 0 measured (a load that saturates "
			"first too); 1 an engine ended by\nitself, such as at its memory limit, or "
			"there is no headroom over --host; 2 bad\nusage; 3 nothing can be measured "
			"here.",
		.examples = "  falcotune capacity -c /etc/falco/falco.yaml -r my_rules.yaml --load "
			    "mixed\n"
			    "  falcotune capacity --cases open --cpu-limit 0.5,1,2 --memory-limit "
			    "512Mi\n"
			    "  falcotune capacity --host host.json --format json\n"
			    "  falcotune capacity --from metrics.jsonl\n",
	};

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

/* ---- lists ---- */

typedef int (*item_fn)(void *dest, const char *text, struct error *err);

/* "a,b,c": item() for each into an array of elements of that size. The caller frees *out. */
static int read_list(const char *text, const char *option, size_t size, item_fn item, void **out,
		     size_t *n, struct error *err)
{
	char *copy cleanup_free = xstrdup(text), *rest = copy, *word;
	char *v = NULL;

	while ((word = strsep(&rest, ","))) {
		v = xrealloc(v, *n + 1, size);
		*out = v;
		if (item(v + *n * size, word, err))
			return -1;
		for (size_t i = 0; i < *n; i++)
			if (!memcmp(v + i * size, v + *n * size, size))
				return error_input(err, "option %s: '%s' is there twice", option,
						   word);
		++*n;
	}
	return 0;
}

static int cpus_item(void *dest, const char *text, struct error *err)
{
	return cgroup_parse_cpus(text, "--cpu-limit", dest, err);
}

static int memory_item(void *dest, const char *text, struct error *err)
{
	return cgroup_parse_memory(text, "--memory-limit", dest, err);
}

static int level_item(void *dest, const char *text, struct error *err)
{
	double *d = dest;

	if (!units_share(text, d) || *d > 0.5)
		return error_input(err, "option --levels: '%s' is not a drop rate from 0 to 50%%",
				   text);
	return 0;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int validate(struct args *a, struct error *err)
{
	struct capacity_options *o = &a->o;
	void *cpus = NULL, *memories = NULL, *levels = NULL;
	int rc;

	rc = (a->cpus && read_list(a->cpus, "--cpu-limit", sizeof(*o->cpus), cpus_item, &cpus,
				   &o->n_cpus, err)) ||
	     (a->memories && read_list(a->memories, "--memory-limit", sizeof(*o->memories),
				       memory_item, &memories, &o->n_memories, err)) ||
	     read_list(a->levels, "--levels", sizeof(*o->levels), level_item, &levels, &o->n_levels,
		       err);
	o->cpus = cpus;
	o->memories = memories;
	o->levels = levels;
	if (rc)
		return -1;
	qsort(o->levels, o->n_levels, sizeof(*o->levels), ascending);
	if (a->m.o.duration_ns < NS_PER_S || a->m.o.duration_ns > 3600 * NS_PER_S)
		return error_input(err, "option --duration: expected 1s to 1h");
	if (a->m.o.warmup_ns > 3600 * NS_PER_S || o->rest_ns > 3600 * NS_PER_S)
		return error_input(err, "option --warmup or --rest is longer than 1h");
	if (a->max_time_given && o->max_time_ns <= 0)
		return error_input(err, "option --max-time: expected more than 0s");
	if (!a->m.cases.n)
		strvec_push(&a->m.cases, DEFAULT_CASE);
	return 0;
}

/* ---- the run ---- */

static void print_plan(struct cmd_ctx *ctx, const struct plan *p, const struct capacity *c)
{
	cmd_plan_engine(ctx, p);
	for (size_t i = 0; i < c->n; i++) {
		struct strbuf limits cleanup_strbuf = STRBUF_INIT;

		cgroup_describe(&c->v[i].limits, &limits);
		log_print(&ctx->log, LOG_NOTE, "  %s: %zu syscalls, %s", c->v[i].name,
			  c->v[i].set.n, limits.buf);
	}
}

static int report(const void *c, enum out_format f, struct strbuf *out, struct error *err)
{
	return capacity_report(c, f, out, err);
}

static int verdict(struct cmd_ctx *ctx, const struct capacity *c)
{
	bool any = false, finding = false;
	const char *why = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const struct capacity_config *k = &c->v[i];
		const struct capacity_level *level = &k->levels[capacity_operating_level(c)];

		/* That an engine ends, or cannot start within a limit, is a result too. */
		any = any || k->n_rounds > 0 ||
		      (k->engine_ended && (k->started || k->limits.memory > 0));
		finding = finding || k->state == CAPACITY_FAILED || k->engine_ended;
		finding = finding || level->headroom < 1;
		if (!why)
			why = k->reason;
	}
	if (!any) {
		log_print(&ctx->log, LOG_ERROR, "nothing could be measured: %s",
			  why ? why : "no case can be run as asked");
		return EXIT_ENV;
	}
	return finding ? EXIT_FINDING : EXIT_FINE;
}

/* With the plan made. Returns the exit code. */
static int measure(struct cmd_ctx *ctx, struct args *a, struct plan *p, struct measuring *m,
		   struct error *err)
{
	struct capacity c;
	int code, rc = capacity_begin(&c, p, &a->o, err);

	if (!rc) {
		print_plan(ctx, p, &c);
		rc = measuring_open(m, p->dir, measuring_event("capacity-start", p->res.command),
				    err) ||
		     runner_prepare(p, err) || capacity_run(&c, p, &a->o, &m->j, &m->s, err);
	}
	measuring_end(m);
	if (!rc)
		rc = cmd_write_report(p->dir, "capacity.json", report, &c,
				      (enum out_format)a->m.format, err);
	if (!rc)
		log_print(&ctx->log, LOG_NOTE, "results are in %s", p->dir);
	code = m->s.caught ? 128 + m->s.caught : rc ? cmd_fail(ctx, err) : verdict(ctx, &c);
	capacity_release(&c);
	return code;
}

static int run(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct measuring m;
	struct plan p;
	int code = EXIT_FINE;

	if (measuring_begin(&m, ctx, &a->m.o, &code, err))
		return code;
	a->o.run = a->m.o;
	if (plan_make(&p, &a->o.run, err))
		return measuring_fail(&m, ctx, err);
	code = measure(ctx, a, &p, &m, err);
	plan_release(&p);
	return code;
}

static int print_commands(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;
	struct capacity c = {0};
	struct plan p;
	int rc;

	a->o.run = a->m.o;
	if (plan_make(&p, &a->o.run, err))
		return cmd_fail(ctx, err);
	rc = capacity_begin(&c, &p, &a->o, err);
	if (!rc) {
		print_plan(ctx, &p, &c);
		capacity_commands(&p, &lines);
	}
	cmd_print_lines(&lines);
	capacity_release(&c);
	plan_release(&p);
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
	return a->m.print_commands ? print_commands(ctx, a, err) : run(ctx, a, err);
}

/* What was recorded, in place of a measurement. */
static int show(struct cmd_ctx *ctx, const struct args *a, struct error *err)
{
	struct imported m;
	int rc;

	rc = imported_read(&m, ctx, &a->from, 0, err);
	if (!rc)
		rc = imported_print(&m, (enum out_format)a->m.format, true, err);
	imported_release(&m);
	return rc;
}

int cmd_capacity(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = ARGS_INIT;
	struct error err = ERROR_INIT;
	int rc;

	a.m.o.duration_ns = CAPACITY_DURATION_NS;
	a.m.o.warmup_ns = CAPACITY_WARMUP_NS;
	a.m.o.repeats = 1;
	a.m.o.metrics_interval = CAPACITY_INTERVAL;
	cmd_join_command(argc, argv, &a.m.command);
	rc = parse(argc, argv, &a, &err);
	if (!rc && a.from.n) {
		rc = show(ctx, &a, &err) ? cmd_fail(ctx, &err) : EXIT_FINE;
		args_release(&a);
		return rc;
	}
	if (!rc)
		rc = validate(&a, &err) || measure_args_take(&a.m, "results/capacity-", &err) ? -1
											      : 0;
	if (rc)
		rc = rc > 0 ? EXIT_FINE : cmd_fail(ctx, &err);
	else
		rc = act(ctx, &a, &err);
	args_release(&a);
	return rc;
}

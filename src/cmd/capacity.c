/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune capacity */
#include "cmd/cmd.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cmd/measure.h"
#include "cmd/progress.h"
#include "report/capacity.h"
#include "run/capacity.h"
#include "run/runner.h"

#include <math.h>
#include <string.h>

#define DEFAULT_CASE   "default"
#define DEFAULT_LEVELS "0,0.1%,1%,5%"

struct args {
	struct capacity_options o;
	struct strvec rules, sets, cases;
	const char *levels, *cpus, *memories, *host, *out;
	int format;
	bool print_commands, max_time_given;
};

#define ARGS_INIT                                                                                  \
	{                                                                                          \
		.o = {.run = {.engine = "auto",                                                    \
			      .duration_ns = CAPACITY_DURATION_NS,                                 \
			      .warmup_ns = CAPACITY_WARMUP_NS,                                     \
			      .repeats = 1,                                                        \
			      .timeout_ns = -1,                                                    \
			      .max_drop = (double)NAN,                                             \
			      .metrics_interval = CAPACITY_INTERVAL,                               \
			      .wake_fd = -1},                                                      \
		      .rest_ns = CAPACITY_REST_NS},                                                \
		.levels = DEFAULT_LEVELS, .format = FORMAT_TEXT                                    \
	}

static void args_release(struct args *a)
{
	strvec_release(&a->rules);
	strvec_release(&a->sets);
	strvec_release(&a->cases);
	free(a->o.cpus);
	free(a->o.memories);
	free(a->o.levels);
}

static int parse(int argc, char **argv, struct args *a, struct error *err)
{
	struct run_options *run = &a->o.run;
	const struct opt opts[] = {
		{0, "engine", OPT_STR, &run->engine, "PATH|auto|embedded",
		 "engine to drive; auto (default): falco in PATH, else the embedded one", 0, 0,
		 NULL, NULL},
		{'c', "config", OPT_STR, &run->config, "FILE",
		 "falco.yaml to start from (default: the values that Falco ships)", 0, 0, NULL,
		 NULL},
		{'r', "rules", OPT_STRS, &a->rules, "FILE",
		 "rules file or folder instead of the dummy rule set; repeatable", 0, 0, NULL,
		 NULL},
		{'o', "option", OPT_STRS, &a->sets, "KEY=VALUE",
		 "setting on top of falco.yaml, as Falco's -o; repeatable", 0, 0, NULL, NULL},
		{0, "cases", OPT_STRS, &a->cases, "ID|FILE|DIR",
		 "cases to measure (default: " DEFAULT_CASE "); repeatable", 0, 0, NULL, NULL},
		{0, "load", OPT_STR, &run->load, "PROFILE",
		 "load profile whose rates are scaled, an id or a file", 0, 0, NULL, NULL},
		{0, "host", OPT_STR, &a->host, "FILE",
		 "host.json of falcotune survey: shows the headroom over its p99 rate", 0, 0, NULL,
		 NULL},
		{0, "cpu-limit", OPT_STR, &a->cpus, "CPUS,...",
		 "measure with each of these limits, such as 0.5,1,2", 0, 0, NULL, NULL},
		{0, "memory-limit", OPT_STR, &a->memories, "SIZE,...",
		 "measure with each of these limits, such as 256Mi,512Mi", 0, 0, NULL, NULL},
		{0, "levels", OPT_STR, &a->levels, "SHARE,...",
		 "drop rates to find the event rate of (default " DEFAULT_LEVELS ")", 0, 0, NULL,
		 NULL},
		{0, "duration", OPT_DURATION, &run->duration_ns, "TIME",
		 "measured window of a round (default 3s)", 0, 0, NULL, NULL},
		{0, "warmup", OPT_DURATION, &run->warmup_ns, "TIME",
		 "load before the window (default 1s)", 0, 0, NULL, NULL},
		{0, "rest", OPT_DURATION, &a->o.rest_ns, "TIME",
		 "without load between rounds, at least (default 1s)", 0, 0, NULL, NULL},
		{0, "max-time", OPT_DURATION, &a->o.max_time_ns, "TIME",
		 "no new round after so long; brackets stay wider then (default: none)", 0, 0, NULL,
		 &a->max_time_given},
		{0, "timeout", OPT_DURATION, &run->timeout_ns, "TIME",
		 "limit for a dry run and for an engine's start (default 30s)", 0, 0, NULL, NULL},
		{0, "out", OPT_STR, &a->out, "DIR",
		 "results go there (default results/capacity-TIMESTAMP)", 0, 0, NULL, NULL},
		{0, "format", OPT_CHOICE, &a->format, "FORMAT",
		 "of the report on standard output (not html)", 0, 0, out_format_names, NULL},
		{0, "print-commands", OPT_FLAG, &a->print_commands, NULL,
		 "print every engine and load command line and run nothing", 0, 0, NULL, NULL},
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
			    "  falcotune capacity --host host.json --format json\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (!rc && first < argc)
		return error_input(err, "unexpected operand '%s'; try falcotune capacity --help",
				   argv[first]);
	return rc;
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
	if (o->run.duration_ns < NS_PER_S || o->run.duration_ns > 3600 * NS_PER_S)
		return error_input(err, "option --duration: expected 1s to 1h");
	if (o->run.warmup_ns > 3600 * NS_PER_S || o->rest_ns > 3600 * NS_PER_S)
		return error_input(err, "option --warmup or --rest is longer than 1h");
	if (o->run.timeout_ns >= 0 && o->run.timeout_ns < NS_PER_S)
		return error_input(err, "option --timeout: expected 1s or more");
	if (a->max_time_given && o->max_time_ns <= 0)
		return error_input(err, "option --max-time: expected more than 0s");
	if (a->format == FORMAT_HTML)
		return error_input(err,
				   "option --format: a capacity has no html, expected text, json, "
				   "csv or md");
	if (!a->cases.n)
		strvec_push(&a->cases, DEFAULT_CASE);
	return 0;
}

/* ---- the run ---- */

static void print_plan(struct cmd_ctx *ctx, const struct plan *p, const struct capacity *c)
{
	log_print(&ctx->log, LOG_NOTE, "engine %s (%s)", p->engine.path,
		  p->engine.version ? p->engine.version : "not asked");
	for (size_t i = 0; i < c->n; i++) {
		struct strbuf limits cleanup_strbuf = STRBUF_INIT;

		cgroup_describe(&c->v[i].limits, &limits);
		log_print(&ctx->log, LOG_NOTE, "  %s: %zu syscalls, %s", c->v[i].name,
			  c->v[i].set.n, limits.buf);
	}
	for (size_t i = 0; i < p->res.warnings.n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", p->res.warnings.v[i]);
	for (size_t i = 0; i < p->res.other_falcos.n; i++)
		log_print(&ctx->log, LOG_WARNING,
			  "another engine runs on this host already: %s; both slow each other down",
			  p->res.other_falcos.v[i]);
}

static int write_results(const struct args *a, const struct plan *p, const struct capacity *c,
			 struct error *err)
{
	char *file cleanup_free = fs_join(p->dir, "capacity.json");
	struct strbuf json cleanup_strbuf = STRBUF_INIT, text cleanup_strbuf = STRBUF_INIT;

	if (capacity_report(c, FORMAT_JSON, &json, err) ||
	    fs_write_file(file, json.buf, json.len, 0644, err) ||
	    capacity_report(c, (enum out_format)a->format, &text, err))
		return -1;
	fwrite(text.buf, 1, text.len, stdout);
	return 0;
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

static json_t *first_event(const struct plan *p)
{
	json_t *e = json_object();

	json_object_set_new(e, "event", json_string("capacity-start"));
	json_object_set_new(e, "t", json_integer(clock_real()));
	json_object_set_new(e, "command", utf8_json(p->res.command));
	return e;
}

/* With the plan made and the session begun. Returns the exit code. */
static int measure(struct cmd_ctx *ctx, struct args *a, struct plan *p, struct session *s,
		   const char *state_dir, struct error *err)
{
	struct journal j = JOURNAL_INIT;
	struct capacity c;
	int code = -1;

	if (!capacity_begin(&c, p, &a->o, err)) {
		print_plan(ctx, p, &c);
		if (!fs_mkdirs(p->dir, err) && !runner_prepare(p, err) &&
		    !journal_create(&j, p->dir, first_event(p), err) &&
		    !leftovers_begin(&s->left, state_dir, p->dir, err) &&
		    !capacity_run(&c, p, &a->o, &j, s, err))
			code = 0;
	}
	journal_close(&j);
	session_end(s);
	if (!code)
		code = write_results(a, p, &c, err);
	if (!code) {
		log_print(&ctx->log, LOG_NOTE, "results are in %s", p->dir);
		code = s->caught ? 128 + s->caught : verdict(ctx, &c);
	} else {
		code = s->caught ? 128 + s->caught : cmd_fail(ctx, err);
	}
	capacity_release(&c);
	return code;
}

static int run(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct session s = SESSION_INIT;
	struct progress_view view;
	char *state_dir cleanup_free = NULL;
	struct plan p;
	int code;

	progress_view_init(&view, &ctx->log);
	s.progress = progress_view_show;
	s.progress_arg = &view;
	code = cmd_measure_begin(ctx, &s, &state_dir, err);
	a->o.run.wake_fd = s.signal_fd;
	if (code || plan_make(&p, &a->o.run, err)) {
		session_interrupted(&s);
		session_end(&s);
		return s.caught ? 128 + s.caught : cmd_fail(ctx, err);
	}
	code = measure(ctx, a, &p, &s, state_dir, err);
	progress_view_close(&view);
	plan_release(&p);
	return code;
}

static int print_commands(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;
	struct capacity c = {0};
	struct plan p;
	int rc;

	a->o.run.ask_version = false;
	if (plan_make(&p, &a->o.run, err))
		return cmd_fail(ctx, err);
	rc = capacity_begin(&c, &p, &a->o, err);
	if (!rc) {
		print_plan(ctx, &p, &c);
		capacity_commands(&p, &lines);
	}
	for (size_t i = 0; i < lines.n; i++)
		puts(lines.v[i]);
	capacity_release(&c);
	plan_release(&p);
	return rc ? cmd_fail(ctx, err) : EXIT_FINE;
}

static int act(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct host_profile host cleanup_host_profile;
	char *out cleanup_free = a->out ? xstrdup(a->out) : cmd_default_out("results/capacity-");

	host_profile_init(&host);
	if (a->host) {
		if (host_profile_read(a->host, &host, err))
			return cmd_fail(ctx, err);
		a->o.host = &host;
		a->o.host_file = a->host;
	}
	a->o.run.dir = out;
	return a->print_commands ? print_commands(ctx, a, err) : run(ctx, a, err);
}

int cmd_capacity(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = ARGS_INIT;
	struct strbuf command cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	int rc;

	cmd_join_command(argc, argv, &command);
	rc = parse(argc, argv, &a, &err);
	if (!rc)
		rc = validate(&a, &err);
	if (rc) {
		args_release(&a);
		return rc > 0 ? EXIT_FINE : cmd_fail(ctx, &err);
	}
	a.o.run.rules = &a.rules;
	a.o.run.sets = &a.sets;
	a.o.run.cases = &a.cases;
	a.o.run.command = command.buf;
	a.o.run.ask_version = true;
	rc = act(ctx, &a, &err);
	args_release(&a);
	return rc;
}

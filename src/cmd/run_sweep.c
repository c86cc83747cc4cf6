/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune run --sweep buffers */
#include "cmd/run_tune.h"

#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "report/sweep.h"
#include "run/runner.h"
#include "tune/sweep.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define SWEPT "buffers"

struct args {
	struct measure_args m;
	const char *what, *presets, *buffer_cpus;
	struct sweep_options o;
	uint64_t max_memory;
	int64_t n_cpus;
};

static int parse(int argc, char **argv, struct args *a, struct error *err)
{
	struct measure_args *m = &a->m;
	const struct opt opts[] = {
		{0, "sweep", OPT_STR, &a->what, SWEPT, "what to go through", 0, 0, NULL, NULL},
		{0, "max-buffer-memory", OPT_SIZE, &a->max_memory, "SIZE",
		 "of all buffers together (default: the control group's limit, at most a quarter "
		 "of the free memory)",
		 0, 0, NULL, NULL},
		{0, "cpus", OPT_INT, &a->n_cpus, "N",
		 "price the memory for a host with so many CPUs too", 1, 4096, NULL, NULL},
		{0, "presets", OPT_STR, &a->presets, "N,...",
		 "buf_size_presets to try (default: 1 to 10)", 0, 0, NULL, NULL},
		{0, "cpus-for-each-buffer", OPT_STR, &a->buffer_cpus, "N,...",
		 "values to try, 0 is one buffer for all (default: 1, 2, 4 and so on, all)", 0, 0,
		 NULL, NULL},
		{0, "cases", OPT_STRS, &m->cases, "ID|FILE|DIR",
		 "cases to sweep (default: own with -r or -c, else the dummy rules); repeatable", 0,
		 0, NULL, NULL},
		{0, "duration", OPT_DURATION, &a->o.first_ns, "TIME",
		 "window of the first round; each further one is twice as long (default 5s)", 0, 0,
		 NULL, NULL},
		{0, "max-duration", OPT_DURATION, &m->o.duration_ns, "TIME",
		 "longest window of a round (default 30s)", 0, 0, NULL, NULL},
		{0, "max-time", OPT_DURATION, &a->o.max_time_ns, "TIME",
		 "no further round when it would take longer in all (default 30m)", 0, 0, NULL,
		 NULL},
		TUNE_OPTS(m, "results/sweep-"),
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune run --sweep buffers",
		.operands = "",
		.summary =
			"Tries buf_size_preset x cpus_for_each_buffer by successive halving: all "
			"settings for\na short time, the better half for twice as long, and so on. "
			"Shows the front over drop\nrate, buffer memory, CPU and coverage of the "
			"rules, and why each other setting lost.\nNeeds root.\n\nExit codes: 0 a "
			"setting is within --max-drop; 1 none is, or one failed; 2 bad usage;\n3 "
			"nothing can be measured here.",
		.examples = "  falcotune run --sweep buffers --load bursts\n"
			    "  falcotune run --sweep buffers -c /etc/falco/falco.yaml "
			    "--max-buffer-memory 256Mi --cpus 64\n"
			    "  falcotune run --sweep buffers --presets 3,4,5 "
			    "--cpus-for-each-buffer 1,2 "
			    "--format json\n",
	};

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

/* "1,2,3" or "1-4": whole numbers within min..max, each once. */
static int read_numbers(const char *text, const char *option, int min, int max, int *out, size_t *n,
			struct error *err)
{
	char *copy cleanup_free = xstrdup(text), *rest = copy, *word;

	while ((word = strsep(&rest, ","))) {
		char *end;
		long v = strtol(word, &end, 10);

		if (*word < '0' || *word > '9' || *end || v < min || v > max)
			return error_input(err, "option %s: '%s' is not a number from %d to %d",
					   option, word, min, max);
		for (size_t i = 0; i < *n; i++)
			if (out[i] == (int)v)
				return error_input(err, "option %s: '%s' is there twice", option,
						   word);
		if (*n == ARRAY_SIZE(((struct case_buffers *)0)->cpus))
			return error_input(err, "option %s: too many numbers", option);
		out[(*n)++] = (int)v;
	}
	return 0;
}

static void default_lists(struct case_buffers *b, const struct args *a)
{
	int64_t host = sysconf(_SC_NPROCESSORS_ONLN);

	if (!a->presets)
		for (int p = 1; p <= 10; p++)
			b->presets[b->n_presets++] = p;
	if (a->buffer_cpus)
		return;
	for (int64_t c = 1; c < host; c *= 2)
		b->cpus[b->n_cpus++] = (int)c;
	b->cpus[b->n_cpus++] = 0;
}

static int check_times(const struct args *a, struct error *err)
{
	if (a->o.first_ns < NS_PER_S || a->o.first_ns > 3600 * NS_PER_S)
		return error_input(err, "option --duration: expected 1s to 1h");
	if (a->m.o.duration_ns < NS_PER_S || a->m.o.duration_ns > 3600 * NS_PER_S)
		return error_input(err, "option --max-duration: expected 1s to 1h");
	return 0;
}

static int validate(struct args *a, struct error *err)
{
	struct case_buffers *b = &a->o.buffers;

	if (strcmp(a->what, SWEPT))
		return error_input(err, "option --sweep: '%s' cannot be swept, expected " SWEPT,
				   a->what);
	if (check_times(a, err) ||
	    (a->presets &&
	     read_numbers(a->presets, "--presets", 1, 10, b->presets, &b->n_presets, err)) ||
	    (a->buffer_cpus && read_numbers(a->buffer_cpus, "--cpus-for-each-buffer", 0, 4096,
					    b->cpus, &b->n_cpus, err)))
		return -1;
	if (a->max_memory > INT64_MAX)
		return error_input(err, "option --max-buffer-memory: too large");
	default_lists(b, a);
	if (a->m.o.duration_ns < a->o.first_ns)
		a->m.o.duration_ns = a->o.first_ns;
	a->o.max_memory = (int64_t)a->max_memory;
	a->o.n_cpus = (int)a->n_cpus;
	if (!a->m.cases.n)
		strvec_push(&a->m.cases, a->m.rules.n || a->m.o.config ? "own" : "buffers");
	a->m.o.buffers = b;
	return 0;
}

static void print_sweep(struct cmd_ctx *ctx, const struct sweep *w)
{
	size_t large = 0;

	cmd_plan_engine(ctx, w->plan);
	for (size_t i = 0; i < w->n; i++)
		large += w->v[i].state == SWEEP_TOO_LARGE;
	log_print(&ctx->log, LOG_NOTE,
		  "%zu settings of at most %s of buffers (%s), %zu larger ones left out; %zu "
		  "round%s, about %s",
		  w->rounds[0].n,
		  w->max_memory == RES_UNKNOWN ? "any size" : UNITS_BYTES((double)w->max_memory),
		  w->max_memory_from ? w->max_memory_from : "no limit is known", large, w->n_rounds,
		  w->n_rounds == 1 ? "" : "s", UNITS_DURATION(sweep_seconds(w) * 1e9));
}

static int report(const void *w, enum out_format f, struct strbuf *out, struct error *err)
{
	return sweep_report(w, f, out, err);
}

static int verdict(struct cmd_ctx *ctx, const struct sweep *w)
{
	bool measured = false, chosen = false, failed = false;
	const char *why = "nothing ran";

	for (size_t i = 0; i < w->n; i++) {
		failed = failed ||
			 (w->v[i].chosen && !w->plan->res.cases[w->v[i].case_index].agreement);
		measured = measured || w->v[i].state == SWEEP_MEASURED;
		chosen = chosen || w->v[i].chosen;
		if (w->v[i].state != SWEEP_FAILED)
			continue;
		failed = true;
		why = w->v[i].why;
	}
	if (measured)
		return chosen && !failed ? EXIT_FINE : EXIT_FINDING;
	log_print(&ctx->log, LOG_ERROR, "nothing could be measured: %s", why);
	return EXIT_ENV;
}

static int measure(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct measuring m;
	struct sweep w = {0};
	struct plan p;
	int code = EXIT_FINE, rc;

	if (measuring_begin(&m, ctx, &a->m.o, &code, err))
		return code;
	a->o.run = a->m.o;
	if (plan_make(&p, &a->o.run, err))
		return measuring_fail(&m, ctx, err);
	rc = sweep_begin(&w, &p, &a->o, err);
	if (!rc) {
		print_sweep(ctx, &w);
		rc = measuring_open(&m, p.dir, measuring_event("sweep-start", a->m.o.command),
				    err) ||
		     runner_prepare(&p, err) || sweep_run(&w, &p, &a->o, &m.j, &m.s, err);
	}
	measuring_end(&m);
	if (!rc)
		rc = cmd_write_report(p.dir, "sweep.json", report, &w, (enum out_format)a->m.format,
				      err);
	if (!rc)
		log_print(&ctx->log, LOG_NOTE, "results are in %s", p.dir);
	code = m.s.caught ? 128 + m.s.caught : rc ? cmd_fail(ctx, err) : verdict(ctx, &w);
	sweep_release(&w);
	plan_release(&p);
	return code;
}

static int print_commands(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;
	struct sweep w = {0};
	struct plan p;
	int rc;

	a->o.run = a->m.o;
	if (plan_make(&p, &a->o.run, err))
		return cmd_fail(ctx, err);
	rc = sweep_begin(&w, &p, &a->o, err);
	if (!rc) {
		print_sweep(ctx, &w);
		sweep_commands(&w, &lines);
	}
	cmd_print_lines(&lines);
	sweep_release(&w);
	plan_release(&p);
	return rc ? cmd_fail(ctx, err) : EXIT_FINE;
}

int cmd_run_sweep(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {.m = MEASURE_ARGS_INIT,
			 .o = {.first_ns = SWEEP_DURATION_NS, .max_time_ns = SWEEP_MAX_TIME_NS}};
	struct error err = ERROR_INIT;
	int rc;

	a.m.o.repeats = 0;
	a.m.o.warmup_ns = SWEEP_WARMUP_NS;
	a.m.o.duration_ns = SWEEP_LONGEST_NS;
	cmd_join_command(argc, argv, &a.m.command);
	rc = parse(argc, argv, &a, &err);
	if (!rc)
		rc = validate(&a, &err) || tune_args_take(&a.m, "results/sweep-", &err) ? -1 : 0;
	if (rc)
		rc = rc > 0 ? EXIT_FINE : cmd_fail(ctx, &err);
	else
		rc = a.m.print_commands ? print_commands(ctx, &a, &err) : measure(ctx, &a, &err);
	measure_args_release(&a.m);
	return rc;
}

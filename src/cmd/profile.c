/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune profile */
#include "cmd/profile.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "cmd/profile_calibrate.h"
#include "config/overlay.h"
#include "cost/calibrate.h"
#include "engine/process.h"
#include "load/profile.h"
#include "report/profile.h"
#include "run/live.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define DURATION_NS (10 * NS_PER_S)
#define WARMUP_NS   (1 * NS_PER_S)
#define SHORT_NS    (5 * NS_PER_S)
#define RUNS_MAX    1000

enum detail { DETAIL_CHECKS, DETAIL_RULES };
static const char *const details[] = {"checks", "rules", NULL};

#define SETUP_INIT                                                                                 \
	{                                                                                          \
		.rules = PREDICTION_INIT, .engine = ENGINE_INIT, .falco_yaml = STRBUF_INIT,        \
		.what = STRBUF_INIT                                                                \
	}

static void setup_release(struct profile_setup *t)
{
	prediction_release(&t->rules);
	engine_release(&t->engine);
	strvec_release(&t->files);
	strvec_release(&t->set);
	strbuf_release(&t->falco_yaml);
	strbuf_release(&t->what);
	free(t->load_exe);
	free(t->events);
	free(t->record);
}

static int parse(int argc, char **argv, struct profile_args *a, struct error *err)
{
	struct measure_args *m = &a->m;
	const struct opt opts[] = {
		MEASURE_OPTS_WHAT(m, "rules file or folder, in place of rules_files; repeatable"),
		MEASURE_OPT(m, 0, "load", OPT_STR, &m->o.load, "PROFILE",
			    "profile under this load, an id or a file"),
		{0, "duration", OPT_DURATION, &m->o.duration_ns, "TIME",
		 "how long to profile; without --load the host as it is (default 10s)", 0, 0, NULL,
		 &a->duration_given},
		{0, "warmup", OPT_DURATION, &m->o.warmup_ns, "TIME",
		 "of the load before that; it is profiled too (default 1s)", 0, 0, NULL,
		 &a->warmup_given},
		MEASURE_OPT(m, 0, "events", OPT_STR, &a->events, "FILE",
			    "replay a recording of falcotune-engine; needs no root. With "
			    "--knock-out and "
			    "another engine: a capture file that it reads"),
		{0, "from", OPT_STRS, &a->from, "FILE",
		 "show profiles that falcotune-engine wrote, and run nothing; repeatable", 0, 0,
		 NULL, NULL},
		MEASURE_OPT(m, 0, "pid", OPT_STR, &a->pid, "PID[,PID...]",
			    "only events of these processes and of their descendants; with "
			    "--sample the "
			    "process to sample"),
		{0, "runs", OPT_INT, &a->runs, "N",
		 "run so often, and show the mean with its interval (default 1; rounds of "
		 "--knock-out: 5)",
		 1, RUNS_MAX, NULL, &a->runs_given},
		MEASURE_OPT_FLAG(
			m, "knock-out", &a->knock_out,
			"what each rule costs any engine, Falco too: CPU time of runs with "
			"all rules less that of runs without it, with intervals"),
		MEASURE_OPT_FLAG(m, "each", &a->each,
				 "with --knock-out: each rule alone, however many (default: more "
				 "than 8 by halving groups whose cost is seen)"),
		{0, "max-time", OPT_DURATION, &a->max_time_ns, "TIME",
		 "with --knock-out: begin no run that would end later, and show what was measured",
		 0, 0, NULL, &a->max_time_given},
		MEASURE_OPT_SEED(m),
		{0, "sample", OPT_FLAG, &a->sample,
		 .help = "perf samples of a running engine (--pid, else falco or falcotune-engine) "
			 "for --duration: its functions"},
		MEASURE_OPT(m, 0, "record", OPT_STR, &a->record, "FILE",
			    "keep the events of a live run there, for --events"),
		{0, "detail", OPT_CHOICE, &a->detail, .arg = "WHAT",
		 .help = "checks (default): time each check; rules: only whole rules, for less "
			 "overhead",
		 .choices = details, .given = &a->detail_given},
		{0, "folded", OPT_STR, &a->folded, "FILE",
		 "write the call tree as folded stacks, self time in ns, for a flame graph", 0, 0,
		 NULL, NULL},
		{0, "dot", OPT_STR, &a->dot, "FILE",
		 "write the call tree with counts and latencies for Graphviz", 0, 0, NULL, NULL},
		{0, "calibrate", OPT_STR, &a->calibrate, "FILE",
		 "write what events and checks cost on this host, for falcotune rules --cost and "
		 "diff: with --events by replays of rules of its own (7 runs of each), against which "
		 "those of -r are checked; else of this profile",
		 0, 0, NULL, NULL},
		{0, "top", OPT_INT, &a->top, "N",
		 "rows of each table in text, md and html (default 20; 0 = all)", 0, 100000, NULL,
		 NULL},
		MEASURE_OPT(m, 0, "timeout", OPT_DURATION, &m->o.timeout_ns, "TIME",
			    "limit for the engine's start (default 30s), or for one replay "
			    "(default 10m)"),
		MEASURE_OPT_OUT(m, "results/profile-"),
		MEASURE_OPTS_SHOW(m, "", "engine and load"),
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune profile",
		.operands = "",
		.summary =
			"Says what each rule costs: its share of the engine's CPU time, checks "
			"until the\nverdict, matches and latencies, by event type and by check, "
			"and what the engine's\nother phases take. The embedded engine is "
			"profiled; "
			"what the profiling itself costs\nis measured, shown and left out. "
			"Without --load and --events the host is profiled as\nit is. Live runs "
			"need root; a replay gives the same counts every time.\n\nExit codes: 0 "
			"profiled; 2 bad usage, rules or recording; 3 it cannot be done here;\n4 "
			"replays of one recording counted differently.",
		.examples = "  falcotune profile -r my_rules.yaml --load mixed --record mixed.rec\n"
			    "  falcotune profile -r my_rules.yaml --events mixed.rec --runs 10\n"
			    "  falcotune profile -c /etc/falco/falco.yaml --duration 60s "
			    "--format html > profile.html\n"
			    "  falcotune profile --engine falco -r my_rules.yaml --load mixed "
			    "--knock-out --max-time 30m\n"
			    "  falcotune profile --engine falco -r my_rules.yaml --events a.scap "
			    "--knock-out\n"
			    "  falcotune profile --sample --pid $(pidof falco) --duration 30s "
			    "--folded falco.folded\n"
			    "  falcotune profile -r my_rules.yaml --pid $(pidof nginx | tr ' ' ,) "
			    "--duration 30s\n"
			    "  falcotune profile -r my_rules.yaml --events mixed.rec "
			    "--folded rules.folded --dot rules.dot\n"
			    "  falcotune profile --events mixed.rec --calibrate cal.json\n",
	};

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

/* Process ids; those of a recording may have ended long ago. */
static int check_pids(const struct profile_args *a, struct error *err)
{
	for (const char *at = a->pid;; at++) {
		char *end;
		unsigned long pid = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;

		if (!pid || pid > INT32_MAX || (*end && *end != ','))
			return error_input(err,
					   "option --pid: '%s', expected process ids with commas "
					   "between, such as 12,34",
					   a->pid);
		if (!a->events && !process_start_time((pid_t)pid))
			return error_env(err, "option --pid: there is no process %lu", pid);
		if (!*end)
			return 0;
		at = end;
	}
}

/* Options of one way to profile that have no meaning in another. */
static int check_modes(const struct profile_args *a, struct error *err)
{
	if (!a->knock_out && (a->each || a->max_time_given || a->m.seed_given))
		return error_input(err, "options --each, --max-time and --seed go with "
					"--knock-out");
	if (a->knock_out &&
	    (a->pid || a->record || a->folded || a->dot || a->calibrate || a->detail_given))
		return error_input(err, "--knock-out sees no process, check or call tree: --pid, "
					"--record, --folded, --dot, --calibrate and --detail have "
					"no meaning with it");
	if (a->sample && (a->knock_out || a->from.n || a->events || a->record || a->calibrate ||
			  a->detail_given || a->runs_given || a->warmup_given || a->m.o.load ||
			  a->m.o.config || a->m.rules.n || a->m.sets.n || a->m.print_commands))
		return error_input(err, "--sample looks at a process that runs: of the other "
					"options only --pid, --duration, --folded, --dot, --top, "
					"--format and --out go with it");
	if (a->knock_out && a->runs_given && a->runs < 2)
		return error_input(err, "option --runs: one round has no interval, expected 2 or "
					"more with --knock-out");
	return 0;
}

static int validate(struct profile_args *a, struct error *err)
{
	const struct run_options *o = &a->m.o;

	if (a->from.n && (a->m.given || a->duration_given || a->warmup_given || a->runs_given ||
			  a->detail_given || a->m.print_commands))
		return error_input(err, "--from shows profiles that were taken: of the other "
					"options only --folded, --dot, --calibrate, --top and "
					"--format go with it");
	if (a->events && (o->load || a->record || a->duration_given || a->warmup_given))
		return error_input(err, "--events replays a recording as a whole: --load, "
					"--duration, --warmup and --record have no meaning with "
					"it");
	if (check_modes(a, err))
		return -1;
	if (a->warmup_given && !o->load)
		return error_input(err, "option --warmup: without --load there is nothing to warm "
					"up");
	if (a->record && a->runs > 1)
		return error_input(err, "option --record: one run is recorded, expected --runs 1");
	if (o->duration_ns < NS_PER_S || o->duration_ns > 24 * 3600 * NS_PER_S)
		return error_input(err, "option --duration: expected 1s to 24h");
	if (o->warmup_ns > 3600 * NS_PER_S)
		return error_input(err, "option --warmup is longer than 1h");
	if (a->pid && check_pids(a, err))
		return -1;
	if (a->folded && a->dot && !strcmp(a->folded, a->dot))
		return error_input(err, "options --folded and --dot name the same file, %s",
				   a->dot);
	return 0;
}

/* ---- what is to be run ---- */

/* The user's configuration, with its outputs in the run's folder. */
static int read_rules(struct cmd_ctx *ctx, const struct profile_args *a, struct profile_setup *t,
		      struct error *err)
{
	const char *release = a->knock_out ? t->engine.release : NULL;
	const struct catalogue *own = release ? catalogue_find(release) : NULL;
	const struct predict_input in = {.cat = own ? own : catalogue_find(NULL),
					 .config_file = a->m.o.config,
					 .sets = &a->m.sets,
					 .rules = &a->m.rules};
	struct overlay over = OVERLAY_INIT;

	if (predict(&t->rules, &in, ctx, err))
		return -1;
	for (size_t i = 0; i < t->rules.from.files.n; i++) {
		if (!strcmp(t->rules.from.files.v[i], "-"))
			return error_input(err, "option -r: the engine reads rules by itself, "
						"expected a file in place of standard input");
		strvec_take(&t->files, fs_absolute(t->rules.from.files.v[i]));
	}
	cat_scs_to_names(in.cat, t->rules.sel.final, &t->set);
	/* A short window begins and ends at snapshots. */
	if (a->knock_out && a->m.o.duration_ns < SHORT_NS)
		over.metrics_interval = "250ms";
	over.metrics_file = LIVE_METRICS_FILE;
	over.alerts_file = LIVE_ALERTS_FILE;
	return overlay_render(&t->rules.from.config, &over, &t->falco_yaml, err);
}

static int read_load(const struct profile_args *a, struct profile_setup *t, struct error *err)
{
	struct load_profile profile cleanup_load_profile = {0};
	const char *load = a->m.o.load;

	if (a->pid)
		strbuf_addf(&t->what, "processes %s in ", a->pid);
	if (a->events) {
		strbuf_addstr(&t->what, "a recording");
		return 0;
	}
	if (!load) {
		strbuf_addf(&t->what, "this host as it is, for %s",
			    UNITS_DURATION((double)a->m.o.duration_ns));
		return 0;
	}
	if (load_profile_read(load, &profile, err))
		return -1;
	strbuf_addf(&t->what, "the load %s, for %s after %s of warm-up", profile.id,
		    UNITS_DURATION((double)a->m.o.duration_ns),
		    UNITS_DURATION((double)a->m.o.warmup_ns));
	t->load_exe = fs_sibling("falcotune-load");
	return t->load_exe ? 0 : error_env(err, "falcotune-load is not beside falcotune");
}

static int find_engine(const struct profile_args *a, struct profile_setup *t, struct error *err)
{
	if (engine_find(&t->engine, a->m.o.engine, err))
		return -1;
	if (a->m.print_commands)
		return 0;
	if (engine_ask_version(&t->engine, a->m.o.wake_fd, err))
		return -1;
	if (!t->engine.embedded && !a->knock_out)
		return error_input(err,
				   "option --engine: %s is not falcotune-engine, the only engine "
				   "that writes a profile; --knock-out measures any",
				   t->engine.path);
	return 0;
}

static int check_files(const struct profile_args *a, struct error *err)
{
	const char *outs[] = {a->record, a->folded, a->dot, a->calibrate};

	if (a->events && access(a->events, R_OK))
		return error_input(err,
				   "%s: cannot be read, expected a recording of "
				   "falcotune-engine",
				   a->events);
	/* Better now than after the run. */
	for (size_t i = 0; i < ARRAY_SIZE(outs); i++) {
		char *dir cleanup_free = outs[i] ? fs_dirname(outs[i]) : NULL;

		if (dir && (access(dir, W_OK) || fs_is_dir(outs[i])))
			return error_env(err, "%s: cannot be written", outs[i]);
	}
	return 0;
}

static int set_up(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		  struct error *err)
{
	if (find_engine(a, t, err) || read_rules(ctx, a, t, err) || read_load(a, t, err))
		return -1;
	t->events = a->events ? fs_absolute(a->events) : NULL;
	t->record = a->record ? fs_absolute(a->record) : NULL;
	t->p = (struct profiling){
		.engine = &t->engine,
		.rules = &t->files,
		.falco_yaml = t->falco_yaml.buf,
		.set = &t->set,
		.dir = a->m.dir,
		.events = t->events,
		.record = t->record,
		.pids = a->pid,
		.rules_only = a->detail == DETAIL_RULES,
		.load_exe = t->load_exe,
		.load = a->m.o.load,
		.duration_ns = a->m.o.duration_ns,
		.warmup_ns = a->m.o.load ? a->m.o.warmup_ns : 0,
		.timeout_ns = a->m.o.timeout_ns,
		.n_cpus = sysconf(_SC_NPROCESSORS_ONLN),
		.runs = (int)a->runs,
	};
	return 0;
}

/* ---- what is shown ---- */

static int report(const void *it, enum out_format f, struct strbuf *out, struct error *err)
{
	return profile_report(it, f, out, err);
}

static int write_graphs(const struct profile_args *a, const struct eprofile *p, struct error *err)
{
	struct strbuf folded cleanup_strbuf = STRBUF_INIT, dot cleanup_strbuf = STRBUF_INIT;

	profile_folded(p, &folded);
	profile_dot(p, &dot);
	return (a->folded && fs_write_file(a->folded, folded.buf, folded.len, 0644, err)) ||
			       (a->dot && fs_write_file(a->dot, dot.buf, dot.len, 0644, err))
		       ? -1
		       : 0;
}

static int calibrate(struct cmd_ctx *ctx, const struct profile_args *a, const struct eprofile *p,
		     struct error *err)
{
	struct cost_params params;
	int rc = cost_params_read(NULL, COST_EMBEDDED, &params, err);

	if (!rc)
		rc = cost_calibrate(&params, &p, 1, NULL, err);
	if (!rc)
		rc = cost_params_write(&params, a->calibrate, err);
	if (!rc && isnan(params.error))
		log_print(&ctx->log, LOG_WARNING,
			  "%s: the profile has no times of checks; only transport, state and "
			  "output are calibrated",
			  a->calibrate);
	else if (!rc)
		log_print(&ctx->log, LOG_NOTE,
			  "calibrated in %s: a check's price is off by %.0f%% in the mean",
			  a->calibrate, 100 * params.error);
	cost_params_release(&params);
	return rc;
}

static void warn(struct profile_shown *s)
{
	const struct eprofile *p = &s->runs.all;

	if (p->kernel_drops > 0)
		strvec_pushf(&s->warnings,
			     "%lld events were dropped: they are in no count here, and the engine "
			     "was at its limit",
			     (long long)p->kernel_drops);
	if (p->not_recorded > 0)
		strvec_pushf(&s->warnings, "%lld events are missing in the recording",
			     (long long)p->not_recorded);
	if (p->interrupted_ns > p->window_ns / 2 && !strcmp(p->source, "replay"))
		strvec_pushf(&s->warnings,
			     "others had the CPU for %s of the window: caches were cold more often "
			     "than on a quiet host",
			     UNITS_SHARE(p->interrupted_ns / p->window_ns));
}

/* Takes v. dir: where the report goes as JSON, NULL: nowhere. */
static int show(struct cmd_ctx *ctx, const struct profile_args *a, struct eprofile *v, size_t n,
		const char *what, const char *dir, struct error *err)
{
	struct profile_shown s = {.command = a->m.command.buf, .top = (size_t)a->top};
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	int rc = ep_runs_make(&s.runs, v, n, err);

	if (!rc) {
		s.what = xstrdup(what);
		warn(&s);
		for (size_t i = 0; i < s.warnings.n; i++)
			log_print(&ctx->log, LOG_WARNING, "%s", s.warnings.v[i]);
		rc = write_graphs(a, &s.runs.all, err);
		if (!rc && a->calibrate)
			rc = calibrate(ctx, a, &s.runs.all, err);
	}
	if (!rc && dir)
		rc = cmd_write_report(dir, "profile.json", report, &s, (enum out_format)a->m.format,
				      err);
	else if (!rc && !(rc = profile_report(&s, (enum out_format)a->m.format, &text, err)))
		if (fwrite(text.buf, 1, text.len, stdout) != text.len || fflush(stdout))
			rc = error_env(err, "standard output cannot be written");
	ep_runs_release(&s.runs);
	strvec_release(&s.warnings);
	free(s.what);
	return rc;
}

/* ---- the course ---- */

/* n runs, of which *n were made. The caller frees *v with what is in it. */
static int run_all(const struct profile_setup *t, struct measuring *m, struct eprofile *v,
		   size_t *n, struct error *err)
{
	for (int i = 1; i <= t->p.runs; i++) {
		json_t *event = measuring_event("profile-run", "");

		if (profiling_run(&t->p, i, &m->s, &v[*n], err)) {
			json_decref(event);
			return t->p.runs > 1 ? error_wrap(err, "run %d", i) : -1;
		}
		++*n;
		json_object_set_new(event, "run", json_integer(i));
		if (journal_add(&m->j, event, err))
			return -1;
		session_tell(&m->s, PROGRESS_NOTE,
			     "run %d of %d: %lld events, %lld evaluated, "
			     "%lld matches",
			     i, t->p.runs, (long long)v[*n - 1].seen,
			     (long long)v[*n - 1].evaluated, (long long)v[*n - 1].total_matches);
	}
	return 0;
}

static int run(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
	       struct error *err)
{
	struct eprofile *v = xcalloc((size_t)a->runs, sizeof(*v));
	struct measuring m;
	size_t n = 0;
	int code = EXIT_FINE, rc;

	if (measuring_begin(&m, ctx, &a->m.o, &code, err)) {
		free(v);
		return code;
	}
	rc = measuring_open(&m, t->p.dir, measuring_event("profile-start", a->m.command.buf),
			    err) ||
			     run_all(t, &m, v, &n, err)
		     ? -1
		     : 0;
	measuring_end(&m);
	if (rc || m.s.caught) {
		for (size_t i = 0; i < n; i++)
			eprofile_release(&v[i]);
		free(v);
		return m.s.caught ? 128 + m.s.caught : cmd_fail(ctx, err);
	}
	if (show(ctx, a, v, n, t->what.buf, t->p.dir, err))
		return cmd_fail(ctx, err);
	log_print(&ctx->log, LOG_NOTE, "results are in %s", t->p.dir);
	return EXIT_FINE;
}

static void print_commands(const struct profile_setup *t)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;

	for (int i = 1; i <= t->p.runs; i++) {
		struct strvec engine cleanup_strvec = STRVEC_INIT,
				     load cleanup_strvec = STRVEC_INIT;
		struct strbuf line cleanup_strbuf = STRBUF_INIT;

		profiling_argv(&t->p, i, &engine, &load);
		argv_quote(&engine, &line);
		strvec_push(&lines, line.buf);
		strbuf_reset(&line);
		if (load.n) {
			argv_quote(&load, &line);
			strvec_push(&lines, line.buf);
		}
	}
	cmd_print_lines(&lines);
}

static int show_files(struct cmd_ctx *ctx, const struct profile_args *a, struct error *err)
{
	struct eprofile *v = xcalloc(a->from.n, sizeof(*v));
	struct strbuf what cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < a->from.n; i++) {
		if (eprofile_read(a->from.v[i], &v[i], err)) {
			for (size_t k = 0; k < i; k++)
				eprofile_release(&v[k]);
			free(v);
			return cmd_fail(ctx, err);
		}
	}
	strvec_join(&a->from, ", ", &what);
	return show(ctx, a, v, a->from.n, what.buf, NULL, err) ? cmd_fail(ctx, err) : EXIT_FINE;
}

/* Rules that ship for it are replayed; the user's, if any, are what the model is held against. */
static bool is_calibration(const struct profile_args *a)
{
	return a->calibrate && a->events;
}

static int calibrate_sets(struct cmd_ctx *ctx, struct profile_args *a, struct error *err)
{
	struct profile_calibration c = {
		.m = &a->m,
		.events = a->events,
		.file = a->calibrate,
		.own = a->m.rules.n || a->m.o.config,
		.runs = a->runs_given ? (int)a->runs : PROFILE_CALIBRATION_RUNS};

	if (a->folded || a->dot) {
		error_input(err, "--calibrate replays rules of its own: --folded and --dot have no "
				 "meaning with it");
		return cmd_fail(ctx, err);
	}
	return profile_calibrate(ctx, &c, err);
}

static int act(struct cmd_ctx *ctx, struct profile_args *a, struct error *err)
{
	struct profile_setup t = SETUP_INIT;
	int code;

	if (check_files(a, err))
		return cmd_fail(ctx, err);
	if (a->from.n)
		return show_files(ctx, a, err);
	if (a->sample)
		return profile_sample(ctx, a, err);
	if (is_calibration(a))
		return calibrate_sets(ctx, a, err);
	if (set_up(ctx, a, &t, err)) {
		code = cmd_fail(ctx, err);
	} else if (a->knock_out) {
		code = profile_knock_out(ctx, a, &t, err);
	} else if (a->m.print_commands) {
		print_commands(&t);
		code = EXIT_FINE;
	} else {
		code = run(ctx, a, &t, err);
	}
	setup_release(&t);
	return code;
}

int cmd_profile(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct profile_args a = {.m = MEASURE_ARGS_INIT, .runs = 1, .top = 20};
	struct error err = ERROR_INIT;
	int rc;

	a.m.o.engine = "embedded";
	a.m.o.duration_ns = DURATION_NS;
	a.m.o.warmup_ns = WARMUP_NS;
	cmd_join_command(argc, argv, &a.m.command);
	rc = parse(argc, argv, &a, &err);
	if (!rc)
		rc = validate(&a, &err) || measure_args_take(&a.m, "results/profile-", &err) ? -1
											     : 0;
	if (rc)
		rc = rc > 0 ? EXIT_FINE : cmd_fail(ctx, &err);
	else
		rc = act(ctx, &a, &err);
	measure_args_release(&a.m);
	strvec_release(&a.from);
	return rc;
}

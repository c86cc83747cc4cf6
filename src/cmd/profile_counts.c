/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune profile --calibrate with any engine, Falco too: prices from the CPU of whole runs.
 *
 * Such an engine tells nothing of its checks, so that it runs rules whose checks are known by their
 * number, whatever the events are: no rule is for a type of event, so that each event goes through
 * all of them; none ever matches; and the checks of a rule are joined by `or`, so that all of them
 * are evaluated until the verdict. Number of rules and checks vary apart from each other.
 */
#include "cmd/profile.h"

#include "base/fs.h"
#include "base/mem.h"
#include "config/overlay.h"
#include "cost/calibrate_counts.h"
#include "cost/walk.h"
#include "run/live.h"
#include "stats/describe.h"

#include <math.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS	   5
#define SHORT_NS   (5 * NS_PER_S)
#define START_MOST 0.5 /* of a replay's CPU; what is left is a difference of two large numbers */

#define LITTLE 0.1

static const struct {
	int rules, checks; /* of each rule */
	double load;	   /* of the load's rates; 0: as they are */
} shapes[] = {{1, 1, 0},  {1, 24, 0}, {16, 1, 0},    {16, 6, 0},
	      {48, 1, 0}, {48, 4, 0}, {1, 1, LITTLE}};

#define N_SETS ARRAY_SIZE(shapes)

/* Texts that every event may have; an engine that keeps the value of a field for an event has to
 * compare it all the same, since no constant comes twice. */
static const char *const fields[] = {"proc.name",    "fd.name",	     "proc.pname",   "user.name",
				     "proc.exepath", "container.id", "proc.cwd",     "group.name",
				     "proc.exe",     "fd.typechar",  "proc.aname[2]"};

struct set {
	char *name, *dir;
	struct strvec files, calls;
	struct strbuf text, falco_yaml;
	struct prediction rules;
	struct profiling p, start;
	struct walk_expected expected; /* of an event, all rules together */
	double *ns, *per_s;	       /* of each round: CPU of an event; events, NaN: a replay */
};

struct job {
	const struct profile_args *a;
	const struct engine *engine;
	char *events;
	const struct profile_setup *t;
	int rounds;
	struct set v[N_SETS];
	size_t n; /* without the last one when there is no load */
	struct cost_params params;
	double dropped, taken, start_share;
};

static void job_release(struct job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		struct set *s = &j->v[i];

		free(s->name);
		free(s->dir);
		free(s->ns);
		free(s->per_s);
		strvec_release(&s->files);
		strvec_release(&s->calls);
		strbuf_release(&s->text);
		strbuf_release(&s->falco_yaml);
		prediction_release(&s->rules);
	}
	free(j->events);
	cost_params_release(&j->params);
}

/* ---- what is to be run ---- */

static void write_rules(struct strbuf *out, int rules, int checks)
{
	size_t field = 0;

	for (int r = 1; r <= rules; r++) {
		strbuf_addf(out,
			    "- rule: Calibrate %d\n  desc: Never matches\n  output: never\n"
			    "  priority: DEBUG\n  condition: >\n   ",
			    r);
		for (int c = 1; c <= checks; c++, field++)
			strbuf_addf(out, "%s %s = qz-nosuch-%d-%d", c > 1 ? " or" : "",
				    fields[field % ARRAY_SIZE(fields)], r, c);
		strbuf_addch(out, '\n');
	}
}

static double price_of(void *arg, const struct ast *check)
{
	struct cost_kind k = cost_kind_of(check);

	return cost_check_ns(arg, &k);
}

static double never(void *arg, const struct ast *check)
{
	(void)arg;
	(void)check;
	return 0;
}

/* By the model's own walk, of an event of any type. */
static void expect(struct job *j, struct set *s)
{
	const struct walk_prices prices = {price_of, never, &j->params, false};
	struct walk w cleanup_walk = {.cat = s->rules.cat,
				      .enter_events = release_of(s->rules.cat)->enter_events,
				      .prices = &prices};

	for (size_t i = 0; i < s->rules.rules.n; i++) {
		struct walk_expected e = walk_expect(&w, s->rules.rules.rules[i].ast, 0);

		s->expected.checks += e.checks;
		s->expected.ns += e.ns;
	}
}

static int read_set(struct cmd_ctx *ctx, struct job *j, size_t at, struct error *err)
{
	const struct measure_args *m = &j->a->m;
	const struct catalogue *own =
		j->engine->release ? catalogue_find(j->engine->release) : NULL;
	struct set *s = &j->v[at];
	const struct ruleset_text text = {s->files.v[0], s->text.buf, s->text.len};
	const struct predict_input in = {.cat = own ? own : catalogue_find(NULL),
					 .config_file = m->o.config,
					 .sets = &m->sets,
					 .rules = &s->files,
					 .texts = &text,
					 .n_texts = 1,
					 .config_said = at > 0};
	struct overlay over = OVERLAY_INIT;
	struct cmd_ctx quiet = *ctx; /* that rules are for all types of events is meant here */

	quiet.log.level = LOG_ERROR;
	over.metrics_file = LIVE_METRICS_FILE;
	over.alerts_file = LIVE_ALERTS_FILE;
	if (m->o.duration_ns < SHORT_NS)
		over.metrics_interval = "250ms";
	if (predict(&s->rules, &in, &quiet, err) ||
	    overlay_render(&s->rules.from.config, &over, &s->falco_yaml, err))
		return -1;
	if (s->rules.in.n_rules != (size_t)shapes[at].rules)
		return error_input(err,
				   "falco.yaml switches rules of the calibration off; expected "
				   "one without rules: and without a high priority");
	cat_scs_to_names(in.cat, s->rules.sel.final, &s->calls);
	expect(j, s);
	return 0;
}

static void plan_runs(const struct job *j, struct set *s)
{
	const struct measure_args *m = &j->a->m;

	s->p = (struct profiling){.engine = j->engine,
				  .rules = &s->files,
				  .falco_yaml = s->falco_yaml.buf,
				  .set = &s->calls,
				  .dir = s->dir,
				  .events = j->events,
				  .plain = true,
				  .load_exe = j->t->load_exe,
				  .load = m->o.load,
				  .load_scale = shapes[s - j->v].load,
				  .duration_ns = m->o.duration_ns,
				  .warmup_ns = m->o.load ? m->o.warmup_ns : 0,
				  .timeout_ns = m->o.timeout_ns,
				  .n_cpus = sysconf(_SC_NPROCESSORS_ONLN),
				  .runs = 1};
	s->start = s->p;
	s->start.start_only = true;
	s->ns = xcalloc((size_t)j->rounds, sizeof(*s->ns));
	s->per_s = xcalloc((size_t)j->rounds, sizeof(*s->per_s));
}

static int set_up(struct cmd_ctx *ctx, struct job *j, struct error *err)
{
	if (cost_params_read(NULL, COST_FALCO, &j->params, err))
		return -1;
	for (size_t i = 0; i < j->n; i++) {
		struct set *s = &j->v[i];

		s->rules = (struct prediction)PREDICTION_INIT;
		strbuf_init(&s->text);
		strbuf_init(&s->falco_yaml);
		s->name = xasprintf("%d rules of %d checks%s", shapes[i].rules, shapes[i].checks,
				    shapes[i].load > 0 ? ", a tenth of the load" : "");
		s->dir = xasprintf("%s/%dx%d", j->a->m.dir, shapes[i].rules, shapes[i].checks);
		strvec_take(&s->files, xasprintf("%s.yaml", s->dir));
		write_rules(&s->text, shapes[i].rules, shapes[i].checks);
		if (read_set(ctx, j, i, err))
			return -1;
		plan_runs(j, s);
	}
	return 0;
}

/* ---- runs ---- */

/* Of a replay the engine's start is taken off, which is that of a dry run. */
static int run_one(struct job *j, struct set *s, int round, struct session *se, struct error *err)
{
	struct profiling_cost c, start = {0};

	if ((j->events && profiling_measure(&s->start, round, se, &start, err)) ||
	    profiling_measure(&s->p, round, se, &c, err))
		return -1;
	if (isnan(c.events) || c.events < 1)
		return error_env(err, "the engine does not say how many events it took, or took "
				      "none");
	if (c.cpu_ns <= start.cpu_ns)
		return error_env(err,
				 "the replay took no more CPU than a start; a longer capture is "
				 "needed");
	s->ns[round - 1] = (c.cpu_ns - start.cpu_ns) / c.events;
	s->per_s[round - 1] = j->events ? (double)NAN : c.events / c.seconds;
	j->taken += c.events;
	j->dropped += isnan(c.dropped) ? 0 : c.dropped;
	j->start_share = fmax(j->start_share, start.cpu_ns / c.cpu_ns);
	return 0;
}

static int run_all(void *arg, struct measuring *m, struct error *err)
{
	struct job *j = arg;

	for (size_t i = 0; i < j->n; i++)
		if (fs_write_file(j->v[i].files.v[0], j->v[i].text.buf, j->v[i].text.len, 0644,
				  err))
			return -1;
	for (int r = 1; r <= j->rounds; r++) {
		/* Each other round backwards: what grows with time is in no set alone. */
		for (size_t i = 0; i < j->n; i++) {
			struct set *s = &j->v[r % 2 ? i : j->n - 1 - i];

			if (run_one(j, s, r, &m->s, err))
				return error_wrap(err, "%s", s->name);
		}
		session_tell(&m->s, PROGRESS_NOTE, "round %d of %d of %zu rule sets", r, j->rounds,
			     j->n);
	}
	return 0;
}

/* ---- the fit ---- */

static void set_origin(struct job *j)
{
	struct cost_params *p = &j->params;
	struct utsname un = {0};
	time_t now = time(NULL);
	char date[32];
	struct tm tm;

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	uname(&un);
	p->host = xstrdup(un.nodename);
	p->kernel = xstrdup(un.release);
	p->engine_version = xstrdup(j->engine->version);
	p->date = xstrdup(date);
}

static void warn(struct cmd_ctx *ctx, const struct job *j)
{
	if (j->dropped > 0)
		log_print(
			&ctx->log, LOG_WARNING,
			"%.0f events were dropped, %.0f taken: the engine was at its limit; prices "
			"are of those that it took",
			j->dropped, j->taken);
	if (j->start_share > START_MOST)
		log_print(&ctx->log, LOG_WARNING,
			  "up to %.0f%% of a replay's CPU is the engine's start: a longer capture "
			  "gives closer prices",
			  100 * j->start_share);
}

static int fit(struct job *j, struct error *err)
{
	struct cost_counted counted[N_SETS];
	double *ns[N_SETS];
	char *source cleanup_free =
		xasprintf("calibrated: CPU of whole %s of %s on this host",
			  j->events ? "replays" : "live runs", j->engine->version);

	for (size_t i = 0; i < j->n; i++) {
		const struct set *s = &j->v[i];

		ns[i] = s->ns;
		counted[i] =
			(struct cost_counted){.name = s->name,
					      .rules = shapes[i].rules,
					      .checks = s->expected.checks,
					      .checks_ns = s->expected.ns,
					      .ns = s->ns,
					      .per_s = stats_median(s->per_s, (size_t)j->rounds)};
	}
	cost_even_out(ns, j->n, (size_t)j->rounds);
	set_origin(j);
	return cost_fit_counted(&j->params, counted, j->n, (size_t)j->rounds, source, err);
}

static void print_commands(const struct job *j)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; i < j->n; i++) {
		if (j->events)
			profiling_commands(&j->v[i].start, 1, &lines);
		profiling_commands(&j->v[i].p, 1, &lines);
	}
	cmd_print_lines(&lines);
}

static int check(const struct profile_args *a, struct error *err)
{
	if (a->m.rules.n || a->folded || a->dot || a->record || a->pid || a->detail_given)
		return error_input(err,
				   "--calibrate of an engine that writes no profile runs rules "
				   "of its own and sees no process or call tree: --rules, "
				   "--folded, --dot, --record, --pid and --detail have no "
				   "meaning with it");
	if (a->runs_given && a->runs < 2)
		return error_input(err, "option --runs: one round has no interval, expected 2 or "
					"more");
	return 0;
}

int profile_counts(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		   struct error *err)
{
	struct job j = {.a = a,
			.t = t,
			.engine = &t->engine,
			.rounds = a->runs_given ? (int)a->runs : ROUNDS,
			.n = a->m.o.load ? N_SETS : N_SETS - 1};
	int code = EXIT_FINE;

	j.events = a->events ? fs_absolute(a->events) : NULL;
	if (check(a, err) || profile_read_load(a, t, err) || set_up(ctx, &j, err)) {
		code = cmd_fail(ctx, err);
	} else if (a->m.print_commands) {
		print_commands(&j);
	} else if (!(code = measuring_run(ctx, &a->m, "calibrate-start", run_all, &j, err))) {
		warn(ctx, &j);
		if (fit(&j, err) ||
		    profile_show_prices(&j.params, t->what.buf, a->calibrate, a->m.format, err))
			code = cmd_fail(ctx, err);
	}
	job_release(&j);
	return code;
}

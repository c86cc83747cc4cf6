/* SPDX-License-Identifier: Apache-2.0 */
#include "run/profiling.h"

#include "base/fs.h"
#include "base/mem.h"
#include "engine/logparse.h"
#include "engine/metrics.h"
#include "run/live.h"
#include "run/loadproc.h"
#include "run/plan.h"
#include "run/repeat.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define PROFILE_FILE "profile.json"

static char *run_dir(const struct profiling *p, int run)
{
	const char *what = p->start_only       ? "start"
			   : p->load_scale > 0 ? "scaled"
			   : p->plain	       ? "plain"
					       : "run";

	return xasprintf("%s/%s-%d", p->dir, what, run);
}

static int64_t start_limit(const struct profiling *p)
{
	return p->timeout_ns >= 0 ? p->timeout_ns : PLAN_TIMEOUT_NS;
}

/* load stays empty without one. */
static void make_argv(const struct profiling *p, int run, struct strvec *engine,
		      struct strvec *load)
{
	char *dir cleanup_free = run_dir(p, run);

	{
		char *yaml cleanup_free = fs_join(dir, "falco.yaml");

		engine_argv(p->engine, yaml, p->rules, p->start_only, engine);
	}
	if (p->overlay) {
		strvec_push(engine, "-r");
		strvec_push(engine, p->overlay);
	}
	if (!p->plain) {
		strvec_push(engine, "-o");
		strvec_pushf(engine, "engine.embedded.profile=%s/" PROFILE_FILE, dir);
	} else if (p->events) {
		strvec_push(engine, "-v"); /* Falco says then how many events there were */
	}
	if (p->pids) {
		strvec_push(engine, "-o");
		strvec_pushf(engine, "engine.embedded.pids=%s", p->pids);
	}
	if (p->rules_only) {
		strvec_push(engine, "-o");
		strvec_push(engine, "engine.embedded.profile_detail=rules");
	}
	if (p->record) {
		strvec_push(engine, "-o");
		strvec_pushf(engine, "engine.embedded.record=%s", p->record);
	}
	if (p->events) {
		strvec_push(engine, "-o");
		strvec_push(engine, "engine.kind=replay");
		strvec_push(engine, "-o");
		strvec_pushf(engine, "engine.replay.capture_file=%s", p->events);
	}
	if (!p->load)
		return;
	loadproc_argv(p->load_exe, p->load,
		      p->warmup_ns + p->duration_ns + start_limit(p) + 2 * LIVE_SAMPLE_LIMIT, NULL,
		      load);
	if (p->load_scale > 0) {
		strvec_push(load, "--scale");
		strvec_pushf(load, "%g", p->load_scale);
	}
}

void profiling_commands(const struct profiling *p, int run, struct strvec *lines)
{
	struct strvec engine cleanup_strvec = STRVEC_INIT, load cleanup_strvec = STRVEC_INIT;

	make_argv(p, run, &engine, &load);
	argv_push_line(&engine, lines);
	if (load.n)
		argv_push_line(&load, lines);
}

/* An empty folder with the engine's configuration. */
static int prepare(const struct profiling *p, const char *dir, struct error *err)
{
	char *yaml cleanup_free = fs_join(dir, "falco.yaml");

	return fs_remove_tree(dir, err) || fs_mkdirs(dir, err) ||
			       fs_write_file(yaml, p->falco_yaml, strlen(p->falco_yaml), 0600, err)
		       ? -1
		       : 0;
}

/* The last line of a text, without "Error: " and the time in front. */
static void last_line(const char *text, size_t len, struct strbuf *out)
{
	struct strvec tail cleanup_strvec = STRVEC_INIT;
	const char *line;

	log_tail(text, len, 1, &tail);
	line = tail.n ? engine_log_strip_time(tail.v[0]) : "it said nothing";
	strbuf_addstr(out, strncmp(line, "Error: ", 7) ? line : line + 7);
}

/* What a message calls it. */
static const char *engine_name(const struct profiling *p)
{
	return p->engine->embedded ? "falcotune-engine" : "the engine";
}

/* The engine's exit codes are those of all programs here (base/error.h), but 1, with which it
 * refuses rules and settings as Falco does. */
static int engine_error(const struct profiling *p, int code, const char *said, struct error *err)
{
	if (code == EXIT_USAGE || code == EXIT_FINDING)
		return error_input(err, "%s: %s", engine_name(p), said);
	if (code == EXIT_INTERNAL)
		return error_internal(err, "%s: %s", engine_name(p), said);
	return error_env(err, "%s: %s", engine_name(p), said);
}

/* ---- a replay ---- */

static int wait_replay(struct process *p, struct session *s, int64_t limit_ns, struct error *err)
{
	process_wait(p, clock_mono() + limit_ns, s->signal_fd);
	if (session_interrupted(s))
		return error_env(err, "interrupted");
	if (!p->ended)
		return error_env(err,
				 "the replay did not end within %g s; --timeout gives it longer",
				 (double)limit_ns / 1e9);
	return 0;
}

static void last_count(void *arg, const struct metrics_sample *m)
{
	if (m->v[METRIC_NUM_EVTS] != METRIC_UNKNOWN)
		*(double *)arg = (double)m->v[METRIC_NUM_EVTS];
}

/* By the last line of its metrics, or by what Falco prints at the end of a capture. */
static double replayed_events(const char *dir, const char *log)
{
	static const char said[] = "Captured Events: ";
	char *file cleanup_free = fs_join(dir, LIVE_METRICS_FILE);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct metrics_tail tail;
	double n = (double)NAN;
	const char *at;

	metrics_tail_init(&tail, file, 0);
	metrics_tail_read(&tail, last_count, &n, NULL);
	metrics_tail_release(&tail);
	if (isnan(n) && !fs_read_file(log, &text, 0, NULL) && (at = strstr(text.buf, said)))
		n = strtod(at + strlen(said), NULL);
	return n > 0 ? n : (double)NAN;
}

static int replay(const struct profiling *p, const struct strvec *argv, const char *dir,
		  struct session *s, struct profiling_cost *cost, struct error *err)
{
	int64_t from = clock_mono();
	char *log cleanup_free = fs_join(dir, "engine.log");
	char *out cleanup_free = fs_join(dir, "engine.out");
	struct strbuf text cleanup_strbuf = STRBUF_INIT, said cleanup_strbuf = STRBUF_INIT;
	struct process_spec spec = {.argv = argv, .cwd = dir, .out_path = out, .err_path = log};
	struct process proc = PROCESS_INIT;
	int rc = session_start(s, LEFTOVER_ENGINE, &proc, &spec, err);

	if (!rc)
		rc = wait_replay(&proc, s, p->timeout_ns >= 0 ? p->timeout_ns : PROFILING_REPLAY_NS,
				 err);
	if (!rc && proc.status) {
		fs_read_file(log, &text, 0, NULL);
		if (WIFEXITED(proc.status))
			last_line(text.buf, text.len, &said);
		else
			process_describe_end(&proc, &said);
		rc = engine_error(p, WIFEXITED(proc.status) ? WEXITSTATUS(proc.status) : EXIT_ENV,
				  said.buf, err);
	}
	if (!rc && cost)
		*cost = (struct profiling_cost){.cpu_ns = (double)proc.cpu_ns,
						.events = replayed_events(dir, log),
						.n_evts = (double)NAN,
						.dropped = (double)NAN,
						.seconds = (double)(clock_mono() - from) / 1e9};
	process_stop(&proc, SIGINT, 2 * NS_PER_S);
	process_release(&proc);
	session_forget(s, LEFTOVER_ENGINE);
	return rc;
}

/* ---- live ---- */

static int live_error(const struct profiling *p, const struct res_repeat *r, int code,
		      struct error *err)
{
	struct strbuf said cleanup_strbuf = STRBUF_INIT;

	if (code < 0 || !r->log_tail.n)
		return error_env(err, "%s", r->reason);
	last_line(r->log_tail.v[r->log_tail.n - 1], strlen(r->log_tail.v[r->log_tail.n - 1]),
		  &said);
	return engine_error(p, code, said.buf, err);
}

static double known(int64_t v)
{
	return v == RES_UNKNOWN ? (double)NAN : (double)v;
}

static int live(const struct profiling *p, int run, const struct strvec *argv,
		const struct strvec *load, const char *dir, struct session *s,
		struct profiling_cost *cost, struct error *err)
{
	double run_s = (double)(p->warmup_ns + p->duration_ns) / 1e9 + 3;
	const struct live_spec spec = {.argv = argv,
				       .dir = dir,
				       .load = p->load ? load : NULL,
				       .warmup_ns = p->load ? p->warmup_ns : 0,
				       .duration_ns = p->duration_ns,
				       .timeout_ns = start_limit(p),
				       .set = p->set,
				       .n_cpus = p->n_cpus,
				       .case_key = "profile",
				       .hurry = true,
				       .repeat = run,
				       .repeats = p->runs,
				       .left_s = run_s * (p->runs - run + 1)};
	struct live_result res;
	struct res_repeat r;
	int rc;

	res_repeat_init(&r);
	rc = live_run(s, &spec, &r, &res, err);
	if (!rc && r.status != RES_OK)
		rc = live_error(p, &r, res.engine_exit, err);
	*cost = (struct profiling_cost){.cpu_ns = known(r.cpu_ns),
					.events = known(r.n_evts) - known(r.n_drops),
					.n_evts = known(r.n_evts),
					.dropped = known(r.n_drops),
					.seconds = (double)(r.t1_ns - r.t0_ns) / 1e9};
	res_repeat_release(&r);
	return rc;
}

static int run_engine(const struct profiling *p, int run, struct session *s,
		      struct profiling_cost *cost, struct error *err)
{
	struct strvec argv cleanup_strvec = STRVEC_INIT, load cleanup_strvec = STRVEC_INIT;
	char *dir cleanup_free = run_dir(p, run);

	make_argv(p, run, &argv, &load);
	return prepare(p, dir, err) || (p->events || p->start_only
						? replay(p, &argv, dir, s, cost, err)
						: live(p, run, &argv, &load, dir, s, cost, err))
		       ? -1
		       : 0;
}

int profiling_measure(const struct profiling *p, int run, struct session *s,
		      struct profiling_cost *out, struct error *err)
{
	if (run_engine(p, run, s, out, err))
		return -1;
	if (isnan(out->cpu_ns) || out->cpu_ns < 0)
		return error_env(err, "the engine's CPU time is not known");
	return 0;
}

int profiling_run(const struct profiling *p, int run, struct session *s, struct eprofile *out,
		  struct error *err)
{
	char *dir cleanup_free = run_dir(p, run);
	char *file cleanup_free = fs_join(dir, PROFILE_FILE);
	struct profiling_cost cost;

	if (run_engine(p, run, s, &cost, err))
		return -1;
	if (!fs_exists(file))
		return error_env(err,
				 "%s: the engine wrote no profile; its log is engine.log in "
				 "the same folder",
				 file);
	if (eprofile_read(file, out, err)) {
		err->kind = ERROR_INTERNAL;
		return -1;
	}
	return 0;
}

int profiling_cpu(const struct profiling *p, int run, struct session *s, double *ns,
		  struct error *err)
{
	struct strvec argv cleanup_strvec = STRVEC_INIT, load cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	char *dir cleanup_free = run_dir(p, run);
	char *log cleanup_free = fs_join(dir, "engine.log");
	unsigned long long events = 0;
	const char *line;
	long long cpu = 0;

	make_argv(p, run, &argv, &load);
	if (prepare(p, dir, err) || replay(p, &argv, dir, s, NULL, err) ||
	    fs_read_file(log, &text, 0, err))
		return -1;
	line = strstr(text.buf, "Replayed ");
	if (!line || sscanf(line, "Replayed %llu events in %lld ns of CPU", &events, &cpu) != 2 ||
	    !events)
		return error_env(err,
				 "%s: the engine does not say what CPU the replay took; a "
				 "recording with events is needed, and log_level info",
				 log);
	*ns = (double)cpu / (double)events;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/live_private.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "engine/logparse.h"
#include "run/canary.h"
#include "run/repeat.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

int live_fail(struct live *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	repeat_fail(l->out, fmt, ap);
	va_end(ap);
	return -1;
}

static void on_sample(void *arg, const struct metrics_sample *m)
{
	struct live *l = arg;
	struct cgroup_cpu group;
	struct res_sample *newest;
	struct proc_facts f;
	char *wrong;

	procstat_read(&l->stat, &f);
	live_samples_add(&l->samples, m, &f);
	cgroup_watch_read(&l->watch, &group);
	newest = &l->samples.v[l->samples.n - 1].s;
	newest->throttled_ns = group.throttled_ns;
	newest->nr_throttled = group.nr_throttled;
	if (!isnan(f.nice))
		l->out->nice = f.nice;
	wrong = live_samples_check(&l->samples);
	if (wrong)
		live_fail(l, "broken metrics: %s", wrong);
	free(wrong);
}

static void tell(struct live *l, const char *phase)
{
	const struct live_samples *v = &l->samples;
	struct progress p = {.kind = PROGRESS_LIVE,
			     .case_key = l->spec->case_key,
			     .phase = phase,
			     .repeat = l->spec->repeat,
			     .repeats = l->spec->repeats,
			     .part = l->part,
			     .evts_per_s = (double)NAN,
			     .drop_rate = (double)NAN,
			     .left_s = l->spec->left_s};

	if (!l->s->progress)
		return;
	if (v->n >= 2) {
		const struct res_sample *a = &v->v[v->n - 2].s, *b = &v->v[v->n - 1].s;

		p.evts_per_s = samples_rate(v, v->n - 2, v->n - 1);
		if (b->n_evts > a->n_evts)
			p.drop_rate =
				(double)(b->n_drops - a->n_drops) / (double)(b->n_evts - a->n_evts);
	}
	p.left_s -= (double)(clock_real() - l->spawned_ns) / 1e9;
	l->s->progress(l->s->progress_arg, &p);
}

/* The engine has ended by itself. */
static int engine_ended(struct live *l)
{
	struct strbuf how cleanup_strbuf = STRBUF_INIT;
	struct cgroup_memory memory;

	process_describe_end(&l->engine, &how);
	if (WIFEXITED(l->engine.status))
		l->engine_exit = WEXITSTATUS(l->engine.status);
	cgroup_memory_read(&l->s->cgroup, &memory);
	if (memory.oom_kills > 0)
		return live_fail(l, "the engine was killed at its memory limit of %s (OOM) %s",
				 UNITS_BYTES((double)l->s->limits.memory), l->phase);
	if (memory.limit_hits > 0)
		strbuf_addf(&how, " after it hit its memory limit of %s %lld times",
			    UNITS_BYTES((double)l->s->limits.memory), (long long)memory.limit_hits);
	return live_fail(l, "the engine %s %s", how.buf, l->phase);
}

static int read_all(struct live *l)
{
	struct error err = ERROR_INIT;
	bool ended = process_poll(&l->engine);

	if (metrics_tail_read(&l->tail, on_sample, l, &err))
		return live_fail(l, "%s", err.msg);
	if (l->tail.n_broken)
		return live_fail(l, "broken metrics: %s, %s", LIVE_METRICS_FILE,
				 l->tail.first_broken);
	if (l->out->reason)
		return -1;
	if (l->spec->load) {
		loadproc_read(&l->load);
		if (l->load.broken)
			return live_fail(l, "%s", l->load.broken);
	}
	return ended && !l->stopping ? engine_ended(l) : 0;
}

/* Wait until something happens or the deadline (monotonic), and take it in. */
static int step(struct live *l, int64_t deadline)
{
	struct pollfd fds[] = {{.fd = l->s->signal_fd, .events = POLLIN},
			       {.fd = l->watch_fd, .events = POLLIN},
			       {.fd = l->engine.ended ? -1 : l->engine.pidfd, .events = POLLIN},
			       {.fd = l->load.p.out_fd, .events = POLLIN}};
	int64_t until = l->s->beat_at < deadline ? l->s->beat_at : deadline;
	int64_t ms = (until - clock_mono() + NS_PER_MS - 1) / NS_PER_MS;
	char buf[4096];

	poll(fds, ARRAY_SIZE(fds), ms < 0 ? 0 : ms > 250 ? 250 : (int)ms);
	if (session_interrupted(l->s))
		return live_fail(l, "interrupted");
	while (l->watch_fd >= 0 && read(l->watch_fd, buf, sizeof(buf)) > 0)
		;
	session_beat(l->s);
	return read_all(l);
}

/* How far the wait from `from` to `to` (ns since the epoch) is, 0..1. */
static double part_done(int64_t from, int64_t to)
{
	if (to <= from)
		return 1;
	return fmin((double)(clock_real() - from) / (double)(to - from), 1);
}

int live_wait_sample(struct live *l, int64_t t_ns, size_t *at, const char *phase)
{
	int64_t last = clock_mono(), from = clock_real();
	size_t seen = l->samples.n;
	double part = l->part;

	while ((*at = live_samples_at(&l->samples, t_ns)) == l->samples.n) {
		l->part = part + (l->part_end - part) * part_done(from, t_ns);
		tell(l, phase);
		if (l->samples.n > seen) {
			last = clock_mono();
			seen = l->samples.n;
		}
		if (clock_mono() > last + LIVE_SAMPLE_LIMIT)
			return live_fail(l, "no metrics for %d s %s",
					 (int)(LIVE_SAMPLE_LIMIT / NS_PER_S), l->phase);
		if (step(l, last + LIVE_SAMPLE_LIMIT + NS_PER_MS))
			return -1;
	}
	l->part = l->part_end;
	return 0;
}

/* ---- start ---- */

int live_start_engine(struct live *l, struct error *err)
{
	char *metrics cleanup_free = fs_join(l->spec->dir, LIVE_METRICS_FILE);
	char *out cleanup_free = fs_join(l->spec->dir, "engine.out");
	struct process_spec spec = {.argv = l->spec->argv,
				    .cwd = l->spec->dir,
				    .out_path = out,
				    .err_path = l->log_path};
	int fd = open(metrics, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	/* It must be there to be watched; engines append. */
	if (fd < 0)
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be written", metrics);
	close(fd);
	l->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (l->watch_fd >= 0)
		inotify_add_watch(l->watch_fd, metrics, IN_MODIFY);
	metrics_tail_init(&l->tail, metrics, l->spec->n_cpus > 0 ? (size_t)l->spec->n_cpus : 0);
	l->spawned_ns = clock_real();
	if (session_limit(l->s, err) ||
	    session_start(l->s, LEFTOVER_ENGINE, &l->engine, &spec, err))
		return -1;
	procstat_open(&l->stat, l->engine.pid);
	cgroup_watch_open(&l->watch, "", l->engine.pid);
	return 0;
}

int live_start_load(struct live *l, struct error *err)
{
	char *log cleanup_free = fs_join(l->spec->dir, "load.log");

	if (!l->spec->load)
		return 0;
	return loadproc_start(&l->load, l->s, l->spec->load, log, err);
}

/* The first snapshot that was taken after a heartbeat and shows events that were not there before
 * it. */
static bool is_ready(struct live *l)
{
	for (size_t i = 0; i < l->samples.n; i++) {
		int64_t before = i ? l->samples.v[i - 1].s.n_evts : 0;

		if (l->samples.v[i].s.t_ns > l->spawned_ns && l->samples.v[i].s.n_evts > before) {
			l->ready = i;
			l->out->start_s = (double)(l->samples.v[i].s.t_ns - l->spawned_ns) / 1e9;
			return true;
		}
	}
	return false;
}

int live_wait_ready(struct live *l)
{
	int64_t deadline = clock_mono() + l->spec->timeout_ns;

	l->s->beat_at = 0;
	while (!is_ready(l)) {
		if (clock_mono() > deadline)
			return live_fail(
				l, "the engine counted no event within %g s of its start (%s)",
				(double)l->spec->timeout_ns / 1e9,
				l->samples.n ? "n_evts does not grow" : "no metrics");
		tell(l, "starting");
		if (step(l, deadline))
			return -1;
	}
	return 0;
}

/* ---- load ---- */

enum load_wait { LOAD_READY, LOAD_STARTED, LOAD_ENDED, LOAD_GONE };

static bool load_is(struct live *l, enum load_wait what)
{
	if (what == LOAD_GONE)
		return process_poll(&l->load.p);
	return what == LOAD_READY     ? l->load.ready
	       : what == LOAD_STARTED ? l->load.started
				      : l->load.ended;
}

static int wait_load(struct live *l, enum load_wait what)
{
	static const char *const words[] = {"get ready", "start", "end", "end"};
	int64_t deadline = clock_mono() + LIVE_LOAD_LIMIT;

	while (!load_is(l, what)) {
		struct strbuf how cleanup_strbuf = STRBUF_INIT;

		if (process_poll(&l->load.p)) {
			loadproc_read(&l->load);
			if (load_is(l, what))
				break;
			loadproc_describe(&l->load, &how);
			return live_fail(l, "%s", how.buf);
		}
		if (clock_mono() > deadline)
			return live_fail(l, "the load did not %s within %d s", words[what],
					 (int)(LIVE_LOAD_LIMIT / NS_PER_S));
		if (step(l, deadline))
			return -1;
	}
	return 0;
}

/* A load that ends before it is told to makes the window worthless. */
static int load_must_run(struct live *l)
{
	struct strbuf how cleanup_strbuf = STRBUF_INIT;

	if (!l->load.ended && !process_poll(&l->load.p))
		return 0;
	if (process_wait(&l->load.p, clock_mono() + NS_PER_S, -1))
		loadproc_describe(&l->load, &how);
	return live_fail(l, "the load ended before the window did%s%s", how.len ? ": " : "",
			 how.buf);
}

/* ---- the course of a run ---- */

/* Samples to wait at most after the load for a consumer that is behind. */
#define DRAIN_SAMPLES 5

/* Snapshots come by the engine's clock: one that is this little early will do. */
static int64_t early(int64_t ns)
{
	return ns - (ns / 10 < 50 * NS_PER_MS ? ns / 10 : 50 * NS_PER_MS);
}

/* Move the window's begin on while the event rate shows a slope. */
static int settle(struct live *l, struct live_course *c)
{
	int64_t look =
		l->spec->duration_ns < LIVE_SETTLE_NS ? l->spec->duration_ns : LIVE_SETTLE_NS;
	int64_t latest = l->samples.v[c->first].s.t_ns +
			 (l->spec->hurry ? 0 : LIVE_SETTLE * l->spec->warmup_ns);
	struct steady s;
	size_t last;

	for (;; c->first++) {
		if (live_wait_sample(l, l->samples.v[c->first].s.t_ns + early(look), &last,
				     "settling"))
			return -1;
		s = samples_steady(&l->samples, c->first, last);
		if (s.steady || l->samples.v[c->first + 1].s.t_ns > latest)
			break;
	}
	l->out->warmup_s = (double)(l->samples.v[c->first].s.t_ns - l->load.start_ns) / 1e9;
	if (!s.steady)
		l->out->not_steady = xasprintf("events/s still %s by %.0f %% a second %.1f s after "
					       "the load began",
					       s.slope < 0 ? "fell" : "rose", 100 * fabs(s.slope),
					       l->out->warmup_s);
	return 0;
}

static int measure(struct live *l, int64_t warm_end, struct live_course *c)
{
	l->phase = "in the warm-up";
	l->part_end = 0.3;
	if (live_wait_sample(l, warm_end, &c->first, "warm-up"))
		return -1;
	/* What settling looks at is the window already, unless it shows a slope. */
	l->phase = "in the measured window";
	if (l->spec->settle && settle(l, c))
		return -1;
	l->part_end = 0.9;
	return live_wait_sample(l, l->samples.v[c->first].s.t_ns + early(l->spec->duration_ns),
				&c->last, "measuring");
}

static int idle_course(struct live *l, struct live_course *c)
{
	/* The first snapshot shows the engine's own start; begin with the next one. */
	return measure(l, l->samples.v[l->ready].s.t_ns + 1, c);
}

static int64_t sent_events(const struct live *l)
{
	const struct sent_kind kind = {.enter_events = l->spec->enter_events,
				       .drop_failed_exit = l->spec->drop_failed_exit};

	return loadproc_sent(&l->load, l->spec->set, &kind);
}

/* Connects in the set, which releases without enter events count twice in n_evts. */
static int64_t doubled_events(const struct live *l)
{
	struct strvec connects = {.v = (char *[]){"connect"}, .n = 1};
	const struct sent_kind kind = {0};

	if (l->spec->enter_events || !strvec_has(l->spec->set, "connect"))
		return 0;
	return loadproc_sent(&l->load, &connects, &kind);
}

/* The load has ended, but a slow consumer may still have full buffers to read: later samples show
 * what became of their events. */
static int wait_drained(struct live *l, struct live_course *c)
{
	int64_t sent = sent_events(l), connects = doubled_events(l);

	for (int i = 0; i < DRAIN_SAMPLES && sent != RES_UNKNOWN; i++) {
		if (samples_drained(&l->samples, c->before, c->after, sent, connects))
			break;
		if (live_wait_sample(l, l->samples.v[c->after].s.t_ns + 1, &c->after, "draining"))
			return -1;
	}
	return 0;
}

int live_load_course(struct live *l, struct live_course *c)
{
	l->phase = "before the load";
	l->part_end = 0.15;
	/* In a hurry the interval in which the first events showed must do. */
	c->quiet = l->spec->hurry && l->ready ? l->ready - 1 : l->ready;
	if (wait_load(l, LOAD_READY) ||
	    live_wait_sample(l, l->samples.v[c->quiet].s.t_ns + MIN_RATE_NS, &c->before,
			     "starting"))
		return -1;
	/* Later ones may have come meanwhile. */
	c->before = l->round_from = l->samples.n - 1;
	loadproc_go(&l->load);
	if (wait_load(l, LOAD_STARTED) ||
	    measure(l, l->load.start_ns + early(l->spec->warmup_ns), c) || load_must_run(l))
		return -1;
	l->phase = "after the load";
	l->part_end = 1;
	loadproc_ask_end(&l->load);
	if (wait_load(l, LOAD_ENDED) || wait_load(l, LOAD_GONE) ||
	    live_wait_sample(l, l->load.end_ns + NS_PER_MS, &c->after, "stopping") ||
	    wait_drained(l, c))
		return -1;
	c->has_after = true;
	c->rest = c->after;
	if (l->spec->quiet_after &&
	    live_wait_sample(l, l->samples.v[c->after].s.t_ns + MIN_RATE_NS, &c->rest, "stopping"))
		return -1;
	return 0;
}

void live_stop_engine(struct live *l)
{
	int64_t grace = l->s->caught ? 2 * NS_PER_S : LIVE_STOP_LIMIT;
	struct cgroup_memory memory;

	l->stopping = true;
	if (process_stop(&l->engine, SIGINT, grace) && !l->s->caught)
		live_fail(l, "the engine did not end within %d s of SIGINT and was killed",
			  (int)(grace / NS_PER_S));
	session_forget(l->s, LEFTOVER_ENGINE);
	cgroup_memory_read(&l->s->cgroup, &memory);
	l->out->memory_peak = memory.peak;
	l->out->oom_kills = memory.oom_kills;
	session_unlimit(l->s);
	if (!l->out->reason)
		read_all(l); /* a broken line may stand at the end */
}

void live_read_log(struct live *l)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct engine_log log;

	if (fs_read_file(l->log_path, &text, 0, NULL))
		return;
	engine_log_init(&log);
	engine_log_text(&log, text.buf, text.len);
	l->out->buffer_bytes = log.buffer_bytes;
	l->out->cpus_per_buffer = log.cpus_per_buffer;
	l->out->output_timeouts = (int64_t)log.output_timeouts;
	if (l->out->reason)
		log_tail(text.buf, text.len, LIVE_LOG_TAIL, &l->out->log_tail);
	engine_log_release(&log);
}

/* After the engine's end: its outputs are written out then. */
static void count_canaries(struct live *l)
{
	char *alerts cleanup_free = fs_join(l->spec->dir, LIVE_ALERTS_FILE);

	l->out->canary_sent = loadproc_canaries(&l->load);
	l->out->canary_seen = canary_count(alerts, l->spec->canary);
}

/* What was sent against what was counted, with the background of before and after. */
static void reconcile_load(struct live *l, const struct live_course *c, struct live_result *res)
{
	struct background own = {0};
	struct reconcile_input in = {.sent = sent_events(l),
				     .uncounted = doubled_events(l),
				     .own = &own,
				     .all = l->spec->background};

	background_add(&own, &l->samples, c->quiet, c->before);
	if (c->has_after)
		background_add(&own, &l->samples, c->after, c->rest);
	res->background_per_s = background_rate(&own);
	if (l->spec->background)
		background_join(l->spec->background, &own);
	if (!own.n && in.all)
		in.own = in.all;
	if (c->has_after)
		reconcile(l->out, &l->samples, c->before, c->after, &in);
}

void live_fill(struct live *l, const struct live_course *c, struct live_result *res)
{
	l->out->status = RES_OK;
	window_fill(l->out, &l->samples, c->first, c->last, l->spec->n_cpus);
	if (!l->spec->load)
		return;
	loadproc_workers(&l->load, l->out->t0_ns, l->out->t1_ns, l->out);
	reconcile_load(l, c, res);
	if (l->spec->canary)
		count_canaries(l);
}

void live_save_load_report(struct live *l)
{
	char *path cleanup_free = fs_join(l->spec->dir, "load.jsonl");

	if (l->load.text.len)
		fs_write_file(path, l->load.text.buf, l->load.text.len, 0644, NULL);
}

void live_init(struct live *l, struct session *s, const struct live_spec *spec,
	       struct res_repeat *out)
{
	*l = (struct live){.s = s,
			   .spec = spec,
			   .out = out,
			   .engine = PROCESS_INIT,
			   .stat = PROCSTAT_INIT,
			   .watch = CGROUP_WATCH_INIT,
			   .load = LOADPROC_INIT,
			   .watch_fd = -1,
			   .phase = "before its first event",
			   .engine_exit = -1};
	l->tail = (struct metrics_tail){.fd = -1, .partial = STRBUF_INIT};
	l->log_path = fs_join(spec->dir, "engine.log");
}

void live_release(struct live *l)
{
	loadproc_release(&l->load);
	process_release(&l->engine);
	procstat_release(&l->stat);
	cgroup_watch_release(&l->watch);
	metrics_tail_release(&l->tail);
	live_samples_release(&l->samples);
	if (l->watch_fd >= 0)
		close(l->watch_fd);
	free(l->log_path);
}

int live_run(struct session *s, const struct live_spec *spec, struct res_repeat *out,
	     struct live_result *res, struct error *err)
{
	struct live_course c = {0};
	struct error why = ERROR_INIT;
	struct live l;
	int rc = 0;

	live_init(&l, s, spec, out);
	*res = (struct live_result){.background_per_s = (double)NAN, .engine_exit = -1};
	if (live_start_engine(&l, &why) || live_start_load(&l, &why))
		live_fail(&l, "%s", why.msg);
	else if (!live_wait_ready(&l))
		(void)(spec->load ? live_load_course(&l, &c) : idle_course(&l, &c));
	loadproc_stop(&l.load, s);
	live_save_load_report(&l);
	live_stop_engine(&l);
	if (!rc && s->caught)
		rc = error_env(err, "interrupted");
	if (!rc && !out->reason)
		live_fill(&l, &c, res);
	if (!rc)
		live_read_log(&l);
	res->engine_exit = l.engine_exit;
	live_release(&l);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "load/report.h"

#include "load/replay.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WRITE_LIMIT_MS 10000

static int64_t epoch_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* ---- writing ---- */

/* A pipe that polls writable takes PIPE_BUF bytes without blocking. */
static int put(struct load_report *r, const char *data, size_t len, struct error *err)
{
	while (len) {
		struct pollfd p = {.fd = r->fd, .events = POLLOUT};
		int ready = poll(&p, 1, WRITE_LIMIT_MS);
		ssize_t n;

		r->polls++;
		if (ready < 0 && errno == EINTR)
			continue;
		if (!ready)
			return error_env(err, "the report has not been read for %d s",
					 WRITE_LIMIT_MS / 1000);
		n = write(r->fd, data, len < PIPE_BUF ? len : PIPE_BUF);
		r->writes++;
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return error_sys(err, ERROR_ENV, errno, "the report cannot be written");
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int put_json(struct load_report *r, json_t *record, struct error *err)
{
	char *text cleanup_free = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(12));
	struct strbuf line cleanup_strbuf = STRBUF_INIT;

	json_decref(record);
	if (!text)
		return error_internal(err, "a record of the report is not valid JSON");
	strbuf_addf(&line, "%s\n", text);
	return put(r, line.buf, line.len, err);
}

static json_t *record(const char *type)
{
	return json_pack("{ss sI}", "type", type, "t", (json_int_t)epoch_now());
}

/* ---- pieces ---- */

static json_t *seconds(int64_t ns)
{
	return json_real((double)ns / 1e9);
}

/* Mean that the pattern asks for over the first `active` ns of a worker. */
static json_t *requested(const struct load_worker *w, int64_t active)
{
	double s = (double)active / 1e9;

	if (!w->arrival.kind)
		return json_null();
	return json_real(active > 0 ? arrival_count(&w->arrival, 0, s) / s
				    : arrival_mean(&w->arrival));
}

static json_t *due(const struct load_worker *w, int64_t active)
{
	return w->arrival.kind ? json_real(arrival_count(&w->arrival, 0, (double)active / 1e9))
			       : json_null();
}

/* How long a worker has been active by the moment `now`. */
static int64_t active_by(const struct load_state *s, const struct load_worker *w, int64_t now)
{
	int64_t t = now - s->start;

	if (s->duration_ns && t > s->duration_ns)
		t = s->duration_ns;
	t -= w->after_ns;
	if (w->duration_ns >= 0 && t > w->duration_ns)
		t = w->duration_ns;
	return t > 0 ? t : 0;
}

static const char *operation(const struct load_worker *w)
{
	return w->op ? w->op->name : "exec";
}

static json_t *times(const struct hist *h)
{
	if (!h->n)
		return json_null();
	return json_pack("{so so so sI so}", "p50", jvalue_real(hist_quantile(h, 0.5)), "p90",
			 jvalue_real(hist_quantile(h, 0.9)), "p99",
			 jvalue_real(hist_quantile(h, 0.99)), "max", (json_int_t)h->max, "mean",
			 jvalue_real(hist_mean(h)));
}

static void add_to(json_t *counts, const char *name, uint64_t n)
{
	json_t *old = json_object_get(counts, name);

	if (n)
		json_object_set_new(counts, name,
				    json_integer(json_integer_value(old) + (json_int_t)n));
}

static void add_all(json_t *counts, json_t *more)
{
	const char *name;
	json_t *n;

	json_object_foreach(more, name, n) add_to(counts, name, (uint64_t)json_integer_value(n));
}

/* ---- records ---- */

int load_report_ready(struct load_report *r, const struct load_state *s, struct error *err)
{
	json_t *rec = record("ready");

	json_object_set_new(rec, "pid", json_integer(getpid()));
	json_object_set_new(rec, "profile", json_string(s->profile->id));
	json_object_set_new(rec, "duration_s",
			    s->duration_ns ? seconds(s->duration_ns) : json_null());
	json_object_set_new(rec, "dir", json_string(s->dir));
	return put_json(r, rec, err);
}

int load_report_start(struct load_report *r, struct error *err)
{
	int rc = put_json(r, record("start"), err);

	r->writes = r->polls = r->waits = 0;
	return rc;
}

static json_t *tick_worker(struct load_crew *crew, struct load_program *program, int64_t active)
{
	const struct load_worker *w = crew->worker;
	struct load_totals t = load_crew_totals(crew, true);
	json_t *o = json_pack("{ss ss so so}", "name", w->name, "operation", operation(w),
			      "requested_per_s", requested(w, active), "due", due(w, active));

	json_object_set_new(o, "ops", w->op ? json_integer((json_int_t)t.ops) : json_null());
	json_object_set_new(
		o, "errors",
		json_integer(w->op ? (json_int_t)t.errors : load_program_failed(program)));
	json_object_set_new(o, "lag_ns", w->arrival.kind ? json_integer(t.lag) : json_null());
	if (w->throughput)
		json_object_set_new(o, "said_per_s", jvalue_real(load_program_said(program).last));
	return o;
}

int load_report_tick(struct load_report *r, const struct load_state *s, struct error *err)
{
	json_t *rec = record("tick"), *workers = json_array();
	int64_t now = load_now();

	json_object_set_new(rec, "elapsed_s", seconds(now - s->start));
	for (size_t i = 0; i < s->profile->n; i++)
		json_array_append_new(workers,
				      tick_worker(&s->crews[i], &s->programs[i],
						  active_by(s, &s->profile->workers[i], now)));
	json_object_set_new(rec, "workers", workers);
	return put_json(r, rec, err);
}

/* Sums over a crew's threads that only hold at the end. */
struct crew_sum {
	struct hist service, response;
	uint64_t extra[LOAD_TRUTH_MAX];
	int64_t active;
};

static void sum_crew(const struct load_crew *crew, struct crew_sum *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned i = 0; i < crew->n; i++) {
		const struct load_thread *t = &crew->threads[i];

		hist_merge(&sum->service, &t->service);
		hist_merge(&sum->response, &t->response);
		for (unsigned j = 0; j < LOAD_TRUTH_MAX; j++)
			sum->extra[j] += t->ctx.extra[j];
		if (t->until - t->begin > sum->active)
			sum->active = t->until - t->begin;
	}
}

static void add_failing(json_t *failing, const struct load_op *op, uint64_t ops)
{
	for (const struct load_truth *t = op->failing; t->syscall; t++)
		add_to(failing, t->syscall, t->per_op * ops);
}

/* What a replay leaves out and adds: calls that are off by more than a thousandth of all. */
static json_t *replay(const struct load_replay *r)
{
	json_t *o, *calls = json_object();

	if (!r) {
		json_decref(calls);
		return json_null();
	}
	for (size_t i = 0; i < r->n_calls; i++) {
		const struct replay_call *c = &r->calls[i];

		if (fabs(c->asked - c->made) > 0.001 * r->asked)
			json_object_set_new(calls, c->syscall,
					    json_pack("{sf sf}", "asked_per_s", c->asked,
						      "made_per_s", c->made));
	}
	o = json_pack("{so so sf sf sf sf sf}", "file", utf8_json(r->file), "hostname",
		      utf8_json(r->hostname), "scale", r->scale, "asked_per_s", r->asked,
		      "made_per_s", r->made, "missing_share", r->missing, "extra_share", r->extra);
	json_object_set_new(o, "differences", calls);
	return o;
}

static void end_syscalls(json_t *o, const struct load_truth *rows, const struct crew_sum *sum,
			 uint64_t ops, json_t *totals)
{
	json_t *per_op = json_object(), *all = json_object();

	for (unsigned i = 0; rows[i].syscall; i++) {
		add_to(per_op, rows[i].syscall, rows[i].per_op);
		add_to(all, rows[i].syscall, rows[i].per_op * ops + sum->extra[i]);
	}
	add_all(totals, all);
	json_object_set_new(o, "syscalls_per_op", per_op);
	json_object_set_new(o, "syscalls", all);
}

static void end_paced(json_t *o, struct load_crew *crew, json_t *totals)
{
	struct crew_sum *sum cleanup_free = xmalloc(sizeof(*sum));
	struct load_totals t = load_crew_totals(crew, false);
	const struct load_worker *w = crew->worker;

	sum_crew(crew, sum);
	json_object_set_new(o, "threads", json_integer(w->threads));
	json_object_set_new(o, "arrival",
			    json_string(w->arrival.kind ? w->arrival.kind->name : "unpaced"));
	json_object_set_new(o, "active_s", seconds(sum->active));
	json_object_set_new(o, "requested_per_s", requested(w, sum->active));
	json_object_set_new(o, "due", due(w, sum->active));
	json_object_set_new(o, "achieved_per_s",
			    jvalue_real((double)t.ops / ((double)sum->active / 1e9)));
	json_object_set_new(o, "ops", json_integer((json_int_t)t.ops));
	json_object_set_new(o, "errors", json_integer((json_int_t)t.errors));
	json_object_set_new(o, "lag_ns_max", w->arrival.kind ? json_integer(t.lag) : json_null());
	json_object_set_new(o, "service_ns", times(&sum->service));
	json_object_set_new(o, "response_ns", times(&sum->response));
	end_syscalls(o, crew->truth, sum, t.ops, totals);
}

static json_t *exit_of(const struct load_program *p)
{
	if (!p->ended)
		return json_null();
	return WIFSIGNALED(p->status) ? json_pack("{si}", "signal", WTERMSIG(p->status))
				      : json_pack("{si}", "status", WEXITSTATUS(p->status));
}

/* The program's own word for its rate. */
static void end_said(json_t *o, struct load_program *p)
{
	struct said_value v = load_program_said(p);

	json_object_set_new(o, "achieved_per_s", jvalue_real(v.mean));
	json_object_set_new(o, "unit", json_string(p->worker->unit));
	json_object_set_new(o, "said",
			    json_pack("{sI so so sI}", "n", (json_int_t)v.n, "last",
				      jvalue_real(v.last), "mean", jvalue_real(v.mean),
				      "unreadable", (json_int_t)v.unreadable));
}

static void end_exec(json_t *o, struct load_program *p)
{
	static const char *const unknown[] = {
		"threads",	   "arrival",  "active_s",   "requested_per_s", "due",
		"achieved_per_s",  "ops",      "lag_ns_max", "service_ns",	"response_ns",
		"syscalls_per_op", "syscalls",
	};
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		json_object_set_new(o, unknown[i], json_null());
	json_object_set_new(o, "argv", utf8_json_list(&p->worker->argv));
	json_object_set_new(o, "errors", json_integer(load_program_failed(p)));
	json_object_set_new(o, "exit", exit_of(p));
	if (p->worker->throughput)
		end_said(o, p);
}

static json_t *overhead(const struct load_report *r, const struct load_state *s)
{
	json_t *o = json_object();

	for (size_t i = 0; i < s->profile->n; i++)
		add_to(o, "clock_nanosleep", load_crew_totals(&s->crews[i], false).sleeps);
	add_to(o, "write", r->writes);
	add_to(o, "poll", r->polls);
	add_to(o, "rt_sigtimedwait", r->waits);
	return o;
}

int load_report_end(struct load_report *r, const struct load_state *s, struct error *err)
{
	json_t *rec = record("end"), *workers = json_array(), *totals = json_object();
	json_t *own = overhead(r, s), *failing = json_object();
	bool known = true;

	json_object_set_new(rec, "elapsed_s", seconds(s->stop - s->start));
	json_object_set_new(rec, "profile", json_string(s->profile->id));
	json_object_set_new(rec, "seed", json_integer(s->seed));
	json_object_set_new(rec, "scale", json_real(s->scale));
	json_object_set_new(rec, "reason", json_string(s->reason));
	for (size_t i = 0; i < s->profile->n; i++) {
		const struct load_worker *w = &s->profile->workers[i];
		json_t *o = json_pack("{ss ss so}", "name", w->name, "operation", operation(w),
				      "after_s", seconds(w->after_ns));

		if (w->op) {
			end_paced(o, &s->crews[i], totals);
			add_failing(failing, w->op, load_crew_totals(&s->crews[i], false).ops);
		} else {
			end_exec(o, &s->programs[i]);
		}
		known &= w->op != NULL;
		json_array_append_new(workers, o);
	}
	add_all(totals, own);
	json_object_set_new(rec, "truth", json_string(known ? "known" : "unknown"));
	json_object_set_new(rec, "workers", workers);
	json_object_set_new(rec, "syscalls", totals);
	json_object_set_new(rec, "failing", failing);
	json_object_set_new(rec, "overhead", own);
	json_object_set_new(rec, "replay", replay(s->profile->replay));
	return put_json(r, rec, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/loadproc.h"

#include "base/fs.h"
#include "base/mem.h"
#include "engine/logparse.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define STOP_NS	      (2 * NS_PER_S)
#define TICK_INTERVAL "500ms"

void loadproc_argv(const char *exe, const char *profile, int64_t duration_ns, const char *canary,
		   struct strvec *argv)
{
	strvec_push(argv, exe);
	strvec_push(argv, "--profile");
	strvec_push(argv, profile);
	strvec_push(argv, "--duration");
	strvec_pushf(argv, "%lldms", (long long)(duration_ns / NS_PER_MS));
	strvec_push(argv, "--interval");
	strvec_push(argv, TICK_INTERVAL);
	strvec_push(argv, "--report");
	strvec_push(argv, "-");
	strvec_push(argv, "--wait-start");
	if (canary) {
		strvec_push(argv, "--canary");
		strvec_push(argv, canary);
	}
}

int loadproc_start(struct loadproc *l, struct session *s, const struct strvec *argv,
		   const char *log_path, struct error *err)
{
	struct process_spec spec = {.argv = argv, .err_path = log_path, .pipe_out = true};

	l->log_path = xstrdup(log_path);
	if (session_start(s, LEFTOVER_LOAD, &l->p, &spec, err))
		return -1;
	fcntl(l->p.out_fd, F_SETFL, O_NONBLOCK);
	return 0;
}

static int64_t whole(const json_t *o, const char *name)
{
	const json_t *j = json_object_get(o, name);

	return json_is_integer(j) ? json_integer_value(j) : RES_UNKNOWN;
}

static double real(const json_t *o, const char *name)
{
	const json_t *j = json_object_get(o, name);

	return json_is_number(j) ? json_number_value(j) : (double)NAN;
}

static struct load_tick *add_tick(struct loadproc *l, int64_t t_ns)
{
	struct load_tick *t;

	ALLOC_GROW(l->ticks, l->n_ticks, l->alloc_ticks);
	t = &l->ticks[l->n_ticks++];
	t->t_ns = t_ns;
	t->ops = xcalloc(l->n_workers + 1, sizeof(*t->ops));
	t->errors = xcalloc(l->n_workers + 1, sizeof(*t->errors));
	t->due = xcalloc(l->n_workers + 1, sizeof(*t->due));
	return t;
}

/* tick and end records carry the workers' cumulative counts alike. */
static void take_tick(struct loadproc *l, const json_t *doc, int64_t t_ns)
{
	const json_t *workers = json_object_get(doc, "workers");
	struct load_tick *t;

	if (!l->n_ticks) {
		l->n_workers = json_array_size(workers);
		add_tick(l, l->start_ns);
	}
	if (json_array_size(workers) != l->n_workers || t_ns <= l->ticks[l->n_ticks - 1].t_ns)
		return;
	t = add_tick(l, t_ns);
	for (size_t i = 0; i < l->n_workers; i++) {
		t->ops[i] = whole(json_array_get(workers, i), "ops");
		t->errors[i] = whole(json_array_get(workers, i), "errors");
		t->due[i] = real(json_array_get(workers, i), "due");
	}
}

void loadproc_line(struct loadproc *l, const char *line, size_t len)
{
	json_error_t je;
	json_t *doc = json_loadb(line, len, 0, &je);
	const char *type = json_string_value(json_object_get(doc, "type"));
	int64_t t = whole(doc, "t");

	if (!type || t <= 0) {
		if (!l->broken)
			l->broken = xasprintf("the load wrote a line that is no record: %.80s",
					      doc ? "no type or t" : je.text);
	} else if (!strcmp(type, "ready")) {
		const char *dir = json_string_value(json_object_get(doc, "dir"));

		l->ready = true;
		free(l->dir);
		l->dir = dir ? xstrdup(dir) : NULL;
	} else if (!strcmp(type, "start")) {
		l->started = true;
		l->start_ns = t;
	} else if (!strcmp(type, "tick")) {
		take_tick(l, doc, t);
	} else if (!strcmp(type, "end")) {
		take_tick(l, doc, t);
		l->ended = true;
		l->end_ns = t;
		json_decref(l->end);
		l->end = json_incref(doc);
	}
	json_decref(doc);
}

static void take_lines(struct loadproc *l)
{
	char *from = l->partial.buf, *nl;
	size_t left = l->partial.len;

	while ((nl = memchr(from, '\n', left))) {
		loadproc_line(l, from, (size_t)(nl - from));
		left -= (size_t)(nl + 1 - from);
		from = nl + 1;
	}
	if (from != l->partial.buf) {
		memmove(l->partial.buf, from, left);
		strbuf_setlen(&l->partial, left);
	}
}

void loadproc_read(struct loadproc *l)
{
	char buf[16384];
	ssize_t n;

	while (l->p.out_fd >= 0) {
		n = read(l->p.out_fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			/* At its end the descriptor would wake every poll. */
			if (n == 0) {
				close(l->p.out_fd);
				l->p.out_fd = -1;
			}
			break;
		}
		strbuf_add(&l->partial, buf, (size_t)n);
		strbuf_add(&l->text, buf, (size_t)n);
	}
	take_lines(l);
}

void loadproc_go(struct loadproc *l)
{
	if (!process_poll(&l->p))
		kill(l->p.pid, SIGUSR1);
}

void loadproc_ask_end(struct loadproc *l)
{
	if (!process_poll(&l->p))
		kill(l->p.pid, SIGINT);
}

void loadproc_describe(const struct loadproc *l, struct strbuf *out)
{
	struct strbuf log cleanup_strbuf = STRBUF_INIT;
	struct strvec tail cleanup_strvec = STRVEC_INIT;

	strbuf_addstr(out, "the load ");
	process_describe_end(&l->p, out);
	if (!fs_read_file(l->log_path, &log, 0, NULL))
		log_tail(log.buf, log.len, 1, &tail);
	if (tail.n)
		strbuf_addf(out, ": %s", tail.v[0]);
}

enum tick_count { TICK_OPS, TICK_ERRORS, TICK_DUE };

static double count_of(const struct load_tick *t, size_t w, enum tick_count what)
{
	const int64_t *v = what == TICK_OPS ? t->ops : t->errors;

	if (what == TICK_DUE)
		return t->due[w];
	return v[w] < 0 ? (double)NAN : (double)v[w];
}

/* A count of worker w at time t, linear between ticks; NaN when unknown. */
static double count_at(const struct loadproc *l, size_t w, int64_t t, enum tick_count what)
{
	for (size_t i = 1; i < l->n_ticks; i++) {
		const struct load_tick *a = &l->ticks[i - 1], *b = &l->ticks[i];
		double x = count_of(a, w, what), y = count_of(b, w, what);

		if (t > b->t_ns && i + 1 < l->n_ticks)
			continue;
		if (t <= a->t_ns)
			return x;
		if (t >= b->t_ns)
			return y;
		return x + (y - x) * (double)(t - a->t_ns) / (double)(b->t_ns - a->t_ns);
	}
	return (double)NAN;
}

static double count_in(const struct loadproc *l, size_t w, int64_t t0, int64_t t1,
		       enum tick_count what)
{
	return count_at(l, w, t1, what) - count_at(l, w, t0, what);
}

/* What the pattern asked for within the window; a constant rate is that rate. */
static double requested_in(const struct loadproc *l, size_t i, int64_t t0, int64_t t1,
			   const json_t *o)
{
	const char *arrival = json_string_value(json_object_get(o, "arrival"));
	double due = count_in(l, i, t0, t1, TICK_DUE);

	if (isnan(due) || t1 <= t0 || !arrival || !strcmp(arrival, "constant"))
		return real(o, "requested_per_s");
	return due / ((double)(t1 - t0) / (double)NS_PER_S);
}

static char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return xstrdup(s ? s : "?");
}

static char *maybe_text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? xstrdup(s) : NULL;
}

static void one_worker(const struct loadproc *l, size_t i, int64_t t0, int64_t t1,
		       struct res_worker *w)
{
	const json_t *o = json_array_get(json_object_get(l->end, "workers"), i);
	const json_t *service = json_object_get(o, "service_ns");
	const json_t *response = json_object_get(o, "response_ns");
	double ops = count_in(l, i, t0, t1, TICK_OPS);
	double errors = count_in(l, i, t0, t1, TICK_ERRORS);

	w->name = text_of(o, "name");
	w->operation = text_of(o, "operation");
	w->requested_per_s = requested_in(l, i, t0, t1, o);
	w->ops = isnan(ops) ? RES_UNKNOWN : (int64_t)llround(ops);
	w->errors = isnan(errors) ? RES_UNKNOWN : (int64_t)llround(errors);
	w->arrival = maybe_text(o, "arrival");
	w->unit = maybe_text(o, "unit");
	w->achieved_per_s = t1 > t0 ? ops / ((double)(t1 - t0) / (double)NS_PER_S) : (double)NAN;
	if (w->unit)
		w->achieved_per_s = real(o, "achieved_per_s");
	w->service_p50_ns = real(service, "p50");
	w->service_p99_ns = real(service, "p99");
	w->response_p99_ns = real(response, "p99");
}

void loadproc_workers(const struct loadproc *l, int64_t t0, int64_t t1, struct res_repeat *r)
{
	size_t n = json_array_size(json_object_get(l->end, "workers"));

	if (!l->end || n != l->n_workers)
		return;
	r->workers = xcalloc(n + 1, sizeof(*r->workers));
	r->n_workers = n;
	for (size_t i = 0; i < n; i++)
		one_worker(l, i, t0, t1, &r->workers[i]);
}

int64_t loadproc_canaries(const struct loadproc *l)
{
	const json_t *workers = json_object_get(l->end, "workers"), *w;
	int64_t sum = RES_UNKNOWN;
	size_t i;

	json_array_foreach(workers, i, w)
	{
		const char *op = json_string_value(json_object_get(w, "operation"));

		if (op && !strcmp(op, "canary"))
			sum = (sum == RES_UNKNOWN ? 0 : sum) + whole(w, "ops");
	}
	return sum;
}

/* Enter events of a call that made so many exit events: a process that is made returns twice and
 * was asked for once, and the end of a process is no call. */
static int64_t enters(const char *call, int64_t exits)
{
	static const char *const twice[] = {"clone", "clone3", "fork", "vfork"};

	for (size_t i = 0; i < ARRAY_SIZE(twice); i++)
		if (!strcmp(call, twice[i]))
			return exits / 2;
	return strcmp(call, "procexit") ? exits : 0;
}

int64_t loadproc_sent(const struct loadproc *l, const struct strvec *set,
		      const struct sent_kind *kind)
{
	json_t *calls = json_object_get(l->end, "syscalls"), *v;
	json_t *failing = json_object_get(l->end, "failing");
	const char *truth = json_string_value(json_object_get(l->end, "truth")), *name;
	int64_t sum = 0;

	if (!json_is_object(calls) || (truth && strcmp(truth, "known")))
		return RES_UNKNOWN;
	json_object_foreach(calls, name, v)
	{
		if (!json_is_integer(v))
			return RES_UNKNOWN;
		if (!strvec_has(set, name))
			continue;
		sum += json_integer_value(v);
		if (kind->enter_events)
			sum += enters(name, json_integer_value(v));
		if (kind->drop_failed_exit)
			sum -= json_integer_value(json_object_get(failing, name));
	}
	return sum;
}

void loadproc_stop(struct loadproc *l, struct session *s)
{
	if (l->p.pid <= 0)
		return;
	process_stop(&l->p, SIGINT, STOP_NS);
	loadproc_read(l);
	/* It removes its folder itself unless it had to be killed. */
	if (l->dir && strstr(l->dir, "/falcotune-load."))
		fs_remove_tree(l->dir, NULL);
	session_forget(s, LEFTOVER_LOAD);
}

void loadproc_release(struct loadproc *l)
{
	process_release(&l->p);
	for (size_t i = 0; i < l->n_ticks; i++) {
		free(l->ticks[i].ops);
		free(l->ticks[i].errors);
		free(l->ticks[i].due);
	}
	free(l->ticks);
	json_decref(l->end);
	strbuf_release(&l->partial);
	strbuf_release(&l->text);
	free(l->dir);
	free(l->broken);
	free(l->log_path);
	*l = (struct loadproc)LOADPROC_INIT;
}

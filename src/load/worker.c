/* SPDX-License-Identifier: Apache-2.0 */
#include "load/worker.h"

#include "base/mem.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

/* ---- the gate ---- */

void load_gate_init(struct load_gate *g)
{
	*g = (struct load_gate){.phase = PHASE_SETUP};
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->changed, NULL);
	atomic_init(&g->stop, false);
}

void load_gate_release(struct load_gate *g)
{
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->changed);
}

int load_gate_wait_ready(struct load_gate *g, unsigned threads, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&g->lock);
	while (g->ready < threads)
		pthread_cond_wait(&g->changed, &g->lock);
	if (g->err.kind) {
		if (err)
			*err = g->err;
		rc = -1;
	}
	pthread_mutex_unlock(&g->lock);
	return rc;
}

void load_gate_open(struct load_gate *g, enum load_phase phase)
{
	pthread_mutex_lock(&g->lock);
	g->phase = phase;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
}

unsigned load_gate_finished(struct load_gate *g)
{
	unsigned n;

	pthread_mutex_lock(&g->lock);
	n = g->finished;
	pthread_mutex_unlock(&g->lock);
	return n;
}

static enum load_phase gate_ready(struct load_gate *g, const struct error *err)
{
	enum load_phase phase;

	pthread_mutex_lock(&g->lock);
	g->ready++;
	if (err->kind && !g->err.kind)
		g->err = *err;
	pthread_cond_broadcast(&g->changed);
	while (g->phase == PHASE_SETUP)
		pthread_cond_wait(&g->changed, &g->lock);
	phase = g->phase;
	pthread_mutex_unlock(&g->lock);
	return phase;
}

static void gate_finished(struct load_thread *t)
{
	struct load_gate *g = t->gate;

	pthread_mutex_lock(&g->lock);
	g->finished++;
	t->done = true;
	while (g->phase != PHASE_EXIT)
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

/* ---- running ---- */

/* Taking the time may cost this share of an operation's own; see block_size(). */
#define CLOCK_SHARE 0.0025
#define BLOCK_MAX   256

/* What one reading of the clock costs, at best, in nanoseconds. */
static double clock_cost(void)
{
	int64_t best = 1000, a = load_now();

	for (int i = 0; i < 64; i++) {
		int64_t b = load_now();

		if (b - a < best)
			best = b - a;
		a = b;
	}
	return best > 0 ? (double)best : 1;
}

/* Operations for each one that is timed, when they run back to back: two readings of the clock
 * must not weigh more than CLOCK_SHARE of the block. */
static unsigned block_size(double clock_ns, int64_t fastest_op)
{
	double n = 2 * clock_ns / CLOCK_SHARE / (double)(fastest_op > 0 ? fastest_op : 1);

	return n < 1 ? 1 : n > BLOCK_MAX ? BLOCK_MAX : (unsigned)n + 1;
}

static void sleep_until(struct load_thread *t, int64_t until)
{
	struct timespec ts = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};

	atomic_store_explicit(&t->sleeping, true, memory_order_relaxed);
	if (!atomic_load_explicit(&t->gate->stop, memory_order_relaxed))
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	atomic_store_explicit(&t->sleeping, false, memory_order_relaxed);
	atomic_store_explicit(&t->sleeps, t->sleeps + 1, memory_order_relaxed);
}

static void note_lag(struct load_thread *t, int64_t lag)
{
	if (lag > t->lag_max)
		t->lag_max = lag;
	if (lag > atomic_load_explicit(&t->lag, memory_order_relaxed))
		atomic_store_explicit(&t->lag, lag, memory_order_relaxed);
}

/* One operation on the clock, started at `now`; returns when it ended. */
static int64_t run_timed(struct load_thread *t, int64_t now, unsigned *ok, int64_t *service)
{
	const struct load_op *op = t->worker->op;
	int64_t end;

	*ok = op->timed ? op->timed(&t->ctx) : op->run(&t->ctx, 1);
	end = load_now();
	*service = op->timed ? t->ctx.side_ns : end - now;
	return end;
}

/* n operations, the first of them timed and standing for all; returns the time afterwards. */
static int64_t run_block(struct load_thread *t, struct pace *p, int64_t now, unsigned n,
			 int64_t *fastest)
{
	unsigned ok, good;
	int64_t service, end = run_timed(t, now, &good, &service);

	ok = good;
	if (n > 1)
		ok += t->worker->op->run(&t->ctx, n - 1);
	atomic_store_explicit(&t->ops, t->ops + ok, memory_order_relaxed);
	if (ok < n)
		atomic_store_explicit(&t->errors, t->errors + (n - ok), memory_order_relaxed);
	if (good) {
		hist_add(&t->service, service, n);
		if (pace_is_paced(p))
			hist_add(&t->response, end - p->next, n);
	}
	if (end - now < *fastest)
		*fastest = end - now;
	if (pace_is_paced(p))
		note_lag(t, now - p->next);
	pace_advance(p, n);
	return n > 1 ? load_now() : end;
}

static int64_t worker_end(const struct load_worker *w, int64_t begin, int64_t load_end)
{
	int64_t end = begin + w->duration_ns;

	return w->duration_ns < 0 || end > load_end ? load_end : end;
}

static void drive(struct load_thread *t)
{
	const struct load_worker *w = t->worker;
	double clock_ns = clock_cost();
	int64_t fastest = INT64_MAX, now = load_now(), until;
	bool stopped = true;
	struct pace p;

	t->begin = t->gate->start + w->after_ns;
	pace_init(&p, &w->arrival, &t->slot, t->begin, worker_end(w, t->begin, t->gate->end));
	while (!atomic_load_explicit(&t->gate->stop, memory_order_relaxed)) {
		enum pace_verdict v = pace_decide(&p, now, &until);

		if (v == PACE_DONE) {
			stopped = false;
			break;
		}
		if (v == PACE_SLEEP) {
			sleep_until(t, until);
			now = load_now();
			continue;
		}
		now = run_block(t, &p, now, pace_batch(&p, now, block_size(clock_ns, fastest)),
				&fastest);
	}
	/* A schedule that is complete lasted until its end, though the last operation was before.
	 */
	t->until = !stopped && now < p.end ? p.end : now;
}

static void *thread_main(void *arg)
{
	struct load_thread *t = arg;
	struct error err = ERROR_INIT;

	/* Both are for speed and precision only; where they are refused, so be it. */
	(void)unshare(CLONE_FILES);
	prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	if (t->worker->op->setup && t->worker->op->setup(&t->ctx, &err))
		error_wrap(&err, "worker %s", t->worker->name);
	if (gate_ready(t->gate, &err) == PHASE_GO)
		drive(t);
	gate_finished(t);
	load_op_teardown(&t->ctx);
	return NULL;
}

/* ---- crews ---- */

int load_crew_start(struct load_crew *crew, struct load_gate *gate, const struct load_worker *w,
		    unsigned number, uint64_t seed, const struct load_env *env, unsigned *started,
		    struct error *err)
{
	*crew = (struct load_crew){.worker = w, .n = w->threads};
	if (!w->op)
		return 0;
	load_op_truth(w->op, crew->truth);
	if (posix_memalign((void **)&crew->threads, 64, w->threads * sizeof(*crew->threads)))
		return error_nomem(err);
	memset(crew->threads, 0, w->threads * sizeof(*crew->threads));
	for (unsigned i = 0; i < w->threads; i++) {
		struct load_thread *t = &crew->threads[i];
		int e;

		t->gate = gate;
		t->worker = w;
		t->slot = (struct pace_slot){
			.index = i,
			.threads = w->threads,
			.phase = (double)(pace_random(seed, number) >> 11) * 0x1p-53,
			.seed = pace_random(seed, number),
		};
		t->until = -1;
		t->ctx = (struct load_op_ctx){
			.dir = env->dir,
			.helper = env->helper,
			.marker = env->marker,
			.worker = number,
			.index = i,
			.fd = {-1, -1},
		};
		e = pthread_create(&t->id, NULL, thread_main, t);
		if (e)
			return error_sys(err, ERROR_ENV, e, "worker %s: thread %u of %u", w->name,
					 i + 1, w->threads);
		t->started = true;
		++*started;
	}
	return 0;
}

void load_crew_nudge(struct load_crew *crew)
{
	for (unsigned i = 0; crew->threads && i < crew->n; i++) {
		struct load_thread *t = &crew->threads[i];

		if (t->started && atomic_load_explicit(&t->sleeping, memory_order_relaxed))
			pthread_kill(t->id, LOAD_NUDGE_SIGNAL);
	}
}

void load_crew_join(struct load_crew *crew)
{
	for (unsigned i = 0; crew->threads && i < crew->n; i++)
		if (crew->threads[i].started)
			pthread_join(crew->threads[i].id, NULL);
	free(crew->threads);
	crew->threads = NULL;
}

struct load_totals load_crew_totals(struct load_crew *crew, bool take_lag)
{
	struct load_totals sum = {0};

	for (unsigned i = 0; crew->threads && i < crew->n; i++) {
		struct load_thread *t = &crew->threads[i];
		int64_t lag = take_lag ? atomic_exchange_explicit(&t->lag, 0, memory_order_relaxed)
				       : t->lag_max;

		sum.ops += atomic_load_explicit(&t->ops, memory_order_relaxed);
		sum.errors += atomic_load_explicit(&t->errors, memory_order_relaxed);
		sum.sleeps += atomic_load_explicit(&t->sleeps, memory_order_relaxed);
		if (lag > sum.lag)
			sum.lag = lag;
	}
	return sum;
}

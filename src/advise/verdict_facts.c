/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/verdict.h"

#include "advise/advise.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

/* Intervals shorter than this say nothing about rates. */
#define MIN_INTERVAL_S 0.05
/* Main thread below this share of the engine's CPU, while the engine uses this much of a core: the
 * consumer is another thread (a Falco with several event sources has one thread each). */
#define ELSEWHERE_SHARE 0.1
#define ELSEWHERE_CPU	0.25

#define MAX_PRESET 10
/* Preset p is 2^(19 + p) bytes (Falco 0.44.1, buf_size_preset). */
#define PRESET_BYTES(p) ((double)(INT64_C(1) << (19 + (p))))

/* Room for a burst a quarter larger than the worst one seen: the next one is not the same. */
#define BURST_MARGIN 1.25

void verdict_input_init(struct verdict_input *in)
{
	*in = (struct verdict_input){.n_cpus = RES_UNKNOWN,
				     .buffer_bytes = RES_UNKNOWN,
				     .n_buffers = RES_UNKNOWN,
				     .cpus_per_buffer = RES_UNKNOWN,
				     .thread_table_size = RES_UNKNOWN,
				     .max_preset = MAX_PRESET,
				     .limit = ADVISE_MAX_DROP,
				     .other_source_evts = RES_UNKNOWN};
}

double verdict_share(const struct verdict_share *s)
{
	return s->of > 0 ? s->sum / s->of : (double)NAN;
}

double verdict_consumer(const struct verdict_facts *f, enum verdict_part part)
{
	const struct verdict_sums *s = &f->part[part];

	return verdict_share(f->by_main ? &s->main : &s->process);
}

double verdict_demand(const struct verdict_facts *f)
{
	const struct verdict_sums *d = &f->part[PART_DROPS], *q = &f->part[PART_QUIET];
	const struct verdict_share *busy = f->by_main ? &d->main : &d->process;
	const struct verdict_share *quiet = f->by_main ? &q->main : &q->process;
	double need = quiet->sum;

	if (d->drops && d->evts > d->drops)
		need += busy->sum * (double)d->evts / (double)(d->evts - d->drops);
	else if (d->drops)
		return (double)NAN;	      /* nothing was taken: no pace to go by */
	return need / (busy->of + quiet->of); /* 0 / 0 is NaN: unknown */
}

/* ---- intervals ---- */

/* Growth of a counter; RES_UNKNOWN when its end is unknown. Falco leaves zeros out of its metrics,
 * so that a counter which is missing first and there later came from zero. */
static int64_t grown(int64_t a, int64_t b)
{
	if (b == RES_UNKNOWN)
		return RES_UNKNOWN;
	return a == RES_UNKNOWN ? b : b > a ? b - a : 0;
}

/* The same for what is no counter of Falco's: both ends must be known. */
static int64_t between(int64_t a, int64_t b)
{
	return a == RES_UNKNOWN || b == RES_UNKNOWN ? RES_UNKNOWN : b > a ? b - a : 0;
}

static void sum_up(int64_t *sum, int64_t v)
{
	if (v == RES_UNKNOWN)
		return;
	*sum = (*sum == RES_UNKNOWN ? 0 : *sum) + v;
}

/* Time spent in an interval of `seconds`, counted in ns on `cpus` CPUs. */
static void share_up(struct verdict_share *s, int64_t ns, double seconds, double cpus)
{
	if (ns == RES_UNKNOWN)
		return;
	s->sum += (double)ns / 1e9;
	s->of += seconds * cpus;
}

static void add_part(const struct verdict_input *in, struct verdict_sums *p,
		     const struct res_sample *a, const struct res_sample *b, double seconds)
{
	int64_t main = between(a->main_cpu_ns, b->main_cpu_ns);
	int64_t process = between(a->cpu_ns, b->cpu_ns);
	double cpus = in->n_cpus > 0 ? (double)in->n_cpus : 1;

	p->n++;
	p->seconds += seconds;
	p->evts += b->n_evts - a->n_evts;
	p->drops += b->n_drops - a->n_drops;
	if (between(a->num_evts, b->num_evts) != RES_UNKNOWN)
		p->seen += between(a->num_evts, b->num_evts);
	share_up(&p->main, main, seconds, 1);
	share_up(&p->process, process, seconds, 1);
	if (main != RES_UNKNOWN && process != RES_UNKNOWN)
		share_up(&p->outside, process > main ? process - main : 0, seconds, 1);
	share_up(&p->wait, between(a->main_wait_ns, b->main_wait_ns), seconds, 1);
	share_up(&p->throttled, between(a->throttled_ns, b->throttled_ns), seconds, 1);
	share_up(&p->steal, between(a->steal_ns, b->steal_ns), seconds, cpus);
	share_up(&p->idle, between(a->idle_ns, b->idle_ns), seconds, cpus);
	if (b->procs_running != RES_UNKNOWN) {
		p->running.sum += (double)b->procs_running * seconds;
		p->running.of += seconds;
	}
}

static bool counts(const struct res_sample *a, const struct res_sample *b)
{
	return a->t_ns != RES_UNKNOWN && b->t_ns != RES_UNKNOWN && a->n_evts != RES_UNKNOWN &&
	       b->n_evts >= a->n_evts && a->n_drops != RES_UNKNOWN && b->n_drops >= a->n_drops &&
	       (double)(b->t_ns - a->t_ns) / 1e9 >= MIN_INTERVAL_S;
}

/* What lasts over neighbouring intervals with drops. */
static void add_burst(struct verdict_facts *f, struct verdict_burst *run, int64_t evts,
		      int64_t drops, double seconds)
{
	if (!drops) {
		*run = (struct verdict_burst){0};
		return;
	}
	if (drops > f->worst_single.drops)
		f->worst_single =
			(struct verdict_burst){.seconds = seconds, .evts = evts, .drops = drops};
	run->seconds += seconds;
	run->evts += evts;
	run->drops += drops;
	if (run->drops > f->worst.drops)
		f->worst = *run;
}

static void add_state(struct verdict_facts *f, const struct res_sample *a,
		      const struct res_sample *b)
{
	sum_up(&f->queue_drops, grown(a->queue_drops, b->queue_drops));
	sum_up(&f->failed_threads, grown(a->failed_thread_lookups, b->failed_thread_lookups));
	sum_up(&f->failed_fds, grown(a->failed_fd_lookups, b->failed_fd_lookups));
	sum_up(&f->threadtable_full, grown(a->threadtable_full, b->threadtable_full));
	sum_up(&f->store_drops, grown(a->store_drops, b->store_drops));
	sum_up(&f->plugin_losses, grown(a->plugin_losses, b->plugin_losses));
	sum_up(&f->nr_throttled, between(a->nr_throttled, b->nr_throttled));
	for (size_t i = 0; i < DROP_N; i++)
		sum_up(&f->drops[i], grown(a->drops[i], b->drops[i]));
}

static void add_backlog(struct verdict_facts *f, const struct res_sample *s)
{
	int64_t in_flight = s->n_evts - s->n_drops - s->num_evts;

	if (s->num_evts != RES_UNKNOWN && s->n_evts != RES_UNKNOWN && in_flight > f->backlog)
		f->backlog = in_flight;
}

static void add_series(struct verdict_facts *f, const struct verdict_series *s, double *rates,
		       size_t *n_rates)
{
	struct verdict_burst run = {0};

	sum_up(&f->startup_drops, s->startup_drops);
	sum_up(&f->output_timeouts, s->output_timeouts);
	sum_up(&f->alerts, s->alerts);
	if (isnan(f->nice) || s->nice > f->nice)
		f->nice = s->nice;
	for (size_t i = 0; i < s->n; i++) {
		const struct res_sample *a = i ? &s->v[i - 1] : NULL, *b = &s->v[i];
		int64_t evts, drops;
		double seconds;

		add_backlog(f, b);
		if (!a || !counts(a, b))
			continue;
		seconds = (double)(b->t_ns - a->t_ns) / 1e9;
		evts = b->n_evts - a->n_evts;
		drops = b->n_drops - a->n_drops;
		add_part(f->in, &f->part[PART_ALL], a, b, seconds);
		add_part(f->in, &f->part[drops ? PART_DROPS : PART_QUIET], a, b, seconds);
		add_burst(f, &run, evts, drops, seconds);
		add_state(f, a, b);
		if (drops)
			f->worst_share = fmax(f->worst_share, (double)drops / (double)evts);
		else
			rates[(*n_rates)++] = (double)evts / seconds;
	}
}

/* ---- buffers ---- */

/* Drops and events by buffer: the one with most drops. CPUs are given to buffers in order
 * (Falco's modern_ebpf). */
static void add_skew(struct verdict_facts *f)
{
	const struct verdict_input *in = f->in;
	size_t cpus = in->n_cpus > 0 ? (size_t)in->n_cpus : 0, buffers, each;
	int64_t *drops, *evts;
	bool known = false;

	if (!cpus || in->cpus_per_buffer == RES_UNKNOWN)
		return;
	each = in->cpus_per_buffer > 0 ? (size_t)in->cpus_per_buffer : cpus;
	buffers = (cpus + each - 1) / each;
	drops = xcalloc(buffers, sizeof(*drops));
	evts = xcalloc(buffers, sizeof(*evts));
	for (size_t i = 0; i < in->n_series; i++) {
		const struct verdict_series *s = &in->series[i];
		const struct res_sample *a = s->v, *b = s->n ? &s->v[s->n - 1] : NULL;

		if (!b || !b->cpu_drops || !b->cpu_evts)
			continue;
		known = true;
		for (size_t c = 0; c < cpus; c++) {
			sum_up(&drops[c / each], grown(a->cpu_drops ? a->cpu_drops[c] : RES_UNKNOWN,
						       b->cpu_drops[c]));
			sum_up(&evts[c / each],
			       grown(a->cpu_evts ? a->cpu_evts[c] : RES_UNKNOWN, b->cpu_evts[c]));
		}
	}
	for (size_t i = 0; known && i < buffers; i++)
		if (i == 0 || drops[i] > f->top_drops) {
			f->top_drops = drops[i];
			f->top_evts = evts[i];
		}
	free(drops);
	free(evts);
}

/*
 * Bytes of a record in a ring buffer by drop category, its 8 bytes of header included, for events
 * of ordinary size: Falco's event header is 26 bytes and 2 a parameter (ppm_evt_hdr in
 * falcosecurity/libs), a path is taken as 40 bytes, a command line with environment and control
 * groups as 1 to 2 KiB. Only the order of size matters: presets are powers of two.
 */
static const double category_bytes[DROP_N] = {
	[DROP_CLONE_FORK] = 1024, [DROP_EXECVE] = 2048,	  [DROP_CONNECT] = 128,
	[DROP_OPEN] = 128,	  [DROP_DIR_FILE] = 160,  [DROP_OTHER_INTEREST] = 128,
	[DROP_CLOSE] = 56,	  [DROP_PROC_EXIT] = 128, [DROP_SCRATCH_MAP] = 128,
	[DROP_PAGE_FAULTS] = 128, [DROP_BUG] = 128,
};
#define OTHER_BYTES 96.0 /* calls without a category: few parameters */

double verdict_event_bytes(const struct verdict_facts *f, const char **how)
{
	const struct verdict_sums *s = &f->part[PART_ALL];
	double sum = 0, n = 0, typical, total, measured;

	for (size_t i = 0; i < DROP_N; i++)
		if (f->drops[i] > 0) {
			sum += (double)f->drops[i] * category_bytes[i];
			n += (double)f->drops[i];
		}
	if ((double)s->drops > n) {
		sum += ((double)s->drops - n) * OTHER_BYTES;
		n = (double)s->drops;
	}
	typical = n > 0 ? sum / n : OTHER_BYTES;
	*how = "usual size of the dropped events' categories";
	total = (double)f->in->buffer_bytes * (double)f->in->n_buffers;
	if (f->backlog < 1 || f->in->buffer_bytes <= 0 || f->in->n_buffers <= 0)
		return typical;
	/* Were the buffers full at that sample? Then the quotient is near the usual size. */
	measured = total / (double)f->backlog;
	if (measured < typical / 2 || measured > typical * 2)
		return typical;
	*how = "buffer bytes over the most events seen in flight";
	return measured;
}

int verdict_cover(const struct verdict_facts *f, double *need_bytes)
{
	const struct verdict_input *in = f->in;
	const char *how;
	double share = 1;

	*need_bytes = (double)NAN;
	if (in->buffer_bytes <= 0 || !f->worst.drops)
		return 0;
	/* What was lost in one buffer must fit into that one. Without per-CPU counters: all of it.
	 */
	if (f->top_drops >= 0 && f->part[PART_ALL].drops > 0)
		share = fmin((double)f->top_drops / (double)f->part[PART_ALL].drops, 1);
	*need_bytes = (double)in->buffer_bytes +
		      (double)f->worst.drops * share * BURST_MARGIN * verdict_event_bytes(f, &how);
	for (int p = 1; p <= in->max_preset && p <= MAX_PRESET; p++)
		if (PRESET_BYTES(p) >= *need_bytes)
			return p;
	return 0;
}

/* ---- all of it ---- */

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void choose_consumer(struct verdict_facts *f)
{
	double main = verdict_share(&f->part[PART_ALL].main);
	double process = verdict_share(&f->part[PART_ALL].process);

	f->by_main = !isnan(main) && !(process > ELSEWHERE_CPU && main < ELSEWHERE_SHARE * process);
}

void verdict_facts_fill(struct verdict_facts *f, const struct verdict_input *in)
{
	const struct verdict_sums *all = &f->part[PART_ALL];
	size_t n = 1, n_rates = 0;
	double *rates;

	*f = (struct verdict_facts){.in = in,
				    .startup_drops = RES_UNKNOWN,
				    .queue_drops = RES_UNKNOWN,
				    .output_timeouts = RES_UNKNOWN,
				    .alerts = RES_UNKNOWN,
				    .failed_threads = RES_UNKNOWN,
				    .failed_fds = RES_UNKNOWN,
				    .threadtable_full = RES_UNKNOWN,
				    .store_drops = RES_UNKNOWN,
				    .plugin_losses = RES_UNKNOWN,
				    .nr_throttled = RES_UNKNOWN,
				    .backlog = RES_UNKNOWN,
				    .top_drops = RES_UNKNOWN,
				    .top_evts = RES_UNKNOWN,
				    .nice = (double)NAN};
	for (size_t i = 0; i < DROP_N; i++)
		f->drops[i] = RES_UNKNOWN;
	for (size_t i = 0; i < in->n_series; i++)
		n += in->series[i].n;
	rates = xcalloc(n, sizeof(*rates));
	for (size_t i = 0; i < in->n_series; i++)
		add_series(f, &in->series[i], rates, &n_rates);
	qsort(rates, n_rates, sizeof(*rates), order);
	/* Where most intervals drop, bursts are shorter than those, and what came between was
	 * taken: one interval is the longest that there can be. */
	if (2 * f->part[PART_DROPS].n >= all->n)
		f->worst = f->worst_single;
	f->worst.rate = f->worst.seconds > 0 ? (double)f->worst.evts / f->worst.seconds : 0;
	f->worst.usual_rate = n_rates ? rates[n_rates / 2] : (double)NAN;
	free(rates);
	/* What was in flight before the window may be seen in it: a backlog hides no surplus. */
	f->surplus = all->seen - (all->evts - all->drops) -
		     (f->backlog > 0 ? f->backlog * (int64_t)in->n_series : 0);
	add_skew(f);
	choose_consumer(f);
}

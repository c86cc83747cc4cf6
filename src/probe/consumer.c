/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/consumer.h"

#include "base/mem.h"
#include "probe/handle.h"
#include "probe/tsc.h"

#include <stdlib.h>

/* Record header of a BPF ring buffer (UAPI linux/bpf.h). */
#define RECORD_BUSY    0x80000000u
#define RECORD_DISCARD 0x40000000u
#define RECORD_HEADER  8

/* Falco's sleep when all buffers are empty: scap_modern_bpf.c in falcosecurity/libs. */
#define SLEEP_MIN_NS 500000LL
#define SLEEP_MAX_NS 30000000LL
/* A storm writes about 100 bytes a microsecond; a sleep must not outlast half the buffer. */
#define STORM_BYTES_PER_NS 0.1

struct reader {
	const struct capture_ring *ring;
	unsigned long consumer, producer; /* positions as we know them */
	unsigned long published;	  /* consumer position that the kernel knows */
	const struct probe_event *head;	  /* the next event, NULL when there is none yet */
};

struct loop {
	struct reader *readers;
	unsigned n;
	struct handler h;
	unsigned long publish_step; /* bytes consumed between two stores of the position */
	int64_t sleep_max;
	unsigned poll_every, until_poll;
};

static void publish(struct reader *r)
{
	if (r->published == r->consumer)
		return;
	__atomic_store_n(r->ring->consumer_pos, r->consumer, __ATOMIC_RELEASE);
	r->published = r->consumer;
}

static unsigned long record_size(uint32_t len)
{
	return ((len & ~RECORD_DISCARD) + RECORD_HEADER + 7UL) & ~7UL;
}

/* Find the next finished event of a reader; leaves head NULL when there is none. */
static inline void fetch(struct reader *r)
{
	for (;;) {
		const unsigned char *at;
		uint32_t len;

		if (r->consumer == r->producer) {
			r->producer = __atomic_load_n(r->ring->producer_pos, __ATOMIC_ACQUIRE);
			if (r->consumer == r->producer)
				return;
		}
		at = r->ring->data + (r->consumer & r->ring->mask);
		len = __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_ACQUIRE);
		if (len & RECORD_BUSY)
			return;
		if (!(len & RECORD_DISCARD)) {
			r->head = (const void *)(at + RECORD_HEADER);
			return;
		}
		r->consumer += record_size(len);
	}
}

/* Done with the head. */
static inline void advance(struct reader *r, unsigned long step)
{
	r->consumer += record_size(r->head->len);
	r->head = NULL;
	if (r->consumer - r->published >= step)
		publish(r);
}

/* The reader with the oldest head, and in *limit the oldest head among the others. */
static struct reader *oldest(struct loop *l, uint64_t *limit)
{
	struct reader *best = NULL;

	*limit = UINT64_MAX;
	for (unsigned i = 0; i < l->n; i++) {
		struct reader *r = &l->readers[i];

		if (!r->head)
			fetch(r);
		if (!r->head)
			continue;
		if (!best || r->head->ts < best->head->ts) {
			if (best)
				*limit = best->head->ts;
			best = r;
		} else if (r->head->ts < *limit) {
			*limit = r->head->ts;
		}
	}
	return best;
}

static void poll(struct loop *l)
{
	l->until_poll = l->poll_every;
	handle_poll(&l->h);
}

static int check(const struct probe_event *ev, struct error *err)
{
	if (ev->len < sizeof(*ev) + ev->nargs * 8u || ev->kind >= PROBE_KIND_MAX)
		return error_internal(err, "broken record in a ring buffer: %u bytes of kind %u",
				      ev->len, ev->kind);
	return 0;
}

/* Hand over what is there; 1 when there was something, 0 when all buffers were empty. */
static inline __attribute__((always_inline)) int consume(struct loop *l, bool watched,
							 struct error *err)
{
	uint64_t limit;
	struct reader *r = oldest(l, &limit);

	if (!r)
		return 0;
	/* As long as this buffer's events are older than all others' heads, stay with it; but look
	 * at the others again when what was there at the last look is used up. */
	do {
		if (check(r->head, err) < 0)
			return -1;
		handle_event(&l->h, r->head, watched);
		advance(r, l->publish_step);
		if (--l->until_poll == 0) {
			poll(l);
			return 1;
		}
		if (r->consumer == r->producer)
			return 1;
		fetch(r);
	} while (r->head && r->head->ts <= limit);
	return 1;
}

static void publish_all(struct loop *l)
{
	for (unsigned i = 0; i < l->n; i++)
		publish(&l->readers[i]);
}

static void sleep_ns(int64_t ns)
{
	struct timespec ts = {ns / 1000000000, ns % 1000000000};

	nanosleep(&ts, NULL);
}

/* The profile takes the interval since its mark for a phase. */
static inline void phase(const struct loop *l, enum profile_phase phase)
{
	if (l->h.opts->profile)
		profile_phase(l->h.opts->profile, phase);
}

static inline __attribute__((always_inline)) int loop_until_stop(struct loop *l, bool watched,
								 struct error *err)
{
	int64_t pause = SLEEP_MIN_NS;

	while (!*l->h.opts->stop) {
		int got = consume(l, watched, err);

		if (got < 0)
			return -1;
		if (got) {
			pause = SLEEP_MIN_NS;
			continue;
		}
		publish_all(l);
		l->h.stats->n_sleeps++;
		phase(l, PROFILE_EMPTY_POLL);
		sleep_ns(pause);
		phase(l, PROFILE_SLEEP);
		pause = pause * 2 < l->sleep_max ? pause * 2 : l->sleep_max;
		poll(l);
	}
	return 0;
}

static bool is_watched(const struct loop *l)
{
	return l->h.opts->profile || l->h.opts->recorder;
}

#define DRAIN_NS 1000000000LL
/* A program that was at work when it was detached may finish a record late: its CPU may just have
 * been taken away by the host of a virtual machine. */
#define DRAIN_QUIET_NS 20000000LL

/* A program has taken room for a record and has not finished it: it will. */
static bool unfinished(const struct loop *l)
{
	for (unsigned i = 0; i < l->n; i++)
		if (!l->readers[i].head && l->readers[i].consumer != l->readers[i].producer)
			return true;
	return false;
}

static int drain(struct capture *c, struct loop *l, struct error *err)
{
	int64_t end, last;
	int got;

	capture_stop(c);
	phase(l, PROFILE_HOUSEKEEPING);
	last = mono_ns();
	end = last + DRAIN_NS;
	while (mono_ns() < end && mono_ns() < last + DRAIN_QUIET_NS) {
		got = is_watched(l) ? consume(l, true, err) : consume(l, false, err);
		if (got < 0)
			return -1;
		if (got || unfinished(l))
			last = mono_ns();
		if (got)
			continue;
		phase(l, PROFILE_EMPTY_POLL);
		sleep_ns(SLEEP_MIN_NS);
		phase(l, PROFILE_SLEEP);
	}
	return 0;
}

static void set_pace(struct loop *l, const struct capture *c)
{
	uint64_t bytes = capture_buffer_bytes(c);
	double half_full = (double)bytes / 2 / STORM_BYTES_PER_NS;

	l->sleep_max = half_full < SLEEP_MAX_NS ? (int64_t)half_full : SLEEP_MAX_NS;
	if (l->sleep_max < SLEEP_MIN_NS)
		l->sleep_max = SLEEP_MIN_NS;
	/* Often enough that the kernel side never waits for long, rarely enough that the cache line
	 * stays ours. */
	l->publish_step = bytes / 64 < 65536 ? bytes / 64 : 65536;
	l->poll_every = l->h.opts->poll_events ? l->h.opts->poll_events : 4096;
	if (l->h.opts->ns_per_event) {
		uint64_t in_10ms = 10000000 / l->h.opts->ns_per_event + 1;

		if (in_10ms < l->poll_every)
			l->poll_every = (unsigned)in_10ms;
		l->h.spin = (uint64_t)(tsc_measure(2000000) * (double)l->h.opts->ns_per_event);
	}
	l->until_poll = l->poll_every;
}

static int run(struct loop *l, struct capture *c, struct error *err)
{
	if (is_watched(l) ? loop_until_stop(l, true, err) : loop_until_stop(l, false, err))
		return -1;
	return l->h.opts->drain ? drain(c, l, err) : 0;
}

int consumer_run(struct capture *c, struct state *st, const struct consumer_opts *opts,
		 struct consumer_stats *stats, struct error *err)
{
	struct loop l = {.n = capture_n_buffers(c), .h = {.st = st, .opts = opts, .stats = stats}};
	int rc;

	l.readers = xcalloc(l.n, sizeof(*l.readers));
	for (unsigned i = 0; i < l.n; i++) {
		struct reader *r = &l.readers[i];

		r->ring = capture_ring(c, i);
		r->consumer = r->published = r->producer = *r->ring->consumer_pos;
	}
	set_pace(&l, c);
	if (opts->profile)
		profile_begin(opts->profile);
	rc = run(&l, c, err);
	if (opts->profile)
		profile_end(opts->profile);
	publish_all(&l);
	free(l.readers);
	return rc;
}

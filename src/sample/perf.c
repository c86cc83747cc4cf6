/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/perf.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Data pages of a ring: 64 KiB, which the memory that users may lock (perf_event_mlock_kb, 516 KiB
 * a CPU) has room for several times, and which holds 60 of the longest samples. */
#define PAGES	   16
#define RECORD_MAX 65536 /* a record's size has 16 bits */
#define PARANOID   "/proc/sys/kernel/perf_event_paranoid"

struct perf_thread {
	pid_t tid;
	int fd;
	struct perf_event_mmap_page *page;
	bool seen; /* in /proc at the last look */
};

static size_t map_size(void)
{
	return (size_t)(PAGES + 1) * (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- opening ---- */

static int open_event(const struct perf *p, pid_t tid)
{
	struct perf_event_attr a = {
		.size = sizeof(a),
		.type = p->cycles ? PERF_TYPE_HARDWARE : PERF_TYPE_SOFTWARE,
		.config = p->cycles ? PERF_COUNT_HW_CPU_CYCLES : PERF_COUNT_SW_CPU_CLOCK,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_PERIOD |
			       PERF_SAMPLE_CALLCHAIN,
		.exclude_kernel = !p->kernel,
		.exclude_hv = 1,
	};

	if (p->cycles) {
		a.freq = 1;
		a.sample_freq = (uint64_t)p->hertz;
	} else {
		/* A fixed period, so that each sample stands for the same time. */
		a.sample_period = (uint64_t)(1000000000 / p->hertz);
	}
	return (int)syscall(SYS_perf_event_open, &a, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static bool not_permitted(int e)
{
	return e == EACCES || e == EPERM;
}

/* The first thread decides what all others do. */
static int open_first(struct perf *p, pid_t tid)
{
	static const struct {
		bool cycles, kernel;
	} ways[] = {{true, true}, {true, false}, {false, true}, {false, false}};
	int fd = -1, refused = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		p->cycles = ways[i].cycles;
		p->kernel = ways[i].kernel;
		fd = open_event(p, tid);
		if (fd >= 0)
			return fd;
		if (not_permitted(errno))
			refused = errno;
	}
	/* Being refused is told rather than the lack of counters. */
	errno = refused ? refused : errno;
	return -1;
}

static int tell(const struct perf *p, int e, struct error *err)
{
	struct strbuf paranoid cleanup_strbuf = STRBUF_INIT;

	if (e == ESRCH)
		return error_env(err, "there is no process %d", (int)p->pid);
	if (e == ENOSYS)
		return error_env(err, "perf events are not offered by this kernel, or not in this "
				      "container (seccomp)");
	if (!not_permitted(e))
		return error_sys(err, ERROR_ENV, e, "process %d cannot be sampled", (int)p->pid);
	if (fs_read_file(PARANOID, &paranoid, 64, NULL))
		strbuf_addstr(&paranoid, "unknown");
	strbuf_setlen(&paranoid, strcspn(paranoid.buf, "\n"));
	return error_env(
		err,
		"perf events are not permitted on process %d (kernel.perf_event_paranoid "
		"is %s): run as root or with CAP_PERFMON and CAP_SYS_PTRACE; for a process "
		"of your own, sysctl kernel.perf_event_paranoid=1 is enough",
		(int)p->pid, paranoid.buf);
}

static struct perf_thread *find(struct perf *p, pid_t tid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].tid == tid)
			return &p->v[i];
	return NULL;
}

static int add_thread(struct perf *p, pid_t tid)
{
	struct perf_thread t = {.tid = tid, .seen = true};

	t.fd = p->threads ? open_event(p, tid) : open_first(p, tid);
	if (t.fd < 0)
		return -1;
	t.page = mmap(NULL, map_size(), PROT_READ | PROT_WRITE, MAP_SHARED, t.fd, 0);
	if (t.page == MAP_FAILED) {
		int e = errno;

		close(t.fd);
		errno = e;
		return -1;
	}
	ALLOC_GROW(p->v, p->n, p->alloc);
	p->v[p->n++] = t;
	p->threads++;
	return 0;
}

/* 0, or the errno of what could not be sampled although it is there. */
static int look_for_threads(struct perf *p)
{
	char *dir cleanup_free = xasprintf("/proc/%d/task", (int)p->pid);
	struct strvec names cleanup_strvec = STRVEC_INIT;
	int e = 0;

	for (size_t i = 0; i < p->n; i++)
		p->v[i].seen = false;
	if (fs_list(dir, &names, NULL) || !names.n)
		return ESRCH;
	for (size_t i = 0; i < names.n; i++) {
		pid_t tid = (pid_t)strtol(names.v[i], NULL, 10);
		struct perf_thread *t = tid > 0 ? find(p, tid) : NULL;

		if (t)
			t->seen = true;
		else if (tid > 0 && add_thread(p, tid) && errno != ESRCH)
			e = errno;
	}
	return e;
}

int perf_open(struct perf *p, pid_t pid, int64_t hertz, struct error *err)
{
	int e;

	*p = (struct perf){.pid = pid, .hertz = hertz};
	e = look_for_threads(p);
	return p->threads ? 0 : tell(p, e ? e : ESRCH, err);
}

/* ---- reading ---- */

/* A call chain of the kernel's: marks of a context, each followed by its addresses. */
static void split(const uint64_t *ips, size_t n, struct perf_sample *s)
{
	size_t *count = NULL;

	for (size_t i = 0; i < n; i++) {
		if (ips[i] >= (uint64_t)PERF_CONTEXT_MAX) {
			count = ips[i] == (uint64_t)PERF_CONTEXT_KERNEL ? &s->n_kernel
				: ips[i] == (uint64_t)PERF_CONTEXT_USER ? &s->n_user
									: NULL;
			if (count == &s->n_kernel)
				s->kernel = &ips[i + 1];
			else if (count)
				s->user = &ips[i + 1];
		} else if (count) {
			++*count;
		}
	}
}

/* perf_event_open(2): ip, pid and tid, period, number of addresses, addresses; all of 64 bits. */
static void take_sample(const uint64_t *v, size_t n, perf_fn fn, void *arg)
{
	enum { IP, PID_TID, PERIOD, CHAIN, IPS };
	struct perf_sample s = {0};

	if (n < IPS || v[CHAIN] > n - IPS)
		return;
	s.weight = v[PERIOD];
	split(v + IPS, (size_t)v[CHAIN], &s);
	if (!s.n_kernel && !s.n_user) {
		s.user = &v[IP];
		s.n_user = 1;
	}
	fn(arg, &s);
}

static void take_record(struct perf *p, const struct perf_event_header *h, perf_fn fn, void *arg)
{
	const uint64_t *v = (const uint64_t *)(const void *)(h + 1);
	size_t n = (h->size - sizeof(*h)) / sizeof(*v);

	if (h->type == PERF_RECORD_SAMPLE)
		take_sample(v, n, fn, arg);
	else if (h->type == PERF_RECORD_LOST && n >= 2)
		p->lost += (int64_t)v[1];
	else if (h->type == PERF_RECORD_THROTTLE)
		p->throttled++;
}

static void drain(struct perf *p, struct perf_thread *t, uint64_t *copy, perf_fn fn, void *arg)
{
	uint64_t head = __atomic_load_n(&t->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = t->page->data_tail;
	uint64_t size = (uint64_t)map_size() - (uint64_t)sysconf(_SC_PAGESIZE);
	const char *data = (const char *)t->page + sysconf(_SC_PAGESIZE);

	while (tail + sizeof(struct perf_event_header) <= head) {
		struct perf_event_header h;

		/* Headers are aligned to 8 bytes: never split by the ring's end. */
		memcpy(&h, data + tail % size, sizeof(h));
		if (h.size < sizeof(h) || tail + h.size > head)
			break;
		for (uint64_t done = 0; done < h.size;) {
			uint64_t at = (tail + done) % size, part = h.size - done;

			part = part < size - at ? part : size - at;
			memcpy((char *)copy + done, data + at, part);
			done += part;
		}
		take_record(p, (const struct perf_event_header *)(const void *)copy, fn, arg);
		tail += h.size;
	}
	__atomic_store_n(&t->page->data_tail, tail, __ATOMIC_RELEASE);
}

static void thread_close(struct perf_thread *t)
{
	munmap(t->page, map_size());
	close(t->fd);
}

void perf_read(struct perf *p, perf_fn fn, void *arg)
{
	uint64_t *copy cleanup_free = xmalloc(RECORD_MAX);
	size_t n = 0;

	look_for_threads(p);
	for (size_t i = 0; i < p->n; i++) {
		drain(p, &p->v[i], copy, fn, arg);
		if (p->v[i].seen)
			p->v[n++] = p->v[i];
		else
			thread_close(&p->v[i]);
	}
	p->n = n;
}

void perf_close(struct perf *p)
{
	for (size_t i = 0; i < p->n; i++)
		thread_close(&p->v[i]);
	free(p->v);
	*p = (struct perf){0};
}

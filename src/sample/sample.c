/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/sample.h"

#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "engine/process.h"
#include "sample/modules.h"
#include "sample/perf.h"

#include <ctype.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_MS 100

struct sampler {
	struct sampling *s;
	struct modules *modules;
	struct strmap by_module, by_function; /* index + 1 */
};

/* ---- the tree ---- */

static struct ep_node *child_of(struct ep_node *at, const char *name)
{
	for (size_t i = 0; i < at->n; i++)
		if (!strcmp(at->v[i].name, name))
			return &at->v[i];
	/* One by one: a node has few children, and most of them come early. */
	at->v = xrealloc(at->v, at->n + 1, sizeof(*at->v));
	at->v[at->n] = (struct ep_node){.name = xstrdup(name), .kind = xstrdup("frame")};
	return &at->v[at->n++];
}

static void count(struct ep_node *n, double ns)
{
	n->count++;
	n->sum_ns += ns;
}

static void scale(struct ep_node *n, double by) /* NOLINT(misc-no-recursion): PERF_STACK_MAX */
{
	n->sum_ns *= by;
	for (size_t i = 0; i < n->n; i++)
		scale(&n->v[i], by);
}

/* ---- names ---- */

struct frame {
	struct place at;
	bool kernel;
};

static void frame_name(const struct frame *f, struct strbuf *out)
{
	strbuf_reset(out);
	if (f->at.symbol)
		strbuf_addf(out, "%s%s", f->at.symbol, f->kernel ? "_[k]" : "");
	else
		strbuf_addf(out, *f->at.module == '[' ? "%s" : "[%s]", f->at.module);
}

static size_t index_of(struct strmap *m, const char *key, size_t next)
{
	uintptr_t have = (uintptr_t)strmap_get(m, key);

	if (have)
		return (size_t)have - 1;
	strmap_put(m, key, (void *)(next + 1));
	return next;
}

static struct sample_function *function_of(struct sampler *p, const struct frame *f)
{
	struct strbuf name cleanup_strbuf = STRBUF_INIT;
	char *key cleanup_free = NULL;
	struct sampling *s = p->s;
	size_t i;

	frame_name(f, &name);
	key = xasprintf("%s\n%s", name.buf, f->at.module);
	i = index_of(&p->by_function, key, s->n_functions);
	if (i == s->n_functions) {
		ALLOC_GROW(s->functions, s->n_functions, s->alloc_functions);
		s->functions[s->n_functions++] = (struct sample_function){
			.name = xstrdup(name.buf), .module = xstrdup(f->at.module)};
	}
	return &s->functions[i];
}

static struct sample_module *module_of(struct sampler *p, const char *name)
{
	struct sampling *s = p->s;
	size_t i = index_of(&p->by_module, name, s->n_modules);

	if (i == s->n_modules) {
		ALLOC_GROW(s->modules, s->n_modules, s->alloc_modules);
		s->modules[s->n_modules++] = (struct sample_module){.name = xstrdup(name)};
	}
	return &s->modules[i];
}

/* ---- one sample ---- */

/* Outermost first; returns how many, of which *n_user in user space. */
static size_t frames_of(struct sampler *p, const struct perf_sample *in, struct frame *out,
			size_t *n_user)
{
	struct frame inner[2 * PERF_STACK_MAX];
	size_t n = 0;

	for (size_t i = 0; i < in->n_kernel && n < PERF_STACK_MAX; i++) {
		inner[n].kernel = true;
		modules_find_kernel(p->modules, in->kernel[i], &inner[n++].at);
	}
	*n_user = n;
	for (size_t i = 0; i < in->n_user && n < ARRAY_SIZE(inner); i++) {
		inner[n].kernel = false;
		/* A caller is where it goes on: behind the call. */
		if (!modules_find(p->modules, in->user[i] - (i > 0), &inner[n].at) && i)
			break;
		n++;
	}
	*n_user = n - *n_user;
	for (size_t i = 0; i < n; i++)
		out[i] = inner[n - 1 - i];
	return n;
}

static void count_functions(struct sampler *p, const struct frame *v, size_t n, double ns)
{
	size_t seen[2 * PERF_STACK_MAX], n_seen = 0;

	for (size_t i = 0; i < n; i++) {
		struct sample_function *f = function_of(p, &v[i]);
		size_t index = (size_t)(f - p->s->functions), k = 0;

		if (i + 1 == n) {
			f->self++;
			f->self_ns += ns;
		}
		/* Once, however often it calls itself. */
		while (k < n_seen && seen[k] != index)
			k++;
		if (k < n_seen)
			continue;
		seen[n_seen++] = index;
		f->total++;
	}
}

static void take(void *arg, const struct perf_sample *in)
{
	struct sampler *p = arg;
	struct sampling *s = p->s;
	struct frame v[2 * PERF_STACK_MAX];
	struct strbuf name cleanup_strbuf = STRBUF_INIT;
	struct ep_node *at = &s->root;
	struct sample_module *m;
	size_t n_user, n = frames_of(p, in, v, &n_user);
	double ns = (double)in->weight;

	if (!n)
		return;
	s->n++;
	s->n_kernel += in->n_kernel > 0;
	s->n_callers += n_user > 1;
	count(at, ns);
	/* Without callers the module tells where it belongs. */
	if (n_user == 1 && v[0].at.symbol) {
		at = child_of(at, v[0].at.module);
		count(at, ns);
	}
	for (size_t i = 0; i < n; i++) {
		frame_name(&v[i], &name);
		at = child_of(at, name.buf);
		count(at, ns);
		s->frames++;
		s->frames_without += !v[i].at.symbol;
	}
	count_functions(p, v, n, ns);
	m = module_of(p, v[n - 1].at.module);
	m->samples++;
	m->without += !v[n - 1].at.symbol;
	s->without += !v[n - 1].at.symbol;
}

/* ---- the course ---- */

static double cpu_now(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &ts))
		return (double)NAN;
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void describe(struct sampling *s, pid_t pid)
{
	char *path cleanup_free = xasprintf("/proc/%d/comm", (int)pid);
	char *link cleanup_free = xasprintf("/proc/%d/exe", (int)pid);
	struct strbuf comm cleanup_strbuf = STRBUF_INIT;
	char exe[4096];
	ssize_t n = readlink(link, exe, sizeof(exe) - 1);

	if (fs_read_file(path, &comm, 4096, NULL))
		strbuf_addf(&comm, "process %d", (int)pid);
	strbuf_setlen(&comm, strcspn(comm.buf, "\n"));
	s->comm = xstrdup(comm.buf);
	s->exe = n > 0 ? xstrndup(exe, (size_t)n) : NULL;
	s->root.name = xstrdup(s->comm);
	s->root.kind = xstrdup("process");
}

static void watch(struct sampler *p, struct perf *perf, int64_t until, int wake_fd)
{
	struct pollfd wake = {.fd = wake_fd, .events = POLLIN};
	uint64_t start = process_start_time(p->s->pid);
	double last = cpu_now(p->s->pid), now;

	p->s->cpu_ns = -last;
	while (clock_mono() < until && poll(&wake, 1, READ_MS) <= 0) {
		perf_read(perf, take, p);
		now = cpu_now(p->s->pid);
		last = isnan(now) ? last : now;
		if (!start || process_start_time(p->s->pid) != start) {
			p->s->ended = true;
			break;
		}
	}
	p->s->cpu_ns += last;
	perf_read(perf, take, p);
}

static int most_first(int64_t a, int64_t b, const char *x, const char *y)
{
	return a != b ? (a > b ? -1 : 1) : strcmp(x, y);
}

static int by_samples(const void *a, const void *b)
{
	const struct sample_module *x = a, *y = b;

	return most_first(x->samples, y->samples, x->name, y->name);
}

static int by_self(const void *a, const void *b)
{
	const struct sample_function *x = a, *y = b;

	return x->self != y->self ? most_first(x->self, y->self, "", "")
				  : most_first(x->total, y->total, x->name, y->name);
}

/* Cycles are the share of the CPU time that they are of all cycles. */
static void finish(struct sampling *s)
{
	/* Where the process's clock was not told, what the frequency says. */
	double cpu_ns = isnan(s->cpu_ns) ? (double)s->n * 1e9 / (double)s->hertz : s->cpu_ns;
	double by = cpu_ns / s->root.sum_ns;

	if (s->cycles && s->root.sum_ns > 0 && by > 0) {
		scale(&s->root, by);
		for (size_t i = 0; i < s->n_functions; i++)
			s->functions[i].self_ns *= by;
	}
	if (s->n_modules)
		qsort(s->modules, s->n_modules, sizeof(*s->modules), by_samples);
	if (s->n_functions)
		qsort(s->functions, s->n_functions, sizeof(*s->functions), by_self);
}

int sample_run(struct sampling *s, pid_t pid, int64_t hertz, int64_t duration_ns, int wake_fd,
	       struct error *err)
{
	struct sampler p = {.s = s};
	struct perf perf;
	int64_t from;

	*s = (struct sampling){.pid = pid, .hertz = hertz, .cpu_ns = (double)NAN};
	describe(s, pid);
	p.modules = modules_open(pid);
	if (perf_open(&perf, pid, hertz, err)) {
		perf_close(&perf);
		modules_close(p.modules);
		return -1;
	}
	from = clock_mono();
	watch(&p, &perf, from + duration_ns, wake_fd);
	s->seconds = (double)(clock_mono() - from) / 1e9;
	s->cycles = perf.cycles;
	s->kernel = perf.kernel;
	s->kernel_symbols = modules_kernel_known(p.modules);
	s->lost = perf.lost;
	s->throttled = perf.throttled;
	s->threads = perf.threads;
	finish(s);
	perf_close(&perf);
	modules_close(p.modules);
	strmap_release(&p.by_module);
	strmap_release(&p.by_function);
	return 0;
}

void sampling_release(struct sampling *s)
{
	for (size_t i = 0; i < s->n_modules; i++)
		free(s->modules[i].name);
	for (size_t i = 0; i < s->n_functions; i++) {
		free(s->functions[i].name);
		free(s->functions[i].module);
	}
	free(s->modules);
	free(s->functions);
	free(s->comm);
	free(s->exe);
	ep_node_release(&s->root);
	*s = (struct sampling){0};
}

size_t sample_find(const char *comm, pid_t *out, size_t room)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	size_t n = 0;

	if (fs_list("/proc", &names, NULL))
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		char *path cleanup_free = xasprintf("/proc/%s/comm", names.v[i]);
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		if (!isdigit((unsigned char)names.v[i][0]) || fs_read_file(path, &text, 4096, NULL))
			continue;
		strbuf_setlen(&text, strcspn(text.buf, "\n"));
		if (strcmp(text.buf, comm) != 0)
			continue;
		if (n < room)
			out[n] = (pid_t)strtol(names.v[i], NULL, 10);
		n++;
	}
	return n;
}

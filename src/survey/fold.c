/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/fold.h"

#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void fold_init(struct fold *f, size_t n_slots)
{
	*f = (struct fold){.n_slots = n_slots, .by_name = STRMAP_INIT, .pids = STRMAP_INIT};
}

void fold_release(struct fold *f)
{
	strmap_for_each (e, &f->by_name) {
		struct fold_group *g = e->value;

		free(g->name);
		free(g->calls);
		free(g);
	}
	strmap_release(&f->by_name);
	strmap_release(&f->pids);
}

static struct fold_group *find(struct fold *f, const char *name)
{
	struct fold_group *g = strmap_get(&f->by_name, name);

	if (g || f->by_name.n >= FOLD_GROUPS_MAX)
		return g;
	g = xcalloc(1, sizeof(*g));
	g->name = xstrdup(name);
	g->calls = f->n_slots ? xcalloc(f->n_slots, sizeof(*g->calls)) : NULL;
	g->pid = -1;
	strmap_put(&f->by_name, name, g);
	return g;
}

void fold_add(struct fold *f, const char *name, const char *fallback, size_t slot, uint64_t n,
	      uint64_t failed)
{
	struct fold_group *g = find(f, name);

	if (!g && fallback)
		g = find(f, fallback);
	if (!g) {
		f->other += n;
		return;
	}
	g->n += n;
	g->failed += failed;
	if (slot < f->n_slots)
		g->calls[slot] += n;
}

void fold_process(struct fold *f, const char *name, int64_t pid)
{
	struct fold_group *g = strmap_get(&f->by_name, name);
	char *key cleanup_free = xasprintf("%lld %s", (long long)pid, name);

	if (!g || f->pids.n >= FOLD_PIDS_MAX || strmap_has(&f->pids, key))
		return;
	strmap_put(&f->pids, key, g);
	if (!g->processes++)
		g->pid = pid;
}

void fold_path_name(const char *raw, struct strbuf *out, size_t *first)
{
	const char *second = *raw == '/' ? strchr(raw + 1, '/') : NULL;
	bool number = second && second[1];
	size_t from = out->len;

	if (*raw != '/') {
		strbuf_addstr(out, "(relative)");
		*first = out->len - from;
		return;
	}
	*first = second ? (size_t)(second - raw) : strlen(raw);
	for (const char *p = second ? second + 1 : ""; *p; p++)
		number = number && isdigit((unsigned char)*p);
	if (number && *first == 5 && !strncmp(raw, "/proc", 5))
		strbuf_addstr(out, "/proc/PID");
	else
		strbuf_addstr(out, raw);
}

static int compare_rates(const void *a, const void *b)
{
	double x = ((const struct host_share *)a)->per_s, y = ((const struct host_share *)b)->per_s;

	return x < y ? 1 : x > y ? -1 : 0;
}

static void add_calls(const struct fold *f, const struct fold_group *g, double seconds,
		      const char *const *names, struct host_group *out)
{
	size_t n = 0;

	out->calls = xcalloc(f->n_slots + 1, sizeof(*out->calls));
	for (size_t i = 0; i < f->n_slots; i++)
		if (g->calls[i] && names[i])
			out->calls[n++] = (struct host_share){
				.name = xstrdup(names[i]), .per_s = (double)g->calls[i] / seconds};
	qsort(out->calls, n, sizeof(*out->calls), compare_rates);
	for (out->n_calls = n; out->n_calls > FOLD_CALLS; out->n_calls--)
		free(out->calls[out->n_calls - 1].name);
}

static int compare_groups(const void *a, const void *b)
{
	const struct fold_group *x = *(struct fold_group *const *)a,
				*y = *(struct fold_group *const *)b;

	return x->n < y->n ? 1 : x->n > y->n ? -1 : strcmp(x->name, y->name);
}

/* Process ids are shown where the name stood for one process. */
static void take_group(const struct fold *f, const struct fold_group *g, double seconds,
		       const char *const *names, struct host_group *out)
{
	*out = (struct host_group){.name = xstrdup(g->name),
				   .processes = g->processes ? (int64_t)g->processes : -1,
				   .pid = g->processes == 1 ? g->pid : -1,
				   .per_s = (double)g->n / seconds,
				   .failed_per_s = (double)g->failed / seconds};
	if (f->n_slots)
		add_calls(f, g, seconds, names, out);
}

void fold_finish(const struct fold *f, double seconds, const char *const *call_names,
		 struct host_groups *out)
{
	const struct fold_group **sorted cleanup_free = xcalloc(f->by_name.n + 1, sizeof(*sorted));
	struct host_group rest = {.processes = -1, .pid = -1};
	size_t n = 0;

	strmap_for_each (e, &f->by_name)
		sorted[n++] = e->value;
	qsort(sorted, n, sizeof(*sorted), compare_groups);
	*out = (struct host_groups){.measured = true,
				    .other_per_s = (double)f->other / seconds,
				    .unreadable_per_s = (double)NAN};
	out->v = xcalloc(n < FOLD_SHOWN ? n + 1 : FOLD_SHOWN + 1, sizeof(*out->v));
	for (size_t i = 0; i < n; i++) {
		if (i < FOLD_SHOWN) {
			take_group(f, sorted[i], seconds, call_names, &out->v[out->n++]);
			continue;
		}
		rest.per_s += (double)sorted[i]->n / seconds;
		rest.failed_per_s += (double)sorted[i]->failed / seconds;
	}
	if (n > FOLD_SHOWN) {
		rest.name = xstrdup("(others)");
		out->v[out->n++] = rest;
	}
}

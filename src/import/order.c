/* SPDX-License-Identifier: Apache-2.0 */
/* Several files, the oldest first. */
#include "import/private.h"

#include "base/mem.h"

#include <string.h>
#include <sys/stat.h>

struct import_order {
	const char *path;
	size_t index;
	int64_t first; /* time of its first sample, or its number */
};

static int by_first(const void *a, const void *b)
{
	const struct import_order *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

struct import_peek {
	int64_t first;
	bool found;
};

static void peek_sample(void *arg, const struct import_place *at, const struct metrics_line *l)
{
	struct import_peek *p = arg;

	(void)at;
	if (!p->found && l->s.t_ns > 0)
		*p = (struct import_peek){l->s.t_ns, true};
}

static void peek_round(void *arg, const struct import_place *at, const struct import_round *round)
{
	struct import_peek *p = arg;

	(void)at;
	if (!p->found)
		*p = (struct import_peek){round->number, true};
}

/* Its beginning is enough: until something has a time, and no more than so many bytes. */
#define PEEK_BYTES ((uint64_t)8 << 20)

int import_first(const char *path, const struct import_options *o, int64_t *first,
		 struct error *err)
{
	struct import_peek p = {INT64_MAX, false};
	const struct import_sink sink = {
		.arg = &p, .sample = peek_sample, .drop_alert = peek_sample, .round = peek_round};
	struct import_reader r;
	struct lines l;
	const char *line;
	size_t len;
	int rc;

	if (lines_open(&l, path, err))
		return -1;
	import_begin(&r, o, &sink);
	r.state->file = path;
	r.state->mtime_ns = import_mtime(l.fd);
	while ((rc = lines_next(&l, &line, &len, err)) > 0 && !p.found &&
	       r.counts.bytes < PEEK_BYTES)
		import_take_line(r.state, &l, line, len);
	if (!p.found)
		import_end_scrape(r.state);
	*first = p.first;
	import_end(&r);
	lines_close(&l);
	return rc < 0 ? -1 : 0;
}

/* A pipe can be read once only. */
static bool can_peek(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && !stat(path, &st) && S_ISREG(st.st_mode);
}

int import_files(struct import_reader *r, const struct strvec *paths, struct error *err)
{
	const struct import_options o = {r->counts.stats_interval_ns};
	struct import_order *v cleanup_free = xcalloc(paths->n + 1, sizeof(*v));

	for (size_t i = 0; i < paths->n; i++) {
		v[i] = (struct import_order){paths->v[i], i, INT64_MAX};
		if (paths->n > 1 && can_peek(paths->v[i]) &&
		    import_first(paths->v[i], &o, &v[i].first, err))
			return -1;
	}
	qsort(v, paths->n, sizeof(*v), by_first);
	for (size_t i = 0; i < paths->n; i++)
		if (import_file(r, v[i].path, err))
			return -1;
	return import_check(r, paths->n ? paths->v[0] : "no file", err);
}

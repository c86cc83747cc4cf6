/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/metrics.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void metrics_tail_init(struct metrics_tail *t, const char *path, size_t n_cpus)
{
	*t = (struct metrics_tail){
		.path = xstrdup(path), .fd = -1, .partial = STRBUF_INIT, .n_cpus = n_cpus};
}

void metrics_tail_release(struct metrics_tail *t)
{
	free(t->path);
	free(t->first_broken);
	strbuf_release(&t->partial);
	if (t->fd >= 0)
		close(t->fd);
	*t = (struct metrics_tail){.fd = -1, .partial = STRBUF_INIT};
}

static void take_line(struct metrics_tail *t, const char *line, size_t len, metrics_fn fn,
		      void *arg)
{
	struct error why = ERROR_INIT;
	struct metrics_sample s;

	t->n_lines++;
	if (metrics_parse_line(&s, line, len, t->n_cpus, &why)) {
		if (!t->n_broken++)
			t->first_broken = xasprintf("line %zu: %s", t->n_lines, why.msg);
		return;
	}
	if (fn)
		fn(arg, &s);
	metrics_sample_release(&s);
}

int metrics_tail_read(struct metrics_tail *t, metrics_fn fn, void *arg, struct error *err)
{
	char *nl, *from;

	if (t->fd < 0)
		t->fd = open(t->path, O_RDONLY | O_CLOEXEC);
	if (t->fd < 0)
		return errno == ENOENT
			       ? 0
			       : error_sys(err, ERROR_ENV, errno, "%s: cannot be read", t->path);
	for (;;) {
		ssize_t n;

		strbuf_grow(&t->partial, 65536);
		n = read(t->fd, t->partial.buf + t->partial.len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(err, ERROR_ENV, errno, "%s: cannot be read", t->path);
		if (!n)
			break;
		strbuf_setlen(&t->partial, t->partial.len + (size_t)n);
	}
	from = t->partial.buf;
	while ((nl = memchr(from, '\n', t->partial.len - (size_t)(from - t->partial.buf)))) {
		take_line(t, from, (size_t)(nl - from), fn, arg);
		from = nl + 1;
	}
	if (from != t->partial.buf) {
		size_t left = t->partial.len - (size_t)(from - t->partial.buf);

		memmove(t->partial.buf, from, left);
		strbuf_setlen(&t->partial, left);
	}
	return 0;
}

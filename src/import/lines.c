/* SPDX-License-Identifier: Apache-2.0 */
#include "import/lines.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FIRST_ALLOC ((size_t)256 << 10)

int lines_open(struct lines *l, const char *path, struct error *err)
{
	bool std = !strcmp(path, "-");

	*l = (struct lines){.path = std ? "standard input" : path};
	l->fd = std ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (l->fd < 0)
		return error_sys(err, ERROR_INPUT, errno, "%s: cannot be read", l->path);
	l->file.fd = l->fd;
	l->alloc = FIRST_ALLOC;
	l->buf = xmalloc(l->alloc);
	return 0;
}

void lines_of_text(struct lines *l, const char *name, const char *text, size_t len)
{
	*l = (struct lines){.path = name, .fd = -1, .alloc = len + 1, .to = len, .end = true};
	l->buf = xmalloc(l->alloc);
	memcpy(l->buf, text, len);
}

void lines_close(struct lines *l)
{
	if (l->fd >= 0)
		close(l->fd);
	unpack_release(&l->file);
	free(l->buf);
	*l = (struct lines){.fd = -1};
}

static int fill(struct lines *l, struct error *err)
{
	ssize_t n;

	if (l->from) {
		memmove(l->buf, l->buf + l->from, l->to - l->from);
		l->to -= l->from;
		l->from = 0;
	}
	if (l->to == l->alloc) {
		l->alloc *= 2;
		l->buf = xrealloc(l->buf, l->alloc, 1);
	}
	n = unpack_read(&l->file, l->buf + l->to, l->alloc - l->to);
	if (n < 0)
		return error_sys(err, ERROR_INPUT, errno, "%s: cannot be read", l->path);
	l->end = !n;
	l->to += (size_t)n;
	return 0;
}

static int hand_out(struct lines *l, size_t n, size_t ending, const char **line, size_t *len)
{
	*line = l->buf + l->from;
	*len = n;
	l->from += n + ending;
	if (*len && (*line)[*len - 1] == '\r')
		--*len;
	l->number++;
	return 1;
}

int lines_next(struct lines *l, const char **line, size_t *len, struct error *err)
{
	size_t looked = 0;

	l->unended = l->too_long = false;
	for (;;) {
		const char *from = l->buf + l->from;
		size_t n = l->to - l->from;
		const char *nl = memchr(from + looked, '\n', n - looked);

		if (nl && l->passing) {
			l->passing = false;
			l->from = (size_t)(nl + 1 - l->buf);
			looked = 0;
			continue;
		}
		if (nl)
			return hand_out(l, (size_t)(nl - from), 1, line, len);
		if (l->passing) {
			l->from = l->to;
			n = 0;
		} else if (n >= LINES_MAX) {
			l->too_long = l->passing = true;
			return hand_out(l, n, 0, line, len);
		}
		if (l->end) {
			l->unended = n > 0;
			return n ? hand_out(l, n, 0, line, len) : 0;
		}
		looked = n;
		if (fill(l, err))
			return -1;
	}
}

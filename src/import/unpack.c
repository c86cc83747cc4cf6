/* SPDX-License-Identifier: Apache-2.0 */
#include "import/unpack.h"

#include "base/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK	    ((size_t)64 << 10)
#define GZIP_WINDOW (16 + MAX_WBITS) /* zlib.h: with a gzip header */

struct unpack {
	z_stream s;
};

static ssize_t read_some(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/* More of the file into the block. False: an error. */
static bool refill(struct unpack_file *f, bool *end)
{
	ssize_t n = read_some(f->fd, f->block, BLOCK);

	f->from = 0;
	f->to = n > 0 ? (size_t)n : 0;
	*end = !n;
	return n >= 0;
}

/* The first two bytes tell; a pipe may give them one by one. */
static bool begin(struct unpack_file *f)
{
	f->begun = 1;
	f->block = xmalloc(BLOCK);
	while (f->to < 2) {
		ssize_t n = read_some(f->fd, f->block + f->to, BLOCK - f->to);

		if (n < 0)
			return false;
		if (!n)
			return true;
		f->to += (size_t)n;
	}
	if (memcmp(f->block, "\x1f\x8b", 2) != 0)
		return true;
	f->z = xcalloc(1, sizeof(*f->z));
	if (inflateInit2(&f->z->s, GZIP_WINDOW) != Z_OK) {
		free(f->z);
		f->z = NULL;
		errno = ENOMEM;
		return false;
	}
	return true;
}

static ssize_t read_plain(struct unpack_file *f, char *buf, size_t size)
{
	size_t n = f->to - f->from;

	if (!n)
		return read_some(f->fd, buf, size);
	n = n < size ? n : size;
	memcpy(buf, f->block + f->from, n);
	f->from += n;
	return (ssize_t)n;
}

static ssize_t read_packed(struct unpack_file *f, char *buf, size_t size)
{
	z_stream *s = &f->z->s;
	bool end = false;

	size = size < BLOCK * 16 ? size : BLOCK * 16; /* within zlib's own type */
	s->next_out = (Bytef *)buf;
	s->avail_out = (uInt)size;
	while (s->avail_out == size && !f->broken) {
		int rc;

		if (f->from == f->to && !refill(f, &end))
			return -1;
		s->next_in = (Bytef *)f->block + f->from;
		s->avail_in = (uInt)(f->to - f->from);
		/* Nothing left: the end, if a member ended just before. */
		if (end) {
			f->broken = s->total_in > 0;
			break;
		}
		rc = inflate(s, Z_NO_FLUSH);
		f->from = f->to - s->avail_in;
		if (rc == Z_STREAM_END) /* another member may follow */
			f->broken = inflateReset(s) != Z_OK;
		else if (rc != Z_OK && rc != Z_BUF_ERROR)
			f->broken = 1;
	}
	return (ssize_t)(size - s->avail_out);
}

ssize_t unpack_read(struct unpack_file *f, char *buf, size_t size)
{
	if (!f->begun && !begin(f))
		return -1;
	return f->z ? read_packed(f, buf, size) : read_plain(f, buf, size);
}

void unpack_release(struct unpack_file *f)
{
	if (f->z)
		inflateEnd(&f->z->s);
	free(f->z);
	free(f->block);
	*f = (struct unpack_file){.fd = -1};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a file that may be compressed by gzip, as rotated logs are, by blocks in constant memory.
 */
#ifndef FT_IMPORT_UNPACK_H
#define FT_IMPORT_UNPACK_H

#include <stddef.h>
#include <sys/types.h>

struct unpack; /* of zlib; only for compressed files */

struct unpack_file {
	int fd; /* the caller's */
	struct unpack *z;
	char *block; /* what is read and not yet unpacked: block[from..to) */
	size_t from, to;
	int begun;  /* the kind is known */
	int broken; /* the compressed data ended early or is wrong: nothing comes any more */
};

/* Up to size bytes; 0 at the end, -1 with errno. */
ssize_t unpack_read(struct unpack_file *f, char *buf, size_t size);
void unpack_release(struct unpack_file *f);

#endif

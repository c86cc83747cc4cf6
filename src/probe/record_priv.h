/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the writer and the reader of recordings; nobody else includes it.
 */
#ifndef FT_PROBE_RECORD_PRIV_H
#define FT_PROBE_RECORD_PRIV_H

#include "probe/record.h"

/* The line ends in it show a file that went through a conversion of text. */
#define RECORD_MAGIC	  "FTrec\r\n\032"
#define RECORD_MAGIC_SIZE 8
#define RECORD_BLOCK_MAX  (64u << 20) /* bytes; the state of a busy host may take some */

enum record_block_type {
	RECORD_BLOCK_HEAD = 'H',
	RECORD_BLOCK_STATE = 'S',
	RECORD_BLOCK_EVENTS = 'E',
	RECORD_BLOCK_END = 'Z',
};

struct record_block {
	uint32_t type, len; /* enum record_block_type; bytes that follow, a multiple of 8 */
	uint32_t items, pad;
	uint64_t sum; /* record_sum() over what follows */
};

struct record_item_head {
	uint32_t len, type; /* bytes that follow, without the padding; enum record_item */
};

static inline size_t record_padded(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

/* FNV-1a over words of 64 bits: a checksum against damage, not against forgery. len is a multiple
 * of 8. */
static inline uint64_t record_sum(const void *data, size_t len)
{
	const unsigned char *at = data;
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i += 8) {
		uint64_t w;

		__builtin_memcpy(&w, at + i, 8);
		h = (h ^ w) * 0x100000001b3u;
		h ^= h >> 29; /* the high bits must not only go up */
	}
	return h;
}

#endif

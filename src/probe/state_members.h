/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of a saved state; shared by what writes and what reads it, nobody else includes it.
 *
 * A section: u32 number of members, and for each its name and kind (u32 length and bytes; u32);
 * u32 number of objects, and each object's values in that order. A number is a u64; text is a u32
 * length (TEXT_NULL: a null pointer) and the bytes.
 *
 * The whole: images, descriptor tables (each object: u32 number of open descriptors; each: u32
 * number and a section's values), threads; behind each thread's values are the places of its image
 * and its table, 0 being none, and the path of its control group.
 */
#ifndef FT_PROBE_STATE_MEMBERS_H
#define FT_PROBE_STATE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_NULL UINT32_MAX

enum member_kind { KIND_NUMBER, KIND_TEXT }; /* in the bytes */

enum member_type {
	TYPE_NUMBER, /* unsigned integer of size bytes */
	TYPE_BOOL,
	TYPE_CHARS,   /* NUL-terminated text in size bytes */
	TYPE_BYTES,   /* size bytes */
	TYPE_STRINGS, /* struct state_strings */
	TYPE_TEXT,    /* owned pointer to NUL-terminated text */
	TYPE_NAME,    /* of a struct state_fd: name, name_len, name_alloc */
};

struct member {
	const char *name;
	enum member_type type;
	size_t at, size;
	bool zero_ok; /* TYPE_TEXT: may be a null pointer */
};

struct section {
	const struct member *v;
	size_t n;
};

/* state_members.c: what is kept of each structure. A member more is a row more. */
extern const struct section section_image, section_fd, section_thread;

static inline enum member_kind kind_of(const struct member *m)
{
	return m->type == TYPE_NUMBER || m->type == TYPE_BOOL ? KIND_NUMBER : KIND_TEXT;
}

#endif

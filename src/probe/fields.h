/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that the engine can read from an event: one table of name, type and extractor.
 *
 * A rule with a field that is not in the table is not evaluated (see eval.h). Adding a field is
 * adding a row. Text values are NUL-terminated and live until the next extraction through the same
 * field_ref, and not longer than the event.
 */
#ifndef FT_PROBE_FIELDS_H
#define FT_PROBE_FIELDS_H

#include "probe/eval_calls.h"
#include "probe/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type {
	VALUE_STR,
	VALUE_INT,  /* signed 64 bit */
	VALUE_UINT, /* unsigned; width of the field */
	VALUE_BOOL,
	VALUE_PORT, /* unsigned 16 bit; constants may be service names */
	VALUE_IP,   /* 4 or 16 bytes, network order */
	VALUE_LIST, /* of texts; transformers only */
};

struct value {
	const char *s; /* VALUE_STR: text; VALUE_IP: bytes */
	size_t len;    /* of s */
	int64_t i;     /* numbers and booleans */
};

/* What an extractor may look at. One per evaluator, refilled for each event. */
struct field_ctx {
	const struct state_view *view;
	const struct call *call;   /* of view->ev->nr */
	const struct state *state; /* may be NULL: proc.pname is then absent */
	uint64_t num;		   /* evt.num */
	int64_t epoch_offset_ns;   /* added to an event's ts */
	const char *hostname;
};

#define FIELD_SCRATCH 4608 /* longest text that an extractor builds: cwd + path */

struct field_ref;
typedef bool (*field_get)(const struct field_ctx *ctx, struct field_ref *ref, struct value *out);

enum field_flags {
	FIELD_OF_CALL = 1, /* depends on the kind of call alone: decided when a rule is compiled */
	FIELD_OF_FD = 2,   /* needs descriptor tables */
	FIELD_SCRATCHED = 4, /* builds its text in the reference's scratch memory */
	FIELD_TIME = 8,	     /* JSON output has nanoseconds since the epoch instead of the text */
};

struct field {
	const char *name;
	enum value_type type;
	unsigned bits; /* numbers: width that a constant is cut to, as Falco does; 0: 64 */
	unsigned flags;
	/* False: the event has no such value; every comparison is then false, as in Falco. */
	field_get get;
};

/* A use of a field. */
struct field_ref {
	const struct field *field;
	char *scratch; /* FIELD_SCRATCH bytes when the field wants it; owned */
};

/* NULL when the engine cannot read it. */
const struct field *field_find(const char *name);
/* All of them, for --list; ends with a NULL name. */
const struct field *field_all(void);
void field_ref_init(struct field_ref *ref, const struct field *f);
void field_ref_release(struct field_ref *ref);

static inline bool field_read(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return ref->field->get(ctx, ref, out);
}

#endif

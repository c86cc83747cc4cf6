/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that the engine can read from an event: tables of name, type and extractor, one for
 * each class (fields_evt.c, fields_proc.c, fields_fd.c, fields_path.c, fields_user.c,
 * fields_container.c). Adding a field is adding a row.
 *
 * A rule with a field that is in no table is not evaluated (see eval.h). Texts are NUL-terminated
 * and live until the next read through the same field_ref, and not longer than the event.
 */
#ifndef FT_PROBE_FIELDS_H
#define FT_PROBE_FIELDS_H

#include "base/strbuf.h"
#include "probe/eval_calls.h"
#include "probe/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type {
	VALUE_STR,
	VALUE_BYTES, /* as VALUE_STR, but any bytes */
	VALUE_INT,   /* signed 64 bit */
	VALUE_UINT,  /* unsigned; width of the field */
	VALUE_DOUBLE,
	VALUE_BOOL,
	VALUE_PORT, /* unsigned 16 bit; constants may be service names */
	VALUE_IP,   /* 4 or 16 bytes, network order */
	VALUE_NET,  /* as VALUE_IP; constants are networks */
	VALUE_HOST, /* as VALUE_IP; constants are host names */
	VALUE_LIST, /* of texts; transformers only */
};

struct value {
	const char *s; /* VALUE_STR, VALUE_BYTES: text; VALUE_IP, VALUE_NET, VALUE_HOST: bytes */
	size_t len;    /* of s */
	union {
		int64_t i; /* numbers and booleans */
		double d;  /* VALUE_DOUBLE */
	};
};

/* What an extractor may look at. One per evaluator, refilled for each event. */
struct field_ctx {
	const struct state_view *view;
	const struct call *call;   /* of view->ev->nr */
	const struct state *state; /* may be NULL: what other threads say is then absent */
	uint64_t num;		   /* evt.num */
	uint64_t first_ts;	   /* of the first event; ns since boot, as in struct probe_event */
	int64_t epoch_offset_ns;   /* added to an event's ts */
	const char *hostname;
};

struct field_ref;
typedef bool (*field_get)(const struct field_ctx *ctx, struct field_ref *ref, struct value *out);

enum field_flags {
	FIELD_OF_CALL =
		1 << 0, /* depends on the kind of call alone: decided when a rule is compiled */
	FIELD_OF_FD = 1 << 1, /* needs descriptor tables */
	FIELD_TIME = 1 << 2,  /* JSON output has nanoseconds since the epoch instead of the text */
	FIELD_ARG = 1 << 3,   /* may take an [argument] */
	FIELD_NEEDS_ARG = 1 << 4,
	FIELD_DOTTED = 1 << 5, /* the argument may also follow a dot: evt.arg.flags */
	/* Has several values: a comparison holds when it does for one of them. Read one after the
	 * other by field_ref.at (1 ...); with at 0 it is what an output prints. */
	FIELD_EACH = 1 << 6,	    /* only where it has no argument */
	FIELD_BOTH_DIFFER = 1 << 7, /* with FIELD_EACH: != must hold for all of them */
	FIELD_LIST =
		1 << 8, /* with FIELD_EACH: `in` must hold for all, other operators see the first */
	/* What the capture records for it only when asked to; see enum probe_want. */
	FIELD_WANTS_ENV = 1 << 9,
	FIELD_WANTS_FILE = 1 << 10,
	FIELD_WANTS_DATA = 1 << 11,
	FIELD_WANTS_OPENED = 1 << 12, /* as FIELD_WANTS_FILE, in events of calls that open */
	FIELD_DYNAMIC = 1 << 13,      /* the type depends on the argument */
	FIELD_ARGUMENT = 1 << 14,     /* the argument names a parameter of the event */
	FIELD_PADDED = 1 << 15,	      /* nine digits at least in texts; a plain number in JSON */
	FIELD_WANTS_USAGE = 1 << 17,
	FIELD_WANTS_ENDS = 1 << 16, /* PROBE_WANT_ENDS, in events of calls that send or receive */
};

/* The bits of enum probe_want that fields with these flags need. of_calls: those of them that the
 * rule's calls give, where only some calls do. */
static inline unsigned field_wants(unsigned flags, unsigned of_calls)
{
	return (flags / FIELD_WANTS_ENV & 7u) |
	       (flags & FIELD_WANTS_USAGE ? PROBE_WANT_USAGE : 0u) |
	       (flags & FIELD_WANTS_OPENED ? of_calls & PROBE_WANT_FILE : 0u) |
	       (flags & FIELD_WANTS_ENDS ? of_calls & PROBE_WANT_ENDS : 0u);
}

struct field {
	const char *name;
	enum value_type type;
	unsigned bits; /* numbers: width that a constant is cut to, as Falco does; 0: 64 */
	unsigned flags;
	/* False: the event has no such value; every comparison is then false, as in Falco. */
	field_get get;
	int n; /* for get, which may serve several rows */
};

/* A use of a field. */
struct field_ref {
	const struct field *field;
	enum value_type type; /* the field's, or what its argument makes of it */
	unsigned flags;	      /* the field's that hold with this argument */
	char *arg;	      /* owned; NULL: none */
	long index;	      /* the argument as a number, -1 when it is none */
	size_t at;	      /* see FIELD_EACH */
	const void *cursor;   /* the extractor's own, between such reads */
	uint64_t last_ts;     /* of the event of the last read, kept by evt.deltatime; 0: none */
	struct strbuf buf;    /* of texts that an extractor builds */
};

/* Prepare the use of a field as a rule names it. False: the engine cannot read it; *ref then needs
 * no release. name may have its argument behind a dot; arg is the one in brackets, or NULL. */
bool field_ref_init(struct field_ref *ref, const char *name, const char *arg);
void field_ref_release(struct field_ref *ref);
/* Field i of all tables, NULL behind the last; for --list. */
const struct field *field_nth(size_t i);

static inline bool field_read(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return ref->field->get(ctx, ref, out);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings: the events of a capture in the order in which the consumer handled them, with the
 * process state from before the first one, in a file.
 *
 * File: 8 bytes magic, then blocks. A block is a header of 24 bytes (type, bytes, items, 0, 64-bit
 * checksum) and its bytes, a multiple of 8:
 *   'H' once, first: a JSON object, see struct record_about;
 *   'S' once, second: the process state (state_save.h);
 *   'E' any number: items, each 8 bytes (length, type) and its bytes, padded to 8: an event as
 *       event.h describes it, or a thread as the next event's look-up in /proc found it;
 *   'Z' once, last: struct record_end.
 * Integers in host byte order: a recording is for the machine type that made it. A file without its
 * last block is not whole; the writer gives it its name only when it is.
 *
 * The writer has a thread and a bounded memory; when that is full, events are left out and counted,
 * so that a slow disk does not hold up the consumer.
 */
#ifndef FT_PROBE_RECORD_H
#define FT_PROBE_RECORD_H

#include "base/error.h"
#include "base/strbuf.h"
#include "probe/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the file and of the records in it: to be raised when event.h changes. */
#define RECORD_VERSION 4

#define RECORD_DEFAULT_MAX (1ULL << 30) /* bytes, for engine.embedded.record_max */

/* Where a recording comes from. */
struct record_about {
	char engine_version[32], catalogue[16], hostname[256], kernel[128];
	int64_t recorded_ns;	 /* when it began, ns since the epoch */
	int64_t epoch_offset_ns; /* added to an event's ts gives ns since the epoch */
	int64_t pid;		 /* of the engine, whose own events are not evaluated */
	int64_t n_cpus;
	int64_t wants; /* enum probe_want: what was recorded beside the usual */
};

struct record_end {
	uint64_t events, lookups;
	uint64_t lost;	  /* events left out because the disk was too slow */
	uint64_t odd;	  /* events left out because they were not as event.h has them: a bug */
	uint64_t too_big; /* events after the file had reached its largest size */
};

/* --- writing ---------------------------------------------------------------------------------- */

struct recorder;

/* Begins PATH.tmpPID. state: what state_save() gave. max: bytes that the file may have. *out is
 * owned by the caller. Error: ERROR_ENV when the file cannot be made. */
int recorder_open(struct recorder **out, const char *path, uint64_t max,
		  const struct record_about *about, const struct strbuf *state, struct error *err);
/* One event; never waits. */
void recorder_event(struct recorder *r, const struct probe_event *ev);
/* What a look-up for the event to come found. */
void recorder_lookup(struct recorder *r, const struct strbuf *thread);
/* Writes what is left and gives the file its name; *end says what is in it. Frees r; NULL is fine.
 * Error: ERROR_ENV when writing failed: there is no file then. */
int recorder_close(struct recorder *r, struct record_end *end, struct error *err);
/* Frees r and removes what it has written; NULL is fine. */
void recorder_drop(struct recorder *r);

/* --- reading ---------------------------------------------------------------------------------- */

struct recording {
	struct record_about about;
	struct record_end end;
	const unsigned char *state; /* borrowed from the file's memory */
	size_t state_len;
	const unsigned char *data;
	size_t len;
	const void *map; /* NULL: not mapped by recording_open() */
	size_t map_len;
};

enum record_item { RECORD_EVENT, RECORD_LOOKUP, RECORD_NO_MORE };

struct record_cursor {
	const unsigned char *at, *block_end, *end;
};

/* Maps the file and looks all of it over: every block's checksum, every record's form. Errors:
 * ERROR_INPUT "file: what is wrong". On error *r needs no release. */
int recording_open(struct recording *r, const char *path, struct error *err);
/* The same for a file that is in memory, 8-byte aligned, which must outlive r; name is for
 * messages. */
int recording_parse(struct recording *r, const char *name, const void *data, size_t len,
		    struct error *err);
void recording_release(struct recording *r);

void recording_start(const struct recording *r, struct record_cursor *c);
/* The next item and its bytes. */
enum record_item recording_next(struct record_cursor *c, const void **item, size_t *len);

/* What follows an event of each call; the same for all recordings of a version. */
struct record_forms {
	uint16_t kinds[PROBE_SYSCALLS]; /* bits 1 << enum probe_kind */
};
void record_forms_init(struct record_forms *f);
/* record_check.c: whether an event of len bytes is one that the kernel side can write: nothing in
 * it points outside. *why says what is wrong; static. */
bool record_check_event(const struct record_forms *f, const void *ev, size_t len, const char **why);

#endif

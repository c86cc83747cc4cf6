/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where alerts go: standard output and a file, behind a queue and a writer thread, so that a slow
 * disk or pipe does not hold up the consumer.
 *
 * outputs_queue.capacity bounds the queue; a full one loses the new alert and counts it. 0 is
 * unbounded.
 */
#ifndef FT_PROBE_OUTPUT_H
#define FT_PROBE_OUTPUT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output_opts {
	bool to_stdout;
	const char *filename; /* NULL: no file; borrowed */
	bool keep_alive;      /* keep the file open between alerts */
	int64_t capacity;     /* alerts in the queue; 0: unbounded */
};

struct outputs;

/* Starts the writer. *out is owned by the caller. Error: ERROR_INPUT when the file cannot be
 * opened. */
int outputs_open(struct outputs **out, const struct output_opts *opts, struct error *err);
/* Queue one line (its newline included); takes ownership. False: lost, the queue is full. */
bool outputs_push(struct outputs *o, char *line, size_t len);
uint64_t outputs_n_drops(struct outputs *o);
/* The channel ("stdout", "file") whose write has been under way for longer than limit_ns, NULL when
 * there is none; each write is told of once. */
const char *outputs_blocked(struct outputs *o, int64_t limit_ns);
/* Open the file anew before the next alert (log rotation). */
void outputs_reopen(struct outputs *o);
/* Writes what is queued, then ends; gives up after timeout_ms on a reader that does not read. NULL
 * is fine. */
void outputs_close(struct outputs *o, int timeout_ms);

#endif

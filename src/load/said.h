/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an external program says about its own throughput: numbers that a pattern finds in its
 * output, line by line. They are the program's word, and are reported as that.
 *
 * A struct said collects the numbers of one output; a struct said_reader is a thread that reads the
 * output of a program from a pipe, passes it on to standard error and collects. Memory is bounded:
 * of a line longer than SAID_LINE_MAX only the beginning is looked at, and only sums are kept.
 */
#ifndef FT_LOAD_SAID_H
#define FT_LOAD_SAID_H

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAID_LINE_MAX 4096

struct said_value {
	uint64_t n; /* numbers found; the others are NaN while it is 0 */
	double last, mean;
	uint64_t unreadable; /* the pattern matched what is no number */
};

struct said {
	struct pcre2_real_code_8 *re; /* owned */
	char line[SAID_LINE_MAX];
	size_t len; /* of the unfinished line; what is above SAID_LINE_MAX is dropped */
	struct said_value value;
	double sum;
};

/* pattern: PCRE2, with exactly one capturing group, around the number. On failure *why (for the
 * caller to free) says what is wrong. Release with said_release() in any case. */
int said_init(struct said *s, const char *pattern, char **why);
void said_release(struct said *s);
/* More output: lines end with \n or \r (progress displays). */
void said_feed(struct said *s, const char *data, size_t len);
/* The output has ended: its last line may have no end. */
void said_end(struct said *s);

struct said_reader {
	struct said said;
	pthread_t thread;
	pthread_mutex_t lock;
	int in, stop_fd; /* the pipe; an eventfd that ends the thread */
	bool started;
	struct said_value value; /* under the lock */
};

/* Start reading from `fd`, which it owns from now on, also after an error. ERROR_ENV. */
int said_reader_start(struct said_reader *r, int fd, const char *pattern, struct error *err);
struct said_value said_reader_value(struct said_reader *r);
/* Take in what is in the pipe, then end the thread; the value stays. May be called again. */
void said_reader_end(struct said_reader *r);
/* The same, and free everything. */
void said_reader_stop(struct said_reader *r);

#endif

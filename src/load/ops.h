/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations that a load worker can repeat, as one table in four files: a new operation is one
 * row, in ops_simple.c (files, sockets) or ops_self.c where it only makes a few calls.
 *
 * Each row knows the system calls that one operation makes, in the names that Falco prints and in
 * the number of exit events that Falco counts (x86_64): a clone counts twice (parent and child), a
 * process that ends counts as procexit, exit_group never returns and counts nothing. What a failed
 * operation did make of them is counted call by call, so that totals hold with errors too.
 *
 * An operation touches nothing but loopback addresses, files below the load's own temporary
 * folder, pipes of its own, /dev/zero and /dev/null, and the program falcotune-true.
 *
 * A struct load_op_ctx belongs to one thread, which also sets it up (file descriptors are private
 * to the thread, see worker.c).
 */
#ifndef FT_LOAD_OPS_H
#define FT_LOAD_OPS_H

#include "base/error.h"

#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_TRUTH_MAX 12

/* Exit events of one system call (or procexit) in each operation that succeeds. */
struct load_truth {
	const char *syscall; /* NULL ends the rows */
	unsigned per_op;
};

struct load_op_ctx {
	const struct load_truth *truth; /* of the operation, on this host; borrowed */
	const char *dir;		/* the temporary folder, absolute; borrowed */
	const char *helper; /* path of falcotune-true; borrowed; only for operations that need it */
	const char *marker; /* of canaries; borrowed */
	uint64_t sequence;  /* of the next canary */
	unsigned worker, index; /* which worker, which thread of it: unique together */
	char *path, *path2;	/* own files, NULL when none */
	void *page;		/* own memory, NULL when none */
	int fd[2];		/* -1 when not open */
	int pid, tid;		/* own ones, where an operation needs them */
	struct sockaddr_in addr;
	posix_spawnattr_t attr;
	bool has_attr;
	int64_t side_ns; /* set by a row's timed(): service time of the measured side */
	/* Calls made beyond `per_op` for each success: by failed operations, and repeats after a
	 * signal; in the order of the row's truth. */
	uint64_t extra[LOAD_TRUTH_MAX];
};

struct load_op {
	const char *name;
	const char *help;
	bool needs_helper;
	bool unfit; /* for replays */
	struct load_truth truth[LOAD_TRUTH_MAX + 1];
	/* Of these, calls that fail in each operation that succeeds (drop_failed_exit leaves their
	 * events out). */
	struct load_truth failing[2];
	/* Adapts a copy of truth to this host; NULL when nothing depends on it. */
	void (*adapt)(struct load_truth *rows);
	/* Fills ctx (zeroed but for the borrowed members, the numbers, and fd = -1). NULL: nothing.
	 * Error: ERROR_ENV. load_op_teardown() is called after a failure too. */
	int (*setup)(struct load_op_ctx *c, struct error *err);
	/* Runs n operations back to back, returns how many succeeded. */
	unsigned (*run)(struct load_op_ctx *c, unsigned n);
	/* One operation, its measured side into c->side_ns; 1 or 0 as run(). NULL: all of it is the
	 * measured side and the caller takes the time. */
	unsigned (*timed)(struct load_op_ctx *c);
};

/* The i-th operation, NULL past the last. */
const struct load_op *load_op_at(size_t i);
/* The parts of the table: ops.c, ops_process.c, ops_simple.c, ops_self.c. */
extern const struct load_op load_ops[], load_process_ops[], load_simple_ops[], load_self_ops[];
extern const size_t load_n_ops, load_n_process_ops, load_n_simple_ops, load_n_self_ops;

/* The operation of that name, or NULL. */
const struct load_op *load_op_find(const char *name);
/* The row's truth as it holds on this host; out has LOAD_TRUTH_MAX + 1 entries. May make a system
 * call to find out. */
void load_op_truth(const struct load_op *op, struct load_truth *out);
/* Frees and closes what setup made. */
void load_op_teardown(struct load_op_ctx *c);
/* CLOCK_MONOTONIC in nanoseconds (a vDSO read, no system call). */
int64_t load_now(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tables of cheap operations are written with (ops_simple.c, ops_self.c).
 *
 * All calls of such an operation are made whatever became of the one before, so that a failed
 * operation counts whole.
 */
#ifndef FT_LOAD_OPS_SIMPLE_H
#define FT_LOAD_OPS_SIMPLE_H

#include "base/mem.h"
#include "load/ops.h"

#include <sys/syscall.h>

/* NAME_run repeats one operation, whose body returns whether it succeeded; c is the context. */
#define SIMPLE(name, ...)                                                                          \
	static inline bool name##_one(struct load_op_ctx *c)                                       \
	{                                                                                          \
		(void)c;                                                                           \
		__VA_ARGS__                                                                        \
	}                                                                                          \
	static unsigned name##_run(struct load_op_ctx *c, unsigned n)                              \
	{                                                                                          \
		unsigned ok = 0;                                                                   \
                                                                                                   \
		for (unsigned i = 0; i < n; i++)                                                   \
			ok += name##_one(c);                                                       \
		for (unsigned i = 0; ok < n && c->truth[i].syscall; i++)                           \
			c->extra[i] += (uint64_t)c->truth[i].per_op * (n - ok);                    \
		return ok;                                                                         \
	}

/* System calls themselves: the C library must not stand in for one. */
#define CALL(nr, ...) syscall(SYS_##nr, ##__VA_ARGS__)

/* Rows of a table: name, help, set-up or NULL, which run function, and the calls. */
#define ROW(name_, help_, setup_, run_, ...)                                                       \
	{                                                                                          \
		.name = name_, .help = help_, .truth = {__VA_ARGS__}, .setup = setup_,             \
		.run = run_##_run                                                                  \
	}
/* One whose only call fails. */
#define FAILS(name_, help_, setup_, run_, call)                                                    \
	{                                                                                          \
		.name = name_, .help = help_, .truth = {call}, .failing = {call}, .setup = setup_, \
		.run = run_##_run                                                                  \
	}
#define N(call)                                                                                    \
	{                                                                                          \
#call, 1                                                                           \
	}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * Case files (testcases/ID.yaml) and their expansion into the cases of a run.
 *
 * A case file spells base_syscalls and engine as falco.yaml does:
 *
 *   id: open                  # [a-z0-9][a-z0-9._-]*, unique in a run; the only key that must be there
 *   title: "Test 5: open"     # absent: the id
 *   rules: dummy              # dummy (default): rulesets/dummy.yaml, or the -r files; user: the -r
 *                             # files or falco.yaml's own; else a path, relative to the case file
 *   base_syscalls:            # absent: the user's own; an absent key in it is empty or false
 *     custom_set: [open, "!close"]
 *     repair: false
 *     all: false
 *   engine:                   # absent: the user's own; a list sweeps
 *     kind: modern_ebpf       # or kmod; absent: the user's own
 *     modern_ebpf:
 *       drop_failed_exit: false
 *       buf_size_preset: [5, 6, 7]         # 1 to 10
 *       cpus_for_each_buffer: [2, 4, 6]    # 0: one buffer for all CPUs
 *     kmod:                   # absent under engine.kind kmod: the presets of modern_ebpf
 *       buf_size_preset: 5
 *   plugins: [own, none]      # own (default): the user's; none: load_plugins: []; a list sweeps
 *   load: quick               # profile id, or a path (with a . or /) relative to the case file; --load wins
 *   reference: true           # shown beside the others, such as the defaults
 *   expect:                   # checked and reported
 *     final_set: [clone, execve, procexit]
 *     max_drop: 1%
 *
 * Unknown keys are errors with file:line:col.
 */
/* clang-format on */
#ifndef FT_RUN_CASE_H
#define FT_RUN_CASE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "config/config.h"

#include <stdbool.h>

struct tcase {
	char *id, *title, *file;
	char *variant; /* "p5-c2", "p5-c2-noplugins" when expanded from a sweep, else "" */
	char *key;     /* id, or id/variant: unique in a run, names the case folder ('/' as '.') */
	char *rules;   /* "dummy", "user" or an absolute path */
	bool has_base; /* base_syscalls given (else the user's own) */
	struct strvec custom_set;
	bool repair, all;
	int preset;	      /* 1..10, 0: the user's own */
	int kind;	      /* enum engine_kind, -1: the user's own */
	int drop_failed_exit; /* 0 or 1, -1: the user's own */
	int cpus; /* cpus_for_each_buffer as written, -1: the user's own; -1 under kmod */
	bool plugins_none;
	bool reference;
	char *load; /* profile id or path, NULL: the run's */
	bool has_expect_set, has_expect_drop;
	struct strvec expect_set;
	double expect_max_drop;
};

struct case_list {
	struct tcase *v;
	size_t n, alloc;
};

#define CASE_LIST_INIT                                                                             \
	{                                                                                          \
		0                                                                                  \
	}
void case_list_release(struct case_list *l);

/* Stock cases in the order that they are run when --cases is not given; NULL-terminated. */
extern const char *const case_stock_ids[];

/* Read what --cases named: stock ids (testcases/ID.yaml or testcases/sweeps/ID.yaml of the
 * program's data, several joined by commas), files, folders of *.yaml and *.yml (not their
 * subfolders); the same file named twice counts once. No names: the stock cases. Sweeps are
 * expanded; variants that are equal in effect on this host (cpus_for_each_buffer of 0, n_cpus or
 * more is one buffer for all; any under kmod) are kept once, the first. kind: the user's
 * engine.kind, decides which section of engine holds. ERROR_INPUT with place for a bad file, an id
 * used by two files, or no case at all; on failure *out needs no release. */
int case_list_load(struct case_list *out, const struct strvec *names, enum engine_kind kind,
		   int n_cpus, struct error *err);

/* Buffer settings in place of the cases' own: every preset with every cpus_for_each_buffer. */
struct case_buffers {
	int presets[64], cpus[64]; /* 1..10; 0 (one buffer for all CPUs) and up */
	size_t n_presets, n_cpus;
};

/* Replace the variants of each case by those of b, with the plugins of its first variant; variants
 * that are equal in effect on n_cpus CPUs are kept once. */
void case_list_buffers(struct case_list *l, const struct case_buffers *b, enum engine_kind kind,
		       int n_cpus);

/* CPUs that share a buffer once Falco has bounded cpus_for_each_buffer: 1..n_cpus. */
int case_effective_cpus(enum engine_kind kind, int cpus, int n_cpus);
/* Ring buffers that cpus_for_each_buffer makes on n_cpus CPUs: n_cpus / cpus, rounded up. */
int64_t case_buffer_count(enum engine_kind kind, int cpus, int n_cpus);

#endif

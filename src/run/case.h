/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case files (testcases/ID.yaml) and their expansion into the cases of a run.
 *
 * A case file spells base_syscalls and engine as falco.yaml does:
 *
 *   id: open                       # [a-z0-9][a-z0-9._-]*, unique in a run
 *   title: "Test 5: open"
 *   rules: dummy                   # dummy (rulesets/dummy.yaml), user (those of the command line),
 * or # a path relative to the case file; -r replaces dummy base_syscalls: {custom_set: [...],
 * repair: false, all: false}   # absent: the user's own engine:                        # absent:
 * the user's own; lists sweep modern_ebpf: {buf_size_preset: [5, 6, 7], cpus_for_each_buffer: [2,
 * 4, 6]} plugins: none                  # load_plugins: []; absent: the user's own load: quick #
 * default of this case; --load wins reference: true                # shown beside the others, such
 * as the defaults expect: {final_set: [...], max_drop: 1%}   # optional; checked and reported
 *
 * Unknown keys are errors with file:line:col.
 */
#ifndef FT_RUN_CASE_H
#define FT_RUN_CASE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "config/config.h"

#include <stdbool.h>

struct tcase {
	char *id, *title, *file;
	char *variant; /* "p5-c2" when expanded from a sweep, else "" */
	char *key;     /* id, or id/variant: unique in a run, names the case folder ('/' as '.') */
	char *rules;   /* "dummy", "user" or an absolute path */
	bool has_base; /* base_syscalls given (else the user's own) */
	struct strvec custom_set;
	bool repair, all;
	int preset; /* 1..10, 0: the user's own */
	int cpus;   /* cpus_for_each_buffer, -1: the user's own */
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

/* Read what --cases named: stock ids (testcases/ID.yaml of the program's data), files, folders of
 * *.yaml; repeats of the same case are dropped. No names: the six stock cases in the order
 * spawned-process, repair, accept, connect, open, default. Sweeps are expanded; variants that are
 * equal in effect on this host (cpus_for_each_buffer beyond n_cpus) are kept once. An empty result
 * is an input error. kind: the user's engine.kind (decides engine.kmod or engine.modern_ebpf). */
int case_list_load(struct case_list *out, const struct strvec *names, enum engine_kind kind,
		   int n_cpus, struct error *err);

#endif

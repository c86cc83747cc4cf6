/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts by process, control group or path, gathered under their names as they come out of the
 * kernel's tables. Bounded: what finds no room is counted apart. Pure.
 */
#ifndef FT_SURVEY_FOLD_H
#define FT_SURVEY_FOLD_H

#include "base/map.h"
#include "survey/host.h"

#include <stddef.h>
#include <stdint.h>

#define FOLD_GROUPS_MAX 4096  /* names that are counted */
#define FOLD_PIDS_MAX	65536 /* processes that are told apart; `processes` ends there */
#define FOLD_SHOWN	256   /* groups in a profile; the rest are one, "(others)" */
#define FOLD_CALLS	16    /* busiest calls in each */

struct fold_group {
	char *name;
	uint64_t n, failed;
	uint64_t *calls; /* by slot; n_slots of the fold */
	uint64_t processes;
	int64_t pid; /* the first one */
};

struct fold {
	size_t n_slots;
	struct strmap by_name; /* name -> struct fold_group */
	struct strmap pids;    /* "PID NAME" */
	uint64_t other;	       /* calls without a group */
};

/* n_slots: how many kinds of calls there are; 0: they are not told apart. */
void fold_init(struct fold *f, size_t n_slots);
void fold_release(struct fold *f);
/* n more calls, failed of them with an error. When there is no room for a new name they go to
 * `fallback` (may be NULL) if that is there or fits, else to `other`. */
void fold_add(struct fold *f, const char *name, const char *fallback, size_t slot, uint64_t n,
	      uint64_t failed);
/* The process pid had that name. */
void fold_process(struct fold *f, const char *name, int64_t pid);

/* A leading path as the kernel side cut it, as it is shown: numbers below /proc are PID, the empty
 * one is "(relative)". Appended; *first gets the length of its first part. */
void fold_path_name(const char *raw, struct strbuf *out, size_t *first);

/* Fill out (released by the host_profile that it is in): rates are counts / seconds. call_names: by
 * slot, NULL for slots that are not shown. */
void fold_finish(const struct fold *f, double seconds, const char *const *call_names,
		 struct host_groups *out);

#endif

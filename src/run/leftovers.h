/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run has made that must not outlive it, written down before it is used: processes, a
 * folder of the load, control groups, a sysctl. The record is a file of its own in a state folder
 * (/run/falcotune for root, else $XDG_RUNTIME_DIR/falcotune, else $TMPDIR/falcotune-UID); it is
 * removed when the run ends. A record whose owner is dead is proof of a crash: the next start
 * undoes what it names.
 *
 * A process is named by pid and start time, so that a recycled pid is never touched.
 */
#ifndef FT_RUN_LEFTOVERS_H
#define FT_RUN_LEFTOVERS_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum leftover_process { LEFTOVER_ENGINE, LEFTOVER_LOAD, LEFTOVER_PROCESSES };

struct leftovers {
	char *path; /* of this run's record; NULL: nothing is recorded */
	char *dir;  /* of the run's results, for messages */
	struct {
		pid_t pid; /* 0: none */
		uint64_t start;
	} process[LEFTOVER_PROCESSES];
	char *tmp; /* where the load makes its folder, named by its pid (src/load/tempdir.h) */
	struct strvec cgroups;	   /* folders of control groups (run/cgroup.h) */
	struct strvec cgroup_undo; /* what was switched on for them */
	int64_t bpf_stats; /* value of kernel.bpf_stats_enabled to give back, -1: untouched */
};

#define LEFTOVERS_INIT                                                                             \
	{                                                                                          \
		.bpf_stats = -1                                                                    \
	}

/* The state folder, made when it is not there (mode 0700). Error: ERROR_ENV, also when it belongs
 * to someone else. The caller frees *out. */
int leftovers_state_dir(char **out, struct error *err);
/* Start a record for the run in `dir`. Error: ERROR_ENV. */
int leftovers_begin(struct leftovers *l, const char *state_dir, const char *dir, struct error *err);
/* Write the record as it is now. Error: ERROR_ENV. */
int leftovers_save(const struct leftovers *l, struct error *err);
/* Remove the record, and the state folder when it was the last one. */
void leftovers_end(struct leftovers *l);

/* Look at every record of the state folder: undo those of dead owners, one line of what was done
 * each into done; those of live owners are named in live ("falcotune 123 in DIR"). Other files are
 * left alone. Error: ERROR_ENV when the folder cannot be read. */
int leftovers_clean(const char *state_dir, struct strvec *done, struct strvec *live,
		    struct error *err);
/* Look without undoing anything: the runs of dead owners ("falcotune 123 in DIR") into dead, those
 * of live ones into live. No state folder is none of either. */
void leftovers_look(struct strvec *dead, struct strvec *live);

#endif

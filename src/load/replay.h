/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host's mix of system calls (host.json of `falcotune survey`) as workers of a load profile.
 *
 * The operations' rates are the non-negative least squares fit of the calls that the host made,
 * each call weighted by the reciprocal of its rate (as in a chi-square), so that rare calls count
 * and an operation that also makes calls which nobody asked for is used only where it pays. Failed
 * opens are fitted apart from good ones where the host profile tells them apart. Rates are means
 * over the survey's window: bursts within it are not replayed, nor are arguments, processes and
 * paths.
 *
 * The pacing sleeps by clock_nanosleep: of a profile with a replay, these sleeps stand for as many
 * of the mix's, and only what they are more than that comes on top (profile_replay.c).
 *
 * What no operation makes is missing from the load, and the result says how much that is.
 */
#ifndef FT_LOAD_REPLAY_H
#define FT_LOAD_REPLAY_H

#include "base/error.h"
#include "load/ops.h"
#include "survey/host.h"

#include <stddef.h>

/* One system call of the mix: exit events a second. */
struct replay_call {
	char *syscall; /* owned */
	double asked, made;
};

struct replay_op {
	const struct load_op *op;
	double per_s;
};

struct load_replay {
	char *file, *hostname; /* hostname NULL unknown */
	double scale;
	struct replay_op *ops; /* with a rate above 0, in the order of the table */
	size_t n_ops;
	/* Every call that is asked for or made, largest shortfall first. */
	struct replay_call *calls;
	size_t n_calls;
	/* Sums over the calls; missing and extra as shares of asked. */
	double asked, made, missing, extra;
	/* clock_nanosleep that the pacing makes in place of an operation; 0 in a mere fit. */
	double paced_sleeps;
};

/* Fit scale times the host's mix. ERROR_INPUT when it has no call that any operation makes. Release
 * *out in any case. */
int load_replay_fit(const struct host_profile *host, double scale, struct load_replay *out,
		    struct error *err);
void load_replay_release(struct load_replay *r);

#endif

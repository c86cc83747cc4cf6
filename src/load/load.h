/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of a load profile, from the temporary folder to the end record.
 *
 * load_run() takes over the process's signals (it blocks INT, TERM, HUP, QUIT and USR1, ignores
 * PIPE, uses USR2), so it belongs in an executable of its own.
 */
#ifndef FT_LOAD_LOAD_H
#define FT_LOAD_LOAD_H

#include "base/error.h"
#include "load/profile.h"

#include <stdbool.h>
#include <stdint.h>

struct load_options {
	int64_t duration_ns; /* 0: until a signal */
	int64_t interval_ns; /* between ticks, 0: none */
	int64_t seed;	     /* shifts the workers' schedules against each other */
	double scale;	     /* for the record only: load_profile_scale() is the caller's */
	bool wait_start;     /* wait for SIGUSR1 after the ready record */
	const char *marker;  /* of canaries; borrowed, may be NULL */
	int report_fd;	     /* borrowed */
};

/* Runs the profile. *signal is the signal that ended it, or 0. ERROR_ENV when the host cannot do
 * it; whatever was made is removed then too. */
int load_run(const struct load_profile *p, const struct load_options *opt, int *signal,
	     struct error *err);

#endif

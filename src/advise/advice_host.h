/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Advice before any run: from a host profile and the user's rules and configuration, which rules,
 * settings and syscalls make the kernel event rate, and what each change would take away. Pure.
 */
#ifndef FT_ADVISE_ADVICE_HOST_H
#define FT_ADVISE_ADVICE_HOST_H

#include "advise/advice.h"
#include "config/config.h"
#include "cost/rate.h"

struct advice_host_input {
	const struct host_profile *host;
	struct rate_set set;	     /* the user's own; set.in must be there */
	const struct config *config; /* that it was made from */
	const char *where;	     /* name of the profile */
};

/* Appends findings, largest gain first, and notes. Gains are kernel events a second by the
 * prediction of cost/rate.h: what the profile's host would no longer send. Findings overlap: their
 * gains do not add up. */
void advice_of_host(const struct advice_host_input *in, struct advice *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One survey of this host, from loading to the profile.
 */
#ifndef FT_SURVEY_SURVEY_H
#define FT_SURVEY_SURVEY_H

#include "survey/host.h"

#include <signal.h>

struct survey_opts {
	int64_t duration_ns;
	bool by_process, by_cgroup, by_path;
	/* Called when counting has begun; may be NULL. */
	void (*ready)(void *arg);
	void *arg;
	/* Set by a signal: end now. Borrowed. */
	const volatile sig_atomic_t *stop;
};

/* Fills *out, which must be initialised. ERROR_ENV when the host cannot do it. */
int survey_run(const struct survey_opts *opt, struct host_profile *out, struct error *err);

#endif

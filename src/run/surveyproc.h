/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A survey of this host: falcotune-survey as a child process, and the profile that it gives.
 */
#ifndef FT_RUN_SURVEYPROC_H
#define FT_RUN_SURVEYPROC_H

#include "run/session.h"
#include "survey/host.h"

#include <stdbool.h>
#include <stdint.h>

struct survey_spec {
	int64_t duration_ns;
	bool by_process, by_cgroup, by_path;
};

/* Its command line, appended. */
void surveyproc_argv(const char *exe, const struct survey_spec *spec, struct strvec *argv);
/* Survey the host. s: begun by the caller; a signal ends the survey early (s->caught), and what was
 * counted until then is the result. ready: called when counting has begun; may be NULL. *out is
 * released by the caller when 0 was returned. ERROR_ENV: no falcotune-survey beside falcotune, or
 * what it says is missing (root, BPF). */
int surveyproc_run(struct session *s, const struct survey_spec *spec, void (*ready)(void *arg),
		   void *arg, struct host_profile *out, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of a load without any engine: how fast the load is when nothing is traced. Warm-up,
 * window and heartbeat are those of a live run (run/live.h), so that the two differ by the engine
 * alone.
 */
#ifndef FT_RUN_BARE_H
#define FT_RUN_BARE_H

#include "run/results.h"
#include "run/session.h"

struct bare_spec {
	const struct strvec *load; /* command line of the load; borrowed, as all of this */
	const char *dir;	   /* folder of this run, there already */
	int64_t warmup_ns, duration_ns;
	const char *name; /* for progress */
	int repeat, repeats;
	double left_s; /* of the whole run when this starts, for progress */
};

/* 0: done, out (initialised by the caller) is ok or failed; it has a window and workers, and no
 * counters. -1: interrupted (s->caught is set). The load has ended in any case. */
int bare_run(struct session *s, const struct bare_spec *spec, struct res_repeat *out,
	     struct error *err);

#endif

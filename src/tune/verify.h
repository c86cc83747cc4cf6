/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last run of a configuration that is recommended: does the engine take it (a dry run, whose
 * set must be the predicted one), and what does it drop under the load (one live run)? One repeat
 * says nothing about a drop rate to a tenth; it says whether the configuration works as printed.
 */
#ifndef FT_TUNE_VERIFY_H
#define FT_TUNE_VERIFY_H

#include "run/plan.h"
#include "run/session.h"

struct verify_input {
	const char *engine;		   /* as --engine */
	const char *config;		   /* the user's falco.yaml; NULL: Falco's own values */
	const struct strvec *sets, *rules; /* the user's -o and -r */
	const struct strvec *change;	   /* settings on top of them, "key=value" */
	const char *case_rules;		   /* "user", "dummy", or a path, as a case file says it */
	bool plugins_none;
	const char *load;      /* profile id or path; NULL: no live run */
	const char *load_name; /* what it is called in words; NULL: its id */
	const char *no_live;   /* why there is no live run although there may be a load; NULL */
	int64_t duration_ns, warmup_ns, timeout_ns; /* timeout_ns -1: the default */
	double limit;	     /* drop rate that must not be exceeded; NaN: none */
	const char *dir;     /* for the run: made, and left to the caller */
	const char *command; /* for display */
};

/* Run it. 0: *out says what came of it, also that nothing could be run. -1: interrupted
 * (s->caught), or ERROR_ENV when falcotune itself cannot go on; *out is as res_verification_init()
 * left it then. The caller has begun the session and its leftovers, and releases *out in any case.
 */
int verify_run(const struct verify_input *in, struct session *s, struct res_verification *out,
	       struct error *err);
/* There is none, for that reason. */
void verify_none(struct res_verification *out, const char *why);

/* The configuration that a run recommends (r->rec, a plan that was run), in the plan's folder,
 * under the load of the recommended case. no_live as above. Nothing recommended: *out stays without
 * state.
 */
int verify_recommended(const struct plan *p, const char *no_live, struct session *s,
		       struct res_verification *out, struct error *err);

/* A configuration that was measured in the same run just as it is printed: that, in words. name: of
 * the measured one; c: what was measured. */
void verify_as_measured(const struct res_case *c, const char *name, double limit,
			struct res_verification *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of a run with events (app_live.c and app_source.c); nobody else includes it.
 */
#ifndef FT_PROBE_APP_RUN_H
#define FT_PROBE_APP_RUN_H

#include "probe/app.h"
#include "probe/capture.h"
#include "probe/consumer.h"
#include "probe/format.h"
#include "probe/metrics.h"
#include "probe/output.h"
#include "probe/pids.h"
#include "probe/profile.h"
#include "probe/record.h"
#include "probe/replay.h"
#include "probe/state.h"

#include <signal.h>
#include <sys/types.h>

/* A run; the last opened is closed first. */
struct live {
	struct app *app;
	struct outputs *outputs;
	struct eval *eval;	     /* the app's */
	struct rule_format *formats; /* one for each of eval->rules */
	struct format prefix;
	struct alert_opts alert;
	char hostname[256];
	const volatile sig_atomic_t *stop;
	struct capture *capture; /* NULL in a replay */
	struct recording recording;
	struct replay *replay; /* NULL when capturing */
	struct state *state;
	struct recorder *recorder; /* NULL: none */
	struct profile *profile;   /* NULL: none */
	struct pids *pids;	   /* NULL: events of all processes are evaluated */
	struct consumer_stats stats;
	struct metrics *metrics;
	int64_t end_ns;		  /* -M; 0: none */
	int64_t drops_checked_ns; /* of the drop monitor */
	uint64_t drops_seen, drop_seconds;
	int64_t output_timeout_ns; /* output_timeout */
	bool timed_out;
	int64_t self; /* the process whose own events are not evaluated */
};

/* app_source.c. In the order of their use: where events come from is opened (with the state that
 * goes with it), then what else is done with them; they are run through; what was gathered is
 * written; all is closed. */
int source_open(struct live *lv, struct error *err);
int source_open_extras(struct live *lv, struct error *err);
int source_run(struct live *lv, struct consumer_opts *opts, struct error *err);
int source_write_extras(struct live *lv, struct error *err);
void source_close(struct live *lv);

#endif

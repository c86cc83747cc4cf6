/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The consumer's loop over a recording: the same handling of events, no kernel and no waiting.
 */
#ifndef FT_PROBE_REPLAY_H
#define FT_PROBE_REPLAY_H

#include "probe/consumer.h"
#include "probe/record.h"

struct replay;

/* Fills st from the recording's snapshot; look-ups in /proc are answered from the recording from
 * then on. r must outlive st. Error: ERROR_INPUT for a snapshot that is damaged. */
int replay_open(struct replay **out, const struct recording *r, const char *name, struct state *st,
		struct error *err);
void replay_close(struct replay *rp); /* NULL is fine */

/* Runs to the end of the recording or until *stop. opts->drain and poll_events are not used. */
void replay_run(struct replay *rp, const struct consumer_opts *opts, struct consumer_stats *stats);

#endif

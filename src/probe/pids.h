/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of given processes and their descendants (engine.embedded.pids).
 *
 * The kernel side still hands over everything, and the state is kept of every process: a rule that
 * asks for a parent, or for a descriptor that was inherited, finds what it finds without the
 * filter. Only the evaluation of the others' events is left out. A child belongs where its parent
 * did when it was made, whatever becomes of the parent; of processes that were there at the start,
 * and of those whose clone event was dropped, the line of parents tells.
 */
#ifndef FT_PROBE_PIDS_H
#define FT_PROBE_PIDS_H

#include "probe/state.h"

struct pids;

/* text: "12,34", as the configuration has checked it. st: for its processes at the start; borrowed.
 * Free with pids_close(). */
struct pids *pids_open(const char *text, const struct state *st);
void pids_close(struct pids *p); /* NULL is fine */
/* Is this event one of theirs? To be asked of every event, in order. */
bool pids_hold(struct pids *p, const struct state_view *view);

#endif

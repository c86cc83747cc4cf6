/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process state as bytes and back, for recordings.
 *
 * Every structure is a table in state_members.c: one row a member. The bytes begin with the names
 * of the members, so that a reader takes the members that it knows by name, leaves the others
 * alone, and keeps zero for those that the bytes do not have. A member of a new kind of value is
 * all that makes a new version of the form (RECORD_VERSION).
 */
#ifndef FT_PROBE_STATE_SAVE_H
#define FT_PROBE_STATE_SAVE_H

#include "base/strbuf.h"
#include "probe/state.h"

/* Append the whole state. */
void state_save(const struct state *st, struct strbuf *out);
/* Fill an empty state. Error: ERROR_INPUT for bytes that state_save() does not write; st is then
 * good for state_close() only. */
int state_restore(struct state *st, const void *data, size_t len, struct error *err);

/* Append one thread, its descriptors left out: what a look-up in /proc finds. */
void state_save_thread(const struct state_thread *t, struct strbuf *out);
/* Give t the members that were saved; its numbers and descriptors stay. False for bytes that are
 * damaged: t may then be half filled. */
bool state_restore_thread(struct state *st, struct state_thread *t, const void *data, size_t len);

#endif

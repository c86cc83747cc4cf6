/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress of a run on stderr: on a terminal a line for the live run that is under way, with a
 * bar, redrawn in place; elsewhere plain lines for what has ended only.
 */
#ifndef FT_CMD_PROGRESS_H
#define FT_CMD_PROGRESS_H

#include "base/log.h"
#include "run/session.h"

struct progress_view {
	const struct log *log;
	bool terminal;
	bool open; /* a line without its newline stands there */
	int64_t drawn_at;
};

void progress_view_init(struct progress_view *v, const struct log *log);
/* A progress_fn; arg: struct progress_view. */
void progress_view_show(void *arg, const struct progress *p);
/* End an open line, before anything else is printed. */
void progress_view_close(struct progress_view *v);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One dry run of an engine, and its comparison with the prediction.
 */
#ifndef FT_RUN_DRYRUN_H
#define FT_RUN_DRYRUN_H

#include "run/results.h"
#include "run/session.h"

/* Run argv with its log in dir/dry-run.log, at most timeout_ns, and fill the dry-run members of c.
 * 0: done (c->dry_status ok or failed). -1: interrupted, c is as before. */
int dryrun_run(struct session *s, const struct strvec *argv, const char *dir, int64_t timeout_ns,
	       struct res_case *c, struct error *err);
/* Fill the dry-run members of c from a log. end: how the process ended in words when that was no
 * success, else NULL. */
void dryrun_read(struct res_case *c, const char *log, size_t len, const char *end);
/* c->agreement, missing and extra from predicted and dry_final. */
void dryrun_compare(struct res_case *c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canaries: programs that the load starts with a marker and a number among their arguments, and the
 * alerts of rulesets/canary.yaml for them. What is missing was lost on the way: in the buffers, in
 * the engine's state, in the outputs queue or by a rate limit.
 */
#ifndef FT_RUN_CANARY_H
#define FT_RUN_CANARY_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdint.h>

#define CANARY_RULE   "Falcotune canary"
#define CANARY_PREFIX "falcotune-canary-" /* of every marker; the rule looks for it */

/* Path of the rules file, for the caller to free. ERROR_ENV when the program's data is not there.
 */
char *canary_rules(struct error *err);
/* A marker of a run's own. The caller frees. */
char *canary_marker(void);
/* Why a case cannot have canaries: its set `before`, and `with` the rule added. NULL: it can. The
 * caller frees. */
char *canary_obstacle(const struct strvec *before, const struct strvec *with);
/* Number of different canaries of that marker in an engine's alerts (JSON lines). RES_UNKNOWN when
 * the file cannot be read. */
int64_t canary_count(const char *path, const char *marker);

#endif

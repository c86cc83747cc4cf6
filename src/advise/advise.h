/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From measurements to an order and a recommendation: pure functions over struct results. Nothing
 * is read from the host or from files, and the same results (seed included) give the same advice.
 *
 * What the caller must have filled before: host and engine facts, the options of the run, and for
 * each case its settings, prediction, dry run, coverage of the rules, repair_set and repeats with
 * their samples. What is filled here: res_case.sum, .rank and .tie_group, results.order and
 * .n_order, results.rec. Calling it again replaces what an earlier call filled.
 */
#ifndef FT_ADVISE_ADVISE_H
#define FT_ADVISE_ADVISE_H

#include "run/results.h"

/* Highest drop rate of a recommended case when --max-drop is not given. */
#define ADVISE_MAX_DROP 0.01
/* Less than this much of measured windows makes an interval indicative only. */
#define ADVISE_MIN_REPEATS 3
#define ADVISE_MIN_SECONDS 30.0 /* each */

/* --max-drop as it is in force: ADVISE_MAX_DROP unless given or otherwise set above 0. */
double advise_limit(const struct results *r);

/* Summaries, ranking and recommendation: all of the below in order. Cannot fail. */
void advise_results(struct results *r);

/* Fill c->sum from the ok repeats of one case. n_cpus: of the host, <= 0 unknown. The interval is a
 * 95 % one, see stats/ratio.h. */
void advise_summarise(struct res_case *c, int64_t n_cpus);

/*
 * After every case is summarised: for a case that lost nothing, take the bound for what an unseen
 * second could lose from what the worst second of any case under the same load did lose. The
 * interval of such a case is [0, p * w]: p the 95 % bound on the share of seconds that drop (the
 * exact rule of three, stats/ratio.h), w that worst share. Where nothing in the run dropped, w is
 * not known and stays 1: a dropping second could lose everything.
 */
void advise_bound_quiet(struct results *r);

/* Fill rank and tie_group of every case, order and n_order. Cases without an ok repeat are not
 * ranked (rank 0).
 *
 * By drop rate, then set size; a drop rate of NaN (not exercised) counts as 0 with the interval
 * [0, 0]. The best case not yet placed opens a tie group; every other case not yet placed that
 * cannot be told from the opener (advise/compare.h) joins it. Inside a group: who was told
 * apart as dropping less, smaller set, lower drop rate, less buffer memory, key. Makes the
 * comparisons first. */
void advise_rank(struct results *r);

/* Fill r->rec; needs sums and ranks. the limit is advise_limit().
 *
 * kind "recommended"  user's rules, a case within max_drop
 *      "diagnosis"    the same with the dummy rules: says what the host bears, not what to run
 *      "none-within"  no case within max_drop; case_key names the best one
 *      "unfixable"    none within, and Test 1 (id spawned-process) is above max_drop at the
 *                     largest buffer that was tested
 *      "no-data"      no ranked case */
void advise_recommend(struct results *r);

/* Size of the final set: as the engine printed it when the dry run worked, else as predicted. */
size_t res_case_set_size(const struct res_case *c);
/* Buffer bytes x number of buffers, or RES_UNKNOWN. */
int64_t res_case_buffer_memory(const struct res_case *c);
/* Share of the events of each second that was dropped, over the ok repeats; seconds without events
 * are left out. Returns how many; the caller frees *out. */
size_t res_case_second_rates(const struct res_case *c, double **out);
/* Seconds of all measured windows of the ok repeats. */
double res_case_seconds(const struct res_case *c);

#endif

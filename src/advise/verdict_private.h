/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the verdicts: thresholds and questions to the facts (verdict_holds.c), evidence and
 * next steps in words (verdict_words.c). A question whose facts are unknown is answered with no, a
 * share with NaN.
 */
#ifndef FT_ADVISE_VERDICT_PRIVATE_H
#define FT_ADVISE_VERDICT_PRIVATE_H

#include "advise/verdict.h"

/* Shares 0..1 where nothing else is said. */
enum threshold {
	T_SATURATED,
	T_DEMAND,
	T_MOST,
	T_WAIT,
	T_STEAL,
	T_SKEW,
	T_EXCESS,
	T_THROTTLED,
	T_OUTSIDE,
	T_SURPLUS,
	T_LOST_THREADS,
	T_LOST_FDS,
	T_LOST_FDS_UNKNOWN,
	T_N,
};

extern const double verdict_limits[T_N];

bool facts_drops(const struct verdict_facts *f);
double facts_drop_rate(const struct verdict_facts *f);
bool facts_most_seconds(const struct verdict_facts *f);
double facts_wait_share(const struct verdict_facts *f, enum verdict_part part);
bool facts_overloaded(const struct verdict_facts *f);
bool facts_saturated(const struct verdict_facts *f);
bool facts_not_saturated(const struct verdict_facts *f);
bool facts_burst_of_events(const struct verdict_facts *f);
bool facts_skewed(const struct verdict_facts *f);
bool facts_waits(const struct verdict_facts *f);
bool facts_stolen(const struct verdict_facts *f);
bool facts_crowded(const struct verdict_facts *f);
bool facts_nice_and_unknown_wait(const struct verdict_facts *f);
double facts_an_event(const struct verdict_facts *f, int64_t n);

/* Which verdicts hold. */
bool holds_unfixable(const struct verdict_facts *f);
bool holds_throttled(const struct verdict_facts *f);
bool holds_starved(const struct verdict_facts *f);
bool holds_sustained(const struct verdict_facts *f);
bool holds_burst(const struct verdict_facts *f);
bool holds_output(const struct verdict_facts *f);
bool holds_state(const struct verdict_facts *f);
bool holds_startup(const struct verdict_facts *f);
bool holds_plugin(const struct verdict_facts *f);
bool holds_healthy(const struct verdict_facts *f);

/* Evidence, appended: numbers with units. */
void say_drops(const struct verdict_facts *f, struct strvec *e);
void say_consumer(const struct verdict_facts *f, struct strvec *e);
void say_demand(const struct verdict_facts *f, struct strvec *e);
void say_throttled(const struct verdict_facts *f, struct strvec *e);
void say_starved(const struct verdict_facts *f, struct strvec *e);
void say_burst(const struct verdict_facts *f, struct strvec *e);
void say_output(const struct verdict_facts *f, struct strvec *e);
void say_state(const struct verdict_facts *f, struct strvec *e);
void say_startup(const struct verdict_facts *f, struct strvec *e);
void say_plugin(const struct verdict_facts *f, struct strvec *e);
void say_healthy(const struct verdict_facts *f, struct strvec *e);
void say_unfixable(const struct verdict_facts *f, struct strvec *e);
void say_none(const struct verdict_facts *f, struct strvec *e);

/* One next step; the caller frees. */
char *step_unfixable(const struct verdict_facts *f);
char *step_throttled(const struct verdict_facts *f);
char *step_starved(const struct verdict_facts *f);
char *step_sustained(const struct verdict_facts *f);
char *step_burst(const struct verdict_facts *f);
char *step_output(const struct verdict_facts *f);
char *step_state(const struct verdict_facts *f);
char *step_startup(const struct verdict_facts *f);
char *step_plugin(const struct verdict_facts *f);
char *step_healthy(const struct verdict_facts *f);
char *step_none(const struct verdict_facts *f);

/* The next step as settings, "key=value", appended. */
void change_burst(const struct verdict_facts *f, struct strvec *out);
void change_starved(const struct verdict_facts *f, struct strvec *out);
void change_output(const struct verdict_facts *f, struct strvec *out);
void change_state(const struct verdict_facts *f, struct strvec *out);

#endif

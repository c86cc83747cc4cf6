/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a profile's report, and how its numbers are shown; for profile.c. */
#ifndef FT_REPORT_PROFILE_TABLES_H
#define FT_REPORT_PROFILE_TABLES_H

#include "report/doc.h"
#include "report/profile.h"

/* Counts and times as they are shown: of one run where all runs counted the same, else of all runs
 * together. */
double profile_shown_part(const struct profile_shown *s);

void profile_rules_table(const struct profile_shown *s, struct doc *d);
void profile_phases_table(const struct profile_shown *s, struct doc *d);
void profile_events_table(const struct profile_shown *s, struct doc *d);
void profile_pairs_table(const struct profile_shown *s, struct doc *d);
void profile_checks_table(const struct profile_shown *s, struct doc *d);
/* Counts an octave of time. */
void profile_latency_table(const struct profile_shown *s, struct doc *d);

#endif

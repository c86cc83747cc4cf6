/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the search share; see search.h.
 */
#ifndef FT_TUNE_SEARCH_PRIVATE_H
#define FT_TUNE_SEARCH_PRIVATE_H

#include "tune/search.h"

/* The active rules of w->matrix with their weights, and w->input. ERROR_INPUT. */
int search_read_rules(struct search *w, const struct search_options *o, struct error *err);
/* Largest buf_size_preset whose buffers all together stay within w->max_memory; 1 at least. */
int search_largest_preset(const struct search *w);
/* Each fills w->rates and says in w->rates_from where they came from. */
void search_rates_of_host(struct search *w, const struct host_profile *host);
int search_rates_of_profile(struct search *w, struct error *err);
/* From the report of the load of a live run (its folder); false: there is none. */
bool search_rates_of_run(struct search *w, const char *dir);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/advise.h"
#include "advise/slowdown.h"
#include "advise/verdict.h"

void advise_results(struct results *r)
{
	for (size_t i = 0; i < r->n_cases; i++)
		advise_summarise(&r->cases[i], r->n_cpus);
	advise_bound_quiet(r);
	advise_rank(r);
	advise_recommend(r);
	for (size_t i = 0; i < r->n_cases; i++)
		verdict_case(r, &r->cases[i]);
	slowdown_results(r);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which differences of the ranking are real, and what the seconds behind a drop rate were like. */
#include "report/content.h"

#include "advise/compare.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

static void add_share(struct strvec *cells, double v)
{
	strvec_push(cells, isnan(v) ? "-" : UNITS_SHARE(v));
}

static void seconds_table(const struct results *r, struct doc *d)
{
	static const char *const head[] = {"case", "p50", "p90", "p99", "worst"};
	static const bool right[] = {false, true, true, true, true};
	struct strvec *cells;

	doc_para(d, "Drop rate of a second, over all seconds of the windows:");
	cells = doc_table_head(d, "Drop rate of a second", head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < r->n_order; i++) {
		const struct res_case *c = &r->cases[r->order[i]];

		strvec_push(cells, c->key);
		add_share(cells, c->sum.drop_p50_s);
		add_share(cells, c->sum.drop_p90_s);
		add_share(cells, c->sum.drop_p99_s);
		add_share(cells, c->sum.drop_max_s);
	}
}

static bool any_second(const struct results *r)
{
	for (size_t i = 0; i < r->n_order; i++)
		if (r->cases[r->order[i]].sum.drop_max_s > 0)
			return true;
	return false;
}

void content_comparisons(const struct results *r, struct doc *d)
{
	struct strvec *items;
	size_t told = 0;

	if (!r->n_comparisons || r->n_order < 2)
		return;
	doc_heading(d, 2, "What can be told apart");
	for (size_t i = 0; i < r->n_comparisons; i++)
		told += r->comparisons[i].told_apart;
	doc_para(d, "%zu of %zu pairs of cases differ in their drop rate. Each case and the next:",
		 told, r->n_comparisons);
	items = doc_list(d);
	for (size_t i = 0; i + 1 < r->n_order; i++) {
		const struct res_comparison *c = advise_comparison(r, r->cases[r->order[i]].key,
								   r->cases[r->order[i + 1]].key);

		if (c && c->text)
			strvec_push(items, c->text);
	}
	if (any_second(r))
		seconds_table(r, d);
}

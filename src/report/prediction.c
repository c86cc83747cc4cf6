/* SPDX-License-Identifier: Apache-2.0 */
/* Predicted beside measured event rates, a row a case. */
#include "report/content.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>

/* Events a second of the case's set besides the load, measured just before it began: mean of the
 * repeats; NaN unknown. */
static double background(const struct res_case *c)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < c->n_repeats; i++) {
		const struct res_repeat *r = &c->repeats[i];

		if (r->status != RES_OK || !r->recon_known || isnan(r->recon_background_per_s))
			continue;
		sum += r->recon_background_per_s;
		n++;
	}
	return n ? sum / (double)n : (double)NAN;
}

double content_predicted(const struct results *r, const struct res_case *c)
{
	double back = background(c);

	if (r->host_profile)
		return c->predicted_host_per_s;
	return c->predicted_load_per_s + (isfinite(back) ? back : 0);
}

double content_residual(const struct results *r, const struct res_case *c)
{
	return c->sum.n_ok && c->sum.evts_per_s > 0
		       ? c->sum.evts_per_s / content_predicted(r, c) - 1
		       : (double)NAN;
}

static bool is_shown(const struct results *r, const struct res_case *c)
{
	return isfinite(content_predicted(r, c)) && isfinite(content_residual(r, c));
}

static void add_row(const struct results *r, const struct res_case *c, struct strvec *t)
{
	double residual = content_residual(r, c);

	strvec_push(t, c->key);
	strvec_push(t, UNITS_RATE(content_predicted(r, c)));
	strvec_push(t, UNITS_RATE(c->sum.evts_per_s));
	strvec_pushf(t, "%+.2f%%", residual * 100);
}

void content_prediction(const struct results *r, struct doc *d)
{
	static const char *const head[] = {"case", "predicted events/s", "measured events/s",
					   "residual"};
	static const bool right[] = {false, true, true, true};
	const struct res_case **cases cleanup_free = content_cases(r);
	struct strvec *t = NULL;

	for (size_t i = 0; i < r->n_cases; i++) {
		if (!is_shown(r, cases[i]))
			continue;
		if (!t) {
			doc_heading(d, 2, "Predicted and measured event rates");
			t = doc_table_head(d, "Kernel events a second", head, ARRAY_SIZE(head),
					   right);
		}
		add_row(r, cases[i], t);
	}
	if (!t)
		return;
	if (r->host_profile)
		doc_para(d,
			 "Predicted from %s before the run, for each case's set; the profile must "
			 "have been taken under what this run measures.",
			 r->host_profile);
	else
		doc_para(d, "Predicted from the load profile before the run, and the host's other "
			    "events as they were just before the load began.");
}

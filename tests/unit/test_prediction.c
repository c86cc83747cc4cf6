/* SPDX-License-Identifier: Apache-2.0 */
/* Predicted beside measured event rates in a report. */
#include "unit.h"

#include "advise/advise.h"
#include "report/content.h"
#include "report/report.h"
#include "results_maker.h"

static struct res_case *one_case(struct results *r)
{
	struct res_case *c = make_case(r, "open", 11);

	make_repeat(c, 10, 1000, 0);
	advise_results(r);
	return &r->cases[0];
}

static void check_text(struct results *r, const char *want, bool there)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(report_write(r, FORMAT_TEXT, &text, &err), 0);
	ck_assert_msg((strstr(text.buf, want) != NULL) == there, "%s", text.buf);
}

START_TEST(a_host_profile_is_compared)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = one_case(&r);

	ck_assert(c->sum.evts_per_s > 0);
	r.host_profile = xstrdup("host.json");
	c->predicted_load_per_s = 1;
	c->predicted_host_per_s = c->sum.evts_per_s / 1.25;
	ck_assert(fabs(content_residual(&r, c) - 0.25) < 1e-9);
	check_text(&r, "+25.00%", true);
	check_text(&r, "predicted events/s  measured events/s", true);
	check_text(&r, "Predicted from host.json", true);
	results_release(&r);
}
END_TEST

START_TEST(a_load_is_compared_with_the_background_added)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = one_case(&r);

	c->predicted_load_per_s = c->sum.evts_per_s * 0.75;
	ck_assert(fabs(content_residual(&r, c) - 1 / 0.75 + 1) < 1e-9);
	c->repeats[0].recon_known = true;
	c->repeats[0].recon_background_per_s = c->sum.evts_per_s * 0.25;
	ck_assert(fabs(content_predicted(&r, c) / c->sum.evts_per_s - 1) < 1e-9);
	check_text(&r, "+0.00%", true);
	results_release(&r);
}
END_TEST

START_TEST(nothing_is_shown_without_a_prediction)
{
	struct results r = RESULTS_INIT;

	one_case(&r);
	check_text(&r, "Predicted and measured", false);
	results_release(&r);
}
END_TEST

UNIT_MAIN("prediction", a_host_profile_is_compared, a_load_is_compared_with_the_background_added,
	  nothing_is_shown_without_a_prediction)

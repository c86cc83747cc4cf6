/* SPDX-License-Identifier: Apache-2.0 */
/* How much slower the engine makes the load: a row for each case and worker of its load. */
#include "report/content.h"

#include "advise/slowdown.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

static void add_ratio(const struct res_ratio *r, struct strbuf *out)
{
	if (isnan(r->ratio))
		strbuf_addch(out, '-');
	else
		strbuf_addf(out, "%.2fx", r->ratio);
	if (!isnan(r->ratio) && !isnan(r->lo))
		strbuf_addf(out, " [%.2f, %.2f]", r->lo, r->hi);
}

static bool is_rate(const struct res_slowdown *s)
{
	return s->measure && !strcmp(s->measure, "rate");
}

static char *amount(const struct res_slowdown *s, double v)
{
	if (isnan(v))
		return xstrdup("-");
	if (is_rate(s))
		return xasprintf("%s/s", UNITS_RATE(v));
	return xstrdup(UNITS_DURATION(v));
}

static void ratio_cell(struct strvec *cells, const struct res_ratio *r)
{
	struct strbuf sb = STRBUF_INIT;

	add_ratio(r, &sb);
	strvec_take(cells, strbuf_detach(&sb));
}

static void row(struct strvec *cells, const struct res_case *c, const struct res_slowdown *s)
{
	strvec_push(cells, c->key);
	strvec_pushf(cells, "%s%s", s->worker, s->floor_uses ? " *" : "");
	strvec_push(cells, is_rate(s) ? "rate" : "time");
	strvec_take(cells, amount(s, s->bare));
	strvec_take(cells, amount(s, s->with));
	ratio_cell(cells, &s->slow);
	ratio_cell(cells, &s->floor);
	ratio_cell(cells, &s->own);
	strvec_pushf(cells, "%d", s->rounds);
	strvec_push(cells, s->indicative ? "indicative" : "");
}

static bool any_uses(const struct results *r)
{
	for (size_t i = 0; i < r->n_cases; i++)
		for (size_t k = 0; k < r->cases[i].n_slowdown; k++)
			if (r->cases[i].slowdown[k].floor_uses)
				return true;
	return false;
}

static void meaning(const struct results *r, struct doc *d)
{
	doc_para(d,
		 "slowdown: time with the engine over time without, of runs within one round, "
		 "with a 95%% interval over the rounds; of the median time of an operation, and "
		 "for unpaced workers of the rate that they achieve too, which loses the CPU "
		 "time that the engine takes. floor: the "
		 "engine with Test 1's set, below which no base_syscalls can go. own: the case "
		 "over that floor. bpf_stats was off unless a warning says otherwise.%s",
		 r->engine_embedded ? " These are figures of the embedded engine." : "");
	if (any_uses(r))
		doc_para(d, "* makes events even in Test 1's set: its floor is not that of a load "
			    "which the set leaves alone.");
}

static void failed_rungs(const struct results *r, struct doc *d)
{
	for (size_t i = 0; i < r->n_rungs; i++)
		for (size_t k = 0; k < r->rungs[i].n_repeats; k++) {
			const struct res_repeat *rep = &r->rungs[i].repeats[k];

			if (rep->status == RES_FAILED)
				doc_para(d, "%s, repeat %d, failed: %s", r->rungs[i].name,
					 rep->index, rep->reason ? rep->reason : "unknown reason");
		}
}

void content_slowdown(const struct results *r, struct doc *d)
{
	static const char *const heads[] = {"case",	"worker", "of",	 "without", "with",
					    "slowdown", "floor",  "own", "rounds",  "note"};
	static const bool right[] = {false, false, false, true, true,
				     true,  true,  true,  true, false};
	const struct res_case **cases cleanup_free = content_cases(r);
	struct strvec *cells = NULL;

	if (!r->n_rungs)
		return;
	doc_heading(d, 2, "Slowdown of the load");
	for (size_t i = 0; i < r->n_cases; i++)
		for (size_t k = 0; k < cases[i]->n_slowdown; k++) {
			if (!cells)
				cells = doc_table_head(d, "Slowdown of the load", heads,
						       ARRAY_SIZE(heads), right);
			row(cells, cases[i], &cases[i]->slowdown[k]);
		}
	if (cells)
		meaning(r, d);
	else
		doc_para(d, "No round has both a run without engine and one with.");
	failed_rungs(r, d);
}

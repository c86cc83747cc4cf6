/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the budget of a rule-set diff, and which rule broke it. */
#include "report/diff_sections.h"

#include "base/mem.h"
#include "report/diff_words.h"

#include <math.h>

#define CULPRITS_SHOWN 3

static void add_limit_value(const struct budget_finding *f, double v, struct strbuf *out)
{
	if (f->limit->key == BUDGET_SYSCALLS)
		strbuf_addf(out, "%.0f", v);
	else if (f->limit->key == BUDGET_EVT_RATE)
		diff_rate(out, v);
	else
		diff_cpu(out, v);
}

static void add_limit_change(const struct budget_finding *f, struct strbuf *out)
{
	if (isnan(f->change))
		strbuf_addstr(out, "unknown");
	else if (f->limit->unit == BUDGET_PERCENT)
		diff_relative(out, f->change);
	else if (f->limit->unit == BUDGET_POINTS)
		strbuf_addf(out, "%+.3gpp", f->change * 100);
	else if (f->limit->key == BUDGET_EVT_RATE)
		diff_rate_change(out, f->old, f->new);
	else
		strbuf_addf(out, "%+.0f", f->change);
}

static void add_culprits(const struct diff_report *r, const struct budget_finding *f,
			 struct strbuf *out)
{
	size_t shown = f->n_rows < CULPRITS_SHOWN ? f->n_rows : CULPRITS_SHOWN;

	if (!f->n_rows)
		strbuf_addstr(out, f->broken && !f->unknown ? "no change of a rule alone" : "-");
	for (size_t i = 0; i < shown; i++) {
		strbuf_addstr(out, i ? ", " : "");
		diff_report_row(&r->d->rows[f->rows[i]], out);
	}
	if (f->n_alone > shown)
		strbuf_addf(out, " and %zu more, each", f->n_alone - shown);
	if (f->n_rows)
		strbuf_addstr(out, f->n_alone ? " alone" : ", which contributes most");
}

void diff_report_finding(const struct diff_report *r, const struct budget_finding *f,
			 struct strbuf *out)
{
	strbuf_addf(out, "budget %s=%s is %s: ", budget_key_names[f->limit->key], f->limit->text,
		    f->unknown	? "not known to be kept"
		    : f->broken ? "broken"
				: "kept");
	if (f->unknown) {
		strbuf_addstr(out, "it could not be measured");
		return;
	}
	add_limit_change(f, out);
	strbuf_addstr(out, ", from ");
	add_limit_value(f, f->old, out);
	strbuf_addstr(out, " to ");
	add_limit_value(f, f->new, out);
	strbuf_addstr(out, f->measured ? ", measured" : ", predicted");
	if (!f->broken)
		return;
	strbuf_addstr(out, f->n_rows ? "; by rule " : "; by ");
	add_culprits(r, f, out);
}

void diff_budget_section(const struct diff_report *r, struct doc *doc)
{
	static const bool right[] = {false, true, true, true, true, false, false};
	static const char *const head[] = {"budget", "limit",	"before", "after",
					   "change", "verdict", "by rule"};
	struct strvec *cells;

	if (!r->n_findings)
		return;
	doc_heading(doc, 3, "Budget");
	cells = doc_table_head(doc, "Budget", head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct budget_finding *f = &r->findings[i];
		struct strbuf text[4] = {STRBUF_INIT, STRBUF_INIT, STRBUF_INIT, STRBUF_INIT};

		add_limit_value(f, f->old, &text[0]);
		add_limit_value(f, f->new, &text[1]);
		add_limit_change(f, &text[2]);
		add_culprits(r, f, &text[3]);
		strvec_push(cells, budget_key_names[f->limit->key]);
		strvec_push(cells, f->limit->text);
		for (size_t k = 0; k < 3; k++)
			strvec_push(cells, text[k].buf);
		strvec_pushf(cells, "%s, %s", f->broken ? "BROKEN" : "kept",
			     f->measured ? "measured" : "predicted");
		strvec_push(cells, text[3].buf);
		for (size_t k = 0; k < ARRAY_SIZE(text); k++)
			strbuf_release(&text[k]);
	}
}

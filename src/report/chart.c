/* SPDX-License-Identifier: Apache-2.0 */
#include "report/chart.h"

#include "advise/advise.h"
#include "base/mem.h"
#include "base/units.h"
#include "report/escape.h"

#include <math.h>
#include <string.h>

/* Layout in pixels. */
#define LABEL_W 260
#define PLOT_W	480
#define RIGHT_W 80 /* room for the value behind a bar of full length */
#define ROW_H	26
#define TOP	10
#define AXIS_H	44
#define TICKS	5

struct chart {
	const struct res_case **v;
	size_t n;
	double max, limit; /* shares */
	struct strbuf out;
};

static int by_size(const void *a, const void *b)
{
	const struct res_case *x = *(const struct res_case *const *)a,
			      *y = *(const struct res_case *const *)b;
	size_t sx = res_case_set_size(x), sy = res_case_set_size(y);

	return sx != sy ? (sx > sy) - (sx < sy) : x->rank - y->rank;
}

/* The next 1, 2 or 5 times a power of ten above v, TICKS times. */
static double nice_max(double v)
{
	double step = v / TICKS, p = pow(10, floor(log10(step)));

	step = step <= p ? p : step <= 2 * p ? 2 * p : step <= 5 * p ? 5 * p : 10 * p;
	return fmin(step * TICKS, 1);
}

static double x_of(const struct chart *c, double share)
{
	return LABEL_W + fmin(share / c->max, 1) * PLOT_W;
}

static void axis(struct chart *c)
{
	double bottom = TOP + (double)c->n * ROW_H;

	for (int i = 0; i <= TICKS; i++) {
		double share = c->max * i / TICKS, x = x_of(c, share);

		strbuf_addf(&c->out,
			    "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\"/>"
			    "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
			    x, TOP, x, bottom, x, bottom + 16, UNITS_SHARE(share));
	}
	strbuf_addf(&c->out, "<text class=\"tick\" x=\"%d\" y=\"%.1f\">drop rate</text>\n",
		    LABEL_W + PLOT_W / 2, bottom + 34);
	if (c->limit <= c->max)
		strbuf_addf(&c->out,
			    "<line class=\"limit\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\">"
			    "<title>limit %s</title></line>\n",
			    x_of(c, c->limit), TOP, x_of(c, c->limit), bottom,
			    UNITS_SHARE(c->limit));
}

static void bar(struct chart *c, size_t i)
{
	const struct res_case *k = c->v[i];
	double y = TOP + (double)i * ROW_H, mid = y + ROW_H / 2.0, rate = k->sum.drop_rate;

	strbuf_addf(&c->out, "<text class=\"label\" x=\"%d\" y=\"%.1f\">", LABEL_W - 8, mid + 4);
	escape_html(&c->out, k->key ? k->key : "unknown");
	strbuf_addf(&c->out, " \xc2\xb7 %zu syscalls</text>", res_case_set_size(k));
	if (isnan(rate)) {
		strbuf_addf(&c->out, "<text class=\"value\" x=\"%d\" y=\"%.1f\">%s</text>\n",
			    LABEL_W + 6, mid + 4, k->sum.exercised ? "unknown" : "not exercised");
		return;
	}
	strbuf_addf(&c->out,
		    "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>",
		    rate > c->limit ? "bar over" : "bar", LABEL_W, y + 6,
		    fmax(x_of(c, rate) - LABEL_W, 1), ROW_H - 12);
	strbuf_addf(&c->out,
		    "<line class=\"whisker\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
		    x_of(c, k->sum.drop_lo), mid, x_of(c, k->sum.drop_hi), mid);
	strbuf_addf(&c->out, "<text class=\"value\" x=\"%.1f\" y=\"%.1f\">%s%s</text>\n",
		    x_of(c, k->sum.drop_hi) + 6, mid + 4, UNITS_SHARE(rate),
		    k->sum.drop_hi > c->max ? " \xe2\x86\x92" : "");
}

/* Upper bounds of short runs without drops may be far above every rate; the scale is made for the
 * rates, and an interval that leaves it ends in an arrow. */
static void set_scale(struct chart *c)
{
	c->max = c->limit;
	for (size_t i = 0; i < c->n; i++) {
		const struct res_summary *s = &c->v[i]->sum;

		if (isnan(s->drop_rate))
			continue;
		c->max = fmax(c->max, fmin(s->drop_hi, fmax(2 * s->drop_rate, 3 * c->limit)));
		c->max = fmax(c->max, 1.1 * s->drop_rate);
	}
	c->max = nice_max(c->max > 0 ? c->max : ADVISE_MAX_DROP);
}

static void describe(struct chart *c)
{
	strbuf_addstr(&c->out, "<title id=\"drops-t\">Drop rate of each case</title><desc "
			       "id=\"drops-d\">Bars by size of the syscall set: ");
	for (size_t i = 0; i < c->n; i++) {
		escape_html(&c->out, c->v[i]->key ? c->v[i]->key : "unknown");
		strbuf_addf(&c->out, " (%zu syscalls) %s%s", res_case_set_size(c->v[i]),
			    !c->v[i]->sum.exercised ? "not exercised"
						    : UNITS_SHARE(c->v[i]->sum.drop_rate),
			    i + 1 < c->n ? "; " : ".</desc>\n");
	}
}

char *chart_drop_rates(const struct results *r)
{
	struct chart c = {.limit = advise_limit(r), .out = STRBUF_INIT};
	const struct res_case **v cleanup_free = xcalloc(r->n_order + 1, sizeof(*v));
	bool any = false;

	for (size_t i = 0; i < r->n_order; i++) {
		v[i] = &r->cases[r->order[i]];
		any = any || !isnan(v[i]->sum.drop_rate);
	}
	if (!any)
		return NULL;
	c.v = v;
	c.n = r->n_order;
	qsort(v, c.n, sizeof(*v), by_size);
	set_scale(&c);
	strbuf_addf(&c.out,
		    "<svg class=\"chart\" role=\"img\" aria-labelledby=\"drops-t drops-d\" "
		    "viewBox=\"0 0 %d %zu\" width=\"%d\" xmlns=\"http://www.w3.org/2000/svg\">\n",
		    LABEL_W + PLOT_W + RIGHT_W, TOP + c.n * ROW_H + AXIS_H,
		    LABEL_W + PLOT_W + RIGHT_W);
	describe(&c);
	axis(&c);
	for (size_t i = 0; i < c.n; i++)
		bar(&c, i);
	strbuf_addstr(&c.out, "</svg>");
	return strbuf_detach(&c.out);
}

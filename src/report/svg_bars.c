/* SPDX-License-Identifier: Apache-2.0 */
/* Bars in rows, each with its label in front and its value behind. */
#include "base/mem.h"
#include "report/escape.h"
#include "report/svg_draw.h"

#include <math.h>

#define WIDTH	720
#define LABEL_W 230
#define RIGHT	92 /* the value behind a bar of full length */
#define ROW_H	26
#define TOP	10
#define AXIS_H	44
#define INSET	6 /* above and below a bar */

static double whole(const struct svg_row *r)
{
	double sum = 0;

	if (!r->parts)
		return r->value;
	for (size_t i = 0; i < r->n_parts; i++)
		sum += isfinite(r->parts[i].value) ? r->parts[i].value : 0;
	return sum;
}

/* The scale is made for the values: an upper bound of a short run may be far above every one, and
 * ends in an arrow. */
static double largest(const struct svg_bars *c)
{
	double max = fmax(c->x.max, isfinite(c->limit) ? c->limit : 0);
	double room = isfinite(c->limit) ? 3 * c->limit : 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct svg_row *r = &c->v[i];
		double v = whole(r);

		if (!isfinite(v))
			continue;
		max = fmax(max, v);
		if (isfinite(r->mark))
			max = fmax(max, r->mark);
		if (isfinite(r->hi))
			max = fmax(max, fmin(r->hi, fmax(2 * v, room)));
	}
	return max;
}

static double smallest(const struct svg_bars *c)
{
	double min = INFINITY;

	for (size_t i = 0; i < c->n; i++) {
		double v = whole(&c->v[i]);

		if (v > 0)
			min = fmin(min, v);
		if (c->v[i].mark > 0)
			min = fmin(min, c->v[i].mark);
	}
	return min;
}

static void bar(struct strbuf *out, unsigned colour, double x1, double x2, double y)
{
	strbuf_addf(out,
		    "<rect class=\"c%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n",
		    colour % SVG_COLOURS, x1, y + INSET, fmax(x2 - x1, 1), ROW_H - 2 * INSET);
}

static void row(struct strbuf *out, const struct svg_scale *s, const struct svg_row *r, double y)
{
	double mid = y + ROW_H / 2.0, v = whole(r), end = LABEL_W, sum = 0;
	bool beyond = isfinite(r->hi) && r->hi > s->hi;

	svg_text(out, "label", LABEL_W - 8, mid + 4, r->label,
		 (size_t)((LABEL_W - 12) / SVG_LETTER_W));
	if (isfinite(v) && !r->parts)
		bar(out, r->colour, LABEL_W, svg_scale_px(s, v), y);
	for (size_t i = 0; isfinite(v) && i < r->n_parts; i++) {
		double to = sum + r->parts[i].value;

		if (!(r->parts[i].value > 0))
			continue;
		bar(out, r->parts[i].colour, svg_scale_px(s, sum), svg_scale_px(s, to), y);
		sum = to;
	}
	if (isfinite(v))
		end = svg_scale_px(s, v);
	if (isfinite(v) && isfinite(r->lo) && isfinite(r->hi)) {
		svg_line(out, "whisker", svg_scale_px(s, r->lo), mid, svg_scale_px(s, r->hi), mid);
		end = fmax(end, svg_scale_px(s, r->hi));
	}
	if (isfinite(r->mark)) {
		double x = svg_scale_px(s, r->mark);

		svg_line(out, "mark", x, y + 3, x, y + ROW_H - 3);
		end = fmax(end, x);
	}
	if (r->text) {
		char *text cleanup_free = xasprintf("%s%s", r->text, beyond ? " \xe2\x86\x92" : "");

		svg_text(out, "value", end + 6, mid + 4, text, 0);
	}
}

char *svg_bars(const struct svg_bars *c)
{
	double bottom = TOP + (double)c->n * ROW_H, more;
	struct strbuf out = STRBUF_INIT, legend cleanup_strbuf = STRBUF_INIT;
	struct svg_scale s = {.unit = c->x.unit, .log = c->x.log, .has_zero = false};
	bool any = false;

	for (size_t i = 0; i < c->n; i++)
		any = any || isfinite(whole(&c->v[i]));
	if (!any)
		return NULL;
	svg_scale_make(&s, c->x.log ? smallest(c) : 0, largest(c), LABEL_W, WIDTH - RIGHT);
	more = svg_legend(&legend, c->keys, c->n_keys, false, LABEL_W, bottom + AXIS_H + 8,
			  WIDTH - LABEL_W - 8);
	svg_begin(&out, c->title, c->desc, WIDTH, (int)(bottom + AXIS_H + more));
	svg_axis_x(&out, &s, c->x.label, TOP, bottom);
	for (size_t i = 0; i < c->n; i++)
		row(&out, &s, &c->v[i], TOP + (double)i * ROW_H);
	if (isfinite(c->limit) && c->limit <= s.hi) {
		double x = svg_scale_px(&s, c->limit);

		strbuf_addf(&out,
			    "<line class=\"limit\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\">",
			    x, TOP, x, bottom);
		svg_title(&out, c->limit_label ? c->limit_label : "limit");
		strbuf_addstr(&out, "</line>\n");
	}
	strbuf_add(&out, legend.buf, legend.len);
	svg_end(&out);
	return strbuf_detach(&out);
}

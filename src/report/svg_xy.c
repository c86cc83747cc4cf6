/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and points over two axes. */
#include "base/mem.h"
#include "report/escape.h"
#include "report/svg_draw.h"

#include <math.h>

#define WIDTH	 720
#define HEIGHT	 320
#define LEFT	 64
#define RIGHT	 24
#define TOP	 26 /* label of the y axis */
#define AXIS_H	 42
#define LEGEND_H 20
#define LABEL_H	 13 /* of a point's label */

struct plot {
	const struct svg_xy *c;
	struct strbuf out;
	struct svg_scale x, y;
	double left, right, top, bottom;
	/* Where labels were put. */
	struct {
		double x, y;
	} * taken;
	size_t n_taken;
};

static bool is_shown(const struct svg_axis *x, const struct svg_axis *y, const struct svg_point *p)
{
	return isfinite(p->x) && isfinite(p->y) && (!x->log || x->zero || p->x > 0) &&
	       (!y->log || y->zero || p->y > 0);
}

/* ---- scales ---- */

struct range {
	double lo, hi;
};

static void widen(struct range *r, const struct svg_axis *a, double v)
{
	if (!isfinite(v) || (a->log && !(v > 0)))
		return;
	r->lo = fmin(r->lo, v);
	r->hi = fmax(r->hi, v);
}

static void set_scale(struct svg_scale *s, const struct svg_axis *a, struct range r, double px_lo,
		      double px_hi)
{
	*s = (struct svg_scale){.unit = a->unit, .log = a->log, .has_zero = a->log && a->zero};
	if (a->log && a->min > 0)
		r.lo = fmax(fmin(r.lo, r.hi), a->min);
	else if (!a->log && a->zero)
		r.lo = fmin(r.lo, 0);
	if (a->max > 0)
		r.hi = fmax(r.hi, a->max);
	svg_scale_make(s, r.lo, r.hi, px_lo, px_hi);
}

/* Intervals are no part of the range where they would make it many times that of the values: of a
 * short run without drops they say little. Lines that leave the plot end at its edge. */
static void set_scales(struct plot *p)
{
	const struct svg_xy *c = p->c;
	struct range x = {INFINITY, -INFINITY}, y = x;

	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->v[i].n; k++) {
			const struct svg_point *q = &c->v[i].v[k];

			if (!is_shown(&c->x, &c->y, q))
				continue;
			widen(&x, &c->x, q->x);
			widen(&y, &c->y, q->y);
			if (q->hi <= 3 * q->y)
				widen(&y, &c->y, q->hi);
		}
	for (size_t i = 0; i < c->n_limits; i++)
		widen(&y, &c->y, c->limits[i].y);
	set_scale(&p->x, &c->x, x, p->left, p->right);
	set_scale(&p->y, &c->y, y, p->bottom, p->top);
}

/* ---- what is drawn ---- */

/* A new piece of the line where a value is missing. */
static void draw_line(struct plot *p, const struct svg_series *s)
{
	bool open = false;

	strbuf_addf(&p->out, "<path class=\"line c%u\" d=\"", s->colour % SVG_COLOURS);
	for (size_t i = 0; i < s->n; i++) {
		if (!is_shown(&p->c->x, &p->c->y, &s->v[i])) {
			open = false;
			continue;
		}
		strbuf_addf(&p->out, "%c%.1f %.1f", open ? 'L' : 'M',
			    svg_scale_px(&p->x, s->v[i].x), svg_scale_px(&p->y, s->v[i].y));
		open = true;
	}
	strbuf_addstr(&p->out, "\"/>\n");
}

/* Beside the point; below labels that are there already. */
static void draw_label(struct plot *p, const char *text, double x, double y)
{
	double width = (double)escape_width(text) * SVG_LETTER_W;
	bool left = x + 8 + width > p->right + RIGHT;

	x += left ? -8 : 8;
	y += 4;
	for (size_t i = 0; i < p->n_taken; i++)
		if (fabs(p->taken[i].x - x) < width + 4 && fabs(p->taken[i].y - y) < LABEL_H) {
			y = p->taken[i].y - LABEL_H;
			i = SIZE_MAX; /* and from the first again */
		}
	if (y < LABEL_H) /* too many at one place; the table has them */
		return;
	p->taken = xrealloc(p->taken, p->n_taken + 1, sizeof(*p->taken));
	p->taken[p->n_taken].x = x;
	p->taken[p->n_taken++].y = y;
	svg_text(&p->out, left ? "value left" : "value", x, y, text, 0);
}

static void draw_interval(struct plot *p, const struct svg_point *q)
{
	double x = svg_scale_px(&p->x, q->x), lo, hi;

	if (!isfinite(q->lo) || !isfinite(q->hi))
		return;
	lo = svg_scale_px(&p->y, q->lo);
	hi = svg_scale_px(&p->y, q->hi);
	svg_line(&p->out, "whisker", x, lo, x, hi);
	svg_line(&p->out, "whisker", x - 4, lo, x + 4, lo);
	if (q->hi <= p->y.hi)
		svg_line(&p->out, "whisker", x - 4, hi, x + 4, hi);
	else /* it goes on beyond the plot */
		strbuf_addf(&p->out, "<path class=\"whisker\" d=\"M%.1f %.1fl5 -6l5 6\"/>\n", x - 5,
			    hi + 6);
}

static void draw_points(struct plot *p, const struct svg_series *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct svg_point *q = &s->v[i];
		double x, y;

		if (!is_shown(&p->c->x, &p->c->y, q))
			continue;
		x = svg_scale_px(&p->x, q->x);
		y = svg_scale_px(&p->y, q->y);
		draw_interval(p, q);
		if (s->points)
			svg_shape(&p->out, s->colour, q->hollow, x, y, q->tip);
	}
}

static void draw_labels(struct plot *p, const struct svg_series *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].label && is_shown(&p->c->x, &p->c->y, &s->v[i]))
			draw_label(p, s->v[i].label, svg_scale_px(&p->x, s->v[i].x),
				   svg_scale_px(&p->y, s->v[i].y));
}

static void draw_limits(struct plot *p)
{
	for (size_t i = 0; i < p->c->n_limits; i++) {
		const struct svg_limit *l = &p->c->limits[i];
		double y = svg_scale_px(&p->y, l->y);

		svg_line(&p->out, "limit", p->left, y, p->right, y);
		svg_text(&p->out, "value left", p->right, y - 4, l->label, 0);
	}
}

static size_t legend_keys(const struct svg_xy *c, struct svg_key *out)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].name)
			out[n++] = (struct svg_key){c->v[i].name, c->v[i].colour, false};
	return n;
}

static bool any_point(const struct svg_xy *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->v[i].n; k++)
			if (is_shown(&c->x, &c->y, &c->v[i].v[k]))
				return true;
	return false;
}

char *svg_xy(const struct svg_xy *c)
{
	int width = c->width ? c->width : WIDTH, height = c->height ? c->height : HEIGHT;
	struct plot p = {.c = c, .out = STRBUF_INIT, .left = LEFT, .top = TOP};
	struct strbuf legend cleanup_strbuf = STRBUF_INIT;
	struct svg_key *keys cleanup_free = xcalloc(c->n + 1, sizeof(*keys));
	double more;

	if (!any_point(c))
		return NULL;
	p.right = width - RIGHT;
	p.bottom = height - AXIS_H;
	set_scales(&p);
	more = svg_legend(&legend, keys, legend_keys(c, keys), true, LEFT, height + LEGEND_H / 2.0,
			  p.right - LEFT);
	svg_begin(&p.out, c->title, c->desc, width, height + (int)more);
	svg_axis_x(&p.out, &p.x, c->x.label, p.top, p.bottom);
	svg_axis_y(&p.out, &p.y, c->y.label, p.left, p.right);
	draw_limits(&p);
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].line)
			draw_line(&p, &c->v[i]);
	for (size_t i = 0; i < c->n; i++)
		draw_points(&p, &c->v[i]);
	for (size_t i = 0; i < c->n; i++)
		draw_labels(&p, &c->v[i]);
	strbuf_add(&p.out, legend.buf, legend.len);
	svg_end(&p.out);
	free(p.taken);
	return strbuf_detach(&p.out);
}

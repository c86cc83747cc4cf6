/* SPDX-License-Identifier: Apache-2.0 */
#include "report/svg_draw.h"

#include "base/mem.h"
#include "report/escape.h"

#define LEGEND_H 20
#define RADIUS	 4.5

void svg_begin(struct strbuf *out, const char *title, const char *desc, int width, int height)
{
	strbuf_addstr(out, "<svg class=\"chart\" role=\"img\" aria-label=\"");
	escape_html(out, title);
	strbuf_addf(out,
		    "\" viewBox=\"0 0 %d %d\" width=\"%d\" "
		    "xmlns=\"http://www.w3.org/2000/svg\">\n<title>",
		    width, height, width);
	escape_html(out, title);
	strbuf_addstr(out, "</title><desc>");
	escape_html(out, desc);
	strbuf_addstr(out, "</desc>\n");
}

void svg_end(struct strbuf *out)
{
	strbuf_addstr(out, "</svg>");
}

void svg_line(struct strbuf *out, const char *class, double x1, double y1, double x2, double y2)
{
	strbuf_addf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		    class, x1, y1, x2, y2);
}

void svg_text(struct strbuf *out, const char *class, double x, double y, const char *text,
	      size_t room)
{
	size_t len = 0, letters = 0;
	bool whole = !room || escape_width(text) <= room;
	char *cut cleanup_free = NULL;

	while (text[len] && (whole || letters + 1 < room)) {
		size_t n = escape_char_len(text + len);

		len += n ? n : 1;
		letters++;
	}
	cut = xstrndup(text, len);
	strbuf_addf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	escape_html(out, cut);
	strbuf_addf(out, "%s</text>\n", whole ? "" : "\xe2\x80\xa6");
}

void svg_title(struct strbuf *out, const char *text)
{
	strbuf_addstr(out, "<title>");
	escape_html(out, text);
	strbuf_addstr(out, "</title>");
}

/* ---- shapes ---- */

static void circle(struct strbuf *out, double x, double y)
{
	strbuf_addf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", x, y, RADIUS);
}

static void square(struct strbuf *out, double x, double y)
{
	strbuf_addf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"", x - 4, y - 4,
		    8.0, 8.0);
}

static void triangle(struct strbuf *out, double x, double y)
{
	strbuf_addf(out, "<path d=\"M%.1f %.1fl5 9h-10z\"", x, y - 5);
}

static void diamond(struct strbuf *out, double x, double y)
{
	strbuf_addf(out, "<path d=\"M%.1f %.1fl5.5 5.5-5.5 5.5-5.5-5.5z\"", x, y - 5.5);
}

void svg_shape(struct strbuf *out, unsigned colour, bool hollow, double x, double y,
	       const char *tip)
{
	static void (*const shapes[])(struct strbuf *, double, double) = {circle, square, triangle,
									  diamond};

	shapes[colour % ARRAY_SIZE(shapes)](out, x, y);
	strbuf_addf(out, " class=\"c%u%s\"", colour % SVG_COLOURS, hollow ? " hollow" : "");
	if (!tip) {
		strbuf_addstr(out, "/>\n");
		return;
	}
	strbuf_addch(out, '>');
	svg_title(out, tip);
	/* The element that was opened is one of these. */
	strbuf_addstr(out, (const char *const[]){"</circle>\n", "</rect>\n", "</path>\n",
						 "</path>\n"}[colour % ARRAY_SIZE(shapes)]);
}

/* ---- axes ---- */

void svg_axis_x(struct strbuf *out, const struct svg_scale *s, const char *label, double y1,
		double y2)
{
	double ticks[SVG_TICKS_MAX];
	size_t n = svg_scale_ticks(s, ticks);

	for (size_t i = 0; i < n; i++) {
		double x = svg_scale_px(s, ticks[i]);
		char text[UNITS_BUF];

		svg_line(out, "grid", x, y1, x, y2);
		svg_text(out, "tick", x, y2 + 16, svg_tick_text(text, s->unit, ticks[i]), 0);
	}
	svg_text(out, "axis", (s->px_lo + s->px_hi) / 2, y2 + 34, label, 0);
}

void svg_axis_y(struct strbuf *out, const struct svg_scale *s, const char *label, double x1,
		double x2)
{
	double ticks[SVG_TICKS_MAX];
	size_t n = svg_scale_ticks(s, ticks);

	for (size_t i = 0; i < n; i++) {
		double y = svg_scale_px(s, ticks[i]);
		char text[UNITS_BUF];

		svg_line(out, "grid", x1, y, x2, y);
		svg_text(out, "tick left", x1 - 6, y + 4, svg_tick_text(text, s->unit, ticks[i]),
			 0);
	}
	/* Above the axis, where it can be read without turning the head. */
	svg_text(out, "axis first", 2, s->px_hi - 10, label, 0);
}

double svg_legend(struct strbuf *out, const struct svg_key *v, size_t n, bool shapes, double x,
		  double y, double width)
{
	double at = x, top = y;

	for (size_t i = 0; i < n; i++) {
		double w = 34 + (double)escape_width(v[i].name) * SVG_LETTER_W;

		if (at > x && at + w > x + width) {
			at = x;
			y += LEGEND_H;
		}
		if (v[i].mark)
			svg_line(out, "mark", at + 5, y - 6, at + 5, y + 6);
		else if (shapes)
			svg_shape(out, v[i].colour, false, at + 5, y, NULL);
		else
			strbuf_addf(out,
				    "<rect class=\"c%u\" x=\"%.1f\" y=\"%.1f\" width=\"10\" "
				    "height=\"10\"/>\n",
				    v[i].colour % SVG_COLOURS, at, y - 5);
		svg_text(out, "value", at + 15, y + 4, v[i].name, 0);
		at += w;
	}
	return n ? y + LEGEND_H - top : 0;
}

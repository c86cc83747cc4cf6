/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all pictures are made of. Text is plain and is escaped here; ids and classes are the
 * program's own words.
 */
#ifndef FT_REPORT_SVG_DRAW_H
#define FT_REPORT_SVG_DRAW_H

#include "report/svg_chart.h"

#define SVG_LETTER_W 7.0 /* pixels of a letter, about */

/* <svg ...><title/><desc/>; svg_end() closes it. */
void svg_begin(struct strbuf *out, const char *title, const char *desc, int width, int height);
void svg_end(struct strbuf *out);
void svg_line(struct strbuf *out, const char *class, double x1, double y1, double x2, double y2);
/* room: letters that fit, longer text is cut; 0: all of it. */
void svg_text(struct strbuf *out, const char *class, double x, double y, const char *text,
	      size_t room);
void svg_title(struct strbuf *out, const char *text); /* of the element that is open */
/* The shape of a series around x, y, in its colour. */
void svg_shape(struct strbuf *out, unsigned colour, bool hollow, double x, double y,
	       const char *tip);
/* Grid lines and texts of the ticks, and the axis' label: along x from y1 (top) to y2, or along y
 * from x1 to x2. */
void svg_axis_x(struct strbuf *out, const struct svg_scale *s, const char *label, double y1,
		double y2);
void svg_axis_y(struct strbuf *out, const struct svg_scale *s, const char *label, double x1,
		double x2);
/* Names with their colours from x, y on, in lines no wider than width. Returns the height. */
double svg_legend(struct strbuf *out, const struct svg_key *v, size_t n, bool shapes, double x,
		  double y, double width);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charts as inline SVG: lines and points over two axes, and bars in rows. Colours and fonts are
 * classes of the page's style sheet, so that light, dark and paper work alike; series differ by the
 * shape of their points too. Every chart has a title and a description as its text alternative;
 * what the description leaves out belongs into a table beside it. Labels are plain text and are
 * escaped here. Pure.
 *
 * Values that are not finite are left out. All strings are borrowed.
 */
#ifndef FT_REPORT_SVG_CHART_H
#define FT_REPORT_SVG_CHART_H

#include "base/strbuf.h"
#include "report/svg_axis.h"

#define SVG_COLOURS 8 /* classes c0 .. c7 */
/* Colours with a meaning. */
#define SVG_EVENTS 0
#define SVG_DROPS  1

struct svg_axis {
	const char *label; /* what it is and of what: "events a second" */
	enum svg_unit unit;
	bool log;
	bool zero; /* linear: begins at 0; log: 0 has a place */
	double min,
		max; /* log: least value above 0 that is shown, where > 0; max: at least to there */
};

struct svg_point {
	double x, y;
	double lo, hi;	   /* interval of y; NaN: none */
	const char *label; /* short text beside it; NULL: none */
	const char *tip;   /* longer one, for a pointer; NULL: none */
	bool hollow;
};

struct svg_series {
	const char *name; /* in the legend; NULL: not there */
	unsigned colour;
	bool line, points;
	struct svg_point *v;
	size_t n;
};

struct svg_limit {
	const char *label;
	double y;
};

struct svg_xy {
	const char *title, *desc;
	int width, height; /* pixels; 0: 720 x 320 */
	struct svg_axis x, y;
	struct svg_series *v;
	size_t n;
	const struct svg_limit *limits; /* dashed lines across */
	size_t n_limits;
};
/* NULL when no series has a point that can be drawn. The caller frees. */
char *svg_xy(const struct svg_xy *c);

struct svg_part {
	double value;
	unsigned colour;
};

struct svg_row {
	const char *label;
	const struct svg_part *parts; /* side by side; NULL: value alone, in colour */
	size_t n_parts;
	double value;
	unsigned colour;
	double lo, hi;	  /* interval of the whole; NaN: none */
	double mark;	  /* a tick across the bar; NaN: none */
	const char *text; /* behind the bar */
};

struct svg_key { /* of a colour, for the legend */
	const char *name;
	unsigned colour;
	bool mark; /* it is the tick across */
};

struct svg_bars {
	const char *title, *desc;
	struct svg_axis x;
	const struct svg_row *v;
	size_t n;
	double limit; /* dashed line; NaN: none */
	const char *limit_label;
	const struct svg_key *keys;
	size_t n_keys;
};
/* NULL when no row has a value. The caller frees. */
char *svg_bars(const struct svg_bars *c);

#endif

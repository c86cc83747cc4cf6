/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Axes of the charts: where a value is in pixels, and at which round values there are ticks. Pure.
 */
#ifndef FT_REPORT_SVG_AXIS_H
#define FT_REPORT_SVG_AXIS_H

#include "base/units.h"

#include <stdbool.h>
#include <stddef.h>

enum svg_unit {
	SVG_NUMBER, /* of CPUs, syscalls */
	SVG_RATE,   /* a second: 12.3k */
	SVG_SHARE,  /* 0..1, shown in percent */
	SVG_BYTES,  /* 8 MiB */
	SVG_NS,	    /* ns, shown as a duration */
};

struct svg_scale {
	enum svg_unit unit;
	bool log;
	bool has_zero;	     /* log: 0 has a place of its own, below all else */
	double lo, hi;	     /* values at the ends; log: powers of ten, or of two for bytes */
	double px_lo, px_hi; /* pixels of them; px_lo is that of 0 with has_zero */
};

#define SVG_TICKS_MAX 16

/* A scale over lo..hi, which are widened to round values (not beyond 100 % for shares that are
 * within). log: lo > 0 is the least value above 0. Bounds that are not finite, or a range of
 * nothing, are taken for the least range that can be shown. */
void svg_scale_make(struct svg_scale *s, double lo, double hi, double px_lo, double px_hi);
/* The pixel of a value; outside the range, that of the nearer end. */
double svg_scale_px(const struct svg_scale *s, double v);
/* Values of the ticks, ascending, at most SVG_TICKS_MAX; with has_zero the first is 0. */
size_t svg_scale_ticks(const struct svg_scale *s, double *out);
/* The same value on an axis, where its neighbours tell how exact it is: 20%, not 20.0%. */
char *svg_tick_text(char buf[UNITS_BUF], enum svg_unit unit, double v);
/* A value as people read it, with its unit. Returns buf. */
char *svg_unit_text(char buf[UNITS_BUF], enum svg_unit unit, double v);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/svg_axis.h"

#include <math.h>
#include <stdio.h>

#define STEPS	5  /* about so many on a linear axis */
#define ZERO_PX 22 /* between 0 and the least value of a logarithmic axis */

/* The next of 1, 2, 5, 10 times a power of ten (of two for bytes) at or above v > 0. */
static double nice_step(double v, enum svg_unit unit)
{
	double p = pow(10, floor(log10(v)));

	if (unit == SVG_BYTES)
		return exp2(ceil(log2(v)));
	p = v <= p ? p : v <= 2 * p ? 2 * p : v <= 5 * p ? 5 * p : 10 * p;
	return unit == SVG_NUMBER ? fmax(p, 1) : p;
}

static double log_of(const struct svg_scale *s, double v)
{
	return s->unit == SVG_BYTES ? log2(v) : log10(v);
}

static double power(const struct svg_scale *s, double v)
{
	return s->unit == SVG_BYTES ? exp2(v) : pow(10, v);
}

static double step_of(const struct svg_scale *s)
{
	return nice_step((s->hi - s->lo) / STEPS, s->unit);
}

static void make_log(struct svg_scale *s, double lo, double hi)
{
	if (!(hi > 0) || !isfinite(hi))
		hi = 1;
	if (!(lo > 0) || lo > hi)
		lo = hi;
	s->lo = power(s, floor(log_of(s, lo) + 1e-9));
	s->hi = power(s, ceil(log_of(s, hi) - 1e-9));
	if (s->hi <= s->lo)
		s->hi = power(s, log_of(s, s->lo) + 1);
	if (s->unit == SVG_SHARE)
		s->hi = fmin(s->hi, 1);
	if (s->lo >= s->hi)
		s->lo = s->hi / 10;
}

static void make_linear(struct svg_scale *s, double lo, double hi)
{
	double step;

	if (!isfinite(lo))
		lo = 0;
	if (!isfinite(hi) || hi <= lo)
		hi = lo + (s->unit == SVG_SHARE ? 0.01 : 1);
	s->lo = lo;
	s->hi = hi;
	step = step_of(s);
	s->lo = floor(lo / step + 1e-9) * step;
	s->hi = ceil(hi / step - 1e-9) * step;
	if (s->unit == SVG_SHARE && hi <= 1)
		s->hi = fmin(s->hi, 1);
}

void svg_scale_make(struct svg_scale *s, double lo, double hi, double px_lo, double px_hi)
{
	s->px_lo = px_lo;
	s->px_hi = px_hi;
	(s->log ? make_log : make_linear)(s, lo, hi);
}

double svg_scale_px(const struct svg_scale *s, double v)
{
	double from = s->px_lo, at;

	if (!s->log) {
		at = (v - s->lo) / (s->hi - s->lo);
	} else {
		if (s->has_zero) {
			if (!(v > 0))
				return s->px_lo;
			from += s->px_hi > s->px_lo ? ZERO_PX : -ZERO_PX;
		}
		at = v > 0 ? (log_of(s, v) - log_of(s, s->lo)) /
				     (log_of(s, s->hi) - log_of(s, s->lo))
			   : 0;
	}
	at = at > 0 ? fmin(at, 1) : 0;
	return from + at * (s->px_hi - from);
}

static size_t log_ticks(const struct svg_scale *s, double *out)
{
	double decades = log_of(s, s->hi) - log_of(s, s->lo);
	int every = (int)ceil(decades / (SVG_TICKS_MAX / 2.0));
	bool between = s->unit != SVG_BYTES && decades <= 2.01;
	size_t n = 0;

	every = every < 1 ? 1 : every;
	if (s->has_zero)
		out[n++] = 0;
	for (int i = 0; n < SVG_TICKS_MAX; i += every) {
		double v = power(s, log_of(s, s->lo) + i);

		if (v > s->hi * 1.001)
			break;
		out[n++] = v;
		for (int k = 2; between && k <= 5 && n < SVG_TICKS_MAX; k += 3)
			if (v * k <= s->hi * 1.001)
				out[n++] = v * k;
	}
	return n;
}

size_t svg_scale_ticks(const struct svg_scale *s, double *out)
{
	double step = step_of(s);
	size_t n = 0;

	if (s->log)
		return log_ticks(s, out);
	for (; n < SVG_TICKS_MAX && s->lo + (double)n * step <= s->hi + step * 1e-6; n++)
		out[n] = s->lo + (double)n * step;
	return n;
}

char *svg_tick_text(char buf[UNITS_BUF], enum svg_unit unit, double v)
{
	if (unit != SVG_SHARE)
		return svg_unit_text(buf, unit, v);
	snprintf(buf, UNITS_BUF, "%.4g%%", v * 100);
	return buf;
}

char *svg_unit_text(char buf[UNITS_BUF], enum svg_unit unit, double v)
{
	static char *(*const format[])(char buf[UNITS_BUF], double v) = {
		[SVG_RATE] = units_fmt_rate,
		[SVG_SHARE] = units_fmt_share,
		[SVG_BYTES] = units_fmt_bytes,
		[SVG_NS] = units_fmt_duration,
	};

	if (unit != SVG_NUMBER)
		return format[unit](buf, v);
	snprintf(buf, UNITS_BUF, "%.4g", v);
	return buf;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Axes with round values, and charts whose labels are text and whose numbers are numbers. */
#include "unit.h"

#include "base/mem.h"
#include "report/svg_chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void check_ticks(enum svg_unit unit, bool log, double lo, double hi, const char *want)
{
	struct svg_scale s = {.unit = unit, .log = log};
	double ticks[SVG_TICKS_MAX];
	char got[400] = "";
	size_t n;

	svg_scale_make(&s, lo, hi, 0, 100);
	n = svg_scale_ticks(&s, ticks);
	for (size_t i = 0; i < n; i++) {
		char text[UNITS_BUF];

		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? " " : "",
			 svg_tick_text(text, unit, ticks[i]));
		if (i)
			ck_assert_double_gt(svg_scale_px(&s, ticks[i]),
					    svg_scale_px(&s, ticks[i - 1]));
	}
	ck_assert_str_eq(got, want);
	ck_assert_double_ge(svg_scale_px(&s, lo), 0);
	ck_assert_double_le(svg_scale_px(&s, hi), 100);
}

START_TEST(ticks_are_round)
{
	check_ticks(SVG_NUMBER, false, 0, 68, "0 20 40 60 80");
	check_ticks(SVG_NUMBER, false, 0, 1, "0 1");
	check_ticks(SVG_SHARE, false, 0, 0.87, "0% 20% 40% 60% 80% 100%");
	check_ticks(SVG_SHARE, false, 0, 0.0042, "0% 0.1% 0.2% 0.3% 0.4% 0.5%");
	check_ticks(SVG_RATE, false, 0, 2.3e6, "0 500k 1M 1.5M 2M 2.5M");
	check_ticks(SVG_RATE, true, 1.2e5, 4.6e5, "100k 200k 500k 1M");
	check_ticks(SVG_RATE, true, 3, 4.6e5, "1 10 100 1000 10k 100k 1M");
	check_ticks(SVG_SHARE, true, 0.001, 1, "0.1% 1% 10% 100%");
	check_ticks(SVG_BYTES, true, 1 << 20, 1 << 24, "1 MiB 2 MiB 4 MiB 8 MiB 16 MiB");
	check_ticks(SVG_BYTES, false, 0, 3.5e6, "0 B 1 MiB 2 MiB 3 MiB 4 MiB");
	check_ticks(SVG_NS, true, 12, 900, "10 ns 20 ns 50 ns 100 ns 200 ns 500 ns 1 us");
}
END_TEST

START_TEST(ranges_that_are_none_are_shown)
{
	static const double v[][2] = {{0, 0}, {NAN, NAN}, {INFINITY, -INFINITY}, {5, 5}, {-1, -1}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		for (int unit = SVG_NUMBER; unit <= SVG_NS; unit++)
			for (int log = 0; log < 2; log++) {
				struct svg_scale s = {.unit = (enum svg_unit)unit, .log = log};
				double ticks[SVG_TICKS_MAX];
				size_t n;

				svg_scale_make(&s, v[i][0], v[i][1], 0, 100);
				n = svg_scale_ticks(&s, ticks);
				ck_assert_uint_ge(n, 1);
				ck_assert_uint_le(n, SVG_TICKS_MAX);
				ck_assert(isfinite(svg_scale_px(&s, v[i][0])));
				ck_assert_double_lt(s.lo, s.hi);
			}
}
END_TEST

START_TEST(zero_has_a_place_on_a_logarithmic_axis)
{
	struct svg_scale s = {.unit = SVG_SHARE, .log = true, .has_zero = true};
	double ticks[SVG_TICKS_MAX];

	svg_scale_make(&s, 0.001, 1, 200, 0); /* upwards */
	ck_assert_double_eq(svg_scale_px(&s, 0), 200);
	ck_assert_double_lt(svg_scale_px(&s, 0.001), 190);
	ck_assert_double_eq(svg_scale_px(&s, 1), 0);
	ck_assert_uint_eq(svg_scale_ticks(&s, ticks), 5);
	ck_assert_double_eq(ticks[0], 0);
}
END_TEST

#define EVIL "<script>]]>\"'&\x1b"

START_TEST(labels_are_text)
{
	struct svg_point p = {.x = 1, .y = 2, .lo = 1, .hi = 9, .label = EVIL, .tip = EVIL};
	struct svg_series s = {.name = EVIL, .line = true, .points = true, .v = &p, .n = 1};
	struct svg_limit limit = {EVIL, 1};
	struct svg_row row = {
		.label = EVIL, .value = 1, .lo = NAN, .hi = NAN, .mark = 2, .text = EVIL};
	struct svg_key key = {EVIL, 1, false};
	char *a cleanup_free = svg_xy(&(struct svg_xy){.title = EVIL,
						       .desc = EVIL,
						       .x = {.label = EVIL},
						       .y = {.label = EVIL},
						       .v = &s,
						       .n = 1,
						       .limits = &limit,
						       .n_limits = 1});
	char *b cleanup_free = svg_bars(&(struct svg_bars){.title = EVIL,
							   .desc = EVIL,
							   .x = {.label = EVIL},
							   .v = &row,
							   .n = 1,
							   .limit = 1,
							   .limit_label = EVIL,
							   .keys = &key,
							   .n_keys = 1});
	const char *all[] = {a, b};

	for (size_t i = 0; i < 2; i++) {
		size_t n = 0;

		ck_assert_ptr_nonnull(all[i]);
		ck_assert_ptr_null(strstr(all[i], "<script"));
		ck_assert_ptr_null(strstr(all[i], "]]>"));
		ck_assert_ptr_null(strchr(all[i], '\x1b'));
		for (const char *at = all[i]; (at = strstr(at, "&lt;script&gt;")); at++)
			n++;
		ck_assert_uint_ge(n, 7);
	}
}
END_TEST

START_TEST(what_is_unknown_is_not_drawn)
{
	struct svg_point v[] = {{.x = 0, .y = 1, .lo = NAN, .hi = NAN},
				{.x = NAN, .y = NAN, .lo = NAN, .hi = NAN},
				{.x = 2, .y = INFINITY, .lo = NAN, .hi = NAN},
				{.x = 3, .y = 2, .lo = 1, .hi = INFINITY}};
	struct svg_series s = {.line = true, .points = true, .v = v, .n = ARRAY_SIZE(v)};
	struct svg_xy c = {.title = "t",
			   .desc = "d",
			   .x = {.label = "x"},
			   .y = {.label = "y"},
			   .v = &s,
			   .n = 1};
	struct svg_row row = {.label = "r", .value = NAN, .lo = NAN, .hi = NAN, .mark = NAN};
	struct svg_bars b = {
		.title = "t", .desc = "d", .x = {.label = "x"}, .v = &row, .n = 1, .limit = NAN};
	char *svg cleanup_free = svg_xy(&c);

	ck_assert_ptr_nonnull(svg);
	ck_assert_ptr_null(strstr(svg, "nan"));
	ck_assert_ptr_null(strstr(svg, "inf"));
	ck_assert_ptr_nonnull(strstr(svg, "<circle"));
	s.n = 0;
	ck_assert_ptr_null(svg_xy(&c));
	ck_assert_ptr_null(svg_bars(&b));
}
END_TEST

UNIT_MAIN("svg", ticks_are_round, ranges_that_are_none_are_shown,
	  zero_has_a_place_on_a_logarithmic_axis, labels_are_text, what_is_unknown_is_not_drawn)

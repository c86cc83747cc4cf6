/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-coverage [SERIES]: how often the 95 % interval of a drop rate holds the true rate, over
 * made series of every kind (tests/unit/series.h) and several designs of repeats and seconds. Exit
 * 1 when a kind leaves the promised range at 3 or 10 repeats of 30 s.
 */
#include "../unit/series.h"

#include <stdio.h>

static const struct {
	size_t repeats, seconds;
} designs[] = {{3, 30}, {5, 30}, {3, 60}, {10, 30}, {5, 10}};

int main(int argc, char **argv)
{
	int series = argc > 1 ? atoi(argv[1]) : 2000, bad = 0;

	printf("%-30s", "true rate in the interval, %");
	for (size_t d = 0; d < ARRAY_SIZE(designs); d++)
		printf("  %zu x %zu s", designs[d].repeats, designs[d].seconds);
	printf("\n");
	for (size_t k = 0; k < ARRAY_SIZE(series_kinds); k++) {
		const struct series_kind *kind = &series_kinds[k];

		printf("%-30s", kind->name);
		for (size_t d = 0; d < ARRAY_SIZE(designs); d++) {
			double c = 100.0 *
				   series_covered(kind, designs[d].repeats, designs[d].seconds,
						  series, 1000 * k + d) /
				   series;

			printf("  %*.1f", designs[d].repeats > 9 ? 8 : 7, c);
			bad += (!d || designs[d].repeats > 9) &&
			       (c < SERIES_LEAST ||
				c > (kind->most > 0 ? kind->most : SERIES_MOST));
		}
		printf("\n");
		fflush(stdout);
	}
	printf("%d series each\n", series);
	return bad > 0;
}

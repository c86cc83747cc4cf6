/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics snapshots, one a line. */
#include "fuzz.h"

#include "engine/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data, *end = s + size;

	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		const char *stop = nl ? nl : end;
		struct metrics_sample sample;
		struct error err = ERROR_INIT;

		if (metrics_parse_line(&sample, s, (size_t)(stop - s), 2, &err)) {
			FUZZ_ASSERT_ERROR(err);
		} else {
			FUZZ_ASSERT(sample.t_ns > 0, "time %lld", (long long)sample.t_ns);
			for (int i = 0; i < METRIC_N; i++)
				FUZZ_ASSERT(sample.v[i] >= METRIC_UNKNOWN, "field %d is %lld", i,
					    (long long)sample.v[i]);
			metrics_sample_release(&sample);
		}
		s = stop + 1;
	}
	return 0;
}

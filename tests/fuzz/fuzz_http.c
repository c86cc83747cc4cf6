/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server's answer with metrics in Prometheus' text format, as falcotune reads it from a running
 * engine; the input is tried as an answer and, whatever comes of that, as the text alone.
 */
#include "fuzz.h"

#include "engine/http.h"
#include "engine/prometheus.h"

#define NOW INT64_C(1748557780999696404)

static void read_text(const char *text, size_t len)
{
	struct metrics_sample sample;
	struct error err = ERROR_INIT;

	if (prometheus_parse(&sample, text, len, NOW, 2, &err)) {
		FUZZ_ASSERT_ERROR(err);
		return;
	}
	FUZZ_ASSERT(sample.t_ns == NOW, "time %lld", (long long)sample.t_ns);
	for (int i = 0; i < METRIC_N; i++)
		FUZZ_ASSERT(sample.v[i] >= METRIC_UNKNOWN, "field %d is %lld", i,
			    (long long)sample.v[i]);
	metrics_sample_release(&sample);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char before[] = "kept";
	struct strbuf body cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;

	strbuf_addstr(&body, before);
	if (http_parse("http://h:1/metrics", (const char *)data, size, &body, &err))
		FUZZ_ASSERT_ERROR(err);
	else
		read_text(body.buf + strlen(before), body.len - strlen(before));
	/* The body is a part of the answer, put behind what was there. */
	FUZZ_ASSERT(!strncmp(body.buf, before, strlen(before)) && body.len <= strlen(before) + size,
		    "%zu bytes of %zu", body.len, size);
	read_text((const char *)data, size);
	return 0;
}

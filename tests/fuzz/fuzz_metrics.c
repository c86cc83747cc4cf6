/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of metrics files and JSON logs: what is read without a document is what a document gives.
 */
#include "fuzz.h"

#include "engine/metrics.h"

static bool same_counts(const int64_t *a, const int64_t *b, size_t n)
{
	return (!a && !b) || (a && b && !memcmp(a, b, n * sizeof(*a)));
}

static void compare(const struct metrics_line *a, const struct metrics_line *b)
{
	FUZZ_ASSERT(a->kind == b->kind, "kind %d, %d", a->kind, b->kind);
	FUZZ_ASSERT(!strcmp(a->id.host, b->id.host) && !strcmp(a->id.version, b->id.version) &&
			    !strcmp(a->id.kernel, b->id.kernel) &&
			    !strcmp(a->id.driver, b->id.driver) &&
			    a->id.start_ns == b->id.start_ns && a->id.reload_ns == b->id.reload_ns,
		    "identity %s, %s", a->id.host, b->id.host);
	FUZZ_ASSERT(!memcmp(a->s.v, b->s.v, sizeof(a->s.v)), "counters of %lld",
		    (long long)a->s.t_ns);
	FUZZ_ASSERT(a->s.t_ns == b->s.t_ns && a->s.cpu_ns == b->s.cpu_ns &&
			    a->s.rss_bytes == b->s.rss_bytes &&
			    a->s.plugin_losses == b->s.plugin_losses &&
			    a->s.other_source == b->s.other_source,
		    "times of %lld", (long long)a->s.t_ns);
	FUZZ_ASSERT(same_counts(a->s.cpu_evts, b->s.cpu_evts, a->s.n_cpus) &&
			    same_counts(a->s.cpu_drops, b->s.cpu_drops, a->s.n_cpus),
		    "CPUs of %lld", (long long)a->s.t_ns);
	FUZZ_ASSERT(a->s.rules.n == b->s.rules.n, "%zu rules, %zu", a->s.rules.n, b->s.rules.n);
	for (size_t i = 0; i < a->s.rules.n; i++)
		FUZZ_ASSERT(!strcmp(a->s.rules.v[i], b->s.rules.v[i]), "rule %s, %s",
			    a->s.rules.v[i], b->s.rules.v[i]);
}

static void check(const struct metrics_sample *s)
{
	FUZZ_ASSERT(s->t_ns >= METRIC_UNKNOWN, "time %lld", (long long)s->t_ns);
	for (int i = 0; i < METRIC_N; i++)
		FUZZ_ASSERT(s->v[i] >= METRIC_UNKNOWN, "field %d is %lld", i, (long long)s->v[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct metrics_want want = {.n_cpus = 2, .rules = true};
	const char *s = (const char *)data, *end = s + size;

	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		const char *stop = nl ? nl : end;
		struct metrics_line line, document;
		struct error err = ERROR_INIT, other = ERROR_INIT;
		int rc = metrics_read_line(&line, s, (size_t)(stop - s), &want, &err);

		FUZZ_ASSERT(rc == metrics_read_document(&document, s, (size_t)(stop - s), &want,
							&other),
			    "%d, but %s%s", rc, err.msg, other.msg);
		if (rc) {
			FUZZ_ASSERT_ERROR(err);
		} else {
			compare(&line, &document);
			check(&line.s);
			metrics_sample_release(&line.s);
			metrics_sample_release(&document.s);
		}
		s = stop + 1;
	}
	return 0;
}

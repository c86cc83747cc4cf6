/* SPDX-License-Identifier: Apache-2.0 */
/* Files of any kind that `falcotune import` reads. */
#include "fuzz.h"

#include "import/import.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

struct seen {
	uint64_t samples, rounds;
};

static void on_sample(void *arg, const struct import_place *at, const struct metrics_line *l)
{
	struct seen *s = arg;

	s->samples++;
	FUZZ_ASSERT(at->line > 0 && at->kind < IMPORT_ROUND, "line %zu", at->line);
	for (int i = 0; i < METRIC_N; i++)
		FUZZ_ASSERT(l->s.v[i] >= METRIC_UNKNOWN, "counter %d is %lld", i,
			    (long long)l->s.v[i]);
}

static void on_round(void *arg, const struct import_place *at, const struct import_round *r)
{
	struct seen *s = arg;

	s->rounds++;
	FUZZ_ASSERT(at->line > 0 && r->number >= 0 && r->n_actions <= IMPORT_MAX_ACTIONS,
		    "round %lld", (long long)r->number);
	FUZZ_ASSERT(isfinite(r->eps), "round %lld", (long long)r->number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = {0};
	const struct import_sink sink = {
		.arg = &seen, .sample = on_sample, .drop_alert = on_sample, .round = on_round};
	struct strvec files = STRVEC_INIT;
	struct error err = ERROR_INIT;
	struct import_reader r;
	uint64_t given = 0;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	/* Twice, so that a file begins where another ended. */
	strvec_pushf(&files, "/proc/self/fd/%d", fd);
	strvec_pushf(&files, "/proc/self/fd/%d", fd);
	import_begin(&r, NULL, &sink);
	if (import_files(&r, &files, &err))
		FUZZ_ASSERT_ERROR(err);
	for (size_t i = 0; i < IMPORT_KINDS; i++)
		given += r.counts.used[i];
	FUZZ_ASSERT(seen.samples + seen.rounds >= given, "%llu given", (unsigned long long)given);
	FUZZ_ASSERT(r.counts.broken_names.n <= IMPORT_NAMED &&
			    (r.counts.broken_names.n > 0) == (r.counts.broken > 0),
		    "%zu names of %llu", r.counts.broken_names.n,
		    (unsigned long long)r.counts.broken);
	import_end(&r);
	strvec_release(&files);
	close(fd);
	return 0;
}

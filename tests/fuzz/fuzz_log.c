/* SPDX-License-Identifier: Apache-2.0 */
/* An engine's log, whole and line by line (both must say the same), and its last lines. */
#include "fuzz.h"

#include "engine/logparse.h"

#define TAIL	     5
#define TAIL_LINE_AT 420 /* bytes; 400 and what stands for the rest */

static void by_line(struct engine_log *l, const char *s, size_t size)
{
	const char *end = s + size;

	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		const char *stop = nl ? nl : end;

		engine_log_line(l, s, (size_t)(stop - s));
		s = stop + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strvec tail cleanup_strvec = STRVEC_INIT;
	struct engine_log whole, lines;

	engine_log_init(&whole);
	engine_log_init(&lines);
	engine_log_text(&whole, (const char *)data, size);
	by_line(&lines, (const char *)data, size);
	FUZZ_ASSERT(whole.n_lines == lines.n_lines, "%zu lines, %zu one by one", whole.n_lines,
		    lines.n_lines);
	FUZZ_ASSERT(whole.contradictions == lines.contradictions, "%zu contradictions, %zu",
		    whole.contradictions, lines.contradictions);
	FUZZ_ASSERT(!whole.contradictions == !whole.contradiction, "a count without words");
	for (int i = 0; i < LOG_SET_N; i++)
		FUZZ_ASSERT(whole.set[i].n == lines.set[i].n, "set %d", i);
	engine_log_release(&whole);
	engine_log_release(&lines);

	log_tail((const char *)data, size, TAIL, &tail);
	FUZZ_ASSERT(tail.n <= TAIL, "%zu lines", tail.n);
	for (size_t i = 0; i < tail.n; i++)
		FUZZ_ASSERT(strlen(tail.v[i]) <= TAIL_LINE_AT, "a line of %zu bytes",
			    strlen(tail.v[i]));
	return 0;
}

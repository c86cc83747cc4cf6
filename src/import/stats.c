/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of falco -s, which releases before 0.36 write (falcosecurity/falco,
 * userspace/falco/statsfilewriter.cpp): an object a line with a comma behind it, the sample's
 * number, counters and their differences to the line before, no time.
 */
#include "import/private.h"

#include <jansson.h>

#define MAX_SAMPLE INT64_C(4000000000)

struct stats_line {
	json_int_t sample, events, drops, new_events, new_drops;
};

static bool read_line(const char *line, size_t len, struct stats_line *l, struct error *why)
{
	json_error_t je;
	json_t *doc;
	bool good;

	while (len && line[len - 1] != '}')
		len--;
	doc = json_loadb(line, len, 0, &je);
	if (!doc) {
		error_env(why, "not JSON (%s)", je.text);
		return false;
	}
	good = !json_unpack(doc, "{s:I, s:{s:I, s:I}, s:{s:I, s:I}}", "sample", &l->sample, "cur",
			    "events", &l->events, "drops", &l->drops, "delta", "events",
			    &l->new_events, "drops", &l->new_drops) &&
	       l->sample > 0 && l->sample < MAX_SAMPLE && l->new_events >= 0 && l->new_drops >= 0 &&
	       l->events >= l->new_events && l->drops >= l->new_drops;
	json_decref(doc);
	if (!good)
		error_env(why, "expected sample, cur and delta with events and drops");
	return good;
}

static void give(struct import_state *s, int64_t sample, int64_t events, int64_t drops)
{
	struct metrics_line l = {.kind = METRICS_SNAPSHOT};

	metrics_sample_init(&l.s);
	l.id.start_ns = l.id.reload_ns = METRIC_UNKNOWN;
	if (__builtin_mul_overflow(sample, s->stats_interval_ns, &l.s.t_ns))
		l.s.t_ns = INT64_MAX;
	l.s.v[METRIC_N_EVTS] = events;
	l.s.v[METRIC_N_DROPS] = drops;
	import_give(s, IMPORT_STATS, s->line, sample, &l);
}

enum import_taken import_take_stats(struct import_state *s, const char *line, size_t len,
				    struct error *why)
{
	struct stats_line l;

	if (!read_line(line, len, &l, why))
		return TAKEN_BROKEN;
	/* A difference needs the line before it: of the first one, and behind a gap or a restart,
	 * it is made from the difference that the line has. */
	if (l.sample != s->stats_sample + 1 || l.events - l.new_events != s->stats_events) {
		give(s, l.sample - 1, l.events - l.new_events, l.drops - l.new_drops);
		s->used--;
		s->counts->used[IMPORT_STATS]--;
	}
	give(s, l.sample, l.events, l.drops);
	s->stats_sample = l.sample;
	s->stats_events = l.events;
	return TAKEN;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/profile_fields.h"

#include "cost/profile.h"

#define F(type, name, s, member)                                                                   \
	{                                                                                          \
		name, type, offsetof(struct s, member)                                             \
	}

static const struct field engine_fields[] = {
	F(F_STR, "name", eprofile, engine),
	F(F_STR, "version", eprofile, engine_version),
	F(F_STR, "selects_as", eprofile, selects_as),
	{0},
};
static const struct field host_fields[] = {
	F(F_STR, "hostname", eprofile, hostname),
	F(F_STR, "kernel", eprofile, kernel),
	F(F_WHOLE, "n_cpus", eprofile, n_cpus),
	{0},
};
static const struct field source_fields[] = {
	F(F_NAME, "kind", eprofile, source),
	F(F_STR, "file", eprofile, file),
	F(F_STR, "pids", eprofile, pids),
	F(F_STR, "recorded", eprofile, recorded),
	F(F_WHOLE, "events_not_recorded", eprofile, not_recorded),
	{0},
};
static const struct field clock_fields[] = {
	F(F_STR, "kind", eprofile, clock),
	F(F_NS, "ticks_per_ns", eprofile, ticks_per_ns),
	{0},
};
static const struct field count_fields[] = {
	F(F_COUNT, "seen", eprofile, seen),
	F(F_COUNT, "own", eprofile, own),
	F(F_COUNT, "without_rules", eprofile, without_rules),
	F(F_COUNT, "evaluated", eprofile, evaluated),
	F(F_COUNT, "broken", eprofile, broken),
	F(F_WHOLE, "others", eprofile, others),
	F(F_WHOLE, "kernel_events", eprofile, kernel_events),
	F(F_WHOLE, "kernel_drops", eprofile, kernel_drops),
	{0},
};
static const struct field overhead_fields[] = {
	F(F_REAL, "reading_ns", eprofile, reading_ns),
	F(F_REAL, "reading_inside_ns", eprofile, reading_inside_ns),
	F(F_COUNT, "readings", eprofile, readings),
	F(F_NS, "readings_ns", eprofile, readings_ns),
	F(F_NS, "total_ns", eprofile, overhead_ns),
	F(F_REAL, "per_event_ns", eprofile, overhead_per_event_ns),
	{0},
};
static const struct field total_fields[] = {
	F(F_COUNT, "events", eprofile, total_events),
	F(F_COUNT, "evaluations", eprofile, total_evaluations),
	F(F_COUNT, "checks", eprofile, total_checks),
	F(F_COUNT, "matches", eprofile, total_matches),
	F(F_NS, "rules_ns", eprofile, rules_ns),
	F(F_NS, "output_ns", eprofile, output_ns),
	F(F_NS, "phases_ns", eprofile, phases_ns),
	F(F_NS, "interrupted_ns", eprofile, interrupted_ns),
	{0},
};
const struct field ep_top_fields[] = {
	F(F_STR, "started", eprofile, started),
	F(F_STR, "rule_matching", eprofile, rule_matching),
	F(F_STR, "detail", eprofile, detail),
	F(F_NS, "window_ns", eprofile, window_ns),
	F(F_REAL, "cpu_ns", eprofile, cpu_ns),
	F(F_REAL, "interrupted_above_ns", eprofile, interrupted_above_ns),
	{0},
};
const struct field_part ep_parts[] = {
	{"engine", engine_fields}, {"host", host_fields},
	{"source", source_fields}, {"clock", clock_fields},
	{"events", count_fields},  {"overhead", overhead_fields},
	{"totals", total_fields},  {0},
};

const struct field ep_time_fields[] = {
	F(F_COUNT, "count", ep_time, count),
	F(F_COUNT, "timed", ep_time, timed),
	F(F_NS, "sum_ns", ep_time, sum_ns),
	F(F_REAL, "mean_ns", ep_time, mean_ns),
	F(F_REAL, "p50_ns", ep_time, p50_ns),
	F(F_REAL, "p99_ns", ep_time, p99_ns),
	F(F_REAL, "max_ns", ep_time, max_ns),
	F(F_COUNT, "interrupted", ep_time, interrupted),
	F(F_NS, "interrupted_ns", ep_time, interrupted_ns),
	{0},
};
const struct field ep_phase_fields[] = {
	F(F_NAME, "id", ep_phase, id),
	F(F_STR, "title", ep_phase, title),
	{0},
};
const struct field ep_event_fields[] = {
	F(F_STR, "name", ep_event, name),
	F(F_COUNT, "nr", ep_event, nr),
	F(F_COUNT, "events", ep_event, events),
	F(F_COUNT, "rules", ep_event, rules),
	F(F_COUNT, "evaluated", ep_event, evaluated),
	F(F_COUNT, "broken", ep_event, broken),
	F(F_COUNT, "checks", ep_event, checks),
	F(F_COUNT, "matches", ep_event, matches),
	{0},
};
const struct field ep_work_fields[] = {
	F(F_COUNT, "offered", ep_work, offered), F(F_COUNT, "evaluations", ep_work, evaluations),
	F(F_COUNT, "checks", ep_work, checks),	 F(F_REAL, "mean_checks", ep_work, mean_checks),
	F(F_COUNT, "matches", ep_work, matches), {0},
};
const struct field ep_rule_event_fields[] = {
	F(F_STR, "event", ep_rule_event, event),
	F(F_COUNT, "nr", ep_rule_event, nr),
	{0},
};
const struct field ep_check_fields[] = {
	F(F_COUNT, "id", ep_check, id),
	F(F_STR, "text", ep_check, text),
	F(F_STR, "transformer", ep_check, transformer),
	F(F_STR, "field", ep_check, field),
	F(F_STR, "operator", ep_check, op),
	F(F_STR, "modifier", ep_check, modifier),
	F(F_COUNT, "constants", ep_check, constants),
	F(F_BOOL, "values_of_event", ep_check, values_of_event),
	F(F_BOOL, "by_event_type", ep_check, by_event_type),
	F(F_NEXT, "on_true", ep_check, on_true),
	F(F_NEXT, "on_false", ep_check, on_false),
	F(F_COUNT, "evaluations", ep_check, evaluations),
	F(F_COUNT, "true", ep_check, is_true),
	{0},
};
const struct field ep_rule_fields[] = {
	F(F_NAME, "name", ep_rule, name),      F(F_STR, "priority", ep_rule, priority),
	F(F_STR, "source", ep_rule, source),   F(F_BOOL, "evaluated", ep_rule, evaluated),
	F(F_STR, "why_not", ep_rule, why_not), {0},
};
const struct field ep_node_fields[] = {
	F(F_STR, "name", ep_node, name),
	F(F_NAME, "kind", ep_node, kind),
	F(F_COUNT, "count", ep_node, count),
	F(F_NS, "sum_ns", ep_node, sum_ns),
	{0},
};

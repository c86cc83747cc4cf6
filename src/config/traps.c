/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of the findings about a configuration.
 */
#include "config/findings.h"

#include <strings.h>

const char *const trap_severity_names[] = {"error", "warning", "note"};

/* By code. FC1xx: values; FC2xx: keys; FC3xx: reading and merging; FC4xx: buffers; FC5xx: metrics;
 * FC6xx: outputs; FC7xx: drops. */
static const struct trap table[] = {
	{"FC102", TRAP_ERROR, "engine.kind that this release does not have",
	 "The kinds ebpf and gvisor were deprecated in 0.43 and went with 0.44; Falco "
	 "ends at start when it meets them.",
	 "engine: {kind: modern_ebpf}"},
	{"FC103", TRAP_ERROR, "metrics that Falco refuses",
	 "With metrics.enabled the interval must be a duration such as 1h, and Falco's own "
	 "default, "
	 "5000, is none; and at least one output must be on.",
	 "metrics: {enabled: true, interval: 15m, output_rule: true}"},
	{"FC104", TRAP_ERROR, "rules in a form that Falco refuses",
	 "rules is a list whose entries are {enable: ...} or {disable: ...}, each with a rule (a "
	 "name, * for any text) or a tag, applied in order. Plain names and lists under enabled "
	 "and disabled circulate; Falco ends at start when it meets them.",
	 "rules: [{disable: {rule: \"*\"}}, {enable: {rule: NAME}}, {enable: {tag: TAG}}]"},
	{"FC105", TRAP_ERROR, "no usable output",
	 "Falco does not start without an enabled output, or with a file, http or program output "
	 "that has no target.",
	 "stdout_output: {enabled: true}"},
	{"FC110", TRAP_WARNING, "value of a wrong type, the default holds",
	 "Falco takes its default for a value that it cannot convert, and says so only in a schema "
	 "line of its log.",
	 "write a value of the type that the message names"},
	{"FC111", TRAP_WARNING, "value that Falco takes otherwise than written", "See the message.",
	 "write what the message says"},
	{"FC201", TRAP_WARNING, "unknown key",
	 "Falco ignores keys that it does not know; only a schema line of its log names the first.",
	 "take it out, or correct its spelling"},
	{"FC202", TRAP_WARNING, "key that this release does not read yet",
	 "The key came with a later release; this one ignores it.",
	 "upgrade Falco, or take it out"},
	{"FC203", TRAP_WARNING, "key that went with an earlier release",
	 "Falco ignores it without a word but for a schema line of its log.",
	 "write its successor, where there is one"},
	{"FC204", TRAP_WARNING, "key that only the schema knows",
	 "The schema check says ok, and the value has no effect.", "take it out"},
	{"FC301", TRAP_WARNING, "values wiped by a shallow merge",
	 "config_files are merged by top-level key: a mapping in an included file takes the place "
	 "of "
	 "the whole mapping of the main file, so keys that it does not repeat fall back to Falco's "
	 "defaults (since 0.41 sequences are appended).",
	 "repeat every key of that section in the included file, or set the one key with -o"},
	{"FC302", TRAP_WARNING, "unquoted ! in custom_set is silently nothing",
	 "!name without quotes is a YAML tag on an empty text: the entry is \"\", nothing is "
	 "removed "
	 "and Falco says nothing about it.",
	 "quote it: custom_set: [\"!name\"]"},
	{"FC401", TRAP_ERROR, "preset that the page size forbids",
	 "A ring buffer must be a multiple of the page size and larger than two pages.",
	 "choose a larger buf_size_preset"},
	{"FC402", TRAP_ERROR, "ring buffers do not fit into the memory",
	 "The driver makes buffer bytes x number of buffers of memory that is never swapped; the "
	 "kernel charges it to Falco's control group.",
	 "choose a smaller buf_size_preset, or more CPUs for each buffer"},
	{"FC403", TRAP_WARNING, "ring buffers take a large share of the memory",
	 "They are held as long as Falco runs, and its thread table comes on top.",
	 "choose a smaller buf_size_preset, or more CPUs for each buffer"},
	{"FC404", TRAP_WARNING, "more CPUs for each buffer than CPUs",
	 "Falco reduces the number to that of the online CPUs: one buffer for all.",
	 "cpus_for_each_buffer: 0 says the same on every host"},
	{"FC501", TRAP_NOTE, "metrics are off",
	 "Without metrics nothing tells how many events were dropped, and under what load.",
	 "metrics: {enabled: true, interval: 15m, output_rule: true}"},
	{"FC502", TRAP_NOTE, "metrics too slow to measure with",
	 "A snapshot an hour smears a peak of drops over that hour; rates need many snapshots in a "
	 "measured window.",
	 "metrics.interval: 1s while measuring, 15m otherwise"},
	{"FC503", TRAP_WARNING, "metrics without the kernel's counters",
	 "n_evts and n_drops come only with kernel_event_counters_enabled: drops stay unknown.",
	 "metrics.kernel_event_counters_enabled: true"},
	{"FC601", TRAP_NOTE, "unbuffered standard output on the event path",
	 "Each alert is flushed on its own; a slow reader of standard output holds up the outputs "
	 "until their queue is full of alerts.",
	 "buffered_outputs: true where alerts may come in bunches"},
	{"FC602", TRAP_NOTE, "http output on the event path",
	 "One thread sends one request an alert; a slow or dead receiver fills the queue of "
	 "outputs.",
	 "http_output.keep_alive: true, and a bounded outputs_queue.capacity"},
	{"FC603", TRAP_NOTE, "an output is opened anew for each alert",
	 "Without keep_alive a file is opened and closed, or a program started, for every alert; "
	 "with a broad rule set these are syscalls that Falco traces in turn.",
	 "keep_alive: true for file_output or program_output"},
	{"FC604", TRAP_NOTE, "unbounded queue of alerts",
	 "With outputs_queue.capacity 0 a slow output makes Falco's memory grow until it is "
	 "killed.",
	 "outputs_queue: {capacity: 10000}; lost alerts are counted in outputs_queue_num_drops"},
	{"FC701", TRAP_NOTE, "drop alerts are limited in rate",
	 "syscall_event_drops reports at most rate x time + max_burst times, and only above the "
	 "threshold: the number of such alerts says nothing about the number of drops.",
	 "count drops with metrics"},
	{"FC702", TRAP_NOTE, "drops are ignored",
	 "No action is taken when events are dropped; without metrics nobody learns of it.",
	 "syscall_event_drops: {actions: [log, alert]}"},
	{0},
};

const struct trap *config_traps(void)
{
	return table;
}

const struct trap *config_trap_find(const char *code)
{
	for (const struct trap *t = table; t->code; t++)
		if (!strcasecmp(t->code, code))
			return t;
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options, verdicts and exit codes.
 */
#include "lint/explain.h"

#define OPTION(term, what, lever)                                                                  \
	{                                                                                          \
		EXPLAIN_OPTION, term, what, NULL, NULL, lever                                      \
	}
#define VERDICT(term, what, lever)                                                                 \
	{                                                                                          \
		EXPLAIN_VERDICT, term, what, NULL, NULL, lever                                     \
	}
#define EXIT(term, what)                                                                           \
	{                                                                                          \
		EXPLAIN_EXIT, term, what, NULL, NULL, NULL                                         \
	}

const struct explain_row explain_words[] = {
	OPTION("base_syscalls.custom_set",
	       "event names to trace beside those of the rules; with a valid positive name they "
	       "replace Falco's own base set, !name (quoted in YAML) takes a call out",
	       "the main lever on the number of events; keep clone, execve, close and procexit for "
	       "the state, or add repair"),
	OPTION("base_syscalls.repair",
	       "trace only what the rules need and the least that keeps process and descriptor "
	       "state right; with a custom_set it runs after it and brings its negatives back",
	       "true is the smallest set that is still sound"),
	OPTION("base_syscalls.all",
	       "keep the high-volume calls (read, write, send, recv and their like) that Falco "
	       "takes out at the end otherwise (since 0.40; earlier the flag -A)",
	       "false, unless a rule needs one of them and the host bears it"),
	OPTION("engine.modern_ebpf.buf_size_preset",
	       "size of each ring buffer, 1 to 10: 2^(19 + preset) bytes; default 4, 8 MiB",
	       "larger for bursts; useless when the consumer is saturated all the time"),
	OPTION("engine.kmod.buf_size_preset",
	       "size of the buffer of each CPU, 1 to 10: 2^(19 + preset) bytes; default 4, 8 MiB",
	       "larger for bursts; useless when the consumer is saturated all the time"),
	OPTION("engine.modern_ebpf.cpus_for_each_buffer",
	       "CPUs that share a ring buffer; default 2, 1 is one for each CPU, 0 one for all",
	       "fewer for busy CPUs, more to even out skew and save memory"),
	OPTION("engine.modern_ebpf.drop_failed_exit",
	       "leave exit events of failed calls out in the kernel; default false",
	       "true where many calls fail and no rule looks at failures (evt.res, evt.failed)"),
	OPTION("metrics.interval",
	       "time between snapshots, a Prometheus duration of at least 100ms; the default of an "
	       "absent key is invalid, so that metrics.enabled alone stops Falco",
	       "1s to measure, 15m or more in production"),
	OPTION("syscall_event_drops.threshold",
	       "share of drops in a second from which Falco acts (syscall_event_drops.actions); "
	       "default 0.1",
	       "0 reports every drop"),
	OPTION("outputs_queue.capacity", "alerts that wait for outputs; default 0, no limit",
	       "a limit keeps memory bounded and counts falco.outputs_queue_num_drops"),
	OPTION("falco_libs.thread_table_size", "threads that Falco's table holds; default 262144",
	       "raise it when falco.n_drops_full_threadtable grows"),
	OPTION("headroom",
	       "of falcotune capacity --host: events/s at 1% of drops (or the highest --levels "
	       "below) over "
	       "the p99 rate of the host's profile",
	       "below 1 the host has more events than the configuration takes: choose a smaller "
	       "set, "
	       "more CPU or fewer events; < and >= mark bounds"),
	OPTION("budget",
	       "of falcotune diff: what a change of the rules may add: syscalls=+N or +P% (size of "
	       "the set), "
	       "evt_rate=+N or +P% (kernel events/s), cpu=+P% or +Ppp (of the engine), drop=+Ppp; "
	       "a negative limit asks for a saving",
	       "a broken one names the rule whose change breaks it alone, else the one that "
	       "contributes most: narrow its event types, or disable it"),
	OPTION("alone",
	       "of falcotune diff: the old rules with that one change, against the old rules; by "
	       "set, since a call is traced as long as one rule needs it, so the parts need not "
	       "add up",
	       "look at in_the_whole of --format json for what goes when that change is taken "
	       "back"),
	OPTION("checks",
	       "of falcotune diff: comparisons of a condition that an event goes through until the "
	       "verdict, from the left; the event's type is known, any other check is true with a "
	       "stated default likelihood (0.1; 0.9 for != and exists, 0.5 for an order)",
	       "put the check that most events fail first, and narrow evt.type"),
	OPTION("canary",
	       "of run --canary: the load starts programs with a marker, and a rule of falcotune's "
	       "own raises an "
	       "alert for each; canary_loss is 1 - alerts seen / programs started",
	       "end-to-end loss also has what the outputs lose: compare it with the drop rate, and "
	       "look at outputs_queue.capacity where it is larger"),
	OPTION("reconciliation",
	       "what the load's system calls make of events in the set (sent), what the kernel "
	       "side counted (n_evts) and what user space saw (num_evts), both less the host's own "
	       "events before and after the load; the uncertainty is that of what was taken off",
	       "a difference beyond 0.5 % and its uncertainty means that something else ran, or "
	       "that counters and load do not mean the same: do not trust the run"),
	OPTION("rule_matching",
	       "first: the first rule that matches an event ends the search; all: every rule is "
	       "tried",
	       "first is cheaper and hides rules behind wider ones (falcotune check, FT041)"),
	OPTION("--ladder",
	       "falcotune run: two more runs in each round, the load without an engine and with "
	       "an engine that traces Test 1's set (the floor, below which no base_syscalls can "
	       "go); slowdown is time with the engine over time without, of runs within one round",
	       "what Falco costs the workload, which drop rates do not show: the case's own part "
	       "shrinks with fewer syscalls, the floor does not"),
	OPTION("--sweep",
	       "falcotune run --sweep buffers: buf_size_preset x cpus_for_each_buffer within "
	       "--max-buffer-memory, all for a short time, the better half for twice as long, and "
	       "so on; the front over drop rate, buffer memory, CPU and coverage, and why each "
	       "other setting lost",
	       "where a burst is lost while the consumer has time; --cpus prices the memory for "
	       "another host"),
	OPTION("--search",
	       "falcotune run: the largest set of the user's rules, by priority or --weights, that "
	       "stays within --max-drop; a call leaves only with the last rule that needs it, so "
	       "rules go in groups, most events a second for each unit of weight first; each step "
	       "is measured, and the result is checked by a dry run",
	       "when the consumer is saturated and buffers do not help: gives rules: and "
	       "custom_set, and what is no longer watched"),
	OPTION("--until-decided",
	       "falcotune run: looks after 5, 6, 8, 12 ... repeats and ends each case whose place "
	       "in the ranking is decided, or would not be by --repeats (default 20); each look "
	       "has its part of 5 %, so that looking often finds nothing that is not there",
	       "for a ranking in about half the time; --max-time bounds it"),
	OPTION("--plan",
	       "falcotune run: schedule, time and the difference of drop rates that such a run "
	       "sees in 8 of 10 times; runs nothing",
	       "before a long run: more repeats or longer windows when it is too large"),
	OPTION("cpu.max",
	       "CPU quota and period of a control group (version 2; cpu.cfs_quota_us and "
	       "cpu.cfs_period_us in version 1), what a container's CPU limit becomes: at its end "
	       "the group waits for the next period, which cpu.stat counts as throttled time",
	       "no limit, or one above what falcotune capacity shows the engine to use"),
	OPTION("memory.max",
	       "memory of a control group (version 2; memory.limit_in_bytes in version 1), what a "
	       "container's memory limit becomes; ring buffers count, and beyond it the kernel "
	       "kills",
	       "the peak that falcotune capacity shows, with reserve for processes and files"),
	VERDICT("HEALTHY", "no drops in the window, and nothing else to report", "nothing to do"),
	VERDICT("SUSTAINED",
		"drops because the consumer is saturated: its one thread uses 85 % of a core or "
		"more "
		"while it drops, and all events would take 95 % or more; a larger buffer only "
		"fills "
		"later",
		"fewer syscalls (custom_set, repair), cheaper rules, more CPU for Falco"),
	VERDICT("BURST",
		"drops in few seconds (or in bursts shorter than the samples), while the consumer "
		"has "
		"time on the whole",
		"buf_size_preset: the one that covers the burst, computed from the events that the "
		"worst burst lost and their size"),
	VERDICT("OUTPUT",
		"alerts are lost or slow behind the rules: the queue drops, or an output "
		"blocks",
		"fewer alerts, faster or buffered outputs, outputs_queue.capacity"),
	VERDICT("THROTTLED",
		"the CPU limit of the control group (cpu.max, on v1 cpu.cfs_quota_us) stops the "
		"engine for 1 % of the time or more",
		"raise the limit, or fewer syscalls"),
	VERDICT("STARVED",
		"drops although the engine is not saturated: it does not get a CPU in time (10 % "
		"of "
		"the time waiting for one, 5 % steal, niceness, more threads than CPUs), or one "
		"CPU's "
		"buffer takes most",
		"priority or a CPU of its own for Falco; cpus_for_each_buffer for skew; a larger "
		"preset to bridge the waits"),
	VERDICT("START-UP", "drops before the measured window only, while Falco gets ready",
		"nothing for steady running; start Falco before the load"),
	VERDICT("STATE",
		"failed look-ups grow (1 % of the events for threads, 10 % for descriptors where "
		"their calls are traced) or the thread table is full: rules see events without "
		"process or file names",
		"base_syscalls.repair or the state calls in custom_set; "
		"falco_libs.thread_table_size"),
	VERDICT("PLUGIN",
		"a plugin loses events, makes many of its own, or uses a quarter of a core or more "
		"beside the consumer's thread",
		"the plugin's own settings, or leave it out of load_plugins"),
	VERDICT("UNFIXABLE",
		"the smallest useful set (Test 1, process events) drops more than the limit at the "
		"largest buffer allowed (preset 10, or a quarter of the memory)",
		"no setting mends it: more CPU, fewer processes a second, or several hosts"),
	VERDICT("UNDECIDED",
		"nothing was measured that could drop, or what would tell the cause of the drops "
		"is "
		"not known",
		"a load that makes events of the set; metrics.resource_utilization_enabled, or "
		"falcotune run"),

	EXIT("0", "everything is fine"),
	EXIT("1",
	     "a finding: Falco would refuse a file, a lint reaches --fail-on, or a gate failed"),
	EXIT("2", "bad usage or input: an option, a file that cannot be read, an unknown term"),
	EXIT("3", "the environment cannot do it: no root, no BPF, no engine"),
	EXIT("4", "a fault of falcotune itself, or memory ran out"),
	EXIT("130", "ended by SIGINT (128 + the signal's number), after cleaning up"),
	EXIT("143", "ended by SIGTERM (128 + the signal's number), after cleaning up"),
	{0},
};

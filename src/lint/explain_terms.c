/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What falcotune's own reports call things: findings of advise, states and columns of survey,
 * capacity, --search and --sweep, verifications. Words as they are printed.
 */
#include "lint/explain.h"

#define TERM(term, what, lever)                                                                    \
	{                                                                                          \
		EXPLAIN_TERM, term, what, NULL, NULL, lever                                        \
	}

const struct explain_row explain_terms[] = {
	/* Findings of advise. */
	TERM("verdict",
	     "a finding of advise that follows from a verdict on the numbers (falcotune explain "
	     "BURST and so on); its gain is the share of events or alerts that the verdict is "
	     "about",
	     "the change that stands with it"),
	TERM("measured-case",
	     "a finding of advise: base_syscalls and buffers of the case that the run recommends",
	     "its blocks; the gain is what the present case drops and this one does not"),
	TERM("base-set",
	     "a finding of advise from a host.json: another base_syscalls takes kernel events "
	     "away; "
	     "rules that lose event types by it are named",
	     "base_syscalls.repair, base_syscalls.all"),
	TERM("failed-calls",
	     "a finding of advise from a host.json: many calls fail, and drop_failed_exit leaves "
	     "their exit events out in the kernel",
	     "engine.modern_ebpf.drop_failed_exit, unless a rule is about attempts"),
	TERM("rules-to-disable",
	     "a finding of advise from a host.json: rules that alone ask for a busy call, which "
	     "leaves with the last of them",
	     "disable them in rules:, or rewrite their conditions without the call"),
	TERM("call-left-out",
	     "a finding of advise from a host.json: a busy call that the rules can do without, as "
	     "a "
	     "negative of custom_set",
	     "!name in base_syscalls.custom_set"),
	TERM("larger-preset",
	     "a finding of advise from a host.json: the predicted peak fills the present buffers "
	     "in "
	     "a fraction of a second; a larger preset takes no event away, but bridges waits",
	     "buf_size_preset"),
	/* Verifications. */
	TERM("verification",
	     "the last run of a recommended configuration as it is printed: a dry run, whose set "
	     "must be the predicted one, and one live run under the load; one repeat, so that its "
	     "drop rate is indicative",
	     "--no-verify leaves the live run out, --load names one for advise; a failed one is "
	     "exit code 1"),
	TERM("passed",
	     "of a verification: the engine takes the configuration, traces the predicted "
	     "set, and a live run came to its end within the limit of drops",
	     "nothing to do"),
	TERM("dry-only",
	     "of a verification: the dry run is fine; there was no live run, and the text "
	     "says why",
	     "--load, --max-time, root"),
	TERM("not-verified", "of a verification: nothing could be run, and the text says why",
	     "--engine, or the -c and -r of the results"),
	/* What run says. */
	TERM("recommended",
	     "of run: the case with the largest coverage within --max-drop, with your "
	     "own rules",
	     "paste its blocks"),
	TERM("diagnosis",
	     "of run: the same with the dummy rules, which never fire: it says what the "
	     "host bears, not what to run",
	     "-r with your own rules"),
	TERM("none-within", "of run: no case is within --max-drop",
	     "larger buffers, fewer rules (run --search), less load"),
	TERM("no-data", "of run: no case was measured to its end, or only dry runs were made",
	     "the reasons stand with the cases"),
	/* The survey. */
	TERM("own cost",
	     "of survey: ns per call that its BPF program takes at each exit of a system call, and "
	     "the same of an empty program on the same hook: the difference is what counting costs",
	     "--by and paths cost more; the empty program's part is the kernel's own"),
	TERM("residual",
	     "measured kernel events a second over predicted ones, less 1: what the prediction "
	     "from "
	     "host.json or from the load does not explain",
	     "within 5 % under a steady load; otherwise the host did something else than when it "
	     "was surveyed, or calls make other events than one each"),
	TERM("rules of thumb",
	     "levels of kernel events a second and CPU on Falco's page on dropped events: from 1K "
	     "on moderate, from 1.5K on busy, from 3K on very busy; from before release 0.42 "
	     "dropped the enter events, when the same calls counted about twice",
	     "measure instead: falcotune capacity finds the host's own level"),
	TERM("below 1K", "by the rules of thumb: few events for each CPU", "nothing to do"),
	TERM("1K to 1.5K", "by the rules of thumb: moderate", "look at the top contributors"),
	TERM("1.5K to 3K", "by the rules of thumb: busy",
	     "fewer calls, buf_size_preset for bursts"),
	TERM("above 3K", "by the rules of thumb: very busy",
	     "fewer calls: falcotune advise --from host.json"),
	TERM("missed",
	     "of survey: exits that the kernel kept from its program (the program ran on that CPU "
	     "already); they are in no rate",
	     "none; the rate says how much the rates are too low"),
	TERM("32-bit entry",
	     "of survey: calls by 32-bit processes, counted apart: Falco does not collect them",
	     "none"),
	TERM("exit events",
	     "of survey: returns from system calls, one each; since release 0.42 these "
	     "are the events that Falco collects of a call",
	     "base_syscalls chooses which"),
	/* Costs of rules. */
	TERM("alone saves",
	     "of rules --cost: CPU that giving up this one rule saves, kernel side and engine: the "
	     "events of calls that no other rule needs, and its own checks",
	     "look at the worst by set too: rules that share a call save it only together"),
	TERM("narrow",
	     "of rules --cost: a lever: one call that only this rule needs makes most of its cost",
	     "take the call out of its evt.type, when the rule can do without"),
	TERM("reorder",
	     "of rules --cost: a lever: a cheap check that is seldom true stands behind dearer "
	     "ones; the saving is that of the cheapest order of all, so an upper bound",
	     "move the check to the front; the meaning stays"),
	TERM("selectivity",
	     "how likely a check is true for the events that get to it: counted by a profile, else "
	     "a stated default of its operator",
	     "--profile"),
	TERM("calibration",
	     "costs of events and checks fitted to profiles of this host, with the mean error of a "
	     "check's price",
	     "rules --cost --profile FILE --write-calibration FILE"),
	/* Capacity. */
	TERM("capacity",
	     "events a second that a configuration takes at a drop rate, between a measured round "
	     "below and one above",
	     "fewer syscalls, more CPU, cheaper rules; not buffers"),
	TERM("load-saturated",
	     "of capacity: the load was at its limit before the engine was, so that no capacity is "
	     "known; the slowest operation is named",
	     "--load with more threads or cheaper operations"),
	TERM("unbounded", "of capacity: no drops up to the highest rate that a profile can ask for",
	     "a heavier --load"),
	TERM("not-exercised",
	     "the load makes no event of the set, so that nothing is known of drops",
	     "a --load that makes calls of the set"),
	TERM("measured",
	     "it came to its end and counts; as the basis of a capacity: a round had this "
	     "drop rate, within a tenth",
	     "nothing to do"),
	TERM("interpolated", "of capacity: between the two rounds that enclose the drop rate",
	     "the rounds below and above are the uncertainty"),
	TERM("at-least", "of capacity: no round was above the drop rate; the true value is higher",
	     "a heavier --load, more --max-time"),
	TERM("below",
	     "of capacity: already the slowest round was above the drop rate; the true value "
	     "is lower",
	     "a --load with lower rates"),
	TERM("behind by",
	     "of capacity: events that waited in the buffers at a round's end, more than at its "
	     "begin, as a share; with full buffers these would be lost, and count as such",
	     "none"),
	TERM("throttled", "time that the CPU limit of the control group stopped the engine",
	     "a higher CPU limit (falcotune explain cpu.max)"),
	TERM("failed", "it did not come to its end, or a check failed; the reason stands with it",
	     "the reason"),
	TERM("unknown", "not measured or not to be had here; never zero", "none"),
	/* --sweep. */
	TERM("front",
	     "of --sweep: settings that no other one beats in drop rate, buffer memory, CPU and "
	     "coverage together (Pareto); every other one says which beats it",
	     "of the front the one with the least memory within --max-drop is proposed"),
	TERM("too-large", "of --sweep: its buffers take more than --max-buffer-memory",
	     "--max-buffer-memory"),
	TERM("not-reached", "of --sweep: the time or an interruption came before it", "--max-time"),
	/* Profile. */
	TERM("empty_poll",
	     "phase of falcotune profile: a look at buffers in which nothing waits (Falco's "
	     "SCAP_TIMEOUT); its busy part only",
	     "none: an idle engine"),
	TERM("rules_not_broken",
	     "phase of falcotune profile: the rules of an event that matches none of them",
	     "dearest rules and checks first: narrow their event types, put cheap checks that fail "
	     "first"),
	TERM("rules_broken",
	     "phase of falcotune profile: the rules of an event that matches one; a rule is broken "
	     "when its condition holds",
	     "exceptions for what is expected"),
	TERM("housekeeping", "phase of falcotune profile: metrics and timers", "metrics.interval"),
	TERM("ns/event",
	     "of falcotune profile: time of a rule's evaluations and alerts for each event of the "
	     "types that it is for, as a mean",
	     "the rule's checks and matches"),
	TERM("checks/evaluation",
	     "of falcotune profile: comparisons until a rule's verdict, as a mean; what the type "
	     "of an event answers alone is none",
	     "checks that fail most often first"),
	TERM("profiling's cost",
	     "of falcotune profile: what reading the timer and keeping counts took, measured in "
	     "the "
	     "same run; it is in no other number",
	     "--detail rules"),
	/* --search. */
	TERM("whole", "step of --search: all rules as they are configured", NULL),
	TERM("least-state",
	     "step of --search: all rules, with a custom_set of just what they and Falco's state "
	     "need: no rule is lost by it",
	     NULL),
	TERM("smallest", "step of --search: only the rules that cost nothing to keep", NULL),
	TERM("give-up",
	     "step of --search: the largest rule set so far, by bisection of the order in "
	     "which rules go",
	     NULL),
	TERM("take-back", "step of --search: rules that were given up early, tried again", NULL),
	TERM("largest-buffers",
	     "step of --search: the smallest set with the largest buf_size_preset within "
	     "--max-buffer-memory; only when it drops too the verdict is UNFIXABLE",
	     "--max-buffer-memory"),
	TERM("within", "the drop rate is not above --max-drop", NULL),
	TERM("above", "the drop rate is above --max-drop", NULL),
	TERM("nothing-to-give-up", "of --search: all rules as configured are within --max-drop",
	     "nothing to do"),
	TERM("found",
	     "of --search: the largest set of rules within --max-drop, as far as it was looked",
	     "paste its blocks; what is no longer watched is listed"),
	TERM("larger-buffers",
	     "of --search: the smallest set drops with the present buffers and not with the "
	     "largest: "
	     "rules are not the lever",
	     "run --sweep buffers, then the search again"),
	TERM("unfinished", "of --search: interrupted, or out of time, before a set was within",
	     "--max-time, --max-steps"),
	TERM("not-measured", "of --search: a step that decides could not be measured",
	     "the reason stands with it"),
	{0},
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lints. A new one is a row here and a function in one of the lint_*.c files. Codes are never
 * given to another lint: they stand in people's configurations.
 */
#include "lint/private.h"

const struct lint_row lint_table[] = {
	/* ---- events and syscalls ---- */
	{"FT001", "no-event-type", LINT_WARNING, "no event type, so every event walks the rule",
	 "the condition runs for every event of the host, and every syscall of the catalogue is "
	 "asked for",
	 "add evt.type = or in (...) as a check that stands in an and with the rest",
	 "Falco keeps rules by event type and only runs those of the event at hand. A check on "
	 "evt.type narrows a rule down only with = == != or in, only where it is joined by and, "
	 "and not inside an or with checks that name no type. Falco's own LOAD_NO_EVTTYPE says the "
	 "same, unless warn_evttypes: false hides it.",
	 .rule = lint_no_event_type},
	{"FT002", "ignored-syscall", LINT_WARNING,
	 "an event type that is high-volume and ignored without base_syscalls.all",
	 "the rule is blind for these events; Falco says so only in one line on stderr",
	 "take these types out of the condition, or set base_syscalls.all: true and measure what "
	 "it costs",
	 "Falco takes read, write, recv, send and their like out of the set at the end, even when "
	 "a rule or custom_set names them. base_syscalls.all: true keeps them, for a large price: "
	 "they are the most frequent syscalls of nearly every host.",
	 .rule = lint_ignored_syscall},
	{"FT003", "lone-syscall", LINT_INFO, "a rule that alone pulls a syscall into the set",
	 "every call of it is traced, for this rule only: the gain of dropping the rule is known",
	 "weigh the rule against the rate of these calls (falcotune syscalls lists all reasons)",
	 "A syscall is traced when a rule, the state engine, custom_set or repair asks for it. "
	 "Where one rule is the only reason, taking the rule out takes the syscall out.",
	 .rule = lint_lone_syscall},
	{"FT004", "blind-name", LINT_WARNING,
	 "an event name that validates and selects nothing (pread64, prlimit64, ...)",
	 "the rule never sees the call it names, and Falco does not say so",
	 "write the name of the event instead of the syscall's",
	 "evt.type takes names of events and of syscalls, but some syscalls share an event of "
	 "another name: pread64 is the event pread, prlimit64 is prlimit, setresuid32 is "
	 "setresuid, "
	 "fcntl64 is fcntl, sched_process_exit is procexit. The syscall's name is accepted and "
	 "selects nothing.",
	 .node = lint_blind_name},
	{"FT005", "event-type-operator", LINT_WARNING,
	 "an operator on evt.type that narrows nothing down",
	 "the rule is run for every event, as if the check were not there",
	 "write evt.type in (...) with the names themselves",
	 "Only = == != and in without a modifier restrict the event types of a rule. startswith, "
	 "contains, regex, and = anyof are evaluated for every event.",
	 .node = lint_evttype_operator},
	{"FT006", "never-matches", LINT_WARNING, "a rule that can never match",
	 "its syscalls are selected and its condition is run for nothing",
	 "mend the condition, or disable the rule: a disabled rule selects no syscall",
	 "A condition is constant when it holds evt.num=0 (upstream's never_true), evt.dir = >, an "
	 "empty list, or two checks of one and that exclude each other. An enabled rule like that "
	 "still puts its syscalls into the set. enabled: false takes them out.",
	 .rule = lint_never_matches},
	{"FT007", "enter-event", LINT_WARNING, "evt.dir = >, which is never true",
	 "the check, and what it is joined to by and, never matches",
	 "leave evt.dir out; every event is an exit event",
	 "Falco 0.42 took the enter events out. evt.dir = > waits for something that does not "
	 "come.",
	 .node = lint_evt_dir_enter},
	{"FT008", "exit-event", LINT_INFO, "evt.dir = <, which is always true",
	 "one comparison for each event, and a deprecation warning at each start",
	 "leave evt.dir out", "Since Falco 0.42 every event is an exit event.",
	 .node = lint_evt_dir_exit},
	{"FT009", "no-latency", LINT_WARNING, "a latency field, which has no value any more",
	 "the check never matches", "leave it out; there is no replacement",
	 "evt.latency and evt.wait_latency were the time between enter and exit events, and enter "
	 "events went with Falco 0.42.",
	 .node = lint_latency},

	/* ---- conditions ---- */
	{"FT020", "cheap-check-late", LINT_INFO,
	 "a cheap, selective check that stands after an expensive one",
	 "the expensive check runs for events that the cheap one would have ruled out",
	 "put comparisons of names and numbers first, text searches, patterns and ancestor walks "
	 "last",
	 "Falco evaluates an and from left to right and stops at the first check that is false. "
	 "regex, glob and contains look at the whole text; proc.aname and its like walk up the "
	 "process tree; proc.cmdline and evt.args are put together before they are compared. The "
	 "place of evt.type does not matter: rules are kept by event type.",
	 .node = lint_order, .on_joins = true},
	{"FT021", "list-copies", LINT_INFO, "a large list that is pasted into many conditions",
	 "memory and start-up time for each copy",
	 "put the check into one rule, or make one macro narrower so that fewer rules need it",
	 "Lists are text: each use puts all values into the condition again, and each rule "
	 "compiles "
	 "its own set, also when the list comes through a macro.",
	 .whole = lint_list_copies},
	{"FT022", "many-patterns", LINT_INFO, "a long list behind a text operator with a modifier",
	 "the values are tried one after another for each event",
	 "use in with whole values, or pmatch for paths, which need one look-up",
	 "in keeps its values in a hash table and pmatch in a tree of path parts. startswith anyof "
	 "and the like have no such index.",
	 .node = lint_many_patterns},
	{"FT023", "contains-path", LINT_INFO, "contains where startswith would do",
	 "the whole text is searched, and a path inside another folder (/host/etc/...) matches too",
	 "write startswith, unless such paths are meant",
	 "A text that begins with a top-level folder nearly always means a path from the root.",
	 .node = lint_contains_path},
	{"FT024", "glob-front", LINT_INFO, "a wildcard at the front of a glob",
	 "every place of the text is tried", "use endswith or contains where the rest is plain",
	 "A pattern that begins with a star cannot stop at the first byte that differs.",
	 .node = lint_glob_front},
	{"FT025", "glob-plain", LINT_INFO, "a glob that needs none",
	 "a pattern match where a comparison would do", "write = or startswith",
	 "A pattern without ? [ and inner * is a plain comparison.", .node = lint_glob_plain},
	{"FT026", "regex-plain", LINT_INFO, "a regex that is a plain text",
	 "a regular expression runs for each event where a comparison would do",
	 "write = startswith endswith or contains",
	 "regex always matches the whole text, so abc is = abc, abc.* is startswith, .*abc is "
	 "endswith and .*abc.* is contains. (The dot of .* does not match a line end, the "
	 "operators "
	 "do.)",
	 .node = lint_regex_plain},
	{"FT027", "name-too-long", LINT_INFO, "a process name that is longer than the kernel keeps",
	 "the value never matches, so that a rule or exception is narrower than it looks",
	 "cut the name to its first 15 bytes, or compare proc.exepath",
	 "proc.name, proc.pname and proc.aname come from the kernel's task name, which has room "
	 "for "
	 "15 bytes (TASK_COMM_LEN is 16 with the end).",
	 .node = lint_name_too_long},
	{"FT028", "literal-star", LINT_WARNING, "a wildcard where the operator knows none",
	 "the value is compared as it stands and hardly ever matches",
	 "use glob or pmatch, or startswith without the star",
	 "= in startswith endswith and contains compare texts. Only glob, iglob and pmatch know "
	 "wildcards.",
	 .node = lint_wildcard_literal},
	{"FT029", "empty-in", LINT_INFO, "in () with no value",
	 "the check is always false, and a not before it always true",
	 "fill the list, or leave the check out",
	 "Empty lists are often meant to be filled by a local rules file.",
	 .node = lint_empty_list},

	{"FT030", "contains-name", LINT_INFO, "contains with a whole name, where = would do",
	 "the whole text is searched, and longer names (bash in rbash) match too",
	 "write = or in, or startswith where versions are meant",
	 "Names of processes, users and types are short and known; a comparison is cheaper and "
	 "says what is meant. Fragments that begin or end with a separator (-sh) are left alone.",
	 .node = lint_contains_name},

	/* ---- rules against each other ---- */
	{"FT040", "duplicate-rule", LINT_WARNING, "two rules with the same condition",
	 "with rule_matching first the second one never fires; with all, each event is checked and "
	 "reported twice",
	 "take one of them out, or tell them apart",
	 "Falco evaluates the rules of an event type in the order in which they were first "
	 "defined.",
	 .whole = lint_duplicates},
	{"FT041", "shadowed-rule", LINT_WARNING,
	 "a rule that an earlier, wider one always comes before",
	 "with rule_matching first the rule never fires, yet it is loaded and costs syscalls",
	 "put the narrower rule first, exclude it from the wider one, or set rule_matching: all",
	 "The earlier rule's event types and checks are all contained in this one's, so whenever "
	 "this one is true the earlier one is too. Only such certain cases are reported.",
	 .whole = lint_shadowed},
	{"FT042", "unused-item", LINT_INFO, "a macro or list that no rule uses",
	 "it is read, parsed and compiled at each start", "take it out, or use it",
	 "Falco's LOAD_UNUSED_MACRO and LOAD_UNUSED_LIST count a use by another unused item; this "
	 "one follows the uses up to a rule.",
	 .whole = lint_unused},
	{"FT043", "below-priority", LINT_INFO, "a rule below the configured minimum priority",
	 "the rule is compiled at each start and never evaluated; neither rules: nor enabled "
	 "brings "
	 "it back",
	 "raise the rule's priority, lower priority in falco.yaml, or disable the rule",
	 "priority in falco.yaml keeps less severe rules out of the rule set. They select no "
	 "syscalls, but they are still listed by falco -L, so that they look alive.",
	 .whole = lint_below_priority},
	{"FT044", "useless-exclusion", LINT_WARNING,
	 "an exception or exclusion that can never apply",
	 "it is checked for each event that gets so far, and excludes nothing",
	 "mend its values, or take it out",
	 "The rest of the condition already demands another value of the same field.",
	 .rule = lint_useless_exception},

	/* ---- items and keys of rules files ---- */
	{"FT050", "deprecated-item", LINT_INFO, "a form that Falco calls deprecated",
	 "a warning at each start, and a refusal in a release to come",
	 "write the form that replaces it",
	 "append: true and a lone enabled are old forms of override. append: true on a rule takes "
	 "condition and exceptions only and ignores all other keys without a word.",
	 .whole = lint_deprecated, .rejected = true},
	{"FT051", "source-not-loaded", LINT_WARNING, "a rule for a source that is not loaded",
	 "the rule is not even compiled, so that its errors do not show",
	 "load the plugin that "
	 "gives the source, or take the rule out",
	 "source names the event source: syscall, or that of a plugin (plugins and load_plugins in "
	 "falco.yaml).",
	 .whole = lint_source, .rejected = true},
	{"FT052", "unknown-rule-key", LINT_WARNING, "a key of a rules file that does nothing",
	 "what it was meant to do is not done", "take it out, or write the key that does it",
	 "Falco warns about keys it does not know and goes on. skip_events, description, severity "
	 "and others circulate; the row's advice says what to write.",
	 .whole = lint_rule_key, .rejected = true},
	{"FT053", "output-parentheses", LINT_ERROR, "%(field) in an output",
	 "Falco refuses the whole file", "write %field, without parentheses",
	 "Outputs take a percent sign right before the field. There is no %% either.",
	 .whole = lint_output_parens, .rejected = true},
	{"FT054", "costly-output", LINT_INFO, "an output field that is expensive",
	 "time and room in each alert, and often secrets in logs",
	 "name the part that is needed, for example proc.env[NAME]",
	 "Output fields are only evaluated when a rule fires, so this matters for noisy rules.",
	 .rule = lint_output_costly},
	{"FT055", "empty-output", LINT_INFO, "an output without any field",
	 "alerts cannot be told apart", "name the process, user and file: %proc.cmdline %user.name",
	 "append_output adds container fields to each output, but nothing about the process.",
	 .rule = lint_output_empty},

	/* ---- falco.yaml ---- */
	{"FT060", "unknown-config-key", LINT_WARNING, "a key of falco.yaml that does nothing",
	 "what it was meant to do is not done; Falco only says `schema validation: failed`",
	 "take it out, or write the key that does it",
	 "Falco reads the keys that it knows and ignores all others. rules.enabled, "
	 "print_output_to_stdout, metrics.format and keys of earlier releases circulate.",
	 .whole = lint_config_key, .rejected = true},
	{"FT061", "ignored-section", LINT_INFO, "a known key that is not read any more",
	 "it has no effect", "take it out",
	 "The key is still in Falco's schema or still warned "
	 "about, so that no log line speaks of it.",
	 .whole = lint_config_ignored, .rejected = true},
	{"FT062", "no-close", LINT_WARNING, "custom_set without close, while rules use descriptors",
	 "the descriptor table is never cleaned: memory grows and fd fields can be of an old file",
	 "add close to custom_set, or set repair: true",
	 "With positive names in custom_set Falco traces these and the rules' own syscalls only. "
	 "Without close a number that is used again still has the old file's name.",
	 .whole = lint_custom_no_close},
	{"FT063", "no-process-state", LINT_WARNING,
	 "custom_set without the calls that start processes",
	 "process fields are read from /proc when they are first needed, too late for short "
	 "processes, or stay those of the parent",
	 "add clone, clone3, fork, vfork, execve and execveat to custom_set, or set repair: true",
	 "Falco learns of processes from these calls. procexit is always traced.",
	 .whole = lint_custom_no_process},
	{"FT064", "empty-entry", LINT_ERROR, "an empty entry in custom_set",
	 "nothing is removed, and nothing is said; the schema is satisfied", "quote it: \"!name\"",
	 "An exclamation mark at the beginning of an unquoted YAML text is a tag, so !recvfrom is "
	 "an empty text with a tag.",
	 .whole = lint_custom_empty},
	{"FT065", "invalid-entry", LINT_WARNING, "an entry of custom_set that is no event name",
	 "it does nothing; Falco warns once at its start", "write the name of an event",
	 "custom_set takes event names, which differ from some syscalls' names: pread for pread64, "
	 "procexit for sched_process_exit.",
	 .whole = lint_custom_invalid},
	{"FT066", "ignored-entry", LINT_WARNING, "a high-volume syscall in custom_set",
	 "it is not traced", "set base_syscalls.all: true, or take it out",
	 "Falco takes high-volume calls out after custom_set, unless base_syscalls.all is true.",
	 .whole = lint_custom_ignored},
	{"FT067", "negative-undone", LINT_WARNING, "a negative of custom_set that comes back",
	 "the call is traced and costs what it was meant to save",
	 "take the negative out; where repair brings it back, set repair: false",
	 "The late repair runs after negatives were removed and adds what it wants again; procexit "
	 "is added last of all.",
	 .whole = lint_repair_restores},
	{"FT068", "refused-config", LINT_ERROR,
	 "a setting of falco.yaml with which Falco does not start",
	 "Falco ends at its start, whatever the rules are", "write what falcotune config says",
	 "An engine that the release does not have, metrics without a valid interval or an output, "
	 "rules given as plain names or under enabled and disabled: Falco refuses these. falcotune "
	 "config shows them with all other findings about falco.yaml (codes FCnnn), which "
	 "falcotune explain knows too.",
	 .whole = lint_config_refused, .rejected = true},

	/* ---- where Falco dies ---- */
	{"FT080", "crash-exceptions-replace", LINT_ERROR,
	 "override: {exceptions: replace} without comps, over which Falco crashes",
	 "Falco ends with a segmentation fault at its start, or compiles stale text",
	 "give comps for each exception, one operator a field",
	 "This form skips the checks and defaults that a definition gets. falcotune reads it as a "
	 "definition.",
	 .whole = lint_exceptions_replace, .rejected = true},
	{"FT081", "dies-without-report", LINT_ERROR,
	 "a condition over which Falco ends without a report",
	 "exit code 1 and \"Runtime error\", without a place and without a validation result",
	 "compare evt.type with names only, and ports with numbers below 2^31",
	 "Falco looks for event types and ports before it checks them, and nothing catches what "
	 "goes wrong there.",
	 .whole = lint_dies, .rejected = true},
	{"FT082", "deep-nesting", LINT_ERROR, "parentheses that are nested too deeply for Falco",
	 "Falco runs out of stack and is killed", "write the condition with fewer levels",
	 "The parser calls itself for each level; about 8,200 fill the 8 MiB of a usual stack. The "
	 "limit in its sources never takes effect.",
	 .whole = lint_deep_nesting, .rejected = true},
	{"FT083", "describe-dies", LINT_INFO, "a condition over which `falco -L` ends",
	 "the rules of the whole file cannot be listed; loading works",
	 "use the list inside in (...), or write its value out",
	 "falco -L parses the condition as written, before lists are put in, and nothing catches "
	 "the error.",
	 .rule = lint_describe_dies},
	{0},
};

/* SPDX-License-Identifier: Apache-2.0 */
/* The options of falcotune profile. */
#include "cmd/profile.h"

#include "engine/process.h"

#include <stdlib.h>
#include <string.h>

#define RUNS_MAX 1000

static const char *const details[] = {"checks", "rules", NULL};

int profile_options(int argc, char **argv, struct profile_args *a, struct error *err)
{
	struct measure_args *m = &a->m;
	const struct opt opts[] = {
		MEASURE_OPTS_WHAT(m, "rules file or folder, in place of rules_files; repeatable"),
		MEASURE_OPT(m, 0, "load", OPT_STR, &m->o.load, "PROFILE",
			    "profile under this load, an id or a file"),
		{0, "duration", OPT_DURATION, &m->o.duration_ns, "TIME",
		 "how long to profile; without --load the host as it is (default 10s)", 0, 0, NULL,
		 &a->duration_given},
		{0, "warmup", OPT_DURATION, &m->o.warmup_ns, "TIME",
		 "of the load before that; it is profiled too (default 1s)", 0, 0, NULL,
		 &a->warmup_given},
		MEASURE_OPT(m, 0, "events", OPT_STR, &a->events, "FILE",
			    "replay a recording of falcotune-engine; needs no root. With "
			    "--knock-out and "
			    "another engine: a capture file that it reads"),
		{0, "from", OPT_STRS, &a->from, "FILE",
		 "show profiles that falcotune-engine wrote, and run nothing; repeatable", 0, 0,
		 NULL, NULL},
		MEASURE_OPT(m, 0, "pid", OPT_STR, &a->pid, "PID[,PID...]",
			    "only events of these processes and of their descendants; with "
			    "--sample the "
			    "process to sample"),
		{0, "runs", OPT_INT, &a->runs, "N",
		 "run so often, and show the mean with its interval (default 1; rounds of "
		 "--knock-out: 5)",
		 1, RUNS_MAX, NULL, &a->runs_given},
		MEASURE_OPT_FLAG(
			m, "knock-out", &a->knock_out,
			"what each rule costs any engine, Falco too: CPU time of runs with "
			"all rules less that of runs without it, with intervals"),
		MEASURE_OPT_FLAG(m, "each", &a->each,
				 "with --knock-out: each rule alone, however many (default: more "
				 "than 8 by halving groups whose cost is seen)"),
		{0, "max-time", OPT_DURATION, &a->max_time_ns, "TIME",
		 "with --knock-out: begin no run that would end later, and show what was measured",
		 0, 0, NULL, &a->max_time_given},
		MEASURE_OPT_SEED(m),
		{0, "sample", OPT_FLAG, &a->sample,
		 .help = "perf samples of a running engine (--pid, else falco or falcotune-engine) "
			 "for --duration: its functions"},
		MEASURE_OPT(m, 0, "record", OPT_STR, &a->record, "FILE",
			    "keep the events of a live run there, for --events"),
		{0, "detail", OPT_CHOICE, &a->detail, .arg = "WHAT",
		 .help = "checks (default): time each check; rules: only whole rules, for less "
			 "overhead",
		 .choices = details, .given = &a->detail_given},
		{0, "folded", OPT_STR, &a->folded, "FILE",
		 "write the call tree as folded stacks, self time in ns, for a flame graph", 0, 0,
		 NULL, NULL},
		{0, "dot", OPT_STR, &a->dot, "FILE",
		 "write the call tree with counts and latencies for Graphviz", 0, 0, NULL, NULL},
		{0, "calibrate", OPT_STR, &a->calibrate, "FILE",
		 "write what events and checks cost on this host, for falcotune rules --cost and "
		 "diff, by runs with rules of its own, against which those of -r are checked: "
		 "live with --load (3s of each, 5 rounds: ten minutes), or as replays with "
		 "--events (7 of each); with an --engine that writes no profile, such as Falco, "
		 "by the CPU of whole runs (5 rounds). With --from: of that profile",
		 0, 0, NULL, NULL},
		{0, "top", OPT_INT, &a->top, "N",
		 "rows of each table in text, md and html (default 20; 0 = all)", 0, 100000, NULL,
		 NULL},
		MEASURE_OPT(m, 0, "timeout", OPT_DURATION, &m->o.timeout_ns, "TIME",
			    "limit for the engine's start (default 30s), or for one replay "
			    "(default 10m)"),
		MEASURE_OPT_OUT(m, "results/profile-"),
		MEASURE_OPTS_SHOW(m, "", "engine and load"),
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune profile",
		.operands = "",
		.summary =
			"Says what each rule costs: its share of the engine's CPU time, checks "
			"until the\nverdict, matches and latencies, by event type and by check, "
			"and what the engine's\nother phases take. The embedded engine is "
			"profiled; "
			"what the profiling itself costs\nis measured, shown and left out. "
			"Without --load and --events the host is profiled as\nit is. Live runs "
			"need root; a replay gives the same counts every time.\n\nExit codes: 0 "
			"profiled; 2 bad usage, rules or recording; 3 it cannot be done here;\n4 "
			"replays of one recording counted differently.",
		.examples = "  falcotune profile -r my_rules.yaml --load mixed --record mixed.rec\n"
			    "  falcotune profile -r my_rules.yaml --events mixed.rec --runs 10\n"
			    "  falcotune profile -c /etc/falco/falco.yaml --duration 60s "
			    "--format html > profile.html\n"
			    "  falcotune profile --engine falco -r my_rules.yaml --load mixed "
			    "--knock-out --max-time 30m\n"
			    "  falcotune profile --engine falco -r my_rules.yaml --events a.scap "
			    "--knock-out\n"
			    "  falcotune profile --sample --pid $(pidof falco) --duration 30s "
			    "--folded falco.folded\n"
			    "  falcotune profile -r my_rules.yaml --pid $(pidof nginx | tr ' ' ,) "
			    "--duration 30s\n"
			    "  falcotune profile -r my_rules.yaml --events mixed.rec "
			    "--folded rules.folded --dot rules.dot\n"
			    "  falcotune profile --load mixed --calibrate cal.json\n"
			    "  falcotune profile --events mixed.rec --calibrate cal.json\n"
			    "  falcotune profile --engine falco --events a.scap --calibrate "
			    "falco.json\n",
	};

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

/* Process ids; those of a recording may have ended long ago. */
static int check_pids(const struct profile_args *a, struct error *err)
{
	for (const char *at = a->pid;; at++) {
		char *end;
		unsigned long pid = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;

		if (!pid || pid > INT32_MAX || (*end && *end != ','))
			return error_input(err,
					   "option --pid: '%s', expected process ids with commas "
					   "between, such as 12,34",
					   a->pid);
		if (!a->events && !process_start_time((pid_t)pid))
			return error_env(err, "option --pid: there is no process %lu", pid);
		if (!*end)
			return 0;
		at = end;
	}
}

/* Options of one way to profile that have no meaning in another. */
static int check_modes(const struct profile_args *a, struct error *err)
{
	if (!a->knock_out && (a->each || a->max_time_given || a->m.seed_given))
		return error_input(err, "options --each, --max-time and --seed go with "
					"--knock-out");
	if (a->knock_out &&
	    (a->pid || a->record || a->folded || a->dot || a->calibrate || a->detail_given))
		return error_input(err, "--knock-out sees no process, check or call tree: --pid, "
					"--record, --folded, --dot, --calibrate and --detail have "
					"no meaning with it");
	if (a->sample && (a->knock_out || a->from.n || a->events || a->record || a->calibrate ||
			  a->detail_given || a->runs_given || a->warmup_given || a->m.o.load ||
			  a->m.o.config || a->m.rules.n || a->m.sets.n || a->m.print_commands))
		return error_input(err, "--sample looks at a process that runs: of the other "
					"options only --pid, --duration, --folded, --dot, --top, "
					"--format and --out go with it");
	if (a->knock_out && a->runs_given && a->runs < 2)
		return error_input(err, "option --runs: one round has no interval, expected 2 or "
					"more with --knock-out");
	return 0;
}

int profile_validate(const struct profile_args *a, struct error *err)
{
	const struct run_options *o = &a->m.o;

	if (a->from.n && (a->m.given || a->duration_given || a->warmup_given || a->runs_given ||
			  a->detail_given || a->m.print_commands))
		return error_input(err, "--from shows profiles that were taken: of the other "
					"options only --folded, --dot, --calibrate, --top and "
					"--format go with it");
	if (a->events && (o->load || a->record || a->duration_given || a->warmup_given))
		return error_input(err, "--events replays a recording as a whole: --load, "
					"--duration, --warmup and --record have no meaning with "
					"it");
	if (check_modes(a, err))
		return -1;
	if (a->warmup_given && !o->load)
		return error_input(err, "option --warmup: without --load there is nothing to warm "
					"up");
	if (a->record && a->runs > 1)
		return error_input(err, "option --record: one run is recorded, expected --runs 1");
	if (o->duration_ns < NS_PER_S || o->duration_ns > 24 * 3600 * NS_PER_S)
		return error_input(err, "option --duration: expected 1s to 24h");
	if (o->warmup_ns > 3600 * NS_PER_S)
		return error_input(err, "option --warmup is longer than 1h");
	if (a->pid && check_pids(a, err))
		return -1;
	if (a->folded && a->dot && !strcmp(a->folded, a->dot))
		return error_input(err, "options --folded and --dot name the same file, %s",
				   a->dot);
	return 0;
}

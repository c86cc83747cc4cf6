/* SPDX-License-Identifier: Apache-2.0 */
#include "report/textfile.h"

#include "advise/advise.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SUFFIX ".prom"

/* ---- the format ---- */

static void label(struct strbuf *out, const char *name, const char *value)
{
	struct strbuf clean cleanup_strbuf = STRBUF_INIT;

	utf8_add_clean(&clean, value ? value : "", "\n");
	strbuf_addf(out, "%s=\"", name);
	for (const char *p = clean.buf; *p; p++) {
		if (*p == '\n')
			strbuf_addstr(out, "\\n");
		else if (*p == '"' || *p == '\\')
			strbuf_addf(out, "\\%c", *p);
		else
			strbuf_addch(out, *p);
	}
	strbuf_addch(out, '"');
}

static void head(struct strbuf *out, const char *name, const char *help)
{
	strbuf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void value(struct strbuf *out, double v)
{
	strbuf_addf(out, " %.15g\n", v);
}

static double known(int64_t v)
{
	return v == RES_UNKNOWN ? (double)NAN : (double)v;
}

/* ---- of the run ---- */

static double started(const struct results *r)
{
	struct tm tm = {0};

	return r->started && strptime(r->started, "%Y-%m-%dT%H:%M:%S", &tm) ? (double)timegm(&tm)
									    : (double)NAN;
}

static double verified(const struct results *r)
{
	const char *state = r->verification.state;

	if (!state || !strcmp(state, VERIFIED_NOT))
		return (double)NAN;
	return res_verification_failed(&r->verification) ? 0 : 1;
}

static double idle_events(const struct results *r)
{
	return r->idle.known ? r->idle.evts_per_s : (double)NAN;
}

static double limit(const struct results *r)
{
	return r->max_drop;
}

static const struct {
	const char *name, *help;
	double (*of)(const struct results *r);
} run_rows[] = {
	{"falcotune_run_started_timestamp_seconds", "When the run was started, since 1970",
	 started},
	{"falcotune_run_verified",
	 "Whether the recommended configuration passed its last run (1) or failed it (0)",
	 verified},
	{"falcotune_run_drop_limit_ratio", "Highest drop rate that is recommended", limit},
	{"falcotune_run_idle_events_per_second",
	 "Events of the host alone, with the largest set of syscalls", idle_events},
};

static void info(const struct results *r, bool complete, struct strbuf *out)
{
	head(out, "falcotune_run_info", "What was run, as labels; always 1");
	strbuf_addstr(out, "falcotune_run_info{");
	label(out, "engine", r->engine_version);
	strbuf_addch(out, ',');
	label(out, "falco_release", r->falco_release);
	strbuf_addch(out, ',');
	label(out, "embedded", r->engine_embedded ? "true" : "false");
	strbuf_addch(out, ',');
	label(out, "kernel", r->kernel);
	strbuf_addch(out, ',');
	label(out, "falcotune", r->falcotune_version);
	strbuf_addstr(out, "} 1\n");
	head(out, "falcotune_run_complete",
	     "Whether every run of the plan was done (1) or not (0)");
	strbuf_addf(out, "falcotune_run_complete %d\n", complete);
}

/* ---- of the cases ---- */

#define FIGURE(name, expr)                                                                         \
	static double name(const struct res_case *c)                                               \
	{                                                                                          \
		return (expr);                                                                     \
	}

FIGURE(rank, c->rank ? c->rank : (double)NAN)
FIGURE(syscalls, (double)res_case_set_size(c))
FIGURE(drop, c->sum.drop_rate)
FIGURE(drop_lo, c->sum.drop_lo)
FIGURE(drop_hi, c->sum.drop_hi)
FIGURE(worst_second, c->sum.drop_max_s)
FIGURE(events, c->sum.evts_per_s)
FIGURE(cpu, c->sum.cpu_share)
FIGURE(rss, c->sum.rss_bytes)
FIGURE(buffers, known(res_case_buffer_memory(c)))
FIGURE(window, c->sum.n_ok ? res_case_seconds(c) : (double)NAN)
FIGURE(ok, c->sum.n_ok)
FIGURE(failed, c->sum.n_failed)
FIGURE(canary, c->sum.canary_loss)
FIGURE(agrees, c->dry_status == RES_OK ? c->agreement : (double)NAN)

static const struct {
	const char *name, *help;
	double (*of)(const struct res_case *c);
} case_rows[] = {
	{"falcotune_case_rank", "Place in the ranking, 1 is best", rank},
	{"falcotune_case_syscalls", "Size of the syscall set", syscalls},
	{"falcotune_case_drop_ratio", "Share of the kernel's events that were lost in the window",
	 drop},
	{"falcotune_case_drop_lower_ratio", "Lower end of the 95 % interval of the drop rate",
	 drop_lo},
	{"falcotune_case_drop_upper_ratio", "Upper end of the 95 % interval of the drop rate",
	 drop_hi},
	{"falcotune_case_drop_worst_second_ratio", "Drop rate of the worst second", worst_second},
	{"falcotune_case_events_per_second", "Events that the kernel made in the window", events},
	{"falcotune_case_cpu_cores", "CPU time of the engine, in cores", cpu},
	{"falcotune_case_resident_bytes", "Resident memory of the engine", rss},
	{"falcotune_case_buffer_bytes", "Memory of all ring buffers", buffers},
	{"falcotune_case_window_seconds", "Measured time, of all repeats", window},
	{"falcotune_case_repeats_ok", "Repeats that were measured", ok},
	{"falcotune_case_repeats_failed", "Repeats that failed", failed},
	{"falcotune_case_canary_loss_ratio", "Share of the canaries whose alert never came",
	 canary},
	{"falcotune_case_dry_run_agrees",
	 "Whether the engine's dry run printed the predicted set (1) or not (0)", agrees},
};

static void case_labels(const struct res_case *c, struct strbuf *out)
{
	label(out, "case", c->key);
	strbuf_addch(out, ',');
	label(out, "load", c->load);
}

static void case_family(const struct results *r, size_t row, struct strbuf *out)
{
	bool any = false;

	for (size_t i = 0; i < r->n_cases; i++) {
		double v = case_rows[row].of(&r->cases[i]);

		if (!isfinite(v))
			continue;
		if (!any)
			head(out, case_rows[row].name, case_rows[row].help);
		any = true;
		strbuf_addf(out, "%s{", case_rows[row].name);
		case_labels(&r->cases[i], out);
		strbuf_addch(out, '}');
		value(out, v);
	}
}

/* The first verdict of each case, and the case that is recommended. */
static void words(const struct results *r, struct strbuf *out)
{
	bool any = false;

	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *c = &r->cases[i];

		if (!c->n_verdicts)
			continue;
		if (!any)
			head(out, "falcotune_case_verdict",
			     "What explains the case's figures best, as a label; always 1");
		any = true;
		strbuf_addstr(out, "falcotune_case_verdict{");
		case_labels(c, out);
		strbuf_addch(out, ',');
		label(out, "verdict", c->verdicts[0].name);
		strbuf_addstr(out, "} 1\n");
	}
	if (!r->rec.kind)
		return;
	head(out, "falcotune_run_recommendation", "What is recommended, as labels; always 1");
	strbuf_addstr(out, "falcotune_run_recommendation{");
	label(out, "kind", r->rec.kind);
	strbuf_addch(out, ',');
	label(out, "case", r->rec.case_key);
	strbuf_addstr(out, "} 1\n");
}

void textfile_format(const struct results *r, bool complete, struct strbuf *out)
{
	info(r, complete, out);
	for (size_t i = 0; i < ARRAY_SIZE(run_rows); i++) {
		double v = run_rows[i].of(r);

		if (!isfinite(v))
			continue;
		head(out, run_rows[i].name, run_rows[i].help);
		strbuf_addstr(out, run_rows[i].name);
		value(out, v);
	}
	for (size_t i = 0; i < ARRAY_SIZE(case_rows); i++)
		case_family(r, i, out);
	words(r, out);
}

int textfile_check(const char *path, const char *option, struct error *err)
{
	char *dir cleanup_free = fs_dirname(path);
	size_t n = strlen(path);

	if (n <= strlen(SUFFIX) || strcmp(path + n - strlen(SUFFIX), SUFFIX) != 0)
		return error_input(err,
				   "option %s: '%s' does not end in " SUFFIX
				   ", and node_exporter reads no other files",
				   option, path);
	if (!fs_is_dir(dir))
		return error_input(err, "option %s: there is no folder '%s'", option, dir);
	return 0;
}

int textfile_write(const struct results *r, bool complete, const char *path, struct error *err)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;

	textfile_format(r, complete, &out);
	return fs_write_file(path, out.buf, out.len, 0644, err);
}

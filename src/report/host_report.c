/* SPDX-License-Identifier: Apache-2.0 */
#include "report/host_report.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/emit.h"
#include "report/escape.h"
#include "stats/describe.h"

#include <math.h>
#include <string.h>

const char *const host_view_names[] = {"syscall", "process", "cgroup", "path", NULL};

/* One way of grouping as it is shown. */
struct view {
	enum host_view bit;
	const char *kind;  /* in CSV */
	const char *head;  /* of the first column */
	const char *title; /* of the table */
};

static const struct view group_views[] = {
	{HOST_BY_PROCESS, "process", "process", "By process name"},
	{HOST_BY_CGROUP, "cgroup", "control group", "By control group"},
	{HOST_BY_PATH, "path", "path", "Open-like calls by leading path"},
};

static const struct host_groups *groups_of(const struct host_profile *p, enum host_view bit)
{
	return bit == HOST_BY_PROCESS  ? &p->by_process
	       : bit == HOST_BY_CGROUP ? &p->by_cgroup
				       : &p->by_path;
}

static double share(double part, double whole)
{
	return whole > 0 ? part / whole : (double)NAN;
}

static double per_cpu(const struct host_profile *p, double rate)
{
	return p->n_cpus > 0 ? rate / (double)p->n_cpus : (double)NAN;
}

static double total_failed(const struct host_profile *p)
{
	double sum = 0;

	for (size_t i = 0; i < p->n_calls; i++)
		sum += p->calls[i].failed_per_s;
	return sum;
}

/* ---- text and Markdown ---- */

static void add_window(const struct host_profile *p, struct strvec *f)
{
	strvec_push(f, "host");
	strvec_pushf(f, "%s, kernel %s, %lld CPU%s",
		     p->hostname     ? p->hostname
		     : p->anonymised ? "(anonymised)"
				     : "unknown",
		     p->kernel ? p->kernel : "unknown", (long long)p->n_cpus,
		     p->n_cpus == 1 ? "" : "s");
	strvec_push(f, "window");
	strvec_pushf(f, "%s from %s, %zu bin%s of %s%s", UNITS_DURATION(p->seconds * 1e9),
		     p->taken ? p->taken : "an unknown time", p->n_bins, p->n_bins == 1 ? "" : "s",
		     UNITS_DURATION(p->bin_s * 1e9),
		     p->interrupted ? "; ended early by a signal" : "");
}

static void add_cpus(const struct host_profile *p, struct strvec *f)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	double lo = INFINITY, hi = 0;

	if (!p->n_cpu_per_s)
		return;
	for (size_t i = 0; i < p->n_cpu_per_s; i++) {
		lo = fmin(lo, p->cpu_per_s[i]);
		hi = fmax(hi, p->cpu_per_s[i]);
		if (p->n_cpu_per_s <= 8)
			strbuf_addf(&text, "%s%s", i ? ", " : "", UNITS_RATE(p->cpu_per_s[i]));
	}
	strvec_push(f, "by CPU");
	if (text.len)
		strvec_pushf(f, "%s events/s", text.buf);
	else
		strvec_pushf(f, "%s to %s events/s", UNITS_RATE(lo), UNITS_RATE(hi));
}

static void add_totals(const struct host_profile *p, struct strvec *f)
{
	double total = host_profile_total(p);

	strvec_push(f, "exit events");
	strvec_pushf(f, "%s/s, %s/s per CPU, %s of them with an error", UNITS_RATE(total),
		     UNITS_RATE(per_cpu(p, total)), UNITS_SHARE(share(total_failed(p), total)));
	add_cpus(p, f);
	if (p->compat_per_s > 0) {
		strvec_push(f, "32-bit entry");
		strvec_pushf(f, "%s calls/s, apart: Falco does not collect them",
			     UNITS_RATE(p->compat_per_s));
	}
	if (p->unknown_per_s > 0) {
		strvec_push(f, "without a name");
		strvec_pushf(f,
			     "%s exits/s: returns from signal handlers, and calls that no known "
			     "Falco has",
			     UNITS_RATE(p->unknown_per_s));
	}
	if (p->missed_per_s > 0) {
		strvec_push(f, "missed");
		strvec_pushf(f, "%s exits/s that the kernel kept from the survey",
			     UNITS_RATE(p->missed_per_s));
	}
	strvec_push(f, "own cost");
	if (isfinite(p->cost_ns) && isfinite(p->empty_ns))
		strvec_pushf(f,
			     "%.0f ns a call; an empty program at the same place: %.0f ns (both "
			     "with the kernel's own statistics, measured just before)",
			     p->cost_ns, p->empty_ns);
	else
		strvec_push(f, "unknown");
}

static void add_quantiles(const struct host_profile *p, const struct host_call *c, struct strvec *t)
{
	strvec_push(t, UNITS_RATE(stats_quantile(c->bins, p->n_bins, 0.5)));
	strvec_push(t, UNITS_RATE(stats_quantile(c->bins, p->n_bins, 0.99)));
}

static void note_rest(struct doc *d, size_t n, size_t shown, double rate, const char *what)
{
	if (n > shown)
		doc_para(d, "%zu more %s make %s events/s; --top 0 shows all.", n - shown, what,
			 UNITS_RATE(rate));
}

static void calls_table(const struct host_profile *p, size_t top, struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, true, true};
	static const char *const head[] = {"syscall", "events/s", "share", "failed",
					   "per CPU", "p50",	  "p99"};
	double total = host_profile_total(p), rest = 0;
	size_t n = top && top < p->n_calls ? top : p->n_calls;
	struct strvec *t = doc_table_head(d, "System calls, exit events a second", head,
					  ARRAY_SIZE(head), right);

	for (size_t i = 0; i < p->n_calls; i++) {
		const struct host_call *c = &p->calls[i];

		if (i >= n) {
			rest += c->per_s;
			continue;
		}
		strvec_push(t, c->name);
		strvec_push(t, UNITS_RATE(c->per_s));
		strvec_push(t, UNITS_SHARE(share(c->per_s, total)));
		strvec_push(t, UNITS_SHARE(share(c->failed_per_s, c->per_s)));
		strvec_push(t, UNITS_RATE(per_cpu(p, c->per_s)));
		add_quantiles(p, c, t);
	}
	note_rest(d, p->n_calls, n, rest, "system calls");
}

/* "openat 61.0%, close 20.2%" */
static void add_busiest(const struct host_group *g, struct strvec *t)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < g->n_calls && i < 3; i++)
		strbuf_addf(&text, "%s%s %s", i ? ", " : "", g->calls[i].name,
			    UNITS_SHARE(share(g->calls[i].per_s, g->per_s)));
	strvec_push(t, text.buf);
}

static void add_processes(const struct host_group *g, struct strvec *t)
{
	if (g->pid >= 0)
		strvec_pushf(t, "pid %lld", (long long)g->pid);
	else if (g->processes >= 0)
		strvec_pushf(t, "%lld", (long long)g->processes);
	else
		strvec_push(t, "");
}

static double groups_total(const struct host_groups *g)
{
	double sum = g->other_per_s > 0 ? g->other_per_s : 0;

	if (g->unreadable_per_s > 0)
		sum += g->unreadable_per_s;
	for (size_t i = 0; i < g->n; i++)
		sum += g->v[i].per_s;
	return sum;
}

static void groups_notes(const struct host_groups *g, struct doc *d)
{
	if (g->other_per_s > 0)
		doc_para(d, "%s calls/s are in no group because a table was full.",
			 UNITS_RATE(g->other_per_s));
	if (g->unreadable_per_s > 0)
		doc_para(d, "%s calls/s have a path that could not be read.",
			 UNITS_RATE(g->unreadable_per_s));
}

static void groups_table(const struct host_profile *p, const struct view *v, size_t top,
			 struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, false};
	const struct host_groups *g = groups_of(p, v->bit);
	bool processes = v->bit == HOST_BY_PROCESS, calls = v->bit != HOST_BY_PATH;
	size_t n = top && top < g->n ? top : g->n, cols = 4 + (size_t)processes + (size_t)calls;
	bool shown[6] = {false, true, true, true};
	char *title cleanup_free = NULL;
	double total = groups_total(g), rest = 0;
	struct strvec *t;

	if (!g->measured) {
		doc_para(d, "%s: not counted in this profile.", v->title);
		return;
	}
	if (processes)
		shown[4] = right[4];
	title = v->bit == HOST_BY_CGROUP && p->cgroup_hierarchy
			? xasprintf("%s (%s)", v->title, p->cgroup_hierarchy)
			: xstrdup(v->title);
	t = doc_table(d, title, cols, shown);
	strvec_push(t, v->head);
	strvec_push(t, "events/s");
	strvec_push(t, "share");
	strvec_push(t, "failed");
	if (processes)
		strvec_push(t, "processes");
	if (calls)
		strvec_push(t, "busiest calls");
	for (size_t i = 0; i < g->n; i++) {
		if (i >= n) {
			rest += g->v[i].per_s;
			continue;
		}
		strvec_push(t, g->v[i].name);
		strvec_push(t, UNITS_RATE(g->v[i].per_s));
		strvec_push(t, UNITS_SHARE(share(g->v[i].per_s, total)));
		strvec_push(t, UNITS_SHARE(share(g->v[i].failed_per_s, g->v[i].per_s)));
		if (processes)
			add_processes(&g->v[i], t);
		if (calls)
			add_busiest(&g->v[i], t);
	}
	note_rest(d, g->n, n, rest, "groups");
	groups_notes(g, d);
}

void host_report_doc(const struct host_profile *p, const struct host_report_opts *o, struct doc *d)
{
	struct strvec *facts;

	doc_heading(d, 1, "Host profile");
	facts = doc_facts(d);
	add_window(p, facts);
	add_totals(p, facts);
	if (o->views & HOST_BY_SYSCALL)
		calls_table(p, o->top, d);
	for (size_t i = 0; i < ARRAY_SIZE(group_views); i++)
		if (o->views & group_views[i].bit)
			groups_table(p, &group_views[i], o->top, d);
}

/* ---- CSV ---- */

static void csv_whole(struct strbuf *out, int64_t v)
{
	strbuf_addch(out, ',');
	if (v >= 0)
		strbuf_addf(out, "%lld", (long long)v);
}

static void csv_call(const struct host_profile *p, const struct host_call *c, double total,
		     struct strbuf *out)
{
	strbuf_addstr(out, "syscall,");
	escape_csv(out, c->name);
	emit_csv_number(out, c->per_s);
	emit_csv_number(out, share(c->per_s, total));
	emit_csv_number(out, c->failed_per_s);
	emit_csv_number(out, per_cpu(p, c->per_s));
	emit_csv_number(out, stats_quantile(c->bins, p->n_bins, 0.5));
	emit_csv_number(out, stats_quantile(c->bins, p->n_bins, 0.99));
	emit_csv_number(out, stats_quantile(c->bins, p->n_bins, 1));
	strbuf_addstr(out, ",,\r\n");
}

static void csv_group(const struct host_profile *p, const struct view *v,
		      const struct host_group *g, double total, struct strbuf *out)
{
	strbuf_addf(out, "%s,", v->kind);
	escape_csv(out, g->name);
	emit_csv_number(out, g->per_s);
	emit_csv_number(out, share(g->per_s, total));
	emit_csv_number(out, g->failed_per_s);
	emit_csv_number(out, per_cpu(p, g->per_s));
	strbuf_addstr(out, ",,,");
	csv_whole(out, g->processes);
	csv_whole(out, g->pid);
	strbuf_addstr(out, "\r\n");
}

void host_report_csv(const struct host_profile *p, const struct host_report_opts *o,
		     struct strbuf *out)
{
	double total = host_profile_total(p);

	strbuf_addstr(out, "kind,name,events_per_s,share,failed_per_s,per_cpu_per_s,p50_per_s,"
			   "p99_per_s,max_per_s,processes,pid\r\n");
	for (size_t i = 0; o->views & HOST_BY_SYSCALL && i < p->n_calls; i++)
		csv_call(p, &p->calls[i], total, out);
	for (size_t v = 0; v < ARRAY_SIZE(group_views); v++) {
		const struct host_groups *g = groups_of(p, group_views[v].bit);

		for (size_t i = 0; o->views & group_views[v].bit && i < g->n; i++)
			csv_group(p, &group_views[v], &g->v[i], groups_total(g), out);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/knockout.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "report/emit.h"
#include "report/escape.h"

#include <math.h>
#include <string.h>

#define NAMES_MAX 2 /* rules of a group that a row names */
#define GONE_MAX  6

bool knockout_is_falco(const struct engine *e)
{
	return !e->embedded && e->version && !strncmp(e->version, "Falco version:", 14);
}

static const char *rule_name(const struct knockout *k, size_t rule)
{
	return k->in->rules[rule].name;
}

static bool is_live(const struct knockout_shown *s)
{
	return !s->file;
}

/* Does the difference have other events in it than those of the full set? */
static bool set_changed(const struct knockout_shown *s, const struct ko_group *g)
{
	return g->gone.n && is_live(s);
}

static const char *unit(const struct knockout *k)
{
	return k->by_event ? "ns/event" : "ns/replay";
}

/* ---- JSON ---- */

static json_t *mean_json(double mean, double lo, double hi)
{
	return json_pack("{s:o,s:o,s:o}", "mean", jvalue_real(mean), "lo", jvalue_real(lo), "hi",
			 jvalue_real(hi));
}

static json_t *sides(double with, double without)
{
	return json_pack("{s:o,s:o}", "with", jvalue_real(with), "without", jvalue_real(without));
}

static json_t *group_json(const struct knockout_shown *s, size_t i)
{
	const struct knockout *k = s->k;
	const struct ko_group *g = &k->v[i];
	json_t *o = json_object(), *rules = json_array();

	for (size_t r = 0; r < g->n; r++)
		json_array_append_new(rules, utf8_json(rule_name(k, g->rules[r])));
	json_object_set_new(o, "id", json_integer((json_int_t)i + 1));
	json_object_set_new(o, "level", json_integer(g->level));
	json_object_set_new(o, "half_of",
			    g->level > 1 && g->parent != KO_NO_GROUP
				    ? json_integer((json_int_t)g->parent + 1)
				    : json_null());
	json_object_set_new(o, "rules", rules);
	json_object_set_new(o, "verdict", json_string(ko_verdict_names[g->verdict]));
	json_object_set_new(o, "pairs", json_integer((json_int_t)g->n_pairs));
	json_object_set_new(o, "ns", mean_json(g->ns, g->lo, g->hi));
	json_object_set_new(o, "p", jvalue_real(g->p));
	json_object_set_new(o, "p_holm", jvalue_real(g->p_holm));
	json_object_set_new(o, "cpu_ns", sides(g->mean.with_ns, g->mean.without_ns));
	json_object_set_new(o, "events_per_s", sides(g->mean.with_per_s, g->mean.without_per_s));
	json_object_set_new(o, "cpu_share", sides(g->mean.with_cpu, g->mean.without_cpu));
	json_object_set_new(o, "calls_gone", utf8_json_list(&g->gone));
	json_object_set_new(o, "other_events", json_boolean(set_changed(s, g)));
	json_object_set_new(o, "overlay", utf8_json(g->overlay));
	return o;
}

static json_t *rule_json(const struct knockout *k, size_t rule)
{
	size_t i = knockout_group_of(k, rule);
	const struct ko_group *g = i == KO_NO_GROUP ? NULL : &k->v[i];
	json_t *o = json_object();

	json_object_set_new(o, "name", utf8_json(rule_name(k, rule)));
	json_object_set_new(o, "group", g ? json_integer((json_int_t)i + 1) : json_null());
	json_object_set_new(o, "alone", json_boolean(g && g->n == 1));
	json_object_set_new(
		o, "verdict",
		json_string(ko_verdict_names[g ? g->verdict : (enum ko_verdict)KO_NOT_MEASURED]));
	json_object_set_new(o, "ns", g && g->n == 1 ? mean_json(g->ns, g->lo, g->hi) : json_null());
	/* A group's is that of all its rules together. */
	json_object_set_new(o, "at_most_ns", jvalue_real(g ? fmax(g->hi, 0) : (double)NAN));
	return o;
}

static json_t *document(const void *it)
{
	const struct knockout_shown *s = it;
	const struct knockout *k = s->k;
	json_t *o = emit_head("knock-out"), *groups = json_array(), *rules = json_array();

	for (size_t i = 0; i < k->n; i++)
		json_array_append_new(groups, group_json(s, i));
	for (size_t i = 0; i < k->in->n_rules; i++)
		json_array_append_new(rules, rule_json(k, i));
	json_object_set_new(o, "command", utf8_json(s->command));
	json_object_set_new(o, "host",
			    json_pack("{s:o,s:o}", "hostname", utf8_json(s->hostname), "kernel",
				      utf8_json(s->kernel)));
	json_object_set_new(o, "engine",
			    json_pack("{s:o,s:o,s:b,s:b}", "path", utf8_json(s->engine->path),
				      "version", utf8_json(s->engine->version), "embedded",
				      s->engine->embedded, "is_falco",
				      knockout_is_falco(s->engine)));
	json_object_set_new(o, "measured", json_string(is_live(s) ? "live" : "replay"));
	json_object_set_new(o, "what", utf8_json(s->what));
	json_object_set_new(o, "file", utf8_json(s->file));
	json_object_set_new(o, "unit", json_string(unit(k)));
	json_object_set_new(o, "rounds", json_integer(k->rounds));
	json_object_set_new(o, "runs", json_integer(k->runs));
	json_object_set_new(o, "seconds", jvalue_real(k->seconds));
	json_object_set_new(o, "stopped", json_boolean(k->stopped));
	json_object_set_new(o, "dropped", jvalue_real(k->dropped));
	json_object_set_new(o, "warnings", utf8_json_list(s->warnings));
	json_object_set_new(o, "rules", rules);
	json_object_set_new(o, "groups", groups);
	return o;
}

/* ---- CSV ---- */

static void csv(const void *it, struct strbuf *out)
{
	const struct knockout_shown *s = it;
	const struct knockout *k = s->k;

	strbuf_addf(
		out,
		"group,level,rules,names,verdict,pairs,unit,ns,ns_lo,ns_hi,p,p_holm,cpu_ns_with,"
		"cpu_ns_without,events_per_s_with,events_per_s_without,calls_gone\r\n");
	for (size_t i = 0; i < k->n; i++) {
		const struct ko_group *g = &k->v[i];
		const double v[] = {g->ns,
				    g->lo,
				    g->hi,
				    g->p,
				    g->p_holm,
				    g->mean.with_ns,
				    g->mean.without_ns,
				    g->mean.with_per_s,
				    g->mean.without_per_s};
		struct strbuf names cleanup_strbuf = STRBUF_INIT, gone cleanup_strbuf = STRBUF_INIT;

		for (size_t r = 0; r < g->n; r++)
			strbuf_addf(&names, "%s%s", r ? "; " : "", rule_name(k, g->rules[r]));
		strvec_join(&g->gone, " ", &gone);
		strbuf_addf(out, "%zu,%d,%zu,", i + 1, g->level, g->n);
		escape_csv(out, names.buf);
		strbuf_addf(out, ",%s,%zu,%s", ko_verdict_names[g->verdict], g->n_pairs, unit(k));
		for (size_t m = 0; m < ARRAY_SIZE(v); m++)
			emit_csv_number(out, v[m]);
		strbuf_addch(out, ',');
		escape_csv(out, gone.buf);
		strbuf_addstr(out, "\r\n");
	}
}

/* ---- text, Markdown, HTML ---- */

static void facts(const struct knockout_shown *s, struct doc *d)
{
	const struct knockout *k = s->k;
	const struct ko_pair *all = k->n ? &k->v[0].mean : NULL;
	struct strvec *f;

	doc_heading(d, 1, "falcotune: what each rule costs, by leaving it out");
	f = doc_facts(d);
	strvec_push(f, "Host");
	strvec_pushf(f, "%s, kernel %s", doc_known(s->hostname), doc_known(s->kernel));
	strvec_push(f, "Engine");
	strvec_pushf(f, "%s (%s)", doc_known(s->engine->version), s->engine->path);
	strvec_push(f, "Measured");
	strvec_push(f, s->what);
	strvec_push(f, "Runs");
	strvec_pushf(f, "%d in %s, interleaved in rounds of random order, %d of each level%s",
		     k->runs, UNITS_DURATION(k->seconds * 1e9), k->rounds,
		     k->stopped ? "; stopped by --max-time" : "");
	if (all && k->v[0].n_pairs) {
		strvec_push(f, "All rules");
		strvec_pushf(f, "%s of the engine's CPU time %s%s%s", UNITS_DURATION(all->with_ns),
			     k->by_event ? "an event" : "a replay, start included",
			     is_live(s) ? " at events/s of " : "",
			     is_live(s) ? UNITS_RATE(all->with_per_s) : "");
	}
	if (s->command) {
		strvec_push(f, "Command");
		strvec_push(f, s->command);
	}
}

/* Three digits, and no power of ten. */
#define NUMBER(v) format_number((char[UNITS_BUF]){0}, (v))
static const char *format_number(char buf[UNITS_BUF], double v)
{
	snprintf(buf, UNITS_BUF, fabs(v) < 100 ? "%.3g" : "%.0f", v);
	return buf;
}

static void names_cell(const struct knockout *k, const struct ko_group *g, struct strvec *t)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (g->n > 1)
		strbuf_addf(&text, "%zu rules: ", g->n);
	for (size_t r = 0; r < g->n && r < NAMES_MAX; r++)
		strbuf_addf(&text, "%s%s", r ? "; " : "", rule_name(k, g->rules[r]));
	if (g->n > NAMES_MAX)
		strbuf_addf(&text, "; and %zu more", g->n - NAMES_MAX);
	strvec_push(t, text.buf);
}

static void verdict_cell(const struct knockout *k, const struct ko_group *g, struct strvec *t)
{
	if (g->verdict == KO_NOT_MEASURED)
		strvec_pushf(t, "too few rounds (%zu)", g->n_pairs);
	else if (g->verdict == KO_NOT_SEEN)
		strvec_pushf(t, "no difference seen (< %s %s)", NUMBER(fmax(g->hi, 0)), unit(k));
	else if (g->ns < 0)
		strvec_push(t, "dearer without");
	else
		strvec_push(t, g->split ? "seen; halved" : "seen");
}

static void share_cell(const struct ko_group *g, struct strvec *t)
{
	double share = g->ns / g->mean.with_ns;

	strvec_push(t, g->verdict == KO_SEEN && isfinite(share) ? UNITS_SHARE(share) : "-");
}

static void row(const struct knockout_shown *s, const struct ko_group *g, struct strvec *t)
{
	names_cell(s->k, g, t);
	if (isnan(g->ns))
		strvec_push(t, "-");
	else
		strvec_push(t, NUMBER(g->ns));
	if (isnan(g->lo))
		strvec_push(t, "-");
	else
		strvec_pushf(t, "[%s, %s]", NUMBER(g->lo), NUMBER(g->hi));
	share_cell(g, t);
	if (isnan(g->p_holm))
		strvec_push(t, "-");
	else
		strvec_pushf(t, "%.2g", g->p_holm);
	if (g->gone.n)
		strvec_pushf(t, "-%zu", g->gone.n);
	else
		strvec_push(t, "same");
	verdict_cell(s->k, g, t);
}

/* Groups of several rules, or single ones; the dearest first. */
static void table(const struct knockout_shown *s, bool single, const char *heading, struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, true, false};
	const struct knockout *k = s->k;
	size_t *order cleanup_free = xcalloc(k->n + 1, sizeof(*order)), n = 0;
	struct strvec *t;

	for (size_t i = 0; i < k->n; i++) {
		size_t at = n;

		if ((k->v[i].n == 1) != single)
			continue;
		for (; at && !(k->v[order[at - 1]].ns >= k->v[i].ns) && !isnan(k->v[i].ns); at--)
			order[at] = order[at - 1];
		order[at] = i;
		n++;
	}
	if (!n)
		return;
	doc_heading(d, 2, heading);
	t = doc_table(d, NULL, ARRAY_SIZE(right), right);
	strvec_push(t, single ? "rule" : "rules");
	strvec_push(t, unit(k));
	strvec_push(t, "95%");
	strvec_push(t, "of all");
	strvec_push(t, "p");
	strvec_push(t, "calls");
	strvec_push(t, "");
	for (size_t i = 0; i < n && (!s->top || i < s->top); i++)
		row(s, &k->v[order[i]], t);
	if (s->top && n > s->top)
		doc_para(d, "%zu more; --top 0 shows all.", n - s->top);
}

/* Sets that change, one by one: only single rules, and groups that were not taken apart. */
static void set_changes(const struct knockout_shown *s, struct doc *d)
{
	struct strvec *list = NULL;

	for (size_t i = 0; i < s->k->n; i++) {
		const struct ko_group *g = &s->k->v[i];
		struct strbuf names cleanup_strbuf = STRBUF_INIT;
		struct strvec who cleanup_strvec = STRVEC_INIT;

		if (!g->gone.n || g->split || (g->n > 1 && g->level == 1 && s->k->n > 1))
			continue;
		if (!list) {
			doc_heading(d, 2, "Rules without which fewer calls are traced");
			list = doc_list(d);
		}
		for (size_t c = 0; c < g->gone.n && c < GONE_MAX; c++)
			strbuf_addf(&names, "%s%s", c ? ", " : "", g->gone.v[c]);
		if (g->gone.n > GONE_MAX)
			strbuf_addf(&names, " and %zu more", g->gone.n - GONE_MAX);
		names_cell(s->k, g, &who);
		if (!is_live(s) || isnan(g->mean.with_per_s))
			strvec_pushf(list, "%s: %s", who.v[0], names.buf);
		else
			strvec_pushf(list, "%s: %s; events/s %s, then %s; CPU %s, then %s",
				     who.v[0], names.buf, UNITS_RATE(g->mean.with_per_s),
				     UNITS_RATE(g->mean.without_per_s),
				     UNITS_SHARE(g->mean.with_cpu),
				     UNITS_SHARE(g->mean.without_cpu));
	}
	if (!list)
		return;
	if (is_live(s))
		doc_para(d, "The cost of these is by event of the full set: CPU time a second with "
			    "all rules less that without, over the events a second with all. It "
			    "has the engine's side of the events that no longer come in it. The "
			    "kernel side of the calls is saved too, for every process of the host, "
			    "and is in no CPU time of the engine.");
	else
		doc_para(d, "A replay has all events whatever the rules are: a live engine would "
			    "save these calls as well, in the engine and in the kernel, which is "
			    "in no figure here.");
}

static void whose(const struct knockout_shown *s, struct doc *d)
{
	const struct engine *e = s->engine;

	if (knockout_is_falco(e))
		doc_para(d, "The numbers are those of this engine, which says that it is Falco.");
	else if (e->embedded)
		doc_para(d, "The numbers are those of falcotune-engine, not Falco's, whose "
			    "evaluation is slower: shares carry over better than ns.");
	else
		doc_para(d, "The numbers are those of this engine, which does not say that it is "
			    "Falco.");
}

static void notes(const struct knockout_shown *s, struct doc *d)
{
	const struct knockout *k = s->k;

	if (s->warnings->n)
		strvec_copy(doc_list(d), s->warnings);
	whose(s, d);
	doc_para(d, "A cost is what goes when these rules go and all others stay: rules that share "
		    "work, or that hide events from later ones (rule_matching: first), do not add "
		    "up. Intervals are of the mean difference within a round; a difference is seen "
		    "where p, corrected for the number of groups of the level (Holm), is below "
		    "0.05. What is not seen is smaller than the upper end of its interval.");
	if (k->p.events)
		doc_para(d, "CPU time is that of the whole replay, the engine's start included, "
			    "which all runs have alike.");
	if (!k->by_event)
		doc_para(d, "The engine does not say how many events there were: costs are by "
			    "replay.");
}

static void build(const void *it, struct doc *d)
{
	const struct knockout_shown *s = it;

	facts(s, d);
	if (!s->k->runs)
		doc_para(d, "Nothing was measured: the time was over before the first run.");
	table(s, true, "Rules alone", d);
	table(s, false, "Groups", d);
	set_changes(s, d);
	notes(s, d);
}

static char *page(const void *it, struct doc *d)
{
	const struct knockout_shown *s = it;

	build(s, d);
	return xasprintf("falcotune profile --knock-out %s", s->hostname ? s->hostname : "");
}

int knockout_report(const struct knockout_shown *s, enum out_format f, struct strbuf *out,
		    struct error *err)
{
	static const struct emit_kind kind = {
		.name = "a knock-out", .json = document, .csv = csv, .doc = build, .page = page};

	return emit_report(&kind, s, f, out, err);
}

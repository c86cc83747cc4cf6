/* SPDX-License-Identifier: Apache-2.0 */
#include "report/fleet.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/emit.h"

#include <math.h>
#include <string.h>

/* ---- cells ---- */

static void put_rate(struct strvec *row, double v)
{
	strvec_push(row, isnan(v) ? "-" : UNITS_RATE(v));
}

static void put_share(struct strvec *row, double v)
{
	strvec_push(row, isnan(v) ? "-" : UNITS_SHARE(v));
}

static void put_measure(struct strvec *row, enum fleet_measure m, double v)
{
	(m == FLEET_RATE || m == FLEET_RATE_MAX ? put_rate : put_share)(row, v);
}

static size_t shown(const struct fleet_report *r, size_t n)
{
	return r->top && n > r->top ? r->top : n;
}

static void say_rest(const struct fleet_report *r, struct doc *d, size_t n, const char *what)
{
	if (shown(r, n) < n)
		doc_para(d, "%zu more %s; --top 0 shows all, as do json and csv.", n - shown(r, n),
			 what);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- the fleet ---- */

/* Of those that do not drop. */
static size_t dropped_before(const struct fleet *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->hosts[i].drops_before > 0 && !fleet_host_drops(f, &f->hosts[i]);
	return n;
}

static void overview(const struct fleet_report *r, struct doc *d)
{
	const struct fleet_summary *s = r->summary;
	const struct fleet *f = s->fleet;
	double share = f->n ? (double)s->n_drops / (double)f->n : 0;
	struct strvec *facts;

	doc_heading(d, 1, "falcotune: fleet");
	doc_para(d,
		 "%zu of %zu hosts drop (%s); %zu class%s; %zu finding%s of hosts that disagree "
		 "with their class.",
		 s->n_drops, f->n, UNITS_SHARE(share), s->n_classes, s->n_classes == 1 ? "" : "es",
		 s->n_deviants, plural(s->n_deviants));
	facts = doc_facts(d);
	strvec_push(facts, "from");
	strvec_push(facts, r->source);
	strvec_push(facts, "read");
	strvec_pushf(facts, "%llu files, %s, %llu samples", (unsigned long long)f->files,
		     UNITS_BYTES((double)f->bytes), (unsigned long long)f->samples);
	strvec_push(facts, "gave nothing");
	strvec_pushf(facts, "%zu files, or lines of them", f->n_broken);
	strvec_push(facts, "dropped before");
	strvec_pushf(facts, "%zu more hosts lost events before their first sample",
		     dropped_before(f));
	strvec_push(facts, "drops");
	strvec_pushf(facts, "a host drops when it loses %s%s of its events",
		     f->drop_limit > 0 ? "more than " : "any",
		     f->drop_limit > 0 ? UNITS_SHARE(f->drop_limit) : "");
}

static void tail_rows(struct strvec *rows, const struct fleet_tail *tails)
{
	for (int m = 0; m < FLEET_MEASURES; m++) {
		const struct fleet_tail *t = &tails[m];

		strvec_push(rows, fleet_measure_names[m]);
		strvec_pushf(rows, "%zu", t->n);
		put_measure(rows, (enum fleet_measure)m, t->p50);
		put_measure(rows, (enum fleet_measure)m, t->p99);
		put_measure(rows, (enum fleet_measure)m, t->p999);
		strvec_pushf(rows, "%zu", t->p999_hosts);
		put_measure(rows, (enum fleet_measure)m, t->max);
	}
}

static struct strvec *tail_table(struct doc *d)
{
	static const char *const head[] = {"over hosts", "hosts", "p50", "p99",
					   "p99.9",	 "is of", "max"};
	static const bool right[] = {false, true, true, true, true, true, true};

	return doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
}

static void tails(const struct fleet_report *r, struct doc *d)
{
	doc_heading(d, 2, "Tails");
	doc_para(d, "Each host counts once. 'is of' says how many of the highest hosts p99.9 is "
		    "made of: with 2 it lies between the two highest, and says no more than they "
		    "do.");
	tail_rows(tail_table(d), r->summary->tails);
}

/* ---- classes ---- */

static void class_table(const struct fleet_report *r, struct doc *d)
{
	static const char *const head[] = {
		"class", "CPUs",  "driver", "kernel", "events/s per CPU", "hosts", "p50",
		"p99",	 "p99.9", "max",    "drop",   "p99 drop rate",	  "worst"};
	static const bool right[] = {true, true, false, false, false, true, true,
				     true, true, true,	true,  true,  true};
	const struct fleet_summary *s = r->summary;
	size_t n = shown(r, s->n_classes);
	struct strvec *rows;

	doc_heading(d, 2, "Classes");
	rows = doc_table_head(
		d,
		"Rates are the hosts' typical events/s per CPU; worst is the highest drop "
		"rate of a host.",
		head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < n; i++) {
		const struct fleet_class *c = &s->classes[i];

		strvec_pushf(rows, "%zu", i + 1);
		if (c->n_cpus > 0)
			strvec_pushf(rows, "%lld", (long long)c->n_cpus);
		else
			strvec_push(rows, "-");
		strvec_push(rows, doc_known(c->driver));
		strvec_push(rows, doc_known(c->kernel));
		strvec_push(rows, fleet_band_names[c->band]);
		strvec_pushf(rows, "%zu", c->n);
		put_rate(rows, c->tails[FLEET_RATE].p50);
		put_rate(rows, c->tails[FLEET_RATE].p99);
		put_rate(rows, c->tails[FLEET_RATE].p999);
		put_rate(rows, c->tails[FLEET_RATE].max);
		strvec_pushf(rows, "%zu", c->n_drop);
		put_share(rows, c->tails[FLEET_DROPS].p99);
		put_share(rows, c->tails[FLEET_DROPS].max);
	}
	say_rest(r, d, s->n_classes, "classes");
}

static void say_profile(const struct fleet_class *c, struct doc *d)
{
	if (!c->n_drop && !c->settings.n) {
		if (c->n_unjudged == c->n)
			doc_para(d, "No host of it has the numbers of a Falco: nothing is "
				    "recommended.");
		else
			doc_para(d,
				 "Keep the configuration: %zu of its %zu hosts have numbers of "
				 "a Falco, and none drops.",
				 c->n - c->n_unjudged, c->n);
		return;
	}
	if (c->n_measured)
		doc_para(d, "%zu of the %zu hosts that ran the test matrix recommend just this.",
			 c->n_agreed, c->n_measured);
	if (c->n_drop)
		doc_para(d,
			 "%zu of its %zu hosts drop. The profile is what the verdicts of %zu of "
			 "them ask for; for %zu no setting helps (see their verdicts).",
			 c->n_drop, c->n, c->n_covered, c->n_other);
}

static void profiles(const struct fleet_report *r, struct doc *d)
{
	const struct fleet_summary *s = r->summary;

	doc_heading(d, 2, "One profile for each class");
	for (size_t i = 0; i < shown(r, s->n_classes); i++) {
		struct strbuf name cleanup_strbuf = STRBUF_INIT;

		strbuf_addf(&name, "%zu. ", i + 1);
		fleet_class_name(&s->classes[i], &name);
		doc_heading(d, 3, name.buf);
		say_profile(&s->classes[i], d);
		if (r->spellings[i].flags)
			doc_code(d, "as options of falco", r->spellings[i].flags);
		if (r->spellings[i].helm)
			doc_code(d, "as Helm values (chart falcosecurity/falco)",
				 r->spellings[i].helm);
	}
}

/* ---- hosts ---- */

static void drops(const struct fleet_report *r, struct doc *d)
{
	static const char *const head[] = {"host",  "class",   "drop rate", "worst interval",
					   "drops", "verdict", "next step"};
	static const bool right[] = {false, true, true, true, true, false, false};
	const struct fleet_summary *s = r->summary;
	struct strvec *rows;

	doc_heading(d, 2, "Hosts that drop");
	if (!s->n_drops) {
		doc_para(d, "None.");
		return;
	}
	rows = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < shown(r, s->n_drops); i++) {
		const struct fleet_host *h = &s->fleet->hosts[s->drops[i]];

		strvec_push(rows, h->name);
		strvec_pushf(rows, "%zu", s->class_of[s->drops[i]] + 1);
		put_share(rows, h->drop_rate);
		put_share(rows, h->worst_drop_rate);
		put_rate(rows, (double)h->drops);
		strvec_push(rows, h->verdict ? h->verdict : "-");
		strvec_push(rows, h->next_step ? h->next_step : "-");
	}
	say_rest(r, d, s->n_drops, "hosts drop");
}

static void deviants(const struct fleet_report *r, struct doc *d)
{
	static const char *const head[] = {"host", "class", "why"};
	static const bool right[] = {false, true, false};
	const struct fleet_summary *s = r->summary;
	struct strvec *rows;

	doc_heading(d, 2, "Hosts that disagree with their class");
	if (!s->n_deviants) {
		doc_para(d, "None.");
		return;
	}
	rows = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < shown(r, s->n_deviants); i++) {
		strvec_push(rows, s->fleet->hosts[s->deviants[i].host].name);
		strvec_pushf(rows, "%zu", s->deviants[i].class + 1);
		strvec_push(rows, s->deviants[i].why);
	}
	say_rest(r, d, s->n_deviants, "findings");
}

static void broken(const struct fleet_report *r, struct doc *d)
{
	const struct fleet *f = r->summary->fleet;
	struct strvec *items;

	if (!f->n_broken)
		return;
	doc_heading(d, 2, "What could not be read");
	items = doc_list(d);
	for (size_t i = 0; i < shown(r, f->n_broken); i++) {
		const struct take_broken *b = &f->broken[i];
		bool named = strstr(b->why, b->file) != NULL;

		if (b->lines)
			strvec_pushf(items, "%s%s%lld broken line%s, the first: %s",
				     named ? "" : b->file, named ? "" : ": ", (long long)b->lines,
				     b->lines == 1 ? "" : "s", b->why);
		else
			strvec_pushf(items, "%s%s%s", named ? "" : b->file, named ? "" : ": ",
				     b->why);
	}
	say_rest(r, d, f->n_broken, "files");
}

static void method(struct doc *d)
{
	struct strvec *items;

	doc_heading(d, 2, "Method");
	items = doc_list(d);
	strvec_push(items,
		    "A host's typical and highest rate are the median and the maximum over "
		    "the intervals between its samples; of a run, the mean of the reference "
		    "case; of a host profile, all calls that were made, which is more than a "
		    "set selects.");
	strvec_push(items,
		    "Drop rate: n_drops by n_evts, both as differences; what was lost before "
		    "a Falco's first sample is not in it.");
	strvec_push(items, "Verdicts are those of falcotune advise, on each host's own samples. "
			   "Buffers are taken to be those of -c (or Falco's defaults): the metrics "
			   "do not tell them.");
	strvec_push(items, "A class is CPUs, driver, kernel series and band of the typical rate; a "
			   "band with at most 5% of such hosts joins its neighbour.");
}

static void build(const void *it, struct doc *d)
{
	const struct fleet_report *r = it;

	overview(r, d);
	tails(r, d);
	class_table(r, d);
	profiles(r, d);
	drops(r, d);
	deviants(r, d);
	broken(r, d);
	method(d);
}

static char *page(const void *it, struct doc *d)
{
	build(it, d);
	return xstrdup("falcotune: fleet");
}

int fleet_report(const struct fleet_report *r, enum out_format format, struct strbuf *out,
		 struct error *err)
{
	static const struct emit_kind kind = {.name = "a fleet",
					      .json = fleet_report_json,
					      .csv = fleet_report_csv,
					      .doc = build,
					      .page = page};

	return emit_report(&kind, r, format, out, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/diff_report.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/diff_sections.h"
#include "report/diff_words.h"

#include <math.h>
#include <string.h>

#define NAMES_SHOWN 8
#define ROWS_BRIEF  10 /* with their details */
#define TESTS_SHOWN 4
#define TEST_WIDTH  160
#define ROWS_TABLE  50

void diff_report_row(const struct diff_row *row, struct strbuf *out)
{
	const char *name = row->new ? row->new->name : row->old->name;
	size_t n = 0;

	strbuf_addf(out, "'%s' (%s", name, diff_kind_names[row->kind]);
	if (row->kind == DIFF_RENAMED)
		strbuf_addf(out, " from '%s'", row->old->name);
	for (size_t i = 0; i < DIFF_N_PARTS; i++)
		if (row->parts & 1u << i)
			strbuf_addf(out, "%s%s", n++ ? ", " : ": ", diff_part_names[i]);
	strbuf_addch(out, ')');
}

static bool has_cost(const struct diff *d, const struct diff_row *r)
{
	return !bitset_empty(r->gained) || !bitset_empty(r->lost) ||
	       (r->walked_new != r->walked_old &&
		!(isnan(r->walked_new) && isnan(r->walked_old))) ||
	       fabs(r->alone.evts_per_s - d->old.evts_per_s) > 1e-9;
}

/* ---- what it comes to ---- */

/* Does it take something off, and bring nothing? */
static bool only_saves(const struct diff *d, const struct diff_row *r)
{
	if (!bitset_empty(r->gained))
		return false;
	if (isnan(d->old.engine_cpu)) /* no rates */
		return !bitset_empty(r->lost) && !(r->walked_new > r->walked_old);
	return r->alone.evts_per_s <= d->old.evts_per_s && r->alone.engine_cpu < d->old.engine_cpu;
}

static void add_most_expensive(const struct diff_report *r, struct strbuf *out)
{
	const struct diff *d = r->d;
	const struct diff_row *row = d->rows, *end = d->rows + d->n;
	bool saves;

	while (row < end && !has_cost(d, row))
		row++;
	if (row == end)
		return;
	saves = only_saves(d, row);
	/* Then so do all behind it. */
	for (const struct diff_row *at = row; saves && at < end; at++)
		row = has_cost(d, at) ? at : row;
	strbuf_addstr(out, saves ? " No change costs anything; the largest saving: "
				 : " Most expensive change: ");
	diff_report_row(row, out);
	if (!bitset_empty(row->gained)) {
		strbuf_addstr(out, ", which brings ");
		diff_calls(out, d->cat, row->gained, NAMES_SHOWN);
	} else if (!bitset_empty(row->lost)) {
		strbuf_addstr(out, ", which takes away ");
		diff_calls(out, d->cat, row->lost, NAMES_SHOWN);
	}
	if (r->in->host) {
		strbuf_addstr(out, ", alone ");
		diff_rate_change(out, d->old.evts_per_s, row->alone.evts_per_s);
		strbuf_addstr(out, " kernel events and engine's CPU ");
		diff_cpu_change(out, d->old.engine_cpu, row->alone.engine_cpu);
	}
	strbuf_addch(out, '.');
}

/* "2 added, 1 removed, 3 changed; 1 in condition, 2 in metadata; 20 the same". */
static void add_counts(const struct diff *d, struct strbuf *out)
{
	size_t kinds[DIFF_N_KINDS] = {0}, parts[DIFF_N_PARTS] = {0}, n = 0;

	for (size_t i = 0; i < d->n; i++) {
		kinds[d->rows[i].kind]++;
		for (size_t k = 0; k < DIFF_N_PARTS; k++)
			parts[k] += d->rows[i].parts >> k & 1;
	}
	for (size_t i = 0; i < DIFF_N_KINDS; i++)
		if (kinds[i])
			strbuf_addf(out, "%s%zu %s", n++ ? ", " : "", kinds[i], diff_kind_names[i]);
	for (size_t i = 0, k = 0; i < DIFF_N_PARTS; i++)
		if (parts[i])
			strbuf_addf(out, "%s%zu in %s", k++ ? ", " : "; ", parts[i],
				    diff_part_names[i]);
	strbuf_addf(out, "%s%zu the same", n ? "; " : "", d->n_same);
}

/* Calls that changes ask for in vain: no cost, and no sight of them. */
static void untraced(const struct diff_report *r, struct doc *doc)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct bitset all = {0};
	double most = 0;

	for (size_t i = 0; i < r->d->n; i++) {
		const struct diff_row *row = &r->d->rows[i];

		all = bitset_or(all, row->ignored);
		if (!bitset_empty(row->ignored) && !(row->ignored_per_s <= most))
			most = row->ignored_per_s;
	}
	if (bitset_empty(all))
		return;
	diff_calls(&text, r->d->cat, all, NAMES_SHOWN);
	strbuf_addstr(&text, "; with base_syscalls.all one change alone would bring ");
	diff_rate(&text, most);
	strbuf_addstr(&text, " kernel events");
	doc_para(doc, "Asked for and not traced, because they are of high volume: %s.", text.buf);
}

static void headline(const struct diff_report *r, struct doc *doc)
{
	const struct diff *d = r->d;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (d->same_cost) {
		strbuf_addf(&text,
			    "No overhead change: the same %zu syscalls are traced, and every event "
			    "meets as many rules and checks as before.",
			    d->new.set_size);
	} else {
		if (bitset_equal(d->old.final, d->new.final))
			strbuf_addf(&text,
				    "Overhead changes: the same %zu syscalls are traced, but "
				    "events meet other rules or checks",
				    d->new.set_size);
		else
			strbuf_addf(&text, "Overhead changes: %zu syscalls traced, %zu before",
				    d->new.set_size, d->old.set_size);
		if (!isnan(d->new.evts_per_s)) {
			strbuf_addstr(&text, "; kernel events ");
			diff_rate_change(&text, d->old.evts_per_s, d->new.evts_per_s);
			strbuf_addstr(&text, "; engine's CPU ");
			diff_cpu_change(&text, d->old.engine_cpu, d->new.engine_cpu);
		}
		strbuf_addch(&text, '.');
		add_most_expensive(r, &text);
	}
	doc_para(doc, "%s", text.buf);
	strbuf_reset(&text);
	add_counts(d, &text);
	doc_para(doc, "Rules: %s.", text.buf);
	untraced(r, doc);
}

static void total_row(struct strvec *cells, const char *what, double old, double new,
		      void (*value)(struct strbuf *, double),
		      void (*change)(struct strbuf *, double, double))
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strvec_push(cells, what);
	value(&text, old);
	strvec_push(cells, text.buf);
	strbuf_reset(&text);
	value(&text, new);
	strvec_push(cells, text.buf);
	strbuf_reset(&text);
	change(&text, old, new);
	strvec_push(cells, text.buf);
}

static void size_row(struct strvec *cells, const char *what, size_t old, size_t new)
{
	strvec_push(cells, what);
	strvec_pushf(cells, "%zu", old);
	strvec_pushf(cells, "%zu", new);
	strvec_pushf(cells, "%+ld", (long)new - (long)old);
}

static void totals(const struct diff_report *r, struct doc *doc)
{
	static const char *const head[] = {"predicted", "before", "after", "change"};
	static const bool right[] = {false, true, true, true};
	const struct diff_total *a = &r->d->old, *b = &r->d->new;
	struct strvec *cells =
		doc_table_head(doc, "Before and after", head, ARRAY_SIZE(head), right);

	size_row(cells, "active rules", a->n_rules, b->n_rules);
	size_row(cells, "syscalls traced", a->set_size, b->set_size);
	if (!r->in->host)
		return;
	total_row(cells, "kernel events", a->evts_per_s, b->evts_per_s, diff_rate,
		  diff_rate_change);
	total_row(cells, "kernel events, p99 second", a->evts_p99, b->evts_p99, diff_rate,
		  diff_rate_change);
	total_row(cells, "rules tried", a->evals_per_s, b->evals_per_s, diff_rate,
		  diff_rate_change);
	total_row(cells, "checks", a->checks_per_s, b->checks_per_s, diff_rate, diff_rate_change);
	total_row(cells, "engine's CPU (of a core)", a->engine_cpu, b->engine_cpu, diff_cpu,
		  diff_cpu_change);
	total_row(cells, "kernel side's CPU (of a core)", a->kernel_cpu, b->kernel_cpu, diff_cpu,
		  diff_cpu_change);
}

static void basis(const struct diff_report *r, struct doc *doc)
{
	const struct price *p = r->in->price ? r->in->price : &price_defaults;

	if (r->in->host)
		doc_para(doc,
			 "Predicted for Falco %s; rates are those of the host profile %s. CPU by "
			 "%.0f ns an "
			 "event, %.0f ns a check, %.3g%% of a core for looking for events and "
			 "%.0f ns a collected call in the kernel (%s): "
			 "meant for the difference, not as a promise for this host.%s%s",
			 r->falco, r->host_file ? r->host_file : "", p->event_ns, p->check_ns,
			 p->wake_ns / 1e7, p->kernel_ns, p->source,
			 r->in->params ? " These are means: what is added up here is the price of "
					 "each kind of check and each type of event."
				       : "",
			 r->in->n_profiles ? " How often checks are true and rules match was "
					     "counted by profiles."
					   : "");
	else
		doc_para(doc,
			 "Predicted for Falco %s. Event rates and CPU are unknown: there is no "
			 "host profile "
			 "(falcotune survey --out host.json, then --host host.json).",
			 r->falco);
}

/* ---- the changes ---- */

static void set_change(struct strvec *cells, const struct diff_row *row,
		       const struct catalogue *cat)
{
	struct strvec in cleanup_strvec = STRVEC_INIT, out cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	cat_scs_to_names(cat, row->gained, &in);
	cat_scs_to_names(cat, row->lost, &out);
	diff_gained_lost(&text, &in, &out, 3);
	if (!bitset_empty(row->ignored)) {
		strbuf_addstr(&text, text.len ? "; asks in vain: " : "asks in vain: ");
		diff_calls(&text, cat, row->ignored, 3);
	}
	strvec_push(cells, text.len ? text.buf : "same");
}

static void add_change(const struct diff_report *r, const struct diff_row *row, size_t rank,
		       struct strvec *cells)
{
	const struct diff *d = r->d;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strvec_pushf(cells, "%zu", rank);
	diff_report_row(row, &text);
	strvec_push(cells, text.buf);
	set_change(cells, row, d->cat);
	strbuf_reset(&text);
	diff_checks(&text, row->walked_old);
	strbuf_addstr(&text, " -> ");
	diff_checks(&text, row->walked_new);
	strvec_push(cells, isnan(row->walked_old) && isnan(row->walked_new) ? "-" : text.buf);
	if (!r->in->host)
		return;
	strbuf_reset(&text);
	diff_rate_change(&text, d->old.evts_per_s, row->alone.evts_per_s);
	strvec_push(cells, text.buf);
	strbuf_reset(&text);
	diff_cpu_change(&text, d->old.engine_cpu, row->alone.engine_cpu);
	strvec_push(cells, text.buf);
}

static bool any_ignored(const struct diff *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!bitset_empty(d->rows[i].ignored))
			return true;
	return false;
}

static void changes_table(const struct diff_report *r, struct doc *doc)
{
	static const bool right[] = {true, false, false, true, true, true};
	static const char *const head[] = {
		"rank", "rule", "syscalls", "checks an event", "kernel events", "engine's CPU"};
	size_t n_cols = r->in->host ? ARRAY_SIZE(head) : 4;
	struct strvec *cells;

	doc_heading(doc, 3, "Changes, most expensive first");
	if (!r->d->n) {
		doc_para(doc, "None: all %zu rules are the same by meaning.", r->d->n_same);
		return;
	}
	cells = doc_table_head(doc, "Changes, each alone against the rules before", head, n_cols,
			       right);
	for (size_t i = 0; i < r->d->n && i < ROWS_TABLE; i++)
		add_change(r, &r->d->rows[i], i + 1, cells);
	if (r->d->n > ROWS_TABLE)
		doc_para(doc, "And %zu more; --format json has all.", r->d->n - ROWS_TABLE);
	doc_para(doc,
		 "%zu other rules are the same. Each change is alone against the rules before, by "
		 "set: a call "
		 "that another rule needs anyway costs nothing, so the parts need not add up.%s%s",
		 r->d->n_same,
		 any_ignored(r->d) ? " In this order, high-volume calls that are asked for in vain "
				     "count as if they were traced."
				   : "",
		 r->d->reordered ? " Rules come in another order than before; with rule_matching: "
				   "first an earlier one can hide a later one."
				 : "");
}

static void fact(struct strvec *facts, const char *name, const struct strbuf *value)
{
	if (!value->len)
		return;
	strvec_push(facts, name);
	strvec_push(facts, value->buf);
}

static void fact_names(struct strvec *facts, const char *name, const struct strvec *gained,
		       const struct strvec *lost)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	diff_gained_lost(&text, gained, lost, NAMES_SHOWN);
	fact(facts, name, &text);
}

static void fact_untraced(const struct diff_report *r, const struct diff_row *row,
			  struct strvec *facts)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (bitset_empty(row->ignored))
		return;
	diff_calls(&text, r->d->cat, row->ignored, NAMES_SHOWN);
	strbuf_addstr(&text, ": high volume, ignored without base_syscalls.all, so the rule does "
			     "not see it and it costs nothing; with it ");
	if (isnan(row->ignored_per_s))
		strbuf_addstr(&text, "an unknown number of kernel events would come");
	else
		diff_rate_change(&text, 0, row->ignored_per_s);
	fact(facts, "asked for, not traced", &text);
}

/* Bytes of it that are shown, whole characters. */
static size_t cut_of(const char *text)
{
	size_t n = strlen(text);

	if (n <= TEST_WIDTH)
		return n;
	for (n = TEST_WIDTH; n && ((unsigned char)text[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

/* Checks that came and went, cut where they are long. */
static void fact_tests(struct strvec *facts, const struct diff_row *row)
{
	const struct strvec *all[] = {&row->tests_gained, &row->tests_lost};

	for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
		size_t shown = all[k]->n <= TESTS_SHOWN ? all[k]->n : TESTS_SHOWN;

		for (size_t i = 0; i < shown; i++) {
			const char *test = all[k]->v[i];

			strvec_push(facts, k ? "- check" : "+ check");
			strvec_pushf(facts, "%.*s%s", (int)cut_of(test), test,
				     cut_of(test) < strlen(test) ? "..." : "");
		}
		if (all[k]->n > shown) {
			strvec_push(facts, k ? "- check" : "+ check");
			strvec_pushf(facts, "and %zu more", all[k]->n - shown);
		}
	}
}

static void row_facts(const struct diff_report *r, const struct diff_row *row, struct doc *doc)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT, title cleanup_strbuf = STRBUF_INIT;
	struct strvec *facts;

	diff_report_row(row, &title);
	doc_heading(doc, 4, title.buf);
	facts = doc_facts(doc);
	if (row->parts & DIFF_ORDER)
		strbuf_addstr(&text, "same meaning; the order of checks changed, which changes "
				     "only how many an event walks");
	if (row->through.n) {
		strbuf_addstr(&text, text.len ? "; through " : "through ");
		diff_names(&text, &row->through, NAMES_SHOWN);
	}
	fact(facts, "condition", &text);
	fact_names(facts, "event types", &row->events_gained, &row->events_lost);
	fact_names(facts, "syscalls asked for", &row->calls_gained, &row->calls_lost);
	fact_untraced(r, row, facts);
	fact_names(facts, "fields", &row->fields_gained, &row->fields_lost);
	fact_names(facts, "fields of the output", &row->output_gained, &row->output_lost);
	strbuf_reset(&text);
	if (row->checks_old || row->checks_new)
		strbuf_addf(&text, "%zu -> %zu in the condition", row->checks_old, row->checks_new);
	fact(facts, "checks", &text);
	fact_tests(facts, row);
	strbuf_reset(&text);
	if (!row->active_old && !row->active_new)
		strbuf_addstr(&text,
			      "neither before nor now (disabled, of another source, below the "
			      "minimum priority, or with an unknown field)");
	fact(facts, "evaluated", &text);
	strbuf_reset(&text);
	diff_names(&text, &row->metadata, NAMES_SHOWN);
	fact(facts, "metadata", &text);
}

static void details(const struct diff_report *r, enum diff_detail detail, struct doc *doc)
{
	size_t most = detail == DIFF_BRIEF ? ROWS_BRIEF : SIZE_MAX, shown = 0, left = 0;

	for (size_t i = 0; i < r->d->n; i++) {
		const struct diff_row *row = &r->d->rows[i];

		/* Of a rule that only came or went the table has said enough for a comment. */
		if (detail == DIFF_BRIEF && !row->parts && bitset_empty(row->ignored))
			continue;
		if (shown++ < most)
			row_facts(r, row, doc);
		else
			left++;
	}
	if (left)
		doc_para(doc, "Details of %zu more are in --format json.", left);
}

void diff_report_doc(const struct diff_report *r, enum diff_detail detail, struct doc *doc)
{
	char *title cleanup_free = xasprintf("Rules: %s -> %s", r->in->old.label, r->in->new.label);

	doc_heading(doc, 2, title);
	headline(r, doc);
	for (size_t i = 0; i < r->n_findings; i++) {
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		diff_report_finding(r, &r->findings[i], &text);
		if (r->findings[i].broken)
			doc_para(doc, "Gate failed: %s.", text.buf);
	}
	totals(r, doc);
	basis(r, doc);
	diff_budget_section(r, doc);
	diff_measured_section(r, doc);
	changes_table(r, doc);
	details(r, detail, doc);
	diff_set_section(r, detail, doc);
	diff_bucket_section(r, detail, doc);
	diff_spot_section(r, doc);
}

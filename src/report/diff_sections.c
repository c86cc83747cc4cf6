/* SPDX-License-Identifier: Apache-2.0 */
#include "report/diff_sections.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/diff_words.h"

#include <math.h>
#include <string.h>

#define RULES_NAMED   3
#define BUCKETS_BRIEF 8
#define CALLS_SHOWN   40
#define LARGEST	      10 /* relative change that is still told by a number */

void diff_why_in(const struct diff_side *side, const char *name, size_t most, struct strbuf *out)
{
	const struct rate_set set = {.sel = side->sel, .in = side->in};

	rate_reasons(&set, name, most, out);
}

/* ---- the set ---- */

static double bucket_rate(const struct diff *d, const char *name)
{
	for (size_t i = 0; i < d->n_buckets; i++)
		if (!strcmp(d->buckets[i].name, name))
			return d->buckets[i].evts_per_s;
	return (double)NAN;
}

static void add_call(const struct diff_report *r, const char *name, bool enters,
		     struct strvec *cells)
{
	const struct diff_side *has = enters ? &r->in->new : &r->in->old;
	const struct diff_side *lacks = enters ? &r->in->old : &r->in->new;
	struct strbuf why cleanup_strbuf = STRBUF_INIT, not cleanup_strbuf = STRBUF_INIT,
			  rate cleanup_strbuf = STRBUF_INIT;

	diff_why_in(has, name, RULES_NAMED, &why);
	ledger_why_not(lacks->in, lacks->sel, name, &not );
	diff_rate(&rate, bucket_rate(r->d, name));
	strvec_pushf(cells, "%c%s", enters ? '+' : '-', name);
	strvec_push(cells, r->in->host ? rate.buf : "unknown");
	strvec_pushf(cells, enters ? "%s" : "was for %s", why.len ? why.buf : "always traced");
	strvec_pushf(cells, "%s: %s", enters ? "before" : "now", not .buf);
}

static void add_calls(const struct diff_report *r, struct bitset has, struct bitset lacks,
		      bool enters, struct strvec *cells)
{
	struct strvec a cleanup_strvec = STRVEC_INIT, b cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(r->d->cat, has, &a);
	cat_scs_to_names(r->d->cat, lacks, &b);
	for (size_t i = 0; i < a.n; i++)
		if (!strvec_has(&b, a.v[i]))
			add_call(r, a.v[i], enters, cells);
}

static void add_both(const struct diff_report *r, struct doc *doc)
{
	struct bitset both = bitset_and(r->d->old.final, r->d->new.final);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	diff_calls(&text, r->d->cat, both, SIZE_MAX - 1);
	doc_para(doc, "In both: %s.", text.len ? text.buf : "none");
}

void diff_set_section(const struct diff_report *r, enum diff_detail detail, struct doc *doc)
{
	static const char *const head[] = {"syscall", "kernel events", "why", "other side"};
	static const bool right[] = {false, true, false, false};
	const struct diff *d = r->d;
	struct strvec *cells;

	doc_heading(doc, 3, "Syscalls traced");
	if (bitset_equal(d->old.final, d->new.final)) {
		doc_para(doc, "The same %zu before and after.", d->new.set_size);
	} else {
		cells = doc_table_head(doc, "What enters (+) and leaves (-)", head,
				       ARRAY_SIZE(head), right);
		add_calls(r, d->new.final, d->old.final, true, cells);
		add_calls(r, d->old.final, d->new.final, false, cells);
	}
	if (detail == DIFF_FULL)
		add_both(r, doc);
}

/* ---- buckets ---- */

static bool bucket_changed(const struct diff_bucket *b)
{
	return (b->in_old || b->in_new) &&
	       (b->in_old != b->in_new || b->rules_old != b->rules_new ||
		fabs(b->checks_old - b->checks_new) > 1e-9);
}

static double per_s(double seen, bool traced, double each)
{
	return traced ? seen * each : 0;
}

static void add_bucket(const struct diff_report *r, const struct diff_bucket *b,
		       struct strvec *cells)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	double old = per_s(b->seen_per_s, b->in_old, (double)b->rules_old);
	double new = per_s(b->seen_per_s, b->in_new, (double)b->rules_new);

	strvec_push(cells, b->name);
	strvec_pushf(cells, "%zu -> %zu", b->in_old ? b->rules_old : 0,
		     b->in_new ? b->rules_new : 0);
	strvec_pushf(cells, "%.1f -> %.1f", b->in_old ? b->checks_old : 0,
		     b->in_new ? b->checks_new : 0);
	if (!r->in->host)
		return;
	diff_rate(&text, b->seen_per_s);
	strvec_push(cells, text.buf);
	strbuf_reset(&text);
	diff_rate(&text, old);
	strbuf_addstr(&text, " -> ");
	diff_rate(&text, new);
	strvec_push(cells, text.buf);
}

void diff_bucket_section(const struct diff_report *r, enum diff_detail detail, struct doc *doc)
{
	static const bool right[] = {false, true, true, true, true};
	static const char *const head[] = {"event", "rules tried on one", "checks for one",
					   "events seen", "rules tried"};
	size_t n_cols = r->in->host ? ARRAY_SIZE(head) : 3, left = 0, shown = 0;
	size_t most = detail == DIFF_BRIEF ? BUCKETS_BRIEF : SIZE_MAX;
	struct strvec *cells = NULL;

	for (size_t i = 0; i < r->d->n_buckets; i++) {
		const struct diff_bucket *b = &r->d->buckets[i];

		if (!bucket_changed(b))
			continue;
		if (shown++ >= most) {
			left++;
			continue;
		}
		if (!cells) {
			doc_heading(doc, 3, "Filter evaluations");
			cells = doc_table_head(doc, "Events whose rules changed", head, n_cols,
					       right);
		}
		add_bucket(r, b, cells);
	}
	if (left)
		doc_para(doc, "And %zu more event types; --format json has all.", left);
	if (cells)
		doc_para(
			doc,
			"Checks are expected ones until the verdict: those on the event's type are "
			"known, any other one is true with a default likelihood (0.1; 0.9 for != "
			"and "
			"exists, 0.5 for an order).");
}

/* ---- blind spots ---- */

static void add_spots(const struct diff_report *r, bool gained, struct doc *doc)
{
	struct strvec *items = NULL;

	for (size_t i = 0; i < r->d->n_spots; i++) {
		const struct diff_spot *s = &r->d->spots[i];
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		if (s->gained != gained)
			continue;
		if (!items) {
			doc_para(doc, gained ? "Gained:" : "Closed:");
			items = doc_list(doc);
		}
		diff_calls(&text, r->d->cat, s->scs, CALLS_SHOWN);
		strvec_pushf(items, "'%s' %s %s%s", s->rule, gained ? "does not see" : "sees again",
			     text.buf, s->blind ? ", and nothing else: it is blind" : "");
	}
}

static void add_watch(const struct diff_report *r, struct bitset scs, const char *what,
		      struct doc *doc)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (bitset_empty(scs))
		return;
	diff_calls(&text, r->d->cat, scs, CALLS_SHOWN);
	doc_para(doc, "%s: %s.", what, text.buf);
}

void diff_spot_section(const struct diff_report *r, struct doc *doc)
{
	doc_heading(doc, 3, "Blind spots");
	if (!r->d->n_spots)
		doc_para(doc,
			 "None gained and none closed: every rule sees as many of its syscalls "
			 "as before.");
	add_spots(r, true, doc);
	add_spots(r, false, doc);
	add_watch(r, r->d->unwatched, "No rule looks at these any more", doc);
	add_watch(r, r->d->watched, "Rules look at these for the first time", doc);
}

/* ---- measured ---- */

static void add_value(const struct side_row *s, double v, struct strvec *cells)
{
	if (isnan(v))
		strvec_push(cells, "unknown");
	else if (s->unit == SIDE_RATE)
		strvec_pushf(cells, "%s/s", UNITS_RATE(v));
	else if (s->unit == SIDE_SHARE)
		strvec_push(cells, UNITS_SHARE(v));
	else if (s->unit == SIDE_NS)
		strvec_push(cells, UNITS_DURATION(v));
	else
		strvec_push(cells, UNITS_BYTES(v));
}

static void add_difference(const struct side_row *s, double v, struct strbuf *out)
{
	if (isnan(v))
		strbuf_addstr(out, "unknown");
	else if (s->is_ratio && v > LARGEST)
		strbuf_addf(out, "over +%d%%", LARGEST * 100);
	else if (s->is_ratio)
		strbuf_addf(out, "%+.3g%%", v * 100);
	else
		strbuf_addf(out, "%+.3gpp", v * 100);
}

static void add_side(const struct side_row *s, struct strvec *cells)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strvec_push(cells, s->name);
	add_value(s, s->old, cells);
	add_value(s, s->new, cells);
	add_difference(s, s->change, &text);
	strvec_push(cells, text.buf);
	strbuf_reset(&text);
	strbuf_addch(&text, '[');
	add_difference(s, s->lo, &text);
	strbuf_addstr(&text, ", ");
	add_difference(s, s->hi, &text);
	strbuf_addch(&text, ']');
	strvec_push(cells, isnan(s->lo) ? "unknown" : text.buf);
	strvec_pushf(cells, "%s%s", s->seen ? "differs" : "no difference seen",
		     s->indicative ? "; indicative" : "");
}

static double ratio(const struct diff_report *r, double predicted, double measured)
{
	return r->in->host && measured > 0 ? predicted / measured : (double)NAN;
}

void diff_model_ratios(const struct diff_report *r, struct diff_model_ratio out[DIFF_MODEL_RATIOS])
{
	const struct diff_total *a = &r->d->old, *b = &r->d->new;
	const struct {
		const char *key, *name;
		double before, after;
	} of[DIFF_MODEL_RATIOS] = {{"evts_per_s", "kernel events/s", a->evts_per_s, b->evts_per_s},
				   {"engine_cpu", "engine's CPU", a->engine_cpu, b->engine_cpu}};

	for (size_t i = 0; i < DIFF_MODEL_RATIOS; i++) {
		const struct side_row *s = sides_find(r->sides, of[i].key);

		out[i] = (struct diff_model_ratio){of[i].key, of[i].name,
						   ratio(r, of[i].before, s ? s->old : (double)NAN),
						   ratio(r, of[i].after, s ? s->new : (double)NAN)};
	}
}

static void add_model(const struct diff_report *r, struct doc *doc)
{
	struct diff_model_ratio v[DIFF_MODEL_RATIOS];
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	diff_model_ratios(r, v);
	for (size_t i = 0; i < DIFF_MODEL_RATIOS; i++)
		if (!isnan(v[i].before) && !isnan(v[i].after))
			strbuf_addf(&text, "%s%s %.2f before and %.2f after", text.len ? "; " : "",
				    v[i].name, v[i].before, v[i].after);
	if (text.len)
		doc_para(doc,
			 "The model's predictions over what was measured: %s. This is its error "
			 "only where %s was counted under the same load%s.",
			 text.buf, r->host_file,
			 r->in->params ? "" : ", and the prices are not of this host");
}

void diff_measured_section(const struct diff_report *r, struct doc *doc)
{
	static const bool right[] = {false, true, true, true, true, false};
	static const char *const head[] = {"measured", "before",       "after",
					   "change",   "95% interval", "verdict"};
	struct strvec *cells;

	if (!r->sides)
		return;
	doc_heading(doc, 3, "Measured");
	doc_para(doc,
		 "%s, load %s, %d and %d runs of %s, interleaved in shuffled rounds; changes are "
		 "within rounds, and the intervals hold together in 95%% of such measurements.",
		 r->run->engine_version ? r->run->engine_version : r->run->engine_path,
		 r->run->n_cases && r->run->cases[0].load ? r->run->cases[0].load : "unknown",
		 r->sides->n_old, r->sides->n_new, UNITS_DURATION((double)r->run->duration_ns));
	if (!r->sides->n) {
		doc_para(doc, "Nothing could be compared: no round has both sides.");
		return;
	}
	cells = doc_table_head(doc, "Measured", head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < r->sides->n; i++)
		add_side(&r->sides->v[i], cells);
	add_model(r, doc);
	if (r->run->engine_embedded)
		doc_para(doc, "Numbers of the embedded engine are its own; Falco's consumer is "
			      "slower.");
}

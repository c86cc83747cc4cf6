/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/advise.h"
#include "advise/blocks.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

#define TEST_1	    "spawned-process" /* id of the smallest documented case */
#define MAX_PRESET  10
#define NAMES_SHOWN 5

struct choice {
	const struct results *r;
	double limit;
	const struct res_case *best;  /* rank 1 */
	const struct res_case *pick;  /* within the limit, or NULL */
	const struct res_case *test1; /* Test 1 at its largest buffer, or NULL */
	int64_t most_memory;	      /* largest buffer memory of any case */
	bool add_repair;	      /* pick lacks a part of repair(rules), and repair is off */
	bool drop_negatives;	      /* pick takes a part of repair(rules) out */
};

static double rate(const struct res_case *c)
{
	return c->sum.exercised ? c->sum.drop_rate : 0;
}

static bool is_dummy(const struct res_case *c)
{
	return c->rules_label && !strcmp(c->rules_label, "dummy");
}

/* Rules that keep all their event types; with the dummy rules, which need none, the set's size. */
static double coverage(const struct results *r, const struct res_case *c)
{
	return r->dummy_rules ? (double)res_case_set_size(c) : (double)c->rules_complete;
}

static size_t count_lacking(const struct res_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->repair_set.n; i++)
		n += !strvec_has(&c->predicted, c->repair_set.v[i]);
	return n;
}

/* An entry "!name" of custom_set that takes a part of repair(rules) out. Repair does not bring
 * every one of them back: it knows a rule's own calls only while they are selected. */
static bool removes_needed(const struct res_case *c, const char *entry)
{
	return *entry == '!' && strvec_has(&c->repair_set, entry + 1);
}

static bool has_needed_negatives(const struct res_case *c)
{
	for (size_t i = 0; i < c->custom_set.n; i++)
		if (removes_needed(c, c->custom_set.v[i]))
			return true;
	return false;
}

/* Evidence first, then coverage, then a set that need not be changed, then rank. */
static bool is_better(const struct results *r, const struct res_case *a, const struct res_case *b)
{
	double ca = coverage(r, a), cb = coverage(r, b);
	bool la = count_lacking(a) > 0, lb = count_lacking(b) > 0;

	if (a->sum.exercised != b->sum.exercised)
		return a->sum.exercised;
	if (ca != cb)
		return ca > cb;
	if (la != lb)
		return lb;
	return a->rank < b->rank;
}

static int64_t known_memory(const struct res_case *c)
{
	int64_t m = res_case_buffer_memory(c);

	return m == RES_UNKNOWN ? 0 : m;
}

double advise_limit(const struct results *r)
{
	return r->max_drop_given || r->max_drop > 0 ? r->max_drop : ADVISE_MAX_DROP;
}

static struct choice choose(const struct results *r)
{
	struct choice ch = {.r = r, .limit = advise_limit(r)};

	for (size_t i = 0; i < r->n_order; i++) {
		const struct res_case *c = &r->cases[r->order[i]];

		if (!r->dummy_rules && is_dummy(c))
			continue;
		if (!ch.best)
			ch.best = c;
		if (c->id && !strcmp(c->id, TEST_1) &&
		    (!ch.test1 || known_memory(c) > known_memory(ch.test1)))
			ch.test1 = c;
		if (known_memory(c) > ch.most_memory)
			ch.most_memory = known_memory(c);
		if (rate(c) <= ch.limit && (!ch.pick || is_better(r, c, ch.pick)))
			ch.pick = c;
	}
	if (ch.pick && count_lacking(ch.pick) > 0) {
		ch.add_repair = !ch.pick->repair;
		ch.drop_negatives = has_needed_negatives(ch.pick);
	}
	return ch;
}

#define RATE_BUF (3 * UNITS_BUF + 8)

/* "0.4% [0.1%, 0.9%]" */
static const char *rate_text(const struct res_case *c, char buf[RATE_BUF])
{
	if (!c->sum.exercised)
		return "0% (not exercised)";
	snprintf(buf, RATE_BUF, "%s [%s, %s]", UNITS_SHARE(c->sum.drop_rate),
		 UNITS_SHARE(c->sum.drop_lo), UNITS_SHARE(c->sum.drop_hi));
	return buf;
}

#define RATE(c) rate_text((c), (char[RATE_BUF]){0})

/* Smallest set above the pick's that is over the limit, or NULL. */
static const struct res_case *next_larger(const struct choice *ch)
{
	const struct res_case *next = NULL;

	for (size_t i = 0; i < ch->r->n_order; i++) {
		const struct res_case *c = &ch->r->cases[ch->r->order[i]];

		if (rate(c) > ch->limit && res_case_set_size(c) > res_case_set_size(ch->pick) &&
		    (!next || res_case_set_size(c) < res_case_set_size(next)))
			next = c;
	}
	return next;
}

static char *reason_recommended(const struct choice *ch)
{
	const struct res_case *c = ch->pick;
	struct strbuf sb = STRBUF_INIT;

	strbuf_addf(&sb, "%s, with %zu syscalls", c->key, res_case_set_size(c));
	if (c->rules_complete >= 0)
		strbuf_addf(&sb, ", keeps all event types of %lld of %lld rules",
			    (long long)c->rules_complete, (long long)c->rules_total);
	strbuf_addf(&sb,
		    ", and its drop rate of %s is within the limit of %s. No case within that "
		    "limit keeps more rules, and of those that keep as many it comes first by what "
		    "Falco's own state needs, drop rate and set size.",
		    RATE(c), UNITS_SHARE(ch->limit));
	return strbuf_detach(&sb);
}

static char *reason_diagnosis(const struct choice *ch)
{
	const struct res_case *c = ch->pick, *next = next_larger(ch);
	struct strbuf sb = STRBUF_INIT;

	strbuf_addf(
		&sb,
		"Diagnosis only, because the dummy rule never fires: of the sets tried, %s with "
		"%zu syscalls is the largest within the limit of %s (drop rate %s)",
		c->key, res_case_set_size(c), UNITS_SHARE(ch->limit), RATE(c));
	if (next)
		strbuf_addf(&sb, ", and %s with %zu is above it (%s)", next->key,
			    res_case_set_size(next), RATE(next));
	strbuf_addstr(&sb, ". Run it with your own rules (-r FILE) for a configuration that keeps "
			   "them working.");
	return strbuf_detach(&sb);
}

static char *reason_none(const struct choice *ch)
{
	return xasprintf(
		"No case stays within the limit of %s: the best one, %s, has a drop rate "
		"of %s. Larger buffers (buf_size_preset), fewer rules or less load are what "
		"is left to try.",
		UNITS_SHARE(ch->limit), ch->best->key, RATE(ch->best));
}

static char *reason_unfixable(const struct choice *ch)
{
	const struct res_case *c = ch->test1;
	struct strbuf sb = STRBUF_INIT;

	strbuf_addf(&sb, "Test 1 (%s), the smallest set, has a drop rate of %s", c->key, RATE(c));
	if (res_case_buffer_memory(c) != RES_UNKNOWN)
		strbuf_addf(&sb, " with the largest buffers tested (%s each, %s in all)",
			    UNITS_BYTES((double)c->buffer_bytes),
			    UNITS_BYTES((double)known_memory(c)));
	strbuf_addstr(&sb, ". No configuration will help on this host under this load: it needs "
			   "less load, or more CPU for Falco.");
	return strbuf_detach(&sb);
}

static char *reason_no_data(const struct choice *ch)
{
	if (ch->r->dry_run_only)
		return xstrdup("Only dry runs were made, so no drop rate is known. Leave out "
			       "--dry-run-only for a recommendation.");
	return xstrdup("No case was measured to its end, so no drop rate is known. The reasons "
		       "stand with the cases.");
}

enum kind { RECOMMENDED, DIAGNOSIS, NONE_WITHIN, UNFIXABLE, NO_DATA };

static const struct {
	const char *name;
	char *(*reason)(const struct choice *ch);
} kinds[] = {
	[RECOMMENDED] = {"recommended", reason_recommended},
	[DIAGNOSIS] = {"diagnosis", reason_diagnosis},
	[NONE_WITHIN] = {"none-within", reason_none},
	[UNFIXABLE] = {"unfixable", reason_unfixable},
	[NO_DATA] = {"no-data", reason_no_data},
};

static enum kind kind_of(const struct choice *ch)
{
	if (!ch->best)
		return NO_DATA;
	if (ch->pick)
		return ch->r->dummy_rules ? DIAGNOSIS : RECOMMENDED;
	if (ch->test1 && rate(ch->test1) > ch->limit && known_memory(ch->test1) >= ch->most_memory)
		return UNFIXABLE;
	return NONE_WITHIN;
}

static void warn_names(struct strvec *out, const char *what, const struct strvec *v, size_t n_all,
		       const struct strvec *without)
{
	struct strbuf sb = STRBUF_INIT;
	size_t shown = 0;

	strbuf_addf(&sb, "%s: ", what);
	for (size_t i = 0; i < v->n && shown < NAMES_SHOWN; i++) {
		if (without && strvec_has(without, v->v[i]))
			continue;
		strbuf_addf(&sb, "%s%s", shown++ ? ", " : "", v->v[i]);
	}
	if (n_all > shown)
		strbuf_addf(&sb, " and %zu more", n_all - shown);
	strbuf_addch(&sb, '.');
	strvec_take(out, strbuf_detach(&sb));
}

/* What the chosen case itself leaves open. */
static void warn_case(const struct choice *ch, const struct res_case *c, struct strvec *out)
{
	size_t lacking = count_lacking(c);

	if (ch->add_repair)
		warn_names(out,
			   "repair: true is added to what was measured, because the case's set "
			   "lacks syscalls that Falco's own state needs. They bring events of "
			   "their own, so measure the changed case once more. Added at least",
			   &c->repair_set, lacking, &c->predicted);
	else if (ch->drop_negatives)
		warn_names(out,
			   "Entries of custom_set are left out, because they remove syscalls that "
			   "the rules need. These bring events of their own, so measure the "
			   "changed case once more. Added at least",
			   &c->repair_set, lacking, &c->predicted);
	if (c->rules_lost.n)
		warn_names(out, "Rules that lose event types", &c->rules_lost, c->rules_lost.n,
			   NULL);
	if (!c->sum.exercised)
		strvec_pushf(out,
			     "The load made no event of %s's set, so nothing is known about its "
			     "drops: choose a load that does.",
			     c->key);
	else if (rate(c) <= ch->limit && c->sum.drop_hi > ch->limit)
		strvec_pushf(out,
			     "The upper end of the interval (%s) is above the limit of %s: "
			     "more repeats or longer windows would tell.",
			     UNITS_SHARE(c->sum.drop_hi), UNITS_SHARE(ch->limit));
	if (c->dry_status == RES_OK && !c->agreement)
		strvec_pushf(out, "The engine's final set of %s is not the predicted one.", c->key);
	if (c->plugins_none)
		strvec_pushf(out,
			     "%s ran without plugins (load_plugins: []), which no -o option "
			     "can say: use the YAML block.",
			     c->key);
}

static void warn_run(const struct choice *ch, struct strvec *out)
{
	const struct results *r = ch->r;
	const struct res_case *c = ch->pick ? ch->pick : ch->best;

	if (r->engine_embedded)
		strvec_push(out,
			    "Measured with the embedded engine, whose consumer is faster than "
			    "Falco's: drop rates are a lower bound for Falco, and the advice is "
			    "indicative until run with Falco (--engine PATH).");
	if (c->sum.indicative)
		strvec_pushf(out,
			     "Less than %d repeats of %.0f s were measured: the intervals are "
			     "indicative.",
			     ADVISE_MIN_REPEATS, ADVISE_MIN_SECONDS);
	if (!r->dummy_rules && c->rules_total > 0 && c->rules_complete == 0)
		strvec_push(
			out,
			"None of the rules keeps all its event types in this set: what they ask "
			"for is left out by base_syscalls, or is high-volume and left out unless "
			"base_syscalls.all is true (at the price of its rate).");
	if (r->interrupted)
		strvec_push(out, "The run was interrupted: only cases that were complete by then "
				 "are considered.");
}

static void warn_test1(const struct choice *ch, enum kind kind, struct strvec *out)
{
	const struct res_case *t = ch->test1;

	if (!t || rate(t) <= ch->limit)
		return;
	if (ch->pick)
		strvec_pushf(out,
			     "%s, the smallest set, drops more (%s) than the limit although a "
			     "larger set does not: the measurement is too noisy, repeat it.",
			     t->key, RATE(t));
	else if (kind == UNFIXABLE && t->preset >= 1 && t->preset < MAX_PRESET)
		strvec_pushf(out,
			     "buf_size_preset %d to %d were not tested: if the drops come in "
			     "bursts, a larger buffer may still hold them.",
			     (int)t->preset + 1, MAX_PRESET);
}

static void add_blocks(const struct choice *ch, struct res_recommendation *rec)
{
	struct res_case c = *ch->pick; /* what is changed, of its own; the rest is the pick's */
	bool repair = c.repair || ch->add_repair;
	char *title cleanup_free = xasprintf(
		"falcotune: %s%s%s%s",
		ch->r->dummy_rules ? "diagnosis only, not a recommendation: case " : "case ", c.key,
		ch->add_repair ? ", with repair" : "",
		ch->r->engine_embedded ? "\nindicative until run with Falco" : "");

	c.custom_set = (struct strvec)STRVEC_INIT;
	for (size_t i = 0; i < ch->pick->custom_set.n; i++)
		if (!ch->drop_negatives || !removes_needed(&c, ch->pick->custom_set.v[i]))
			strvec_push(&c.custom_set, ch->pick->custom_set.v[i]);
	rec->yaml = blocks_yaml(&c, repair, title);
	rec->flags = blocks_flags(&c, repair);
	rec->helm = blocks_helm(&c, repair, title);
	strvec_release(&c.custom_set);
}

static void clear(struct res_recommendation *rec)
{
	free(rec->kind);
	free(rec->case_key);
	free(rec->reason);
	free(rec->yaml);
	free(rec->flags);
	free(rec->helm);
	strvec_release(&rec->warnings);
	*rec = (struct res_recommendation){0};
}

void advise_recommend(struct results *r)
{
	struct res_recommendation *rec = &r->rec;
	struct choice ch = choose(r);
	enum kind kind = kind_of(&ch);
	const struct res_case *c = ch.pick ? ch.pick : kind == UNFIXABLE ? ch.test1 : ch.best;

	clear(rec);
	rec->kind = xstrdup(kinds[kind].name);
	rec->reason = kinds[kind].reason(&ch);
	if (!c)
		return;
	rec->case_key = xstrdup(c->key);
	warn_run(&ch, &rec->warnings);
	warn_test1(&ch, kind, &rec->warnings);
	if (!ch.pick)
		return;
	warn_case(&ch, ch.pick, &rec->warnings);
	add_blocks(&ch, rec);
}

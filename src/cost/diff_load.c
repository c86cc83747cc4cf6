/* SPDX-License-Identifier: Apache-2.0 */
/* Syscall sets, event rates and checks: of both sides, and of every change alone. */
#include "cost/diff_private.h"

#include "base/mem.h"
#include "cost/calls.h"
#include "cost/model_private.h"
#include "cost/wake.h"

#include <math.h>
#include <string.h>

/* Rules that are evaluated, and what they do in every bucket together. */
struct load {
	struct select_rule *rules;
	size_t n;
	size_t *in_bucket; /* rules that are tried, by bucket */
	double *checks;	   /* that one event is expected to walk, by bucket */
	double *ns;	   /* that these take, by bucket; all 0 without prices by kind */
};

/* What one rule does in every bucket. */
struct part {
	const struct rule *rule;
	bool *tried;
	double *checks, *ns;
};

struct pricing {
	const struct diff_input *in;
	struct diff *d;
	const struct price *price;
	struct walk walk;
	struct walk priced; /* with prices by kind of check */
	struct known known;
	struct rule_prices prices;
	struct bitset *codes;	/* of each bucket */
	size_t *code;		/* the one that stands for the bucket */
	struct part *old, *new; /* active rules of the sides */
	size_t n_old, n_new;
};

/* ---- buckets ---- */

static void add_bucket(struct pricing *p, size_t sc)
{
	const struct call_events e = call_events_of(p->d->cat, sc);
	size_t i = p->d->n_buckets++;

	p->codes[i] = e.codes;
	p->code[i] = e.code;
	p->d->buckets[i] = (struct diff_bucket){.name = e.name,
						.sc = sc,
						.in_old = bitset_has(&p->d->old.final, sc),
						.in_new = bitset_has(&p->d->new.final, sc),
						.evts_per_s = (double)NAN,
						.seen_per_s = (double)NAN};
}

static void find_rates(struct pricing *p)
{
	struct rate r cleanup_rate = {0};

	if (!p->in->host)
		return;
	call_rates(p->in->host, p->d->cat, p->in->drop_failed_exit, p->in->enter_events, &r);
	for (size_t i = 0; i < p->d->n_buckets; i++) {
		struct diff_bucket *b = &p->d->buckets[i];

		b->evts_per_s = call_rate(&r, b->name);
		b->seen_per_s = call_seen(b->name, b->evts_per_s, p->in->enter_events);
	}
}

/* Every call that one of the sides traces, or that a change asks for in vain. */
static void make_buckets(struct pricing *p)
{
	struct diff *d = p->d;
	struct bitset all = bitset_or(d->old.final, d->new.final);

	for (size_t i = 0; i < d->n; i++)
		all = bitset_or(all, d->rows[i].ignored);
	d->buckets = xcalloc(BITSET_BITS, sizeof(*d->buckets));
	p->codes = xcalloc(BITSET_BITS, sizeof(*p->codes));
	p->code = xcalloc(BITSET_BITS, sizeof(*p->code));
	bitset_for_each (sc, &all)
		add_bucket(p, sc);
	find_rates(p);
}

/* ---- rules in buckets ---- */

static double known_or_0(double v)
{
	return isnan(v) ? 0 : v;
}

/* ns of an evaluation with its alerts, with prices by kind of check. */
static double evaluation_ns(struct pricing *p, const struct rule *r, size_t bucket)
{
	const struct cost_params *params = p->in->params;
	const struct ep_work *w =
		known_work(p->in->profiles, p->in->n_profiles, r->name, p->d->buckets[bucket].name);

	if (!params)
		return 0;
	return known_or_0(params->v[CP_RULE].value) +
	       walk_expect(&p->priced, r->ast, p->code[bucket]).ns +
	       (w ? known_or_0(params->v[CP_OUTPUT].value) * (double)w->matches /
				(double)w->evaluations
		  : 0);
}

/* ns of the engine for an event of that bucket. */
static double event_ns(const struct pricing *p, size_t bucket, const struct load *l)
{
	const struct cost_params *params = p->in->params;

	if (!params)
		return price_event_ns(p->price, l->checks[bucket]);
	return known_or_0(params->v[CP_TRANSPORT].value) +
	       known_or_0(cost_state(params, p->d->buckets[bucket].name)->value) +
	       (l->in_bucket[bucket] ? known_or_0(params->v[CP_EVALUATED].value) : 0) +
	       l->ns[bucket];
}

static void make_part(struct pricing *p, struct part *out, const struct rule *r)
{
	size_t n = p->d->n_buckets;

	*out = (struct part){.rule = r,
			     .tried = xcalloc(n + 1, sizeof(*out->tried)),
			     .checks = xcalloc(n + 1, sizeof(*out->checks)),
			     .ns = xcalloc(n + 1, sizeof(*out->ns))};
	rule_prices_start(&p->prices, r->name);
	for (size_t i = 0; i < n; i++) {
		out->tried[i] = !bitset_empty(bitset_and(r->codes, p->codes[i]));
		if (!out->tried[i])
			continue;
		out->checks[i] = walk_checks(&p->walk, r->ast, p->code[i]);
		out->ns[i] = evaluation_ns(p, r, i);
	}
}

static size_t make_parts(struct pricing *p, const struct ruleset *rs, struct part **out)
{
	size_t n = 0;

	*out = xcalloc(rs->n + 1, sizeof(**out));
	for (size_t i = 0; i < rs->n; i++)
		if (rule_is_active(&rs->rules[i], p->in->opt))
			make_part(p, &(*out)[n++], &rs->rules[i]);
	return n;
}

static void release_parts(struct part *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].tried);
		free(v[i].checks);
		free(v[i].ns);
	}
	free(v);
}

static const struct part *find_part(const struct part *v, size_t n, const struct rule *r)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].rule == r)
			return &v[i];
	return NULL;
}

static void load_init(const struct pricing *p, struct load *l)
{
	*l = (struct load){.rules = xcalloc(p->n_old + p->n_new + 2, sizeof(*l->rules)),
			   .in_bucket = xcalloc(p->d->n_buckets + 1, sizeof(*l->in_bucket)),
			   .checks = xcalloc(p->d->n_buckets + 1, sizeof(*l->checks)),
			   .ns = xcalloc(p->d->n_buckets + 1, sizeof(*l->ns))};
}

static void load_release(struct load *l)
{
	free(l->rules);
	free(l->in_bucket);
	free(l->checks);
	free(l->ns);
}

static void load_add(const struct pricing *p, struct load *l, const struct part *part)
{
	if (!part)
		return;
	l->rules[l->n++] = (struct select_rule){part->rule->name, part->rule->scs};
	for (size_t i = 0; i < p->d->n_buckets; i++) {
		l->in_bucket[i] += part->tried[i];
		l->checks[i] += part->checks[i];
		l->ns[i] += part->ns[i];
	}
}

/* The rules of a side, with one of them replaced by one of the other side; either may be NULL. */
static void load_with(const struct pricing *p, struct load *l, const struct part *v, size_t n,
		      const struct rule *out, const struct part *in)
{
	load_init(p, l);
	for (size_t i = 0; i < n; i++)
		if (v[i].rule != out)
			load_add(p, l, &v[i]);
	load_add(p, l, in);
}

/* ---- totals ---- */

static size_t set_size(const struct catalogue *cat, struct bitset set)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(cat, set, &names);
	return names.n;
}

static void add_rates(const struct pricing *p, const struct load *l, const struct selection *sel,
		      struct diff_total *t)
{
	for (size_t i = 0; i < p->d->n_buckets; i++) {
		const struct diff_bucket *b = &p->d->buckets[i];

		if (!rate_selects(sel, b->name) && !bitset_has(&sel->final, b->sc))
			continue;
		t->evts_per_s += b->evts_per_s;
		t->evals_per_s += b->seen_per_s * (double)l->in_bucket[i];
		t->checks_per_s += b->seen_per_s * l->checks[i];
		t->engine_cpu += b->seen_per_s * event_ns(p, i, l) / 1e9;
		t->kernel_cpu += b->evts_per_s * p->price->kernel_ns / 1e9;
	}
	t->engine_cpu += wake_cpu(p->price->wake_ns / 1e9, t->evts_per_s, t->engine_cpu);
}

static void total_of(const struct pricing *p, const struct load *l, const struct select_input *like,
		     struct diff_total *t)
{
	struct select_input in = *like;
	struct selection sel = SELECTION_INIT;

	in.rules = l->rules;
	in.n_rules = l->n;
	selection_compute(&in, &sel);
	*t = (struct diff_total){.n_rules = l->n,
				 .set_size = set_size(p->d->cat, sel.final),
				 .final = sel.final,
				 .evts_p99 = (double)NAN};
	if (p->in->host)
		add_rates(p, l, &sel, t);
	else
		t->evts_per_s = t->evals_per_s = t->checks_per_s = t->engine_cpu = t->kernel_cpu =
			(double)NAN;
	selection_release(&sel);
}

static double p99_of(const struct pricing *p, const struct diff_side *side)
{
	const struct rate_set set = {.sel = side->sel,
				     .in = side->in,
				     .drop_failed_exit = p->in->drop_failed_exit,
				     .enter_events = p->in->enter_events};
	struct rate r;

	if (!p->in->host)
		return (double)NAN;
	rate_predict(p->in->host, &set, &r);
	rate_release(&r);
	return r.p99;
}

static void price_sides(struct pricing *p)
{
	struct diff *d = p->d;
	struct load old, new;
	bool same = bitset_equal(d->old.final, d->new.final);

	load_with(p, &old, p->old, p->n_old, NULL, NULL);
	load_with(p, &new, p->new, p->n_new, NULL, NULL);
	total_of(p, &old, p->in->old.in, &d->old);
	total_of(p, &new, p->in->new.in, &d->new);
	d->old.evts_p99 = p99_of(p, &p->in->old);
	d->new.evts_p99 = p99_of(p, &p->in->new);
	for (size_t i = 0; i < d->n_buckets; i++) {
		struct diff_bucket *b = &d->buckets[i];

		b->rules_old = old.in_bucket[i];
		b->rules_new = new.in_bucket[i];
		b->checks_old = old.checks[i];
		b->checks_new = new.checks[i];
		if (b->in_old || b->in_new)
			same = same && b->rules_old == b->rules_new &&
			       fabs(b->checks_old - b->checks_new) < 1e-9;
	}
	d->same_cost = same;
	load_release(&old);
	load_release(&new);
}

/* ---- rows ---- */

/* Mean over the traced buckets of the rule, by rate where any is known. */
static double mean_checks(const struct pricing *p, const struct part *part, bool new)
{
	double sum = 0, weight = 0, plain = 0, n = 0;

	for (size_t i = 0; part && i < p->d->n_buckets; i++) {
		const struct diff_bucket *b = &p->d->buckets[i];
		double w = b->seen_per_s > 0 ? b->seen_per_s : 0;

		if (!part->tried[i] || !(new ? b->in_new : b->in_old))
			continue;
		sum += w * part->checks[i];
		weight += w;
		plain += part->checks[i];
		n++;
	}
	return weight > 0 ? sum / weight : n > 0 ? plain / n : (double)NAN;
}

/* High-volume calls that the change asks for and does not get. */
static struct bitset ignored_of(const struct pricing *p, const struct diff_row *r)
{
	struct bitset asked = bitset_minus(r->scs_new, r->scs_old);

	return bitset_minus(bitset_and(asked, cat_ignored_scs(p->d->cat)), p->d->new.final);
}

static double rate_of(const struct pricing *p, struct bitset set)
{
	double sum = 0;

	for (size_t i = 0; i < p->d->n_buckets; i++)
		if (bitset_has(&set, p->d->buckets[i].sc))
			sum += p->d->buckets[i].evts_per_s;
	return p->in->host ? sum : (double)NAN;
}

static void price_row(struct pricing *p, struct diff_row *r)
{
	const struct part *old = r->active_old ? find_part(p->old, p->n_old, r->old) : NULL;
	const struct part *new = r->active_new ? find_part(p->new, p->n_new, r->new) : NULL;
	struct load l;

	r->walked_old = mean_checks(p, old, false);
	r->walked_new = mean_checks(p, new, true);
	r->ignored_per_s = rate_of(p, r->ignored);
	load_with(p, &l, p->old, p->n_old, r->old, new);
	total_of(p, &l, p->in->old.in, &r->alone);
	load_release(&l);
	load_with(p, &l, p->new, p->n_new, r->new, old);
	total_of(p, &l, p->in->new.in, &r->without);
	load_release(&l);
	r->gained = bitset_minus(r->alone.final, p->d->old.final);
	r->lost = bitset_minus(p->d->old.final, r->alone.final);
}

void diff_price(const struct diff_input *in, struct diff *d)
{
	struct pricing p = {.in = in,
			    .d = d,
			    .price = in->price ? in->price : &price_defaults,
			    .walk = {.cat = d->cat, .enter_events = in->enter_events}};
	struct walk_prices hooks;

	known_make(&p.known, in->profiles, in->n_profiles);
	p.priced = p.walk;
	p.prices = (struct rule_prices){.known = &p.known, .params = in->params};
	if (in->params) {
		hooks = rule_prices_hooks(&p.prices);
		p.priced.prices = &hooks;
	}

	d->old.final = in->old.sel->final;
	d->new.final = in->new.sel->final;
	for (size_t i = 0; i < d->n; i++)
		d->rows[i].ignored = ignored_of(&p, &d->rows[i]);
	make_buckets(&p);
	p.n_old = make_parts(&p, in->old.rules, &p.old);
	p.n_new = make_parts(&p, in->new.rules, &p.new);
	price_sides(&p);
	for (size_t i = 0; i < d->n; i++)
		price_row(&p, &d->rows[i]);
	release_parts(p.old, p.n_old);
	release_parts(p.new, p.n_new);
	walk_release(&p.walk);
	walk_release(&p.priced);
	rule_prices_release(&p.prices);
	known_release(&p.known);
	free(p.codes);
	free(p.code);
}

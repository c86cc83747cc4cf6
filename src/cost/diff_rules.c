/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules are which, and what of each changed. */
#include "cost/diff_private.h"

#include "base/mem.h"
#include "rules/fields.h"

#include <string.h>

struct pairing {
	const struct diff_input *in;
	struct diff *d;
	struct meanings m;
	uint32_t *known[2]; /* of the rules of the old and the new side, + 1; 0: not asked yet */
};

static uint32_t meaning_of_rule(struct pairing *p, bool new, const struct rule *r)
{
	const struct ruleset *rs = new ? p->in->new.rules : p->in->old.rules;
	uint32_t *known = &p->known[new][r - rs->rules];

	if (!*known)
		*known = meaning_of(&p->m, r->ast) + 1;
	return *known - 1;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The same words, whatever is between them. */
static bool same_words(const char *a, const char *b)
{
	static const char blanks[] = " \t\r\n";

	for (;;) {
		size_t n, k;

		a += strspn(a, blanks);
		b += strspn(b, blanks);
		n = strcspn(a, blanks);
		k = strcspn(b, blanks);
		if (n != k || strncmp(a, b, n) != 0)
			return false;
		if (!n)
			return true;
		a += n;
		b += k;
	}
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* ---- conditions ---- */

/* A rule that was not compiled (another source, an unknown field) has its text only. */
static bool same_condition(struct pairing *p, const struct rule *a, const struct rule *b)
{
	if (!a->ast || !b->ast)
		return !a->ast && !b->ast &&
		       same_words(or_empty(a->condition), or_empty(b->condition));
	return bitset_equal(a->codes, b->codes) && bitset_equal(a->scs, b->scs) &&
	       meaning_of_rule(p, false, a) == meaning_of_rule(p, true, b);
}

/* The same function of other checks or of the same ones: `a and b or a and c` for `a and (b or c)`.
 */
static bool same_logic(struct pairing *p, const struct rule *a, const struct rule *b)
{
	return a->ast && b->ast && bitset_equal(a->codes, b->codes) &&
	       bitset_equal(a->scs, b->scs) &&
	       meaning_same_logic(&p->m, meaning_of_rule(p, false, a), meaning_of_rule(p, true, b));
}

static bool same_order(struct pairing *p, const struct rule *a, const struct rule *b)
{
	return !a->ast || !b->ast ||
	       meaning_in_order(&p->m, a->ast) == meaning_in_order(&p->m, b->ast);
}

/* The condition without its exceptions. */
static uint32_t bare_meaning(struct pairing *p, const struct ruleset *rs, const struct rule *r)
{
	size_t n = ruleset_exception_parts(rs, r);

	return n ? meaning_of_all(&p->m, r->ast->kids, r->ast->n - n) : meaning_of(&p->m, r->ast);
}

static bool only_exceptions(struct pairing *p, const struct rule *a, const struct rule *b)
{
	const struct ruleset *x = p->in->old.rules, *y = p->in->new.rules;

	return a->ast && b->ast &&
	       (ruleset_exception_parts(x, a) || ruleset_exception_parts(y, b)) &&
	       bare_meaning(p, x, a) == bare_meaning(p, y, b);
}

static const struct named_item *find_item(const struct named_item *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].name, name))
			return &v[i];
	return NULL;
}

static bool same_items(const struct strvec *a, const struct strvec *b)
{
	struct strvec x cleanup_strvec = STRVEC_INIT, y cleanup_strvec = STRVEC_INIT;
	bool same;

	strvec_copy(&x, a);
	strvec_copy(&y, b);
	strvec_sort_once(&x);
	strvec_sort_once(&y);
	same = x.n == y.n;
	for (size_t i = 0; same && i < x.n; i++)
		same = !strcmp(x.v[i], y.v[i]);
	return same;
}

static bool same_macro(struct pairing *p, const struct named_item *a, const struct named_item *b)
{
	return a && b && a->ast && b->ast &&
	       meaning_in_order(&p->m, a->ast) == meaning_in_order(&p->m, b->ast);
}

/* The condition as written is the same, so macros and lists that it names must differ. */
static void find_through(struct pairing *p, const struct rule *a, const struct rule *b,
			 struct strvec *out)
{
	const struct ruleset *x = p->in->old.rules, *y = p->in->new.rules;
	struct strvec macros cleanup_strvec = STRVEC_INIT, lists cleanup_strvec = STRVEC_INIT;

	if (!a->ast || !b->ast || !same_words(a->condition, b->condition))
		return;
	ruleset_references(y, b->condition, &macros, &lists);
	for (size_t i = 0; i < macros.n; i++)
		if (!same_macro(p, find_item(x->macros, x->n_macros, macros.v[i]),
				find_item(y->macros, y->n_macros, macros.v[i])))
			strvec_pushf(out, "macro %s", macros.v[i]);
	for (size_t i = 0; i < lists.n; i++) {
		const struct named_item *k = find_item(x->lists, x->n_lists, lists.v[i]);
		const struct named_item *l = find_item(y->lists, y->n_lists, lists.v[i]);

		if (!k || !l || !same_items(&k->items_compiled, &l->items_compiled))
			strvec_pushf(out, "list %s", lists.v[i]);
	}
}

static unsigned condition_parts(struct pairing *p, const struct rule *a, const struct rule *b)
{
	if (same_condition(p, a, b))
		return same_order(p, a, b) ? 0 : DIFF_ORDER;
	if (same_logic(p, a, b))
		return DIFF_ORDER;
	return only_exceptions(p, a, b) ? DIFF_EXCEPTIONS : DIFF_CONDITION;
}

/* ---- the rest of a rule ---- */

static void compare_metadata(const struct rule *a, const struct rule *b, struct strvec *out)
{
	const struct {
		const char *key;
		bool same;
	} all[] = {
		{"source", same_text(a->source, b->source)},
		{"desc", same_words(or_empty(a->desc), or_empty(b->desc))},
		{"priority", a->priority == b->priority},
		{"tags", same_items(&a->tags, &b->tags)},
		{"capture", a->capture == b->capture},
		{"capture_duration", a->capture_duration == b->capture_duration},
		{"warn_evttypes", a->warn_evttypes == b->warn_evttypes},
		{"skip-if-unknown-filter", a->skip_unknown_filter == b->skip_unknown_filter},
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!all[i].same)
			strvec_push(out, all[i].key);
}

static const char *output_of(const struct rule *r)
{
	return or_empty(r->output_built ? r->output_built : r->output);
}

/* ---- names of what came and went ---- */

/* Names of a that b has not. */
static void names_minus(const struct strvec *a, const struct strvec *b, struct strvec *out)
{
	for (size_t i = 0; i < a->n; i++)
		if (!strvec_has(b, a->v[i]))
			strvec_push(out, a->v[i]);
}

static void compare_names(const struct strvec *old, const struct strvec *new, struct strvec *gained,
			  struct strvec *lost)
{
	names_minus(new, old, gained);
	names_minus(old, new, lost);
}

static void compare_events(const struct catalogue *cat, struct diff_row *r)
{
	struct strvec old cleanup_strvec = STRVEC_INIT, new cleanup_strvec = STRVEC_INIT;
	struct strvec old_calls cleanup_strvec = STRVEC_INIT,
				new_calls cleanup_strvec = STRVEC_INIT;

	cat_codes_to_names(cat, r->codes_old, &old);
	cat_codes_to_names(cat, r->codes_new, &new);
	compare_names(&old, &new, &r->events_gained, &r->events_lost);
	cat_scs_to_names(cat, r->scs_old, &old_calls);
	cat_scs_to_names(cat, r->scs_new, &new_calls);
	compare_names(&old_calls, &new_calls, &r->calls_gained, &r->calls_lost);
}

static void compare_fields(struct diff_row *r)
{
	struct strvec old_tests cleanup_strvec = STRVEC_INIT,
				new_tests cleanup_strvec = STRVEC_INIT;
	struct strvec old cleanup_strvec = STRVEC_INIT, new cleanup_strvec = STRVEC_INIT;

	if (r->old && r->old->ast)
		walk_fields(r->old->ast, &old);
	if (r->new && r->new->ast)
		walk_fields(r->new->ast, &new);
	compare_names(&old, &new, &r->fields_gained, &r->fields_lost);
	if (r->old && r->new && r->old->ast && r->new->ast) {
		walk_texts(r->old->ast, &old_tests);
		walk_texts(r->new->ast, &new_tests);
		compare_names(&old_tests, &new_tests, &r->tests_gained, &r->tests_lost);
	}
	r->checks_old = r->old && r->old->ast ? walk_count(r->old->ast) : 0;
	r->checks_new = r->new && r->new->ast ? walk_count(r->new->ast) : 0;
}

static void output_fields(const struct pairing *p, const struct rule *rule, struct strvec *out)
{
	if (!rule || !rule->output)
		return;
	output_fields_of(p->in->opt, rule->output_built ? rule->output_built : rule->output, out);
	strvec_sort_once(out);
}

static void compare_outputs(const struct pairing *p, struct diff_row *r)
{
	struct strvec old cleanup_strvec = STRVEC_INIT, new cleanup_strvec = STRVEC_INIT;

	output_fields(p, r->old, &old);
	output_fields(p, r->new, &new);
	compare_names(&old, &new, &r->output_gained, &r->output_lost);
}

static void complete_row(struct pairing *p, struct diff_row *r)
{
	r->active_old = r->old && rule_is_active(r->old, p->in->opt);
	r->active_new = r->new &&rule_is_active(r->new, p->in->opt);
	if (r->active_old) {
		r->codes_old = r->old->codes;
		r->scs_old = r->old->scs;
	}
	if (r->active_new) {
		r->codes_new = r->new->codes;
		r->scs_new = r->new->scs;
	}
	compare_events(p->d->cat, r);
	compare_fields(r);
	compare_outputs(p, r);
}

/* ---- pairs ---- */

static struct diff_row *add_row(struct diff *d, enum diff_kind kind, const struct rule *old,
				const struct rule *new)
{
	struct diff_row *r = &d->rows[d->n++];

	*r = (struct diff_row){.kind = kind, .old = old, .new = new};
	return r;
}

/* A row when anything of it changed. */
static void compare_pair(struct pairing *p, enum diff_kind kind, const struct rule *a,
			 const struct rule *b)
{
	struct diff_row *r = add_row(p->d, kind, a, b);

	r->parts = condition_parts(p, a, b);
	if (r->parts & (DIFF_CONDITION | DIFF_ORDER))
		find_through(p, a, b, &r->through);
	compare_metadata(a, b, &r->metadata);
	if (!same_text(output_of(a), output_of(b)))
		r->parts |= DIFF_OUTPUT;
	if (r->metadata.n)
		r->parts |= DIFF_METADATA;
	if (kind == DIFF_CHANGED && a->enabled != b->enabled)
		r->kind = b->enabled ? DIFF_ENABLED : DIFF_DISABLED;
	if (r->kind == DIFF_CHANGED && !r->parts) {
		diff_row_release(r);
		p->d->n--;
		p->d->n_same++;
		return;
	}
	complete_row(p, r);
}

static bool is_used(const struct diff *d, const struct rule *old)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->rows[i].old == old)
			return true;
	return false;
}

/* A rule of the old side that the new one has not, with the meaning of this new one. */
static const struct rule *former_name(struct pairing *p, const struct rule *new)
{
	const struct ruleset *x = p->in->old.rules;

	for (size_t i = 0; i < x->n; i++) {
		const struct rule *r = &x->rules[i];

		if (!ruleset_find(p->in->new.rules, r->name) && same_text(r->source, new->source) &&
		    r->enabled == new->enabled && !is_used(p->d, r) && same_condition(p, r, new))
			return r;
	}
	return NULL;
}

static void pair_new(struct pairing *p, const struct rule *new)
{
	const struct rule *old = ruleset_find(p->in->old.rules, new->name);

	if (old) {
		compare_pair(p, DIFF_CHANGED, old, new);
		return;
	}
	old = former_name(p, new);
	if (old)
		compare_pair(p, DIFF_RENAMED, old, new);
	else
		complete_row(p, add_row(p->d, DIFF_ADDED, NULL, new));
}

/* Do the rules that both have come in the same order? */
static bool is_reordered(const struct ruleset *x, const struct ruleset *y)
{
	const struct rule *last = NULL;

	for (size_t i = 0; i < y->n; i++) {
		const struct rule *r = ruleset_find(x, y->rules[i].name);

		if (r && last && r < last)
			return true;
		last = r ? r : last;
	}
	return false;
}

void diff_row_release(struct diff_row *r)
{
	struct strvec *all[] = {&r->metadata,	   &r->through,	      &r->events_gained,
				&r->events_lost,   &r->calls_gained,  &r->calls_lost,
				&r->fields_gained, &r->fields_lost,   &r->tests_gained,
				&r->tests_lost,	   &r->output_gained, &r->output_lost};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		strvec_release(all[i]);
}

void diff_pair_rules(const struct diff_input *in, struct diff *d)
{
	const struct ruleset *x = in->old.rules, *y = in->new.rules;
	struct pairing p = {.in = in, .d = d};

	p.known[0] = xcalloc(x->n + 1, sizeof(*p.known[0]));
	p.known[1] = xcalloc(y->n + 1, sizeof(*p.known[1]));
	d->rows = xcalloc(x->n + y->n + 1, sizeof(*d->rows));
	for (size_t i = 0; i < y->n; i++)
		pair_new(&p, &y->rules[i]);
	for (size_t i = 0; i < x->n; i++)
		if (!ruleset_find(y, x->rules[i].name) && !is_used(d, &x->rules[i]))
			complete_row(&p, add_row(d, DIFF_REMOVED, &x->rules[i], NULL));
	d->reordered = is_reordered(x, y);
	meanings_release(&p.m);
	free(p.known[0]);
	free(p.known[1]);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/advice.h"

#include "advise/advise.h"
#include "advise/blocks.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

const char *const advice_kind_names[] = {
	[ADVICE_VERDICT] = "verdict",	     [ADVICE_CASE] = "measured-case",
	[ADVICE_BASE] = "base-set",	     [ADVICE_FAILED_CALLS] = "failed-calls",
	[ADVICE_RULES] = "rules-to-disable", [ADVICE_CALL] = "call-left-out",
	[ADVICE_BUFFERS] = "larger-preset",  [ADVICE_KINDS] = NULL,
};

struct advice_item *advice_add(struct advice *out, enum advice_kind kind)
{
	struct advice_item *f;

	ALLOC_GROW(out->v, out->n, out->alloc);
	f = &out->v[out->n++];
	*f = (struct advice_item){.kind = kind, .gain = (double)NAN, .gain_per_s = (double)NAN};
	res_verification_init(&f->verification);
	return f;
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

/* NaN comes last. */
static int by_gain(const void *a, const void *b)
{
	const struct advice_item *x = a, *y = b;
	double gx = isnan(x->gain) ? -1 : x->gain, gy = isnan(y->gain) ? -1 : y->gain;

	if (gx != gy)
		return gx < gy ? 1 : -1;
	return strcmp(x->what, y->what);
}

void advice_sort(struct advice *out)
{
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_gain);
}

/* What a verdict's share is of. */
static const char *gain_of(const char *verdict)
{
	return !strcmp(verdict, "OUTPUT")   ? "alerts lost now"
	       : !strcmp(verdict, "STATE")  ? "events without state now"
	       : !strcmp(verdict, "PLUGIN") ? "events of plugins now"
					    : "events dropped now";
}

static bool is_nothing(const struct res_verdict *v)
{
	return !strcmp(v->name, "HEALTHY");
}

static struct advice_item *add_verdict(struct advice *out, const struct res_verdict *v)
{
	struct advice_item *f = advice_add(out, ADVICE_VERDICT);

	f->verdict = xstrdup(v->name);
	f->what = copy(v->next_step);
	f->gain = v->weight > 1 ? 1 : v->weight;
	f->gain_of = xstrdup(gain_of(v->name));
	strvec_copy(&f->evidence, &v->evidence);
	strvec_copy(&f->change, &v->change);
	/* A preset is named only where it covers the burst. */
	f->covers = !strcmp(v->name, verdict_names[VERDICT_BURST]);
	return f;
}

void advice_of_verdicts(const struct verdict_list *l, const char *where, struct advice *out)
{
	for (size_t i = 0; i < l->n; i++)
		if (!is_nothing(&l->v[i]))
			add_verdict(out, &l->v[i])->where = copy(where);
	advice_sort(out);
}

/* ---- results of a run ---- */

/* A case with a verdict's settings, as far as blocks can say them. Borrows everything. */
static bool with_change(struct res_case *c, const struct strvec *change, bool *repair)
{
	bool all = change->n > 0;

	*repair = c->repair;
	for (size_t i = 0; i < change->n; i++) {
		const char *s = change->v[i], *eq = strchr(s, '='), *key = strrchr(s, '.');
		size_t n = eq && key && key < eq ? (size_t)(eq - key) : 0;

		if (n && !strncmp(key, ".buf_size_preset", n))
			c->preset = strtoll(eq + 1, NULL, 10);
		else if (n && !strncmp(key, ".cpus_for_each_buffer", n))
			c->cpus_per_buffer = strtoll(eq + 1, NULL, 10);
		else if (n && !strncmp(key, ".repair", n))
			*repair = true;
		else
			all = false;
	}
	return all;
}

/* Whole blocks, since a later file's block replaces an earlier one's; other settings as -o only. */
static void add_blocks(struct advice_item *f, const struct res_case *of)
{
	struct res_case c = *of;
	struct strbuf flags = STRBUF_INIT;
	bool repair;

	if (!f->change.n)
		return;
	if (with_change(&c, &f->change, &repair)) {
		char *title cleanup_free = xasprintf("falcotune: %s, case %s", f->verdict, of->key);

		f->yaml = blocks_yaml(&c, repair, title);
		f->flags = blocks_flags(&c, repair);
		f->helm = blocks_helm(&c, repair, title);
		return;
	}
	for (size_t i = 0; i < f->change.n; i++)
		strbuf_addf(&flags, "-o %s\n", f->change.v[i]);
	f->flags = strbuf_detach(&flags);
}

/* The case in which a verdict weighs most, and all that have it. */
static const struct res_case *heaviest(const struct results *r, const char *name,
				       const struct res_verdict **v, struct strbuf *where)
{
	const struct res_case *best = NULL;

	for (size_t i = 0; i < r->n_cases; i++)
		for (size_t k = 0; k < r->cases[i].n_verdicts; k++) {
			const struct res_verdict *w = &r->cases[i].verdicts[k];

			if (strcmp(w->name, name) != 0)
				continue;
			strbuf_addf(where, "%s%s", where->len ? ", " : "", r->cases[i].key);
			if (!best || w->weight > (*v)->weight) {
				best = &r->cases[i];
				*v = w;
			}
		}
	return best;
}

/* The case that stands for what there is now: the reference, else the one that drops most. */
static const struct res_case *present(const struct results *r)
{
	const struct res_case *worst = NULL;

	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *c = &r->cases[i];

		if (!c->sum.n_ok || isnan(c->sum.drop_rate))
			continue;
		if (c->reference)
			return c;
		if (!worst || c->sum.drop_rate > worst->sum.drop_rate)
			worst = c;
	}
	return worst;
}

static void add_recommendation(const struct results *r, struct advice *out)
{
	const struct res_recommendation *rec = &r->rec;
	const struct res_case *now = present(r), *pick = NULL;
	struct advice_item *f;

	for (size_t i = 0; rec->case_key && i < r->n_cases; i++)
		if (!strcmp(r->cases[i].key, rec->case_key))
			pick = &r->cases[i];
	if (!pick || !rec->yaml)
		return;
	f = advice_add(out, ADVICE_CASE);
	f->what =
		xasprintf("%s base_syscalls and buffers of case %s",
			  r->dummy_rules ? "as a diagnosis, not yet a recommendation:" : "use the",
			  pick->key);
	f->where = xstrdup(pick->key);
	f->covers = true;
	if (now && !isnan(pick->sum.drop_rate)) {
		f->gain = fmax(now->sum.drop_rate - pick->sum.drop_rate, 0);
		f->gain_of = xasprintf("events that case %s drops and this one does not", now->key);
	}
	strvec_push(&f->evidence, rec->reason ? rec->reason : "");
	strvec_copy(&f->evidence, &rec->warnings);
	f->yaml = copy(rec->yaml);
	f->flags = copy(rec->flags);
	f->helm = copy(rec->helm);
}

void advice_of_results(const struct results *r, struct advice *out)
{
	add_recommendation(r, out);
	for (enum verdict i = 0; i < VERDICT_N; i++) {
		struct strbuf where cleanup_strbuf = STRBUF_INIT;
		const struct res_verdict *v = NULL;
		const struct res_case *c = heaviest(r, verdict_names[i], &v, &where);
		struct advice_item *f;

		if (!c || is_nothing(v))
			continue;
		f = add_verdict(out, v);
		f->where = strbuf_detach(&where);
		add_blocks(f, c);
	}
	advice_sort(out);
}

void advice_release(struct advice *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct advice_item *x = &f->v[i];
		char *strings[] = {x->verdict, x->what,	 x->where, x->gain_of,
				   x->yaml,    x->flags, x->helm,  x->no_dropin};

		for (size_t k = 0; k < ARRAY_SIZE(strings); k++)
			free(strings[k]);
		strvec_release(&x->evidence);
		strvec_release(&x->change);
		res_verification_release(&x->verification);
	}
	strvec_release(&f->notes);
	free(f->v);
	*f = (struct advice){0};
}

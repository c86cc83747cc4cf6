/* SPDX-License-Identifier: Apache-2.0 */
/* Likelihoods that profiles counted, and the prices of a rule's checks. */
#include "cost/model_private.h"

#include "base/mem.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Items of a list in any order are the same check; the caller frees. */
static char *key_of(const char *rule, const char *text)
{
	struct strbuf key = STRBUF_INIT;
	struct strvec items cleanup_strvec = STRVEC_INIT;
	const char *list = strstr(text, " (");
	size_t len = strlen(text);

	strbuf_addf(&key, "%s\1", rule);
	if (!list || text[len - 1] != ')') {
		strbuf_addstr(&key, text);
		return strbuf_detach(&key);
	}
	for (const char *at = list + 2, *end; at < text + len; at = end + 2) {
		end = strstr(at, ", ");
		end = end ? end : text + len - 1;
		strvec_pushf(&items, "%.*s", (int)(end - at), at);
	}
	qsort(items.v, items.n, sizeof(*items.v), compare_texts);
	strbuf_add(&key, text, (size_t)(list - text));
	for (size_t i = 0; i < items.n; i++)
		strbuf_addf(&key, "%s%s", i ? "," : " (", items.v[i]);
	return strbuf_detach(&key);
}

static void add(struct known *k, const char *rule, const struct ep_check *c)
{
	char *key cleanup_free = key_of(rule, c->text);
	struct known_check *v = strmap_get(&k->map, key);

	if (!v) {
		v = xcalloc(1, sizeof(*v));
		strmap_put(&k->map, key, v);
		ALLOC_GROW(k->v, k->n, k->alloc);
		k->v[k->n++] = v;
	}
	v->evaluations += c->evaluations;
	v->is_true += c->is_true;
}

void known_make(struct known *k, const struct eprofile *const *v, size_t n)
{
	*k = (struct known){0};
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < v[i]->n_rules; r++) {
			const struct ep_rule *rule = &v[i]->rules[r];

			for (size_t c = 0; c < rule->n_checks; c++) {
				if (rule->checks[c].evaluations <= 0)
					continue;
				add(k, rule->name, &rule->checks[c]);
				add(k, "", &rule->checks[c]);
			}
		}
}

void known_release(struct known *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->v[i]);
	free(k->v);
	strmap_release(&k->map);
}

double known_find(const struct known *k, const char *rule, const char *text, bool *in_rule)
{
	const char *const where[] = {rule, ""};

	for (size_t i = 0; i < ARRAY_SIZE(where); i++) {
		char *key cleanup_free = key_of(where[i], text);
		const struct known_check *v = strmap_get(&k->map, key);

		*in_rule = i == 0;
		if (v)
			return (double)v->is_true / (double)v->evaluations;
	}
	*in_rule = false;
	return (double)NAN;
}

const struct ep_rule *known_rule(const struct eprofile *p, const char *name)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i].evaluated && !strcmp(p->rules[i].name, name))
			return &p->rules[i];
	return NULL;
}

const struct ep_work *known_work(const struct eprofile *const *v, size_t n, const char *rule,
				 const char *event)
{
	for (size_t i = 0; i < n; i++) {
		const struct ep_rule *r = known_rule(v[i], rule);

		for (size_t k = 0; r && k < r->n_events; k++)
			if (r->by_event[k].event && !strcmp(r->by_event[k].event, event) &&
			    r->by_event[k].work.evaluations > 0)
				return &r->by_event[k].work;
	}
	return NULL;
}

/* ---- prices of a rule ---- */

void rule_prices_start(struct rule_prices *r, const char *rule)
{
	r->rule = rule;
	r->any_known = false;
	ptrtable_clear(&r->slots);
}

void rule_prices_release(struct rule_prices *r)
{
	ptrtable_release(&r->slots);
}

static void look_up(struct rule_prices *r, struct price_slot *s)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct cost_kind kind = cost_kind_of(s->check);
	bool in_rule;

	s->ns = cost_check_ns(r->params, &kind);
	s->p = (double)NAN;
	if (r->known->n) {
		ast_print(s->check, &text);
		s->p = known_find(r->known, r->rule, text.buf, &in_rule);
		r->any_known = r->any_known || in_rule;
	}
	if (isnan(s->p))
		s->p = cost_selectivity(r->params, s->check->op);
}

static const struct price_slot *find(struct rule_prices *r, const struct ast *check)
{
	struct price_slot *s;

	r->slots.size = sizeof(*s);
	s = ptrtable_at(&r->slots, check);
	if (!s->check) {
		s->check = check;
		look_up(r, s);
	}
	return s;
}

static double price_ns(void *arg, const struct ast *check)
{
	return find(arg, check)->ns;
}

static double price_likelihood(void *arg, const struct ast *check)
{
	return find(arg, check)->p;
}

struct walk_prices rule_prices_hooks(struct rule_prices *r)
{
	return (struct walk_prices){.ns = price_ns,
				    .likelihood = price_likelihood,
				    .arg = r,
				    .types_free = r->params->engine == COST_EMBEDDED};
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a search found, in words to paste: rules, custom_set, and what is no longer watched. */
#include "tune/search_private.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "syscalls/ledger.h"

#include <string.h>

/* A scalar in double quotes, which JSON and YAML read alike. */
static void add_quoted(struct strbuf *out, const char *text)
{
	json_t *s = utf8_json(text);
	char *quoted = json_dumps(s, JSON_ENCODE_ANY);

	strbuf_addstr(out, quoted ? quoted : "\"\"");
	free(quoted);
	json_decref(s);
}

static void add_entry(struct strbuf *out, const struct rules_select *s)
{
	strbuf_addf(out, "  - %s:\n", s->enable ? "enable" : "disable");
	if (s->rule) {
		strbuf_addstr(out, "      rule: ");
		add_quoted(out, s->rule);
		strbuf_addch(out, '\n');
	}
	if (s->tag) {
		strbuf_addstr(out, "      tag: ");
		add_quoted(out, s->tag);
		strbuf_addch(out, '\n');
	}
}

/* The user's own entries stay: the list of a later file replaces that of falco.yaml. */
static void add_rules(const struct search *w, struct strbuf *out)
{
	const struct config *c = &w->matrix.config;

	if (!c->n_rules && w->result->n_kept == w->n_rules)
		return;
	strbuf_addstr(out, "rules:\n");
	for (size_t i = 0; i < c->n_rules; i++)
		add_entry(out, &c->rules[i]);
	for (size_t i = 0; i < w->n_rules; i++)
		if (!w->result->kept[i])
			add_entry(out, &(struct rules_select){.rule = w->rules[i].name});
}

static void add_base(const struct search *w, struct strbuf *out)
{
	strbuf_addstr(out, "base_syscalls:\n  custom_set:\n");
	for (size_t i = 0; i < w->custom_set.n; i++)
		strbuf_addf(out, "    - %s\n", w->custom_set.v[i]);
	strbuf_addf(out, "  repair: false\n  all: %s\n", w->input.all ? "true" : "false");
}

static void fill_custom_set(struct search *w)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(w->matrix.cat, giveup_set(&w->input, w->result->kept), &names);
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], "procexit")) /* always traced */
			strvec_push(&w->custom_set, names.v[i]);
}

static size_t index_of(const struct search *w, const char *rule)
{
	size_t i = 0;

	while (w->rules[i].name != rule)
		i++;
	return i;
}

/* The ledger over all rules, against what the result traces. */
static void fill_ledger(struct search *w)
{
	struct select_rule *kept cleanup_free = xcalloc(w->n_rules + 1, sizeof(*kept));
	struct select_input all = w->result->kind == SEARCH_WHOLE
					  ? (struct select_input){0}
					  : (struct select_input){.cat = w->matrix.cat,
								  .rules = kept,
								  .all = w->input.all};
	struct selection sel = SELECTION_INIT;
	struct ledger ledger;

	if (w->result->kind == SEARCH_WHOLE &&
	    !matrix_select_input(&w->matrix, &w->matrix.v[0], &all))
		return;
	if (w->result->kind != SEARCH_WHOLE) {
		all.custom_set = (const char *const *)w->custom_set.v;
		all.n_custom = w->custom_set.n;
		for (size_t i = 0; i < w->n_rules; i++)
			if (w->result->kept[i])
				kept[all.n_rules++] = w->input_rules[i];
	}
	selection_compute(&all, &sel);
	all.rules = w->input_rules;
	all.n_rules = w->n_rules;
	ledger_compute(&all, &sel, &ledger);
	w->lost = xcalloc(w->n_rules + 1, sizeof(*w->lost));
	for (size_t i = 0; i < w->n_rules; i++) {
		struct search_lost *l = &w->lost[w->n_lost];

		*l = (struct search_lost){.rule = i, .disabled = !w->result->kept[i]};
		w->rules[i].lost = l->disabled;
		for (size_t k = 0; k < ledger.n; k++) {
			if (index_of(w, ledger.rows[k].rule) != i)
				continue;
			cat_scs_to_names(w->matrix.cat, ledger.rows[k].lost, &l->lost);
			l->blind = ledger.rows[k].blind;
		}
		if (l->disabled || l->lost.n)
			w->n_lost++;
	}
	cat_scs_to_names(w->matrix.cat, ledger.state_missing, &w->state_missing);
	ledger_release(&ledger);
	selection_release(&sel);
}

void search_describe(struct search *w, const struct search_options *o)
{
	static const struct strvec none = STRVEC_INIT;
	struct strbuf yaml = STRBUF_INIT;

	(void)o;
	if (w->result->kind != SEARCH_WHOLE) {
		fill_custom_set(w);
		add_rules(w, &yaml);
		add_base(w, &yaml);
		w->yaml = strbuf_detach(&yaml);
		search_sets(w, w->result, &none, &w->flags);
	}
	fill_ledger(w);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The syscall sets of the cases as a matrix. */
#include "report/chart.h"

#include "base/mem.h"
#include "report/content.h"

#include <string.h>

/* Words of the reasons in results, as a letter each; the same order as in the legend. */
static const struct {
	const char *word;
	char letter;
} reasons[] = {{"rule", 'R'}, {"state", 'S'}, {"custom", 'C'}, {"repair", 'P'}, {"always", 'A'}};

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

static const char *reason_of(const struct res_case *c, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < c->reasons.n; i++)
		if (!strncmp(c->reasons.v[i], name, len) && c->reasons.v[i][len] == ':')
			return c->reasons.v[i] + len + 1;
	return NULL;
}

static void cell(const struct res_case *c, const char *name, struct strvec *t)
{
	const char *why = reason_of(c, name);
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;

	if (strvec_has(&c->predicted, name)) {
		for (size_t i = 0; why && i < ARRAY_SIZE(reasons); i++)
			if (has_word(why, reasons[i].word))
				strbuf_addch(&sb, reasons[i].letter);
		if (!sb.len)
			strbuf_addch(&sb, 'x');
		if (strvec_has(&c->missing, name))
			strbuf_addch(&sb, '-');
	} else if (strvec_has(&c->extra, name)) {
		strbuf_addch(&sb, '+');
	}
	strvec_push(t, sb.buf);
}

void chart_sets(const struct results *r, struct doc *d)
{
	const struct res_case **v cleanup_free = content_cases(r);
	bool *right cleanup_free = xcalloc(r->n_cases + 1, sizeof(*right));
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct strvec *t;
	bool known = false;

	for (size_t i = 0; i < r->n_cases; i++) {
		strvec_copy(&names, &v[i]->predicted);
		strvec_copy(&names, &v[i]->extra);
		known = known || v[i]->reasons.n;
	}
	strvec_sort_once(&names);
	if (!names.n)
		return;
	doc_heading(d, 2, "Syscall sets");
	doc_para(d, "Why a syscall is in the set of a case: R a rule names it, S Falco's state "
		    "engine needs it, C base_syscalls.custom_set has it, P "
		    "base_syscalls.repair adds it, A it is always there; empty: not in the set.");
	doc_para(d,
		 "%sA - behind it: the engine's own dry run did not have it; + alone: only that "
		 "had it.",
		 known ? ""
		       : "These results have no reasons (they are of an earlier falcotune): x. ");
	t = doc_table(d, "Syscalls by case, with the reasons", r->n_cases + 1, right);
	strvec_push(t, "syscall");
	for (size_t i = 0; i < r->n_cases; i++)
		strvec_push(t, doc_known(v[i]->key));
	for (size_t k = 0; k < names.n; k++) {
		strvec_push(t, names.v[k]);
		for (size_t i = 0; i < r->n_cases; i++)
			cell(v[i], names.v[k], t);
	}
	strvec_push(t, "all");
	for (size_t i = 0; i < r->n_cases; i++)
		strvec_pushf(t, "%zu", v[i]->predicted.n);
}

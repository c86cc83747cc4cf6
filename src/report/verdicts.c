/* SPDX-License-Identifier: Apache-2.0 */
/* Why each case is as it is. */
#include "report/content.h"

#include "base/mem.h"

#include <string.h>

/* Cases whose numbers need no words: a healthy one and nothing beside. */
static bool is_plain(const struct res_case *c)
{
	return c->n_verdicts == 1 && !strcmp(c->verdicts[0].name, "HEALTHY");
}

static void plain_ones(const struct res_case **cases, size_t n, struct strbuf *out)
{
	for (size_t i = 0; i < n; i++)
		if (is_plain(cases[i]))
			strbuf_addf(out, "%s%s", out->len ? ", " : "HEALTHY: ", cases[i]->key);
}

static void one(const struct res_verdict *v, bool primary, struct strvec *items)
{
	struct strbuf sb = STRBUF_INIT;

	strbuf_addf(&sb, "%s%s: ", primary ? "" : "also ", v->name);
	strvec_join(&v->evidence, "; ", &sb);
	strbuf_addf(&sb, ". Next: %s.", v->next_step ? v->next_step : "");
	strvec_take(items, strbuf_detach(&sb));
}

void content_verdicts(const struct results *r, struct doc *d)
{
	const struct res_case **cases cleanup_free = content_cases(r);
	struct strbuf plain cleanup_strbuf = STRBUF_INIT;
	bool any = false;

	for (size_t i = 0; i < r->n_cases; i++)
		any = any || cases[i]->n_verdicts > 0;
	if (!any)
		return;
	doc_heading(d, 2, "Verdicts");
	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *c = cases[i];
		struct strvec *items;

		if (!c->n_verdicts || is_plain(c))
			continue;
		doc_heading(d, 3, c->key);
		items = doc_list(d);
		for (size_t k = 0; k < c->n_verdicts; k++)
			one(&c->verdicts[k], k == 0, items);
	}
	plain_ones(cases, r->n_cases, &plain);
	if (plain.len)
		doc_para(d, "%s", plain.buf);
}

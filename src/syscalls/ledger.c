/* SPDX-License-Identifier: Apache-2.0 */
#include "syscalls/ledger.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "syscalls/release.h"

void ledger_compute(const struct select_input *in, const struct selection *s, struct ledger *out)
{
	*out = (struct ledger){
		.rows = xcalloc(in->n_rules + 1, sizeof(*out->rows)),
		.state_missing = bitset_minus(cat_state_scs(s->cat), s->final),
	};
	for (size_t i = 0; i < in->n_rules; i++) {
		struct bitset want = in->rules[i].scs, lost = bitset_minus(want, s->final);
		bool blind = bitset_empty(bitset_and(want, s->final));

		if (bitset_empty(lost))
			continue;
		out->rows[out->n++] = (struct ledger_row){in->rules[i].name, lost, blind};
		out->n_blind += blind;
	}
}

void ledger_release(struct ledger *l)
{
	free(l->rows);
	*l = (struct ledger){0};
}

/* The scs behind a name that Falco prints. */
static struct bitset scs_of(const struct catalogue *c, const char *name)
{
	struct strvec one = {.v = (char *[]){(char *)name}, .n = 1};
	struct bitset scs = {0};
	size_t own = cat_sc_by_name(c, name);

	cat_names_to_scs(c, &one, &scs);
	if (own)
		bitset_add(&scs, own);
	return scs;
}

/* The negative of custom_set that took scs out, NULL when none. */
static const char *negative_for(const struct select_input *in, const struct catalogue *c,
				struct bitset scs)
{
	for (size_t i = 0; i < in->n_custom; i++) {
		const char *entry = in->custom_set[i];
		struct strvec one = {.v = (char *[]){(char *)entry + 1}, .n = 1};
		struct bitset set = {0};

		if (*entry != '!')
			continue;
		cat_names_to_scs(c, &one, &set);
		if (!bitset_empty(bitset_and(set, scs)))
			return entry;
	}
	return NULL;
}

void ledger_why_not(const struct select_input *in, const struct selection *s, const char *name,
		    struct strbuf *out)
{
	struct bitset scs = bitset_minus(scs_of(s->cat, name), s->final);
	const char *negative = negative_for(in, s->cat, scs);

	if (!cat_is_event_or_sc_name(s->cat, name))
		strbuf_addf(out, "unknown to Falco %s", s->cat->falco);
	else if (negative)
		strbuf_addf(out, "%s of custom_set", negative);
	else if (!bitset_empty(bitset_and(scs, s->ignored)))
		strbuf_addf(out, "high volume, ignored without %s",
			    release_of(s->cat)->all_key ? "base_syscalls.all" : "-A");
	else
		strbuf_addstr(out, "nothing asks for it");
}

static json_t *lost_to_json(const struct select_input *in, const struct selection *s,
			    struct bitset lost)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	json_t *out = json_array();

	cat_scs_to_names(s->cat, lost, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct strbuf why cleanup_strbuf = STRBUF_INIT;

		ledger_why_not(in, s, names.v[i], &why);
		json_array_append_new(out, json_pack("{s:s, s:o}", "name", names.v[i], "why",
						     utf8_json(why.buf)));
	}
	return out;
}

json_t *ledger_to_json(const struct select_input *in, const struct selection *s,
		       const struct ledger *l)
{
	struct strvec missing cleanup_strvec = STRVEC_INIT;
	json_t *rules = json_array(), *blind = json_array(), *state = json_array();

	for (size_t i = 0; i < l->n; i++) {
		const struct ledger_row *r = &l->rows[i];

		json_array_append_new(
			rules, json_pack("{s:o, s:o, s:b}", "rule", utf8_json(r->rule), "lost",
					 lost_to_json(in, s, r->lost), "blind", r->blind));
		if (r->blind)
			json_array_append_new(blind, utf8_json(r->rule));
	}
	cat_scs_to_names(s->cat, l->state_missing, &missing);
	for (size_t i = 0; i < missing.n; i++)
		json_array_append_new(state, json_string(missing.v[i]));
	return json_pack("{s:o, s:o, s:o}", "rules", rules, "blind", blind, "state_missing", state);
}

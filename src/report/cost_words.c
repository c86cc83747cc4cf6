/* SPDX-License-Identifier: Apache-2.0 */
#include "report/cost_words.h"

#include <math.h>

#define CHECK_SHOWN 60 /* bytes of a check */

void cost_words_origin(const struct cost_report *r, struct strbuf *out)
{
	const struct cost_params *p = r->in->params;

	strbuf_addf(out, "Estimated for %s, release %s, rule_matching %s. ",
		    p->engine == COST_EMBEDDED ? "the embedded engine" : "Falco", r->falco,
		    r->in->first ? "first" : "all");
	if (r->c->mix == COST_MIX_EVEN)
		strbuf_addstr(out,
			      "How often each type of event comes is unknown without --host, so "
			      "that each traced call counts alike and only costs per event "
			      "can be told. ");
	else if (r->c->mix == COST_MIX_HOST)
		strbuf_addf(out, "Events come as often as on the host of %s. ", r->host_file);
	else
		strbuf_addf(out, "Types of events are weighed as in %s. ", r->profile_files[0]);
	if (r->calibration_file || !isnan(p->error)) {
		strbuf_addf(out, "Parameters are calibrated on %s, %s, ",
			    p->host ? p->host : "an unknown host", p->date ? p->date : "unknown");
		if (!isnan(p->error))
			strbuf_addf(out, "error of a check's price %.0f%%.", 100 * p->error);
		else if (!isnan(p->whole_error)) /* of an engine that tells nothing of checks */
			strbuf_addf(out, "with %s, whose CPU they are off by %.0f%% in the mean.",
				    p->engine_version ? p->engine_version : "an unknown engine",
				    100 * p->whole_error);
		else
			strbuf_addstr(out, "error of a check's price unknown.");
	} else {
		strbuf_addstr(out, "Parameters are defaults, not calibrated on this host: use them "
				   "for ratios.");
	}
	if (!r->in->n_profiles)
		strbuf_addstr(out, " How likely checks are true is the stated default of their "
				   "operator, and no alerts are expected.");
}

static void add_cost(const struct cost_report *r, double ns, struct strbuf *out)
{
	if (r->c->mix == COST_MIX_HOST)
		strbuf_addf(out, "%.3g%%", ns / 1e7);
	else
		strbuf_addf(out, "%.3g ns", ns);
}

static void add_check(const struct ast *check, struct strbuf *out)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	ast_print(check, &text);
	if (text.len <= CHECK_SHOWN) {
		strbuf_addstr(out, text.buf);
		return;
	}
	strbuf_setlen(&text, CHECK_SHOWN);
	strbuf_addf(out, "%s...", text.buf);
}

void cost_words_lever(const struct cost_report *r, const struct cost_rule *v, struct strbuf *out)
{
	switch (v->lever) {
	case COST_NARROW: {
		struct strbuf calls cleanup_strbuf = STRBUF_INIT;
		struct bitset one = {0};

		bitset_add(&one, v->narrow_sc);
		cost_words_calls(r, one, 1, &calls);
		strbuf_addf(out, "narrow: without %s it saves ", calls.buf);
		add_cost(r, v->narrow, out);
		break;
	}
	case COST_REORDER:
		strbuf_addstr(out, "reorder: at most ");
		add_cost(r, v->reorder, out);
		strbuf_addstr(out, " with ");
		add_check(v->first, out);
		strbuf_addstr(out, " further to the front");
		break;
	case COST_DISABLE:
		strbuf_addstr(out, v->alone > 0 ? "disable" : "none: it costs nothing here");
		break;
	}
}

const char *cost_step_rule(const struct cost_report *r, size_t index)
{
	for (size_t i = 0; i < r->in->rules->n; i++)
		if (rule_is_active(&r->in->rules->rules[i], r->in->opt) && !index--)
			return r->in->rules->rules[i].name;
	return "unknown";
}

void cost_words_rules(const struct cost_report *r, const struct cost_step *s, size_t most,
		      struct strbuf *out)
{
	for (size_t i = 0; i < s->n && i < most; i++)
		strbuf_addf(out, "%s%s", i ? "; " : "", cost_step_rule(r, s->rules[i]));
	if (s->n > most)
		strbuf_addf(out, " and %zu more", s->n - most);
}

void cost_words_calls(const struct cost_report *r, struct bitset scs, size_t most,
		      struct strbuf *out)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(r->c->cat, scs, &names);
	for (size_t i = 0; i < names.n && i < most; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "", names.v[i]);
	if (names.n > most)
		strbuf_addf(out, " and %zu more", names.n - most);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of a matrix, and what a case's syscall set makes of them.
 */
#include "base/mem.h"
#include "run/matrix_private.h"

#include <stdlib.h>
#include <string.h>

static void loaded_rules_free(struct loaded_rules *lr)
{
	ruleset_release(&lr->rs);
	free(lr->rules);
	free(lr->refused);
	free(lr->key);
	free(lr);
}

void matrix_private_free(struct matrix_private *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		loaded_rules_free(p->v[i]);
	free(p->v);
	free(p);
}

/* Findings that only say that something is not used tell nothing about a run. */
static size_t count_warnings(const struct ruleset *rs)
{
	size_t n = 0;

	for (size_t i = 0; i < rs->n_findings; i++)
		n += rs->findings[i].severity == FINDING_WARNING &&
		     strncmp(rs->findings[i].code, "LOAD_UNUSED_", 12) != 0;
	return n;
}

static void select_active(struct loaded_rules *lr)
{
	lr->rules = xcalloc(lr->rs.n ? lr->rs.n : 1, sizeof(*lr->rules));
	for (size_t i = 0; i < lr->rs.n; i++) {
		const struct rule *r = &lr->rs.rules[i];

		if (rule_is_active(r, &lr->opt))
			lr->rules[lr->n_rules++] =
				(struct select_rule){.name = r->name, .scs = r->scs};
	}
}

void matrix_warn(struct matrix *m, char *text)
{
	if (strvec_has(&m->warnings, text))
		free(text);
	else
		strvec_take(&m->warnings, text);
}

static void warn_rules(struct matrix *m, const char *file, const struct loaded_rules *lr)
{
	size_t n = count_warnings(&lr->rs);

	if (n)
		matrix_warn(m,
			    xasprintf("%s: %zu warning%s about the rules; `falcotune rules` shows "
				      "them",
				      file, n, n == 1 ? "" : "s"));
	if (!lr->n_rules)
		matrix_warn(m, xasprintf("%s: no rule is enabled for system calls", file));
}

static struct loaded_rules *load_rules(struct matrix *m, const struct strvec *files, bool container,
				       char *key)
{
	struct loaded_rules *lr = xcalloc(1, sizeof(*lr));
	struct ruleset_options opt = RULESET_OPTIONS_INIT;
	struct error err = ERROR_INIT;

	lr->key = key;
	opt.cat = m->cat;
	opt.min_priority = (enum rule_priority)m->config.priority;
	opt.container_plugin = container;
	opt.append_output = &m->config.append_output;
	lr->opt = opt;
	if (ruleset_load(&lr->rs, (const char *const *)files->v, files->n, &opt, &err) < 0) {
		lr->refused = xstrdup(err.msg);
		return lr;
	}
	for (size_t i = 0; i < m->config.n_rules; i++)
		ruleset_enable(&lr->rs, m->config.rules[i].enable, m->config.rules[i].rule,
			       m->config.rules[i].tag);
	select_active(lr);
	warn_rules(m, files->v[0], lr);
	return lr;
}

struct loaded_rules *matrix_rules(struct matrix *m, const struct strvec *files, bool container)
{
	struct matrix_private *p = m->priv;
	struct strbuf key = STRBUF_INIT;

	strbuf_addstr(&key, container ? "container" : "plain");
	for (size_t i = 0; i < files->n; i++)
		strbuf_addf(&key, "\n%s", files->v[i]);
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->v[i]->key, key.buf)) {
			strbuf_release(&key);
			return p->v[i];
		}
	ALLOC_GROW(p->v, p->n, p->alloc);
	p->v[p->n] = load_rules(m, files, container, strbuf_detach(&key));
	return p->v[p->n++];
}

/* ---- one case ---- */

/* Does the rule ask for a syscall or tracepoint by a name that selects none (pread64 and its like)?
 * Events that come from elsewhere (container, plugins) are not a matter of the syscall set. */
static bool asks_for_nothing(const struct catalogue *cat, const struct rule *r)
{
	bool syscall = false;

	if (!bitset_empty(r->scs))
		return false;
	bitset_for_each (code, &r->codes) {
		if (code >= cat->n_events)
			break;
		if (cat->events[code].source != EVENT_SYSCALL &&
		    cat->events[code].source != EVENT_TRACEPOINT)
			return false;
		syscall = true;
	}
	return syscall;
}

static void cover_rule(const struct matrix *m, struct matrix_case *c, const struct rule *r)
{
	struct bitset lost = bitset_minus(r->scs, c->sel.final);
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	c->rules_total++;
	if (asks_for_nothing(m->cat, r)) {
		c->rules_blind++;
		strvec_pushf(&c->rules_lost, "%s: no syscall has its event types", r->name);
		return;
	}
	if (bitset_empty(lost)) {
		c->rules_complete++;
		return;
	}
	c->rules_blind += bitset_equal(lost, r->scs);
	cat_scs_to_names(m->cat, lost, &names);
	strvec_join(&names, ", ", &text);
	strvec_pushf(&c->rules_lost, "%s: %s", r->name, text.buf);
}

static void cover(const struct matrix *m, struct matrix_case *c, const struct loaded_rules *lr)
{
	for (size_t i = 0; i < lr->rs.n; i++)
		if (rule_is_active(&lr->rs.rules[i], &lr->opt))
			cover_rule(m, c, &lr->rs.rules[i]);
}

/* repair(rules): what a set must have for the rules to work on true state. Of the calls that Falco
 * ignores by default only where the case asks for all, since nothing else selects them. */
static void fill_repair_set(const struct matrix *m, struct matrix_case *c,
			    const struct loaded_rules *lr)
{
	struct select_input in = {.cat = m->cat,
				  .rules = lr->rules,
				  .n_rules = lr->n_rules,
				  .repair = true,
				  .all = c->all};
	struct selection sel = SELECTION_INIT;

	selection_compute(&in, &sel);
	cat_scs_to_names(m->cat, sel.final, &c->repair_set);
	selection_release(&sel);
}

static void only_in(const struct strvec *a, const struct strvec *b, const char *lead,
		    struct strbuf *out)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; i < a->n; i++)
		if (!strvec_has(b, a->v[i]))
			strvec_push(&names, a->v[i]);
	if (!names.n)
		return;
	strbuf_addf(out, "%s%s ", out->len ? "; " : "", lead);
	strvec_join(&names, ", ", out);
}

static void check_expectation(struct matrix_case *c)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (!c->tc->has_expect_set)
		return;
	only_in(&c->tc->expect_set, &c->predicted, "final set lacks the expected", &text);
	only_in(&c->predicted, &c->tc->expect_set, "final set has beyond the expected", &text);
	if (text.len)
		c->expect_failed = strbuf_detach(&text);
}

bool matrix_select_input(const struct matrix *m, const struct matrix_case *c,
			 struct select_input *in)
{
	if (!c->loaded || c->skip)
		return false;
	*in = (struct select_input){
		.cat = m->cat,
		.rules = c->loaded->rules,
		.n_rules = c->loaded->n_rules,
		.custom_set = (const char *const *)c->custom_set.v,
		.n_custom = c->custom_set.n,
		.repair = c->repair,
		.all = c->all,
	};
	return true;
}

static void note_kind(void *arg, enum why_kind kind, const char *name)
{
	unsigned *kinds = arg;

	(void)name;
	*kinds |= 1u << kind;
}

void matrix_reasons(const struct matrix *m, const struct matrix_case *c, struct strvec *out)
{
	struct select_input in;

	if (!matrix_select_input(m, c, &in))
		return;
	for (size_t i = 0; i < c->predicted.n; i++) {
		struct strbuf text cleanup_strbuf = STRBUF_INIT;
		unsigned kinds = 0;

		selection_why(&in, &c->sel, c->predicted.v[i], note_kind, &kinds);
		strbuf_addf(&text, "%s:", c->predicted.v[i]);
		for (unsigned k = WHY_RULE; k <= WHY_ALWAYS; k++)
			if (kinds & 1u << k)
				strbuf_addf(&text, "%s%s",
					    text.buf[text.len - 1] == ':' ? " " : ", ",
					    why_kind_names[k]);
		strvec_push(out, text.buf);
	}
}

const struct ruleset *matrix_ruleset(const struct matrix_case *c,
				     const struct ruleset_options **options)
{
	if (!c->loaded || c->skip)
		return NULL;
	*options = &c->loaded->opt;
	return &c->loaded->rs;
}

void matrix_predict(const struct matrix *m, struct matrix_case *c, const struct loaded_rules *lr)
{
	struct select_input in;

	c->loaded = lr;
	if (!matrix_select_input(m, c, &in))
		return;
	selection_compute(&in, &c->sel);
	cat_scs_to_names(m->cat, c->sel.final, &c->predicted);
	cover(m, c, lr);
	if (!c->dummy_rules)
		fill_repair_set(m, c, lr);
	check_expectation(c);
}

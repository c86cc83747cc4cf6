/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/advice_host.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "syscalls/ledger.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* Not worth a finding: less than this share of the rate. */
#define GAIN_MIN 0.02
/* A call is looked at from this share on, and so many of them. */
#define CALL_MIN  0.05
#define CALLS_MAX 5
#define RULES_MAX 5
/* More rules than this are no longer disabled for one call. */
#define DISABLE_MAX 8
/* A buffer should hold what the busiest second sends while the consumer sleeps. */
#define HOLD_S 1.0
/* Bytes of an event in a buffer where nothing was measured, as for the verdicts. */
#define EVENT_BYTES 96.0

struct look {
	const struct advice_host_input *in;
	struct rate now;
	struct ledger lost; /* what rules lose as it is */
	struct advice *out;
};

/* What the rate would be, and what rules would lose, with another selection. */
struct other {
	double per_s;
	size_t n_lost, n_blind;	     /* rules that lose more than now */
	struct strvec lost;	     /* names of these, the first few */
	struct bitset state_missing; /* of the state engine's set */
};

/* Does the rule lose what it keeps now? */
static bool loses_more(const struct ledger *now, const struct ledger_row *row)
{
	for (size_t i = 0; i < now->n; i++)
		if (!strcmp(now->rows[i].rule, row->rule))
			return !bitset_equal(now->rows[i].lost, row->lost);
	return true;
}

static void evaluate(const struct look *l, const struct select_input *in, bool drop_failed,
		     struct other *out)
{
	struct selection sel = SELECTION_INIT;
	struct ledger ledger = {0};
	struct rate_set set = l->in->set;
	struct rate r;

	selection_compute(in, &sel);
	ledger_compute(in, &sel, &ledger);
	set.sel = &sel;
	set.in = in;
	set.drop_failed_exit = drop_failed;
	rate_predict(l->in->host, &set, &r);
	*out = (struct other){.per_s = r.per_s, .state_missing = ledger.state_missing};
	for (size_t i = 0; i < ledger.n; i++) {
		const struct ledger_row *row = &ledger.rows[i];

		if (!loses_more(&l->lost, row))
			continue;
		out->n_lost++;
		out->n_blind += row->blind;
		if (out->lost.n < RULES_MAX)
			strvec_pushf(&out->lost, "'%s'%s", row->rule,
				     row->blind ? " (sees nothing any more)" : "");
	}
	rate_release(&r);
	ledger_release(&ledger);
	selection_release(&sel);
}

static void other_release(struct other *o)
{
	strvec_release(&o->lost);
}

static bool worth(const struct look *l, const struct other *o)
{
	return l->now.per_s - o->per_s >= GAIN_MIN * l->now.per_s && l->now.per_s > 0;
}

/* Calls of the state engine's set that the change alone takes away. */
static void say_state(const struct look *l, const struct other *o, struct strvec *e)
{
	struct strvec before cleanup_strvec = STRVEC_INIT, after cleanup_strvec = STRVEC_INIT;
	struct strbuf names cleanup_strbuf = STRBUF_INIT;
	const struct catalogue *cat = l->in->set.sel->cat;
	size_t n = 0;

	cat_scs_to_names(cat, l->lost.state_missing, &before);
	cat_scs_to_names(cat, o->state_missing, &after);
	for (size_t i = 0; i < after.n; i++)
		if (!strvec_has(&before, after.v[i]) && n++ < RULES_MAX)
			strbuf_addf(&names, "%s%s", n > 1 ? ", " : "", after.v[i]);
	if (n)
		strvec_pushf(e,
			     "Falco's state engine asks for %zu call%s then not traced (%s%s): "
			     "its picture of processes and descriptors may go stale",
			     n, n == 1 ? " that is" : "s that are", names.buf,
			     n > RULES_MAX ? ", ..." : "");
}

static void say_lost(const struct look *l, const struct other *o, struct strvec *e)
{
	struct strbuf names cleanup_strbuf = STRBUF_INIT;

	if (!o->n_lost)
		strvec_push(e, "no enabled rule loses an event type by it");
	strvec_join(&o->lost, ", ", &names);
	if (o->n_lost)
		strvec_pushf(e,
			     "rules that lose event types by it: %zu, of which %zu see nothing any "
			     "more: %s%s",
			     o->n_lost, o->n_blind, names.buf,
			     o->n_lost > o->lost.n ? ", ..." : "");
	say_state(l, o, e);
}

static struct advice_item *add(struct look *l, const struct other *o, enum advice_kind kind)
{
	struct advice_item *f = advice_add(l->out, kind);

	f->where = l->in->where ? xstrdup(l->in->where) : NULL;
	f->gain_per_s = l->now.per_s - o->per_s;
	f->gain = f->gain_per_s / l->now.per_s;
	f->gain_of = xasprintf("of %s kernel events/s that the profile predicts now",
			       UNITS_RATE(l->now.per_s));
	strvec_pushf(&f->evidence, "predicted rate: %s/s now, %s/s with the change",
		     UNITS_RATE(l->now.per_s), UNITS_RATE(o->per_s));
	return f;
}

/* Text as a YAML scalar in double quotes, which JSON's are. */
static char *quoted(const char *text)
{
	json_t *j = utf8_json(text);
	char *s = json_dumps(j, JSON_ENCODE_ANY);

	json_decref(j);
	return s ? s : xstrdup("\"\"");
}

static char *base_setting(const struct select_input *in)
{
	struct strbuf sb = STRBUF_INIT;

	strbuf_addstr(&sb, "base_syscalls={custom_set: [");
	for (size_t i = 0; i < in->n_custom; i++) {
		char *name cleanup_free = quoted(in->custom_set[i]);

		strbuf_addf(&sb, "%s%s", i ? ", " : "", name);
	}
	strbuf_addf(&sb, "], repair: %s, all: %s}", in->repair ? "true" : "false",
		    in->all ? "true" : "false");
	return strbuf_detach(&sb);
}

/* ---- base_syscalls and engine settings ---- */

static void try_base(struct look *l, const struct select_input *in, const char *what,
		     enum advice_kind kind)
{
	struct other o;

	evaluate(l, in, l->in->set.drop_failed_exit, &o);
	if (worth(l, &o)) {
		struct advice_item *f = add(l, &o, kind);

		f->what = xstrdup(what);
		say_lost(l, &o, &f->evidence);
		strvec_take(&f->change, base_setting(in));
	}
	other_release(&o);
}

static void look_at_base(struct look *l)
{
	const struct select_input *now = l->in->set.in;
	struct select_input in = *now;

	if (now->all) {
		in.all = false;
		try_base(l, &in,
			 "switch base_syscalls.all off: the calls of high volume go, which Falco "
			 "leaves out by default",
			 ADVICE_BASE);
	}
	in = *now;
	in.repair = true;
	in.custom_set = NULL;
	in.n_custom = 0;
	if (!now->repair || now->n_custom)
		try_base(l, &in,
			 "let base_syscalls.repair choose: the calls of your rules and the least "
			 "that Falco's state needs for them",
			 ADVICE_BASE);
}

static void look_at_failed(struct look *l)
{
	const struct config *c = l->in->config;
	struct other o;

	if (l->in->set.drop_failed_exit ||
	    (c->kind != ENGINE_MODERN_EBPF && c->kind != ENGINE_KMOD))
		return;
	evaluate(l, l->in->set.in, true, &o);
	if (worth(l, &o)) {
		struct advice_item *f = add(l, &o, ADVICE_FAILED_CALLS);

		f->what = xasprintf("drop failed calls in the kernel, if none of your rules is "
				    "about attempts (engine.%s.drop_failed_exit)",
				    engine_kind_names[c->kind]);
		strvec_push(&f->evidence,
			    "every rule goes blind for calls that fail: rules on evt.res or "
			    "evt.failed match nothing any more");
		strvec_pushf(&f->change, "engine.%s.drop_failed_exit=true",
			     engine_kind_names[c->kind]);
	}
	other_release(&o);
}

/* ---- rules ---- */

/* The input without the rules that are marked; *rules must be freed. */
static struct select_input without(const struct select_input *in, const bool *gone,
				   struct select_rule **rules)
{
	struct select_input less = *in;

	*rules = xcalloc(in->n_rules + 1, sizeof(**rules));
	less.n_rules = 0;
	for (size_t i = 0; i < in->n_rules; i++)
		if (!gone[i])
			(*rules)[less.n_rules++] = in->rules[i];
	less.rules = *rules;
	return less;
}

static void add_disable(const struct select_input *in, const bool *gone, struct strvec *change)
{
	for (size_t i = 0; i < in->n_rules; i++)
		if (gone[i]) {
			char *name cleanup_free = quoted(in->rules[i].name);

			strvec_pushf(change, "rules[]={disable: {rule: %s}}", name);
		}
}

static void try_rules(struct look *l, const bool *gone, char *what, const char *evidence)
{
	const struct select_input *now = l->in->set.in;
	struct select_rule *rules cleanup_free = NULL;
	struct select_input in = without(now, gone, &rules);
	struct other o;

	evaluate(l, &in, l->in->set.drop_failed_exit, &o);
	if (worth(l, &o)) {
		struct advice_item *f = add(l, &o, ADVICE_RULES);

		f->what = xstrdup(what);
		strvec_push(&f->evidence, evidence);
		add_disable(now, gone, &f->change);
	}
	other_release(&o);
	free(what);
}

/* Busiest calls of the rate that a rule names. */
static char *dearest(const struct look *l, const struct select_rule *rule)
{
	struct strbuf sb = STRBUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < l->now.n_parts && n < 3; i++) {
		const struct rate_part *p = &l->now.parts[i];
		size_t sc = cat_sc_by_name(l->in->set.sel->cat, p->name);

		if (!sc || !bitset_has(&rule->scs, sc))
			continue;
		strbuf_addf(&sb, "%s%s %s/s", n++ ? ", " : "", p->name, UNITS_RATE(p->per_s));
	}
	return strbuf_detach(&sb);
}

static size_t n_calls(const struct select_rule *rule, const struct catalogue *cat)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(cat, rule->scs, &names);
	return names.n;
}

static void look_at_rules(struct look *l)
{
	const struct select_input *in = l->in->set.in;
	bool *gone cleanup_free = xcalloc(in->n_rules + 1, sizeof(*gone));

	for (size_t i = 0; i < in->n_rules; i++) {
		char *calls cleanup_free = dearest(l, &in->rules[i]);
		char *evidence cleanup_free =
			xasprintf("it names %zu calls, the busiest of them here: %s",
				  n_calls(&in->rules[i], in->cat), *calls ? calls : "none");

		gone[i] = true;
		if (*calls)
			try_rules(l, gone,
				  xasprintf("disable rule '%s', or rewrite it so that evt.type "
					    "names fewer calls: no other rule asks for what goes",
					    in->rules[i].name),
				  evidence);
		gone[i] = false;
	}
}

/* ---- calls ---- */

static size_t mark_rules(const struct select_input *in, size_t sc, bool *gone, struct strbuf *names)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_rules; i++) {
		gone[i] = bitset_has(&in->rules[i].scs, sc);
		if (gone[i] && n++ < RULES_MAX)
			strbuf_addf(names, "%s'%s'", n > 1 ? ", " : "", in->rules[i].name);
	}
	if (n > RULES_MAX)
		strbuf_addf(names, " and %zu more", n - RULES_MAX);
	return n;
}

/* "!name" in custom_set. */
static void try_negative(struct look *l, const struct rate_part *p, const char *why)
{
	struct select_input in = *l->in->set.in;
	const char **custom cleanup_free = xcalloc(in.n_custom + 1, sizeof(*custom));
	char *name cleanup_free = xasprintf("!%s", p->name);
	size_t before = l->out->n;
	char *what cleanup_free =
		xasprintf("leave %s out of what is traced (base_syscalls)", p->name);

	for (size_t i = 0; i < in.n_custom; i++)
		custom[i] = in.custom_set[i];
	custom[in.n_custom++] = name;
	in.custom_set = custom;
	try_base(l, &in, what, ADVICE_CALL);
	if (l->out->n > before)
		strvec_push(&l->out->v[before].evidence, why);
}

static void look_at_call(struct look *l, const struct rate_part *p)
{
	const struct select_input *in = l->in->set.in;
	bool *gone cleanup_free = xcalloc(in->n_rules + 1, sizeof(*gone));
	struct strbuf names cleanup_strbuf = STRBUF_INIT, why cleanup_strbuf = STRBUF_INIT;
	size_t sc = cat_sc_by_name(in->cat, p->name), n;
	char *evidence cleanup_free = NULL;

	if (!sc)
		return;
	n = mark_rules(in, sc, gone, &names);
	rate_reasons(&l->in->set, p->name, 3, &why);
	evidence = xasprintf("%s is %s of the predicted rate (%s/s); in the set because of: %s",
			     p->name, UNITS_SHARE(p->share), UNITS_RATE(p->per_s), why.buf);
	if (n > 1 && n <= DISABLE_MAX)
		try_rules(l, gone,
			  xasprintf("disable or rewrite the %zu rules that ask for %s: %s", n,
				    p->name, names.buf),
			  evidence);
	try_negative(l, p, evidence);
}

/* ---- buffers ---- */

static double bytes_of(int preset)
{
	return (double)(INT64_C(1) << (19 + preset));
}

static void look_at_buffers(struct look *l)
{
	const struct config *c = l->in->config;
	double cpus = (double)l->in->host->n_cpus, worst = l->now.max, buffers, hold;
	int preset = c->buf_size_preset;
	enum rate_level level = rate_level(l->now.per_cpu);
	struct advice_item *f;

	if (level < RATE_BUSY || level == RATE_UNKNOWN || !(worst > 0) || cpus < 1 ||
	    (c->kind != ENGINE_MODERN_EBPF && c->kind != ENGINE_KMOD))
		return;
	buffers = c->kind == ENGINE_KMOD || c->cpus_for_each_buffer == 1 ? cpus
		  : c->cpus_for_each_buffer > 0 ? ceil(cpus / c->cpus_for_each_buffer)
						: 1;
	hold = bytes_of(preset) * buffers / (worst * EVENT_BYTES);
	while (preset < 10 && bytes_of(preset) * buffers / (worst * EVENT_BYTES) < HOLD_S)
		preset++;
	if (preset == c->buf_size_preset)
		return;
	f = advice_add(l->out, ADVICE_BUFFERS);
	f->what = xasprintf("larger ring buffers (buf_size_preset %d in place of %d): they take no "
			    "event away, but bridge a consumer that waits",
			    preset, c->buf_size_preset);
	f->where = l->in->where ? xstrdup(l->in->where) : NULL;
	strvec_pushf(&f->evidence, "%s kernel events/s per CPU, %s in the rules of thumb",
		     UNITS_RATE(l->now.per_cpu), rate_level_names[level]);
	strvec_pushf(&f->evidence,
		     "the buffers hold %s of the busiest second (%s/s, %.0f bytes an event), %s of "
		     "locked memory with the change",
		     UNITS_DURATION(hold * 1e9), UNITS_RATE(worst), EVENT_BYTES,
		     UNITS_BYTES(bytes_of(preset) * buffers));
	strvec_pushf(&f->change, "engine.%s.buf_size_preset=%d", engine_kind_names[c->kind],
		     preset);
}

void advice_of_host(const struct advice_host_input *in, struct advice *out)
{
	struct look l = {.in = in, .out = out};

	rate_predict(in->host, &in->set, &l.now);
	ledger_compute(in->set.in, in->set.sel, &l.lost);
	strvec_pushf(&out->notes,
		     "predicted kernel event rate of your rules and configuration: %s/s, %s/s per "
		     "CPU (%s), 99th percentile %s/s of the host",
		     UNITS_RATE(l.now.per_s), UNITS_RATE(l.now.per_cpu),
		     rate_level_names[rate_level(l.now.per_cpu)], UNITS_RATE(l.now.p99));
	strvec_push(&out->notes, rate_level_note);
	strvec_pushf(&out->notes,
		     "findings overlap, so that their gains do not add up; rates are those of the "
		     "profile's window of %s",
		     UNITS_DURATION(in->host->seconds * 1e9));
	look_at_base(&l);
	look_at_failed(&l);
	look_at_rules(&l);
	for (size_t i = 0; i < l.now.n_parts && i < CALLS_MAX; i++)
		if (l.now.parts[i].share >= CALL_MIN)
			look_at_call(&l, &l.now.parts[i]);
	look_at_buffers(&l);
	advice_sort(out);
	ledger_release(&l.lost);
	rate_release(&l.now);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event types of conditions: rows from the reference, and random conditions against brute force.
 */
#include "rules_fixture.h"

#include "rules/evtypes.h"
#include "rules/parser.h"

static struct bitset of(const char *condition, bool scs)
{
	const struct catalogue *cat = catalogue_find(NULL);
	struct error err = ERROR_INIT;
	struct place where;
	struct ast *a = condition_parse(condition, strlen(condition), &where, &err);
	struct bitset set;

	ck_assert_msg(a, "%s: %s", condition, err.msg);
	set = scs ? evtypes_scs(cat, a) : evtypes_codes(cat, a);
	ast_free(a);
	return set;
}

/* Names of the syscalls, joined; "all" for U. */
static const char *scs(const char *condition)
{
	static char text[4096];
	const struct catalogue *cat = catalogue_find(NULL);
	struct strvec names = STRVEC_INIT;
	struct bitset set = of(condition, true);

	if (bitset_equal(set, cat_all_scs(cat)))
		return "all";
	text[0] = '\0';
	bitset_for_each (sc, &set) {
		strvec_push(&names, cat->syscalls[sc].name);
	}
	strvec_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
			 names.v[i]);
	strvec_release(&names);
	return text;
}

START_TEST(rows)
{
	static const char *const table[][2] = {
		{"evt.type=open", "open"},
		{"evt.type==open", "open"},
		{"evt.type in (open, openat) and fd.name=x", "open openat"},
		{"evt.type in open", "open"},
		{"evt.type=open or proc.name=a", "all"},
		{"proc.name=a", "all"},
		{"not proc.name=a", "all"},
		{"evt.type=open and not evt.type=open", ""},
		{"evt.type=open or not evt.type=open", "all"},
		{"not (not evt.type=open or evt.type=close)", "open"},
		{"not (evt.type!=open)", "open"},
		{"not (evt.type=open and proc.name=a)", "all"},
		{"evt.type exists", "all"},
		{"not evt.type exists", ""},
		{"evt.type = anyof (open)", "all"},
		{"evt.type startswith open", "all"},
		{"evt.type.is.open=1", "all"},
		{"evt.dir=<", "all"},
		{"syscall.type=open", "open"},
		{"evt.type=accept", "accept accept4"},
		{"evt.type=fcntl", "fcntl fcntl64"},
		{"evt.type=pread64", ""},
		{"evt.type=sched_process_exit", ""},
		{"evt.type=procexit", "sched_process_exit"},
		{"evt.type=getpid", "getpid"},
		{"evt.type=getpid and not evt.type=time", "getpid"},
		{"evt.type=syscall", ""},
		{"evt.type=asyncevent", ""},
		{"evt.type=nosuch", ""},
		{"evt.type in (open, getpid)", "getpid open"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		ck_assert_msg(!strcmp(scs(table[i][0]), table[i][1]), "%s: \"%s\", expected \"%s\"",
			      table[i][0], scs(table[i][0]), table[i][1]);
}
END_TEST

START_TEST(negated_sets)
{
	const struct catalogue *cat = catalogue_find(NULL);
	struct bitset set = of("evt.type != open", true);

	ck_assert_uint_eq(bitset_count(set), bitset_count(cat_all_scs(cat)) - 1);
	/* The generic codes are one pair: generic less generic is nothing, and warns. */
	ck_assert(bitset_empty(of("evt.type=getpid and not evt.type=time", false)));
	ck_assert_uint_eq(bitset_count(of("evt.type=getpid", false)), 2);
}
END_TEST

START_TEST(too_many_events_warn)
{
	const struct catalogue *cat = catalogue_find(NULL);

	/* Codes count, not names: fifty names of two codes pass, one more does not. */
	for (size_t wanted = 50; wanted <= 51; wanted++) {
		struct strbuf sb = STRBUF_INIT;
		struct loaded l;
		size_t n = 0;

		strbuf_addstr(&sb, "evt.type in (");
		for (size_t i = 0; i < cat->n_names && n < wanted; i++)
			if (cat->names[i].n_codes == 2)
				strbuf_addf(&sb, "%s%s", n++ ? ", " : "", cat->names[i].name);
		char *text = xasprintf("- rule: R\n  desc: d\n  condition: %s)\n  output: o\n  "
				       "priority: INFO\n",
				       sb.buf);

		l = load_text(text);
		ck_assert_str_eq(codes(&l), wanted > 50 ? "NO_EVTTYPE" : "");
		ruleset_release(&l.rs);
		free(text);
		strbuf_release(&sb);
	}
	assert_codes(RULE("R", "proc.name=a") "  warn_evttypes: false\n", "");
	assert_codes(RULE("R", "proc.name=a") "  enabled: false\n", "NO_EVTTYPE");
}
END_TEST

/* ---- random conditions ---- */

static uint32_t state = 12345;

static uint32_t rnd(uint32_t n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

/* Any name that evt.type takes in that release. */
static const char *a_name(const struct catalogue *cat)
{
	return cat->names[rnd((uint32_t)cat->n_names)].name;
}

static void leaf(const struct catalogue *cat, struct strbuf *sb)
{
	uint32_t n = rnd(5);

	switch (rnd(7)) {
	case 0:
		strbuf_addf(sb, "evt.type=%s", a_name(cat));
		break;
	case 1:
		strbuf_addf(sb, "evt.type!=%s", a_name(cat));
		break;
	case 2:
	case 3:
		strbuf_addf(sb, "%s.type in (", rnd(2) ? "evt" : "syscall");
		for (uint32_t i = 0; i < n; i++)
			strbuf_addf(sb, "%s%s", i ? ", " : "", a_name(cat));
		strbuf_addch(sb, ')');
		break;
	case 4:
		strbuf_addstr(sb, "evt.type exists");
		break;
	default:
		strbuf_addstr(sb, rnd(2) ? "proc.name=a" : "evt.type contains o");
		break;
	}
}

static void condition(const struct catalogue *cat, struct strbuf *sb, int depth)
{
	uint32_t n = 2 + rnd(2);
	const char *op = rnd(2) ? " and " : " or ";

	if (!depth || !rnd(4)) {
		if (!rnd(3))
			strbuf_addstr(sb, "not ");
		leaf(cat, sb);
		return;
	}
	strbuf_addstr(sb, rnd(3) ? "(" : "not (");
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			strbuf_addstr(sb, op);
		condition(cat, sb, depth - 1);
	}
	strbuf_addch(sb, ')');
}

/* ---- brute force: the tables alone, none of the functions over them ---- */

/* What a check names: one text, or a list of them. */
struct named {
	struct ast *one;
	struct ast *const *v;
	size_t n;
};

static bool is_named(const struct named *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->v[i]->text, name))
			return true;
	return false;
}

static bool is_event(const struct catalogue *cat, const char *name)
{
	for (size_t i = CAT_FIRST_OWN_CODE; i < cat->n_events; i++)
		if (!strcmp(cat->events[i].name, name))
			return true;
	return false;
}

/* A name that no event has, but a syscall, stands for the generic events, codes 0 and 1. */
static bool names_generic(const struct catalogue *cat, const struct named *w)
{
	for (size_t sc = 1; sc < cat->n_syscalls; sc++)
		if (*cat->syscalls[sc].name && is_named(w, cat->syscalls[sc].name) &&
		    !is_event(cat, cat->syscalls[sc].name))
			return true;
	return false;
}

static void add_scs(const struct cat_event *e, const struct catalogue *cat, const struct named *w,
		    struct bitset *out)
{
	for (size_t i = 0; i < e->n_sc; i++)
		if (!w || is_named(w, cat->syscalls[cat_event_scs(cat, e)[i]].name))
			bitset_add(out, cat_event_scs(cat, e)[i]);
}

static struct bitset meant(const struct catalogue *cat, const struct ast *check, bool scs_wanted)
{
	struct named w = {.one = check->kids[1], .n = 1};
	struct bitset set = {0};
	bool generic;

	w.v = &w.one;
	if (w.one->kind == AST_LIST) {
		w.v = w.one->kids;
		w.n = check->kids[1]->n;
	}
	generic = names_generic(cat, &w);
	for (size_t i = 0; i < cat->n_events; i++) {
		bool own = i >= CAT_FIRST_OWN_CODE;

		if (own ? !is_named(&w, cat->events[i].name) : !generic)
			continue;
		if (scs_wanted)
			add_scs(&cat->events[i], cat, own ? NULL : &w, &set);
		else
			bitset_add(&set, i);
	}
	return set;
}

/* The leaves in the order in which can() meets them. */
struct leaves {
	struct bitset v[128];
	size_t n, at;
};

static bool is_check_of_type(const struct ast *a)
{
	return a->kind == AST_BINARY && evtypes_is_field(a->kids[0]) && a->op != OP_CONTAINS;
}

static void find_leaves(const struct catalogue *cat, const struct ast *a, bool scs_wanted,
			struct leaves *l)
{
	if (is_check_of_type(a)) {
		ck_assert_uint_lt(l->n, ARRAY_SIZE(l->v));
		l->v[l->n++] = meant(cat, a, scs_wanted);
		return;
	}
	for (uint32_t i = 0; i < a->n && a->kind != AST_BINARY; i++)
		find_leaves(cat, a->kids[i], scs_wanted, l);
}

/* Can the condition be `want` for one element? A neutral check can be true and can be false. */
static bool can(const struct ast *a, bool want, struct leaves *l, size_t element)
{
	bool all = true, any = false;

	switch (a->kind) {
	case AST_NOT:
		return can(a->kids[0], !want, l, element);
	case AST_AND:
	case AST_OR:
		for (uint32_t i = 0; i < a->n; i++) {
			bool one = can(a->kids[i], want, l, element);

			all &= one;
			any |= one;
		}
		return (a->kind == AST_AND) == want ? all : any;
	case AST_UNARY:
		return want;
	default:
		break;
	}
	return !is_check_of_type(a) ||
	       bitset_has(&l->v[l->at++], element) == (want != (a->op == OP_NE));
}

static void compare(const struct catalogue *cat, const struct ast *a, const char *text,
		    bool scs_wanted)
{
	struct bitset got = scs_wanted ? evtypes_scs(cat, a) : evtypes_codes(cat, a);
	struct leaves l = {.n = 0};

	find_leaves(cat, a, scs_wanted, &l);
	for (size_t e = 0; e < (scs_wanted ? cat->n_syscalls : cat->n_events); e++) {
		if (scs_wanted && (!e || !*cat->syscalls[e].name))
			continue;
		l.at = 0;
		ck_assert_msg(bitset_has(&got, e) == can(a, true, &l, e), "Falco %s: %s: %s %zu",
			      cat->falco, text, scs_wanted ? "syscall" : "event", e);
	}
}

#define CONDITIONS 400 /* for each release */

START_TEST(random_conditions)
{
	size_t n = 0, releases = 0;

	for (const struct catalogue *const *c = catalogue_all(); *c; c++, releases++) {
		for (int i = 0; i < CONDITIONS; i++, n++) {
			struct strbuf sb = STRBUF_INIT;
			struct error err = ERROR_INIT;
			struct place where;
			struct ast *a;

			condition(*c, &sb, 3);
			a = condition_parse(sb.buf, sb.len, &where, &err);
			ck_assert_msg(a, "%s: %s", sb.buf, err.msg);
			compare(*c, a, sb.buf, false);
			compare(*c, a, sb.buf, true);
			ast_free(a);
			strbuf_release(&sb);
		}
	}
	ck_assert_uint_eq(releases, 7);
	NOTE("%zu random conditions of %zu releases: events and syscalls as by brute force", n,
	     releases);
}
END_TEST

UNIT_MAIN("rules_evtypes", rows, negated_sets, too_many_events_warn, random_conditions)

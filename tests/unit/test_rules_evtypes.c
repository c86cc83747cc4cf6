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

static const char *const names[] = {"open",    "close", "accept", "getpid",   "time", "fcntl",
				    "pread64", "NA",	"execve", "procexit", "dup"};

static void leaf(struct strbuf *sb)
{
	switch (rnd(6)) {
	case 0:
		strbuf_addf(sb, "evt.type=%s", names[rnd(ARRAY_SIZE(names))]);
		break;
	case 1:
		strbuf_addf(sb, "evt.type!=%s", names[rnd(ARRAY_SIZE(names))]);
		break;
	case 2:
		strbuf_addf(sb, "syscall.type in (%s, %s)", names[rnd(ARRAY_SIZE(names))],
			    names[rnd(ARRAY_SIZE(names))]);
		break;
	case 3:
		strbuf_addstr(sb, "evt.type exists");
		break;
	default:
		strbuf_addstr(sb, rnd(2) ? "proc.name=a" : "evt.type contains o");
		break;
	}
}

static void condition(struct strbuf *sb, int depth)
{
	uint32_t n = 2 + rnd(2);
	const char *op = rnd(2) ? " and " : " or ";

	if (!depth || !rnd(4)) {
		if (!rnd(3))
			strbuf_addstr(sb, "not ");
		leaf(sb);
		return;
	}
	strbuf_addstr(sb, rnd(3) ? "(" : "not (");
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			strbuf_addstr(sb, op);
		condition(sb, depth - 1);
	}
	strbuf_addch(sb, ')');
}

/* Can the condition be true for one element? By three-valued evaluation of its negation normal
 * form, written without the algebra: a neutral check can be true and can be false. */
static bool can(const struct ast *a, bool want, bool scs_wanted, size_t element)
{
	const struct catalogue *cat = catalogue_find(NULL);
	struct strvec named = STRVEC_INIT;
	struct bitset set = {0};
	const struct ast *right;

	switch (a->kind) {
	case AST_NOT:
		return can(a->kids[0], !want, scs_wanted, element);
	case AST_AND:
	case AST_OR:
		for (uint32_t i = 0; i < a->n; i++)
			if (can(a->kids[i], want, scs_wanted, element) !=
			    ((a->kind == AST_AND) == want))
				return !((a->kind == AST_AND) == want);
		return (a->kind == AST_AND) == want;
	case AST_UNARY:
		return want;
	default:
		break;
	}
	if (!evtypes_is_field(a->kids[0]) || a->op == OP_CONTAINS)
		return true;
	right = a->kids[1];
	if (right->kind == AST_VALUE)
		strvec_push(&named, right->text);
	for (uint32_t i = 0; right->kind == AST_LIST && i < right->n; i++)
		strvec_push(&named, right->kids[i]->text);
	if (scs_wanted)
		cat_names_to_scs(cat, &named, &set);
	else
		cat_names_to_codes(cat, &named, &set);
	strvec_release(&named);
	return bitset_has(&set, element) == (want != (a->op == OP_NE));
}

START_TEST(random_conditions)
{
	const struct catalogue *cat = catalogue_find(NULL);
	struct bitset all[2] = {cat_all_codes(cat), cat_all_scs(cat)};

	for (int i = 0; i < 300; i++) {
		struct strbuf sb = STRBUF_INIT;
		struct error err = ERROR_INIT;
		struct place where;
		struct ast *a;

		condition(&sb, 4);
		a = condition_parse(sb.buf, sb.len, &where, &err);
		ck_assert_msg(a, "%s: %s", sb.buf, err.msg);
		for (int s = 0; s < 2; s++) {
			struct bitset got = s ? evtypes_scs(cat, a) : evtypes_codes(cat, a);

			bitset_for_each (e, &all[s]) {
				ck_assert_msg(bitset_has(&got, e) == can(a, true, s, e),
					      "%s: element %zu", sb.buf, e);
			}
		}
		ast_free(a);
		strbuf_release(&sb);
	}
}
END_TEST

UNIT_MAIN("rules_evtypes", rows, negated_sets, too_many_events_warn, random_conditions)

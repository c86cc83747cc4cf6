/* SPDX-License-Identifier: Apache-2.0 */
/* Rule sets compared by meaning: random rewriting that keeps the meaning is no change, a random
 * change of it is one; expected checks; prices against what was measured; budgets. */
#include "unit.h"

#include "base/mem.h"
#include "cost/budget.h"
#include "cost/diff.h"
#include "cost/meaning.h"
#include "cost/wake.h"
#include "cost/walk.h"

#include <math.h>

#include "host_maker.h"
#include "rules_fixture.h"

/* ---- a side made from text ---- */

struct side {
	struct ruleset rs;
	struct select_rule *active;
	struct select_input in;
	struct selection sel;
	struct ledger ledger;
};

static const struct ruleset_options options = RULESET_OPTIONS_INIT;

static void side_finish(struct side *s, bool all)
{
	s->active = xcalloc(s->rs.n + 1, sizeof(*s->active));
	s->in = (struct select_input){.cat = catalogue_find(NULL), .rules = s->active, .all = all};
	for (size_t i = 0; i < s->rs.n; i++)
		if (rule_is_active(&s->rs.rules[i], &options))
			s->active[s->in.n_rules++] =
				(struct select_rule){s->rs.rules[i].name, s->rs.rules[i].scs};
	selection_compute(&s->in, &s->sel);
	ledger_compute(&s->in, &s->sel, &s->ledger);
}

static void side_load(struct side *s, const char *text)
{
	struct error err = ERROR_INIT;

	*s = (struct side){0};
	ck_assert_msg(!ruleset_load_text(&s->rs, "t.yaml", text, strlen(text), &options, &err),
		      "%s in\n%s", err.msg, text);
	side_finish(s, false);
}

static void side_release(struct side *s)
{
	ledger_release(&s->ledger);
	selection_release(&s->sel);
	free(s->active);
	ruleset_release(&s->rs);
}

static struct diff_side view(const struct side *s)
{
	return (struct diff_side){"side", &s->rs, &s->in, &s->sel, &s->ledger};
}

static void compare(const struct side *old, const struct side *new, const struct host_profile *host,
		    struct diff *out)
{
	const struct diff_input in = {
		.old = view(old), .new = view(new), .opt = &options, .host = host};

	diff_compute(&in, out);
}

/* ---- random conditions ---- */

/* A small generator of our own, so that a seed means the same everywhere. */
static uint64_t state;

static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 11) % n);
}

enum form { FORM_SET, FORM_OTHER, FORM_AND, FORM_OR, FORM_NOT };

struct cond {
	enum form form;
	int field;     /* FORM_SET, FORM_OTHER */
	int values[5]; /* FORM_SET; FORM_OTHER has one */
	unsigned n;    /* of values or kids */
	struct cond *kids[4];
};

static const char *const set_fields[] = {"proc.name", "fd.name", "user.name", "proc.pid"};
static const char *const other_tests[] = {
	"proc.cmdline contains c%d",   "fd.name startswith /s%d", "proc.pname != p%d",
	"evt.arg.flags icontains f%d", "proc.vpid > %d",	  "fd.name pmatch (/p%d, /q)"};

/* Every constant is another, so that each check stands for itself. */
static int next_value;

static struct cond *make_cond(unsigned depth)
{
	struct cond *c = xcalloc(1, sizeof(*c));

	c->form = depth ? (enum form)below(5) : (enum form)below(2);
	switch (c->form) {
	case FORM_SET:
		c->field = (int)below(ARRAY_SIZE(set_fields));
		c->n = 1 + below(4);
		for (unsigned i = 0; i < c->n; i++)
			c->values[i] = ++next_value;
		break;
	case FORM_OTHER:
		c->field = (int)below(ARRAY_SIZE(other_tests));
		c->values[0] = ++next_value;
		break;
	case FORM_NOT:
		c->n = 1;
		c->kids[0] = make_cond(depth - 1);
		break;
	default:
		c->n = 2 + below(3);
		for (unsigned i = 0; i < c->n; i++)
			c->kids[i] = make_cond(depth - 1);
	}
	return c;
}

static void free_cond(struct cond *c)
{
	if (c->form > FORM_OTHER)
		for (unsigned i = 0; i < c->n; i++)
			free_cond(c->kids[i]);
	free(c);
}

/* Which liberties are taken when a condition is written. */
enum liberty {
	CLOTHES = 1 << 0, /* parentheses, blanks, double negation, De Morgan, order in a list,
			     macros, lists, quotes: the same checks in the same order */
	SHUFFLE = 1 << 1, /* order of operands, operands twice, lists cut up */
};

struct writer {
	struct strbuf items; /* macros and lists before the rule */
	unsigned liberties;
	int n_items;
};

static bool chance(const struct writer *w, enum liberty l, unsigned one_in)
{
	return w->liberties & l && !below(one_in);
}

static void write_cond(struct writer *w, const struct cond *c, bool negated, struct strbuf *out);

static void add_value(const struct writer *w, const struct cond *c, int value, struct strbuf *out)
{
	const char *prefix = strstr(set_fields[c->field], "pid") ? "" : "v";

	strbuf_addf(out, chance(w, CLOTHES, 3) ? "\"%s%d\"" : "%s%d", prefix, value);
}

static void shuffle(const struct writer *w, enum liberty l, unsigned *order, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		order[i] = i;
	for (unsigned i = n; w->liberties & l && i > 1; i--) {
		unsigned k = below(i), t = order[k];

		order[k] = order[i - 1];
		order[i - 1] = t;
	}
}

static void write_list(struct writer *w, const struct cond *c, const unsigned *order, unsigned n,
		       struct strbuf *out)
{
	struct strbuf list cleanup_strbuf = STRBUF_INIT;

	for (unsigned i = 0; i < n; i++) {
		strbuf_addstr(&list, i ? ", " : "");
		add_value(w, c, c->values[order[i]], &list);
		if (chance(w, CLOTHES, 5)) {
			strbuf_addstr(&list, " ,");
			add_value(w, c, c->values[order[below(n)]], &list);
		}
	}
	if (chance(w, CLOTHES, 4)) {
		strbuf_addf(&w->items, "- list: list%d\n  items: [%s]\n", w->n_items, list.buf);
		strbuf_reset(&list);
		strbuf_addf(&list, "list%d", w->n_items++);
	}
	strbuf_addf(out, "%s in (%s)", set_fields[c->field], list.buf);
}

static void write_set(struct writer *w, const struct cond *c, struct strbuf *out)
{
	unsigned order[5], cut;

	shuffle(w, CLOTHES, order, c->n);
	if (c->n == 1 && chance(w, CLOTHES, 2)) {
		strbuf_addf(out, "%s %s ", set_fields[c->field], below(2) ? "=" : "==");
		add_value(w, c, c->values[0], out);
		return;
	}
	if (c->n < 2 || !chance(w, SHUFFLE, 2)) {
		write_list(w, c, order, c->n, out);
		return;
	}
	cut = 1 + below(c->n - 1);
	strbuf_addch(out, '(');
	write_list(w, c, order, cut, out);
	strbuf_addstr(out, " or ");
	write_list(w, c, order + cut, c->n - cut, out);
	strbuf_addch(out, ')');
}

static void write_operands(struct writer *w, const struct cond *c, bool negated, struct strbuf *out)
{
	bool flip = chance(w, CLOTHES, 4);
	const char *word = (c->form == FORM_AND) != flip ? " and " : " or ";
	unsigned order[4];

	/* De Morgan: not (not a or not b). */
	strbuf_addstr(out, negated != flip ? "not (" : "(");
	shuffle(w, SHUFFLE, order, c->n);
	for (unsigned i = 0; i < c->n; i++) {
		strbuf_addstr(out, i ? word : "");
		write_cond(w, c->kids[order[i]], flip, out);
		if (chance(w, SHUFFLE, 4)) {
			strbuf_addstr(out, word);
			write_cond(w, c->kids[order[i]], flip, out);
		}
	}
	strbuf_addch(out, ')');
}

static void write_bare(struct writer *w, const struct cond *c, bool negated, struct strbuf *out)
{
	struct strbuf check cleanup_strbuf = STRBUF_INIT;

	if (c->form == FORM_NOT) {
		write_cond(w, c->kids[0], !negated, out);
	} else if (c->form == FORM_AND || c->form == FORM_OR) {
		write_operands(w, c, negated, out);
	} else {
		if (c->form == FORM_SET)
			write_set(w, c, &check);
		else
			strbuf_addf(&check, other_tests[c->field], c->values[0]);
		strbuf_addf(out, negated ? "not %s" : "%s", check.buf);
	}
}

static void write_cond(struct writer *w, const struct cond *c, bool negated, struct strbuf *out)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (chance(w, CLOTHES, 6)) {
		write_bare(w, c, !negated, &text);
		strbuf_addf(out, "not (%s)", text.buf);
		return;
	}
	write_bare(w, c, negated, &text);
	if (chance(w, CLOTHES, 6)) {
		strbuf_addf(&w->items, "- macro: macro%d\n  condition: %s\n", w->n_items, text.buf);
		strbuf_addf(out, "macro%d", w->n_items++);
	} else if (chance(w, CLOTHES, 6)) {
		strbuf_addf(out, "( (%s  ) )", text.buf);
	} else {
		strbuf_addstr(out, text.buf);
	}
}

/* A rules file with that condition behind a check on the event's type. */
static void write_rules(const struct cond *c, unsigned liberties, struct strbuf *out)
{
	static const char *const types[] = {"evt.type in (open, openat)",
					    "evt.type in (openat, open)",
					    "(evt.type in (openat,open,openat))"};
	struct writer w = {.items = STRBUF_INIT, .liberties = liberties};
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	write_cond(&w, c, false, &text);
	strbuf_addf(out,
		    "%s- rule: R\n  desc: d\n  condition: %s and (%s)\n  output: o\n  priority: "
		    "INFO\n",
		    w.items.buf, types[liberties ? below(3) : 0], text.buf);
	strbuf_release(&w.items);
}

#define ROUNDS 400

static void random_sides(const struct cond *c, unsigned liberties, struct side *old,
			 struct side *new)
{
	struct strbuf plain cleanup_strbuf = STRBUF_INIT, other cleanup_strbuf = STRBUF_INIT;

	write_rules(c, 0, &plain);
	write_rules(c, liberties, &other);
	side_load(old, plain.buf);
	side_load(new, other.buf);
}

static const char *condition(const struct side *s)
{
	return s->rs.rules[0].condition;
}

START_TEST(clothes_are_no_change)
{
	state = 88172645463325252u;
	for (int i = 0; i < ROUNDS; i++) {
		struct cond *c = make_cond(1 + below(4));
		struct diff d cleanup_diff = {0};
		struct side old, new;

		random_sides(c, CLOTHES, &old, &new);
		compare(&old, &new, NULL, &d);
		ck_assert_msg(!d.n && d.n_same == 1 && d.same_cost, "round %d:\n%s\n%s", i,
			      condition(&old), condition(&new));
		side_release(&old);
		side_release(&new);
		free_cond(c);
	}
}
END_TEST

START_TEST(rewriting_keeps_the_meaning)
{
	size_t ordered = 0;

	state = 362436069u;
	for (int i = 0; i < ROUNDS; i++) {
		struct cond *c = make_cond(1 + below(4));
		struct diff d cleanup_diff = {0};
		struct side old, new;

		random_sides(c, CLOTHES | SHUFFLE, &old, &new);
		compare(&old, &new, NULL, &d);
		ck_assert_msg(d.n == 0 || (d.n == 1 && d.rows[0].parts == DIFF_ORDER),
			      "round %d:\n%s\n%s", i, condition(&old), condition(&new));
		ordered += d.n;
		side_release(&old);
		side_release(&new);
		free_cond(c);
	}
	ck_assert_uint_gt(ordered, ROUNDS / 10);
}
END_TEST

/* One check of the condition, by number. */
static struct cond *nth_check(struct cond *c, int *n)
{
	struct cond *found = NULL;

	if (c->form <= FORM_OTHER)
		return (*n)-- ? NULL : c;
	for (unsigned i = 0; i < c->n && !found; i++)
		found = nth_check(c->kids[i], n);
	return found;
}

static int count_checks(const struct cond *c)
{
	int n = 0;

	if (c->form <= FORM_OTHER)
		return 1;
	for (unsigned i = 0; i < c->n; i++)
		n += count_checks(c->kids[i]);
	return n;
}

/* Each check occurs once, so that another constant in any of them is another meaning. */
START_TEST(another_constant_is_a_change)
{
	state = 521288629u;
	for (int i = 0; i < ROUNDS; i++) {
		struct cond *c = make_cond(1 + below(4)), *hit;
		struct strbuf plain cleanup_strbuf = STRBUF_INIT,
				    other cleanup_strbuf = STRBUF_INIT;
		struct diff d cleanup_diff = {0};
		struct side old, new;
		int n = (int)below((unsigned)count_checks(c));

		write_rules(c, 0, &plain);
		hit = nth_check(c, &n);
		hit->values[0] = ++next_value;
		write_rules(c, CLOTHES | SHUFFLE, &other);
		side_load(&old, plain.buf);
		side_load(&new, other.buf);
		compare(&old, &new, NULL, &d);
		ck_assert_msg(d.n == 1 && d.rows[0].parts & DIFF_CONDITION, "round %d:\n%s\n%s", i,
			      condition(&old), condition(&new));
		side_release(&old);
		side_release(&new);
		free_cond(c);
	}
}
END_TEST

/* ---- what is not the same ---- */

static uint32_t meaning(struct meanings *m, const char *cond)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct side s;
	uint32_t id;

	strbuf_addf(&text, "- rule: R\n  desc: d\n  condition: %s\n  output: o\n  priority: INFO\n",
		    cond);
	side_load(&s, text.buf);
	id = meaning_of(m, s.rs.rules[0].ast);
	side_release(&s);
	return id;
}

START_TEST(meanings_apart)
{
	static const char *const apart[][2] = {
		/* A field that is not there makes both false, and `not` only one of them. */
		{"proc.name != a", "not proc.name = a"},
		{"proc.name contains a", "proc.name startswith a"},
		{"proc.name = a and proc.name = b", "proc.name in (a, b)"},
		/* Two ends: one may be in the list and the other not. */
		{"fd.ip = 1.2.3.4 or fd.ip = 1.2.3.5", "fd.ip in (1.2.3.4, 1.2.3.5)"},
		{"proc.name = proc.pname", "proc.name = val(proc.pname)"},
		{"proc.aname[2] = a", "proc.aname[3] = a"},
		{"tolower(proc.name) = a", "proc.name = a"},
		{"proc.name startswith anyof (a, b)", "proc.name startswith allof (a, b)"},
		{"proc.name exists", "not proc.name exists"},
		{"proc.name = a and fd.name = b or user.name = c",
		 "proc.name = a and (fd.name = b or user.name = c)"},
	};
	static const char *const same[][2] = {
		{"proc.name = a", "proc.name in (a)"},
		{"proc.name == a", "proc.name = a"},
		{"not proc.name = a and not proc.name in (c, b)", "not proc.name in (a, b, c)"},
		{"proc.name startswith anyof (a, b)", "proc.name startswith anyof (b, a, a)"},
		{"fd.name pmatch (/a, /b)", "fd.name pmatch (/b, /a)"},
		{"(proc.name = a and (fd.name = b and user.name = c))",
		 "user.name = c and fd.name = b and proc.name = a"},
	};
	struct meanings m cleanup_meanings = MEANINGS_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(apart); i++)
		ck_assert_msg(meaning(&m, apart[i][0]) != meaning(&m, apart[i][1]),
			      "'%s' and '%s' are taken for one", apart[i][0], apart[i][1]);
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		ck_assert_msg(meaning(&m, same[i][0]) == meaning(&m, same[i][1]),
			      "'%s' and '%s' are taken for two", same[i][0], same[i][1]);
}
END_TEST

/* The same function of the checks in another shape, and what only looks so. */
START_TEST(the_same_by_logic)
{
	static const char *const same[][2] = {
		{"proc.name = a and fd.name = b or proc.name = a and user.name = c",
		 "proc.name = a and (fd.name = b or user.name = c)"},
		{"proc.name = a or (proc.name = a and fd.name = b)", "proc.name = a"},
		{"(proc.name = a or fd.name = b) and (not proc.name = a or fd.name = b)",
		 "fd.name = b"},
		{"proc.name in (a, b) and fd.name = x or proc.name in (b, c) and fd.name = x",
		 "proc.name in (a, b, c) and fd.name = x"},
		{"not proc.name contains a or (proc.name contains a and fd.name = b)",
		 "fd.name = b or not proc.name contains a"},
	};
	static const char *const apart[][2] = {
		{"proc.name = a and fd.name = b or proc.name = c and user.name = c",
		 "proc.name = a and (fd.name = b or user.name = c)"},
		{"proc.name = a or fd.name = b", "proc.name = a and fd.name = b"},
		{"not proc.name contains a", "proc.name contains a"},
		{"proc.name in (a, b)", "proc.name in (a, b, c)"},
		{"fd.name pmatch (/a, /b)", "fd.name pmatch (/a)"},
		{"proc.name = x", "proc.pname = x"},
	};
	struct meanings m cleanup_meanings = MEANINGS_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		uint32_t a = meaning(&m, same[i][0]), b = meaning(&m, same[i][1]);

		ck_assert_msg(a != b && meaning_same_logic(&m, a, b), "'%s' and '%s'", same[i][0],
			      same[i][1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(apart); i++)
		ck_assert_msg(
			!meaning_same_logic(&m, meaning(&m, apart[i][0]), meaning(&m, apart[i][1])),
			"'%s' and '%s' are taken for one", apart[i][0], apart[i][1]);
}
END_TEST

/* Too many checks to tell: then it is a change, and soon. */
START_TEST(too_large_for_logic)
{
	struct strbuf x cleanup_strbuf = STRBUF_INIT, y cleanup_strbuf = STRBUF_INIT;
	struct meanings m cleanup_meanings = MEANINGS_INIT;

	/* A diagram in this order of checks is exponential. */
	for (int i = 0; i < 40; i++)
		strbuf_addf(&x, "%s(proc.name = a%d)", i ? " or " : "", i);
	strbuf_addstr(&x, " or fd.name = z");
	for (int i = 0; i < 40; i++)
		strbuf_addf(&x, " or (proc.name = a%d and fd.name = b%d)", i, i);
	for (int i = 0; i < 40; i++)
		strbuf_addf(&y, "%s(proc.name = a%d and fd.name = b%d)", i ? " or " : "", i, i);
	meaning_same_logic(&m, meaning(&m, x.buf), meaning(&m, y.buf));
	strbuf_reset(&x);
	for (int i = 0; i < 5000; i++)
		strbuf_addf(&x, "%sproc.cmdline contains a%d", i ? " or " : "", i);
	ck_assert(!meaning_same_logic(&m, meaning(&m, x.buf), meaning(&m, y.buf)));
}
END_TEST

/* ---- expected checks ---- */

static double checks(const char *cond, const char *event)
{
	const struct catalogue *cat = catalogue_find(NULL);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct walk w cleanup_walk = {.cat = cat};
	struct side s;
	size_t code = 0;
	double n;

	for (size_t i = 0; i < cat->n_events; i++)
		if (!strcmp(cat->events[i].name, event) &&
		    !(cat->events[i].flags & (EVF_OLD_VERSION | EVF_UNUSED)))
			code = i;
	strbuf_addf(&text, "- rule: R\n  desc: d\n  condition: %s\n  output: o\n  priority: INFO\n",
		    cond);
	side_load(&s, text.buf);
	n = walk_checks(&w, s.rs.rules[0].ast, code);
	side_release(&s);
	return n;
}

START_TEST(checks_short_circuit)
{
	static const struct {
		const char *cond, *event;
		double want;
	} rows[] = {
		{"proc.name = a", "openat", 1},
		{"evt.type = openat and proc.name = a", "openat", 2},
		{"evt.type = openat and proc.name = a", "close", 1},
		{"evt.type in (open, openat) and proc.name = a and fd.name = b", "openat", 2.1},
		{"proc.name = a and evt.type = openat", "openat", 1.1},
		{"proc.name = a or fd.name = b", "openat", 1.9},
		{"not proc.name = a and fd.name = b", "openat", 1.9},
		{"not evt.type = openat and fd.name = b", "openat", 1},
		{"evt.type != openat and fd.name = b", "openat", 1},
		{"proc.name != a and fd.name = b", "openat", 1.9},
		{"evt.dir = < and fd.name = b", "openat", 2},
		{"evt.dir = > and fd.name = b", "openat", 1},
		{"proc.vpid > 1 and fd.name = b", "openat", 1.5},
		{"(proc.name = a and fd.name = b) or user.name = c", "openat", 1.1 + 0.99},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(fabs(checks(rows[i].cond, rows[i].event) - rows[i].want) < 1e-9,
			      "%s on %s: %g", rows[i].cond, rows[i].event,
			      checks(rows[i].cond, rows[i].event));
}
END_TEST

/* A real Falco took 190 ns an event of an open and close load that waited in its buffers, with the
 * stable rules 860 ns. */
START_TEST(prices_of_checks_fit_what_was_measured)
{
	const char *path = shared_path("upstream/falco_rules.yaml");
	struct diff d cleanup_diff = {0};
	struct error err = ERROR_INIT;
	struct side s = {0};
	double sum = 0;

	SKIP_WITHOUT(path);
	ck_assert(!ruleset_load(&s.rs, &path, 1, &options, &err));
	side_finish(&s, false);
	compare(&s, &s, NULL, &d);
	for (size_t i = 0; i < d.n_buckets; i++)
		if (!strcmp(d.buckets[i].name, "openat") || !strcmp(d.buckets[i].name, "close"))
			sum += 190 + price_defaults.check_ns * d.buckets[i].checks_new;
	ck_assert_double_eq_tol(sum / 2, 860, 43);
	side_release(&s);
}
END_TEST

/* ---- by set ---- */

static const struct diff_row *row_of(const struct diff *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->rows[i].new && !strcmp(d->rows[i].new->name, name))
			return &d->rows[i];
	ck_abort_msg("no row of %s", name);
	return NULL;
}

START_TEST(parts_are_by_set)
{
	struct host_profile host cleanup_host_profile;
	struct diff d cleanup_diff = {0};
	struct side old, new;
	double work;

	make_host(&host);
	make_call(&host, "ptrace", 50, 0.0, 50.0, 50.0, 50.0);
	make_call(&host, "mkdirat", 7, 0.0, 7.0, 7.0, 7.0);
	side_load(&old, RULE("A", "evt.type = openat and proc.name = a"));
	side_load(&new,
		  RULE("A", "evt.type = openat and proc.name = a")
			  RULE("B", "evt.type = ptrace and proc.name = a")
				  RULE("C", "evt.type in (ptrace, mkdirat) and proc.name = a"));
	compare(&old, &new, &host, &d);
	ck_assert_uint_eq(d.n, 2);
	ck_assert_str_eq(d.rows[0].new->name, "C"); /* the most expensive first */
	ck_assert_double_eq_tol(d.new.evts_per_s - d.old.evts_per_s, 57, 1e-9);
	ck_assert_double_eq_tol(row_of(&d, "B")->alone.evts_per_s - d.old.evts_per_s, 50, 1e-9);
	ck_assert_double_eq_tol(row_of(&d, "C")->alone.evts_per_s - d.old.evts_per_s, 57, 1e-9);
	/* Without B nothing is gained, because C needs the call too. */
	ck_assert_double_eq_tol(d.new.evts_per_s - row_of(&d, "B")->without.evts_per_s, 0, 1e-9);
	ck_assert_double_eq_tol(d.new.evts_per_s - row_of(&d, "C")->without.evts_per_s, 7, 1e-9);
	/* openat 200/s: one rule; ptrace 50/s: two; mkdirat 7/s: one. Two checks each time. */
	ck_assert_double_eq_tol(d.new.evals_per_s, 200 + 2 * 50 + 7, 1e-9);
	ck_assert_double_eq_tol(d.new.checks_per_s, 2 * (200 + 2 * 50 + 7), 1e-9);
	/* connect counts twice and is seen once. */
	ck_assert_double_eq_tol(d.old.evts_per_s, 200 + 2 * 10 + 2, 1e-9);
	work = (212 * price_defaults.event_ns + 400 * price_defaults.check_ns) / 1e9;
	ck_assert_double_eq_tol(d.old.engine_cpu,
				work + wake_cpu(price_defaults.wake_ns / 1e9, 222, work), 1e-12);
	side_release(&old);
	side_release(&new);
}
END_TEST

/* ---- the budget ---- */

START_TEST(budget_texts)
{
	static const struct {
		const char *text;
		double value;
		enum budget_unit unit;
	} good[] = {
		{"syscalls=+0", 0, BUDGET_PLAIN},	{"syscalls=3", 3, BUDGET_PLAIN},
		{"syscalls=-2", -2, BUDGET_PLAIN},	{"evt_rate=+5%", 0.05, BUDGET_PERCENT},
		{"evt_rate=+1000", 1000, BUDGET_PLAIN}, {"cpu=+0.5pp", 0.005, BUDGET_POINTS},
		{"cpu=-10%", -0.1, BUDGET_PERCENT},	{"drop=+.1pp", 0.001, BUDGET_POINTS},
	};
	static const char *const bad[] = {"",
					  ",",
					  "syscalls",
					  "syscalls=",
					  "syscalls=+",
					  "syscalls=%",
					  "syscalls=1pp",
					  "cpu=pp",
					  "cpu=3",
					  "drop=1%",
					  "a=1",
					  "syscalls=++1",
					  "syscalls=1 ",
					  "cpu=inf%",
					  "=1",
					  "cpu=+-1%",
					  "syscalls=0x10,cpu=1%"};
	struct budget b;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		ck_assert_msg(!budget_parse(good[i].text, &b, NULL), "%s", good[i].text);
		ck_assert_uint_eq(b.n, 1);
		ck_assert_double_eq_tol(b.v[0].value, good[i].value, 1e-12);
		ck_assert_int_eq(b.v[0].unit, good[i].unit);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error err = ERROR_INIT;

		ck_assert_msg(budget_parse(bad[i], &b, &err), "'%s' is taken", bad[i]);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_msg(strstr(err.msg, "column "), "%s", err.msg);
	}
}
END_TEST

/* What was measured counts when it was seen, and what could not be measured is no pass. */
START_TEST(budget_of_what_was_measured)
{
	static const struct {
		double old, new;
		bool seen, broken;
	} rows[] = {
		{0.001, 0.0015, true, false}, {0.001, 0.003, true, true},
		{0.001, 0.003, false, false}, {0, 0, false, false},
		{0, 0.5, true, true},	      {NAN, NAN, false, true},
		{0.5, 0, true, false},
	};
	struct diff d cleanup_diff = {0};
	struct budget_finding f[BUDGET_N];
	struct budget b;
	struct side s;

	side_load(&s, RULE("A", "evt.type = openat and proc.name = a"));
	compare(&s, &s, NULL, &d);
	ck_assert(!budget_parse("drop=+0.1pp", &b, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct budget_measured m = {.drop = {rows[i].old, rows[i].new, rows[i].seen}};

		ck_assert_uint_eq(budget_check(&b, &d, &m, f), rows[i].broken);
		ck_assert(f[0].measured);
		ck_assert(f[0].broken == rows[i].broken);
		ck_assert(f[0].unknown == (bool)isnan(rows[i].old));
	}
	side_release(&s);
}
END_TEST

UNIT_MAIN("diff", clothes_are_no_change, rewriting_keeps_the_meaning, another_constant_is_a_change,
	  meanings_apart, the_same_by_logic, too_large_for_logic, checks_short_circuit,
	  prices_of_checks_fit_what_was_measured, parts_are_by_set, budget_texts,
	  budget_of_what_was_measured)

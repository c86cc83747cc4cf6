/* SPDX-License-Identifier: Apache-2.0 */
#include "rules_fixture.h"

#include "rules/parser.h"

#include <time.h>

static struct ast *parse(const char *text, struct error *err, struct place *where)
{
	return condition_parse(text, strlen(text), where, err);
}

/* What is printed for a condition, or "error LINE:COL". */
static const char *printed(const char *text)
{
	static char out[4][4096];
	static int turn;
	char *o = out[turn++ % 4];
	struct error err = ERROR_INIT;
	struct place where;
	struct ast *a = parse(text, &err, &where);
	struct strbuf sb = STRBUF_INIT;

	if (!a) {
		snprintf(o, sizeof(out[0]), "error %u:%u", where.line, where.col);
		return o;
	}
	ast_print(a, &sb);
	snprintf(o, sizeof(out[0]), "%s", sb.buf);
	strbuf_release(&sb);
	ast_free(a);
	return o;
}

static const struct {
	const char *text, *want;
} rows[] = {
	/* Precedence and structure. */
	{"a.b=c", "a.b = c"},
	{"a.b=c and d.e=f or g.h=i", "((a.b = c and d.e = f) or g.h = i)"},
	{"a.b=c and (d.e=f or g.h=i)", "(a.b = c and (d.e = f or g.h = i))"},
	{"(a.b=c and d.e=f) and g.h=i", "((a.b = c and d.e = f) and g.h = i)"},
	{"((a.b=c))", "a.b = c"},
	{"m1 and not m2", "(m1 and not m2)"},
	/* not: pairs in a row cancel, nested ones stay. */
	{"not not a.b=c", "a.b = c"},
	{"not not not a.b=c", "not a.b = c"},
	{"not(not(a.b=c))", "not not a.b = c"},
	{"not not(a.b=c)", "a.b = c"},
	{"not (a.b=c or d.e=f)", "not (a.b = c or d.e = f)"},
	{"not\ta.b=c", "not a.b = c"},
	/* Words are lower-case only, and need no more than the grammar says. */
	{"a.b=c AND d.e=f", "error 1:7"},
	{"a.b existsand c.d=e", "(a.b exists and c.d = e)"},
	{"proc.name inabc", "proc.name in abc"},
	{"a.b containsx", "error 1:5"},
	{"a.b contains x", "a.b contains x"},
	{"a.b=aand c.d=e", "error 1:10"},
	{"a.b='a'and c.d=e", "(a.b = a and c.d = e)"},
	{"a.b in (x)and c.d=e", "(a.b in (x) and c.d = e)"},
	/* The asymmetry of or( and and(. */
	{"a or(b) and c", "error 1:9"},
	{"a or (b) and c", "(a or (b and c))"},
	{"a and(b) or c", "((a and b) or c)"},
	{"a or(b)or(c)", "(a or b or c)"},
	{"a andb", "error 1:6"},
	{"a or", "error 1:5"},
	{"or", "or"},
	{"and x", "error 1:5"},
	{"proc.name = and", "proc.name = and"},
	/* Fields and their arguments. */
	{"proc.aname[2]=x", "proc.aname[2] = x"},
	{"proc.aname[\"2\"]=x", "proc.aname[2] = x"},
	{"proc.env[\"A B\"]=x", "proc.env[\"A B\"] = x"},
	{"proc.env[\"\"]=x", "proc.env[\"\"] = x"},
	{"proc.aname [2]=x", "error 1:12"},
	{"evt.type.is.5=1", "error 1:12"},
	{"a.1b=c", "error 1:2"},
	{"a.b[=c", "error 1:7"},
	{"a.b[x=c", "error 1:8"},
	/* Lists. */
	{"a.b in (x,y , z)", "a.b in (x, y, z)"},
	{"a.b in ()", "a.b in ()"},
	{"a.b in ('')", "a.b in ()"},
	{"a.b in (x,)", "error 1:11"},
	{"a.b in (,x)", "error 1:9"},
	{"a.b in 'x'", "error 1:8"},
	{"a.b in x", "a.b in x"},
	{"a.b in (\"(systemd)\", a)", "a.b in ((systemd), a)"},
	/* Quotes and what is printed for them. */
	{"a.b='x y'", "a.b = \"x y\""},
	{"a.b=''", "a.b = "},
	{"a.b='a=b'", "a.b = \"a=b\""},
	{"a.b=\"it's\"", "a.b = \"it's\""},
	{"a.b=\"a\\\"b\"", "a.b = \"a\\\"b\""},
	{"a.b='a\\tb'", "a.b = \"a\\tb\""},
	{"a.b='a\\/b'", "a.b = a/b"},
	{"a.b='a\\ b'", "a.b = \"a\\\\b\""},
	{"a.b=\\w+", "a.b = \"\\\\w+\""},
	{"a.b=\"a\\\\\"", "error 1:5"},
	{"a.b='\\d'", "error 1:9"},
	{"a.b='a\\\"b'", "error 1:11"},
	{"a.b='x\ny'", "a.b = \"x\\ny\""},
	{"a.b=\xc3\xa9\xc3\xa0", "a.b = \xc3\xa9\xc3\xa0"},
	{"a.b=x\vc", "error 1:6"},
	/* Numbers. */
	{"a.b<5", "a.b < 5"},
	{"a.b >= -5", "a.b >= -5"},
	{"a.b<=+010", "a.b <= +010"},
	{"a.b<0x1F", "a.b < 0x1F"},
	{"a.b<1.5e+3", "a.b < 1.5e+3"},
	{"a.b<1e3", "error 1:6"},
	{"a.b<x", "error 1:5"},
	{"a.b<'5'", "error 1:5"},
	/* Operators as written, modifiers. */
	{"a.b==c", "a.b == c"},
	{"a.b startswith anyof (x, y)", "a.b startswith anyof (x, y)"},
	{"a.b = oneof (x)", "a.b = oneof (x)"},
	{"a.b =oneof (x)", "error 1:12"},
	{"a.b = oneof", "a.b = oneof"},
	{"a.b = oneof and c.d=e", "(a.b = oneof and c.d = e)"},
	{"a.b = allof x", "a.b = allof x"},
	{"a.b = anyof 'x'", "error 1:13"},
	{"a.b in anyof (x)", "error 1:14"},
	/* Transformers. */
	{"tolower(proc.name)=x", "tolower(proc.name) = x"},
	{"tolower( toupper(a.b) )=x", "tolower(toupper(a.b)) = x"},
	{"a.b = val(c.d)", "a.b = val(c.d)"},
	{"val(a.b)=x", "error 1:4"},
	{"TOLOWER(a.b)=x", "error 1:8"},
	{"tolower (a.b)=x", "error 1:9"},
	{"join(\",\", (a.b, 'c d'))=x", "join(,,(a.b,\"c d\")) = x"},
	{"getopt(a.b, 'x:')[x]=y", "getopt(a.b,x:)[x] = y"},
	{"len(a.b) > 5", "len(a.b) > 5"},
	{"a.b in (tolower(c.d))", "error 1:16"},
	{"concat(a.b, bare)=x", "error 1:13"},
	/* The end. */
	{"", "error 1:1"},
	{" ", "error 1:2"},
	{"(a.b=c", "error 1:7"},
	{"a.b=c)", "error 1:6"},
	{"a.b=c and\n\td.e~f", "error 2:5"},
};

START_TEST(conditions)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *got = printed(rows[i].text);

		ck_assert_msg(!strcmp(got, rows[i].want), "\"%s\" gives \"%s\", expected \"%s\"",
			      rows[i].text, got, rows[i].want);
	}
}
END_TEST

/* n copies of open, middle, n copies of close. */
static char *nested(size_t n, const char *open, const char *middle, const char *close)
{
	struct strbuf sb = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		strbuf_addstr(&sb, open);
	strbuf_addstr(&sb, middle);
	for (size_t i = 0; i < n; i++)
		strbuf_addstr(&sb, close);
	return strbuf_detach(&sb);
}

START_TEST(deep_nesting)
{
	static const struct {
		const char *open, *close;
	} shapes[] = {{"(", ")"},	    {"not(", ")"},
		      {"a.b=c and (", ")"}, {"a.b=c or not (d.e=f and (", "))"},
		      {"a or(", ")"},	    {"x.y=z or a.b=c and not (", ")"}};

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		size_t n = i == 3 ? 2500 : 5000;
		char *text = nested(n, shapes[i].open, "a.b=c", shapes[i].close);
		struct error err = ERROR_INIT;
		struct strbuf sb = STRBUF_INIT;
		struct place where;
		struct ast *a = parse(text, &err, &where);

		ck_assert_msg(a, "%s: %s", shapes[i].open, err.msg);
		ast_print(a, &sb);
		ast_free(a);
		strbuf_release(&sb);
		free(text);
	}
}
END_TEST

START_TEST(too_deep_is_an_error)
{
	static const char *const opens[] = {"(", "not(", "tolower("};

	for (size_t i = 0; i < ARRAY_SIZE(opens); i++) {
		char *text = nested(100000, opens[i], "a.b=c", ")");
		struct error err = ERROR_INIT;
		struct place where;

		ck_assert_ptr_null(parse(text, &err, &where));
		ck_assert_ptr_nonnull(strstr(err.msg, "nested too deeply"));
		free(text);
	}
}
END_TEST

START_TEST(long_conditions_are_linear)
{
	struct strbuf sb = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct place where;
	struct ast *a;

	for (int i = 0; i < 100000; i++)
		strbuf_addf(&sb, "%sproc.name=x%d", i ? " or " : "", i);
	a = parse(sb.buf, &err, &where);
	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(a->n, 100000);
	ast_free(a);
	strbuf_release(&sb);
}
END_TEST

/* A tree written out reads back as itself. */
static void assert_reads_back(const struct ast *a)
{
	struct error err = ERROR_INIT;
	struct strbuf sb = STRBUF_INIT;
	struct place where;
	struct ast *again;

	ast_write(a, &sb);
	again = parse(sb.buf, &err, &where);
	ck_assert_msg(again, "%s at %u in: %s", err.msg, where.pos, sb.buf);
	ck_assert_msg(ast_equal(a, again), "%s", sb.buf);
	ast_free(again);
	strbuf_release(&sb);
}

START_TEST(round_trip)
{
	static const char *const more[] = {"a.b=\"(systemd)\"", "a.b in ('', 'x y', \"it's\")",
					   "a.b='a\\\\ '",	"a.b=\\",
					   "a.b='x \\ '",	"a.b='oneof'",
					   "a.b[\"x]y\"]=c",	"not(not(not a.b=c))",
					   "a.b=\"\\\"\""};

	for (size_t i = 0; i < ARRAY_SIZE(rows) + ARRAY_SIZE(more); i++) {
		const char *text = i < ARRAY_SIZE(rows) ? rows[i].text : more[i - ARRAY_SIZE(rows)];
		struct error err = ERROR_INIT;
		struct place where;
		struct ast *a = parse(text, &err, &where);

		ck_assert_msg(a || i < ARRAY_SIZE(rows), "%s: %s", text, err.msg);
		if (a)
			assert_reads_back(a);
		ast_free(a);
	}
}
END_TEST

/* ---- random conditions ---- */

static uint32_t rnd(uint32_t *state, uint32_t n)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % n;
}

/* Bare, or quoted with what must be escaped in that kind of quote. */
static void random_value(uint32_t *st, struct strbuf *sb)
{
	static const char bare[] = "ab/._-[]<>!*;5\\\xc3\xa9", odd[] = "ab ()=,'\"[]\t\n5.-";
	static const char *const words[] = {"and", "in",   "oneof", "exists", "not",  "-5",
					    "0x1", "1e+3", "()",    "",	      "\\\\", "\\n"};
	char quote = rnd(st, 2) ? '"' : '\'';

	if (rnd(st, 2)) {
		strbuf_addch(sb, 'v');
		for (uint32_t n = rnd(st, 6); n; n--)
			strbuf_addch(sb, bare[rnd(st, sizeof(bare) - 1)]);
		strbuf_addch(sb, ' ');
		return;
	}
	strbuf_addch(sb, quote);
	if (!rnd(st, 4))
		strbuf_addstr(sb, words[rnd(st, ARRAY_SIZE(words))]);
	for (uint32_t n = rnd(st, 6); n; n--) {
		char c = odd[rnd(st, sizeof(odd) - 1)];

		if (c == quote)
			strbuf_addch(sb, '\\');
		strbuf_addch(sb, c);
	}
	strbuf_addch(sb, quote);
}

static void random_list(uint32_t *st, struct strbuf *sb)
{
	strbuf_addch(sb, '(');
	for (uint32_t n = rnd(st, 4); n; n--) {
		random_value(st, sb);
		if (n > 1)
			strbuf_addch(sb, ',');
	}
	strbuf_addstr(sb, ") ");
}

static void random_left(uint32_t *st, struct strbuf *sb)
{
	static const char *const lefts[] = {"proc.name",	  "fd.name",
					    "evt.type",		  "proc.aname[2]",
					    "proc.env[\"A b\"]",  "a.b[\"x]y\"]",
					    "tolower(proc.name)", "join(\",\", (a.b, \"c d\"))",
					    "len(fd.types)"};

	strbuf_addstr(sb, lefts[rnd(st, ARRAY_SIZE(lefts))]);
	strbuf_addch(sb, ' ');
}

static void random_check(uint32_t *st, struct strbuf *sb)
{
	static const char *const texts[] = {
		"=",	      "==",	  "!=",	       "glob", "contains",
		"startswith", "endswith", "icontains", "regex"};
	static const char *const lists[] = {"in", "intersects", "pmatch"};
	static const char *const modifiers[] = {"oneof", "anyof", "allof"};
	static const char *const numbers[] = {"<", "<=", ">", ">="};

	if (!rnd(st, 8)) {
		strbuf_addf(sb, "macro_%c ", 'a' + (int)rnd(st, 5));
		return;
	}
	random_left(st, sb);
	switch (rnd(st, 6)) {
	case 0:
		strbuf_addstr(sb, "exists ");
		return;
	case 1:
		strbuf_addf(sb, "%s %d ", numbers[rnd(st, 4)], (int)rnd(st, 1000) - 500);
		return;
	case 2:
		strbuf_addf(sb, "%s ", lists[rnd(st, 3)]);
		random_list(st, sb);
		return;
	case 3:
		strbuf_addf(sb, "%s %s ", texts[rnd(st, ARRAY_SIZE(texts))], modifiers[rnd(st, 3)]);
		random_list(st, sb);
		return;
	case 4:
		strbuf_addf(sb, "%s val(fd.name) ", texts[rnd(st, ARRAY_SIZE(texts))]);
		return;
	default:
		strbuf_addf(sb, "%s ", texts[rnd(st, ARRAY_SIZE(texts))]);
		random_value(st, sb);
		strbuf_addch(sb, ' ');
		return;
	}
}

static void random_condition(uint32_t *st, struct strbuf *sb, int depth)
{
	const char *op = rnd(st, 2) ? "and " : "or ";

	if (!rnd(st, 3))
		strbuf_addstr(sb, "not ");
	if (!depth || !rnd(st, 4)) {
		random_check(st, sb);
		return;
	}
	strbuf_addch(sb, '(');
	random_condition(st, sb, depth - 1);
	for (uint32_t n = 1 + rnd(st, 2); n; n--) {
		strbuf_addstr(sb, op);
		random_condition(st, sb, depth - 1);
	}
	strbuf_addstr(sb, ") ");
}

#define CONDITIONS 20000

START_TEST(random_round_trip)
{
	uint32_t state = 20240229;
	size_t n = 0;

	for (size_t i = 0; i < CONDITIONS; i++) {
		struct strbuf sb = STRBUF_INIT;
		struct error err = ERROR_INIT;
		struct place where;
		struct ast *a;

		random_condition(&state, &sb, 3);
		a = parse(sb.buf, &err, &where);
		if (a) {
			assert_reads_back(a);
			n++;
		}
		ast_free(a);
		strbuf_release(&sb);
	}
	/* What is refused is an escape that there is not, or a quote that a backslash hides. */
	ck_assert_msg(n > CONDITIONS * 9 / 10, "only %zu of %d were conditions", n, CONDITIONS);
	NOTE("%zu random conditions read back as the same tree", n);
}
END_TEST

START_TEST(upstream_round_trip)
{
	static const char *const files[] = {"upstream/falco_rules.yaml",
					    "upstream/falco-incubating_rules.yaml",
					    "upstream/falco-sandbox_rules.yaml"};
	size_t seen = 0;

	SKIP_WITHOUT(shared_path(files[0]));
	for (size_t f = 0; f < ARRAY_SIZE(files); f++) {
		const char *path = shared_path(files[f]);
		struct error err = ERROR_INIT;
		struct ruleset rs;

		ck_assert_msg(!ruleset_load(&rs, &path, 1, NULL, &err), "%s", err.msg);
		for (size_t i = 0; i < rs.n; i++, seen++) {
			ck_assert_ptr_nonnull(rs.rules[i].ast);
			assert_reads_back(rs.rules[i].ast);
		}
		ruleset_release(&rs);
	}
	ck_assert_uint_eq(seen, 93);
	NOTE("%zu conditions of upstream's rules read back as the same tree", seen);
}
END_TEST

UNIT_MAIN("rules_parse", conditions, deep_nesting, too_deep_is_an_error, long_conditions_are_linear,
	  round_trip, random_round_trip, upstream_round_trip)

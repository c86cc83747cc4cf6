/* SPDX-License-Identifier: Apache-2.0 */
/* The ranking table, a row of `columns` each. */
#include "report/content.h"

#include "advise/advise.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

#define NOTE_REASON 60 /* bytes of a reason in the table; whole below it */

const struct res_case **content_cases(const struct results *r)
{
	const struct res_case **v = xcalloc(r->n_cases + 1, sizeof(struct res_case *));
	size_t n = 0;

	for (size_t i = 0; i < r->n_order; i++)
		v[n++] = &r->cases[r->order[i]];
	for (size_t i = 0; i < r->n_cases; i++)
		if (!r->cases[i].rank)
			v[n++] = &r->cases[i];
	return v;
}

/* The first of those repeats, how many they are; NULL: none. */
static const struct res_repeat *repeats_with(const struct res_case *c, enum res_status status,
					     size_t *n)
{
	const struct res_repeat *first = NULL;

	*n = 0;
	for (size_t i = 0; i < c->n_repeats; i++) {
		if (c->repeats[i].status != status)
			continue;
		if (!(*n)++)
			first = &c->repeats[i];
	}
	return first;
}

static void add_note(struct strbuf *out, const char *text)
{
	if (out->len)
		strbuf_addstr(out, "; ");
	strbuf_addstr(out, text);
}

static void add_reason(struct strbuf *out, const char *what, const char *why)
{
	strbuf_addf(out, "%s%s: %.*s", out->len ? "; " : "", what, NOTE_REASON,
		    why ? why : "unknown reason");
	if (why && strlen(why) > NOTE_REASON)
		strbuf_addstr(out, "...");
}

static void add_repeats(const struct res_case *c, enum res_status status, const char *what,
			struct strbuf *out)
{
	size_t n;
	const struct res_repeat *first = repeats_with(c, status, &n);

	if (first && c->sum.n_ok)
		strbuf_addf(out, "%s%zu of %zu repeats %s", out->len ? "; " : "", n, c->n_repeats,
			    what);
	else if (first)
		add_reason(out, what, first->reason);
}

static void add_failure(const struct res_case *c, struct strbuf *out)
{
	if (c->dry_status == RES_FAILED)
		add_reason(out, "failed", c->dry_reason);
	else if (c->dry_status == RES_SKIPPED)
		add_reason(out, "skipped", c->dry_reason);
	else {
		add_repeats(c, RES_FAILED, "failed", out);
		add_repeats(c, RES_SKIPPED, "skipped", out);
	}
}

void content_note(const struct res_case *c, struct strbuf *out)
{
	if (c->reference)
		add_note(out, "reference");
	add_failure(c, out);
	if (c->sum.n_ok && !c->sum.exercised)
		add_note(out, "not exercised");
	else if (c->sum.n_ok && c->sum.indicative)
		add_note(out, "indicative");
	if (c->sum.few_bursts)
		add_note(out, "few bursts");
	if (c->expect_failed)
		add_note(out, c->expect_failed);
}

const char *content_dry_run(const struct res_case *c)
{
	if (c->dry_status == RES_FAILED)
		return "failed";
	if (c->dry_status != RES_OK)
		return "-";
	return c->agreement ? "yes" : "NO";
}

/* ---- columns ---- */

static bool is_live(const struct res_case *c)
{
	return c->sum.n_ok > 0;
}

static void col_rank(const struct res_case *c, struct strbuf *out)
{
	if (c->rank)
		strbuf_addf(out, "%d", c->rank);
	else
		strbuf_addch(out, '-');
}

/* Groups as letters: A for the best. */
static void col_tie(const struct res_case *c, struct strbuf *out)
{
	if (c->tie_group > 26)
		strbuf_addf(out, "%d", c->tie_group);
	else
		strbuf_addch(out, c->tie_group ? (char)('A' + c->tie_group - 1) : '-');
}

static void col_case(const struct res_case *c, struct strbuf *out)
{
	strbuf_addstr(out, c->key ? c->key : "unknown");
}

static void col_size(const struct res_case *c, struct strbuf *out)
{
	strbuf_addf(out, "%zu", res_case_set_size(c));
}

static void measured(const struct res_case *c, struct strbuf *out, double v,
		     char *(*format)(char *, double))
{
	char buf[UNITS_BUF];

	strbuf_addstr(out, is_live(c) ? format(buf, v) : "-");
}

static void col_rate(const struct res_case *c, struct strbuf *out)
{
	measured(c, out, c->sum.evts_per_s, units_fmt_rate);
}

static void col_rate_cpu(const struct res_case *c, struct strbuf *out)
{
	measured(c, out, c->sum.evts_per_s_cpu, units_fmt_rate);
}

static void col_drops(const struct res_case *c, struct strbuf *out)
{
	if (is_live(c) && !c->sum.exercised)
		strbuf_addch(out, '-');
	else
		measured(c, out, c->sum.drop_rate, units_fmt_share);
}

static void col_interval(const struct res_case *c, struct strbuf *out)
{
	if (!is_live(c) || isnan(c->sum.drop_rate))
		strbuf_addch(out, '-');
	else
		strbuf_addf(out, "[%s, %s]", UNITS_SHARE(c->sum.drop_lo),
			    UNITS_SHARE(c->sum.drop_hi));
}

static void col_cpu(const struct res_case *c, struct strbuf *out)
{
	measured(c, out, c->sum.cpu_share, units_fmt_share);
}

static void col_rss(const struct res_case *c, struct strbuf *out)
{
	measured(c, out, c->sum.rss_bytes, units_fmt_bytes);
}

static void col_buffers(const struct res_case *c, struct strbuf *out)
{
	int64_t m = res_case_buffer_memory(c);

	strbuf_addstr(out, UNITS_BYTES(m == RES_UNKNOWN ? NAN : (double)m));
}

static void col_verdict(const struct res_case *c, struct strbuf *out)
{
	strbuf_addstr(out, c->n_verdicts ? c->verdicts[0].name : "-");
}

static void col_dry(const struct res_case *c, struct strbuf *out)
{
	strbuf_addstr(out, content_dry_run(c));
}

enum { SHOW_ALWAYS, SHOW_LIVE };

static const struct {
	const char *head;
	bool right;
	int show; /* SHOW_LIVE: not for a run of dry runs only */
	void (*cell)(const struct res_case *c, struct strbuf *out);
} columns[] = {
	{"rank", true, SHOW_LIVE, col_rank},	    {"tie", false, SHOW_LIVE, col_tie},
	{"case", false, SHOW_ALWAYS, col_case},	    {"syscalls", true, SHOW_ALWAYS, col_size},
	{"events/s", true, SHOW_LIVE, col_rate},    {"per CPU", true, SHOW_LIVE, col_rate_cpu},
	{"drop rate", true, SHOW_LIVE, col_drops},  {"95% interval", true, SHOW_LIVE, col_interval},
	{"verdict", false, SHOW_LIVE, col_verdict}, {"CPU", true, SHOW_LIVE, col_cpu},
	{"RSS", true, SHOW_LIVE, col_rss},	    {"buffers", true, SHOW_ALWAYS, col_buffers},
	{"dry run", false, SHOW_ALWAYS, col_dry},   {"note", false, SHOW_ALWAYS, content_note},
};

void content_ranking(const struct results *r, struct doc *d)
{
	const struct res_case **cases cleanup_free = content_cases(r);
	bool right[ARRAY_SIZE(columns)];
	size_t shown[ARRAY_SIZE(columns)], n = 0, names = 0;
	struct strvec *cells;

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (columns[i].show == SHOW_ALWAYS || !r->dry_run_only) {
			names = columns[i].cell == col_case ? n : names;
			right[n] = columns[i].right;
			shown[n++] = i;
		}
	cells = doc_table(d, r->dry_run_only ? "Cases" : "Ranking", n, right);
	doc_row_head(d, names);
	for (size_t k = 0; k < n; k++)
		strvec_push(cells, columns[shown[k]].head);
	for (size_t i = 0; i < r->n_cases; i++)
		for (size_t k = 0; k < n; k++) {
			struct strbuf cell = STRBUF_INIT;

			columns[shown[k]].cell(cases[i], &cell);
			strvec_take(cells, strbuf_detach(&cell));
		}
}

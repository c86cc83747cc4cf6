/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs of event-generator bench (falcosecurity/event-generator, pkg/counter): a round begins with
 * "round #N", names each action with what came of it, and ends with "statistics". Written by
 * logrus, in colours or without, as key=value, or as JSON; older releases say "(3% lost)" behind an
 * action and have no `lost` of their own.
 */
#include "import/private.h"

#include "base/mem.h"
#include "base/units.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* One record of the log. */
struct record {
	struct strbuf msg;
	struct strvec fields; /* key, value, ... */
};

#define RECORD_INIT                                                                                \
	{                                                                                          \
		.msg = STRBUF_INIT                                                                 \
	}

static void record_release(struct record *r)
{
	strbuf_release(&r->msg);
	strvec_release(&r->fields);
}

static const char *field(const struct record *r, const char *key)
{
	for (size_t i = 0; i + 1 < r->fields.n; i += 2)
		if (!strcmp(r->fields.v[i], key))
			return r->fields.v[i + 1];
	return NULL;
}

/* ---- values ---- */

static int64_t whole(const char *text)
{
	double d;

	return text && units_number(text, &d) && d >= 0 && d < 9e15 ? (int64_t)d : -1;
}

/* "68.0%" or, without the sign, a share. */
static double share(const char *text)
{
	char *copy cleanup_free = xstrdup(text ? text : "");
	size_t n = strlen(copy);
	double d, unit = 1;

	if (n && copy[n - 1] == '%') {
		copy[n - 1] = '\0';
		unit = 0.01;
	}
	return units_number(copy, &d) ? d * unit : (double)NAN;
}

/* "8674.2 EPS", or a number. */
static double number_before_blank(const char *text)
{
	char *copy cleanup_free = xstrdup(text ? text : "");
	double d;

	copy[strcspn(copy, " ")] = '\0';
	return units_number(copy, &d) ? d : (double)NAN;
}

/* "36 MB", in powers of 1000. */
static double bytes(const char *text)
{
	static const char units[] = "BkMGT";
	const char *blank = text ? strchr(text, ' ') : NULL;
	double d = number_before_blank(text);
	const char *u = blank ? strchr(units, blank[1] == 'K' ? 'k' : blank[1]) : NULL;

	if (!blank)
		return d; /* not humanized */
	return u && *u ? d * pow(1000, (double)(u - units)) : (double)NAN;
}

/* Go's notation: "12.207µs", and nanoseconds in JSON. */
static int64_t duration(const char *text)
{
	static const char *const micro[] = {"\xc2\xb5s", "\xce\xbcs"};
	char *copy cleanup_free = xstrdup(text ? text : "");
	int64_t ns;

	for (size_t i = 0; i < ARRAY_SIZE(micro); i++) {
		char *at = strstr(copy, micro[i]);

		if (at) {
			*at = 'u';
			memmove(at + 1, at + 2, strlen(at + 2) + 1);
		}
	}
	return units_duration(copy, &ns) ? ns : -1;
}

/* ---- a round ---- */

static void reset_round(struct import_state *s)
{
	for (size_t i = 0; i < s->round.n_actions; i++)
		free(s->round.actions[i].name);
	s->round = (struct import_round){.number = -1,
					 .sleep_ns = -1,
					 .eps = (double)NAN,
					 .lost = (double)NAN,
					 .cpu = (double)NAN,
					 .rss = (double)NAN,
					 .virt = (double)NAN};
	s->in_round = s->has_statistics = false;
}

/* By counts, which say more than the whole percents that are printed. */
static void count_lost(struct import_round *r)
{
	int64_t actual = 0, expected = 0;

	for (size_t i = 0; i < r->n_actions; i++) {
		if (r->actions[i].actual < 0 || r->actions[i].expected < 0)
			return;
		actual += r->actions[i].actual;
		expected += r->actions[i].expected;
	}
	if (expected > 0)
		r->lost = actual < expected ? 1 - (double)actual / (double)expected : 0;
}

void import_end_round(struct import_state *s)
{
	struct import_place at = {s->file, s->round_line, IMPORT_ROUND, s->round.number};

	if (s->in_round && s->has_statistics) {
		count_lost(&s->round);
		s->used++;
		s->counts->used[IMPORT_ROUND]++;
		if (s->sink->round)
			s->sink->round(s->sink->arg, &at, &s->round);
	} else if (s->in_round && s->round.n_actions) {
		import_broken(s, s->round_line, "a round without its statistics: the log was cut");
	}
	reset_round(s);
}

static void begin_round(struct import_state *s, const struct record *r)
{
	import_end_round(s);
	s->in_round = true;
	s->round_line = s->line;
	s->round.number = whole(r->msg.buf + strlen("round #"));
	s->round.sleep_ns = duration(field(r, "sleep"));
}

static bool add_action(struct import_state *s, const struct record *r)
{
	struct import_round *round = &s->round;
	char *name cleanup_free = xstrdup(r->msg.buf);
	char *aside = strstr(name, " (");

	if (aside)
		*aside = '\0';
	if (!*name || round->n_actions == IMPORT_MAX_ACTIONS)
		return false;
	round->actions[round->n_actions++] = (struct import_action){
		xstrdup(name), whole(field(r, "actual")), whole(field(r, "expected"))};
	return true;
}

static void add_statistics(struct import_state *s, const struct record *r)
{
	struct import_round *round = &s->round;

	round->eps = number_before_blank(field(r, "throughput"));
	round->lost = share(field(r, "lost"));
	round->cpu = share(field(r, "cpu"));
	round->rss = bytes(field(r, "res_mem"));
	round->virt = bytes(field(r, "virt_mem"));
	/* The releases that log no sleep with the round log it here. */
	if (round->sleep_ns < 0)
		round->sleep_ns = duration(field(r, "sleep"));
	s->has_statistics = true;
}

static enum import_taken take_record(struct import_state *s, const struct record *r,
				     struct error *why)
{
	if (!strncmp(r->msg.buf, "round #", 7)) {
		begin_round(s, r);
		if (s->round.number >= 0)
			return TAKEN;
		reset_round(s);
		error_env(why, "a round without a number");
		return TAKEN_BROKEN;
	}
	if (!s->in_round)
		return TAKEN_OTHER;
	if (field(r, "actual") && field(r, "expected")) {
		if (s->has_statistics)
			return TAKEN_OTHER;
		if (add_action(s, r))
			return TAKEN;
		error_env(why, "an action without a name, or one of more than %d",
			  IMPORT_MAX_ACTIONS);
		return TAKEN_BROKEN;
	}
	if (!strcmp(r->msg.buf, "statistics")) {
		add_statistics(s, r);
		if (isfinite(s->round.eps))
			return TAKEN;
		s->has_statistics = false;
		error_env(why, "statistics without a throughput");
		return TAKEN_BROKEN;
	}
	s->round.unexpected |= strstr(r->msg.buf, "unexpected events") != NULL;
	return TAKEN_OTHER;
}

/* ---- the text formats ---- */

/* Without the sequences that colour it. */
static void plain(const char *line, size_t len, struct strbuf *out)
{
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\033' && i + 1 < len && line[i + 1] == '[') {
			while (i < len && !isalpha((unsigned char)line[i]))
				i++;
			continue;
		}
		if (line[i])
			strbuf_addch(out, line[i]);
	}
}

/* At key=value? The length of the key, or 0. */
static size_t key_at(const char *p)
{
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz_-");

	return n && p[n] == '=' ? n : 0;
}

static const char *take_value(const char *p, struct strbuf *out)
{
	if (*p != '"') {
		size_t n = strcspn(p, " \t");

		strbuf_add(out, p, n);
		return p + n;
	}
	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		strbuf_addch(out, *p);
	}
	return *p ? p + 1 : p;
}

/* "INFO[0012] round #1    sleep=100ms", or level=info msg="round #1" sleep=100ms. */
static void read_text(const char *p, struct record *r)
{
	size_t n;

	if (!strncmp(p, "INFO", 4) || !strncmp(p, "WARN", 4)) {
		p += strcspn(p, " \t");
		p += strspn(p, " \t");
		while (*p && !key_at(p)) {
			n = strcspn(p, " \t");
			strbuf_add(&r->msg, p, n);
			p += n;
			n = strspn(p, " \t");
			if (n)
				strbuf_addch(&r->msg, ' ');
			p += n;
		}
		while (r->msg.len && r->msg.buf[r->msg.len - 1] == ' ')
			strbuf_setlen(&r->msg, r->msg.len - 1);
	}
	for (p += strspn(p, " \t"); *p; p += strspn(p, " \t")) {
		struct strbuf value cleanup_strbuf = STRBUF_INIT;

		n = key_at(p);
		if (!n) {
			p += strcspn(p, " \t");
			continue;
		}
		strvec_take(&r->fields, xstrndup(p, n));
		p = take_value(p + n + 1, &value);
		strvec_push(&r->fields, value.buf);
	}
	if (!r->msg.len && field(r, "msg"))
		strbuf_addstr(&r->msg, field(r, "msg"));
}

enum import_taken import_take_bench_text(struct import_state *s, const char *line, size_t len,
					 struct error *why)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct record r = RECORD_INIT;
	enum import_taken taken;

	plain(line, len, &text);
	read_text(text.buf, &r);
	taken = take_record(s, &r, why);
	record_release(&r);
	return taken;
}

/* ---- JSON ---- */

static void add_value(struct record *r, const char *key, const json_t *j)
{
	strvec_push(&r->fields, key);
	if (json_is_string(j))
		strvec_push(&r->fields, json_string_value(j));
	else if (json_is_integer(j) && !strcmp(key, "sleep"))
		strvec_pushf(&r->fields, "%lldns", (long long)json_integer_value(j));
	else if (json_is_number(j))
		strvec_pushf(&r->fields, "%.17g", json_number_value(j));
	else
		strvec_push(&r->fields, "");
}

enum import_taken import_take_bench_json(struct import_state *s, const char *line, size_t len,
					 struct error *why)
{
	struct record r = RECORD_INIT;
	enum import_taken taken = TAKEN_BROKEN;
	json_error_t je;
	json_t *doc = json_loadb(line, len, 0, &je), *j;
	const char *key;

	if (!doc) {
		error_env(why, "not JSON (%s)", je.text);
		return taken;
	}
	json_object_foreach(doc, key, j) add_value(&r, key, j);
	if (field(&r, "msg"))
		strbuf_addstr(&r.msg, field(&r, "msg"));
	taken = take_record(s, &r, why);
	record_release(&r);
	json_decref(doc);
	return taken;
}

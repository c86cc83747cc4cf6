/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/explain.h"

#include "base/mem.h"
#include "base/units.h"
#include "config/findings.h"
#include "lint/lint.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

const char *const explain_kind_names[] = {
	[EXPLAIN_METRIC] = "metric", [EXPLAIN_DROP] = "drop",	  [EXPLAIN_SYSCALL] = "syscall",
	[EXPLAIN_OPTION] = "option", [EXPLAIN_PRESET] = "preset", [EXPLAIN_LINT] = "lint",
	[EXPLAIN_TRAP] = "trap",     [EXPLAIN_CODE] = "code",	  [EXPLAIN_VERDICT] = "verdict",
	[EXPLAIN_TERM] = "term",     [EXPLAIN_EXIT] = "exit",	  [EXPLAIN_N_KINDS] = NULL,
};

#define PRESET_MIN 1
#define PRESET_MAX 10

static const struct explain_row *const tables[] = {explain_metrics, explain_words, explain_terms,
						   explain_codes};

#define for_each_row(r)                                                                            \
	for (size_t t_ = 0; t_ < ARRAY_SIZE(tables); t_++)                                         \
		for (const struct explain_row *r = tables[t_]; r->term; r++)

/* ---- terms ---- */

/* N: digits; <word>: one or more characters, no dot unless it is the last part. */
static bool matches(const char *pattern, const char *term)
{
	for (; *pattern; pattern++) {
		if (*pattern == '<') {
			const char *rest = strchr(pattern, '>');

			for (const char *t = term; rest && *t; t++) {
				if (*t == '.' && rest[1])
					return false;
				if (matches(rest + 1, t + 1))
					return true;
			}
			return false;
		}
		if (*pattern == 'N' && !pattern[1] && isdigit((unsigned char)*term)) {
			term += strspn(term, "0123456789");
			continue;
		}
		if (*pattern != *term)
			return false;
		term++;
	}
	return !*term;
}

/* Metrics may be named without scap. or falco., but a pattern without its first part would match
 * nearly anything. */
static bool is_metric(const struct explain_row *r, const char *term)
{
	const char *dot = strchr(r->term, '.');

	return matches(r->term, term) || (dot && !strchr(r->term, '<') && matches(dot + 1, term)) ||
	       !strcmp(r->term, term);
}

/* The last part of an option's key will do, and "exit" before an exit code. */
static bool is_row(const struct explain_row *r, const char *term)
{
	const char *dot = strrchr(r->term, '.');

	switch (r->kind) {
	case EXPLAIN_METRIC:
		return is_metric(r, term);
	case EXPLAIN_VERDICT:
	case EXPLAIN_TERM:
	case EXPLAIN_CODE:
		return !strcasecmp(r->term, term);
	case EXPLAIN_EXIT:
		if (!strncasecmp(term, "exit", 4) && strchr(" -", term[4]) && term[4])
			term += 5;
		if (!strncasecmp(term, "code", 4) && strchr(" -", term[4]) && term[4])
			term += 5;
		return !strcmp(r->term, term);
	case EXPLAIN_OPTION:
		return !strcmp(r->term, term) || (dot && !strcmp(dot + 1, term));
	default:
		return !strcmp(r->term, term);
	}
}

/* "4", "preset 4", "preset-4", "buf_size_preset=4"; 0 for none. */
static int preset_of(const char *term)
{
	static const char *const before[] = {"buf_size_preset", "preset", ""};

	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		size_t n = strlen(before[i]);
		char *end;
		long v;

		if (strncmp(term, before[i], n) != 0)
			continue;
		term += n;
		if (n)
			term += strspn(term, " -=:");
		if (!isdigit((unsigned char)*term))
			return 0;
		v = strtol(term, &end, 10);
		return *end || v < PRESET_MIN || v > PRESET_MAX ? 0 : (int)v;
	}
	return 0;
}

/* ---- entries ---- */

static void set_text(json_t *o, const char *key, const char *text)
{
	if (text)
		json_object_set_new(o, key, json_string(text));
}

static json_t *row_entry(const struct explain_row *r)
{
	json_t *o = json_object();

	set_text(o, "kind", explain_kind_names[r->kind]);
	set_text(o, "term", r->term);
	set_text(o, "what", r->what);
	set_text(o, "healthy", r->healthy);
	set_text(o, "source", r->source);
	set_text(o, "lever", r->lever);
	return o;
}

static json_t *lint_entry(const struct lint_row *r)
{
	json_t *o = json_object();

	set_text(o, "kind", explain_kind_names[EXPLAIN_LINT]);
	set_text(o, "term", r->code);
	set_text(o, "slug", r->slug);
	set_text(o, "severity", lint_severity_names[r->severity]);
	set_text(o, "what", r->summary);
	set_text(o, "cost", r->cost);
	set_text(o, "lever", r->mend);
	set_text(o, "more", r->more);
	return o;
}

static json_t *trap_entry(const struct trap *t)
{
	json_t *o = json_object();

	set_text(o, "kind", explain_kind_names[EXPLAIN_TRAP]);
	set_text(o, "term", t->code);
	set_text(o, "severity", trap_severity_names[t->severity]);
	set_text(o, "what", t->title);
	set_text(o, "lever", t->mend);
	set_text(o, "more", t->why);
	return o;
}

static json_t *preset_entry(int preset)
{
	uint64_t bytes = 1ULL << (19 + preset);
	json_t *o = json_object();
	char *term cleanup_free = xasprintf("preset %d", preset);
	char *what cleanup_free =
		xasprintf("%s (%llu bytes) for each ring buffer%s", UNITS_BYTES((double)bytes),
			  (unsigned long long)bytes, preset == 4 ? "; Falco's default" : "");

	set_text(o, "kind", explain_kind_names[EXPLAIN_PRESET]);
	set_text(o, "term", term);
	set_text(o, "what", what);
	json_object_set_new(o, "bytes", json_integer((json_int_t)bytes));
	set_text(o, "lever",
		 "engine.KIND.buf_size_preset; there are ceil(CPUs / cpus_for_each_buffer) buffers "
		 "with modern_ebpf, one for each CPU with kmod");
	return o;
}

json_t *explain_find(const char *term)
{
	json_t *found = json_array(), *o;
	const struct lint_row *lint = lint_find(term);
	const struct trap *trap = config_trap_find(term);
	int preset = preset_of(term);

	for_each_row(r) if (is_row(r, term)) json_array_append_new(found, row_entry(r));
	if (lint)
		json_array_append_new(found, lint_entry(lint));
	if (trap)
		json_array_append_new(found, trap_entry(trap));
	if (preset)
		json_array_append_new(found, preset_entry(preset));
	o = explain_syscall(term);
	if (o)
		json_array_append_new(found, o);
	return found;
}

/* ---- lists ---- */

static void list_add(json_t *list, enum explain_kind kind, const char *term, const char *summary)
{
	json_t *o = json_object();

	set_text(o, "kind", explain_kind_names[kind]);
	set_text(o, "term", term);
	set_text(o, "summary", summary);
	json_array_append_new(list, o);
}

static void list_syscalls(json_t *list)
{
	const struct catalogue *c = catalogue_find(NULL);
	struct bitset state = cat_state_scs(c), ignored = cat_ignored_scs(c);

	for (size_t i = 0; i < c->n_names; i++) {
		size_t sc = c->names[i].sc;

		list_add(list, EXPLAIN_SYSCALL, c->names[i].name,
			 !sc			    ? "event"
			 : bitset_has(&state, sc)   ? "syscall, kept for the state"
			 : bitset_has(&ignored, sc) ? "syscall, high-volume"
						    : "syscall");
	}
}

json_t *explain_list(enum explain_kind kind)
{
	json_t *list = json_array();
	bool all = kind == EXPLAIN_N_KINDS;

	for_each_row(r) if (all || r->kind == kind) list_add(list, r->kind, r->term, r->what);
	for (const struct lint_row *r = lint_table; r->code && (all || kind == EXPLAIN_LINT); r++)
		list_add(list, EXPLAIN_LINT, r->code, r->summary);
	for (const struct trap *t = config_traps(); t->code && (all || kind == EXPLAIN_TRAP); t++)
		list_add(list, EXPLAIN_TRAP, t->code, t->title);
	for (int p = PRESET_MIN; p <= PRESET_MAX && (all || kind == EXPLAIN_PRESET); p++) {
		json_t *o = preset_entry(p);

		list_add(list, EXPLAIN_PRESET, json_string_value(json_object_get(o, "term")),
			 json_string_value(json_object_get(o, "what")));
		json_decref(o);
	}
	if (all || kind == EXPLAIN_SYSCALL)
		list_syscalls(list);
	return list;
}

/* ---- suggestions ---- */

#define TERM_MAX 128

/* Levenshtein's distance, letter case aside. */
static size_t distance(const char *a, const char *b)
{
	size_t row[TERM_MAX + 1], n = strlen(b);

	if (strlen(a) > TERM_MAX || n > TERM_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 1; j <= n; j++) {
			size_t above = row[j];
			size_t cost = corner + (tolower((unsigned char)a[i]) !=
						tolower((unsigned char)b[j - 1]));

			if (above + 1 < cost)
				cost = above + 1;
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			row[j] = cost;
			corner = above;
		}
	}
	return row[n];
}

static size_t term_distance(const char *term, const char *known)
{
	const char *dot = strrchr(known, '.');
	size_t whole = distance(term, known);
	size_t part = dot ? distance(term, dot + 1) : SIZE_MAX;

	return whole < part ? whole : part;
}

void explain_suggest(const char *term, size_t max, struct strvec *out)
{
	json_t *all = explain_list(EXPLAIN_N_KINDS), *o;
	size_t limit = 1 + strlen(term) / 3, i;

	for (size_t d = 0; d <= limit && out->n < max; d++)
		json_array_foreach(all, i, o)
		{
			const char *known = json_string_value(json_object_get(o, "term"));

			if (out->n < max && term_distance(term, known) == d &&
			    !strvec_has(out, known))
				strvec_push(out, known);
		}
	json_decref(all);
}

/* ---- text ---- */

static void print_value(const json_t *v, struct strbuf *out)
{
	size_t i;
	json_t *item;

	if (json_is_string(v))
		strbuf_addstr(out, json_string_value(v));
	else if (json_is_integer(v))
		strbuf_addf(out, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		strbuf_addstr(out, json_is_true(v) ? "yes" : "no");
	else if (!json_array_size(v))
		strbuf_addstr(out, "none");
	json_array_foreach(v, i, item)
		strbuf_addf(out, "%s%s", i ? ", " : "", json_string_value(item));
}

void explain_print(const json_t *entry, struct strbuf *out)
{
	static const struct {
		const char *key, *label;
	} rows[] = {
		{"what", "what"},
		{"severity", "severity"},
		{"cost", "costs"},
		{"healthy", "healthy"},
		{"source", "source"},
		{"events", "events"},
		{"category", "category"},
		{"evt_type_selects", "evt.type selects"},
		{"state", "state engine"},
		{"high_volume", "high-volume"},
		{"repair", "repair"},
		{"x86_64", "x86_64 number"},
		{"releases", "in Falco"},
		{"state_in", "state in"},
		{"high_volume_in", "high-volume in"},
		{"lever", "lever"},
		{"more", "more"},
	};
	const char *slug = json_string_value(json_object_get(entry, "slug"));

	strbuf_addf(out, "%s (%s%s%s)\n", json_string_value(json_object_get(entry, "term")),
		    json_string_value(json_object_get(entry, "kind")), slug ? ", " : "",
		    slug ? slug : "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const json_t *v = json_object_get(entry, rows[i].key);

		if (!v)
			continue;
		strbuf_addf(out, "  %-17s ", rows[i].label);
		print_value(v, out);
		strbuf_addch(out, '\n');
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which reader a line belongs to, and the files one after the other.
 */
#include "import/private.h"

#include "base/mem.h"
#include "import/lines.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

const char *const import_kind_names[] = {
	[IMPORT_METRICS] = "metrics lines",
	[IMPORT_SNAPSHOT] = "metrics snapshot alerts",
	[IMPORT_DROP_ALERT] = "drop alerts",
	[IMPORT_SCRAPE] = "Prometheus scrapes",
	[IMPORT_STATS] = "stats lines of falco -s",
	[IMPORT_ROUND] = "rounds of event-generator bench",
	[IMPORT_KINDS] = NULL,
};

#define EXPECTED                                                                                   \
	"expected metrics lines or the JSON log of a Falco, a Prometheus scrape, the file of "     \
	"falco -s, or a log of event-generator bench"

/* ---- the kinds of lines ---- */

static bool begins(const char *line, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(line, with, n);
}

static bool has(const char *line, size_t len, const char *part)
{
	return memmem(line, len, part, strlen(part)) != NULL;
}

static bool is_falco(const char *line, size_t len)
{
	return *line == '{' &&
	       (begins(line, len, "{\"output_fields\"") || has(line, len, "\"output_fields\""));
}

static bool is_stats(const char *line, size_t len)
{
	return *line == '{' && has(line, len < 64 ? len : 64, "\"sample\"") &&
	       has(line, len, "\"cur\"");
}

static bool is_bench_json(const char *line, size_t len)
{
	return *line == '{' && has(line, len, "\"msg\"") && has(line, len, "\"level\"");
}

static bool is_scrape(const char *line, size_t len)
{
	return begins(line, len, "falcosecurity_") || begins(line, len, "# HELP ") ||
	       begins(line, len, "# TYPE ");
}

static bool is_drop_text(const char *line, size_t len)
{
	return *line != '{' && has(line, len, "Falco internal: syscall event drop.");
}

/* With colours or without, with a time or without, and as key=value. */
static bool is_bench_text(const char *line, size_t len)
{
	return begins(line, len, "\033[") || begins(line, len, "INFO") ||
	       begins(line, len, "WARN") || begins(line, len, "level=") ||
	       (begins(line, len, "time=") && has(line, len < 80 ? len : 80, " level="));
}

static const struct line_kind {
	enum import_family family;
	bool (*is)(const char *line, size_t len); /* len > 0 */
	enum import_taken (*take)(struct import_state *s, const char *line, size_t len,
				  struct error *why);
} kinds[] = {
	{FAMILY_JSON, is_falco, import_take_falco},
	{FAMILY_JSON, is_stats, import_take_stats},
	{FAMILY_JSON, is_bench_json, import_take_bench_json},
	{FAMILY_SCRAPE, is_scrape, import_take_scrape},
	{FAMILY_TEXT, is_drop_text, import_take_drop_text},
	{FAMILY_TEXT, is_bench_text, import_take_bench_text},
};
/* Within a scrape every line is its. */
static const struct line_kind in_scrape = {FAMILY_SCRAPE, is_scrape, import_take_scrape};

static const struct line_kind *kind_of(const char *line, size_t len)
{
	for (size_t i = 0; len && i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].is(line, len))
			return &kinds[i];
	return NULL;
}

/* ---- results ---- */

void import_broken(struct import_state *s, size_t line, const char *why)
{
	struct import_counts *c = s->counts;

	c->broken++;
	if (c->broken_names.n < IMPORT_NAMED)
		strvec_pushf(&c->broken_names, "%s:%zu: %s", s->file, line, why);
}

void import_give(struct import_state *s, enum import_kind kind, size_t line, int64_t number,
		 const struct metrics_line *l)
{
	struct import_place at = {s->file, line, kind, number};
	void (*fn)(void *, const struct import_place *, const struct metrics_line *) =
		kind == IMPORT_DROP_ALERT ? s->sink->drop_alert : s->sink->sample;

	s->used++;
	s->counts->used[kind]++;
	if (fn)
		fn(s->sink->arg, &at, l);
}

/* ---- one line ---- */

/* What a container's log puts before each line (CRI: time, stream, F or P). */
static void strip_cri(const char **line, size_t *len)
{
	static const char *const streams[] = {" stdout F ", " stderr F "};

	if (*len < 32 || !isdigit((unsigned char)**line))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		size_t n = strlen(streams[i]);
		const char *p = memmem(*line, *len < 64 ? *len : 64, streams[i], n);

		if (!p)
			continue;
		*len -= (size_t)(p + n - *line);
		*line = p + n;
		return;
	}
}

/* What others put before a line of JSON: journald, kubectl logs --prefix. */
#define MAX_PREFIX ((size_t)256)

static const struct line_kind *behind_prefix(const char **line, size_t *len)
{
	const char *p = memmem(*line, *len < MAX_PREFIX ? *len : MAX_PREFIX, " {\"", 3);
	size_t n = p ? (size_t)(p + 1 - *line) : 0;
	const struct line_kind *k = p ? kind_of(p + 1, *len - n) : NULL;

	if (k) {
		*line += n;
		*len -= n;
	}
	return k;
}

/* A line of Falco's own log: "Wed Mar 27 15:28:22 2019: ", "15:28:22.123: ", ISO time. */
static bool is_log_text(const char *line, size_t len)
{
	size_t digits = 0, colons = 0;

	for (size_t i = 0; i < len && i < 32; i++) {
		digits += isdigit((unsigned char)line[i]) != 0;
		colons += line[i] == ':';
	}
	return (isdigit((unsigned char)*line) || isupper((unsigned char)*line)) && colons >= 2 &&
	       digits >= 6;
}

static void pass_by(struct import_state *s, const char *line, size_t len)
{
	bool text = s->family == FAMILY_TEXT || is_log_text(line, len) ||
		    (s->family == FAMILY_SCRAPE && *line == '#');

	if (s->family == FAMILY_NONE && !text) {
		if (!s->unknown++)
			s->first_unknown = s->line;
	} else if (text) {
		s->counts->other++;
	} else {
		import_broken(s, s->line, *line == '{' ? "JSON of something else" : "garbage");
	}
}

/* Lines before the first known one of a file of JSON lines are broken, not a log's head. */
static void settle(struct import_state *s, enum import_family family)
{
	s->family = family;
	if (family == FAMILY_TEXT) {
		s->counts->other += s->unknown;
	} else if (s->unknown) {
		import_broken(s, s->first_unknown, "garbage before the first line that is known");
		s->counts->broken += s->unknown - 1;
	}
	s->unknown = 0;
}

static void trim(const char **line, size_t *len)
{
	static const char mark[] = "\xef\xbb\xbf"; /* byte order */

	if (begins(*line, *len, mark)) {
		*line += 3;
		*len -= 3;
	}
	while (*len && isspace((unsigned char)**line)) {
		++*line;
		--*len;
	}
	while (*len && isspace((unsigned char)(*line)[*len - 1]))
		--*len;
}

void import_take_line(struct import_state *s, const struct lines *l, const char *line, size_t len)
{
	struct error why = ERROR_INIT;
	const struct line_kind *k;

	s->line = l->number;
	s->counts->lines++;
	s->counts->bytes += len + 1;
	trim(&line, &len);
	if (!len)
		return;
	if (l->too_long) {
		import_broken(s, s->line, "longer than 4 MiB");
		return;
	}
	strip_cri(&line, &len);
	if (!len)
		return;
	k = kind_of(line, len);
	if (!k && *line != '{')
		k = behind_prefix(&line, &len);
	if (s->family == FAMILY_SCRAPE && *line != '{' && !k)
		k = &in_scrape;
	if (!k) {
		pass_by(s, line, len);
		return;
	}
	switch (k->take(s, line, len, &why)) {
	case TAKEN:
		break;
	case TAKEN_OTHER:
		s->counts->other++;
		break;
	case TAKEN_BROKEN:
		if (l->unended)
			error_wrap(&why, "cut off at the end of the file");
		import_broken(s, s->line, why.msg);
		break;
	}
	if (s->family == FAMILY_NONE)
		settle(s, k->family);
}

/* ---- files ---- */

void import_begin(struct import_reader *r, const struct import_options *o,
		  const struct import_sink *sink)
{
	struct import_state *s = xcalloc(1, sizeof(*s));

	*r = (struct import_reader){.state = s};
	s->own = *sink;
	s->sink = &s->own;
	s->counts = &r->counts;
	s->stats_interval_ns =
		o && o->stats_interval_ns > 0 ? o->stats_interval_ns : IMPORT_STATS_INTERVAL;
	r->counts.stats_interval_ns = s->stats_interval_ns;
	s->scrape = s->first_name = (struct strbuf)STRBUF_INIT;
	s->stats_sample = -1;
}

void import_end(struct import_reader *r)
{
	struct import_state *s = r->state;

	if (!s)
		return;
	strbuf_release(&s->scrape);
	strbuf_release(&s->first_name);
	for (size_t i = 0; i < s->round.n_actions; i++)
		free(s->round.actions[i].name);
	free(s);
	strvec_release(&r->counts.broken_names);
	strvec_release(&r->counts.without_names);
	*r = (struct import_reader){.state = NULL};
}

int64_t import_mtime(int fd)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -1;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

/* Files that are compressed in another way than by gzip begin like no text does. */
static const char *packed(const char *line, size_t len)
{
	static const struct {
		const char *magic, *with;
	} v[] = {{"\x28\xb5\x2f\xfd", "zstdcat"},
		 {"\xfd"
		  "7zXZ",
		  "xzcat"}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		if (begins(line, len, v[i].magic))
			return v[i].with;
	return NULL;
}

static int read_lines(struct import_state *s, struct lines *l, struct error *err)
{
	const char *line, *with;
	size_t len;
	int rc;

	while ((rc = lines_next(l, &line, &len, err)) > 0) {
		if (l->number == 1 && (with = packed(line, len)))
			return error_input(err, "%s: compressed; use: %s %s | falcotune import -",
					   l->path, with, l->path);
		import_take_line(s, l, line, len);
	}
	if (!rc && l->file.broken)
		import_broken(s, l->number, "the compressed data ends early, or is damaged");
	return rc;
}

/* Takes l. */
static int import_lines(struct import_reader *r, struct lines *l, struct error *err)
{
	struct import_state *s = r->state;
	int rc;

	s->file = l->path;
	s->family = FAMILY_NONE;
	s->unknown = 0;
	s->used = 0;
	s->mtime_ns = l->fd >= 0 ? import_mtime(l->fd) : -1;
	if (s->sink->file)
		s->sink->file(s->sink->arg, s->file);
	rc = read_lines(s, l, err);
	if (!rc) {
		import_end_scrape(s);
		import_end_round(s);
		s->counts->files++;
	}
	if (!rc && !s->used) {
		s->counts->files_without++;
		if (s->counts->without_names.n < IMPORT_NAMED)
			strvec_push(&s->counts->without_names, s->file);
	}
	s->file = NULL;
	lines_close(l);
	return rc;
}

int import_file(struct import_reader *r, const char *path, struct error *err)
{
	struct lines l;

	return lines_open(&l, path, err) || import_lines(r, &l, err) ? -1 : 0;
}

int import_text(struct import_reader *r, const char *name, const char *text, size_t len,
		struct error *err)
{
	struct lines l;

	lines_of_text(&l, name, text, len);
	return import_lines(r, &l, err);
}

int import_check(const struct import_reader *r, const char *name, struct error *err)
{
	const struct import_counts *c = &r->counts;

	for (size_t i = 0; i < IMPORT_KINDS; i++)
		if (c->used[i])
			return 0;
	if (c->broken)
		return error_input(err, "%s%s", c->broken_names.v[0],
				   c->broken > 1 ? "; and nothing else in it" : "");
	return error_input(err, "%s: nothing of Falco or event-generator in it; " EXPECTED, name);
}

bool import_looks_like(const char *text, size_t len)
{
	const char *p = text, *end = text + len;

	if (begins(text, len, "\x1f\x8b")) /* gzip: nothing else is compressed */
		return true;
	for (int i = 0; i < 50 && p < end; i++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *line = p;
		size_t n = (size_t)((nl ? nl : end) - p);

		trim(&line, &n);
		strip_cri(&line, &n);
		if (kind_of(line, n) || (n && *line != '{' && behind_prefix(&line, &n)))
			return true;
		p = nl ? nl + 1 : end;
	}
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logparse.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* How each list line reads: an optional sign and count in front, then this text, then the names. */
static const struct set_line {
	enum log_set set;
	char sign;    /* '+', '-' or 0 */
	bool counted; /* "(N) " in front */
	const char *text;
} set_lines[] = {
	{LOG_SET_RULES, 0, true, "syscalls in rules: "},
	{LOG_SET_ADDED, '+', true, "syscalls added (base_syscalls override): "},
	{LOG_SET_REMOVED, '-', true, "syscalls removed (base_syscalls override): "},
	{LOG_SET_STATE, '+', true, "syscalls (Falco's state engine set of syscalls): "},
	{LOG_SET_IGNORED, '-', true, "ignored syscalls (-> activate via `-A` flag): "},
	{LOG_SET_REPAIRED, '+', true, "repaired syscalls: "},
	{LOG_SET_FINAL, 0, true, "syscalls selected in total (final set): "},
	{LOG_SET_INVALID_POSITIVE, 0, false,
	 "Invalid (positive) syscall names: warning (base_syscalls override): "},
	{LOG_SET_INVALID_NEGATIVE, 0, false,
	 "Invalid (negative) syscall names: warning (base_syscalls override): "},
};

/* Bytes kept of a line of the tail. */
#define TAIL_LINE_MAX 400

#define UNSUPPORTED "warning (unsupported-evttype): "

void engine_log_init(struct engine_log *l)
{
	*l = (struct engine_log){.buffer_bytes = -1, .cpus_per_buffer = -1, .n_enabled = -1};
}

void engine_log_release(struct engine_log *l)
{
	for (size_t i = 0; i < LOG_SET_N; i++)
		strvec_release(&l->set[i]);
	strvec_release(&l->enabled_rules);
	strvec_release(&l->schema);
	strvec_release(&l->errors);
	free(l->version);
	free(l->contradiction);
	engine_log_init(l);
}

/* Does text fit a pattern of the same length: 'A' a letter, '0' a digit (or a blank, as ctime pads
 * days), anything else itself? */
static bool fits(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++) {
		bool ok = *pattern == 'A'   ? isalpha((unsigned char)*text) != 0
			  : *pattern == '0' ? isdigit((unsigned char)*text) || *text == ' '
					    : *text == *pattern;

		if (!ok)
			return false;
	}
	return true;
}

const char *engine_log_strip_time(const char *line)
{
	static const char ctime_form[] = "AAA AAA 00 00:00:00 0000: ";
	static const char iso_form[] = "0000-00-00T00:00:00";
	const char *p;

	if (fits(line, ctime_form))
		return line + strlen(ctime_form);
	if (!fits(line, iso_form))
		return line;
	/* A fraction and a zone may follow. */
	p = line + strlen(iso_form);
	p += strspn(p, "0123456789.,+-:Z");
	if (*p == ' ')
		return p + 1;
	return p[-1] == ':' ? p : line;
}

static const char *skip(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) ? NULL : text + n;
}

static void contradict(struct engine_log *l, const char *line, size_t said, size_t named)
{
	if (!l->contradictions++)
		l->contradiction = xasprintf("says %zu but names %zu: %.120s", said, named, line);
}

/* Names separated by ", ". */
static void split_names(const char *text, struct strvec *out)
{
	while (*text) {
		size_t n = strcspn(text, ",");
		size_t len = n;

		while (len && isspace((unsigned char)text[len - 1]))
			len--;
		if (len)
			strvec_take(out, xstrndup(text, len));
		text += n;
		text += strspn(text, ", ");
	}
}

/* "(12) " -> 12 and what follows it; NULL when it is no count. */
static const char *read_count(const char *p, size_t *count)
{
	char *end;

	if (*p++ != '(' || !isdigit((unsigned char)*p))
		return NULL;
	*count = strtoul(p, &end, 10);
	return skip(end, ") ");
}

static bool read_set(struct engine_log *l, const struct set_line *s, const char *line)
{
	const char *p = line;
	struct strvec *names = &l->set[s->set];
	size_t said = 0;

	if (s->sign && *p++ != s->sign)
		return false;
	if (s->counted)
		p = read_count(p, &said);
	p = p ? skip(p, s->text) : NULL;
	if (!p)
		return false;
	/* A reload prints all again: the last one holds. */
	strvec_release(names);
	l->has[s->set] = true;
	split_names(p, names);
	if (s->counted && names->n != said)
		contradict(l, line, said, names->n);
	return true;
}

static bool read_sets(struct engine_log *l, const char *line)
{
	const char *p = strstr(line, UNSUPPORTED);

	for (size_t i = 0; i < ARRAY_SIZE(set_lines); i++)
		if (read_set(l, &set_lines[i], line))
			return true;
	if (!p || !skip(line, "Loaded rules match syscalls that are not activated"))
		return false;
	strvec_release(&l->set[LOG_SET_UNSUPPORTED]);
	l->has[LOG_SET_UNSUPPORTED] = true;
	split_names(p + strlen(UNSUPPORTED), &l->set[LOG_SET_UNSUPPORTED]);
	return true;
}

static bool read_rules(struct engine_log *l, const char *line)
{
	const char *p;
	size_t said;

	if (!strcmp(line, "Enabled rules:")) {
		strvec_release(&l->enabled_rules);
		l->in_rules = true;
		return true;
	}
	p = read_count(line, &said);
	if (p && !strcmp(p, "enabled rules in total")) {
		l->n_enabled = (int64_t)said;
		if (l->in_rules && l->enabled_rules.n != said)
			contradict(l, line, said, l->enabled_rules.n);
		l->in_rules = false;
		return true;
	}
	if (l->in_rules && (p = skip(line, "   "))) {
		strvec_push(&l->enabled_rules, p);
		return true;
	}
	return false;
}

static void read_buffers(struct engine_log *l, const char *line)
{
	const char *p;
	char *end;
	long long v;

	if ((p = skip(line, "The chosen syscall buffer dimension is: "))) {
		v = strtoll(p, &end, 10);
		if (end != p && v > 0 && skip(end, " bytes"))
			l->buffer_bytes = v;
	} else if ((p = skip(line, "One ring buffer every '"))) {
		v = strtoll(p, &end, 10);
		if (end != p && v >= 0 && *end == '\'')
			l->cpus_per_buffer = v;
	}
}

static void read_other(struct engine_log *l, const char *line)
{
	const char *p;

	if ((p = skip(line, "Falco version: ")) && !l->version)
		l->version = xstrndup(p, strcspn(p, " \r"));
	else if (strstr(line, " | schema validation: "))
		strvec_push(&l->schema, line + strspn(line, " "));
	else if (skip(line, "Opening 'syscall' source"))
		l->opened = true;
	else if (strstr(line, "output timeout, all output channels are blocked"))
		l->output_timeouts++;
	else if (skip(line, "Error") || skip(line, "Runtime error"))
		strvec_push(&l->errors, line);
}

void engine_log_line(struct engine_log *l, const char *line, size_t len)
{
	char *copy cleanup_free = NULL;
	const char *text;

	l->n_lines++;
	while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	if (!len || len > 1 << 20)
		return;
	copy = xstrndup(line, len); /* ends at a NUL inside: the rest is no log text */
	text = engine_log_strip_time(copy);
	if (read_sets(l, text) || read_rules(l, text))
		return;
	read_buffers(l, text);
	read_other(l, text);
}

void engine_log_text(struct engine_log *l, const char *text, size_t len)
{
	while (len) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl ? (size_t)(nl - text) : len;

		engine_log_line(l, text, n);
		n += nl != NULL;
		text += n;
		len -= n;
	}
}

void log_tail(const char *text, size_t len, size_t n, struct strvec *out)
{
	size_t start;

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\0'))
		len--;
	if (!len)
		return;
	for (start = len; start; start--)
		if (text[start - 1] == '\n' && !--n)
			break;
	while (start < len) {
		const char *nl = memchr(text + start, '\n', len - start);
		size_t size = nl ? (size_t)(nl - text) - start : len - start;
		size_t keep = size > TAIL_LINE_MAX ? TAIL_LINE_MAX : size;
		char *line = xmalloc(keep + 1);

		memcpy(line, text + start, keep);
		line[keep] = '\0';
		for (size_t i = 0; i < keep; i++)
			if ((unsigned char)line[i] < 0x20 && line[i] != '\t')
				line[i] = '?';
		strvec_take(out, line);
		start += size + 1;
	}
}

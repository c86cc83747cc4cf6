/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_scalar.h"

#include <stdint.h>
#include <string.h>

bool scan_is_one_of(const struct yaml_scan *s, size_t ahead, const char *set)
{
	return !scan_ends(s, ahead) && scan_at(s, ahead) && strchr(set, scan_at(s, ahead));
}

bool scan_is_blank_before(const struct yaml_scan *s)
{
	return s->at.pos && (s->text[s->at.pos - 1] == ' ' || s->text[s->at.pos - 1] == '\t');
}

void scan_eat(struct yaml_scan *s, size_t n)
{
	while (n-- && !scan_end(s)) {
		s->at.col++;
		if (s->text[s->at.pos++] == s->line_end && s->line_end) {
			s->at.col = 0;
			s->at.line++;
		}
	}
}

size_t scan_rest_of_line(const struct yaml_scan *s)
{
	const char *from = s->text + s->at.pos, *to = NULL;
	size_t left = s->len - s->at.pos, n = 0;

	if (!s->has_returns) {
		to = left ? memchr(from, '\n', left) : NULL;
		return to ? (size_t)(to - from) : left;
	}
	while (n < left && from[n] != '\n' && from[n] != '\r')
		n++;
	return n;
}

bool scan_is_document(const struct yaml_scan *s, char c)
{
	return scan_at(s, 0) == c && scan_at(s, 1) == c && scan_at(s, 2) == c && scan_is_gap(s, 3);
}

bool scan_is_block_entry(const struct yaml_scan *s)
{
	return scan_at(s, 0) == '-' && scan_is_gap(s, 1);
}

bool scan_is_value(const struct yaml_scan *s)
{
	if (scan_at(s, 0) != ':')
		return false;
	if (!s->n_flows)
		return scan_is_gap(s, 1);
	return s->json_like || scan_is_blank(s, 1) || scan_break(s, 1) ||
	       scan_is_one_of(s, 1, ",]}");
}

bool scan_is_plain(const struct yaml_scan *s)
{
	char c = scan_at(s, 0);

	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '_')
		return true;
	if (scan_is_gap(s, 0) || scan_is_one_of(s, 0, ",[]{}#&*!|>'\"%@`"))
		return false;
	if (!s->n_flows)
		return !(scan_is_one_of(s, 0, "-?:") && scan_is_gap(s, 1));
	return scan_at(s, 0) != '?' &&
	       !(scan_is_one_of(s, 0, "-:") && (scan_ends(s, 1) || scan_is_blank(s, 1)));
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-';
}

/* Bytes of one character of a tag; verbatim ones may have more of them. */
static size_t tag_char(const struct yaml_scan *s, bool verbatim)
{
	if (scan_end(s))
		return 0;
	if (scan_at(s, 0) == '%' && is_hex(scan_at(s, 1)) && is_hex(scan_at(s, 2)))
		return 3;
	return is_word(scan_at(s, 0)) || scan_is_one_of(s, 0, "#;/?:@&=+$_.~*'()") ||
	       (verbatim && scan_is_one_of(s, 0, ",![]"));
}

static bool eat_verbatim(struct yaml_scan *s)
{
	scan_eat(s, 1);
	while (scan_at(s, 0) != '>') {
		size_t n = tag_char(s, true);

		if (!n)
			return false;
		scan_eat(s, n);
	}
	scan_eat(s, 1);
	return true;
}

bool scan_eat_tag(struct yaml_scan *s)
{
	bool handle = true;
	size_t from, n;

	scan_eat(s, 1);
	if (scan_at(s, 0) == '<')
		return eat_verbatim(s);
	while (scan_at(s, 0) != '!') {
		if (handle && !(is_word(scan_at(s, 0)) && !scan_end(s)))
			handle = false;
		n = handle ? 1 : tag_char(s, false);
		if (!n)
			return true;
		scan_eat(s, n);
	}
	if (!handle)
		return false;
	scan_eat(s, 1);
	from = s->at.pos;
	while ((n = tag_char(s, false)))
		scan_eat(s, n);
	return s->at.pos > from;
}

enum fold { FOLD_NONE, FOLD_BLOCK, FOLD_FLOW };
enum chomp { CHOMP_CLIP, CHOMP_STRIP, CHOMP_KEEP };

enum scalar_end { END_PLAIN, END_PLAIN_FLOW, END_SINGLE, END_DOUBLE, END_NONE };

struct scalar {
	enum scalar_end end;
	enum fold fold;
	enum chomp chomp;
	int indent;
	bool detect_indent;
	bool found_text, past_opening, empty_line, more_indented, folded_more_indented;
	size_t folded;	     /* line ends held back */
	size_t last_escaped; /* nothing before it is trimmed; SIZE_MAX none */
	bool new_line;
};

#define STOPS(end) (1u << (end))

/* At which bytes the kinds of scalars need a closer look, a bit each. */
static const unsigned char stops[256] = {
	['\0'] = STOPS(END_PLAIN) | STOPS(END_PLAIN_FLOW),
	['\n'] = 0xff,
	['\r'] = 0xff,
	[':'] = STOPS(END_PLAIN) | STOPS(END_PLAIN_FLOW),
	['#'] = STOPS(END_PLAIN) | STOPS(END_PLAIN_FLOW),
	[','] = STOPS(END_PLAIN_FLOW),
	['?'] = STOPS(END_PLAIN_FLOW),
	['['] = STOPS(END_PLAIN_FLOW),
	[']'] = STOPS(END_PLAIN_FLOW),
	['{'] = STOPS(END_PLAIN_FLOW),
	['}'] = STOPS(END_PLAIN_FLOW),
	['\''] = STOPS(END_SINGLE),
	['"'] = STOPS(END_DOUBLE),
	['\\'] = STOPS(END_DOUBLE),
};

/* The end of the scalar stands here: its bytes + 1, 0 when it does not. */
static size_t at_end(const struct yaml_scan *s, const struct scalar *k)
{
	char c = scan_at(s, 0);

	/* As nearly always: nothing that ends one. */
	if (!(stops[(unsigned char)c] & STOPS(k->end)) && c != ' ' && c != '\t')
		return 0;
	switch (k->end) {
	case END_SINGLE:
		return c == '\'' && scan_at(s, 1) != '\'' ? 2 : 0;
	case END_DOUBLE:
		return c == '"' ? 2 : 0;
	case END_PLAIN_FLOW:
		if (!strchr(":# \t\n\r", c) || (c == ':' && scan_is_one_of(s, 1, ",]}")))
			return 1;
		/* fall through */
	case END_PLAIN:
		if (c == ':' && scan_is_gap(s, 1))
			return 1;
		return (scan_is_blank(s, 0) && scan_at(s, 1) == '#') ||
		       (scan_break(s, 0) && scan_at(s, scan_break(s, 0)) == '#');
	default:
		return scan_end(s);
	}
}

static void add_utf8(struct strbuf *out, uint32_t c)
{
	static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
	int more = c <= 0x7f ? 0 : c <= 0x7ff ? 1 : c <= 0xffff ? 2 : 3;

	strbuf_addch(out, (char)(lead[more] | c >> 6 * more));
	while (more--)
		strbuf_addch(out, (char)(0x80 | (c >> 6 * more & 0x3f)));
}

static int hex_escape(struct yaml_scan *s, size_t digits)
{
	uint32_t v = 0;

	while (digits--) {
		char c = scan_at(s, 0);

		if (!is_hex(c))
			return -1;
		v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
		scan_eat(s, 1);
	}
	if ((v >= 0xd800 && v <= 0xdfff) || v > 0x10ffff)
		return -1;
	add_utf8(&s->scalar, v);
	return 0;
}

static int escape(struct yaml_scan *s)
{
	static const char names[] = "abt\tnvfre \"'\\/", values[] = "\a\b\t\t\n\v\f\r\x1b \"'\\/";
	char c = scan_at(s, 1);
	const char *e = c ? strchr(names, c) : NULL;

	if (scan_at(s, 0) == '\'') {
		scan_eat(s, 2);
		strbuf_addch(&s->scalar, '\'');
		return 0;
	}
	if (scan_ends(s, 1))
		return -1;
	scan_eat(s, 2);
	if (e)
		strbuf_addch(&s->scalar, values[e - names]);
	else if (c == '0')
		strbuf_add(&s->scalar, "", 1);
	else if (c == 'N' || c == '_')
		strbuf_addch(&s->scalar, c == 'N' ? '\x85' : '\xa0');
	else if (c == 'L' || c == 'P')
		strbuf_addstr(&s->scalar, c == 'L' ? "\xe2\x80\xa8" : "\xe2\x80\xa9");
	else if (c == 'x' || c == 'u' || c == 'U')
		return hex_escape(s, c == 'x' ? 2 : c == 'u' ? 4 : 8);
	else
		return -1;
	return 0;
}

/* Bytes from here that belong to the scalar whatever follows, in this line. One at least, as long
 * as neither the scalar nor the line ends here: the first byte was looked at. */
static size_t run_of(const struct yaml_scan *s, enum scalar_end end)
{
	const char *from = s->text + s->at.pos, *p = from + 1, *to = s->text + s->len;

	if (end == END_NONE) {
		size_t n = scan_rest_of_line(s);

		to = memchr(p, '\0', n - 1);
		return to ? (size_t)(to - from) : n;
	}
	while (p < to && !(stops[(unsigned char)*p] & STOPS(end)))
		p++;
	/* White space in front of a comment ends the scalar, and begins the last run. */
	if (p < to && *p == '#' && p - from > 1 && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return (size_t)(p - from);
}

static void add_run(struct yaml_scan *s, size_t n, size_t *keep)
{
	const char *run = s->text + s->at.pos;
	size_t end = n;

	while (end && (run[end - 1] == ' ' || run[end - 1] == '\t'))
		end--;
	strbuf_add(&s->scalar, run, n);
	if (end)
		*keep = s->scalar.len - (n - end);
	scan_skip(s, n);
}

/* Up to the end of the scalar or of the line. A NUL escapes where no text is quoted. *keep: bytes
 * that are not trailing white space. *joined: an escaped line end was met. */
static const char *read_line(struct yaml_scan *s, struct scalar *k, size_t *keep, bool *joined)
{
	bool quoted = k->end == END_SINGLE || k->end == END_DOUBLE;
	char esc = k->end == END_SINGLE ? '\'' : quoted ? '\\' : '\0';

	*keep = s->scalar.len;
	*joined = false;
	while (!scan_end(s) && !at_end(s, k) && !scan_break(s, 0)) {
		if (!s->at.col && (scan_is_document(s, '-') || scan_is_document(s, '.'))) {
			if (quoted)
				return "a document marker in a quoted text";
			if (k->end != END_NONE)
				break;
		}
		k->found_text = k->past_opening = true;
		if (scan_at(s, 0) == esc) {
			*joined = esc == '\\' && scan_break(s, 1);
			if (*joined)
				scan_eat(s, 1);
			else if (escape(s))
				return "an escape that is not known in a text";
			*keep = k->last_escaped = s->scalar.len;
			if (*joined)
				break;
			continue;
		}
		add_run(s, run_of(s, k->end), keep);
	}
	return NULL;
}

static const char *read_indent(struct yaml_scan *s, struct scalar *k)
{
	while (scan_at(s, 0) == ' ' &&
	       ((int)s->at.col < k->indent || (k->detect_indent && !k->found_text)) &&
	       !at_end(s, k))
		scan_eat(s, 1);
	if (k->detect_indent && !k->found_text && (int)s->at.col > k->indent)
		k->indent = (int)s->at.col;
	while (scan_is_blank(s, 0)) {
		if (scan_at(s, 0) == '\t' && (int)s->at.col < k->indent && k->end != END_SINGLE &&
		    k->end != END_DOUBLE)
			return "a tab in the indentation of a text";
		if (k->end == END_NONE || at_end(s, k))
			break;
		scan_eat(s, 1);
	}
	return NULL;
}

static void add_folded(struct yaml_scan *s, struct scalar *k, bool empty, bool more)
{
	if (!k->empty_line && !empty && !k->more_indented && !more && (int)s->at.col >= k->indent)
		strbuf_addch(&s->scalar, ' ');
	else if (empty)
		k->folded++;
	else
		strbuf_addch(&s->scalar, '\n');
	if (empty || !k->folded)
		return;
	while (--k->folded)
		strbuf_addch(&s->scalar, '\n');
	if (k->folded_more_indented || more || !k->found_text)
		strbuf_addch(&s->scalar, '\n');
}

/* What a line end becomes. */
static void add_break(struct yaml_scan *s, struct scalar *k, bool joined)
{
	bool empty = scan_break(s, 0) > 0, more = scan_is_blank(s, 0);

	if (k->fold == FOLD_BLOCK && !k->folded && empty)
		k->folded_more_indented = k->more_indented;
	if (k->past_opening && k->fold == FOLD_NONE)
		strbuf_addch(&s->scalar, '\n');
	else if (k->past_opening && k->fold == FOLD_BLOCK)
		add_folded(s, k, empty, more);
	else if (k->past_opening && empty)
		strbuf_addch(&s->scalar, '\n');
	else if (k->past_opening && !k->empty_line && !joined)
		strbuf_addch(&s->scalar, ' ');
	k->empty_line = empty;
	k->more_indented = more;
	k->past_opening = true;
}

static void trim(struct yaml_scan *s, const struct scalar *k)
{
	size_t from = k->last_escaped == SIZE_MAX ? 0 : k->last_escaped + 1, n = s->scalar.len;

	while (k->end <= END_PLAIN_FLOW && n > from &&
	       (s->scalar.buf[n - 1] == ' ' || s->scalar.buf[n - 1] == '\t'))
		n--;
	if (k->chomp != CHOMP_KEEP) {
		size_t end = n;

		while (n > from && s->scalar.buf[n - 1] == '\n')
			n--;
		if (k->chomp == CHOMP_CLIP && n && n < end)
			n++;
	}
	if (n < s->scalar.len)
		strbuf_setlen(&s->scalar, n);
}

static const char *read_scalar(struct yaml_scan *s, struct scalar *k)
{
	bool quoted = k->end == END_SINGLE || k->end == END_DOUBLE;

	k->last_escaped = SIZE_MAX;
	k->past_opening = k->fold == FOLD_FLOW;
	while (!scan_end(s)) {
		const char *problem;
		bool joined;
		size_t keep;

		problem = read_line(s, k, &keep, &joined);
		if (problem)
			return problem;
		if (scan_end(s) && quoted)
			return "a quoted text is not closed";
		if (scan_end(s) || (k->end <= END_PLAIN_FLOW && !s->at.col &&
				    (scan_is_document(s, '-') || scan_is_document(s, '.'))))
			break;
		if (k->end != END_NONE && at_end(s, k)) {
			if (quoted)
				scan_eat(s, 1);
			break;
		}
		if (k->fold == FOLD_FLOW)
			strbuf_setlen(&s->scalar, keep);
		scan_eat(s, scan_break(s, 0));
		problem = read_indent(s, k);
		if (problem)
			return problem;
		add_break(s, k, joined);
		if (!k->empty_line && (int)s->at.col < k->indent) {
			k->new_line = true;
			break;
		}
	}
	trim(s, k);
	return NULL;
}

/* Is the line behind the line end at p one that ends a block's plain scalar, whatever follows?
 * Where its text begins, or NULL. */
static const char *outer_line(const struct yaml_scan *s, const char *p, int indent)
{
	const char *end = s->text + s->len, *from = ++p;

	while (p < end && *p == ' ')
		p++;
	if (p == end || p - from >= indent || !*p || *p == '\t' || *p == '\n' || *p == '#' ||
	    (p == from && (*p == '-' || *p == '.')))
		return NULL;
	return p;
}

size_t scan_short_scalar(struct yaml_scan *s, int indent, bool *new_line)
{
	enum scalar_end ending = s->n_flows ? END_PLAIN_FLOW : END_PLAIN;
	const char *from = s->text + s->at.pos, *end = s->text + s->len, *p = from, *text_end;

	*new_line = false;
	if (s->has_returns || s->line_end != '\n' || stops[(unsigned char)*p] & STOPS(ending))
		return 0;
	for (;; p++) {
		while (p < end && !(stops[(unsigned char)*p] & STOPS(ending)))
			p++;
		if (end - p < 2 || !*p || !p[1] || *p == '#')
			return 0;
		/* A colon in a word is a part of it. */
		if (*p != ':' || strchr(s->n_flows ? " \t\n,]}" : " \t\n", p[1]))
			break;
	}
	for (text_end = p; text_end[-1] == ' ' || text_end[-1] == '\t';)
		text_end--;
	if (*p != '\n') {
		scan_skip(s, (size_t)(p - from));
		return (size_t)(text_end - from);
	}
	end = s->n_flows ? NULL : outer_line(s, p, indent);
	if (!end)
		return 0;
	*new_line = true;
	s->at.pos += (uint32_t)(end - from);
	s->at.col = (uint32_t)(end - p - 1);
	s->at.line++;
	return (size_t)(text_end - from);
}

const char *scan_plain_scalar(struct yaml_scan *s, int indent, bool *new_line)
{
	struct scalar k = {.end = s->n_flows ? END_PLAIN_FLOW : END_PLAIN,
			   .fold = FOLD_FLOW,
			   .chomp = CHOMP_STRIP,
			   .indent = s->n_flows ? 0 : indent};
	const char *problem = read_scalar(s, &k);

	*new_line = k.new_line;
	return problem;
}

const char *scan_quoted_scalar(struct yaml_scan *s)
{
	struct scalar k = {.end = scan_at(s, 0) == '"' ? END_DOUBLE : END_SINGLE,
			   .fold = FOLD_FLOW,
			   .chomp = CHOMP_CLIP};

	scan_eat(s, 1);
	return read_scalar(s, &k);
}

const char *scan_block_scalar(struct yaml_scan *s, int top_indent)
{
	struct scalar k = {.end = END_NONE,
			   .fold = scan_at(s, 0) == '>' ? FOLD_BLOCK : FOLD_NONE,
			   .indent = 1,
			   .detect_indent = true};
	bool sign = false, digit = false;

	scan_eat(s, 1);
	for (;; scan_eat(s, 1)) {
		char c = scan_at(s, 0);

		if (!sign && (c == '+' || c == '-')) {
			sign = true;
			k.chomp = c == '+' ? CHOMP_KEEP : CHOMP_STRIP;
		} else if (!digit && c >= '0' && c <= '9') {
			if (c == '0')
				return "a block text cannot be indented by 0";
			digit = true;
			k.indent = c - '0';
			k.detect_indent = false;
		} else {
			break;
		}
	}
	while (scan_is_blank(s, 0))
		scan_eat(s, 1);
	if (scan_at(s, 0) == '#')
		while (!scan_end(s) && !scan_break(s, 0))
			scan_eat(s, 1);
	if (!scan_end(s) && !scan_break(s, 0))
		return "text behind the indicator of a block text";
	if (top_indent >= 0)
		k.indent += top_indent;
	return read_scalar(s, &k);
}

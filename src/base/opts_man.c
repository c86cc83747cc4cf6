/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opts_doc.h"

#include "base/mem.h"

#include <ctype.h>
#include <string.h>

#define EXITS "Exit codes: "

void opts_man_text(struct strbuf *out, const char *text)
{
	bool start = true;

	for (const char *p = text; *p; p++) {
		if (start && (*p == '.' || *p == '\''))
			strbuf_addstr(out, "\\&");
		start = *p == '\n';
		switch (*p) {
		case '\\':
			strbuf_addstr(out, "\\e");
			break;
		case '-':
			strbuf_addstr(out, "\\-");
			break;
		case '\'':
			strbuf_addstr(out, "\\(aq");
			break;
		case '`':
			strbuf_addstr(out, "\\(ga");
			break;
		case '^':
			strbuf_addstr(out, "\\(ha");
			break;
		case '~':
			strbuf_addstr(out, "\\(ti");
			break;
		default:
			strbuf_addf(out, "%c", *p);
		}
	}
}

static void print(FILE *to, const char *text)
{
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;

	opts_man_text(&sb, text);
	fputs(sb.buf ? sb.buf : "", to);
}

void opts_man_head(FILE *to, const char *page, int section, const char *brief)
{
	struct strbuf title cleanup_strbuf = STRBUF_INIT;

	for (const char *p = page; *p; p++)
		strbuf_addf(&title, "%c", toupper((unsigned char)*p));
	fprintf(to,
		".\\\" SPDX-License-Identifier: Apache-2.0\n"
		".TH %s %d \"2026-11-21\" \"falcotune " FALCOTUNE_VERSION "\"\n.SH NAME\n",
		title.buf, section);
	print(to, page);
	fputs(" \\- ", to);
	print(to, brief);
	fputc('\n', to);
}

/* "falcotune run --sweep buffers" -> "falcotune-run-sweep-buffers" */
static void page_name(const char *program, struct strbuf *out)
{
	for (const char *p = program; *p; p++) {
		bool sep = *p == ' ';

		while (sep && p[1] == '-')
			p++;
		strbuf_addf(out, "%c", sep ? '-' : *p);
	}
}

/* What it does in one line: the first sentence, which begins in lower case there. */
static void brief(const char *summary, struct strbuf *out)
{
	const char *end = summary;

	while (*end && strncmp(end, "\n\n", 2) &&
	       !(strchr(".:;", *end) && isspace((unsigned char)end[1])))
		end++;
	for (const char *p = summary; p < end; p++)
		strbuf_addf(out, "%c",
			    *p == '\n'	   ? ' '
			    : p == summary ? tolower((unsigned char)*p)
					   : *p);
	if (out->len && out->buf[out->len - 1] == '.')
		strbuf_setlen(out, out->len - 1);
}

/* The paragraphs of the summary: those on exit codes (exits), or all others. */
static void paragraphs(FILE *to, const char *summary, bool exits)
{
	const char *next;
	bool any = false;

	for (const char *p = summary; *p; p = next) {
		const char *end = strstr(p, "\n\n");
		char *text cleanup_free = end ? xstrndup(p, (size_t)(end - p)) : xstrdup(p);

		next = end ? end + 2 : p + strlen(p);
		if (!strncmp(text, EXITS, strlen(EXITS)) != exits)
			continue;
		if (any)
			fputs(".PP\n", to);
		any = true;
		print(to, exits ? text + strlen(EXITS) : text);
		fputc('\n', to);
	}
}

static void option(FILE *to, const struct opt *o)
{
	fputs(".TP\n", to);
	if (o->short_name)
		fprintf(to, "\\fB\\-%c\\fR%s", o->short_name, o->long_name ? ", " : "");
	if (o->long_name) {
		fputs("\\fB", to);
		print(to, "--");
		print(to, o->long_name);
		fputs("\\fR", to);
	}
	if (o->arg) {
		fputs(o->long_name ? "=\\fI" : " \\fI", to);
		print(to, o->arg);
		fputs("\\fR", to);
	}
	fputc('\n', to);
	print(to, o->help);
	for (size_t c = 0; o->choices && o->choices[c]; c++) {
		fputs(c ? ", " : ": ", to);
		print(to, o->choices[c]);
	}
	fputc('\n', to);
}

/* The lines stand two blanks in. */
static void examples(FILE *to, const char *text)
{
	fputs(".SH EXAMPLES\n.nf\n", to);
	for (const char *p = text, *end; *p; p = *end ? end + 1 : end) {
		char *line cleanup_free = NULL;

		end = p + strcspn(p, "\n");
		p += strspn(p, " ") > 1 ? 2 : 0;
		line = xstrndup(p, (size_t)(end - p));
		print(to, line);
		fputc('\n', to);
	}
	fputs(".fi\n", to);
}

void opts_man(FILE *to, const struct opt *opts, const struct opts_usage *u)
{
	struct strbuf page cleanup_strbuf = STRBUF_INIT, line cleanup_strbuf = STRBUF_INIT;

	page_name(u->program, &page);
	brief(u->summary, &line);
	opts_man_head(to, page.buf, u->man_section ? u->man_section : 1, line.buf);
	fputs(".SH SYNOPSIS\n\\fB", to);
	print(to, u->program);
	fprintf(to, "\\fR [\\fIOPTION\\fR]...%s", *u->operands ? " " : "");
	print(to, u->operands);
	fputs("\n.SH DESCRIPTION\n", to);
	paragraphs(to, u->summary, false);
	fputs(".SH OPTIONS\n", to);
	for (const struct opt *o = opts; o->short_name || o->long_name; o++)
		option(to, o);
	fputs(".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nshow the options and exit\n", to);
	if (strstr(u->summary, EXITS)) {
		fputs(".SH EXIT STATUS\n", to);
		paragraphs(to, u->summary, true);
	}
	if (u->examples && *u->examples)
		examples(to, u->examples);
	fputs(".SH SEE ALSO\n.BR falcotune (1)\n", to);
}

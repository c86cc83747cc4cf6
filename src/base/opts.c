/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opts.h"

#include "base/mem.h"
#include "base/opts_doc.h"
#include "base/units.h"

#include <getopt.h>
#include <string.h>

const char *const out_format_names[] = {"text", "json", "csv", "md", "html", NULL};

#define LONG_BASE 1000 /* getopt value of the i-th option is LONG_BASE + i */

static size_t count(const struct opt *opts)
{
	size_t n = 0;

	while (opts[n].short_name || opts[n].long_name)
		n++;
	return n;
}

void opts_help(FILE *to, const struct opt *opts, const struct opts_usage *u)
{
	fprintf(to, "Usage: %s [OPTION]...%s%s\n\n%s\n\nOptions:\n", u->program,
		*u->operands ? " " : "", u->operands, u->summary);
	for (size_t i = 0; i < count(opts); i++) {
		struct strbuf sb cleanup_strbuf = STRBUF_INIT;
		const struct opt *o = &opts[i];

		if (o->short_name)
			strbuf_addf(&sb, "  -%c%s", o->short_name, o->long_name ? "," : "");
		else
			strbuf_addstr(&sb, "     ");
		if (o->long_name)
			strbuf_addf(&sb, " --%s", o->long_name);
		if (o->arg)
			strbuf_addf(&sb, "%s%s", o->long_name ? "=" : " ", o->arg);
		fprintf(to, sb.len > 30 ? "%s\n%-32s%s" : "%-32s%s%s", sb.buf,
			sb.len > 30 ? "" : o->help, sb.len > 30 ? o->help : "");
		for (size_t c = 0; o->choices && o->choices[c]; c++)
			fprintf(to, "%s%s", c ? "|" : ": ", o->choices[c]);
		fputc('\n', to);
	}
	fprintf(to, "  -h, --help                    show this help and exit\n");
	if (u->examples && *u->examples)
		fprintf(to, "\nExamples:\n%s", u->examples);
}

static int store(const struct opt *o, const char *name, const char *val, struct error *err)
{
	int64_t v = 0;
	char *end;

	switch (o->type) {
	case OPT_FLAG:
		*(bool *)o->dest = true;
		return 0;
	case OPT_STR:
		*(const char **)o->dest = val;
		return 0;
	case OPT_STRS:
		strvec_push(o->dest, val);
		return 0;
	case OPT_INT:
		v = strtoll(val, &end, 10);
		if (!*val || *end || v < o->min || v > o->max)
			return error_input(
				err, "option %s: '%s' is not a whole number from %lld to %lld",
				name, val, (long long)o->min, (long long)o->max);
		*(int64_t *)o->dest = v;
		return 0;
	case OPT_DURATION:
		if (!units_duration(val, o->dest))
			return error_input(
				err, "option %s: '%s' is not a duration such as 500ms, 10s or 2m",
				name, val);
		return 0;
	case OPT_SHARE:
		if (!units_share(val, o->dest))
			return error_input(err,
					   "option %s: '%s' is not a share such as 1%% or 0.01",
					   name, val);
		return 0;
	case OPT_SIZE:
		if (!units_size(val, o->dest))
			return error_input(err, "option %s: '%s' is not a size such as 64Mi", name,
					   val);
		return 0;
	case OPT_CHOICE:
		for (int i = 0; o->choices[i]; i++) {
			if (!strcmp(o->choices[i], val)) {
				*(int *)o->dest = i;
				return 0;
			}
		}
		error_input(err, "option %s: '%s' is not one of", name, val);
		for (int i = 0; err && o->choices[i]; i++)
			strncat(strncat(err->msg, i ? "|" : " ",
					sizeof(err->msg) - strlen(err->msg) - 1),
				o->choices[i], sizeof(err->msg) - strlen(err->msg) - 1);
		return -1;
	}
	return 0;
}

/* What --help or --help=FORMAT asks for. Returns 1, or -1 with ERROR_INPUT. */
static int show_help(const struct opt *opts, const struct opts_usage *u, const char *format,
		     struct error *err)
{
	enum opts_shell shell = format ? opts_shell(format) : SHELL_N;

	if (!format)
		opts_help(stdout, opts, u);
	else if (!strcmp(format, "man"))
		opts_man(stdout, opts, u);
	else if (shell != SHELL_N)
		opts_complete(stdout, shell, opts, u);
	else
		return error_input(err, "option --help: '%s' is not one of man|bash|zsh|fish",
				   format);
	return 1;
}

static int refuse_operand(const char *word, const struct opts_usage *u, struct error *err)
{
	if (u->instead)
		return error_input(err, "unexpected operand '%s'; %s", word, u->instead);
	return error_input(err, "unexpected operand '%s'; try %s --help", word, u->program);
}

int opts_parse(int argc, char **argv, const struct opt *opts, const struct opts_usage *usage,
	       int *first, struct error *err)
{
	size_t n = count(opts);
	struct option *lo cleanup_free = xcalloc(n + 2, sizeof(*lo));
	struct strbuf so cleanup_strbuf = STRBUF_INIT;
	size_t n_long = 0;
	int c;

	strbuf_addstr(&so, ":h");
	for (size_t i = 0; i < n; i++) {
		int has_arg = opts[i].type != OPT_FLAG;

		if (opts[i].short_name)
			strbuf_addf(&so, "%c%s", opts[i].short_name, has_arg ? ":" : "");
		if (opts[i].long_name)
			lo[n_long++] = (struct option){opts[i].long_name, has_arg, NULL,
						       LONG_BASE + (int)i};
	}
	lo[n_long] = (struct option){"help", optional_argument, NULL, 'h'};
	optind = 0; /* also resets GNU getopt's own state */
	opterr = 0;
	for (;;) {
		char name[64];
		size_t i;
		int at = optind ? optind : 1;

		c = getopt_long(argc, argv, so.buf, lo, NULL);
		if (c < 0)
			break;
		if (c == '?' || c == ':') {
			const char *word = argv[optind - 1 < argc ? optind - 1 : argc - 1];
			char letter[3] = {'-', (char)optopt, '\0'};

			if (optopt && optopt < LONG_BASE)
				word = letter;
			else if (at < argc && argv[at][0] == '-')
				word = argv[at];
			return error_input(err,
					   c == ':' ? "option %s needs a value; try %s --help"
						    : "unknown option %s; try %s --help",
					   word, usage->program);
		}
		for (i = 0; i < n; i++)
			if (c == LONG_BASE + (int)i ||
			    (opts[i].short_name && c == opts[i].short_name))
				break;
		if (i == n)
			return show_help(opts, usage, optarg, err);
		if (c >= LONG_BASE)
			snprintf(name, sizeof(name), "--%s", opts[i].long_name);
		else
			snprintf(name, sizeof(name), "-%c", c);
		if (store(&opts[i], name, optarg, err))
			return -1;
		if (opts[i].given)
			*opts[i].given = true;
	}
	if (first)
		*first = optind;
	return *usage->operands || optind >= argc ? 0 : refuse_operand(argv[optind], usage, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opts_doc.h"

#include "base/mem.h"

#include <ctype.h>
#include <string.h>

/* What the value of an option can be. */
struct values {
	struct strvec words;
	const char *asked; /* name of those that `falcotune --help=NAME` lists; NULL: none */
	bool files;
};

enum opts_shell opts_shell(const char *format)
{
	static const char *const names[] = {"bash", "zsh", "fish"};
	int i = 0;

	while (i < SHELL_N && strcmp(names[i], format) != 0)
		i++;
	return (enum opts_shell)i;
}

/* Of the choices, and of the name of the value: capitals stand for something (FILE), the rest is
 * meant literally (PATH|auto|embedded). */
static void values_of(const struct opt *o, struct values *v)
{
	static const char *const files[] = {"FILE", "DIR", "PATH", "PROFILE"};
	static const char *const asked[] = {"VERSION", "PROFILE", "ID"};

	for (size_t i = 0; o->choices && o->choices[i]; i++)
		strvec_push(&v->words, o->choices[i]);
	for (const char *p = o->arg; p && *p; p += strcspn(p, "|"), p += *p == '|') {
		char *word cleanup_free = xstrndup(p, strcspn(p, "|"));

		if (islower((unsigned char)*word))
			strvec_push(&v->words, word);
		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
			v->files |= !strcmp(word, files[i]);
		for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
			if (!strcmp(word, asked[i]))
				v->asked = asked[i];
	}
}

static bool operands_are_files(const struct opts_usage *u)
{
	static const char *const named[] = {"FILE", "DIR", "RESULTS", "OLD", "A B"};

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strstr(u->operands, named[i]))
			return true;
	return false;
}

/* "falcotune run --sweep buffers" -> "_falcotune_run_sweep": the function of that part. */
static void function_name(const char *program, struct strbuf *out)
{
	strbuf_addstr(out, "_");
	for (const char *p = program; *p; p++) {
		if (*p != ' ') {
			strbuf_addf(out, "%c", *p);
			continue;
		}
		strbuf_addstr(out, "_");
		if (p[1] == '-') {
			p += 1 + strspn(p + 1, "-");
			strbuf_addf(out, "%.*s", (int)strcspn(p, " "), p);
			return;
		}
	}
}

/* The words, in single quotes in the end; what is asked for when they are needed: by that command
 * between begin and end. */
static void words_of(const struct values *v, const char *begin, const char *end, struct strbuf *out)
{
	strvec_join(&v->words, " ", out);
	if (v->asked)
		strbuf_addf(out, "%s%sfalcotune --help=%s 2>/dev/null%s", out->len ? " " : "",
			    begin, v->asked, end);
}

/* text in single quotes; characters of escape get a backslash. */
static void quoted(FILE *to, const char *text, const char *quote, const char *escape)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\'')
			fputs(quote, to);
		else if (*p == '\n')
			fputc(' ', to);
		else
			fprintf(to, "%s%c", strchr(escape, *p) ? "\\" : "", *p);
	}
}

/* bash: a function that sets flags, and for the option $1 the words and files of its value. */

static void bash_value(FILE *to, const struct opt *o)
{
	struct values v = {.words = STRVEC_INIT};
	struct strbuf words cleanup_strbuf = STRBUF_INIT;

	if (o->type == OPT_FLAG)
		return;
	values_of(o, &v);
	words_of(&v, "$(", ")", &words);
	fputc('\t', to);
	if (o->short_name)
		fprintf(to, "-%c%s", o->short_name, o->long_name ? " | " : "");
	if (o->long_name)
		fprintf(to, "--%s", o->long_name);
	fprintf(to, ") value=1 words=\"%s\" files=%s ;;\n", words.buf, v.files ? "1" : "");
	strvec_release(&v.words);
}

static void bash_part(FILE *to, const char *name, const struct opt *opts,
		      const struct opts_usage *u)
{
	fprintf(to, "%s()\n{\n\tflags='-h --help", name);
	for (const struct opt *o = opts; o->short_name || o->long_name; o++) {
		if (o->short_name)
			fprintf(to, " -%c", o->short_name);
		if (o->long_name)
			fprintf(to, " --%s%s", o->long_name, o->type == OPT_FLAG ? "" : "=");
	}
	fprintf(to, "'\n\toperands=%s\n\tcase $1 in\n", operands_are_files(u) ? "1" : "");
	for (const struct opt *o = opts; o->short_name || o->long_name; o++)
		bash_value(to, o);
	fputs("\tesac\n}\n\n", to);
}

static const char bash_driver[] =
	"# $1: the function of the options of what is being typed.\n"
	"_falcotune_options()\n{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} at=$COMP_CWORD\n"
	"\tlocal flags= value= words= files= operands=\n"
	"\t# --option=value comes as three words.\n"
	"\tif [[ $cur == = ]]; then\n\t\tcur=\n"
	"\telif [[ $prev == = ]]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n"
	"\t\"$1\" \"$prev\"\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $value ]]; then\n"
	"\t\t[[ ! $words ]] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	"\telif [[ $cur == -* ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$cur\")\n"
	"\t\t[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null\n"
	"\t\treturn\n"
	"\telse\n\t\tfiles=$operands\n\tfi\n"
	"\t[[ $files ]] || return\n"
	"\tlocal found\n"
	"\tmapfile -t found < <(compgen -f -- \"$cur\")\n"
	"\tCOMPREPLY+=(\"${found[@]}\")\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"}\n\n";

static void bash_end(FILE *to, const char *program, const struct strvec *commands)
{
	if (!commands->n) {
		fprintf(to, "_%s_complete()\n{\n\t_falcotune_options _%s\n}\n", program, program);
	} else {
		fprintf(to, "_%s_complete()\n{\n\tlocal part=_%s_${COMP_WORDS[1]-} word\n", program,
			program);
		fputs("\tif ((COMP_CWORD == 1)); then\n\t\tmapfile -t COMPREPLY < <(compgen -W '",
		      to);
		for (size_t i = 0; i < commands->n; i += 2)
			fprintf(to, "%s ", commands->v[i]);
		fputs("--help --version' -- \"${COMP_WORDS[1]}\")\n\t\treturn\n\tfi\n"
		      "\tdeclare -F \"$part\" >/dev/null || return\n"
		      "\tfor word in \"${COMP_WORDS[@]:2:COMP_CWORD-2}\"; do\n"
		      "\t\t[[ ! $word ]] || ! declare -F \"${part}_${word#--}\" >/dev/null "
		      "||\n"
		      "\t\t\t{ part=${part}_${word#--}; break; }\n"
		      "\tdone\n\t_falcotune_options \"$part\"\n}\n",
		      to);
	}
	fprintf(to, "complete -F _%s_complete %s\n", program, program);
}

/* zsh: a function of _arguments. */

static void zsh_spelling(FILE *to, const struct opt *o, const struct values *v, bool is_long)
{
	struct strbuf words cleanup_strbuf = STRBUF_INIT;

	words_of(v, "$(", ")", &words);
	fprintf(to, " \\\n\t\t'%s", o->type == OPT_STRS ? "*" : "");
	if (is_long)
		fprintf(to, "--%s%s[", o->long_name, o->type == OPT_FLAG ? "" : "=");
	else
		fprintf(to, "-%c%s[", o->short_name, o->type == OPT_FLAG ? "" : "+");
	quoted(to, o->help, "'\\''", "[]\\");
	fputc(']', to);
	if (o->type != OPT_FLAG) {
		fputc(':', to);
		quoted(to, o->arg ? o->arg : "value", "'\\''", ":\\");
		if (words.len)
			fprintf(to, ":{compadd -- %s%s}", words.buf, v->files ? "; _files" : "");
		else
			fprintf(to, ":%s", v->files ? "_files" : " ");
	}
	fputc('\'', to);
}

static void zsh_part(FILE *to, const char *name, const struct opt *opts, const struct opts_usage *u)
{
	fprintf(to, "%s()\n{\n\t_arguments -s -S '(-h --help)'{-h,--help}'[show the options]'",
		name);
	for (const struct opt *o = opts; o->short_name || o->long_name; o++) {
		struct values v = {.words = STRVEC_INIT};

		values_of(o, &v);
		if (o->short_name)
			zsh_spelling(to, o, &v, false);
		if (o->long_name)
			zsh_spelling(to, o, &v, true);
		strvec_release(&v.words);
	}
	fprintf(to, "%s\n}\n\n", operands_are_files(u) ? " \\\n\t\t'*:file:_files'" : "");
}

static void zsh_end(FILE *to, const char *program, const struct strvec *commands)
{
	if (commands->n) {
		fprintf(to, "_%s()\n{\n\tlocal part=_%s_${words[2]} word\n\tlocal -a commands=(\n",
			program, program);
		for (size_t i = 0; i + 1 < commands->n; i += 2) {
			fprintf(to, "\t\t'%s:", commands->v[i]);
			quoted(to, commands->v[i + 1], "'\\''", ":\\");
			fputs("'\n", to);
		}
		fputs("\t)\n\tif ((CURRENT == 2)); then\n\t\t_describe command commands\n"
		      "\t\tcompadd -- --help --version\n\t\treturn\n\tfi\n"
		      "\t(($+functions[$part])) || return 1\n"
		      "\tfor word in \"${(@)words[3,CURRENT - 1]}\"; do\n"
		      "\t\tword=${${word#--}%%=*}\n"
		      "\t\tif [[ $word == ?* ]] && (($+functions[${part}_$word])); then\n"
		      "\t\t\tpart=${part}_$word\n\t\t\tbreak\n\t\tfi\n\tdone\n"
		      "\tshift words\n\t((CURRENT--))\n\t$part\n}\n\n",
		      to);
	}
	fprintf(to, "_%s \"$@\"\n", program);
}

/* fish: one line an option, under the condition that its command was typed. */

static void fish_condition(FILE *to, const char *program)
{
	const char *space = strchr(program, ' '), *mode = space ? strchr(space + 1, ' ') : NULL;

	fprintf(to, "complete -c %.*s", (int)strcspn(program, " "), program);
	if (!space)
		return;
	space++;
	fprintf(to, " -n '__fish_seen_subcommand_from %.*s", (int)strcspn(space, " "), space);
	if (mode) {
		bool option = mode[1] == '-';

		mode += 1 + strspn(mode + 1, "-");
		fprintf(to, "; and __fish_%s %.*s",
			option ? "contains_opt" : "seen_subcommand_from", (int)strcspn(mode, " "),
			mode);
	}
	fputc('\'', to);
}

static void fish_part(FILE *to, const struct opt *opts, const struct opts_usage *u)
{
	for (const struct opt *o = opts; o->short_name || o->long_name; o++) {
		struct values v = {.words = STRVEC_INIT};
		struct strbuf words cleanup_strbuf = STRBUF_INIT;

		values_of(o, &v);
		words_of(&v, "(", ")", &words);
		fish_condition(to, u->program);
		if (o->short_name)
			fprintf(to, " -s %c", o->short_name);
		if (o->long_name)
			fprintf(to, " -l %s", o->long_name);
		if (o->type != OPT_FLAG)
			fputs(v.files ? " -r -F" : " -x", to);
		if (words.len)
			fprintf(to, " -a '%s'", words.buf);
		fputs(" -d '", to);
		quoted(to, o->help, "\\'", "\\");
		fputs("'\n", to);
		strvec_release(&v.words);
	}
	fish_condition(to, u->program);
	fputs(" -s h -l help -d 'show the options'\n", to);
	if (operands_are_files(u)) {
		fish_condition(to, u->program);
		fputs(" -F\n", to);
	}
}

static void fish_end(FILE *to, const char *program, const struct strvec *commands)
{
	for (size_t i = 0; i + 1 < commands->n; i += 2) {
		fprintf(to, "complete -c %s -n __fish_use_subcommand -a %s -d '", program,
			commands->v[i]);
		quoted(to, commands->v[i + 1], "\\'", "\\");
		fputs("'\n", to);
	}
	if (commands->n)
		fprintf(to,
			"complete -c %s -n __fish_use_subcommand -s h -l help -d 'show the "
			"commands'\n"
			"complete -c %s -n __fish_use_subcommand -l version -d 'show the "
			"version'\n",
			program, program);
}

void opts_complete_begin(FILE *to, enum opts_shell shell, const char *program)
{
	if (shell == SHELL_ZSH)
		fprintf(to, "#compdef %s\n", program);
	fprintf(to,
		"# SPDX-License-Identifier: Apache-2.0\n# Completion for %s, made from its "
		"options.\n\n",
		program);
	if (shell == SHELL_BASH)
		fputs(bash_driver, to);
	if (shell == SHELL_FISH)
		fprintf(to, "complete -c %s -f\n", program);
}

void opts_complete_end(FILE *to, enum opts_shell shell, const char *program,
		       const struct strvec *commands)
{
	if (shell == SHELL_BASH)
		bash_end(to, program, commands);
	else if (shell == SHELL_ZSH)
		zsh_end(to, program, commands);
	else
		fish_end(to, program, commands);
}

void opts_complete(FILE *to, enum opts_shell shell, const struct opt *opts,
		   const struct opts_usage *u)
{
	struct strbuf name cleanup_strbuf = STRBUF_INIT;
	const struct strvec none = STRVEC_INIT;
	bool whole = !strchr(u->program, ' ');

	function_name(u->program, &name);
	if (whole)
		opts_complete_begin(to, shell, u->program);
	if (shell == SHELL_BASH)
		bash_part(to, name.buf, opts, u);
	else if (shell == SHELL_ZSH)
		zsh_part(to, name.buf, opts, u);
	else
		fish_part(to, opts, u);
	if (whole)
		opts_complete_end(to, shell, u->program, &none);
}

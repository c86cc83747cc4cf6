/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lints of single checks, and of their order inside an `and`.
 */
#include "lint/private.h"

#include "rules/evtypes.h"
#include "rules/fields.h"

#include <string.h>

/* Longest process name that the kernel keeps (TASK_COMM_LEN less the NUL). */
#define COMM_MAX 15
/* From here on a list of patterns that are tried one by one is worth a word. */
#define MANY_PATTERNS 50

static bool in_words(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

static bool is_check(const struct ast *a)
{
	return a->kind == AST_BINARY || a->kind == AST_UNARY;
}

static const char *field_name(const struct ast *check)
{
	const struct ast *f = is_check(check) ? lint_left(check) : NULL;

	return f ? f->text : "";
}

/* ---- evt.type ---- */

/* The event whose syscalls have that sc: the name to write instead. */
static const char *event_of(const struct lint_ctx *ctx, uint16_t sc)
{
	for (size_t i = CAT_FIRST_OWN_CODE; i < ctx->cat->n_events; i++)
		for (size_t j = 0; j < ctx->cat->events[i].n_sc; j++)
			if (cat_event_scs(ctx->cat, &ctx->cat->events[i])[j] == sc)
				return ctx->cat->events[i].name;
	return NULL;
}

static void check_name(struct lint_ctx *ctx, const struct lint_row *row, const struct ast *a,
		       const char *name)
{
	struct strvec one cleanup_strvec = STRVEC_INIT;
	struct bitset codes = {0}, scs = {0};
	char *mend cleanup_free = NULL;
	const char *event;
	size_t sc;

	sc = cat_sc_by_name(ctx->cat, name);
	if (!sc && strcmp(name, "syscall") != 0)
		return;
	strvec_push(&one, name);
	cat_names_to_scs(ctx->cat, &one, &scs);
	cat_names_to_codes(ctx->cat, &one, &codes);
	bitset_del(&codes, 0);
	bitset_del(&codes, 1);
	if (!bitset_empty(scs) || !bitset_empty(codes))
		return;
	event = sc ? event_of(ctx, (uint16_t)sc) : NULL;
	if (event)
		mend = xasprintf("write %s, the name of its event", event);
	lint_add(ctx, row, lint_at_node(ctx, a), mend,
		 "evt.type %s is accepted, but selects no syscall and matches no event of its own",
		 name);
}

LINT_NODE(lint_blind_name)
{
	if (!is_check(a) || a->mod || !evtypes_is_field(a->kids[0]))
		return;
	if (lint_is_equality(a) || a->op == OP_NE)
		for (size_t i = 0; i < lint_n_values(a); i++)
			check_name(ctx, row, a, lint_value(a, i));
}

LINT_NODE(lint_evttype_operator)
{
	if (!is_check(a) || !evtypes_is_field(a->kids[0]) || a->op == OP_EXISTS ||
	    (!a->mod && (a->op == OP_EQ || a->op == OP_EQEQ || a->op == OP_NE || a->op == OP_IN)))
		return;
	lint_add(ctx, row, lint_at_node(ctx, a), NULL,
		 "%s on %s does not narrow the events down: only = == != and in do",
		 ast_op_name(a->op), field_name(a));
}

static bool is_evt_dir(const struct ast *a, const char *value)
{
	return is_check(a) && !strcmp(field_name(a), "evt.dir") && lint_is_equality(a) &&
	       lint_n_values(a) == 1 && !strcmp(lint_value(a, 0), value);
}

LINT_NODE(lint_evt_dir_enter)
{
	if (!ctx->enter_events && is_evt_dir(a, ">"))
		lint_add(ctx, row, lint_at_node(ctx, a), NULL,
			 "evt.dir = > is never true: there are no enter events since 0.42");
}

LINT_NODE(lint_evt_dir_exit)
{
	if (!ctx->enter_events && is_evt_dir(a, "<"))
		lint_add(ctx, row, lint_at_node(ctx, a), NULL,
			 "evt.dir = < is always true since 0.42");
}

LINT_NODE(lint_latency)
{
	const char *name = field_name(a);

	if (!ctx->enter_events &&
	    (!strncmp(name, "evt.latency", 11) || !strcmp(name, "evt.wait_latency")))
		lint_add(ctx, row, lint_at_node(ctx, a), NULL,
			 "%s has no value: it needs enter events, which went with 0.42", name);
}

/* ---- order ---- */

/* A walk up the process tree. */
static const char *const ancestor_fields[] = {
	"proc.aname",	 "proc.aexe",  "proc.aexepath", "proc.apid",
	"proc.acmdline", "proc.aargs", "proc.aenv",	NULL};
/* Put together from many parts for each check. */
static const char *const joined_fields[] = {"proc.cmdline", "proc.args",  "proc.pcmdline",
					    "proc.env",	    "evt.args",	  "proc.cmdargs",
					    "fd.types",	    "evt.buffer", NULL};

static const char *check_cost(const struct ast *a)
{
	switch (a->op) {
	case OP_REGEX:
		return "a regular expression";
	case OP_GLOB:
	case OP_IGLOB:
		return "a glob";
	case OP_CONTAINS:
	case OP_ICONTAINS:
	case OP_BCONTAINS:
		return "a text search";
	default:
		break;
	}
	if (in_words(field_name(a), ancestor_fields))
		return "a walk up the ancestors";
	if (in_words(field_name(a), joined_fields))
		return "an argument text that is put together first";
	return NULL;
}

/* The first expensive check that runs for most events: of an and the first part is evaluated in any
 * case, of an or all are where most events match none. NULL when there is none. */
static const struct ast *costly(const struct ast *a)
{
	const struct ast *found = NULL;

	if (is_check(a))
		return check_cost(a) ? a : NULL;
	for (uint32_t i = 0; i < a->n && !found; i++) {
		found = costly(a->kids[i]);
		if (a->kind != AST_OR)
			break;
	}
	return found;
}

/* One comparison that most events fail. Event types are left out: rules are kept by event type, so
 * that check is as good as done. */
static bool is_cheap_and_selective(const struct ast *a)
{
	static const char *const fields[] = {
		"proc.name", "proc.pname",  "proc.exe",	    "proc.pexe",    "proc.exepath",
		"proc.pid",  "proc.ppid",   "proc.tty",	    "user.uid",	    "user.name",
		"fd.num",    "fd.type",	    "fd.typechar",  "fd.l4proto",   "fd.name",
		"fd.sport",  "fd.cport",    "fd.lport",	    "fd.rport",	    "fd.sip",
		"fd.rip",    "fd.filename", "fd.directory", "container.id", NULL};

	return lint_is_equality(a) && in_words(field_name(a), fields) && !lint_left(a)->arg;
}

/* Where an expensive check stands; that of a macro is not where the rule would be changed. */
static struct lint_at at_part(const struct lint_ctx *ctx, const struct ast *part,
			      const struct ast *check)
{
	const struct ast *a = part;

	while (!is_check(a) && !lint_root(ctx, a))
		a = a->kids[0];
	if (!lint_root(ctx, a))
		return lint_at_node(ctx, check);
	return ctx->m ? (struct lint_at){ctx->m->file, ctx->m->line, ctx->m->col, "macro",
					 ctx->m->name}
		      : lint_at_rule(ctx->r);
}

LINT_NODE(lint_order)
{
	const struct ast *first = NULL, *part = NULL;

	if (a->kind != AST_AND)
		return;
	for (uint32_t i = 0; i < a->n; i++) {
		if (!first) {
			part = a->kids[i];
			first = costly(part);
		} else if (is_cheap_and_selective(a->kids[i])) {
			char *mend cleanup_free =
				xasprintf("put the check on %s before it", field_name(a->kids[i]));

			lint_add(ctx, row, at_part(ctx, part, first), mend,
				 "%s (%s %s) runs before the cheap check on %s that would rule "
				 "most events out",
				 check_cost(first), field_name(first), ast_op_name(first->op),
				 field_name(a->kids[i]));
			return;
		}
	}
}

/* ---- texts ---- */

static const char *const path_fields[] = {"fd.name",
					  "fd.directory",
					  "proc.exepath",
					  "proc.pexepath",
					  "proc.cwd",
					  "fs.path.name",
					  "fs.path.source",
					  "fs.path.target",
					  "evt.arg.path",
					  "evt.abspath",
					  NULL};

static bool is_rooted(const char *path)
{
	static const char *const tops[] = {
		"/etc/",  "/usr/", "/bin/",  "/sbin/", "/var/", "/root/", "/proc/", "/dev/",
		"/home/", "/lib/", "/boot/", "/sys/",  "/tmp/", "/run/",  "/opt/",  NULL};

	for (size_t i = 0; tops[i]; i++)
		if (!strncmp(path, tops[i], strlen(tops[i])))
			return true;
	return false;
}

LINT_NODE(lint_contains_path)
{
	const char *value;

	if (!is_check(a) || a->op != OP_CONTAINS || a->mod || lint_n_values(a) != 1)
		return;
	value = lint_value(a, 0);
	if (in_words(field_name(a), path_fields) && is_rooted(value))
		lint_add(ctx, row, lint_at_node(ctx, a), NULL,
			 "%s contains %s searches the whole text for what stands at its beginning",
			 field_name(a), value);
}

/* A value that looks like a whole name: not a fragment that begins or ends with a separator. */
static bool is_whole_name(const char *value)
{
	size_t n = strlen(value);

	return n > 1 && !strpbrk(value, " *?[/") && !strchr("-_.:", value[0]) &&
	       !strchr("-_.:", value[n - 1]);
}

LINT_NODE(lint_contains_name)
{
	static const char *const fields[] = {"proc.name",  "proc.pname",  "proc.aname", "proc.exe",
					     "proc.pexe",  "user.name",	  "group.name", "fd.type",
					     "fd.l4proto", "fd.filename", NULL};
	char *mend cleanup_free = NULL;
	const char *value;

	if (!is_check(a) || a->op != OP_CONTAINS || a->mod || lint_n_values(a) != 1)
		return;
	value = lint_value(a, 0);
	if (!in_words(field_name(a), fields) || !is_whole_name(value))
		return;
	mend = xasprintf("write = %s (or startswith %s, where versions of it are meant)", value,
			 value);
	lint_add(ctx, row, lint_at_node(ctx, a), mend,
		 "%s contains %s also matches every longer name that holds it", field_name(a),
		 value);
}

/* What to write for a text that may have anything before (front) or after it (back). */
static char *cheaper_check(bool front, bool back, const char *text, size_t len)
{
	return xasprintf("write %s %.*s",
			 front && back ? "contains"
			 : front       ? "endswith"
			 : back	       ? "startswith"
				       : "=",
			 (int)len, text);
}

/* A pattern whose only special characters are stars at its ends, as a cheaper check. */
static char *simple_glob(const char *pattern)
{
	size_t n = strlen(pattern);
	bool front = n && pattern[0] == '*', back = n > 1 && pattern[n - 1] == '*';
	size_t from = front, len = n - front - back;

	if (!len || strcspn(pattern + from, "*?[\\") < len)
		return NULL;
	return cheaper_check(front, back, pattern + from, len);
}

static bool is_glob(const struct ast *a)
{
	return is_check(a) && (a->op == OP_GLOB || a->op == OP_IGLOB);
}

LINT_NODE(lint_glob_front)
{
	for (size_t i = 0; is_glob(a) && i < lint_n_values(a); i++) {
		const char *value = lint_value(a, i);
		char *mend cleanup_free = a->op == OP_GLOB ? simple_glob(value) : NULL;

		if (*value == '*')
			lint_add(ctx, row, lint_at_node(ctx, a), mend,
				 "the pattern %s begins with a star: every place of the text is "
				 "tried",
				 value);
	}
}

LINT_NODE(lint_glob_plain)
{
	for (size_t i = 0; is_glob(a) && i < lint_n_values(a); i++) {
		const char *value = lint_value(a, i);
		char *mend cleanup_free = a->op == OP_GLOB ? simple_glob(value) : NULL;

		if (mend && *value != '*')
			lint_add(ctx, row, lint_at_node(ctx, a), mend,
				 "the pattern %s needs no glob", value);
	}
}

/* A regex that is only a text, with .* at its ends, as a cheaper check; matching is always of the
 * whole text. */
static char *simple_regex(const char *re)
{
	size_t n = strlen(re), from = 0, len;
	bool front = false, back = false;

	if (n && *re == '^')
		from++;
	if (n > from && re[n - 1] == '$')
		n--;
	if (n >= from + 2 && !strncmp(re + from, ".*", 2)) {
		front = true;
		from += 2;
	}
	if (n >= from + 2 && !strncmp(re + n - 2, ".*", 2)) {
		back = true;
		n -= 2;
	}
	len = n - from;
	if (!len || strcspn(re + from, ".+*?^$()[]{}|\\") < len)
		return NULL;
	return cheaper_check(front, back, re + from, len);
}

LINT_NODE(lint_regex_plain)
{
	for (size_t i = 0; is_check(a) && a->op == OP_REGEX && i < lint_n_values(a); i++) {
		char *mend cleanup_free = simple_regex(lint_value(a, i));

		if (mend)
			lint_add(ctx, row, lint_at_node(ctx, a), mend,
				 "the regex %s is a plain text", lint_value(a, i));
	}
}

static const char *const comm_fields[] = {"proc.name", "proc.pname", "proc.aname", NULL};

LINT_NODE(lint_name_too_long)
{
	struct strbuf names cleanup_strbuf = STRBUF_INIT;
	size_t n = 0;

	if (!is_check(a) || !in_words(field_name(a), comm_fields) ||
	    (!lint_is_equality(a) && a->op != OP_CONTAINS && a->op != OP_STARTSWITH &&
	     a->op != OP_ENDSWITH))
		return;
	for (size_t i = 0; i < lint_n_values(a); i++) {
		const char *value = lint_value(a, i);

		if (strlen(value) <= COMM_MAX)
			continue;
		if (n++ < 3)
			strbuf_addf(&names, "%s%s", names.len ? ", " : "", value);
	}
	if (n > 3)
		strbuf_addf(&names, " and %zu more", n - 3);
	if (n)
		lint_add(ctx, row, lint_at_node(ctx, a), NULL,
			 "%s never has more than %d bytes, so it never matches %s", field_name(a),
			 COMM_MAX, names.buf);
}

LINT_NODE(lint_wildcard_literal)
{
	static const char *const fields[] = {"proc.name",
					     "proc.pname",
					     "proc.aname",
					     "proc.exe",
					     "proc.exepath",
					     "proc.pexepath",
					     "fd.name",
					     "fd.directory",
					     "fd.filename",
					     "container.image.repository",
					     "container.name",
					     "k8s.ns.name",
					     "k8s.pod.name",
					     "container.image",
					     NULL};

	if (!is_check(a) || (!lint_is_equality(a) && a->op != OP_STARTSWITH &&
			     a->op != OP_ENDSWITH && a->op != OP_CONTAINS))
		return;
	for (size_t i = 0; i < lint_n_values(a); i++)
		if (strchr(lint_value(a, i), '*') && lint_value(a, i)[1] &&
		    in_words(field_name(a), fields))
			lint_add(ctx, row, lint_at_node(ctx, a), NULL,
				 "%s %s takes the * of %s as it stands, not as a wildcard",
				 field_name(a), ast_op_name(a->op), lint_value(a, i));
}

LINT_NODE(lint_many_patterns)
{
	if (is_check(a) && a->mod && lint_n_values(a) >= MANY_PATTERNS && a->op != OP_EQ &&
	    a->op != OP_EQEQ)
		lint_add(ctx, row, lint_at_node(ctx, a), NULL,
			 "%s %s tries its %zu values one by one", ast_op_name(a->op),
			 ast_modifier_name(a->mod), lint_n_values(a));
}

LINT_NODE(lint_empty_list)
{
	if (a->kind == AST_BINARY && a->op == OP_IN && !a->mod && a->kids[1]->kind == AST_LIST &&
	    !a->kids[1]->n)
		lint_add(ctx, row, lint_at_node(ctx, a), NULL,
			 "%s in () is never true: the list is empty", field_name(a));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/fields.h"

#include "base/mem.h"
#include "rules/parser.h"

#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {
	[TYPE_NONE] = "none",
	[TYPE_ABSTIME] = "time",
	[TYPE_BOOL] = "boolean",
	[TYPE_BYTEBUF] = "byte buffer",
	[TYPE_CHARBUF] = "text",
	[TYPE_CHARBUFARRAY] = "text array",
	[TYPE_CHARBUF_PAIR_ARRAY] = "text pair array",
	[TYPE_DOUBLE] = "double",
	[TYPE_DYNAMIC] = "dynamic",
	[TYPE_ENUMFLAGS16] = "16-bit flags",
	[TYPE_ENUMFLAGS32] = "32-bit flags",
	[TYPE_ENUMFLAGS8] = "8-bit flags",
	[TYPE_ERRNO] = "error number",
	[TYPE_FD] = "file descriptor",
	[TYPE_FDLIST] = "descriptor list",
	[TYPE_FLAGS16] = "16-bit flags",
	[TYPE_FLAGS32] = "32-bit flags",
	[TYPE_FLAGS8] = "8-bit flags",
	[TYPE_FSPATH] = "path",
	[TYPE_FSRELPATH] = "relative path",
	[TYPE_GID] = "group id",
	[TYPE_INT16] = "16-bit number",
	[TYPE_INT32] = "32-bit number",
	[TYPE_INT64] = "64-bit number",
	[TYPE_INT8] = "8-bit number",
	[TYPE_IPADDR] = "ip address",
	[TYPE_IPNET] = "ip network",
	[TYPE_IPV4ADDR] = "IPv4 address",
	[TYPE_MODE] = "mode",
	[TYPE_PID] = "process id",
	[TYPE_PID32] = "process id",
	[TYPE_PORT] = "port",
	[TYPE_RELTIME] = "duration",
	[TYPE_SIGSET] = "signal set",
	[TYPE_SIGTYPE] = "signal",
	[TYPE_SOCKADDR] = "socket address",
	[TYPE_SOCKFAMILY] = "socket family",
	[TYPE_SOCKTUPLE] = "socket tuple",
	[TYPE_SYSCALLID] = "syscall",
	[TYPE_UID] = "user id",
	[TYPE_UINT16] = "unsigned 16-bit number",
	[TYPE_UINT32] = "unsigned 32-bit number",
	[TYPE_UINT64] = "unsigned 64-bit number",
	[TYPE_UINT8] = "unsigned 8-bit number",
};

const char *rule_field_type_name(enum field_type type)
{
	return type_names[type];
}

static int compare_param(const void *name, const void *row)
{
	return strcmp(name, ((const struct event_param *)row)->name);
}

/* No field of an earlier class is the beginning of a later class's (a test guards it), so that the
 * exact name decides and the order of the classes does not matter. */
static const struct field *table_find(const char *name)
{
	size_t low = 0, high = n_rule_fields, low_same = 0, high_same = 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *row = rule_fields[mid].name;
		/* What both bounds have in common with the name, all between them have too. */
		size_t n = low_same < high_same ? low_same : high_same;

		while (name[n] && name[n] == row[n])
			n++;
		if (name[n] == row[n])
			return &rule_fields[mid];
		if ((unsigned char)name[n] < (unsigned char)row[n]) {
			high = mid;
			high_same = n;
		} else {
			low = mid + 1;
			low_same = n;
		}
	}
	return NULL;
}

bool rule_field_is_container(const char *name)
{
	char plain[128];
	size_t n = strcspn(name, "[");
	const struct field *f;

	if (n >= sizeof(plain))
		return false;
	memcpy(plain, name, n);
	plain[n] = '\0';
	f = table_find(plain);
	return f && f->class == FIELD_CLASS_PLUGIN;
}

/* How Falco reads a number in an argument or a constant: leading blanks, a sign, nothing behind. */
static bool scanned_number(const char *text)
{
	int used = 0;
	long long v;

	return sscanf(text, "%lld%n", &v, &used) == 1 && !text[used];
}

static int no_such_field(const char *name, const char *arg, bool *unknown, struct error *err)
{
	*unknown = true;
	if (arg && table_find(name))
		return error_input(err, "field %s takes no argument [%s]", name, arg);
	return error_input(err, "there is no field %s", name);
}

/* Fields with an optional number or key in brackets. A bad one makes Falco read the plain field,
 * and fail over the rest of the text. */
static bool optional_arg_fits(const struct field *f, const char *arg)
{
	if (!strcmp(f->name, "proc.env") || !strcmp(f->name, "proc.aenv"))
		return !strchr(arg, ']');
	return scanned_number(arg);
}

static int plugin_arg(const struct field *f, const char *arg, bool *unknown, struct error *err)
{
	*unknown = false;
	if (!arg && (f->flags & FIELD_ARG_REQUIRED))
		return error_input(err, "field %s needs an argument in brackets", f->name);
	if (!arg)
		return 0;
	if (!(f->flags & (FIELD_ARG_REQUIRED | FIELD_ARG_ALLOWED)))
		return error_input(err, "field %s takes no argument", f->name);
	if (strchr(arg, ' '))
		return error_input(err, "the argument of field %s contains a blank", f->name);
	if (strchr(arg, ']'))
		return no_such_field(f->name, arg, unknown, err);
	return 0;
}

/* evt.arg[N], evt.arg.NAME and the like. rest is what follows the field's own name. */
static int event_arg(const char *name, const char *rest, const char *arg, struct field_info *out,
		     bool *unknown, struct error *err)
{
	bool raw = !strcmp(out->field->name, "evt.rawarg");
	const struct event_param *p;

	*unknown = false;
	if (!*rest && arg && !raw)
		return scanned_number(arg)
			       ? 0
			       : error_input(err, "%s[%s]: expected a number", name, arg);
	if (*rest != '.')
		return error_input(err,
				   "field %s needs the name of an event parameter, as in %s.fd",
				   name, out->field->name);
	p = bsearch(rest + 1, rule_event_params, n_rule_event_params, sizeof(rule_event_params[0]),
		    compare_param);
	if (!p)
		return error_input(err, "no event has a parameter %s", rest + 1);
	if (arg)
		return no_such_field(name, arg, unknown, err);
	if (raw)
		out->type = p->type;
	return 0;
}

static int type_is_arg(const char *name, const char *rest, const char *arg, bool *unknown,
		       struct error *err)
{
	const struct catalogue *cat = catalogue_find(NULL);

	*unknown = false;
	if (*rest != '.')
		return error_input(err,
				   "field %s needs the name of an event, as in "
				   "evt.type.is.open",
				   name);
	if (!arg && scanned_number(rest + 1))
		return 0;
	for (size_t i = 0; i < cat->n_events && !arg; i++)
		if (!strcmp(cat->events[i].name, rest + 1))
			return 0;
	return no_such_field(name, arg, unknown, err);
}

static int around_arg(const char *rest, const char *arg, bool *unknown, struct error *err)
{
	*unknown = false;
	if (*rest || !arg || !scanned_number(arg))
		return error_input(err, "evt.around needs a time in brackets");
	return 0;
}

static int cgroup_arg(const char *name, const char *rest, const char *arg, bool *unknown,
		      struct error *err)
{
	*unknown = false;
	if (*rest != '.')
		return error_input(err,
				   "field %s needs the name of a control group subsystem, as in "
				   "thread.cgroup.cpu",
				   name);
	for (rest++; *rest; rest++)
		if (!((*rest | 32) >= 'a' && (*rest | 32) <= 'z') && *rest != '_')
			return no_such_field(name, arg, unknown, err);
	return arg ? no_such_field(name, arg, unknown, err) : 0;
}

/* The fields whose argument is a part of the name; evt.args and thread.cgroups are others. 1: name
 * is not one of them. */
static int special_field(const char *name, const char *arg, struct field_info *out, bool *unknown,
			 struct error *err)
{
	static const char *const prefixes[] = {"evt.arg",     "evt.rawarg",  "evt.around",
					       "evt.abspath", "evt.type.is", "thread.cgroup"};
	const char *rest = NULL;
	size_t i;

	if (*name != 'e' && *name != 't')
		return 1;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]) && !rest; i++) {
		size_t n = strlen(prefixes[i]);

		if (!strncmp(name, prefixes[i], n) && name[n] != 's')
			rest = name + n;
	}
	if (!rest)
		return 1;
	out->field = table_find(prefixes[i - 1]);
	out->type = out->field->type;
	out->flags = out->field->flags;
	switch (i - 1) {
	case 0:
	case 1:
		return event_arg(name, rest, arg, out, unknown, err);
	case 2:
		return around_arg(rest, arg, unknown, err);
	case 3:
		if (!arg && (!*rest || !strcmp(rest, ".src") || !strcmp(rest, ".dst")))
			return 0;
		return no_such_field(name, arg, unknown, err);
	case 4:
		return type_is_arg(name, rest, arg, unknown, err);
	default:
		return cgroup_arg(name, rest, arg, unknown, err);
	}
}

int rule_field_find(const struct ruleset_options *opt, const char *name, const char *arg,
		    struct field_info *out, bool *unknown, struct error *err)
{
	const struct field *f;
	int rc = special_field(name, arg, out, unknown, err);

	if (rc <= 0)
		return rc;
	f = table_find(name);
	if (!f || (f->class == FIELD_CLASS_PLUGIN && !opt->container_plugin))
		return no_such_field(name, NULL, unknown, err);
	*out = (struct field_info){.field = f, .type = f->type, .flags = f->flags};
	if (f->class == FIELD_CLASS_PLUGIN)
		return plugin_arg(f, arg, unknown, err);
	if (!arg)
		return 0;
	if (!strcmp(name, "fd.types") && !scanned_number(arg)) {
		*unknown = false;
		return error_input(err, "fd.types[%s]: expected a number", arg);
	}
	if (!(f->flags & FIELD_ARG_ALLOWED) || !optional_arg_fits(f, arg))
		return no_such_field(name, arg, unknown, err);
	return 0;
}

static const struct field_info text_info = {.type = TYPE_CHARBUF};

static bool is_texts(const struct field_info *i)
{
	return i->type == TYPE_CHARBUF || i->type == TYPE_FSPATH || i->type == TYPE_FSRELPATH;
}

/* Apply a transformer of one argument to what it is applied on. */
static int transform(const char *name, struct field_info *info, struct error *err)
{
	bool list = info->flags & FIELD_LIST, fits;

	if (info->flags & FIELD_NO_TRANSFORMER)
		return error_input(err, "field %s cannot be used in a transformer",
				   info->field->name);
	if (!strcmp(name, "join") || !strcmp(name, "concat") || !strcmp(name, "getopt"))
		return error_input(err, "%s() needs at least two arguments", name);
	if (!strcmp(name, "len")) {
		fits = list || is_texts(info) || info->type == TYPE_BYTEBUF;
		info->type = fits ? TYPE_UINT64 : info->type;
		info->flags &= ~(unsigned)FIELD_LIST;
	} else if (!strcmp(name, "b64")) {
		fits = info->type == TYPE_CHARBUF || info->type == TYPE_BYTEBUF;
	} else {
		fits = is_texts(info);
	}
	return fits ? 0
		    : error_input(err, "%s() cannot be applied to a value of type %s", name,
				  rule_field_type_name(info->type));
}

/* join, concat and getopt. args: what each argument is before transformers on it. */
static int combine(const struct ast *a, const struct field_info *args, struct field_info *out,
		   struct error *err)
{
	bool first_list = args[0].flags & FIELD_LIST, second_list = args[1].flags & FIELD_LIST;

	*out = text_info;
	if (!strcmp(a->text, "join"))
		return a->n == 2 && !first_list && second_list
			       ? 0
			       : error_input(err, "join() needs a separator and a list");
	if (!strcmp(a->text, "concat")) {
		for (uint32_t i = 0; i < a->n; i++)
			if (args[i].type != TYPE_CHARBUF || args[i].flags & FIELD_LIST)
				return error_input(err, "concat() needs texts");
		return 0;
	}
	if (strcmp(a->text, "getopt"))
		return error_input(err, "%s() takes one argument", a->text);
	if (a->n != 2 || !first_list || second_list || args[0].type != TYPE_CHARBUF ||
	    args[1].type != TYPE_CHARBUF)
		return error_input(err, "getopt() needs a list and a text of options");
	if (a->arg && strlen(a->arg) != 1)
		return error_input(err, "getopt()[%s]: expected one option character", a->arg);
	out->flags = a->arg ? 0 : FIELD_LIST;
	return 0;
}

/* original: the field's own type, which join, concat and getopt look at. */
static int infer(const struct ruleset_options *opt, const struct ast *a, struct field_info *out,
		 struct field_info *original, bool *unknown, struct error *err);

static int infer_transformer(const struct ruleset_options *opt, const struct ast *a,
			     struct field_info *out, struct field_info *original, bool *unknown,
			     struct error *err)
{
	struct field_info *args;
	int rc = 0;

	if (a->n == 1) {
		if (infer(opt, a->kids[0], out, original, unknown, err))
			return -1;
		if (a->arg)
			return error_input(err, "%s() takes no argument in brackets", a->text);
		return strcmp(a->text, "val") ? transform(a->text, out, err) : 0;
	}
	args = xcalloc(a->n, sizeof(*args));
	for (uint32_t i = 0; i < a->n && !rc; i++) {
		struct field_info transformed;

		rc = infer(opt, a->kids[i], &transformed, &args[i], unknown, err);
	}
	if (!rc)
		rc = combine(a, args, out, err);
	if (!rc && a->arg && strcmp(a->text, "getopt"))
		rc = error_input(err, "%s() takes no argument in brackets", a->text);
	*original = text_info;
	free(args);
	return rc;
}

static int infer(const struct ruleset_options *opt, const struct ast *a, struct field_info *out,
		 struct field_info *original, bool *unknown, struct error *err)
{
	*out = text_info;
	if (a->kind == AST_FIELD) {
		if (rule_field_find(opt, a->text, a->arg, out, unknown, err))
			return -1;
	} else if (a->kind == AST_LIST) {
		for (uint32_t i = 0; i < a->n; i++) {
			struct field_info kid, kid_original;

			if (infer(opt, a->kids[i], &kid, &kid_original, unknown, err))
				return -1;
		}
		out->flags = FIELD_LIST;
	} else if (a->kind == AST_TRANSFORMER) {
		return infer_transformer(opt, a, out, original, unknown, err);
	}
	*original = *out;
	return 0;
}

int rule_field_infer(const struct ruleset_options *opt, const struct ast *a, struct field_info *out,
		     bool *unknown, struct error *err)
{
	struct field_info original;

	*unknown = false;
	return infer(opt, a, out, &original, unknown, err);
}

bool rule_field_exists(const struct ruleset_options *opt, const char *text)
{
	const char *open = strchr(text, '[');
	size_t len = strlen(text);
	struct field_info info;
	char *name, *arg;
	bool unknown;
	int rc;

	if (!open)
		return !rule_field_find(opt, text, NULL, &info, &unknown, NULL);
	if (text[len - 1] != ']')
		return false;
	name = xstrndup(text, (size_t)(open - text));
	arg = xstrndup(open + 1, len - (size_t)(open - text) - 2);
	rc = rule_field_find(opt, name, arg, &info, &unknown, NULL);
	free(name);
	free(arg);
	return !rc;
}

bool rule_field_valid_left(const struct loader *ld, const char *text)
{
	struct error err = ERROR_INIT;
	struct field_info info;
	size_t used = 0, len = strlen(text);
	bool unknown;
	struct ast *a;
	int rc;

	if (!strchr(text, '('))
		return rule_field_exists(ld->opt, text);
	/* Falco compiles `TEXT exists` here, blanks around it being fine. */
	text += strspn(text, " \t\r\n");
	len = strlen(text);
	a = condition_parse_field(text, len, &used, &err);
	rc = !a || text[used + strspn(text + used, " \t\r\n")] ||
	     rule_field_infer(ld->opt, a, &info, &unknown, &err);
	ast_free(a);
	return !rc;
}

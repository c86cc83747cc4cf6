/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs: what append_output adds, and the %fields in the text (reference, 1.7).
 */
#include "rules/fields.h"

#include "base/mem.h"
#include "rules/parser.h"

#include <string.h>

/* What Falco's shipped falco.yaml (suggested_output) adds with the container plugin. */
static const char suggested[] =
	"container_id=%container.id container_name=%container.name "
	"container_image_repository=%container.image.repository "
	"container_image_tag=%container.image.tag k8s_pod_name=%k8s.pod.name "
	"k8s_ns_name=%k8s.ns.name";

static const char container_info[] = "%container.info";

const char *output_appended(const struct ruleset_options *opt)
{
	if (opt->append_output)
		return opt->append_output;
	return opt->container_plugin ? suggested : "";
}

/* The token behind a %: the longest beginning of text that parses and compiles, tried from the
 * whole text downward. NULL with err when there is none. */
static struct ast *read_token(const struct ruleset_options *opt, const char *text, size_t *used,
			      struct error *err)
{
	size_t len = strlen(text);

	while (len) {
		struct error ignored = ERROR_INIT;
		struct field_info info;
		struct ast *a = condition_parse_field(text, len, used, &ignored);
		bool unknown;

		if (a && !rule_field_infer(opt, a, &info, &unknown, &ignored))
			return a;
		ast_free(a);
		/* Cutting bytes behind the point where reading stopped changes nothing. */
		len = len > *used ? *used : len - 1;
		if (!len)
			error_input(err, "%s", ignored.msg);
	}
	if (err->kind == ERROR_NONE)
		error_input(err, "expected a field");
	return NULL;
}

struct ast *ruleset_output_token(const struct ruleset_options *opt, const char *text, size_t *used)
{
	struct error ignored = ERROR_INIT;

	return read_token(opt, text, used, &ignored);
}

/* Length of a plain field at the beginning of text, the usual token; 0 when it takes a closer look.
 */
static size_t plain_token(const struct ruleset_options *opt, const char *text)
{
	char name[64];
	size_t n = 0;
	struct field_info info;
	bool unknown;

	while (n < sizeof(name) - 1 &&
	       (text[n] == '.' || text[n] == '_' || (text[n] >= '0' && text[n] <= '9') ||
		(unsigned)(text[n] | 32) - 'a' < 26u))
		n++;
	if (text[n] == '[' || text[n] == '(')
		return 0;
	memcpy(name, text, n);
	name[n] = '\0';
	return rule_field_find(opt, name, NULL, &info, &unknown, NULL) ? 0 : n;
}

/* Walk over the tokens up to `end`, where they are known to be fine again. fn gets each. 1 in
 * *unknown: Falco's text speaks of an unknown filter. */
typedef void (*token_fn)(void *arg, const struct ast *token);

static int walk_tokens(const struct ruleset_options *opt, const char *output, const char *end,
		       token_fn fn, void *arg, bool *unknown, struct error *err)
{
	const char *p = output + (*output == '*');

	*unknown = false;
	if (!*output)
		return error_input(err, "the output is empty");
	while ((p = strchr(p, '%')) && p < end) {
		const char *percent = p++;
		size_t used = 0;
		struct ast *a;

		if (!*p)
			return error_input(err, "the output ends with %%, expected a field behind "
						"it");
		p += strspn(p, "0123456789");
		if (!*p)
			return error_input(err, "the output ends with a width, expected a field "
						"behind it");
		used = fn ? 0 : plain_token(opt, p);
		p += used;
		if (used)
			continue;
		a = read_token(opt, p, &used, err);
		if (!a) {
			*unknown = true;
			return error_wrap(err, "at '%.20s'", percent);
		}
		if (fn)
			fn(arg, a);
		ast_free(a);
		p += used;
	}
	return 0;
}

struct names {
	struct strvec *out;
	bool after_transformer; /* the last name is that of a transformer just left */
};

static void add_name(struct names *n, const struct ast *a)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	ast_print(a, &text);
	strvec_push(n->out, text.buf);
}

/* Fields inside come before their transformer; of transformers in each other only the outer one is
 * named. */
static void add_token(struct names *n, const struct ast *a)
{
	if (a->kind == AST_FIELD) {
		add_name(n, a);
		n->after_transformer = false;
		return;
	}
	for (uint32_t i = 0; i < a->n; i++)
		add_token(n, a->kids[i]);
	if (a->kind != AST_TRANSFORMER)
		return;
	if (n->after_transformer)
		free(n->out->v[--n->out->n]);
	add_name(n, a);
	n->after_transformer = true;
}

static void collect_token(void *arg, const struct ast *a)
{
	struct names n = {.out = arg};

	add_token(&n, a);
}

void output_fields_of(const struct ruleset_options *opt, const char *output, struct strvec *out)
{
	struct error err = ERROR_INIT;
	bool unknown;

	walk_tokens(opt, output, output + strlen(output), collect_token, out, &unknown, &err);
}

/* Without %container.info, wherever it stands. */
static char *without_container_info(const char *text)
{
	struct strbuf out = STRBUF_INIT;
	const char *hit;

	for (; (hit = strstr(text, container_info)); text = hit + strlen(container_info))
		strbuf_add(&out, text, (size_t)(hit - text));
	strbuf_addstr(&out, text);
	return strbuf_detach(&out);
}

static char *joined(const char *output, const char *more)
{
	size_t n = strlen(output), m = strlen(more);
	char *text = xmalloc(n + 1 + m + 1);

	memcpy(text, output, n);
	text[n] = ' ';
	memcpy(text + n + 1, more, m + 1);
	return text;
}

int output_compile(struct loader *ld, struct rule *r, const struct rule_info *ri)
{
	struct item item = {"rule", r->name};
	const char *more = output_appended(ld->opt);
	struct error err = ERROR_INIT;
	bool unknown, appended = ld->appended_fine;
	const char *end;
	char *text;

	text = *more ? joined(r->output, more) : r->output;
	if (strstr(text, container_info)) {
		char *shorter = without_container_info(text);

		loader_warn(ld, "LOAD_DEPRECATED_ITEM", ri->output_at, item,
			    "%%container.info is deprecated and removed from the output, the "
			    "container plugin adds its fields");
		if (text != r->output)
			free(text);
		text = shorter;
		appended = false;
	}
	r->output_built = text;
	/* The same text behind every rule: its fields are looked up once. */
	end = text + strlen(text) - (appended ? strlen(more) : 0);
	if (walk_tokens(ld->opt, text, end, NULL, NULL, &unknown, &err)) {
		if (!unknown || !r->skip_unknown_filter)
			return loader_fail(ld, CODE_COMPILE_OUTPUT, ri->output_at, item,
					   "output: %s", err.msg);
		loader_warn(ld, "LOAD_UNKNOWN_FILTER", ri->output_at, item,
			    "the rule is skipped, output: %s", err.msg);
		return 1;
	}
	ld->appended_fine = true;
	warn_output(ld, r, ri);
	return 0;
}

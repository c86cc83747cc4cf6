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

bool rule_is_appended(const struct rule *r, const struct append_entry *e)
{
	for (size_t i = 0; i < e->tags.n; i++)
		if (!strvec_has(&r->tags, e->tags.v[i]))
			return false;
	return !e->rule || !strcmp(e->rule, r->name);
}

static void add_text(struct strbuf *out, const char *text)
{
	if (text)
		strbuf_addf(out, " %s", text);
}

/* What is added to the rule's output, each with a blank in front. */
static void add_appended(const struct ruleset_options *opt, const struct rule *r,
			 struct strbuf *out)
{
	const struct append_list *l = opt->append_output;

	if (!l && opt->container_plugin)
		add_text(out, suggested);
	for (size_t i = 0; l && i < l->n; i++) {
		if (!rule_is_appended(r, &l->v[i]))
			continue;
		add_text(out, l->v[i].output);
		if (l->v[i].suggested && opt->container_plugin)
			add_text(out, suggested);
	}
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

/* The same text is behind most rules: its fields are looked up once. */
static bool is_checked(const struct loader *ld, const char *appended)
{
	return ld->priv->appended && !strcmp(ld->priv->appended, appended);
}

static int check_extra_fields(struct loader *ld, const struct rule *r, struct error *err)
{
	const struct append_list *l = ld->opt->append_output;
	bool unknown;

	for (size_t i = 0; l && i < l->n; i++) {
		const struct append_entry *e = &l->v[i];

		for (size_t k = 0; k < e->n_fields && rule_is_appended(r, e); k++) {
			const char *format = e->fields[k].format;

			if (*format && walk_tokens(ld->opt, format, format + strlen(format), NULL,
						   NULL, &unknown, err))
				return error_wrap(err, "append_output.extra_fields: %s",
						  e->fields[k].key);
		}
	}
	return 0;
}

int output_compile(struct loader *ld, struct rule *r, const struct rule_info *ri)
{
	struct strbuf more cleanup_strbuf = STRBUF_INIT;
	struct item item = {"rule", r->name};
	struct error err = ERROR_INIT;
	bool unknown, checked;
	char *text;

	add_appended(ld->opt, r, &more);
	checked = is_checked(ld, more.buf);
	text = more.len ? xasprintf("%s%s", r->output, more.buf) : r->output;
	if (strstr(text, container_info)) {
		char *shorter = without_container_info(text);

		loader_warn(ld, "LOAD_DEPRECATED_ITEM", ri->output_at, item,
			    "%%container.info is deprecated and removed from the output, the "
			    "container plugin adds its fields");
		if (text != r->output)
			free(text);
		text = shorter;
		checked = false;
	}
	r->output_built = text;
	if (walk_tokens(ld->opt, text, text + strlen(text) - (checked ? more.len : 0), NULL, NULL,
			&unknown, &err)) {
		if (!unknown || !r->skip_unknown_filter)
			return loader_fail(ld, CODE_COMPILE_OUTPUT, ri->output_at, item,
					   "output: %s", err.msg);
		loader_warn(ld, "LOAD_UNKNOWN_FILTER", ri->output_at, item,
			    "the rule is skipped, output: %s", err.msg);
		return 1;
	}
	if (check_extra_fields(ld, r, &err))
		return loader_fail(ld, CODE_COMPILE_OUTPUT, ri->output_at, item, "%s", err.msg);
	if (!checked) {
		free(ld->priv->appended);
		ld->priv->appended = strbuf_detach(&more);
	}
	warn_output(ld, r, ri);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lints of falco.yaml, alone and against the rules.
 */
#include "config/findings.h"
#include "lint/private.h"

#include <string.h>

/* ---- keys ---- */

/* Keys that circulate and do nothing, with what to write instead. A prefix ends with a dot. */
static const struct {
	const char *key, *mend;
} config_keys[] = {
	{"skip_events", "leave it out; base_syscalls.custom_set decides what is traced"},
	{"rules.enabled", "write rules: [{enable: {rule: NAME}}], with wildcards or tag: TAG"},
	{"rules.disabled", "write rules: [{disable: {rule: NAME}}], with wildcards or tag: TAG"},
	{"rules[].enabled", "write rules: [{enable: {rule: NAME}}], with wildcards or tag: TAG"},
	{"rules[].disabled", "write rules: [{disable: {rule: NAME}}], with wildcards or tag: TAG"},
	{"print_output_to_stdout", "write stdout_output: {enabled: true}"},
	{"metrics.format", "leave it out: metrics.output_file writes JSON lines, and "
			   "webserver.prometheus_metrics_enabled serves Prometheus text"},
	{"metrics.prometheus", "write webserver.prometheus_metrics_enabled: true"},
	{"metrics.output", "write metrics.output_rule: true or metrics.output_file: PATH"},
	{"base_syscalls.custom", "write base_syscalls.custom_set"},
	{"base_syscalls.repair_set", "write base_syscalls.repair: true"},
	{"syscall_buf_size_preset", "write engine.modern_ebpf.buf_size_preset (or engine.kmod)"},
	{"syscall_drop_failed_exit", "write engine.modern_ebpf.drop_failed_exit (or engine.kmod)"},
	{"modern_bpf", "write engine.modern_ebpf.cpus_for_each_buffer"},
	{"buf_size_preset", "write engine.modern_ebpf.buf_size_preset (or engine.kmod)"},
	{"syscall_buf_size", "write engine.modern_ebpf.buf_size_preset, a number from 1 to 10"},
	{"outputs", "leave it out: there is no rate limit of alerts any more"},
	{"outputs.rate", "leave it out: there is no rate limit of alerts any more"},
	{"outputs.max_burst", "leave it out: there is no rate limit of alerts any more"},
	{"log_path", "leave it out; file_output.filename names the file of alerts"},
	{"grpc", "leave it out: the gRPC server went with 0.44; use http_output"},
	{"grpc_output", "write http_output: {enabled: true, url: URL}"},
	{"engine.ebpf", "write engine.kind: modern_ebpf"},
	{"engine.gvisor", "leave it out: this engine went with 0.44"},
	{"priority_threshold", "write priority"},
	{"min_priority", "write priority"},
	{"json", "write json_output: true"},
};

static const char *mend_for(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(config_keys); i++)
		if (!strcmp(key, config_keys[i].key))
			return config_keys[i].mend;
	return NULL;
}

/* The place that a warning of the configuration begins with. */
static struct lint_at warning_place(const char *warning, const char *text, char **file)
{
	struct lint_at at = {0};
	size_t line, col;
	int used;

	*file = NULL;
	/* FILE:LINE:COL: text, and the file may have colons itself. */
	for (const char *p = warning; (p = strchr(p, ':')) && p < text; p++) {
		used = 0;
		if (sscanf(p, ":%zu:%zu:%n", &line, &col, &used) == 2 && used && p + used <= text) {
			*file = xstrndup(warning, (size_t)(p - warning));
			at = (struct lint_at){*file, line, col, NULL, NULL};
			break;
		}
	}
	return at;
}

LINT_WHOLE(lint_config_key)
{
	static const char mark[] = "unknown key ";

	for (size_t i = 0; ctx->cfg && i < ctx->cfg->warnings.n; i++) {
		const char *text = strstr(ctx->cfg->warnings.v[i], mark);
		char *file cleanup_free = NULL, *key cleanup_free = NULL;
		struct lint_at at;

		if (!text)
			continue;
		key = xstrndup(text + strlen(mark), strcspn(text + strlen(mark), "; "));
		at = warning_place(ctx->cfg->warnings.v[i], text, &file);
		at.item_type = "key";
		at.item = key;
		lint_add(ctx, row, at, mend_for(key), "the key %s does nothing", key);
	}
}

static bool has_key(const struct config *c, const char *key)
{
	return c->root && yaml_get(c->root, key) != NULL;
}

LINT_WHOLE(lint_config_ignored)
{
	static const struct {
		const char *key, *why;
	} rows[] = {
		{"container_engines", "not read since 0.41; the container plugin takes its "
				      "place (plugins[].init_config)"},
		{"rules_file", "deprecated since 0.38, and fatal beside rules_files"},
	};

	for (size_t i = 0; ctx->cfg && i < ARRAY_SIZE(rows); i++)
		if (has_key(ctx->cfg, rows[i].key))
			lint_add(ctx, row, lint_at_key(ctx, rows[i].key), NULL, "%s", rows[i].why);
}

/* What stops Falco whatever host it is on. An output that is missing is left to `falcotune config`:
 * rules are often checked with a part of the configuration. */
LINT_WHOLE(lint_config_refused)
{
	static const struct config_host any_host;
	json_t *found, *f;
	size_t i;

	if (!ctx->cfg)
		return;
	found = config_findings(ctx->cfg, &any_host, NULL);
	json_array_foreach(found, i, f)
	{
		const char *code = json_string_value(json_object_get(f, "code"));
		const struct trap *t = config_trap_find(code);
		char *mend cleanup_free = xasprintf("write %s", t->mend);

		if (t->severity != TRAP_ERROR || !strcmp(code, "FC105"))
			continue;
		lint_add(ctx, row,
			 (struct lint_at){json_string_value(json_object_get(f, "file")),
					  (size_t)json_integer_value(json_object_get(f, "line")),
					  (size_t)json_integer_value(json_object_get(f, "col")),
					  NULL, NULL},
			 mend, "Falco does not start: %s (%s)",
			 json_string_value(json_object_get(f, "message")), code);
	}
	json_decref(found);
}

/* ---- base_syscalls ---- */

#define CUSTOM_SET "base_syscalls.custom_set"

static struct lint_at at_entry(const struct lint_ctx *ctx, size_t i)
{
	char *key cleanup_free = xasprintf(CUSTOM_SET "[%zu]", i);
	struct lint_at at = lint_at_key(ctx, key);

	at.item = CUSTOM_SET;
	return at;
}

/* Is there a custom set that replaces Falco's own base set? */
static bool has_base(const struct lint_ctx *ctx)
{
	return ctx->cfg && !bitset_empty(ctx->sel->added);
}

static bool selected(const struct lint_ctx *ctx, const char *name)
{
	return bitset_has(&ctx->sel->final, cat_sc_by_name(ctx->cat, name));
}

/* Does the tree look at descriptors? */
static bool uses_fd(const struct ast *a)
{
	if (a->kind == AST_FIELD)
		return !strncmp(a->text, "fd.", 3);
	for (uint32_t i = 0; i < a->n; i++)
		if (uses_fd(a->kids[i]))
			return true;
	return false;
}

LINT_WHOLE(lint_custom_no_close)
{
	const struct rule *first = NULL;
	size_t n = 0;

	if (!has_base(ctx) || selected(ctx, "close"))
		return;
	for (size_t i = 0; i < ctx->rs->n; i++) {
		const struct rule *r = &ctx->rs->rules[i];

		if (!lint_active(ctx, r) || !uses_fd(r->ast))
			continue;
		first = first ? first : r;
		n++;
	}
	if (n)
		lint_add(ctx, row, lint_at_key(ctx, CUSTOM_SET), NULL,
			 "close is not traced, but %zu rule%s fd fields ('%s'%s)", n,
			 n == 1 ? " uses" : "s use", first->name, n == 1 ? "" : " is the first");
}

static bool uses_process(const struct ast *a)
{
	if (a->kind == AST_FIELD)
		return !strncmp(a->text, "proc.", 5) || !strncmp(a->text, "thread.", 7);
	for (uint32_t i = 0; i < a->n; i++)
		if (uses_process(a->kids[i]))
			return true;
	return false;
}

LINT_WHOLE(lint_custom_no_process)
{
	static const char *const needed[] = {"clone", "clone3", "fork",
					     "vfork", "execve", "execveat"};
	struct strbuf lost cleanup_strbuf = STRBUF_INIT;
	size_t n = 0;

	if (!has_base(ctx))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!selected(ctx, needed[i]))
			strbuf_addf(&lost, "%s%s", lost.len ? ", " : "", needed[i]);
	if (!lost.len)
		return;
	for (size_t i = 0; i < ctx->rs->n; i++)
		n += lint_active(ctx, &ctx->rs->rules[i]) && uses_process(ctx->rs->rules[i].ast);
	if (n)
		lint_add(ctx, row, lint_at_key(ctx, CUSTOM_SET), NULL,
			 "%s %s not traced, but %zu rule%s process fields", lost.buf,
			 strchr(lost.buf, ',') ? "are" : "is", n, n == 1 ? " uses" : "s use");
}

LINT_WHOLE(lint_custom_empty)
{
	for (size_t i = 0; ctx->cfg && i < ctx->cfg->custom_set.n; i++) {
		const char *name = ctx->cfg->custom_set.v[i];

		if (!*name || !strcmp(name, "!"))
			lint_add(
				ctx, row, at_entry(ctx, i), NULL,
				"an entry of custom_set is empty: an unquoted !name is a YAML tag, "
				"not a name");
	}
}

static const char *event_of(const struct lint_ctx *ctx, const char *name)
{
	size_t sc = cat_sc_by_name(ctx->cat, name);

	for (size_t i = CAT_FIRST_OWN_CODE; sc && i < ctx->cat->n_events; i++)
		for (size_t j = 0; j < ctx->cat->events[i].n_sc; j++)
			if (cat_event_scs(ctx->cat, &ctx->cat->events[i])[j] == sc)
				return ctx->cat->events[i].name;
	return NULL;
}

LINT_WHOLE(lint_custom_invalid)
{
	for (size_t i = 0; ctx->cfg && i < ctx->cfg->custom_set.n; i++) {
		const char *entry = ctx->cfg->custom_set.v[i];
		const char *name = entry + (*entry == '!'), *event = event_of(ctx, name);
		const struct strvec *bad =
			*entry == '!' ? &ctx->sel->invalid_negative : &ctx->sel->invalid_positive;
		char *mend cleanup_free = NULL;

		if (!*name || !strvec_has(bad, name))
			continue;
		if (event)
			mend = xasprintf("write %s%s, the name of its event",
					 *entry == '!' ? "!" : "", event);
		lint_add(ctx, row, at_entry(ctx, i), mend,
			 "%s is no name that custom_set knows: the entry does nothing", name);
	}
}

static struct bitset entry_scs(const struct lint_ctx *ctx, const char *name)
{
	struct strvec one cleanup_strvec = STRVEC_INIT;
	struct bitset scs = {0};

	strvec_push(&one, name);
	cat_names_to_scs(ctx->cat, &one, &scs);
	return scs;
}

LINT_WHOLE(lint_custom_ignored)
{
	for (size_t i = 0; ctx->cfg && !ctx->cfg->all && i < ctx->cfg->custom_set.n; i++) {
		const char *name = ctx->cfg->custom_set.v[i];
		struct bitset scs;

		if (!*name || *name == '!')
			continue;
		scs = bitset_and(entry_scs(ctx, name), ctx->ignored);
		if (!bitset_empty(bitset_minus(scs, ctx->sel->final)))
			lint_add(ctx, row, at_entry(ctx, i), NULL,
				 "%s is taken out again as high-volume, without a word", name);
	}
}

LINT_WHOLE(lint_repair_restores)
{
	for (size_t i = 0; ctx->cfg && i < ctx->cfg->custom_set.n; i++) {
		const char *name = ctx->cfg->custom_set.v[i];
		struct bitset back;
		bool always;

		if (*name != '!' || !name[1])
			continue;
		back = bitset_and(entry_scs(ctx, name + 1), ctx->sel->final);
		if (bitset_empty(back))
			continue;
		always = bitset_has(&back, cat_sc_by_name(ctx->cat, "sched_process_exit"));
		if (!always && !ctx->cfg->repair)
			continue;
		lint_add(ctx, row, at_entry(ctx, i), NULL, "%s has no effect: %s", name,
			 always ? "Falco always traces procexit"
				: "repair runs last and brings the syscall back");
	}
}

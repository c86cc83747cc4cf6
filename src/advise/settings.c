/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/settings.h"

#include "base/mem.h"
#include "config/dropin.h"
#include "engine/engine.h"

#include <string.h>

void settings_of_flags(const char *p, struct strvec *out)
{
	while ((p = strstr(p, "-o "))) {
		struct strbuf word = STRBUF_INIT;
		bool quoted = false;

		for (p += 3; *p && (quoted || (*p != ' ' && *p != '\n')); p++)
			if (*p == '\'')
				quoted = !quoted;
			else if (*p == '\\' && !quoted && p[1])
				strbuf_addch(&word, *++p);
			else
				strbuf_addch(&word, *p);
		strvec_take(out, strbuf_detach(&word));
	}
}

static char *flags(const struct strvec *change)
{
	struct strbuf sb = STRBUF_INIT;

	for (size_t i = 0; i < change->n; i++) {
		struct strvec one cleanup_strvec = STRVEC_INIT;

		strvec_push(&one, "-o");
		strvec_push(&one, change->v[i]);
		argv_quote(&one, &sb);
		strbuf_addstr(&sb, i + 1 < change->n ? " \\\n" : "\n");
	}
	return strbuf_detach(&sb);
}

static void indent(const char *text, struct strbuf *out)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		strbuf_addf(out, "  %.*s\n", (int)n, text);
		text += n + (text[n] != '\0');
	}
}

void settings_helm_driver(const struct config *c, struct strbuf *out)
{
	struct config_section s = config_section(c, c->kind);

	strbuf_addf(out, "driver:\n  kind: %s\n", engine_kind_names[c->kind]);
	if (c->kind != ENGINE_KMOD && c->kind != ENGINE_MODERN_EBPF)
		return;
	strbuf_addf(out, "  %s:\n    bufSizePreset: %d\n    dropFailedExit: %s\n",
		    c->kind == ENGINE_KMOD ? "kmod" : "modernEbpf", s.preset,
		    s.drop_failed_exit ? "true" : "false");
	if (c->kind == ENGINE_MODERN_EBPF)
		strbuf_addf(out, "    cpusForEachBuffer: %d\n", s.cpus);
}

/* Helm merges mappings key by key, but replaces lists: whole ones. */
static int helm(const struct config *c, const struct strvec *change, struct strbuf *out,
		struct error *err)
{
	struct strvec done cleanup_strvec = STRVEC_INIT;
	struct strbuf blocks cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < change->n; i++) {
		char *key cleanup_free = xstrndup(change->v[i], strcspn(change->v[i], ".=["));

		if (strvec_has(&done, key))
			continue;
		strvec_push(&done, key);
		if (!strcmp(key, "engine"))
			settings_helm_driver(c, out);
		else if (dropin_block(c, key, &blocks, err))
			return -1;
	}
	if (blocks.len)
		strbuf_addstr(out, "falco:\n");
	indent(blocks.buf, out);
	return 0;
}

static int spell(const struct config_input *user, bool own, struct advice_item *f,
		 struct error *err)
{
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT, values cleanup_strbuf = STRBUF_INIT;
	struct config_input with = *user;
	struct error why = ERROR_INIT;
	struct config c;
	int rc;

	if (user->sets)
		strvec_copy(&sets, user->sets);
	strvec_copy(&sets, &f->change);
	with.sets = &sets;
	if (config_load(&c, &with, err))
		return -1;
	rc = helm(&c, &f->change, &values, err);
	config_release(&c);
	if (rc)
		return rc;
	free(f->helm);
	f->helm = strbuf_detach(&values);
	free(f->flags);
	f->flags = flags(&f->change);
	if (!own)
		return 0;
	free(f->yaml);
	f->yaml = NULL;
	if (dropin_make(user, &f->change, &text, &why))
		f->no_dropin = xstrdup(why.msg);
	else
		f->yaml = strbuf_detach(&text);
	return 0;
}

int settings_spell(const struct config_input *user, bool own, struct advice *f, struct error *err)
{
	for (size_t i = 0; own && i < f->n; i++)
		if (!f->v[i].change.n && f->v[i].flags)
			settings_of_flags(f->v[i].flags, &f->v[i].change);
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].change.n && (own || !f->v[i].flags || !f->v[i].helm))
			if (spell(user, own, &f->v[i], err))
				return -1;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/blocks.h"

#include "base/yaml.h"

#include <ctype.h>
#include <string.h>

#define WRAP 88 /* columns of a list in falco.yaml */

struct engine {
	const char *kind;
	int preset; /* 1..10; 0 unknown */
	int cpus;   /* -1: unknown, or not a setting of this kind */
	bool drop_failed_exit;
};

/* Preset p means 2^(19 + p) bytes a buffer (Falco 0.44.1, buf_size_preset). */
static int preset_of(const struct res_case *c)
{
	if (c->preset >= 1 && c->preset <= 10)
		return (int)c->preset;
	for (int p = 1; p <= 10; p++)
		if (c->buffer_bytes == INT64_C(1) << (19 + p))
			return p;
	return 0;
}

static struct engine engine_of(const struct res_case *c)
{
	struct engine e = {.kind = c->engine_kind ? c->engine_kind : "modern_ebpf",
			   .preset = preset_of(c),
			   .cpus = -1,
			   .drop_failed_exit = c->drop_failed_exit};

	if (strcmp(e.kind, "kmod") && c->cpus_per_buffer >= 0 && c->cpus_per_buffer < 1 << 16)
		e.cpus = (int)c->cpus_per_buffer;
	return e;
}

static const char *yes_no(bool b)
{
	return b ? "true" : "false";
}

static bool is_plain(const char *s)
{
	bool unused;

	if (!islower((unsigned char)*s) || yaml_to_bool(s, &unused) || !strcmp(s, "null"))
		return false;
	for (; *s; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

static void add_name(struct strbuf *sb, const char *s)
{
	if (is_plain(s)) {
		strbuf_addstr(sb, s);
		return;
	}
	strbuf_addch(sb, '"');
	for (; *s; s++) {
		if (iscntrl((unsigned char)*s))
			strbuf_addf(sb, "\\x%02x", (unsigned char)*s);
		else if (*s == '"' || *s == '\\')
			strbuf_addf(sb, "\\%c", *s);
		else
			strbuf_addch(sb, *s);
	}
	strbuf_addch(sb, '"');
}

/* A flow list; broken before WRAP with indent blanks when wrapped. */
static void add_list(struct strbuf *sb, const struct strvec *v, int indent)
{
	const char *nl = strrchr(sb->buf, '\n');
	size_t line = nl ? (size_t)(nl + 1 - sb->buf) : 0;

	strbuf_addch(sb, '[');
	for (size_t i = 0; i < v->n; i++) {
		if (i)
			strbuf_addch(sb, ',');
		if (i && indent && sb->len - line + strlen(v->v[i]) > WRAP - 4) {
			strbuf_addch(sb, '\n');
			line = sb->len;
			strbuf_addf(sb, "%*s", indent, "");
		} else if (i) {
			strbuf_addch(sb, ' ');
		}
		add_name(sb, v->v[i]);
	}
	strbuf_addch(sb, ']');
}

static void add_title(struct strbuf *sb, const char *title)
{
	while (title && *title) {
		size_t n = strcspn(title, "\r\n");

		strbuf_addstr(sb, "# ");
		for (size_t i = 0; i < n; i++)
			strbuf_addch(sb, iscntrl((unsigned char)title[i]) ? ' ' : title[i]);
		strbuf_addch(sb, '\n');
		title += n + (title[n] != '\0');
	}
}

static void add_base(struct strbuf *sb, const struct res_case *c, bool repair, int indent)
{
	strbuf_addf(sb, "%*sbase_syscalls:\n%*scustom_set: ", indent, "", indent + 2, "");
	add_list(sb, &c->custom_set, indent + 4);
	strbuf_addf(sb, "\n%*srepair: %s\n%*sall: %s\n", indent + 2, "", yes_no(repair), indent + 2,
		    "", yes_no(c->all));
}

char *blocks_yaml(const struct res_case *c, bool repair, const char *title)
{
	struct strbuf sb = STRBUF_INIT;
	struct engine e = engine_of(c);

	add_title(&sb, title);
	add_base(&sb, c, repair, 0);
	strbuf_addf(&sb, "engine:\n  kind: %s\n", e.kind);
	if (e.preset) {
		strbuf_addf(&sb, "  %s:\n", e.kind);
		if (e.cpus >= 0)
			strbuf_addf(&sb, "    cpus_for_each_buffer: %d\n", e.cpus);
		strbuf_addf(&sb, "    buf_size_preset: %d\n    drop_failed_exit: %s\n", e.preset,
			    yes_no(e.drop_failed_exit));
	}
	if (c->plugins_none)
		strbuf_addstr(&sb, "load_plugins: []\n");
	return strbuf_detach(&sb);
}

/* Inside single quotes of a shell. */
static void add_shell(struct strbuf *sb, const char *s)
{
	for (; *s; s++)
		if (*s == '\'')
			strbuf_addstr(sb, "'\\''");
		else
			strbuf_addch(sb, *s);
}

char *blocks_flags(const struct res_case *c, bool repair)
{
	struct strbuf sb = STRBUF_INIT, list cleanup_strbuf = STRBUF_INIT;
	struct engine e = engine_of(c);

	add_list(&list, &c->custom_set, 0);
	strbuf_addstr(&sb, "-o 'base_syscalls={custom_set: ");
	add_shell(&sb, list.buf);
	strbuf_addf(&sb, ", repair: %s, all: %s}' \\\n-o engine.kind=%s", yes_no(repair),
		    yes_no(c->all), e.kind);
	if (e.preset)
		strbuf_addf(&sb, " \\\n-o engine.%s.buf_size_preset=%d", e.kind, e.preset);
	if (e.preset && e.cpus >= 0)
		strbuf_addf(&sb, " \\\n-o engine.%s.cpus_for_each_buffer=%d", e.kind, e.cpus);
	strbuf_addch(&sb, '\n');
	return strbuf_detach(&sb);
}

char *blocks_helm(const struct res_case *c, bool repair, const char *title)
{
	struct strbuf sb = STRBUF_INIT;
	struct engine e = engine_of(c);

	add_title(&sb, title);
	strbuf_addf(&sb, "driver:\n  kind: %s\n", e.kind);
	if (e.preset) {
		strbuf_addf(&sb, "  %s:\n    bufSizePreset: %d\n    dropFailedExit: %s\n",
			    strcmp(e.kind, "kmod") ? "modernEbpf" : "kmod", e.preset,
			    yes_no(e.drop_failed_exit));
		if (e.cpus >= 0)
			strbuf_addf(&sb, "    cpusForEachBuffer: %d\n", e.cpus);
	}
	/* The container plugin is put back by the chart as long as a collector is on. */
	if (c->plugins_none)
		strbuf_addstr(&sb, "collectors:\n  enabled: false\n");
	strbuf_addstr(&sb, "falco:\n");
	add_base(&sb, c, repair, 2);
	if (c->plugins_none)
		strbuf_addstr(&sb, "  load_plugins: []\n");
	return strbuf_detach(&sb);
}

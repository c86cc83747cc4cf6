/* SPDX-License-Identifier: Apache-2.0 */
#include "config/findings.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "config/private.h"

#include <stdarg.h>
#include <string.h>

void notes_release(struct config_private *p)
{
	for (size_t i = 0; i < p->n_notes; i++) {
		free(p->notes[i].file);
		free(p->notes[i].text);
	}
	free(p->notes);
}

static struct note *new_note(struct config_private *p, const char *code, const char *text)
{
	struct note *n;

	ALLOC_GROW(p->notes, p->n_notes, p->alloc_notes);
	n = &p->notes[p->n_notes++];
	*n = (struct note){.code = code, .text = xstrdup(text)};
	return n;
}

void config_note(struct config *c, const char *code, const struct yaml_node *at, const char *text)
{
	struct note *n = new_note(c->priv, code, text);

	if (!at || !at->file)
		return;
	n->file = xstrdup(at->file);
	n->line = at->line;
	n->col = at->col;
}

/* Messages of errors begin with their place. */
static void split_place(struct note *n, const char *msg)
{
	for (const char *p = strchr(msg, ':'); p; p = strchr(p + 1, ':')) {
		unsigned long line, col;
		int used = 0;

		if (sscanf(p, ":%lu:%lu: %n", &line, &col, &used) < 2 || !used)
			continue;
		n->file = xstrndup(msg, (size_t)(p - msg));
		n->line = line;
		n->col = col;
		free(n->text);
		n->text = xstrdup(p + used);
		return;
	}
}

void config_trap(struct config *c, const char *code)
{
	c->priv->trap = code;
}

int config_tolerate(struct config *c, struct error *err)
{
	const char *code = c->priv->trap;

	c->priv->trap = NULL;
	if (!c->priv->lenient || !code)
		return -1;
	split_place(new_note(c->priv, code, err->msg), err->msg);
	error_clear(err);
	return 0;
}

/* ---- one check a trap ---- */

struct report {
	const struct config *c;
	const struct config_host *h;
	json_t *rows;
	bool refused;
};

static void add(struct report *r, const char *code, const char *file, size_t line, size_t col,
		const char *text)
{
	const struct trap *t = config_trap_find(code);
	json_t *row;

	row = json_pack("{s:s, s:s, s:s, s:o, s:s, s:s}", "code", code, "severity",
			trap_severity_names[t->severity], "title", t->title, "message",
			utf8_json(text), "why", t->why, "mend", t->mend);
	if (file)
		json_object_set_new(row, "file", utf8_json(file));
	if (line) {
		json_object_set_new(row, "line", json_integer((json_int_t)line));
		json_object_set_new(row, "col", json_integer((json_int_t)col));
	}
	r->refused |= t->severity == TRAP_ERROR;
	json_array_append_new(r->rows, row);
}

/* At the place of a key's value; a key that is absent has none. */
static void __attribute__((format(printf, 4, 5)))
report(struct report *r, const char *code, const char *key, const char *fmt, ...)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct origin o = config_origin(r->c, key);
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	add(r, code, o.file, o.line, o.col, text.buf);
}

static bool flag(const struct config *c, const char *key, bool def)
{
	const struct yaml_node *n = tree_find(c->root, key, NULL);
	bool v = def;

	return n && n->kind == YAML_SCALAR && yaml_to_bool(n->value, &v) ? v : def;
}

/* A text that a -o option replaced is what was wanted; only files wipe by accident. */
static void check_wiped(struct report *r)
{
	strmap_for_each (it, &r->c->priv->history.past) {
		const struct past *p = it->value;
		const char *def = config_key_default(p->key);

		if (!p->gone || !strncmp(p->by, CONFIG_ORIGIN_OPTION, 3) || strchr(p->key, '[') ||
		    !strcmp(p->text, "{}") || tree_find(r->c->root, p->key, NULL))
			continue;
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		strbuf_addf(&text, "%s: %s of %s", p->key, p->text, p->file);
		if (p->line)
			strbuf_addf(&text, ":%zu", p->line);
		strbuf_addf(&text, " is wiped by %s, which gives %.*s anew", p->by,
			    (int)strcspn(p->key, "."), p->key);
		if (def)
			strbuf_addf(&text, "; now Falco's default holds: %s", def);
		add(r, "FC301", p->file, p->line, p->col, text.buf);
	}
}

static void check_tags(struct report *r)
{
	const struct yaml_node *n = tree_find(r->c->root, "base_syscalls.custom_set", NULL);

	for (size_t i = 0; n && n->kind == YAML_SEQ && i < n->n; i++) {
		const struct yaml_node *e = n->items[i];
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		if (!e->tagged || !e->tag || *e->tag != '!' || e->len)
			continue;
		strbuf_addf(&text,
			    "custom_set has %s without quotes: it is the empty text, and %s is not "
			    "removed",
			    e->tag, e->tag + 1);
		add(r, "FC302", e->file, e->line, e->col, text.buf);
	}
}

uint64_t config_buffer_count(const struct config *c, const struct config_host *h)
{
	uint64_t n = h->n_cpus > 0 ? (uint64_t)h->n_cpus : 0;
	uint64_t each = (uint64_t)c->cpus_for_each_buffer;

	if (!n || c->kind == ENGINE_REPLAY || c->kind == ENGINE_NODRIVER ||
	    c->kind == ENGINE_GVISOR)
		return 0;
	if (c->kind != ENGINE_MODERN_EBPF)
		return n;
	return !each || each > n ? 1 : (n + each - 1) / each;
}

static void check_buffers(struct report *r)
{
	const struct config *c = r->c;
	const struct config_host *h = r->h;
	uint64_t n = config_buffer_count(c, h), total = n * c->buffer_bytes;
	char *key cleanup_free = xasprintf("engine.%s.buf_size_preset", engine_kind_names[c->kind]);

	if (!n)
		return;
	if (h->page_size && (c->buffer_bytes % h->page_size || c->buffer_bytes <= 2 * h->page_size))
		report(r, "FC401", key,
		       "preset %d makes buffers of %s, expected a multiple of the page size, %s, "
		       "and more than two pages",
		       c->buf_size_preset, UNITS_BYTES((double)c->buffer_bytes),
		       UNITS_BYTES((double)h->page_size));
	/* A quarter: Falco itself idles at about 70 MB and its thread table grows with the load. */
	if (h->memory && total >= h->memory / 4)
		report(r, total >= h->memory ? "FC402" : "FC403", key,
		       "preset %d makes %llu buffers of %s, %s in all; %s has %s of memory",
		       c->buf_size_preset, (unsigned long long)n,
		       UNITS_BYTES((double)c->buffer_bytes), UNITS_BYTES((double)total),
		       h->memory_of, UNITS_BYTES((double)h->memory));
	if (c->kind == ENGINE_MODERN_EBPF && c->cpus_for_each_buffer > h->n_cpus)
		report(r, "FC404", "engine.modern_ebpf.cpus_for_each_buffer",
		       "cpus_for_each_buffer is %d, and %d CPUs are online",
		       c->cpus_for_each_buffer, h->n_cpus);
}

/* Slower than this, a snapshot does not fall into a measured window of usual length. */
#define SLOW_METRICS_NS (INT64_C(60) * 1000000000)

static void check_metrics(struct report *r)
{
	const struct config *c = r->c;

	if (!c->metrics_enabled) {
		report(r, "FC501", "metrics.enabled",
		       "metrics.enabled is false: drops are not "
		       "counted anywhere");
		return;
	}
	if (c->metrics_interval_ns > SLOW_METRICS_NS)
		report(r, "FC502", "metrics.interval", "a snapshot every %s",
		       UNITS_DURATION((double)c->metrics_interval_ns));
	if (!c->metrics_kernel_counters)
		report(r, "FC503", "metrics.kernel_event_counters_enabled",
		       "kernel_event_counters_enabled is false");
}

static void check_outputs(struct report *r)
{
	static const char *const reopened[] = {"file_output", "program_output"};
	const struct config *c = r->c;

	if (c->stdout_enabled && !flag(c, "buffered_outputs", false))
		report(r, "FC601", "stdout_output.enabled",
		       "stdout_output is on and buffered_outputs is off");
	if (flag(c, "http_output.enabled", false))
		report(r, "FC602", "http_output.enabled", "http_output is on%s",
		       flag(c, "http_output.keep_alive", false) ? ""
								: ", with a connection an alert");
	for (size_t i = 0; i < ARRAY_SIZE(reopened); i++) {
		char *on cleanup_free = xasprintf("%s.enabled", reopened[i]);
		char *keep cleanup_free = xasprintf("%s.keep_alive", reopened[i]);

		if (flag(c, on, false) && !flag(c, keep, false))
			report(r, "FC603", on, "%s is on without keep_alive", reopened[i]);
	}
	if (!c->outputs_queue_capacity)
		report(r, "FC604", "outputs_queue.capacity", "outputs_queue.capacity is 0");
}

static const char *scalar(const struct config *c, const char *key, const char *def)
{
	const struct yaml_node *n = tree_find(c->root, key, NULL);

	return n && n->kind == YAML_SCALAR ? n->value : def;
}

static void check_drops(struct report *r)
{
	const struct yaml_node *n = tree_find(r->c->root, "syscall_event_drops.actions", NULL);
	bool ignored = !n || !n->n;

	if (n && n->kind == YAML_SCALAR)
		ignored = !strcmp(n->value, "ignore");
	for (size_t i = 0; n && n->kind == YAML_SEQ && i < n->n; i++)
		ignored |= n->items[i]->value && !strcmp(n->items[i]->value, "ignore");
	if (ignored)
		report(r, "FC702", "syscall_event_drops.actions",
		       "syscall_event_drops.actions is ignore");
	else
		report(r, "FC701", "syscall_event_drops.rate",
		       "at most %s reports a second (max_burst %s), above a drop share of %s",
		       scalar(r->c, "syscall_event_drops.rate", "0.03333"),
		       scalar(r->c, "syscall_event_drops.max_burst", "1"),
		       scalar(r->c, "syscall_event_drops.threshold", "0.1"));
}

static int rank(const json_t *row)
{
	const char *s = json_string_value(json_object_get(row, "severity"));
	int i = 0;

	while (strcmp(trap_severity_names[i], s) != 0)
		i++;
	return i;
}

/* Errors, warnings, notes; in the order found within each. */
static json_t *by_severity(const json_t *rows)
{
	json_t *out = json_array(), *row;
	size_t i;

	for (int s = TRAP_ERROR; s <= TRAP_NOTE; s++)
		json_array_foreach((json_t *)rows, i, row) if (rank(row) == s)
			json_array_append(out, row);
	return out;
}

json_t *config_findings(const struct config *c, const struct config_host *h, bool *refused)
{
	static void (*const checks[])(struct report *) = {
		check_wiped, check_tags, check_buffers, check_metrics, check_outputs, check_drops};
	struct report r = {.c = c, .h = h, .rows = json_array()};
	const struct config_private *p = c->priv;
	json_t *out;

	for (size_t i = 0; i < p->n_notes; i++)
		add(&r, p->notes[i].code, p->notes[i].file, p->notes[i].line, p->notes[i].col,
		    p->notes[i].text);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i](&r);
	out = by_severity(r.rows);
	json_decref(r.rows);
	if (refused)
		*refused = r.refused;
	return out;
}

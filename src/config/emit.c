/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <string.h>
#include <yaml.h>

static int write_out(void *arg, unsigned char *data, size_t size)
{
	strbuf_add(arg, data, size);
	return 1;
}

/* Plain only where no reader could take it for something else. */
static bool plain_safe(const struct yaml_node *n)
{
	static const char *const words[] = {"null", "Null", "NULL"};
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_./-";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(n->value, words[i]))
			return false;
	return n->len && n->value[0] != '-' && strspn(n->value, safe) == n->len;
}

static int emit_event(yaml_emitter_t *e, yaml_event_t *ev, int made)
{
	return made && yaml_emitter_emit(e, ev) ? 0 : -1;
}

static int emit_scalar(yaml_emitter_t *e, const char *text, size_t len, bool plain)
{
	yaml_event_t ev;

	return emit_event(e, &ev,
			  yaml_scalar_event_initialize(&ev, NULL, NULL, (yaml_char_t *)text,
						       (int)len, 1, 1,
						       plain ? YAML_PLAIN_SCALAR_STYLE
							     : YAML_DOUBLE_QUOTED_SCALAR_STYLE));
}

/* Loading expands ${NAME}: text that still has one is literal and was written $${NAME}. */
static int emit_text(yaml_emitter_t *e, const struct yaml_node *n)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	const char *at = n->value, *dollar;

	if (!memchr(n->value, '$', n->len))
		return emit_scalar(e, n->value, n->len, plain_safe(n));
	while ((dollar = strstr(at, "$")) && dollar[1] == '{' && strchr(dollar, '}')) {
		strbuf_add(&out, at, (size_t)(dollar - at));
		strbuf_addstr(&out, "$${");
		at = dollar + 2;
	}
	strbuf_addstr(&out, at);
	return emit_scalar(e, out.buf, out.len, false);
}

static int emit_node(yaml_emitter_t *e, const struct yaml_node *n)
{
	yaml_event_t ev;

	switch (n->kind) {
	case YAML_NULL:
		return emit_scalar(e, "null", 4, true);
	case YAML_SCALAR:
		return emit_text(e, n);
	case YAML_SEQ:
		if (emit_event(
			    e, &ev,
			    yaml_sequence_start_event_initialize(&ev, NULL, NULL, 1,
								 n->n ? YAML_BLOCK_SEQUENCE_STYLE
								      : YAML_FLOW_SEQUENCE_STYLE)))
			return -1;
		for (size_t i = 0; i < n->n; i++)
			if (emit_node(e, n->items[i]))
				return -1;
		return emit_event(e, &ev, yaml_sequence_end_event_initialize(&ev));
	case YAML_MAP:
		if (emit_event(e, &ev,
			       yaml_mapping_start_event_initialize(&ev, NULL, NULL, 1,
								   n->n ? YAML_BLOCK_MAPPING_STYLE
									: YAML_FLOW_MAPPING_STYLE)))
			return -1;
		for (size_t i = 0; i < n->n; i++)
			if (emit_node(e, n->pairs[i].key) || emit_node(e, n->pairs[i].value))
				return -1;
		return emit_event(e, &ev, yaml_mapping_end_event_initialize(&ev));
	}
	return -1;
}

static int emit_document(yaml_emitter_t *e, const struct yaml_node *root)
{
	yaml_event_t ev;

	if (emit_event(e, &ev, yaml_stream_start_event_initialize(&ev, YAML_UTF8_ENCODING)) ||
	    emit_event(e, &ev, yaml_document_start_event_initialize(&ev, NULL, NULL, NULL, 1)) ||
	    emit_node(e, root) || emit_event(e, &ev, yaml_document_end_event_initialize(&ev, 1)) ||
	    emit_event(e, &ev, yaml_stream_end_event_initialize(&ev)))
		return -1;
	return yaml_emitter_flush(e) ? 0 : -1;
}

int config_emit(const struct yaml_node *root, struct strbuf *out, struct error *err)
{
	yaml_emitter_t e;
	int rc;

	if (!yaml_emitter_initialize(&e))
		return error_nomem(err);
	yaml_emitter_set_output(&e, write_out, out);
	yaml_emitter_set_unicode(&e, 1);
	yaml_emitter_set_width(&e, -1);
	rc = emit_document(&e, root);
	if (rc)
		error_input(err, "the configuration cannot be written as YAML: %s",
			    e.problem ? e.problem : "a text in it is not UTF-8");
	yaml_emitter_delete(&e);
	return rc;
}

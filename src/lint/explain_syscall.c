/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syscalls and events: everything here comes from the catalogues and the selection itself.
 */
#include "lint/explain.h"

#include "base/mem.h"
#include "syscalls/select.h"

#include <string.h>

static const char *const category_names[] = {
	[CATEGORY_NONE] = "none",
	[CATEGORY_FILE] = "file",
	[CATEGORY_NET] = "net",
	[CATEGORY_IPC] = "ipc",
	[CATEGORY_WAIT] = "wait",
	[CATEGORY_SIGNAL] = "signal",
	[CATEGORY_SLEEP] = "sleep",
	[CATEGORY_TIME] = "time",
	[CATEGORY_PROCESS] = "process",
	[CATEGORY_SCHEDULER] = "scheduler",
	[CATEGORY_MEMORY] = "memory",
	[CATEGORY_USER] = "user",
	[CATEGORY_SYSTEM] = "system",
	[CATEGORY_IO_READ] = "io_read",
	[CATEGORY_IO_WRITE] = "io_write",
	[CATEGORY_IO_OTHER] = "io_other",
	[CATEGORY_OTHER] = "other",
	[CATEGORY_INTERNAL] = "internal",
	[CATEGORY_PROCESSING] = "processing",
	[CATEGORY_UNKNOWN] = "unknown",
};

static struct bitset scs_of(const struct catalogue *c, const char *name)
{
	struct strvec one cleanup_strvec = STRVEC_INIT;
	struct bitset scs = {0};
	size_t sc = cat_sc_by_name(c, name);

	strvec_push(&one, name);
	cat_names_to_scs(c, &one, &scs);
	if (sc)
		bitset_add(&scs, sc);
	return scs;
}

/* What repair selects for a rule on that one syscall. */
static struct bitset repaired(const struct catalogue *c, size_t sc)
{
	struct select_rule rule = {.name = "r"};
	struct select_input in = {.cat = c, .rules = &rule, .n_rules = 1, .repair = true};
	struct selection s = SELECTION_INIT;
	struct bitset final;

	bitset_add(&rule.scs, sc);
	selection_compute(&in, &s);
	final = s.final;
	bitset_del(&final, sc);
	selection_release(&s);
	return final;
}

/* A syscall of the category that is none of those asked about, so that what repair brings for it is
 * not itself. */
static size_t sample(const struct catalogue *c, enum event_category k, struct bitset but)
{
	static const char *const servers[] = {"accept", "accept4", "listen"};
	struct bitset s = bitset_minus(cat_category_scs(c, k), but);

	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		bitset_del(&s, cat_sc_by_name(c, servers[i]));
	return bitset_next(&s, 1);
}

static bool brings(const struct catalogue *c, size_t sc, struct bitset what)
{
	return sc < BITSET_BITS && sc && !bitset_empty(bitset_and(repaired(c, sc), what));
}

static const char *repair_condition(const struct catalogue *c, struct bitset scs,
				    struct strbuf *out)
{
	/* getpid is in no category that repair looks at. */
	if (brings(c, cat_sc_by_name(c, "getpid"), scs))
		return "always added";
	if (brings(c, sample(c, CATEGORY_NET, scs), scs))
		strbuf_addstr(out, "added when a network call is wanted");
	if (brings(c, sample(c, CATEGORY_FILE, scs), scs))
		strbuf_addf(out, "%s when a file or i/o call is wanted",
			    out->len ? " and" : "added");
	if (!out->len && brings(c, cat_sc_by_name(c, "listen"), scs))
		strbuf_addstr(out, "added when accept, accept4 or listen is wanted");
	return out->len ? out->buf : "never added";
}

static void add_events(const struct catalogue *c, const char *name, struct bitset scs, json_t *o)
{
	struct strvec events cleanup_strvec = STRVEC_INIT;
	json_t *list = json_array();
	struct bitset codes = {0};
	const char *category = NULL;

	for (size_t i = CAT_FIRST_OWN_CODE; i < c->n_events; i++) {
		bool meets = !strcmp(c->events[i].name, name);

		for (size_t k = 0; k < c->events[i].n_sc && !meets; k++)
			meets = bitset_has(&scs, cat_event_scs(c, &c->events[i])[k]);
		if (!meets)
			continue;
		bitset_add(&codes, i);
		/* The newest version of the event stands last. */
		category = category_names[c->events[i].category];
	}
	cat_codes_to_names(c, codes, &events);
	for (size_t i = 0; i < events.n; i++)
		json_array_append_new(list, json_string(events.v[i]));
	json_object_set_new(o, "events", list);
	json_object_set_new(o, "category", json_string(category ? category : "generic"));
}

static void add_releases(const char *name, json_t *o)
{
	json_t *known = json_array(), *state = json_array(), *ignored = json_array();

	for (const struct catalogue *const *c = catalogue_all(); *c; c++) {
		struct bitset scs = scs_of(*c, name);

		if (!cat_is_event_or_sc_name(*c, name))
			continue;
		json_array_append_new(known, json_string((*c)->falco));
		if (!bitset_empty(bitset_and(scs, cat_state_scs(*c))))
			json_array_append_new(state, json_string((*c)->falco));
		if (!bitset_empty(bitset_and(scs, cat_ignored_scs(*c))))
			json_array_append_new(ignored, json_string((*c)->falco));
	}
	json_object_set_new(o, "releases", known);
	json_object_set_new(o, "state_in", state);
	json_object_set_new(o, "high_volume_in", ignored);
}

/* What evt.type = name selects, which is not always the syscall of that name. */
static void add_meaning(const struct catalogue *c, const char *name, json_t *o)
{
	struct strvec one cleanup_strvec = STRVEC_INIT;
	json_t *list = json_array();
	struct bitset scs = {0};

	strvec_push(&one, name);
	cat_names_to_scs(c, &one, &scs);
	bitset_for_each (i, &scs)
		json_array_append_new(list, json_string(c->syscalls[i].name));
	json_object_set_new(o, "evt_type_selects", list);
}

static const struct catalogue *newest_with(const char *name)
{
	const struct catalogue *found = NULL;

	for (const struct catalogue *const *c = catalogue_all(); *c; c++)
		if (cat_is_event_or_sc_name(*c, name))
			found = *c;
	return found;
}

static const char *lever(const struct catalogue *c, struct bitset scs)
{
	if (bitset_empty(scs))
		return "no syscall stands behind it: nothing to select";
	if (!bitset_empty(bitset_and(scs, cat_ignored_scs(c))))
		return "traced only when a rule or custom_set names it and base_syscalls.all is "
		       "true";
	if (!bitset_empty(bitset_and(scs, cat_state_scs(c))))
		return "traced by default; custom_set or repair replace that base set, \"!name\" "
		       "in "
		       "custom_set takes it out";
	return "traced when a rule or custom_set names it";
}

json_t *explain_syscall(const char *name)
{
	const struct catalogue *c = newest_with(name);
	struct strbuf why cleanup_strbuf = STRBUF_INIT;
	struct bitset scs;
	size_t sc;
	json_t *o;

	if (!c)
		return NULL;
	scs = scs_of(c, name);
	sc = cat_sc_by_name(c, name);
	o = json_pack("{s:s s:s s:s}", "kind", "syscall", "term", name, "catalogue", c->falco);
	json_object_set_new(o, "what",
			    json_string(sc ? "a syscall or tracepoint"
					   : "an event, which is not the name of a syscall"));
	json_object_set_new(o, "lever", json_string(lever(c, scs)));
	json_object_set_new(o, "is_syscall", json_boolean(sc != 0));
	if (sc && c->syscalls[sc].x86_64 >= 0)
		json_object_set_new(o, "x86_64", json_integer(c->syscalls[sc].x86_64));
	add_events(c, name, scs, o);
	add_meaning(c, name, o);
	json_object_set_new(o, "state",
			    json_boolean(!bitset_empty(bitset_and(scs, cat_state_scs(c)))));
	json_object_set_new(o, "high_volume",
			    json_boolean(!bitset_empty(bitset_and(scs, cat_ignored_scs(c)))));
	json_object_set_new(o, "repair", json_string(repair_condition(c, scs, &why)));
	add_releases(name, o);
	return o;
}

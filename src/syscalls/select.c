/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps are those of Falco 0.44.1's configure_interesting_sets action, in its order, numbered
 * as in the reference of this project (12 steps, and the check of unsupported event types).
 */
#include "syscalls/select.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <string.h>

const char *const why_kind_names[] = {
	[WHY_RULE] = "rule",	 [WHY_STATE] = "state",	  [WHY_CUSTOM] = "custom",
	[WHY_REPAIR] = "repair", [WHY_ALWAYS] = "always",
};

/* What is always collected, because the thread table needs it. */
static const char procexit_sc[] = "sched_process_exit";

/* libs' sinsp_repair_state_sc_set(): always, and under conditions. */
static const char *const repair_always[] = {
	"clone",   "clone3",	"fork",	       "vfork",	    "execve",	   "execveat",
	"fchdir",  "chdir",	"chroot",      "capset",    "setgid",	   "setgid32",
	"setpgid", "setresgid", "setresgid32", "setresuid", "setresuid32", "setsid",
	"setuid",  "setuid32",	"prctl",       procexit_sc, NULL,
};
static const char *const net_needs[] = {"socket", "getsockopt", "close", NULL};
static const char *const servers[] = {"accept", "accept4", "listen", NULL};
static const char *const server_needs[] = {"bind", NULL};
static const char *const file_needs[] = {"close", NULL};

static struct bitset scs_named(const struct catalogue *c, const char *const *names)
{
	struct bitset s = {0};

	for (; *names; names++) {
		size_t sc = cat_sc_by_name(c, *names);

		if (sc)
			bitset_add(&s, sc);
	}
	return s;
}

static bool meets(struct bitset a, struct bitset b)
{
	return !bitset_empty(bitset_and(a, b));
}

static bool meets_category(const struct catalogue *c, struct bitset s, enum event_category k)
{
	return meets(s, cat_category_scs(c, k));
}

/* What repair adds to the set `in`; the conditions look at `in` only. */
static struct bitset repair_of(const struct catalogue *c, struct bitset in)
{
	static const enum event_category files[] = {CATEGORY_FILE, CATEGORY_IO_READ,
						    CATEGORY_IO_WRITE, CATEGORY_IO_OTHER};
	struct bitset out = scs_named(c, repair_always);

	if (meets_category(c, in, CATEGORY_NET))
		out = bitset_or(out, scs_named(c, net_needs));
	if (meets(in, scs_named(c, servers)))
		out = bitset_or(out, scs_named(c, server_needs));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (meets_category(c, in, files[i]))
			out = bitset_or(out, scs_named(c, file_needs));
	return out;
}

/* custom_set split by sign, without empty entries. */
static void split_custom(const struct select_input *in, struct strvec *pos, struct strvec *neg)
{
	for (size_t i = 0; i < in->n_custom; i++) {
		const char *entry = in->custom_set[i];

		if (*entry == '!')
			strvec_push(neg, entry + 1);
		else if (*entry)
			strvec_push(pos, entry);
	}
}

/* The names that Falco would not print for the set that they gave. */
static void find_invalid(const struct catalogue *c, const struct strvec *names, struct bitset set,
			 struct strvec *invalid)
{
	struct strvec printed cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(c, set, &printed);
	for (size_t i = 0; i < names->n; i++)
		if (!strvec_has(&printed, names->v[i]) && !strvec_has(invalid, names->v[i]))
			strvec_push(invalid, names->v[i]);
	strvec_sort(invalid);
}

void selection_compute(const struct select_input *in, struct selection *s)
{
	const struct catalogue *c = in->cat ? in->cat : catalogue_find(NULL);
	struct strvec pos cleanup_strvec = STRVEC_INIT;
	struct strvec neg cleanup_strvec = STRVEC_INIT;
	struct bitset sel, before;

	*s = (struct selection){.cat = c};
	split_custom(in, &pos, &neg);
	cat_names_to_scs(c, &pos, &s->added);
	cat_names_to_scs(c, &neg, &s->removed);
	find_invalid(c, &pos, s->added, &s->invalid_positive);
	find_invalid(c, &neg, s->removed, &s->invalid_negative);
	bool custom = !bitset_empty(s->added);

	for (size_t i = 0; i < in->n_rules; i++) /* 1, 2 */
		s->rules = bitset_or(s->rules, in->rules[i].scs);
	if (!custom && in->repair) { /* 6: repair takes the place of the state engine's set */
		s->repair = repair_of(c, s->rules);
		sel = bitset_or(s->rules, s->repair);
	} else { /* 3, 5 */
		s->base = custom ? (struct bitset){0} : cat_state_scs(c);
		sel = bitset_or(s->rules, custom ? s->added : s->base);
	}
	sel = bitset_minus(sel, s->removed); /* 7 */
	if (!custom)			     /* 9 */
		s->state = bitset_minus(sel, s->rules);
	if (!in->all) { /* 10 */
		s->ignored = bitset_and(sel, cat_ignored_scs(c));
		sel = bitset_minus(sel, s->ignored);
	}
	s->kept = sel;
	if (in->repair && in->n_custom) { /* 11: an entry "" counts */
		struct bitset late = repair_of(c, sel);

		before = sel;
		sel = bitset_or(sel, late);
		s->repaired = bitset_minus(sel, before);
		s->repair = bitset_or(bitset_minus(s->repair, s->removed), late);
	}
	s->final = sel; /* 12 */
	if (cat_sc_by_name(c, procexit_sc))
		bitset_add(&s->final, cat_sc_by_name(c, procexit_sc));
	s->unsupported = bitset_minus(s->rules, s->final); /* 13 */
}

void selection_release(struct selection *s)
{
	strvec_release(&s->invalid_positive);
	strvec_release(&s->invalid_negative);
}

/* The members of the final set for which Falco prints that name. */
static struct bitset scs_behind(const struct selection *s, const char *name)
{
	struct strvec one = {.v = (char *[]){(char *)name}, .n = 1};
	struct bitset scs = {0};
	size_t own = cat_sc_by_name(s->cat, name);

	/* "accept" reaches accept and accept4: it prints when only the latter is selected. */
	cat_names_to_scs(s->cat, &one, &scs);
	if (own)
		bitset_add(&scs, own);
	return bitset_and(scs, s->final);
}

void selection_why(const struct select_input *in, const struct selection *s, const char *name,
		   why_fn fn, void *arg)
{
	struct bitset scs = scs_behind(s, name), kept = bitset_and(scs, s->kept);
	size_t procexit = cat_sc_by_name(s->cat, procexit_sc);

	for (size_t i = 0; i < in->n_rules; i++)
		if (meets(kept, in->rules[i].scs))
			fn(arg, WHY_RULE, in->rules[i].name);
	if (meets(kept, s->base))
		fn(arg, WHY_STATE, why_kind_names[WHY_STATE]);
	for (size_t i = 0; i < in->n_custom && meets(kept, s->added); i++) {
		struct strvec one = {.v = (char *[]){(char *)in->custom_set[i]}, .n = 1};
		struct bitset set = {0};

		cat_names_to_scs(s->cat, &one, &set);
		if (meets(kept, set))
			fn(arg, WHY_CUSTOM, in->custom_set[i]);
	}
	if (meets(scs, s->repair))
		fn(arg, WHY_REPAIR, why_kind_names[WHY_REPAIR]);
	if (procexit && bitset_has(&scs, procexit))
		fn(arg, WHY_ALWAYS, why_kind_names[WHY_ALWAYS]);
}

/* "prefix(n) text: a, b" */
static void set_line(const struct selection *s, struct bitset set, const char *level,
		     const char *prefix, const char *text, select_line_fn fn, void *arg)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct strbuf line cleanup_strbuf = STRBUF_INIT;

	if (bitset_empty(set))
		return;
	cat_scs_to_names(s->cat, set, &names);
	strbuf_addf(&line, "%s(%zu) %s: ", prefix, names.n, text);
	strvec_join(&names, ", ", &line);
	fn(arg, level, line.buf);
}

static void invalid_line(const struct strvec *names, const char *sign, select_line_fn fn, void *arg)
{
	struct strbuf line cleanup_strbuf = STRBUF_INIT;

	if (!names->n)
		return;
	strbuf_addf(&line, "Invalid (%s) syscall names: warning (base_syscalls override): ", sign);
	strvec_join(names, ", ", &line);
	fn(arg, "warning", line.buf);
}

static void unsupported_lines(const struct selection *s, select_line_fn fn, void *arg)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct strbuf line cleanup_strbuf = STRBUF_INIT;

	if (bitset_empty(s->unsupported))
		return;
	cat_scs_to_names(s->cat, s->unsupported, &names);
	strbuf_addstr(&line,
		      "Loaded rules match syscalls that are not activated (e.g. were removed "
		      "via config settings such as no -A flag or negative base_syscalls "
		      "elements) or unsupported with current configuration: warning "
		      "(unsupported-evttype): ");
	strvec_join(&names, ", ", &line);
	fn(arg, "plain", line.buf);
	fn(arg, "plain",
	   "If syscalls in rules include high volume syscalls (-> activate via `-A` flag), else "
	   "syscalls may have been removed via base_syscalls option or might be associated with "
	   "syscalls undefined on your architecture "
	   "(https://marcin.juszkiewicz.com.pl/download/tables/syscalls.html)");
}

void selection_log_lines(const struct selection *s, select_line_fn fn, void *arg)
{
	set_line(s, s->rules, "debug", "", "syscalls in rules", fn, arg);
	set_line(s, s->added, "debug", "+", "syscalls added (base_syscalls override)", fn, arg);
	invalid_line(&s->invalid_positive, "positive", fn, arg);
	set_line(s, s->removed, "debug", "-", "syscalls removed (base_syscalls override)", fn, arg);
	invalid_line(&s->invalid_negative, "negative", fn, arg);
	set_line(s, s->state, "debug", "+", "syscalls (Falco's state engine set of syscalls)", fn,
		 arg);
	set_line(s, s->ignored, "debug", "-", "ignored syscalls (-> activate via `-A` flag)", fn,
		 arg);
	set_line(s, s->repaired, "info", "+", "repaired syscalls", fn, arg);
	set_line(s, s->final, "debug", "", "syscalls selected in total (final set)", fn, arg);
	unsupported_lines(s, fn, arg);
}

static json_t *set_to_json(const struct catalogue *c, struct bitset set)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(c, set, &names);
	return utf8_json_list(&names);
}

static void add_reason(void *arg, enum why_kind kind, const char *name)
{
	json_array_append_new(arg, json_pack("{s:s, s:o}", "kind", why_kind_names[kind], "name",
					     utf8_json(name)));
}

json_t *selection_to_json(const struct select_input *in, const struct selection *s)
{
	const struct {
		const char *key;
		struct bitset set;
	} sets[] = {{"rules", s->rules}, {"added", s->added},	  {"removed", s->removed},
		    {"state", s->state}, {"ignored", s->ignored}, {"repaired", s->repaired},
		    {"final", s->final}};
	struct strvec final cleanup_strvec = STRVEC_INIT;
	json_t *out = json_object(), *why = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		json_object_set_new(out, sets[i].key, set_to_json(s->cat, sets[i].set));
	json_object_set_new(out, "invalid_positive", utf8_json_list(&s->invalid_positive));
	json_object_set_new(out, "invalid_negative", utf8_json_list(&s->invalid_negative));
	cat_scs_to_names(s->cat, s->final, &final);
	for (size_t i = 0; i < final.n; i++) {
		json_t *reasons = json_array();

		selection_why(in, s, final.v[i], add_reason, reasons);
		json_object_set_new(why, final.v[i], reasons);
	}
	json_object_set_new(out, "why", why);
	return out;
}

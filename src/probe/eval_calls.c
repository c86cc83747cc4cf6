/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/eval_calls.h"

#include "base/mem.h"

#include <string.h>

#define GENERIC_EXIT 1 /* code of PPME_GENERIC_X */

static const struct {
	const char *name;
	enum call_open open;
} opens[] = {
	{"open", CALL_OPEN},
	{"openat", CALL_OPENAT},
	{"creat", CALL_CREAT},
	{"openat2", CALL_OPENAT2},
	{"open_by_handle_at", CALL_BY_HANDLE},
};

/* fd.typechar of a call whose descriptor is unknown (it failed), as Falco guesses it. */
static const struct {
	const char *name;
	char typechar;
} typechars[] = {
	{"openat", 'f'},	 {"openat2", 'f'},	{"creat", 'f'},		{"socket", '4'},
	{"accept", '4'},	 {"accept4", '4'},	{"pipe", 'p'},		{"pipe2", 'p'},
	{"eventfd", 'e'},	 {"eventfd2", 'e'},	{"signalfd", 's'},	{"signalfd4", 's'},
	{"timerfd_create", 't'}, {"inotify_init", 'i'}, {"inotify_init1", 'i'},
};

/* Exit events that Falco does not instrument: they have no parameter, so no result either. */
static const char *const without_params[] = {"getsockname", "getpeername"};

static const char *const messages[] = {"sendto", "sendmsg", "recvfrom", "recvmsg"};

static void set_by_name(struct call *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(opens); i++)
		if (!strcmp(c->name, opens[i].name))
			c->open = opens[i].open;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		c->message |= !strcmp(c->name, messages[i]);
	for (size_t i = 0; i < ARRAY_SIZE(typechars); i++)
		if (!strcmp(c->name, typechars[i].name))
			c->typechar = typechars[i].typechar;
	for (size_t i = 0; i < ARRAY_SIZE(without_params); i++)
		if (!strcmp(c->name, without_params[i]))
			c->has_result = false;
}

static void set_call(struct call *c, const struct catalogue *cat, size_t code, size_t sc)
{
	const struct cat_event *e = &cat->events[code];

	c->known = true;
	c->code = (uint16_t)code;
	c->syscall = e->source == EVENT_SYSCALL;
	/* Codes come in pairs, the entry of a call first. */
	c->exits = code % 2 == 1;
	c->name = code == GENERIC_EXIT ? cat->syscalls[sc].name : e->name;
	c->has_result = c->syscall && c->exits && code != GENERIC_EXIT;
	c->about_fd = e->flags & (EVF_CREATES_FD | EVF_DESTROYS_FD | EVF_USES_FD);
	c->flags = e->flags;
	c->category = e->category;
	c->typechar = 'o';
	set_by_name(c);
}

/* Newest version of each sc's event: the highest code that has it. */
static void newest_codes(const struct catalogue *cat, uint16_t *code_of)
{
	for (size_t code = 0; code < cat->n_events; code++) {
		const struct cat_event *e = &cat->events[code];

		if (e->source != EVENT_SYSCALL && e->source != EVENT_TRACEPOINT)
			continue;
		for (size_t i = 0; i < e->n_sc; i++)
			code_of[cat_event_scs(cat, e)[i]] = (uint16_t)code;
	}
}

void calls_init(struct calls *c, const struct catalogue *cat)
{
	uint16_t *code_of = xcalloc(cat->n_syscalls, sizeof(*code_of));
	size_t procexit = cat_sc_by_name(cat, "sched_process_exit");

	memset(c, 0, sizeof(*c));
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++)
		c->nr[nr] = (struct call){.name = "unknown",
					  .code = GENERIC_EXIT,
					  .syscall = true,
					  .exits = true,
					  .typechar = 'o'};
	newest_codes(cat, code_of);
	for (size_t sc = 1; sc < cat->n_syscalls; sc++) {
		int nr = sc == procexit ? PROBE_NR_PROCEXIT : cat->syscalls[sc].x86_64;

		if (nr >= 0 && nr < PROBE_SYSCALLS)
			set_call(&c->nr[nr], cat, code_of[sc], sc);
	}
	free(code_of);
}

struct bitset calls_from_scs(const struct catalogue *cat, struct bitset scs, bool *procexit)
{
	struct bitset numbers = {{0}};

	*procexit = bitset_has(&scs, cat_sc_by_name(cat, "sched_process_exit"));
	bitset_for_each (sc, &scs) {
		int nr = sc < cat->n_syscalls ? cat->syscalls[sc].x86_64 : -1;

		if (nr >= 0 && nr < PROBE_NR_PROCEXIT)
			bitset_add(&numbers, (size_t)nr);
	}
	return numbers;
}

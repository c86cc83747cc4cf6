/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/pids.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define PID_LIMIT   (4 * 1024 * 1024) /* PID_MAX_LIMIT of a 64-bit kernel */
#define PARENTS_MAX 64		      /* in a line of parents; deeper ones are nobody's */

enum belongs { NOT_KNOWN, YES, NO, TO_COME /* asked for, and not there yet */ };

struct pids {
	const struct state *st;
	unsigned char *of; /* enum belongs by process id; pages that are not used take no memory */
};

struct pids *pids_open(const char *text, const struct state *st)
{
	struct pids *p = xmalloc(sizeof(*p));

	p->st = st;
	p->of = xcalloc(PID_LIMIT, 1);
	for (const char *at = text; *at;) {
		char *end;
		unsigned long pid = strtoul(at, &end, 10);

		if (pid < PID_LIMIT)
			p->of[pid] = state_thread(st, (uint32_t)pid) ? YES : TO_COME;
		at = *end ? end + 1 : end;
	}
	return p;
}

void pids_close(struct pids *p)
{
	if (p)
		free(p->of);
	free(p);
}

/* By the line of parents, which is remembered on the way. */
static bool belongs(struct pids *p, uint32_t pid, int depth) /* NOLINT(misc-no-recursion) */
{
	const struct state_thread *t;
	unsigned char *of;
	bool yes = false;

	if (pid >= PID_LIMIT || depth > PARENTS_MAX)
		return false;
	of = &p->of[pid];
	if (*of == YES || *of == NO)
		return *of == YES;
	t = state_thread(p->st, pid);
	if (*of == TO_COME)
		yes = true;
	else if (t && t->ppid && t->ppid != pid)
		yes = belongs(p, t->ppid, depth + 1);
	*of = yes ? YES : NO;
	return yes;
}

bool pids_hold(struct pids *p, const struct state_view *view)
{
	const struct probe_event *ev = view->ev;

	/* The first event of a new process: what is known of this number is of an earlier one. */
	if (ev->kind == PROBE_KIND_CLONE && ev->res == 0 && ev->tid == ev->pid &&
	    ev->pid < PID_LIMIT && p->of[ev->pid] != TO_COME)
		p->of[ev->pid] = NOT_KNOWN;
	return belongs(p, ev->pid, 0);
}

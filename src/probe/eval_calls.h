/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event of a native syscall number means to a rule: its Falco event code and name, whether
 * it has a result, whether it is about a descriptor. Built once from the catalogue; read only.
 */
#ifndef FT_PROBE_EVAL_CALLS_H
#define FT_PROBE_EVAL_CALLS_H

#include "base/bitset.h"
#include "probe/event.h"
#include "syscalls/catalogue.h"

#include <stdbool.h>
#include <stdint.h>

enum call_open { /* the calls that open a path, by where the path and the flags are */
		 CALL_NOT_OPEN,
		 CALL_OPEN,    /* open(path, flags, mode) */
		 CALL_OPENAT,  /* openat(dirfd, path, flags, mode) */
		 CALL_OPENAT2, /* openat2(dirfd, path, how, size), args[2] replaced by how.flags */
		 CALL_CREAT,   /* creat(path, mode) */
		 CALL_BY_HANDLE, /* open_by_handle_at(mount_fd, handle, flags) */
};

struct call {
	const char *name; /* evt.type; never NULL */
	uint16_t code;	  /* of the event table; 1 for generic events */
	bool known;	  /* the catalogue has this number */
	bool syscall;	  /* not a tracepoint */
	bool exits;	  /* evt.dir is < */
	bool has_result;  /* evt.res and evt.failed exist */
	bool about_fd;	  /* fd.* exist: the event creates, uses or destroys a descriptor */
	char typechar;	  /* fd.typechar when the descriptor is not known */
	bool message;	  /* sends or receives a message, which may have an address */
	enum call_open open;
	unsigned flags;		      /* EVF_* of the event */
	enum event_category category; /* of the event */
};

struct calls {
	struct call nr[PROBE_SYSCALLS]; /* index: native number, or PROBE_NR_PROCEXIT */
};

void calls_init(struct calls *c, const struct catalogue *cat);

/* The native numbers that a selection asks for; *procexit is set when the process exit tracepoint
 * is in it. Entries without a native number (other architectures, other tracepoints) are left
 * out. */
struct bitset calls_from_scs(const struct catalogue *cat, struct bitset scs, bool *procexit);

#endif

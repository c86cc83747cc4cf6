/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/state_members.h"

#include "base/mem.h"
#include "probe/state.h"

#define M(type, of, member)                                                                        \
	{                                                                                          \
#member, type, offsetof(struct of, member), sizeof(((struct of *)0)->member),      \
			false                                                                      \
	}
#define M_OR_NULL(type, of, member)                                                                \
	{                                                                                          \
#member, type, offsetof(struct of, member), sizeof(((struct of *)0)->member), true \
	}

static const struct member image_members[] = {
	M(TYPE_TEXT, state_image, exepath), M(TYPE_TEXT, state_image, exe),
	M(TYPE_TEXT, state_image, cmdline), M(TYPE_NUMBER, state_image, args_at),
	M(TYPE_STRINGS, state_image, args), M(TYPE_STRINGS, state_image, env),
	M(TYPE_NUMBER, state_image, ino),   M(TYPE_NUMBER, state_image, ctime),
	M(TYPE_NUMBER, state_image, mtime), M(TYPE_NUMBER, state_image, exe_flags),
};

static const struct member fd_members[] = {
	M(TYPE_NUMBER, state_fd, typechar), M(TYPE_NUMBER, state_fd, lazy),
	M(TYPE_NUMBER, state_fd, flags),    M(TYPE_NUMBER, state_fd, role),
	M(TYPE_NUMBER, state_fd, proto),    M(TYPE_NUMBER, state_fd, lport),
	M(TYPE_NUMBER, state_fd, rport),    M(TYPE_NUMBER, state_fd, raw_at),
	M(TYPE_NAME, state_fd, name),	    M(TYPE_BYTES, state_fd, laddr),
	M(TYPE_BYTES, state_fd, raddr),
};

static const struct member thread_members[] = {
	M(TYPE_NUMBER, state_thread, tid),	M(TYPE_NUMBER, state_thread, pid),
	M(TYPE_NUMBER, state_thread, ppid),	M(TYPE_NUMBER, state_thread, uid),
	M(TYPE_BOOL, state_thread, known),	M(TYPE_CHARS, state_thread, comm),
	M(TYPE_NUMBER, state_thread, gid),	M(TYPE_NUMBER, state_thread, loginuid),
	M(TYPE_NUMBER, state_thread, vpid),	M(TYPE_NUMBER, state_thread, vtid),
	M(TYPE_NUMBER, state_thread, sid),	M(TYPE_NUMBER, state_thread, vpgid),
	M(TYPE_NUMBER, state_thread, pgid),	M(TYPE_NUMBER, state_thread, tty),
	M(TYPE_BYTES, state_thread, caps),	M(TYPE_NUMBER, state_thread, start),
	M(TYPE_NUMBER, state_thread, ns_start), M_OR_NULL(TYPE_TEXT, state_thread, cwd),
	M(TYPE_BYTES, state_thread, usage),
};

/* image, fds and cgroup of a thread, refs and lengths have no row: they are made anew. */
_Static_assert(sizeof(struct state_image) == 120 && sizeof(struct state_fd) == 64 &&
		       sizeof(struct state_thread) == 184,
	       "a structure has changed: give its new member a row, then its new size here");

#define SECTION(table)                                                                             \
	{                                                                                          \
		table, ARRAY_SIZE(table)                                                           \
	}
const struct section section_image = SECTION(image_members);
const struct section section_fd = SECTION(fd_members);
const struct section section_thread = SECTION(thread_members);

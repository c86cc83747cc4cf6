/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of the process state; nobody else includes it.
 */
#ifndef FT_PROBE_STATE_PRIV_H
#define FT_PROBE_STATE_PRIV_H

#include "probe/state.h"

#include <limits.h>

/* One more than the largest thread id that Linux gives (PID_MAX_LIMIT on 64-bit machines). */
#define STATE_TIDS (4 * 1024 * 1024 + 1)
/* Descriptors above are not kept: a table costs 64 bytes for each number below its highest. */
#define STATE_FD_MAX 65536

#define STATE_AT_FDCWD (-100)
/* user.loginuid when none is set. */
#define STATE_NO_ID UINT32_MAX

/* A child as its parent's return from clone has it. */
struct state_cloned {
	uint32_t tid;
	uint64_t ts;
	struct probe_usage usage;
};

#define STATE_CLONED	 64
#define STATE_CLONED_NS	 2000000000ULL /* after which Falco takes it for another's */
#define STATE_RES_NOFILE 7

struct state {
	/* Indexed by tid; reserved address space, of which only touched pages take memory. */
	struct state_thread **table;
	uint32_t *group_sizes; /* threads in table by process id; likewise reserved */
	struct state_opts opts;
	struct state_proc proc;
	struct state_stats stats;
	struct state_fd scratch; /* for the name of a failed open */
	struct net_table *net;	 /* during the scan only */
	uint64_t lookups_from;	 /* time of the first /proc look-up of the current second */
	unsigned lookups;	 /* since then */
	struct users *users;
	struct state_cloned cloned[STATE_CLONED]; /* by tid % STATE_CLONED */
	struct state_cgroup *last_cgroup;	  /* that was asked for, likely the next one too */
};

/* state_fd.c */
struct state_fds *fds_new(void);
void fds_unref(struct state *st, struct state_fds *fds); /* NULL is fine */
struct state_fds *fds_clone(struct state *st, const struct state_fds *from);
/* Descriptor when open, else NULL. */
struct state_fd *fds_get(const struct state_fds *fds, int64_t num);
/* Make it open with that type, whatever it was before; only the type is set. NULL when out of the
 * range that is kept. */
struct state_fd *fds_open(struct state *st, struct state_fds *fds, int64_t num, char typechar);
void fds_close(struct state *st, struct state_fds *fds, int64_t num);
void fds_close_on_exec(struct state *st, struct state_fds *fds);
void fd_set_cloexec(struct state_fd *fd, bool on);
void fd_copy(struct state_fd *to, const struct state_fd *from);
/* base/path, or path alone when it is absolute; base may be NULL. */
void fd_set_name(struct state_fd *fd, const char *base, const char *path, size_t len);
/* The name as it was, for a descriptor that comes out of a recording. */
void fd_restore_name(struct state_fd *fd, const char *name, size_t len);
/* Take over family, ends and role; the name becomes lazy. */
void fd_set_sock(struct state_fd *fd, const struct probe_sock *sock, size_t len,
		 enum state_role role);

/* state.c */
struct state_thread *thread_add(struct state *st, uint32_t tid, uint32_t pid); /* NULL: full */
/* args: all arguments, len bytes, NUL after each. */
struct state_image *image_new(const char *exepath, const char *comm, const char *args, size_t len);
void image_set_env(struct state_image *image, const char *env, size_t len);
void image_unref(struct state_image *image); /* NULL is fine */
void thread_share(struct state_thread *t, const struct state_thread *leader);
void thread_set_image(struct state_thread *t, struct state_image *image); /* takes the reference */

/* state_cgroup.c: the group of that path, one more reference for the caller. */
struct state_cgroup *cgroup_get(struct state *st, const char *path);
void cgroup_unref(struct state_cgroup *group); /* NULL is fine */
void thread_set_cgroup(struct state_thread *t,
		       struct state_cgroup *group); /* takes the reference */

/* state_proc.c: fill a thread from /proc. false when it is gone. */
bool proc_fill_thread(struct state *st, struct state_thread *t);
void proc_scan_fds(struct state *st, struct state_thread *t);

/* state_net.c: sockets by inode; net_fill says false for one that is not there. The caller frees
 * with net_free (NULL is fine). */
struct net_table;
struct net_table *net_read(const char *proc_root);
bool net_fill(const struct net_table *t, uint64_t inode, struct state_fd *fd);
void net_free(struct net_table *t);

/* state_calls.c: what a call does to the state; sets view->fd, fd_num and done. */
void calls_apply(struct state *st, struct state_thread *t, struct state_view *view);

enum state_done { STATE_DONE_NOTHING, STATE_DONE_CLOSE, STATE_DONE_EXIT };

#endif

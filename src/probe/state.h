/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process state: what the events and one scan of /proc say about threads and their descriptors.
 *
 * One entry a thread, as in Falco. Threads of a process share one descriptor table and the image
 * (exepath, command line). The tables are used by the consumer thread alone; the counters in
 * struct state_stats may be read by another thread (they may be a little stale).
 *
 * For each event: state_apply() brings the state up to what the call did and fills a view for the
 * evaluation; after the evaluation state_finish() takes away what the call ended (a closed
 * descriptor, an exited thread), so that rules still see it. Pointers in a view, and strings got
 * through it, are good until state_finish().
 */
#ifndef FT_PROBE_STATE_H
#define FT_PROBE_STATE_H

#include "base/error.h"
#include "probe/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_DEFAULT_THREADS 262144 /* falco_libs.thread_table_size in Falco's falco.yaml */

/* Strings with a NUL after each, as the kernel keeps arguments and the environment. */
struct state_strings {
	char *v;
	size_t len; /* NULs included */
	size_t n;   /* strings */
};

/* What a process executes; shared by its threads and by forked children until they exec. */
struct state_image {
	unsigned refs;
	char *exepath;		   /* "" when not known */
	char *exe;		   /* the first argument, "" when there is none */
	char *cmdline;		   /* proc.cmdline: comm of exec time, then the other arguments */
	size_t args_at;		   /* where the arguments begin in cmdline; its length: none */
	struct state_strings args; /* but the first */
	struct state_strings env;  /* n 0: none, or not read */
	uint64_t ino;		   /* of the executed file; 0: not known */
	uint64_t ctime, mtime;	   /* ns since the epoch; 0: not known */
	uint32_t exe_flags;	   /* enum probe_exe_flag */
};

/* A control group; shared by the threads in it. */
struct state_cgroup {
	unsigned refs;
	char *path;
	/* container.id: "host" outside containers, up to 12 characters of its id inside one. */
	char container[64];
	char container_full[72]; /* container.full_id */
	const char *runtime;	 /* as far as the path tells: "docker", "lxc" ...; "host" */
};

/* One descriptor, a cache line. */
struct state_fd {
	char typechar;	/* Falco's fd.typechar: f file, d folder, 4 6 u sockets, p pipe, e eventfd,
			 * ? unknown kind ...; 0: this descriptor is not open */
	uint8_t lazy;	/* the name is not in its final form: read it through state_fd_name() */
	uint8_t flags;	/* enum state_fd_flag */
	uint8_t role;	/* enum state_role */
	uint16_t proto; /* enum probe_sock_proto */
	uint16_t lport, rport; /* host byte order */
	uint16_t raw_at;       /* where the path as the caller gave it begins in name */
	uint32_t name_len, name_alloc;
	uint32_t final_at; /* where the final form of name begins, when it is not lazy */
	char *name;	   /* owned by the table, memory reused after a close */
	union {
		struct {
			uint8_t laddr[16], raddr[16]; /* network byte order; IPv4 in the first
						       * four bytes */
		};
		struct probe_file file; /* of files, where it was recorded */
		struct {
			uint64_t source, dest; /* of unix sockets: as in struct probe_sock */
		};
	};
};

enum state_fd_flag {
	STATE_FD_CLOEXEC = 1,	/* closed by exec */
	STATE_FD_CONNECTED = 2, /* fd.connected */
};

enum state_role {
	STATE_ROLE_NONE,   /* no connection known */
	STATE_ROLE_CLIENT, /* connected from here: the server is the remote end */
	STATE_ROLE_SERVER, /* accepted here: the server is the local end */
	STATE_ROLE_LISTEN, /* bound: there is a local end only */
};

struct state_fds {
	unsigned refs;
	uint32_t n, top, alloc; /* open ones; highest open one + 1 at most; length of v */
	struct state_fd *v;	/* indexed by descriptor */
};

struct state_thread {
	uint32_t tid, pid, ppid; /* pid: thread group; ppid: process of the parent */
	uint32_t uid, gid;	 /* effective */
	uint32_t loginuid;	 /* UINT32_MAX: none */
	uint32_t vpid, vtid, sid, vpgid, pgid, tty; /* as in struct probe_task */
	bool known; /* false: a placeholder, only tid and pid are right */
	char comm[PROBE_COMM_LEN];
	uint64_t caps[3];	     /* as in struct probe_task */
	uint64_t start, ns_start;    /* likewise; 0: not known */
	struct probe_usage usage;    /* as of its clone, exec, or last such event */
	char *cwd;		     /* owned; NULL when not known */
	struct state_cgroup *cgroup; /* NULL when not known */
	struct state_image *image;
	struct state_fds *fds;
};

struct state_stats {
	uint64_t n_threads, n_fds;
	uint64_t n_added_threads, n_removed_threads;
	uint64_t n_failed_thread_lookups; /* events of a thread that was not in the table */
	uint64_t n_failed_fd_lookups;
	uint64_t n_drops_full_threadtable;
	uint64_t n_proc_reads; /* unknown threads looked up in /proc */
};

/* One event as a rule sees it. */
struct state_view {
	const struct probe_event *ev;
	struct state_thread *thread; /* NULL when the table is full */
	struct state_fd *fd;	     /* the descriptor that the call is about, or NULL */
	int32_t fd_num;		     /* its number, -1 when none */
	uint8_t done;		     /* for state_finish() */
	bool name_changed;	     /* the call gave the descriptor another name */
};

struct state;
struct users;

struct state_opts {
	size_t max_threads;    /* falco_libs.thread_table_size; 0: the default */
	const char *proc_root; /* NULL: "/proc"; another folder in tests */
	const char *etc_root;  /* folder of passwd and group; NULL: "/etc" */
	bool track_fds;	       /* false: no descriptor tables (no rule reads fd.*) */
	bool env;	       /* keep environments of processes that ran before */
	bool usage;	       /* and the limits of those */
};

/* Look-ups of unknown threads in /proc while events come. */
struct state_proc {
	/* In place of reading /proc (a replay); NULL: /proc is read. */
	void (*look_up)(void *ctx, struct state_thread *t);
	/* After each look-up (a recording); may be NULL. */
	void (*looked_up)(void *ctx, const struct state_thread *t);
	void *ctx;
};

/* *out is owned by the caller. */
int state_open(struct state **out, const struct state_opts *opts, struct error *err);
void state_close(struct state *st); /* NULL is fine */
/* Read all threads (and their descriptors) from /proc. What ends meanwhile is left out. */
int state_scan_proc(struct state *st, struct error *err);

/* proc is copied. */
void state_set_proc(struct state *st, const struct state_proc *proc);

void state_apply(struct state *st, const struct probe_event *ev, struct state_view *view);
void state_finish(struct state *st, const struct state_view *view);

/* The thread, or NULL; counts no failed lookup. For proc.pname: state_thread(st, t->ppid). */
struct state_thread *state_thread(const struct state *st, uint32_t tid);
/* How many threads of a process there are in the table, one that ends with the event included. */
uint32_t state_threads_of(const struct state *st, uint32_t pid);
/* The main thread of a thread's process; of its parent's; NULL when not known. */
struct state_thread *state_process(const struct state *st, const struct state_thread *t);
struct state_thread *state_parent(const struct state *st, const struct state_thread *t);
/* User and group names of the host; NULL before state_open gave one. */
struct users *state_users(const struct state *st);
/* Descriptor num of a thread, NULL when it is not known to be open. */
struct state_fd *state_fd_of(const struct state_thread *t, int64_t num);
/* Remove empty, "." and ".." parts of an absolute path in place; the new length. */
size_t state_path_normalise(char *path, size_t len);
/* The path as the call gave it; "" for other descriptors. */
const char *state_fd_raw(const struct state_fd *fd);
/* Absolute path, "a:p->b:p" or "END->END PATH" for sockets as Falco writes it, or ""; never NULL.
 */
const char *state_fd_name(struct state_fd *fd);
/* The server's end of an internet socket (fd.sip, fd.sport): 4 or 16 bytes by typechar; NULL and 0
 * when not known. */
const uint8_t *state_fd_sip(const struct state_fd *fd);
uint16_t state_fd_sport(const struct state_fd *fd);
/* The client's end likewise (fd.cip, fd.cport). */
const uint8_t *state_fd_cip(const struct state_fd *fd);
uint16_t state_fd_cport(const struct state_fd *fd);
const char *state_exepath(const struct state_thread *t); /* "" when not known */
const char *state_cmdline(const struct state_thread *t); /* "" when not known */
const struct state_stats *state_stats(const struct state *st);

#endif

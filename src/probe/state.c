/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/state.h"

#include "base/mem.h"
#include "probe/state_priv.h"
#include "probe/users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Unknown threads looked up in /proc a second (each costs some tens of microseconds); beyond it a
 * placeholder must do, so that a flood of unknown threads cannot stall the consumer. */
#define LOOKUPS_A_SECOND 200

static void *reserve(size_t size)
{
	void *p = mmap(NULL, STATE_TIDS * size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void unreserve(void *p, size_t size)
{
	if (p)
		munmap(p, STATE_TIDS * size);
}

int state_open(struct state **out, const struct state_opts *opts, struct error *err)
{
	struct state *st = xcalloc(1, sizeof(*st));

	*out = NULL;
	st->opts = *opts;
	if (st->opts.max_threads == 0)
		st->opts.max_threads = STATE_DEFAULT_THREADS;
	if (!st->opts.proc_root)
		st->opts.proc_root = "/proc";
	st->table = reserve(sizeof(*st->table));
	st->group_sizes = reserve(sizeof(*st->group_sizes));
	if (!st->table || !st->group_sizes) {
		error_sys(err, ERROR_INTERNAL, errno, "reserving the process table");
		unreserve(st->table, sizeof(*st->table));
		unreserve(st->group_sizes, sizeof(*st->group_sizes));
		free(st);
		return -1;
	}
	st->users = users_open(opts->etc_root ? opts->etc_root : "/etc");
	*out = st;
	return 0;
}

/* --- images ----------------------------------------------------------------------------------- */

static void strings_set(struct state_strings *to, const char *from, size_t len)
{
	to->v = NULL;
	to->n = to->len = 0;
	if (len == 0)
		return;
	to->v = xmalloc(len + 1);
	memcpy(to->v, from, len);
	to->v[len] = '\0';
	to->len = to->v[len - 1] ? len + 1 : len; /* the last one may have been cut */
	for (size_t i = 0; i < to->len; i++)
		to->n += to->v[i] == '\0';
}

struct state_image *image_new(const char *exepath, const char *comm, const char *args, size_t len)
{
	struct state_image *image = xcalloc(1, sizeof(*image));
	size_t first = len ? strnlen(args, len) : 0, n = strlen(comm);
	char *at;

	image->refs = 1;
	image->exepath = xstrdup(exepath);
	image->exe = xstrndup(first ? args : "", first);
	if (first < len)
		first++;
	strings_set(&image->args, args + first, len - first);
	/* Falco's proc.cmdline: the name, then the arguments but the first, blanks between. */
	at = image->cmdline = xmalloc(n + 1 + image->args.len + 1);
	memcpy(at, comm, n);
	at += n;
	image->args_at = n;
	if (image->args.n) {
		*at++ = ' ';
		image->args_at++;
		for (size_t i = 0; i + 1 < image->args.len; i++)
			*at++ = image->args.v[i] ? image->args.v[i] : ' ';
	}
	*at = '\0';
	return image;
}

void image_set_env(struct state_image *image, const char *env, size_t len)
{
	free(image->env.v);
	strings_set(&image->env, env, len);
}

void image_unref(struct state_image *image)
{
	if (!image || --image->refs)
		return;
	free(image->exepath);
	free(image->exe);
	free(image->cmdline);
	free(image->args.v);
	free(image->env.v);
	free(image);
}

/* --- threads ---------------------------------------------------------------------------------- */

struct state_thread *state_thread(const struct state *st, uint32_t tid)
{
	return tid < STATE_TIDS ? st->table[tid] : NULL;
}

static void thread_remove(struct state *st, struct state_thread *t)
{
	st->table[t->tid] = NULL;
	st->group_sizes[t->pid]--;
	st->stats.n_threads--;
	st->stats.n_removed_threads++;
	image_unref(t->image);
	cgroup_unref(t->cgroup);
	fds_unref(st, t->fds);
	free(t->cwd);
	free(t);
}

struct state_thread *thread_add(struct state *st, uint32_t tid, uint32_t pid)
{
	struct state_thread *t;

	if (tid >= STATE_TIDS || pid >= STATE_TIDS)
		return NULL;
	if (st->table[tid])
		thread_remove(st, st->table[tid]);
	if (st->stats.n_threads >= st->opts.max_threads) {
		st->stats.n_drops_full_threadtable++;
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->tid = t->vtid = tid;
	t->pid = t->vpid = pid;
	t->loginuid = STATE_NO_ID;
	st->table[tid] = t;
	st->group_sizes[pid]++;
	st->stats.n_threads++;
	st->stats.n_added_threads++;
	return t;
}

void thread_set_image(struct state_thread *t, struct state_image *image)
{
	image_unref(t->image);
	t->image = image;
}

void thread_share(struct state_thread *t, const struct state_thread *leader)
{
	if (leader->image) {
		leader->image->refs++;
		thread_set_image(t, leader->image);
	}
	if (leader->fds && !t->fds) {
		leader->fds->refs++;
		t->fds = leader->fds;
	}
	if (leader->cgroup) {
		leader->cgroup->refs++;
		thread_set_cgroup(t, leader->cgroup);
	}
	free(t->cwd);
	t->cwd = leader->cwd ? xstrdup(leader->cwd) : NULL;
}

static bool may_look_up(struct state *st, uint64_t ts)
{
	if (ts - st->lookups_from > 1000000000ULL) {
		st->lookups_from = ts;
		st->lookups = 0;
	}
	return st->lookups++ < LOOKUPS_A_SECOND;
}

void state_set_proc(struct state *st, const struct state_proc *proc)
{
	st->proc = *proc;
}

static void look_up(struct state *st, struct state_thread *t)
{
	st->stats.n_proc_reads++;
	if (st->proc.look_up)
		st->proc.look_up(st->proc.ctx, t);
	else
		proc_fill_thread(st, t);
	if (st->proc.looked_up)
		st->proc.looked_up(st->proc.ctx, t);
}

/* A thread that the table does not know: its clone event was dropped, not collected, or made before
 * the capture. */
static struct state_thread *thread_unknown(struct state *st, const struct probe_event *ev)
{
	struct state_thread *t, *leader;

	st->stats.n_failed_thread_lookups++;
	if (ev->kind == PROBE_KIND_EXIT)
		return NULL;
	t = thread_add(st, ev->tid, ev->pid);
	if (!t)
		return NULL;
	leader = ev->pid != ev->tid ? state_thread(st, ev->pid) : NULL;
	if (leader)
		thread_share(t, leader);
	if (!t->fds)
		t->fds = fds_new();
	/* An exec brings all that /proc could tell. */
	if (!(ev->kind == PROBE_KIND_EXEC && ev->res == 0) && may_look_up(st, ev->ts))
		look_up(st, t);
	return t;
}

static void from_task(struct state_thread *t, const struct probe_task *task)
{
	t->ppid = task->ppid;
	t->uid = task->uid;
	t->gid = task->gid;
	t->loginuid = task->loginuid;
	t->vpid = task->vpid;
	t->vtid = task->vtid;
	t->sid = task->sid;
	t->vpgid = task->vpgid;
	t->pgid = task->pgid;
	t->tty = task->tty;
	memcpy(t->caps, task->caps, sizeof(t->caps));
	t->start = task->start;
	t->ns_start = task->ns_start;
	t->known = true;
	memcpy(t->comm, task->comm, sizeof(t->comm));
	t->comm[sizeof(t->comm) - 1] = '\0';
}

#define CLONE_FILES 0x400

/* Which of the two returns from clone comes first says what the child uses, as in Falco; the
 * parent's does not know the child's number where it is in a process id namespace of its own. */
static void clone_returned(struct state *st, const struct probe_event *ev)
{
	const struct probe_task *task = probe_event_payload(ev);
	struct state_cloned *c = &st->cloned[(uint64_t)ev->res % STATE_CLONED];

	if (ev->res > 0 && task->vpid == ev->pid)
		*c = (struct state_cloned){(uint32_t)ev->res, ev->ts, task->usage};
}

static const struct probe_usage *usage_of_child(const struct state *st,
						const struct probe_event *ev)
{
	const struct probe_task *task = probe_event_payload(ev);
	const struct state_cloned *c = &st->cloned[ev->tid % STATE_CLONED];

	return c->tid == ev->tid && ev->ts - c->ts < STATE_CLONED_NS ? &c->usage : &task->usage;
}

/* mmap and its like, setrlimit and its like. */
static void usage_changed(struct state *st, struct state_thread *t, const struct probe_event *ev)
{
	const struct probe_usage *now = probe_event_payload(ev);
	const __u64 *args = probe_event_args(ev);
	struct state_thread *main = state_thread(st, ev->pid);
	bool prlimit = ev->nr == 302;

	if (ev->nr < 20) { /* mmap, munmap, brk */
		t->usage.vm_size = now->vm_size;
		t->usage.vm_rss = now->vm_rss;
		t->usage.vm_swap = now->vm_swap;
	} else if (ev->res == 0 && main && ev->nargs > prlimit &&
		   args[prlimit] == STATE_RES_NOFILE &&
		   (!prlimit || !args[0] || args[0] == ev->pid)) {
		main->usage.fdlimit = now->fdlimit;
	}
}

/* The event that the child sees as its own return from fork or clone. */
static struct state_thread *child_born(struct state *st, const struct probe_event *ev)
{
	const struct probe_task *task = probe_event_payload(ev);
	bool is_thread = ev->tid != ev->pid;
	struct state_thread *from = state_thread(st, is_thread ? ev->pid : task->ppid);
	struct state_thread *t = thread_add(st, ev->tid, ev->pid);

	if (!t)
		return NULL;
	from_task(t, task);
	t->usage = *usage_of_child(st, ev);
	if (from && !is_thread && from->fds && !(task->flags & CLONE_FILES))
		t->fds = fds_clone(st, from->fds);
	if (from)
		thread_share(t, from);
	if (!t->fds)
		t->fds = fds_new();
	/* A parent that nobody knows has no image to hand down. */
	if (!t->image && may_look_up(st, ev->ts))
		look_up(st, t);
	return t;
}

static void exec_done(struct state *st, struct state_thread *t, const struct probe_event *ev)
{
	const struct probe_exec *exec = probe_event_payload(ev);
	const char *exepath = (const char *)(exec + 1);
	const char *args = exepath + exec->exepath_len + exec->filename_len;
	const char *env = args + exec->args_len;
	const char *cgroup = env + exec->env_len;
	struct state_image *image;

	from_task(t, &exec->task);
	t->usage = exec->task.usage;
	image = image_new(exec->exepath_len ? exepath : "", t->comm, args, exec->args_len);
	image_set_env(image, env, exec->env_len);
	image->ino = exec->ino;
	image->ctime = exec->ctime;
	image->mtime = exec->mtime;
	image->exe_flags = exec->exe_flags;
	thread_set_image(t, image);
	if (exec->cgroup_len)
		thread_set_cgroup(t, cgroup_get(st, cgroup));
	/* A table shared with another process (vfork, CLONE_FILES) is unshared by exec. */
	if (t->fds && t->fds->refs > 1) {
		struct state_fds *own = fds_clone(st, t->fds);

		fds_unref(st, t->fds);
		t->fds = own;
	}
	if (t->fds)
		fds_close_on_exec(st, t->fds);
}

void state_apply(struct state *st, const struct probe_event *ev, struct state_view *view)
{
	struct state_thread *t = state_thread(st, ev->tid);

	if (ev->kind == PROBE_KIND_CLONE && ev->res == 0) {
		view->thread = child_born(st, ev);
		return;
	}
	/* Another process under a known number: its predecessor's end was missed. */
	if (!t || __builtin_expect(t->pid != ev->pid, 0))
		t = thread_unknown(st, ev);
	view->thread = t;
	if (!t)
		return;
	if (ev->kind == PROBE_KIND_EXIT) {
		view->done = STATE_DONE_EXIT;
		return;
	}
	if (ev->kind == PROBE_KIND_CLONE)
		clone_returned(st, ev);
	if (ev->kind == PROBE_KIND_USAGE)
		usage_changed(st, t, ev);
	if (ev->kind == PROBE_KIND_TASK)
		from_task(t, probe_event_payload(ev));
	if (ev->kind == PROBE_KIND_EXEC) {
		if (ev->res == 0)
			exec_done(st, t, ev);
		return;
	}
	calls_apply(st, t, view);
}

void state_finish(struct state *st, const struct state_view *view)
{
	if (view->done == STATE_DONE_CLOSE)
		fds_close(st, view->thread->fds, view->fd_num);
	else if (view->done == STATE_DONE_EXIT)
		thread_remove(st, view->thread);
}

uint32_t state_threads_of(const struct state *st, uint32_t pid)
{
	return pid < STATE_TIDS ? st->group_sizes[pid] : 0;
}

struct state_thread *state_process(const struct state *st, const struct state_thread *t)
{
	return t->tid == t->pid ? state_thread(st, t->tid) : state_thread(st, t->pid);
}

struct state_thread *state_parent(const struct state *st, const struct state_thread *t)
{
	struct state_thread *parent = state_thread(st, t->ppid);

	return parent && parent->known ? parent : NULL;
}

struct users *state_users(const struct state *st)
{
	return st->users;
}

const char *state_exepath(const struct state_thread *t)
{
	return t->image ? t->image->exepath : "";
}

const char *state_cmdline(const struct state_thread *t)
{
	return t->image ? t->image->cmdline : "";
}

const struct state_stats *state_stats(const struct state *st)
{
	return &st->stats;
}

void state_close(struct state *st)
{
	if (!st)
		return;
	/* Count down by what is there, so that untouched pages stay untouched at the end. */
	for (size_t tid = 0; tid < STATE_TIDS && st->stats.n_threads; tid++)
		if (st->table[tid])
			thread_remove(st, st->table[tid]);
	unreserve(st->table, sizeof(*st->table));
	unreserve(st->group_sizes, sizeof(*st->group_sizes));
	cgroup_unref(st->last_cgroup);
	users_close(st->users);
	free(st->scratch.name);
	free(st);
}

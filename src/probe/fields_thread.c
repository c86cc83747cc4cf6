/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and times of the thread and its process: thread.*, the numeric part of proc.*.
 */
#include "base/mem.h"
#include "probe/fields_priv.h"

/* Bit n of a capability set (include/uapi/linux/capability.h). */
static const char *const cap_names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

void add_caps(struct strbuf *out, uint64_t caps)
{
	size_t from = out->len;

	for (size_t i = 0; i < ARRAY_SIZE(cap_names); i++)
		if (caps & 1ULL << i)
			strbuf_addf(out, "%s%s", out->len > from ? " " : "", cap_names[i]);
}

/* n of the row: the set. */
static bool get_caps(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	if (!t)
		return false;
	strbuf_setlen(&ref->buf, 0);
	add_caps(&ref->buf, t->caps[ref->field->n]);
	return give_buf(out, ref);
}

/* --- numbers ---------------------------------------------------------------------------------- */

enum number {
	NUMBER_PPID,
	NUMBER_VPID,
	NUMBER_VTID,
	NUMBER_SID,
	NUMBER_VPGID,
	NUMBER_PGID,
	NUMBER_TTY,
	NUMBER_IS_SID_LEADER,
	NUMBER_IS_VPGID_LEADER,
	NUMBER_IS_PGID_LEADER,
	NUMBER_IS_MAIN,
};

static int64_t number_of(const struct state_thread *t, enum number which)
{
	switch (which) {
	case NUMBER_PPID:
		return t->ppid;
	case NUMBER_VPID:
		return t->vpid;
	case NUMBER_VTID:
		return t->vtid;
	case NUMBER_SID:
		return t->sid;
	case NUMBER_VPGID:
		return t->vpgid;
	case NUMBER_PGID:
		return t->pgid;
	case NUMBER_TTY:
		return t->tty;
	case NUMBER_IS_SID_LEADER:
		return t->sid == t->vpid;
	case NUMBER_IS_VPGID_LEADER:
		return t->vpgid == t->vpid;
	case NUMBER_IS_PGID_LEADER:
		return t->pgid == t->pid;
	case NUMBER_IS_MAIN:
		return t->tid == t->pid;
	}
	return 0;
}

static bool get_number(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	return t && give_int(out, number_of(t, (enum number)ref->field->n));
}

static bool get_tid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_int(out, ctx->view->ev->tid);
}

static bool get_pid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->view->thread && give_int(out, ctx->view->thread->pid);
}

static bool get_nametid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	if (!t)
		return false;
	strbuf_setlen(&ref->buf, 0);
	strbuf_addf(&ref->buf, "%s%u", t->comm, ctx->view->ev->tid);
	return give_buf(out, ref);
}

static const struct state_thread *parent_of(const struct field_ctx *ctx)
{
	const struct state_thread *t = known_thread(ctx);

	return t && ctx->state ? state_parent(ctx->state, t) : NULL;
}

static bool get_pvpid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = parent_of(ctx);

	(void)ref;
	return t && give_int(out, t->vpid);
}

static bool get_fdopencount(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && t->fds && give_int(out, t->fds->n);
}

/* Threads that live; the one of an event of its end does not. n of the row: how many of them are
 * left out, which the main thread is where it is one. */
static bool get_threads(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx), *main;
	bool ends = ctx->view->ev->kind == PROBE_KIND_EXIT;
	uint32_t n;

	if (!t || !ctx->state)
		return false;
	main = state_thread(ctx->state, t->pid);
	if (main && (main->pid != t->pid || (ends && main == t)))
		main = NULL;
	n = state_threads_of(ctx->state, t->pid) - ends;
	return give_int(out, main && n ? n - (uint32_t)ref->field->n : n);
}

static bool get_zero_of_thread(const struct field_ctx *ctx, struct field_ref *ref,
			       struct value *out)
{
	return ctx->view->thread && get_constant(ctx, ref, out);
}

/* --- what it uses ----------------------------------------------------------------------------- */

enum { USAGE_SIZE, USAGE_RSS, USAGE_SWAP, USAGE_MAJOR, USAGE_MINOR };

static int64_t usage_of(const struct probe_usage *u, int which)
{
	switch (which) {
	case USAGE_SIZE:
		return u->vm_size;
	case USAGE_RSS:
		return u->vm_rss;
	case USAGE_SWAP:
		return u->vm_swap;
	case USAGE_MAJOR:
		return (int64_t)u->major_faults;
	default:
		return (int64_t)u->minor_faults;
	}
}

/* n of the row: which. */
static bool get_usage(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	return t && give_int(out, usage_of(&t->usage, ref->field->n));
}

/* Memory is the main thread's, others have none. */
static bool get_usage_of_main(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	return t && (t->tid == t->pid ? get_usage(ctx, ref, out) : give_int(out, 0));
}

/* Of the main thread; 0 where that is not known. */
static int64_t fd_limit(const struct field_ctx *ctx, const struct state_thread *t)
{
	const struct state_thread *main = ctx->state ? state_process(ctx->state, t) : NULL;

	return main && main->known ? main->usage.fdlimit : 0;
}

static bool get_fdlimit(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_int(out, fd_limit(ctx, t));
}

/* In percent. */
static bool get_fdusage(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);
	int64_t limit = t ? fd_limit(ctx, t) : 0;

	(void)ref;
	if (!t || !t->fds)
		return false;
	out->d = limit > 0 ? (double)t->fds->n * 100 / (double)limit : 0;
	if (out->d > 100)
		out->d = 100;
	return true;
}

/* --- times ------------------------------------------------------------------------------------ */

static bool give_since(const struct field_ctx *ctx, const struct state_thread *t, struct value *out)
{
	return t && t->start && give_int(out, (int64_t)(ctx->view->ev->ts - t->start));
}

static bool give_start(const struct field_ctx *ctx, uint64_t start, struct value *out)
{
	return start && give_int(out, (int64_t)start + ctx->epoch_offset_ns);
}

static bool get_duration(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_since(ctx, known_thread(ctx), out);
}

static bool get_parent_duration(const struct field_ctx *ctx, struct field_ref *ref,
				struct value *out)
{
	(void)ref;
	return give_since(ctx, parent_of(ctx), out);
}

static bool get_start(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_start(ctx, t->start, out);
}

static bool get_parent_start(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = parent_of(ctx);

	(void)ref;
	return t && give_start(ctx, t->start, out);
}

static bool get_ns_start(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_start(ctx, t->ns_start, out);
}

/* --- the executed file ------------------------------------------------------------------------ */

static const struct state_image *image_of(const struct field_ctx *ctx)
{
	const struct state_thread *t = known_thread(ctx);

	return t ? t->image : NULL;
}

/* n of the row: the flag. */
static bool get_exe_flag(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_image *image = image_of(ctx);

	return image && give_int(out, (image->exe_flags & (unsigned)ref->field->n) != 0);
}

static bool get_exe_ino(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_image *image = image_of(ctx);

	(void)ref;
	return image && image->ino && give_int(out, (int64_t)image->ino);
}

static bool get_exe_ctime(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_image *image = image_of(ctx);

	(void)ref;
	return image && image->ctime && give_int(out, (int64_t)image->ctime);
}

static bool get_exe_mtime(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_image *image = image_of(ctx);

	(void)ref;
	return image && image->mtime && give_int(out, (int64_t)image->mtime);
}

/* From the last change of the file to the start of the process, and to that of its namespace. */
static bool get_ctime_to_start(const struct field_ctx *ctx, struct field_ref *ref,
			       struct value *out)
{
	const struct state_image *image = image_of(ctx);

	(void)ref;
	return image && image->ctime && give_start(ctx, known_thread(ctx)->start, out) &&
	       give_int(out, out->i - (int64_t)image->ctime);
}

static bool get_ctime_to_ns_start(const struct field_ctx *ctx, struct field_ref *ref,
				  struct value *out)
{
	const struct state_image *image = image_of(ctx);

	(void)ref;
	return image && image->ctime && give_start(ctx, known_thread(ctx)->ns_start, out) &&
	       (int64_t)image->ctime > out->i && give_int(out, (int64_t)image->ctime - out->i);
}

const struct field fields_thread[] = {
	{"thread.tid", VALUE_INT, 64, 0, get_tid, 0},
	{"thread.vtid", VALUE_INT, 64, 0, get_number, NUMBER_VTID},
	{"thread.ismain", VALUE_BOOL, 0, 0, get_number, NUMBER_IS_MAIN},
	{"thread.nametid", VALUE_STR, 0, 0, get_nametid, 0},
	{"thread.cap_inheritable", VALUE_STR, 0, 0, get_caps, 0},
	{"thread.cap_permitted", VALUE_STR, 0, 0, get_caps, 1},
	{"thread.cap_effective", VALUE_STR, 0, 0, get_caps, 2},
	{"proc.pid", VALUE_INT, 64, 0, get_pid, 0},
	{"proc.ppid", VALUE_INT, 64, 0, get_number, NUMBER_PPID},
	{"proc.vpid", VALUE_INT, 64, 0, get_number, NUMBER_VPID},
	{"proc.pvpid", VALUE_INT, 64, 0, get_pvpid, 0},
	{"proc.sid", VALUE_INT, 64, 0, get_number, NUMBER_SID},
	{"proc.vpgid", VALUE_INT, 64, 0, get_number, NUMBER_VPGID},
	{"proc.pgid", VALUE_INT, 64, 0, get_number, NUMBER_PGID},
	{"proc.tty", VALUE_UINT, 32, 0, get_number, NUMBER_TTY},
	{"proc.is_sid_leader", VALUE_BOOL, 0, 0, get_number, NUMBER_IS_SID_LEADER},
	{"proc.is_vpgid_leader", VALUE_BOOL, 0, 0, get_number, NUMBER_IS_VPGID_LEADER},
	{"proc.is_pgid_leader", VALUE_BOOL, 0, 0, get_number, NUMBER_IS_PGID_LEADER},
	{"proc.fdopencount", VALUE_UINT, 64, FIELD_OF_FD, get_fdopencount, 0},
	{"proc.nthreads", VALUE_UINT, 64, 0, get_threads, 0},
	{"proc.nchilds", VALUE_UINT, 64, 0, get_threads, 1},
	/* Of events that Falco's rules cannot ask for: switches between threads, reports of use. */
	{"thread.exectime", VALUE_UINT, 64, 0, get_constant, 0},
	{"thread.totexectime", VALUE_UINT, 64, 0, get_zero_of_thread, 0},
	{"thread.cpu", VALUE_DOUBLE, 0, 0, get_absent, 0},
	{"thread.cpu.user", VALUE_DOUBLE, 0, 0, get_absent, 0},
	{"thread.cpu.system", VALUE_DOUBLE, 0, 0, get_absent, 0},
	{"proc.fdlimit", VALUE_INT, 64, FIELD_WANTS_USAGE, get_fdlimit, 0},
	{"proc.fdusage", VALUE_DOUBLE, 0, FIELD_OF_FD | FIELD_WANTS_USAGE, get_fdusage, 0},
	{"proc.vmsize", VALUE_UINT, 64, FIELD_WANTS_USAGE, get_usage, USAGE_SIZE},
	{"proc.vmrss", VALUE_UINT, 64, FIELD_WANTS_USAGE, get_usage, USAGE_RSS},
	{"proc.vmswap", VALUE_UINT, 64, FIELD_WANTS_USAGE, get_usage, USAGE_SWAP},
	{"thread.vmsize", VALUE_UINT, 64, FIELD_WANTS_USAGE, get_usage_of_main, USAGE_SIZE},
	{"thread.vmrss", VALUE_UINT, 64, FIELD_WANTS_USAGE, get_usage_of_main, USAGE_RSS},
	{"thread.pfmajor", VALUE_UINT, 64, FIELD_WANTS_USAGE, get_usage, USAGE_MAJOR},
	{"thread.pfminor", VALUE_UINT, 64, FIELD_WANTS_USAGE, get_usage, USAGE_MINOR},
	{"proc.duration", VALUE_UINT, 64, 0, get_duration, 0},
	{"proc.ppid.duration", VALUE_UINT, 64, 0, get_parent_duration, 0},
	{"proc.pid.ts", VALUE_UINT, 64, 0, get_start, 0},
	{"proc.ppid.ts", VALUE_UINT, 64, 0, get_parent_start, 0},
	{"proc.pidns_init_start_ts", VALUE_UINT, 64, 0, get_ns_start, 0},
	{"proc.is_exe_writable", VALUE_BOOL, 0, 0, get_exe_flag, PROBE_EXE_WRITABLE},
	{"proc.is_exe_upper_layer", VALUE_BOOL, 0, 0, get_exe_flag, PROBE_EXE_UPPER},
	{"proc.is_exe_lower_layer", VALUE_BOOL, 0, 0, get_exe_flag, PROBE_EXE_LOWER},
	{"proc.is_exe_from_memfd", VALUE_BOOL, 0, 0, get_exe_flag, PROBE_EXE_MEMFD},
	{"proc.exe_ino", VALUE_INT, 64, 0, get_exe_ino, 0},
	{"proc.exe_ino.ctime", VALUE_UINT, 64, 0, get_exe_ctime, 0},
	{"proc.exe_ino.mtime", VALUE_UINT, 64, 0, get_exe_mtime, 0},
	{"proc.exe_ino.ctime_duration_proc_start", VALUE_UINT, 64, 0, get_ctime_to_start, 0},
	{"proc.exe_ino.ctime_duration_pidns_start", VALUE_UINT, 64, 0, get_ctime_to_ns_start, 0},
	{NULL, VALUE_STR, 0, 0, NULL, 0},
};

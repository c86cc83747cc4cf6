/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evt.* and syscall.*, but the parameters (fields_arg.c).
 */
#include "base/strbuf.h"
#include "probe/fields_priv.h"
#include "probe/params.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_S 1000000000LL

static bool get_type(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_str(out, ctx->call->name);
}

static bool get_type_is(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_int(out, !strcmp(ctx->call->name, ref->arg));
}

static bool get_syscall_type(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->call->syscall && give_str(out, ctx->call->name);
}

static bool get_dir(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_str(out, ctx->call->exits ? "<" : ">");
}

static bool get_category(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	static const char *const names[] = {
		[CATEGORY_NONE] = "unknown",	  [CATEGORY_FILE] = "file",
		[CATEGORY_NET] = "net",		  [CATEGORY_IPC] = "IPC",
		[CATEGORY_WAIT] = "wait",	  [CATEGORY_SIGNAL] = "signal",
		[CATEGORY_SLEEP] = "sleep",	  [CATEGORY_TIME] = "time",
		[CATEGORY_PROCESS] = "process",	  [CATEGORY_SCHEDULER] = "scheduler",
		[CATEGORY_MEMORY] = "memory",	  [CATEGORY_USER] = "user",
		[CATEGORY_SYSTEM] = "system",	  [CATEGORY_OTHER] = "other",
		[CATEGORY_INTERNAL] = "internal", [CATEGORY_PROCESSING] = "processing",
		[CATEGORY_UNKNOWN] = "unknown",
	};
	enum event_category category = ctx->call->category;
	const struct state_fd *fd = ctx->view->fd;

	(void)ref;
	if (category != CATEGORY_IO_READ && category != CATEGORY_IO_WRITE &&
	    category != CATEGORY_IO_OTHER)
		return give_str(out, names[category]);
	/* Of input and output it is what the descriptor is. */
	if (!fd)
		return give_str(out, "unknown");
	return give_str(out, strchr("fd", fd->typechar)	   ? "file"
			     : strchr("46u", fd->typechar) ? "net"
			     : strchr("p", fd->typechar)   ? "ipc"
							   : "unknown");
}

static bool get_num(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_int(out, (int64_t)ctx->num);
}

/* The number of the buffer, which is what Falco takes for a CPU's with this driver. */
static bool get_cpu(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_int(out, ctx->view->ev->buffer);
}

static bool get_source(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ctx;
	(void)ref;
	return give_str(out, "syscall");
}

static bool get_no_latency(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ctx;
	(void)ref;
	return give_str(out, "0ns");
}

/* --- results ---------------------------------------------------------------------------------- */

static bool get_res(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	int64_t res = ctx->view->ev->res;
	const char *name;

	if (!ctx->call->has_result)
		return false;
	if (res >= 0)
		return give_text(out, "SUCCESS", 7);
	name = strerrorname_np((int)-res);
	if (name)
		return give_str(out, name);
	/* Not an errno (restart codes of the kernel): Falco prints the number. */
	strbuf_setlen(&ref->buf, 0);
	strbuf_addf(&ref->buf, "%lld", (long long)res);
	return give_buf(out, ref);
}

static bool get_rawres(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->call->has_result && give_int(out, ctx->view->ev->res);
}

static bool get_failed(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->call->has_result && give_int(out, ctx->view->ev->res < 0);
}

/* What evt.count.error.* ask of the descriptor that an error is about; n of the row. */
enum { ERROR_FILE, ERROR_NET, ERROR_MEMORY, ERROR_REST };

static int error_kind(const struct field_ctx *ctx)
{
	const struct state_fd *fd = ctx->view->fd_num >= 0 ? ctx->view->fd : NULL;

	if (ctx->call->category == CATEGORY_MEMORY)
		return ERROR_MEMORY;
	if (fd)
		return strchr("fd", fd->typechar)    ? ERROR_FILE
		       : strchr("46u", fd->typechar) ? ERROR_NET
						     : ERROR_REST;
	if (ctx->call->open != CALL_NOT_OPEN)
		return ERROR_FILE;
	return !strncmp(ctx->call->name, "accept", 6) || !strcmp(ctx->call->name, "connect")
		       ? ERROR_NET
		       : ERROR_REST;
}

static bool get_count_error(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return error_kind(ctx) == ref->field->n && get_failed(ctx, ref, out);
}

/* --- input and output ------------------------------------------------------------------------- */

static bool get_event_flag(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_int(out, (ctx->call->flags & (unsigned)ref->field->n) != 0);
}

static bool get_io_dir(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	if (ctx->call->flags & EVF_WRITES_TO_FD)
		return give_str(out, "write");
	return ctx->call->flags & EVF_READS_FROM_FD && give_str(out, "read");
}

static bool get_is_syslog(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	struct state_fd *fd = ctx->view->fd;

	(void)ref;
	return give_int(out, ctx->call->flags & EVF_WRITES_TO_FD && fd &&
				     strstr(state_fd_name(fd), "/dev/log"));
}

static const struct probe_data *data_of(const struct field_ctx *ctx)
{
	return ctx->view->ev->kind == PROBE_KIND_DATA ? probe_event_payload(ctx->view->ev) : NULL;
}

static bool get_buffer(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct probe_data *data = data_of(ctx);

	(void)ref;
	return data && give_text(out, (const char *)data->bytes, data->len);
}

/* Of evt.buflen.*: directions and kinds of descriptor in n of the row. */
enum { BUF_IN = 1, BUF_OUT = 2, BUF_FILE = 4, BUF_NET = 8 };

static bool get_buflen(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	enum event_category category = ctx->call->category;
	const struct state_fd *fd = ctx->view->fd;
	int want = ref->field->n;

	if (!fd || !ctx->call->has_result || ctx->view->ev->res < 0)
		return false;
	if (category != CATEGORY_IO_READ && category != CATEGORY_IO_WRITE &&
	    (want & (BUF_IN | BUF_OUT) || category != CATEGORY_IO_OTHER))
		return false;
	if ((want & BUF_IN && category != CATEGORY_IO_READ) ||
	    (want & BUF_OUT && category != CATEGORY_IO_WRITE))
		return false;
	if ((want & BUF_FILE && fd->typechar != 'f') ||
	    (want & BUF_NET && !strchr("46", fd->typechar)))
		return false;
	return give_int(out, ctx->view->ev->res);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Values of flags in Falco's events (driver/ppm_events_public.h). */
#define PPM_O_RDONLY  0x1
#define PPM_O_WRONLY  0x2
#define PPM_O_CREATED 0x4000
#define PPM_FD_UPPER  0x8000
#define PPM_FD_LOWER  0x10000

static const struct param_flag *open_table(unsigned nr)
{
	const struct param_list *list = &param_lists[nr % PROBE_SYSCALLS];

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].from == PARAM_FROM_OPENFLAGS)
			return list->v[i].flags;
	return NULL;
}

uint32_t open_flags(const struct field_ctx *ctx, uint64_t native)
{
	const struct probe_event *ev = ctx->view->ev;
	const struct param_flag *f = open_table(ev->nr);
	uint32_t flags = 0;

	for (; f && f->name; f++)
		if (native & f->native & ~(uint64_t)O_ACCMODE)
			flags |= f->value;
	flags |= (native & O_ACCMODE) == O_WRONLY ? PPM_O_WRONLY
		 : (native & O_ACCMODE) == O_RDWR ? PPM_O_RDONLY | PPM_O_WRONLY
						  : PPM_O_RDONLY;
	if (ev->kind == PROBE_KIND_OPEN && ev->res >= 0) {
		const struct probe_file *file = probe_event_payload(ev);

		flags |= (file->flags & PROBE_FILE_CREATED ? PPM_O_CREATED : 0u) |
			 (file->flags & PROBE_FILE_UPPER ? PPM_FD_UPPER : 0u) |
			 (file->flags & PROBE_FILE_LOWER ? PPM_FD_LOWER : 0u);
	}
	return flags;
}

/* The flags and mode arguments of the calls that open; false: not such a call, or creat, which is
 * neither for Falco. */
static bool opened(const struct field_ctx *ctx, uint64_t *flags, uint64_t *mode)
{
	static const unsigned flags_arg[] = {
		[CALL_OPEN] = 1, [CALL_OPENAT] = 2, [CALL_OPENAT2] = 2, [CALL_BY_HANDLE] = 2};
	const struct probe_event *ev = ctx->view->ev;
	enum call_open open = ctx->call->open;

	if (open == CALL_NOT_OPEN || open == CALL_CREAT || flags_arg[open] >= ev->nargs)
		return false;
	*flags = event_arg(ev, flags_arg[open]);
	*mode = open == CALL_BY_HANDLE ? 0 : event_arg(ev, flags_arg[open] + 1);
	return true;
}

/* n of the row: the one-way mode that is asked for. */
static bool get_open_access(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	uint64_t flags, mode;

	if (!opened(ctx, &flags, &mode))
		return give_int(out, 0);
	return give_int(out, (flags & O_ACCMODE) == (unsigned)ref->field->n ||
				     (flags & O_ACCMODE) == O_RDWR);
}

static bool get_open_exec(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	uint64_t flags, mode;

	(void)ref;
	if (ctx->call->open == CALL_CREAT)
		return give_int(out, (event_arg(ctx->view->ev, 1) & 0111) != 0);
	if (!opened(ctx, &flags, &mode))
		return give_int(out, 0);
	/* Any bit of O_TMPFILE, which has that of O_DIRECTORY, counts for Falco. */
	return give_int(out, flags & (O_CREAT | O_TMPFILE) && mode & 0111);
}

static bool get_open_create(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct probe_event *ev = ctx->view->ev;
	uint64_t flags, mode;

	(void)ref;
	if (!opened(ctx, &flags, &mode) || ev->res < 0)
		return give_int(out, 0);
	if (ev->kind == PROBE_KIND_OPEN) {
		const struct probe_file *file = probe_event_payload(ev);

		if (file->flags & PROBE_FILE_CREATED)
			return give_int(out, 1);
	}
	return give_int(out, (flags & O_TMPFILE) != 0);
}

/* --- times ------------------------------------------------------------------------------------ */

/* With FIELD_TIME, i is the time in ns beside the text. */
static bool give_time(const struct field_ctx *ctx, struct field_ref *ref, struct value *out,
		      const char *fmt, bool fraction, const char *tail)
{
	int64_t ns = event_epoch_ns(ctx);
	time_t sec = (time_t)(ns / NS_PER_S);
	char text[64];
	struct tm tm;

	localtime_r(&sec, &tm);
	strbuf_setlen(&ref->buf, 0);
	strftime(text, sizeof(text), fmt, &tm);
	strbuf_addstr(&ref->buf, text);
	if (fraction)
		strbuf_addf(&ref->buf, ".%09lld", (long long)(ns % NS_PER_S));
	if (*tail && strftime(text, sizeof(text), tail, &tm))
		strbuf_addstr(&ref->buf, text);
	out->i = ns;
	return give_buf(out, ref);
}

static bool get_time(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_time(ctx, ref, out, "%H:%M:%S", true, "");
}

static bool get_time_s(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_time(ctx, ref, out, "%H:%M:%S", false, "");
}

static bool get_time_iso(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_time(ctx, ref, out, "%FT%T", true, "%z");
}

static bool get_datetime(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_time(ctx, ref, out, "%F %T", true, "");
}

static bool get_datetime_s(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_time(ctx, ref, out, "%F %T", false, "");
}

static bool get_rawtime(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_int(out, event_epoch_ns(ctx));
}

static bool get_rawtime_s(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_int(out, event_epoch_ns(ctx) / NS_PER_S);
}

static bool get_rawtime_ns(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return give_int(out, event_epoch_ns(ctx) % NS_PER_S);
}

enum time_part { PART_ALL, PART_SECONDS, PART_REST };

static int64_t part_of(int64_t ns, int part)
{
	return part == PART_SECONDS ? ns / NS_PER_S : part == PART_REST ? ns % NS_PER_S : ns;
}

/* Since the first event of the capture; n of the row: enum time_part. */
static bool get_reltime(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	return give_int(out, part_of((int64_t)(ctx->view->ev->ts - ctx->first_ts), ref->field->n));
}

/* Since the last event for which this very use of the field was read, as in Falco: the second read
 * of an event is 0. n of the row: enum time_part. */
static bool get_deltatime(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	uint64_t ts = ctx->view->ev->ts, from = ref->last_ts ? ref->last_ts : ts;

	ref->last_ts = ts;
	return give_int(out, part_of((int64_t)(ts - from), ref->field->n));
}

static bool get_hostname(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ref;
	return ctx->hostname && give_str(out, ctx->hostname);
}

/* Types are those of Falco 0.44.1's field list. */
const struct field fields_evt[] = {
	{"evt.type", VALUE_STR, 0, FIELD_OF_CALL, get_type, 0},
	{"evt.type.is", VALUE_UINT, 32, FIELD_OF_CALL | FIELD_NEEDS_ARG | FIELD_DOTTED, get_type_is,
	 0},
	{"syscall.type", VALUE_STR, 0, FIELD_OF_CALL, get_syscall_type, 0},
	{"evt.dir", VALUE_STR, 0, FIELD_OF_CALL, get_dir, 0},
	{"evt.category", VALUE_STR, 0, FIELD_OF_FD, get_category, 0},
	{"evt.num", VALUE_UINT, 64, 0, get_num, 0},
	{"evt.cpu", VALUE_INT, 16, 0, get_cpu, 0},
	{"evt.source", VALUE_STR, 0, 0, get_source, 0},
	{"evt.is_async", VALUE_BOOL, 0, 0, get_constant, 0},
	{"evt.count", VALUE_UINT, 32, 0, get_constant, 1},
	{"evt.count.exit", VALUE_UINT, 32, 0, get_constant, 1},
	{"evt.count.procinfo", VALUE_UINT, 32, 0, get_constant, 0},
	{"evt.count.threadinfo", VALUE_UINT, 32, 0, get_constant, 0},
	{"evt.count.error", VALUE_UINT, 32, 0, get_failed, 0},
	{"evt.count.error.file", VALUE_UINT, 32, FIELD_OF_FD, get_count_error, ERROR_FILE},
	{"evt.count.error.net", VALUE_UINT, 32, FIELD_OF_FD, get_count_error, ERROR_NET},
	{"evt.count.error.memory", VALUE_UINT, 32, FIELD_OF_FD, get_count_error, ERROR_MEMORY},
	{"evt.count.error.other", VALUE_UINT, 32, FIELD_OF_FD, get_count_error, ERROR_REST},
	{"evt.latency", VALUE_UINT, 64, 0, get_constant, 0},
	{"evt.latency.s", VALUE_UINT, 64, 0, get_constant, 0},
	{"evt.latency.ns", VALUE_UINT, 64, FIELD_PADDED, get_constant, 0},
	{"evt.latency.quantized", VALUE_UINT, 64, 0, get_constant, 0},
	{"evt.wait_latency", VALUE_UINT, 64, 0, get_constant, 0},
	{"evt.latency.human", VALUE_STR, 0, 0, get_no_latency, 0},
	{"evt.res", VALUE_STR, 0, 0, get_res, 0},
	{"evt.rawres", VALUE_INT, 64, 0, get_rawres, 0},
	{"evt.failed", VALUE_BOOL, 0, 0, get_failed, 0},
	{"evt.is_io", VALUE_BOOL, 0, 0, get_event_flag, EVF_READS_FROM_FD | EVF_WRITES_TO_FD},
	{"evt.is_io_read", VALUE_BOOL, 0, 0, get_event_flag, EVF_READS_FROM_FD},
	{"evt.is_io_write", VALUE_BOOL, 0, 0, get_event_flag, EVF_WRITES_TO_FD},
	{"evt.is_wait", VALUE_BOOL, 0, 0, get_event_flag, EVF_WAITS},
	{"evt.io_dir", VALUE_STR, 0, 0, get_io_dir, 0},
	{"evt.is_syslog", VALUE_BOOL, 0, FIELD_OF_FD, get_is_syslog, 0},
	{"evt.buffer", VALUE_BYTES, 0, FIELD_WANTS_DATA, get_buffer, 0},
	{"evt.buflen", VALUE_UINT, 64, FIELD_OF_FD, get_buflen, 0},
	{"evt.buflen.in", VALUE_UINT, 64, FIELD_OF_FD, get_buflen, BUF_IN},
	{"evt.buflen.out", VALUE_UINT, 64, FIELD_OF_FD, get_buflen, BUF_OUT},
	{"evt.buflen.file", VALUE_UINT, 64, FIELD_OF_FD, get_buflen, BUF_FILE},
	{"evt.buflen.file.in", VALUE_UINT, 64, FIELD_OF_FD, get_buflen, BUF_FILE | BUF_IN},
	{"evt.buflen.file.out", VALUE_UINT, 64, FIELD_OF_FD, get_buflen, BUF_FILE | BUF_OUT},
	{"evt.buflen.net", VALUE_UINT, 64, FIELD_OF_FD, get_buflen, BUF_NET},
	{"evt.buflen.net.in", VALUE_UINT, 64, FIELD_OF_FD, get_buflen, BUF_NET | BUF_IN},
	{"evt.buflen.net.out", VALUE_UINT, 64, FIELD_OF_FD, get_buflen, BUF_NET | BUF_OUT},
	{"evt.is_open_read", VALUE_BOOL, 0, 0, get_open_access, O_RDONLY},
	{"evt.is_open_write", VALUE_BOOL, 0, 0, get_open_access, O_WRONLY},
	{"evt.is_open_exec", VALUE_BOOL, 0, 0, get_open_exec, 0},
	{"evt.is_open_create", VALUE_BOOL, 0, FIELD_WANTS_OPENED, get_open_create, 0},
	{"evt.time", VALUE_STR, 0, FIELD_TIME, get_time, 0},
	{"evt.time.s", VALUE_STR, 0, 0, get_time_s, 0},
	{"evt.time.iso8601", VALUE_STR, 0, FIELD_TIME, get_time_iso, 0},
	{"evt.datetime", VALUE_STR, 0, 0, get_datetime, 0},
	{"evt.datetime.s", VALUE_STR, 0, 0, get_datetime_s, 0},
	{"evt.rawtime", VALUE_UINT, 64, 0, get_rawtime, 0},
	{"evt.rawtime.s", VALUE_UINT, 64, 0, get_rawtime_s, 0},
	{"evt.rawtime.ns", VALUE_UINT, 64, FIELD_PADDED, get_rawtime_ns, 0},
	{"evt.reltime", VALUE_UINT, 64, FIELD_PADDED, get_reltime, PART_ALL},
	{"evt.reltime.s", VALUE_UINT, 64, 0, get_reltime, PART_SECONDS},
	{"evt.reltime.ns", VALUE_UINT, 64, FIELD_PADDED, get_reltime, PART_REST},
	{"evt.deltatime", VALUE_UINT, 64, 0, get_deltatime, PART_ALL},
	{"evt.deltatime.s", VALUE_UINT, 64, 0, get_deltatime, PART_SECONDS},
	{"evt.deltatime.ns", VALUE_UINT, 64, FIELD_PADDED, get_deltatime, PART_REST},
	{"evt.hostname", VALUE_STR, 0, 0, get_hostname, 0},
	/* Of events that are no system call, in Falco too. */
	{"evt.asynctype", VALUE_STR, 0, 0, get_absent, 0},
	{"evt.pluginname", VALUE_STR, 0, 0, get_absent, 0},
	{"evt.plugininfo", VALUE_STR, 0, 0, get_absent, 0},
	{"evt.infra.docker.name", VALUE_STR, 0, 0, get_absent, 0},
	{"evt.infra.docker.container.id", VALUE_STR, 0, 0, get_absent, 0},
	{"evt.infra.docker.container.name", VALUE_STR, 0, 0, get_absent, 0},
	{"evt.infra.docker.container.image", VALUE_STR, 0, 0, get_absent, 0},
	{NULL, VALUE_STR, 0, 0, NULL, 0},
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the classes of fields; nobody else includes it.
 */
#ifndef FT_PROBE_FIELDS_PRIV_H
#define FT_PROBE_FIELDS_PRIV_H

#include "probe/fields.h"

#include <string.h>

/* Each ends with a NULL name. */
extern const struct field fields_evt[], fields_arg[], fields_proc[], fields_thread[], fields_fd[],
	fields_path[], fields_user[], fields_container[];

static inline bool give_text(struct value *out, const char *s, size_t len)
{
	out->s = s;
	out->len = len;
	return true;
}

static inline bool give_str(struct value *out, const char *s)
{
	return give_text(out, s, strlen(s));
}

static inline bool give_buf(struct value *out, const struct field_ref *ref)
{
	return give_text(out, ref->buf.buf, ref->buf.len);
}

static inline bool give_int(struct value *out, int64_t i)
{
	out->i = i;
	return true;
}

static inline bool get_constant(const struct field_ctx *ctx, struct field_ref *ref,
				struct value *out)
{
	(void)ctx;
	return give_int(out, ref->field->n);
}

static inline bool get_absent(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	(void)ctx;
	(void)ref;
	(void)out;
	return false;
}

/* A placeholder thread knows its numbers only. */
static inline const struct state_thread *known_thread(const struct field_ctx *ctx)
{
	const struct state_thread *t = ctx->view->thread;

	return t && t->known ? t : NULL;
}

static inline uint64_t event_arg(const struct probe_event *ev, unsigned i)
{
	return i < ev->nargs ? probe_event_args(ev)[i] : 0;
}

static inline int64_t event_epoch_ns(const struct field_ctx *ctx)
{
	return (int64_t)ctx->view->ev->ts + ctx->epoch_offset_ns;
}

/* container.id of a thread, NULL when its control group is not known. */
static inline const char *thread_container(const struct state_thread *t)
{
	return t->cgroup ? t->cgroup->container : NULL;
}

/* path on top of base (NULL: not known) without empty, "." and ".." parts, in place of what is in
 * out. */
void join_path(struct strbuf *out, const char *base, const char *path);
/* What a relative path given with a folder's descriptor (-100: the working folder) starts from;
 * "<UNKNOWN>" when the descriptor is not known. */
const char *path_base(const struct state_thread *t, int64_t dirfd);
/* "file", "ipv4" ...: fd.type. */
const char *fd_type(const struct state_fd *fd);
/* O_*, FD_*_LAYER and O_F_CREATED as in Falco's events (PPM_O_*), of a call that opens. */
uint32_t open_flags(const struct field_ctx *ctx, uint64_t native);
/* "CAP_CHOWN CAP_KILL ..." appended. */
void add_caps(struct strbuf *out, uint64_t caps);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings come from outside: every record is held against what the kernel side writes for its
 * call, before anything follows a length in it.
 */
#include "base/mem.h"
#include "probe/capture_calls.h"
#include "probe/record.h"
#include "probe/shared.bpf.h"

#include <string.h>
#include <sys/socket.h>

/* A change of these is a new form of the recorded events. */
_Static_assert(RECORD_VERSION == 4 && sizeof(struct probe_event) == 32 &&
		       sizeof(struct probe_sock) == 240 && sizeof(struct probe_task) == 144 &&
		       sizeof(struct probe_exec) == 184 && sizeof(struct probe_exit) == 8 &&
		       sizeof(struct probe_file) == 16 && sizeof(struct probe_data) == 88,
	       "event.h has changed: raise RECORD_VERSION, look over the checks below");

typedef bool (*payload_fn)(const struct probe_event *ev, const char *data, size_t len);

static bool any(const struct probe_event *ev, const char *data, size_t len)
{
	(void)ev;
	(void)data;
	(void)len;
	return true;
}

static bool ends(const char *data, size_t len)
{
	return len && data[len - 1] == '\0';
}

static bool one_text(const struct probe_event *ev, const char *data, size_t len)
{
	(void)ev;
	return ends(data, len);
}

static bool two_texts(const struct probe_event *ev, const char *data, size_t len)
{
	(void)ev;
	return ends(data, len) && strlen(data) + 1 < len;
}

static bool sock(const struct probe_event *ev, const char *data, size_t len)
{
	const struct probe_sock *s = (const void *)data;

	(void)ev;
	if (len == 0)
		return true;
	if (len < sizeof(s->family))
		return false;
	if (s->family == AF_INET)
		return len == PROBE_SOCK_IN4_SIZE;
	if (s->family == AF_INET6)
		return len == PROBE_SOCK_IN6_SIZE;
	return s->family == AF_UNIX && len > offsetof(struct probe_sock, un.path) &&
	       len <= sizeof(*s) && ends(data, len);
}

static bool pair(const struct probe_event *ev, const char *data, size_t len)
{
	(void)ev;
	(void)data;
	return len == 0 || len == 2 * sizeof(int32_t);
}

static bool task(const struct probe_event *ev, const char *data, size_t len)
{
	const struct probe_task *t = (const void *)data;

	(void)ev;
	return len == sizeof(*t) && memchr(t->comm, '\0', sizeof(t->comm));
}

static bool usage(const struct probe_event *ev, const char *data, size_t len)
{
	(void)ev;
	(void)data;
	return len == sizeof(struct probe_usage);
}

static bool exec(const struct probe_event *ev, const char *data, size_t len)
{
	const struct probe_exec *e = (const void *)data;
	const char *text = (const char *)(e + 1);

	if (len < sizeof(*e) || !task(ev, data, sizeof(e->task)) ||
	    len != sizeof(*e) + e->exepath_len + e->filename_len + e->args_len + e->env_len +
			    e->cgroup_len)
		return false;
	return (!e->exepath_len || ends(text, e->exepath_len)) &&
	       (!e->filename_len || ends(text + e->exepath_len, e->filename_len)) &&
	       (!e->cgroup_len || ends(data, len));
}

static bool opened(const struct probe_event *ev, const char *data, size_t len)
{
	if (len < sizeof(struct probe_file))
		return false;
	return len == sizeof(struct probe_file) ||
	       one_text(ev, data + sizeof(struct probe_file), len - sizeof(struct probe_file));
}

static bool data_and_sock(const struct probe_event *ev, const char *data, size_t len)
{
	const struct probe_data *d = (const void *)data;

	return len >= sizeof(*d) && d->len <= sizeof(d->bytes) &&
	       sock(ev, data + sizeof(*d), len - sizeof(*d));
}

static bool exit_status(const struct probe_event *ev, const char *data, size_t len)
{
	(void)data;
	return len == sizeof(struct probe_exit) && ev->nr == PROBE_NR_PROCEXIT;
}

static const payload_fn payloads[PROBE_KIND_MAX] = {
	[PROBE_KIND_ARGS] = any,    [PROBE_KIND_PATH] = one_text, [PROBE_KIND_PATH2] = two_texts,
	[PROBE_KIND_SOCK] = sock,   [PROBE_KIND_FDPAIR] = pair,	  [PROBE_KIND_CLONE] = task,
	[PROBE_KIND_OPEN] = opened, [PROBE_KIND_MSG] = sock,	  [PROBE_KIND_DATA] = data_and_sock,
	[PROBE_KIND_TASK] = task,   [PROBE_KIND_EXEC] = exec,	  [PROBE_KIND_EXIT] = exit_status,
	[PROBE_KIND_USAGE] = usage,
};

void record_forms_init(struct record_forms *f)
{
	/* Whatever was wanted beside the usual. */
	for (unsigned nr = 0; nr < PROBE_SYSCALLS; nr++) {
		f->kinds[nr] = 0;
		for (unsigned wants = 0; wants < PROBE_WANT_USAGE * 2; wants++)
			f->kinds[nr] |= (uint16_t)(1u << PROBE_HOW_KIND(capture_how(nr, wants)));
	}
	f->kinds[PROBE_NR_PROCEXIT] = 1u << PROBE_KIND_EXIT;
}

bool record_check_event(const struct record_forms *f, const void *event, size_t len,
			const char **why)
{
	const struct probe_event *ev = event;

	*why = "an event that is cut short";
	if (len < sizeof(*ev) || len != ev->len || len < sizeof(*ev) + ev->nargs * 8u)
		return false;
	*why = "an event of a call that does not exist";
	if (ev->nr >= PROBE_SYSCALLS)
		return false;
	*why = "an event that is not of its call's form";
	if (ev->kind >= PROBE_KIND_MAX || !(f->kinds[ev->nr] >> ev->kind & 1) ||
	    !payloads[ev->kind])
		return false;
	*why = "an event with a broken payload";
	return payloads[ev->kind](ev, probe_event_payload(ev), probe_event_payload_len(ev));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings without a kernel: events as its side makes them, in order and at made-up times.
 */
#ifndef FT_TESTS_RECORD_MAKER_H
#define FT_TESTS_RECORD_MAKER_H

#include "base/mem.h"
#include "probe/record.h"
#include "probe/state_save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct made_event {
	union {
		struct probe_event ev;
		unsigned char bytes[2048];
	};
};

static void made_append(struct made_event *m, const void *data, size_t n)
{
	if (n)
		memcpy(m->bytes + m->ev.len, data, n);
	m->ev.len = (uint16_t)(m->ev.len + n);
}

static void made_begin(struct made_event *m, uint64_t ts, unsigned nr, unsigned tid, int64_t res,
		       enum probe_kind kind, unsigned nargs, const uint64_t *args)
{
	memset(m, 0, sizeof(*m));
	m->ev = (struct probe_event){.ts = ts,
				     .tid = tid,
				     .pid = tid,
				     .res = res,
				     .nr = (uint16_t)nr,
				     .kind = kind,
				     .nargs = (uint8_t)nargs,
				     .len = sizeof(m->ev)};
	made_append(m, args, 8 * nargs);
}

/* The child's return from fork. */
static void made_fork(struct made_event *m, uint64_t ts, unsigned child, unsigned parent)
{
	struct probe_task task = {.ppid = parent, .comm = "sh"};

	made_begin(m, ts, 57, child, 0, PROBE_KIND_CLONE, 0, NULL);
	made_append(m, &task, sizeof(task));
}

static void made_exec(struct made_event *m, uint64_t ts, unsigned tid, unsigned parent,
		      const char *comm, const char *exe)
{
	static const char cgroup[] = "/user.slice";
	struct probe_exec exec = {.task = {.ppid = parent},
				  .exepath_len = (uint16_t)(strlen(exe) + 1),
				  .args_len = (uint16_t)(strlen(comm) + 1),
				  .cgroup_len = sizeof(cgroup)};

	snprintf(exec.task.comm, sizeof(exec.task.comm), "%s", comm);
	made_begin(m, ts, 59, tid, 0, PROBE_KIND_EXEC, 0, NULL);
	made_append(m, &exec, sizeof(exec));
	made_append(m, exe, strlen(exe) + 1);
	made_append(m, comm, strlen(comm) + 1);
	made_append(m, cgroup, sizeof(cgroup));
}

static void made_open(struct made_event *m, uint64_t ts, unsigned tid, int64_t res, int flags,
		      const char *path)
{
	uint64_t args[4] = {(uint64_t)-100, 0, (uint64_t)flags, 0};

	made_begin(m, ts, 257, tid, res, PROBE_KIND_PATH, 4, args);
	made_append(m, path, strlen(path) + 1);
}

static void made_close(struct made_event *m, uint64_t ts, unsigned tid, uint64_t fd)
{
	made_begin(m, ts, 3, tid, 0, PROBE_KIND_ARGS, 1, &fd);
}

static void made_exit(struct made_event *m, uint64_t ts, unsigned tid)
{
	struct probe_exit end = {0};

	made_begin(m, ts, PROBE_NR_PROCEXIT, tid, 0, PROBE_KIND_EXIT, 0, NULL);
	made_append(m, &end, sizeof(end));
}

static const struct record_about made_about = {.engine_version = "0",
					       .catalogue = "0.44.1",
					       .hostname = "maker",
					       .kernel = "6.0",
					       .recorded_ns = 1700000000000000000,
					       .epoch_offset_ns = 1700000000000000000,
					       .pid = 99,
					       .n_cpus = 2};

/* A shell (process 10) with /etc/hosts open, which is there before the first event. */
static struct state *made_state(void)
{
	struct state_opts opts = {.track_fds = true, .proc_root = "/nonexistent"};
	struct state_view view = {.fd_num = -1};
	struct made_event m;
	struct state *st;

	if (state_open(&st, &opts, NULL))
		return NULL;
	made_exec(&m, 1, 10, 1, "sh", "/bin/sh");
	view.ev = &m.ev;
	state_apply(st, &m.ev, &view);
	made_open(&m, 2, 10, 5, O_RDONLY, "/etc/../etc/hosts");
	view.ev = &m.ev;
	state_apply(st, &m.ev, &view);
	return st;
}

/* rounds times: the shell starts a cat, which reads three files and ends; and an unknown process
 * opens one. */
#define MADE_EVENTS_A_ROUND 12
static int made_recording(const char *path, unsigned rounds, uint64_t max, struct error *err)
{
	static const char *const files[] = {"/etc/shadow", "/home/u/x", "/etc/passwd"};
	struct state *st = made_state();
	struct strbuf state cleanup_strbuf = STRBUF_INIT;
	struct record_end end;
	struct recorder *r;
	struct made_event m;
	uint64_t ts = 1000;

	state_save(st, &state);
	state_close(st);
	if (recorder_open(&r, path, max, &made_about, &state, err))
		return -1;
	for (unsigned i = 0; i < rounds; i++) {
		unsigned tid = 1000 + i % 20000;

		made_fork(&m, ts += 1000, tid, 10);
		recorder_event(r, &m.ev);
		made_exec(&m, ts += 1000, tid, 10, "cat", "/bin/cat");
		recorder_event(r, &m.ev);
		for (unsigned f = 0; f < ARRAY_SIZE(files); f++) {
			made_open(&m, ts += 1000, tid, f == 1 ? -ENOENT : 3, O_RDONLY, files[f]);
			recorder_event(r, &m.ev);
			if (f == 1)
				continue;
			made_close(&m, ts += 1000, tid, 3);
			recorder_event(r, &m.ev);
		}
		made_exit(&m, ts += 1000, tid);
		recorder_event(r, &m.ev);
		made_close(&m, ts += 1000, 10, 5);
		recorder_event(r, &m.ev);
		made_open(&m, ts += 1000, 10, 5, O_WRONLY, "/etc/hosts");
		recorder_event(r, &m.ev);
		made_close(&m, ts += 1000, 99, 7); /* the engine's own */
		recorder_event(r, &m.ev);
		made_open(&m, ts += 1000, 77, 4, O_RDONLY, "relative");
		recorder_event(r, &m.ev);
	}
	return recorder_close(r, &end, err);
}

#endif

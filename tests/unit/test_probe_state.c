/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/fs.h"
#include "probe/capture.h"
#include "probe/state.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

/* A record as the kernel side makes it. */
struct record {
	union {
		struct probe_event ev;
		unsigned char bytes[2048];
	};
};

static struct record *start(struct record *r, unsigned nr, unsigned tid, unsigned pid, long res,
			    enum probe_kind kind, unsigned nargs, const uint64_t *args)
{
	memset(r, 0, sizeof(*r));
	r->ev = (struct probe_event){.ts = 1000,
				     .tid = tid,
				     .pid = pid,
				     .res = res,
				     .nr = (uint16_t)nr,
				     .kind = kind,
				     .nargs = (uint8_t)nargs,
				     .len = (uint16_t)(sizeof(r->ev) + 8 * nargs)};
	if (nargs)
		memcpy(r->bytes + sizeof(r->ev), args, 8 * nargs);
	return r;
}

static void append(struct record *r, const void *data, size_t n)
{
	memcpy(r->bytes + r->ev.len, data, n);
	r->ev.len = (uint16_t)(r->ev.len + n);
}

static struct state *state;
static char root[64];

static void put(const char *rel, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, rel);
	ck_assert_int_eq(fs_write_file(path, text, strlen(text), 0644, NULL), 0);
}

static void setup(size_t max_threads)
{
	struct state_opts opts = {.max_threads = max_threads, .track_fds = true, .proc_root = root};

	unit_make_dir(root, sizeof(root));
	ck_assert_int_eq(state_open(&state, &opts, NULL), 0);
}

static void teardown(void)
{
	state_close(state);
	ck_assert_int_eq(fs_remove_tree(root, NULL), 0);
}

static struct state_view apply(const struct record *r)
{
	struct state_view v = {.ev = &r->ev, .fd_num = -1};

	state_apply(state, &r->ev, &v);
	return v;
}

static struct state_view apply_finish(const struct record *r)
{
	struct state_view v = apply(r);

	state_finish(state, &v);
	return v;
}

/* clone as its child sees it */
static void born(unsigned tid, unsigned pid, unsigned ppid, uint64_t flags, const char *comm)
{
	struct probe_task task = {.ppid = ppid, .uid = 7, .flags = flags};
	struct record r;

	snprintf(task.comm, sizeof(task.comm), "%s", comm);
	start(&r, 56, tid, pid, 0, PROBE_KIND_CLONE, 0, NULL);
	append(&r, &task, sizeof(task));
	apply_finish(&r);
}

static void execs(unsigned pid, unsigned ppid, const char *comm, const char *exe, const char *args,
		  size_t args_len)
{
	struct probe_exec exec = {.task = {.ppid = ppid, .uid = 33},
				  .exepath_len = (uint16_t)(strlen(exe) + 1),
				  .args_len = (uint16_t)args_len};
	struct record r;

	snprintf(exec.task.comm, sizeof(exec.task.comm), "%s", comm);
	start(&r, 59, pid, pid, 0, PROBE_KIND_EXEC, 0, NULL);
	append(&r, &exec, sizeof(exec));
	append(&r, exe, strlen(exe) + 1);
	append(&r, args, args_len);
	apply_finish(&r);
}

static struct state_view opens(unsigned pid, int dirfd, const char *path, uint64_t flags, long res)
{
	uint64_t args[4] = {(uint32_t)dirfd, 0, flags, 0};
	static struct record r;

	start(&r, 257, pid, pid, res, PROBE_KIND_PATH, 4, args);
	append(&r, path, strlen(path) + 1);
	return apply_finish(&r);
}

static struct state_view call(unsigned nr, unsigned pid, long res, uint64_t a, uint64_t b,
			      uint64_t c)
{
	uint64_t args[3] = {a, b, c};
	static struct record r;

	start(&r, nr, pid, pid, res, PROBE_KIND_ARGS, 3, args);
	return apply(&r);
}

static void ends(unsigned tid, unsigned pid)
{
	struct probe_exit out = {0};
	struct record r;

	start(&r, PROBE_NR_PROCEXIT, tid, pid, 0, PROBE_KIND_EXIT, 0, NULL);
	append(&r, &out, sizeof(out));
	apply_finish(&r);
}

START_TEST(names_come_from_fork_and_exec)
{
	struct state_thread *t;

	setup(0);
	born(100, 100, 1, 0, "sh");
	execs(100, 1, "ls", "/usr/bin/ls", "ls\0-l\0/tmp", 11);
	t = state_thread(state, 100);
	ck_assert_str_eq(t->comm, "ls");
	ck_assert_str_eq(state_exepath(t), "/usr/bin/ls");
	ck_assert_str_eq(state_cmdline(t), "ls -l /tmp");
	ck_assert_uint_eq(t->uid, 33);
	/* A child has its parent's image until it execs; the parent keeps its own. */
	born(101, 101, 100, 0, "ls");
	ck_assert_str_eq(state_exepath(state_thread(state, 101)), "/usr/bin/ls");
	execs(101, 100, "cat", "/bin/cat", "cat", 4);
	ck_assert_str_eq(state_cmdline(state_thread(state, 101)), "cat");
	ck_assert_str_eq(state_cmdline(state_thread(state, 100)), "ls -l /tmp");
	ck_assert_uint_eq(state_stats(state)->n_threads, 2);
	ends(100, 100);
	ends(101, 101);
	ck_assert_ptr_null(state_thread(state, 100));
	ck_assert_uint_eq(state_stats(state)->n_threads, 0);
	ck_assert_uint_eq(state_stats(state)->n_fds, 0);
	ck_assert_uint_eq(state_stats(state)->n_failed_thread_lookups, 0);
	teardown();
}
END_TEST

START_TEST(descriptors_live_from_open_to_close)
{
	struct state_view v;

	setup(0);
	born(100, 100, 1, 0, "a");
	v = opens(100, -100, "/etc//x/../passwd", O_RDONLY, 3);
	ck_assert_int_eq(v.fd_num, 3);
	ck_assert_int_eq(v.fd->typechar, 'f');
	ck_assert_str_eq(state_fd_name(v.fd), "/etc/passwd");
	/* A call on it finds it. */
	v = call(0, 100, 10, 3, 0, 0);
	ck_assert_str_eq(state_fd_name(v.fd), "/etc/passwd");
	/* A close shows it to the rules, then it is gone. */
	v = call(3, 100, 0, 3, 0, 0);
	ck_assert_str_eq(state_fd_name(v.fd), "/etc/passwd");
	state_finish(state, &v);
	v = call(0, 100, -9, 3, 0, 0);
	ck_assert_ptr_null(v.fd);
	ck_assert_uint_eq(state_stats(state)->n_fds, 0);
	/* A failed close takes nothing; a failed open shows the name that was tried. */
	opens(100, -100, "/dev/null", O_RDONLY, 3);
	v = call(3, 100, -4, 3, 0, 0);
	state_finish(state, &v);
	ck_assert_uint_eq(state_stats(state)->n_fds, 1);
	v = opens(100, -100, "/no/such", O_RDONLY, -2);
	ck_assert_int_eq(v.fd_num, -1);
	ck_assert_str_eq(state_fd_name(v.fd), "/no/such");
	ck_assert_uint_eq(state_stats(state)->n_fds, 1);
	teardown();
}
END_TEST

START_TEST(relative_paths_start_from_their_folder)
{
	uint64_t none = 0;
	struct state_view v;
	struct record r;

	setup(0);
	born(100, 100, 1, 0, "a");
	start(&r, 80, 100, 100, 0, PROBE_KIND_PATH, 1, &none);
	append(&r, "/srv/www", 9);
	apply_finish(&r);
	v = opens(100, -100, "a.html", O_RDONLY, 3);
	ck_assert_str_eq(state_fd_name(v.fd), "/srv/www/a.html");
	start(&r, 80, 100, 100, 0, PROBE_KIND_PATH, 1, &none);
	append(&r, "../log", 7);
	apply_finish(&r);
	v = opens(100, -100, "./b", O_RDONLY, 4);
	ck_assert_str_eq(state_fd_name(v.fd), "/srv/log/b");
	v = opens(100, -100, "/var", O_RDONLY | O_DIRECTORY, 5);
	ck_assert_int_eq(v.fd->typechar, 'd');
	v = opens(100, 5, "lib/x", O_RDONLY, 6);
	ck_assert_str_eq(state_fd_name(v.fd), "/var/lib/x");
	/* The parent's folder is the child's. */
	born(101, 101, 100, 0, "a");
	v = opens(101, -100, "c", O_RDONLY, 3);
	ck_assert_str_eq(state_fd_name(v.fd), "/srv/log/c");
	v = opens(101, -100, "../../../..", O_RDONLY, 3);
	ck_assert_str_eq(state_fd_name(v.fd), "/");
	teardown();
}
END_TEST

START_TEST(tables_are_copied_shared_and_cut_by_exec)
{
	setup(0);
	born(100, 100, 1, 0, "a");
	opens(100, -100, "/keep", O_RDONLY, 3);
	opens(100, -100, "/drop", O_RDONLY | O_CLOEXEC, 4);
	/* A thread shares the table, a process has a copy. */
	born(101, 100, 1, 0x10f00, "a");
	born(102, 102, 100, 0, "a");
	ck_assert_uint_eq(state_stats(state)->n_fds, 4);
	struct state_view v = call(3, 102, 0, 3, 0, 0);
	state_finish(state, &v);
	ck_assert_uint_eq(state_stats(state)->n_fds, 3);
	ck_assert_str_eq(state_fd_name(&state_thread(state, 101)->fds->v[3]), "/keep");
	execs(102, 100, "b", "/b", "b", 2);
	ck_assert_uint_eq(state_thread(state, 102)->fds->n, 0);
	ck_assert_uint_eq(state_stats(state)->n_fds, 2);
	/* dup copies, and the copy survives an exec. */
	call(32, 100, 9, 4, 0, 0);
	ends(101, 100);
	execs(100, 1, "b", "/b", "b", 2);
	v = call(0, 100, 0, 9, 0, 0);
	ck_assert_str_eq(state_fd_name(v.fd), "/drop");
	v = call(0, 100, 0, 4, 0, 0);
	ck_assert_ptr_null(v.fd);
	ends(100, 100);
	ends(102, 102);
	ck_assert_uint_eq(state_stats(state)->n_fds, 0);
	teardown();
}
END_TEST

static struct state_view address(unsigned nr, long res, const struct probe_sock *sock, size_t len)
{
	uint64_t fd = 3;
	static struct record r;

	start(&r, nr, 100, 100, res, PROBE_KIND_SOCK, 1, &fd);
	append(&r, sock, len);
	return apply_finish(&r);
}

START_TEST(sockets_know_client_and_server)
{
	struct probe_sock s = {.family = AF_INET,
			       .proto = PROBE_PROTO_TCP,
			       .lport = htons(40000),
			       .rport = htons(80)};
	struct probe_sock u = {
		.family = AF_UNIX,
		.un = {.source = 0xffff888104425680, .dest = 0xf00, .path = "/run/x.sock"}};
	struct state_view v;

	setup(0);
	born(100, 100, 1, 0, "a");
	inet_pton(AF_INET, "10.0.0.1", &s.in4.laddr);
	inet_pton(AF_INET, "10.0.0.2", &s.in4.raddr);
	v = call(41, 100, 3, AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(v.fd->typechar, '4');
	ck_assert_ptr_null(state_fd_sip(v.fd));
	v = address(42, 0, &s, PROBE_SOCK_IN4_SIZE);
	ck_assert_str_eq(state_fd_name(v.fd), "10.0.0.1:40000->10.0.0.2:80");
	ck_assert_uint_eq(state_fd_sport(v.fd), 80);
	ck_assert_uint_eq(state_fd_cport(v.fd), 40000);
	ck_assert_mem_eq(state_fd_sip(v.fd), "\x0a\0\0\x02", 4);
	/* Accepted: the local end is the server's. */
	v = address(288, 5, &s, PROBE_SOCK_IN4_SIZE);
	ck_assert_int_eq(v.fd_num, 5);
	ck_assert_str_eq(state_fd_name(v.fd), "10.0.0.2:80->10.0.0.1:40000");
	ck_assert_uint_eq(state_fd_sport(v.fd), 40000);
	v = address(49, 0, &s, PROBE_SOCK_IN4_SIZE);
	ck_assert_str_eq(state_fd_name(v.fd), "10.0.0.1:40000");
	/* IPv4 over IPv6 is IPv4. */
	s.family = AF_INET6;
	inet_pton(AF_INET6, "::ffff:1.2.3.4", s.in6.laddr);
	inet_pton(AF_INET6, "::ffff:5.6.7.8", s.in6.raddr);
	v = address(42, 0, &s, PROBE_SOCK_IN6_SIZE);
	ck_assert_int_eq(v.fd->typechar, '4');
	ck_assert_str_eq(state_fd_name(v.fd), "1.2.3.4:40000->5.6.7.8:80");
	v = address(42, 0, &u, sizeof(u));
	ck_assert_int_eq(v.fd->typechar, 'u');
	ck_assert_str_eq(state_fd_name(v.fd), "ffff888104425680->f00 /run/x.sock");
	/* A copy of it, a message the other way, a bind. */
	v = call(32, 100, 7, 3, 0, 0);
	ck_assert_str_eq(state_fd_name(state_fd_of(v.thread, 7)), state_fd_name(v.fd));
	u.un.source = 0;
	v = address(45, 1, &u, sizeof(u));
	ck_assert(v.name_changed);
	ck_assert_str_eq(state_fd_name(v.fd), "0->f00 /run/x.sock");
	v = address(44, 1, &u, sizeof(u));
	ck_assert(!v.name_changed);
	v = address(44, 1, &u, 0);
	ck_assert_str_eq(state_fd_name(v.fd), "0->f00 /run/x.sock");
	u.un.dest = 0;
	v = address(49, 0, &u, sizeof(u));
	ck_assert_str_eq(state_fd_name(v.fd), "/run/x.sock");
	teardown();
}
END_TEST

START_TEST(a_full_table_counts_and_goes_on)
{
	struct state_view v;

	setup(2);
	born(100, 100, 1, 0, "a");
	born(101, 101, 1, 0, "a");
	born(102, 102, 1, 0, "a");
	ck_assert_uint_eq(state_stats(state)->n_threads, 2);
	ck_assert_uint_eq(state_stats(state)->n_drops_full_threadtable, 1);
	v = opens(102, -100, "/x", 0, 3);
	ck_assert_ptr_null(v.thread);
	ck_assert_ptr_null(v.fd);
	ck_assert_uint_eq(state_stats(state)->n_failed_thread_lookups, 1);
	ends(100, 100);
	born(102, 102, 1, 0, "a");
	ck_assert_uint_eq(state_stats(state)->n_threads, 2);
	teardown();
}
END_TEST

START_TEST(unknown_threads_are_placeholders)
{
	struct state_view v;

	setup(0);
	v = opens(500, -100, "/x", 0, 3);
	ck_assert_ptr_nonnull(v.thread);
	ck_assert(!v.thread->known);
	ck_assert_str_eq(state_fd_name(v.fd), "/x");
	ck_assert_str_eq(state_exepath(v.thread), "");
	ck_assert_uint_eq(state_stats(state)->n_failed_thread_lookups, 1);
	/* A number that another process has now is a new thread. */
	uint64_t fd = 3;
	struct record r;
	start(&r, 0, 500, 499, 0, PROBE_KIND_ARGS, 1, &fd);
	v = apply(&r);
	ck_assert_uint_eq(v.thread->pid, 499);
	ck_assert_ptr_null(v.fd);
	ck_assert_uint_eq(state_stats(state)->n_threads, 1);
	/* The end of an unknown one is no reason to look it up. */
	ends(777, 777);
	ck_assert_uint_eq(state_stats(state)->n_threads, 1);
	teardown();
}
END_TEST

START_TEST(proc_is_scanned)
{
	char path[256];
	struct state_thread *t;

	setup(0);
	static const char *const dirs[] = {"40/fd", "40/task/40", "40/task/41", "net"};
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", root, dirs[i]);
		ck_assert_int_eq(fs_mkdirs(path, NULL), 0);
	}
	put("40/comm", "daemon\n");
	put("40/status", "Name:\tdaemon\nTgid:\t40\nPid:\t40\nPPid:\t7\nUid:\t1\t2\t3\t4\n");
	put("40/task/41/comm", "worker\n");
	put("40/task/41/status", "Name:\tworker\nTgid:\t40\nPPid:\t7\nUid:\t1\t2\t3\t4\n");
	put("net/tcp",
	    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt  "
	    " uid  timeout inode\n"
	    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  "
	    "   0        0 555 1 0 100 0 0 10 0\n");
	snprintf(path, sizeof(path), "%s/40/exe", root);
	ck_assert_int_eq(symlink("/usr/sbin/daemon", path), 0);
	snprintf(path, sizeof(path), "%s/40/fd/0", root);
	ck_assert_int_eq(symlink("/var/log/x", path), 0);
	snprintf(path, sizeof(path), "%s/40/fd/4", root);
	ck_assert_int_eq(symlink("socket:[555]", path), 0);
	snprintf(path, sizeof(path), "%s/40/fd/5", root);
	ck_assert_int_eq(symlink("anon_inode:[eventpoll]", path), 0);
	put("40/cmdline", "daemon");
	ck_assert_int_eq(state_scan_proc(state, NULL), 0);
	ck_assert_uint_eq(state_stats(state)->n_threads, 2);
	t = state_thread(state, 40);
	ck_assert_str_eq(t->comm, "daemon");
	ck_assert_uint_eq(t->ppid, 7);
	ck_assert_uint_eq(t->uid, 2);
	ck_assert_str_eq(state_exepath(t), "/usr/sbin/daemon");
	ck_assert_uint_eq(state_stats(state)->n_fds, 3);
	ck_assert_str_eq(state_fd_name(&t->fds->v[4]), "127.0.0.1:8080");
	ck_assert_int_eq(t->fds->v[5].typechar, 'l');
	t = state_thread(state, 41);
	ck_assert_str_eq(t->comm, "worker");
	ck_assert_str_eq(state_exepath(t), "/usr/sbin/daemon");
	ck_assert_str_eq(state_fd_name(&t->fds->v[0]), "/var/log/x");
	teardown();
}
END_TEST

START_TEST(buffers_are_sized_as_in_falco)
{
	ck_assert_uint_eq(capture_preset_bytes(1), 1u << 20);
	ck_assert_uint_eq(capture_preset_bytes(4), 8u << 20);
	ck_assert_uint_eq(capture_preset_bytes(10), 512u << 20);
	ck_assert_uint_eq(capture_preset_bytes(0), 0);
	ck_assert_uint_eq(capture_preset_bytes(11), 0);
	ck_assert_uint_eq(capture_buffer_count(2, 2), 1);
	ck_assert_uint_eq(capture_buffer_count(5, 2), 3);
	ck_assert_uint_eq(capture_buffer_count(8, 0), 1);
	ck_assert_uint_eq(capture_buffer_count(8, 1), 8);
	ck_assert_uint_eq(capture_buffer_count(4, 9), 1);
}
END_TEST

UNIT_MAIN("probe_state", names_come_from_fork_and_exec, descriptors_live_from_open_to_close,
	  relative_paths_start_from_their_folder, tables_are_copied_shared_and_cut_by_exec,
	  sockets_know_client_and_server, a_full_table_counts_and_goes_on,
	  unknown_threads_are_placeholders, proc_is_scanned, buffers_are_sized_as_in_falco)

/* SPDX-License-Identifier: Apache-2.0 */
#include "probe_maker.h"

#include "base/mem.h"
#include "probe/eval_calls.h"
#include "probe/fields.h"
#include "syscalls/catalogue.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/socket.h>

#define HEX64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEXT(s) s, sizeof(s)

/* init -> sshd -> bash (a session with a terminal) -> python3; and one inside a container. */
static const struct tree_process processes[] = {
	{1, 0, 0, 0, 1, 1, 0, "", 100, "systemd", "4294967295", "0::/init.scope\n",
	 "/usr/lib/systemd/systemd", "/", .cmdline = "/sbin/init", .cmdline_len = 11,
	 .environ = "A=root", .environ_len = 7},
	{20, 1, 0, 0, 20, 20, 0, "", 150, "sshd", "4294967295", "0::/system.slice/ssh.service\n",
	 "/usr/sbin/sshd", "/", .cmdline = "sshd: admin [priv]", .cmdline_len = 19,
	 .environ = "B=of sshd", .environ_len = 10},
	{30, 20, 1000, 100, 30, 30, 34816, "", 200, "bash", "1000",
	 "0::/user.slice/user-1000.slice\n", "/usr/bin/bash", "/home/admin", .cmdline = "-bash",
	 .cmdline_len = 6, .environ = "HOME=/home/admin\0LANG=C", .environ_len = 24},
	{40, 30, 1000, 100, 40, 30, 34816, "", 300, "python3", "1000",
	 "12:memory:/elsewhere\n0::/user.slice/user-1000.slice\n", "/usr/bin/python3.11",
	 "/home/admin/work", .cmdline = "python3\0-c\0pass it\0", .cmdline_len = 20,
	 .environ = "HOME=/home/admin\0X= spaced \0Y=", .environ_len = 31},
	{50, 1, 0, 0, 50, 50, 0, "\t7", 310, "nginx", "4294967295",
	 "5:memory:/docker/" HEX64 "\n0::/\n", "/usr/sbin/nginx", "/", .cmdline = "nginx",
	 .cmdline_len = 6, .environ = "", .environ_len = 0},
};

static struct tree tree;
static struct state *state;
static struct calls calls;
static struct record rec;
static struct state_view view;

static void setup(void)
{
	struct state_opts opts = {.track_fds = true,
				  .env = true,
				  .usage = true,
				  .proc_root = tree.root,
				  .etc_root = tree.root};

	snprintf(tree.root, sizeof(tree.root), "/tmp/test_fields.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(tree.root));
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++)
		tree_add(&tree, &processes[i]);
	tree_put(&tree, "passwd",
		 TEXT("root:x:0:0:root:/root:/bin/sh\n"
		      "admin:x:1000:100:A. Dmin:/home/admin:/bin/bash\n") -
			 1);
	tree_put(&tree, "group", TEXT("root:x:0:\nusers:x:100:admin\n") - 1);
	ck_assert_int_eq(state_open(&state, &opts, NULL), 0);
	ck_assert_int_eq(state_scan_proc(state, NULL), 0);
	calls_init(&calls, catalogue_find("0.44.1"));
}

static void teardown(void)
{
	state_close(state);
	ck_assert_int_eq(fs_remove_tree(tree.root, NULL), 0);
}

/* Hand rec to the state; what fields then see. */
static void feed(void)
{
	if (view.ev)
		state_finish(state, &view);
	view = (struct state_view){.ev = &rec.ev, .fd_num = -1};
	state_apply(state, &rec.ev, &view);
}

static void call(unsigned nr, unsigned pid, long res, unsigned nargs, const uint64_t *args)
{
	record_start(&rec, nr, pid, res, PROBE_KIND_ARGS, nargs, args);
	feed();
}

static void path_call(unsigned nr, unsigned pid, long res, unsigned nargs, const uint64_t *args,
		      const char *path)
{
	record_start(&rec, nr, pid, res, PROBE_KIND_PATH, nargs, args);
	record_text(&rec, path);
	feed();
}

static void openat_call(unsigned pid, int dirfd, const char *path, uint64_t flags, uint64_t mode,
			long res)
{
	uint64_t args[4] = {(uint32_t)dirfd, 0, flags, mode};

	path_call(257, pid, res, 4, args, path);
}

static struct field_ctx context(void)
{
	return (struct field_ctx){.view = &view,
				  .call = &calls.nr[view.ev->nr],
				  .state = state,
				  .num = 9,
				  .first_ts = view.ev->ts - 2000000003,
				  .epoch_offset_ns = 1000000000000LL,
				  .hostname = "host-1"};
}

/* The field's value as text, "<absent>" where it has none. */
static const char *value_of(const char *name, const char *arg)
{
	static char text[8192];
	struct field_ctx ctx = context();
	struct field_ref ref;
	struct value v;

	ck_assert_msg(field_ref_init(&ref, name, arg), "no field %s[%s]", name, arg ? arg : "");
	if (!field_read(&ctx, &ref, &v))
		snprintf(text, sizeof(text), "<absent>");
	else if (ref.type == VALUE_STR || ref.type == VALUE_BYTES)
		snprintf(text, sizeof(text), "%.*s", (int)v.len, v.s);
	else if (ref.type == VALUE_IP || ref.type == VALUE_NET || ref.type == VALUE_HOST)
		inet_ntop(v.len == 4 ? AF_INET : AF_INET6, v.s, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%" PRId64, v.i);
	field_ref_release(&ref);
	return text;
}

static void expect(const char *name, const char *want)
{
	char plain[128];
	const char *bracket = strchr(name, '[');
	cleanup_free char *arg = bracket ? xstrndup(bracket + 1, strlen(bracket) - 2) : NULL;
	const char *got;

	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(name, "["), name);
	got = value_of(plain, arg);
	ck_assert_msg(!strcmp(got, want), "%s is '%s', not '%s'", name, got, want);
}

/* The values that a comparison tries, one after the other. */
static void expect_each(const char *name, const char *const *want)
{
	struct field_ctx ctx = context();
	struct field_ref ref;
	struct value v = {0};

	ck_assert(field_ref_init(&ref, name, NULL));
	for (ref.at = 1; field_read(&ctx, &ref, &v); ref.at++) {
		char number[32], ip[INET6_ADDRSTRLEN] = "";

		ck_assert_msg(want[ref.at - 1], "%s has more than %zu values", name, ref.at - 1);
		if (ref.type == VALUE_STR)
			ck_assert_str_eq(v.s, want[ref.at - 1]);
		else if (ref.type == VALUE_IP)
			ck_assert_str_eq(inet_ntop(AF_INET, v.s, ip, sizeof(ip)), want[ref.at - 1]);
		snprintf(number, sizeof(number), "%" PRId64, v.i);
		if (ref.type == VALUE_INT || ref.type == VALUE_PORT)
			ck_assert_str_eq(number, want[ref.at - 1]);
	}
	ck_assert_msg(!want[ref.at - 1], "%s lacks '%s'", name, want[ref.at - 1]);
	field_ref_release(&ref);
}

/* --- processes -------------------------------------------------------------------------------- */

START_TEST(a_process_and_its_ancestors)
{
	setup();
	call(39, 40, 40, 0, NULL);
	expect("proc.name", "python3");
	expect("proc.exe", "python3");
	expect("proc.exepath", "/usr/bin/python3.11");
	expect("proc.cmdline", "python3 -c pass it");
	expect("proc.args", "-c pass it");
	expect("proc.args[1]", "pass it");
	expect("proc.args[2]", "");
	expect("proc.exeline", "python3 -c pass it");
	expect("proc.cmdnargs", "2");
	expect("proc.cmdlenargs", "9");
	expect("proc.cwd", "/home/admin/work/");
	expect("proc.pid", "40");
	expect("proc.ppid", "30");
	expect("proc.pname", "bash");
	expect("proc.pexe", "-bash");
	expect("proc.pexepath", "/usr/bin/bash");
	expect("proc.pcmdline", "bash");
	expect("proc.aname[0]", "python3");
	expect("proc.aname[2]", "sshd");
	expect("proc.aname[3]", "systemd");
	expect("proc.aname[4]", "<absent>");
	expect("proc.aname", "bash sshd systemd");
	expect_each("proc.aname", (const char *const[]){"bash", "sshd", "systemd", NULL});
	expect("proc.loginshellid", "30");
	expect_each("proc.apid", (const char *const[]){"30", "20", "1", NULL});
	expect("proc.aexepath[2]", "/usr/sbin/sshd");
	expect("proc.acmdline[2]", "sshd");
	expect("proc.aexe[3]", "/sbin/init");
	teardown();
}
END_TEST

START_TEST(numbers_and_leaders)
{
	setup();
	call(39, 40, 40, 0, NULL);
	expect("proc.sid", "30");
	expect("proc.sname", "bash");
	expect("proc.sid.exepath", "/usr/bin/bash");
	expect("proc.pgid", "40");
	expect("proc.is_pgid_leader", "1");
	expect("proc.is_sid_leader", "0");
	expect("proc.vpgid", "40");
	expect("proc.is_vpgid_leader", "1");
	expect("proc.vpid", "40");
	expect("proc.pvpid", "30");
	expect("proc.tty", "34816");
	expect("thread.tid", "40");
	expect("thread.vtid", "40");
	expect("thread.ismain", "1");
	expect("thread.cap_inheritable", "");
	expect("thread.cap_effective", "CAP_CHOWN CAP_NET_BIND_SERVICE");
	/* 300 ticks after boot, seen 5 s after it. */
	expect("proc.pid.ts", "1003000000000");
	expect("proc.duration", "2000000000");
	expect("proc.ppid.duration", "3000000000");
	teardown();
}
END_TEST

START_TEST(inside_a_container)
{
	setup();
	call(39, 50, 0, 0, NULL);
	expect("proc.vpid", "7");
	expect("thread.vtid", "7");
	expect("container.id", "0123456789ab");
	expect("container.full_id", HEX64);
	expect("container.type", "docker");
	/* What only the runtime knows. */
	expect("container.name", "<absent>");
	expect("container.image.repository", "<absent>");
	expect("container.privileged", "<absent>");
	expect("container.mount.dest[/etc]", "<absent>");
	expect("k8s.ns.name", "<absent>");
	/* The host's passwd says nothing of it, but root is root. */
	expect("user.name", "root");
	call(39, 40, 40, 0, NULL);
	expect("container.id", "host");
	expect("container.name", "host");
	teardown();
}
END_TEST

START_TEST(names_of_containers)
{
	static const struct {
		const char *cgroup, *id, *type;
	} rows[] = {
		{"/system.slice/docker-" HEX64 ".scope", "0123456789ab", "docker"},
		{"/docker/" HEX64, "0123456789ab", "docker"},
		{"/kubepods/besteffort/pod1/" HEX64, "0123456789ab", "containerd"},
		{"/kubepods.slice/cri-containerd-" HEX64 ".scope", "0123456789ab", "containerd"},
		{"/a/crio-" HEX64 ".scope", "0123456789ab", "cri-o"},
		{"/a/libpod-" HEX64 ".scope/container", "0123456789ab", "podman"},
		{"/lxc.payload.web/init.scope", "web", "lxc"},
		{"/system.slice/ssh.service", "host", "host"},
		{"/docker/" HEX64 "0", "host", "host"},
		{"/docker/x" HEX64, "host", "host"},
		{"/", "host", "host"},
	};

	setup();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct probe_exec exec = {.task = {.ppid = 30, .comm = "x"},
					  .cgroup_len = (uint16_t)(strlen(rows[i].cgroup) + 1)};

		record_start(&rec, 59, 40, 0, PROBE_KIND_EXEC, 0, NULL);
		record_add(&rec, &exec, sizeof(exec));
		record_text(&rec, rows[i].cgroup);
		feed();
		expect("container.id", rows[i].id);
		expect("container.type", rows[i].type);
	}
	teardown();
}
END_TEST

START_TEST(users_and_groups)
{
	setup();
	call(39, 40, 40, 0, NULL);
	expect("user.uid", "1000");
	expect("user.name", "admin");
	expect("user.homedir", "/home/admin");
	expect("user.shell", "/bin/bash");
	expect("user.loginuid", "1000");
	expect("user.loginname", "admin");
	expect("group.gid", "100");
	expect("group.name", "users");
	call(39, 1, 1, 0, NULL);
	expect("user.name", "root");
	expect("user.loginuid", "-1");
	expect("user.loginname", "<NA>");
	teardown();
}
END_TEST

START_TEST(environments)
{
	setup();
	call(39, 40, 40, 0, NULL);
	expect("proc.env[HOME]", "/home/admin");
	expect("proc.env[X]", "spaced");
	expect("proc.env[Y]", "");
	expect("proc.env[HOM]", "");
	expect("proc.env", "HOME=/home/admin X= spaced  Y=");
	expect("proc.aenv[LANG]", "C");
	expect("proc.aenv[B]", "of sshd");
	expect("proc.aenv[2]", "B=of sshd");
	expect_each("proc.aenv",
		    (const char *const[]){"HOME=/home/admin LANG=C", "B=of sshd", "A=root", NULL});
	teardown();
}
END_TEST

START_TEST(an_executed_file)
{
	static const char exe[] = "/tmp/x", name[] = "./x", args[] = "x\0-a\0\0b", env[] = "K=v";
	static const char cgroup[] = "/user.slice";
	struct probe_exec exec = {.task = {.ppid = 30,
					   .uid = 0,
					   .gid = 100,
					   .loginuid = 1000,
					   .vpid = 40,
					   .vtid = 40,
					   .sid = 30,
					   .vpgid = 41,
					   .pgid = 41,
					   .tty = 0,
					   .caps = {1, 2, 4},
					   .start = 4000000000ULL,
					   .comm = "x"},
				  .ino = 77,
				  .ctime = 1001500000000ULL,
				  .mtime = 12,
				  .exe_flags = PROBE_EXE_UPPER | PROBE_EXE_MEMFD,
				  .exepath_len = sizeof(exe),
				  .filename_len = sizeof(name),
				  .args_len = sizeof(args),
				  .env_len = sizeof(env),
				  .cgroup_len = sizeof(cgroup)};

	setup();
	record_start(&rec, 59, 40, 0, PROBE_KIND_EXEC, 0, NULL);
	record_add(&rec, &exec, sizeof(exec));
	record_add(&rec, exe, sizeof(exe));
	record_add(&rec, name, sizeof(name));
	record_add(&rec, args, sizeof(args));
	record_add(&rec, env, sizeof(env));
	record_add(&rec, cgroup, sizeof(cgroup));
	feed();
	expect("proc.cmdline", "x -a  b");
	expect("proc.args[1]", "");
	expect("proc.args[2]", "b");
	expect("proc.env[K]", "v");
	expect("proc.is_exe_writable", "0");
	expect("proc.is_exe_upper_layer", "1");
	expect("proc.is_exe_lower_layer", "0");
	expect("proc.is_exe_from_memfd", "1");
	expect("proc.exe_ino", "77");
	expect("proc.exe_ino.ctime", "1001500000000");
	expect("proc.exe_ino.mtime", "12");
	expect("proc.exe_ino.ctime_duration_proc_start", "2500000000");
	expect("proc.tty", "0");
	expect("proc.is_pgid_leader", "0");
	expect("thread.cap_permitted", "CAP_DAC_OVERRIDE");
	expect("evt.arg.flags", "EXE_UPPER_LAYER|EXE_FROM_MEMFD");
	expect("evt.arg.exe", "x");
	expect("evt.arg.args", "-a..b");
	expect("evt.arg.filename", "/home/admin/work/x");
	expect("evt.arg.trusted_exepath", "/tmp/x");
	expect("evt.arg.ptid", "bash");
	expect("evt.arg.loginuid", "admin");
	expect("evt.arg.res", "0");
	expect("evt.arg.cwd", "<NA>");
	expect("evt.rawarg.exe_ino", "77");
	teardown();
}
END_TEST

/* --- events and their parameters -------------------------------------------------------------- */

START_TEST(parameters_of_an_open)
{
	setup();
	openat_call(40, AT_FDCWD, "../a//./b", O_CREAT | O_WRONLY | O_CLOEXEC, 0751, 5);
	expect("evt.args", "fd=5(<f>/home/admin/a/b) dirfd=-100(AT_FDCWD) "
			   "name=../a//./b(/home/admin/a/b) flags=4102(O_CREAT|O_WRONLY|O_CLOEXEC) "
			   "mode=0751 dev=<NA> ino=<NA>");
	expect("evt.arg.name", "/home/admin/a/b");
	expect("evt.arg[3]", "O_CREAT|O_WRONLY|O_CLOEXEC");
	expect("evt.arg[7]", "<absent>");
	expect("evt.arg.nosuch", "<absent>");
	expect("evt.rawarg.name", "../a//./b");
	expect("evt.rawarg.mode", "489");
	expect("evt.is_open_write", "1");
	expect("evt.is_open_read", "0");
	expect("evt.is_open_exec", "1");
	expect("evt.is_open_create", "0"); /* not recorded here */
	expect("evt.abspath", "/home/admin/a/b");
	expect("fs.path.name", "/home/admin/a/b");
	expect("fs.path.nameraw", "../a//./b");
	expect("fs.path.source", "<absent>");
	expect("fd.nameraw", "../a/./b");
	expect("fd.filename", "b");
	expect("fd.directory", "/home/admin/a");
	openat_call(40, AT_FDCWD, "/x", O_RDWR, 0, -13);
	expect("evt.arg.fd", "EACCES");
	expect("evt.rawarg.fd", "-13");
	expect("fd.filename", "<absent>");
	expect("fs.path.name", "<absent>");
	expect("evt.count.error.file", "1");
	expect("evt.count.error.net", "<absent>");
	teardown();
}
END_TEST

START_TEST(files_that_are_asked_for)
{
	struct probe_file file = {
		.ino = 4711, .dev = 0xfe00, .flags = PROBE_FILE_CREATED | PROBE_FILE_LOWER};
	uint64_t args[4] = {(uint32_t)AT_FDCWD, 0, O_CREAT | O_RDWR, 0600};

	setup();
	record_start(&rec, 257, 40, 6, PROBE_KIND_OPEN, 4, args);
	record_add(&rec, &file, sizeof(file));
	record_text(&rec, "/tmp/new");
	feed();
	expect("fd.name", "/tmp/new");
	expect("fd.ino", "4711");
	expect("fd.dev", "65024");
	expect("fd.dev.major", "254");
	expect("fd.dev.minor", "0");
	expect("fd.is_lower_layer", "1");
	expect("fd.is_upper_layer", "0");
	expect("evt.is_open_create", "1");
	expect("evt.arg.flags", "O_CREAT|O_RDWR|O_F_CREATED|FD_LOWER_LAYER");
	expect("evt.arg.dev", "FE00");
	expect("evt.arg.ino", "4711");
	teardown();
}
END_TEST

START_TEST(paths_of_two_folders)
{
	uint64_t args[5] = {5, 0, (uint32_t)AT_FDCWD, 0, 1};

	setup();
	openat_call(40, AT_FDCWD, "/srv/in", O_DIRECTORY, 0, 5);
	record_start(&rec, 316, 40, 0, PROBE_KIND_PATH2, 5, args);
	record_text(&rec, "old");
	record_text(&rec, "new");
	feed();
	expect("evt.args", "res=0 olddirfd=5(<d>/srv/in) oldpath=old(/srv/in/old) "
			   "newdirfd=-100(AT_FDCWD) newpath=new(/home/admin/work/new) "
			   "flags=1(RENAME_NOREPLACE)");
	expect("fs.path.source", "/srv/in/old");
	expect("fs.path.target", "/home/admin/work/new");
	expect("fs.path.sourceraw", "old");
	expect("evt.abspath.src", "/srv/in/old");
	expect("evt.abspath.dst", "/home/admin/work/new");
	teardown();
}
END_TEST

START_TEST(texts_of_other_parameters)
{
	setup();
	call(101, 40, 0, 4, (uint64_t[]){16, 20, 0, 0});
	expect("evt.arg.request", "PTRACE_ATTACH");
	expect("evt.arg.pid", "sshd");
	call(105, 40, 0, 1, (uint64_t[]){1000});
	expect("evt.arg.uid", "admin");
	call(41, 40, 9, 3, (uint64_t[]){AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 768});
	expect("evt.args", "fd=9(<?>) domain=17(AF_PACKET) type=3 proto=768 flags=4096(O_CLOEXEC)");
	call(62, 40, 0, 2, (uint64_t[]){30, 9});
	expect("evt.arg.sig", "SIGKILL");
	call(308, 40, 0, 2, (uint64_t[]){5, 0x40000000});
	expect("evt.arg.nstype", "CLONE_NEWNET");
	call(321, 40, -1, 3, (uint64_t[]){5, 0, 0});
	expect("evt.args", "fd=-1(EPERM) cmd=5(BPF_PROG_LOAD)");
	path_call(90, 40, 0, 2, (uint64_t[]){0, 04755}, "/bin/x");
	expect("evt.arg.mode", "S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID");
	call(39, 40, 40, 0, NULL);
	expect("evt.args", "");
	teardown();
}
END_TEST

START_TEST(events_in_general)
{
	setup();
	call(3, 40, -9, 1, (uint64_t[]){17});
	expect("evt.type", "close");
	expect("evt.type.is.close", "1");
	expect("evt.type.is.open", "0");
	expect("evt.num", "9");
	expect("evt.source", "syscall");
	expect("evt.failed", "1");
	expect("evt.res", "EBADF");
	expect("evt.is_io", "0");
	expect("evt.hostname", "host-1");
	expect("evt.rawtime.s", "1005");
	expect("evt.reltime", "2000000003");
	expect("evt.reltime.s", "2");
	expect("evt.reltime.ns", "3");
	expect("evt.asynctype", "<absent>");
	expect("evt.pluginname", "<absent>");
	expect("evt.count", "1");
	call(1, 40, 3, 3, (uint64_t[]){17, 0, 3});
	expect("evt.is_io_write", "1");
	expect("evt.io_dir", "write");
	expect("evt.buffer", "<absent>");
	teardown();
}
END_TEST

START_TEST(what_was_read)
{
	struct probe_data data = {.len = 4, .bytes = {0xca, 0xfe, 'b', 'a'}};

	setup();
	openat_call(40, AT_FDCWD, "/x", O_RDONLY, 0, 5);
	record_start(&rec, 0, 40, 4, PROBE_KIND_DATA, 3, (uint64_t[]){5, 0, 99});
	record_add(&rec, &data, sizeof(data));
	feed();
	expect("evt.buffer", "\xca\xfe"
			     "ba");
	expect("evt.args", "res=4 data=..ba fd=5(<f>/x) size=99");
	expect("evt.buflen", "4");
	expect("evt.buflen.file.in", "4");
	expect("evt.buflen.out", "<absent>");
	expect("evt.category", "file");
	teardown();
}
END_TEST

/* --- sockets ---------------------------------------------------------------------------------- */

static void socket_call(unsigned nr, int fd, long res, const char *local, uint16_t lport,
			const char *remote, uint16_t rport, unsigned proto)
{
	struct probe_sock sock = {.family = AF_INET,
				  .proto = (uint16_t)proto,
				  .lport = htons(lport),
				  .rport = htons(rport)};
	uint64_t args[6] = {(uint64_t)fd};

	inet_pton(AF_INET, local, &sock.in4.laddr);
	inet_pton(AF_INET, remote, &sock.in4.raddr);
	record_start(&rec, nr, 40, res, PROBE_KIND_SOCK, 4, args);
	record_add(&rec, &sock, PROBE_SOCK_IN4_SIZE);
	feed();
}

/* A thread that begins with flags CLONE_THREAD and CLONE_FILES, or ends. */
static void thread_event(unsigned tid, unsigned pid, bool begins)
{
	struct probe_task task = {.ppid = 30, .vpid = pid, .vtid = tid, .flags = 0x10400};
	struct probe_exit out = {0};

	record_start(&rec, begins ? 56 : PROBE_NR_PROCEXIT, tid, 0,
		     begins ? PROBE_KIND_CLONE : PROBE_KIND_EXIT, 0, NULL);
	rec.ev.pid = pid;
	if (begins)
		record_add(&rec, &task, sizeof(task));
	else
		record_add(&rec, &out, sizeof(out));
	feed();
}

static void expect_threads(const char *all, const char *but_main)
{
	expect("proc.nthreads", all);
	expect("proc.nchilds", but_main);
}

START_TEST(threads_of_a_process)
{
	setup();
	call(39, 40, 0, 0, NULL);
	expect_threads("1", "0");
	thread_event(41, 40, true);
	expect_threads("2", "1");
	thread_event(42, 40, true);
	expect_threads("3", "2");
	/* The one that ends lives no more in its last event, the main thread neither. */
	thread_event(42, 40, false);
	expect_threads("2", "1");
	thread_event(40, 40, false);
	expect_threads("1", "1");
	thread_event(41, 40, false);
	expect_threads("0", "0");
	expect("thread.exectime", "0");
	expect("thread.cpu", "<absent>");
	teardown();
}
END_TEST

static void expect_usage(const char *size, const char *rss, const char *swap, const char *major,
			 const char *minor)
{
	expect("proc.vmsize", size);
	expect("proc.vmrss", rss);
	expect("proc.vmswap", swap);
	expect("thread.pfmajor", major);
	expect("thread.pfminor", minor);
}

/* A return from clone, in the parent or the child, with its usage. */
static void cloned(unsigned tid, long res, unsigned ppid, uint32_t size)
{
	struct probe_task task = {.ppid = ppid,
				  .vpid = tid,
				  .vtid = tid,
				  .usage = {.major_faults = 1, .fdlimit = 50, .vm_size = size}};

	record_start(&rec, 56, tid, res, PROBE_KIND_CLONE, 0, NULL);
	record_add(&rec, &task, sizeof(task));
	feed();
}

/* A call behind which the kernel says what is used. */
static void uses(unsigned nr, const uint64_t *args)
{
	struct probe_usage usage = {9, 9, .fdlimit = 10, .vm_size = 80, .vm_rss = 40, .vm_swap = 4};

	record_start(&rec, nr, 40, 0, PROBE_KIND_USAGE, 4, args);
	record_add(&rec, &usage, sizeof(usage));
	feed();
}

START_TEST(what_is_used)
{
	setup();
	call(39, 40, 0, 0, NULL);
	expect_usage("2612", "964", "12", "3", "117"); /* of /proc */
	expect("thread.vmsize", "2612");
	expect("proc.fdlimit", "1024");
	/* A child uses what the first of the two returns says. */
	cloned(40, 60, 30, 700);
	expect("evt.arg.vm_size", "700");
	expect("evt.arg.fdlimit", "50");
	expect("proc.vmsize", "2612");
	cloned(60, 0, 40, 600);
	expect("evt.arg.vm_size", "600");
	expect_usage("700", "0", "0", "1", "0");
	expect("proc.fdlimit", "50");
	cloned(61, 0, 40, 600);
	expect("proc.vmsize", "600");
	cloned(40, 61, 30, 700);
	call(39, 61, 0, 0, NULL);
	expect("proc.vmsize", "600");
	thread_event(62, 61, true);
	expect("thread.vmsize", "0");
	/* mmap; setrlimit of another limit, and of that one; prlimit of itself and of others. */
	uses(9, (uint64_t[]){0, 4096, 3, 34});
	expect_usage("80", "40", "4", "3", "117");
	uses(160, (uint64_t[]){3, 0, 0, 0});
	expect("proc.fdlimit", "1024");
	uses(302, (uint64_t[]){77, 7, 1, 0});
	expect("proc.fdlimit", "1024");
	uses(302, (uint64_t[]){0, 7, 1, 0});
	expect("proc.fdlimit", "10");
	teardown();
}
END_TEST

START_TEST(from_read_to_read)
{
	struct field_ref all, seconds, rest;
	struct field_ctx ctx;
	struct value v;

	setup();
	call(39, 40, 0, 0, NULL);
	ctx = context();
	ck_assert(field_ref_init(&all, "evt.deltatime", NULL));
	ck_assert(field_ref_init(&seconds, "evt.deltatime.s", NULL));
	ck_assert(field_ref_init(&rest, "evt.deltatime.ns", NULL));
	ck_assert(field_read(&ctx, &all, &v) && v.i == 0);
	ck_assert(field_read(&ctx, &rest, &v) && v.i == 0);
	ck_assert(field_read(&ctx, &seconds, &v) && v.i == 0);
	rec.ev.ts += 2000000007;
	ck_assert(field_read(&ctx, &all, &v) && v.i == 2000000007);
	ck_assert(field_read(&ctx, &all, &v) && v.i == 0);
	ck_assert(field_read(&ctx, &seconds, &v) && v.i == 2);
	ck_assert(field_read(&ctx, &rest, &v) && v.i == 7);
	field_ref_release(&all);
	field_ref_release(&seconds);
	field_ref_release(&rest);
	teardown();
}
END_TEST

START_TEST(a_unix_connection)
{
	static const char given[] = "docker.sock";
	struct probe_sock sock = {
		.family = AF_UNIX,
		.un = {.source = 0xabc, .dest = 0xdef, .path = "/run/docker.sock"}};
	const size_t len = offsetof(struct probe_sock, un.path) + sizeof("/run/docker.sock");

	setup();
	call(41, 40, 9, 3, (uint64_t[]){AF_UNIX, SOCK_STREAM, 0});
	expect("fd.name", "");
	/* As the kernel has it, and as the caller gave it. */
	record_start(&rec, 42, 40, 0, PROBE_KIND_SOCK, 1, (uint64_t[]){9});
	record_add(&rec, &sock, len);
	record_text(&rec, given);
	feed();
	expect("fd.name", "abc->def /run/docker.sock");
	expect("fd.name_changed", "1");
	expect("fd.type", "unix");
	expect("evt.args", "res=0 tuple=abc->def /run/docker.sock "
			   "fd=9(<u>abc->def /run/docker.sock) addr=docker.sock");
	/* One that fails leaves the name. */
	rec.ev.res = -106;
	feed();
	expect("fd.name", "abc->def /run/docker.sock");
	expect("evt.arg.tuple", "NULL");
	expect("evt.arg.addr", "docker.sock");
	teardown();
}
END_TEST

START_TEST(a_connection)
{
	setup();
	call(41, 40, 9, 3, (uint64_t[]){AF_INET, SOCK_STREAM, 0});
	expect("fd.l4proto", "<NA>");
	expect("fd.sockfamily", "ip");
	expect("fd.connected", "0");
	expect("fd.sip", "<absent>");
	socket_call(42, 9, 0, "10.0.0.5", 40000, "192.0.2.7", 443, PROBE_PROTO_TCP);
	expect("fd.name", "10.0.0.5:40000->192.0.2.7:443");
	expect("fd.name_changed", "1");
	expect("fd.connected", "1");
	expect("fd.l4proto", "tcp");
	expect("fd.type", "ipv4");
	expect("fd.cip", "10.0.0.5");
	expect("fd.sip", "192.0.2.7");
	expect("fd.snet", "192.0.2.7");
	expect("fd.lip", "10.0.0.5");
	expect("fd.rip", "192.0.2.7");
	expect("fd.lport", "40000");
	expect("fd.rport", "443");
	expect("fd.rproto", "443");
	expect("fd.is_server", "0");
	expect("fd.ip", "<absent>"); /* has no one value to print */
	expect_each("fd.ip", (const char *const[]){"10.0.0.5", "192.0.2.7", NULL});
	expect_each("fd.port", (const char *const[]){"40000", "443", NULL});
	expect("evt.args", "res=0 tuple=10.0.0.5:40000->192.0.2.7:443 "
			   "fd=9(<4t>10.0.0.5:40000->192.0.2.7:443) addr=192.0.2.7:443");
	call(1, 40, 3, 3, (uint64_t[]){9, 0, 3});
	expect("fd.name_changed", "0");
	expect_each("fd.types", (const char *const[]){"ipv4", NULL});
	expect("fd.types[9]", "ipv4");
	teardown();
}
END_TEST

START_TEST(a_refused_connection)
{
	setup();
	call(41, 40, 9, 3, (uint64_t[]){AF_INET, SOCK_STREAM, 0});
	socket_call(42, 9, -111, "10.0.0.5", 40000, "192.0.2.7", 443, PROBE_PROTO_TCP);
	expect("fd.name", "");
	expect("fd.sip", "<absent>");
	expect("fd.connected", "0");
	expect("evt.args", "res=-111(ECONNREFUSED) tuple=10.0.0.5:40000->192.0.2.7:443 fd=9(<4>) "
			   "addr=192.0.2.7:443");
	/* Under way is as good as done. */
	socket_call(42, 9, -115, "10.0.0.5", 40000, "192.0.2.7", 443, PROBE_PROTO_TCP);
	expect("fd.sip", "192.0.2.7");
	teardown();
}
END_TEST

START_TEST(datagrams)
{
	setup();
	call(41, 40, 9, 3, (uint64_t[]){AF_INET, SOCK_DGRAM, 0});
	socket_call(49, 9, 0, "0.0.0.0", 53, "0.0.0.0", 0, PROBE_PROTO_UDP);
	expect("fd.sport", "53");
	expect("fd.cip", "<absent>");
	expect("fd.lport", "<absent>");
	expect("fd.is_server", "1");
	/* The first datagram shows the other end; as in Falco the socket is not connected yet. */
	socket_call(45, 9, 30, "10.0.0.5", 53, "192.0.2.7", 5353, PROBE_PROTO_UDP);
	expect("fd.name", "192.0.2.7:5353->10.0.0.5:53");
	expect("fd.name_changed", "1");
	expect("fd.connected", "0");
	expect("fd.cip", "192.0.2.7");
	expect("fd.lip", "10.0.0.5");
	expect("fd.rport", "5353");
	socket_call(45, 9, 30, "10.0.0.5", 53, "192.0.2.7", 5353, PROBE_PROTO_UDP);
	expect("fd.name_changed", "0");
	expect("fd.connected", "1");
	/* One that sends first is a client, and what it is sent does not change that. */
	call(41, 40, 10, 3, (uint64_t[]){AF_INET, SOCK_DGRAM, 0});
	socket_call(44, 10, 5, "10.0.0.5", 4444, "192.0.2.8", 53, PROBE_PROTO_UDP);
	expect("fd.sip", "192.0.2.8");
	expect("fd.l4proto", "udp");
	expect("fd.name_changed", "1");
	socket_call(44, 10, 5, "10.0.0.5", 4444, "192.0.2.9", 53, PROBE_PROTO_UDP);
	expect("fd.sip", "192.0.2.8");
	expect("fd.name_changed", "0");
	teardown();
}
END_TEST

/* --- the tables ------------------------------------------------------------------------------- */

START_TEST(names_and_arguments)
{
	static const char *const good[][2] = {{"proc.aname", NULL},
					      {"proc.aname", "2"},
					      {"evt.arg.flags", NULL},
					      {"evt.arg", "0"},
					      {"evt.type.is.open", NULL},
					      {"proc.env", "X"},
					      {"container.mount.dest", "/etc"},
					      {"fd.types", NULL}};
	static const char *const bad[][2] = {{"proc.name", "1"},
					     {"evt.arg", NULL},
					     {"thread.cgroups", NULL},
					     {"proc.nosuch", NULL},
					     {"container.mount.dest", NULL}};
	struct field_ref ref;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert(field_ref_init(&ref, good[i][0], good[i][1]));
		field_ref_release(&ref);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!field_ref_init(&ref, bad[i][0], bad[i][1]));
}
END_TEST

UNIT_MAIN("fields", a_process_and_its_ancestors, numbers_and_leaders, inside_a_container,
	  names_of_containers, users_and_groups, environments, an_executed_file,
	  parameters_of_an_open, files_that_are_asked_for, paths_of_two_folders,
	  texts_of_other_parameters, events_in_general, what_was_read, a_connection,
	  a_unix_connection, threads_of_a_process, what_is_used, from_read_to_read,
	  a_refused_connection, datagrams, names_and_arguments)

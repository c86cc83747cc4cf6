/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The kernel side of the embedded engine.
 *
 * It sees what Falco's modern_ebpf driver sees, event for event (facts from falcosecurity/libs,
 * driver/modern_bpf):
 *  - each collected syscall is one event, made at its exit;
 *  - a successful execve or execveat is one event, made at sched_process_exec (always as execve);
 *    at sys_exit only failed ones count;
 *  - on x86_64 the child of a fork or clone leaves the call through sys_exit with result 0, which
 *    is the child's event; the program on sched_process_fork only counts tasks;
 *  - the end of every thread is one procexit event, kernel threads included;
 *  - a connect counts two in n_evts: Falco's program on the entry of connect (against changes of
 *    the address during the call) counts one too, which its consumer does not show in num_evts.
 *    The same is counted here, at the exit; only the exit takes room in the buffer.
 * Calls through the 32-bit entry (ia32) are not collected: their numbers mean something else.
 *
 * n_evts goes up before room is reserved, so it includes the drops.
 */
#include "kernel.bpf.h"
/* clang-format off */
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
/* clang-format on */
#include "compat.bpf.h"
#include "shared.bpf.h"
#include "task.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define S_IFMT	    0170000
#define S_IFSOCK    0140000
#define AF_UNIX	    1
#define AF_INET	    2
#define AF_INET6    10
#define SOCK_STREAM 1
#define SOCK_DGRAM  2
#define PF_KTHREAD  0x00200000

#define NR_EXECVE      59
#define NR_CLONE       56
#define NR_VFORK       58
#define NR_CLONE3      435
#define NR_OPENAT2     437
#define NR_CONNECT     42
#define NR_ACCEPT      43
#define NR_ACCEPT4     288
#define NR_BIND	       49
#define NR_SENDTO      44
#define NR_RECVFROM    45
#define NR_SENDMSG     46
#define NR_RECVMSG     47
#define CLONE_VM_VFORK 0x4100

/* Header, six arguments, two paths: more than any syscall's record. */
#define SYSCALL_RECORD_MAX (32 + 48 + 2 * PROBE_PATH_MAX)

/* How to record each call; zero until user space starts the capture. */
__u32 interest[PROBE_SYSCALLS];
/* enum probe_want; set with interest. */
__u32 wants;

/* max_entries of both maps are set to the number of possible CPUs (times PROBE_PROG_MAX). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct probe_slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} rings SEC(".maps");

/* The slot of this CPU and program. */
static __always_inline struct probe_slot *slot_get(__u32 cpu, enum probe_prog prog)
{
	__u32 key = cpu * PROBE_PROG_MAX + prog;

	return bpf_map_lookup_elem(&slots, &key);
}

static __always_inline void fill_header(struct probe_event *ev, __u16 nr, __s64 res, __u8 kind,
					__u8 nargs)
{
	__u64 id = bpf_get_current_pid_tgid();

	ev->tid = (__u32)id;
	ev->pid = id >> 32;
	ev->res = res;
	ev->nr = nr;
	ev->kind = kind;
	ev->nargs = nargs;
}

static __always_inline int submit(struct probe_slot *slot, __u32 cpu, __u32 len, __u32 cat)
{
	void *ring = bpf_map_lookup_elem(&rings, &cpu);

	slot->ev.len = len;
	slot->ev.buffer = slot->buffer;
	/* As late as can be, so that records of a buffer that CPUs share are nearly in order. */
	slot->ev.ts = bpf_ktime_get_boot_ns();
	if (ring && bpf_ringbuf_output(ring, &slot->ev, len, BPF_RB_NO_WAKEUP) == 0)
		return 0;
	slot->counters.n_drops++;
	if (cat < PROBE_CAT_MAX)
		slot->counters.n_by_category[cat]++;
	return 0;
}

/* A path at dst, always terminated; bytes with the NUL. */
static __always_inline __u32 read_path(__u8 *dst, __u64 from)
{
	long n = bpf_probe_read_user_str(dst, PROBE_PATH_MAX, (const void *)from);

	if (n > 0 && n <= PROBE_PATH_MAX)
		return n;
	dst[0] = 0;
	return 1;
}

/* Of the current task. */
static __always_inline void take_usage(struct probe_task *out)
{
	if (wants & PROBE_WANT_USAGE)
		fill_usage(&out->usage, (struct task_struct *)bpf_get_current_task());
	else
		__builtin_memset(&out->usage, 0, sizeof(out->usage));
}

static __noinline __u32 payload_clone(struct probe_task *out, __u64 nr, __u64 arg0)
{
	out->flags = 0;
	if (nr == NR_CLONE)
		out->flags = arg0;
	else if (nr == NR_CLONE3)
		bpf_probe_read_user(&out->flags, sizeof(out->flags), (const void *)arg0);
	else if (nr == NR_VFORK)
		out->flags = CLONE_VM_VFORK;
	fill_task(out, (struct task_struct *)bpf_get_current_task());
	take_usage(out);
	return sizeof(*out);
}

/* The file behind a descriptor of the current process, or NULL. */
static __always_inline struct file *file_of(__u32 fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **files, *file = 0;

	if (fd >= BPF_CORE_READ(fdt, max_fds))
		return 0;
	files = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

/* The kernel's socket behind a descriptor of the current process, or NULL. */
static __always_inline struct socket *socket_of(__u32 fd)
{
	struct file *file = file_of(fd);

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	return BPF_CORE_READ(file, private_data);
}

static __always_inline long read_str(char *dst, __u32 size, const void *from, int user)
{
	return user ? bpf_probe_read_user_str(dst, size, from)
		    : bpf_probe_read_kernel_str(dst, size, from);
}

/* The path of an AF_UNIX address of len bytes at dst, always terminated, without the NUL that an
 * abstract name begins with; bytes with the NUL. */
static __always_inline __u32 unix_path(char *dst, const void *addr, __u32 len, int user)
{
	const void *from = addr + __builtin_offsetof(struct sockaddr_un, sun_path);
	__u32 size = len - 1; /* the family is two bytes, and names may have no NUL of their own */
	long n;

	if (size > PROBE_UNIX_MAX)
		size = len < 2 ? 0 : PROBE_UNIX_MAX;
	n = read_str(dst, size, from, user);
	if (n == 1 && size)
		n = read_str(dst, size - 1, from + 1, user);
	if (n > 0 && n <= PROBE_UNIX_MAX)
		return n;
	dst[0] = 0;
	return 1;
}

static __always_inline int is_message(__u64 nr)
{
	return nr >= NR_SENDTO && nr <= NR_RECVMSG;
}

static __always_inline int is_inward(__u64 nr)
{
	return nr == NR_ACCEPT || nr == NR_ACCEPT4 || nr == NR_RECVFROM || nr == NR_RECVMSG;
}

static __noinline __u32 payload_unix(struct probe_sock *out, struct unix_sock *sk, __u64 nr,
				     __u64 addr, __u64 addr_len)
{
	struct unix_sock *peer = sk ? (struct unix_sock *)BPF_CORE_READ(sk, peer) : 0;
	struct unix_sock *first = nr == NR_BIND ? 0 : is_inward(nr) ? sk : peer;
	__u32 n;

	out->un.source = (__u64)first;
	out->un.dest = nr == NR_BIND ? 0 : (__u64)(is_inward(nr) ? peer : sk);
	if (first) {
		struct unix_address *bound = BPF_CORE_READ(first, addr);

		n = unix_path(out->un.path,
			      (const void *)bound + bpf_core_field_offset(bound->name),
			      bound ? BPF_CORE_READ(bound, len) : 0, 0);
	} else {
		n = unix_path(out->un.path, (const void *)addr, addr_len, 1);
	}
	if (n > PROBE_UNIX_MAX) /* tells the verifier what both promise */
		n = PROBE_UNIX_MAX;
	if (nr == NR_CONNECT)
		n += unix_path(out->un.path + n, (const void *)addr, addr_len, 1);
	return __builtin_offsetof(struct probe_sock, un.path) + n;
}

struct user_addr {
	__u16 family, port;
	__u32 in4; /* the flow label in an AF_INET6 address */
	__u8 in6[16];
};

/* What the caller named: the peer, or the local end of a bind. */
static __always_inline void take_given(struct probe_sock *out, const struct user_addr *given,
				       int local)
{
	if (local)
		out->lport = given->port;
	else
		out->rport = given->port;
	if (out->family == AF_INET) {
		if (local)
			out->in4.laddr = given->in4;
		else
			out->in4.raddr = given->in4;
		return;
	}
	__builtin_memcpy(local ? out->in6.laddr : out->in6.raddr, given->in6, 16);
}

static __noinline __u32 payload_sock(struct probe_sock *out, __u64 nr, __u32 fd, __u64 addr,
				     __u64 addr_len)
{
	struct socket *socket = socket_of(fd);
	struct sock *sk = socket ? BPF_CORE_READ(socket, sk) : 0;
	struct user_addr given = {};
	__u16 type;

	/* Addresses that accept fills in are the kernel's own, read from the socket below. */
	if (addr && nr != NR_ACCEPT && nr != NR_ACCEPT4 && addr_len >= 8)
		bpf_probe_read_user(&given, addr_len >= sizeof(given) ? sizeof(given) : 8,
				    (const void *)addr);
	out->family = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : given.family;
	type = socket ? BPF_CORE_READ(socket, type) : 0;
	if (out->family == AF_UNIX) {
		out->proto = PROBE_PROTO_OTHER;
		out->lport = out->rport = 0;
		return payload_unix(out, (struct unix_sock *)sk, nr, addr, addr_len);
	}
	/* Sent or received without an address: the state knows the ends. */
	if (is_message(nr) && !addr)
		return 0;
	if (out->family != AF_INET && out->family != AF_INET6)
		return 0;
	out->proto = type == SOCK_STREAM  ? PROBE_PROTO_TCP
		     : type == SOCK_DGRAM ? PROBE_PROTO_UDP
					  : PROBE_PROTO_OTHER;
	out->lport = sk ? __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_num)) : 0;
	out->rport = sk ? BPF_CORE_READ(sk, __sk_common.skc_dport) : 0;
	if (out->family == AF_INET) {
		out->in4.laddr = sk ? BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr) : 0;
		out->in4.raddr = sk ? BPF_CORE_READ(sk, __sk_common.skc_daddr) : 0;
	} else {
		__builtin_memset(&out->in6, 0, sizeof(out->in6));
		if (sk) {
			BPF_CORE_READ_INTO((struct in6_addr *)out->in6.laddr, sk,
					   __sk_common.skc_v6_rcv_saddr);
			BPF_CORE_READ_INTO((struct in6_addr *)out->in6.raddr, sk,
					   __sk_common.skc_v6_daddr);
		}
	}
	if (nr == NR_BIND ? out->lport == 0 : out->rport == 0)
		if (given.family == out->family)
			take_given(out, &given, nr == NR_BIND);
	return out->family == AF_INET ? PROBE_SOCK_IN4_SIZE : PROBE_SOCK_IN6_SIZE;
}

static __noinline __u32 payload_failed_exec(struct probe_exec *out, __u64 filename)
{
	__u32 n;

	out->task.flags = 0;
	fill_task(&out->task, (struct task_struct *)bpf_get_current_task());
	take_usage(&out->task);
	n = read_path((__u8 *)(out + 1), filename);
	out->ino = out->ctime = out->mtime = 0;
	out->exe_flags = 0;
	out->exepath_len = 0;
	out->filename_len = n;
	out->args_len = out->env_len = out->cgroup_len = 0;
	out->pad = 0;
	return sizeof(*out) + n;
}

/* What a call read or wrote. */
static __noinline __u32 payload_data(struct probe_data *out, __u64 from, long n)
{
	if (n < 0)
		n = 0;
	if (n > PROBE_DATA_MAX)
		n = PROBE_DATA_MAX;
	out->len = n;
	out->pad = 0;
	if (bpf_probe_read_user(out->bytes, n, (const void *)from) != 0)
		out->len = 0;
	return sizeof(*out);
}

/* How a struct msghdr begins. */
struct user_msg {
	__u64 name;
	__u32 namelen;
};

/*
 * A call that is to be collected. Not inlined, so that the program itself needs neither stack nor
 * saved registers and an uncollected call pays for nothing of this.
 */
static __noinline int collect(unsigned long long *ctx, __u32 how)
{
	struct pt_regs *regs = (struct pt_regs *)ctx[0];
	long ret = (long)ctx[1];
	__u32 nr = regs->orig_ax, kind = PROBE_HOW_KIND(how);
	__u32 nargs, cpu, len;
	struct probe_slot *slot;
	__u64 p1, p2;
	__u64 *args;
	__u8 *data;

	if (in_compat_call() || (kind == PROBE_KIND_EXEC && ret == 0))
		return 0;
	cpu = bpf_get_smp_processor_id();
	slot = slot_get(cpu, PROBE_PROG_SYS_EXIT);
	if (!slot)
		return 0;
	slot->counters.n_evts++;
	if (nr == NR_CONNECT)
		slot->counters.n_evts++;
	nargs = PROBE_HOW_NARGS(how);
	if (nargs > 6)
		nargs = 6;
	fill_header(&slot->ev, nr, ret, kind, nargs);
	args = (__u64 *)slot->data;
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	len = sizeof(slot->ev) + nargs * 8;
	if (kind == PROBE_KIND_ARGS && nargs <= 3)
		return submit(slot, cpu, len, PROBE_HOW_CAT(how));
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
	p1 = args[PROBE_HOW_P1(how) & 7];
	p2 = args[PROBE_HOW_P2(how) & 7];
	data = slot->data + nargs * 8;
	switch (kind) {
	case PROBE_KIND_PATH:
		if (nr == NR_OPENAT2)
			bpf_probe_read_user(&args[2], 16, (const void *)args[2]);
		len += read_path(data, p1);
		break;
	case PROBE_KIND_PATH2: {
		__u32 n = read_path(data, p1);

		if (n > PROBE_PATH_MAX) /* tells the verifier what read_path promises */
			n = PROBE_PATH_MAX;
		len += n + read_path(data + n, p2);
		break;
	}
	case PROBE_KIND_OPEN:
		if (nr == NR_OPENAT2)
			bpf_probe_read_user(&args[2], 16, (const void *)args[2]);
		len += fill_file((struct probe_file *)data, ret >= 0 ? file_of(ret) : 0);
		if (p1)
			len += read_path(data + sizeof(struct probe_file), p1);
		break;
	case PROBE_KIND_DATA:
		len += payload_data((struct probe_data *)data, p1, ret);
		/* The address that sendto and recvfrom name. */
		if (nargs == 5 && (args[4] || wants & PROBE_WANT_ENDS))
			len += payload_sock((struct probe_sock *)(data + sizeof(struct probe_data)),
					    nr, args[0], args[4], p2);
		break;
	case PROBE_KIND_MSG: {
		struct user_msg msg = {};

		bpf_probe_read_user(&msg, sizeof(msg), (const void *)p1);
		if (msg.name || wants & PROBE_WANT_ENDS)
			len += payload_sock((struct probe_sock *)data, nr, args[0], msg.name,
					    msg.namelen);
		break;
	}
	case PROBE_KIND_SOCK: {
		int accepted = nr == NR_ACCEPT || nr == NR_ACCEPT4;

		if (is_message(nr) && !p1 && !(wants & PROBE_WANT_ENDS))
			break;
		if (!accepted || ret >= 0)
			len += payload_sock((struct probe_sock *)data, nr,
					    accepted ? (__u32)ret : (__u32)args[0], p1, p2);
		break;
	}
	case PROBE_KIND_FDPAIR:
		if (ret == 0 && bpf_probe_read_user(data, 8, (const void *)p1) == 0)
			len += 8;
		break;
	case PROBE_KIND_CLONE:
		len += payload_clone((struct probe_task *)data, nr, args[0]);
		break;
	case PROBE_KIND_TASK:
		((struct probe_task *)data)->flags = 0;
		fill_task((struct probe_task *)data, (struct task_struct *)bpf_get_current_task());
		__builtin_memset(&((struct probe_task *)data)->usage, 0,
				 sizeof(struct probe_usage));
		len += sizeof(struct probe_task);
		break;
	case PROBE_KIND_USAGE:
		len += fill_usage((struct probe_usage *)data,
				  (struct task_struct *)bpf_get_current_task());
		break;
	case PROBE_KIND_EXEC:
		len += payload_failed_exec((struct probe_exec *)data, p1);
		break;
	}
	if (len > SYSCALL_RECORD_MAX)
		len = SYSCALL_RECORD_MAX;
	return submit(slot, cpu, len, PROBE_HOW_CAT(how));
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit, struct pt_regs *regs, long ret)
{
	__u32 nr = regs->orig_ax, how;

	if (nr >= PROBE_SYSCALLS)
		return 0;
	how = interest[nr];
	return how ? collect(ctx, how) : 0;
}

/* An area of user space at dst, at most max bytes; the bytes. */
static __always_inline __u32 read_area(__u8 *dst, unsigned long from, unsigned long to, __u32 max)
{
	__u32 n = to - from < max ? to - from : max;

	if (bpf_probe_read_user(dst, n, (const void *)from) != 0)
		return 0;
	return n;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_p_exec, struct task_struct *p, int old_pid, struct linux_binprm *bprm)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 cpu = bpf_get_smp_processor_id(), at, n, len;
	struct probe_slot *slot;
	struct probe_exec *exec;
	struct cgroup_walk *groups;
	struct mm_struct *mm;
	struct walk *walk;
	__u8 *end;
	long got;

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	slot = slot_get(cpu, PROBE_PROG_EXEC);
	if (!slot)
		return 0;
	slot->counters.n_evts++;
	fill_header(&slot->ev, NR_EXECVE, 0, PROBE_KIND_EXEC, 0);
	exec = (struct probe_exec *)slot->data;
	exec->task.flags = 0;
	exec->pad = 0;
	fill_task(&exec->task, task);
	take_usage(&exec->task);
	fill_exe(exec, task);
	end = (__u8 *)(exec + 1);
	mm = BPF_CORE_READ(task, mm);

	walk = (struct walk *)(slot->data + sizeof(slot->data) - sizeof(*walk));
	at = file_path(walk, BPF_CORE_READ(mm, exe_file));
	n = PROBE_EXE_MAX - at;
	bpf_probe_read_kernel(end, n, walk->path + at);
	exec->exepath_len = n;
	len = n;

	got = bpf_probe_read_kernel_str(end + len, PROBE_EXE_MAX, BPF_CORE_READ(bprm, filename));
	n = got > 0 && got <= PROBE_EXE_MAX ? got : 0;
	exec->filename_len = n;
	len += n;

	n = read_area(end + len, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end),
		      PROBE_ARGS_MAX);
	exec->args_len = n;
	len += n;
	n = wants & PROBE_WANT_ENV ? read_area(end + len, BPF_CORE_READ(mm, env_start),
					       BPF_CORE_READ(mm, env_end), PROBE_ENV_MAX)
				   : 0;
	exec->env_len = n;
	len += n;

	groups = (struct cgroup_walk *)(slot->data + sizeof(slot->data) - sizeof(*groups));
	at = cgroup_path(groups, task);
	n = PROBE_CGROUP_MAX - at;
	bpf_probe_read_kernel(end + len, n, groups->path + at);
	exec->cgroup_len = n;
	len += n;
	return submit(slot, cpu, sizeof(slot->ev) + sizeof(*exec) + len, PROBE_CAT_EXECVE);
}

/* Adds no event (see above): it only lets the process table be held against the truth. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_p_fork, struct task_struct *parent, struct task_struct *child)
{
	struct probe_slot *slot = slot_get(bpf_get_smp_processor_id(), PROBE_PROG_FORK);

	if (slot)
		slot->counters.n_forks++;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_proc_exit, struct task_struct *task)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct probe_slot *slot = slot_get(cpu, PROBE_PROG_EXIT);
	struct probe_exit *out;
	int status;

	if (!slot)
		return 0;
	slot->counters.n_evts++;
	status = BPF_CORE_READ(task, exit_code);
	fill_header(&slot->ev, PROBE_NR_PROCEXIT, status, PROBE_KIND_EXIT, 0);
	out = (struct probe_exit *)slot->data;
	out->status = status;
	out->pad = 0;
	return submit(slot, cpu, sizeof(slot->ev) + sizeof(*out), PROBE_CAT_PROC_EXIT);
}

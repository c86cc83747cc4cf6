/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of Falco's metrics (metrics.output_file) and the categories of drops.
 */
#include "lint/explain.h"

#define CONTRACT "seen on Falco 0.44.1"
#define ANCHOR	 "measured on a 2-CPU host with Falco 0.44.1, modern_ebpf"
#define MEANING	 "by its meaning: it counts what is lost"
#define ALERT	 "syscall_event_drops.threshold, Falco's own default for its drop alert"
#define STATE_LEVER                                                                                \
	"trace the calls that keep the state (base_syscalls.repair: true, or clone, execve, "      \
	"close "                                                                                   \
	"and their like in custom_set); falco_libs.thread_table_size when the table is full"
#define DROP_LEVER                                                                                 \
	"a smaller set of syscalls (base_syscalls.custom_set), cheaper rules; a larger "           \
	"engine.KIND.buf_size_preset only when drops come in bursts"

#define M(term, what, healthy, source, lever)                                                      \
	{                                                                                          \
		EXPLAIN_METRIC, term, what, healthy, source, lever                                 \
	}
#define FACT(term, what) M(term, what, NULL, NULL, NULL)

const struct explain_row explain_metrics[] = {
	FACT("evt.time", "when the snapshot was taken, nanoseconds since 1970; gaps between "
			 "snapshots are found by it, not by sample"),
	FACT("evt.source", "event source of the snapshot, syscall for the host"),
	FACT("evt.hostname", "host name as Falco sees it (FALCO_HOSTNAME or the kernel's)"),
	FACT("falco.version", "version of Falco"),
	FACT("falco.start_ts", "when Falco started, nanoseconds since 1970"),
	FACT("falco.reload_ts", "when Falco last read its configuration, nanoseconds since 1970"),
	FACT("falco.duration_sec", "seconds since the start"),
	FACT("falco.kernel_release", "kernel release of the host"),
	FACT("falco.host_boot_ts", "when the host was started, nanoseconds since 1970"),
	FACT("falco.host_num_cpus", "CPUs of the host"),
	FACT("falco.host_netinfo.interfaces.<interface>.protocols.<protocol>.addresses",
	     "addresses of a network interface"),
	FACT("falco.sha256_rules_file.<file>", "SHA-256 of a rules file that is loaded; dots of "
					       "its name become _"),
	FACT("falco.sha256_config_file.<file>", "SHA-256 of a configuration file that was read"),
	FACT("scap.engine_name", "driver in use: modern_bpf, kmod, nodriver, ..."),

	M("falco.num_evts", "events that Falco's rules engine took, since the start",
	  "near scap.n_evts - scap.n_drops: the difference is what is in flight, plus one for each "
	  "connect",
	  CONTRACT, "base_syscalls.custom_set"),
	FACT("falco.num_evts_prev", "falco.num_evts of the snapshot before"),
	M("falco.evts_rate_sec",
	  "events a second that the rules engine took in the interval; from the second snapshot on",
	  "up to about 1.1 M/s with the stable rules, 1.5 M/s with a rule that never fires, one "
	  "core",
	  ANCHOR, "fewer syscalls (base_syscalls.custom_set) and cheaper rules"),
	M("falco.outputs_queue_num_drops",
	  "alerts that were lost because the queue to the outputs was full, since the start",
	  "0: each one is an alert that nobody sees", MEANING,
	  "fewer alerts (tune noisy rules), faster outputs (buffered_outputs, file or program "
	  "instead of http), outputs_queue.capacity"),

	M("scap.n_evts",
	  "events that the driver produced, since the start; those that were dropped are in it",
	  NULL, NULL, "base_syscalls.custom_set: only selected syscalls count"),
	FACT("scap.n_evts_prev", "scap.n_evts of the snapshot before"),
	M("scap.evts_rate_sec", "events a second from the driver in the interval, drops included",
	  "depends on the host; an open and close pair is two events", CONTRACT,
	  "base_syscalls.custom_set"),
	M("scap.n_drops", "events that were lost between driver and Falco, since the start",
	  "0 in the measured window; drops of the first second are start-up drops", CONTRACT,
	  DROP_LEVER),
	FACT("scap.n_drops_prev", "scap.n_drops of the snapshot before"),
	M("scap.evts_drop_rate_sec", "events a second that were lost in the interval", "0",
	  CONTRACT, DROP_LEVER),
	M("scap.n_drops_perc",
	  "share of events that were lost in the interval, 0 to 100; take differences of n_drops "
	  "and "
	  "n_evts for longer times",
	  "0; Falco itself alerts from 10 on", ALERT, DROP_LEVER),
	M("scap.n_drops_buffer_total", "drops because a buffer was full, all categories", "0",
	  CONTRACT, DROP_LEVER),
	M("scap.n_drops_buffer_<category>_exit",
	  "drops because a buffer was full, by the kind of syscall (falcotune explain "
	  "CATEGORY_exit); "
	  "syscalls without a category are only in the total",
	  "0", CONTRACT, DROP_LEVER),
	M("scap.n_drops_buffer_<category>_enter",
	  "the same for enter events, which releases up to 0.41 have", "0", CONTRACT, DROP_LEVER),
	M("scap.n_drops_buffer_proc_exit", "drops of process exits because a buffer was full", "0",
	  CONTRACT, DROP_LEVER),
	M("scap.n_drops_scratch_map",
	  "drops because an event was larger than the driver's work space for it",
	  "0: a property of single events, not of the load", MEANING,
	  "falco_libs.snaplen where it was raised"),
	M("scap.n_drops_page_faults",
	  "drops because memory of the process could not be read at that moment (old drivers)",
	  "0: cannot be seen with modern_ebpf, which retries", MEANING, "engine.kind: modern_ebpf"),
	M("scap.n_drops_bug", "drops because the driver met a state that should not be",
	  "0: anything else is a defect of the driver", MEANING,
	  "report it with the kernel release"),
	M("scap.n_evts_cpu_N", "events of one CPU, since the start (per-CPU counters)",
	  "an even share for each CPU: skew makes one buffer overflow while others are empty",
	  MEANING, "engine.modern_ebpf.cpus_for_each_buffer; spread the load over CPUs"),
	M("scap.n_drops_cpu_N", "drops of one CPU, since the start (per-CPU counters)", "0",
	  CONTRACT,
	  "engine.modern_ebpf.cpus_for_each_buffer (more CPUs share a buffer), or "
	  "engine.KIND.buf_size_preset"),
	M("scap.n_evts_task", "processes that were read by the driver's iterators at start", NULL,
	  NULL, "engine.modern_ebpf.disable_iterators"),
	M("scap.n_evts_task_file_<type>",
	  "open files by type that were read by the driver's iterators at start", NULL, NULL,
	  "engine.modern_ebpf.disable_iterators"),
	M("scap.<program>.run_cnt",
	  "runs of a BPF program of the driver, for calls that are not selected too "
	  "(kernel.bpf_stats_enabled=1)",
	  NULL, NULL, "base_syscalls.custom_set for those with a program of their own"),
	M("scap.<program>.run_time_ns",
	  "nanoseconds that a BPF program of the driver ran, since the start: differences over "
	  "run_cnt give the cost of a call",
	  "sys_exit: about 43 for a call that is not selected, 330 for a collected event", ANCHOR,
	  "base_syscalls.custom_set, engine.KIND.drop_failed_exit"),
	M("scap.<program>.avg_time_ns",
	  "run_time_ns over run_cnt since the start, calls that are not selected included: too "
	  "slow "
	  "to show a change",
	  NULL, NULL, "take differences of run_time_ns and run_cnt instead"),

	M("falco.cpu_usage_perc",
	  "CPU of Falco in percent of one core, the average since its start: for a window take "
	  "/proc/PID/stat",
	  "38 at 1.5 M events/s with a rule that never fires, 95 at 1.1 M events/s with the stable "
	  "rules; the consumer is one thread, so 100 is its end",
	  ANCHOR, "fewer syscalls, cheaper rules (falcotune check)"),
	FACT("falco.host_cpu_usage_perc",
	     "CPU of the whole host in percent, the average since its start"),
	M("falco.memory_rss_mb", "resident memory of Falco",
	  "about 41 with preset 1, 55 with preset 4 under load, 70 idle", ANCHOR,
	  "engine.KIND.buf_size_preset, falco_libs.thread_table_size"),
	FACT("falco.memory_rss_bytes",
	     "the same in bytes, as the Prometheus endpoint has it (falco.memory_rss_mb)"),
	FACT("falco.memory_pss_mb", "the same with shared pages divided among those who share"),
	M("falco.memory_vsz_mb", "virtual memory of Falco; each ring buffer is mapped twice", NULL,
	  NULL, "engine.KIND.buf_size_preset and engine.modern_ebpf.cpus_for_each_buffer"),
	M("falco.container_memory_used_mb", "memory of the control group that Falco runs in",
	  "well below the container's limit: Falco is killed there, not slowed down: control "
	  "groups count buffers too",
	  MEANING, "the limit, engine.KIND.buf_size_preset"),
	FACT("falco.host_memory_used_mb", "memory in use on the host"),
	FACT("falco.host_open_fds", "open descriptors on the host"),
	FACT("falco.host_procs_running", "processes of the host that run at the moment"),

	M("falco.n_threads", "threads in Falco's table",
	  "near the host's own number: more means that exits were missed", MEANING, STATE_LEVER),
	M("falco.n_fds", "descriptors in Falco's tables",
	  "does not grow without end: it does where close is not traced", MEANING, STATE_LEVER),
	FACT("falco.n_added_threads", "threads that were added to the table, since the start"),
	FACT("falco.n_removed_threads", "threads that were taken out of the table"),
	FACT("falco.n_added_fds", "descriptors that were added"),
	M("falco.n_removed_fds", "descriptors that were taken out",
	  "follows n_added_fds: it does not where close is not traced", MEANING, STATE_LEVER),
	FACT("falco.n_cached_thread_lookups", "thread look-ups that the last thread answered"),
	FACT("falco.n_noncached_thread_lookups", "thread look-ups that went to the table"),
	FACT("falco.n_cached_fd_lookups", "descriptor look-ups that the last one answered"),
	FACT("falco.n_noncached_fd_lookups", "descriptor look-ups that went to the table"),
	M("falco.n_failed_thread_lookups", "threads that an event named and the table did not have",
	  "a few after the start, then still: a growing number is the verdict STATE", MEANING,
	  STATE_LEVER),
	M("falco.n_failed_fd_lookups",
	  "descriptors that an event named and the table did not have: fd.name is empty there",
	  "a few after the start, then still: a growing number is the verdict STATE", MEANING,
	  STATE_LEVER),
	M("falco.n_stored_evts", "enter events that were kept for their exit (older releases)",
	  NULL, NULL, NULL),
	M("falco.n_retrieved_evts", "kept enter events that were found again", NULL, NULL, NULL),
	M("falco.n_store_evts_drops", "enter events that could not be kept", "0", CONTRACT,
	  STATE_LEVER),
	M("falco.n_retrieve_evts_drops", "kept enter events that were not found again", "near 0",
	  CONTRACT, STATE_LEVER),
	M("falco.n_drops_full_threadtable", "threads that found no room in the table",
	  "0: each one is a process without a name and parents", MEANING,
	  "falco_libs.thread_table_size"),
	M("falco.n_missing_container_images", "containers whose image was not known",
	  "0: read at the moment of the snapshot", MEANING, "the container plugin and its sockets"),

	M("falco.rules.matches_total", "alerts of all rules since the start", NULL, NULL,
	  "tune the rules that match most"),
	M("falco.rules.<rule>", "alerts of one rule since the start; other characters become _",
	  NULL, NULL, "exceptions for what is known, or a narrower condition"),

#define DROP(term, calls)                                                                          \
	{                                                                                          \
		EXPLAIN_DROP, term, "drops of events of: " calls, "0", CONTRACT, DROP_LEVER        \
	}
	DROP("open_exit", "open, creat, openat, openat2, open_by_handle_at"),
	DROP("close_exit", "close"),
	DROP("execve_exit", "execve, execveat; each one is a process that no rule saw start"),
	DROP("clone_fork_exit",
	     "clone, clone3, fork, vfork; the child's state is then read from /proc"),
	DROP("connect_exit", "connect"),
	DROP("dir_file_exit",
	     "dup, chmod, fchmod, fchmodat, the chown family, link, linkat, mkdir, mkdirat, mount, "
	     "umount, umount2, the rename family, rmdir, symlink, symlinkat, unlink, unlinkat"),
	DROP("other_interest_exit",
	     "bpf, setpgid, ptrace, seccomp, setns, setresgid, setresuid, setsid, unshare, capset, "
	     "keyctl and their like"),
	DROP("proc_exit",
	     "process exits (procexit); entries of dead processes then stay until they "
	     "are purged"),
	{EXPLAIN_DROP, "scratch_map", "drops of events larger than the driver's work space",
	 "0: a property of single events, not of the load", MEANING, "falco_libs.snaplen"},
	{EXPLAIN_DROP, "page_faults",
	 "drops because memory of the process could not be read at that moment",
	 "0: old drivers only", MEANING, "engine.kind: modern_ebpf"},
	{EXPLAIN_DROP, "bug", "drops because the driver met a state that should not be",
	 "0: anything else is a defect of the driver", MEANING,
	 "report it with the kernel release"},
	{0},
};

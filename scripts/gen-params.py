#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generates the table of event parameters of native x86_64 calls as C constant data.

    scripts/gen-params.py LIBS SYSCALLS.tsv > src/probe/params-data.c

LIBS: a work tree of falcosecurity/libs (of its driver: event_table.c, flags_table.c,
ppm_events_public.h, modern_bpf/programs); SYSCALLS.tsv: as gen-catalogue.sh reads it. Names,
order, types and print formats come from the event table; which argument of the call a parameter is,
from the program that fills it in. What cannot be read there is written out in SPECIAL.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

TYPES = {
    "PT_FD": "FD", "PT_PID": "PID", "PT_ERRNO": "ERRNO", "PT_CHARBUF": "STR", "PT_FSPATH": "PATH",
    "PT_FSRELPATH": "PATH", "PT_BYTEBUF": "BYTES", "PT_SOCKADDR": "ADDR", "PT_SOCKTUPLE": "TUPLE",
    "PT_FLAGS8": "FLAGS", "PT_FLAGS16": "FLAGS", "PT_FLAGS32": "FLAGS", "PT_ENUMFLAGS8": "ENUM",
    "PT_ENUMFLAGS16": "ENUM", "PT_ENUMFLAGS32": "ENUM", "PT_MODE": "MODE", "PT_UID": "UID",
    "PT_GID": "GID", "PT_SIGTYPE": "SIGNAL", "PT_SIGSET": "SIGSET", "PT_RELTIME": "RELTIME",
    "PT_ABSTIME": "ABSTIME", "PT_FDLIST": "FDLIST", "PT_DYN": "DYN", "PT_PID32": "PID",
    "PT_UINT8": "UINT8", "PT_UINT16": "UINT16", "PT_UINT32": "UINT32", "PT_UINT64": "UINT64",
    "PT_INT8": "INT32", "PT_INT16": "INT32", "PT_INT32": "INT32", "PT_INT64": "INT64",
    "PT_SYSCALLID": "UINT16", "PT_PORT": "UINT16", "PT_BOOL": "UINT8", "PT_CHARBUFARRAY": "BYTES",
}

# (event, parameter) -> source, where the programs do not say it in a form that can be read.
SPECIAL = {
    ("accept", "tuple"): "SOCK 0", ("accept4", "tuple"): "SOCK 0", ("accept4", "flags"): "SOCKFLAGS 3",
    ("bind", "addr"): "SOCK 0", ("bind", "fd"): "ARG 0",
    ("connect", "tuple"): "SOCK 0", ("connect", "addr"): "SOCK 0", ("connect", "fd"): "ARG 0",
    ("close", "fd"): "ARG 0", ("listen", "fd"): "ARG 0", ("listen", "backlog"): "ARG 1",
    ("shutdown", "fd"): "ARG 0", ("shutdown", "how"): "ARG 1",
    ("socket", "domain"): "ARG 0", ("socket", "type"): "SOCKTYPE 1", ("socket", "proto"): "ARG 2",
    ("socket", "flags"): "SOCKFLAGS 1",
    ("socketpair", "domain"): "ARG 0", ("socketpair", "type"): "ARG 1",
    ("socketpair", "proto"): "ARG 2", ("socketpair", "fd1"): "PAIR 0", ("socketpair", "fd2"): "PAIR 1",
    ("pipe", "fd1"): "PAIR 0", ("pipe", "fd2"): "PAIR 1",
    ("pipe2", "fd1"): "PAIR 0", ("pipe2", "fd2"): "PAIR 1", ("pipe2", "flags"): "ARG 1",
    ("sendto", "fd"): "ARG 0", ("sendto", "size"): "ARG 2", ("sendto", "tuple"): "FDTUPLE 0",
    ("sendmsg", "fd"): "ARG 0", ("sendmsg", "tuple"): "FDTUPLE 0",
    ("recvfrom", "fd"): "ARG 0", ("recvfrom", "size"): "ARG 2", ("recvfrom", "tuple"): "FDTUPLE 0",
    ("recvmsg", "fd"): "ARG 0", ("recvmsg", "size"): "RES 0", ("recvmsg", "tuple"): "FDTUPLE 0",
    ("sendmmsg", "fd"): "ARG 0", ("recvmmsg", "fd"): "ARG 0",
    ("read", "size"): "ARG 2", ("write", "size"): "ARG 2", ("pread", "size"): "ARG 2",
    ("pwrite", "size"): "ARG 2", ("readv", "size"): "RES 0", ("preadv", "size"): "RES 0",
    ("read", "data"): "DATA 0", ("write", "data"): "DATA 0", ("pread", "data"): "DATA 0",
    ("pwrite", "data"): "DATA 0", ("sendto", "data"): "DATA 0", ("recvfrom", "data"): "DATA 0",
    ("init_module", "length"): "ARG 1",
    ("open_by_handle_at", "mountfd"): "ARG 0", ("open_by_handle_at", "flags"): "OPENFLAGS 2",
    ("open_by_handle_at", "path"): "FIELD fd.name",
    ("open", "flags"): "OPENFLAGS 1", ("openat", "flags"): "OPENFLAGS 2",
    ("openat2", "flags"): "OPENFLAGS 2", ("openat2", "mode"): "OPENMODE 3",
    ("open", "mode"): "OPENMODE 2", ("openat", "mode"): "OPENMODE 3", ("creat", "mode"): "ARG 1",
    ("openat2", "name"): "TEXT 0", ("openat2", "resolve"): "NONE 0", ("openat2", "dirfd"): "ARG 0",
    ("open", "dev"): "FILEDEV 0", ("open", "ino"): "FILEINO 0",
    ("openat", "dev"): "FILEDEV 0", ("openat", "ino"): "FILEINO 0",
    ("openat2", "dev"): "FILEDEV 0", ("openat2", "ino"): "FILEINO 0",
    ("creat", "dev"): "FILEDEV 0", ("creat", "ino"): "FILEINO 0",
    ("open_by_handle_at", "dev"): "FILEDEV 0", ("open_by_handle_at", "ino"): "FILEINO 0",
    ("capset", "cap_inheritable"): "CAPS 0", ("capset", "cap_permitted"): "CAPS 1",
    ("capset", "cap_effective"): "CAPS 2",
    ("copy_file_range", "fdout"): "ARG 2", ("llseek", "offset"): "ARG 1",
    ("mmap", "flags"): "ARG 3", ("mmap", "fd"): "ARG 4", ("mmap", "offset"): "ARG 5",
    ("prctl", "option"): "ARG 0", ("prctl", "arg2_str"): "PRCTLSTR 0", ("prctl", "arg2_int"): "PRCTLINT 1",
    ("process_vm_readv", "pid"): "ARG 0", ("process_vm_writev", "pid"): "ARG 0",
    ("ptrace", "request"): "ARG 0", ("ptrace", "pid"): "ARG 1",
    ("seccomp", "op"): "ARG 0", ("seccomp", "flags"): "ARG 1",
    ("semop", "nsops"): "ARG 2", ("setreuid", "euid"): "ARG 1", ("setreuid", "ruid"): "ARG 0",
    ("setregid", "egid"): "ARG 1", ("setregid", "rgid"): "ARG 0",
    ("epoll_create", "res"): "RES 0", ("brk", "addr"): "ARG 0",
    ("keyctl", "operation"): "ARG 0", ("io_uring_setup", "entries"): "ARG 0",
    ("setsockopt", "fd"): "ARG 0", ("setsockopt", "optlen"): "ARG 4", ("getsockopt", "fd"): "ARG 0",
    ("mknodat", "path"): "TEXT 0", ("mknod", "path"): "TEXT 0", ("mknod", "dev"): "ARG 2",
    ("mknodat", "dirfd"): "ARG 0", ("mknodat", "mode"): "ARG 2", ("mknodat", "dev"): "ARG 3",
    ("mount", "type"): "NONE 0", ("fsconfig", "key"): "NONE 0", ("fsconfig", "value_charbuf"): "NONE 0",
    ("getresuid", "*"): "NONE 0", ("getresgid", "*"): "NONE 0", ("quotactl", "*"): "NONE 0",
    ("nanosleep", "interval"): "NONE 0", ("poll", "fds"): "NONE 0", ("ppoll", "fds"): "NONE 0",
    ("ppoll", "timeout"): "NONE 0", ("ppoll", "sigmask"): "NONE 0", ("getcwd", "path"): "NONE 0",
    ("io_uring_enter", "sig"): "NONE 0", ("signalfd4", "mask"): "NONE 0",
    ("signalfd", "mask"): "NONE 0", ("signalfd", "flags"): "NONE 0",
    ("procexit", "status"): "EXITSTATUS 0", ("procexit", "ret"): "EXITRET 0",
    ("procexit", "sig"): "EXITSIG 0", ("procexit", "core"): "EXITCORE 0",
    ("getuid", "uid"): "RES 0", ("geteuid", "euid"): "RES 0", ("getgid", "gid"): "RES 0",
    ("getegid", "egid"): "RES 0", ("process_vm_readv", "res"): "RES 0",
    ("poll", "timeout"): "ARG 2", ("timerfd_create", "flags"): "ARG 1",
}
# Parameters of clone and exec are what the state knows of the thread.
TASK = {
    "exe": "FIELD proc.exe", "args": "ARGS 0", "env": "ENV 0", "tid": "FIELD thread.tid",
    "pid": "FIELD proc.pid", "ptid": "FIELD proc.ppid", "comm": "FIELD proc.name",
    "tty": "FIELD proc.tty", "vpgid": "FIELD proc.vpgid", "loginuid": "LOGINUID 0",
    "cap_inheritable": "CAPS 0", "cap_permitted": "CAPS 1", "cap_effective": "CAPS 2",
    "exe_ino": "FIELD proc.exe_ino", "exe_ino_ctime": "EXECTIME 0", "exe_ino_mtime": "EXEMTIME 0",
    "uid": "FIELD user.uid", "gid": "FIELD group.gid", "trusted_exepath": "FIELD proc.exepath",
    "pgid": "FIELD proc.pgid", "vtid": "FIELD thread.vtid", "vpid": "FIELD proc.vpid",
    "filename": "EXECNAME 0", "res": "RES 0",
}
# Of those, and of calls that change them.
USAGE = {"fdlimit": "USAGE 0", "pgft_maj": "USAGE 1", "pgft_min": "USAGE 2", "vm_size": "USAGE 3",
         "vm_rss": "USAGE 4", "vm_swap": "USAGE 5"}
# Not in the headers of user space, or not as the kernel has it; 0: no flag of the call.
NATIVE = {"O_LARGEFILE": 0x8000, "O_F_CREATED": 0, "FD_UPPER_LAYER": 0,
          "FD_LOWER_LAYER": 0}
FORMATS = {"PF_DEC": "DEC", "PF_HEX": "HEX", "PF_OCT": "OCT"}
# A call that has no program of its own, or whose event has another name.
EVENT_OF = {"sched_process_exit": "procexit"}


def read(path):
    with open(path) as f:
        return f.read()


def event_table(libs):
    """Exit code -> (name, [(parameter, type, format, flags table)])"""
    parts = re.split(r"\n\s+\[(PPME_\w+)\]\s*=\s*\{", read(f"{libs}/driver/event_table.c"))
    table, order = {}, []
    for code, body in zip(parts[1::2], parts[2::2]):
        name = re.match(r'\s*"([^"]+)"', body).group(1)
        params = re.findall(r'\{"(\w+)",\s*(PT_\w+),\s*(PF_\w+)(?:,\s*([\w()]+))?(?:,\s*[\w]+)?\s*\}',
                            body, re.S)
        count = re.search(r'^\s*"[^"]+",[^{]*?,\s*(\d+)\s*[,}]', body, re.S)
        table[code] = (name, params[: int(count.group(1))] if count else [])
        order.append(code)
    return table, order


def programs(libs):
    """Exit code -> {parameter's number: (argument's index or None, store helper)}"""
    found = {}
    for path in glob.glob(f"{libs}/driver/modern_bpf/programs/**/*.bpf.c", recursive=True):
        m = re.search(r"PPME_\w+_X\b", read(path))
        if not m:
            continue
        seq = re.split(r"/\* Parameter (\d+):? ", read(path)[m.start():])
        for number, body in zip(seq[1::2], seq[2::2]):
            args = re.findall(r"extract__syscall_argument\(regs,\s*(\d)\)", body)
            store = re.search(r"(?:auxmap|ringbuf)__store_(\w+)\(([^;]*)\);", body, re.S)
            entry = found.setdefault(m.group(0), {})
            if int(number) not in entry and store:
                value = store.group(2).split(",", 1)[-1].strip() if "," in store.group(2) else ""
                entry[int(number)] = (args, store.group(1), value)
    return found


def flag_tables(libs):
    tables = {}
    for name, body in re.findall(r"const struct ppm_name_value (\w+)\[\] = \{(.*?)\{0, 0\},?\s*\};",
                                 read(f"{libs}/driver/flags_table.c"), re.S):
        tables[name] = re.findall(r'\{"([^"]+)",\s*([^}]+?)\}', body)
    return tables


HEADERS = """#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <linux/bpf.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
"""


def compiled(source, libs):
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/a.c", "w") as f:
            f.write(source)
        r = subprocess.run(["cc", "-w", "-fmax-errors=0", f"-I{libs}/driver", "-I" + d, "-o", f"{d}/a", f"{d}/a.c"],
                           capture_output=True, text=True)
        if r.returncode:
            return None, r.stderr
        return subprocess.run([f"{d}/a"], capture_output=True, text=True, check=True).stdout, ""


def native_values(names, libs):
    """Values of the kernel's own constants; those that the headers lack are left out."""
    names = set(names)
    while True:
        body = "".join(f'printf("%s %lld\\n", "{n}", (long long)({n}));\n' for n in sorted(names))
        out, err = compiled(HEADERS + "int main(void){" + body + "return 0;}", libs)
        if out is not None:
            return {a: int(b) for a, b in (l.split() for l in out.splitlines())}
        missing = set(re.findall(r"error: .([A-Za-z_]\w*). undeclared", err))
        if not missing & names:
            sys.exit(err)
        names -= missing


def table_values(tables, libs):
    body = "".join(f'printf("%lld\\n", (long long)(unsigned)({v}));\n'
                   for t in sorted(tables) for _, v in tables[t])
    with tempfile.TemporaryDirectory() as d:
        public = read(f"{libs}/driver/ppm_events_public.h")
        source = ("#include <stdint.h>\n#include <stdio.h>\n" + public +
                  "int main(void){" + body + "return 0;}")
        out, err = compiled(source, libs)
        if out is None:
            sys.exit(err)
        it = iter(int(x) for x in out.split())
        return {t: [(n, next(it)) for n, _ in tables[t]] for t in sorted(tables)}


def source_of(event, name, kind, number, params, progs, texts):
    if (event, name) in SPECIAL:
        return SPECIAL[(event, name)]
    if (event, "*") in SPECIAL and number > 1:
        return SPECIAL[(event, "*")]
    if event in ("clone", "clone3", "fork", "vfork", "execve", "execveat") and number > 1:
        if name == "flags":
            return "EXEFLAGS 0" if event.startswith("exec") else "CLONEFLAGS 0"
        return TASK.get(name, USAGE.get(name, "NONE 0"))
    if name in USAGE:
        return USAGE[name]
    if number == 1 and kind in ("ERRNO", "FD", "PID", "INT64", "UINT64"):
        return "RES 0"
    args, store, value = progs.get(number, ([], "", ""))
    if store.startswith("charbuf") and args:
        texts.append(args[-1])
        return f"TEXT {len(texts) - 1}" if len(texts) <= 2 else "NONE 0"
    if store.startswith("bytebuf") or not args:
        return "NONE 0"
    return f"ARG {args[0]}"


def main():
    libs, syscalls = sys.argv[1:3]
    table, order = event_table(libs)
    progs = programs(libs)
    rows = [l.split("\t") for l in read(syscalls).splitlines()[1:]]
    used, lists = {}, []
    for sc, name, nr, *_ in rows:
        nr = "511" if name == "sched_process_exit" else nr
        if not nr.isdigit() or (nr == "134" and name == "unknown"):
            continue
        event = EVENT_OF.get(name, name)
        event = {"pread64": "pread", "pwrite64": "pwrite", "prlimit64": "prlimit",
                 "fstatat": "newfstatat"}.get(event, event)
        codes = [c for c in order if c.endswith("_X") or event == "procexit"]
        codes = [c for c in codes if table[c][0] == event]
        if not codes:
            continue
        code = codes[-1]
        params, texts, out = table[code][1], [], []
        if not params:
            continue
        for number, (pname, ptype, fmt, info) in enumerate(params, 1):
            kind = TYPES[ptype]
            src = source_of(event, pname, kind, number, params, progs.get(code, {}), texts)
            what, arg = src.split(" ", 1)
            flags = info if kind in ("FLAGS", "ENUM", "MODE") and info and "(" not in info else None
            if what == "SOCKFLAGS": # the numbers of an event, whatever its text
                flags = "file_flags"
            dirarg = -1
            if ptype == "PT_FSRELPATH":
                m = re.search(r"DIRFD_PARAM\((\d+)\)", info or "")
                dirarg = int(m.group(1)) if m else -1
            if flags:
                used[flags] = True
            out.append((pname, kind, FORMATS.get(fmt, "DEC"), what, arg, flags, dirarg))
        lists.append((int(nr), event, out))
    tables = {t: v for t, v in flag_tables(libs).items() if t in used}
    values = table_values(tables, libs)
    native = native_values({n for t in tables.values() for n, _ in t}, libs)
    native.update(NATIVE)
    emit(lists, values, native)


def emit(lists, values, native):
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/* Generated by scripts/gen-params.py from the driver's tables of Falco 0.44.1; do not")
    print(" * edit. Of a flag: its name, its value in an event, the kernel's own value. */")
    print("/* clang-format off */")
    print('#include "probe/params.h"\n')
    for t, entries in values.items():
        print(f"static const struct param_flag flags_{t}[] = {{")
        for n, v in entries:
            print(f'\t{{"{n}", 0x{v:x}, 0x{native.get(n, v) & 0xffffffff:x}}},')
        print("\t{NULL, 0, 0},\n};\n")
    for nr, event, params in sorted(lists):
        print(f"static const struct param p{nr}[] = {{ /* {event} */")
        for name, kind, fmt, what, arg, flags, dirarg in params:
            table = f"flags_{flags}" if flags else "NULL"
            field = f'"{arg}"' if what == "FIELD" else "NULL"
            number = 0 if what == "FIELD" else int(arg)
            print(f'\t{{"{name}", PARAM_{kind}, PARAM_{fmt}, PARAM_FROM_{what}, {number}, {dirarg}, '
                  f'{table}, {field}}},')
        print("};")
    print("\nconst struct param_list param_lists[PROBE_SYSCALLS] = {")
    for nr, _, params in sorted(lists):
        print(f"\t[{nr}] = {{p{nr}, {len(params)}}},")
    print("};")


main()

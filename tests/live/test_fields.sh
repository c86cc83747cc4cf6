#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fields of the embedded engine against what /proc and the kernel say: processes with a terminal, other
# users, login ids, name spaces, control groups, memory files and overlays; files and sockets.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
engine=$FALCOTUNE_BIN/falcotune-engine
[[ -x $engine ]] || skip "the embedded engine was not built"
[[ $(id -u) = 0 ]] || skip "needs root"
command -v python3 >/dev/null || skip "needs python3"
chmod 711 "$tmp"

pid=
stop_engine() { [[ -z $pid ]] || { kill -KILL "$pid"; wait "$pid"; } 2>/dev/null; }
at_exit stop_engine

cat >"$tmp/rules.yaml" <<END
- macro: mine
  condition: (proc.cwd startswith $tmp or proc.cmdline contains $tmp)
- rule: run
  desc: every program of the test
  condition: evt.type = execve and proc.exe = fieldsprobe
  output: >-
    %proc.exepath %proc.exe %proc.cmdline %proc.args %proc.args[0] %proc.pid %proc.ppid %proc.vpid
    %thread.vtid %proc.pname %proc.pcmdline %proc.aname[1] %proc.aname[2] %proc.apid[2] %proc.aname
    %proc.sid %proc.sname %proc.pgid %proc.vpgid %proc.is_vpgid_leader %proc.tty %proc.cwd
    %proc.env[FIELDS] %proc.aenv[FIELDS_UP] %user.uid %user.name %group.gid %group.name
    %user.loginuid %thread.cap_effective %thread.cap_permitted %container.id %container.name
    %proc.is_exe_writable %proc.is_exe_upper_layer %proc.is_exe_lower_layer
    %proc.is_exe_from_memfd %proc.exe_ino %proc.exe_ino.ctime %proc.exe_ino.mtime
    %proc.duration %proc.vmsize %proc.fdlimit %thread.pfminor %proc.stdin.type %evt.arg.flags %evt.arg.filename
    %container.image.repository
  priority: INFO
- rule: file
  desc: files below the folder of the test
  condition: >
    evt.type in (openat, chmod, renameat, renameat2, symlink, symlinkat, unlink, unlinkat, mkdir)
    and proc.name startswith python and mine
  output: >-
    %evt.type %evt.args %fd.name %fd.nameraw %fd.ino %fd.dev %fd.directory %fd.filename
    %evt.is_open_create %evt.is_open_exec %evt.is_open_write %fs.path.name %fs.path.source
    %fs.path.target %evt.arg.mode %evt.arg.target %evt.arg.linkpath %evt.res %proc.nthreads
    %proc.nchilds %evt.deltatime
  priority: INFO
- rule: net
  desc: sockets of the test
  condition: >
    evt.type in (connect, accept4, bind, sendto, recvfrom) and proc.name startswith python and mine
    and fd.net = 127.0.0.0/8
  output: >-
    %evt.type %fd.name %fd.cip %fd.cport %fd.sip %fd.sport %fd.lport %fd.rport %fd.l4proto
    %fd.connected %fd.name_changed %fd.is_server %fd.type %evt.buffer
  priority: INFO
- rule: use
  desc: memory and limits of the test
  condition: evt.type in (mmap, prlimit) and proc.name startswith python and mine
  output: >-
    %evt.type %evt.args %proc.vmsize %proc.vmrss %proc.vmswap %thread.vmsize %evt.arg.vm_size
    %proc.fdlimit %proc.fdusage %thread.pfminor %evt.cpu
  priority: INFO
- rule: full
  desc: a whole number is compared with a ratio
  condition: evt.type = prlimit and proc.name startswith python and mine and proc.fdlimit = 500 and proc.fdusage > 0 and not proc.fdusage >= 50
  output: full %proc.fdusage
  priority: INFO
- rule: unix
  desc: unix sockets of the test
  condition: >
    evt.type in (connect, accept4, bind, sendto, recvfrom) and proc.name startswith python and mine
    and fd.type = unix
  output: "%evt.type %evt.arg.fd %fd.name %fd.name_changed %evt.arg.addr %evt.arg.tuple"
  priority: INFO
END

"$engine" -r "$tmp/rules.yaml" -o metrics.enabled=true -o metrics.interval=200ms \
	-o metrics.output_file="$tmp/metrics" -o metrics.output_rule=false \
	-o stdout_output.enabled=false -o file_output.enabled=true \
	-o file_output.filename="$tmp/alerts" -o 'append_output={}' -o json_output=true -o rule_matching=all \
	>"$tmp/out" 2>"$tmp/log" </dev/null &
pid=$!
for _ in $(seq 1500); do
	[[ -s $tmp/metrics ]] && break
	kill -0 "$pid" 2>/dev/null || break
	sleep 0.02
done
if ! kill -0 "$pid" 2>/dev/null; then
	wait "$pid"
	code=$?
	pid=
	[[ $code = 3 ]] && skip "$(tail -1 "$tmp/log")"
	tail -5 "$tmp/log" >&2
	die "the engine did not start"
fi
assert_no_match "$(cat "$tmp/log")" 'is not evaluated' 'every rule is evaluated'

cp "$(command -v cat)" "$tmp/fieldsprobe"
(cd "$tmp" && FIELDS_UP=above python3 - "$tmp" >"$tmp/expected" 2>"$tmp/actor" <<'END'
import ctypes, json, mmap, os, pty, resource, signal, socket, sys, threading, time
tmp = sys.argv[1]
expected = []

def read(path):
    with open(path, "rb") as f:
        return f.read()

def facts(pid, path):
    """What /proc says of a process that runs the program."""
    status = dict(l.split(":\t", 1) for l in read(f"/proc/{pid}/status").decode().splitlines() if ":\t" in l)
    stat = read(f"/proc/{pid}/stat").decode().rsplit(")", 1)[1].split()
    caps = int(status["CapEff"], 16)
    try:
        login = int(read(f"/proc/{pid}/loginuid"))
    except OSError: # a kernel without audit
        login = 2**32 - 1
    st = os.stat(path) if isinstance(path, str) else os.fstat(path)
    args = read(f"/proc/{pid}/cmdline").split(b"\0")[:-1]
    return {"proc.pid": pid, "proc.ppid": int(status["PPid"]), "proc.vpid": int(status["NStgid"].split()[-1]),
            "thread.vtid": int(status["NSpid"].split()[-1]), "proc.sid": int(status["NSsid"].split()[-1]),
            "proc.pgid": int(stat[2]), "proc.vpgid": int(status["NSpgid"].split()[-1]),
            "proc.tty": int(stat[4]), "user.uid": int(status["Uid"].split()[1]),
            "group.gid": int(status["Gid"].split()[1]), "user.loginuid": -1 if login == 2**32 - 1 else login,
            "proc.cwd": os.readlink(f"/proc/{pid}/cwd").rstrip("/") + "/",
            "proc.exe": args[0].decode(), "proc.args": " ".join(a.decode() for a in args[1:]),
            "proc.exe_ino": st.st_ino, "proc.exe_ino.ctime": st.st_ctime_ns,
            "proc.exe_ino.mtime": st.st_mtime_ns, "_caps": caps,
            "proc.pname": read(f"/proc/{status['PPid'].strip()}/comm").decode().strip()}

def run(marker, path=None, before=None, fork=os.fork, exec_fd=None, **more):
    """Start the program, read /proc while it waits for input, end it."""
    path = path or tmp + "/fieldsprobe"
    gate = os.pipe()
    pid = fork()
    fd = None
    if isinstance(pid, tuple):
        pid, fd = pid
    if pid == 0:
        try:
            if fork is os.fork:
                os.dup2(gate[0], 0)
            if before:
                before()
            os.execve(exec_fd if exec_fd is not None else path, ["fieldsprobe", "-", marker], {"FIELDS": marker})
        finally:
            os._exit(9)
    for _ in range(500):
        if read(f"/proc/{pid}/cmdline").startswith(b"fieldsprobe\0"):
            break
        time.sleep(0.01)
    want = facts(pid, exec_fd if exec_fd is not None else path)
    want.update(more)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    for f in gate + ((fd,) if fd is not None else ()):
        os.close(f)
    want["proc.env[FIELDS]"] = marker
    expected.append({"rule": "run", "key": marker, "fields": want})

me = os.getpid()
run("m-plain", **{"proc.exepath": tmp + "/fieldsprobe", "proc.aenv[FIELDS_UP]": "above",
                  "proc.is_exe_writable": True, "proc.is_exe_from_memfd": False,
                  "container.id": "host", "container.name": "host", "container.image.repository": None,
                  "user.name": "root", "group.name": "root", "proc.apid[2]": os.getppid(),
                  "proc.aname[2]": read(f"/proc/{os.getppid()}/comm").decode().strip(),
                  "proc.vmsize": {"near": 20000, "by": 19900}, "thread.pfminor": {"near": 500, "by": 499},
                  "proc.fdlimit": resource.getrlimit(resource.RLIMIT_NOFILE)[0], "proc.stdin.type": "pipe", "evt.arg.flags": "EXE_WRITABLE"})
run("m-terminal", fork=pty.fork, **{"proc.sname": "fieldsprobe"})

def other_user():
    try:
        with open("/proc/self/loginuid", "w") as f:
            f.write("4711")
    except OSError:
        pass
    os.setgid(12345)
    os.setuid(54321)
run("m-user", before=other_user, **{"user.name": "<NA>", "group.name": "<NA>", "proc.is_exe_writable": False})
run("m-group", before=os.setpgrp, **{"proc.is_vpgid_leader": True})

memory = os.memfd_create("any")
os.write(memory, read(tmp + "/fieldsprobe"))
run("m-memfd", exec_fd=memory, **{"proc.is_exe_from_memfd": True, "proc.exepath": "memfd:any"})

libc = ctypes.CDLL(None, use_errno=True)
def notes(text):
    print(text, file=sys.stderr)

# A control group with the name that docker gives one.
name = "docker-" + "5ca1ab1e" * 8 + ".scope"
for hierarchy in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/memory"):
    group = f"{hierarchy}/{name}"
    try:
        if not os.path.exists(hierarchy + "/cgroup.procs"):
            continue
        os.mkdir(group)
    except OSError as e:
        notes(f"no control group in {hierarchy}: {e}")
        continue
    def enter():
        with open(group + "/cgroup.procs", "w") as f:
            f.write("0")
    try:
        run("m-container-" + hierarchy.rsplit("/", 1)[1], before=enter,
            **{"container.id": "5ca1ab1e5ca1", "container.name": None, "container.image.repository": None})
    finally:
        for _ in range(100):
            try:
                os.rmdir(group)
                break
            except OSError:
                time.sleep(0.02)

# An overlay of its own mount name space: the program from either layer.
def overlay(layer):
    def mounts():
        if libc.unshare(0x20000):
            os._exit(8)
        libc.mount(b"none", b"/", None, 0x44000, None) # MS_REC | MS_PRIVATE
        for d in ("low", "up", "work", "m"):
            os.makedirs(f"{tmp}/ov/{d}", exist_ok=True)
        if libc.mount(b"tmpfs", f"{tmp}/ov".encode(), b"tmpfs", 0, None):
            os._exit(8)
        for d in ("low", "up", "work", "m"):
            os.mkdir(f"{tmp}/ov/{d}")
        with open(f"{tmp}/ov/{layer}/fieldsprobe", "wb") as f:
            f.write(program)
        os.chmod(f"{tmp}/ov/{layer}/fieldsprobe", 0o755)
        o = f"lowerdir={tmp}/ov/low,upperdir={tmp}/ov/up,workdir={tmp}/ov/work".encode()
        if libc.mount(b"overlay", f"{tmp}/ov/m".encode(), b"overlay", 0, o):
            os._exit(8)
    return mounts
program = read(tmp + "/fieldsprobe")
for layer in ("up", "low"):
    pid = os.fork()
    if pid == 0:
        overlay(layer)()
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
        os.execve(f"{tmp}/ov/m/fieldsprobe", ["fieldsprobe", "m-layer-" + layer], {})
    if os.waitpid(pid, 0)[1] >> 8 == 8:
        notes("no overlay file system here")
    else:
        expected.append({"rule": "run", "key": "m-layer-" + layer,
                         "fields": {"proc.is_exe_upper_layer": layer == "up",
                                    "proc.is_exe_lower_layer": layer == "low",
                                    "proc.exepath": f"{tmp}/ov/m/fieldsprobe"}})

# --- files
def file(key, **fields):
    expected.append({"rule": "file", "key": key, "fields": {k.replace("__", "."): v for k, v in fields.items()}})

os.mkdir("sub")
fd = os.open("sub/../made", os.O_CREAT | os.O_WRONLY, 0o750)
st = os.fstat(fd)
file("sub/../made", fd__name=tmp + "/made", fd__nameraw="sub/../made", fd__ino=st.st_ino, fd__dev=st.st_dev,
     fd__directory=tmp, fd__filename="made", evt__is_open_create=True, evt__is_open_exec=True,
     evt__is_open_write=True, fs__path__name=tmp + "/made")
os.close(fd)
os.close(os.open("made", os.O_RDWR))
file("name=made(", fd__name=tmp + "/made", evt__is_open_create=False, evt__is_open_exec=False)
os.chmod("made", 0o4711)
file("filename=made", evt__args=f"res=0 filename=made({tmp}/made) mode=04711(S_IXOTH|S_IXGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID)",
     fs__path__name=tmp + "/made")
dirfd = os.open("sub", os.O_RDONLY | os.O_DIRECTORY)
os.rename("made", "moved", dst_dir_fd=dirfd)
file("newpath=moved", fs__path__source=tmp + "/made", fs__path__target=tmp + "/sub/moved")
os.symlink("/etc/shadow", "link")
file("linkpath=link", evt__arg__target="/etc/shadow", evt__arg__linkpath=tmp + "/link")
os.unlink("moved", dir_fd=dirfd)
file("name=moved", fs__path__name=tmp + "/sub/moved", fd__name=tmp + "/sub")
os.close(dirfd)
def in_threads(n):
    gate = threading.Barrier(n + 1)
    threads = [threading.Thread(target=gate.wait) for _ in range(n)]
    for t in threads:
        t.start()
    os.close(os.open(f"threads{n}", os.O_CREAT | os.O_WRONLY))
    file(f"name=threads{n}(", proc__nthreads=n + 1, proc__nchilds=n)
    gate.wait()
    for t in threads:
        t.join()
in_threads(3)
try:
    os.open("gone", os.O_RDONLY)
except OSError:
    pass
file("name=gone", evt__res="ENOENT", fd__name=tmp + "/gone", fs__path__name=None)

# --- memory and limits
status_fd = os.open("/proc/self/status", os.O_RDONLY)
room = mmap.mmap(-1, 7777 * 4096)
status = dict(l.split(":", 1) for l in os.read(status_fd, 8192).decode().splitlines())
def use(key, **fields):
    expected.append({"rule": "use", "key": key, "fields": {k.replace("__", "."): v for k, v in fields.items()}})
def kb(name, by):
    return {"near": int(status[name].split()[0]), "by": by}
use(f" length={7777 * 4096} ", proc__vmsize=kb("VmSize", 1200), thread__vmsize=kb("VmSize", 1200),
    proc__vmrss=kb("VmRSS", 2048), proc__vmswap=kb("VmSwap", 2048), evt__arg__vm_size={"like": "[0-9]{5,}$"},
    evt__cpu=0 if os.cpu_count() <= 2 else {"near": 0, "by": os.cpu_count()})
resource.setrlimit(resource.RLIMIT_NOFILE, (500, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
use("newmax=", proc__fdlimit={"near": 500, "by": 0}, proc__fdusage={"near": len(os.listdir("/proc/self/fd")) / 5, "by": 1})
expected[-1]["last"] = True
expected.append({"rule": "full", "key": "full ", "fields": {}})

# --- sockets
def net(key, **fields):
    expected.append({"rule": "net", "key": key, "fields": {k.replace("__", "."): v for k, v in fields.items()}})

server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
accepted, peer = server.accept()
c, s = client.getsockname(), client.getpeername()
ends = dict(fd__cip="127.0.0.1", fd__cport=c[1], fd__sip="127.0.0.1", fd__sport=s[1], fd__l4proto="tcp",
            fd__type="ipv4", fd__connected=True, fd__name=f"127.0.0.1:{c[1]}->127.0.0.1:{s[1]}")
net(f"connect 127.0.0.1:{c[1]}->", **ends)
net(f"accept4 127.0.0.1:{c[1]}->", **ends)
client.send(b"\xca\xfe over tcp")
accepted.recv(50)
net("over tcp", fd__sport=s[1], fd__name_changed=False)
bound = socket.socket(type=socket.SOCK_DGRAM)
bound.bind(("127.0.0.1", 0))
port = bound.getsockname()[1]
net(f"bind 127.0.0.1:{port} ", fd__sport=port, fd__cport=None, fd__l4proto="udp", fd__is_server=True)
sender = socket.socket(type=socket.SOCK_DGRAM)
sender.sendto(b"over udp", ("127.0.0.1", port))
bound.recvfrom(50)
other = sender.getsockname()[1]
net(f"recvfrom 127.0.0.1:{other}->", fd__cport=other, fd__sport=port, fd__name_changed=True, fd__connected=False)

# Unix sockets: the addresses of both ends, the same ones wherever they are named.
def unix(key, name, **fields):
    fields["fd__name"] = {"like": name}
    expected.append({"rule": "unix", "key": key, "fields": {k.replace("__", "."): v for k, v in fields.items()}})

server = socket.socket(socket.AF_UNIX)
server.bind(tmp + "/sock")
unix(f"bind <u>{tmp}/sock ", tmp + "/sock", evt__arg__addr=tmp + "/sock", fd__name_changed=True)
server.listen()
client = socket.socket(socket.AF_UNIX)
client.connect("sock")
accepted, peer = server.accept()
there, back = "(?P<server>@)->(?P<client>@) ", "(?P<client>@)->(?P<server>@) "
unix("connect ", there + tmp + "/sock", evt__arg__addr="sock", fd__name_changed=True)
unix("accept4 ", there + tmp + "/sock", evt__arg__tuple={"like": there + tmp + "/sock"})
client.send(b"over unix")
accepted.recv(50)
accepted.send(b"and back")
unix("sendto <u>{server}->", there + tmp + "/sock", fd__name_changed=False)
unix("sendto <u>{client}->", back + "$", fd__name_changed=True)
abstract = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
abstract.bind("\0" + tmp + "/hidden")
unix(f"bind <u>{tmp}/hidden ", tmp + "/hidden")
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.sendto(b"over a name", "\0" + tmp + "/hidden")
abstract.recv(50)
unix("sendto <u>0->", "0->(?P<sender>@) " + tmp + "/hidden")
unix("->0 ", "(?P<abstract>@)->0 " + tmp + "/hidden")
print(json.dumps(expected))
END
) || {
	cat "$tmp/actor" >&2
	die "the actions failed"
}
sed 's/^/note: /' "$tmp/actor"
# The last event of the test is the last that can raise an alert.
for _ in $(seq 500); do
	grep -q -- "->0 $tmp/hidden" "$tmp/alerts" 2>/dev/null && break
	sleep 0.02
done
kill -INT "$pid"
wait "$pid"
assert_eq $? 0 'exit code'
pid=

python3 - "$tmp/alerts" "$tmp/expected" >"$tmp/result" <<'END'
import json, re, sys
alerts = [json.loads(l) for l in open(sys.argv[1])]
bad = checks = 0
ends = {} # of unix sockets, by the names that expected texts give them
def like(text, pattern):
    m = re.match(re.sub("@", "ffff[0-9a-f]{12}", pattern), text or "")
    return m and all(ends.setdefault(k, v) == v for k, v in m.groupdict().items())
CAPS = {0: "CAP_CHOWN", 21: "CAP_SYS_ADMIN", 10: "CAP_NET_BIND_SERVICE", 39: "CAP_BPF"}
for e in json.load(open(sys.argv[2])):
    if e["rule"] == "unix":
        e["key"] = e["key"].format_map({"client": "?", "server": "?", **ends})
    found = [a for a in alerts if a["rule"] == e["rule"] and e["key"] in a["output"]]
    if not found:
        print(f"no alert for {e['key']}")
        bad += 1
        continue
    got = found[-1 if e.get("last") else 0]["output_fields"]
    for k, v in e["fields"].items():
        checks += 1
        if k == "_caps":
            have = got["thread.cap_effective"].split()
            ok = len(have) == bin(v).count("1") and all((name in have) == bool(v >> n & 1) for n, name in CAPS.items())
        elif isinstance(v, dict) and "near" in v:
            ok = got.get(k) is not None and abs(got[k] - v["near"]) <= v["by"]
        elif isinstance(v, dict):
            ok = like(got.get(k), v["like"])
        else:
            ok = got.get(k) == v
        if not ok:
            print(f"{e['key']}: {k} is {got.get(k, got.get('thread.cap_effective'))!r}, expected {v!r}")
            bad += 1
print(f"{checks} values compared")
sys.exit(bad > 0)
END
code=$?
cat "$tmp/result"
assert_eq $code 0 'fields are as the kernel says'
assert_match "$(tail -1 "$tmp/result")" '^[12][0-9][0-9] values' 'enough was compared'
finish

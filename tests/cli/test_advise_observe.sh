#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune advise --observe: a Prometheus endpoint in all shapes of an answer, and a process with a
# metrics file; neither is touched.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command advise
cd "$tmp" || exit 99
pids=()
stop_all() { for p in ${pids[@]+"${pids[@]}"}; do kill -9 "$p" 2>/dev/null; done; }
at_exit stop_all
wait_for() { # FILE
	for ((i = 0; i < 500; i++)); do
		[[ -s $1 ]] && return
		sleep 0.02
	done
	die "$1 did not come"
}

# ---- Prometheus: each scrape 10,000 events more, the fourth loses 30,000 of 60,000 ----
cat >server.py <<'P'
import http.server, sys
n = {}
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def do_GET(self):
        kind = self.path.split("/")[1]
        i = n[kind] = n.get(kind, 0) + 1
        evts = 10000 * i + (50000 if i >= 4 else 0)
        drops = 30000 if i >= 4 and kind != "quiet" else 0
        body = ("# TYPE falcosecurity_scap_n_evts_total counter\n"
                f"falcosecurity_scap_n_evts_total {evts}\n"
                f"falcosecurity_scap_n_drops_total {drops}\n"
                "falcosecurity_falco_host_num_cpus_total 2\n"
                f"falcosecurity_falco_outputs_queue_num_drops_total 0\n").encode()
        if kind == "missing" or kind == "flaky" and i == 2:
            self.send_error(404)
            return
        if kind == "html":
            body = b"<html>hello</html>\n"
        self.send_response(200)
        if kind == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for k in range(0, len(body), 50):
                part = body[k:k + 50]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return
        if kind == "closed":
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True
            return
        if kind == "keepalive":
            self.close_connection = False
        if kind == "cut":
            self.send_header("Content-Length", str(len(body) + 10))
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if kind == "keepalive":
            self.wfile.flush()
            self.connection.settimeout(3)
            try:
                self.connection.recv(1)
            except OSError:
                pass
        else:
            self.close_connection = True
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
print(s.server_address[1], flush=True)
s.serve_forever()
P
python3 server.py >port 2>/dev/null &
pids+=($!)
wait_for port
url=http://127.0.0.1:$(cat port)

run_expect 0 "$ft" advise --observe "$url/metrics" --duration 5s -o engine.modern_ebpf.buf_size_preset=1
assert_match "$out" "1\. BURST: $url/metrics" "the verdict"
assert_match "$out" "lost 30000 of 60000 events" "evidence"
assert_match "$out" "-o engine.modern_ebpf.buf_size_preset=4" "the change"
assert_match "$out" "6 scrapes of" "how often"
run_expect 0 "$ft" advise --observe "$url" --duration 2s
assert_match "$out" "scrapes of $url" "/metrics is the path where there is none"
for kind in chunked closed keepalive; do
	run_expect 0 "$ft" advise --observe "$url/$kind" --duration 1s
	assert_match "$out" "2 scrapes of" "an answer that is $kind"
done
run_expect 0 "$ft" advise --observe "$url/flaky" --duration 2s --format json
assert_match "$out" "2 scrapes of .*, 1 failed" "a scrape that failed in between is told"
run_expect 0 "$ft" advise --observe "$url/quiet" --duration 1s
assert_match "$out" "Nothing to change" "no drops"
run_expect 3 "$ft" advise --observe "$url/missing" --duration 1s
assert_match "$err" "404" "status"
run_expect 3 "$ft" advise --observe "$url/html" --duration 1s
assert_match "$err" "line 1: no metric in Prometheus' text format" "no metrics"
run_expect 3 "$ft" advise --observe "$url/cut" --duration 1s
assert_match "$err" "cut: [0-9]+ of" "an answer that is cut"
run_expect 3 "$ft" advise --observe http://127.0.0.1:1 --duration 1s
assert_match "$err" "no connection" "nobody listens"
run_expect 2 "$ft" advise --observe https://127.0.0.1:1/metrics --duration 1s
assert_match "$err" "https is not supported" "https"
run_expect 2 "$ft" advise --observe ftp://x
run_expect 2 "$ft" advise --observe falco
assert_match "$err" "neither a process id nor a URL" "a name"
run_expect 2 "$ft" advise --observe 1 --from x
run_expect 2 "$ft" advise --from x --duration 3s
run_expect 3 "$ft" advise --observe 2147483646
assert_match "$err" "there is no process" "no process"

# ---- a process: what Falco's command line names, relative to its folder ----
mkdir its && cd its || exit 99
cat >falco.yaml <<'Y'
engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 1, cpus_for_each_buffer: 1}}
metrics: {enabled: true, interval: 100ms, output_file: m.jsonl}
rules_files: [rules.yaml]
stdout_output: {enabled: true}
Y
cat >falco.py <<'P'
import json, signal, time
told = open("signals", "w")
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(s, lambda *a: (told.write("signal\n"), told.flush()))
evts = drops = 0
start = time.time_ns()
with open("m.jsonl", "w") as f:
    for i in range(100000):
        evts += 60000 if i % 12 == 11 else 1000
        drops += 30000 if i % 12 == 11 else 0
        f.write(json.dumps({"output_fields": {
            "evt.time": time.time_ns(), "evt.source": "syscall", "falco.start_ts": start,
            "falco.host_num_cpus": 2, "falco.num_evts": evts - drops, "scap.n_evts": evts,
            "scap.n_drops": drops}}) + "\n")
        f.flush()
        time.sleep(0.1)
P
python3 falco.py -c falco.yaml -o engine.modern_ebpf.cpus_for_each_buffer=2 -r r.yaml >/dev/null 2>&1 &
falco=$!
pids+=($falco)
wait_for m.jsonl
cd ..
run_expect 0 "$ft" advise --observe $falco --duration 3s
assert_match "$out" "BURST: .*/its/m.jsonl" "the verdict"
assert_match "$out" "process $falco over 3.* of one core .* resident" "facts of /proc"
assert_match "$out" "[0-9]+ snapshots of .*/its/m.jsonl while it was observed" "how much was seen"
assert_match "$out" "buf_size_preset: [2-9]" "a block of config.d from its own falco.yaml"
assert_match "$out" "cpusForEachBuffer: 2" "its own -o"
assert_eq "$(wc -c <its/signals)" 0 "signals that it got"
assert_true "it still runs" kill -0 $falco
# Ctrl-C ends it early, with the advice.
timeout -s INT 4 "$ft" advise --observe $falco --duration 60s >out 2>err
assert_match "$(cat out)" "1\. BURST" "after SIGINT"
assert_true "it still runs" kill -0 $falco

# Drops between the last snapshot before and the first one while it is watched are not of this
# while: that interval began earlier.
cat >later.py <<'P'
import json, os, time
def line(t, evts, drops):
    f.write(json.dumps({"output_fields": {
        "evt.time": t, "evt.source": "syscall", "falco.host_num_cpus": 2,
        "falco.num_evts": evts - drops, "scap.n_evts": evts, "scap.n_drops": drops}}) + "\n")
    f.flush()
now, evts = time.time_ns(), 0
with open("later.jsonl", "w") as f:
    for i in range(3):
        evts += 1000
        line(now - (3600 - i) * 10**9, evts, 0)
    while not os.path.exists("go"):
        time.sleep(0.02)
    evts += 1000000
    for i in range(10**5):
        evts += 1000
        line(time.time_ns(), evts, 500000)
        time.sleep(0.05)
P
python3 later.py >/dev/null 2>&1 &
later=$!
pids+=($later)
wait_for later.jsonl
printf 'metrics: {enabled: true, interval: 100ms, output_file: later.jsonl}\nstdout_output: {enabled: true}\n' >later.yaml
"$ft" advise --observe $later -c later.yaml --duration 3s --format json >later.json 2>later.err &
adviser=$!
wait_for later.err # it says that it observes, and reads what is there
touch go
assert_true "it gives advice" wait $adviser
run_expect 0 python3 -c 'import json; d = json.load(open("later.json")); assert [f["verdict"] for f in d["findings"]] in ([], ["START-UP"]), d'

# Without metrics: what is missing, and how to turn it on.
printf 'stdout_output: {enabled: true}\n' >off.yaml
run_expect 3 "$ft" advise --observe $falco -c off.yaml
assert_match "$err" "tells no metrics: metrics.enabled is false in off.yaml. Set metrics: .enabled: true" "off"
# By its own webserver.
cat >web.yaml <<Y
metrics: {enabled: true, interval: 1s}
webserver: {enabled: true, listen_port: $(cat port), prometheus_metrics_enabled: true}
stdout_output: {enabled: true}
Y
run_expect 0 "$ft" advise --observe $falco -c web.yaml --duration 1s
assert_match "$out" "2 scrapes of $url/metrics" "its Prometheus endpoint"
finish

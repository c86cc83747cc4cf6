#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""import_data.py WHAT [ARG...]: data as Falco writes it, on standard output.

  metrics HOST START LINES [DROPS_FROM [N_EVTS]]  metrics lines, 1 s apart, 1000 events each; from
                                                  that line on 100 of them drop
  alerts HOST START LINES                         the same as alerts of a JSON log, others between
  scrapes HOST START LINES                        the same as Prometheus scrapes
  old HOST START LINES                            the same with the fields of Falco 0.38
  stream BYTES                                    metrics lines of three hosts until there are so many
"""
import json
import sys

NS = 10**9


def fields(host, start, n, drops_from=0, evts=1000):
    drops = 100 * (n - drops_from + 1) if drops_from and n >= drops_from else 0
    return {
        "evt.hostname": host, "evt.source": "syscall", "evt.time": (start + n) * NS,
        "falco.cpu_usage_perc": 25.0, "falco.host_num_cpus": 4, "falco.kernel_release": "6.1.0",
        "falco.memory_rss_mb": 50.5, "falco.num_evts": evts * n - drops,
        "falco.outputs_queue_num_drops": 0, "falco.reload_ts": start * NS, "falco.start_ts": start * NS,
        "falco.version": "0.44.1", "scap.engine_name": "modern_bpf", "scap.n_drops": drops,
        "scap.n_drops_buffer_open_exit": drops, "scap.n_evts": evts * n}


def line(doc):
    print(json.dumps(doc, separators=(",", ":")))


def metrics(host, start, lines, drops_from=0, evts=1000):
    for n in range(1, lines + 1):
        line({"output_fields": fields(host, start, n, drops_from, evts), "sample": n})


def alert(host, rule, output_fields):
    line({"hostname": host, "output": rule, "output_fields": output_fields, "priority": "Debug",
          "rule": rule, "source": "internal", "tags": [], "time": "2026-03-03T03:03:03.000000003Z"})


def alerts(host, start, lines):
    for n in range(1, lines + 1):
        alert(host, "Falco internal: metrics snapshot", fields(host, start, n))
        alert(host, "Shell in a container", {"evt.time": (start + n) * NS, "proc.name": "a\\b\u00e9"})


def scrapes(host, start, lines):
    for n in range(1, lines + 1):
        f = fields(host, start, n)
        print(f'falcosecurity_evt_hostname_info{{hostname="{host}"}} 1')
        print('falcosecurity_falco_version_info{version="0.44.1"} 1')
        print('# TYPE falcosecurity_scap_n_evts_total counter')
        print(f'falcosecurity_scap_n_evts_total {f["scap.n_evts"]}')
        print(f'falcosecurity_scap_n_drops_total {f["scap.n_drops"]}')
        print('falcosecurity_scap_n_drops_buffer_total{dir="exit",drop="open"} 0')
        print(f'falcosecurity_falco_start_timestamp_nanoseconds {start * NS}')
        print(f'falcosecurity_falco_reload_timestamp_nanoseconds {start * NS}')
        print(f'falcosecurity_falco_duration_seconds_total {n}')
        print('falcosecurity_falco_memory_rss_bytes 52953088')
        print('go_goroutines 7')


def old(host, start, lines):
    for n in range(1, lines + 1):
        f = fields(host, start, n)
        for name in ("falco.reload_ts", "falco.memory_rss_mb", "scap.n_drops_buffer_open_exit"):
            del f[name]
        f.update({"falco.memory_rss_kb": 51712, "falco.version": "0.38.2", "scap.n_drops": 2 * n,
                  "scap.n_drops_buffer_open_enter": n, "scap.n_drops_buffer_open_exit": n})
        line({"output_fields": f, "sample": n})


def stream(size):
    """The same line over and over, with other numbers in it."""
    doc = {"output_fields": {**fields("HOST", 1700000000, 1), "evt.time": 1111111111,
                             "scap.n_evts": 2222222222, "falco.sha256_rules_file": "0" * 64}}
    for i in range(60):
        doc["output_fields"][f"scap.sys_{i}.run_time_ns"] = 7988123
    text = json.dumps(doc, separators=(",", ":")) + "\n"
    a = text.replace("HOST", "host-%d").replace("1111111111", "%d").replace("2222222222", "%d").encode()
    done = n = 0
    out = sys.stdout.buffer
    while done < size:
        n += 1
        done += out.write(a % (n % 3, (1700000000 + n) * NS, 1000 * n))


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    globals()[what](*(int(x) if x.isdigit() else x for x in rest))

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_fleet.py OUT HOSTS SAMPLES [SEED]: the metrics files of a made fleet, the same for the same arguments.

OUT/files/NNN/HOST.jsonl has lines as Falco 0.44 writes them, a minute apart. OUT/expect.json says what is in them:
classes (cpus, driver, kernel, band, hosts), drops {host: cause}, deviants {host: reason} and the files that are
broken on purpose {file: reason}.
"""
import json
import os
import random
import sys

MINUTE = 60 * 10**9
START = 1795200000 * 10**9
# cpus, engine's own name, Falco's, kernel release, series, typical events/s per CPU, band, share of the fleet
CLASSES = [
    (4, "modern_bpf", "modern_ebpf", "6.1.0-%d-amd64", "6.1", 700, "below 1K", 0.4),
    (16, "modern_bpf", "modern_ebpf", "6.1.0-%d-amd64", "6.1", 2000, "1.5K to 3K", 0.3),
    (64, "kmod", "kmod", "5.15.0-%d-generic", "5.15", 5500, "3K to 10K", 0.2),
    (2, "modern_bpf", "modern_ebpf", "6.8.0-%d-generic", "6.8", 17000, "10K to 30K", 0.1),
]
CAUSES = ["BURST", "SUSTAINED", "STARVED", "STATE"]

LINE = (
    '{"output_fields":{"evt.hostname":"%(host)s","evt.source":"syscall","evt.time":%(t)d,'
    '"falco.container_memory_used_mb":114.3,"falco.cpu_usage_perc":%(cpu).1f,"falco.duration_sec":%(age)d,'
    '"falco.host_boot_ts":1795100000000000000,"falco.host_cpu_usage_perc":%(hostcpu).1f,'
    '"falco.host_memory_used_mb":2277.3,"falco.host_netinfo.interfaces.eth0.protocols.ipv4.addresses":"192.0.2.2",'
    '"falco.host_netinfo.interfaces.eth0.protocols.ipv6.addresses":"fd00:0:0:0:0:0:0:2,fe80:0:0:0:fc:ff:fe00:1",'
    '"falco.host_num_cpus":%(cpus)d,"falco.host_open_fds":6590,"falco.host_procs_running":%(running)d,'
    '"falco.kernel_release":"%(kernel)s","falco.memory_pss_mb":64.0,"falco.memory_rss_mb":73.6,'
    '"falco.memory_vsz_mb":184.4,"falco.n_added_fds":%(n)d,"falco.n_added_threads":%(n)d,'
    '"falco.n_cached_fd_lookups":%(n)d,"falco.n_cached_thread_lookups":%(n)d,"falco.n_containers":12,'
    '"falco.n_drops_full_threadtable":%(full)d,"falco.n_failed_fd_lookups":15,"falco.n_failed_thread_lookups":5,'
    '"falco.n_fds":1873,"falco.n_missing_container_images":0,"falco.n_noncached_fd_lookups":%(n)d,'
    '"falco.n_noncached_thread_lookups":300,"falco.n_removed_fds":%(n)d,"falco.n_removed_threads":%(n)d,'
    '"falco.n_retrieve_evts_drops":1,"falco.n_retrieved_evts":%(n)d,"falco.n_store_evts_drops":0,'
    '"falco.n_stored_evts":%(n)d,"falco.n_threads":420,"falco.num_evts":%(seen)d,"falco.num_evts_prev":%(n)d,'
    '"falco.outputs_queue_num_drops":0,"falco.reload_ts":%(start)d,"falco.rules.matches_total":3,'
    '"falco.rules.Terminal_shell_in_container":3,'
    '"falco.sha256_config_file.falco_yaml":"0ab8833caf4fee0c675f426b40e479234df4defdef73e85d3012c730e688378f",'
    '"falco.sha256_rules_file.falco_rules_yaml":"1c15d5d543635b76e31cca39d7df8bf4caf50a428613c314d92986a23bfcb617",'
    '"falco.start_ts":%(start)d,"falco.version":"%(version)s","scap.engine_name":"%(driver)s",'
    '"scap.evts_drop_rate_sec":0.0,"scap.evts_rate_sec":%(rate).1f,"scap.n_drops":%(drops)d,'
    '"scap.n_drops_buffer_clone_fork_exit":0,"scap.n_drops_buffer_close_exit":%(half)d,'
    '"scap.n_drops_buffer_connect_exit":0,"scap.n_drops_buffer_dir_file_exit":0,'
    '"scap.n_drops_buffer_execve_exit":0,"scap.n_drops_buffer_open_exit":%(rest)d,'
    '"scap.n_drops_buffer_other_interest_exit":0,"scap.n_drops_buffer_proc_exit":0,'
    '"scap.n_drops_buffer_total":%(drops)d,"scap.n_drops_bug":0,"scap.n_drops_page_faults":0,'
    '"scap.n_drops_perc":0.0,"scap.n_drops_prev":0,"scap.n_drops_scratch_map":0,"scap.n_evts":%(evts)d,'
    '"scap.n_evts_prev":%(n)d,"scap.sys_exit.avg_time_ns":68,"scap.sys_exit.run_cnt":%(n)d,'
    '"scap.sys_exit.run_time_ns":44126},"sample":%(n)d}\n')


def lines(rng, host, cls, samples, cause, deviant):
    cpus, driver, _, kernel, _, typical, _, _ = cls
    rate = typical * cpus * rng.uniform(0.85, 1.15) * (12 if deviant == "rate" else 1)
    start = START + rng.randrange(10**9)
    v = {"host": host, "cpus": cpus, "driver": driver, "kernel": kernel % rng.choice((18, 21, 25)), "start": start,
         "version": "0.43.1" if deviant == "version" else "0.44.1", "full": 0, "hostcpu": 20.0}
    evts = drops = 0
    cpu_ns = 0.0
    out = []
    for i in range(1, samples + 1):
        here = rate * rng.uniform(0.9, 1.1)
        lost, busy, running = 0.0, min(0.2 + here * 1e-6, 0.5), rng.randint(1, max(1, cpus // 2))
        if cause == "BURST" and i in (4, 9):
            here *= 8
            lost, busy = 0.1, 0.5
        elif cause == "SUSTAINED" and i > 1:
            lost, busy = 0.3, 1.0
        elif cause == "STARVED" and i % 4 == 2:
            lost, busy, running = 0.05, 0.3, cpus * 3
        elif cause == "STATE" and i in (3, 6):
            # Drops of a burst beside a thread table that is full most of the time.
            here *= 6
            lost, busy = 0.002, 0.4
        if cause == "STATE":
            v["full"] += 2000 * i
        events = int(here * 60)
        gone = int(events * lost)
        evts += events
        drops += gone
        cpu_ns += busy * MINUTE
        age = i * MINUTE
        v.update(t=start + age, age=age // 10**9, cpu=100 * cpu_ns / age, running=running, n=i, evts=evts, drops=drops,
                 seen=evts - drops, half=drops // 2, rest=drops - drops // 2, rate=here)
        out.append(LINE % v)
    return out


def plan(rng, hosts):
    """Class, cause and deviation of each host, exact shares in a shuffled order."""
    kinds = [c for c in CLASSES for _ in range(round(c[7] * hosts))][:hosts]
    kinds += [CLASSES[0]] * (hosts - len(kinds))
    rng.shuffle(kinds)
    order = list(range(hosts))
    rng.shuffle(order)
    n_drop, n_deviant = max(4, hosts * 15 // 1000), max(2, hosts // 100)
    causes = {h: CAUSES[i % 3] for i, h in enumerate(order[:n_drop])}
    deviants = {h: ("rate", "version")[i % 2] for i, h in enumerate(order[n_drop:n_drop + n_deviant])}
    return kinds, causes, deviants


def break_some(out, expect):
    """Files that cannot be read whole; none of a host that is expected for anything else."""
    folder = os.path.join(out, "files", "broken")
    os.makedirs(folder)
    good = os.path.join(out, "files", "000")
    whole = open(os.path.join(good, sorted(os.listdir(good))[0])).readlines()
    for name, text in (("empty.jsonl", ""), ("garbage.jsonl", "\x00\x01 no metrics\n" * 3),
                       ("other.json", '{"something": "else"}\n'), ("cut.jsonl", whole[0][:700])):
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)
        expect["broken"]["broken/" + name] = 0 if name == "empty.jsonl" else -1


def main():
    out, hosts, samples = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    kinds, causes, deviants = plan(rng, hosts)
    expect = {"hosts": hosts, "classes": [], "drops": {}, "deviants": {}, "broken": {}}
    for h in range(hosts):
        name = "node-%05d" % h
        folder = os.path.join(out, "files", "%03d" % (h // 500))
        os.makedirs(folder, exist_ok=True)
        text = lines(rng, name, kinds[h], samples, causes.get(h), deviants.get(h))
        with open(os.path.join(folder, name + ".jsonl"), "w") as f:
            f.writelines(text)
        if h in causes:
            expect["drops"][name] = causes[h]
        if h in deviants:
            expect["deviants"][name] = deviants[h]
    for c in CLASSES:
        expect["classes"].append({"n_cpus": c[0], "driver": c[2], "kernel": c[4], "band": c[6],
                                  "hosts": kinds.count(c)})
    break_some(out, expect)
    with open(os.path.join(out, "expect.json"), "w") as f:
        json.dump(expect, f, indent=1)


main()

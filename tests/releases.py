#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The selection of each Falco release once more, straight from the tables of the reference.

    releases.py CATALOG FALCOTUNE TMP

Runs falcotune for every release and a list of rule sets and settings, computes the same sets from
CATALOG/falco-X/{events,syscalls}.tsv, and prints one line for each difference. Independent of the
program: it shares no data and no code with it.
"""
import itertools
import json
import os
import subprocess
import sys

CATALOG, FT, TMP = sys.argv[1:4]
REPAIR = ("clone clone3 fork vfork execve execveat fchdir chdir chroot capset setgid setgid32 "
          "setpgid setresgid setresgid32 setresuid setresuid32 setsid setuid setuid32 prctl "
          "sched_process_exit").split()


def table(path):
    with open(path, encoding="utf-8") as f:
        head, *rows = [line.rstrip("\n").split("\t") for line in f]
    return [dict(zip(head, row)) for row in rows]


class Release:
    def __init__(self, version):
        folder = f"{CATALOG}/falco-{version}"
        self.minor = int(version.split(".")[1])
        self.events = table(f"{folder}/events.tsv")
        for e in self.events:
            e["sc"] = [] if e["syscalls"] == "-" else e["syscalls"].split(",")
        rows = [r for r in table(f"{folder}/syscalls.tsv") if r["name"] != "unknown"]
        self.names = {r["name"] for r in rows}
        self.state = {r["name"] for r in rows if r["state"] == "1"}
        self.ignored = (self.category("io_read") | self.category("io_write")) - self.state

    def category(self, name):
        return {s for e in self.events for s in e["sc"]
                if e["category"] == name and e["source"] in ("syscall", "tracepoint")}

    def lookup(self, names):
        """Names as rules and custom_set write them -> syscalls."""
        out, generic = set(), False
        for name in names:
            own = [e for e in self.events[2:] if e["name"] == name]
            for e in own:
                out |= set(e["sc"])
            generic |= not own and name in self.names
        if generic:
            out |= {n for n in names if n in self.events[0]["sc"] or n in self.events[1]["sc"]}
        return out

    def printed(self, scs):
        names, covered = set(), set()
        for e in self.events[2:]:
            if scs & set(e["sc"]):
                names.add(e["name"])
                covered |= set(e["sc"])
        return sorted(names | (scs - covered))

    def repair(self, scs):
        out = scs | (set(REPAIR) & self.names)
        if scs & self.category("net"):
            out |= {"socket", "getsockopt", "close"}
        if scs & {"accept", "accept4", "listen"}:
            out |= {"bind"}
        if any(scs & self.category(c) for c in ("file", "io_read", "io_write", "io_other")):
            out |= {"close"}
        return out

    def select(self, rules, custom, repair, every):
        r = set().union(*[self.lookup(names) for names in rules])
        positive = self.lookup([c for c in custom if c and c[0] != "!"])
        negative = self.lookup([c[1:] for c in custom if c.startswith("!")])
        sel = r | (positive or self.state)
        if repair and not positive:
            sel = self.repair(r)
        sel -= negative
        state = set() if positive else sel - r
        ignored = set() if every else sel & self.ignored
        sel -= ignored
        before = sel
        if repair and custom:
            sel = self.repair(sel)
        return {"rules": self.printed(r), "added": self.printed(positive),
                "removed": self.printed(negative), "state": self.printed(state),
                "ignored": self.printed(ignored), "repaired": self.printed(sel - before),
                "final": self.printed(sel | {"sched_process_exit"})}, \
            [bool(self.lookup(n)) and not self.lookup(n) & sel for n in rules]


RULES = [
    [["execve", "execveat"]],
    [["open", "openat", "openat2"], ["connect"], ["read", "pread"]],
    [["accept", "listen"], ["recvmmsg"], ["sendmmsg", "getpid"], ["fcntl", "setpgid"]],
    [["procexit"], ["setreuid"], ["close_range"], ["keyctl"]],
]
CUSTOM = [[], ["open", "nosuch"], ["!open", "!clone", "!setpgid"], ["accept", "!connect"],
          ["recvmmsg", "write"]]


def rules_file(rules):
    path = f"{TMP}/rules.yaml"
    with open(path, "w", encoding="utf-8") as f:
        for i, names in enumerate(rules):
            f.write(f"- rule: r{i}\n  desc: d\n  output: o\n  priority: INFO\n"
                    f"  condition: evt.type in ({', '.join(names)})\n")
    return path


def main():
    versions = [r["falco"] for r in table(f"{CATALOG}/falco-versions.tsv")]
    bad = n = 0
    for version in versions:
        rel = Release(version)
        for rules in RULES:
            path = rules_file(rules)
            for custom, repair, every in itertools.product(CUSTOM, (False, True), (False, True)):
                base = {"custom_set": custom, "repair": repair}
                argv = [FT, "syscalls", "-r", path, "--falco", version, "--format", "json"]
                if every and rel.minor < 40:
                    argv.append("-A")
                else:
                    base["all"] = every
                run = subprocess.run(argv + ["-o", "base_syscalls=" + json.dumps(base)],
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60,
                                     check=False)
                what = f"{version} {rules} {custom} repair={repair} all={every}"
                n += 1
                if run.returncode:
                    print(f"{what}: exit code {run.returncode}")
                    bad += 1
                    continue
                got = json.loads(run.stdout)
                want, blind = rel.select(rules, custom, repair, every)
                for key, names in want.items():
                    if got[key] != names:
                        print(f"{what}: {key}: {sorted(set(got[key]) ^ set(names))}")
                        bad += 1
                names = [f"r{i}" for i, b in enumerate(blind) if b]
                if got["ledger"]["blind"] != names:
                    print(f"{what}: blind: {got['ledger']['blind']}, expected {names}")
                    bad += 1
    print(f"{n} selections of {len(versions)} releases compared")
    return 1 if bad else 0


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""promcheck.py FILE: check Prometheus' text format (0.0.4) strictly, and print the samples as JSON.

Each family has its HELP and TYPE before its samples and is in one piece, no series is there twice,
names, labels and their escapes are valid. Exit 1 with the line of the first fault.
"""
import json
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL}(?:,|(?=\}})))*)\}})? (\S+)")
UNITS = ("_ratio", "_seconds", "_bytes", "_per_second", "_cores")
NO_UNIT = re.compile(r"_(info|complete|verified|rank|syscalls|repeats_ok|repeats_failed|agrees|verdict|recommendation)$")


def fault(number, text):
    print(f"{sys.argv[1]}:{number}: {text}")
    sys.exit(1)


def main():
    with open(sys.argv[1], "rb") as f:
        raw = f.read()
    text = raw.decode("utf-8")
    if text and not text.endswith("\n"):
        fault(text.count("\n") + 1, "no line end")
    helped, typed, done, seen = set(), {}, set(), set()
    family, out = None, []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        head = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
        if head:
            kind, name, rest = head.groups()
            if name != family:
                if name in done:
                    fault(number, f"{name} is in two pieces")
                family = name
                done.add(name)
            if kind == "HELP":
                if name in helped:
                    fault(number, "a second HELP")
                helped.add(name)
            else:
                if rest not in ("gauge", "counter") or name in typed:
                    fault(number, "TYPE")
                typed[name] = rest
                if rest == "gauge" and name.endswith("_total"):
                    fault(number, "a gauge named as a counter")
                if not name.endswith(UNITS) and not NO_UNIT.search(name):
                    fault(number, f"{name} has no unit")
            continue
        sample = SAMPLE.fullmatch(line)
        if not sample:
            fault(number, f"no sample: {line}")
        name, labels, value = sample.group(1), sample.group(2) or "", sample.groups()[-1]
        if name != family or name not in helped or name not in typed:
            fault(number, "a sample without HELP and TYPE before it")
        pairs = {k: re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], v)
                 for k, v in re.findall(LABEL, labels)}
        key = (name, tuple(sorted(pairs.items())))
        if key in seen:
            fault(number, "a series for the second time")
        seen.add(key)
        out.append({"name": name, "labels": pairs, "value": float(value)})
    if helped - {s["name"] for s in out}:
        fault(0, "a family without a sample")
    json.dump(out, sys.stdout)


main()

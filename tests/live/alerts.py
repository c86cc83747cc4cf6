#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What test_alerts.sh has of alerts.table.

alerts.py plan TABLE DIR [--no-container WHY]      lines of run_actions.sh on standard output
alerts.py check TABLE DIR SET ID RULES... [--no-container WHY]
        the table of proof of the alerts of SET, whose rules are in RULES; exit status 1 when an alert
        is missing, has other fields, or came from a near miss. ID is that of the container.
"""
import json
import os
import re
import shlex
import sys


class Row:
    def __init__(self, line, number):
        rule, action, rest = (part.strip() for part in line.split(" | ", 2))
        self.miss = rule.startswith("!")
        self.rule = rule.lstrip("!")
        self.mark = f"r{number:03}"
        self.action = None if action == "-" else action
        self.rest = rest
        self.in_container = self.action is not None and " container" in self.action

    def fill(self, text, dir, id=""):
        return text.replace("%m", self.mark).replace("%d", f"{dir}/a/{self.mark}").replace("%c", id)


def rows(table):
    with open(table, encoding="utf-8") as f:
        lines = [l.rstrip("\n") for l in f if l.strip() and not l.startswith("#")]
    return [Row(line, i + 1) for i, line in enumerate(lines)]


def plan(table, dir, no_container):
    for row in rows(table):
        if row.action and not (row.in_container and no_container):
            words = shlex.split(row.fill(row.action, dir))
            print(row.mark, " ".join(shlex.quote(w) for w in words))


def rule_names(files):
    """(priority, file) of each rule in the order of the files, without a YAML library."""
    found = {}
    for path in files:
        name = None
        with open(path, encoding="utf-8") as f:
            for line in f:
                m = re.match(r"- rule: +(.+?)\s*$", line)
                if m:
                    name = m.group(1).strip("'\"")
                    found[name] = (None, path)
                m = re.match(r"  priority: *(\w+)", line) if name else None
                if m:
                    found[name] = (m.group(1), path)
    return found


def wrong_fields(row, alert, dir, id):
    """What of the alert is not as the row says."""
    want = {"user.name": "root", "container.id": id if row.in_container else "host"}
    for pair in shlex.split(row.rest.replace("\\", "\\\\")):
        key, _, value = row.fill(pair, dir, id).partition("=")
        want[key] = value
    got = alert["output_fields"]
    return [f"{k} is {got.get(k, 'absent')!r}, expected {v!r}" for k, v in want.items()
            if k not in got or not re.fullmatch(v, str(got[k]))], len(want)


def check(table, dir, which, id, files, no_container):
    alerts = []
    with open(f"{dir}/{which}/alerts", encoding="utf-8", errors="replace") as f:
        alerts = [json.loads(line) for line in f]
    by_rule = {}
    for a in alerts:
        by_rule.setdefault(a["rule"], []).append((a, json.dumps(a["output_fields"])))
    with open(f"{dir}/failed", encoding="utf-8") as f:
        failed = dict(line.rstrip("\n").split(" ", 1) for line in f)

    def of(row, rule):
        return [a for a, text in by_rule.get(rule, ()) if re.search(rf"\b{row.mark}\b", text)]

    names, bad, proof, compared, misses = rule_names(files), [], {}, 0, 0
    for row in rows(table):
        if row.rule not in names:
            continue
        if not row.action:
            proof[row.rule] = ("no", "-", row.rest)
            continue
        if row.in_container and no_container:
            proof.setdefault(row.rule, ("no", "-", no_container))
            continue
        if row.mark in failed:
            bad.append(f"{row.rule}: the action could not be done: {failed[row.mark]}")
        if not of(row, "Program of an action"):
            bad.append(f"{row.rule}: the engine saw nothing of {row.mark}")
        found = of(row, row.rule)
        if row.miss:
            misses += 1
            if found:
                bad.append(f"{row.rule}: alert of a near miss ({row.rest}): {found[0]['output']}")
            continue
        if not found:
            bad.append(f"{row.rule}: no alert of {row.action}")
            proof[row.rule] = ("NO", "-", "the action raised none")
            continue
        wrong, n = min((wrong_fields(row, a, dir, id) for a in found), key=lambda w: len(w[0]))
        priority = names[row.rule][0]
        if priority and found[0]["priority"].lower()[:4] != priority.lower()[:4]:
            wrong.append(f"priority is {found[0]['priority']}, expected {priority}")
        compared += n
        bad += [f"{row.rule}: {w}" for w in wrong]
        if proof.get(row.rule, ("yes", "ok"))[1] != "WRONG":
            proof[row.rule] = ("yes", "WRONG" if wrong else "ok", row.action)

    for rule in names:
        proof.setdefault(rule, ("NO", "-", "no row of the table"))
        bad += [f"{rule}: is not in the table"] if proof[rule][2].startswith("no row") else []
    print_proof(names, proof)
    print("".join(f"WRONG {b}\n" for b in bad), end="")
    deprecated = [r for r in names if names[r][1].endswith("-deprecated_rules.yaml")]
    print(f"{compared} fields compared, {misses} near misses raised none" if not bad else
          f"{len(bad)} faults")
    print(count(proof, set(names) - set(deprecated), f"{which} rules") +
          (", " + count(proof, deprecated, "deprecated ones") if deprecated else ""))
    return 1 if bad else 0


def count(proof, names, what):
    return f"{sum(proof[r][0] == 'yes' for r in names)} of {len(names)} {what} alerted"


def print_proof(names, proof):
    width = max(map(len, names))
    before = None
    print(f"{'rule':{width}}  alert  fields  action, or what is missing")
    for rule, (_, path) in names.items():
        if path != before:
            before = path
            print(f"-- {os.path.basename(path)}: "
                  f"{count(proof, [r for r in names if names[r][1] == path], 'rules')}")
        alerted, fields, note = proof[rule]
        print(f"{rule:{width}}  {alerted:5}  {fields:6}  {note}")


def main(argv):
    no_container = None
    if "--no-container" in argv:
        at = argv.index("--no-container")
        no_container = argv[at + 1]
        argv = argv[:at] + argv[at + 2:]
    if argv[1] == "plan":
        plan(argv[2], os.path.realpath(argv[3]), no_container)
        return 0
    return check(argv[2], os.path.realpath(argv[3]), argv[4], argv[5], argv[6:], no_container)


sys.exit(main(sys.argv))

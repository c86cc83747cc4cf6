#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""doc_commands.py cli|live FILE...: the commands of the documents, as a test can run them.

Commands are the lines of ```sh blocks, and code within text. Prints a line for each: FILE:LINE, the expected exit
codes, how it is run and the command, separated by tabs. The exit code is 0 unless the line's comment says "exit N".
Where HOW is not "as it is" the command was changed by the first row of CHANGES that fits, and HOW says why;
"excluded" is not run.
"""
import re
import sys

# Places of the documents -> places of the prepared folder.
PLACES = [
    (r"^sudo ", ""),
    (r"/etc/falco/|/var/log/falco/|/var/lib/node_exporter/", ""),
    (r"\$\(pidof falco\)|\b1234,1250\b", "$FALCO_PID"),
]
# (mode or None, pattern of the command, what is added to it or None for excluded, why, exit codes or None)
CHANGES = [
    (None, r"^make (run|test|deb|install|soak|bench|fuzz)", None, "it builds, installs or runs this very test", None),
    (None, r"^(cmake|podman|ctest) ", None, "it builds: the programs under test were built so", None),
    (None, r"^falcotune doctor", "", "as it is; 3 is an answer too", "0,3"),
    ("live", r"^falcotune run --quick",
     "--engine embedded --cases open --no-verify --duration 1s --warmup 200ms --repeats 1",
     "one case, one repeat of a second; 1 where this host drops", "0,1"),
    ("live", r"^falcotune (run|capacity|diff)\b", None, "another live test has it, or this one's in tests/cli",
     None),
    ("live", r"^falcotune survey (?!.*--from)", "--duration 1s", "one second", None),
    ("live", r"^falcotune profile .*--calibrate", None, "minutes of runs; live/test_profile has a short one", None),
    ("live", r"^falcotune profile .*--(knock-out|events)", None, "the other test has it", None),
    ("live", r"^falcotune profile .*--sample", "--duration 1s", "one second", None),
    ("live", r"^falcotune profile ", "--engine embedded --duration 1s", "one second", None),
    ("live", r"^falcotune advise --observe", "--no-verify --engine embedded --duration 2s",
     "two seconds, nothing tried", None),
    ("live", r"^falcotune-engine .*-M 60", "-M 1", "one second", None),
    ("live", r".", None, "needs no root: the other test has it", None),
    ("cli", r"^falcotune run .*--resume", "--help", "there is no interrupted run here", None),
    ("cli", r"^falcotune run .*--plan", "", "as it is", None),
    ("cli", r"^falcotune (run|capacity|profile)\b(?!.*--(from|events|sample))", "--print-commands", "needs root", None),
    ("cli", r"^falcotune profile .*--events.*--calibrate", "--help", "minutes of replays", None),
    ("cli", r"^falcotune profile .*--events", "--engine embedded --runs 2", "two replays", None),
    ("cli", r"^falcotune survey (?!.*--from)", "--print-commands", "needs root", None),
    ("cli", r"^falcotune advise --observe|^falcotune profile .*--sample", "--help",
     "needs root and a running Falco", None),
    ("cli", r"^falcotune diff .*--measure", "--help", "needs root", None),
    ("cli", r"^falcotune advise results", "--no-verify --engine embedded", "nothing live", None),
    ("cli", r"^falcotune advise --from", "--no-verify --engine embedded", "nothing live", None),
    ("cli", r"^falcotune-engine .*-M 60", "--dry-run", "needs root", None),
    ("cli", r"^falcotune-load (?!.*--(check|operations|list))", "--duration 1s", "one second", None),
]


def change(mode, command, codes):
    for only, pattern, add, why, other in CHANGES:
        if only in (None, mode) and re.search(pattern, command):
            if add is None:
                return codes, "excluded: " + why, ""
            main, to, target = command.partition(" >")
            how = why if add or other else "as it is"
            return other or codes, how, " ".join((main + " " + add).split()) + to + target
    return codes, "as it is", command


def say(mode, name, n, command, said):
    command = command.strip()
    for pattern, to in PLACES:
        command = re.sub(pattern, to, command)
    codes, how, changed = change(mode, command, said[1] if said else "0")
    if (codes, changed) in DONE:
        return
    if changed:
        DONE.add((codes, changed))
    print(f"{name.rsplit('/', 1)[-1]}:{n}", codes, how, changed or command, sep="\t")


DONE = set()  # each is run once


def main():
    mode, files = sys.argv[1], sys.argv[2:]
    for name in files:
        block, prose = None, ""
        for n, line in enumerate(open(name, encoding="utf-8"), 1):
            line = line.rstrip("\n")
            fence = line.startswith("```")
            prose += "\n" if fence or block is not None else line + "\n"
            if fence:
                block = line[3:] if block is None else None
            elif block == "sh" and line.strip() and not line.lstrip().startswith("#"):
                command, _, comment = line.partition(" #")
                say(mode, name, n, command, re.search(r"exit (\d+)", comment))
        for span in re.finditer(r"`([^`]+)`", prose):
            command = " ".join(span[1].split())
            if re.match(r"(sudo )?(falcotune [a-z]+|falcotune-[a-z]+) .", command):
                say(mode, name, prose.count("\n", 0, span.start()) + 1, command, None)


main()

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The six rule sets on which the cost model is tried, for bench_model.sh and bench_model_live.sh: $rules/NAME.yaml
# for each NAME of "${sets[@]}". To be sourced behind lib.sh.
rules=$tmp/rules
mkdir "$rules"
head_of() { printf -- '- rule: %s\n  desc: d\n  output: o %%fd.name %%proc.cmdline\n  priority: INFO\n  condition: ' "$1"; }
one() { head_of "$1"; printf '%s\n' "$2"; }
opened='evt.type in (open, openat, openat2) and evt.is_open_read = true'
{
	one Keys "$opened and fd.name contains id_rsa and not proc.name in (sh, bash)"
	one Etc "$opened and fd.name startswith /nowhere and proc.pname = cron"
	one Homes "$opened and fd.name glob '/home/*/.ssh/*'"
	one Roots "$opened and fd.name pmatch (/root, /boot, /proc/kcore)"
} >"$rules/files.yaml"
{
	one Shells "evt.type in (execve, execveat) and proc.name in (sh, bash, dash) and proc.pname in (nginx, httpd)"
	one Ancestors "evt.type in (execve, execveat) and proc.aname[2] in (sshd, cron) and proc.cmdline contains curl"
	one Lines "evt.type in (execve, execveat) and proc.cmdline contains --no-such and proc.exepath startswith /opt"
} >"$rules/processes.yaml"
{
	one Connects "evt.type = connect and fd.sip = 10.1.2.3"
	one Accepts "evt.type in (accept, accept4) and fd.lport in (1, 2, 3)"
	one Closes "evt.type = close and fd.num >= 500 and fd.typechar = 4"
} >"$rules/network.yaml"
{
	for i in $(seq 12); do
		one "Path $i" "$opened and fd.name in (/etc/a$i, /etc/b$i) and proc.name != x$i"
		one "Close $i" "evt.type = close and fd.name startswith /nowhere/$i"
	done
	one Pattern "$opened and fd.name regex '^/nowhere/[a-z]+$'"
} >"$rules/many.yaml"
sets=(files processes network many)
upstream=$(dirname "$BENCH_RULES")
if [ -r "$upstream/falco_rules.yaml" ] && [ -r "$upstream/falco-incubating_rules.yaml" ]; then
	cp "$upstream/falco_rules.yaml" "$rules/stable.yaml"
	cat "$upstream/falco_rules.yaml" "$upstream/falco-incubating_rules.yaml" >"$rules/both.yaml"
else
	echo "the upstream rules are not here: two sets of made-up rules stand in" >&2
	cat "$rules/files.yaml" "$rules/network.yaml" >"$rules/stable.yaml"
	cat "$rules"/{files,network,processes,many}.yaml >"$rules/both.yaml"
fi
sets+=(stable both)

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/cgroup.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "engine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How long killed processes may take to leave a group. */
#define GONE_LIMIT (5 * NS_PER_S)
#define SUBTREE	   "cgroup.subtree_control"

/* ---- limits ---- */

bool cgroup_limited(const struct cgroup_limits *l)
{
	return l->cpus > 0 || l->memory > 0;
}

int cgroup_parse_cpus(const char *text, const char *option, double *out, struct error *err)
{
	if (units_number(text, out) && *out >= CGROUP_CPUS_MIN && *out <= CGROUP_CPUS_MAX)
		return 0;
	return error_input(err, "option %s: '%s' is not a number of CPUs from %g to %g", option,
			   text, CGROUP_CPUS_MIN, CGROUP_CPUS_MAX);
}

int cgroup_parse_memory(const char *text, const char *option, int64_t *out, struct error *err)
{
	uint64_t bytes;

	if (!units_size(text, &bytes) || bytes < (uint64_t)CGROUP_MEMORY_MIN ||
	    bytes > (uint64_t)INT64_MAX / 2)
		return error_input(err,
				   "option %s: '%s' is not a size of 1Mi or more, such as 512Mi",
				   option, text);
	*out = (int64_t)bytes;
	return 0;
}

void cgroup_describe(const struct cgroup_limits *l, struct strbuf *out)
{
	if (!cgroup_limited(l))
		strbuf_addstr(out, "no limit");
	if (l->cpus > 0)
		strbuf_addf(out, "%g CPU", l->cpus);
	if (l->memory > 0)
		strbuf_addf(out, "%s%s", l->cpus > 0 ? ", " : "", UNITS_BYTES((double)l->memory));
}

/* ---- what is mounted ---- */

void cgroup_host_release(struct cgroup_host *h)
{
	free(h->cpu.dir);
	free(h->cpu.base);
	free(h->memory.dir);
	free(h->memory.base);
	*h = (struct cgroup_host){0};
}

static bool has_word(const char *list, const char *word, const char *seps)
{
	size_t n = strlen(word);

	for (const char *p = list; *p; p += strspn(p, seps)) {
		size_t len = strcspn(p, seps);

		if (len == n && !strncmp(p, word, n))
			return true;
		p += len;
	}
	return false;
}

/* Does this v2 group offer the controller to groups below it? */
static bool v2_offers(const char *dir, const char *controller)
{
	char *path cleanup_free = fs_join(dir, "cgroup.controllers");
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	return !fs_read_file(path, &text, 4096, NULL) && has_word(text.buf, controller, " \n");
}

/* A field of a mountinfo line: \040 and its like stand for blanks (proc_pid_mountinfo(5)). */
static char *unescape(const char *s)
{
	struct strbuf out = STRBUF_INIT;

	while (*s) {
		unsigned code;

		if (*s == '\\' && sscanf(s + 1, "%3o", &code) == 1 && strlen(s) >= 4) {
			strbuf_addch(&out, (char)code);
			s += 4;
		} else {
			strbuf_addch(&out, *s++);
		}
	}
	return strbuf_detach(&out);
}

static void take_mount(struct cgroup_mount *m, const char *root, const char *base,
		       const char *point, bool v2)
{
	char *at cleanup_free = unescape(point);

	if (m->dir)
		return; /* the first one will do */
	m->dir = xasprintf("%s%s", root, at);
	m->base = unescape(base);
	m->v2 = v2;
}

/* 36 35 98:0 BASE POINT OPTIONS [...] - TYPE SOURCE SUPER */
static void mount_line(char *line, const char *root, bool v2, struct cgroup_host *out)
{
	struct {
		const char *name;
		struct cgroup_mount *m;
	} wanted[] = {{"cpu", &out->cpu}, {"memory", &out->memory}};
	char *sep = strstr(line, " - "), *save = NULL;
	char *field[5], *type, *super;

	if (!sep)
		return;
	*sep = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
		field[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!field[i])
			return;
	}
	type = strtok_r(sep + 3, " ", &save);
	strtok_r(NULL, " ", &save); /* source */
	super = strtok_r(NULL, " ", &save);
	if (!type || !super || strcmp(type, v2 ? "cgroup2" : "cgroup") != 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		char *dir cleanup_free = xasprintf("%s%s", root, field[4]);

		if (v2 ? v2_offers(dir, wanted[i].name) : has_word(super, wanted[i].name, ","))
			take_mount(wanted[i].m, root, field[3], field[4], v2);
	}
}

void cgroup_host_read(const char *root, struct cgroup_host *out)
{
	char *path cleanup_free = xasprintf("%s/proc/self/mountinfo", root);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	*out = (struct cgroup_host){0};
	if (fs_read_file(path, &text, 0, NULL))
		return;
	for (int v2 = 1; v2 >= 0; v2--) {
		char *copy cleanup_free = xstrdup(text.buf), *save = NULL;

		for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
			mount_line(l, root, v2, out);
	}
}

/* ---- a group of our own ---- */

void cgroup_release(struct cgroup *g)
{
	strvec_release(&g->dirs);
	strvec_release(&g->undo);
	free(g->cpu);
	free(g->memory);
	*g = (struct cgroup)CGROUP_INIT;
}

static int plan_one(struct cgroup *g, const struct cgroup_mount *m, const char *controller,
		    const char *name, char **dir, struct error *err)
{
	char *sub cleanup_free = NULL;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (!m->dir)
		return error_env(err,
				 "no control group hierarchy with the %s controller is mounted: a "
				 "%s limit cannot be set",
				 controller, controller);
	*dir = fs_join(m->dir, name);
	if (!strvec_has(&g->dirs, *dir))
		strvec_push(&g->dirs, *dir);
	if (!m->v2)
		return 0;
	/* A group has the controllers that its parent hands down. */
	sub = fs_join(m->dir, SUBTREE);
	if (fs_read_file(sub, &text, 4096, NULL) || !has_word(text.buf, controller, " \n"))
		strvec_pushf(&g->undo, "-%s %s", controller, sub);
	return 0;
}

int cgroup_plan(struct cgroup *g, const struct cgroup_host *h, const char *name,
		const struct cgroup_limits *l, struct error *err)
{
	g->limits = *l;
	g->cpu_v2 = h->cpu.v2;
	g->mem_v2 = h->memory.v2;
	if (l->cpus > 0 && plan_one(g, &h->cpu, "cpu", name, &g->cpu, err))
		return -1;
	if (l->memory > 0 && plan_one(g, &h->memory, "memory", name, &g->memory, err))
		return -1;
	return 0;
}

static int write_word(const char *dir, const char *file, const char *word, struct error *err)
{
	char *path cleanup_free = fs_join(dir, file);
	int fd cleanup_close = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t n = strlen(word);

	if (fd < 0 || write(fd, word, n) != (ssize_t)n)
		return error_sys(err, ERROR_ENV, errno, "%s: '%s' cannot be written", path, word);
	return 0;
}

static int write_number(const char *dir, const char *file, int64_t v, struct error *err)
{
	char word[32];

	snprintf(word, sizeof(word), "%lld", (long long)v);
	return write_word(dir, file, word, err);
}

/* Where the file is there: a limit that can be exceeded by swapping is none. */
static void forbid_swap(const char *dir, const char *file, int64_t v)
{
	char *path cleanup_free = fs_join(dir, file);

	if (fs_exists(path))
		write_number(dir, file, v, NULL);
}

/* Inside a group a process's niceness counts against nobody outside: what falcotune itself was
 * given becomes the group's weight. Each step of niceness is a factor of 1.25 (sched(7)); 1024 and
 * 100 stand for nice 0. */
static void keep_niceness(const struct cgroup *g)
{
	double factor = pow(1.25, -getpriority(PRIO_PROCESS, 0));

	if (g->cpu_v2)
		write_number(g->cpu, "cpu.weight", llround(fmin(fmax(100 * factor, 1), 10000)),
			     NULL);
	else
		write_number(g->cpu, "cpu.shares", llround(fmin(fmax(1024 * factor, 2), 262144)),
			     NULL);
}

static int set_cpu(const struct cgroup *g, struct error *err)
{
	int64_t quota = llround(g->limits.cpus * CGROUP_PERIOD_US);
	char word[64];

	keep_niceness(g);
	if (!g->cpu_v2)
		return write_number(g->cpu, "cpu.cfs_period_us", CGROUP_PERIOD_US, err) ||
				       write_number(g->cpu, "cpu.cfs_quota_us", quota, err)
			       ? -1
			       : 0;
	snprintf(word, sizeof(word), "%lld %d", (long long)quota, CGROUP_PERIOD_US);
	return write_word(g->cpu, "cpu.max", word, err);
}

static int set_memory(const struct cgroup *g, struct error *err)
{
	if (write_number(g->memory, g->mem_v2 ? "memory.max" : "memory.limit_in_bytes",
			 g->limits.memory, err))
		return -1;
	if (g->mem_v2)
		forbid_swap(g->memory, "memory.swap.max", 0);
	else
		forbid_swap(g->memory, "memory.memsw.limit_in_bytes", g->limits.memory);
	return 0;
}

/* "-cpu FILE" read as the word that switches it on or off, and the file. */
static bool undo_entry(const char *entry, bool on, char word[16], const char **file)
{
	size_t n = strcspn(entry, " "), len = strlen(entry);

	if ((strncmp(entry, "-cpu ", 5) && strncmp(entry, "-memory ", 8)) ||
	    len < sizeof(SUBTREE) + n || strcmp(entry + len - strlen(SUBTREE), SUBTREE) != 0)
		return false;
	snprintf(word, 16, "%c%.*s", on ? '+' : '-', (int)n - 1, entry + 1);
	*file = entry + n + 1;
	return true;
}

static int hand_down(const struct cgroup *g, struct error *err)
{
	for (size_t i = 0; i < g->undo.n; i++) {
		const char *file;
		char word[16];
		char *dir cleanup_free = NULL;

		if (!undo_entry(g->undo.v[i], true, word, &file))
			continue;
		dir = fs_dirname(file);
		if (write_word(dir, SUBTREE, word, err))
			return error_wrap(err,
					  "the %s controller is not handed down to new control "
					  "groups here",
					  word + 1);
	}
	return 0;
}

int cgroup_create(const struct cgroup *g, struct error *err)
{
	if (hand_down(g, err))
		return -1;
	for (size_t i = 0; i < g->dirs.n; i++)
		if (mkdir(g->dirs.v[i], 0755))
			return error_sys(err, ERROR_ENV, errno,
					 "%s: the control group cannot be made", g->dirs.v[i]);
	if ((g->cpu && set_cpu(g, err)) || (g->memory && set_memory(g, err)))
		return -1;
	return 0;
}

int cgroup_join(const struct cgroup *g, pid_t pid, struct error *err)
{
	for (size_t i = 0; i < g->dirs.n; i++)
		if (write_number(g->dirs.v[i], "cgroup.procs", pid, err))
			return -1;
	return 0;
}

/* ---- its end ---- */

bool cgroup_is_ours(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return path && *path == '/' && !strstr(path, "/../") &&
	       !strncmp(slash + 1, CGROUP_PREFIX, strlen(CGROUP_PREFIX));
}

bool cgroup_remove_dir(const char *dir)
{
	int64_t limit = clock_mono() + GONE_LIMIT;
	char *all cleanup_free = NULL;

	if (!cgroup_is_ours(dir) || !fs_is_dir(dir))
		return true;
	all = fs_join(dir, "cgroup.kill"); /* version 2 only */
	if (fs_exists(all))
		write_word(dir, "cgroup.kill", "1", NULL);
	while (rmdir(dir) && errno == EBUSY && clock_mono() < limit)
		nanosleep(&(struct timespec){.tv_nsec = 2 * NS_PER_MS}, NULL);
	return !fs_is_dir(dir);
}

/* Has another run a group below dir? It may have found the controller switched on. */
static bool used_by_another(const char *dir)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (fs_list(dir, &names, NULL))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		char *path cleanup_free = fs_join(dir, names.v[i]);

		if (cgroup_is_ours(path) && fs_is_dir(path))
			return true;
	}
	return false;
}

void cgroup_undo(const char *entry)
{
	const char *file;
	char word[16];
	char *dir cleanup_free = NULL;

	if (!undo_entry(entry, false, word, &file))
		return;
	dir = fs_dirname(file);
	if (!used_by_another(dir))
		write_word(dir, SUBTREE, word, NULL);
}

bool cgroup_remove(const struct cgroup *g)
{
	bool gone = true;

	for (size_t i = 0; i < g->dirs.n; i++)
		gone = cgroup_remove_dir(g->dirs.v[i]) && gone;
	for (size_t i = 0; i < g->undo.n; i++)
		cgroup_undo(g->undo.v[i]);
	return gone;
}

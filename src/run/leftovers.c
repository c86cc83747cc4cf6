/* SPDX-License-Identifier: Apache-2.0 */
#include "run/leftovers.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "engine/process.h"
#include "run/cgroup.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX ".json"
/* A load names its folder by this and its pid (src/load/tempdir.h). */
#define LOAD_DIR_PREFIX "falcotune-load."
#define BPF_STATS	"/proc/sys/kernel/bpf_stats_enabled"
/* How long a killed process may take to be gone. */
#define GONE_LIMIT (5 * NS_PER_S)

static const char *const process_names[LEFTOVER_PROCESSES] = {"engine", "load"};

static char *state_dir_path(void)
{
	const char *run = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");

	if (!geteuid())
		return xstrdup("/run/falcotune");
	if (run && *run == '/')
		return fs_join(run, "falcotune");
	return xasprintf("%s/falcotune-%u", tmp && *tmp == '/' ? tmp : "/tmp", (unsigned)geteuid());
}

int leftovers_state_dir(char **out, struct error *err)
{
	char *path = state_dir_path();
	struct stat st;

	if ((mkdir(path, 0700) && errno != EEXIST) || lstat(path, &st))
		error_sys(err, ERROR_ENV, errno, "%s: cannot be made", path);
	else if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		error_env(err, "%s: is not a folder of this user", path);
	else {
		*out = path;
		return 0;
	}
	free(path);
	return -1;
}

int leftovers_begin(struct leftovers *l, const char *state_dir, const char *dir, struct error *err)
{
	const char *tmp = getenv("TMPDIR");

	*l = (struct leftovers)LEFTOVERS_INIT;
	l->path = xasprintf("%s/%d-%llu" SUFFIX, state_dir, (int)getpid(),
			    (unsigned long long)process_start_time(getpid()));
	l->dir = xstrdup(dir);
	l->tmp = xstrdup(tmp && *tmp ? tmp : "/tmp");
	/* A run that ended just now may have taken the empty folder away. */
	if (!leftovers_save(l, NULL))
		return 0;
	mkdir(state_dir, 0700);
	return leftovers_save(l, err);
}

static json_t *pair(pid_t pid, uint64_t start)
{
	return json_pack("{s:i, s:I}", "pid", (int)pid, "start", (json_int_t)start);
}

int leftovers_save(const struct leftovers *l, struct error *err)
{
	json_t *doc;
	char *text;
	int rc;

	if (!l->path)
		return 0;
	doc = json_object();
	json_object_set_new(doc, "owner", pair(getpid(), process_start_time(getpid())));
	json_object_set_new(doc, "dir", utf8_json(l->dir));
	for (size_t i = 0; i < LEFTOVER_PROCESSES; i++)
		if (l->process[i].pid)
			json_object_set_new(doc, process_names[i],
					    pair(l->process[i].pid, l->process[i].start));
	json_object_set_new(doc, "tmp", utf8_json(l->tmp));
	json_object_set_new(doc, "cgroups", utf8_json_list(&l->cgroups));
	json_object_set_new(doc, "cgroup_undo", utf8_json_list(&l->cgroup_undo));
	if (l->bpf_stats >= 0)
		json_object_set_new(doc, "bpf_stats", json_integer(l->bpf_stats));
	text = json_dumps(doc, JSON_COMPACT);
	json_decref(doc);
	if (!text)
		return error_internal(err, "%s: cannot be put as JSON", l->path);
	rc = fs_write_file(l->path, text, strlen(text), 0600, err);
	free(text);
	return rc;
}

void leftovers_end(struct leftovers *l)
{
	if (l->path) {
		char *dir cleanup_free = fs_dirname(l->path);

		unlink(l->path);
		rmdir(dir); /* stays while others have records in it */
	}
	free(l->path);
	free(l->dir);
	free(l->tmp);
	strvec_release(&l->cgroups);
	strvec_release(&l->cgroup_undo);
	*l = (struct leftovers)LEFTOVERS_INIT;
}

static bool alive(const json_t *p)
{
	json_int_t pid = json_integer_value(json_object_get(p, "pid"));
	uint64_t start = (uint64_t)json_integer_value(json_object_get(p, "start"));

	return pid > 1 && start && process_start_time((pid_t)pid) == start;
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 2 * NS_PER_MS}, NULL);
}

/* A process that a dead run started, with its group. Zombies of another parent count as gone. */
static void kill_process(const json_t *p, const char *what, struct strvec *done)
{
	pid_t pid = (pid_t)json_integer_value(json_object_get(p, "pid"));
	int64_t limit = clock_mono() + GONE_LIMIT;

	if (!alive(p))
		return;
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (alive(p) && clock_mono() < limit)
		nap();
	strvec_pushf(done, "%s %d (%s)", what, (int)pid, alive(p) ? "did not end" : "killed");
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Its process is gone, so nobody uses it. */
static void remove_load_dirs(const char *tmp, const json_t *load, struct strvec *done)
{
	json_int_t pid = json_integer_value(json_object_get(load, "pid"));
	char *prefix cleanup_free = xasprintf(LOAD_DIR_PREFIX "%lld.", (long long)pid);
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (pid <= 1 || !tmp || process_start_time((pid_t)pid) || fs_list(tmp, &names, NULL))
		return;
	for (size_t i = 0; i < names.n; i++) {
		char *path cleanup_free = fs_join(tmp, names.v[i]);
		struct stat st;

		if (!strncmp(names.v[i], prefix, strlen(prefix)) && !lstat(path, &st) &&
		    S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !fs_remove_tree(path, NULL))
			strvec_pushf(done, "folder of a load %s", path);
	}
}

static int write_word(const char *path, const char *word)
{
	FILE *f cleanup_fclose = fopen(path, "we");

	return !f || fputs(word, f) == EOF || fflush(f) ? -1 : 0;
}

/* Its processes were killed before. */
static void remove_cgroups(const json_t *doc, struct strvec *done)
{
	const json_t *list = json_object_get(doc, "cgroups"), *e;
	size_t i;

	json_array_foreach(list, i, e)
	{
		const char *dir = json_string_value(e);

		if (dir && cgroup_is_ours(dir) && fs_is_dir(dir))
			strvec_pushf(done, "control group %s%s", dir,
				     cgroup_remove_dir(dir) ? "" : " (still busy)");
	}
	json_array_foreach(json_object_get(doc, "cgroup_undo"), i, e)
	{
		if (json_is_string(e))
			cgroup_undo(json_string_value(e));
	}
}

static void restore_bpf_stats(const json_t *v, struct strvec *done)
{
	uint64_t now;

	if (!json_is_integer(v) || !fs_read_u64(BPF_STATS, &now) ||
	    now == (uint64_t)json_integer_value(v))
		return;
	if (!write_word(BPF_STATS, json_integer_value(v) ? "1" : "0"))
		strvec_pushf(done, "kernel.bpf_stats_enabled set back to %d",
			     (int)json_integer_value(v));
}

static void undo(const json_t *doc, struct strvec *done)
{
	for (size_t i = 0; i < LEFTOVER_PROCESSES; i++)
		kill_process(json_object_get(doc, process_names[i]), process_names[i], done);
	remove_load_dirs(json_string_value(json_object_get(doc, "tmp")),
			 json_object_get(doc, process_names[LEFTOVER_LOAD]), done);
	remove_cgroups(doc, done);
	restore_bpf_stats(json_object_get(doc, "bpf_stats"), done);
}

static void push_owner(const json_t *doc, struct strvec *out)
{
	const char *dir = json_string_value(json_object_get(doc, "dir"));
	const json_t *owner = json_object_get(doc, "owner");

	strvec_pushf(out, "falcotune %d in %s",
		     (int)json_integer_value(json_object_get(owner, "pid")), dir ? dir : "?");
}

static bool is_record(const char *name)
{
	size_t n = strlen(name);

	return n > strlen(SUFFIX) && !strcmp(name + n - strlen(SUFFIX), SUFFIX);
}

static void clean_one(const char *path, struct strvec *done, struct strvec *live)
{
	json_t *doc = json_load_file(path, 0, NULL);
	const json_t *owner = json_object_get(doc, "owner");

	if (!owner)
		; /* not ours */
	else if (alive(owner))
		push_owner(doc, live);
	else {
		undo(doc, done);
		unlink(path);
	}
	json_decref(doc);
}

/* A record that was being written when its owner was killed: NAME.json.tmpPID (base/fs.c). */
static void remove_half_written(const char *path)
{
	const char *tmp = strstr(base_name(path), SUFFIX ".tmp");
	pid_t pid = tmp ? (pid_t)strtol(tmp + strlen(SUFFIX ".tmp"), NULL, 10) : 0;

	if (pid > 1 && !process_start_time(pid))
		unlink(path);
}

int leftovers_clean(const char *state_dir, struct strvec *done, struct strvec *live,
		    struct error *err)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (fs_list(state_dir, &names, err)) {
		if (err)
			err->kind = ERROR_ENV;
		return -1;
	}
	for (size_t i = 0; i < names.n; i++) {
		char *path cleanup_free = fs_join(state_dir, names.v[i]);

		if (is_record(names.v[i]))
			clean_one(path, done, live);
		else
			remove_half_written(path);
	}
	return 0;
}

void leftovers_look(struct strvec *dead, struct strvec *live)
{
	char *dir cleanup_free = state_dir_path();
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (!fs_is_dir(dir) || fs_list(dir, &names, NULL))
		return;
	for (size_t i = 0; i < names.n; i++) {
		char *path cleanup_free = fs_join(dir, names.v[i]);
		json_t *doc = is_record(names.v[i]) ? json_load_file(path, 0, NULL) : NULL;
		const json_t *owner = json_object_get(doc, "owner");

		if (owner)
			push_owner(doc, alive(owner) ? live : dead);
		json_decref(doc);
	}
}

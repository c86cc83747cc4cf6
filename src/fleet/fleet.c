/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/fleet.h"

#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ---- */

/* Files that are read one after the other by one thread, so that a host's rotated files become one
 * record: indexes into the list of files. */
struct group {
	size_t first, n;
};

struct work {
	const struct fleet_options *o;
	struct strvec files;
	struct group *v;
	size_t n, alloc;
	atomic_size_t next;
	pthread_mutex_t lock; /* of f */
	struct fleet *f;
};

/* A folder with no more files than this is taken to be of few hosts, and is read by one thread. */
#define FOLDER_FEW 16
/* Folders below each other. */
#define DEPTH_MAX 40

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What rotation adds comes behind the first dot: "m.jsonl" and "m.jsonl.1", but not "node-1.jsonl"
 * and "node-2.jsonl". */
static bool is_rotated(const char *a, const char *b)
{
	const char *x = base_name(a), *y = base_name(b);
	size_t n = strcspn(x, ".");

	return n == strcspn(y, ".") && !strncmp(x, y, n);
}

static void add_group(struct work *w, size_t first, size_t n)
{
	if (!n)
		return;
	ALLOC_GROW(w->v, w->n, w->alloc);
	w->v[w->n++] = (struct group){first, n};
}

/* The files of one folder, which begin at first. */
static void group_folder(struct work *w, size_t first)
{
	size_t n = w->files.n - first, from = first;

	if (n <= FOLDER_FEW) {
		add_group(w, first, n);
		return;
	}
	for (size_t i = first + 1; i <= w->files.n; i++) {
		if (i < w->files.n && is_rotated(w->files.v[i - 1], w->files.v[i]))
			continue;
		add_group(w, from, i - from);
		from = i;
	}
}

static int walk(struct work *w, const char *dir, int depth, struct error *err)
{
	struct strvec names cleanup_strvec = STRVEC_INIT, below cleanup_strvec = STRVEC_INIT;
	size_t first = w->files.n;

	if (depth > DEPTH_MAX)
		return error_input(err, "%s: more than %d folders below each other", dir,
				   DEPTH_MAX);
	if (fs_list(dir, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		char *path cleanup_free = fs_join(dir, names.v[i]);
		struct stat st;

		if (lstat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			strvec_push(&below, path);
		else if (S_ISREG(st.st_mode) ||
			 (S_ISLNK(st.st_mode) && !stat(path, &st) && S_ISREG(st.st_mode)))
			strvec_push(&w->files, path);
	}
	group_folder(w, first);
	for (size_t i = 0; i < below.n; i++)
		if (walk(w, below.v[i], depth + 1, err))
			return -1;
	return 0;
}

static bool is_merged(const char *path)
{
	char head[64] = "";
	int fd cleanup_close = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, head, sizeof(head) - 1) <= 0)
		return false;
	return fleet_is_merged(head);
}

static int find_files(struct work *w, const struct strvec *paths, struct error *err)
{
	for (size_t i = 0; i < paths->n; i++) {
		const char *path = paths->v[i];
		struct stat st;

		if (!strcmp(path, "-")) {
			if (fleet_read_merged(path, w->f, err))
				return -1;
			continue;
		}
		if (stat(path, &st))
			return error_sys(err, ERROR_INPUT, errno, "%s: cannot be read", path);
		if (S_ISDIR(st.st_mode)) {
			if (walk(w, path, 0, err))
				return -1;
		} else if (is_merged(path)) {
			if (fleet_read_merged(path, w->f, err))
				return -1;
		} else {
			strvec_push(&w->files, path);
			add_group(w, w->files.n - 1, 1);
		}
	}
	return 0;
}

/* ---- threads ---- */

static void *reader(void *arg)
{
	struct work *w = arg;
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->n) {
		const struct group *g = &w->v[i];
		const struct strvec files = {.v = w->files.v + g->first, .n = g->n};
		struct taken t = {0};

		take_files(&w->o->take, &files, &t);
		pthread_mutex_lock(&w->lock);
		fleet_add(w->f, &t);
		pthread_mutex_unlock(&w->lock);
		taken_release(&t);
	}
	return NULL;
}

static int jobs(const struct work *w)
{
	long n = w->o->jobs > 0 ? w->o->jobs : sysconf(_SC_NPROCESSORS_ONLN);

	if (n > FLEET_JOBS_MAX)
		n = FLEET_JOBS_MAX;
	if (n > (long)w->n)
		n = (long)w->n;
	return n < 1 ? 1 : (int)n;
}

/* The calling thread is one of them. */
static void read_all(struct work *w)
{
	pthread_t threads[FLEET_JOBS_MAX];
	int n = 0;

	/* Once, before there are threads. */
	json_object_seed(0);
	pthread_mutex_init(&w->lock, NULL);
	while (n + 1 < jobs(w) && !pthread_create(&threads[n], NULL, reader, w))
		n++;
	reader(w);
	while (n)
		pthread_join(threads[--n], NULL);
	pthread_mutex_destroy(&w->lock);
}

int fleet_read(const struct strvec *paths, const struct fleet_options *o, struct fleet *out,
	       struct error *err)
{
	struct work w = {.o = o, .f = out};
	int rc = find_files(&w, paths, err);

	if (!rc)
		read_all(&w);
	out->files += w.files.n;
	strvec_release(&w.files);
	free(w.v);
	if (rc)
		return rc;
	fleet_finish(out);
	if (out->n)
		return 0;
	if (out->n_broken)
		return error_input(
			err, "no host in %s; the first of %zu files that gave none: %s: %s",
			paths->v[0], out->n_broken, out->broken[0].file, out->broken[0].why);
	return error_input(err, "no host in %s: there is no file", paths->v[0]);
}

/* ---- records ---- */

void fleet_add(struct fleet *f, struct taken *t)
{
	for (size_t i = 0; i < t->n; i++) {
		ALLOC_GROW(f->hosts, f->n, f->alloc);
		f->hosts[f->n++] = t->hosts[i];
	}
	for (size_t i = 0; i < t->n_broken; i++) {
		ALLOC_GROW(f->broken, f->n_broken, f->alloc_broken);
		f->broken[f->n_broken++] = t->broken[i];
	}
	t->n = t->n_broken = 0;
	f->bytes += t->bytes;
	f->lines += t->lines;
	f->samples += t->samples;
}

static int by_name(const void *a, const void *b)
{
	const struct fleet_host *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	/* Files of one host in one order, whichever thread was first. */
	return c ? c : strcmp(x->file, y->file);
}

static int by_file(const void *a, const void *b)
{
	const struct take_broken *x = a, *y = b;
	int c = strcmp(x->file, y->file);

	return c ? c : strcmp(x->why, y->why);
}

void fleet_finish(struct fleet *f)
{
	size_t to = 0;

	if (f->n_broken)
		qsort(f->broken, f->n_broken, sizeof(*f->broken), by_file);
	if (!f->n)
		return;
	qsort(f->hosts, f->n, sizeof(*f->hosts), by_name);
	for (size_t i = 1; i < f->n; i++) {
		if (!strcmp(f->hosts[to].name, f->hosts[i].name))
			fleet_host_merge(&f->hosts[to], &f->hosts[i]);
		else
			f->hosts[++to] = f->hosts[i];
	}
	f->n = to + 1;
}

void fleet_release(struct fleet *f)
{
	struct taken t = {
		.hosts = f->hosts, .n = f->n, .broken = f->broken, .n_broken = f->n_broken};

	taken_release(&t);
	*f = (struct fleet){0};
}

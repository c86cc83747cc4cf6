/* SPDX-License-Identifier: Apache-2.0 */
#include "load/tempdir.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "falcotune-load."

/* The process that a folder of that name belongs to; 0 when the name is not one of ours. */
static pid_t owner(const char *name)
{
	char *end;
	long pid;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	pid = strtol(name + strlen(PREFIX), &end, 10);
	return *end == '.' && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static void remove_if_stale(const char *base, const char *name)
{
	char *path cleanup_free = fs_join(base, name);
	pid_t pid = owner(name);
	int fd cleanup_close = -1;
	struct stat st;

	if (!pid || pid == getpid() || kill(pid, 0) == 0 || errno != ESRCH)
		return;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || st.st_uid != geteuid() || flock(fd, LOCK_EX | LOCK_NB))
		return;
	fs_remove_tree(path, NULL);
}

static void remove_stale(const char *base)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (fs_list(base, &names, NULL))
		return;
	for (size_t i = 0; i < names.n; i++)
		remove_if_stale(base, names.v[i]);
}

int load_tempdir_make(struct load_tempdir *d, struct error *err)
{
	const char *env = getenv("TMPDIR");
	char *base cleanup_free = realpath(env && *env ? env : "/tmp", NULL);

	if (!base)
		return error_sys(err, ERROR_ENV, errno, "%s: no such folder for temporary files",
				 env && *env ? env : "/tmp");
	remove_stale(base);
	d->path = xasprintf("%s/" PREFIX "%d.XXXXXX", base, (int)getpid());
	if (!mkdtemp(d->path)) {
		int e = errno;

		free(d->path);
		d->path = NULL;
		return error_sys(err, ERROR_ENV, e, "%s: no temporary folder can be made in it",
				 base);
	}
	d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0 || flock(d->fd, LOCK_EX | LOCK_NB))
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be locked", d->path);
	return 0;
}

void load_tempdir_release(struct load_tempdir *d)
{
	if (d->path)
		fs_remove_tree(d->path, NULL);
	free(d->path);
	d->path = NULL;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fs_read_file(const char *path, struct strbuf *out, size_t max, struct error *err)
{
	bool std = !strcmp(path, "-");
	int fd cleanup_close = std ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	size_t start = out->len;

	if (fd < 0)
		return error_sys(err, ERROR_INPUT, errno, "%s: cannot be read", path);
	for (;;) {
		ssize_t n;

		strbuf_grow(out, 65536);
		n = read(fd, out->buf + out->len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(err, ERROR_INPUT, errno, "%s: cannot be read", path);
		strbuf_setlen(out, out->len + (size_t)n);
		if (max && out->len - start > max)
			return error_input(err, "%s: larger than the limit of %zu bytes", path,
					   max);
		if (!n)
			return 0;
	}
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A device, a pipe: there is nothing to put in its place. */
static int write_into(const char *path, const void *data, size_t len, struct error *err)
{
	int fd cleanup_close = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write_all(fd, data, len))
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be written", path);
	return 0;
}

static int write_beside(const char *path, const char *name, const void *data, size_t len,
			mode_t mode, struct error *err)
{
	char *tmp cleanup_free = xasprintf("%s.tmp%d", path, (int)getpid());
	int fd cleanup_close =
		open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0)
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be written", name);
	if (fchmod(fd, mode) || write_all(fd, data, len) || fsync(fd) || rename(tmp, path)) {
		int e = errno;

		unlink(tmp);
		return error_sys(err, ERROR_ENV, e, "%s: cannot be written", name);
	}
	return 0;
}

int fs_write_file(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
{
	char *target cleanup_free = NULL;
	struct stat st;

	if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return write_into(path, data, len, err);
	/* A link stays one: its file is replaced. */
	if (!lstat(path, &st) && S_ISLNK(st.st_mode))
		target = realpath(path, NULL);
	return write_beside(target ? target : path, path, data, len, mode, err);
}

int fs_mkdirs(const char *path, struct error *err)
{
	char *p cleanup_free = xstrdup(path);

	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(p, 0755) && errno != EEXIST)
			return error_sys(err, ERROR_ENV, errno, "%s: cannot be made", p);
		*s = '/';
	}
	if (mkdir(p, 0755) && errno != EEXIST)
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be made", p);
	if (!fs_is_dir(p))
		return error_env(err, "%s: is not a folder", p);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return flag == FTW_DP || flag == FTW_DNR || flag == FTW_D ? rmdir(path) : unlink(path);
}

int fs_remove_tree(const char *path, struct error *err)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) && errno != ENOENT)
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be removed", path);
	return 0;
}

bool fs_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool fs_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool fs_read_u64(const char *path, uint64_t *out)
{
	FILE *f cleanup_fclose = fopen(path, "re");
	unsigned long long v;

	if (!f || fscanf(f, "%llu", &v) != 1)
		return false;
	*out = v;
	return true;
}

int fs_list(const char *dir, struct strvec *out, struct error *err)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, NULL);
	size_t first = out->n;
	struct strvec tail;

	if (n < 0)
		return error_sys(err, ERROR_INPUT, errno, "%s: cannot be listed", dir);
	for (int i = 0; i < n; i++) {
		if (strcmp(names[i]->d_name, ".") && strcmp(names[i]->d_name, ".."))
			strvec_push(out, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (out->n == first)
		return 0;
	tail = (struct strvec){.v = out->v + first, .n = out->n - first};
	strvec_sort(&tail);
	return 0;
}

int fs_list_files(const char *dir, struct strvec *out, struct error *err)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (fs_list(dir, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		char *path = fs_join(dir, names.v[i]);
		struct stat st;

		if (!stat(path, &st) && S_ISREG(st.st_mode))
			strvec_take(out, path);
		else
			free(path);
	}
	return 0;
}

char *fs_join(const char *base, const char *rest)
{
	size_t len = strlen(base);

	if (*rest == '/' || !len)
		return xstrdup(rest);
	return xasprintf("%s%s%s", base, base[len - 1] == '/' ? "" : "/", rest);
}

char *fs_absolute(const char *path)
{
	char cwd[PATH_MAX];

	return getcwd(cwd, sizeof(cwd)) ? fs_join(cwd, path) : xstrdup(path);
}

char *fs_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *fs_which(const char *name)
{
	const char *p = getenv("PATH");

	if (strchr(name, '/'))
		return is_program(name) ? xstrdup(name) : NULL;
	while (p && *p) {
		size_t len = strcspn(p, ":");
		char *dir cleanup_free = len ? xstrndup(p, len) : xstrdup(".");
		char *path = fs_join(dir, name);

		if (is_program(path))
			return path;
		free(path);
		p += len + (p[len] == ':');
	}
	return NULL;
}

/* Folder of the running executable, or NULL. */
static char *self_dir(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return fs_dirname(path);
}

static char *if_there(const char *base, const char *sub, const char *rel)
{
	char *dir cleanup_free = fs_join(base, sub);
	char *path = fs_join(dir, rel);

	if (fs_exists(path))
		return path;
	free(path);
	return NULL;
}

char *fs_data_path(const char *rel)
{
	const char *env = getenv("FALCOTUNE_DATADIR");
	char *self cleanup_free = self_dir();
	char *p;

	if (env && *env)
		return if_there(env, ".", rel);
	if (self && (p = if_there(self, "../share/falcotune", rel)))
		return p;
	if (self && !strncmp(self, FALCOTUNE_BUILD_DIR, strlen(FALCOTUNE_BUILD_DIR)) &&
	    (p = if_there(FALCOTUNE_SOURCE_DIR, ".", rel)))
		return p;
	return if_there(FALCOTUNE_INSTALL_DATADIR, ".", rel);
}

char *fs_sibling(const char *name)
{
	char *self cleanup_free = self_dir();

	if (self) {
		char *path = fs_join(self, name);

		if (is_program(path))
			return path;
		free(path);
	}
	return fs_which(name);
}

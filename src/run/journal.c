/* SPDX-License-Identifier: Apache-2.0 */
#include "run/journal.h"

#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define NAME "journal.jsonl"

int journal_add(struct journal *j, json_t *event, struct error *err)
{
	char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;
	size_t len, done = 0;

	json_decref(event);
	if (!text)
		return error_internal(err, "an event of the journal cannot be put as JSON");
	if (j->fd < 0) {
		free(text);
		return 0;
	}
	len = strlen(text);
	text = xrealloc(text, len + 2, 1);
	text[len++] = '\n';
	while (done < len) {
		ssize_t n = write(j->fd, text + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		done += (size_t)n;
	}
	free(text);
	if (done < len || fdatasync(j->fd))
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be written", j->path);
	return 0;
}

int journal_create(struct journal *j, const char *dir, json_t *first, struct error *err)
{
	char *tmp cleanup_free = fs_join(dir, NAME ".new");

	j->path = fs_join(dir, NAME);
	if (fs_exists(j->path)) {
		json_decref(first);
		error_input(err, "%s: exists already; finish it with --resume %s", j->path, dir);
		journal_close(j);
		return -1;
	}
	j->fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (j->fd < 0 || flock(j->fd, LOCK_EX | LOCK_NB)) {
		json_decref(first);
		error_sys(err, ERROR_ENV, errno, "%s: cannot be written", tmp);
	} else if (!journal_add(j, first, err)) {
		if (!rename(tmp, j->path))
			return 0;
		error_sys(err, ERROR_ENV, errno, "%s: cannot be written", j->path);
	}
	unlink(tmp);
	journal_close(j);
	return -1;
}

/* A run that was killed a moment ago may hold the lock until its last child is gone. */
#define LOCK_LIMIT_MS 3000

static int lock(int fd)
{
	for (int ms = 0; flock(fd, LOCK_EX | LOCK_NB); ms += 10) {
		if (errno != EWOULDBLOCK || ms >= LOCK_LIMIT_MS)
			return -1;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return 0;
}

static int replay(const char *path, const struct strbuf *text, size_t whole, journal_fn fn,
		  void *arg, struct error *err)
{
	size_t line = 0;

	for (size_t at = 0; at < whole;) {
		size_t n =
			(size_t)((char *)memchr(text->buf + at, '\n', whole - at) - text->buf) - at;
		json_error_t je;
		json_t *event = json_loadb(text->buf + at, n, 0, &je);
		int rc;

		line++;
		if (!event)
			return error_at(err, path, line, 0, "is not JSON: %s", je.text);
		rc = fn(arg, event, line, err);
		json_decref(event);
		if (rc)
			return rc;
		at += n + 1;
	}
	return 0;
}

int journal_open(struct journal *j, const char *dir, journal_fn fn, void *arg, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	const char *nl;
	size_t whole;
	int rc = -1;

	j->path = fs_join(dir, NAME);
	j->fd = open(j->path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (j->fd < 0) {
		error_sys(err, ERROR_INPUT, errno, "%s: nothing to resume", j->path);
	} else if (lock(j->fd)) {
		error_env(err, "%s: another falcotune is running in this folder", j->path);
	} else if (!fs_read_file(j->path, &text, 0, err)) {
		nl = memrchr(text.buf, '\n', text.len);
		whole = nl ? (size_t)(nl - text.buf) + 1 : 0;
		rc = replay(j->path, &text, whole, fn, arg, err);
		if (!rc && whole < text.len && ftruncate(j->fd, (off_t)whole))
			rc = error_sys(err, ERROR_ENV, errno, "%s: cannot be written", j->path);
	}
	if (rc)
		journal_close(j);
	return rc;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	free(j->path);
	*j = (struct journal)JOURNAL_INIT;
}

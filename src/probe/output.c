/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/output.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct line {
	char *text;
	size_t len;
};

struct outputs {
	struct output_opts opts;
	char *filename;
	int fd; /* of the file, -1 closed; the writer's after the start */
	pthread_t writer;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake, done;
	struct line *queue; /* in order */
	size_t n, alloc;
	uint64_t n_drops;
	bool reopen, stop, finished;
	const char *channel; /* that is being written to, NULL: none */
	int64_t since_ns;    /* CLOCK_MONOTONIC */
	bool told;	     /* outputs_blocked() has told of this write */
	size_t in_hand;	     /* taken by the writer, not written yet; they still fill the queue */
};

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static void write_all(int fd, const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nowhere to report it: the channel itself is broken */
		s += n;
		len -= (size_t)n;
	}
}

static int64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void set_channel(struct outputs *o, const char *channel)
{
	int64_t now = channel ? mono_ns() : 0;

	pthread_mutex_lock(&o->lock);
	o->channel = channel;
	o->since_ns = now;
	o->told = false;
	pthread_mutex_unlock(&o->lock);
}

static void write_line(struct outputs *o, const struct line *line)
{
	if (o->opts.to_stdout) {
		set_channel(o, "stdout");
		write_all(STDOUT_FILENO, line->text, line->len);
	}
	if (!o->filename)
		return;
	set_channel(o, "file");
	if (o->fd < 0)
		o->fd = open_file(o->filename);
	if (o->fd < 0)
		return;
	write_all(o->fd, line->text, line->len);
	if (!o->opts.keep_alive) {
		close(o->fd);
		o->fd = -1;
	}
}

static void write_lines(struct outputs *o, struct line *lines, size_t n, bool reopen)
{
	if (reopen && o->fd >= 0) {
		close(o->fd);
		o->fd = -1;
	}
	for (size_t i = 0; i < n; i++) {
		write_line(o, &lines[i]);
		free(lines[i].text);
		pthread_mutex_lock(&o->lock);
		o->channel = NULL;
		o->in_hand--;
		pthread_mutex_unlock(&o->lock);
	}
	free(lines);
}

static void *writer_main(void *arg)
{
	struct outputs *o = arg;

	pthread_mutex_lock(&o->lock);
	while (!o->stop || o->n) {
		struct line *lines = o->queue;
		size_t n = o->n;
		bool reopen = o->reopen;

		if (n == 0) {
			pthread_cond_wait(&o->wake, &o->lock);
			continue;
		}
		o->queue = NULL;
		o->n = o->alloc = 0;
		o->reopen = false;
		o->in_hand = n;
		pthread_mutex_unlock(&o->lock);
		write_lines(o, lines, n, reopen);
		pthread_mutex_lock(&o->lock);
	}
	o->finished = true;
	pthread_cond_signal(&o->done);
	pthread_mutex_unlock(&o->lock);
	return NULL;
}

static int start_writer(struct outputs *o, struct error *err)
{
	sigset_t all, old;
	int r;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	r = pthread_create(&o->writer, NULL, writer_main, o);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r ? error_sys(err, ERROR_INTERNAL, r, "starting the thread that writes alerts") : 0;
}

static void outputs_free(struct outputs *o)
{
	if (o->fd >= 0)
		close(o->fd);
	for (size_t i = 0; i < o->n; i++)
		free(o->queue[i].text);
	free(o->queue);
	free(o->filename);
	pthread_mutex_destroy(&o->lock);
	pthread_cond_destroy(&o->wake);
	pthread_cond_destroy(&o->done);
	free(o);
}

int outputs_open(struct outputs **out, const struct output_opts *opts, struct error *err)
{
	struct outputs *o = xcalloc(1, sizeof(*o));

	*out = NULL;
	o->opts = *opts;
	o->fd = -1;
	o->filename = opts->filename ? xstrdup(opts->filename) : NULL;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->wake, NULL);
	pthread_cond_init(&o->done, NULL);
	if (o->filename && (o->fd = open_file(o->filename)) < 0) {
		error_sys(err, ERROR_INPUT, errno, "%s: cannot be opened for alerts", o->filename);
		outputs_free(o);
		return -1;
	}
	if (start_writer(o, err)) {
		outputs_free(o);
		return -1;
	}
	*out = o;
	return 0;
}

bool outputs_push(struct outputs *o, char *line, size_t len)
{
	bool room;

	pthread_mutex_lock(&o->lock);
	room = !o->opts.capacity || o->n + o->in_hand < (size_t)o->opts.capacity;
	if (room) {
		ALLOC_GROW(o->queue, o->n, o->alloc);
		o->queue[o->n++] = (struct line){line, len};
		pthread_cond_signal(&o->wake);
	} else {
		o->n_drops++;
	}
	pthread_mutex_unlock(&o->lock);
	if (!room)
		free(line);
	return room;
}

uint64_t outputs_n_drops(struct outputs *o)
{
	uint64_t n;

	pthread_mutex_lock(&o->lock);
	n = o->n_drops;
	pthread_mutex_unlock(&o->lock);
	return n;
}

const char *outputs_blocked(struct outputs *o, int64_t limit_ns)
{
	const char *channel = NULL;

	pthread_mutex_lock(&o->lock);
	if (o->channel && !o->told && mono_ns() - o->since_ns > limit_ns) {
		channel = o->channel;
		o->told = true;
	}
	pthread_mutex_unlock(&o->lock);
	return channel;
}

void outputs_reopen(struct outputs *o)
{
	pthread_mutex_lock(&o->lock);
	o->reopen = true;
	pthread_mutex_unlock(&o->lock);
}

void outputs_close(struct outputs *o, int timeout_ms)
{
	struct timespec until;
	bool finished;

	if (!o)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&o->lock);
	o->stop = true;
	pthread_cond_signal(&o->wake);
	while (!o->finished && pthread_cond_timedwait(&o->done, &o->lock, &until) != ETIMEDOUT)
		;
	finished = o->finished;
	pthread_mutex_unlock(&o->lock);
	if (!finished)
		return; /* stuck in a write: the process ends with it */
	pthread_join(o->writer, NULL);
	outputs_free(o);
}

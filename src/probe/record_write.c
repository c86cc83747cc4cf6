/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "probe/record_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFERS	    32
#define BUFFER_SIZE (1u << 20)

struct buffer {
	struct record_block head; /* written together with the data */
	unsigned char data[BUFFER_SIZE];
};

struct recorder {
	char *path, *tmp;
	int fd;
	uint64_t max, size; /* bytes that the file may have; that it has with what is queued */
	struct record_forms forms;
	struct record_end end;
	bool full; /* the file has its largest size */
	/* A ring of buffers: the consumer fills number `filled`, the writer takes number `written`.
	 */
	struct buffer *buffers;
	unsigned filled, written; /* running numbers */
	bool closing;
	int failed; /* errno of the writer */
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_t writer;
	bool has_writer;
};

/* --- the file --------------------------------------------------------------------------------- */

static int write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A block that is not made of items, from anywhere. */
static int write_block(struct recorder *r, enum record_block_type type, const void *data,
		       size_t len)
{
	size_t padded = record_padded(len);
	cleanup_free struct record_block *b = xcalloc(1, sizeof(*b) + padded);

	memcpy(b + 1, data, len);
	*b = (struct record_block){.type = type, .len = (uint32_t)padded};
	b->sum = record_sum(b + 1, padded);
	r->size += sizeof(*b) + padded;
	return write_all(r->fd, b, sizeof(*b) + padded);
}

static int write_head(struct recorder *r, const struct record_about *about)
{
	json_t *o =
		json_pack("{s:i,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "version", RECORD_VERSION,
			  "engine_version", about->engine_version, "catalogue", about->catalogue,
			  "hostname", about->hostname, "kernel", about->kernel, "recorded_ns",
			  (json_int_t)about->recorded_ns, "epoch_offset_ns",
			  (json_int_t)about->epoch_offset_ns, "pid", (json_int_t)about->pid,
			  "n_cpus", (json_int_t)about->n_cpus, "wants", (json_int_t)about->wants);
	cleanup_free char *text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	json_decref(o);
	if (!text)
		return EINVAL; /* a name that is not UTF-8 */
	return write_block(r, RECORD_BLOCK_HEAD, text, strlen(text));
}

/* --- the writer ------------------------------------------------------------------------------- */

static void *writer(void *arg)
{
	struct recorder *r = arg;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		struct buffer *b;
		int e;

		while (r->written == r->filled && !r->closing)
			pthread_cond_wait(&r->work, &r->lock);
		if (r->written == r->filled)
			break;
		b = &r->buffers[r->written % BUFFERS];
		pthread_mutex_unlock(&r->lock);
		b->head.sum = record_sum(b->data, b->head.len);
		e = r->failed ? 0 : write_all(r->fd, &b->head, sizeof(b->head) + b->head.len);
		pthread_mutex_lock(&r->lock);
		b->head.len = b->head.items = 0;
		r->written++;
		if (e)
			r->failed = e;
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* --- the consumer's side ---------------------------------------------------------------------- */

/* Hand over the buffer at hand; false when the writer is not done with the next one. */
static bool hand_over(struct recorder *r)
{
	bool ok;

	pthread_mutex_lock(&r->lock);
	ok = r->filled + 1 - r->written < BUFFERS;
	if (ok) {
		r->filled++;
		pthread_cond_signal(&r->work);
	}
	pthread_mutex_unlock(&r->lock);
	return ok;
}

static bool put(struct recorder *r, enum record_item type, const void *data, size_t len)
{
	size_t need = sizeof(struct record_item_head) + record_padded(len);
	struct buffer *b = &r->buffers[r->filled % BUFFERS];
	struct record_item_head *head;

	if (b->head.len + need > BUFFER_SIZE) {
		if (need > BUFFER_SIZE || !hand_over(r))
			return false;
		b = &r->buffers[r->filled % BUFFERS];
	}
	if (b->head.len == 0)
		r->size += sizeof(b->head);
	r->size += need;
	b->head.type = RECORD_BLOCK_EVENTS;
	head = (void *)(b->data + b->head.len);
	*head = (struct record_item_head){(uint32_t)len, type};
	memcpy(head + 1, data, len);
	memset((unsigned char *)(head + 1) + len, 0, record_padded(len) - len);
	b->head.len += (uint32_t)need;
	b->head.items++;
	return true;
}

void recorder_event(struct recorder *r, const struct probe_event *ev)
{
	const char *why;

	if (!record_check_event(&r->forms, ev, ev->len, &why)) {
		r->end.odd++;
	} else if (r->full || r->size + ev->len > r->max) {
		r->full = true; /* no smaller one later: a gap in the middle is worse */
		r->end.too_big++;
	} else if (put(r, RECORD_EVENT, ev, ev->len)) {
		r->end.events++;
	} else {
		r->end.lost++;
	}
}

void recorder_lookup(struct recorder *r, const struct strbuf *thread)
{
	if (!r->full && put(r, RECORD_LOOKUP, thread->buf, thread->len))
		r->end.lookups++;
}

/* --- life ------------------------------------------------------------------------------------- */

static void end_writer(struct recorder *r)
{
	if (!r->has_writer)
		return;
	pthread_mutex_lock(&r->lock);
	if (r->buffers[r->filled % BUFFERS].head.len && r->filled + 1 - r->written <= BUFFERS)
		r->filled++;
	r->closing = true;
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->writer, NULL);
	r->has_writer = false;
}

void recorder_drop(struct recorder *r)
{
	if (!r)
		return;
	end_writer(r);
	if (r->fd >= 0) {
		close(r->fd);
		unlink(r->tmp);
	}
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->work);
	free(r->buffers);
	free(r->path);
	free(r->tmp);
	free(r);
}

static int begin(struct recorder *r, const struct record_about *about, const struct strbuf *state)
{
	struct stat st;
	int e;

	/* A device is not to be replaced by a recording. */
	if (!stat(r->path, &st) && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : ENOTSUP;
	r->fd = open(r->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->fd < 0)
		return errno;
	r->size = RECORD_MAGIC_SIZE;
	if ((e = write_all(r->fd, RECORD_MAGIC, RECORD_MAGIC_SIZE)) || (e = write_head(r, about)) ||
	    (e = write_block(r, RECORD_BLOCK_STATE, state->buf, state->len)))
		return e;
	e = pthread_create(&r->writer, NULL, writer, r);
	r->has_writer = e == 0;
	return e;
}

int recorder_open(struct recorder **out, const char *path, uint64_t max,
		  const struct record_about *about, const struct strbuf *state, struct error *err)
{
	struct recorder *r = xcalloc(1, sizeof(*r));
	int e;

	*out = NULL;
	r->path = xstrdup(path);
	r->tmp = xasprintf("%s.tmp%d", path, (int)getpid());
	r->fd = -1;
	r->max = max;
	record_forms_init(&r->forms);
	r->buffers = xcalloc(BUFFERS, sizeof(*r->buffers));
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, NULL);
	e = state->len > RECORD_BLOCK_MAX ? EFBIG : begin(r, about, state);
	if (e) {
		recorder_drop(r);
		return error_sys(err, ERROR_ENV, e, "%s: a recording cannot be written", path);
	}
	*out = r;
	return 0;
}

int recorder_close(struct recorder *r, struct record_end *end, struct error *err)
{
	cleanup_free char *path = NULL;
	int e;

	if (!r)
		return 0;
	end_writer(r);
	*end = r->end;
	path = xstrdup(r->path);
	e = r->failed ? r->failed : write_block(r, RECORD_BLOCK_END, &r->end, sizeof(r->end));
	if (!e && (fsync(r->fd) || rename(r->tmp, r->path)))
		e = errno;
	if (!e) {
		close(r->fd);
		r->fd = -1;
	}
	recorder_drop(r);
	return e ? error_sys(err, ERROR_ENV, e, "%s: the recording cannot be written", path) : 0;
}

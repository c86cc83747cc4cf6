/* SPDX-License-Identifier: Apache-2.0 */
#include "load/said.h"

#include "base/mem.h"
#include "base/units.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pcre2.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A pattern that needs more steps than this for a line does not match it. */
#define MATCH_LIMIT 100000

int said_init(struct said *s, const char *pattern, char **why)
{
	uint32_t groups = 0;
	char text[160];
	size_t at;
	int code;

	*s = (struct said){.value = {.last = (double)NAN, .mean = (double)NAN}};
	*why = NULL;
	s->re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &code, &at, NULL);
	if (!s->re) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof(text));
		*why = xasprintf("%s at offset %zu", text, at);
		return -1;
	}
	pcre2_pattern_info(s->re, PCRE2_INFO_CAPTURECOUNT, &groups);
	if (groups == 1)
		return 0;
	*why = xasprintf("it has %u groups, expected one, around the number", groups);
	return -1;
}

void said_release(struct said *s)
{
	pcre2_code_free(s->re);
	s->re = NULL;
}

static void take(struct said *s, const char *number, size_t len)
{
	char text[64];
	double v;

	snprintf(text, sizeof(text), "%.*s", (int)(len < sizeof(text) ? len : sizeof(text) - 1),
		 number);
	if (len >= sizeof(text) || !units_number(text, &v) || v < 0) {
		s->value.unreadable++;
		return;
	}
	s->sum += v;
	s->value.last = v;
	s->value.mean = s->sum / (double)++s->value.n;
}

static void take_line(struct said *s)
{
	pcre2_match_context *ctx;
	pcre2_match_data *m;
	PCRE2_SIZE *at;

	if (!s->len)
		return;
	ctx = pcre2_match_context_create(NULL);
	m = pcre2_match_data_create_from_pattern(s->re, NULL);
	if (ctx && m) {
		pcre2_set_match_limit(ctx, MATCH_LIMIT);
		at = pcre2_get_ovector_pointer(m);
		if (pcre2_match(s->re, (PCRE2_SPTR)s->line, s->len, 0, 0, m, ctx) == 2)
			take(s, s->line + at[2], at[3] - at[2]);
	}
	pcre2_match_data_free(m);
	pcre2_match_context_free(ctx);
	s->len = 0;
}

void said_feed(struct said *s, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n' || data[i] == '\r')
			take_line(s);
		else if (s->len < sizeof(s->line))
			s->line[s->len++] = data[i];
	}
}

void said_end(struct said *s)
{
	take_line(s);
}

/* ---- the reader ---- */

/* Standard error that nobody reads must not hold the program up for ever. */
static void pass_on(const char *data, ssize_t len)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&p, 1, 1000) == 1 && write(STDERR_FILENO, data, (size_t)len) < 0)
		return;
}

/* false: the output has ended, or has nothing for now and `last`. */
static bool read_some(struct said_reader *r, bool last)
{
	char buf[4096]; /* no more than a pipe takes at once */
	ssize_t n = read(r->in, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && errno == EAGAIN)
		return !last;
	if (n <= 0)
		return false;
	pass_on(buf, n);
	said_feed(&r->said, buf, (size_t)n);
	pthread_mutex_lock(&r->lock);
	r->value = r->said.value;
	pthread_mutex_unlock(&r->lock);
	return true;
}

/* Of an output that never ends no more than this is read after the stop. */
#define LAST_READS 1024

static void *reader_main(void *arg)
{
	struct said_reader *r = arg;
	struct pollfd fds[] = {{.fd = r->in, .events = POLLIN},
			       {.fd = r->stop_fd, .events = POLLIN}};
	bool more = true;

	while (more && !fds[1].revents) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents)
			more = read_some(r, false);
	}
	for (int i = 0; more && i < LAST_READS; i++)
		more = read_some(r, true);
	said_end(&r->said);
	pthread_mutex_lock(&r->lock);
	r->value = r->said.value;
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

int said_reader_start(struct said_reader *r, int fd, const char *pattern, struct error *err)
{
	char *why cleanup_free = NULL;
	int e;

	*r = (struct said_reader){.in = fd, .stop_fd = -1};
	pthread_mutex_init(&r->lock, NULL);
	if (said_init(&r->said, pattern, &why))
		return error_input(err, "throughput '%s': %s", pattern, why);
	r->value = r->said.value;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	r->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (r->stop_fd < 0)
		return error_sys(err, ERROR_ENV, errno, "eventfd");
	e = pthread_create(&r->thread, NULL, reader_main, r);
	if (e)
		return error_sys(err, ERROR_ENV, e, "a thread for a program's output");
	r->started = true;
	return 0;
}

struct said_value said_reader_value(struct said_reader *r)
{
	struct said_value v;

	pthread_mutex_lock(&r->lock);
	v = r->value;
	pthread_mutex_unlock(&r->lock);
	return v;
}

void said_reader_end(struct said_reader *r)
{
	uint64_t one = 1;

	if (r->started && write(r->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(r->thread, NULL);
	r->started = false;
}

void said_reader_stop(struct said_reader *r)
{
	said_reader_end(r);
	if (r->stop_fd >= 0)
		close(r->stop_fd);
	if (r->in >= 0)
		close(r->in);
	r->stop_fd = r->in = -1;
	said_release(&r->said);
}

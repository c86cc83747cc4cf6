/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/http.h"

#include "base/mem.h"
#include "engine/process.h"
#include "engine/resolve.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX 65536

struct target {
	char *host, *port, *path;
	char *authority; /* for the Host header */
};

static void target_release(struct target *t)
{
	free(t->host);
	free(t->port);
	free(t->path);
	free(t->authority);
}

static bool is_clean(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

static int parse_url(const char *url, const char *path, struct target *t, struct error *err)
{
	static const char scheme[] = "http://";
	const char *at = url + strlen(scheme), *colon;
	char *host;

	if (!strncasecmp(url, "https://", 8))
		return error_input(err,
				   "%s: https is not supported, expected http:// (the endpoint "
				   "through a local port forward, or webserver.ssl_enabled: false)",
				   url);
	if (strncasecmp(url, scheme, strlen(scheme)) != 0 || !is_clean(url))
		return error_input(err, "%s: expected http://HOST[:PORT][/PATH]", url);
	t->authority = xstrndup(at, strcspn(at, "/?#"));
	at += strlen(t->authority);
	t->path = *at == '/' && at[1] ? xstrndup(at, strcspn(at, "#")) : xstrdup(path);
	host = t->authority;
	colon = *host == '[' ? strchr(host, ']') : NULL;
	colon = strchr(colon ? colon : host, ':');
	t->port = xstrdup(colon ? colon + 1 : "80");
	t->host = colon ? xstrndup(host, (size_t)(colon - host)) : xstrdup(host);
	if (*t->host == '[') {
		size_t n = strlen(t->host);

		memmove(t->host, t->host + 1, n);
		t->host[strcspn(t->host, "]")] = '\0';
	}
	if (!*t->host || strchr(t->authority, '@') || !*t->port ||
	    strspn(t->port, "0123456789") != strlen(t->port))
		return error_input(err, "%s: expected http://HOST[:PORT][/PATH]", url);
	return 0;
}

/* 0: ready. */
static int wait_for(int fd, short events, int64_t deadline, int wake_fd, const char *url,
		    struct error *err)
{
	for (;;) {
		struct pollfd p[] = {{.fd = fd, .events = events},
				     {.fd = wake_fd, .events = POLLIN}};
		int64_t left = deadline - clock_mono();
		int n = left > 0 ? poll(p, 2, (int)(left / NS_PER_MS) + 1) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(err, ERROR_ENV, errno, "%s", url);
		if (!n)
			return error_env(err, "%s: no answer within the time limit", url);
		if (p[1].revents)
			return error_env(err, "%s: interrupted", url);
		return 0;
	}
}

static int connect_one(const struct sockaddr_storage *addr, socklen_t len, int64_t deadline,
		       int wake_fd, const char *url, struct error *err)
{
	int fd = socket(addr->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), why = 0;
	socklen_t n = sizeof(why);

	if (fd < 0)
		return error_sys(err, ERROR_ENV, errno, "%s: no socket", url);
	if (!connect(fd, (const struct sockaddr *)addr, len))
		return fd;
	if (errno != EINPROGRESS) {
		error_sys(err, ERROR_ENV, errno, "%s: no connection", url);
	} else if (!wait_for(fd, POLLOUT, deadline, wake_fd, url, err)) {
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &n);
		if (!why)
			return fd;
		error_sys(err, ERROR_ENV, why, "%s: no connection", url);
	}
	close(fd);
	return -1;
}

static int find_host(const struct target *t, int64_t deadline, int wake_fd, const char *url,
		     struct resolved *out, struct error *err)
{
	switch (resolve(t->host, t->port, deadline, wake_fd, out, err)) {
	case RESOLVE_OK:
		return 0;
	case RESOLVE_UNKNOWN:
		return error_env(err, "%s: no address of %s is known", url, t->host);
	case RESOLVE_LATE:
		return error_env(err, "%s: no address of %s within the time limit", url, t->host);
	case RESOLVE_WOKEN:
		return error_env(err, "%s: interrupted", url);
	default:
		return error_wrap(err, "%s: %s cannot be looked up", url, t->host);
	}
}

static int connect_to(const struct target *t, int64_t deadline, int wake_fd, const char *url,
		      struct error *err)
{
	struct resolved found;
	int fd = -1;

	if (find_host(t, deadline, wake_fd, url, &found, err))
		return -1;
	for (int i = 0; i < found.n && fd < 0; i++)
		fd = connect_one(&found.v[i].addr, found.v[i].len, deadline, wake_fd, url, err);
	return fd;
}

static int send_all(int fd, const char *text, int64_t deadline, int wake_fd, const char *url,
		    struct error *err)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = send(fd, text, left, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return error_sys(err, ERROR_ENV, errno, "%s: the connection broke", url);
		if (n < 0 && wait_for(fd, POLLOUT, deadline, wake_fd, url, err))
			return -1;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
	return 0;
}

/* ---- the answer ---- */

/* Value of a header, NULL when absent; the caller frees. */
static char *header(const char *head, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = strstr(head, "\r\n"); p; p = strstr(p, "\r\n")) {
		p += 2;
		if (strncasecmp(p, name, n) || p[n] != ':')
			continue;
		p += n + 1;
		p += strspn(p, " \t");
		return xstrndup(p, strcspn(p, "\r\n"));
	}
	return NULL;
}

/* A whole number in digits of that base up to `stop`, which is no digit: false without one, and for
 * a number that no answer can have. */
static bool take_number(const char **p, const char *stop, int base, size_t *out)
{
	const char *c = *p;

	for (*out = 0;
	     c < stop && (base == 16 ? isxdigit((unsigned char)*c) : isdigit((unsigned char)*c));
	     c++) {
		if (*out > SIZE_MAX / 32)
			return false;
		*out = *out * (size_t)base +
		       (size_t)(isdigit((unsigned char)*c) ? *c - '0' : (*c | 32) - 'a' + 10);
	}
	if (c == *p)
		return false;
	*p = c;
	return true;
}

static int take_chunks(const char *url, const char *p, const char *end, struct strbuf *body,
		       struct error *err)
{
	for (;;) {
		const char *nl = memmem(p, (size_t)(end - p), "\r\n", 2);
		size_t n;

		if (!nl || !take_number(&p, nl, 16, &n) || !strchr("\r; \t", *p))
			break;
		p = nl + 2;
		if (!n)
			return 0;
		if (n > (size_t)(end - p) || (size_t)(end - p) - n < 2 || memcmp(p + n, "\r\n", 2))
			break;
		strbuf_add(body, p, n);
		p += n + 2;
	}
	return error_env(err, "%s: the answer's chunks are broken or cut", url);
}

int http_parse(const char *url, const char *answer, size_t len, struct strbuf *body,
	       struct error *err)
{
	const char *end = answer + len, *gap = memmem(answer, len, "\r\n\r\n", 4);
	char *head cleanup_free = gap ? xstrndup(answer, (size_t)(gap - answer)) : NULL;
	char *chunked cleanup_free = head ? header(head, "Transfer-Encoding") : NULL;
	char *length cleanup_free = head ? header(head, "Content-Length") : NULL;
	const char *from = gap ? gap + 4 : end;
	const char *digits = length;
	size_t n = (size_t)(end - from);

	if (!head || strncmp(head, "HTTP/1.", 7) || strlen(head) < 12)
		return error_env(err, "%s: the answer is no HTTP", url);
	if (strncmp(head + 9, "200", 3) != 0)
		return error_env(err, "%s: the server says '%.*s', expected 200", url,
				 (int)strcspn(head, "\r"), head);
	if (chunked && !strcasecmp(chunked, "chunked"))
		return take_chunks(url, from, end, body, err);
	if (chunked)
		return error_env(err, "%s: unknown Transfer-Encoding '%s'", url, chunked);
	if (length && !take_number(&digits, length + strlen(length), 10, &n))
		return error_env(err, "%s: Content-Length is '%s', expected a number of bytes", url,
				 length);
	if (n > (size_t)(end - from))
		return error_env(err, "%s: the answer is cut: %zu of %zu bytes", url,
				 (size_t)(end - from), n);
	strbuf_add(body, from, n);
	return 0;
}

/* Does the answer's own length say that it is all there? A server need not close the connection. */
static bool is_complete(const struct strbuf *answer)
{
	struct strbuf body cleanup_strbuf = STRBUF_INIT;
	const char *gap = memmem(answer->buf, answer->len, "\r\n\r\n", 4);
	char *head cleanup_free = gap ? xstrndup(answer->buf, (size_t)(gap - answer->buf)) : NULL;
	char *chunked cleanup_free = head ? header(head, "Transfer-Encoding") : NULL;
	char *length cleanup_free = head ? header(head, "Content-Length") : NULL;
	struct error unused = ERROR_INIT;

	return (chunked || length) && !http_parse("", answer->buf, answer->len, &body, &unused);
}

/* Until the server closes the connection, as it was asked to. */
static int receive(int fd, int64_t deadline, int wake_fd, const char *url, struct strbuf *out,
		   struct error *err)
{
	for (;;) {
		ssize_t n;

		strbuf_grow(out, 65536);
		n = recv(fd, out->buf + out->len, 65536, 0);
		if (!n)
			return 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return error_sys(err, ERROR_ENV, errno, "%s: the connection broke", url);
		if (n < 0 && wait_for(fd, POLLIN, deadline, wake_fd, url, err))
			return -1;
		if (n > 0)
			strbuf_setlen(out, out->len + (size_t)n);
		if (n > 0 && is_complete(out))
			return 0;
		if (out->len > HTTP_BODY_MAX + HEAD_MAX)
			return error_env(err, "%s: the answer is longer than 16 MiB", url);
	}
}

int http_get(const char *url, const char *path, int64_t limit_ns, int wake_fd, struct strbuf *body,
	     struct error *err)
{
	struct strbuf answer cleanup_strbuf = STRBUF_INIT;
	int64_t deadline = clock_mono() + limit_ns;
	char *request cleanup_free = NULL;
	struct target t = {0};
	int fd, rc = parse_url(url, path, &t, err);

	if (!rc) {
		request = xasprintf("GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: falcotune\r\n"
				    "Accept: text/plain\r\nConnection: close\r\n\r\n",
				    t.path, t.authority);
		fd = connect_to(&t, deadline, wake_fd, url, err);
		rc = fd < 0 || send_all(fd, request, deadline, wake_fd, url, err) ||
				     receive(fd, deadline, wake_fd, url, &answer, err) ||
				     http_parse(url, answer.buf, answer.len, body, err)
			     ? -1
			     : 0;
		if (fd >= 0)
			close(fd);
	}
	target_release(&t);
	return rc;
}

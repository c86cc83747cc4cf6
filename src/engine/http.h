/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One GET over plain http (HTTP/1.1, RFC 9112): all that reading a metrics endpoint takes. No
 * https, no redirects, no proxies; a library for it would load some twenty others into every start
 * of falcotune.
 */
#ifndef FT_ENGINE_HTTP_H
#define FT_ENGINE_HTTP_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdint.h>

#define HTTP_BODY_MAX ((size_t)16 << 20)

/* url: http://HOST[:PORT][/PATH], HOST a name, an IPv4 address or [IPv6]; PATH defaults to `path`.
 * The body is appended. limit_ns for the whole of it, looking the name up included; wake_fd (-1
 * none) interrupts. Errors:
 * ERROR_INPUT for a URL of another kind; ERROR_ENV for no connection, another status than 200, a
 * broken or too long answer, and the time limit. */
int http_get(const char *url, const char *path, int64_t limit_ns, int wake_fd, struct strbuf *body,
	     struct error *err);
/* What follows the request, to its end: status line, headers, body by chunks, length, or the end of
 * the connection. Pure; errors as above, naming `url`. */
int http_parse(const char *url, const char *answer, size_t len, struct strbuf *body,
	       struct error *err);

#endif

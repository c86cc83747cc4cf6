/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void *or_die(void *p)
{
	static const char msg[] = "falcotune: out of memory\n";

	if (!p) {
		if (write(STDERR_FILENO, msg, sizeof(msg) - 1) < 0) {
			/* nothing left to do about it */
		}
		_exit(4);
	}
	return p;
}

void mem_for_short_run(void)
{
#ifdef __GLIBC__
	mallopt(M_TOP_PAD, 256 << 10);
	mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

void *xmalloc(size_t n)
{
	return or_die(malloc(n ? n : 1));
}

void *xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return or_die(NULL);
	return or_die(realloc(p, n && size ? n * size : 1));
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return or_die(strndup(s, n));
}

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return or_die(n < 0 ? NULL : s);
}

void cleanup_free_p(void *p)
{
	free(*(void **)p);
}

void cleanup_close_p(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void cleanup_fclose_p(void *f)
{
	FILE *fp = *(FILE **)f;

	if (fp)
		fclose(fp);
}

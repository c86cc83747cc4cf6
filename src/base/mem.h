/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that cannot fail and cleanup attributes.
 *
 * x* functions end the program with exit code 4 when memory is exhausted: falcotune's inputs are
 * bounded, so that running out is not a condition that callers can handle better. They are the one
 * exception to "nothing below cmd/ exits".
 */
#ifndef FT_BASE_MEM_H
#define FT_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* For a command that ends soon: memory is taken in larger steps and not given back before. */
void mem_for_short_run(void);

/* Should what lives until the process ends be freed at its end? That is work for nothing, unless a
 * sanitizer looks for leaks. */
#if defined(__SANITIZE_ADDRESS__)
#define MEM_FREE_AT_END true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEM_FREE_AT_END true
#endif
#endif
#ifndef MEM_FREE_AT_END
#define MEM_FREE_AT_END false
#endif

void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size); /* n * size with an overflow check */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
/* A new string; the caller frees. */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Make room for one more: `v` a pointer, `n` its length, `alloc` its capacity (all lvalues). */
#define ALLOC_GROW(v, n, alloc)                                                                    \
	do {                                                                                       \
		if ((n) >= (alloc)) {                                                              \
			(alloc) = (alloc) ? (alloc)*2 : 8;                                         \
			(v) = xrealloc((v), (alloc), sizeof(*(v)));                                \
		}                                                                                  \
	} while (0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

void cleanup_free_p(void *p);	/* void ** */
void cleanup_close_p(int *fd);	/* closes fd when >= 0 */
void cleanup_fclose_p(void *f); /* FILE ** */
#define cleanup_free   __attribute__((cleanup(cleanup_free_p)))
#define cleanup_close  __attribute__((cleanup(cleanup_close_p)))
#define cleanup_fclose __attribute__((cleanup(cleanup_fclose_p)))

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the harnesses share. A harness is one file fuzz_NAME.c with the entry point below; linked
 * with libFuzzer it is fuzz-NAME, linked with replay.c it is replay-NAME, which `make test` runs
 * over corpus/NAME and regress/NAME.
 *
 * A harness looks for more than crashes: FUZZ_ASSERT states what must hold for every input.
 */
#ifndef FT_TESTS_FUZZ_H
#define FT_TESTS_FUZZ_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_ASSERT(condition, ...)                                                                \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: " #condition ": ", __FILE__, __LINE__);            \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* An error is one that names itself: a kind, and one line of text. */
#define FUZZ_ASSERT_ERROR(err)                                                                     \
	FUZZ_ASSERT((err).kind != ERROR_NONE && (err).kind != ERROR_INTERNAL && *(err).msg &&      \
			    !strpbrk((err).msg, "\n\r"),                                           \
		    "kind %d, message '%s'", (int)(err).kind, (err).msg)

/* The input up to the next line that is "%%" (or its end); *at moves behind it. False at the end of
 * the input. Borrowed from data. */
static inline int fuzz_part(const uint8_t *data, size_t size, size_t *at, const char **part,
			    size_t *len)
{
	static const char mark[] = "\n%%\n";
	const char *text = (const char *)data + *at, *end;

	if (*at >= size)
		return 0;
	end = memmem(text, size - *at, mark, sizeof(mark) - 1);
	*part = text;
	*len = end ? (size_t)(end - text) + 1 : size - *at;
	*at = end ? *at + *len + sizeof(mark) - 2 : size;
	return 1;
}

/* Lines as texts (cut at a NUL), at most max of them; appended. */
static inline void fuzz_lines(const uint8_t *data, size_t size, size_t max, struct strvec *out)
{
	const char *s = (const char *)data, *end = s + size;

	while (s < end && max--) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		const char *stop = nl ? nl : end;

		strvec_pushf(out, "%.*s", (int)(stop - s), s);
		s = stop + 1;
	}
}

/* A folder of the process's own, removed at its end. */
const char *fuzz_folder(void);
/* Write a file in it (made when not there); returns nothing, ends the process when it cannot. */
void fuzz_write(const char *name, const char *text, size_t len);

#endif

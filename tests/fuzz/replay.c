/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay-NAME FOLDER...: a harness over every file of the folders, without libFuzzer: each file as
 * it is, cut short at up to 48 places, and with a byte changed at up to 48 places (always the same
 * ones).
 */
#include "fuzz.h"

#include "base/fs.h"
#include "base/mem.h"

#define CUTS	48
#define CHANGES 48

static size_t run(const char *text, size_t len)
{
	/* A block of exactly this size, so that a sanitizer sees a byte read beyond it. */
	char *copy cleanup_free = xmalloc(len ? len : 1);

	memcpy(copy, text, len);
	LLVMFuzzerTestOneInput((const uint8_t *)copy, len);
	return 1;
}

static size_t replay(struct strbuf *text)
{
	static const char interesting[] = "\0\n\t \"'[]{}()-:,&*%$\\9\x7f\xc3\xff";
	size_t n = run(text->buf, text->len);
	uint32_t seed = 1;

	for (size_t i = 0; i < CUTS && i < text->len; i++)
		n += run(text->buf, text->len * i / CUTS);
	for (size_t i = 0; i < CHANGES && text->len; i++) {
		size_t at = (seed = seed * 1664525u + 1013904223u) % text->len;
		char was = text->buf[at];

		text->buf[at] = interesting[(seed >> 16) % (sizeof(interesting) - 1)];
		n += run(text->buf, text->len);
		text->buf[at] = was;
	}
	return n;
}

int main(int argc, char **argv)
{
	size_t n = 0, n_files = 0;

	for (int i = 1; i < argc; i++) {
		struct strvec names cleanup_strvec = STRVEC_INIT;
		struct error err = ERROR_INIT;
		char *folder cleanup_free = realpath(argv[i], NULL); /* harnesses may chdir */

		if (!folder)
			continue; /* a harness that never failed has no regress folder */
		if (fs_list(folder, &names, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			return 1;
		}
		for (size_t k = 0; k < names.n; k++) {
			char *path cleanup_free = fs_join(folder, names.v[k]);
			struct strbuf text cleanup_strbuf = STRBUF_INIT;

			if (fs_read_file(path, &text, 0, &err)) {
				fprintf(stderr, "%s\n", err.msg);
				return 1;
			}
			printf("%s\n", path);
			fflush(stdout);
			n += replay(&text);
			n_files++;
		}
	}
	printf("note: %s: %zu inputs from %zu files\n",
	       strrchr(*argv, '/') ? strrchr(*argv, '/') + 1 : *argv, n, n_files);
	return n_files ? 0 : 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/hosts.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX (4u << 20)

static int parse_addr(const char *text, struct host_addr *a)
{
	a->len = 4;
	if (inet_pton(AF_INET, text, a->addr) == 1)
		return 0;
	a->len = 16;
	return inet_pton(AF_INET6, text, a->addr) == 1 ? 0 : -1;
}

/* "address name alias ... # comment" */
static int line_has(char *line, const char *name, struct host_addr *a)
{
	char *word, *rest;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, " \t", &rest);
	if (!word || parse_addr(word, a) < 0)
		return 0;
	while ((word = strtok_r(NULL, " \t", &rest)))
		if (!strcasecmp(word, name))
			return 1;
	return 0;
}

size_t hosts_find(const char *file, const char *name, struct host_addr **out)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	size_t n = 0, alloc = 0;
	char *line, *rest;

	*out = NULL;
	if (fs_read_file(file, &text, FILE_MAX, NULL) < 0)
		return 0;
	for (line = strtok_r(text.buf, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct host_addr a;

		if (!line_has(line, name, &a))
			continue;
		ALLOC_GROW(*out, n, alloc);
		(*out)[n++] = a;
	}
	return n;
}

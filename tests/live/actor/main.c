/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what rules watch for, one word of its command line after the other:
 *
 *   PROGRAM do WORD [ARG...] WORD...
 *
 * in the folder of PROGRAM, whose name is what the process is called; `run` and `exec` start it
 * again under another name there. Without `do` it is any program that does nothing, with any
 * arguments. Nothing outlives it: files are the caller's (whose /etc, /root, /home, /var/log and
 * network are its own), mounts are those of a name space of its own, sockets are on addresses of
 * the loopback device. FT_GROUP is the cgroup.procs of a control group that is named like a
 * container's.
 *
 * Exit status: 0 all was done, 1 a word could not, 2 bad usage.
 */
#include "actor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct word *find(const char *name)
{
	static const struct word *const tables[] = {file_words, net_words, process_words};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct word *w = tables[i]; w->name; w++)
			if (!strcmp(w->name, name))
				return w;
	return NULL;
}

/* While there is still the right to. */
static void link_all(const struct actor *a)
{
	char path[2 * PATH_MAX];

	for (char **w = a->words; w[0] && w[1]; w++) {
		if ((strcmp(w[0], "run") && strcmp(w[0], "exec")) || strchr(w[1], '/'))
			continue;
		program_path(a, w[1], path, sizeof(path));
		if (link(a->self, path) && errno != EEXIST)
			fprintf(stderr, "%s: %s\n", path, strerror(errno));
	}
}

static int left(char **w)
{
	int n = 0;

	while (w[n])
		n++;
	return n;
}

int main(int argc, char **argv)
{
	struct actor a = {
		.name = argv[0], .words = argv + 2, .server = -1, .client = -1, .peer = -1};
	ssize_t n;

	if (argc < 2 || strcmp(argv[1], "do") != 0)
		return 0;
	alarm(TIME_LIMIT_S);
	n = readlink("/proc/self/exe", a.self, sizeof(a.self) - 1);
	if (n < 0)
		return 1;
	link_all(&a);
	while (*a.words) {
		const struct word *w = find(*a.words);
		char **args = a.words + 1;

		if (!w || left(args) < w->nargs) {
			fprintf(stderr, "%s: not a word, or too few arguments\n", *a.words);
			return 2;
		}
		a.words = args + w->nargs;
		if (w->fn(&a, args) < 0) {
			fprintf(stderr, "%s %s: %s\n", w->name, w->nargs ? args[0] : "",
				strerror(errno));
			return 1;
		}
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the live actor share: the words that it knows are rows of three tables.
 */
#ifndef FT_LIVE_ACTOR_H
#define FT_LIVE_ACTOR_H

#include <limits.h>
#include <stddef.h>

#define TIME_LIMIT_S 30 /* of every process of an action */

struct actor {
	char *name;
	char **words; /* what is left to do, ends with NULL */
	char self[PATH_MAX];
	int server, client, peer; /* sockets of serve, connect and accept */
};

/* What a word does with its arguments: 0, or -1 with errno. It may go on in a child (do_fork). */
typedef int (*word_fn)(struct actor *a, char **args);

struct word {
	const char *name;
	int nargs;
	word_fn fn;
};

/* Each ends with a NULL name. */
extern const struct word file_words[], net_words[], process_words[];

/* The path of a program of an action: a name stands for a link in the folder of this program, made
 * when it starts; what has a slash is a file to copy this program to. */
void program_path(const struct actor *a, const char *name, char *path, size_t size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a fleet's hosts: made from folders of files by several threads, or read from the
 * merged file that was made so before.
 *
 * Memory: a record a host, and of each thread what its files need while they are read, whatever
 * their size. The result does not depend on the number of threads.
 */
#ifndef FT_FLEET_FLEET_H
#define FT_FLEET_FLEET_H

#include "fleet/take.h"

struct fleet {
	struct fleet_host *hosts; /* by name */
	size_t n, alloc;
	struct take_broken *broken; /* by file; all of them */
	size_t n_broken, alloc_broken;
	uint64_t files, bytes, lines, samples;
	double drop_limit; /* hosts that lose more than this share drop */
};

struct fleet_options {
	struct take_options take;
	int jobs; /* threads; 0: one a CPU, at most FLEET_JOBS_MAX */
};
#define FLEET_JOBS_MAX 64

/* Add what is in the paths: files, and folders with all that is below them (symbolic links to
 * folders are not followed). A merged file adds its records; "-" is one on standard input.
 * ERROR_INPUT: a path cannot be read, or there is no host in any of them. *out is released by the
 * caller in any case. */
int fleet_read(const struct strvec *paths, const struct fleet_options *o, struct fleet *out,
	       struct error *err);
void fleet_release(struct fleet *f);

/* The merged file: JSON lines, the first says what it is, then one a host, then one a broken file;
 * appended. ERROR_INTERNAL. */
int fleet_write(const struct fleet *f, struct strbuf *out, struct error *err);
/* Is that the beginning of a merged file? */
bool fleet_is_merged(const char *text);
/* Add a merged file's records; "-": standard input. ERROR_INPUT with file:line. */
int fleet_read_merged(const char *path, struct fleet *out, struct error *err);
/* Move what was taken into the fleet. */
void fleet_add(struct fleet *f, struct taken *t);
/* Order by name; records of one host become one. */
void fleet_finish(struct fleet *f);

#endif

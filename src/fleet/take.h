/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to records of hosts. What a file is, its content says: results.json of falcotune run,
 * host.json of falcotune survey, else what import/import.h reads.
 */
#ifndef FT_FLEET_TAKE_H
#define FT_FLEET_TAKE_H

#include "config/config.h"
#include "fleet/host.h"

/* How hosts are judged; borrowed, and only read: several threads may share it. */
struct take_options {
	const struct config *config; /* of the fleet: buffers, thread table */
};

/* A file, or a line of it, that gave nothing. */
struct take_broken {
	char *file;
	int64_t lines; /* that are broken; 0: the file as a whole */
	char *why;     /* the first of them, with its place */
};

/* What came of some files; released by the caller. */
struct taken {
	struct fleet_host *hosts;
	size_t n, alloc;
	struct take_broken *broken;
	size_t n_broken, alloc_broken;
	uint64_t bytes, lines, samples;
};

/* The files of one group, in the order of their names: at most one host's rotated files, or a
 * folder's few. Nothing of them is fatal: what cannot be read is in out->broken. */
void take_files(const struct take_options *o, const struct strvec *files, struct taken *out);
void taken_release(struct taken *t);

#endif

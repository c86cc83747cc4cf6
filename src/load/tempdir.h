/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load's own temporary folder: falcotune-load.PID.XXXXXX below $TMPDIR or /tmp. All files that
 * a load touches are in it. It is locked (flock) as long as its owner lives, so that a later start
 * can tell a folder left behind by a crash from one in use in another process namespace.
 */
#ifndef FT_LOAD_TEMPDIR_H
#define FT_LOAD_TEMPDIR_H

#include "base/error.h"

struct load_tempdir {
	char *path; /* absolute; NULL when there is none */
	int fd;	    /* holds the lock */
};

#define LOAD_TEMPDIR_INIT                                                                          \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Removes what dead processes left behind, then makes the folder. ERROR_ENV. */
int load_tempdir_make(struct load_tempdir *d, struct error *err);
/* Removes the folder and everything in it, quietly. */
void load_tempdir_release(struct load_tempdir *d);

#define cleanup_load_tempdir __attribute__((cleanup(load_tempdir_release)))

#endif

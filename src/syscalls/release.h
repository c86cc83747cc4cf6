/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Falco releases that falcotune knows, and what differs between them beyond their tables of
 * events: how -A and base_syscalls.all stand, how plugins take part in the selection, whether enter
 * events exist. The steps of the selection and the set of repair are the same in all of them.
 * Source: the sources of each release (configure_interesting_sets.cpp and options.cpp of
 * falcosecurity/falco, sinsp_events_ppm_sc.cpp of falcosecurity/libs).
 */
#ifndef FT_SYSCALLS_RELEASE_H
#define FT_SYSCALLS_RELEASE_H

#include "syscalls/catalogue.h"

/* Falco's releases are told apart by their minor number: 0.38.x .. 0.44.x. */
struct release {
	int minor;
	bool all_key;	   /* base_syscalls.all is read */
	bool all_flag;	   /* -A is an option */
	bool plugin_sets;  /* sets of parsing plugins are computed (and lost); not before 0.39 */
	bool enter_events; /* the kernel side sends enter events too: about twice as many events */
	bool container_builtin; /* container.* are fields of libs, no plugin is needed */
};

enum release_match {
	RELEASE_EXACT,	 /* the very release */
	RELEASE_NEAREST, /* another patch release of the same minor release */
	RELEASE_NEWER,	 /* newer than all that are known: the newest stands in */
	RELEASE_UNKNOWN, /* older than all that are known, or no version at all */
};

/* The catalogue for a version as people write it ("0.43.1", "0.43", "v0.43.0"); *how says how well
 * it fits. NULL with RELEASE_UNKNOWN. */
const struct catalogue *release_find(const char *version, enum release_match *how);
/* What differs in the release of a catalogue. */
const struct release *release_of(const struct catalogue *c);
/* Minor number of a version text, -1 when it is none. */
int release_minor(const char *version);
/* "0.38.2, 0.39.2 ... 0.44.1", appended. */
void release_list(struct strbuf *out);

#endif

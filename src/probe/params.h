/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of events (evt.arg, evt.rawarg, evt.args): names, order and formats of Falco's
 * event table, one list for each native x86_64 call, and where each parameter is in an event.
 *
 * The lists are constant data, generated (params-data.c). A parameter that the engine does not
 * record has no value and prints as Falco prints an empty one.
 */
#ifndef FT_PROBE_PARAMS_H
#define FT_PROBE_PARAMS_H

#include "probe/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Falco's parameter types as far as their texts differ. */
enum param_type {
	PARAM_FD,
	PARAM_PID,
	PARAM_ERRNO,
	PARAM_STR,
	PARAM_PATH, /* relative ones are resolved beside the text */
	PARAM_BYTES,
	PARAM_ADDR,
	PARAM_TUPLE,
	PARAM_FLAGS, /* any number of a table's bits */
	PARAM_ENUM,  /* one of a table's values */
	PARAM_MODE,
	PARAM_UID,
	PARAM_GID,
	PARAM_SIGNAL,
	PARAM_SIGSET,
	PARAM_RELTIME, /* ns */
	PARAM_ABSTIME, /* ns since the epoch */
	PARAM_FDLIST,
	PARAM_DYN, /* depends on the call's first arguments */
	PARAM_UINT8,
	PARAM_UINT16,
	PARAM_UINT32,
	PARAM_UINT64,
	PARAM_INT32,
	PARAM_INT64,
};

enum param_format { PARAM_DEC, PARAM_HEX, PARAM_OCT };

enum param_source {
	PARAM_FROM_NONE,      /* not recorded */
	PARAM_FROM_RES,	      /* the result */
	PARAM_FROM_ARG,	      /* argument */
	PARAM_FROM_TEXT,      /* string 0 or 1 of the payload */
	PARAM_FROM_SOCK,      /* the ends of the event's socket */
	PARAM_FROM_FDTUPLE,   /* those of the descriptor */
	PARAM_FROM_PAIR,      /* descriptor 0 or 1 that the call returned */
	PARAM_FROM_DATA,      /* what was read or written */
	PARAM_FROM_OPENFLAGS, /* argument, flags of an open with what the kernel adds to them */
	PARAM_FROM_OPENMODE,  /* argument, mode of an open; 0 unless it may create */
	PARAM_FROM_SOCKTYPE,  /* argument of socket without its flags */
	PARAM_FROM_SOCKFLAGS, /* the flags of that */
	PARAM_FROM_FILEDEV,   /* of the opened file */
	PARAM_FROM_FILEINO,
	PARAM_FROM_FIELD, /* the field of that name */
	PARAM_FROM_ARGS,  /* of the process */
	PARAM_FROM_ENV,
	PARAM_FROM_USAGE, /* of the event's struct probe_usage, see params_read.c */
	PARAM_FROM_LOGINUID,
	PARAM_FROM_CAPS, /* set 0 to 2 */
	PARAM_FROM_EXEFLAGS,
	PARAM_FROM_EXECTIME,
	PARAM_FROM_EXEMTIME,
	PARAM_FROM_EXECNAME, /* the file name as it was given */
	PARAM_FROM_CLONEFLAGS,
	PARAM_FROM_PRCTLSTR,   /* the name that prctl sets, where it sets one */
	PARAM_FROM_PRCTLINT,   /* its second argument otherwise */
	PARAM_FROM_EXITSTATUS, /* of a process that ended */
	PARAM_FROM_EXITRET,
	PARAM_FROM_EXITSIG,
	PARAM_FROM_EXITCORE,
};

struct param_flag {
	const char *name;
	uint32_t value;	 /* in an event */
	uint32_t native; /* in the call's argument */
};

struct param {
	const char *name;
	enum param_type type;
	enum param_format format;
	enum param_source from;
	uint8_t n;   /* argument's or string's index */
	int8_t dirp; /* PARAM_PATH: parameter with the folder's descriptor; -1: the working folder
		      */
	const struct param_flag *flags; /* ends with a NULL name; NULL: no table */
	const char *field;		/* PARAM_FROM_FIELD */
};

struct param_list {
	const struct param *v;
	size_t n;
};

/* By native number, PROBE_NR_PROCEXIT included; n is 0 for a call that has no parameters. */
extern const struct param_list param_lists[PROBE_SYSCALLS];

/* How many of the call's arguments its parameters need; at least 2, which the state may want. */
unsigned param_nargs(unsigned nr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a configuration, or surprising in it: values that stop Falco, keys that the
 * release does not read, and the traps of merging, buffers, metrics and outputs. One table of
 * traps, each with a code, a severity, why it matters and how to mend it.
 */
#ifndef FT_CONFIG_FINDINGS_H
#define FT_CONFIG_FINDINGS_H

#include "config/config.h"

enum trap_severity {
	TRAP_ERROR,   /* Falco refuses to start */
	TRAP_WARNING, /* it starts, and does something else than what is written or wanted */
	TRAP_NOTE,    /* worth knowing */
};
extern const char *const trap_severity_names[]; /* error warning note */

struct trap {
	const char *code; /* "FC301" */
	enum trap_severity severity;
	const char *title, *why, *mend;
};

/* All traps, by code; ends with an entry whose code is NULL. */
const struct trap *config_traps(void);
/* In any letter case; NULL when there is none. */
const struct trap *config_trap_find(const char *code);

/* The host that the configuration is for; 0 stands for unknown, then nothing is said about it. */
struct config_host {
	int n_cpus;	    /* online */
	uint64_t page_size; /* bytes */
	uint64_t memory;    /* bytes: the smallest limit that holds */
	char memory_of[64]; /* "this host", "the control group" */
};
/* This host's. Never fails: what cannot be read stays 0. */
void config_host_read(struct config_host *h);

/* Ring buffers that the configuration makes on that host, 0 when unknown or none. */
uint64_t config_buffer_count(const struct config *c, const struct config_host *h);

/* Everything found, as a JSON array of {code, severity, title, message, why, mend} and, where there
 * is a place, file, line, col. errors first. *refused (may be NULL): Falco would not start. The
 * configuration should have been read with lenient and history. The caller owns the reference. */
json_t *config_findings(const struct config *c, const struct config_host *h, bool *refused);

#endif

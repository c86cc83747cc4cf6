/* SPDX-License-Identifier: Apache-2.0 */
/*
 * append_output: what falco.yaml adds to the outputs of syscall rules. Entries for other sources
 * are left out.
 */
#ifndef FT_CONFIG_APPEND_H
#define FT_CONFIG_APPEND_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* A member of output_fields in JSON, of extra_fields. */
struct append_field {
	char *key;
	char *format; /* an output of its own: "%evt.hostname" */
	bool raw;     /* the value of the field that key names, with its JSON type; else text */
};

struct append_entry {
	char *rule;	    /* match.rule; NULL: any */
	struct strvec tags; /* match.tags: a rule must have all of them */
	char *output;	    /* extra_output; NULL: none */
	bool suggested;	    /* the fields that the container plugin suggests, behind output */
	struct append_field *fields;
	size_t n_fields, alloc_fields;
};

struct append_list {
	struct append_entry *v; /* in the order of the configuration */
	size_t n, alloc;
};

void append_release(struct append_list *l);

#endif

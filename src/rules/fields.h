/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that conditions and outputs can name, with their types and arguments, for source
 * syscall in Falco 0.44.1 (field lists of other releases are not recorded).
 */
#ifndef FT_RULES_FIELDS_H
#define FT_RULES_FIELDS_H

#include "rules/evtypes.h"
#include "rules/loader.h"

/* Falco's parameter types. */
enum field_type {
	TYPE_NONE,
	TYPE_ABSTIME,
	TYPE_BOOL,
	TYPE_BYTEBUF,
	TYPE_CHARBUF,
	TYPE_CHARBUFARRAY,
	TYPE_CHARBUF_PAIR_ARRAY,
	TYPE_DOUBLE,
	TYPE_DYNAMIC,
	TYPE_ENUMFLAGS16,
	TYPE_ENUMFLAGS32,
	TYPE_ENUMFLAGS8,
	TYPE_ERRNO,
	TYPE_FD,
	TYPE_FDLIST,
	TYPE_FLAGS16,
	TYPE_FLAGS32,
	TYPE_FLAGS8,
	TYPE_FSPATH,
	TYPE_FSRELPATH,
	TYPE_GID,
	TYPE_INT16,
	TYPE_INT32,
	TYPE_INT64,
	TYPE_INT8,
	TYPE_IPADDR,
	TYPE_IPNET,
	TYPE_IPV4ADDR,
	TYPE_MODE,
	TYPE_PID,
	TYPE_PID32,
	TYPE_PORT,
	TYPE_RELTIME,
	TYPE_SIGSET,
	TYPE_SIGTYPE,
	TYPE_SOCKADDR,
	TYPE_SOCKFAMILY,
	TYPE_SOCKTUPLE,
	TYPE_SYSCALLID,
	TYPE_UID,
	TYPE_UINT16,
	TYPE_UINT32,
	TYPE_UINT64,
	TYPE_UINT8,
};

enum field_flags {
	FIELD_LIST = 1 << 0,
	FIELD_ARG_REQUIRED = 1 << 1,
	FIELD_ARG_ALLOWED = 1 << 2,
	FIELD_ARG_INDEX = 1 << 3,
	FIELD_ARG_KEY = 1 << 4,
	FIELD_NO_RIGHT = 1 << 5, /* neither side of a comparison of two fields */
	FIELD_NO_TRANSFORMER = 1 << 6,
};

#define FIELD_CLASS_PLUGIN 9

struct field {
	const char *name;
	uint8_t class; /* order in which Falco asks; FIELD_CLASS_PLUGIN: the container plugin's */
	enum field_type type;
	unsigned flags;
};
extern const struct field rule_fields[]; /* sorted by name */
extern const size_t n_rule_fields;

struct event_param {
	const char *name;
	enum field_type type;
};
extern const struct event_param rule_event_params[]; /* sorted by name */
extern const size_t n_rule_event_params;

/* What a field or transformer yields. */
struct field_info {
	const struct field *field; /* NULL for a constant and for join, concat, getopt */
	enum field_type type;
	unsigned flags;
};

/* Field by name and argument (NULL: none). On failure *unknown says that Falco's text speaks of a
 * nonexistent field (skip-if-unknown-filter then drops the rule). */
int rule_field_find(const struct ruleset_options *opt, const char *name, const char *arg,
		    struct field_info *out, bool *unknown, struct error *err);
/* Type of a field or a transformer with its arguments. */
int rule_field_infer(const struct ruleset_options *opt, const struct ast *a, struct field_info *out,
		     bool *unknown, struct error *err);
/* May text stand on the left side of a check: a field with its argument, or a transformer? */
bool rule_field_valid_left(const struct loader *ld, const char *text);
/* Is the text a field with its argument, if any, as Falco looks names up (quotes are not removed)?
 */
bool rule_field_exists(const struct ruleset_options *opt, const char *text);
/* Does the container plugin bring this field? An argument is ignored. */
bool rule_field_is_container(const char *name);
const char *rule_field_type_name(enum field_type type);

/* types.c: does the type take the operator, and may the constant be compared with it? */
int rule_operator_check(const struct field_info *left, enum ast_op op, struct error *err);
int rule_value_check(const struct field_info *left, enum ast_op op, const char *text,
		     struct error *err);

/* regex.c: would RE2 take it in POSIX mode? */
int rule_regex_check(const char *pattern, struct error *err);

/* output.c: names of the fields of an output, in order, as Falco lists them. */
void output_fields_of(const struct ruleset_options *opt, const char *output, struct strvec *out);

#endif

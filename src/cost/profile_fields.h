/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain members of the JSON of a profile: one row each, for reading and writing alike.
 */
#ifndef FT_COST_PROFILE_FIELDS_H
#define FT_COST_PROFILE_FIELDS_H

#include <stddef.h>

enum field_type {
	F_STR,	 /* char *, NULL is null */
	F_NAME,	 /* char *, must be there */
	F_COUNT, /* int64_t of 0 or more, must be there */
	F_WHOLE, /* int64_t of 0 or more, -1 is null */
	F_NS,	 /* double, must be there */
	F_REAL,	 /* double, NaN is null */
	F_BOOL,	 /* bool, must be there */
	F_NEXT,	 /* char *: a whole number or a string */
};

struct field {
	const char *name;
	enum field_type type;
	size_t at;
};

/* Each ends with an empty row. */
extern const struct field ep_top_fields[];
extern const struct field ep_time_fields[];
extern const struct field ep_phase_fields[];
extern const struct field ep_event_fields[];
extern const struct field ep_work_fields[];
extern const struct field ep_rule_event_fields[];
extern const struct field ep_check_fields[];
extern const struct field ep_rule_fields[];
extern const struct field ep_node_fields[];

/* Members of the document that are objects of plain members; ends with an empty row. */
struct field_part {
	const char *name;
	const struct field *fields;
};
extern const struct field_part ep_parts[];

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which events a condition can be true for (reference, section 4): set algebra over the checks on
 * evt.type and syscall.type, every other check being neutral.
 */
#ifndef FT_RULES_EVTYPES_H
#define FT_RULES_EVTYPES_H

#include "base/bitset.h"
#include "rules/ast.h"
#include "syscalls/catalogue.h"

/* What is the same for all conditions of a catalogue. */
struct evtypes_all {
	const struct catalogue *cat;
	struct bitset codes, scs;
};
struct evtypes_all evtypes_all_of(const struct catalogue *cat);
struct bitset evtypes_codes_of(const struct evtypes_all *all, const struct ast *a);
struct bitset evtypes_scs_of(const struct evtypes_all *all, const struct ast *a);
/* A resolved tree -> event codes, and -> syscalls. */
struct bitset evtypes_codes(const struct catalogue *cat, const struct ast *a);
struct bitset evtypes_scs(const struct catalogue *cat, const struct ast *a);
/* Is it the field evt.type or syscall.type, without an argument? */
bool evtypes_is_field(const struct ast *a);
/* Is it the name of an asynchronous event that the container plugin sends? */
bool evtypes_is_async_name(const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes behind the numbers of cost/meaning.h. */
#ifndef FT_COST_MEANING_PRIVATE_H
#define FT_COST_MEANING_PRIVATE_H

#include "cost/meaning.h"

enum node_kind {
	NODE_TEXT, /* a constant or the left side of a check; not a condition */
	NODE_LEAF, /* a check; head: its whole text */
	NODE_SET,  /* head: left side, kids: the constants that it may be equal to */
	NODE_AND,
	NODE_OR,
};

struct meaning_node {
	enum node_kind kind;
	bool negated; /* LEAF, SET */
	uint32_t head;
	uint32_t positive; /* LEAF: the same check without the negation, itself when it has none */
	uint32_t *kids;	   /* owned */
	size_t n;
};

#endif

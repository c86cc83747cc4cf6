/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the cost model. */
#ifndef FT_COST_MODEL_PRIVATE_H
#define FT_COST_MODEL_PRIVATE_H

#include "base/map.h"
#include "cost/model.h"
#include "cost/walk.h"

/* ---- known.c: likelihoods that profiles counted ---- */

struct known_check {
	int64_t evaluations, is_true;
};
struct known {
	struct strmap map; /* "rule\1check" and "\1check" -> known_check */
	struct known_check **v;
	size_t n, alloc;
};
void known_make(struct known *k, const struct eprofile *const *v, size_t n);
void known_release(struct known *k);
/* NaN unknown. In that rule, else in any rule. */
double known_find(const struct known *k, const char *rule, const char *text, bool *in_rule);
const struct ep_rule *known_rule(const struct eprofile *p, const char *name);

/* What a rule did on events of that type, in the first profile that knows; NULL unknown. */
const struct ep_work *known_work(const struct eprofile *const *v, size_t n, const char *rule,
				 const char *event);

struct price_slot {
	const struct ast *check;
	double ns, p;
};

/* Prices and likelihoods of the checks of one rule, each looked up once. */
struct rule_prices {
	const struct known *known;
	const struct cost_params *params;
	const char *rule;
	bool any_known;	       /* a likelihood of that rule was used */
	struct ptrtable slots; /* of struct price_slot, by check */
};
void rule_prices_start(struct rule_prices *r, const char *rule);
void rule_prices_release(struct rule_prices *r);
struct walk_prices rule_prices_hooks(struct rule_prices *r);

/* ---- buckets.c ---- */

/* The calls of a set, with the code that stands for each and all codes of it. */
struct cost_place {
	const char *name;
	size_t sc, code;
	struct bitset codes;
	double weight, seen;
};
struct cost_places {
	struct cost_place *v;
	size_t n;
};
void cost_places_make(const struct cost_input *in, struct bitset set, enum cost_mix mix,
		      struct cost_places *out);
enum cost_mix cost_mix_of(const struct cost_input *in);

/* ---- model.c ---- */

/* A rule in a bucket, for one evaluation. */
struct cost_cell {
	size_t rule;		       /* index of the active rule */
	double checks, ns, p, best_ns; /* ns: without alerts */
	double output;		       /* ns of alerts for an evaluation */
	double measured;	       /* ns with alerts; NaN */
};
struct cost_table {
	const struct cost_input *in;
	const struct rule **rules; /* active */
	size_t n_rules;
	bool *known, *measured; /* by rule */
	struct cost_places places;
	struct cost_cell **cells; /* by place */
	size_t *n_cells;
	struct walk walk;
	struct known likely;
};
/* What is used of a cell: measured, or the model's. */
double cost_cell_ns(const struct cost_cell *c);
/* The rules that are kept (NULL: all), with the set that they need; scs: of each rule in place of
 * its own (NULL). *final: the set. */
struct cost_sum cost_of(const struct cost_table *t, const bool *kept, const struct bitset *scs,
			struct bitset *final);
void cost_table_make(struct cost_table *t, const struct cost_input *in, bool measured);
void cost_table_release(struct cost_table *t);

/* ---- worst.c ---- */
void cost_worst(const struct cost_table *t, const size_t *ks, size_t n, struct cost *out);

#endif

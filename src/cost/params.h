/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of the cost model: what an event, a check and an alert cost, by engine, and how
 * likely a check is true. They are read from one data file (templates/cost-model.yaml, which says
 * where each value is from); a calibration file of the same form takes the place of some of them.
 *
 * Costs are ns of CPU. Each value has a factor: the truth is expected between value / factor and
 * value * factor. A value that is not known is NaN.
 */
#ifndef FT_COST_PARAMS_H
#define FT_COST_PARAMS_H

#include "base/error.h"
#include "cost/price.h"
#include "cost/profile.h"
#include "rules/ast.h"

#include <stdbool.h>
#include <stddef.h>

enum cost_engine { COST_EMBEDDED, COST_FALCO, COST_N_ENGINES };
extern const char *const cost_engine_names[]; /* "embedded", "falco", NULL */

/* Kinds of operators and fields that have a price of their own. */
enum cost_op {
	COST_EXISTS,
	COST_EQUAL, /* =, ==, != */
	COST_ORDER, /* <, <=, >, >= */
	COST_CONTAINS,
	COST_AFFIX, /* startswith, endswith and their like */
	COST_GLOB,
	COST_REGEX,
	COST_IN, /* in, intersects */
	COST_PMATCH,
	COST_N_OPS
};
enum cost_field {
	COST_F_EVENT,	 /* evt.*: numbers, names and flags of the event */
	COST_F_FD,	 /* fd.*: numbers, types, addresses */
	COST_F_PATH,	 /* names of files, directories and connections */
	COST_F_PROCESS,	 /* proc.*, thread.* of the process itself */
	COST_F_ANCESTOR, /* its parent, session leader or any ancestor */
	COST_F_LINEAGE,	 /* all its ancestors, one after another */
	COST_F_ARGS,  /* what is joined from arguments: command lines; other arguments of events */
	COST_F_FLAGS, /* names of flags, and all arguments of the event as one text */
	COST_F_ENV,   /* environments */
	COST_F_USER,
	COST_F_CONTAINER,
	COST_F_OTHER,
	COST_N_FIELDS
};

enum cost_param {
	CP_CAPTURE,   /* kernel side, for an event; in the time of the process that calls */
	CP_WAKE,      /* engine: looking for events, in a second (cost/wake.h); unknown: in the
		       * price of an event */
	CP_TRANSPORT, /* engine: get the event out of the buffers */
	CP_STATE,     /* engine: parse, and keep state; of events without a value of their own */
	CP_EVALUATED, /* engine: an event that rules are tried on, besides the rules */
	CP_RULE,      /* engine: try one rule, besides its checks */
	CP_OUTPUT,    /* engine: format and send one alert */
	CP_TRANSFORMER,
	CP_ITEM, /* each constant that is tried one after another (oneof, anyof, allof) */
	CP_OP,
	CP_FIELD = CP_OP + COST_N_OPS,
	CP_SEL_EXISTS = CP_FIELD + COST_N_FIELDS, /* likelihoods 0..1 from here */
	CP_SEL_NOT_EQUAL,
	CP_SEL_ORDER,
	CP_SEL_OTHER,
	CP_N
};

struct cost_value {
	double value;
	double factor; /* >= 1 */
	char *source;  /* owned */
};

struct cost_state { /* CP_STATE of one type of event */
	char *event;
	struct cost_value v;
};

struct cost_run {	 /* whole runs that a calibration was fit to; ns of CPU for each event */
	char *rules;	 /* owned */
	bool own;	 /* the user's: not fit to */
	double ns;	 /* the median of n runs */
	double lo, hi;	 /* of the runs */
	double model;	 /* by the calibration */
	double left_out; /* by one without this run; NaN when there is no other */
	size_t n;
};

struct cost_fitted { /* what was fit to whole runs of an engine that tells nothing of its checks */
	const char *what;     /* "event", "all-checks", "wake", "rule"; static */
	const char *unit;     /* static; "factor": of the prices that ship */
	double value, lo, hi; /* NaN: cannot be told apart, and is in the others */
};

#define COST_FITTED_MAX 4

struct cost_params {
	enum cost_engine engine;
	struct cost_value v[CP_N];
	struct cost_state *states;
	size_t n_states;
	struct cost_run *runs; /* of the calibration at hand; not read from its file */
	size_t n_runs;
	struct cost_fitted fitted[COST_FITTED_MAX]; /* the same */
	size_t n_fitted;
	/* Of the calibration; NULL and NaN without one. */
	char *host, *kernel, *engine_version, *date;
	double error;	    /* mean error of a check's price, relative */
	double whole_error; /* mean error of the CPU of the runs that it was fit to, relative; NaN
			     */
	double check_ns;    /* mean cost of a check as measured; NaN unknown */
};

/* Names of parameters in the files ("capture", "op.in", "field.ancestor", "selectivity.other"). */
const char *cost_param_name(enum cost_param p);
const char *cost_param_unit(enum cost_param p);

/* Read the data file for one engine: every parameter must be there. path NULL: the one that ships
 * with the program. ERROR_INPUT with a place; ERROR_ENV when the shipped one is nowhere. Release in
 * any case. */
int cost_params_read(const char *path, enum cost_engine engine, struct cost_params *out,
		     struct error *err);
/* Which engine is a calibration file of? */
int cost_calibration_engine(const char *path, enum cost_engine *out, struct error *err);
/* Put the values of a calibration file in the place of those of p. ERROR_INPUT; also when it is of
 * the other engine. */
int cost_params_calibrate(struct cost_params *p, const char *path, struct error *err);
/* The document of a calibration (templates/calibration.schema.json); the caller owns the reference,
 * NULL: it cannot be written. */
json_t *cost_params_json(const struct cost_params *p);
/* Write the values of p that a calibration found (cost/calibrate.h), atomically. */
int cost_params_write(const struct cost_params *p, const char *path, struct error *err);
void cost_params_release(struct cost_params *p);
void cost_params_copy(struct cost_params *to, const struct cost_params *from);
void cost_value_set(struct cost_value *v, double value, double factor, const char *source);
/* A value for one type of event, made when there is none. */
struct cost_value *cost_state_make(struct cost_params *p, const char *event);
const struct cost_value *cost_state(const struct cost_params *p, const char *event);

/* ---- checks ---- */

struct cost_kind {
	enum cost_op op;
	enum cost_field field;
	bool transformed;
	double items; /* constants that are tried one after another */
};
struct cost_kind cost_kind_of(const struct ast *check);
struct cost_kind cost_kind_of_profiled(const struct ep_check *check);
double cost_check_ns(const struct cost_params *p, const struct cost_kind *k);
/* The stated likelihood of an operator. */
double cost_selectivity(const struct cost_params *p, enum ast_op op);
/* How uncertain the price of a check is at most, as a factor. */
double cost_check_factor(const struct cost_params *p);

/* What a comparison of rule sets needs (cost/price.h). source is borrowed from p. */
struct price cost_price(const struct cost_params *p);

#endif

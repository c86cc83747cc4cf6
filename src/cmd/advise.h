/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of `falcotune advise`.
 */
#ifndef FT_CMD_ADVISE_H
#define FT_CMD_ADVISE_H

#include "advise/advice.h"
#include "cmd/cmd.h"
#include "engine/metrics.h"
#include "run/cgroup.h"

/* What the advice comes from, by content. */
enum advise_source { SOURCE_RESULTS, SOURCE_METRICS, SOURCE_HOST, SOURCE_OBSERVED };

struct advise_args {
	enum advise_source source;
	const char *results; /* operand */
	const char *from, *observe, *config, *falco;
	const char *load_given; /* --load */
	struct strvec sets, rules;
	int64_t duration_ns; /* of --observe */
	int format;
	const char *engine;	     /* --engine, or that of the results; NULL: auto */
	bool no_verify;		     /* dry runs only */
	bool dummy;		     /* results of the dummy rule set */
	char *load;		     /* of the results; NULL none */
	struct cgroup_limits limits; /* of the results' engine */
	double limit;		     /* drop rate that the results were judged by; NaN none */
	char *host_file;	     /* whose mix can be replayed; NULL none */
	char *found_engine;	     /* engine may point to it */
	char *found_config;	     /* of an observed process; config may point to it */
};

/* Metrics snapshots of one Falco. */
struct advise_lines {
	struct metrics_sample *v;
	size_t n, alloc;
};
void advise_lines_release(struct advise_lines *l);

/* The user's configuration with `more` settings on top. ERROR_INPUT. */
int advise_config(const struct advise_args *a, const struct strvec *more, struct config *out,
		  struct error *err);
/* What the verdicts need of a configuration, for a host with so many CPUs. */
void advise_fill_input(struct verdict_input *in, const struct config *c, int64_t n_cpus);

/* Advice from a file: results of a run (or their folder), a metrics file, or a host profile, as its
 * content says. Results name their engine and load in a. ERROR_INPUT. */
int advise_from_file(struct cmd_ctx *ctx, struct advise_args *a, const char *path,
		     struct advice *out, struct error *err);

/* Advice from watching a running Falco, a process id or the URL of its Prometheus endpoint, for
 * a->duration_ns. It is neither signalled nor changed. Its own configuration, rules and -o stand in
 * a afterwards, where a has none and they can be read. SIGINT ends it early. ERROR_INPUT,
 * ERROR_ENV; *caught: a signal that ended it, other than SIGINT. */
int advise_observe(struct cmd_ctx *ctx, struct advise_args *a, struct advice *out, int *caught,
		   struct error *err);

/* Run the engine with each finding's settings: dry, and live for the first few where a load is
 * known
 * (--load, that of the results, the mix of a host profile) unless no_verify; `verification` of each
 * says what came of it, or why there was no run. Before the findings
 * are spelt for the user's own configuration. Errors: ERROR_ENV when nothing can be run at all;
 * *caught: a signal. */
int advise_verify(struct cmd_ctx *ctx, const struct advise_args *a, struct advice *f, int *caught,
		  struct error *err);

#endif

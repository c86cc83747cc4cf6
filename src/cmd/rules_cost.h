/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune rules --cost: what the rules cost by the model, and what to do about it. */
#ifndef FT_CMD_RULES_COST_H
#define FT_CMD_RULES_COST_H

#include "base/opts.h"
#include "cmd/predict.h"

struct rules_cost_args {
	bool cost, given; /* given: an option that has no meaning without --cost */
	const char *host_file, *calibration_file, *write_file;
	struct strvec profiles;
	int model; /* enum cost_engine + 1; 0: by the other options */
	enum out_format format;
};

/* Rows of the table of options; a: struct rules_cost_args *. */
extern const char *const rules_cost_models[]; /* "auto", "embedded", "falco" */
/* clang-format off */
#define RULES_COST_OPTS(a)                                                                         \
	{0, "cost", OPT_FLAG, &(a)->cost,                                                          \
	 .help = "rank the rules by what they cost, with the lever for each"},                     \
	{0, "host", OPT_STR, &(a)->host_file, .arg = "FILE",                                       \
	 .help = "of --cost: host.json of falcotune survey, for rates and shares of a CPU",        \
	 .given = &(a)->given},                                                                    \
	{0, "profile", OPT_STRS, &(a)->profiles, .arg = "FILE",                                    \
	 .help = "of --cost: profile of the embedded engine, for measured times and how often "    \
		 "checks are true; repeatable", .given = &(a)->given},                             \
	{0, "calibration", OPT_STR, &(a)->calibration_file, .arg = "FILE",                         \
	 .help = "of --cost: parameters calibrated on this host", .given = &(a)->given},           \
	{0, "write-calibration", OPT_STR, &(a)->write_file, .arg = "FILE",                         \
	 .help = "of --cost: fit the parameters to the profiles, use and write them",              \
	 .given = &(a)->given},                                                                    \
	{0, "model", OPT_CHOICE, &(a)->model, .arg = "ENGINE", .choices = rules_cost_models,       \
	 .help = "of --cost: engine whose cost is meant (auto: embedded with a profile or its "    \
		 "calibration, else falco)", .given = &(a)->given}
/* clang-format on */

/* in: of the rules; warnings go to stderr, the report to stdout. */
int rules_cost(const struct rules_cost_args *a, const struct predict_input *in, struct cmd_ctx *ctx,
	       struct error *err);

#endif

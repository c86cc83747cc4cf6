/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as a program: load configuration and rules, compute the selection, log as Falco does;
 * then end (dry run, descriptions) or capture (app_live.c).
 */
#ifndef FT_PROBE_APP_H
#define FT_PROBE_APP_H

#include "config/config.h"
#include "probe/cli.h"
#include "probe/eval.h"
#include "probe/logs.h"
#include "rules/ruleset.h"
#include "syscalls/select.h"

#define ENGINE_NAME	  "falcotune-engine"
#define ENGINE_SELECTS_AS "0.44.1"

struct app {
	struct cli cli;
	struct logs logs;
	struct config config;
	bool has_config;
	const struct catalogue *cat;
	struct ruleset_options rules_opt;
	struct ruleset ruleset;
	bool has_ruleset;
	struct strvec rules_files;
	struct selection selection;
	bool has_selection;
	unsigned cpus_for_each_buffer; /* after the check against the online CPUs */
	struct calls *calls;
	struct eval *eval; /* the active rules, compiled */
	int64_t start_epoch_ns;
};

/* Runs the program; returns its exit status. */
int app_main(int argc, char **argv);

/* app_info.c: the options that print something and end. app_info handles those that need no rules
 * (true: *status is the exit status). */
bool app_info(struct app *app, int *status);
/* err: what loading said; its findings are printed instead where there are any. */
int app_validate(struct app *app, struct error *err);
int app_describe(struct app *app);
/* The findings of the rule set on stderr: errors as lines beginning with "Error: ", warnings. */
void app_print_findings(const struct app *app, const struct error *err);

/* app_live.c: capture until a signal, -M, or an error. */
int app_live(struct app *app, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/app.h"

#include "base/mem.h"
#include "probe/capture.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* What Falco exits with when it refuses rules or configuration. */
#define EXIT_REFUSED 1

static bool value_bool(const struct yaml_node *root, const char *key, bool otherwise)
{
	const struct yaml_node *n = yaml_get(root, key);
	bool v = otherwise;

	if (n && n->kind == YAML_SCALAR)
		yaml_to_bool(n->value, &v);
	return v;
}

static int load_config(struct app *app, struct error *err)
{
	struct config_input in = {.file = app->cli.config, .sets = &app->cli.sets};
	int level;

	if (config_load(&app->config, &in, err))
		return -1;
	app->has_config = true;
	level = config_priority(app->config.log_level ? app->config.log_level : "info");
	app->logs.level = app->cli.verbose || level < 0 ? LOGS_DEBUG : level;
	app->logs.iso_time = app->config.time_iso_8601;
	app->logs.off = !value_bool(app->config.root, "log_stderr", true);
	return 0;
}

static void log_start(const struct app *app)
{
	const struct logs *l = &app->logs;
	struct utsname un;

	logs_print(l, LOGS_INFO, "%s version: %s (x86_64), selects as Falco %s", ENGINE_NAME,
		   FALCOTUNE_VERSION, ENGINE_SELECTS_AS);
	logs_print(l, LOGS_INFO, "Falco initialized with configuration files:");
	for (size_t i = 0; i < app->config.files.n; i++)
		logs_print(l, LOGS_INFO, "   %s | schema validation: none", app->config.files.v[i]);
	if (app->config.files.n == 0)
		logs_print(l, LOGS_INFO, "   (values of Falco %s's falco.yaml)", ENGINE_SELECTS_AS);
	for (size_t i = 0; i < app->config.warnings.n; i++)
		logs_print(l, LOGS_WARNING, "%s", app->config.warnings.v[i]);
	if (uname(&un) == 0)
		logs_print(l, LOGS_INFO, "System info: %s version %s (%s) %s", un.sysname,
			   un.release, un.machine, un.version);
}

static void set_rules_options(struct app *app)
{
	const struct config *c = &app->config;

	app->rules_opt = (struct ruleset_options)RULESET_OPTIONS_INIT;
	app->rules_opt.cat = app->cat;
	app->rules_opt.min_priority = (enum rule_priority)c->priority;
	/* The engine itself stands in for the container plugin. */
	app->rules_opt.container_plugin = true;
	app->rules_opt.append_output = &c->append_output;
}

static int load_rules(struct app *app, const struct strvec *files, struct error *err)
{
	set_rules_options(app);
	app->ruleset = (struct ruleset)RULESET_INIT;
	app->has_ruleset = true;
	if (ruleset_load(&app->ruleset, (const char *const *)files->v, files->n, &app->rules_opt,
			 err))
		return -1;
	for (size_t i = 0; i < app->config.n_rules; i++) {
		const struct rules_select *s = &app->config.rules[i];

		ruleset_enable(&app->ruleset, s->enable, s->rule, s->tag);
	}
	return 0;
}

static void log_rules_files(const struct app *app)
{
	const struct logs *l = &app->logs;

	logs_print(l, LOGS_DEBUG, "Configured rules filenames:");
	for (size_t i = 0; i < app->rules_files.n; i++)
		logs_print(l, LOGS_DEBUG, "   %s", app->rules_files.v[i]);
	logs_print(l, LOGS_INFO, "Loading rules from:");
	for (size_t i = 0; i < app->rules_files.n; i++)
		logs_print(l, LOGS_INFO, "   %s | schema validation: none", app->rules_files.v[i]);
}

static void log_selected_rules(const struct app *app)
{
	for (size_t i = 0; i < app->config.n_rules; i++) {
		const struct rules_select *s = &app->config.rules[i];
		const char *what = s->enable ? "Enabling" : "Disabling";

		if (s->rule && *s->rule)
			logs_print(&app->logs, LOGS_INFO, "%s rules with name: %s", what, s->rule);
		if (s->tag && *s->tag)
			logs_print(&app->logs, LOGS_INFO, "%s rules with tag: %s", what, s->tag);
	}
}

static void print_line(void *arg, const char *level, const char *line)
{
	const struct app *app = arg;

	if (!strcmp(level, "plain"))
		logs_plain(&app->logs, "%s", line);
	else
		logs_print(&app->logs, logs_level_of(level), "%s", line);
}

static void select_syscalls(struct app *app)
{
	const struct config *c = &app->config;
	struct select_rule *rules = xcalloc(app->ruleset.n ? app->ruleset.n : 1, sizeof(*rules));
	struct select_input in = {.cat = app->cat,
				  .rules = rules,
				  .repair = c->repair,
				  .all = c->all,
				  .n_custom = c->custom_set.n,
				  .custom_set = (const char *const *)c->custom_set.v};

	for (size_t i = 0; i < app->ruleset.n; i++) {
		const struct rule *r = &app->ruleset.rules[i];

		if (rule_is_active(r, &app->rules_opt))
			rules[in.n_rules++] = (struct select_rule){r->name, r->scs};
	}
	selection_compute(&in, &app->selection);
	app->has_selection = true;
	selection_log_lines(&app->selection, print_line, app);
	free(rules);
}

static void check_buffers(struct app *app)
{
	const struct config *c = &app->config;
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	app->cpus_for_each_buffer = c->kind == ENGINE_KMOD ? 1 : (unsigned)c->cpus_for_each_buffer;
	if (online > 0 && app->cpus_for_each_buffer > (unsigned long)online) {
		logs_print(&app->logs, LOGS_WARNING,
			   "you required a buffer every '%u' CPUs but there are only '%ld' online "
			   "CPUs. Falco changed the config to: one buffer every '%ld' CPUs",
			   app->cpus_for_each_buffer, online, online);
		app->cpus_for_each_buffer = (unsigned)online;
	}
	logs_print(&app->logs, LOGS_INFO,
		   "The chosen syscall buffer dimension is: %llu bytes (%llu MBs)",
		   (unsigned long long)c->buffer_bytes,
		   (unsigned long long)(c->buffer_bytes >> 20));
	if (c->drop_failed_exit)
		logs_print(&app->logs, LOGS_WARNING,
			   "engine.%s.drop_failed_exit is not offered by %s: failed calls are "
			   "collected",
			   engine_kind_names[c->kind], ENGINE_NAME);
}

static void log_enabled_rules(const struct app *app)
{
	size_t n = 0;

	logs_print(&app->logs, LOGS_DEBUG, "Enabled rules:");
	for (size_t i = 0; i < app->ruleset.n; i++) {
		if (!rule_is_active(&app->ruleset.rules[i], &app->rules_opt))
			continue;
		logs_print(&app->logs, LOGS_DEBUG, "   %s", app->ruleset.rules[i].name);
		n++;
	}
	logs_print(&app->logs, LOGS_DEBUG, "(%zu) enabled rules in total", n);
}

static void compile_rules(struct app *app)
{
	const struct logs *l = &app->logs;

	app->calls = xmalloc(sizeof(*app->calls));
	app->eval = xmalloc(sizeof(*app->eval));
	calls_init(app->calls, app->cat);
	eval_init(app->eval, app->calls, &app->ruleset, &app->rules_opt,
		  app->config.rule_matching_all);
	for (size_t i = 0; i < app->eval->n; i++)
		if (app->eval->rules[i].why_not)
			logs_print(
				l, LOGS_WARNING,
				"Rule '%s' is not evaluated: it needs %s, which %s does not have",
				app->eval->rules[i].rule->name, app->eval->rules[i].why_not,
				ENGINE_NAME);
	if (app->eval->n_not_evaluated)
		logs_print(l, LOGS_WARNING, "(%zu) of %zu enabled rules are not evaluated",
			   app->eval->n_not_evaluated, app->eval->n);
}

/* Outputs and engines that the embedded engine does not have. */
static int check_offered(const struct app *app, struct error *err)
{
	static const char *const outputs[] = {"syslog_output", "program_output", "http_output"};
	const struct config *c = &app->config;
	bool any = c->stdout_enabled || c->file_enabled;

	if (c->kind == ENGINE_NODRIVER)
		return error_input(err,
				   "engine.kind: %s is not offered by %s: use modern_ebpf or kmod, "
				   "or replay with a recording of its own",
				   engine_kind_names[c->kind], ENGINE_NAME);
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		if (!value_bool(yaml_get(c->root, outputs[i]), "enabled", false))
			continue;
		any = true;
		logs_print(&app->logs, LOGS_WARNING,
			   "%s is not offered by %s and ignored: alerts go to stdout_output and "
			   "file_output only",
			   outputs[i], ENGINE_NAME);
	}
	if (!any)
		logs_print(&app->logs, LOGS_WARNING,
			   "no output is enabled: Falco refuses to start so, alerts are only "
			   "counted here");
	return 0;
}

static void release(struct app *app)
{
	if (app->eval)
		eval_release(app->eval);
	free(app->eval);
	free(app->calls);
	if (app->has_selection)
		selection_release(&app->selection);
	if (app->has_ruleset)
		ruleset_release(&app->ruleset);
	strvec_release(&app->rules_files);
	if (app->has_config)
		config_release(&app->config);
	cli_release(&app->cli);
}

/* Rules, selection, enabled rules: what a dry run and a live run share. */
static int prepare(struct app *app, struct error *err)
{
	if (config_rules_files(&app->config, (const char *const *)app->cli.rules.v,
			       app->cli.rules.n, &app->rules_files, err))
		return EXIT_REFUSED;
	log_rules_files(app);
	if (load_rules(app, &app->rules_files, err)) {
		app_print_findings(app, err);
		error_clear(err);
		return EXIT_REFUSED;
	}
	app_print_findings(app, NULL);
	log_selected_rules(app);
	return 0;
}

static int run(struct app *app, struct error *err)
{
	int status;

	if (load_config(app, err))
		return EXIT_REFUSED;
	if (app->cli.validate.n) {
		load_rules(app, &app->cli.validate, err);
		return app_validate(app, err);
	}
	log_start(app);
	if ((status = prepare(app, err)))
		return status;
	if (app->cli.describe || app->cli.describe_rule)
		return app_describe(app);
	if (check_offered(app, err))
		return error_exit_code(err);
	select_syscalls(app);
	if (app->config.kind != ENGINE_REPLAY)
		check_buffers(app);
	log_enabled_rules(app);
	compile_rules(app);
	if (!app->cli.dry_run)
		return app_live(app, err) ? error_exit_code(err) : EXIT_FINE;
	logs_print(&app->logs, LOGS_DEBUG, "Skipping event processing in dry-run");
	return EXIT_FINE;
}

int app_main(int argc, char **argv)
{
	struct app app = {.logs = {.level = LOGS_INFO}};
	struct error err = ERROR_INIT;
	struct timespec now;
	int status;

	clock_gettime(CLOCK_REALTIME, &now);
	app.start_epoch_ns = now.tv_sec * 1000000000LL + now.tv_nsec;
	app.cat = catalogue_find(ENGINE_SELECTS_AS);
	status = cli_parse(&app.cli, argc, argv, &err);
	if (status < 0)
		status = EXIT_USAGE;
	else if (status > 0)
		status = EXIT_FINE;
	else if (!app_info(&app, &status))
		status = run(&app, &err);
	if (err.kind)
		logs_plain(&app.logs, "Error: %s", err.msg);
	release(&app);
	return status;
}

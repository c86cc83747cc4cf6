/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opts.h"
#include "cmd/inputs.h"
#include "cmd/release.h"
#include "cmd/rules_cost.h"

#include <stdio.h>
#include <string.h>

/* More event names than this are printed as their number. */
#define NAMES_SHOWN 40

struct job {
	const char *config_file, *falco, *engine;
	const struct catalogue *cat;
	struct strvec rules_given, sets;
	int format; /* index into formats, which are those of enum out_format */
	struct rules_cost_args cost;
	char **names; /* operands: rules to describe; all when none */
	size_t n_names;
	struct inputs in;
	struct ruleset rules;
	json_t *description;
};

static const char *const formats[] = {"text", "json", "csv", "md", NULL};

static void job_release(struct job *j)
{
	json_decref(j->description);
	ruleset_release(&j->rules);
	inputs_release(&j->in);
	strvec_release(&j->cost.profiles);
	strvec_release(&j->rules_given);
	strvec_release(&j->sets);
}

static int read_options(struct job *j, int argc, char **argv, struct error *err)
{
	const struct opt opts[] = {
		INPUTS_OPTS(&j->config_file, &j->rules_given, &j->sets,
			    "falco.yaml whose rules_files and append_output hold; without it those "
			    "that Falco 0.44.1 ships"),
		RELEASE_OPTS(&j->falco, &j->engine),
		RULES_COST_OPTS(&j->cost),
		{0, "format", OPT_CHOICE, &j->format, .arg = "FORMAT",
		 .help = "output; csv and md with --cost only", .choices = formats},
		{0},
	};
	const struct opts_usage usage = {
		.program = "falcotune rules",
		.operands = "[RULE...]",
		.summary =
			"Describes rules as `falco -L` does: the condition with its lists, "
			"macros and\nexceptions resolved, its fields, operators and events. "
			"With RULE only these rules.\n\n"
			"Exit codes: 0 fine; 2 bad usage, or rules that Falco would reject; 3 no "
			"engine\nanswers --falco auto.",
		.examples =
			"  falcotune rules -r falco_rules.yaml\n"
			"  falcotune rules -r my_rules.yaml 'Terminal shell in container'\n"
			"  falcotune rules -r r.yaml --format json | jq "
			"'.rules[].details.events'\n"
			"  falcotune rules -r my_rules.yaml --cost --host host.json\n"
			"  falcotune rules -r r.yaml --cost --profile p.json "
			"--write-calibration cal.json\n"
			"  falcotune rules -r r.yaml --cost --calibration cal.json --format md\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	j->names = argv + first;
	j->n_names = rc ? 0 : (size_t)(argc - first);
	if (rc)
		return rc;
	if (j->cost.cost && j->n_names)
		return error_input(err, "option --cost ranks all rules, expected no RULE");
	if (!j->cost.cost && j->cost.given)
		return error_input(err, "options --host, --profile, --calibration, "
					"--write-calibration and --model have no meaning without "
					"--cost");
	if (!j->cost.cost && j->format > FORMAT_JSON)
		return error_input(err, "option --format: %s needs --cost, expected text or json",
				   formats[j->format]);
	j->cost.format = (enum out_format)j->format;
	return 0;
}

static void print_findings(const struct ruleset *rs, struct cmd_ctx *ctx)
{
	for (size_t i = 0; i < rs->n_findings; i++) {
		const struct finding *f = &rs->findings[i];
		struct error e = ERROR_INIT;

		error_at(&e, f->file, f->line, f->col, "%s%s%s%s%s (%s)",
			 f->item_name ? f->item_type : "", f->item_name ? " " : "",
			 f->item_name ? f->item_name : "", f->item_name ? ": " : "", f->message,
			 f->code);
		log_print(&ctx->log, f->severity == FINDING_ERROR ? LOG_ERROR : LOG_WARNING, "%s",
			  e.msg);
	}
}

static int load(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	struct inputs_args from = {
		.config_file = j->config_file, .sets = &j->sets, .rules = &j->rules_given};
	struct inputs *in = &j->in;
	int rc;

	if (cmd_release(ctx, j->falco, j->engine, &j->cat, err))
		return -1;
	from.cat = j->cat;
	if (inputs_read(in, &from, ctx, err))
		return -1;
	rc = ruleset_load(&j->rules, (const char *const *)in->files.v, in->files.n, &in->opt, err);
	print_findings(&j->rules, ctx);
	return rc;
}

static const char *name_of(const json_t *rule)
{
	return json_string_value(json_object_get(json_object_get(rule, "info"), "name"));
}

/* Keep only the rules that the operands name; other parts of the description go. */
static int select_rules(struct job *j, struct error *err)
{
	json_t *all = json_object_get(j->description, "rules"), *kept = json_array(), *rule;
	size_t i;

	for (size_t n = 0; n < j->n_names; n++) {
		bool found = false;

		json_array_foreach(all, i, rule)
		{
			if (strcmp(name_of(rule), j->names[n]))
				continue;
			json_array_append(kept, rule);
			found = true;
		}
		if (!found) {
			json_decref(kept);
			return error_input(err, "no rule '%s' in the rules files", j->names[n]);
		}
	}
	json_object_clear(j->description);
	json_object_set_new(j->description, "rules", kept);
	return 0;
}

static void print_names(const char *what, const json_t *names)
{
	size_t i;
	json_t *v;

	if (!json_array_size(names))
		return;
	printf("  %-11s", what);
	json_array_foreach(names, i, v) printf("%s%s", i ? ", " : "", json_string_value(v));
	putchar('\n');
}

static void print_events(const json_t *events)
{
	if (json_array_size(events) <= NAMES_SHOWN)
		print_names("events", events);
	else
		printf("  %-11s%zu names, no check on evt.type narrows them down\n", "events",
		       json_array_size(events));
}

static void print_syscalls(const struct job *j, const struct rule *r)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(j->cat, r->scs, &names);
	printf("  %-11s", "syscalls");
	for (size_t i = 0; i < names.n && names.n <= NAMES_SHOWN; i++)
		printf("%s%s", i ? ", " : "", names.v[i]);
	if (names.n > NAMES_SHOWN)
		printf("all %zu", names.n);
	else if (!names.n)
		printf("none");
	putchar('\n');
}

static void print_rule(const struct job *j, const json_t *rule)
{
	const json_t *d = json_object_get(rule, "details");
	const struct rule *r = ruleset_find(&j->rules, name_of(rule));
	static const struct {
		const char *what, *key;
	} lists[] = {{"macros", "macros"},
		     {"lists", "lists"},
		     {"exceptions", "exception_names"},
		     {"fields", "condition_fields"},
		     {"operators", "condition_operators"},
		     {"out fields", "output_fields"}};

	printf("%s\n  %-11s%s\n  %-11s%s\n  %-11s%s\n", r->name, "priority",
	       rule_priority_names[r->priority], "enabled", r->enabled ? "yes" : "no", "source",
	       r->source);
	print_names("tags", json_object_get(json_object_get(rule, "info"), "tags"));
	print_events(json_object_get(d, "events"));
	print_syscalls(j, r);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		print_names(lists[i].what, json_object_get(d, lists[i].key));
	printf("  %-11s%s\n  %-11s%s\n  %-11s%s:%zu\n\n", "condition",
	       json_string_value(json_object_get(d, "condition_compiled")), "output",
	       json_string_value(json_object_get(d, "output_compiled")), "file", r->file, r->line);
}

static void print_text(const struct job *j)
{
	const json_t *rules = json_object_get(j->description, "rules");
	json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule) print_rule(j, rule);
	if (j->n_names)
		return;
	printf("%zu rules, %zu macros, %zu lists", json_array_size(rules), j->rules.n_macros,
	       j->rules.n_lists);
	if (strcmp(j->rules.required_engine, "0.0.0"))
		printf("; they need engine version %s", j->rules.required_engine);
	putchar('\n');
	if (j->cat != catalogue_find(NULL))
		printf("Events and syscalls are those of Falco %s, fields those of %s.\n",
		       j->cat->falco, catalogue_find(NULL)->falco);
}

/* What is printed, from the rules that were loaded. */
static int show(struct job *j, struct error *err)
{
	j->description = ruleset_describe(&j->rules, &j->in.opt);
	if (j->n_names && select_rules(j, err))
		return -1;
	if (j->format)
		return cmd_print_json(json_incref(j->description), JSON_SORT_KEYS, err);
	print_text(j);
	return 0;
}

/* Findings were printed when the rules were loaded. */
static bool is_said(const struct ruleset *rs, const struct error *err)
{
	for (size_t i = 0; i < rs->n_findings; i++)
		if (rs->findings[i].severity == FINDING_ERROR &&
		    strstr(err->msg, rs->findings[i].message))
			return true;
	return false;
}

static int cost(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	struct predict_input in = {
		.config_file = j->config_file, .sets = &j->sets, .rules = &j->rules_given};

	if (cmd_release(ctx, j->falco, j->engine, &in.cat, err))
		return -1;
	return rules_cost(&j->cost, &in, ctx, err);
}

int cmd_rules(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct job j = {.in = INPUTS_INIT, .rules = RULESET_INIT};
	struct error err = ERROR_INIT;
	int rc = read_options(&j, argc, argv, &err);

	if (!rc)
		rc = j.cost.cost			     ? cost(&j, ctx, &err)
		     : load(&j, ctx, &err) || show(&j, &err) ? -1
							     : 0;
	if (rc < 0)
		rc = is_said(&j.rules, &err) ? error_exit_code(&err) : cmd_fail(ctx, &err);
	else
		rc = EXIT_FINE; /* --help too */
	job_release(&j);
	return rc;
}

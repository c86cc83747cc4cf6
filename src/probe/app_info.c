/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/app.h"

#include "base/mem.h"
#include "base/opts.h"
#include "base/utf8.h"
#include "probe/fields.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_version(const struct app *app)
{
	printf("%s %s (selects as Falco %s)\n", ENGINE_NAME, FALCOTUNE_VERSION, ENGINE_SELECTS_AS);
	printf("Rules engine: %s\n", app->cat->rules_engine);
	printf("Libs version: %s (catalogue)\n", app->cat->libs);
}

static void print_ignored(const struct app *app)
{
	cleanup_strvec struct strvec names = STRVEC_INIT;

	cat_scs_to_names(app->cat, cat_ignored_scs(app->cat), &names);
	printf("Ignored syscall(s):\n");
	for (size_t i = 0; i < names.n; i++)
		printf("- %s\n", names.v[i]);
	printf("\n");
}

/* Types by the names that falco --list has. */
static const char *type_name(const struct field *f)
{
	static const char *const names[] = {
		[VALUE_STR] = "CHARBUF",  [VALUE_INT] = "INT64",     [VALUE_UINT] = "UINT64",
		[VALUE_BOOL] = "BOOL",	  [VALUE_PORT] = "PORT",     [VALUE_IP] = "IPADDR",
		[VALUE_LIST] = "LIST",	  [VALUE_BYTES] = "BYTEBUF", [VALUE_NET] = "IPNET",
		[VALUE_HOST] = "CHARBUF", [VALUE_DOUBLE] = "DOUBLE"};

	if (f->flags & FIELD_DYNAMIC)
		return "DYNAMIC";
	return f->type == VALUE_UINT && f->bits == 32 ? "UINT32" : names[f->type];
}

static void print_fields(const struct app *app)
{
	json_t *list = json_array();

	const struct field *f;

	for (size_t i = 0; (f = field_nth(i)); i++) {
		if (app->cli.format == FORMAT_JSON)
			json_array_append_new(list, json_pack("{s:s,s:s}", "name", f->name, "type",
							      type_name(f)));
		else if (app->cli.names_only)
			printf("%s\n", f->name);
		else
			printf("%-20s %s\n", f->name, type_name(f));
	}
	if (app->cli.format == FORMAT_JSON) {
		json_dumpf(list, stdout, JSON_INDENT(1));
		printf("\n");
	}
	json_decref(list);
}

bool app_info(struct app *app, int *status)
{
	*status = EXIT_FINE;
	if (app->cli.version)
		print_version(app);
	else if (app->cli.ignored)
		print_ignored(app);
	else if (app->cli.list)
		print_fields(app);
	else if (app->cli.page_size)
		printf("Your system page size is: %ld bytes\n", sysconf(_SC_PAGESIZE));
	else
		return false;
	return true;
}

/* --- findings --------------------------------------------------------------------------------- */

static void add_finding(struct strbuf *sb, const struct finding *f)
{
	strbuf_addstr(sb, f->file ? f->file : "");
	if (f->line)
		strbuf_addf(sb, ":%zu:%zu", f->line, f->col);
	strbuf_addf(sb, ": %s: ", f->code);
	if (f->item_name)
		strbuf_addf(sb, "%s '%s': ", f->item_type ? f->item_type : "item", f->item_name);
	strbuf_addstr(sb, f->message ? f->message : "");
}

void app_print_findings(const struct app *app, const struct error *err)
{
	bool said = false;

	for (size_t i = 0; i < app->ruleset.n_findings; i++) {
		const struct finding *f = &app->ruleset.findings[i];
		cleanup_strbuf struct strbuf sb = STRBUF_INIT;

		add_finding(&sb, f);
		if (f->severity == FINDING_ERROR)
			logs_plain(&app->logs, "Error: %s", sb.buf);
		else
			logs_print(&app->logs, LOGS_WARNING, "%s", sb.buf);
		said |= f->severity == FINDING_ERROR;
	}
	if (err && !said)
		logs_plain(&app->logs, "Error: %s", err->msg);
}

/* --- -V --------------------------------------------------------------------------------------- */

static json_t *text_json(const char *s)
{
	return utf8_json(s ? s : "");
}

static json_t *finding_json(const struct finding *f)
{
	json_t *position = json_pack("{s:o,s:I,s:I}", "name", text_json(f->file), "line",
				     (json_int_t)(f->line ? f->line - 1 : 0), "column",
				     (json_int_t)(f->col ? f->col - 1 : 0));
	json_t *location = json_pack("{s:o,s:o,s:o}", "item_type", text_json(f->item_type),
				     "item_name", text_json(f->item_name), "position", position);
	json_t *o = json_pack("{s:s,s:o,s:{s:[o]}}", "code", f->code, "message",
			      text_json(f->message), "context", "locations", location);

	if (f->deprecated_field)
		json_object_set_new(o, "deprecated_field", utf8_json(f->deprecated_field));
	return o;
}

static size_t count_findings(const struct app *app, const char *file,
			     enum finding_severity severity, json_t *list)
{
	size_t n = 0;

	for (size_t i = 0; i < app->ruleset.n_findings; i++) {
		const struct finding *f = &app->ruleset.findings[i];

		if (f->severity != severity || !f->file || strcmp(f->file, file))
			continue;
		n++;
		if (list)
			json_array_append_new(list, finding_json(f));
	}
	return n;
}

static json_t *validate_json(const struct app *app)
{
	json_t *results = json_array();

	for (size_t i = 0; i < app->cli.validate.n; i++) {
		const char *file = app->cli.validate.v[i];
		json_t *errors = json_array(), *warnings = json_array();
		size_t n = count_findings(app, file, FINDING_ERROR, errors);

		count_findings(app, file, FINDING_WARNING, warnings);
		json_array_append_new(results, json_pack("{s:o,s:b,s:o,s:o}", "name",
							 utf8_json(file), "successful", n == 0,
							 "errors", errors, "warnings", warnings));
	}
	return json_pack("{s:o}", "falco_load_results", results);
}

static void print_summary(const struct app *app)
{
	for (size_t i = 0; i < app->cli.validate.n; i++) {
		const char *file = app->cli.validate.v[i];
		size_t warnings = count_findings(app, file, FINDING_WARNING, NULL);

		if (count_findings(app, file, FINDING_ERROR, NULL))
			printf("%s: Invalid\n", file);
		else
			printf("%s: Ok%s\n", file, warnings ? ", with warnings" : "");
	}
}

int app_validate(struct app *app, struct error *err)
{
	size_t errors = 0;

	for (size_t i = 0; i < app->ruleset.n_findings; i++)
		errors += app->ruleset.findings[i].severity == FINDING_ERROR;
	if (err->kind && !errors) {
		/* A file that cannot be read: no verdict, as in Falco. */
	} else if (app->config.json_output) {
		json_t *o = validate_json(app);

		json_dumpf(o, stdout, JSON_COMPACT | JSON_SORT_KEYS);
		printf("\n");
		json_decref(o);
	} else {
		print_summary(app);
	}
	app_print_findings(app, err->kind ? err : NULL);
	errors += err->kind != ERROR_NONE;
	error_clear(err);
	return errors ? EXIT_FINDING : EXIT_FINE;
}

/* --- -L, -l ----------------------------------------------------------------------------------- */

static json_t *one_rule(json_t *all, const char *name)
{
	json_t *rule, *kept = json_array();
	size_t i;

	json_array_foreach(json_object_get(all, "rules"), i, rule)
	{
		const char *n =
			json_string_value(json_object_get(json_object_get(rule, "info"), "name"));

		if (n && !strcmp(n, name))
			json_array_append(kept, rule);
	}
	return json_pack("{s:o}", "rules", kept);
}

static void describe_json(const struct app *app)
{
	json_t *all = ruleset_describe(&app->ruleset, &app->rules_opt), *o = all;

	if (app->cli.describe_rule)
		o = one_rule(all, app->cli.describe_rule);
	json_dumpf(o, stdout, JSON_COMPACT | JSON_SORT_KEYS);
	printf("\n");
	if (o != all)
		json_decref(o);
	json_decref(all);
}

static void describe_text(const struct app *app)
{
	printf("%-50s %s\n%-50s %s\n", "Rule", "Description", "----", "-----------");
	for (size_t i = 0; i < app->ruleset.n; i++) {
		const struct rule *r = &app->ruleset.rules[i];

		if (!app->cli.describe_rule || !strcmp(r->name, app->cli.describe_rule))
			printf("%-50s %s\n", r->name, r->desc);
	}
}

int app_describe(struct app *app)
{
	if (app->cli.describe_rule && !ruleset_find(&app->ruleset, app->cli.describe_rule)) {
		logs_plain(&app->logs, "Error: there is no rule '%s'", app->cli.describe_rule);
		return EXIT_FINDING;
	}
	if (app->config.json_output)
		describe_json(app);
	else
		describe_text(app);
	return EXIT_FINE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/opts.h"
#include "cmd/cmd.h"
#include "config/config.h"
#include "rules/ruleset.h"
#include "syscalls/select.h"

#include <stdio.h>
#include <string.h>

/* The release whose selection is predicted; its steps are in syscalls/select.c. */
static const char predicted[] = "0.44.1";

struct job {
	const char *config_file;
	struct strvec rules_given, sets;
	int format; /* index into formats */
	/* Filled in this order: */
	struct config config;
	struct strvec files;
	struct ruleset rules;
	struct select_rule *active; /* of rules; owned */
	struct select_input in;
	struct selection sel;
};

static const char *const formats[] = {"text", "json", NULL};

static void job_release(struct job *j)
{
	selection_release(&j->sel);
	free(j->active);
	ruleset_release(&j->rules);
	strvec_release(&j->files);
	config_release(&j->config);
	strvec_release(&j->rules_given);
	strvec_release(&j->sets);
}

static int read_options(struct job *j, int argc, char **argv, struct error *err)
{
	const struct opt opts[] = {
		{'c', "config", OPT_STR, &j->config_file, .arg = "FILE",
		 .help = "falco.yaml to read; without it the values that Falco 0.44.1 ships hold"},
		{'r', "rules", OPT_STRS, &j->rules_given, .arg = "FILE",
		 .help = "rules file or folder, repeatable; replaces rules_files"},
		{'o', "option", OPT_STRS, &j->sets, .arg = "KEY=VALUE",
		 .help = "set a value of falco.yaml, repeatable, as Falco's -o"},
		{0, "format", OPT_CHOICE, &j->format, .arg = "FORMAT", .help = "output",
		 .choices = formats},
		{0},
	};
	const struct opts_usage usage = {
		.program = "falcotune syscalls",
		.operands = "",
		.summary = "Predicts which syscalls Falco 0.44.1 will trace, and why each one is "
			   "in.\nNothing is run and nothing is read but the files named.",
		.examples = "  falcotune syscalls -r my_rules.yaml\n"
			    "  falcotune syscalls -c falco.yaml -o base_syscalls.repair=true\n"
			    "  falcotune syscalls -r r.yaml --format json | jq .why.openat\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (!rc && first < argc)
		return error_input(err, "unexpected operand '%s'; rules files are given with -r",
				   argv[first]);
	return rc;
}

/* What rules may name: the fields of the container plugin are known in any case, because Falco's
 * packages load it with a file beside falco.yaml. */
static struct ruleset_options rules_options(const struct job *j, struct strbuf *append)
{
	struct ruleset_options opt = RULESET_OPTIONS_INIT;

	for (size_t i = 0; i < j->config.append_output.n; i++)
		strbuf_addf(append, "%s%s", i ? " " : "", j->config.append_output.v[i]);
	opt.cat = catalogue_find(predicted);
	opt.min_priority = (enum rule_priority)j->config.priority;
	opt.append_output = append->len ? append->buf : NULL;
	return opt;
}

/* The problems beyond the first, which err has. */
static void print_errors(const struct ruleset *rs, struct cmd_ctx *ctx, const struct error *err)
{
	for (size_t i = 0; i < rs->n_findings; i++) {
		const struct finding *f = &rs->findings[i];
		struct error e = ERROR_INIT;

		if (f->severity != FINDING_ERROR)
			continue;
		error_at(&e, f->file, f->line, f->col, "%s", f->message);
		if (!strstr(err->msg, f->message))
			log_print(&ctx->log, LOG_ERROR, "%s", e.msg);
	}
}

static int load_rules(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	struct strbuf append cleanup_strbuf = STRBUF_INIT;
	struct ruleset_options opt = rules_options(j, &append);
	size_t n = 0;

	if (ruleset_load(&j->rules, (const char *const *)j->files.v, j->files.n, &opt, err)) {
		print_errors(&j->rules, ctx, err);
		return -1;
	}
	for (size_t i = 0; i < j->config.n_rules; i++)
		ruleset_enable(&j->rules, j->config.rules[i].enable, j->config.rules[i].rule,
			       j->config.rules[i].tag);
	j->active = xcalloc(j->rules.n + 1, sizeof(*j->active));
	for (size_t i = 0; i < j->rules.n; i++)
		if (rule_is_active(&j->rules.rules[i], &opt))
			j->active[n++] =
				(struct select_rule){j->rules.rules[i].name, j->rules.rules[i].scs};
	j->in.rules = j->active;
	j->in.n_rules = n;
	if (!n)
		log_print(&ctx->log, LOG_WARNING, "no rule of source syscall is enabled");
	return 0;
}

static int predict(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	const struct config_input from = {j->config_file, &j->sets};

	if (config_load(&j->config, &from, err) ||
	    cmd_rules_files(ctx, &j->config, &j->rules_given, &j->files, err))
		return -1;
	for (size_t i = 0; i < j->config.warnings.n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", j->config.warnings.v[i]);
	if (load_rules(j, ctx, err))
		return -1;
	j->in.cat = catalogue_find(predicted);
	j->in.custom_set = (const char *const *)j->config.custom_set.v;
	j->in.n_custom = j->config.custom_set.n;
	j->in.repair = j->config.repair;
	j->in.all = j->config.all;
	selection_compute(&j->in, &j->sel);
	return 0;
}

static void join_names(const struct catalogue *c, struct bitset scs, struct strbuf *out)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(c, scs, &names);
	for (size_t i = 0; i < names.n; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "", names.v[i]);
}

/* Rules that wait for syscalls which will not come, each with its own. */
static void warn_unsupported(const struct job *j, struct cmd_ctx *ctx)
{
	struct strbuf names cleanup_strbuf = STRBUF_INIT;

	if (bitset_empty(j->sel.unsupported))
		return;
	join_names(j->sel.cat, j->sel.unsupported, &names);
	log_print(&ctx->log, LOG_WARNING,
		  "rules match syscalls that are not selected (unsupported-evttype): %s",
		  names.buf);
	for (size_t i = 0; i < j->in.n_rules; i++) {
		struct bitset lost = bitset_and(j->in.rules[i].scs, j->sel.unsupported);

		if (bitset_empty(lost))
			continue;
		strbuf_reset(&names);
		join_names(j->sel.cat, lost, &names);
		log_print(&ctx->log, LOG_WARNING, "rule '%s' will not see %s", j->in.rules[i].name,
			  names.buf);
	}
}

static void warn_plugin(const struct job *j, struct cmd_ctx *ctx)
{
	char *text = json_dumps(j->rules.required_plugins, JSON_ENCODE_ANY);

	if (text && strstr(text, "\"container\"") &&
	    !strvec_has(&j->config.plugins_loaded, "container"))
		log_print(&ctx->log, LOG_WARNING,
			  "the rules require the plugin container, which load_plugins does not "
			  "name: Falco refuses to start unless a file of config_files adds it");
	free(text);
}

static void warn_kind(const struct job *j, struct cmd_ctx *ctx)
{
	if (j->config.kind == ENGINE_REPLAY || j->config.kind == ENGINE_NODRIVER)
		log_print(&ctx->log, LOG_WARNING,
			  "engine.kind %s traces no syscalls of this host; the prediction is what "
			  "a live engine would select",
			  engine_kind_names[j->config.kind]);
}

/* ---- text ---- */

static void add_origin(struct strbuf *out, const struct config *c, const char *key)
{
	struct origin o = config_origin(c, key);

	strbuf_addf(out, " (%s", o.file);
	if (o.line)
		strbuf_addf(out, ":%zu", o.line);
	strbuf_addch(out, ')');
}

/* Each entry with the place it came from, which may be another file for each. */
static void add_custom_set(struct strbuf *out, const struct config *c)
{
	strbuf_addstr(out, "base_syscalls.custom_set:");
	if (!c->custom_set.n) {
		strbuf_addstr(out, " empty");
		add_origin(out, c, "base_syscalls.custom_set");
	}
	for (size_t i = 0; i < c->custom_set.n; i++) {
		char *key cleanup_free = xasprintf("base_syscalls.custom_set[%zu]", i);

		strbuf_addf(out, "%s %s", i ? "," : "",
			    *c->custom_set.v[i] ? c->custom_set.v[i] : "\"\"");
		add_origin(out, c, key);
	}
	strbuf_addch(out, '\n');
}

static void print_settings(const struct job *j)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	const struct config *c = &j->config;

	strbuf_addf(&out, "Prediction for Falco %s (libs %s).\n", j->in.cat->falco,
		    j->in.cat->libs);
	strbuf_addstr(&out, "Rules: ");
	for (size_t i = 0; i < j->files.n; i++)
		strbuf_addf(&out, "%s%s", i ? ", " : "", j->files.v[i]);
	strbuf_addf(&out, "; %zu active of source syscall.\n", j->in.n_rules);
	add_custom_set(&out, c);
	strbuf_addf(&out, "base_syscalls.repair: %s", c->repair ? "true" : "false");
	add_origin(&out, c, "base_syscalls.repair");
	strbuf_addf(&out, "; base_syscalls.all: %s", c->all ? "true" : "false");
	add_origin(&out, c, "base_syscalls.all");
	printf("%s\n\n", out.buf);
}

static void print_line(void *arg, const char *level, const char *line)
{
	(void)arg;
	if (strcmp(level, "plain") != 0) /* the plain ones are given as warnings */
		printf("%s\n", line);
}

struct reasons {
	struct strbuf text;
	enum why_kind last;
	size_t n;
};

static void add_reason(void *arg, enum why_kind kind, const char *name)
{
	static const char *const words[] = {
		[WHY_RULE] = "rule",
		[WHY_STATE] = "state engine",
		[WHY_CUSTOM] = "custom set",
		[WHY_REPAIR] = "repair",
		[WHY_ALWAYS] = "always traced",
	};
	struct reasons *r = arg;
	bool named = kind == WHY_RULE || kind == WHY_CUSTOM;

	if (r->n && kind == r->last)
		strbuf_addf(&r->text, ", '%s'", name);
	else if (named)
		strbuf_addf(&r->text, "%s%s '%s'", r->n ? "; " : "", words[kind], name);
	else
		strbuf_addf(&r->text, "%s%s", r->n ? "; " : "", words[kind]);
	r->last = kind;
	r->n++;
}

static void print_table(const struct job *j)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	int width = (int)strlen("syscall");

	cat_scs_to_names(j->sel.cat, j->sel.final, &names);
	for (size_t i = 0; i < names.n; i++)
		if ((int)strlen(names.v[i]) > width)
			width = (int)strlen(names.v[i]);
	printf("\n%-*s  why\n", width, "syscall");
	for (size_t i = 0; i < names.n; i++) {
		struct reasons r = {.text = STRBUF_INIT};

		selection_why(&j->in, &j->sel, names.v[i], add_reason, &r);
		printf("%-*s  %s\n", width, names.v[i], r.text.buf);
		strbuf_release(&r.text);
	}
}

static int print_json(const struct job *j, struct error *err)
{
	json_t *out = selection_to_json(&j->in, &j->sel);
	int rc = json_dumpf(out, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);

	json_decref(out);
	putchar('\n');
	return rc ? error_env(err, "standard output cannot be written") : 0;
}

static int run(struct job *j, struct cmd_ctx *ctx, struct error *err)
{
	if (predict(j, ctx, err))
		return -1;
	warn_kind(j, ctx);
	warn_plugin(j, ctx);
	warn_unsupported(j, ctx);
	if (j->format == FORMAT_JSON)
		return print_json(j, err);
	print_settings(j);
	selection_log_lines(&j->sel, print_line, NULL);
	print_table(j);
	return 0;
}

int cmd_syscalls(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct job j = {.rules = RULESET_INIT, .sel = SELECTION_INIT};
	struct error err = ERROR_INIT;
	int rc = read_options(&j, argc, argv, &err);

	if (!rc)
		rc = run(&j, ctx, &err);
	job_release(&j);
	if (rc < 0)
		return cmd_fail(ctx, &err);
	return EXIT_FINE;
}

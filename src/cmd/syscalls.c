/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/opts.h"
#include "base/utf8.h"
#include "cmd/cmd.h"
#include "cmd/predict.h"
#include "cmd/release.h"
#include "cmd/syscalls_diff.h"

#include <stdio.h>
#include <string.h>

/* Names of a line of the ledger that are printed before their number. */
#define NAMES_SHOWN 12

struct job {
	const char *config_file, *falco, *engine;
	struct strvec rules_given, sets;
	bool all_flag, diff;
	int format; /* index into formats */
	struct prediction p;
};

static const char *const formats[] = {"text", "json", NULL};

static int read_options(struct job *j, int argc, char **argv, int *first, struct error *err)
{
	const struct opt opts[] = {
		INPUTS_OPTS(
			&j->config_file, &j->rules_given, &j->sets,
			"falco.yaml to read; without it the values that Falco 0.44.1 ships hold"),
		{'A', "all", OPT_FLAG, &j->all_flag,
		 .help = "as Falco's -A, which releases up to 0.40 have (later: -o "
			 "base_syscalls.all=true)"},
		RELEASE_OPTS(&j->falco, &j->engine),
		{0, "diff", OPT_FLAG, &j->diff,
		 .help = "compare the sides A and B: what enters, what leaves, and why"},
		{0, "format", OPT_CHOICE, &j->format, .arg = "FORMAT", .help = "output",
		 .choices = formats},
		{0},
	};
	const struct opts_usage usage = {
		.program = "falcotune syscalls",
		.operands = "[A B]",
		.summary =
			"Predicts which syscalls Falco will trace, and why each one is in; and the "
			"blind\nspots: which rules lose which of their syscalls. Nothing is run "
			"(but for --falco\nauto) and nothing is read but the files named.\n\n"
			"A side of --diff is what differs from the common -c, -r, -o and --falco: "
			"a "
			"release\n(0.43.1, auto), a rules file or folder (added to -r), a "
			"falco.yaml (in place of -c;\na file whose top is a mapping), KEY=VALUE as "
			"for -o, or base for nothing. Several\nare joined by ';'.\n\n"
			"Exit codes: 0 fine; 1 the release refuses the rules; 2 bad usage or "
			"input; 3 no engine\nanswers --falco auto.",
		.examples = "  falcotune syscalls -r my_rules.yaml\n"
			    "  falcotune syscalls -c falco.yaml -o base_syscalls.repair=true\n"
			    "  falcotune syscalls -r r.yaml --falco 0.38.2\n"
			    "  falcotune syscalls -r r.yaml --diff 0.38.2 0.44.1\n"
			    "  falcotune syscalls --diff old_rules.yaml new_rules.yaml\n"
			    "  falcotune syscalls -r r.yaml --diff base "
			    "'base_syscalls.custom_set[]=!open'\n"
			    "  falcotune syscalls -r r.yaml --format json | jq .why.openat\n",
	};
	int rc = opts_parse(argc, argv, opts, &usage, first, err);

	if (rc)
		return rc;
	if (j->diff && argc - *first != 2)
		return error_input(err,
				   "--diff takes two sides, A and B, not %d; see falcotune "
				   "syscalls --help",
				   argc - *first);
	if (!j->diff && *first < argc)
		return error_input(err, "unexpected operand '%s'; rules files are given with -r",
				   argv[*first]);
	return 0;
}

static void join_names(const struct catalogue *c, struct bitset scs, struct strbuf *out)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(c, scs, &names);
	strvec_join(&names, ", ", out);
}

/* Rules that wait for syscalls which will not come, each with its own. */
static void warn_unsupported(const struct prediction *p, struct cmd_ctx *ctx)
{
	struct strbuf names cleanup_strbuf = STRBUF_INIT;

	if (bitset_empty(p->sel.unsupported))
		return;
	join_names(p->sel.cat, p->sel.unsupported, &names);
	log_print(&ctx->log, LOG_WARNING,
		  "rules match syscalls that are not selected (unsupported-evttype): %s",
		  names.buf);
	for (size_t i = 0; i < p->in.n_rules; i++) {
		struct bitset lost = bitset_and(p->in.rules[i].scs, p->sel.unsupported);

		if (bitset_empty(lost))
			continue;
		strbuf_reset(&names);
		join_names(p->sel.cat, lost, &names);
		log_print(&ctx->log, LOG_WARNING, "rule '%s' will not see %s", p->in.rules[i].name,
			  names.buf);
	}
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

static void print_settings(const struct prediction *p)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	const struct config *c = &p->from.config;
	const struct release *r = release_of(p->cat);

	strbuf_addf(&out, "Prediction for Falco %s (libs %s, engine version %s).\n", p->cat->falco,
		    p->cat->libs, p->cat->rules_engine);
	if (p->cat != catalogue_find(NULL))
		strbuf_addf(&out, "Fields of conditions and outputs are those of Falco %s%s.\n",
			    catalogue_find(NULL)->falco,
			    r->enter_events ? "; this release sends enter events too" : "");
	strbuf_addstr(&out, "Rules: ");
	strvec_join(&p->from.files, ", ", &out);
	strbuf_addf(&out, "; %zu active of source syscall.\n", p->in.n_rules);
	add_custom_set(&out, c);
	strbuf_addf(&out, "base_syscalls.repair: %s", c->repair ? "true" : "false");
	add_origin(&out, c, "base_syscalls.repair");
	if (r->all_key) {
		strbuf_addf(&out, "; base_syscalls.all: %s", c->all ? "true" : "false");
		add_origin(&out, c, "base_syscalls.all");
	}
	if (r->all_flag)
		strbuf_addf(&out, "; -A: %s", p->in.all && !c->all ? "given" : "not given");
	printf("%s\n\n", out.buf);
}

static void print_line(void *arg, const char *level, const char *line)
{
	(void)arg;
	if (strcmp(level, "plain") != 0) /* the plain ones are given as warnings */
		printf("%s\n", line);
}

static void print_table(const struct prediction *p)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	int width = (int)strlen("syscall");

	cat_scs_to_names(p->cat, p->sel.final, &names);
	for (size_t i = 0; i < names.n; i++)
		if ((int)strlen(names.v[i]) > width)
			width = (int)strlen(names.v[i]);
	printf("\n%-*s  why\n", width, "syscall");
	for (size_t i = 0; i < names.n; i++) {
		struct strbuf why cleanup_strbuf = STRBUF_INIT;

		predict_reasons(p, names.v[i], &why);
		printf("%-*s  %s\n", width, names.v[i], why.buf);
	}
}

/* "open (!open of custom_set), read (high volume, ...)" */
static void add_lost(struct strbuf *out, const struct prediction *p, struct bitset lost)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(p->cat, lost, &names);
	for (size_t i = 0; i < names.n && i < NAMES_SHOWN; i++) {
		strbuf_addf(out, "%s%s (", i ? ", " : "", names.v[i]);
		ledger_why_not(&p->in, &p->sel, names.v[i], out);
		strbuf_addch(out, ')');
	}
	if (names.n > NAMES_SHOWN)
		strbuf_addf(out, " and %zu more", names.n - NAMES_SHOWN);
}

static void print_ledger(const struct prediction *p)
{
	const struct ledger *l = &p->ledger;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	printf("\nBlind spots: ");
	if (l->n)
		printf("%zu of %zu rules lose syscalls, %zu see nothing any more.\n", l->n,
		       p->in.n_rules, l->n_blind);
	else
		printf("none, every rule keeps its syscalls.\n");
	for (size_t i = 0; i < l->n; i++) {
		strbuf_reset(&text);
		add_lost(&text, p, l->rows[i].lost);
		printf("  %s '%s': %s\n", l->rows[i].blind ? "blind" : "loses", l->rows[i].rule,
		       text.buf);
	}
	if (bitset_empty(l->state_missing))
		return;
	strbuf_reset(&text);
	join_names(p->cat, l->state_missing, &text);
	printf("Of the state engine's set these are not traced, so that what Falco knows of "
	       "processes and\nfile descriptors may be stale: %s\n",
	       text.buf);
}

static int print_json(const struct prediction *p, struct error *err)
{
	json_t *out = selection_to_json(&p->in, &p->sel);

	json_object_set_new(out, "ledger", ledger_to_json(&p->in, &p->sel, &p->ledger));
	json_object_set_new(out, "falco", json_string(p->cat->falco));
	json_object_set_new(out, "engine_version", json_string(p->cat->rules_engine));
	json_object_set_new(out, "fields_of", json_string(catalogue_find(NULL)->falco));
	json_object_set_new(out, "refused", utf8_json_list(&p->refused));
	return cmd_print_json(out, JSON_SORT_KEYS, err);
}

/* *code: what to exit with when nothing failed. */
static int run(struct job *j, struct cmd_ctx *ctx, char **sides, int *code, struct error *err)
{
	struct predict_input in = {.config_file = j->config_file,
				   .sets = &j->sets,
				   .rules = &j->rules_given,
				   .all_flag = j->all_flag};
	const struct prediction *p = &j->p;

	if (j->diff)
		return syscalls_diff(ctx, &in, j->falco, j->engine, sides, j->format == FORMAT_JSON,
				     code, err);
	if (cmd_release(ctx, j->falco, j->engine, &in.cat, err) || predict(&j->p, &in, ctx, err))
		return -1;
	if (p->refused.n)
		*code = EXIT_FINDING;
	warn_unsupported(p, ctx);
	if (j->format == FORMAT_JSON)
		return print_json(p, err);
	print_settings(p);
	for (size_t i = 0; i < p->refused.n; i++)
		printf("REFUSED: %s\n", p->refused.v[i]);
	selection_log_lines(&p->sel, print_line, NULL);
	print_table(p);
	print_ledger(p);
	return 0;
}

static void job_release(struct job *j)
{
	prediction_release(&j->p);
	strvec_release(&j->rules_given);
	strvec_release(&j->sets);
}

int cmd_syscalls(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct job j = {.p = PREDICTION_INIT};
	struct error err = ERROR_INIT;
	int code = EXIT_FINE, first = 0, rc;

	mem_for_short_run();
	rc = read_options(&j, argc, argv, &first, &err);
	if (!rc)
		rc = run(&j, ctx, argv + first, &code, &err);
	if (MEM_FREE_AT_END)
		job_release(&j);
	return rc < 0 ? cmd_fail(ctx, &err) : code;
}

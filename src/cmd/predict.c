/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/predict.h"

#include "base/mem.h"

#include <string.h>

void prediction_release(struct prediction *p)
{
	strvec_release(&p->refused);
	ledger_release(&p->ledger);
	selection_release(&p->sel);
	free(p->active);
	ruleset_release(&p->rules);
	inputs_release(&p->from);
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

/* What any_engine tolerates: each once, as the findings of a file come again with each later file,
 * and those of a macro with each rule that uses it. */
static void find_refusals(struct prediction *p)
{
	for (size_t i = 0; i < p->rules.n_findings; i++) {
		const struct finding *f = &p->rules.findings[i];
		struct error e = ERROR_INIT;

		if (f->severity != FINDING_WARNING || strncmp(f->code, "LOAD_ERR_", 9) != 0)
			continue;
		error_at(&e, f->file, f->line, f->col, "%s%s%s%s%s",
			 f->item_name ? f->item_type : "", f->item_name ? " " : "",
			 f->item_name ? f->item_name : "", f->item_name ? ": " : "", f->message);
		if (!strvec_has(&p->refused, e.msg))
			strvec_push(&p->refused, e.msg);
	}
}

static void check_plugin(struct prediction *p, struct cmd_ctx *ctx)
{
	char *text = json_dumps(p->rules.required_plugins, JSON_ENCODE_ANY);
	bool needed = text && strstr(text, "\"container\"");

	free(text);
	if (needed && release_of(p->cat)->container_builtin)
		strvec_pushf(&p->refused,
			     "the rules require the plugin container, which came with Falco 0.41");
	else if (needed && !strvec_has(&p->from.config.plugins_loaded, "container"))
		log_print(&ctx->log, LOG_WARNING,
			  "the rules require the plugin container, which load_plugins does not "
			  "name: Falco refuses to start unless a file of config_files adds it");
}

static int load_files(struct prediction *p, const struct predict_input *from, struct error *err)
{
	struct inputs *in = &p->from;

	if (from->texts)
		return ruleset_load_texts(&p->rules, from->texts, from->n_texts, &in->opt, err);
	return ruleset_load(&p->rules, (const char *const *)in->files.v, in->files.n, &in->opt,
			    err);
}

static int load_rules(struct prediction *p, const struct predict_input *from, struct cmd_ctx *ctx,
		      struct error *err)
{
	struct inputs *in = &p->from;
	size_t n = 0;

	/* The fields of the container plugin are known in any case, because Falco's packages load
	 * it with a file beside falco.yaml. */
	in->opt.any_engine = true;
	if (load_files(p, from, err)) {
		print_errors(&p->rules, ctx, err);
		return -1;
	}
	find_refusals(p);
	inputs_enable(in, &p->rules);
	p->active = xcalloc(p->rules.n + 1, sizeof(*p->active));
	for (size_t i = 0; i < p->rules.n; i++)
		if (rule_is_active(&p->rules.rules[i], &in->opt))
			p->active[n++] =
				(struct select_rule){p->rules.rules[i].name, p->rules.rules[i].scs};
	p->in.rules = p->active;
	p->in.n_rules = n;
	if (!n)
		log_print(&ctx->log, LOG_WARNING, "no rule of source syscall is enabled");
	return 0;
}

static void check_kind(const struct prediction *p, struct cmd_ctx *ctx)
{
	if (p->from.config.kind == ENGINE_REPLAY || p->from.config.kind == ENGINE_NODRIVER)
		log_print(&ctx->log, LOG_WARNING,
			  "engine.kind %s traces no syscalls of this host; the prediction is what "
			  "a live engine would select",
			  engine_kind_names[p->from.config.kind]);
}

int predict(struct prediction *p, const struct predict_input *in, struct cmd_ctx *ctx,
	    struct error *err)
{
	const struct inputs_args from = {.config_file = in->config_file,
					 .sets = in->sets,
					 .rules = in->rules,
					 .cat = in->cat};
	const struct config *c = &p->from.config;

	p->cat = in->cat;
	if (in->all_flag && !release_of(in->cat)->all_flag)
		return error_input(err,
				   "Falco %s has no option -A any more, expected -o "
				   "base_syscalls.all=true",
				   in->cat->falco);
	if (in->texts ? inputs_read_config(&p->from, &from, in->config_said, ctx, err)
		      : inputs_read(&p->from, &from, ctx, err))
		return -1;
	if (load_rules(p, in, ctx, err))
		return -1;
	if (!in->config_said)
		check_kind(p, ctx);
	check_plugin(p, ctx);
	p->in.cat = in->cat;
	p->in.custom_set = (const char *const *)c->custom_set.v;
	p->in.n_custom = c->custom_set.n;
	p->in.repair = c->repair;
	p->in.all = c->all || in->all_flag;
	selection_compute(&p->in, &p->sel);
	ledger_compute(&p->in, &p->sel, &p->ledger);
	for (size_t i = 0; i < p->refused.n; i++)
		log_print(&ctx->log, LOG_WARNING, "Falco %s refuses to start: %s", in->cat->falco,
			  p->refused.v[i]);
	return 0;
}

struct reasons {
	struct strbuf *text;
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
		strbuf_addf(r->text, ", '%s'", name);
	else if (named)
		strbuf_addf(r->text, "%s%s '%s'", r->n ? "; " : "", words[kind], name);
	else
		strbuf_addf(r->text, "%s%s", r->n ? "; " : "", words[kind]);
	r->last = kind;
	r->n++;
}

void predict_reasons(const struct prediction *p, const char *name, struct strbuf *out)
{
	struct reasons r = {.text = out};

	selection_why(&p->in, &p->sel, name, add_reason, &r);
}

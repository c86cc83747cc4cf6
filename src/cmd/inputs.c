/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/inputs.h"

#include "base/fs.h"
#include "syscalls/release.h"

void inputs_release(struct inputs *in)
{
	strvec_release(&in->files);
	config_release(&in->config);
}

/* Files are taken as they are named, as `falco -V` does; a folder gives what Falco would read. */
static int find_files(struct inputs *in, const struct inputs_args *a, struct cmd_ctx *ctx,
		      struct error *err)
{
	if (a->rules->n || !a->n_operands)
		if (cmd_rules_files(ctx, &in->config, a->rules, &in->files, err))
			return -1;
	for (size_t i = 0; i < a->n_operands; i++) {
		const char *file = a->operands[i];

		if (!fs_is_dir(file))
			strvec_push(&in->files, file);
		else if (config_rules_files(&in->config, &file, 1, &in->files, err))
			return -1;
	}
	return 0;
}

static int load_config(struct inputs *in, const struct inputs_args *a, struct error *err)
{
	const struct config_input from = {.file = a->config_file,
					  .sets = a->sets,
					  .release = release_minor(a->cat->falco),
					  .lenient = a->lenient};

	return config_load(&in->config, &from, err);
}

static void take_config(struct inputs *in, const struct inputs_args *a, bool quiet,
			struct cmd_ctx *ctx)
{
	for (size_t i = 0; i < in->config.warnings.n && !quiet; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", in->config.warnings.v[i]);
	in->opt = (struct ruleset_options)RULESET_OPTIONS_INIT;
	in->opt.cat = a->cat;
	in->opt.min_priority = (enum rule_priority)in->config.priority;
	in->opt.append_output = &in->config.append_output;
}

int inputs_read(struct inputs *in, const struct inputs_args *a, struct cmd_ctx *ctx,
		struct error *err)
{
	if (load_config(in, a, err) || find_files(in, a, ctx, err))
		return -1;
	take_config(in, a, false, ctx);
	return 0;
}

int inputs_read_config(struct inputs *in, const struct inputs_args *a, bool quiet,
		       struct cmd_ctx *ctx, struct error *err)
{
	if (load_config(in, a, err))
		return -1;
	take_config(in, a, quiet, ctx);
	return 0;
}

void inputs_enable(const struct inputs *in, struct ruleset *rs)
{
	for (size_t i = 0; i < in->config.n_rules; i++)
		ruleset_enable(rs, in->config.rules[i].enable, in->config.rules[i].rule,
			       in->config.rules[i].tag);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune profile --knock-out */
#include "cmd/profile.h"

#include "base/fs.h"
#include "base/mem.h"
#include "report/knockout.h"

#include <string.h>
#include <sys/utsname.h>

/* `rules:` of falco.yaml is applied after all rules files: it could switch on again what the
 * overlay takes out. */
static int check_enables(struct cmd_ctx *ctx, const struct profile_args *a, struct knockout *k,
			 struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct prediction without = PREDICTION_INIT;
	struct strvec rules cleanup_strvec = STRVEC_INIT;
	struct predict_input in = {.cat = k->in->cat,
				   .config_file = a->m.o.config,
				   .sets = &a->m.sets,
				   .rules = &rules};
	char *file cleanup_free = fs_join(k->p.dir, "without-all.yaml");
	struct cmd_ctx quiet = *ctx;
	struct ko_group all = {.n = k->in->n_rules};
	size_t *indices cleanup_free = xcalloc(all.n + 1, sizeof(*indices));
	int rc;

	for (size_t i = 0; i < all.n; i++)
		indices[i] = i;
	all.rules = indices;
	knockout_overlay(k, &all, &text);
	strvec_copy(&rules, k->p.rules);
	strvec_push(&rules, file);
	quiet.log.level = LOG_ERROR;
	rc = fs_write_file(file, text.buf, text.len, 0644, err) ||
			     predict(&without, &in, &quiet, err)
		     ? -1
		     : 0;
	if (!rc && without.in.n_rules)
		rc = error_input(err,
				 "rule '%s' cannot be left out: rules: of falco.yaml enables it "
				 "after all rules files",
				 without.in.rules[0].name);
	prediction_release(&without);
	return rc;
}

static int report(const void *it, enum out_format f, struct strbuf *out, struct error *err)
{
	return knockout_report(it, f, out, err);
}

static void warn(struct cmd_ctx *ctx, const struct knockout *k, struct strvec *warnings)
{
	if (k->stopped)
		strvec_push(warnings, "stopped by --max-time: what was not measured until then is "
				      "not known");
	if (k->dropped > 0)
		strvec_pushf(warnings,
			     "%.0f events were dropped in the windows: the engine was at its "
			     "limit, and costs are of the others",
			     k->dropped);
	for (size_t i = 0; i < warnings->n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", warnings->v[i]);
}

static int show(struct cmd_ctx *ctx, const struct profile_args *a, const struct profile_setup *t,
		const struct knockout *k, struct error *err)
{
	struct strvec warnings cleanup_strvec = STRVEC_INIT;
	struct utsname un = {0};
	struct knockout_shown shown = {.k = k,
				       .engine = &t->engine,
				       .what = t->what.buf,
				       .file = t->events,
				       .command = a->m.command.buf,
				       .top = (size_t)a->top,
				       .warnings = &warnings};

	if (!uname(&un)) {
		shown.hostname = un.nodename;
		shown.kernel = un.release;
	}
	warn(ctx, k, &warnings);
	return cmd_write_report(t->p.dir, "knock-out.json", report, &shown,
				(enum out_format)a->m.format, err);
}

struct job {
	struct cmd_ctx *ctx;
	const struct profile_args *a;
	struct knockout *k;
};

static int measure(void *arg, struct measuring *m, struct error *err)
{
	const struct job *j = arg;

	return check_enables(j->ctx, j->a, j->k, err) || knockout_run(j->k, &m->s, &m->j, err) ? -1
											       : 0;
}

static int run(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
	       struct knockout *k, struct error *err)
{
	struct job j = {ctx, a, k};
	int code = measuring_run(ctx, &a->m, "knock-out-start", measure, &j, err);

	if (code)
		return code;
	if (show(ctx, a, t, k, err))
		return cmd_fail(ctx, err);
	log_print(&ctx->log, LOG_NOTE, "results are in %s", t->p.dir);
	return EXIT_FINE;
}

/* Of the first level: what follows depends on what is seen. */
static void print_commands(struct knockout *k)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;

	knockout_begin(k);
	for (size_t i = 0; i <= k->n; i++) {
		k->p.overlay = i ? k->v[i - 1].overlay : NULL;
		profiling_commands(&k->p, (int)i + 1, &lines);
	}
	cmd_print_lines(&lines);
}

int profile_knock_out(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		      struct error *err)
{
	struct knockout k = {.p = t->p,
			     .in = &t->rules.in,
			     .rounds = a->runs_given ? (int)a->runs : KO_ROUNDS,
			     .each = a->each,
			     .max_ns = a->max_time_given ? a->max_time_ns : -1,
			     .seed = a->m.o.seed};
	int code = EXIT_FINE;

	k.p.plain = true;
	k.p.runs = 1;
	if (!k.in->n_rules) {
		error_input(err,
			    "no rule of source syscall is enabled: there is none to leave out");
		return cmd_fail(ctx, err);
	}
	if (a->m.print_commands)
		print_commands(&k);
	else
		code = run(ctx, a, t, &k, err);
	knockout_release(&k);
	return code;
}

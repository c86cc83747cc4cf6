/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/diff_measure.h"

#include "advise/advise.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "report/report.h"
#include "run/runner.h"

#include <ctype.h>
#include <string.h>

/* ---- the two cases ---- */

/* "000-falco_rules.yaml": in the order of reading, with what a file name can bear of the name. */
static char *copy_name(size_t i, const char *name)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	struct strbuf out cleanup_strbuf = STRBUF_INIT;

	strbuf_addf(&out, "%03zu-", i);
	for (size_t k = 0; base[k] && base[k] != '.' && k < 80; k++)
		strbuf_addch(&out, isalnum((unsigned char)base[k]) ? base[k] : '_');
	strbuf_addstr(&out, ".yaml");
	return strbuf_detach(&out);
}

static int copy_rules(const struct diff_source *s, const char *dir, struct error *err)
{
	if (fs_mkdirs(dir, err))
		return -1;
	for (size_t i = 0; i < s->n; i++) {
		char *name cleanup_free = copy_name(i, s->v[i].name);
		char *path cleanup_free = fs_join(dir, name);

		if (fs_write_file(path, s->v[i].text, s->v[i].len, 0644, err))
			return -1;
	}
	return 0;
}

static int write_case(const struct diff_source *s, const char *key, const char *dir,
		      struct strvec *cases, struct error *err)
{
	char *rules cleanup_free = xasprintf("%s/rules/%s", dir, key);
	char *file cleanup_free = xasprintf("%s/rules/%s-case.yaml", dir, key);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strbuf_addf(&text, "id: %s\ntitle: ", key);
	utf8_add_quoted(&text, s->label);
	strbuf_addstr(&text, "\nrules: ");
	utf8_add_quoted(&text, rules);
	strbuf_addch(&text, '\n');
	strvec_push(cases, file);
	return copy_rules(s, rules, err) || fs_write_file(file, text.buf, text.len, 0644, err) ? -1
											       : 0;
}

/* ---- running them ---- */

static void say_plan(struct cmd_ctx *ctx, const struct plan *p)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;

	plan_describe(p, &lines);
	for (size_t i = 0; i < lines.n; i++)
		log_print(&ctx->log, LOG_NOTE, "%s", lines.v[i]);
	/* Its warnings are on the rules and the configuration, and were said of both sides. */
	for (size_t i = 0; i < p->res.other_falcos.n; i++)
		log_print(&ctx->log, LOG_WARNING,
			  "another engine runs on this host already: %s; both slow each other down",
			  p->res.other_falcos.v[i]);
}

static int save(struct cmd_ctx *ctx, struct plan *p, struct error *err)
{
	char *file cleanup_free = fs_join(p->dir, "results.json");
	struct strbuf json cleanup_strbuf = STRBUF_INIT;

	advise_results(&p->res);
	if (report_write(&p->res, FORMAT_JSON, &json, err) ||
	    fs_write_file(file, json.buf, json.len, 0644, err))
		return -1;
	log_print(&ctx->log, LOG_NOTE, "results are in %s", p->dir);
	return 0;
}

/* Everything between the beginning of the measurement and its end. */
static int run_plan(struct measuring *m, struct cmd_ctx *ctx, const struct run_options *o,
		    struct plan *p, struct error *err)
{
	int rc;

	if (plan_make(p, o, err))
		return -1;
	say_plan(ctx, p);
	m->s.limits = plan_limits(p);
	rc = measuring_open(m, p->dir, plan_to_json(p), err) || runner_prepare(p, err) ||
			     runner_run(p, &m->j, &m->s, err)
		     ? -1
		     : 0;
	if (rc)
		plan_release(p);
	return rc;
}

int diff_measure(struct cmd_ctx *ctx, const struct diff_source *old, const struct diff_source *new,
		 struct measure_args *a, struct plan *p, int *code, struct error *err)
{
	struct strvec none cleanup_strvec = STRVEC_INIT;
	struct measuring m;

	if (write_case(old, DIFF_CASE_OLD, a->dir, &a->cases, err) ||
	    write_case(new, DIFF_CASE_NEW, a->dir, &a->cases, err)) {
		*code = cmd_fail(ctx, err);
		return -1;
	}
	a->o.rules = &none; /* they are in the sides already */
	if (measuring_begin(&m, ctx, &a->o, code, err))
		return -1;
	if (run_plan(&m, ctx, &a->o, p, err)) {
		*code = measuring_fail(&m, ctx, err);
		return -1;
	}
	measuring_end(&m);
	*code = m.s.caught ? 128 + m.s.caught : EXIT_FINE;
	if (!save(ctx, p, err))
		return 0;
	*code = cmd_fail(ctx, err);
	plan_release(p);
	return -1;
}

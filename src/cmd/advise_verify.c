/* SPDX-License-Identifier: Apache-2.0 */
/* The last run: does the engine take what is recommended, and what does it drop then? */
#include "cmd/advise.h"

#include "advise/settings.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "cmd/measure.h"
#include "run/runner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIVE_MAX    3 /* findings that are run live */
#define DURATION_NS (2 * NS_PER_S)
#define WARMUP_NS   NS_PER_S

struct verify {
	const struct advise_args *a;
	struct session *s;
	const char *dir, *state_dir;
	size_t n, n_live;
};

/* A case that leaves everything to the configuration. */
static char *write_case(const struct verify *v, struct error *err)
{
	bool user = v->a->config || v->a->rules.n;
	char *file = xasprintf("%s/recommended-%zu.yaml", v->dir, v->n);
	char *text cleanup_free =
		xasprintf("id: recommended\nrules: %s\n", user && !v->a->dummy ? "user" : "dummy");

	if (!fs_write_file(file, text, strlen(text), 0600, err))
		return file;
	free(file);
	return NULL;
}

static void say_live(const struct res_case *c, const char *load, struct strbuf *out)
{
	const struct res_repeat *r = c->n_repeats ? &c->repeats[0] : NULL;
	double seen;

	if (!r || r->status != RES_OK) {
		strbuf_addf(out, "; not verified live: %s",
			    r && r->reason ? r->reason : "no live run came about");
		return;
	}
	seen = (double)(r->t1_ns - r->t0_ns) / 1e9;
	strbuf_addf(out, "; live run of %s under load %s, one repeat: ", UNITS_DURATION(seen * 1e9),
		    load);
	if (r->n_evts > 0 && r->n_drops >= 0 && seen > 0)
		strbuf_addf(out, "%s of %s kernel events/s dropped (indicative)",
			    UNITS_SHARE((double)r->n_drops / (double)r->n_evts),
			    UNITS_RATE((double)r->n_evts / seen));
	else
		strbuf_addstr(out, "no events, so that it says nothing of drops");
}

static void say(const struct plan *p, bool live, const char *why_not, struct strbuf *out)
{
	const struct res_case *c = &p->res.cases[0];

	if (c->dry_status != RES_OK) {
		strbuf_addf(out, "dry run with %s FAILED: %s", p->engine.path,
			    c->dry_reason ? c->dry_reason : "it was not run");
		return;
	}
	strbuf_addf(out, "dry run with %s: taken, %zu syscalls traced, %s", p->engine.path,
		    c->dry_final.n,
		    c->agreement ? "as predicted" : "OTHER THAN PREDICTED (see falcotune run)");
	if (live)
		say_live(c, c->load ? c->load : "", out);
	else
		strbuf_addf(out, "; not verified live: %s", why_not);
}

static int run_plan(struct verify *v, const struct run_options *o, bool live, const char *why_not,
		    struct strbuf *out, struct error *err)
{
	struct journal j = JOURNAL_INIT;
	struct plan p;
	int rc;

	if (plan_make(&p, o, err))
		return -1;
	rc = fs_mkdirs(p.dir, err) || runner_prepare(&p, err) ||
			     journal_create(&j, p.dir, plan_to_json(&p), err) ||
			     leftovers_begin(&v->s->left, v->state_dir, p.dir, err) ||
			     runner_run(&p, &j, v->s, err)
		     ? -1
		     : 0;
	journal_close(&j);
	leftovers_end(&v->s->left);
	if (!rc)
		say(&p, live, why_not, out);
	plan_release(&p);
	return rc;
}

/* Why there is no live run, or NULL. */
static const char *no_live(const struct verify *v)
{
	if (v->a->no_verify)
		return "--no-verify";
	if (!v->a->load)
		return "only results name a load to repeat";
	return v->n_live >= LIVE_MAX ? "only the first three findings are" : NULL;
}

static void verify_one(struct verify *v, struct advice_item *f)
{
	const char *why_not = no_live(v);
	char *dir cleanup_free = xasprintf("%s/run-%zu", v->dir, ++v->n);
	struct strvec sets cleanup_strvec = STRVEC_INIT, cases cleanup_strvec = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;
	struct error why = ERROR_INIT;
	char *file = write_case(v, &why);
	struct run_options o = {.engine = v->a->engine ? v->a->engine : "auto",
				.config = v->a->config,
				.sets = &sets,
				.rules = &v->a->rules,
				.cases = &cases,
				.load = v->a->load,
				.duration_ns = DURATION_NS,
				.warmup_ns = WARMUP_NS,
				.repeats = 1,
				.timeout_ns = -1,
				.seed = 1,
				.dry_run_only = why_not != NULL,
				.max_drop = (double)NAN,
				.command = "falcotune advise",
				.dir = dir,
				.ask_version = true,
				.wake_fd = v->s->signal_fd};

	strvec_copy(&sets, &v->a->sets);
	if (f->flags)
		settings_of_flags(f->flags, &sets);
	else
		strvec_copy(&sets, &f->change);
	if (file)
		strvec_take(&cases, file);
	if (v->a->load && !v->a->dummy && !v->a->config && !v->a->rules.n) {
		strbuf_addstr(&text, "not verified: the results are of rules of your own; give "
				     "their -c and -r");
		f->verified = strbuf_detach(&text);
		return;
	}
	v->n_live += !why_not;
	if (!file || run_plan(v, &o, !why_not, why_not, &text, &why))
		strbuf_addf(&text, "not verified: %s", why.msg);
	f->verified = strbuf_detach(&text);
}

int advise_verify(struct cmd_ctx *ctx, const struct advise_args *a, struct advice *f, int *caught,
		  struct error *err)
{
	const char *base = getenv("TMPDIR");
	char *dir cleanup_free =
		xasprintf("%s/falcotune-advise.XXXXXX", base && *base ? base : "/tmp");
	char *state_dir cleanup_free = NULL;
	struct session s = SESSION_INIT;
	struct verify v = {.a = a, .s = &s, .dir = dir};
	struct error unused = ERROR_INIT;
	bool made = mkdtemp(dir) != NULL;
	int rc = made ? cmd_measure_begin(ctx, &s, &state_dir, err)
		      : error_env(err, "%s: cannot be made", dir);

	v.state_dir = state_dir;
	for (size_t i = 0; !rc && i < f->n && !session_interrupted(&s); i++) {
		struct advice_item *x = &f->v[i];

		if (x->change.n || x->flags)
			verify_one(&v, x);
	}
	for (size_t i = 0; !rc && i < f->n; i++)
		if ((f->v[i].change.n || f->v[i].flags) && !f->v[i].verified)
			f->v[i].verified = xstrdup("not verified: interrupted");
	*caught = s.caught;
	session_end(&s);
	if (made)
		fs_remove_tree(dir, &unused);
	return rc;
}

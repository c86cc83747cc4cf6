/* SPDX-License-Identifier: Apache-2.0 */
#include "tune/verify.h"

#include "advise/advise.h"
#include "advise/settings.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "run/runner.h"
#include "tune/point.h"

#include <math.h>
#include <string.h>

#define CASE_ID "recommended"

static void set_state(struct res_verification *out, const char *state, struct strbuf *text)
{
	free(out->state);
	free(out->text);
	out->state = xstrdup(state);
	out->text = strbuf_detach(text);
}

void verify_none(struct res_verification *out, const char *why)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "not verified: %s", why);
	set_state(out, VERIFIED_NOT, &text);
}

/* A case that leaves everything to the configuration. */
static char *write_case(const struct verify_input *in, struct error *err)
{
	char *file = fs_join(in->dir, "case.yaml");
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strbuf_addstr(&text, "id: " CASE_ID "\nrules: '");
	for (const char *s = in->case_rules; *s; s++) {
		if (*s == '\'')
			strbuf_addch(&text, '\'');
		strbuf_addch(&text, *s);
	}
	strbuf_addf(&text, "'\n%s", in->plugins_none ? "plugins: none\n" : "");
	if (!fs_mkdirs(in->dir, err) && !fs_write_file(file, text.buf, text.len, 0600, err))
		return file;
	free(file);
	return NULL;
}

/* ---- in words; false: that is a failure ---- */

static bool say_dry(const struct plan *p, struct res_verification *out, struct strbuf *text)
{
	const struct res_case *c = &p->res.cases[0];

	out->dry = c->dry_status;
	if (c->dry_status != RES_OK) {
		strbuf_addf(text, "dry run with %s FAILED: %s", p->engine.path,
			    c->dry_reason ? c->dry_reason : "it was not run");
		return false;
	}
	out->agreement = c->agreement;
	out->syscalls = (int64_t)c->dry_final.n;
	strbuf_addf(text, "dry run with %s: taken, %zu syscalls traced, ", p->engine.path,
		    c->dry_final.n);
	if (c->agreement)
		strbuf_addstr(text, "as predicted");
	else
		strbuf_addf(text,
			    "OTHER THAN PREDICTED: %zu of the predicted ones are missing, %zu are "
			    "there besides",
			    c->missing.n, c->extra.n);
	return c->agreement;
}

static bool say_drops(const struct res_verification *out, struct strbuf *text)
{
	if (isnan(out->drop_rate)) {
		strbuf_addstr(text, "no events, so that it says nothing of drops");
		return true;
	}
	strbuf_addf(text, "%s of %s kernel events/s dropped", UNITS_SHARE(out->drop_rate),
		    UNITS_RATE(out->evts_per_s));
	if (!isnan(out->limit))
		strbuf_addf(text, ", %s the limit of %s",
			    out->drop_rate > out->limit ? "ABOVE" : "within",
			    UNITS_SHARE(out->limit));
	strbuf_addstr(text, " (one repeat: indicative)");
	return !(out->drop_rate > out->limit);
}

static bool say_live(const struct verify_input *in, const struct plan *p, bool hopeless,
		     struct res_verification *out, struct strbuf *text)
{
	const struct res_case *c = &p->res.cases[0];
	const struct res_repeat *r = point_last(c);

	if (!r || r->status != RES_OK) {
		const char *why = r && r->reason ? r->reason : "no live run came about";

		/* What the environment cannot do says nothing against the configuration. */
		strbuf_addf(text, hopeless ? "; not verified live: %s" : "; live run FAILED: %s",
			    why);
		out->live = hopeless ? RES_SKIPPED : RES_FAILED;
		return hopeless;
	}
	out->live = RES_OK;
	out->load = xstrdup(in->load_name ? in->load_name : c->load);
	out->seconds = (double)(r->t1_ns - r->t0_ns) / 1e9;
	if (r->n_evts > 0 && r->n_drops >= 0 && out->seconds > 0) {
		out->evts_per_s = (double)r->n_evts / out->seconds;
		out->drop_rate = (double)r->n_drops / (double)r->n_evts;
	}
	strbuf_addf(text, "; live run of %s under load %s: ", UNITS_DURATION(out->seconds * 1e9),
		    out->load);
	return say_drops(out, text);
}

/* ---- the run ---- */

static int run_it(const struct verify_input *in, struct plan *p, const char *no_live,
		  struct session *s, struct res_verification *out, struct error *err)
{
	struct journal none = JOURNAL_INIT; /* the caller writes down what came of it */
	struct bench b = {.p = p, .j = &none, .s = s};
	struct strbuf text = STRBUF_INIT;
	bool live = false, good = false;
	int rc = fs_mkdirs(p->dir, err) || runner_prepare(p, err) || point_dry(&b, 0, err) ? -1 : 0;

	if (!rc) {
		out->engine = xstrdup(p->engine.path);
		strvec_copy(&out->settings, in->change);
		out->limit = in->limit;
		good = say_dry(p, out, &text);
		live = out->dry == RES_OK && !no_live;
	}
	if (!rc && live)
		rc = point_live(&b, 0, in->duration_ns, 1, 1, (double)NAN, err);
	if (!rc && live)
		good = say_live(in, p, b.hopeless, out, &text) && good;
	else if (!rc && out->dry == RES_OK)
		strbuf_addf(&text, "; not verified live: %s", no_live);
	if (!rc)
		set_state(out,
			  !good			? VERIFIED_FAILED
			  : out->live == RES_OK ? VERIFIED_PASSED
						: VERIFIED_DRY_ONLY,
			  &text);
	strbuf_release(&text);
	return rc;
}

/* *no_live may be replaced by what is wrong with the load: its text is in why then. */
static int make_plan(struct run_options *o, struct plan *p, const char **no_live,
		     struct error *load_why, struct error *err)
{
	o->dry_run_only = *no_live != NULL;
	if (!plan_make(p, o, err))
		return 0;
	if (*no_live)
		return -1;
	/* Is it the load? */
	*load_why = *err;
	error_clear(err);
	*no_live = load_why->msg;
	o->dry_run_only = true;
	return plan_make(p, o, err);
}

int verify_run(const struct verify_input *in, struct session *s, struct res_verification *out,
	       struct error *err)
{
	const char *no_live = in->no_live ? in->no_live
			      : in->load  ? NULL
					  : "no load is known, give --load";
	struct strvec sets cleanup_strvec = STRVEC_INIT, cases cleanup_strvec = STRVEC_INIT;
	static const struct strvec none = STRVEC_INIT;
	struct error why = ERROR_INIT, load_why = ERROR_INIT;
	char *run_dir cleanup_free = fs_join(in->dir, "run");
	struct run_options o = {.engine = in->engine ? in->engine : "auto",
				.config = in->config,
				.sets = &sets,
				.rules = in->rules ? in->rules : &none,
				.cases = &cases,
				.load = in->load,
				.duration_ns = in->duration_ns,
				.warmup_ns = in->warmup_ns,
				.repeats = 0,
				.timeout_ns = in->timeout_ns,
				.seed = 1,
				.max_drop = (double)NAN,
				.limits = s->limits,
				.command = in->command,
				.dir = run_dir,
				.ask_version = true,
				.wake_fd = s->signal_fd};
	struct plan p;
	char *file;
	int rc;

	res_verification_init(out);
	if (in->sets)
		strvec_copy(&sets, in->sets);
	strvec_copy(&sets, in->change);
	file = write_case(in, err);
	if (!file)
		return -1;
	strvec_take(&cases, file);
	if (make_plan(&o, &p, &no_live, &load_why, &why)) {
		if (session_interrupted(s)) {
			*err = why;
			return -1;
		}
		verify_none(out, why.msg);
		return 0;
	}
	rc = run_it(in, &p, no_live, s, out, err);
	plan_release(&p);
	if (rc) {
		res_verification_release(out);
		res_verification_init(out);
	}
	return rc;
}

/* ---- what a run recommends ---- */

static size_t recommended_case(const struct results *r)
{
	size_t i = 0;

	while (i < r->n_cases && (!r->rec.case_key || strcmp(r->cases[i].key, r->rec.case_key)))
		i++;
	return i;
}

/* The flags leave out what the command line of Falco has no need for. */
static void settings_of(const struct results *r, const struct res_case *c, struct strvec *out)
{
	settings_of_flags(r->rec.flags, out);
	if (c->engine_kind && c->preset > 0)
		strvec_pushf(out, "engine.%s.drop_failed_exit=%s", c->engine_kind,
			     c->drop_failed_exit ? "true" : "false");
}

int verify_recommended(const struct plan *p, const char *no_live, struct session *s,
		       struct res_verification *out, struct error *err)
{
	const struct results *r = &p->res;
	struct strvec change cleanup_strvec = STRVEC_INIT;
	char *dir cleanup_free = fs_join(p->dir, "verification");
	size_t i = recommended_case(r);
	struct verify_input in;

	res_verification_init(out);
	if (i == r->n_cases || !r->rec.flags)
		return 0;
	if (!p->v[i].rules) {
		verify_none(out, "the journal does not say of which configuration it is");
		return 0;
	}
	settings_of(r, &r->cases[i], &change);
	in = (struct verify_input){.engine = p->engine.path,
				   .config = p->config,
				   .sets = &p->sets,
				   .rules = &p->rules,
				   .change = &change,
				   .case_rules = p->v[i].rules,
				   .plugins_none = r->cases[i].plugins_none,
				   .load = r->cases[i].load,
				   .no_live = no_live,
				   .duration_ns = r->duration_ns,
				   .warmup_ns = r->warmup_ns,
				   .timeout_ns = p->timeout_ns,
				   .limit = advise_limit(r),
				   .dir = dir,
				   .command = r->command};
	return fs_remove_tree(dir, err) ? -1 : verify_run(&in, s, out, err);
}

void verify_as_measured(const struct res_case *c, const char *name, double limit,
			struct res_verification *out)
{
	char *drop cleanup_free = point_drop_text(&c->sum);
	double seconds = res_case_seconds(c);
	struct strbuf text = STRBUF_INIT;
	bool good = c->dry_status == RES_OK && c->agreement && !(c->sum.drop_rate > limit);

	res_verification_init(out);
	out->as_case = xstrdup(name);
	out->dry = c->dry_status;
	out->agreement = c->agreement;
	out->syscalls = c->dry_status == RES_OK ? (int64_t)c->dry_final.n : RES_UNKNOWN;
	out->live = c->sum.n_ok ? RES_OK : RES_FAILED;
	out->load = c->load ? xstrdup(c->load) : NULL;
	out->seconds = seconds;
	out->evts_per_s = c->sum.evts_per_s;
	out->drop_rate = c->sum.drop_rate;
	out->limit = limit;
	strbuf_addf(&text,
		    "measured in this run as it is printed, as %s: its dry run printed the %zu "
		    "syscalls %s; %s live under load %s, drop rate %s",
		    name, c->dry_final.n,
		    c->agreement ? "that were predicted" : "OTHER THAN PREDICTED",
		    UNITS_DURATION(seconds * 1e9), c->load ? c->load : "unknown", drop);
	set_state(out, good ? VERIFIED_PASSED : VERIFIED_FAILED, &text);
}

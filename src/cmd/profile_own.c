/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune profile: profiles of the embedded engine, taken or read. */
#include "cmd/profile.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "cost/calibrate.h"
#include "report/profile.h"

#include <math.h>
#include <string.h>

/* ---- what is shown ---- */

static int report(const void *it, enum out_format f, struct strbuf *out, struct error *err)
{
	return profile_report(it, f, out, err);
}

static int write_graphs(const struct profile_args *a, const struct eprofile *p, struct error *err)
{
	struct strbuf folded cleanup_strbuf = STRBUF_INIT, dot cleanup_strbuf = STRBUF_INIT;

	profile_folded(p, &folded);
	profile_dot(p, &dot);
	return (a->folded && fs_write_file(a->folded, folded.buf, folded.len, 0644, err)) ||
			       (a->dot && fs_write_file(a->dot, dot.buf, dot.len, 0644, err))
		       ? -1
		       : 0;
}

static int calibrate(struct cmd_ctx *ctx, const struct profile_args *a, const struct eprofile *p,
		     struct error *err)
{
	struct cost_params params;
	int rc = cost_params_read(NULL, COST_EMBEDDED, &params, err);

	if (!rc)
		rc = cost_calibrate(&params, &p, 1, NULL, 0, err);
	if (!rc)
		rc = cost_params_write(&params, a->calibrate, err);
	if (!rc && isnan(params.error))
		log_print(&ctx->log, LOG_WARNING,
			  "%s: the profile has no times of checks; only transport, state and "
			  "output are calibrated",
			  a->calibrate);
	else if (!rc)
		log_print(&ctx->log, LOG_NOTE,
			  "calibrated in %s: a check's price is off by %.0f%% in the mean",
			  a->calibrate, 100 * params.error);
	cost_params_release(&params);
	return rc;
}

static void warn(struct profile_shown *s)
{
	const struct eprofile *p = &s->runs.all;

	if (p->kernel_drops > 0)
		strvec_pushf(&s->warnings,
			     "%lld events were dropped: they are in no count here, and the engine "
			     "was at its limit",
			     (long long)p->kernel_drops);
	if (p->not_recorded > 0)
		strvec_pushf(&s->warnings, "%lld events are missing in the recording",
			     (long long)p->not_recorded);
	if (p->interrupted_ns > p->window_ns / 2 && !strcmp(p->source, "replay"))
		strvec_pushf(&s->warnings,
			     "others had the CPU for %s of the window: caches were cold more often "
			     "than on a quiet host",
			     UNITS_SHARE(p->interrupted_ns / p->window_ns));
}

/* Takes v. dir: where the report goes as JSON, NULL: nowhere. */
static int show(struct cmd_ctx *ctx, const struct profile_args *a, struct eprofile *v, size_t n,
		const char *what, const char *dir, struct error *err)
{
	struct profile_shown s = {.command = a->m.command.buf, .top = (size_t)a->top};
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	int rc = ep_runs_make(&s.runs, v, n, err);

	if (!rc) {
		s.what = xstrdup(what);
		warn(&s);
		for (size_t i = 0; i < s.warnings.n; i++)
			log_print(&ctx->log, LOG_WARNING, "%s", s.warnings.v[i]);
		rc = write_graphs(a, &s.runs.all, err);
		if (!rc && a->calibrate)
			rc = calibrate(ctx, a, &s.runs.all, err);
	}
	if (!rc && dir)
		rc = cmd_write_report(dir, "profile.json", report, &s, (enum out_format)a->m.format,
				      err);
	else if (!rc && !(rc = profile_report(&s, (enum out_format)a->m.format, &text, err)))
		rc = cmd_print(&text, err);
	ep_runs_release(&s.runs);
	strvec_release(&s.warnings);
	free(s.what);
	return rc;
}

/* ---- the course ---- */

struct runs {
	const struct profile_setup *t;
	struct eprofile *v;
	size_t n; /* that were made */
};

static int run_all(void *arg, struct measuring *m, struct error *err)
{
	struct runs *r = arg;
	const struct profiling *p = &r->t->p;

	for (int i = 1; i <= p->runs; i++) {
		struct eprofile *v = &r->v[r->n];
		json_t *event = measuring_event("profile-run", "");

		if (profiling_run(p, i, &m->s, v, err)) {
			json_decref(event);
			return p->runs > 1 ? error_wrap(err, "run %d", i) : -1;
		}
		r->n++;
		json_object_set_new(event, "run", json_integer(i));
		if (journal_add(&m->j, event, err))
			return -1;
		session_tell(&m->s, PROGRESS_NOTE,
			     "run %d of %d: %lld events, %lld evaluated, "
			     "%lld matches",
			     i, p->runs, (long long)v->seen, (long long)v->evaluated,
			     (long long)v->total_matches);
	}
	return 0;
}

int profile_run(struct cmd_ctx *ctx, struct profile_args *a, struct profile_setup *t,
		struct error *err)
{
	struct runs r = {.t = t, .v = xcalloc((size_t)a->runs, sizeof(*r.v))};
	int code = measuring_run(ctx, &a->m, "profile-start", run_all, &r, err);

	if (code) {
		for (size_t i = 0; i < r.n; i++)
			eprofile_release(&r.v[i]);
		free(r.v);
		return code;
	}
	if (show(ctx, a, r.v, r.n, t->what.buf, t->p.dir, err))
		return cmd_fail(ctx, err);
	log_print(&ctx->log, LOG_NOTE, "results are in %s", t->p.dir);
	return EXIT_FINE;
}

void profile_print_commands(const struct profile_setup *t)
{
	struct strvec lines cleanup_strvec = STRVEC_INIT;

	for (int i = 1; i <= t->p.runs; i++)
		profiling_commands(&t->p, i, &lines);
	cmd_print_lines(&lines);
}

int profile_show_files(struct cmd_ctx *ctx, const struct profile_args *a, struct error *err)
{
	struct eprofile *v = xcalloc(a->from.n, sizeof(*v));
	struct strbuf what cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < a->from.n; i++) {
		if (eprofile_read(a->from.v[i], &v[i], err)) {
			for (size_t k = 0; k < i; k++)
				eprofile_release(&v[k]);
			free(v);
			return cmd_fail(ctx, err);
		}
	}
	strvec_join(&a->from, ", ", &what);
	return show(ctx, a, v, a->from.n, what.buf, NULL, err) ? cmd_fail(ctx, err) : EXIT_FINE;
}

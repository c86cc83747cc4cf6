/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/rules_cost.h"

#include "base/mem.h"
#include "cost/calibrate.h"
#include "report/cost_report.h"

#include <string.h>

const char *const rules_cost_models[] = {"auto", "embedded", "falco", NULL};

/* How many rules to give up. */
static const size_t worst[] = {1, 2, 3, 5, 10};

struct job {
	const struct rules_cost_args *a;
	struct prediction p;
	struct host_profile host;
	struct ep_files profiles;
	struct cost_params params;
	struct cost_fit *fits;
	struct cost c;
};

static void job_release(struct job *j)
{
	cost_release(&j->c);
	free(j->fits);
	cost_params_release(&j->params);
	ep_files_release(&j->profiles);
	host_profile_release(&j->host);
	prediction_release(&j->p);
}

static int read_params(struct job *j, struct error *err)
{
	const struct rules_cost_args *a = j->a;
	enum cost_engine engine = j->profiles.n ? COST_EMBEDDED : COST_FALCO;

	if (a->model)
		engine = (enum cost_engine)(a->model - 1);
	else if (a->calibration_file && cost_calibration_engine(a->calibration_file, &engine, err))
		return -1;
	if (j->profiles.n && engine != COST_EMBEDDED)
		return error_input(err, "option --profile: profiles are of the embedded engine, "
					"expected --model embedded");
	if (cost_params_read(NULL, engine, &j->params, err) ||
	    (a->calibration_file && cost_params_calibrate(&j->params, a->calibration_file, err)))
		return -1;
	if (!a->write_file)
		return 0;
	if (!j->profiles.n)
		return error_input(err, "option --write-calibration needs --profile");
	if (cost_calibrate(&j->params, j->profiles.views, j->profiles.n, NULL, 0, err))
		return -1;
	return cost_params_write(&j->params, a->write_file, err);
}

static int read_all(struct job *j, const struct predict_input *in, struct cmd_ctx *ctx,
		    struct error *err)
{
	if (ep_files_read(&j->a->profiles, &j->profiles, err) || predict(&j->p, in, ctx, err) ||
	    read_params(j, err))
		return -1;
	return j->a->host_file ? host_profile_read(j->a->host_file, &j->host, err) : 0;
}

static int report(struct job *j, const struct cost_input *in, struct error *err)
{
	const struct cost_report r = {.c = &j->c,
				      .in = in,
				      .falco = j->p.cat->falco,
				      .host_file = j->a->host_file,
				      .calibration_file = j->a->calibration_file,
				      .profile_files = j->a->profiles.v,
				      .fits = j->fits};
	struct strbuf out cleanup_strbuf = STRBUF_INIT;

	if (cost_report(&r, j->a->format, &out, err))
		return -1;
	return cmd_print(&out, err);
}

int rules_cost(const struct rules_cost_args *a, const struct predict_input *from,
	       struct cmd_ctx *ctx, struct error *err)
{
	struct job j = {.a = a, .p = PREDICTION_INIT};
	struct cost_input in;
	int rc;

	host_profile_init(&j.host);
	rc = read_all(&j, from, ctx, err);
	in = (struct cost_input){.rules = &j.p.rules,
				 .opt = &j.p.from.opt,
				 .in = &j.p.in,
				 .host = a->host_file ? &j.host : NULL,
				 .profiles = j.profiles.views,
				 .n_profiles = j.profiles.n,
				 .params = &j.params,
				 .first = !j.p.from.config.rule_matching_all,
				 .drop_failed_exit = j.p.from.config.drop_failed_exit};
	if (!rc) {
		j.fits = xcalloc(j.profiles.n + 1, sizeof(*j.fits));
		in.enter_events = release_of(j.p.cat)->enter_events;
		for (size_t i = 0; i < j.profiles.n; i++)
			cost_compare(&in, j.profiles.views[i], &j.fits[i]);
		cost_estimate(&in, worst, ARRAY_SIZE(worst), &j.c);
		rc = report(&j, &in, err);
	}
	job_release(&j);
	return rc;
}

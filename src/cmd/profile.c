/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune profile */
#include "cmd/profile.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

#define DURATION_NS (10 * NS_PER_S)
#define WARMUP_NS   (1 * NS_PER_S)

/* Does the engine have to be measured from outside? Nothing is run for --print-commands: by name.
 */
static bool is_other(const struct profile_args *a, const struct engine *e)
{
	const char *name = strrchr(e->path, '/');

	return a->m.print_commands ? strcmp(name ? name + 1 : e->path, "falcotune-engine") != 0
				   : !e->embedded;
}

static int act(struct cmd_ctx *ctx, struct profile_args *a, struct error *err)
{
	struct profile_setup t = PROFILE_SETUP_INIT;
	int code;

	if (profile_check_files(a, err))
		return cmd_fail(ctx, err);
	if (a->from.n)
		return profile_show_files(ctx, a, err);
	if (a->sample)
		return profile_sample(ctx, a, err);
	if (profile_find_engine(a, &t, err)) {
		code = cmd_fail(ctx, err);
	} else if (a->calibrate) {
		code = is_other(a, &t.engine) ? profile_counts(ctx, a, &t, err)
					      : profile_calibrate(ctx, a, &t, err);
	} else if (profile_set_up(ctx, a, &t, err)) {
		code = cmd_fail(ctx, err);
	} else if (a->knock_out) {
		code = profile_knock_out(ctx, a, &t, err);
	} else if (a->m.print_commands) {
		profile_print_commands(&t);
		code = EXIT_FINE;
	} else {
		code = profile_run(ctx, a, &t, err);
	}
	profile_setup_release(&t);
	return code;
}

int cmd_profile(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct profile_args a = {.m = MEASURE_ARGS_INIT, .runs = 1, .top = 20};
	struct error err = ERROR_INIT;
	int rc;

	a.m.o.engine = "embedded";
	a.m.o.duration_ns = DURATION_NS;
	a.m.o.warmup_ns = WARMUP_NS;
	cmd_join_command(argc, argv, &a.m.command);
	rc = profile_options(argc, argv, &a, &err);
	if (!rc)
		rc = profile_validate(&a, &err) || measure_args_take(&a.m, "results/profile-", &err)
			     ? -1
			     : 0;
	if (rc)
		rc = rc > 0 ? EXIT_FINE : cmd_fail(ctx, &err);
	else
		rc = act(ctx, &a, &err);
	measure_args_release(&a.m);
	strvec_release(&a.from);
	return rc;
}

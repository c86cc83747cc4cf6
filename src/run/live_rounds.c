/* SPDX-License-Identifier: Apache-2.0 */
/* Several loads over one engine. */
#include "run/live_private.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>

struct live *live_open(struct session *s, const struct live_spec *spec, struct res_repeat *out)
{
	struct live *l = xcalloc(1, sizeof(*l));
	struct error why = ERROR_INIT;

	live_init(l, s, spec, out);
	l->opened = spec;
	if (live_start_engine(l, &why))
		live_fail(l, "%s", why.msg);
	else
		live_wait_ready(l);
	return l;
}

int live_round(struct live *l, const struct live_spec *spec, struct res_repeat *out,
	       struct live_result *res)
{
	struct error why = ERROR_INIT;
	struct live_course c = {0};

	*res = (struct live_result){.background_per_s = (double)NAN, .engine_exit = -1};
	l->spec = spec;
	l->out = out;
	l->part = 0;
	if (live_start_load(l, &why))
		live_fail(l, "%s", why.msg);
	else
		live_load_course(l, &c);
	loadproc_stop(&l->load, l->s);
	live_save_load_report(l);
	if (!out->reason)
		live_fill(l, &c, res);
	res->engine_exit = l->engine_exit;
	loadproc_release(&l->load);
	l->spec = l->opened;
	return out->reason ? -1 : 0;
}

int live_rest(struct live *l, int64_t rest_ns, int64_t limit_ns, struct res_repeat *out,
	      double *uncounted)
{
	int64_t from = clock_real();
	size_t at, before = l->samples.n - 1;
	bool settled;

	l->out = out;
	l->phase = "at rest";
	l->part = l->part_end = 1;
	*uncounted = (double)NAN;
	if (live_wait_sample(l, from + rest_ns, &at, "resting"))
		return -1;
	/* Until what waits in the buffers no longer falls from one snapshot to the next. */
	while (!(settled = samples_settled(&l->samples, before, at)) &&
	       clock_real() < from + limit_ns) {
		before = at;
		if (live_wait_sample(l, l->samples.v[at].s.t_ns + 1, &at, "draining"))
			return -1;
	}
	l->ready = l->samples.n - 1;
	if (settled)
		*uncounted = samples_backlog_share(&l->samples, l->round_from, at);
	return 0;
}

void live_close(struct live *l, struct res_repeat *out)
{
	l->out = out;
	live_stop_engine(l);
	live_read_log(l);
	live_release(l);
	free(l);
}

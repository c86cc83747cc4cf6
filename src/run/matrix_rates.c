/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/rate.h"
#include "run/matrix.h"
#include "syscalls/release.h"

#include <math.h>

static void add_rates(struct matrix *m, const struct host_profile *host)
{
	bool enter = release_of(m->cat)->enter_events;

	m->has_rates = true;
	for (size_t i = 0; i < m->n; i++) {
		struct matrix_case *c = &m->v[i];
		const struct rate_set set = {.sel = &c->sel,
					     .drop_failed_exit = c->drop_failed_exit,
					     .enter_events = enter};
		struct rate rate;

		c->events_per_s = c->events_per_cpu = c->events_p99_per_cpu = (double)NAN;
		if (c->skip)
			continue;
		rate_predict(host, &set, &rate);
		c->events_per_s = rate.per_s;
		c->events_per_cpu = rate.per_cpu;
		if (host->n_cpus > 0)
			c->events_p99_per_cpu = rate.p99 / (double)host->n_cpus;
		rate_release(&rate);
	}
}

int matrix_add_rates(struct matrix *m, const char *host_file, struct error *err)
{
	struct host_profile host cleanup_host_profile;

	if (host_profile_read(host_file, &host, err))
		return -1;
	add_rates(m, &host);
	return 0;
}

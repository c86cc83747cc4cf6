/* SPDX-License-Identifier: Apache-2.0 */
/* A host profile with every member set, for tests. */
#ifndef FT_TESTS_HOST_MAKER_H
#define FT_TESTS_HOST_MAKER_H

#include "base/mem.h"
#include "survey/host.h"

#include <stdarg.h>

/* Adds a call; bins are its rates in each of the profile's n_bins bins. */
__attribute__((unused)) static struct host_call *make_call(struct host_profile *p, const char *name,
							   double per_s, double failed, ...)
{
	struct host_call *c;
	va_list ap;

	p->calls = xrealloc(p->calls, p->n_calls + 1, sizeof(*p->calls));
	c = &p->calls[p->n_calls++];
	*c = (struct host_call){.name = xstrdup(name),
				.per_s = per_s,
				.failed_per_s = failed,
				.bins = xcalloc(p->n_bins + 1, sizeof(double))};
	va_start(ap, failed);
	for (size_t i = 0; i < p->n_bins; i++)
		c->bins[i] = va_arg(ap, double);
	va_end(ap);
	return c;
}

__attribute__((unused)) static struct host_group *make_group(struct host_groups *g,
							     const char *name, double per_s)
{
	struct host_group *v;

	g->measured = true;
	g->v = xrealloc(g->v, g->n + 1, sizeof(*g->v));
	v = &g->v[g->n++];
	*v = (struct host_group){.name = xstrdup(name), .processes = -1, .pid = -1, .per_s = per_s};
	return v;
}

/* Three bins of a second: openat 100 200 300, connect 10 10 10, procexit 0 0 6. */
__attribute__((unused)) static void make_host(struct host_profile *p)
{
	struct host_group *g;

	host_profile_init(p);
	p->hostname = xstrdup("secret-host");
	p->kernel = xstrdup("6.1.0");
	p->taken = xstrdup("2026-01-02T03:04:05Z");
	p->falcotune_version = xstrdup("0.1.0");
	p->cgroup_hierarchy = xstrdup("v1 memory");
	p->n_cpus = 2;
	p->seconds = 3;
	p->bin_s = 1;
	p->n_bins = 3;
	p->compat_per_s = 0.5;
	p->unknown_per_s = p->missed_per_s = 0;
	p->cost_ns = 20.5;
	p->empty_ns = 18;
	p->n_cpu_per_s = 2;
	p->cpu_per_s = xcalloc(2, sizeof(double));
	p->cpu_per_s[0] = 202;
	p->cpu_per_s[1] = 10;
	make_call(p, "procexit", 2, 0.0, 0.0, 0.0, 6.0);
	make_call(p, "connect", 10, 4.0, 10.0, 10.0, 10.0);
	make_call(p, "openat", 200, 20.0, 100.0, 200.0, 300.0);
	p->by_process.unreadable_per_s = p->by_cgroup.unreadable_per_s = (double)NAN;
	p->by_process.other_per_s = 1.25;
	make_group(&p->by_process, "secret-shell", 12);
	g = make_group(&p->by_process, "secret-daemon", 200);
	g->processes = 1;
	g->pid = 4711;
	g->calls = xcalloc(1, sizeof(*g->calls));
	g->n_calls = 1;
	g->calls[0] = (struct host_share){.name = xstrdup("openat"), .per_s = 190};
	make_group(&p->by_cgroup, "/secret.slice", 212);
	make_group(&p->by_path, "/etc/secret", 200);
	p->by_path.unreadable_per_s = 3;
}

#endif

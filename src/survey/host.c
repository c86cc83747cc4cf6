/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/host.h"

#include "base/fs.h"
#include "base/mem.h"
#include "stats/describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void host_profile_init(struct host_profile *p)
{
	*p = (struct host_profile){
		.n_cpus = -1,
		.seconds = NAN,
		.bin_s = NAN,
		.compat_per_s = NAN,
		.unknown_per_s = NAN,
		.missed_per_s = NAN,
		.cost_ns = NAN,
		.empty_ns = NAN,
	};
}

static void groups_release(struct host_groups *g)
{
	for (size_t i = 0; i < g->n; i++) {
		for (size_t k = 0; k < g->v[i].n_calls; k++)
			free(g->v[i].calls[k].name);
		free(g->v[i].calls);
		free(g->v[i].name);
	}
	free(g->v);
}

void host_profile_release(struct host_profile *p)
{
	for (size_t i = 0; i < p->n_calls; i++) {
		free(p->calls[i].name);
		free(p->calls[i].bins);
	}
	free(p->calls);
	free(p->cpu_per_s);
	groups_release(&p->by_process);
	groups_release(&p->by_cgroup);
	groups_release(&p->by_path);
	free(p->hostname);
	free(p->kernel);
	free(p->taken);
	free(p->falcotune_version);
	free(p->cgroup_hierarchy);
	host_profile_init(p);
}

/* ---- rates ---- */

/* How often an exit of that call counts in n_evts. Falco's kernel side counts the entry of connect
 * too (engine contract; the same in src/probe/probe.bpf.c). */
static double events_per_call(const char *name)
{
	return strcmp(name, "connect") ? 1 : 2;
}

double host_profile_rate(const struct host_profile *p, const struct strvec *set)
{
	double sum = 0;

	for (size_t i = 0; i < p->n_calls; i++)
		if (strvec_has(set, p->calls[i].name))
			sum += p->calls[i].per_s * events_per_call(p->calls[i].name);
	return sum;
}

double host_profile_rate_quantile(const struct host_profile *p, const struct strvec *set, double q)
{
	double *bins cleanup_free = NULL;

	if (!p->n_bins)
		return NAN;
	bins = xcalloc(p->n_bins, sizeof(*bins));
	for (size_t i = 0; i < p->n_calls; i++) {
		if (!strvec_has(set, p->calls[i].name))
			continue;
		for (size_t b = 0; b < p->n_bins; b++)
			bins[b] += p->calls[i].bins[b] * events_per_call(p->calls[i].name);
	}
	return stats_quantile(bins, p->n_bins, q);
}

double host_profile_total(const struct host_profile *p)
{
	double sum = 0;

	for (size_t i = 0; i < p->n_calls; i++)
		sum += p->calls[i].per_s;
	return sum;
}

int64_t host_bin_ns(int64_t window_ns)
{
	int64_t second = 1000000000, seconds = (window_ns + second - 1) / second;

	return (seconds + HOST_BINS_MAX - 1) / HOST_BINS_MAX * second;
}

/* ---- order ---- */

static int by_rate(double a, double b, const char *name_a, const char *name_b)
{
	return a > b ? -1 : a < b ? 1 : strcmp(name_a, name_b);
}

static int compare_calls(const void *a, const void *b)
{
	const struct host_call *x = a, *y = b;

	return by_rate(x->per_s, y->per_s, x->name, y->name);
}

static int compare_groups(const void *a, const void *b)
{
	const struct host_group *x = a, *y = b;

	return by_rate(x->per_s, y->per_s, x->name, y->name);
}

static int compare_shares(const void *a, const void *b)
{
	const struct host_share *x = a, *y = b;

	return by_rate(x->per_s, y->per_s, x->name, y->name);
}

static void sort_groups(struct host_groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].n_calls)
			qsort(g->v[i].calls, g->v[i].n_calls, sizeof(*g->v[i].calls),
			      compare_shares);
	if (g->n)
		qsort(g->v, g->n, sizeof(*g->v), compare_groups);
}

void host_profile_sort(struct host_profile *p)
{
	if (p->n_calls)
		qsort(p->calls, p->n_calls, sizeof(*p->calls), compare_calls);
	sort_groups(&p->by_process);
	sort_groups(&p->by_cgroup);
	sort_groups(&p->by_path);
}

/* ---- anonymising ---- */

static void hide_names(struct host_groups *g, const char *word)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->v[i].name);
		g->v[i].name = xasprintf("%s-%zu", word, i + 1);
		g->v[i].pid = -1;
	}
}

void host_profile_anonymise(struct host_profile *p)
{
	if (p->anonymised)
		return;
	host_profile_sort(p);
	free(p->hostname);
	p->hostname = NULL;
	hide_names(&p->by_process, "process");
	hide_names(&p->by_cgroup, "cgroup");
	hide_names(&p->by_path, "path");
	p->anonymised = true;
}

int host_profile_write(const struct host_profile *p, const char *path, struct error *err)
{
	json_t *doc = host_profile_to_json(p);
	char *text cleanup_free = json_dumps(doc, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	char *whole cleanup_free = NULL;

	json_decref(doc);
	if (!text)
		return error_internal(err, "the host profile cannot be written as JSON");
	whole = xasprintf("%s\n", text);
	return fs_write_file(path, whole, strlen(whole), 0644, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/rate.h"

#include "base/mem.h"
#include "stats/describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const rate_level_names[] = {"below 1K", "1K to 1.5K", "1.5K to 3K", "above 3K",
					"unknown"};
const char rate_level_note[] =
	"Rules of thumb are Falco's own (1K, 1.5K, 3K kernel events a second and CPU). They are "
	"from "
	"before release 0.42 dropped the enter events, when the same calls counted about twice.";

enum rate_level rate_level(double per_cpu)
{
	if (!isfinite(per_cpu))
		return RATE_UNKNOWN;
	return per_cpu < 1000	? RATE_LOW
	       : per_cpu < 1500 ? RATE_MODERATE
	       : per_cpu < 3000 ? RATE_BUSY
				: RATE_VERY_BUSY;
}

/* Calls whose events are not their exits, one entry and one exit each. */
static const struct {
	const char *name;
	double exits;  /* exit events for each exit in the profile: what counts besides it */
	double enters; /* enter events for each exit, in releases that have them */
} special[] = {
	{"connect", 2, 0}, /* with enter events, the second is that of its entry */
	{"procexit", 1, 0}, {"clone", 1, 0.5}, {"clone3", 1, 0.5},
	{"fork", 1, 0.5},   {"vfork", 1, 0.5},
};

/* Events that one exit stands for; without its exit event when that was dropped as failed. */
static double events_per_exit(const char *name, bool enter_events, bool failed_dropped)
{
	double exits = 1, enters = 1;

	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (!strcmp(special[i].name, name)) {
			exits = special[i].exits;
			enters = special[i].enters;
		}
	return exits - (failed_dropped ? 1 : 0) + (enter_events ? enters : 0);
}

bool rate_selects(const struct selection *sel, const char *name)
{
	/* One program makes the events of both. */
	static const char *const exec[] = {"execve", "execveat"};
	bool either = !strcmp(name, exec[0]);

	for (size_t i = 0; either && i < ARRAY_SIZE(exec); i++) {
		size_t sc = cat_sc_by_name(sel->cat, exec[i]);

		if (sc && bitset_has(&sel->final, sc))
			return true;
	}
	size_t sc = cat_sc_by_name(sel->cat, name);

	/* In every set, though only the final-set line shows it. */
	return (sc && bitset_has(&sel->final, sc)) || !strcmp(name, "procexit");
}

/* Events a second of that call, exits events a second being given. */
static double call_events(const struct host_call *c, const struct rate_set *set, double exits)
{
	double failed = set->drop_failed_exit && c->per_s > 0 && c->failed_per_s > 0
				? exits * c->failed_per_s / c->per_s
				: 0;

	return (exits - failed) * events_per_exit(c->name, set->enter_events, false) +
	       failed * events_per_exit(c->name, set->enter_events, true);
}

static int compare_parts(const void *a, const void *b)
{
	const struct rate_part *x = a, *y = b;

	return x->per_s > y->per_s ? -1 : x->per_s < y->per_s ? 1 : strcmp(x->name, y->name);
}

void rate_predict(const struct host_profile *host, const struct rate_set *set, struct rate *out)
{
	double *bins cleanup_free = xcalloc(host->n_bins + 1, sizeof(*bins));

	*out = (struct rate){.parts = xcalloc(host->n_calls + 1, sizeof(*out->parts))};
	for (size_t i = 0; i < host->n_calls; i++) {
		const struct host_call *c = &host->calls[i];
		double per_s = call_events(c, set, c->per_s);

		if (!rate_selects(set->sel, c->name))
			continue;
		out->per_s += per_s;
		for (size_t b = 0; b < host->n_bins; b++)
			bins[b] += call_events(c, set, c->bins[b]);
		if (per_s > 0)
			out->parts[out->n_parts++] =
				(struct rate_part){.name = c->name, .per_s = per_s};
	}
	for (size_t i = 0; i < out->n_parts; i++)
		out->parts[i].share = out->parts[i].per_s / out->per_s;
	qsort(out->parts, out->n_parts, sizeof(*out->parts), compare_parts);
	out->per_cpu = host->n_cpus > 0 ? out->per_s / (double)host->n_cpus : (double)NAN;
	out->p50 = stats_quantile(bins, host->n_bins, 0.5);
	out->p99 = stats_quantile(bins, host->n_bins, 0.99);
	out->max = stats_quantile(bins, host->n_bins, 1);
}

void rate_release(struct rate *r)
{
	free(r->parts);
	r->parts = NULL;
	r->n_parts = 0;
}

/* ---- reasons ---- */

struct reasons {
	struct strbuf rules, others;
	size_t n_rules, n_others, most;
};

static void add_reason(void *arg, enum why_kind kind, const char *name)
{
	static const char *const words[] = {
		[WHY_STATE] = "Falco's state engine",
		[WHY_CUSTOM] = "base_syscalls.custom_set",
		[WHY_REPAIR] = "base_syscalls.repair",
		[WHY_ALWAYS] = "always traced",
	};
	struct reasons *r = arg;

	if (kind != WHY_RULE) {
		strbuf_addf(&r->others, "%s%s", r->n_others++ ? ", " : "", words[kind]);
		return;
	}
	if (r->n_rules++ < r->most)
		strbuf_addf(&r->rules, "%s'%s'", r->n_rules > 1 ? ", " : "", name);
}

void rate_reasons(const struct rate_set *set, const char *name, size_t most, struct strbuf *out)
{
	struct reasons r = {.rules = STRBUF_INIT, .others = STRBUF_INIT, .most = most};

	selection_why(set->in, set->sel, name, add_reason, &r);
	if (r.n_rules)
		strbuf_addf(out, "rule%s %s", r.n_rules > 1 ? "s" : "", r.rules.buf);
	if (r.n_rules > most)
		strbuf_addf(out, " and %zu more", r.n_rules - most);
	if (r.n_others)
		strbuf_addf(out, "%s%s", r.n_rules ? "; " : "", r.others.buf);
	strbuf_release(&r.rules);
	strbuf_release(&r.others);
}

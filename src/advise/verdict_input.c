/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/verdict.h"

#include "advise/advise.h"
#include "base/mem.h"
#include "run/window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEST_1	   "spawned-process" /* id of the smallest documented case */
#define MAX_PRESET 10
/* Buffers may take a quarter of the memory that there is for the engine (the host's, or its control
 * group's), where nobody set another limit: they are locked memory, and the rest is needed too. */
#define MEMORY_SHARE 0.25
/* CPU from falco.cpu_usage_perc is used where its rounding makes less than this of an interval. */
#define CPU_ERROR 0.05

static int64_t memory(const struct results *r)
{
	if (r->memory_limit > 0 && (r->mem_bytes <= 0 || r->memory_limit < r->mem_bytes))
		return r->memory_limit;
	return r->mem_bytes;
}

/* Largest preset whose buffers all together stay within the share of memory. */
static int allowed_preset(int64_t mem_bytes, int64_t n_buffers)
{
	int p = MAX_PRESET;

	if (mem_bytes <= 0 || n_buffers <= 0)
		return p;
	while (p > 1 && (double)n_buffers * (double)(INT64_C(1) << (19 + p)) >
				MEMORY_SHARE * (double)mem_bytes)
		p--;
	return p;
}

/* Matches of all rules, from "name=count". */
static int64_t matches(const struct strvec *rules)
{
	int64_t n = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const char *eq = strrchr(rules->v[i], '=');

		n += eq ? strtoll(eq + 1, NULL, 10) : 0;
	}
	return n;
}

static struct verdict_series of_repeat(const struct res_repeat *r)
{
	return (struct verdict_series){.v = r->samples,
				       .n = r->n_samples,
				       .startup_drops = r->startup_drops,
				       .output_timeouts = r->output_timeouts,
				       .alerts = matches(&r->rules_matched),
				       .nice = r->nice};
}

/* Files, sockets, what a server accepts, and copies. */
static enum verdict_fds fds_of(const struct res_case *c)
{
	static const char *const calls[] = {"openat", "socket", "accept4", "dup", "close"};
	const struct strvec *set = c->dry_status == RES_OK ? &c->dry_final : &c->predicted;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (!strvec_has(set, calls[i]))
			return VERDICT_FDS_PARTLY;
	return VERDICT_FDS_TRACED;
}

static void clear(struct res_case *c)
{
	for (size_t i = 0; i < c->n_verdicts; i++)
		res_verdict_release(&c->verdicts[i]);
	free(c->verdicts);
	c->verdicts = NULL;
	c->n_verdicts = 0;
}

void verdict_case(const struct results *r, struct res_case *c)
{
	struct verdict_series *series cleanup_free = xcalloc(c->n_repeats + 1, sizeof(*series));
	struct verdict_list list;
	struct verdict_input in;

	verdict_input_init(&in);
	in.series = series;
	in.n_cpus = r->n_cpus;
	in.buffer_bytes = c->buffer_bytes;
	in.n_buffers = c->n_buffers;
	in.cpus_per_buffer = c->cpus_per_buffer;
	in.engine_kind = c->engine_kind;
	in.max_preset = allowed_preset(memory(r), c->n_buffers);
	in.smallest_set = c->id && !strcmp(c->id, TEST_1);
	in.fds = fds_of(c);
	in.limit = advise_limit(r);
	for (size_t i = 0; i < c->n_repeats; i++)
		if (c->repeats[i].status == RES_OK)
			series[in.n_series++] = of_repeat(&c->repeats[i]);
	clear(c);
	if (!in.n_series)
		return;
	verdict_judge(&in, &list);
	c->verdicts = list.v;
	c->n_verdicts = list.n;
}

/* ---- a Falco's own metrics ---- */

struct plain {
	struct res_sample *v;
	size_t n;
	int64_t last_other; /* events of plugins' sources at their last line */
	int64_t other_evts;
};

static void take_other(struct plain *p, const struct metrics_sample *m)
{
	int64_t n = m->v[METRIC_NUM_EVTS];

	if (n == METRIC_UNKNOWN)
		return;
	if (p->last_other != RES_UNKNOWN && n > p->last_other)
		p->other_evts += n - p->last_other;
	p->last_other = n;
}

static void take(struct plain *p, const struct metrics_sample *m)
{
	struct res_sample *s = &p->v[p->n];
	struct proc_facts f;

	if (m->other_source) {
		take_other(p, m);
		return;
	}
	proc_facts_init(&f);
	f.procs_running = m->v[METRIC_PROCS_RUNNING];
	if (m->cpu_ns != METRIC_UNKNOWN &&
	    (!p->n ||
	     2 * (double)m->cpu_error_ns <= CPU_ERROR * (double)(m->t_ns - p->v[p->n - 1].t_ns)))
		f.cpu_ns = m->cpu_ns;
	sample_fill(s, m, &f);
	p->n++;
}

static int64_t rule_matches(const struct metrics_sample *m)
{
	return m->v[METRIC_RULE_MATCHES] != METRIC_UNKNOWN ? m->v[METRIC_RULE_MATCHES]
							   : matches(&m->rules);
}

void verdict_metrics(const struct verdict_input *in, const struct verdict_raw *raw, size_t n_raw,
		     struct verdict_list *out)
{
	struct plain *plain cleanup_free = xcalloc(n_raw + 1, sizeof(*plain));
	struct verdict_series *series cleanup_free = xcalloc(n_raw + 1, sizeof(*series));
	struct verdict_input all = *in;

	all.series = series;
	all.other_source_evts = 0;
	for (size_t i = 0; i < n_raw; i++) {
		const struct metrics_sample *v = raw[i].v;
		struct plain *p = &plain[i];
		size_t n = raw[i].n;

		*p = (struct plain){.v = xcalloc(n + 1, sizeof(*p->v)), .last_other = RES_UNKNOWN};
		for (size_t k = 0; k < n; k++)
			take(p, &v[k]);
		all.other_source_evts += p->other_evts;
		if (n && all.n_cpus == RES_UNKNOWN)
			all.n_cpus = v[0].v[METRIC_HOST_CPUS];
		if (!p->n && n_raw > 1)
			continue;
		series[all.n_series++] = (struct verdict_series){
			.v = p->v,
			.n = p->n,
			.startup_drops =
				p->n && !raw[i].begins_late ? p->v[0].n_drops : RES_UNKNOWN,
			.output_timeouts = RES_UNKNOWN,
			.alerts = n ? rule_matches(&v[n - 1]) - rule_matches(&v[0]) : RES_UNKNOWN,
			.nice = (double)NAN};
	}
	verdict_judge(&all, out);
	for (size_t i = 0; i < n_raw; i++) {
		for (size_t k = 0; k < plain[i].n; k++)
			res_sample_release(&plain[i].v[k]);
		free(plain[i].v);
	}
}

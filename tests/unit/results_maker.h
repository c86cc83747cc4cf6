/* SPDX-License-Identifier: Apache-2.0 */
/* Made results for tests of ranking, advice and reports. */
#ifndef FT_TESTS_RESULTS_MAKER_H
#define FT_TESTS_RESULTS_MAKER_H

#include "base/mem.h"
#include "run/results.h"

#include <math.h>

__attribute__((unused)) static struct res_case *make_case(struct results *r, const char *key,
							  size_t set_size)
{
	struct res_case *c;

	r->cases = xrealloc(r->cases, r->n_cases + 1, sizeof(*r->cases));
	c = &r->cases[r->n_cases++];
	res_case_init(c);
	c->key = xstrdup(key);
	c->id = xstrndup(key, strcspn(key, "/"));
	c->variant = xstrdup(key[strcspn(key, "/")] ? strchr(key, '/') + 1 : "");
	c->title = xstrdup("a title");
	c->load = xstrdup("quick");
	c->rules_label = xstrdup(r->dummy_rules ? "dummy" : "rules.yaml");
	c->engine_kind = xstrdup("modern_ebpf");
	c->preset = 4;
	c->cpus_per_buffer = 2;
	c->buffer_bytes = 8 << 20;
	c->n_buffers = 1;
	c->dry_status = RES_OK;
	c->agreement = true;
	for (size_t i = 0; i < set_size; i++) {
		strvec_pushf(&c->predicted, "call%02zu", i);
		strvec_pushf(&c->dry_final, "call%02zu", i);
	}
	return c;
}

/* An ok repeat with a sample a second, each second with that many events and drops. */
__attribute__((unused)) static struct res_repeat *make_repeat(struct res_case *c, int seconds,
							      int64_t evts, int64_t drops)
{
	struct res_repeat *r;

	c->repeats = xrealloc(c->repeats, c->n_repeats + 1, sizeof(*c->repeats));
	r = &c->repeats[c->n_repeats++];
	res_repeat_init(r);
	r->index = (int)c->n_repeats;
	r->status = RES_OK;
	r->t0_ns = 1000000000;
	r->t1_ns = r->t0_ns + seconds * INT64_C(1000000000);
	r->n_evts = seconds * evts;
	r->n_drops = seconds * drops;
	r->cpu_ns = seconds * INT64_C(120000000);
	r->rss_bytes = 55 << 20;
	r->startup_drops = 0;
	r->samples = xcalloc((size_t)seconds + 1, sizeof(*r->samples));
	r->n_samples = (size_t)seconds + 1;
	for (int i = 0; i <= seconds; i++) {
		res_sample_init(&r->samples[i]);
		r->samples[i].t_ns = r->t0_ns + i * INT64_C(1000000000);
		r->samples[i].n_evts = i * evts;
		r->samples[i].n_drops = i * drops;
	}
	return r;
}

/* The summary that stats would give, without repeats. rate NaN: not exercised. */
__attribute__((unused)) static void make_summary(struct res_case *c, double rate, double lo,
						 double hi)
{
	c->sum.n_ok = 3;
	c->sum.exercised = !isnan(rate);
	c->sum.drop_rate = rate;
	c->sum.drop_lo = lo;
	c->sum.drop_hi = hi;
}

#endif

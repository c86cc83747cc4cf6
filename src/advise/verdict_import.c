/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/verdict_import.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A first sample so much later than its Falco says nothing of its start. */
#define LATE_NS INT64_C(60000000000)

static bool begins_late(const struct import_session *p)
{
	if (p->numbered)
		return p->first_label > 1;
	return p->id.start_ns > 0 && p->first.t_ns - p->id.start_ns > LATE_NS;
}

/* Of other hosts nothing; where no host is known, only the sessions of the same file. */
static bool belongs(const struct import_session *p, const struct import_session *worst)
{
	return !strcmp(p->id.host, worst->id.host) &&
	       (*p->id.host || !strcmp(p->file, worst->file));
}

void verdict_sessions(const struct verdict_input *in, struct import_session *const *v, size_t n,
		      struct verdict_list *out)
{
	struct verdict_raw *raw cleanup_free = xcalloc(n + 1, sizeof(*raw));

	for (size_t i = 0; i < n; i++)
		raw[i] = (struct verdict_raw){v[i]->kept, v[i]->n_kept, begins_late(v[i])};
	verdict_metrics(in, raw, n, out);
}

void verdict_import(const struct verdict_input *in, const struct import_series *s,
		    struct verdict_list *out)
{
	const struct import_session *worst = import_series_worst(s);
	struct import_session **v cleanup_free = xcalloc(s->n + 1, sizeof(*v));
	struct verdict_input own = *in;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (belongs(s->v[i], worst))
			v[n++] = s->v[i];
	if (worst->n_cpus > 0)
		own.n_cpus = worst->n_cpus;
	verdict_sessions(&own, v, n, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/repeat.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>

struct res_repeat *repeats_make(const char *dir, size_t n)
{
	struct res_repeat *v = xcalloc(n + 1, sizeof(*v));

	for (size_t i = 0; i < n; i++) {
		res_repeat_init(&v[i]);
		v[i].index = (int)i + 1;
		v[i].dir = xasprintf("%s/repeat-%zu", dir, i + 1);
	}
	return v;
}

void repeats_skip(struct res_repeat *v, size_t n, const char *reason)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].status != RES_PENDING)
			continue;
		v[i].status = RES_SKIPPED;
		free(v[i].reason);
		v[i].reason = xstrdup(reason);
	}
}

int repeat_fail(struct res_repeat *r, const char *fmt, va_list ap)
{
	struct strbuf text = STRBUF_INIT;

	if (r->reason)
		return -1;
	strbuf_vaddf(&text, fmt, ap);
	r->status = RES_FAILED;
	r->reason = strbuf_detach(&text);
	return -1;
}

void repeat_reset(struct res_repeat *r)
{
	char *keep = r->dir;
	int index = r->index;

	r->dir = NULL;
	res_repeat_release(r);
	res_repeat_init(r);
	r->dir = keep;
	r->index = index;
}

void repeat_tell(struct session *s, const char *key, const struct res_repeat *r, int repeat,
		 int repeats, double left_s, const char *said)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct progress p = {.kind = PROGRESS_DONE,
			     .case_key = key,
			     .repeat = repeat,
			     .repeats = repeats,
			     .part = 1,
			     .evts_per_s = (double)NAN,
			     .drop_rate = (double)NAN,
			     .left_s = left_s,
			     .failed = r->status == RES_FAILED};

	if (!s->progress)
		return;
	if (p.failed) {
		strbuf_addf(&text, "failed: %s", r->reason);
	} else if (said) {
		strbuf_addstr(&text, said);
	} else {
		p.evts_per_s = (double)r->n_evts / ((double)(r->t1_ns - r->t0_ns) / 1e9);
		strbuf_addf(&text, "%s events/s", UNITS_RATE(p.evts_per_s));
		if (r->n_evts > 0) {
			p.drop_rate = (double)r->n_drops / (double)r->n_evts;
			strbuf_addf(&text, ", dropped %s", UNITS_SHARE(p.drop_rate));
		}
	}
	p.text = text.buf;
	s->progress(s->progress_arg, &p);
}

void repeat_add_result(json_t *event, const struct res_repeat *r, int64_t n_cpus, double took_s)
{
	json_object_set_new(event, "took_s", json_real(took_s));
	json_object_set_new(event, "result", res_repeat_to_json(r, n_cpus));
}

int repeat_replay(struct res_repeat *v, size_t n, const json_t *event, int64_t n_cpus,
		  const char *file, size_t line, struct error *err)
{
	struct res_repeat got;

	if (res_repeat_from_json(&got, json_object_get(event, "result"), n_cpus, file, err))
		return -1;
	if (got.index < 1 || (size_t)got.index > n) {
		res_repeat_release(&got);
		return error_at(err, file, line, 0, "a repeat that is not in the plan");
	}
	res_repeat_release(&v[got.index - 1]);
	v[got.index - 1] = got;
	return 0;
}

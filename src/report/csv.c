/* SPDX-License-Identifier: Apache-2.0 */
#include "report/csv.h"

#include "advise/advise.h"
#include "advise/slowdown.h"
#include "base/mem.h"
#include "report/content.h"
#include "report/escape.h"

#include <math.h>
#include <stddef.h>

static void text(struct strbuf *out, const char *s)
{
	escape_csv(out, s ? s : "");
}

static void whole(struct strbuf *out, int64_t v)
{
	if (v != RES_UNKNOWN)
		strbuf_addf(out, "%lld", (long long)v);
}

static void number(struct strbuf *out, double v)
{
	if (isfinite(v))
		strbuf_addf(out, "%.10g", v);
}

static void boolean(struct strbuf *out, bool b)
{
	strbuf_addstr(out, b ? "true" : "false");
}

#define COLUMN(name, type, expr)                                                                   \
	static void col_##name(const struct res_case *c, struct strbuf *out)                       \
	{                                                                                          \
		type(out, expr);                                                                   \
	}

COLUMN(rank, whole, c->rank ? c->rank : RES_UNKNOWN)
COLUMN(tie_group, whole, c->tie_group ? c->tie_group : RES_UNKNOWN)
COLUMN(case, text, c->key)
COLUMN(id, text, c->id)
COLUMN(variant, text, c->variant)
COLUMN(title, text, c->title)
COLUMN(rules, text, c->rules_label)
COLUMN(load, text, c->load)
COLUMN(reference, boolean, c->reference)
COLUMN(syscalls, whole, (int64_t)res_case_set_size(c))
COLUMN(exercised, boolean, c->sum.exercised)
COLUMN(events_per_s, number, c->sum.evts_per_s)
COLUMN(events_per_s_cpu, number, c->sum.evts_per_s_cpu)
COLUMN(drop_rate, number, c->sum.drop_rate)
COLUMN(drop_lo, number, c->sum.drop_lo)
COLUMN(drop_hi, number, c->sum.drop_hi)
COLUMN(indicative, boolean, c->sum.indicative)
COLUMN(cpu_share, number, c->sum.cpu_share)
COLUMN(rss_bytes, number, c->sum.rss_bytes)
COLUMN(buffer_bytes, whole, c->buffer_bytes)
COLUMN(n_buffers, whole, c->n_buffers)
COLUMN(buffer_memory_bytes, whole, res_case_buffer_memory(c))
COLUMN(dry_run_agreement, text, content_dry_run(c))
COLUMN(repeats_ok, whole, c->sum.n_ok)
COLUMN(repeats_failed, whole, c->sum.n_failed)
COLUMN(window_seconds, number, res_case_seconds(c))
COLUMN(rules_total, whole, c->rules_total)
COLUMN(rules_complete, whole, c->rules_complete)

COLUMN(drop_p50_s, number, c->sum.drop_p50_s)
COLUMN(drop_p90_s, number, c->sum.drop_p90_s)
COLUMN(drop_p99_s, number, c->sum.drop_p99_s)
COLUMN(drop_max_s, number, c->sum.drop_max_s)
COLUMN(predicted_load_per_s, number, c->predicted_load_per_s)
COLUMN(predicted_host_per_s, number, c->predicted_host_per_s)
COLUMN(canary_sent, whole, c->sum.canary_sent)
COLUMN(canary_seen, whole, c->sum.canary_seen)
COLUMN(canary_loss, number, c->sum.canary_loss)
COLUMN(canary_lo, number, c->sum.canary_lo)
COLUMN(canary_hi, number, c->sum.canary_hi)
COLUMN(verdict, text, c->n_verdicts ? c->verdicts[0].name : NULL)
COLUMN(verdict_next_step, text, c->n_verdicts ? c->verdicts[0].next_step : NULL)

/* Of the worker that the case slows most. */
static double worst(const struct res_case *c, size_t at)
{
	const struct res_slowdown *s = slowdown_worst(c);

	return s ? *(const double *)((const char *)s + at) : (double)NAN;
}

COLUMN(slowdown, number, worst(c, offsetof(struct res_slowdown, slow.ratio)))
COLUMN(slowdown_lo, number, worst(c, offsetof(struct res_slowdown, slow.lo)))
COLUMN(slowdown_hi, number, worst(c, offsetof(struct res_slowdown, slow.hi)))
COLUMN(slowdown_floor, number, worst(c, offsetof(struct res_slowdown, floor.ratio)))
COLUMN(slowdown_own, number, worst(c, offsetof(struct res_slowdown, own.ratio)))
COLUMN(slowdown_worker, text, slowdown_worst(c) ? slowdown_worst(c)->worker : NULL)

static void col_verdict_evidence(const struct res_case *c, struct strbuf *out)
{
	struct strbuf joined cleanup_strbuf = STRBUF_INIT;

	if (c->n_verdicts)
		strvec_join(&c->verdicts[0].evidence, "; ", &joined);
	text(out, joined.buf);
}

static void col_verdict_others(const struct res_case *c, struct strbuf *out)
{
	struct strbuf names cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 1; i < c->n_verdicts; i++)
		strbuf_addf(&names, "%s%s", i > 1 ? " " : "", c->verdicts[i].name);
	text(out, names.buf);
}

static void col_note(const struct res_case *c, struct strbuf *out)
{
	struct strbuf note cleanup_strbuf = STRBUF_INIT;

	content_note(c, &note);
	text(out, note.buf);
}

#define ROW(name)                                                                                  \
	{                                                                                          \
#name, col_##name                                                                  \
	}

static const struct {
	const char *head;
	void (*cell)(const struct res_case *c, struct strbuf *out);
} columns[] = {
	ROW(rank),
	ROW(tie_group),
	ROW(case),
	ROW(id),
	ROW(variant),
	ROW(title),
	ROW(rules),
	ROW(load),
	ROW(reference),
	ROW(syscalls),
	ROW(exercised),
	ROW(events_per_s),
	ROW(events_per_s_cpu),
	ROW(drop_rate),
	ROW(drop_lo),
	ROW(drop_hi),
	ROW(indicative),
	ROW(cpu_share),
	ROW(rss_bytes),
	ROW(buffer_bytes),
	ROW(n_buffers),
	ROW(buffer_memory_bytes),
	ROW(dry_run_agreement),
	ROW(repeats_ok),
	ROW(repeats_failed),
	ROW(window_seconds),
	ROW(rules_total),
	ROW(rules_complete),
	ROW(note),
	ROW(verdict),
	ROW(verdict_others),
	ROW(verdict_evidence),
	ROW(verdict_next_step),
	ROW(drop_p50_s),
	ROW(drop_p90_s),
	ROW(drop_p99_s),
	ROW(drop_max_s),
	ROW(predicted_load_per_s),
	ROW(predicted_host_per_s),
	ROW(slowdown),
	ROW(slowdown_lo),
	ROW(slowdown_hi),
	ROW(slowdown_floor),
	ROW(slowdown_own),
	ROW(slowdown_worker),
	ROW(canary_sent),
	ROW(canary_seen),
	ROW(canary_loss),
	ROW(canary_lo),
	ROW(canary_hi),
};

void csv_write(const struct results *r, struct strbuf *out)
{
	const struct res_case **cases cleanup_free = content_cases(r);

	for (size_t k = 0; k < ARRAY_SIZE(columns); k++)
		strbuf_addf(out, "%s%s", k ? "," : "", columns[k].head);
	strbuf_addstr(out, "\r\n");
	for (size_t i = 0; i < r->n_cases; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(columns); k++) {
			if (k)
				strbuf_addch(out, ',');
			columns[k].cell(cases[i], out);
		}
		strbuf_addstr(out, "\r\n");
	}
}

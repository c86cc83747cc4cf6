/* SPDX-License-Identifier: Apache-2.0 */
/* Imported data as JSON: templates/import.schema.json. */
#include "report/import_private.h"

#include "base/jvalue.h"
#include "base/utf8.h"

#include <math.h>
#include <string.h>

static void set_text(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, text && *text ? utf8_json(text) : json_null());
}

static void set_real(json_t *o, const char *key, double v)
{
	json_object_set_new(o, key, jvalue_real(v));
}

static void set_whole(json_t *o, const char *key, int64_t v)
{
	json_object_set_new(o, key, jvalue_whole(v));
}

static void set_time(json_t *o, const char *key, int64_t ns)
{
	char text[IMPORT_TEXT];

	set_text(o, key, ns < 0 ? NULL : import_fmt_time(text, ns));
}

static void set_bool(json_t *o, const char *key, bool v)
{
	json_object_set_new(o, key, json_boolean(v));
}

static json_t *causes(const int64_t *v)
{
	json_t *o = json_object();

	for (const struct import_cause *c = import_causes; c->name; c++)
		set_whole(o, c->name, v[c->metric]);
	return o;
}

static json_t *inputs(const struct import_counts *c)
{
	static const char *const names[IMPORT_KINDS] = {
		[IMPORT_METRICS] = "metrics_lines",  [IMPORT_SNAPSHOT] = "snapshot_alerts",
		[IMPORT_DROP_ALERT] = "drop_alerts", [IMPORT_SCRAPE] = "scrapes",
		[IMPORT_STATS] = "stats_lines",	     [IMPORT_ROUND] = "rounds",
	};
	json_t *o = json_object(), *found = json_object();

	set_whole(o, "files", (int64_t)c->files);
	set_whole(o, "files_without", (int64_t)c->files_without);
	set_whole(o, "bytes", (int64_t)c->bytes);
	set_whole(o, "lines", (int64_t)c->lines);
	for (size_t i = 0; i < IMPORT_KINDS; i++)
		set_whole(found, names[i], (int64_t)c->used[i]);
	json_object_set_new(o, "found", found);
	set_whole(o, "other_lines", (int64_t)c->other);
	set_whole(o, "broken_lines", (int64_t)c->broken);
	json_object_set_new(o, "broken_names", utf8_json_list(&c->broken_names));
	set_real(o, "stats_interval_s",
		 c->used[IMPORT_STATS] ? (double)c->stats_interval_ns / 1e9 : (double)NAN);
	return o;
}

static json_t *label(bool numbered, int64_t v)
{
	char text[IMPORT_TEXT];

	return v < 0	  ? json_null()
	       : numbered ? json_integer(v)
			  : json_string(import_fmt_time(text, v));
}

static json_t *supported(const struct import_session *p)
{
	const struct import_supported *u = &p->supported;
	json_t *o = json_object();

	set_real(o, "per_s", u->limited ? u->rate : (double)NAN);
	set_real(o, "busy_mean_per_s", u->rate);
	set_real(o, "highest_per_s", u->highest);
	set_real(o, "at_first_drop_per_s", u->at_drop);
	set_bool(o, "limited_by_drops", u->limited);
	set_whole(o, "busy", (int64_t)u->n);
	set_whole(o, "left_out", (int64_t)u->left_out);
	json_object_set_new(o, "first_busy", label(p->numbered, u->first));
	json_object_set_new(o, "last_busy", label(p->numbered, u->last));
	json_object_set_new(o, "first_drop",
			    p->dropped ? label(p->numbered, p->first_drop_label) : json_null());
	set_bool(o, "exact", u->exact);
	return o;
}

static json_t *worst(const struct import_session *p)
{
	json_t *o;

	if (!p->worst.drops)
		return json_null();
	o = json_object();
	json_object_set_new(o, "label", label(p->numbered, p->worst.label));
	set_time(o, "from", p->numbered ? -1 : p->worst.t0_ns);
	set_time(o, "to", p->numbered ? -1 : p->worst.t1_ns);
	set_real(o, "seconds", p->worst.seconds);
	set_whole(o, "events", p->worst.evts);
	set_whole(o, "drops", p->worst.drops);
	return o;
}

static json_t *session(const struct import_session *p)
{
	json_t *o = json_object();

	set_text(o, "host", p->id.host);
	set_text(o, "file", p->file);
	set_text(o, "falco", p->id.version);
	set_text(o, "kernel", p->id.kernel);
	set_text(o, "driver", p->id.driver);
	set_whole(o, "n_cpus", p->n_cpus);
	set_bool(o, "numbered", p->numbered);
	set_bool(o, "restart", p->restart);
	set_bool(o, "reload", p->reload);
	set_bool(o, "parallel", p->parallel);
	set_bool(o, "plugin_source", p->first.other_source);
	set_time(o, "started", p->id.start_ns);
	json_object_set_new(o, "from", label(p->numbered, p->first_label));
	json_object_set_new(o, "to", label(p->numbered, p->last_label));
	set_whole(o, "samples", (int64_t)p->n_samples);
	set_whole(o, "left_out_samples", (int64_t)p->not_newer);
	set_real(o, "seconds", p->n_intervals ? p->seconds : (double)NAN);
	set_whole(o, "events", p->delta[METRIC_N_EVTS]);
	set_whole(o, "drops", p->delta[METRIC_N_DROPS]);
	set_whole(o, "drops_before", p->first.v[METRIC_N_DROPS]);
	set_real(o, "drop_rate", import_session_drop_rate(p));
	json_object_set_new(o, "drops_by_cause", causes(p->delta));
	set_whole(o, "queue_drops", p->delta[METRIC_QUEUE_DROPS]);
	set_real(o, "p50_per_s", import_quantile(&p->rates, 0.5));
	set_real(o, "p99_per_s", import_quantile(&p->rates, 0.99));
	set_real(o, "max_per_s", p->rates.n ? p->rates.max : (double)NAN);
	set_real(o, "highest_without_drops_per_s", p->highest_clean);
	json_object_set_new(o, "supported", supported(p));
	json_object_set_new(o, "worst", worst(p));
	set_real(o, "cpu_share", p->cpu_of_ns > 0 ? p->cpu_ns / p->cpu_of_ns : (double)NAN);
	set_whole(o, "rss_max_bytes", p->rss_max);
	return o;
}

static json_t *alerts(const struct import_alerts *a)
{
	json_t *o = json_object();

	set_text(o, "host", a->host);
	set_whole(o, "alerts", (int64_t)a->n);
	set_whole(o, "drops", a->drops);
	set_whole(o, "events", a->evts ? a->evts : METRIC_UNKNOWN);
	set_real(o, "drop_rate",
		 a->evts > 0 ? (double)a->counted_drops / (double)a->evts : (double)NAN);
	set_time(o, "first", a->first_ns);
	set_time(o, "last", a->last_ns);
	set_time(o, "worst", a->worst_ns);
	set_whole(o, "worst_drops", a->worst_drops);
	json_object_set_new(o, "drops_by_cause", causes(a->cause));
	return o;
}

static json_t *round_of(const struct import_round *r)
{
	json_t *o = json_object(), *list = json_array();

	set_whole(o, "number", r->number);
	set_real(o, "sleep_s", r->sleep_ns < 0 ? (double)NAN : (double)r->sleep_ns / 1e9);
	set_real(o, "actions_per_s", r->eps);
	set_real(o, "lost", r->lost);
	set_real(o, "cpu_share", r->cpu);
	set_real(o, "rss_bytes", r->rss);
	set_bool(o, "unexpected_events", r->unexpected);
	for (size_t i = 0; i < r->n_actions; i++) {
		json_t *a = json_object();

		set_text(a, "name", r->actions[i].name);
		set_whole(a, "actual", r->actions[i].actual);
		set_whole(a, "expected", r->actions[i].expected);
		json_array_append_new(list, a);
	}
	json_object_set_new(o, "actions", list);
	return o;
}

static json_t *run(const struct import_run *p)
{
	json_t *o = json_object(), *rounds = json_array(), *suspects = json_array();

	set_text(o, "file", p->file);
	set_whole(o, "n_rounds", (int64_t)p->n_rounds);
	set_whole(o, "last_good_round", p->good.number);
	set_real(o, "last_good_actions_per_s", p->good.number < 0 ? (double)NAN : p->good.eps);
	set_whole(o, "first_bad_round", p->bad.number);
	json_object_set_new(o, "limited_by", json_string(import_limit_names[p->limit]));
	set_whole(o, "limit_round", p->limit_round);
	for (size_t i = 0; i < p->stalled.n_actions; i++)
		json_array_append_new(suspects, utf8_json(p->stalled.actions[i].name));
	json_object_set_new(o, "suspects", suspects);
	for (size_t i = 0; i < p->n; i++)
		json_array_append_new(rounds, round_of(&p->v[i]));
	json_object_set_new(o, "rounds", rounds);
	return o;
}

static json_t *verdicts(const struct verdict_list *l)
{
	json_t *list = json_array();

	for (size_t i = 0; l && i < l->n; i++) {
		json_t *o = json_object();

		set_text(o, "name", l->v[i].name);
		json_object_set_new(o, "evidence", utf8_json_list(&l->v[i].evidence));
		set_text(o, "next_step", l->v[i].next_step);
		json_object_set_new(o, "change", utf8_json_list(&l->v[i].change));
		json_array_append_new(list, o);
	}
	return list;
}

json_t *import_to_json(const struct import_view *w)
{
	json_t *o = json_object(), *list = json_array();
	struct strvec conclusions cleanup_strvec = STRVEC_INIT, next cleanup_strvec = STRVEC_INIT;

	import_conclude(w, &conclusions, &next);
	set_whole(o, "schema", 1);
	set_text(o, "falcotune_version", FALCOTUNE_VERSION);
	json_object_set_new(o, "conclusions", utf8_json_list(&conclusions));
	json_object_set_new(o, "next_steps", utf8_json_list(&next));
	json_object_set_new(o, "inputs", inputs(w->counts));
	for (size_t i = 0; i < w->series->n; i++)
		json_array_append_new(list, session(w->series->v[i]));
	json_object_set_new(o, "sessions", list);
	list = json_array();
	for (size_t i = 0; i < w->series->n_alerts; i++)
		json_array_append_new(list, alerts(w->series->alerts[i]));
	json_object_set_new(o, "drop_alerts", list);
	list = json_array();
	for (size_t i = 0; i < w->runs->n; i++)
		json_array_append_new(list, run(&w->runs->v[i]));
	json_object_set_new(o, "runs", list);
	json_object_set_new(o, "verdicts", verdicts(w->verdicts));
	return o;
}

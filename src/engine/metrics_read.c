/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a metrics file or of a Falco's JSON log. Members come from the skimmer or from a
 * document, and both end in metrics_take_member().
 */
#include "engine/metrics_private.h"

#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CPU_ROUNDING 0.0005 /* half of the last digit of cpu_usage_perc, as a share */
#define NS_PER_S     INT64_C(1000000000)

#define RULE_SNAPSHOT "Falco internal: metrics snapshot"
#define RULE_DROPS    "Falco internal: syscall event drop"

static void begin(struct reading *r, struct metrics_line *l, const struct metrics_want *want)
{
	memset(&l->id, 0, sizeof(l->id));
	l->id.start_ns = l->id.reload_ns = METRIC_UNKNOWN;
	metrics_sample_init(&l->s);
	r->l = l;
	r->want = want;
	for (size_t i = 0; i < SLOT_NUMBERS; i++)
		r->v[i] = METRIC_UNKNOWN;
	for (size_t i = 0; i < SLOT_TIME; i++)
		r->bare[i] = METRIC_UNKNOWN;
	r->cpu_perc = r->rss[0] = r->rss[1] = r->rss[2] = (double)NAN;
	r->rule[0] = r->host[0] = r->old_host[0] = r->top_host[0] = r->time[0] = '\0';
	r->any_rule = r->fields = false;
	r->n_plugins = 0;
}

/* ---- what they make together ---- */

/* "2026-01-31T12:00:00.123456789Z", as Falco's alerts have it. */
static int64_t iso_time(const char *text)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t ns = 0, unit = NS_PER_S / 10;
	time_t s;

	if (!end)
		return METRIC_UNKNOWN;
	if (*end == '.')
		for (end++; isdigit((unsigned char)*end); end++, unit /= 10)
			ns += (*end - '0') * unit;
	s = timegm(&tm);
	return s > 0 && s < INT64_MAX / NS_PER_S - 1 ? (int64_t)s * NS_PER_S + ns : METRIC_UNKNOWN;
}

/* The average's time runs from the start of the process: falco.reload_ts is taken on the way into
 * the first start, start_ts a little later (0.44.1); after a reload start_ts is the earlier one. */
static void derive_cpu(const struct reading *r, struct metrics_sample *s)
{
	int64_t start = r->v[SLOT_START], reload = r->v[SLOT_RELOAD];
	double age;

	if (reload > 0 && reload < start)
		start = reload;
	/* 100 for each CPU: anything else is no percentage. */
	if (!(r->cpu_perc >= 0 && r->cpu_perc < 1e6) || start <= 0 || start > s->t_ns)
		return;
	age = (double)(s->t_ns - start);
	if (r->cpu_perc / 100 * age > 9e18)
		return;
	s->cpu_ns = (int64_t)(r->cpu_perc / 100 * age);
	s->cpu_error_ns = (int64_t)(CPU_ROUNDING * age);
}

static int derive(struct reading *r, struct error *err)
{
	struct metrics_line *l = r->l;
	struct metrics_sample *s = &l->s;
	const int64_t *from;

	if (!strcmp(r->rule, RULE_DROPS))
		l->kind = METRICS_DROP_ALERT;
	else
		l->kind = r->any_rule && strcmp(r->rule, RULE_SNAPSHOT) != 0 ? METRICS_OTHER
									     : METRICS_SNAPSHOT;
	s->t_ns = r->v[SLOT_TIME];
	if (l->kind != METRICS_SNAPSHOT && s->t_ns <= 0)
		s->t_ns = iso_time(r->time);
	if (l->kind == METRICS_SNAPSHOT && s->t_ns <= 0)
		return error_env(err, "has no evt.time");
	from = l->kind == METRICS_DROP_ALERT ? r->bare : r->v;
	for (size_t i = 0; i < METRIC_N; i++) {
		int64_t enter = from[SLOT_ENTER + i];

		s->v[i] = from[i];
		if (enter != METRIC_UNKNOWN &&
		    __builtin_add_overflow(enter, s->v[i] == METRIC_UNKNOWN ? 0 : s->v[i],
					   &s->v[i]))
			s->v[i] = INT64_MAX;
	}
	s->n_cpus = r->want->n_cpus;
	for (size_t i = 0; i < ARRAY_SIZE(r->rss); i++)
		if (r->rss[i] >= 0 && r->rss[i] < 9e18)
			s->rss_bytes = (int64_t)r->rss[i];
	strcpy(l->id.host, *r->host ? r->host : *r->old_host ? r->old_host : r->top_host);
	l->id.start_ns = r->v[SLOT_START];
	l->id.reload_ns = r->v[SLOT_RELOAD];
	derive_cpu(r, s);
	return 0;
}

/* The names are sorted; false when one is there twice. */
static bool sort_rules(struct metrics_sample *s)
{
	strvec_sort(&s->rules);
	for (size_t i = 1; i < s->rules.n; i++) {
		size_t n = strcspn(s->rules.v[i], "=");

		if (!strncmp(s->rules.v[i - 1], s->rules.v[i], n + 1))
			return false;
	}
	return true;
}

static struct skim_value value_of(json_t *j, char number[64])
{
	struct skim_value v = {.kind = SKIM_OTHER};

	if (json_is_integer(j)) {
		v.kind = SKIM_INTEGER;
		v.integer = json_integer_value(j);
	} else if (json_is_string(j)) {
		v.kind = SKIM_STRING;
		v.text = json_string_value(j);
		v.len = json_string_length(j);
	} else if (json_is_real(j)) {
		v.kind = SKIM_REAL;
		v.text = number;
		v.len = (size_t)snprintf(number, 64, "%.17g", json_real_value(j));
	}
	return v;
}

static void take_object(struct reading *r, json_t *o, bool inside)
{
	const char *key;
	json_t *j;

	json_object_foreach(o, key, j)
	{
		char number[64];
		struct skim_member m = {.inside = inside,
					.key = key,
					.key_len = strlen(key),
					.value = value_of(j, number)};

		metrics_take_member(r, &m);
	}
}

int metrics_read_document(struct metrics_line *l, const char *line, size_t len,
			  const struct metrics_want *want, struct error *err)
{
	json_error_t je;
	json_t *doc = json_loadb(line, len, 0, &je), *o = json_object_get(doc, "output_fields");
	struct reading r;
	int rc;

	begin(&r, l, want);
	if (!doc)
		return error_env(err, "not JSON (%s)", je.text);
	take_object(&r, doc, false);
	if (json_is_object(o)) {
		take_object(&r, o, true);
		sort_rules(&l->s);
		rc = derive(&r, err);
	} else {
		rc = error_env(err, "has no output_fields");
	}
	json_decref(doc);
	if (rc)
		metrics_sample_release(&l->s);
	return rc;
}

int metrics_read_line(struct metrics_line *l, const char *line, size_t len,
		      const struct metrics_want *want, struct error *err)
{
	struct reading r;

	begin(&r, l, want);
	if (json_skim(line, len, "output_fields", metrics_take_member, &r) && r.fields &&
	    sort_rules(&l->s) && !derive(&r, NULL))
		return 0;
	metrics_sample_release(&l->s);
	return metrics_read_document(l, line, len, want, err);
}

int metrics_read_fields(struct metrics_line *l, json_t *fields, const struct metrics_want *want,
			struct error *err)
{
	struct reading r;

	begin(&r, l, want);
	take_object(&r, fields, true);
	sort_rules(&l->s);
	if (!derive(&r, err))
		return 0;
	metrics_sample_release(&l->s);
	return -1;
}

/* ---- a sample alone ---- */

void metrics_sample_init(struct metrics_sample *s)
{
	*s = (struct metrics_sample){.t_ns = METRIC_UNKNOWN,
				     .cpu_ns = METRIC_UNKNOWN,
				     .cpu_error_ns = METRIC_UNKNOWN,
				     .plugin_losses = METRIC_UNKNOWN,
				     .rss_bytes = METRIC_UNKNOWN};
	for (size_t i = 0; i < METRIC_N; i++)
		s->v[i] = METRIC_UNKNOWN;
}

void metrics_sample_release(struct metrics_sample *s)
{
	free(s->cpu_evts);
	free(s->cpu_drops);
	strvec_release(&s->rules);
	metrics_sample_init(s);
}

static int give_sample(struct metrics_sample *s, struct metrics_line *l, int rc)
{
	if (rc)
		metrics_sample_init(s);
	else
		*s = l->s;
	return rc;
}

int metrics_parse_line(struct metrics_sample *s, const char *line, size_t len, size_t n_cpus,
		       struct error *err)
{
	struct metrics_want want = {.n_cpus = n_cpus, .rules = true};
	struct metrics_line l;
	int rc = metrics_read_line(&l, line, len, &want, err);

	if (!rc && l.kind != METRICS_SNAPSHOT) {
		metrics_sample_release(&l.s);
		rc = error_env(err, "is an alert, and no metrics snapshot");
	}
	return give_sample(s, &l, rc);
}

int metrics_parse_fields(struct metrics_sample *s, json_t *fields, size_t n_cpus, struct error *err)
{
	struct metrics_want want = {.n_cpus = n_cpus, .rules = true};
	struct metrics_line l;

	return give_sample(s, &l, metrics_read_fields(&l, fields, &want, err));
}

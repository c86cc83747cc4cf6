/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts as rows of made numbers, and on what a real Falco wrote while it dropped. */
#include "unit.h"

#include "advise/advice.h"
#include "advise/advise.h"
#include "advise/verdict.h"
#include "base/fs.h"
#include "results_maker.h"

#define SECONDS 10
#define S	INT64_C(1000000000)

/* A second of a made measurement: what the engine and the host did in it. */
struct second {
	int64_t evts, drops;
	double cpu, wait; /* of the main thread; below 0: unknown */
	double outside;	  /* CPU of other threads */
	double steal;	  /* of two CPUs */
	double throttled;
	int64_t queue_drops, failed_threads, full, plugin_losses, running;
	int64_t extra_seen; /* events in user space that the kernel side does not know */
};

/* `usual` for every second but those of `odd`, which are n_odd from second 3 on. */
struct made {
	const char *what;
	struct second usual, odd;
	int n_odd;
	int64_t startup_drops, buffers, timeouts;
	double nice;
	bool test1;
	int preset;
	const char *primary, *others; /* names, others joined by a blank */
	const char *words;	      /* somewhere in evidence or next step of the primary */
};

static const struct made rows[] = {
	{"no drops", {.evts = 1000, .cpu = .1}, .primary = "HEALTHY", .words = "10000 events"},
	{"no events", {.cpu = .1}, .primary = "UNDECIDED", .words = "not exercised"},
	{"one core is not enough",
	 {.evts = 1000, .drops = 300, .cpu = .97},
	 .primary = "SUSTAINED",
	 .words = "fewer events"},
	/* At 0.86 of a core and waiting for the rest, most seconds drop a little. */
	{"a core, nearly, and no more to be had",
	 {.evts = 1000, .drops = 1, .cpu = .88, .wait = .08},
	 .primary = "SUSTAINED",
	 .words = "of a CPU"},
	{"one burst of events",
	 {.evts = 10000, .cpu = .2},
	 {.evts = 60000, .drops = 30000, .cpu = .95},
	 1,
	 .preset = 1,
	 .primary = "BURST",
	 /* 1 MiB + 1.25 x 30,000 x 56 to 96 bytes: between 2 and 8 MiB. */
	 .words = "set: engine.modern_ebpf.buf_size_preset=4"},
	{"the consumer pauses once",
	 {.evts = 10000, .cpu = .2},
	 {.evts = 10000, .drops = 3000, .cpu = .1},
	 1,
	 .preset = 1,
	 .primary = "BURST",
	 .words = "buf_size_preset=2"},
	{"a burst beyond every buffer",
	 {.evts = 10000, .cpu = .1},
	 {.evts = 60000000, .drops = 50000000, .cpu = 1},
	 1,
	 .preset = 4,
	 .primary = "BURST",
	 .words = "the largest allowed"},
	{"bursts inside of every second",
	 {.evts = 10000, .drops = 100, .cpu = .4, .wait = .01},
	 .primary = "BURST",
	 .preset = 1,
	 .words = "buf_size_preset"},
	{"waits for a CPU",
	 {.evts = 1000, .drops = 100, .cpu = .4, .wait = .5},
	 .primary = "STARVED",
	 .words = "waited for a CPU for 50.0%"},
	{"steal",
	 {.evts = 1000, .drops = 100, .cpu = .4, .wait = .02, .steal = .3},
	 .primary = "STARVED",
	 .words = "overcommitted"},
	{"waits for a CPU, and a whole one would not do",
	 {.evts = 1000, .drops = 800, .cpu = .7, .wait = .28},
	 .primary = "SUSTAINED",
	 .others = "STARVED",
	 .words = "3.50 CPUs"},
	{"niceness, its wait unknown",
	 {.evts = 1000, .drops = 100, .cpu = .4, .wait = -1},
	 .nice = 10,
	 .primary = "STARVED",
	 .words = "niceness"},
	{"more threads than CPUs, its wait unknown",
	 {.evts = 1000, .drops = 100, .cpu = .37, .wait = -1, .running = 5},
	 .primary = "STARVED",
	 .words = "5.0 threads wanted one of 2 CPUs"},
	{"all of it in one of two buffers",
	 {.evts = 1000, .drops = 100, .cpu = .4, .wait = .01},
	 .buffers = 2,
	 .primary = "STARVED",
	 .words = "cpus_for_each_buffer=0"},
	/* A busy second of events on a busy host: the buffer is the lever, the wait is told. */
	{"a burst that also waits",
	 {.evts = 1000, .cpu = .1},
	 {.evts = 90000, .drops = 40000, .cpu = .5, .wait = .4},
	 1,
	 .primary = "BURST",
	 .others = "STARVED",
	 .preset = 1,
	 .words = "otherwise 1000"},
	{"one second of others' work",
	 {.evts = 10000, .cpu = .2},
	 {.evts = 10000, .drops = 4000, .cpu = .1, .wait = .8},
	 1,
	 .primary = "STARVED",
	 .others = "BURST",
	 .preset = 1,
	 .words = "priority"},
	{"stopped by its limit",
	 {.evts = 1000, .drops = 200, .cpu = .3, .wait = .65, .throttled = .6},
	 .primary = "THROTTLED",
	 .words = "at least 0.5 CPUs"},
	{"a limit that costs nothing yet",
	 {.evts = 1000, .cpu = .3, .throttled = .05},
	 .primary = "THROTTLED",
	 .words = "stopped it for 5.00%"},
	{"alerts lost",
	 {.evts = 1000, .cpu = .1, .queue_drops = 7},
	 .primary = "OUTPUT",
	 .words = "70 alerts"},
	{"an output that blocks",
	 {.evts = 1000, .cpu = .1},
	 .timeouts = 2,
	 .primary = "OUTPUT",
	 .words = "2 times"},
	{"a full thread table",
	 {.evts = 1000, .cpu = .1, .full = 30},
	 .primary = "STATE",
	 .words = "set: falco_libs.thread_table_size=524288"},
	{"threads that nobody saw start",
	 {.evts = 1000, .cpu = .1, .failed_threads = 110},
	 .primary = "STATE",
	 .words = "repair"},
	{"a few failed look-ups",
	 {.evts = 100000, .cpu = .1, .failed_threads = 7},
	 .primary = "HEALTHY"},
	{"start-up only",
	 {.evts = 1000, .cpu = .1},
	 .startup_drops = 55,
	 .primary = "START-UP",
	 .words = "55 events"},
	{"start-up and later too",
	 {.evts = 1000, .drops = 300, .cpu = .99},
	 .startup_drops = 55,
	 .primary = "SUSTAINED"},
	{"a plugin's thread",
	 {.evts = 1000, .cpu = .1, .outside = .5},
	 .primary = "PLUGIN",
	 .words = "threads beside the consumer used 50.0%"},
	{"a plugin's own losses",
	 {.evts = 1000, .cpu = .1, .plugin_losses = 4},
	 .primary = "PLUGIN",
	 .words = "grew by 40"},
	{"events of plugins",
	 {.evts = 1000, .cpu = .1, .extra_seen = 200},
	 .primary = "PLUGIN",
	 .words = "2000 events"},
	{"a busy output thread",
	 {.evts = 1000, .cpu = .1, .outside = .5, .queue_drops = 1},
	 .primary = "OUTPUT"},
	{"Test 1 at the largest buffer",
	 {.evts = 1000, .drops = 500, .cpu = .97},
	 .test1 = true,
	 .preset = 10,
	 .primary = "UNFIXABLE",
	 .others = "SUSTAINED",
	 .words = "more CPU"},
	{"Test 1 at a smaller buffer",
	 {.evts = 1000, .drops = 500, .cpu = .97},
	 .test1 = true,
	 .preset = 9,
	 .primary = "SUSTAINED"},
	{"Test 1, below the limit",
	 {.evts = 1000, .drops = 5, .cpu = .97},
	 .test1 = true,
	 .preset = 10,
	 .primary = "SUSTAINED"},
	{"drops, and the engine's CPU unknown",
	 {.evts = 1000, .drops = 100, .cpu = -1, .wait = -1},
	 .primary = "UNDECIDED",
	 .words = "is not known"},
	{"several at once",
	 {.evts = 1000, .drops = 100, .cpu = .97, .queue_drops = 1, .failed_threads = 20},
	 .startup_drops = 5,
	 .primary = "SUSTAINED",
	 .others = "STATE OUTPUT"},
};

static void grow(int64_t *counter, double share)
{
	if (share < 0)
		*counter = RES_UNKNOWN;
	else
		*counter += (int64_t)(share * (double)S);
}

static void fill_sample(struct res_sample *b, const struct res_sample *a, const struct second *s)
{
	*b = *a;
	b->t_ns += S;
	b->n_evts += s->evts;
	b->n_drops += s->drops;
	b->num_evts += s->evts - s->drops + s->extra_seen;
	grow(&b->main_cpu_ns, s->cpu);
	grow(&b->main_wait_ns, s->wait);
	grow(&b->cpu_ns, s->cpu < 0 ? -1 : s->cpu + s->outside);
	grow(&b->steal_ns, 2 * s->steal);
	grow(&b->throttled_ns, s->throttled);
	b->queue_drops += s->queue_drops;
	b->failed_thread_lookups += s->failed_threads;
	b->threadtable_full += s->full;
	b->plugin_losses += s->plugin_losses;
	b->procs_running = s->running;
	/* CPU 0 has most of it. */
	b->cpu_evts = xcalloc(2, sizeof(int64_t));
	b->cpu_drops = xcalloc(2, sizeof(int64_t));
	b->cpu_evts[0] = b->n_evts * 9 / 10;
	b->cpu_evts[1] = b->n_evts - b->cpu_evts[0];
	b->cpu_drops[0] = b->n_drops;
}

static void make(const struct made *m, struct res_sample *v)
{
	res_sample_init(&v[0]);
	v[0].t_ns = S;
	v[0].n_evts = v[0].n_drops = v[0].num_evts = v[0].cpu_ns = v[0].steal_ns = 0;
	v[0].main_cpu_ns = v[0].main_wait_ns = v[0].throttled_ns = v[0].queue_drops = 0;
	v[0].failed_thread_lookups = v[0].threadtable_full = v[0].plugin_losses = 0;
	if (m->usual.wait < 0)
		v[0].main_wait_ns = RES_UNKNOWN;
	if (m->usual.cpu < 0)
		v[0].main_cpu_ns = v[0].cpu_ns = RES_UNKNOWN;
	for (int i = 1; i <= SECONDS; i++)
		fill_sample(&v[i], &v[i - 1], i > 3 && i <= 3 + m->n_odd ? &m->odd : &m->usual);
}

static void check_words(const struct made *m, const struct res_verdict *v)
{
	struct strbuf all cleanup_strbuf = STRBUF_INIT;

	strvec_join(&v->evidence, " | ", &all);
	ck_assert_msg(all.len > 0, "%s: no evidence", m->what);
	strbuf_addf(&all, " | next: %s", v->next_step);
	strbuf_addstr(&all, " | set: ");
	strvec_join(&v->change, " ", &all);
	ck_assert_msg(!strstr(all.buf, "nan"), "%s: %s", m->what, all.buf);
	if (m->words)
		ck_assert_msg(strstr(all.buf, m->words) != NULL, "%s: no '%s' in: %s", m->what,
			      m->words, all.buf);
}

static void check(const struct made *m)
{
	struct res_sample v[SECONDS + 1];
	struct verdict_series s = {.v = v,
				   .n = SECONDS + 1,
				   .startup_drops = m->startup_drops,
				   .output_timeouts = m->timeouts,
				   .alerts = 1000,
				   .nice = m->nice};
	struct strbuf others cleanup_strbuf = STRBUF_INIT;
	struct verdict_input in;
	struct verdict_list l;

	make(m, v);
	verdict_input_init(&in);
	in.series = &s;
	in.n_series = 1;
	in.n_cpus = 2;
	in.n_buffers = m->buffers ? m->buffers : 1;
	in.cpus_per_buffer = m->buffers ? 1 : 2;
	in.buffer_bytes = INT64_C(1) << (19 + (m->preset ? m->preset : 4));
	in.smallest_set = m->test1;
	verdict_judge(&in, &l);
	for (size_t i = 1; i < l.n; i++)
		strbuf_addf(&others, "%s%s", i > 1 ? " " : "", l.v[i].name);
	ck_assert_msg(!strcmp(l.v[0].name, m->primary), "%s: %s (also %s), expected %s", m->what,
		      l.v[0].name, others.buf, m->primary);
	ck_assert_msg(!strcmp(others.buf, m->others ? m->others : ""), "%s: also %s", m->what,
		      others.buf);
	check_words(m, &l.v[0]);
	verdict_list_release(&l);
	for (int i = 1; i <= SECONDS; i++)
		res_sample_release(&v[i]);
}

START_TEST(every_row)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(&rows[i]);
}
END_TEST

/* ---- a real Falco's metrics ---- */

/* Lines as Falco writes them: counters of plugins are plugins.*, and a plugin with events of its
 * own has lines of its own. */
static void plugin_line(struct metrics_sample *s, int t, int64_t drops, int64_t lost, bool own)
{
	struct error err = ERROR_INIT;
	char *line cleanup_free =
		xasprintf("{\"output_fields\":{\"evt.time\":%lld,\"evt.source\":\"%s\","
			  "\"falco.num_evts\":%d,\"plugins.k8saudit.n_lost\":%lld%s",
			  1795200000000000000LL + t * 1000000000LL, own ? "k8s_audit" : "syscall",
			  t * 500, (long long)lost, own ? "}}" : "");
	char *scap cleanup_free = xasprintf(",\"scap.n_evts\":%d,\"scap.n_drops\":%lld}}", t * 1000,
					    (long long)drops);
	char *all cleanup_free = xasprintf("%s%s", line, own ? "" : scap);

	ck_assert_msg(!metrics_parse_line(s, all, strlen(all), 0, &err), "%s: %s", all, err.msg);
}

START_TEST(plugins_in_metrics)
{
	static const struct {
		int64_t drops, lost; /* a second */
		bool own;
		const char *names;
	} cases[] = {
		{0, 0, false, "HEALTHY"},
		{0, 3, false, "PLUGIN"},
		{0, 0, true, "HEALTHY"},
		{400, 0, true, "PLUGIN UNDECIDED"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strbuf names cleanup_strbuf = STRBUF_INIT;
		struct metrics_sample v[12];
		struct verdict_input in;
		struct verdict_list l;
		size_t n = 0;

		for (int t = 1; t <= 6; t++) {
			plugin_line(&v[n++], t, t * cases[i].drops, t * cases[i].lost, false);
			if (cases[i].own)
				plugin_line(&v[n++], t, 0, 0, true);
		}
		verdict_input_init(&in);
		verdict_metrics(&in, &(struct verdict_raw){v, n, false}, 1, &l);
		for (size_t k = 0; k < l.n; k++)
			strbuf_addf(&names, "%s%s", k ? " " : "", l.v[k].name);
		/* Drops before the first snapshot are told too. */
		ck_assert_msg(!strncmp(names.buf, cases[i].names, strlen(cases[i].names)),
			      "row %zu: %s", i, names.buf);
		verdict_list_release(&l);
		while (n)
			metrics_sample_release(&v[--n]);
	}
}
END_TEST

struct lines {
	struct metrics_sample *v;
	size_t n;
};

static void take(void *arg, const struct metrics_sample *s)
{
	struct lines *l = arg;

	l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n] = *s;
	l->v[l->n].rules = (struct strvec)STRVEC_INIT;
	strvec_copy(&l->v[l->n].rules, &s->rules);
	l->v[l->n].cpu_evts = l->v[l->n].cpu_drops = NULL;
	l->n++;
}

static const struct {
	const char *file, *primary, *words;
	int preset;
} recorded[] = {
	/* anchors.md: it used 37 % of a core while it dropped, it was waiting for a CPU. */
	{"metrics-drops-p1-n4.jsonl", "STARVED", "of a CPU in the intervals that dropped", 1},
	{"metrics-drops-p4-n1.jsonl", "HEALTHY", "no drop in", 4},
	/* No drop, but 800 look-ups of threads a second fail, of 7,000 events. */
	{"metrics.jsonl", "STATE", "look-ups of threads failed", 4},
};

static void check_recorded(size_t i, const char *path)
{
	struct metrics_tail tail;
	struct verdict_input in;
	struct verdict_list l;
	struct lines lines = {0};
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	metrics_tail_init(&tail, path, 0);
	ck_assert_int_eq(metrics_tail_read(&tail, take, &lines, NULL), 0);
	ck_assert_uint_gt(lines.n, 5);
	verdict_input_init(&in);
	in.buffer_bytes = INT64_C(1) << (19 + recorded[i].preset);
	in.n_buffers = 1;
	in.cpus_per_buffer = 2;
	verdict_metrics(&in, &(struct verdict_raw){lines.v, lines.n, false}, 1, &l);
	strvec_join(&l.v[0].evidence, "; ", &text);
	printf("note: %s: %s: %s\n", recorded[i].file, l.v[0].name, text.buf);
	ck_assert_str_eq(l.v[0].name, recorded[i].primary);
	ck_assert_ptr_nonnull(strstr(text.buf, recorded[i].words));
	verdict_list_release(&l);
	for (size_t k = 0; k < lines.n; k++)
		strvec_release(&lines.v[k].rules);
	free(lines.v);
	metrics_tail_release(&tail);
}

START_TEST(recorded_metrics)
{
	for (size_t i = 0; i < ARRAY_SIZE(recorded); i++) {
		char *rel cleanup_free = xasprintf("recorded/metrics/%s", recorded[i].file);
		const char *path = shared_path(rel);

		SKIP_WITHOUT(path);
		check_recorded(i, path);
	}
}
END_TEST

/* Findings of a run: the heaviest case of each verdict, with its blocks changed. */
START_TEST(advice_from_results)
{
	struct results r = RESULTS_INIT;
	struct advice a = {0};
	struct res_case *c = make_case(&r, "open", 3);
	struct res_repeat *rep;

	r.n_cpus = 2;
	rep = make_repeat(make_case(&r, "default", 9), 5, 1000, 0);
	(void)rep;
	c = &r.cases[0];
	c->preset = 1;
	c->buffer_bytes = 1 << 20;
	rep = make_repeat(c, 5, 60000, 0);
	for (size_t i = 0; i < rep->n_samples; i++) {
		rep->samples[i].n_drops = i < 3 ? 0 : 20000;
		rep->samples[i].main_cpu_ns = (int64_t)i * 200000000;
	}
	rep->n_drops = 20000;
	advise_results(&r);
	advice_of_results(&r, &a);
	ck_assert_uint_eq(a.n, 2);
	ck_assert_str_eq(a.v[0].verdict, "BURST");
	ck_assert_str_eq(a.v[0].where, "open");
	ck_assert(fabs(a.v[0].gain - 20000.0 / 300000) < 1e-9);
	ck_assert_str_eq(a.v[0].change.v[0], "engine.modern_ebpf.buf_size_preset=3");
	ck_assert_ptr_nonnull(strstr(a.v[0].yaml, "buf_size_preset: 3"));
	ck_assert_ptr_nonnull(strstr(a.v[0].helm, "bufSizePreset: 3"));
	ck_assert_ptr_nonnull(strstr(a.v[0].flags, "buf_size_preset=3"));
	ck_assert_ptr_null(a.v[1].verdict);
	advice_release(&a);
	results_release(&r);
}
END_TEST

/* A case's verdicts come from its ok repeats, survive results.json, and old files have none. */
START_TEST(in_results)
{
	struct results r = RESULTS_INIT, back;
	struct error err = ERROR_INIT;
	struct res_case *c = make_case(&r, "spawned-process", 3);
	struct res_repeat *rep = make_repeat(c, 5, 1000, 400);
	json_t *doc, *v;

	r.n_cpus = 2;
	r.mem_bytes = INT64_C(4) << 30;
	for (size_t i = 0; i < rep->n_samples; i++)
		rep->samples[i].main_cpu_ns = (int64_t)i * 990000000;
	make_repeat(c, 5, 1000, 1)->status = RES_FAILED;
	advise_results(&r);
	ck_assert_str_eq(r.cases[0].verdicts[0].name, "SUSTAINED");
	/* A quarter of 4 GiB allows 512 MiB, the largest preset. */
	r.cases[0].buffer_bytes = INT64_C(512) << 20;
	advise_results(&r);
	ck_assert_str_eq(r.cases[0].verdicts[0].name, "UNFIXABLE");
	ck_assert_str_eq(r.cases[0].verdicts[1].name, "SUSTAINED");
	/* Half of that memory allows 256 MiB only. */
	r.mem_bytes /= 4;
	r.cases[0].buffer_bytes = INT64_C(256) << 20;
	advise_results(&r);
	ck_assert_str_eq(r.cases[0].verdicts[0].name, "UNFIXABLE");
	doc = results_to_json(&r);
	ck_assert_int_eq(results_from_json(&back, doc, "f", &err), 0);
	ck_assert_uint_eq(back.cases[0].n_verdicts, r.cases[0].n_verdicts);
	ck_assert_str_eq(back.cases[0].verdicts[1].next_step, r.cases[0].verdicts[1].next_step);
	ck_assert(strvec_has(&back.cases[0].verdicts[0].evidence,
			     r.cases[0].verdicts[0].evidence.v[1]));
	results_release(&back);
	v = json_array_get(json_object_get(doc, "cases"), 0);
	json_object_del(v, "verdict");
	v = json_array_get(
		json_object_get(json_array_get(json_object_get(v, "repeats"), 0), "samples"), 1);
	json_object_del(v, "main_cpu_ns");
	ck_assert_int_eq(results_from_json(&back, doc, "f", &err), 0);
	ck_assert_uint_eq(back.cases[0].n_verdicts, 0);
	ck_assert_int_eq(back.cases[0].repeats[0].samples[1].main_cpu_ns, RES_UNKNOWN);
	json_decref(doc);
	results_release(&back);
	results_release(&r);
}
END_TEST

UNIT_MAIN("verdict", every_row, plugins_in_metrics, recorded_metrics, in_results,
	  advice_from_results)

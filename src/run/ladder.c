/* SPDX-License-Identifier: Apache-2.0 */
#include "run/ladder.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "load/profile.h"
#include "run/bare.h"
#include "run/live.h"
#include "run/plan_private.h"
#include "run/repeat.h"

#include <math.h>
#include <string.h>

#define FLOOR_CASE "spawned-process" /* Test 1 of Falco's documentation, testcases/ */
#define BPF_STATS  "/proc/sys/kernel/bpf_stats_enabled"

static bool is_bare(const struct res_rung *g)
{
	return !strcmp(g->kind, RUNG_BARE);
}

/* ---- the plan ---- */

static struct res_rung *add_rung(struct plan *p, const char *kind, const char *load, bool alone)
{
	struct results *r = &p->res;
	struct res_rung *g;

	r->rungs = xrealloc(r->rungs, r->n_rungs + 1, sizeof(*r->rungs));
	p->rungs = xrealloc(p->rungs, r->n_rungs + 1, sizeof(*p->rungs));
	g = &r->rungs[r->n_rungs];
	*g = (struct res_rung){.kind = xstrdup(kind), .load = xstrdup(load)};
	g->name = xasprintf("%s%s%s%s", strcmp(kind, RUNG_BARE) ? "floor" : "no engine",
			    alone ? "" : " (", alone ? "" : load, alone ? "" : ")");
	p->rungs[r->n_rungs] = (struct plan_case){
		.dir_name = xasprintf("%s-%zu", kind, r->n_rungs / 2 + 1),
		.expect_max_drop = (double)NAN,
		.load_evts_per_s = (double)NAN,
	};
	r->n_rungs++;
	return g;
}

static void fill_argv(struct plan *p, size_t i)
{
	struct plan_case *c = &p->rungs[i];
	const struct res_rung *g = &p->res.rungs[i];
	char *config cleanup_free = NULL;

	plan_load_argv(p, g->load, p->res.canary, &c->load_argv);
	if (is_bare(g))
		return;
	config = xasprintf("%s/ladder/%s/falco.yaml", p->dir, c->dir_name);
	engine_argv(&p->engine, config, &c->rules_files, false, &c->live_argv);
}

static void fill_repeats(struct plan *p, size_t i)
{
	struct res_rung *g = &p->res.rungs[i];
	char *dir cleanup_free = NULL;

	if (g->case_key)
		return;
	dir = xasprintf("ladder/%s", p->rungs[i].dir_name);
	g->n_repeats = (size_t)p->res.repeats;
	g->repeats = repeats_make(dir, g->n_repeats);
}

static bool same_names(const struct strvec *a, const struct strvec *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return a->n == b->n;
}

/* The case of the run that is this floor, or NULL. One with the rule of the canaries has that to
 * evaluate as well. */
static const struct res_case *same_case(const struct results *r, const struct matrix_case *mc,
					const char *load)
{
	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *c = &r->cases[i];

		if (c->dry_status != RES_SKIPPED && !strcmp(c->load, load) &&
		    (!r->canary || c->canary_off) && !strcmp(c->rules_label, mc->rules_label) &&
		    c->buffer_bytes == mc->buffer_bytes && c->n_buffers == mc->n_buffers &&
		    c->drop_failed_exit == mc->drop_failed_exit &&
		    same_names(&c->predicted, &mc->predicted))
			return c;
	}
	return NULL;
}

/* What a program does (no op) is not known: it may. */
static bool uses_set(const struct load_op *op, const struct strvec *set)
{
	struct load_truth truth[LOAD_TRUTH_MAX + 1];
	bool uses = !op;

	if (op)
		load_op_truth(op, truth);
	for (size_t k = 0; op && truth[k].syscall; k++)
		uses = uses || (truth[k].per_op && strvec_has(set, truth[k].syscall));
	return uses;
}

/* Workers whose operations make events in the floor's set, for which it is not a bare floor. */
static int find_uses(struct res_rung *g, bool canaries, struct error *err)
{
	struct load_profile profile cleanup_load_profile = {0};

	if (load_profile_read(g->load, &profile, err))
		return -1;
	if (canaries)
		load_profile_add_canary(&profile, 1);
	for (size_t i = 0; i < profile.n; i++)
		if (uses_set(profile.workers[i].op, &g->set))
			strvec_push(&g->uses, profile.workers[i].name);
	return 0;
}

static int fill_floor(struct plan *p, size_t i, const struct matrix *m,
		      const struct matrix_case *mc, struct error *err)
{
	struct res_rung *g = &p->res.rungs[i];
	struct plan_case *c = &p->rungs[i];
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	const struct res_case *same = same_case(&p->res, mc, g->load);

	strvec_copy(&g->set, &mc->predicted);
	strvec_copy(&c->rules_files, &mc->rules_files);
	if (same)
		g->case_key = xstrdup(same->key);
	if (find_uses(g, p->res.canary != NULL, err) ||
	    matrix_overlay(m, mc, LIVE_METRICS_FILE, LIVE_ALERTS_FILE, false, &text, err))
		return -1;
	c->overlay = strbuf_detach(&text);
	return 0;
}

/* Test 1 as this run would have it: the user's engine and buffers, and the dummy rules, because a
 * floor of rules is none. */
static int add_floor(struct plan *p, const struct run_options *o, const char *load, bool alone,
		     struct error *err)
{
	struct strvec only = {.v = (char *[]){(char *)FLOOR_CASE}, .n = 1};
	struct matrix_input in = plan_matrix_input(p, o);
	struct matrix m;
	size_t i = 0;
	int rc = 0;

	in.cases = &only;
	in.rules = NULL;
	in.load = load;
	if (matrix_build(&m, &in, err))
		return error_wrap(err, "the ladder's Test 1");
	while (i < m.n && m.v[i].skip)
		i++;
	if (i == m.n) {
		strvec_pushf(&p->res.warnings, "the ladder has no floor: %s",
			     m.n ? m.v[0].skip : "no Test 1");
	} else {
		add_rung(p, RUNG_FLOOR, load, alone);
		rc = fill_floor(p, p->res.n_rungs - 1, &m, &m.v[i], err);
	}
	matrix_release(&m);
	return rc;
}

/* Ratios are of the same load: a case whose rules cannot have the canaries' has their programs in
 * its load all the same. */
static void same_load(struct plan *p)
{
	for (size_t i = 0; p->res.canary && i < p->res.n_cases; i++) {
		if (!p->res.cases[i].canary_off || !p->load_exe)
			continue;
		strvec_release(&p->v[i].load_argv);
		plan_load_argv(p, p->res.cases[i].load, p->res.canary, &p->v[i].load_argv);
	}
}

int ladder_make(struct plan *p, const struct run_options *o, struct error *err)
{
	struct strvec loads cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; i < p->res.n_cases; i++) {
		const struct res_case *c = &p->res.cases[i];

		if (c->dry_status != RES_SKIPPED && !strvec_has(&loads, c->load))
			strvec_push(&loads, c->load);
	}
	for (size_t i = 0; i < loads.n; i++) {
		add_rung(p, RUNG_BARE, loads.v[i], loads.n == 1);
		if (add_floor(p, o, loads.v[i], loads.n == 1, err))
			return -1;
	}
	for (size_t i = 0; i < p->res.n_rungs; i++) {
		fill_argv(p, i);
		fill_repeats(p, i);
	}
	same_load(p);
	return 0;
}

json_t *ladder_json(const struct plan *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->res.n_rungs; i++)
		json_array_append_new(a, plan_case_json(&p->rungs[i]));
	return a;
}

int ladder_take(struct plan *p, const json_t *rungs)
{
	if (json_array_size(rungs) != p->res.n_rungs)
		return -1;
	p->rungs = xcalloc(p->res.n_rungs + 1, sizeof(*p->rungs));
	for (size_t i = 0; i < p->res.n_rungs; i++) {
		if (plan_case_take(&p->rungs[i], json_array_get(rungs, i)))
			return -1;
		fill_argv(p, i);
	}
	if (p->res.n_rungs)
		same_load(p);
	return 0;
}

/* ---- the run ---- */

int ladder_prepare(const struct plan *p, struct error *err)
{
	for (size_t i = 0; i < p->res.n_rungs; i++) {
		const struct plan_case *c = &p->rungs[i];
		char *dir cleanup_free = xasprintf("%s/ladder/%s", p->dir, c->dir_name);
		char *file cleanup_free = fs_join(dir, "falco.yaml");

		if (!c->overlay || p->res.rungs[i].case_key)
			continue;
		if (fs_mkdirs(dir, err) ||
		    fs_write_file(file, c->overlay, strlen(c->overlay), 0600, err))
			return -1;
	}
	return 0;
}

/* Ratios need both: a round in which no case of that load is left needs no rung. */
static bool round_has_case(const struct results *r, const char *load, int repeat)
{
	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *c = &r->cases[i];

		if (!strcmp(c->load, load) && (size_t)repeat <= c->n_repeats &&
		    (c->repeats[repeat - 1].status == RES_PENDING ||
		     c->repeats[repeat - 1].status == RES_OK))
			return true;
	}
	return false;
}

bool ladder_pending(const struct plan *p, size_t rung, int repeat)
{
	const struct res_rung *g = &p->res.rungs[rung];

	return repeat >= 1 && (size_t)repeat <= g->n_repeats &&
	       g->repeats[repeat - 1].status == RES_PENDING &&
	       round_has_case(&p->res, g->load, repeat);
}

void ladder_skip(struct plan *p, const char *reason)
{
	for (size_t i = 0; i < p->res.n_rungs; i++)
		repeats_skip(p->res.rungs[i].repeats, p->res.rungs[i].n_repeats, reason);
}

static json_t *event(const char *name, const struct res_rung *g)
{
	json_t *o = json_object();

	json_object_set_new(o, "event", json_string(name));
	json_object_set_new(o, "t", json_integer(clock_real()));
	json_object_set_new(o, "rung", json_string(g->name));
	return o;
}

static int without_engine(struct plan *p, struct session *s, size_t rung, const char *dir,
			  double left_s, struct res_repeat *out, struct error *err)
{
	const struct bare_spec spec = {.load = &p->rungs[rung].load_argv,
				       .dir = dir,
				       .warmup_ns = p->res.warmup_ns,
				       .duration_ns = p->res.duration_ns,
				       .name = p->res.rungs[rung].name,
				       .repeat = out->index,
				       .repeats = (int)p->res.repeats,
				       .left_s = left_s};

	return bare_run(s, &spec, out, err);
}

static int with_engine(struct plan *p, struct session *s, size_t rung, const char *dir,
		       double left_s, struct res_repeat *out, struct error *err)
{
	const struct live_spec spec = {.argv = &p->rungs[rung].live_argv,
				       .dir = dir,
				       .load = &p->rungs[rung].load_argv,
				       .warmup_ns = p->res.warmup_ns,
				       .duration_ns = p->res.duration_ns,
				       .timeout_ns = p->timeout_ns,
				       .set = &p->res.rungs[rung].set,
				       .hurry = p->res.quick,
				       .settle = true,
				       .n_cpus = p->res.n_cpus,
				       .case_key = p->res.rungs[rung].name,
				       .repeat = out->index,
				       .repeats = (int)p->res.repeats,
				       .left_s = left_s};
	struct live_result res;

	return live_run(s, &spec, out, &res, err);
}

/* What the load made. The caller frees. */
static char *workers_text(const struct res_repeat *r)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < r->n_workers; i++)
		strbuf_addf(&text, "%s%s %s/s", i ? ", " : "", r->workers[i].name,
			    UNITS_RATE(r->workers[i].achieved_per_s));
	return strbuf_detach(&text);
}

int ladder_run(struct plan *p, struct journal *j, struct session *s, size_t rung, int repeat,
	       double left_s, struct error *err)
{
	struct res_rung *g = &p->res.rungs[rung];
	struct res_repeat *out = &g->repeats[repeat - 1];
	char *dir cleanup_free = fs_join(p->dir, out->dir), *said cleanup_free = NULL;
	json_t *o = event("rung-start", g);
	int64_t from = clock_mono();
	double took_s;
	int rc;

	json_object_set_new(o, "repeat", json_integer(repeat));
	/* What an earlier attempt left is worth nothing. */
	if (journal_add(j, o, err) || fs_remove_tree(dir, err) || fs_mkdirs(dir, err))
		return -1;
	rc = is_bare(g) ? without_engine(p, s, rung, dir, left_s, out, err)
			: with_engine(p, s, rung, dir, left_s, out, err);
	if (rc) {
		repeat_reset(out);
		return -1;
	}
	took_s = (double)(clock_mono() - from) / 1e9;
	p->spent_s += took_s;
	o = event("rung", g);
	repeat_add_result(o, out, p->res.n_cpus, took_s);
	if (journal_add(j, o, err))
		return -1;
	said = workers_text(out);
	repeat_tell(s, g->name, out, repeat, (int)p->res.repeats, left_s, said);
	return 0;
}

int ladder_replay(struct plan *p, const json_t *e, const char *file, size_t line, struct error *err)
{
	const char *name = json_string_value(json_object_get(e, "rung"));
	struct res_rung *g = NULL;

	for (size_t i = 0; name && !g && i < p->res.n_rungs; i++)
		if (!strcmp(p->res.rungs[i].name, name))
			g = &p->res.rungs[i];
	if (!g)
		return error_at(err, file, line, 0, "a repeat of no known rung");
	if (repeat_replay(g->repeats, g->n_repeats, e, p->res.n_cpus, file, line, err))
		return -1;
	p->spent_s += json_number_value(json_object_get(e, "took_s"));
	return 0;
}

/* ---- bpf_stats ---- */

/* A whole file of /proc, in one write. */
static int write_word(const char *path, const char *word)
{
	FILE *f cleanup_fclose = fopen(path, "we");

	return !f || fputs(word, f) == EOF || fflush(f) ? -1 : 0;
}

void ladder_stats_off(struct session *s, struct strvec *warnings)
{
	uint64_t now;

	if (!fs_read_u64(BPF_STATS, &now) || !now)
		return;
	s->left.bpf_stats = (int64_t)now;
	if (!leftovers_save(&s->left, NULL) && !write_word(BPF_STATS, "0"))
		return;
	s->left.bpf_stats = -1;
	strvec_push(warnings, "kernel.bpf_stats_enabled is on and cannot be switched off: it slows "
			      "every system call while a program is attached, so that slowdowns "
			      "are too large");
}

void ladder_stats_back(struct session *s)
{
	if (s->left.bpf_stats < 0)
		return;
	if (write_word(BPF_STATS, s->left.bpf_stats ? "1" : "0"))
		return; /* it stays in the record */
	s->left.bpf_stats = -1;
	leftovers_save(&s->left, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tune/search_private.h"

#include "advise/advise.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "run/runner.h"
#include "tune/sweep.h"

#include <math.h>
#include <string.h>

const char *const search_kind_names[] = {
	[SEARCH_WHOLE] = "whole",	  [SEARCH_LEAST_STATE] = "least-state",
	[SEARCH_SMALLEST] = "smallest",	  [SEARCH_GIVE_UP] = "give-up",
	[SEARCH_TAKE_BACK] = "take-back", [SEARCH_BUFFERS] = "largest-buffers",
};
const char *const search_outcome_names[] = {
	[SEARCH_WITHIN] = "within", [SEARCH_ABOVE] = "above", [SEARCH_STEP_FAILED] = "failed"};
const char *const search_state_names[] = {
	[SEARCH_UNFINISHED] = "unfinished",
	[SEARCH_NOTHING_TO_GIVE] = "nothing-to-give-up",
	[SEARCH_FOUND] = "found",
	[SEARCH_UNFIXABLE] = "UNFIXABLE",
	[SEARCH_LARGER_BUFFERS] = "larger-buffers",
	[SEARCH_NOT_EXERCISED] = "not-exercised",
	[SEARCH_NOT_MEASURED] = "not-measured",
};

/* ---- life ---- */

static void step_free(struct search_step *t)
{
	if (!t)
		return;
	if (t->plan.v)
		plan_release(&t->plan);
	free(t->kept);
	free(t->reason);
	free(t);
}

void search_release(struct search *w)
{
	for (size_t i = 0; i < w->n; i++)
		step_free(w->v[i]);
	for (size_t i = 0; i < w->n_rules; i++)
		free(w->rules[i].name);
	for (size_t i = 0; i < w->n_lost; i++)
		strvec_release(&w->lost[i].lost);
	free(w->v);
	free(w->rules);
	free(w->lost);
	free(w->rates);
	free(w->input_rules);
	free(w->input_weights);
	free(w->reason);
	free(w->verification);
	free(w->yaml);
	free(w->host_file);
	free(w->max_memory_from);
	giveup_release(&w->order);
	strvec_release(&w->custom_set);
	strvec_release(&w->state_missing);
	strvec_release(&w->flags);
	strvec_release(&w->warnings);
	if (w->has_matrix)
		matrix_release(&w->matrix);
	*w = (struct search){0};
}

const struct results *search_facts(const struct search *w)
{
	return w->n ? &w->v[0]->plan.res : NULL;
}

const struct res_case *search_case(const struct search_step *t)
{
	return &t->plan.res.cases[0];
}

/* ---- steps ---- */

static struct search_step *new_step(const struct search *w, enum search_kind kind, const bool *kept)
{
	struct search_step *t = xcalloc(1, sizeof(*t));

	t->kind = kind;
	t->kept = xcalloc(w->n_rules + 1, sizeof(*t->kept));
	for (size_t i = 0; i < w->n_rules; i++) {
		t->kept[i] = !kept || kept[i];
		t->n_kept += t->kept[i];
		t->weight += t->kept[i] ? w->rules[i].weight : 0;
	}
	t->predicted_per_s = (double)NAN;
	return t;
}

void search_sets(const struct search *w, const struct search_step *t, const struct strvec *own,
		 struct strvec *out)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct strbuf base = STRBUF_INIT;
	struct bitset set = giveup_set(&w->input, t->kept);
	const char *lead = "";

	strvec_copy(out, own);
	if (t->kind == SEARCH_WHOLE)
		return;
	for (size_t i = 0; i < w->n_rules; i++)
		if (!t->kept[i])
			strvec_pushf(out, "rules[].disable.rule=%s", w->rules[i].name);
	cat_scs_to_names(w->matrix.cat, set, &names);
	strbuf_addstr(&base, "base_syscalls={custom_set: [");
	for (size_t i = 0; i < names.n; i++) {
		if (!strcmp(names.v[i], "procexit")) /* always traced */
			continue;
		strbuf_addf(&base, "%s%s", lead, names.v[i]);
		lead = ", ";
	}
	strbuf_addf(&base, "], repair: false, all: %s}", w->input.all ? "true" : "false");
	strvec_take(out, strbuf_detach(&base));
	if (t->preset)
		strvec_pushf(out, "engine.%s.buf_size_preset=%d", search_case(w->v[0])->engine_kind,
			     t->preset);
}

/* Plan a step's one case in a folder of its own below that of the whole. */
static int plan_step(const struct search *w, const struct search_options *o, const char *name,
		     struct search_step *t, struct error *err)
{
	struct run_options run = o->run;
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	char *dir cleanup_free = xasprintf("%s/steps/%s", o->run.dir, name);

	search_sets(w, t, o->run.sets, &sets);
	run.sets = &sets;
	run.dir = dir;
	if (w->n) /* the first step has asked */
		run.ask_version = false;
	return plan_make(&t->plan, &run, err);
}

int search_begin(struct search *out, const struct search_options *o, struct error *err)
{
	struct search_step *t;
	struct matrix_input in;

	*out = (struct search){.state = SEARCH_UNFINISHED,
			       .max_drop =
				       isnan(o->run.max_drop) ? ADVISE_MAX_DROP : o->run.max_drop,
			       .host_file = o->host_file ? xstrdup(o->host_file) : NULL};
	t = new_step(out, SEARCH_WHOLE, NULL);
	if (plan_step(out, o, "whole", t, err)) {
		step_free(t);
		return -1;
	}
	ALLOC_GROW(out->v, out->n, out->alloc);
	out->v[out->n++] = t;
	in = (struct matrix_input){.config = o->run.config,
				   .sets = o->run.sets,
				   .rules = o->run.rules,
				   .cases = o->run.cases,
				   .load = o->run.load,
				   .falco_release = t->plan.res.falco_release,
				   .n_cpus = t->plan.res.n_cpus > 0 ? (int)t->plan.res.n_cpus : 0,
				   .embedded = t->plan.engine.embedded};
	if (matrix_build(&out->matrix, &in, err))
		return -1;
	out->has_matrix = true;
	out->max_memory = o->max_memory;
	if (o->max_memory > 0)
		out->max_memory_from = xstrdup("--max-buffer-memory");
	else
		out->max_memory =
			sweep_memory_default("/proc", o->run.limits.memory, &out->max_memory_from);
	if (search_read_rules(out, o, err))
		return -1;
	/* The step was planned before the rules were known. */
	t->kept = xrealloc(t->kept, out->n_rules + 1, sizeof(*t->kept));
	for (size_t i = 0; i < out->n_rules; i++)
		t->kept[i] = true;
	t->n_kept = out->n_rules;
	t->weight = out->weight;
	return 0;
}

/* ---- the order ---- */

/* Rules kept after the first n steps of the order. The caller frees. */
static bool *kept_after(const struct search *w, size_t n)
{
	bool *kept = xcalloc(w->n_rules + 1, sizeof(*kept));

	for (size_t i = 0; i < w->n_rules; i++)
		kept[i] = w->rules[i].given_up >= n;
	return kept;
}

static void make_order(struct search *w)
{
	giveup_release(&w->order);
	giveup_order(&w->input, &w->order);
	for (size_t i = 0; i < w->n_rules; i++)
		w->rules[i].given_up = SIZE_MAX;
	for (size_t i = 0; i < w->order.n; i++)
		for (size_t k = 0; k < w->order.v[i].n; k++)
			w->rules[w->order.v[i].rules[k]].given_up = i;
}

static void predict(const struct search *w, struct search_step *t)
{
	struct bitset set =
		t->kind == SEARCH_WHOLE ? w->matrix.v[0].sel.final : giveup_set(&w->input, t->kept);

	t->predicted_per_s = w->rates_from ? giveup_rate(&w->input, set) : (double)NAN;
}

static void add_commands(const struct search_step *t, struct strvec *out)
{
	const struct plan_case *c = &t->plan.v[0];
	const struct strvec *all[] = {&c->dry_argv, &c->live_argv, &c->load_argv};

	for (size_t k = 0; k < ARRAY_SIZE(all); k++)
		argv_push_line(all[k], out);
}

int search_commands(struct search *w, const struct search_options *o, struct strvec *out,
		    struct error *err)
{
	if (o->host)
		search_rates_of_host(w, o->host);
	else if (search_rates_of_profile(w, err))
		return -1;
	make_order(w);
	add_commands(w->v[0], out);
	for (size_t i = 0; i <= w->order.n; i++) {
		bool *kept cleanup_free = kept_after(w, i);
		char *name cleanup_free = i ? xasprintf("give-up-%zu", i) : xstrdup("least-state");
		struct search_step *t = new_step(w, i ? SEARCH_GIVE_UP : SEARCH_LEAST_STATE, kept);
		int rc = plan_step(w, o, name, t, err);

		if (!rc)
			add_commands(t, out);
		step_free(t);
		if (rc)
			return -1;
	}
	return 0;
}

/* ---- measuring a step ---- */

struct searcher {
	struct search *w;
	const struct search_options *o;
	struct journal *j;
	struct session *s;
	int64_t deadline; /* monotonic; 0 none */
	int64_t longest;  /* ns that a step took */
	int64_t steps;
};

/* Summaries of all steps; those without drops take their bound from the worst of the others. */
static void summarise(struct search *w)
{
	struct results all = {0};

	all.cases = xcalloc(w->n + 1, sizeof(*all.cases));
	for (size_t i = 0; i < w->n; i++) {
		struct plan *p = &w->v[i]->plan;

		advise_summarise(&p->res.cases[0], p->res.n_cpus);
		all.cases[all.n_cases++] = p->res.cases[0];
	}
	advise_bound_quiet(&all);
	for (size_t i = 0; i < w->n; i++)
		w->v[i]->plan.res.cases[0].sum = all.cases[i].sum;
	free(all.cases);
}

/* Is it clear on which side of the limit the drop rate is? Without drops it is below. */
static bool is_decided(const struct search *w, const struct res_summary *s)
{
	return !(s->drop_rate > 0) || s->drop_lo > w->max_drop || s->drop_hi <= w->max_drop;
}

static void judge(struct search *w, struct search_step *t)
{
	const struct res_case *c = search_case(t);
	const char *failure = point_failure(c);

	summarise(w);
	free(t->reason);
	t->reason = failure ? xstrdup(failure) : NULL;
	t->outcome = failure			      ? SEARCH_STEP_FAILED
		     : c->sum.drop_rate > w->max_drop ? SEARCH_ABOVE
						      : SEARCH_WITHIN;
	t->decided = !failure && is_decided(w, &c->sum);
}

static void tell_step(const struct searcher *r, const struct search_step *t)
{
	const struct res_case *c = search_case(t);
	char *drop cleanup_free = point_drop_text(&c->sum);

	session_tell(r->s, PROGRESS_NOTE,
		     "%s: %zu of %zu rules, %zu syscalls: %s, %s the limit of %s%s",
		     search_kind_names[t->kind], t->n_kept, r->w->n_rules, c->predicted.n,
		     t->reason ? t->reason : drop, search_outcome_names[t->outcome],
		     UNITS_SHARE(r->w->max_drop), t->decided ? "" : " (not clear of it)");
}

static int run_step(struct searcher *r, struct search_step *t, struct error *err)
{
	struct bench b = {.p = &t->plan, .j = r->j, .s = r->s};
	int64_t repeats = r->o->repeats;
	int rc = point_dry(&b, 0, err);

	if (!rc && search_case(t)->dry_status == RES_OK && !search_case(t)->agreement)
		strvec_pushf(&r->w->warnings, "%s: the engine's set is not the predicted one",
			     search_kind_names[t->kind]);
	for (int64_t i = 1; !rc && i <= repeats && search_case(t)->dry_status == RES_OK; i++) {
		rc = point_live(&b, 0, t->plan.res.duration_ns, (int)i, (int)repeats, (double)NAN,
				err);
		if (!rc)
			judge(r->w, t);
		if (t->decided || b.hopeless)
			break;
	}
	if (!rc)
		judge(r->w, t);
	r->w->hopeless = r->w->hopeless || b.hopeless;
	return rc;
}

/* A step that did not come to its end says nothing. */
static void forget(struct search *w, struct search_step *t)
{
	if (t->kind != SEARCH_WHOLE) {
		w->n--;
		step_free(t);
		return;
	}
	t->outcome = SEARCH_STEP_FAILED;
	free(t->reason);
	t->reason = xstrdup("interrupted");
}

/* Plan, prepare and measure; the step belongs to the search from here on. 0; 1: a limit of time or
 * steps is reached (the step is gone); -1: interrupted or ERROR_ENV. */
static int measure(struct searcher *r, struct search_step *t, struct error *err)
{
	struct search *w = r->w;
	int64_t from = clock_mono();
	int rc;

	if (t->kind != SEARCH_WHOLE) {
		char *name cleanup_free = xasprintf("%zu-%s", w->n + 1, search_kind_names[t->kind]);

		if (r->steps >= r->o->max_steps ||
		    (r->deadline && from + r->longest > r->deadline)) {
			strvec_pushf(&w->warnings, "%s ended the search after %zu steps",
				     r->steps >= r->o->max_steps ? "--max-steps" : "--max-time",
				     w->n);
			w->complete = false;
			step_free(t);
			return 1;
		}
		if (plan_step(w, r->o, name, t, err)) {
			step_free(t);
			return -1;
		}
		ALLOC_GROW(w->v, w->n, w->alloc);
		w->v[w->n++] = t;
		predict(w, t);
	}
	r->steps++;
	rc = runner_prepare(&t->plan, err) || run_step(r, t, err) ? -1 : 0;
	if (!rc)
		tell_step(r, t);
	else
		forget(w, t);
	if (clock_mono() - from > r->longest)
		r->longest = clock_mono() - from;
	return rc;
}

/* ---- the course ---- */

static void found(struct search *w, const struct search_step *t)
{
	w->result = t;
	w->state = SEARCH_FOUND;
}

/* The newest step. */
static struct search_step *newest(const struct search *w)
{
	return w->v[w->n - 1];
}

static int measure_new(struct searcher *r, enum search_kind kind, const bool *kept,
		       struct error *err)
{
	return measure(r, new_step(r->w, kind, kept), err);
}

/* Between order step `above` (0: all rules) and `within`, both known. */
static int bisect(struct searcher *r, size_t above, size_t *within, struct error *err)
{
	while (*within - above > 1) {
		size_t mid = above + (*within - above) / 2;
		bool *kept cleanup_free = kept_after(r->w, mid);
		int rc = measure_new(r, SEARCH_GIVE_UP, kept, err);

		if (rc)
			return rc;
		if (newest(r->w)->outcome == SEARCH_WITHIN) {
			*within = mid;
			found(r->w, newest(r->w));
		} else {
			above = mid;
		}
	}
	return 0;
}

/* The lowest predicted rate of a set that was above the limit. */
static double lowest_above(const struct search *w)
{
	double lowest = INFINITY;

	for (size_t i = 0; i < w->n; i++)
		if (w->v[i]->outcome == SEARCH_ABOVE && w->v[i]->predicted_per_s < lowest)
			lowest = w->v[i]->predicted_per_s;
	return lowest;
}

/* The heaviest of the first n steps of the order that was not tried; n: none. */
static size_t heaviest(const struct search *w, size_t n, const bool *tried)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++)
		if (!tried[i] && (best == n || w->order.v[i].weight > w->order.v[best].weight))
			best = i;
	return best;
}

/* Steps before the last one that was needed: with that one gone they may fit again. */
static int take_back(struct searcher *r, size_t within, struct error *err)
{
	struct search *w = r->w;
	bool *tried cleanup_free = xcalloc(w->order.n + 1, sizeof(*tried));
	size_t n = within ? within - 1 : 0, k;

	while ((k = heaviest(w, n, tried)) < n) {
		bool *kept cleanup_free = xcalloc(w->n_rules + 1, sizeof(*kept));
		int rc;

		tried[k] = true;
		memcpy(kept, w->result->kept, w->n_rules * sizeof(*kept));
		for (size_t i = 0; i < w->order.v[k].n; i++)
			kept[w->order.v[k].rules[i]] = true;
		if (giveup_rate(&w->input, giveup_set(&w->input, kept)) >= lowest_above(w))
			continue;
		rc = measure_new(r, SEARCH_TAKE_BACK, kept, err);
		if (rc)
			return rc;
		if (newest(w)->outcome == SEARCH_WITHIN)
			found(w, newest(w));
	}
	return 0;
}

/* Of the smallest set by the rates that are known, the rules that need nothing but what is always
 * traced. NULL: all of them. The caller frees. */
static bool *bare_rules(const struct search *w, const bool *smallest)
{
	bool *kept = xcalloc(w->n_rules + 1, sizeof(*kept));
	struct bitset always = giveup_set(&w->input, kept);
	bool fewer = false;

	for (size_t i = 0; i < w->n_rules; i++) {
		kept[i] = smallest[i] && bitset_empty(bitset_minus(w->rules[i].scs, always));
		fewer = fewer || kept[i] != smallest[i];
	}
	if (fewer)
		return kept;
	free(kept);
	return NULL;
}

#define MAX_PRESET	10
#define PRESET_BYTES(p) (INT64_C(1) << (19 + (p))) /* Falco 0.44.1, buf_size_preset */

int search_largest_preset(const struct search *w)
{
	const struct res_case *c = search_case(w->v[0]);
	int p = MAX_PRESET;

	while (p > 1 && w->max_memory != RES_UNKNOWN &&
	       c->n_buffers * PRESET_BYTES(p) > w->max_memory)
		p--;
	return p;
}

/* The smallest set, which is above the limit: with the largest buffers too? */
static int enlarge(struct searcher *r, struct error *err)
{
	struct search *w = r->w;
	const struct search_step *smallest = newest(w);
	int largest = search_largest_preset(w), rc;
	struct search_step *t;

	if (largest <= search_case(smallest)->preset) {
		w->state = SEARCH_UNFIXABLE;
		return 0;
	}
	t = new_step(w, SEARCH_BUFFERS, smallest->kept);
	t->preset = largest;
	rc = measure(r, t, err);
	if (rc)
		return rc;
	w->state = newest(w)->outcome == SEARCH_ABOVE	 ? SEARCH_UNFIXABLE
		   : newest(w)->outcome == SEARCH_WITHIN ? SEARCH_LARGER_BUFFERS
							 : SEARCH_NOT_MEASURED;
	if (w->state == SEARCH_NOT_MEASURED)
		w->reason = xasprintf("the largest buffers failed: %s", newest(w)->reason);
	return 0;
}

/* The smallest set is above the limit by events that the rates do not know of: without any rule
 * that could make them. */
static int shrink_blindly(struct searcher *r, const bool *smallest, struct error *err)
{
	bool *bare cleanup_free = bare_rules(r->w, smallest);
	int rc = bare ? measure_new(r, SEARCH_SMALLEST, bare, err) : 0;

	if (rc)
		return rc;
	if (!bare || newest(r->w)->outcome != SEARCH_WITHIN)
		return enlarge(r, err);
	found(r->w, newest(r->w));
	r->w->complete = false;
	strvec_pushf(&r->w->warnings,
		     "events that %s does not show are what drops: the rules that make them cannot "
		     "be told apart; take --host with a profile of this host",
		     r->w->rates_from);
	return 0;
}

/* After the whole set was above. 0; 1: a limit is reached; -1. */
static int shrink(struct searcher *r, struct error *err)
{
	struct search *w = r->w;
	bool *smallest cleanup_free = kept_after(w, w->order.n);
	struct bitset whole = w->matrix.v[0].sel.final;
	size_t within = w->order.n;
	int rc = 0;

	if (!bitset_equal(w->order.whole, whole)) {
		rc = measure_new(r, SEARCH_LEAST_STATE, NULL, err);
		if (rc)
			return rc;
		if (newest(w)->outcome == SEARCH_WITHIN) {
			found(w, newest(w));
			return 0;
		}
	}
	if (w->order.n) {
		rc = measure_new(r, SEARCH_SMALLEST, smallest, err);
		if (rc)
			return rc;
	}
	if (newest(w)->outcome == SEARCH_STEP_FAILED) {
		w->state = SEARCH_NOT_MEASURED;
		w->reason = xasprintf("the smallest set failed: %s", newest(w)->reason);
		return 0;
	}
	if (newest(w)->outcome == SEARCH_ABOVE)
		return shrink_blindly(r, smallest, err);
	found(w, newest(w));
	rc = bisect(r, 0, &within, err);
	return rc ? rc : take_back(r, within, err);
}

static int start(struct searcher *r, struct error *err)
{
	struct search *w = r->w;
	struct search_step *t = w->v[0];
	const struct res_repeat *last;
	char *dir cleanup_free = NULL;

	if (r->o->host)
		search_rates_of_host(w, r->o->host);
	if (measure(r, t, err))
		return -1;
	if (t->outcome == SEARCH_STEP_FAILED) {
		w->state = SEARCH_NOT_MEASURED;
		w->reason = xstrdup(t->reason);
		return 0;
	}
	if (!search_case(t)->sum.exercised) {
		w->state = SEARCH_NOT_EXERCISED;
		return 0;
	}
	last = point_last(search_case(t));
	dir = fs_join(t->plan.dir, last->dir);
	if (!r->o->host && !search_rates_of_run(w, dir) && search_rates_of_profile(w, err))
		return -1;
	make_order(w);
	predict(w, t);
	if (t->outcome == SEARCH_ABOVE)
		return shrink(r, err);
	w->result = t;
	w->state = SEARCH_NOTHING_TO_GIVE;
	return 0;
}

/* The last dry run was fine; live the same configuration is one of the steps. The caller frees. */
static char *as_measured(const struct search *w, size_t n)
{
	const struct res_summary *s = &search_case(w->result)->sum;
	char *drop cleanup_free = point_drop_text(s);
	size_t i = 0;

	while (w->v[i] != w->result)
		i++;
	return xasprintf(
		"a last dry run printed the %zu syscalls that are predicted, and just this "
		"configuration was measured live in this run as step %zu (%s): drop rate %s "
		"in %s",
		n, i + 1, search_kind_names[w->result->kind], drop,
		UNITS_DURATION(res_case_seconds(search_case(w->result)) * 1e9));
}

/* The configuration as it is printed, dry once more. */
static int verify(struct searcher *r, struct error *err)
{
	struct search *w = r->w;
	struct search_step *t;
	struct bench b = {.j = r->j, .s = r->s};
	const struct res_case *c;
	int rc;

	t = new_step(w, w->result->kind, w->result->kept);
	if (plan_step(w, r->o, "verification", t, err)) {
		step_free(t);
		return -1;
	}
	b.p = &t->plan;
	rc = runner_prepare(&t->plan, err) || point_dry(&b, 0, err) ? -1 : 0;
	c = search_case(t);
	w->verified = !rc && c->dry_status == RES_OK && c->agreement;
	if (!rc && w->verified)
		w->verification = as_measured(w, c->dry_final.n);
	else if (!rc && c->dry_status != RES_OK)
		w->verification = xasprintf("the last dry run failed: %s", c->dry_reason);
	else if (!rc)
		w->verification = xasprintf("the last dry run printed a set that is not the "
					    "predicted one: %zu missing, %zu more",
					    c->missing.n, c->extra.n);
	step_free(t);
	return rc;
}

int search_run(struct search *w, const struct search_options *o, struct journal *j,
	       struct session *s, struct error *err)
{
	struct searcher r = {.w = w, .o = o, .j = j, .s = s};
	int rc;

	w->complete = true;
	if (o->max_time_ns > 0)
		r.deadline = clock_mono() + o->max_time_ns;
	rc = start(&r, err);
	if (rc >= 0 && w->result)
		rc = verify(&r, err);
	if (s->caught)
		w->complete = false;
	w->interrupted = s->caught != 0;
	if (w->result)
		search_describe(w, o);
	return s->caught || rc > 0 ? 0 : rc;
}

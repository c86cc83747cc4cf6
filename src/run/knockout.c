/* SPDX-License-Identifier: Apache-2.0 */
#include "run/knockout.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "stats/rng.h"

#include <math.h>
#include <string.h>

/* ---- groups ---- */

/* Calls of the final set that are not there without the group's rules. */
static void find_gone(const struct knockout *k, struct ko_group *g)
{
	const struct select_input *all = k->in;
	struct select_rule *rules cleanup_free = xcalloc(all->n_rules + 1, sizeof(*rules));
	struct select_input in = *all;
	struct selection with = SELECTION_INIT, without = SELECTION_INIT;
	size_t next = 0;

	in.rules = rules;
	in.n_rules = 0;
	for (size_t i = 0; i < all->n_rules; i++) {
		if (next < g->n && g->rules[next] == i)
			next++;
		else
			rules[in.n_rules++] = all->rules[i];
	}
	selection_compute(all, &with);
	selection_compute(&in, &without);
	cat_scs_to_names(all->cat, bitset_minus(with.final, without.final), &g->gone);
	selection_release(&with);
	selection_release(&without);
}

static void add_group(struct knockout *k, const size_t *rules, size_t n, int level, size_t parent)
{
	struct ko_group *g;

	ALLOC_GROW(k->v, k->n, k->alloc);
	g = &k->v[k->n++];
	*g = (struct ko_group){.n = n,
			       .level = level,
			       .parent = parent,
			       .rules = xcalloc(n, sizeof(*rules)),
			       .overlay = xasprintf("%s/without-%zu.yaml", k->p.dir, k->n)};
	memcpy(g->rules, rules, n * sizeof(*rules));
	find_gone(k, g);
}

void knockout_begin(struct knockout *k)
{
	size_t n = k->in->n_rules, *all cleanup_free = xcalloc(n + 1, sizeof(*all));

	for (size_t i = 0; i < n; i++)
		all[i] = i;
	if (n)
		add_group(k, all, n, 1, KO_NO_GROUP);
	if (n < 2 || (n > KO_EACH && !k->each))
		return;
	for (size_t i = 0; i < n; i++)
		add_group(k, &i, 1, 1, 0);
}

void knockout_split(struct knockout *k, size_t from, size_t to)
{
	/* Its parts are at the same level already. */
	if (to - from > 1 && k->v[from].level == 1)
		return;
	for (size_t i = from; i < to; i++) {
		size_t n = k->v[i].n, half = n / 2;

		if (k->v[i].verdict != KO_SEEN || n < 2)
			continue;
		k->v[i].split = true;
		/* By number: appending moves the groups. */
		add_group(k, k->v[i].rules, half, k->v[i].level + 1, i);
		add_group(k, k->v[i].rules + half, n - half, k->v[i].level + 1, i);
	}
}

void knockout_overlay(const struct knockout *k, const struct ko_group *g, struct strbuf *out)
{
	strbuf_addstr(out, "# Made by falcotune profile --knock-out: to be read behind the other "
			   "rules files.\n");
	for (size_t i = 0; i < g->n; i++) {
		strbuf_addstr(out, "- rule: ");
		utf8_add_quoted(out, k->in->rules[g->rules[i]].name);
		strbuf_addstr(out, "\n  enabled: false\n  override:\n    enabled: replace\n");
	}
}

/* ---- runs ---- */

static int write_overlay(const struct knockout *k, const struct ko_group *g, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	knockout_overlay(k, g, &text);
	return fs_write_file(g->overlay, text.buf, text.len, 0644, err);
}

static json_t *run_event(const struct knockout *k, size_t round, const struct ko_group *g,
			 const struct profiling_cost *c)
{
	json_t *o = json_pack("{s:s,s:i,s:I,s:f,s:f}", "event", "knock-out-run", "run", k->runs,
			      "round", (json_int_t)round + 1, "cpu_ns", c->cpu_ns, "seconds",
			      c->seconds);

	json_object_set_new(o, "without",
			    g ? json_integer((json_int_t)(g - k->v) + 1) : json_null());
	json_object_set_new(o, "events", isnan(c->events) ? json_null() : json_real(c->events));
	json_object_set_new(o, "dropped", isnan(c->dropped) ? json_null() : json_real(c->dropped));
	return o;
}

/* g: NULL with all rules. 1: there is no time for it. */
static int run_one(struct knockout *k, const struct ko_group *g, size_t round, int64_t began,
		   struct session *s, struct journal *j, struct profiling_cost *out,
		   struct error *err)
{
	int64_t now = clock_mono();

	if (k->max_ns >= 0 && now + k->longest_ns - began > k->max_ns) {
		k->stopped = true;
		return 1;
	}
	k->p.overlay = g ? g->overlay : NULL;
	if (profiling_measure(&k->p, ++k->runs, s, out, err))
		return error_wrap(err, "run %d, %s", k->runs,
				  g ? "without some rules" : "with all rules");
	now = clock_mono() - now;
	if (now > k->longest_ns)
		k->longest_ns = now;
	if (!isnan(out->dropped))
		k->dropped = isnan(k->dropped) ? out->dropped : k->dropped + out->dropped;
	if (isnan(out->events))
		k->by_event = false;
	return journal_add(j, run_event(k, round, g, out), err);
}

static struct ko_pair pair_of(const struct knockout *k, const struct ko_group *g,
			      const struct profiling_cost *with,
			      const struct profiling_cost *without)
{
	struct ko_pair p = {.with_per_s = with->events / with->seconds,
			    .without_per_s = without->events / without->seconds,
			    .with_cpu = with->cpu_ns / 1e9 / with->seconds,
			    .without_cpu = without->cpu_ns / 1e9 / without->seconds};

	if (k->p.events && isnan(with->events + without->events)) {
		p.with_ns = with->cpu_ns;
		p.without_ns = without->cpu_ns;
		return p;
	}
	p.with_ns = with->cpu_ns / with->events;
	/* Fewer kinds of events: by time, and by event of the full set. */
	p.without_ns = g->gone.n && !k->p.events ? p.without_cpu * 1e9 / p.with_per_s
						 : without->cpu_ns / without->events;
	return p;
}

static void add_pair(struct knockout *k, struct ko_group *g, const struct profiling_cost *with,
		     const struct profiling_cost *without)
{
	struct ko_pair p = pair_of(k, g, with, without);

	/* A window without events says nothing. */
	if (isfinite(p.with_ns) && isfinite(p.without_ns))
		g->pairs[g->n_pairs++] = p;
}

/* Slot 0 is the full set. 1: the time is over. */
static int run_round(struct knockout *k, size_t from, size_t to, size_t round, int64_t began,
		     struct rng *rng, struct session *s, struct journal *j, struct error *err)
{
	size_t n = to - from + 1, *order cleanup_free = xcalloc(n, sizeof(*order));
	struct profiling_cost *cost cleanup_free = xcalloc(n, sizeof(*cost));
	bool *have cleanup_free = xcalloc(n, sizeof(*have));
	int rc = 0;

	rng_shuffle(rng, order, n);
	for (size_t i = 0; i < n && !rc; i++) {
		const struct ko_group *g = order[i] ? &k->v[from + order[i] - 1] : NULL;

		rc = run_one(k, g, round, began, s, j, &cost[order[i]], err);
		have[order[i]] = !rc;
	}
	if (rc < 0)
		return -1;
	for (size_t i = 1; i < n; i++)
		if (have[0] && have[i])
			add_pair(k, &k->v[from + i - 1], &cost[0], &cost[i]);
	return rc;
}

static void tell(struct knockout *k, size_t from, size_t to, struct session *s)
{
	size_t seen = 0;

	for (size_t i = from; i < to; i++)
		seen += k->v[i].verdict == KO_SEEN;
	session_tell(s, PROGRESS_NOTE, "level %d: %zu groups, a difference is seen of %zu",
		     k->v[from].level, to - from, seen);
}

static int run_level(struct knockout *k, size_t from, size_t to, int64_t began, struct rng *rng,
		     struct session *s, struct journal *j, struct error *err)
{
	int rc = 0;

	for (size_t i = from; i < to; i++) {
		k->v[i].pairs = xcalloc((size_t)k->rounds, sizeof(*k->v[i].pairs));
		if (write_overlay(k, &k->v[i], err))
			return -1;
	}
	for (int r = 0; r < k->rounds && !rc; r++)
		rc = run_round(k, from, to, (size_t)r, began, rng, s, j, err);
	knockout_judge(k->v, from, to);
	if (rc >= 0)
		tell(k, from, to, s);
	return rc;
}

int knockout_run(struct knockout *k, struct session *s, struct journal *j, struct error *err)
{
	struct rng rng = rng_seed(k->seed);
	int64_t began = clock_mono();
	int rc = 0;

	k->by_event = true;
	k->dropped = (double)NAN;
	knockout_begin(k);
	for (size_t from = 0; from < k->n && !rc;) {
		size_t to = k->n;

		rc = run_level(k, from, to, began, &rng, s, j, err);
		if (!rc)
			knockout_split(k, from, to);
		from = to;
	}
	k->p.overlay = NULL;
	k->seconds = (double)(clock_mono() - began) / 1e9;
	return rc < 0 ? -1 : 0;
}

void knockout_release(struct knockout *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->v[i].rules);
		strvec_release(&k->v[i].gone);
		free(k->v[i].overlay);
		free(k->v[i].pairs);
	}
	free(k->v);
	k->v = NULL;
	k->n = k->alloc = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/capacity.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/chart_tune.h"
#include "report/content.h"
#include "report/emit.h"
#include "report/escape.h"

#include <math.h>
#include <string.h>

/* ---- cells ---- */

/* "48.1k" measured, "~48.3k" interpolated, ">= 1.2M", "< 3.1k". What is derived from a bound
 * (value, printed as text) is a bound of the same kind. */
static void put_marked(struct strvec *row, enum capacity_basis basis, double value,
		       const char *text)
{
	static const char *const marks[] = {"", "~", ">= ", "< ", ""};

	if (basis == CAPACITY_UNKNOWN || isnan(value))
		strvec_push(row, "-");
	else
		strvec_pushf(row, "%s%s", marks[basis], text);
}

static void put_estimate(struct strvec *row, const struct capacity_estimate *e)
{
	put_marked(row, e->basis, e->evts_per_s, UNITS_RATE(e->evts_per_s));
}

static void put_operations(struct strvec *row, const struct capacity_level *l)
{
	put_marked(row, l->at.basis, l->ops_per_s, UNITS_RATE(l->ops_per_s));
}

static void put_headroom(struct strvec *row, const struct capacity_level *l)
{
	char *text cleanup_free = xasprintf("%.2fx", l->headroom);

	put_marked(row, l->at.basis, l->headroom, text);
}

static void put_rate(struct strvec *row, double v)
{
	if (isnan(v))
		strvec_push(row, "-");
	else
		strvec_push(row, UNITS_RATE(v));
}

static void put_bytes(struct strvec *row, int64_t v)
{
	strvec_push(row, v > 0 ? UNITS_BYTES((double)v) : "-");
}

static void put_share(struct strvec *row, double v)
{
	strvec_push(row, isnan(v) ? "-" : UNITS_SHARE(v));
}

static void put_limits(struct strvec *row, const struct cgroup_limits *l)
{
	if (l->cpus > 0)
		strvec_pushf(row, "%g", l->cpus);
	else
		strvec_push(row, "none");
	strvec_push(row, l->memory > 0 ? UNITS_BYTES((double)l->memory) : "none");
}

/* "830 ms/s": time without CPU because of the quota, a second. */
static void put_throttled(struct strvec *row, int64_t ns, double seconds)
{
	if (ns == RES_UNKNOWN || !(seconds > 0))
		strvec_push(row, "-");
	else
		strvec_pushf(row, "%s/s", UNITS_DURATION((double)ns / seconds));
}

static const struct capacity_round *operating(const struct capacity_config *k)
{
	return k->operating < k->n_rounds ? &k->rounds[k->operating] : NULL;
}

static char *drops_text(double level)
{
	return xasprintf("%s drops", UNITS_SHARE(level));
}

/* ---- the table of capacities ---- */

/* Columns beside those of the levels. */
static const char *const after_levels[] = {"CPU", "throttled", "RSS peak", "group peak",
					   "headroom"};

static void capacity_head(const struct capacity *c, struct strvec *t)
{
	char *ops cleanup_free = xasprintf("operations/s at %s",
					   UNITS_SHARE(c->levels[capacity_operating_level(c)]));

	strvec_push(t, "case");
	strvec_push(t, "syscalls");
	strvec_push(t, "CPU limit");
	strvec_push(t, "memory limit");
	for (size_t i = 0; i < c->n_levels; i++)
		strvec_take(t, drops_text(c->levels[i]));
	strvec_push(t, ops);
	for (size_t i = 0; i < ARRAY_SIZE(after_levels); i++)
		strvec_push(t, after_levels[i]);
}

static void capacity_row(const struct capacity *c, const struct capacity_config *k,
			 struct strvec *t)
{
	const struct capacity_round *r = operating(k);
	size_t at = capacity_operating_level(c);

	strvec_push(t, k->case_key);
	strvec_pushf(t, "%zu", k->set.n);
	put_limits(t, &k->limits);
	for (size_t i = 0; i < c->n_levels; i++)
		put_estimate(t, &k->levels[i].at);
	put_operations(t, &k->levels[at]);
	put_share(t, r ? r->cpu_share : (double)NAN);
	put_throttled(t, r ? r->throttled_ns : RES_UNKNOWN, r ? r->seconds : 0);
	put_bytes(t, k->rss_peak);
	put_bytes(t, k->memory_peak);
	put_headroom(t, &k->levels[at]);
}

static void capacity_table(const struct capacity *c, struct doc *d)
{
	size_t n = 5 + c->n_levels + ARRAY_SIZE(after_levels);
	bool *right cleanup_free = xcalloc(n, sizeof(*right));
	struct strvec *t;

	for (size_t i = 1; i < n; i++)
		right[i] = true;
	doc_heading(d, 2, "Capacity, events a second");
	t = doc_table(d, NULL, n, right);
	capacity_head(c, t);
	for (size_t i = 0; i < c->n; i++)
		capacity_row(c, &c->v[i], t);
	doc_para(d,
		 "The rate of events (n_evts) at which that share of them is lost. ~ interpolated "
		 "between two rounds, >= no round lost more, < every round lost more; nothing is "
		 "extrapolated. CPU (share of one core) and throttled (time that the CPU limit "
		 "stopped the engine, a second) are those of the highest rate within %s of drops; "
		 "group peak is all memory of the control group, buffers included.",
		 UNITS_SHARE(CAPACITY_OPERATING));
	if (c->plan->res.engine_embedded)
		doc_para(d, "Measured with the embedded engine: its consumer is faster than "
			    "Falco's, so these rates are its own and not Falco's.");
}

/* ---- what is to be said of single configurations ---- */

static const struct capacity_round *fastest(const struct capacity_config *k)
{
	const struct capacity_round *best = NULL;

	for (size_t i = 0; i < k->n_rounds; i++)
		if (!best || k->rounds[i].evts_per_s > best->evts_per_s)
			best = &k->rounds[i];
	return best;
}

/* The round at the largest scale that the load could not make. */
static const struct capacity_round *stuck_round(const struct capacity_config *k)
{
	const struct capacity_round *best = NULL;

	for (size_t i = 0; i < k->n_rounds; i++)
		if (k->rounds[i].saturated && (!best || k->rounds[i].scale > best->scale))
			best = &k->rounds[i];
	return best;
}

static void say_state(const struct capacity_config *k, struct strvec *list)
{
	const struct capacity_round *top = fastest(k), *stuck = stuck_round(k);
	double bound = k->levels[0].at.evts_per_s;

	if (k->state == CAPACITY_LOAD_SATURATED)
		strvec_pushf(list,
			     "%s: the load saturates first, at %s events/s without drops: this is "
			     "no capacity, only a lower bound (>= %s). Slowest operation: %s. Take "
			     "a load with more threads, or cheaper operations.",
			     k->name, UNITS_RATE(bound), UNITS_RATE(bound),
			     doc_known(stuck->slowest));
	else if (k->state == CAPACITY_UNBOUNDED)
		strvec_pushf(list,
			     "%s: no drops up to %s events/s, where the search ended: a lower "
			     "bound, no capacity.",
			     k->name, UNITS_RATE(bound));
	else if (k->state == CAPACITY_NOT_EXERCISED)
		strvec_pushf(list, "%s: not exercised: the load makes no event of this set.",
			     k->name);
	else if (k->state == CAPACITY_MEASURED && stuck && k->n_rounds)
		strvec_pushf(list,
			     "%s: in the fastest rounds the load could not keep up either; "
			     "slowest operation: %s.",
			     k->name, doc_known(stuck->slowest));
	if (top && k->levels[0].at.basis == CAPACITY_BELOW &&
	    top->background_per_s > top->evts_per_s / 2)
		strvec_pushf(list,
			     "%s: most of the events are not the load's: other processes of the "
			     "host make %s a second of this set, and lose some already.",
			     k->name, UNITS_RATE(top->background_per_s));
	if (k->reason)
		strvec_pushf(list, "%s: %s%s.", k->name,
			     k->n_rounds ? "ended early: " : "no capacity: ", k->reason);
}

/* Drops at a lower rate than one without: the host, or chance. */
static void say_uneven(const struct capacity_config *k, struct strvec *list)
{
	const struct capacity_round *lossy = NULL, *clean = NULL;

	for (size_t i = 0; i < k->n_rounds; i++) {
		const struct capacity_round *r = &k->rounds[i];

		if (r->loss > 0 && (!lossy || r->evts_per_s < lossy->evts_per_s))
			lossy = r;
		if (!(r->loss > 0) && (!clean || r->evts_per_s > clean->evts_per_s))
			clean = r;
	}
	if (lossy && clean && clean->evts_per_s > lossy->evts_per_s * 1.02)
		strvec_pushf(list,
			     "%s: %s was lost at %s events/s, yet nothing at %s: what else the "
			     "host did shows in the rates at small drop rates.",
			     k->name, UNITS_SHARE(lossy->loss), UNITS_RATE(lossy->evts_per_s),
			     UNITS_RATE(clean->evts_per_s));
}

/* Shares of a window above which waiting for a CPU, other than for its quota, is worth a word. */
#define WAITED 0.1

/* Lost while it waited for a CPU: what else runs is part of the number. */
static void say_starved(const struct capacity_config *k, struct strvec *list)
{
	double most = 0;

	for (size_t i = 0; i < k->n_rounds; i++) {
		const struct capacity_round *r = &k->rounds[i];
		double throttled =
			r->throttled_ns > 0 ? (double)r->throttled_ns / 1e9 / r->seconds : 0;

		if (r->loss > 0 && r->wait_share - throttled > most)
			most = r->wait_share - throttled;
	}
	if (most > WAITED)
		strvec_pushf(list,
			     "%s: where events were lost, the engine waited for a CPU up to %s of "
			     "the time: this is the capacity beside what else runs on this host.",
			     k->name, UNITS_SHARE(most));
}

static void notes(const struct capacity *c, struct doc *d)
{
	struct strvec said cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; i < c->n; i++) {
		say_state(&c->v[i], &said);
		say_uneven(&c->v[i], &said);
		say_starved(&c->v[i], &said);
	}
	strvec_copy(&said, &c->warnings);
	if (c->interrupted)
		strvec_push(&said, "Interrupted: what was measured until then.");
	if (said.n)
		strvec_copy(doc_list(d), &said);
}

/* ---- levels and rounds ---- */

static void levels_table(const struct capacity *c, struct doc *d)
{
	static const char *const head[] = {"configuration", "drops", "events/s",     "round below",
					   "round above",   "basis", "operations/s", "host p99"};
	static const bool right[] = {false, true, true, true, true, false, true, true};
	struct strvec *t;

	doc_heading(d, 2, "Levels");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < c->n; i++) {
		for (size_t l = 0; l < c->n_levels; l++) {
			const struct capacity_level *v = &c->v[i].levels[l];

			strvec_push(t, c->v[i].name);
			strvec_push(t, UNITS_SHARE(v->drop_rate));
			put_estimate(t, &v->at);
			put_rate(t, v->at.lo);
			put_rate(t, v->at.hi);
			strvec_push(t, capacity_basis_names[v->at.basis]);
			put_operations(t, v);
			put_rate(t, c->v[i].host_p99);
		}
	}
	doc_para(d, "The true rate lies between the round below and the round above: that is the "
		    "uncertainty of each number.");
}

static void round_row(const struct capacity_config *k, const struct capacity_round *r,
		      struct strvec *t)
{
	strvec_push(t, k->name);
	strvec_pushf(t, "%d", r->index);
	strvec_pushf(t, "%.4g", r->scale);
	put_rate(t, r->requested_per_s);
	put_rate(t, r->achieved_per_s);
	put_rate(t, r->evts_per_s);
	put_share(t, r->drop_rate);
	put_share(t, r->backlog);
	put_share(t, r->cpu_share);
	put_share(t, r->wait_share);
	put_throttled(t, r->throttled_ns, r->seconds);
	strvec_push(t, r->saturated ? "load at its limit" : "");
}

static void rounds_table(const struct capacity *c, struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, true,
				     true,  true, true, true, true, false};
	static const char *const head[] = {
		"configuration", "round",     "scale", "asked ops/s", "achieved ops/s", "events/s",
		"drop rate",	 "behind by", "CPU",   "CPU wait",    "throttled",	"note"};
	struct strvec *t;

	doc_heading(d, 2, "Rounds");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < c->n; i++)
		for (size_t r = 0; r < c->v[i].n_rounds; r++)
			round_row(&c->v[i], &c->v[i].rounds[r], t);
	doc_para(d, "drop rate: dropped / all events of the round's window, from the kernel "
		    "counters. behind by: events that still waited in the buffers at the window's "
		    "end, more than at its begin: with them full, these are lost too, so both "
		    "count for the levels. Rests between rounds are in no window.");
}

/* ---- resources ---- */

/* Limits of that case without a round that could be advised: nothing is known of their capacity. */
static size_t not_compared(const struct capacity *c, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += !strcmp(c->v[i].case_key, key) && !operating(&c->v[i]);
	return n;
}

static void resources(const struct capacity *c, struct doc *d)
{
	bool any = false;

	for (size_t i = 0; i < c->n; i++) {
		const struct capacity_config *k = &c->v[i];
		struct strbuf limits cleanup_strbuf = STRBUF_INIT;
		char *label cleanup_free = NULL;

		if (!k->chosen || !k->resources.there)
			continue;
		if (!any)
			doc_heading(d, 2, "Requests and limits for Kubernetes");
		any = true;
		cgroup_describe(&k->limits, &limits);
		label = xasprintf("container of %s, as measured with %s", k->case_key, limits.buf);
		doc_code(d, label, k->resources.yaml);
		doc_para(d, "%s", k->resources.why);
		if (k->limits.memory > 0)
			doc_para(d,
				 "Verification: measured in this run with just these limits, as "
				 "%s; it is not run again.",
				 k->name);
		else
			doc_para(d,
				 "Verification: measured as %s without a memory limit, so that "
				 "the one above is NOT verified: --memory-limit %lldMi does it.",
				 k->name, (long long)(k->resources.mem_limit >> 20));
		if (not_compared(c, k->case_key))
			doc_para(d,
				 "%zu of the limits tried had no round within 1%% of drops and "
				 "could not be compared.",
				 not_compared(c, k->case_key));
		if (c->n > 1)
			doc_para(d, "Of the limits tried, these are the smallest that hold %s.",
				 isnan(k->host_p99)
					 ? "nine tenths of the highest rate within 1% of drops"
					 : "1.2 times the host's p99 rate within 1% of drops, or "
					   "the best ones where none does");
	}
}

static void facts(const struct capacity *c, struct doc *d)
{
	const struct results *r = &c->plan->res;
	struct strvec *f;

	doc_heading(d, 1, "falcotune: capacity before events are lost");
	f = doc_facts(d);
	content_host(r, f);
	strvec_push(f, "Load");
	strvec_pushf(f, "%s: %s, its rates scaled", doc_known(c->load), doc_known(c->load_title));
	strvec_push(f, "Round");
	strvec_pushf(f, "%s after %s of warm-up, %s of rest; one engine for all rounds",
		     UNITS_DURATION((double)c->duration_ns), UNITS_DURATION((double)c->warmup_ns),
		     UNITS_DURATION((double)c->rest_ns));
	if (c->host_file) {
		strvec_push(f, "Host profile");
		strvec_push(f, c->host_file);
	}
	strvec_push(f, "Started");
	strvec_pushf(f, "%s by falcotune %s", doc_known(r->started),
		     doc_known(r->falcotune_version));
	strvec_push(f, "Command");
	strvec_push(f, doc_known(r->command));
}

/* The answer in one sentence. */
static void lead(const struct capacity *c, struct doc *d)
{
	size_t at = capacity_operating_level(c);
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;
	struct strvec v cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; i < c->n; i++) {
		put_estimate(&v, &c->v[i].levels[at].at);
		strbuf_addf(&sb, "%s%s %s", sb.len ? ", " : "", c->v[i].name, v.v[i]);
	}
	if (c->n)
		doc_leadf(d, "Events a second with %s of drops: %s.", UNITS_SHARE(c->levels[at]),
			  sb.buf);
}

static void build_with(const struct capacity *c, bool figures, struct doc *d)
{
	facts(c, d);
	if (figures)
		lead(c, d);
	capacity_table(c, d);
	if (figures)
		chart_capacity(c, d);
	notes(c, d);
	resources(c, d);
	levels_table(c, d);
	rounds_table(c, d);
}

static void build(const void *it, struct doc *d)
{
	build_with(it, false, d);
}

static char *page(const void *it, struct doc *d)
{
	const struct capacity *c = it;
	const struct results *r = &c->plan->res;

	build_with(c, true, d);
	content_commands(r->command, &c->commands, d);
	return content_title("capacity", r);
}

/* ---- CSV ---- */

static void csv_row(const struct capacity_config *k, const struct capacity_level *l,
		    struct strbuf *out)
{
	const struct capacity_round *r = operating(k);

	escape_csv(out, k->name);
	strbuf_addch(out, ',');
	escape_csv(out, k->case_key);
	emit_csv_number(out, k->limits.cpus > 0 ? k->limits.cpus : (double)NAN);
	emit_csv_number(out, k->limits.memory > 0 ? (double)k->limits.memory : (double)NAN);
	emit_csv_number(out, (double)k->set.n);
	emit_csv_number(out, l->drop_rate);
	emit_csv_number(out, l->at.evts_per_s);
	emit_csv_number(out, l->at.lo);
	emit_csv_number(out, l->at.hi);
	strbuf_addf(out, ",%s", capacity_basis_names[l->at.basis]);
	emit_csv_number(out, l->ops_per_s);
	emit_csv_number(out, l->headroom);
	emit_csv_number(out, r ? r->cpu_share : (double)NAN);
	emit_csv_number(out, r && r->throttled_ns != RES_UNKNOWN && r->seconds > 0
				     ? (double)r->throttled_ns / r->seconds
				     : (double)NAN);
	emit_csv_number(out, k->rss_peak > 0 ? (double)k->rss_peak : (double)NAN);
	emit_csv_number(out, k->memory_peak > 0 ? (double)k->memory_peak : (double)NAN);
	strbuf_addf(out, ",%s,", capacity_state_names[k->state]);
	escape_csv(out, k->reason ? k->reason : "");
	strbuf_addstr(out, "\r\n");
}

static void csv(const void *it, struct strbuf *out)
{
	const struct capacity *c = it;

	strbuf_addstr(out,
		      "configuration,case,cpu_limit,memory_limit,syscalls,drop_rate,events_per_s,"
		      "round_below,round_above,basis,operations_per_s,headroom,cpu_share,"
		      "throttled_ns_per_s,rss_peak,memory_peak,state,reason\r\n");
	for (size_t i = 0; i < c->n; i++)
		for (size_t l = 0; l < c->n_levels; l++)
			csv_row(&c->v[i], &c->v[i].levels[l], out);
}

static json_t *to_json(const void *it)
{
	return capacity_to_json(it);
}

const struct emit_kind capacity_kind = {
	.name = "a capacity", .json = to_json, .csv = csv, .doc = build, .page = page};

int capacity_report(const struct capacity *c, enum out_format f, struct strbuf *out,
		    struct error *err)
{
	return emit_report(&capacity_kind, c, f, out, err);
}

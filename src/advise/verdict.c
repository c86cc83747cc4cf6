/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/verdict_private.h"

#include "base/mem.h"

#include <math.h>

/* ---- rows ---- */

/* What the verdict concerns, as a share of the events or alerts; the larger comes first, and the
 * order of the rows decides between equals. */
static double weight_top(const struct verdict_facts *f)
{
	(void)f;
	return 2;
}

static double weight_last(const struct verdict_facts *f)
{
	(void)f;
	return 0;
}

/* A limit that stops it for less time than it waits for others comes second. */
static double weight_throttled(const struct verdict_facts *f)
{
	bool second = holds_starved(f) && verdict_share(&f->part[PART_DROPS].throttled) <
						  facts_wait_share(f, PART_DROPS);

	return second ? facts_drop_rate(f) / 2 : facts_drop_rate(f);
}

/* A burst of events explains the drops better than waits that come with it, and so does more work
 * than a whole CPU can do, or a limit that stops it for longer than it waits. */
static double weight_starved(const struct verdict_facts *f)
{
	bool second =
		facts_overloaded(f) || (holds_burst(f) && facts_burst_of_events(f)) ||
		verdict_share(&f->part[PART_DROPS].throttled) > facts_wait_share(f, PART_DROPS);

	return second ? facts_drop_rate(f) / 2 : facts_drop_rate(f);
}

static double weight_output(const struct verdict_facts *f)
{
	if (f->queue_drops <= 0)
		return 0;
	return f->alerts > f->queue_drops ? (double)f->queue_drops / (double)f->alerts : 1;
}

static double weight_state(const struct verdict_facts *f)
{
	return fmax(facts_an_event(f, f->failed_threads), facts_an_event(f, f->threadtable_full));
}

static double weight_plugin(const struct verdict_facts *f)
{
	return fmax(facts_an_event(f, f->plugin_losses),
		    f->surplus > 0 ? facts_an_event(f, f->surplus) : 0);
}

typedef void (*say_fn)(const struct verdict_facts *f, struct strvec *e);

static const struct row {
	const char *name;
	bool (*holds)(const struct verdict_facts *f);
	double (*weight)(const struct verdict_facts *f);
	say_fn evidence[4];
	char *(*step)(const struct verdict_facts *f);
	void (*change)(const struct verdict_facts *f, struct strvec *out);
} rows[VERDICT_NONE] = {
	[VERDICT_UNFIXABLE] =
		{"UNFIXABLE", holds_unfixable, weight_top, {say_unfixable}, step_unfixable, NULL},
	[VERDICT_THROTTLED] = {"THROTTLED",
			       holds_throttled,
			       weight_throttled,
			       {say_drops, say_throttled, say_consumer},
			       step_throttled,
			       NULL},
	[VERDICT_STARVED] = {"STARVED",
			     holds_starved,
			     weight_starved,
			     {say_drops, say_consumer, say_starved},
			     step_starved,
			     change_starved},
	[VERDICT_SUSTAINED] = {"SUSTAINED",
			       holds_sustained,
			       facts_drop_rate,
			       {say_drops, say_consumer, say_demand},
			       step_sustained,
			       NULL},
	[VERDICT_BURST] = {"BURST",
			   holds_burst,
			   facts_drop_rate,
			   {say_drops, say_consumer, say_demand, say_burst},
			   step_burst,
			   change_burst},
	[VERDICT_PLUGIN] = {"PLUGIN", holds_plugin, weight_plugin, {say_plugin}, step_plugin, NULL},
	[VERDICT_OUTPUT] =
		{"OUTPUT", holds_output, weight_output, {say_output}, step_output, change_output},
	[VERDICT_STATE] =
		{"STATE", holds_state, weight_state, {say_state}, step_state, change_state},
	[VERDICT_STARTUP] =
		{"START-UP", holds_startup, weight_last, {say_startup}, step_startup, NULL},
	[VERDICT_HEALTHY] =
		{"HEALTHY", holds_healthy, weight_last, {say_healthy}, step_healthy, NULL},
};

const char *const verdict_names[VERDICT_N] = {
	"UNFIXABLE", "THROTTLED", "STARVED",  "SUSTAINED", "BURST",	"PLUGIN",
	"OUTPUT",    "STATE",	  "START-UP", "HEALTHY",   "UNDECIDED",
};

/* ---- judging ---- */

static void add(struct verdict_list *l, const struct verdict_facts *f, const struct row *row)
{
	struct res_verdict *v = &l->v[l->n++];

	*v = (struct res_verdict){.name = xstrdup(row->name), .weight = row->weight(f)};
	for (size_t i = 0; i < ARRAY_SIZE(row->evidence) && row->evidence[i]; i++)
		row->evidence[i](f, &v->evidence);
	v->next_step = row->step(f);
	if (row->change)
		row->change(f, &v->change);
}

/* Insertion keeps the order of the rows between equals. */
static void sort(struct verdict_list *l)
{
	for (size_t i = 1; i < l->n; i++)
		for (size_t k = i; k && l->v[k - 1].weight < l->v[k].weight; k--) {
			struct res_verdict v = l->v[k];

			l->v[k] = l->v[k - 1];
			l->v[k - 1] = v;
		}
}

void verdict_judge(const struct verdict_input *in, struct verdict_list *out)
{
	static const struct row none = {.name = "UNDECIDED",
					.weight = weight_last,
					.evidence = {say_none},
					.step = step_none};
	struct verdict_facts f;

	verdict_facts_fill(&f, in);
	*out = (struct verdict_list){.v = xcalloc(VERDICT_N, sizeof(*out->v))};
	for (size_t i = 0; i < VERDICT_HEALTHY; i++)
		if (rows[i].holds(&f))
			add(out, &f, &rows[i]);
	if (!out->n && holds_healthy(&f))
		add(out, &f, &rows[VERDICT_HEALTHY]);
	/* A side finding must not hide that the cause of drops is not known. */
	if (!out->n ||
	    (facts_drops(&f) && !(holds_unfixable(&f) || holds_throttled(&f) || holds_starved(&f) ||
				  holds_sustained(&f) || holds_burst(&f))))
		add(out, &f, &none);
	sort(out);
}

void verdict_list_release(struct verdict_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		res_verdict_release(&l->v[i]);
	free(l->v);
	*l = (struct verdict_list){0};
}

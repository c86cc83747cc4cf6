/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/verdict_private.h"

#include <math.h>

const double verdict_limits[T_N] = {
	/* Of a core, in the seconds that drop. Falco 0.44.1 still held its highest rate at 95 % of
	 * a core; the rest is left to steal and to what a sample a second blurs. */
	[T_SATURATED] = 0.85,
	/* CPU for every event, dropped ones too. From 1 on the queue grows without end, whatever
	 * its length; just below 1 it needs more room than there is. */
	[T_DEMAND] = 0.95,
	/* Share of seconds that drop: "most". */
	[T_MOST] = 0.5,
	/* Waiting for a CPU in seconds that drop. 8 MiB hold about 80,000 events: at 1 M events/s
	 * they are full after 80 ms, a tenth of a second. */
	[T_WAIT] = 0.1,
	/* Taken by the hypervisor from the host's CPUs. Half of the above: steal hits the consumer
	 * and the ones that it waits for. */
	[T_STEAL] = 0.05,
	/* Share of all drops in one of several buffers. */
	[T_SKEW] = 0.8,
	/* Times the usual event rate: a burst of events, rather than a consumer that paused. */
	[T_EXCESS] = 2,
	/* Stopped by the CPU limit. A period is 100 ms (the kernel's default): one stop of 10 ms a
	 * second is enough to overflow a small buffer. */
	[T_THROTTLED] = 0.01,
	/* CPU outside the consumer's thread, of a core. Falco's other threads (outputs, web server)
	 * are idle in comparison: 0 to 3 % in the recorded runs. */
	[T_OUTSIDE] = 0.25,
	/* Events in user space that no kernel counter knows, of all. */
	[T_SURPLUS] = 0.05,
	/* Failed look-ups an event. A healthy Falco's counter stands still after the start
	 * (recorded under 1.5 M events/s: 5 in all); where processes start unseen it grows with
	 * them (recorded: 800 a second of 7,000 events). */
	[T_LOST_THREADS] = 0.01,
	/* The same for descriptors, where the set has the calls that make them. A set with close
	 * but without open fails for every close of a file, which harms nobody; where the set is
	 * not known, only more failures than any such set makes count. */
	[T_LOST_FDS] = 0.1,
	[T_LOST_FDS_UNKNOWN] = 0.9,
};

/* ---- questions to the facts; unknown is no ---- */

bool facts_drops(const struct verdict_facts *f)
{
	return f->part[PART_ALL].drops > 0;
}

double facts_drop_rate(const struct verdict_facts *f)
{
	const struct verdict_sums *s = &f->part[PART_ALL];

	return s->evts > 0 ? (double)s->drops / (double)s->evts : 0;
}

bool facts_most_seconds(const struct verdict_facts *f)
{
	return (double)f->part[PART_DROPS].n >=
	       verdict_limits[T_MOST] * (double)f->part[PART_ALL].n;
}

double facts_wait_share(const struct verdict_facts *f, enum verdict_part part)
{
	double wait = verdict_share(&f->part[part].wait);
	double throttled = verdict_share(&f->part[part].throttled);

	/* A thread that its CPU limit stops counts as waiting. */
	return throttled > 0 ? fmax(wait - throttled, 0) : wait;
}

bool facts_saturated(const struct verdict_facts *f)
{
	return verdict_consumer(f, PART_DROPS) >= verdict_limits[T_SATURATED];
}

bool facts_not_saturated(const struct verdict_facts *f)
{
	return verdict_consumer(f, PART_DROPS) < verdict_limits[T_SATURATED];
}

bool facts_overloaded(const struct verdict_facts *f)
{
	return verdict_demand(f) >= verdict_limits[T_DEMAND];
}

bool facts_burst_of_events(const struct verdict_facts *f)
{
	return f->worst.rate >= verdict_limits[T_EXCESS] * f->worst.usual_rate;
}

bool facts_skewed(const struct verdict_facts *f)
{
	const struct verdict_sums *s = &f->part[PART_ALL];
	int64_t buffers = f->in->n_buffers;

	/* Most drops, and clearly more than an even share of the events. */
	return buffers > 1 && f->top_drops > 0 && s->drops > 0 && s->evts > 0 &&
	       (double)f->top_drops >= verdict_limits[T_SKEW] * (double)s->drops &&
	       (double)f->top_evts >= 1.5 * (double)s->evts / (double)buffers;
}

bool facts_waits(const struct verdict_facts *f)
{
	return facts_wait_share(f, PART_DROPS) >= verdict_limits[T_WAIT];
}

bool facts_stolen(const struct verdict_facts *f)
{
	return verdict_share(&f->part[PART_DROPS].steal) >= verdict_limits[T_STEAL];
}

/* More threads that want a CPU than there are; where the wait itself is known, that decides. */
bool facts_crowded(const struct verdict_facts *f)
{
	return isnan(facts_wait_share(f, PART_DROPS)) && f->in->n_cpus > 0 &&
	       verdict_share(&f->part[PART_DROPS].running) > (double)f->in->n_cpus;
}

bool facts_nice_and_unknown_wait(const struct verdict_facts *f)
{
	return f->nice > 0 && isnan(facts_wait_share(f, PART_DROPS));
}

double facts_an_event(const struct verdict_facts *f, int64_t n)
{
	int64_t evts = f->part[PART_ALL].evts;

	return n > 0 && evts > 0 ? (double)n / (double)evts : 0;
}

/* ---- what holds ---- */

bool holds_unfixable(const struct verdict_facts *f)
{
	const struct verdict_input *in = f->in;

	return in->smallest_set && facts_drop_rate(f) > in->limit && in->buffer_bytes > 0 &&
	       in->buffer_bytes >= INT64_C(1) << (19 + in->max_preset);
}

bool holds_throttled(const struct verdict_facts *f)
{
	return verdict_share(&f->part[PART_ALL].throttled) >= verdict_limits[T_THROTTLED];
}

bool holds_starved(const struct verdict_facts *f)
{
	return facts_drops(f) && facts_not_saturated(f) &&
	       (facts_waits(f) || facts_stolen(f) || facts_crowded(f) ||
		facts_nice_and_unknown_wait(f) || facts_skewed(f));
}

/* A CPU of its own would not do. It wants one all the time while it drops, and gets it or waits for
 * it. */
bool holds_sustained(const struct verdict_facts *f)
{
	double wants = verdict_consumer(f, PART_DROPS);

	if (!isnan(facts_wait_share(f, PART_DROPS)))
		wants += facts_wait_share(f, PART_DROPS);
	return facts_drops(f) && wants >= verdict_limits[T_SATURATED] &&
	       (facts_overloaded(f) ||
		(facts_saturated(f) && facts_most_seconds(f) && wants >= verdict_limits[T_DEMAND]));
}

/* The consumer has time on the whole: either few seconds drop, or bursts are shorter than an
 * interval, and nothing else keeps the consumer from its work. */
bool holds_burst(const struct verdict_facts *f)
{
	if (!facts_drops(f) || holds_sustained(f) || holds_throttled(f))
		return false;
	if (facts_most_seconds(f))
		return verdict_demand(f) < verdict_limits[T_DEMAND] && !holds_starved(f);
	return !facts_overloaded(f);
}

bool holds_output(const struct verdict_facts *f)
{
	return f->queue_drops > 0 || f->output_timeouts > 0;
}

static bool lost_fds(const struct verdict_facts *f)
{
	double share = facts_an_event(f, f->failed_fds);

	return f->in->fds == VERDICT_FDS_TRACED	   ? share >= verdict_limits[T_LOST_FDS]
	       : f->in->fds == VERDICT_FDS_UNKNOWN ? share >= verdict_limits[T_LOST_FDS_UNKNOWN]
						   : false;
}

bool holds_state(const struct verdict_facts *f)
{
	return f->threadtable_full > 0 || f->store_drops > 0 ||
	       facts_an_event(f, f->failed_threads) >= verdict_limits[T_LOST_THREADS] ||
	       lost_fds(f);
}

bool holds_startup(const struct verdict_facts *f)
{
	return f->startup_drops > 0 && !facts_drops(f) && f->part[PART_ALL].evts > 0;
}

bool holds_plugin(const struct verdict_facts *f)
{
	const struct verdict_sums *s = &f->part[PART_ALL];
	double outside = verdict_share(&s->outside), main = verdict_share(&s->main);

	/* A plugin's own event source is nothing to mend unless events are lost beside it; and a
	 * busy output thread is no plugin: its queue tells. */
	return f->plugin_losses > 0 || (f->in->other_source_evts > 0 && facts_drops(f)) ||
	       (f->surplus > 0 &&
		(double)f->surplus >= verdict_limits[T_SURPLUS] * (double)s->seen) ||
	       (outside >= verdict_limits[T_OUTSIDE] && outside > main && !holds_output(f));
}

bool holds_healthy(const struct verdict_facts *f)
{
	return f->part[PART_ALL].evts > 0 && !facts_drops(f);
}

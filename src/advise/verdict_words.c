/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/verdict_private.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>

/* ---- evidence ---- */

#define say strvec_pushf

void say_drops(const struct verdict_facts *f, struct strvec *e)
{
	const struct verdict_sums *all = &f->part[PART_ALL], *d = &f->part[PART_DROPS];

	if (!facts_drops(f))
		return;
	say(e,
	    "dropped %lld of %lld events (%s) in %s of windows: %zu of %zu intervals dropped, the "
	    "worst %s",
	    (long long)all->drops, (long long)all->evts, UNITS_SHARE(facts_drop_rate(f)),
	    UNITS_DURATION(all->seconds * 1e9), d->n, all->n, UNITS_SHARE(f->worst_share));
}

static const char *consumer_name(const struct verdict_facts *f)
{
	return f->by_main ? "the consumer's thread" : "the engine";
}

void say_consumer(const struct verdict_facts *f, struct strvec *e)
{
	double cpu = verdict_consumer(f, PART_DROPS), wait = facts_wait_share(f, PART_DROPS);
	double quiet = verdict_consumer(f, PART_QUIET);
	struct strbuf sb = STRBUF_INIT;

	if (isnan(cpu))
		return;
	strbuf_addf(&sb, "%s used %s of a CPU in the intervals that dropped", consumer_name(f),
		    UNITS_SHARE(cpu));
	if (!isnan(quiet))
		strbuf_addf(&sb, ", %s in the others", UNITS_SHARE(quiet));
	if (!isnan(wait))
		strbuf_addf(&sb, "; it waited for a CPU for %s of the time while it dropped",
			    UNITS_SHARE(wait));
	strvec_take(e, strbuf_detach(&sb));
}

void say_demand(const struct verdict_facts *f, struct strvec *e)
{
	double d = verdict_demand(f);

	if (!isnan(d))
		say(e,
		    "all events, dropped ones too, would take %.2f CPUs at its pace (it used "
		    "%s over the windows; x events / events taken where it dropped)",
		    d, UNITS_SHARE(verdict_consumer(f, PART_ALL)));
}

void say_throttled(const struct verdict_facts *f, struct strvec *e)
{
	double all = verdict_share(&f->part[PART_ALL].throttled);

	if (!(all > 0))
		return;
	say(e, "the CPU limit of its control group stopped it for %s of the window (%s in all%s%s)",
	    UNITS_SHARE(all), UNITS_DURATION(f->part[PART_ALL].throttled.sum * 1e9),
	    f->nr_throttled > 0 ? ", periods: " : "",
	    f->nr_throttled > 0 ? UNITS_RATE((double)f->nr_throttled) : "");
}

void say_starved(const struct verdict_facts *f, struct strvec *e)
{
	const struct verdict_sums *d = &f->part[PART_DROPS];
	double steal = verdict_share(&d->steal), running = verdict_share(&d->running);

	if (steal >= verdict_limits[T_STEAL])
		say(e, "the hypervisor kept %s of the host's CPU time to itself (steal)",
		    UNITS_SHARE(steal));
	if (f->in->n_cpus > 0 && running > (double)f->in->n_cpus)
		say(e, "%.1f threads wanted one of %lld CPUs", running, (long long)f->in->n_cpus);
	if (f->nice > 0)
		say(e, "the engine runs with niceness %.0f: others go first", f->nice);
	if (facts_skewed(f))
		say(e, "%s of the drops and %s of the events came from one of %lld buffers",
		    UNITS_SHARE((double)f->top_drops / (double)f->part[PART_ALL].drops),
		    UNITS_SHARE((double)f->top_evts / (double)f->part[PART_ALL].evts),
		    (long long)f->in->n_buffers);
}

void say_burst(const struct verdict_facts *f, struct strvec *e)
{
	const struct verdict_burst *b = &f->worst;
	const char *how;
	double bytes = verdict_event_bytes(f, &how), need;

	say(e, "the worst burst lost %lld of %lld events in %s (%s/s%s%s)", (long long)b->drops,
	    (long long)b->evts, UNITS_DURATION(b->seconds * 1e9), UNITS_RATE(b->rate),
	    isnan(b->usual_rate) ? "" : ", otherwise ",
	    isnan(b->usual_rate) ? "" : UNITS_RATE(b->usual_rate));
	verdict_cover(f, &need);
	if (!isnan(need))
		say(e,
		    "a buffer of %s would have held it: the present %s and a quarter more than "
		    "%lld events x %.0f bytes (%s)",
		    UNITS_BYTES(need), UNITS_BYTES((double)f->in->buffer_bytes),
		    (long long)b->drops, bytes, how);
}

void say_output(const struct verdict_facts *f, struct strvec *e)
{
	if (f->queue_drops > 0)
		say(e, "%lld alerts were lost because the queue to the outputs was full%s%s",
		    (long long)f->queue_drops, f->alerts > 0 ? "; rule matches: " : "",
		    f->alerts > 0 ? UNITS_RATE((double)f->alerts) : "");
	if (f->output_timeouts > 0)
		say(e, "the engine's log says %lld times that an output blocks the others",
		    (long long)f->output_timeouts);
}

void say_state(const struct verdict_facts *f, struct strvec *e)
{
	if (f->threadtable_full > 0)
		say(e, "%lld threads found no room in the thread table",
		    (long long)f->threadtable_full);
	if (f->failed_threads > 0)
		say(e, "%lld look-ups of threads failed (%s of the events)",
		    (long long)f->failed_threads,
		    UNITS_SHARE(facts_an_event(f, f->failed_threads)));
	if (f->failed_fds > 0)
		say(e, "%lld look-ups of descriptors failed (%s of the events)",
		    (long long)f->failed_fds, UNITS_SHARE(facts_an_event(f, f->failed_fds)));
	if (f->store_drops > 0)
		say(e, "%lld enter events could not be kept", (long long)f->store_drops);
}

void say_startup(const struct verdict_facts *f, struct strvec *e)
{
	say(e, "%lld events were dropped before the window, none of %lld in it",
	    (long long)f->startup_drops, (long long)f->part[PART_ALL].evts);
}

void say_plugin(const struct verdict_facts *f, struct strvec *e)
{
	double outside = verdict_share(&f->part[PART_ALL].outside);

	if (f->plugin_losses > 0)
		say(e, "the plugins' own counters of losses grew by %lld",
		    (long long)f->plugin_losses);
	if (f->in->other_source_evts > 0)
		say(e, "%lld events came from event sources of plugins",
		    (long long)f->in->other_source_evts);
	if (f->surplus > 0)
		say(e, "%lld events in user space came from no kernel counter (plugins, async)",
		    (long long)f->surplus);
	if (outside >= verdict_limits[T_OUTSIDE])
		say(e, "threads beside the consumer used %s of a CPU, the consumer %s",
		    UNITS_SHARE(outside), UNITS_SHARE(verdict_consumer(f, PART_ALL)));
}

void say_healthy(const struct verdict_facts *f, struct strvec *e)
{
	const struct verdict_sums *s = &f->part[PART_ALL];
	double cpu = verdict_consumer(f, PART_ALL);

	say(e, "no drop in %lld events and %s of windows (%s events/s)", (long long)s->evts,
	    UNITS_DURATION(s->seconds * 1e9), UNITS_RATE((double)s->evts / s->seconds));
	if (!isnan(cpu))
		say(e, "%s used %s of a CPU", consumer_name(f), UNITS_SHARE(cpu));
}

void say_unfixable(const struct verdict_facts *f, struct strvec *e)
{
	say_drops(f, e);
	say(e,
	    "this is the smallest useful set (Test 1), at the largest buffer allowed: %s each, "
	    "%lld in all; acceptable is %s",
	    UNITS_BYTES((double)f->in->buffer_bytes), (long long)f->in->n_buffers,
	    UNITS_SHARE(f->in->limit));
	say_consumer(f, e);
	say_demand(f, e);
}

void say_none(const struct verdict_facts *f, struct strvec *e)
{
	const struct verdict_sums *s = &f->part[PART_ALL];

	if (!s->n)
		say(e, "fewer than two samples with scap.n_evts and scap.n_drops");
	else if (!s->evts)
		say(e, "no event in %s of windows: the set was not exercised",
		    UNITS_DURATION(s->seconds * 1e9));
	say_drops(f, e);
	if (s->drops && isnan(verdict_consumer(f, PART_DROPS)))
		say(e, "the engine's CPU while it dropped is not known");
	say_consumer(f, e);
}

/* ---- next steps as settings ---- */

static const char *kind(const struct verdict_facts *f)
{
	return f->in->engine_kind ? f->in->engine_kind : "modern_ebpf";
}

void change_burst(const struct verdict_facts *f, struct strvec *out)
{
	double need;
	int p = verdict_cover(f, &need);

	if (p || !isnan(need))
		say(out, "engine.%s.buf_size_preset=%d", kind(f), p ? p : f->in->max_preset);
}

void change_starved(const struct verdict_facts *f, struct strvec *out)
{
	if (facts_skewed(f) && !facts_waits(f) && !facts_stolen(f) && !facts_crowded(f))
		say(out, "engine.%s.cpus_for_each_buffer=0", kind(f));
	else
		change_burst(f, out);
}

void change_output(const struct verdict_facts *f, struct strvec *out)
{
	(void)f;
	strvec_push(out, "buffered_outputs=true");
}

/* 262144 is Falco's default (falco_libs.thread_table_size). */
void change_state(const struct verdict_facts *f, struct strvec *out)
{
	int64_t size = f->in->thread_table_size > 0 ? f->in->thread_table_size : 262144;

	if (f->threadtable_full > 0)
		say(out, "falco_libs.thread_table_size=%lld", (long long)size * 2);
	else
		strvec_push(out, "base_syscalls.repair=true");
}

/* ---- next steps ---- */

char *step_unfixable(const struct verdict_facts *f)
{
	(void)f;
	return xstrdup(
		"no setting of Falco mends it: give it more CPU (priority, a CPU of its own), "
		"fewer process starts a second, or spread the work over more hosts");
}

#define QUOTA "(cpu.max, on v1 cpu.cfs_quota_us; resources.limits.cpu in Kubernetes)"

char *step_throttled(const struct verdict_facts *f)
{
	double need = verdict_demand(f);

	if (isnan(need))
		return xstrdup("raise the CPU limit " QUOTA);
	if (facts_overloaded(f))
		return xstrdup("raise the CPU limit to 1 CPU or more " QUOTA ", and trace fewer "
			       "syscalls: one consumer thread cannot do all of it");
	/* A quarter more than the mean. */
	return xasprintf("raise the CPU limit to at least %.1f CPUs " QUOTA ", or trace fewer "
			 "syscalls",
			 fmax(ceil(need * 1.25 * 10) / 10, 0.1));
}

char *step_starved(const struct verdict_facts *f)
{
	double need;
	int p;

	if (facts_skewed(f) && !facts_waits(f) && !facts_stolen(f) && !facts_crowded(f))
		return xasprintf("let all CPUs share one buffer: "
				 "engine.modern_ebpf.cpus_for_each_buffer=0 (now %lld), with a "
				 "preset that keeps the memory",
				 (long long)f->in->cpus_per_buffer);
	p = verdict_cover(f, &need);
	return xasprintf("give the engine a CPU in time: %s%sless load beside it, or a CPU of its "
			 "own%s%s",
			 f->nice > 0 ? "niceness 0 or below, "
				     : "a higher priority (nice, CPU "
				       "shares), ",
			 facts_stolen(f) ? "a host that is not overcommitted, " : "",
			 p ? "; to bridge its waits, buf_size_preset=" : "",
			 p ? UNITS_RATE((double)p) : "");
}

char *step_sustained(const struct verdict_facts *f)
{
	(void)f;
	return xstrdup("fewer events: a smaller base_syscalls.custom_set (with repair), or cheaper "
		       "rules; a larger buffer only fills later");
}

char *step_burst(const struct verdict_facts *f)
{
	double need;
	int p = verdict_cover(f, &need);

	if (p)
		return xasprintf("engine.modern_ebpf.buf_size_preset=%d (%s a buffer)", p,
				 UNITS_BYTES((double)(INT64_C(1) << (19 + p))));
	if (isnan(need))
		return xstrdup("a larger engine.modern_ebpf.buf_size_preset");
	return xasprintf("engine.modern_ebpf.buf_size_preset=%d, the largest allowed, holds %s of "
			 "what the worst burst needs; the rest needs fewer events or more CPU",
			 f->in->max_preset,
			 UNITS_SHARE((double)(INT64_C(1) << (19 + f->in->max_preset)) / need));
}

char *step_output(const struct verdict_facts *f)
{
	(void)f;
	return xstrdup("fewer alerts (tune the rules that match most), a faster output (a file, "
		       "buffered_outputs: true), or a larger outputs_queue.capacity");
}

char *step_state(const struct verdict_facts *f)
{
	if (f->threadtable_full > 0)
		return xstrdup("a larger falco_libs.thread_table_size");
	return xstrdup("base_syscalls.repair: true, which keeps the calls that the state needs "
		       "(clone, execve, open and close of what rules look at)");
}

char *step_startup(const struct verdict_facts *f)
{
	(void)f;
	return xstrdup("nothing for steady running; start Falco before the load where the first "
		       "seconds matter");
}

char *step_plugin(const struct verdict_facts *f)
{
	(void)f;
	return xstrdup(
		"look at the plugin's own settings, or measure without it (load_plugins: [])");
}

char *step_healthy(const struct verdict_facts *f)
{
	(void)f;
	return xstrdup("nothing to do");
}

char *step_none(const struct verdict_facts *f)
{
	if (!f->part[PART_ALL].n)
		return xstrdup("turn metrics.kernel_event_counters_enabled on and measure two "
			       "intervals or more");
	if (!f->part[PART_ALL].evts)
		return xstrdup("a load that makes events of this set");
	return xstrdup("measure again with metrics.resource_utilization_enabled, or with "
		       "falcotune run, which samples the engine's CPU");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/results.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

const char *const drop_category_names[DROP_N] = {
	"clone_fork_exit", "execve_exit",	  "connect_exit", "open_exit",
	"dir_file_exit",   "other_interest_exit", "close_exit",	  "proc_exit",
	"scratch_map",	   "page_faults",	  "bug",
};

const char *const res_status_names[] = {"pending", "ok", "failed", "skipped", NULL};

void res_sample_release(struct res_sample *s)
{
	free(s->cpu_evts);
	free(s->cpu_drops);
}

static void worker_release(struct res_worker *w)
{
	free(w->name);
	free(w->operation);
	free(w->arrival);
	free(w->unit);
}

void res_repeat_release(struct res_repeat *r)
{
	free(r->reason);
	free(r->dir);
	free(r->not_steady);
	strvec_release(&r->log_tail);
	strvec_release(&r->rules_matched);
	for (size_t i = 0; i < r->n_samples; i++)
		res_sample_release(&r->samples[i]);
	for (size_t i = 0; i < r->n_workers; i++)
		worker_release(&r->workers[i]);
	free(r->samples);
	free(r->workers);
	*r = (struct res_repeat){0};
}

void res_verdict_release(struct res_verdict *v)
{
	free(v->name);
	free(v->next_step);
	strvec_release(&v->evidence);
	strvec_release(&v->change);
	*v = (struct res_verdict){0};
}

void res_rung_release(struct res_rung *r)
{
	char *strings[] = {r->name, r->kind, r->load, r->case_key};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(strings[i]);
	strvec_release(&r->set);
	strvec_release(&r->uses);
	for (size_t i = 0; i < r->n_repeats; i++)
		res_repeat_release(&r->repeats[i]);
	free(r->repeats);
	*r = (struct res_rung){0};
}

void res_case_clear_slowdown(struct res_case *c)
{
	for (size_t i = 0; i < c->n_slowdown; i++) {
		free(c->slowdown[i].worker);
		free(c->slowdown[i].operation);
		free(c->slowdown[i].measure);
	}
	free(c->slowdown);
	c->slowdown = NULL;
	c->n_slowdown = 0;
}

void res_case_release(struct res_case *c)
{
	char *strings[] = {c->key,	     c->id,	     c->variant,     c->title,
			   c->load,	     c->rules_label, c->engine_kind, c->dry_reason,
			   c->expect_failed, c->canary_off};
	struct strvec *lists[] = {&c->custom_set, &c->predicted,    &c->reasons,
				  &c->dry_final,  &c->dry_log_tail, &c->missing,
				  &c->extra,	  &c->rules_lost,   &c->repair_set,
				  &c->overlay_flags};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(strings[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strvec_release(lists[i]);
	for (size_t i = 0; i < c->n_repeats; i++)
		res_repeat_release(&c->repeats[i]);
	for (size_t i = 0; i < c->n_verdicts; i++)
		res_verdict_release(&c->verdicts[i]);
	free(c->verdicts);
	res_case_clear_slowdown(c);
	free(c->repeats);
	*c = (struct res_case){0};
}

void res_comparison_release(struct res_comparison *c)
{
	free(c->a);
	free(c->b);
	free(c->method);
	free(c->text);
	*c = (struct res_comparison){0};
}

void res_verification_init(struct res_verification *v)
{
	*v = (struct res_verification){.dry = RES_SKIPPED,
				       .live = RES_SKIPPED,
				       .syscalls = RES_UNKNOWN,
				       .seconds = (double)NAN,
				       .evts_per_s = (double)NAN,
				       .drop_rate = (double)NAN,
				       .limit = (double)NAN};
}

void res_verification_release(struct res_verification *v)
{
	free(v->state);
	free(v->text);
	free(v->engine);
	free(v->load);
	free(v->as_case);
	strvec_release(&v->settings);
	*v = (struct res_verification){0};
}

bool res_verification_failed(const struct res_verification *v)
{
	return v->state && !strcmp(v->state, VERIFIED_FAILED);
}

void results_clear_comparisons(struct results *r)
{
	for (size_t i = 0; i < r->n_comparisons; i++)
		res_comparison_release(&r->comparisons[i]);
	free(r->comparisons);
	r->comparisons = NULL;
	r->n_comparisons = 0;
}

void results_release(struct results *r)
{
	char *strings[] = {r->hostname,		 r->kernel,	  r->arch,
			   r->cpu_model,	 r->engine_path,  r->engine_version,
			   r->falcotune_version, r->started,	  r->command,
			   r->falco_release,	 r->host_profile, r->rec.kind,
			   r->rec.case_key,	 r->rec.reason,	  r->rec.yaml,
			   r->rec.flags,	 r->rec.helm,	  r->canary};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(strings[i]);
	for (size_t i = 0; i < r->n_cases; i++)
		res_case_release(&r->cases[i]);
	free(r->cases);
	for (size_t i = 0; i < r->n_rungs; i++)
		res_rung_release(&r->rungs[i]);
	free(r->rungs);
	free(r->order);
	results_clear_comparisons(r);
	strvec_release(&r->other_falcos);
	strvec_release(&r->commands);
	strvec_release(&r->rec.warnings);
	res_verification_release(&r->verification);
	strvec_release(&r->warnings);
	*r = (struct results)RESULTS_INIT;
}

void res_sample_init(struct res_sample *s)
{
	*s = (struct res_sample){
		.t_ns = RES_UNKNOWN,
		.n_evts = RES_UNKNOWN,
		.n_drops = RES_UNKNOWN,
		.num_evts = RES_UNKNOWN,
		.queue_drops = RES_UNKNOWN,
		.n_threads = RES_UNKNOWN,
		.n_fds = RES_UNKNOWN,
		.failed_thread_lookups = RES_UNKNOWN,
		.threadtable_full = RES_UNKNOWN,
		.cpu_ns = RES_UNKNOWN,
		.rss_bytes = RES_UNKNOWN,
		.main_cpu_ns = RES_UNKNOWN,
		.main_wait_ns = RES_UNKNOWN,
		.steal_ns = RES_UNKNOWN,
		.idle_ns = RES_UNKNOWN,
		.procs_running = RES_UNKNOWN,
		.failed_fd_lookups = RES_UNKNOWN,
		.store_drops = RES_UNKNOWN,
		.plugin_losses = RES_UNKNOWN,
		.throttled_ns = RES_UNKNOWN,
		.nr_throttled = RES_UNKNOWN,
	};
	for (size_t i = 0; i < DROP_N; i++)
		s->drops[i] = RES_UNKNOWN;
}

void res_repeat_init(struct res_repeat *r)
{
	*r = (struct res_repeat){
		.t0_ns = RES_UNKNOWN,
		.t1_ns = RES_UNKNOWN,
		.n_evts = RES_UNKNOWN,
		.n_drops = RES_UNKNOWN,
		.num_evts = RES_UNKNOWN,
		.startup_drops = RES_UNKNOWN,
		.cpu_ns = RES_UNKNOWN,
		.recon_background_per_s = NAN,
		.rss_bytes = RES_UNKNOWN,
		.queue_drops = RES_UNKNOWN,
		.throttled_ns = RES_UNKNOWN,
		.nr_throttled = RES_UNKNOWN,
		.memory_peak = RES_UNKNOWN,
		.oom_kills = RES_UNKNOWN,
		.buffer_bytes = RES_UNKNOWN,
		.cpus_per_buffer = RES_UNKNOWN,
		.recon_sent = RES_UNKNOWN,
		.recon_counted = NAN,
		.recon_background = NAN,
		.recon_seen = NAN,
		.recon_dropped = RES_UNKNOWN,
		.canary_sent = RES_UNKNOWN,
		.canary_seen = RES_UNKNOWN,
		.recon_uncertainty = NAN,
		.recon_difference = NAN,
		.start_s = NAN,
		.warmup_s = NAN,
		.nice = NAN,
		.output_timeouts = RES_UNKNOWN,
	};
	for (size_t i = 0; i < DROP_N; i++)
		r->drops[i] = RES_UNKNOWN;
}

void res_summary_init(struct res_summary *s)
{
	*s = (struct res_summary){
		.drop_rate = NAN,
		.drop_lo = NAN,
		.drop_hi = NAN,
		.evts_per_s = NAN,
		.evts_per_s_cpu = NAN,
		.cpu_share = NAN,
		.rss_bytes = NAN,
		.drop_p50_s = NAN,
		.drop_p90_s = NAN,
		.drop_p99_s = NAN,
		.drop_max_s = NAN,
		.canary_sent = RES_UNKNOWN,
		.canary_seen = RES_UNKNOWN,
		.canary_loss = NAN,
		.canary_lo = NAN,
		.canary_hi = NAN,
	};
}

void res_case_init(struct res_case *c)
{
	*c = (struct res_case){
		.preset = RES_UNKNOWN,
		.cpus_per_buffer = RES_UNKNOWN,
		.buffer_bytes = RES_UNKNOWN,
		.n_buffers = RES_UNKNOWN,
		.rules_total = RES_UNKNOWN,
		.rules_complete = RES_UNKNOWN,
		.rules_blind = RES_UNKNOWN,
		.predicted_load_per_s = NAN,
		.predicted_host_per_s = NAN,
	};
	res_summary_init(&c->sum);
}

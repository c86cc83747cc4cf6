/* SPDX-License-Identifier: Apache-2.0 */
#include "run/results_fields.h"

#include <stddef.h>

#define F(type, strukt, member)                                                                    \
	{                                                                                          \
#member, type, offsetof(struct strukt, member)                                     \
	}
#define F_AS(type, name, strukt, member)                                                           \
	{                                                                                          \
		name, type, offsetof(struct strukt, member)                                        \
	}
#define F_END                                                                                      \
	{                                                                                          \
		NULL, F_STR, 0                                                                     \
	}

const struct field res_sample_fields[] = {
	F(F_I64, res_sample, t_ns),
	F(F_I64, res_sample, n_evts),
	F(F_I64, res_sample, n_drops),
	F(F_I64, res_sample, num_evts),
	F(F_DROPS, res_sample, drops),
	F(F_I64, res_sample, queue_drops),
	F(F_I64, res_sample, n_threads),
	F(F_I64, res_sample, n_fds),
	F(F_I64, res_sample, failed_thread_lookups),
	F(F_I64, res_sample, threadtable_full),
	F(F_I64, res_sample, cpu_ns),
	F(F_I64, res_sample, rss_bytes),
	F(F_I64, res_sample, main_cpu_ns),
	F(F_I64, res_sample, main_wait_ns),
	F(F_I64, res_sample, steal_ns),
	F(F_I64, res_sample, idle_ns),
	F(F_I64, res_sample, procs_running),
	F(F_I64, res_sample, failed_fd_lookups),
	F(F_I64, res_sample, store_drops),
	F(F_I64, res_sample, plugin_losses),
	F(F_I64, res_sample, throttled_ns),
	F(F_I64, res_sample, nr_throttled),
	F_END,
};

const struct field res_worker_fields[] = {
	F(F_STR, res_worker, name),
	F(F_STR, res_worker, operation),
	F(F_DBL, res_worker, requested_per_s),
	F(F_DBL, res_worker, achieved_per_s),
	F(F_I64, res_worker, ops),
	F(F_I64, res_worker, errors),
	F(F_DBL, res_worker, service_p50_ns),
	F(F_DBL, res_worker, service_p99_ns),
	F(F_DBL, res_worker, response_p99_ns),
	F(F_STR, res_worker, arrival),
	F(F_STR, res_worker, unit),
	F_END,
};

const struct field res_repeat_fields[] = {
	F(F_INT, res_repeat, index),
	F(F_STATUS, res_repeat, status),
	F(F_STR, res_repeat, reason),
	F(F_VEC, res_repeat, log_tail),
	F(F_STR, res_repeat, dir),
	F(F_I64, res_repeat, t0_ns),
	F(F_I64, res_repeat, t1_ns),
	F(F_I64, res_repeat, n_evts),
	F(F_I64, res_repeat, n_drops),
	F(F_I64, res_repeat, num_evts),
	F(F_DROPS, res_repeat, drops),
	F(F_I64, res_repeat, startup_drops),
	F(F_I64, res_repeat, cpu_ns),
	F(F_I64, res_repeat, rss_bytes),
	F(F_I64, res_repeat, queue_drops),
	F(F_I64, res_repeat, buffer_bytes),
	F(F_I64, res_repeat, cpus_per_buffer),
	F(F_VEC, res_repeat, rules_matched),
	F(F_DBL, res_repeat, start_s),
	F(F_DBL, res_repeat, warmup_s),
	F(F_STR, res_repeat, not_steady),
	F(F_DBL, res_repeat, nice),
	F(F_I64, res_repeat, output_timeouts),
	F(F_I64, res_repeat, canary_sent),
	F(F_I64, res_repeat, canary_seen),
	F(F_I64, res_repeat, throttled_ns),
	F(F_I64, res_repeat, nr_throttled),
	F(F_I64, res_repeat, memory_peak),
	F(F_I64, res_repeat, oom_kills),
	F_END,
};

const struct field res_recon_fields[] = {
	F_AS(F_I64, "sent", res_repeat, recon_sent),
	F_AS(F_DBL, "counted", res_repeat, recon_counted),
	F_AS(F_DBL, "background", res_repeat, recon_background),
	F_AS(F_DBL, "difference", res_repeat, recon_difference),
	F_AS(F_DBL, "background_per_s", res_repeat, recon_background_per_s),
	F_AS(F_DBL, "seen", res_repeat, recon_seen),
	F_AS(F_I64, "dropped", res_repeat, recon_dropped),
	F_AS(F_DBL, "uncertainty", res_repeat, recon_uncertainty),
	F_END,
};

const struct field res_summary_fields[] = {
	F(F_BOOL, res_summary, exercised),
	F(F_DBL, res_summary, drop_rate),
	F(F_DBL, res_summary, drop_lo),
	F(F_DBL, res_summary, drop_hi),
	F(F_DBL, res_summary, evts_per_s),
	F(F_DBL, res_summary, evts_per_s_cpu),
	F(F_DBL, res_summary, cpu_share),
	F(F_DBL, res_summary, rss_bytes),
	F(F_INT, res_summary, n_ok),
	F(F_INT, res_summary, n_failed),
	F(F_BOOL, res_summary, indicative),
	F(F_BOOL, res_summary, few_bursts),
	F(F_DBL, res_summary, drop_p50_s),
	F(F_DBL, res_summary, drop_p90_s),
	F(F_DBL, res_summary, drop_p99_s),
	F(F_DBL, res_summary, drop_max_s),
	F(F_I64, res_summary, canary_sent),
	F(F_I64, res_summary, canary_seen),
	F(F_DBL, res_summary, canary_loss),
	F(F_DBL, res_summary, canary_lo),
	F(F_DBL, res_summary, canary_hi),
	F_END,
};

const struct field res_case_fields[] = {
	F(F_STR, res_case, key),
	F(F_STR, res_case, id),
	F(F_STR, res_case, variant),
	F(F_STR, res_case, title),
	F(F_STR, res_case, load),
	F_AS(F_STR, "rules", res_case, rules_label),
	F(F_BOOL, res_case, reference),
	F(F_VEC, res_case, custom_set),
	F(F_BOOL, res_case, repair),
	F(F_BOOL, res_case, all),
	F(F_BOOL, res_case, plugins_none),
	F(F_STR, res_case, engine_kind),
	F(F_I64, res_case, preset),
	F(F_I64, res_case, cpus_per_buffer),
	F(F_BOOL, res_case, drop_failed_exit),
	F(F_I64, res_case, buffer_bytes),
	F(F_I64, res_case, n_buffers),
	F(F_VEC, res_case, predicted),
	F(F_STATUS, res_case, dry_status),
	F(F_STR, res_case, dry_reason),
	F(F_VEC, res_case, dry_log_tail),
	F(F_VEC, res_case, dry_final),
	F(F_BOOL, res_case, agreement),
	F(F_VEC, res_case, missing),
	F(F_VEC, res_case, extra),
	F(F_I64, res_case, rules_total),
	F(F_I64, res_case, rules_complete),
	F(F_I64, res_case, rules_blind),
	F(F_VEC, res_case, rules_lost),
	F(F_VEC, res_case, repair_set),
	F(F_VEC, res_case, overlay_flags),
	F(F_INT, res_case, rank),
	F(F_INT, res_case, tie_group),
	F(F_STR, res_case, expect_failed),
	F(F_DBL, res_case, predicted_load_per_s),
	F(F_DBL, res_case, predicted_host_per_s),
	F(F_STR, res_case, canary_off),
	F_END,
};

const struct field res_host_fields[] = {
	F(F_STR, results, hostname),
	F(F_STR, results, kernel),
	F(F_STR, results, arch),
	F(F_STR, results, cpu_model),
	F(F_I64, results, n_cpus),
	F(F_I64, results, mem_bytes),
	F_END,
};

const struct field res_engine_fields[] = {
	F_AS(F_STR, "path", results, engine_path),
	F_AS(F_STR, "version", results, engine_version),
	F_AS(F_BOOL, "embedded", results, engine_embedded),
	F(F_VEC, results, other_falcos),
	F_END,
};

const struct field res_run_fields[] = {
	F(F_STR, results, falcotune_version),
	F(F_STR, results, started),
	F(F_STR, results, command),
	F(F_STR, results, falco_release),
	F(F_U64, results, seed),
	F(F_I64, results, repeats),
	F(F_I64, results, warmup_ns),
	F(F_I64, results, duration_ns),
	F(F_BOOL, results, quick),
	F(F_BOOL, results, dry_run_only),
	F(F_BOOL, results, dummy_rules),
	F(F_BOOL, results, interrupted),
	F(F_DBL, results, max_drop),
	F(F_BOOL, results, max_drop_given),
	F(F_BOOL, results, until_decided),
	F(F_I64, results, max_time_ns),
	F(F_DBL, results, cpu_limit),
	F(F_I64, results, memory_limit),
	F(F_STR, results, host_profile),
	F(F_STR, results, canary),
	F_END,
};

const struct field res_idle_fields[] = {
	F(F_BOOL, res_idle, known),
	F(F_DBL, res_idle, seconds),
	F(F_DBL, res_idle, evts_per_s),
	F(F_I64, res_idle, n_drops),
	F_END,
};

const struct field res_rec_fields[] = {
	F(F_STR, res_recommendation, kind),	F_AS(F_STR, "case", res_recommendation, case_key),
	F(F_STR, res_recommendation, reason),	F(F_STR, res_recommendation, yaml),
	F(F_STR, res_recommendation, flags),	F(F_STR, res_recommendation, helm),
	F(F_VEC, res_recommendation, warnings), F_END,
};

const struct field res_verification_fields[] = {
	F(F_STR, res_verification, state),
	F(F_STR, res_verification, text),
	F(F_STR, res_verification, engine),
	F(F_STR, res_verification, load),
	F(F_STR, res_verification, as_case),
	F(F_VEC, res_verification, settings),
	F(F_STATUS, res_verification, dry),
	F(F_STATUS, res_verification, live),
	F(F_BOOL, res_verification, agreement),
	F(F_I64, res_verification, syscalls),
	F(F_DBL, res_verification, seconds),
	F(F_DBL, res_verification, evts_per_s),
	F(F_DBL, res_verification, drop_rate),
	F(F_DBL, res_verification, limit),
	F_END,
};

const struct field res_verdict_fields[] = {
	F(F_STR, res_verdict, name),
	F(F_VEC, res_verdict, evidence),
	F(F_STR, res_verdict, next_step),
	F(F_VEC, res_verdict, change),
	F_END,
};

const struct field res_comparison_fields[] = {
	F(F_STR, res_comparison, a),	       F(F_STR, res_comparison, b),
	F(F_DBL, res_comparison, difference),  F(F_STR, res_comparison, method),
	F(F_DBL, res_comparison, p),	       F(F_DBL, res_comparison, p_holm),
	F(F_BOOL, res_comparison, told_apart), F(F_I64, res_comparison, more_repeats),
	F(F_STR, res_comparison, text),	       F_END,
};

const struct field res_slowdown_fields[] = {
	F(F_STR, res_slowdown, worker),
	F(F_STR, res_slowdown, operation),
	F(F_STR, res_slowdown, measure),
	F(F_DBL, res_slowdown, bare),
	F(F_DBL, res_slowdown, with),
	F_AS(F_DBL, "slowdown", res_slowdown, slow.ratio),
	F_AS(F_DBL, "slowdown_lo", res_slowdown, slow.lo),
	F_AS(F_DBL, "slowdown_hi", res_slowdown, slow.hi),
	F_AS(F_DBL, "floor", res_slowdown, floor.ratio),
	F_AS(F_DBL, "floor_lo", res_slowdown, floor.lo),
	F_AS(F_DBL, "floor_hi", res_slowdown, floor.hi),
	F_AS(F_DBL, "own", res_slowdown, own.ratio),
	F_AS(F_DBL, "own_lo", res_slowdown, own.lo),
	F_AS(F_DBL, "own_hi", res_slowdown, own.hi),
	F(F_BOOL, res_slowdown, floor_uses),
	F(F_INT, res_slowdown, rounds),
	F(F_BOOL, res_slowdown, indicative),
	F_END,
};

const struct field res_rung_fields[] = {
	F(F_STR, res_rung, name),
	F(F_STR, res_rung, kind),
	F(F_STR, res_rung, load),
	F_AS(F_STR, "case", res_rung, case_key),
	F(F_VEC, res_rung, set),
	F(F_VEC, res_rung, uses),
	F_END,
};

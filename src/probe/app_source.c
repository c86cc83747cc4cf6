/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a run's events come from (the kernel or a recording), and what is written about them beside
 * alerts and metrics: a recording, a profile.
 */
#include "probe/app_run.h"

#include "base/fs.h"
#include "base/mem.h"
#include "probe/state_save.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* What conditions and outputs need recorded beside the usual. */
static unsigned wants_of(const struct live *lv)
{
	unsigned wants = lv->eval->wants;

	for (size_t i = 0; i < lv->eval->n; i++)
		if (!lv->eval->rules[i].why_not)
			wants |= field_wants(rule_format_flags(&lv->formats[i]),
					     lv->eval->rules[i].gives);
	return wants;
}

/* --- the kernel ------------------------------------------------------------------------------- */

static int open_capture(struct live *lv, struct error *err)
{
	const struct app *app = lv->app;
	struct capture_opts opts = {.buffer_bytes = app->config.buffer_bytes,
				    .cpus_for_each_buffer = app->cpus_for_each_buffer};

	logs_print(&app->logs, LOGS_INFO, "Opening 'syscall' source with %s",
		   app->config.kind == ENGINE_KMOD ? "Kernel module" : "modern BPF probe.");
	if (app->config.kind == ENGINE_KMOD)
		logs_print(&app->logs, LOGS_INFO,
			   "(%s has no kernel module: its BPF probe with one buffer per CPU "
			   "stands in)",
			   ENGINE_NAME);
	logs_print(&app->logs, LOGS_INFO, "One ring buffer every '%u' CPUs.",
		   app->cpus_for_each_buffer);
	opts.syscalls = calls_from_scs(app->cat, app->selection.final, &opts.procexit);
	opts.wants = wants_of(lv);
	return capture_open(&lv->capture, &opts, err) || state_scan_proc(lv->state, err) ? -1 : 0;
}

/* --- a recording ------------------------------------------------------------------------------ */

static int open_recording(struct live *lv, struct error *err)
{
	const char *path = lv->app->config.capture_file;
	const struct record_about *about = &lv->recording.about;

	if (recording_open(&lv->recording, path, err) ||
	    replay_open(&lv->replay, &lv->recording, path, lv->state, err))
		return -1;
	logs_print(&lv->app->logs, LOGS_INFO, "Replaying events from the capture file: %s", path);
	if (lv->recording.end.lost || lv->recording.end.odd)
		logs_print(&lv->app->logs, LOGS_WARNING,
			   "%llu events are missing in %s: they could not be recorded",
			   (unsigned long long)(lv->recording.end.lost + lv->recording.end.odd),
			   path);
	if (strcmp(about->catalogue, lv->app->cat->falco))
		logs_print(&lv->app->logs, LOGS_WARNING,
			   "%s was recorded with the selection of Falco %s, rules are those of %s",
			   path, about->catalogue, lv->app->cat->falco);
	if (wants_of(lv) & ~(unsigned)about->wants)
		logs_print(&lv->app->logs, LOGS_WARNING,
			   "%s was recorded for rules that ask for less: environments, opened "
			   "files, data, ends of unix sockets or use of memory that these "
			   "rules ask for are not in it",
			   path);
	/* As they were: alerts come out the same. */
	snprintf(lv->hostname, sizeof(lv->hostname), "%s", about->hostname);
	lv->self = about->pid;
	return 0;
}

int source_open(struct live *lv, struct error *err)
{
	const struct app *app = lv->app;
	bool replay = app->config.kind == ENGINE_REPLAY;
	struct state_opts opts = {.max_threads = (size_t)app->config.thread_table_size};

	logs_print(&app->logs, LOGS_INFO, "Loaded event sources: syscall");
	logs_print(&app->logs, LOGS_INFO, "Enabled event sources: syscall");
	opts.env = wants_of(lv) & PROBE_WANT_ENV;
	opts.usage = wants_of(lv) & PROBE_WANT_USAGE;
	opts.track_fds = true; /* Falco does, whatever the rules: it is part of its cost */
	if (state_open(&lv->state, &opts, err) ||
	    (replay ? open_recording(lv, err) : open_capture(lv, err)))
		return -1;
	lv->eval->ctx.state = lv->state;
	lv->eval->ctx.hostname = lv->hostname;
	lv->eval->ctx.epoch_offset_ns =
		replay ? lv->recording.about.epoch_offset_ns : capture_epoch_offset_ns();
	return 0;
}

/* --- what is written -------------------------------------------------------------------------- */

static void looked_up(void *arg, const struct state_thread *t)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct live *lv = arg;

	state_save_thread(t, &text);
	recorder_lookup(lv->recorder, &text);
}

static int open_recorder(struct live *lv, struct error *err)
{
	const struct config_embedded *c = &lv->app->config.embedded;
	cleanup_strbuf struct strbuf state = STRBUF_INIT;
	struct record_about about = {.recorded_ns = lv->app->start_epoch_ns,
				     .epoch_offset_ns = lv->eval->ctx.epoch_offset_ns,
				     .pid = lv->self,
				     .wants = wants_of(lv),
				     .n_cpus = sysconf(_SC_NPROCESSORS_ONLN)};
	struct utsname un;

	if (!c->record)
		return 0;
	if (lv->replay)
		return error_input(err, "engine.embedded.record: a replay is not recorded again, "
					"copy the file instead");
	snprintf(about.engine_version, sizeof(about.engine_version), "%s", FALCOTUNE_VERSION);
	snprintf(about.catalogue, sizeof(about.catalogue), "%s", lv->app->cat->falco);
	snprintf(about.hostname, sizeof(about.hostname), "%s", lv->hostname);
	if (uname(&un) == 0)
		snprintf(about.kernel, sizeof(about.kernel), "%s", un.release);
	state_save(lv->state, &state);
	if (recorder_open(&lv->recorder, c->record, c->record_max, &about, &state, err))
		return -1;
	state_set_proc(lv->state, &(struct state_proc){.looked_up = looked_up, .ctx = lv});
	logs_print(&lv->app->logs, LOGS_INFO, "Recording events to %s, at most %llu bytes",
		   c->record, (unsigned long long)c->record_max);
	return 0;
}

static int open_profile(struct live *lv, struct error *err)
{
	const struct config *c = &lv->app->config;
	const char *path = c->embedded.profile;
	cleanup_free char *dir = path ? fs_dirname(path) : NULL;

	if (!path)
		return 0;
	if (c->consumer_ns_per_event)
		return error_input(err, "engine.embedded.profile: not together with "
					"consumer_ns_per_event, whose busy time is nobody's");
	/* Better now than after the run. */
	if (access(dir, W_OK) || fs_is_dir(path))
		return error_env(err, "%s: a profile cannot be written there", path);
	lv->profile = xmalloc(sizeof(*lv->profile));
	profile_init(lv->profile, lv->eval, c->embedded.profile_checks);
	return 0;
}

int source_open_extras(struct live *lv, struct error *err)
{
	const char *pids = lv->app->config.embedded.pids;

	if (pids) {
		lv->pids = pids_open(pids, lv->state);
		logs_print(&lv->app->logs, LOGS_INFO,
			   "Evaluating events of processes %s and their descendants only; state is "
			   "kept of all",
			   pids);
	}
	return open_recorder(lv, err) || open_profile(lv, err) ? -1 : 0;
}

/* CPU of this thread, which reads, keeps the state and evaluates. */
static int64_t thread_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Its CPU is what profiles and the cost model are held against. */
static void run_replay(struct live *lv, struct consumer_opts *opts)
{
	int64_t from = thread_cpu_ns();

	replay_run(lv->replay, opts, &lv->stats);
	logs_print(&lv->app->logs, LOGS_INFO, "Replayed %llu events in %lld ns of CPU%s",
		   (unsigned long long)lv->stats.n_seen, (long long)(thread_cpu_ns() - from),
		   lv->profile ? ", with profiling" : "");
}

int source_run(struct live *lv, struct consumer_opts *opts, struct error *err)
{
	opts->recorder = lv->recorder;
	opts->profile = lv->profile;
	if (lv->replay) {
		run_replay(lv, opts);
		return 0;
	}
	if (consumer_run(lv->capture, lv->state, opts, &lv->stats, err))
		return -1;
	capture_stop(lv->capture);
	return 0;
}

/* --- at the end ------------------------------------------------------------------------------- */

static int write_recording(struct live *lv, struct error *err)
{
	const struct logs *l = &lv->app->logs;
	const char *path = lv->app->config.embedded.record;
	struct recorder *r = lv->recorder;
	struct record_end end;

	lv->recorder = NULL;
	if (!r)
		return 0;
	if (recorder_close(r, &end, err))
		return -1;
	logs_print(l, LOGS_INFO, "%llu events recorded in %s", (unsigned long long)end.events,
		   path);
	if (end.lost)
		logs_print(l, LOGS_WARNING,
			   "%llu events could not be recorded: the disk was too slow",
			   (unsigned long long)end.lost);
	if (end.odd)
		logs_print(l, LOGS_ERROR,
			   "%llu events could not be recorded: they were not of their form",
			   (unsigned long long)end.odd);
	if (end.too_big)
		logs_print(l, LOGS_WARNING,
			   "%llu events were not recorded: the file had reached "
			   "engine.embedded.record_max",
			   (unsigned long long)end.too_big);
	return 0;
}

static int64_t not_recorded(const struct record_end *end)
{
	return (int64_t)(end->lost + end->odd + end->too_big);
}

static int write_profile(struct live *lv, struct error *err)
{
	const char *path = lv->app->config.embedded.profile;
	struct profile_about about = {.engine = ENGINE_NAME,
				      .version = FALCOTUNE_VERSION,
				      .selects_as = ENGINE_SELECTS_AS,
				      .hostname = lv->hostname,
				      .n_cpus = sysconf(_SC_NPROCESSORS_ONLN),
				      .replay = lv->replay != NULL,
				      .pids = lv->app->config.embedded.pids,
				      .recorded_ns = -1,
				      .not_recorded = -1,
				      .kernel_events = -1,
				      .kernel_drops = -1};
	cleanup_free char *text = NULL;
	struct utsname un;
	json_t *doc;
	int rc;

	if (!lv->profile)
		return 0;
	if (uname(&un) == 0)
		about.kernel = un.release;
	if (lv->replay) {
		about.file = lv->app->config.capture_file;
		about.recorded_ns = lv->recording.about.recorded_ns;
		about.not_recorded = not_recorded(&lv->recording.end);
	} else {
		struct capture_stats s;

		capture_stats(lv->capture, &s);
		about.kernel_events = (int64_t)s.n_evts;
		about.kernel_drops = (int64_t)s.n_drops;
	}
	doc = profile_to_json(lv->profile, &about);
	text = json_dumps(doc, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	json_decref(doc);
	if (!text)
		return error_internal(err, "%s: the profile is no JSON", path);
	rc = fs_write_file(path, text, strlen(text), 0644, err);
	if (rc == 0)
		logs_print(&lv->app->logs, LOGS_INFO, "Profile written to %s", path);
	return rc;
}

int source_write_extras(struct live *lv, struct error *err)
{
	/* Both, whatever becomes of the first; its error is the one that is told. */
	int rc = write_recording(lv, err);

	return write_profile(lv, rc ? NULL : err) || rc ? -1 : 0;
}

void source_close(struct live *lv)
{
	recorder_drop(lv->recorder);
	pids_close(lv->pids);
	if (lv->profile)
		profile_release(lv->profile);
	free(lv->profile);
	state_close(lv->state);
	replay_close(lv->replay);
	recording_release(&lv->recording);
	capture_close(lv->capture);
}

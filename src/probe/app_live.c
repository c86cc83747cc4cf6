/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/app_run.h"

#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S	  1000000000LL
#define OUTPUT_TIMEOUT_MS 2000 /* Falco's default of output_timeout */
#define OUTPUT_END_MS	  2000 /* for alerts that are still queued at the end */

static volatile sig_atomic_t stop_signal, reopen_wanted;

static void on_stop(int sig)
{
	stop_signal = sig;
}

static void on_reopen(int sig)
{
	(void)sig;
	reopen_wanted = 1;
}

/* --- events ----------------------------------------------------------------------------------- */

static void on_match(void *arg, struct eval *e, size_t rule, struct field_ctx *ctx)
{
	struct live *lv = arg;
	struct strbuf line = STRBUF_INIT;

	if (!lv->outputs)
		return;
	alert_line(ctx, &lv->alert, e->rules[rule].rule, &lv->prefix, &lv->formats[rule], &line);
	outputs_push(lv->outputs, line.buf, line.len);
}

static void on_event(void *arg, const struct state_view *view)
{
	struct live *lv = arg;

	/* Its own events are counted but not evaluated: an alert that is written would otherwise
	 * be able to raise the next one without end. */
	if (__builtin_expect(view->ev->pid == (uint32_t)lv->self, 0))
		return;
	eval_event(lv->eval, view, on_match, lv);
}

static void on_event_profiled(void *arg, const struct state_view *view)
{
	struct live *lv = arg;

	if (view->ev->pid == (uint32_t)lv->self)
		lv->profile->own++;
	else
		eval_event_profiled(lv->eval, view, on_match, lv, lv->profile);
}

/* The same for the events of some processes. */
static void on_event_of(void *arg, const struct state_view *view)
{
	struct live *lv = arg;

	if (pids_hold(lv->pids, view))
		on_event(lv, view);
	else
		lv->eval->ctx.num++; /* evt.num is of all events */
}

static void on_event_of_profiled(void *arg, const struct state_view *view)
{
	struct live *lv = arg;

	if (profile_picked(lv->profile, pids_hold(lv->pids, view)))
		on_event_profiled(lv, view);
	else
		lv->eval->ctx.num++;
}

/* Falco's metrics alert (metrics.output_rule). */
static void alert_metrics(struct live *lv)
{
	struct strbuf line = STRBUF_INIT;
	cleanup_free char *dump = NULL;
	json_t *o;

	if (!lv->outputs)
		return;
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:O}", "rule", "Falco internal: metrics snapshot",
		      "priority", "Informational", "source", "internal", "hostname", lv->hostname,
		      "output", "Falco metrics snapshot", "output_fields",
		      (json_t *)metrics_last(lv->metrics));
	dump = json_dumps(o, METRICS_DUMP);
	json_decref(o);
	strbuf_addf(&line, "%s\n", dump ? dump : "");
	outputs_push(lv->outputs, line.buf, line.len);
}

static void watch_drops(struct live *lv, int64_t now_ns)
{
	struct capture_stats s;

	if (now_ns - lv->drops_checked_ns < NS_PER_S)
		return;
	lv->drops_checked_ns = now_ns;
	if (!lv->capture)
		return; /* a replay drops nothing */
	capture_stats(lv->capture, &s);
	lv->drop_seconds += s.n_drops > lv->drops_seen;
	lv->drops_seen = s.n_drops;
}

static void watch_outputs(struct live *lv)
{
	const char *channel =
		lv->outputs ? outputs_blocked(lv->outputs, lv->output_timeout_ns) : NULL;

	if (channel)
		logs_print(&lv->app->logs, LOGS_CRITICAL,
			   "\"%s\" output timeout, all output channels are blocked", channel);
}

static void on_poll(void *arg, int64_t now_ns)
{
	struct live *lv = arg;

	if (lv->metrics && metrics_tick(lv->metrics, now_ns) && lv->app->config.metrics_output_rule)
		alert_metrics(lv);
	watch_drops(lv, now_ns);
	watch_outputs(lv);
	if (lv->end_ns && now_ns >= lv->end_ns && !stop_signal) {
		lv->timed_out = true;
		stop_signal = SIGALRM;
	}
	if (reopen_wanted && lv->outputs) {
		reopen_wanted = 0;
		outputs_reopen(lv->outputs);
	}
}

/* --- setting up ------------------------------------------------------------------------------- */

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_stop};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = on_reopen;
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGPIPE, &sa, NULL); /* a reader of stdout that goes away is no reason to end */
}

static bool json_switch(const struct config *c, const char *key, bool otherwise)
{
	const struct yaml_node *n = yaml_get(c->root, key);
	bool v = otherwise;

	if (n && n->kind == YAML_SCALAR)
		yaml_to_bool(n->value, &v);
	return v;
}

static void set_alerts(struct live *lv)
{
	const struct config *c = &lv->app->config;
	const char *host = getenv("FALCO_HOSTNAME"); /* Falco's own variable for it */

	gethostname(lv->hostname, sizeof(lv->hostname) - 1);
	if (host && *host)
		snprintf(lv->hostname, sizeof(lv->hostname), "%s", host);
	lv->alert = (struct alert_opts){
		.json = c->json_output,
		.iso_time = c->time_iso_8601,
		.include_output = json_switch(c, "json_include_output_property", true),
		.include_tags = json_switch(c, "json_include_tags_property", true),
		.include_message = json_switch(c, "json_include_message_property", false),
		.include_output_fields =
			json_switch(c, "json_include_output_fields_property", true),
		.hostname = lv->hostname,
	};
	format_init(&lv->prefix, &lv->app->rules_opt,
		    c->time_iso_8601 ? "%evt.time.iso8601" : "%evt.time");
}

static void compile_formats(struct live *lv)
{
	struct eval *e = lv->eval;

	lv->formats = xcalloc(e->n ? e->n : 1, sizeof(*lv->formats));
	for (size_t i = 0; i < e->n; i++)
		rule_format_init(&lv->formats[i], &lv->app->rules_opt, e->rules[i].rule,
				 lv->app->config.json_output ? &lv->app->config.append_output
							     : NULL);
}

static int open_outputs(struct live *lv, struct error *err)
{
	const struct config *c = &lv->app->config;
	struct output_opts opts = {.to_stdout = c->stdout_enabled,
				   .filename = c->file_enabled ? c->file_filename : NULL,
				   .keep_alive = c->file_keep_alive,
				   .capacity = c->outputs_queue_capacity};

	const struct yaml_node *limit = yaml_get(c->root, "output_timeout");
	int64_t ms = OUTPUT_TIMEOUT_MS;

	if (limit && yaml_read_int(limit, "output_timeout", 0, INT32_MAX, &ms, err))
		return -1;
	lv->output_timeout_ns = ms * 1000000;
	if (!opts.to_stdout && !opts.filename)
		return 0;
	return outputs_open(&lv->outputs, &opts, err);
}

static int open_metrics(struct live *lv, struct error *err)
{
	const struct config *c = &lv->app->config;
	const struct yaml_node *written = yaml_get(yaml_get(c->root, "metrics"), "interval");
	struct metrics_sources src = {.config = c,
				      .capture = lv->capture,
				      .state = lv->state,
				      .consumer = &lv->stats,
				      .eval = lv->eval,
				      .outputs = lv->outputs,
				      .rules_files = &lv->app->rules_files,
				      .start_epoch_ns = lv->app->start_epoch_ns};

	if (!c->metrics_enabled)
		return 0;
	if (c->metrics_interval_ns <= 0)
		return error_input(err, "metrics.interval is not a duration such as 1s");
	logs_print(&lv->app->logs, LOGS_INFO,
		   "Setting metrics interval to %s, equivalent to %lld (ms)",
		   written && written->value ? written->value : "",
		   (long long)c->metrics_interval_ns / 1000000);
	return metrics_open(&lv->metrics, &src, err);
}

static int write_pid(const char *path, struct error *err)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return error_sys(err, ERROR_INPUT, errno, "%s: cannot be opened for the pid", path);
	fprintf(f, "%d", getpid());
	if (fclose(f))
		return error_sys(err, ERROR_INPUT, errno, "%s: cannot be written", path);
	return 0;
}

/* --- end -------------------------------------------------------------------------------------- */

static void print_summary(const struct live *lv)
{
	const struct logs *l = &lv->app->logs;
	uint64_t total = 0, by_priority[PRIORITY_DEBUG + 1] = {0};

	for (size_t i = 0; i < lv->eval->n; i++) {
		total += lv->eval->rules[i].matches;
		by_priority[lv->eval->rules[i].rule->priority] += lv->eval->rules[i].matches;
	}
	logs_plain(l, "Syscall event drop monitoring:");
	logs_plain(l, "   - event drop detected: %llu occurrences",
		   (unsigned long long)lv->drop_seconds);
	logs_plain(l, "   - num times actions taken: 0");
	logs_plain(l, "Events detected: %llu", (unsigned long long)total);
	logs_plain(l, "Rule counts by severity:");
	for (size_t p = 0; p < ARRAY_SIZE(by_priority); p++) {
		cleanup_free char *name = xstrdup(rule_priority_names[p]);

		for (char *c = name; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		if (by_priority[p])
			logs_plain(l, "   %s: %llu", name, (unsigned long long)by_priority[p]);
	}
	logs_plain(l, "Triggered rules by rule name:");
	for (size_t i = 0; i < lv->eval->n; i++)
		if (lv->eval->rules[i].matches)
			logs_plain(l, "   %s: %llu", lv->eval->rules[i].rule->name,
				   (unsigned long long)lv->eval->rules[i].matches);
}

static void close_all(struct live *lv)
{
	metrics_close(lv->metrics);
	source_close(lv);
	outputs_close(lv->outputs, OUTPUT_END_MS);
	if (lv->formats)
		for (size_t i = 0; i < lv->eval->n; i++)
			rule_format_release(&lv->formats[i]);
	free(lv->formats);
	format_release(&lv->prefix);
	if (lv->app->cli.pidfile)
		unlink(lv->app->cli.pidfile);
}

static int run_events(struct live *lv, struct error *err)
{
	const struct config *c = &lv->app->config;
	struct consumer_opts opts = {.on_event = lv->pids      ? lv->profile ? on_event_of_profiled
									     : on_event_of
						 : lv->profile ? on_event_profiled
							       : on_event,
				     .on_poll = on_poll,
				     .ctx = lv,
				     .ns_per_event = (uint64_t)c->consumer_ns_per_event,
				     .stop = &stop_signal,
				     .drain = true};

	if (lv->capture && capture_start(lv->capture, err))
		return -1;
	if (lv->app->cli.seconds)
		lv->end_ns = mono_ns() + lv->app->cli.seconds * NS_PER_S;
	if (lv->metrics)
		metrics_tick(lv->metrics, mono_ns());
	if (source_run(lv, &opts, err))
		return -1;
	lv->drops_checked_ns = 0; /* the last second may not be over */
	watch_drops(lv, mono_ns());
	if (lv->metrics)
		metrics_write(lv->metrics, mono_ns());
	return source_write_extras(lv, err);
}

static int live_run(struct live *lv, struct error *err)
{
	const struct app *app = lv->app;

	catch_signals();
	set_alerts(lv);
	compile_formats(lv);
	if (app->cli.pidfile && write_pid(app->cli.pidfile, err))
		return -1;
	if (open_outputs(lv, err) || source_open(lv, err) || source_open_extras(lv, err) ||
	    open_metrics(lv, err) || run_events(lv, err))
		return -1;
	if (stop_signal == SIGINT)
		logs_print(&app->logs, LOGS_INFO, "SIGINT received, exiting...");
	else if (stop_signal == SIGTERM)
		logs_print(&app->logs, LOGS_INFO, "SIGTERM received, exiting...");
	return 0;
}

int app_live(struct app *app, struct error *err)
{
	struct live *lv = xcalloc(1, sizeof(*lv));
	int r;

	lv->app = app;
	lv->eval = app->eval;
	lv->self = getpid();
	r = live_run(lv, err);
	if (r == 0)
		print_summary(lv);
	close_all(lv);
	free(lv);
	return r;
}

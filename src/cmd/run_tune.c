/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/run_tune.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cmd/measure.h"

#include <string.h>

bool cmd_run_has(int argc, char **argv, const char *option)
{
	size_t len = strlen(option);

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strncmp(argv[i], option, len) && (!argv[i][len] || argv[i][len] == '='))
			return true;
	return false;
}

void tune_args_release(struct tune_args *a)
{
	strvec_release(&a->rules);
	strvec_release(&a->sets);
	strvec_release(&a->cases);
}

int tune_args_check(struct tune_args *a, const char *command, const char *dir, struct error *err)
{
	if ((a->cpu_limit &&
	     cgroup_parse_cpus(a->cpu_limit, "--cpu-limit", &a->o.limits.cpus, err)) ||
	    (a->memory_limit &&
	     cgroup_parse_memory(a->memory_limit, "--memory-limit", &a->o.limits.memory, err)))
		return -1;
	if (a->o.warmup_ns > 3600 * NS_PER_S)
		return error_input(err, "option --warmup is longer than 1h");
	if (a->o.timeout_ns >= 0 && a->o.timeout_ns < NS_PER_S)
		return error_input(err, "option --timeout: expected 1s or more");
	if (a->format == FORMAT_HTML)
		return error_input(err, "option --format: there is no html here, expected text, "
					"json, csv or md");
	a->o.rules = &a->rules;
	a->o.sets = &a->sets;
	a->o.cases = &a->cases;
	a->o.command = command;
	a->o.dir = dir;
	a->o.ask_version = !a->print_commands;
	a->o.seed =
		a->seed_given ? (uint64_t)a->seed : (uint64_t)(clock_real() / 1000 % 1000000007);
	return 0;
}

void tune_print_plan(struct cmd_ctx *ctx, const struct plan *p)
{
	log_print(&ctx->log, LOG_NOTE, "engine %s (%s)", p->engine.path,
		  p->engine.version ? p->engine.version : "not asked");
	for (size_t i = 0; i < p->res.warnings.n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", p->res.warnings.v[i]);
	for (size_t i = 0; i < p->res.other_falcos.n; i++)
		log_print(&ctx->log, LOG_WARNING,
			  "another engine runs on this host already: %s; both slow each other down",
			  p->res.other_falcos.v[i]);
}

int tune_run_begin(struct tune_run *r, struct cmd_ctx *ctx, struct tune_args *a, int *code,
		   struct error *err)
{
	*r = (struct tune_run){.s = SESSION_INIT, .j = JOURNAL_INIT};
	progress_view_init(&r->view, &ctx->log);
	r->s.progress = progress_view_show;
	r->s.progress_arg = &r->view;
	if (!cmd_measure_begin(ctx, &r->s, &r->state_dir, err)) {
		a->o.wake_fd = r->s.signal_fd;
		r->s.limits = a->o.limits;
		return 0;
	}
	session_interrupted(&r->s);
	tune_run_end(r);
	*code = r->s.caught ? 128 + r->s.caught : cmd_fail(ctx, err);
	return -1;
}

int tune_run_open(struct tune_run *r, const char *dir, const char *what, const char *command,
		  struct error *err)
{
	json_t *first = json_object();

	json_object_set_new(first, "event", json_string(what));
	json_object_set_new(first, "t", json_integer(clock_real()));
	json_object_set_new(first, "command", utf8_json(command));
	if (fs_mkdirs(dir, err)) {
		json_decref(first);
		return -1;
	}
	return journal_create(&r->j, dir, first, err) ||
			       leftovers_begin(&r->s.left, r->state_dir, dir, err)
		       ? -1
		       : 0;
}

void tune_run_end(struct tune_run *r)
{
	journal_close(&r->j);
	session_end(&r->s);
	progress_view_close(&r->view);
	free(r->state_dir);
	r->state_dir = NULL;
}

int tune_write(const char *dir, const char *name, tune_report_fn report, const void *what,
	       enum out_format f, struct error *err)
{
	char *file cleanup_free = fs_join(dir, name);
	struct strbuf json cleanup_strbuf = STRBUF_INIT, text cleanup_strbuf = STRBUF_INIT;

	if (report(what, FORMAT_JSON, &json, err) ||
	    fs_write_file(file, json.buf, json.len, 0644, err) || report(what, f, &text, err))
		return -1;
	fwrite(text.buf, 1, text.len, stdout);
	return 0;
}

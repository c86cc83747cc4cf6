/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/measure.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "engine/engine.h"

#include <stdio.h>
#include <time.h>

/* ---- options ---- */

/* "results/" gives results/20260101-120000, with -2 and so on when it is there already. The caller
 * frees. */
static char *default_dir(const char *prefix)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];
	char *dir;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	dir = xasprintf("%s%s", prefix, stamp);
	for (int n = 2; fs_exists(dir) && n < 1000; n++) {
		free(dir);
		dir = xasprintf("%s%s-%d", prefix, stamp, n);
	}
	return dir;
}

int measure_args_take(struct measure_args *a, const char *folder, struct error *err)
{
	char *dir cleanup_free = NULL;

	if ((a->cpu_limit &&
	     cgroup_parse_cpus(a->cpu_limit, "--cpu-limit", &a->o.limits.cpus, err)) ||
	    (a->memory_limit &&
	     cgroup_parse_memory(a->memory_limit, "--memory-limit", &a->o.limits.memory, err)))
		return -1;
	if (a->o.timeout_ns >= 0 && a->o.timeout_ns < NS_PER_S)
		return error_input(err, "option --timeout: expected 1s or more");
	dir = a->out ? xstrdup(a->out) : default_dir(folder);
	a->dir = fs_absolute(dir);
	a->o.rules = &a->rules;
	a->o.sets = &a->sets;
	a->o.cases = &a->cases;
	a->o.command = a->command.buf;
	a->o.dir = a->dir;
	a->o.ask_version = !a->print_commands;
	a->o.seed =
		a->seed_given ? (uint64_t)a->seed : (uint64_t)(clock_real() / 1000 % 1000000007);
	return 0;
}

void measure_args_release(struct measure_args *a)
{
	strvec_release(&a->rules);
	strvec_release(&a->sets);
	strvec_release(&a->cases);
	strbuf_release(&a->command);
	free(a->dir);
}

void cmd_join_command(int argc, char **argv, struct strbuf *out)
{
	struct strvec words cleanup_strvec = STRVEC_INIT;

	strvec_push(&words, "falcotune");
	for (int i = 0; i < argc; i++)
		strvec_push(&words, argv[i]);
	argv_quote(&words, out);
}

/* ---- a measurement under way ---- */

int cmd_measure_begin(struct cmd_ctx *ctx, struct session *s, char **state_dir, struct error *err)
{
	struct strvec done cleanup_strvec = STRVEC_INIT, live cleanup_strvec = STRVEC_INIT;

	if (session_begin(s, err) || leftovers_state_dir(state_dir, err) ||
	    leftovers_clean(*state_dir, &done, &live, err))
		return -1;
	for (size_t i = 0; i < done.n; i++)
		log_print(&ctx->log, LOG_NOTE, "removed what an earlier run left behind: %s",
			  done.v[i]);
	for (size_t i = 0; i < live.n; i++)
		log_print(&ctx->log, LOG_WARNING, "another run is measuring on this host: %s",
			  live.v[i]);
	return 0;
}

int measuring_begin(struct measuring *m, struct cmd_ctx *ctx, struct run_options *o, int *code,
		    struct error *err)
{
	*m = (struct measuring){.s = SESSION_INIT, .j = JOURNAL_INIT};
	progress_view_init(&m->view, &ctx->log);
	m->s.progress = progress_view_show;
	m->s.progress_arg = &m->view;
	if (!cmd_measure_begin(ctx, &m->s, &m->state_dir, err)) {
		o->wake_fd = m->s.signal_fd;
		m->s.limits = o->limits;
		return 0;
	}
	*code = measuring_fail(m, ctx, err);
	return -1;
}

json_t *measuring_event(const char *name, const char *command)
{
	json_t *o = json_object();

	json_object_set_new(o, "event", json_string(name));
	json_object_set_new(o, "t", json_integer(clock_real()));
	json_object_set_new(o, "command", utf8_json(command));
	return o;
}

int measuring_open(struct measuring *m, const char *dir, json_t *first, struct error *err)
{
	if (fs_mkdirs(dir, err)) {
		json_decref(first);
		return -1;
	}
	return journal_create(&m->j, dir, first, err) ||
			       leftovers_begin(&m->s.left, m->state_dir, dir, err)
		       ? -1
		       : 0;
}

void measuring_end(struct measuring *m)
{
	progress_view_close(&m->view);
	journal_close(&m->j);
	session_end(&m->s);
	free(m->state_dir);
	m->state_dir = NULL;
}

int measuring_fail(struct measuring *m, struct cmd_ctx *ctx, const struct error *err)
{
	session_interrupted(&m->s);
	measuring_end(m);
	return m->s.caught ? 128 + m->s.caught : cmd_fail(ctx, err);
}

int measuring_run(struct cmd_ctx *ctx, struct measure_args *a, const char *event, measuring_fn work,
		  void *arg, struct error *err)
{
	struct measuring m;
	int code, rc;

	if (measuring_begin(&m, ctx, &a->o, &code, err))
		return code;
	rc = measuring_open(&m, a->dir, measuring_event(event, a->command.buf), err) ||
	     work(arg, &m, err);
	measuring_end(&m);
	return m.s.caught ? 128 + m.s.caught : rc ? cmd_fail(ctx, err) : EXIT_FINE;
}

/* ---- what is said ---- */

void cmd_plan_warnings(struct cmd_ctx *ctx, const struct plan *p)
{
	for (size_t i = 0; i < p->res.warnings.n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", p->res.warnings.v[i]);
	for (size_t i = 0; i < p->res.other_falcos.n; i++)
		log_print(&ctx->log, LOG_WARNING,
			  "another engine runs on this host already: %s; both slow each other down",
			  p->res.other_falcos.v[i]);
}

void cmd_plan_engine(struct cmd_ctx *ctx, const struct plan *p)
{
	log_print(&ctx->log, LOG_NOTE, "engine %s (%s)", p->engine.path,
		  p->engine.version ? p->engine.version : "not asked");
	cmd_plan_warnings(ctx, p);
}

int cmd_write_report(const char *dir, const char *name, cmd_report_fn report, const void *what,
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

void cmd_print_lines(const struct strvec *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		puts(lines->v[i]);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/dryrun.h"

#include "base/fs.h"
#include "base/mem.h"
#include "engine/logparse.h"
#include "run/live.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

void dryrun_compare(struct res_case *c)
{
	strvec_release(&c->missing);
	strvec_release(&c->extra);
	for (size_t i = 0; i < c->predicted.n; i++)
		if (!strvec_has(&c->dry_final, c->predicted.v[i]))
			strvec_push(&c->missing, c->predicted.v[i]);
	for (size_t i = 0; i < c->dry_final.n; i++)
		if (!strvec_has(&c->predicted, c->dry_final.v[i]))
			strvec_push(&c->extra, c->dry_final.v[i]);
	c->agreement = !c->missing.n && !c->extra.n;
}

/* Why the log is no proof of a good dry run; NULL: it is one. The caller frees. */
static char *log_problem(const struct engine_log *log, const struct strvec *tail, const char *end)
{
	const struct strvec *from = log->errors.n ? &log->errors : tail;

	if (end && from->n)
		return xasprintf("the dry run %s: %s", end, from->v[from->n - 1]);
	if (end)
		return xasprintf("the dry run %s", end);
	if (!log->has[LOG_SET_FINAL])
		return xasprintf("the dry run's log has no line with the final set (%zu lines)",
				 log->n_lines);
	if (log->contradictions)
		return xasprintf("the dry run's log contradicts itself: a line %s",
				 log->contradiction);
	return NULL;
}

void dryrun_read(struct res_case *c, const char *text, size_t len, const char *end)
{
	struct engine_log log;

	free(c->dry_reason);
	strvec_release(&c->dry_final);
	strvec_release(&c->dry_log_tail);
	engine_log_init(&log);
	engine_log_text(&log, text, len);
	log_tail(text, len, LIVE_LOG_TAIL, &c->dry_log_tail);
	c->dry_reason = log_problem(&log, &c->dry_log_tail, end);
	c->dry_status = c->dry_reason ? RES_FAILED : RES_OK;
	if (!c->dry_reason) {
		strvec_release(&c->dry_log_tail);
		strvec_copy(&c->dry_final, &log.set[LOG_SET_FINAL]);
		dryrun_compare(c);
	}
	engine_log_release(&log);
}

static void end_in_words(const struct process *p, int64_t timeout_ns, struct strbuf *out)
{
	if (!p->ended)
		strbuf_addf(out, "did not end within %g s", (double)timeout_ns / 1e9);
	else if (!WIFEXITED(p->status) || WEXITSTATUS(p->status))
		process_describe_end(p, out);
}

int dryrun_run(struct session *s, const struct strvec *argv, const char *dir, int64_t timeout_ns,
	       struct res_case *c, struct error *err)
{
	char *log cleanup_free = fs_join(dir, "dry-run.log");
	char *out cleanup_free = fs_join(dir, "dry-run.out");
	struct strbuf text cleanup_strbuf = STRBUF_INIT, end cleanup_strbuf = STRBUF_INIT;
	struct process p = PROCESS_INIT;
	struct process_spec spec = {.argv = argv, .cwd = dir, .out_path = out, .err_path = log};
	struct error why = ERROR_INIT;

	if (session_start(s, LEFTOVER_ENGINE, &p, &spec, &why)) {
		strbuf_addf(&end, "could not start: %s", why.msg);
	} else {
		process_wait(&p, clock_mono() + timeout_ns, s->signal_fd);
		end_in_words(&p, timeout_ns, &end);
	}
	process_release(&p);
	session_forget(s, LEFTOVER_ENGINE);
	if (session_interrupted(s))
		return error_env(err, "interrupted");
	if (fs_read_file(log, &text, 0, &why))
		strbuf_reset(&text);
	dryrun_read(c, text.buf, text.len, end.len ? end.buf : NULL);
	return 0;
}

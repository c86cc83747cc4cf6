/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune profile --sample */
#include "cmd/profile.h"

#include "base/fs.h"
#include "base/mem.h"
#include "report/profile.h"
#include "report/sample.h"

#include <math.h>
#include <string.h>
#include <sys/utsname.h>

#define MATCHES_MAX 16
/* Below that a sample in two hundred tells nothing. */
#define FEW 200

/* Without --pid: the one Falco that runs here, else the one embedded engine. */
static int find_process(const struct profile_args *a, pid_t *pid, struct error *err)
{
	/* The kernel keeps 15 letters. */
	static const char *const names[] = {"falco", "falcotune-engin"};
	struct strbuf list cleanup_strbuf = STRBUF_INIT;
	pid_t found[MATCHES_MAX];

	if (a->pid) {
		char *end;
		long v = strtol(a->pid, &end, 10);

		if (*end)
			return error_input(err, "option --pid: one process is sampled at a time");
		*pid = (pid_t)v;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = sample_find(names[i], found, MATCHES_MAX);

		if (n == 1) {
			*pid = found[0];
			return 0;
		}
		for (size_t k = 0; k < n && k < MATCHES_MAX; k++)
			strbuf_addf(&list, " %d", (int)found[k]);
		if (n)
			return error_input(err, "several engines run here:%s; name one with --pid",
					   list.buf);
	}
	return error_env(err, "no falco and no falcotune-engine runs here: start one, or name a "
			      "process with --pid");
}

static int report(const void *it, enum out_format f, struct strbuf *out, struct error *err)
{
	return sample_report(it, f, out, err);
}

static int write_graphs(const struct profile_args *a, const struct sampling *s, struct error *err)
{
	struct strbuf folded cleanup_strbuf = STRBUF_INIT, dot cleanup_strbuf = STRBUF_INIT;

	profile_tree_folded(&s->root, &folded);
	profile_tree_dot(&s->root, s->root.sum_ns, &dot);
	return (a->folded && fs_write_file(a->folded, folded.buf, folded.len, 0644, err)) ||
			       (a->dot && fs_write_file(a->dot, dot.buf, dot.len, 0644, err))
		       ? -1
		       : 0;
}

static void warn(struct cmd_ctx *ctx, const struct sampling *s, struct strvec *warnings)
{
	if (!s->kernel)
		strvec_push(warnings, "the kernel side is not in it: that takes root, CAP_PERFMON, "
				      "or kernel.perf_event_paranoid below 2");
	else if (!s->kernel_symbols && s->n_kernel)
		strvec_push(warnings, "functions of the kernel are not told: kernel.kptr_restrict "
				      "hides them from this user");
	if (s->lost)
		strvec_pushf(warnings, "%lld samples were lost: the host was too busy to read them",
			     (long long)s->lost);
	if (s->throttled)
		strvec_pushf(warnings,
			     "the kernel held samples back %lld times "
			     "(kernel.perf_event_max_sample_rate)",
			     (long long)s->throttled);
	if (s->n && s->n < FEW)
		strvec_pushf(warnings, "%lld samples are few: sample longer, or under a load",
			     (long long)s->n);
	if (s->n && s->without * 10 > s->n)
		strvec_pushf(warnings,
			     "%.0f%% of the samples have no symbol: the program, or a library, was "
			     "stripped of them",
			     100 * (double)s->without / (double)s->n);
	for (size_t i = 0; i < warnings->n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", warnings->v[i]);
}

static int show(struct cmd_ctx *ctx, const struct profile_args *a, const struct sampling *s,
		struct error *err)
{
	struct strvec warnings cleanup_strvec = STRVEC_INIT;
	struct utsname un = {0};
	struct sample_shown shown = {
		.s = s, .command = a->m.command.buf, .top = (size_t)a->top, .warnings = &warnings};

	if (!uname(&un)) {
		shown.hostname = un.nodename;
		shown.kernel = un.release;
	}
	warn(ctx, s, &warnings);
	return fs_mkdirs(a->m.dir, err) || write_graphs(a, s, err) ||
			       cmd_write_report(a->m.dir, "sample.json", report, &shown,
						(enum out_format)a->m.format, err)
		       ? -1
		       : 0;
}

int profile_sample(struct cmd_ctx *ctx, struct profile_args *a, struct error *err)
{
	struct session session = SESSION_INIT;
	struct sampling s = {0};
	pid_t pid = 0;
	int rc;

	if (find_process(a, &pid, err))
		return cmd_fail(ctx, err);
	/* Signals end the window, and what was sampled is thrown away as with any other run. */
	rc = session_begin(&session, err) || sample_run(&s, pid, SAMPLE_HERTZ, a->m.o.duration_ns,
							session.signal_fd, err)
		     ? -1
		     : 0;
	session_interrupted(&session);
	session_end(&session);
	if (!rc && !session.caught)
		rc = show(ctx, a, &s, err);
	sampling_release(&s);
	if (session.caught)
		return 128 + session.caught;
	if (rc)
		return cmd_fail(ctx, err);
	log_print(&ctx->log, LOG_NOTE, "results are in %s", a->m.dir);
	return EXIT_FINE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/session.h"

#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

int session_begin(struct session *s, struct error *err)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	s->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0)
		return error_sys(err, ERROR_ENV, errno, "signals cannot be listened for");
	/* Ignored by whoever started us, it would take the children's exit codes away. */
	signal(SIGCHLD, SIG_DFL);
	sigaddset(&mask, SIGPIPE);
	sigprocmask(SIG_BLOCK, &mask, &s->old_mask);
	s->beat = fs_sibling("falcotune-true");
	if (!s->beat)
		s->beat = xstrdup("/bin/true");
	return 0;
}

bool session_interrupted(struct session *s)
{
	struct signalfd_siginfo info;

	while (s->signal_fd >= 0 && read(s->signal_fd, &info, sizeof(info)) == sizeof(info))
		if (!s->caught)
			s->caught = (int)info.ssi_signo;
	return s->caught != 0;
}

void session_beat(struct session *s)
{
	char *argv[] = {s->beat, NULL};
	char *env[] = {NULL};
	int64_t now = clock_mono();

	if (s->beat_pid > 0 && waitpid(s->beat_pid, NULL, WNOHANG) != 0)
		s->beat_pid = 0;
	if (now < s->beat_at || s->beat_pid > 0)
		return;
	s->beat_at = now + BEAT_NS;
	if (posix_spawn(&s->beat_pid, s->beat, NULL, NULL, argv, env))
		s->beat_pid = 0;
}

int session_start(struct session *s, enum leftover_process what, struct process *p,
		  const struct process_spec *spec, struct error *err)
{
	if (process_spawn(p, spec, err))
		return -1;
	s->left.process[what].pid = p->pid;
	s->left.process[what].start = p->start;
	if (leftovers_save(&s->left, err) ||
	    (what == LEFTOVER_ENGINE && cgroup_join(&s->cgroup, p->pid, err)))
		return -1;
	if (process_go(p, err))
		return error_wrap(err, "%s", spec->argv->v[0]);
	return 0;
}

int session_limit(struct session *s, struct error *err)
{
	char *name cleanup_free = NULL;
	struct cgroup_host host;
	int rc;

	session_unlimit(s);
	if (!cgroup_limited(&s->limits))
		return 0;
	name = xasprintf(CGROUP_PREFIX "%d-%d", (int)getpid(), ++s->n_cgroups);
	cgroup_host_read("", &host);
	rc = cgroup_plan(&s->cgroup, &host, name, &s->limits, err);
	cgroup_host_release(&host);
	if (!rc) {
		strvec_copy(&s->left.cgroups, &s->cgroup.dirs);
		strvec_copy(&s->left.cgroup_undo, &s->cgroup.undo);
		rc = leftovers_save(&s->left, err);
	}
	if (!rc)
		rc = cgroup_create(&s->cgroup, err);
	if (rc)
		session_unlimit(s);
	return rc;
}

void session_unlimit(struct session *s)
{
	if (!s->cgroup.dirs.n)
		return;
	/* One that is still busy stays in the record, for the next start. */
	if (cgroup_remove(&s->cgroup)) {
		strvec_release(&s->left.cgroups);
		strvec_release(&s->left.cgroup_undo);
		leftovers_save(&s->left, NULL);
	}
	cgroup_release(&s->cgroup);
}

void session_forget(struct session *s, enum leftover_process what)
{
	s->left.process[what].pid = 0;
	s->left.process[what].start = 0;
	/* A stale entry harms nobody: the start time tells that it is gone. */
	leftovers_save(&s->left, NULL);
}

void session_tell(struct session *s, enum progress_kind kind, const char *fmt, ...)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct progress p = {.kind = kind,
			     .part = (double)NAN,
			     .evts_per_s = (double)NAN,
			     .drop_rate = (double)NAN,
			     .left_s = (double)NAN};
	va_list ap;

	if (!s->progress)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	p.text = text.buf;
	s->progress(s->progress_arg, &p);
}

void session_end(struct session *s)
{
	if (s->beat_pid > 0)
		waitpid(s->beat_pid, NULL, 0);
	session_unlimit(s);
	leftovers_end(&s->left);
	free(s->beat);
	if (s->signal_fd >= 0) {
		session_interrupted(s);
		close(s->signal_fd);
		sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	}
	*s = (struct session){.signal_fd = -1,
			      .caught = s->caught,
			      .left = LEFTOVERS_INIT,
			      .cgroup = CGROUP_INIT};
}

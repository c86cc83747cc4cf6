/* SPDX-License-Identifier: Apache-2.0 */
#include "run/surveyproc.h"

#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXTRA_NS   (30 * NS_PER_S) /* for loading and for a busy host */
#define STOP_NS	   (10 * NS_PER_S) /* from a signal to the profile */
#define ERRORS_MAX 8192
#define TEXT_MAX   (64u << 20)

void surveyproc_argv(const char *exe, const struct survey_spec *spec, struct strvec *argv)
{
	strvec_push(argv, exe);
	strvec_push(argv, "--duration");
	strvec_pushf(argv, "%lldns", (long long)spec->duration_ns);
	if (spec->by_process)
		strvec_push(argv, "--process");
	if (spec->by_cgroup)
		strvec_push(argv, "--cgroup");
	if (spec->by_path)
		strvec_push(argv, "--path");
}

struct talk {
	struct process p;
	struct strbuf text; /* what came after the ready line */
	bool ready;
	void (*on_ready)(void *arg);
	void *arg;
};

/* Returns false at the end of its output. */
static bool take_text(struct talk *t)
{
	char buf[65536], *nl;
	ssize_t n = read(t->p.out_fd, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0 || t->text.len > TEXT_MAX)
		return false;
	strbuf_add(&t->text, buf, (size_t)n);
	nl = t->ready ? NULL : strchr(t->text.buf, '\n');
	if (nl) {
		struct strbuf rest = STRBUF_INIT;

		strbuf_addstr(&rest, nl + 1);
		strbuf_release(&t->text);
		t->text = rest;
		t->ready = true;
		if (t->on_ready)
			t->on_ready(t->arg);
	}
	return true;
}

/* Reads until it closes its output or the deadline has passed; a signal is handed on once. */
static void listen(struct session *s, struct talk *t, int64_t deadline)
{
	struct pollfd fds[] = {{.fd = t->p.out_fd, .events = POLLIN},
			       {.fd = s->signal_fd, .events = POLLIN}};
	bool told = false;

	for (int64_t now = clock_mono(); now < deadline; now = clock_mono()) {
		int ms = deadline - now > 3600 * NS_PER_S
				 ? 3600000
				 : (int)((deadline - now + NS_PER_MS - 1) / NS_PER_MS);

		if (poll(fds, 2, ms) < 0 && errno != EINTR)
			return;
		if (session_interrupted(s) && !told) {
			kill(t->p.pid, s->caught);
			told = true;
			fds[1].fd = -1;
			deadline = clock_mono() + STOP_NS;
		}
		if (fds[0].revents && !take_text(t))
			return;
	}
}

/* Its own message, without the program's name and level. */
static int its_error(const struct talk *t, const char *said, struct error *err)
{
	static const char prefix[] = "falcotune-survey: error: ";
	struct strbuf end cleanup_strbuf = STRBUF_INIT, text cleanup_strbuf = STRBUF_INIT;

	if (!strncmp(said, prefix, strlen(prefix)))
		said += strlen(prefix);
	strbuf_addstr(&text, said);
	while (text.len && text.buf[text.len - 1] == '\n')
		strbuf_setlen(&text, text.len - 1);
	process_describe_end(&t->p, &end);
	if (!text.len)
		return error_env(err, "falcotune-survey gave no profile: it %s", end.buf);
	return error_env(err, "%s", text.buf);
}

static void read_errors(int fd, char said[ERRORS_MAX + 1])
{
	ssize_t n = pread(fd, said, ERRORS_MAX, 0);

	said[n > 0 ? n : 0] = 0;
}

static int run(struct session *s, const struct survey_spec *spec, const struct strvec *argv,
	       struct talk *t, struct host_profile *out, struct error *err)
{
	/* In memory: nothing of it can stay behind. */
	int errors cleanup_close = memfd_create("falcotune-survey", MFD_CLOEXEC);
	char *path cleanup_free = xasprintf("/proc/%d/fd/%d", (int)getpid(), errors);
	struct process_spec child = {.argv = argv, .err_path = path, .pipe_out = true};
	char said[ERRORS_MAX + 1];

	if (errors < 0)
		return error_sys(err, ERROR_ENV, errno, "no memory for the survey's messages");
	if (process_spawn(&t->p, &child, err))
		return -1;
	if (process_go(&t->p, err))
		return error_wrap(err, "%s", argv->v[0]);
	listen(s, t, clock_mono() + spec->duration_ns + EXTRA_NS);
	if (!process_wait(&t->p, clock_mono() + STOP_NS, -1)) {
		process_stop(&t->p, SIGKILL, 0);
		return error_env(err, "falcotune-survey did not end in time");
	}
	read_errors(errors, said);
	if (!t->ready || !t->text.len)
		return its_error(t, said, err);
	if (host_profile_parse("falcotune-survey", t->text.buf, t->text.len, out, err)) {
		err->kind = ERROR_INTERNAL;
		return -1;
	}
	return 0;
}

int surveyproc_run(struct session *s, const struct survey_spec *spec, void (*ready)(void *arg),
		   void *arg, struct host_profile *out, struct error *err)
{
	struct talk t = {.p = PROCESS_INIT, .text = STRBUF_INIT, .on_ready = ready, .arg = arg};
	struct strvec argv cleanup_strvec = STRVEC_INIT;
	char *exe cleanup_free = fs_sibling("falcotune-survey");
	int rc;

	if (!exe)
		return error_env(err, "falcotune-survey is not here: this falcotune was built "
				      "without BPF (-DFALCOTUNE_ENGINE=OFF); an existing profile "
				      "can be read with --from");
	surveyproc_argv(exe, spec, &argv);
	rc = run(s, spec, &argv, &t, out, err);
	process_release(&t.p);
	strbuf_release(&t.text);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolve.h"

#include "engine/process.h"

#include <string.h>
#include <sys/wait.h>

/* getent(1): "one or more supplied keys could not be found". */
#define GETENT_UNKNOWN 2

/* Without names nothing but the C library is asked, and that at once. */
static bool add_digits(const char *host, const char *port, struct resolved *out)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV},
			*list = NULL;

	if (out->n == RESOLVE_MAX || getaddrinfo(host, port, &hints, &list))
		return false;
	memcpy(&out->v[out->n].addr, list->ai_addr, list->ai_addrlen);
	out->v[out->n++].len = list->ai_addrlen;
	freeaddrinfo(list);
	return true;
}

/* Lines "ADDRESS STREAM [NAME]"; the same address comes once for every kind of socket. */
static void read_answer(char *text, const char *port, struct resolved *out)
{
	char *save = NULL, *word;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *in_line = NULL;

		word = strtok_r(line, " \t", &in_line);
		line = word ? strtok_r(NULL, " \t", &in_line) : NULL;
		if (line && !strcmp(line, "STREAM"))
			add_digits(word, port, out);
	}
}

static enum resolve_state ask(struct process *p, const char *host, const char *port,
			      int64_t deadline, int wake_fd, struct resolved *out,
			      struct error *err)
{
	struct strvec argv cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT, end cleanup_strbuf = STRBUF_INIT;
	struct process_spec spec = {.argv = &argv, .pipe_out = true};

	strvec_push(&argv, "getent");
	strvec_push(&argv, "ahosts");
	strvec_push(&argv, "--");
	strvec_push(&argv, host);
	if (process_spawn(p, &spec, err) || process_go(p, err))
		return RESOLVE_FAILED;
	if (!process_wait(p, deadline, wake_fd))
		return clock_mono() < deadline ? RESOLVE_WOKEN : RESOLVE_LATE;
	process_read(p, &text);
	read_answer(text.buf, port, out);
	if (WIFEXITED(p->status) && !WEXITSTATUS(p->status) && out->n)
		return RESOLVE_OK;
	if (WIFEXITED(p->status) && WEXITSTATUS(p->status) == GETENT_UNKNOWN)
		return RESOLVE_UNKNOWN;
	process_describe_end(p, &end);
	error_env(err, "getent ahosts %s", end.buf);
	return RESOLVE_FAILED;
}

enum resolve_state resolve(const char *host, const char *port, int64_t deadline, int wake_fd,
			   struct resolved *out, struct error *err)
{
	struct process p = PROCESS_INIT;
	enum resolve_state state;

	memset(out, 0, sizeof(*out));
	if (add_digits(host, port, out))
		return RESOLVE_OK;
	state = ask(&p, host, port, deadline, wake_fd, out, err);
	process_release(&p);
	return state;
}

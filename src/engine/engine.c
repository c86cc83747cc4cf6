/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include "base/fs.h"
#include "base/mem.h"
#include "engine/process.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VERSION_LIMIT (10 * NS_PER_S)

void engine_release(struct engine *e)
{
	free(e->path);
	free(e->version);
	free(e->release);
	*e = (struct engine)ENGINE_INIT;
}

int engine_find(struct engine *e, const char *what, struct error *err)
{
	bool automatic = !strcmp(what, "auto");

	*e = (struct engine)ENGINE_INIT;
	if (!automatic && strcmp(what, "embedded")) {
		e->path = fs_which(what);
		if (!e->path)
			return error_env(err, "no engine: %s is not an executable file", what);
	}
	if (automatic)
		e->path = fs_which("falco");
	if (!e->path)
		e->path = fs_sibling("falcotune-engine");
	if (!e->path)
		return error_env(err,
				 "no engine: %sfalcotune-engine is not installed beside "
				 "falcotune; name one with --engine PATH",
				 automatic ? "there is no falco in PATH, and " : "");
	if (e->path[0] != '/') {
		char *abs = realpath(e->path, NULL);

		/* Engines run in a folder of their case. */
		if (abs) {
			free(e->path);
			e->path = abs;
		}
	}
	return 0;
}

/* The first X.Y.Z behind `word`, or NULL. */
static char *release_after(const char *text, const char *word)
{
	const char *p = strstr(text, word);
	size_t n;

	if (!p)
		return NULL;
	p += strlen(word);
	p += strcspn(p, "0123456789\n");
	n = strspn(p, "0123456789.");
	return n ? xstrndup(p, n) : NULL;
}

int engine_parse_version(struct engine *e, const char *text, struct error *err)
{
	text += strspn(text, " \t\r\n");
	if (!*text)
		return error_env(err, "%s --version printed nothing", e->path);
	e->version = xstrndup(text, strcspn(text, "\r\n"));
	e->embedded = !strncmp(text, "falcotune-engine", strlen("falcotune-engine"));
	e->release = release_after(text, "selects as Falco");
	if (!e->release)
		e->release = release_after(text, "Falco version:");
	return 0;
}

int engine_ask_version(struct engine *e, int wake_fd, struct error *err)
{
	struct strvec argv cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT, end cleanup_strbuf = STRBUF_INIT;
	struct process p = PROCESS_INIT;
	struct process_spec spec = {.argv = &argv, .pipe_out = true};
	int rc;

	strvec_push(&argv, e->path);
	strvec_push(&argv, "--version");
	rc = process_run(&p, &spec, VERSION_LIMIT, wake_fd, err);
	if (rc)
		error_wrap(err, "%s --version", e->path);
	process_describe_end(&p, &end);
	if (!rc && (!WIFEXITED(p.status) || WEXITSTATUS(p.status)))
		rc = error_env(err, "%s --version %s", e->path, end.buf);
	if (!rc)
		process_read(&p, &text);
	process_release(&p);
	return rc ? -1 : engine_parse_version(e, text.buf, err);
}

void engine_argv(const struct engine *e, const char *config, const struct strvec *rules, bool dry,
		 struct strvec *argv)
{
	strvec_push(argv, e->path);
	strvec_push(argv, "-c");
	strvec_push(argv, config);
	for (size_t i = 0; i < rules->n; i++) {
		strvec_push(argv, "-r");
		strvec_push(argv, rules->v[i]);
	}
	if (dry)
		strvec_push(argv, "--dry-run");
}

static bool plain_word(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_-./:=,+@%", *s))
			return false;
	return true;
}

void argv_quote(const struct strvec *argv, struct strbuf *out)
{
	for (size_t i = 0; i < argv->n; i++) {
		const char *s = argv->v[i];

		if (i)
			strbuf_addch(out, ' ');
		if (plain_word(s)) {
			strbuf_addstr(out, s);
			continue;
		}
		strbuf_addch(out, '\'');
		for (; *s; s++) {
			if (*s == '\'')
				strbuf_addstr(out, "'\\''");
			else
				strbuf_addch(out, *s);
		}
		strbuf_addch(out, '\'');
	}
}

void argv_push_line(const struct strvec *argv, struct strvec *lines)
{
	struct strbuf line = STRBUF_INIT;

	argv_quote(argv, &line);
	strvec_take(lines, strbuf_detach(&line));
}

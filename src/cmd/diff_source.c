/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/diff_source.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "engine/process.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GIT_NS	  (30 * NS_PER_S)
#define SAID_MAX  (64 << 10) /* of git's messages and short answers */
#define TREE_MAX  (16 << 20)
#define NAME_LINK "120000" /* mode of a symbolic link */

void diff_source_release(struct diff_source *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free((char *)s->v[i].name);
		free((char *)s->v[i].text);
	}
	free(s->v);
	*s = (struct diff_source){0};
}

/* Takes over name and text. */
static void add_text(struct diff_source *s, char *name, struct strbuf *text)
{
	size_t len = text->len;

	ALLOC_GROW(s->v, s->n, s->alloc);
	s->v[s->n++] = (struct ruleset_text){name, strbuf_detach(text), len};
}

static int add_files(struct diff_source *s, const struct strvec *files, struct error *err)
{
	for (size_t i = 0; i < files->n; i++) {
		struct strbuf text = STRBUF_INIT;
		const char *name = files->v[i];

		if (fs_read_file(name, &text, yaml_default_limits.bytes, err)) {
			strbuf_release(&text);
			return -1;
		}
		add_text(s, xstrdup(strcmp(name, "-") ? name : "<stdin>"), &text);
	}
	return 0;
}

/* ---- git ---- */

/* A file in memory that a child can open by its path, and what is read back of it. */
struct sink {
	int fd;
	char *path;
};

static int sink_open(struct sink *k, struct error *err)
{
	k->fd = memfd_create("falcotune-git", MFD_CLOEXEC);
	if (k->fd < 0)
		return error_env(err, "no memory for the output of git");
	k->path = xasprintf("/proc/self/fd/%d", k->fd);
	return 0;
}

static void sink_close(struct sink *k)
{
	if (k->fd >= 0)
		close(k->fd);
	free(k->path);
}
#define cleanup_sink __attribute__((cleanup(sink_close)))

/* git ARGS...: its output into out; err has git's own message when it fails. what: for messages. */
static int git(const char *what, const char *const *args, size_t max, struct strbuf *out,
	       struct error *err)
{
	/* Reading objects that are there; a partial clone must not fetch, a replaced object not
	 * stand in. */
	static const char *const common[] = {"git", "--no-pager",	    "--no-optional-locks",
					     "-c",  "protocol.allow=never", "--no-replace-objects"};
	struct strvec argv cleanup_strvec = STRVEC_INIT;
	struct strbuf said cleanup_strbuf = STRBUF_INIT;
	struct sink o cleanup_sink = {.fd = -1}, e cleanup_sink = {.fd = -1};
	struct process p = PROCESS_INIT;
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		strvec_push(&argv, common[i]);
	for (; *args; args++)
		strvec_push(&argv, *args);
	if (sink_open(&o, err) || sink_open(&e, err))
		return -1;
	rc = process_run(
		&p, &(struct process_spec){.argv = &argv, .out_path = o.path, .err_path = e.path},
		GIT_NS, -1, err);
	if (rc)
		error_wrap(err, "%s: git is needed to read a revision", what);
	else if (p.status)
		rc = fs_read_file(e.path, &said, SAID_MAX, err) ||
				     error_input(err, "%s: %.*s", what,
						 (int)strcspn(said.buf, "\n"),
						 said.len ? said.buf : "git failed without a word")
			     ? -1
			     : 0;
	else if ((rc = fs_read_file(o.path, out, max, err)))
		error_wrap(err, "%s", what);
	process_release(&p);
	return rc;
}

static int read_blob(struct diff_source *s, const char *name, const char *object, struct error *err)
{
	const char *const size[] = {"cat-file", "-s", object, NULL};
	const char *const args[] = {"cat-file", "blob", object, NULL};
	struct strbuf bytes cleanup_strbuf = STRBUF_INIT, text = STRBUF_INIT;

	if (git(name, size, SAID_MAX, &bytes, err))
		return -1;
	if (strtoull(bytes.buf, NULL, 10) > yaml_default_limits.bytes)
		return error_input(err, "%s: larger than the limit of %zu bytes", name,
				   yaml_default_limits.bytes);
	if (git(name, args, yaml_default_limits.bytes, &text, err)) {
		strbuf_release(&text);
		return -1;
	}
	add_text(s, xstrdup(name), &text);
	return 0;
}

static bool is_rules_name(const struct config *c, const char *name)
{
	size_t n = strlen(name);

	return c->release < 41 || (n > 5 && !strcmp(name + n - 5, ".yaml")) ||
	       (n > 4 && !strcmp(name + n - 4, ".yml"));
}

/* "MODE TYPE OBJECT\tNAME" of a tree. */
static int read_entry(struct diff_source *s, const char *tree, char *line, const struct config *c,
		      struct cmd_ctx *ctx, struct error *err)
{
	char *name = strchr(line, '\t'), *save = NULL, *full cleanup_free = NULL;
	const char *mode, *type, *object;
	size_t n = strlen(tree);

	if (!name)
		return error_env(err, "%s: git lists a tree in a way that is not understood", tree);
	*name++ = '\0';
	mode = strtok_r(line, " ", &save);
	type = strtok_r(NULL, " ", &save);
	object = strtok_r(NULL, " ", &save);
	if (!object || strcmp(type, "blob") || !is_rules_name(c, name))
		return 0;
	full = xasprintf("%s%s%s", tree, n && strchr(":/", tree[n - 1]) ? "" : "/", name);
	if (strcmp(mode, NAME_LINK))
		return read_blob(s, full, object, err);
	log_print(&ctx->log, LOG_WARNING, "%s is a symbolic link, which is not followed in git",
		  full);
	return 0;
}

static int read_tree(struct diff_source *s, const char *tree, const struct config *c,
		     struct cmd_ctx *ctx, struct error *err)
{
	const char *const args[] = {"ls-tree", "-z", tree, NULL};
	struct strbuf list cleanup_strbuf = STRBUF_INIT;
	size_t before = s->n;

	if (git(tree, args, TREE_MAX, &list, err))
		return -1;
	for (char *p = list.buf, *end = p + list.len; p < end;) {
		size_t len = strlen(p) + 1; /* cut into pieces below */

		if (read_entry(s, tree, p, c, ctx, err))
			return -1;
		p += len;
	}
	if (s->n == before)
		return error_input(err,
				   "%s: no rules there that Falco would read (only names that end "
				   "in .yaml or .yml)",
				   tree);
	return 0;
}

static int add_revision(struct diff_source *s, const char *what, const struct config *c,
			struct cmd_ctx *ctx, struct error *err)
{
	const char *const args[] = {"cat-file", "-t", what, NULL};
	struct strbuf type cleanup_strbuf = STRBUF_INIT;

	if (git(what, args, SAID_MAX, &type, err))
		return -1;
	if (!strcmp(type.buf, "blob\n"))
		return read_blob(s, what, what, err);
	if (!strcmp(type.buf, "tree\n"))
		return read_tree(s, what, c, ctx, err);
	return error_input(err, "%s: is a %.*s in git, expected a file or a folder", what,
			   (int)strcspn(type.buf, "\n"), type.buf);
}

int diff_source_add(struct diff_source *s, const char *what, const struct config *c,
		    struct cmd_ctx *ctx, struct error *err)
{
	struct strvec files cleanup_strvec = STRVEC_INIT;

	if (!strcmp(what, "-") || (fs_exists(what) && !fs_is_dir(what))) {
		/* Taken as it is named, as `falco -V` does. */
		strvec_push(&files, what);
		return add_files(s, &files, err);
	}
	if (fs_is_dir(what))
		return config_rules_files(c, &what, 1, &files, err) ? -1
								    : add_files(s, &files, err);
	if (*what == '-' || *what == ':' || !strchr(what, ':'))
		return error_input(err,
				   "%s: no such rules file or folder, and no git revision of a "
				   "path, such as main:rules/",
				   what);
	return add_revision(s, what, c, ctx, err);
}

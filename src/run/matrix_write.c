/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A matrix as files, for a person who runs its cases by hand.
 */
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "run/matrix.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Rules files are text that people write; anything beyond this is a mistake. */
#define RULES_MAX (64u << 20)

/* Where one case is built, and where it will be: all paths inside the files are of the latter. */
struct place {
	const char *build, *final, *engine;
};

static void add_quoted(struct strbuf *out, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+=:,@%";

	if (*text && strspn(text, plain) == strlen(text)) {
		strbuf_addstr(out, text);
		return;
	}
	strbuf_addch(out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			strbuf_addstr(out, "'\\''");
		else
			strbuf_addch(out, *text);
	strbuf_addch(out, '\'');
}

void matrix_shell_line(const struct strvec *argv, struct strbuf *out)
{
	for (size_t i = 0; i < argv->n; i++) {
		if (i)
			strbuf_addch(out, ' ');
		add_quoted(out, argv->v[i]);
	}
}

/* Text of a case file or rule inside a comment line: nothing in it may end the line. */
static void add_one_line(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		strbuf_addch(out, (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text);
}

static int put(const char *dir, const char *name, const struct strbuf *text, mode_t mode,
	       struct error *err)
{
	char *path cleanup_free = fs_join(dir, name);

	return fs_write_file(path, text->buf, text->len, mode, err);
}

/* Copies the rules in order; *names: their paths in the final place. */
static int write_rules(const struct matrix_case *c, const char *dir, const char *final,
		       struct strvec *names, struct error *err)
{
	char *build cleanup_free = fs_join(dir, "rules");

	if (fs_mkdirs(build, err) < 0)
		return -1;
	for (size_t i = 0; i < c->rules_files.n; i++) {
		const char *base = strrchr(c->rules_files.v[i], '/') + 1;
		char *name cleanup_free = xasprintf("%02zu-%s", i + 1, base);
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		if (fs_read_file(c->rules_files.v[i], &text, RULES_MAX, err) < 0 ||
		    put(build, name, &text, 0644, err) < 0)
			return -1;
		strvec_pushf(names, "%s/rules/%s", final, name);
	}
	return 0;
}

static int write_overlay(const struct matrix *m, const struct matrix_case *c, const char *dir,
			 const char *final, struct error *err)
{
	char *metrics cleanup_free = fs_join(final, "metrics.jsonl");
	char *alerts cleanup_free = fs_join(final, "alerts.jsonl");
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (matrix_overlay(m, c, metrics, alerts, true, &text, err) < 0)
		return -1;
	return put(dir, "falco.yaml", &text, 0600, err);
}

static void add_command(const struct matrix_case *c, const struct place *p, const char *final,
			const struct strvec *rules, bool dry_run, struct strbuf *out)
{
	char *config cleanup_free = fs_join(final, "falco.yaml");
	struct strvec argv cleanup_strvec = STRVEC_INIT;

	matrix_argv(c, p->engine, config, rules, dry_run, &argv);
	matrix_shell_line(&argv, out);
	strbuf_addch(out, '\n');
}

static int write_commands(const struct matrix_case *c, const struct place *p, const char *dir,
			  const char *final, const struct strvec *rules, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strbuf_addf(&text, "# %s: ", c->tc->key);
	add_one_line(&text, c->tc->title);
	strbuf_addf(&text,
		    "\n# Dry run: prints the selection on stderr and ends. Its final set is to be "
		    "the %zu names\n# of predicted.txt.\n",
		    c->predicted.n);
	add_command(c, p, final, rules, true, &text);
	strbuf_addstr(&text, "# Live run, as root, until Ctrl-C. Counters go to metrics.jsonl and "
			     "alerts to\n# alerts.jsonl in this folder. The load of this case: ");
	add_one_line(&text, c->load);
	strbuf_addstr(&text, "\n");
	add_command(c, p, final, rules, false, &text);
	return put(dir, "commands.txt", &text, 0644, err);
}

static int write_predicted(const struct matrix_case *c, const char *dir, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < c->predicted.n; i++)
		strbuf_addf(&text, "%s\n", c->predicted.v[i]);
	return put(dir, "predicted.txt", &text, 0644, err);
}

static int write_case(const struct matrix *m, const struct matrix_case *c, const struct place *p,
		      struct error *err)
{
	char *dir cleanup_free = fs_join(p->build, c->dir_name);
	char *final cleanup_free = fs_join(p->final, c->dir_name);
	struct strvec rules cleanup_strvec = STRVEC_INIT;

	if (fs_mkdirs(dir, err) < 0 || write_rules(c, dir, final, &rules, err) < 0 ||
	    write_overlay(m, c, dir, final, err) < 0 ||
	    write_commands(c, p, dir, final, &rules, err) < 0)
		return -1;
	return write_predicted(c, dir, err);
}

static int write_readme(const struct matrix *m, const struct place *p, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	char size[UNITS_BUF];

	strbuf_addf(&text,
		    "Cases written by falcotune, to be run by hand. The prediction is of Falco %s; "
		    "buffers\nare for %d CPUs. Each folder has commands.txt with the two command "
		    "lines.\n\n",
		    m->cat->falco, m->n_cpus);
	for (size_t i = 0; i < m->n; i++) {
		const struct matrix_case *c = &m->v[i];

		strbuf_addf(&text, "%s\n    ", c->dir_name);
		add_one_line(&text, c->tc->title);
		strbuf_addstr(&text, "\n    ");
		if (c->skip) {
			strbuf_addstr(&text, "not written: ");
			add_one_line(&text, c->skip);
		} else {
			strbuf_addf(&text, "%zu syscalls, %lld x %s, rules: ", c->predicted.n,
				    (long long)c->n_buffers,
				    units_fmt_bytes(size, (double)c->buffer_bytes));
			add_one_line(&text, c->rules_label);
		}
		strbuf_addch(&text, '\n');
	}
	return put(p->build, "README.txt", &text, 0644, err);
}

static int write_all(const struct matrix *m, const struct place *p, struct error *err)
{
	for (size_t i = 0; i < m->n; i++)
		if (!m->v[i].skip && write_case(m, &m->v[i], p, err) < 0)
			return -1;
	return write_readme(m, p, err);
}

/* The absolute path without trailing slashes. The caller frees. */
static char *final_path(const char *dir)
{
	char *path = fs_absolute(dir);
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return path;
}

static int check_target(const char *dir, struct error *err)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct stat st;

	/* Falco's file name matcher looks at the first .yaml or .yml of the whole path. */
	if (strstr(dir, ".yaml") || strstr(dir, ".yml"))
		return error_input(err,
				   "--write %s: Falco reads no rules below a path with .yaml or "
				   ".yml in it, expected another folder",
				   dir);
	if (lstat(dir, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		return error_sys(err, ERROR_INPUT, errno, "--write %s", dir);
	}
	if (!S_ISDIR(st.st_mode))
		return error_input(err,
				   "--write %s: exists and is no folder, expected a new or "
				   "empty one",
				   dir);
	if (fs_list(dir, &names, err) < 0)
		return -1;
	if (names.n)
		return error_input(err,
				   "--write %s: the folder is not empty, expected a new or "
				   "empty one",
				   dir);
	return 0;
}

static int build_and_rename(const struct matrix *m, const char *final, const char *engine,
			    struct error *err)
{
	char *parent cleanup_free = fs_dirname(final);
	char *build cleanup_free = xasprintf("%s.XXXXXX", final);
	struct place p = {.build = build, .final = final, .engine = engine};

	if (fs_mkdirs(parent, err) < 0)
		return -1;
	if (!mkdtemp(build))
		return error_sys(err, ERROR_ENV, errno, "%s: a folder cannot be made", build);
	if (write_all(m, &p, err) < 0) {
		fs_remove_tree(build, NULL);
		return -1;
	}
	if (chmod(build, 0755) < 0 || rename(build, final) < 0) {
		error_sys(err, ERROR_ENV, errno, "--write %s", final);
		fs_remove_tree(build, NULL);
		return -1;
	}
	return 0;
}

int matrix_write(const struct matrix *m, const char *dir, const char *engine, struct error *err)
{
	char *final cleanup_free = final_path(dir);
	sigset_t ending, before;
	int rc;

	if (!*dir)
		return error_input(err, "--write: an empty name, expected a folder");
	if (check_target(final, err) < 0)
		return -1;
	/* A few milliseconds of small files: an interrupt waits, so that nothing half-written is
	 * left behind. */
	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	sigprocmask(SIG_BLOCK, &ending, &before);
	rc = build_and_rename(m, final, engine, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

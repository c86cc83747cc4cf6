/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding case files by what --cases named, and the list of a run. One file is read in case_file.c.
 */
#include "run/case.h"

#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "run/case_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *const case_stock_ids[] = {
	"spawned-process", "repair", "accept", "connect", "open", "default", NULL,
};

/* Where an id is looked for, below the program's data. */
static const char *const stock_dirs[] = {"testcases", "testcases/sweeps"};

void case_release(struct tcase *c)
{
	free(c->id);
	free(c->title);
	free(c->file);
	free(c->variant);
	free(c->key);
	free(c->rules);
	free(c->load);
	strvec_release(&c->custom_set);
	strvec_release(&c->expect_set);
}

void case_list_release(struct case_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		case_release(&l->v[i]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

int case_effective_cpus(enum engine_kind kind, int cpus, int n_cpus)
{
	if (kind == ENGINE_KMOD)
		return 1;
	return cpus <= 0 || cpus > n_cpus ? n_cpus : cpus;
}

int64_t case_buffer_count(enum engine_kind kind, int cpus, int n_cpus)
{
	int each = case_effective_cpus(kind, cpus, n_cpus);

	return (n_cpus + each - 1) / each;
}

/* What a load is made of: the list, and what was read for it already. */
struct loader {
	struct case_list *out;
	struct strmap seen; /* real path of a file -> "" */
	struct strmap dirs; /* folder name of a case -> its file; the file is the list's */
	enum engine_kind kind;
	int n_cpus;
	struct error *err;
};

static bool is_yaml_name(const char *name)
{
	size_t n = strlen(name);

	return (n > 5 && !strcmp(name + n - 5, ".yaml")) ||
	       (n > 4 && !strcmp(name + n - 4, ".yml"));
}

/* Refuse a case whose key, or the folder made from it, another file has taken. */
static int check_unique(struct loader *ld, size_t from, const struct case_place *id)
{
	struct case_list *l = ld->out;

	for (size_t i = from; i < l->n; i++) {
		char *dir cleanup_free = xstrdup(l->v[i].key);
		const char *other;

		for (char *p = dir; *p; p++)
			if (*p == '/')
				*p = '.';
		other = strmap_get(&ld->dirs, dir);
		if (other)
			return error_at(
				ld->err, l->v[i].file, id->line, id->col,
				"case id %s is taken by %s, expected one that no other case "
				"of the run has",
				l->v[i].id, other);
		strmap_put(&ld->dirs, dir, l->v[i].file);
	}
	return 0;
}

static int add_file(struct loader *ld, const char *path)
{
	char *real cleanup_free = realpath(path, NULL);
	struct case_place id;
	size_t from = ld->out->n;

	if (real && strmap_has(&ld->seen, real))
		return 0;
	if (case_file_read(ld->out, path, ld->kind, ld->n_cpus, &id, ld->err) < 0)
		return -1;
	if (real)
		strmap_put(&ld->seen, real, (void *)"");
	return check_unique(ld, from, &id);
}

static int add_dir(struct loader *ld, const char *path)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	size_t n = 0;

	if (fs_list(path, &names, ld->err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		char *file cleanup_free = fs_join(path, names.v[i]);

		if (!is_yaml_name(names.v[i]) || fs_is_dir(file))
			continue;
		n++;
		if (add_file(ld, file) < 0)
			return -1;
	}
	if (!n)
		return error_at(ld->err, path, 0, 0,
				"no case file in this folder, expected at least one *.yaml");
	return 0;
}

static char *stock_path(const char *id)
{
	if (!case_id_valid(id))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(stock_dirs); i++) {
		char *rel cleanup_free = xasprintf("%s/%s.yaml", stock_dirs[i], id);
		char *path = fs_data_path(rel);

		if (path)
			return path;
	}
	return NULL;
}

static int unknown_name(struct loader *ld, const char *name)
{
	struct strbuf known cleanup_strbuf = STRBUF_INIT;

	for (size_t d = 0; d < ARRAY_SIZE(stock_dirs); d++) {
		char *dir cleanup_free = fs_data_path(stock_dirs[d]);
		struct strvec names cleanup_strvec = STRVEC_INIT;

		if (!dir || fs_list(dir, &names, NULL) < 0)
			continue;
		for (size_t i = 0; i < names.n; i++)
			if (is_yaml_name(names.v[i]))
				strbuf_addf(&known, "%s%.*s", known.len ? ", " : "",
					    (int)(strrchr(names.v[i], '.') - names.v[i]),
					    names.v[i]);
	}
	return error_input(ld->err,
			   "--cases: %s is neither a stock case nor a file or folder, expected a "
			   "path or one of %s",
			   *name ? name : "an empty name",
			   known.len ? known.buf : "(none installed)");
}

static int add_name(struct loader *ld, const char *name)
{
	char *stock cleanup_free = stock_path(name);

	if (stock)
		return add_file(ld, stock);
	if (fs_is_dir(name))
		return add_dir(ld, name);
	if (fs_exists(name) || strchr(name, '/') || is_yaml_name(name))
		return add_file(ld, name);
	return unknown_name(ld, name);
}

/* A path may hold a comma; otherwise commas join ids. */
static int add_names(struct loader *ld, const char *text)
{
	char *copy cleanup_free = NULL;
	char *rest, *one;

	if (fs_exists(text) || !strchr(text, ','))
		return add_name(ld, text);
	copy = xstrdup(text);
	rest = copy;
	while ((one = strsep(&rest, ",")))
		if (add_name(ld, one) < 0)
			return -1;
	return 0;
}

int case_list_load(struct case_list *out, const struct strvec *names, enum engine_kind kind,
		   int n_cpus, struct error *err)
{
	struct loader ld = {.out = out, .kind = kind, .n_cpus = n_cpus, .err = err};
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (names && names->n)
		for (size_t i = 0; i < names->n && !rc; i++)
			rc = add_names(&ld, names->v[i]);
	else
		for (size_t i = 0; case_stock_ids[i] && !rc; i++)
			rc = add_name(&ld, case_stock_ids[i]);
	strmap_release(&ld.seen);
	strmap_release(&ld.dirs);
	if (rc < 0)
		case_list_release(out);
	return rc;
}

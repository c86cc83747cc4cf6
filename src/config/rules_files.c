/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "base/fs.h"
#include "base/mem.h"

#include <string.h>
#include <sys/stat.h>

/* Falco's wildcard has no backtracking: the first ".yaml" of the whole path must end it. */
static bool is_rules_name(const char *path)
{
	static const char *const suffixes[] = {".yaml", ".yml"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const char *at = strstr(path, suffixes[i]);

		if (at && !at[strlen(suffixes[i])])
			return true;
	}
	return false;
}

/* Before 0.41 every file was read, whatever its name. */
#define NAMES_MATTER_SINCE 41

static int add_folder(const struct config *c, const char *dir, struct strvec *out,
		      struct error *err)
{
	struct strvec paths cleanup_strvec = STRVEC_INIT;

	if (fs_list_files(dir, &paths, err))
		return -1;
	for (size_t i = 0; i < paths.n; i++)
		if (c->release < NAMES_MATTER_SINCE || is_rules_name(paths.v[i]))
			strvec_push(out, paths.v[i]);
	return 0;
}

static int add_path(const struct config *c, const char *path, bool required, struct strvec *out,
		    struct error *err)
{
	struct stat st;

	if (required && !strcmp(path, "-")) { /* standard input; falcotune's own */
		strvec_push(out, path);
		return 0;
	}
	if (stat(path, &st))
		return required ? error_input(err, "%s: no such rules file or folder", path) : 0;
	if (S_ISDIR(st.st_mode))
		return add_folder(c, path, out, err);
	if (c->release < NAMES_MATTER_SINCE || is_rules_name(path))
		strvec_push(out, path);
	return 0;
}

static int none_left(const struct config *c, const char *const *r, size_t n_r, struct error *err)
{
	struct strbuf list cleanup_strbuf = STRBUF_INIT;
	struct origin from = config_origin(c, "rules_files");

	for (size_t i = 0; i < (n_r ? n_r : c->rules_files.n); i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", n_r ? r[i] : c->rules_files.v[i]);
	if (n_r)
		return error_input(err,
				   "no rules: nothing in %s that Falco would read (only names that "
				   "end in .yaml or .yml)",
				   list.buf);
	if (!c->rules_files.n)
		return error_at(err, from.file, from.line, from.col,
				"no rules: rules_files is empty, expected rules files there or "
				"with -r");
	return error_at(err, from.file, from.line, from.col,
			"no rules: nothing to read at %s (rules_files); give rules files with -r",
			list.buf);
}

int config_rules_files(const struct config *c, const char *const *r, size_t n_r, struct strvec *out,
		       struct error *err)
{
	size_t before = out->n;

	for (size_t i = 0; i < (n_r ? n_r : c->rules_files.n); i++)
		if (add_path(c, n_r ? r[i] : c->rules_files.v[i], n_r > 0, out, err))
			return -1;
	return out->n > before ? 0 : none_left(c, r, n_r, err);
}

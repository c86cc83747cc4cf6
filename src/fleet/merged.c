/* SPDX-License-Identifier: Apache-2.0 */
/* The merged file. */
#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "fleet/fleet.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "{\"falcotune_fleet\":"

bool fleet_is_merged(const char *text)
{
	return !strncmp(text, MARK, strlen(MARK));
}

static int add_line(struct strbuf *out, json_t *line, struct error *err)
{
	char *text cleanup_free = line ? json_dumps(line, JSON_COMPACT) : NULL;

	json_decref(line);
	if (!text)
		return error_internal(err, "a record of the fleet cannot be written as JSON");
	strbuf_addstr(out, text);
	strbuf_addch(out, '\n');
	return 0;
}

static json_t *head(const struct fleet *f)
{
	return json_pack("{s:i s:s s:I s:I s:I s:I s:I s:I}", "falcotune_fleet", 1,
			 "falcotune_version", FALCOTUNE_VERSION, "hosts", (json_int_t)f->n,
			 "broken", (json_int_t)f->n_broken, "files", (json_int_t)f->files, "bytes",
			 (json_int_t)f->bytes, "lines", (json_int_t)f->lines, "samples",
			 (json_int_t)f->samples);
}

int fleet_write(const struct fleet *f, struct strbuf *out, struct error *err)
{
	int rc = add_line(out, head(f), err);

	for (size_t i = 0; !rc && i < f->n; i++)
		rc = add_line(out, fleet_host_to_json(&f->hosts[i]), err);
	for (size_t i = 0; !rc && i < f->n_broken; i++) {
		const struct take_broken *b = &f->broken[i];
		json_t *o = json_object();

		json_object_set_new(o, "broken", utf8_json(b->file));
		json_object_set_new(o, "lines", json_integer(b->lines));
		json_object_set_new(o, "why", utf8_json(b->why));
		rc = add_line(out, o, err);
	}
	return rc;
}

/* ---- reading ---- */

static uint64_t count(const json_t *o, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(o, name));

	return v > 0 ? (uint64_t)v : 0;
}

struct promised {
	uint64_t hosts, broken;
};

static int take_head(struct fleet *f, const json_t *o, const char *path, struct promised *p,
		     struct error *err)
{
	if (json_integer_value(json_object_get(o, "falcotune_fleet")) != 1)
		return error_at(err, path, 1, 0, "$.falcotune_fleet: expected 1");
	*p = (struct promised){count(o, "hosts"), count(o, "broken")};
	f->files += count(o, "files");
	f->bytes += count(o, "bytes");
	f->lines += count(o, "lines");
	f->samples += count(o, "samples");
	return 0;
}

static int take_line(struct taken *t, const json_t *o, const char *path, size_t line,
		     struct error *err)
{
	const char *file = json_string_value(json_object_get(o, "broken"));
	const char *why = json_string_value(json_object_get(o, "why"));

	if (!json_object_get(o, "broken")) {
		ALLOC_GROW(t->hosts, t->n, t->alloc);
		if (fleet_host_from_json(&t->hosts[t->n], o, path, line, err))
			return -1;
		t->n++;
		return 0;
	}
	if (!file || !why)
		return error_at(err, path, line, 0, "$.broken and $.why: expected strings");
	ALLOC_GROW(t->broken, t->n_broken, t->alloc_broken);
	t->broken[t->n_broken++] = (struct take_broken){
		.file = xstrdup(file), .lines = (int64_t)count(o, "lines"), .why = xstrdup(why)};
	return 0;
}

static int read_lines(FILE *in, const char *path, struct fleet *f, struct taken *t,
		      struct error *err)
{
	char *text cleanup_free = NULL;
	struct promised promised = {0};
	size_t alloc = 0, line = 0;
	ssize_t n;
	int rc = 0;

	while (!rc && (n = getline(&text, &alloc, in)) > 0) {
		json_error_t je;
		json_t *o = json_loadb(text, (size_t)n, 0, &je);

		line++;
		if (!json_is_object(o))
			rc = error_at(err, path, line, o ? 1 : (size_t)je.column,
				      "not a record (%s), expected the output of falcotune fleet "
				      "collect",
				      o ? "no object" : je.text);
		else
			rc = line == 1 ? take_head(f, o, path, &promised, err)
				       : take_line(t, o, path, line, err);
		json_decref(o);
	}
	if (!rc && (t->n != promised.hosts || t->n_broken != promised.broken))
		rc = error_at(err, path, line, 0,
			      "cut off: %zu hosts and %zu broken files, expected %llu and %llu",
			      t->n, t->n_broken, (unsigned long long)promised.hosts,
			      (unsigned long long)promised.broken);
	return rc;
}

int fleet_read_merged(const char *path, struct fleet *out, struct error *err)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *file cleanup_fclose = is_stdin ? NULL : fopen(path, "re");
	struct taken t = {0};
	int rc;

	if (!file && !is_stdin)
		return error_sys(err, ERROR_INPUT, errno, "%s: cannot be read", path);
	rc = read_lines(is_stdin ? stdin : file, is_stdin ? "<stdin>" : path, out, &t, err);
	if (!rc)
		fleet_add(out, &t);
	taken_release(&t);
	return rc;
}

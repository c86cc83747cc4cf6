/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0 (OASIS standard, sections 3.13 run, 3.19 toolComponent, 3.27 result, 3.30 region).
 */
#include "lint/check.h"

#include "base/map.h"
#include "base/mem.h"

#include <stdint.h>
#include <string.h>

#define SARIF_SCHEMA                                                                               \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"                      \
	"sarif-schema-2.1.0.json"

static const char *level(enum lint_severity s)
{
	static const char *const levels[] = {
		[LINT_ERROR] = "error", [LINT_WARNING] = "warning", [LINT_INFO] = "note"};

	return levels[s];
}

/* Folders that two absolute paths share: bytes up to and with the last common slash. */
static size_t common(const char *a, const char *b)
{
	size_t n = 0, slash = 0;

	for (; a[n] && a[n] == b[n]; n++)
		if (a[n] == '/')
			slash = n + 1;
	/* The whole of base is a folder of the file. */
	return !a[n] && b[n] == '/' ? n + 1 : slash;
}

static void add_uri(struct strbuf *out, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/";

	for (; *path; path++)
		strbuf_addf(out, strchr(plain, *path) ? "%c" : "%%%02X", (unsigned char)*path);
}

char *check_relative_path(const char *base, const char *file, bool uri)
{
	struct strbuf path cleanup_strbuf = STRBUF_INIT;
	struct strbuf out = STRBUF_INIT;
	size_t same;

	while (!strncmp(file, "./", 2))
		file += 2;
	if (*file == '/' && base && *base == '/') {
		same = common(base, file);
		for (const char *p = base + (same <= strlen(base) ? same : strlen(base)); *p;) {
			strbuf_addstr(&path, "../");
			p += strcspn(p, "/");
			p += strspn(p, "/");
		}
		file += same;
	}
	strbuf_addstr(&path, file);
	if (uri)
		add_uri(&out, path.buf);
	else
		strbuf_addstr(&out, path.buf);
	return strbuf_detach(&out);
}

static json_t *message(const char *text)
{
	return json_pack("{s:s}", "text", text);
}

static json_t *rule_json(const struct check_entry *e)
{
	json_t *o = json_object();
	struct strbuf help cleanup_strbuf = STRBUF_INIT;

	json_object_set_new(o, "id", json_string(e->code));
	json_object_set_new(o, "shortDescription", message(e->summary));
	json_object_set_new(
		o, "defaultConfiguration",
		json_pack("{s:s}", "level", level(e->row ? e->row->severity : e->severity)));
	if (!e->row)
		return o;
	json_object_set_new(o, "name", json_string(e->row->slug));
	json_object_set_new(o, "fullDescription", message(e->row->more));
	strbuf_addf(&help, "It costs: %s\nTo mend it: %s", e->row->cost, e->row->mend);
	json_object_set_new(o, "help", message(help.buf));
	return o;
}

static json_t *location_json(const struct check_entry *e, const char *base)
{
	char *uri cleanup_free = check_relative_path(base, e->file, true);
	json_t *physical = json_object(), *o = json_object();
	json_t *artifact = json_pack("{s:s}", "uri", uri);

	/* An absolute path stands for itself; what is relative, is so to the root of the sources.
	 */
	if (*uri != '/')
		json_object_set_new(artifact, "uriBaseId", json_string("%SRCROOT%"));
	json_object_set_new(physical, "artifactLocation", artifact);
	if (e->line) {
		json_t *region = json_pack("{s:I}", "startLine", (json_int_t)e->line);

		if (e->col)
			json_object_set_new(region, "startColumn",
					    json_integer((json_int_t)e->col));
		json_object_set_new(physical, "region", region);
	}
	json_object_set_new(o, "physicalLocation", physical);
	if (e->item) {
		json_t *logical = json_pack("{s:s}", "name", e->item);

		if (e->item_type)
			json_object_set_new(logical, "kind", json_string(e->item_type));
		json_object_set_new(o, "logicalLocations", json_pack("[o]", logical));
	}
	return o;
}

static json_t *result_json(const struct check_entry *e, const char *base, size_t rule)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	json_t *o = json_object(), *locations = json_array();

	check_entry_text(e, &text);
	if (e->mend && *e->mend)
		strbuf_addf(&text, " To mend it: %s", e->mend);
	json_object_set_new(o, "ruleId", json_string(e->code));
	json_object_set_new(o, "ruleIndex", json_integer((json_int_t)rule));
	json_object_set_new(o, "level", json_string(level(e->severity)));
	json_object_set_new(o, "message", message(text.buf));
	if (e->file)
		json_array_append_new(locations, location_json(e, base));
	json_object_set_new(o, "locations", locations);
	return o;
}

/* The results, and each code once in rules. */
static json_t *results_json(const struct check_report *r, const char *base, json_t *rules)
{
	struct strmap known cleanup_strmap = STRMAP_INIT;
	json_t *results = json_array();

	for (size_t i = 0; i < r->n; i++) {
		const struct check_entry *e = &r->v[i];
		uintptr_t index;

		if (e->repeated)
			continue;
		index = (uintptr_t)strmap_get(&known, e->code);
		if (!index) {
			json_array_append_new(rules, rule_json(e));
			index = json_array_size(rules);
			strmap_put(&known, e->code, (void *)index);
		}
		json_array_append_new(results, result_json(e, base, (size_t)index - 1));
	}
	return results;
}

json_t *check_to_sarif(const struct check_report *r, const char *base)
{
	json_t *rules = json_array(), *results = results_json(r, base, rules);
	json_t *driver = json_pack("{s:s, s:s, s:o}", "name", "falcotune", "version",
				   FALCOTUNE_VERSION, "rules", rules);
	json_t *properties = json_pack("{s:s, s:s, s:s, s:b}", "falco", r->cat->falco,
				       "rules_engine", r->cat->rules_engine, "fields",
				       catalogue_find(NULL)->falco, "successful", r->successful);
	json_t *run = json_pack("{s:{s:o}, s:s, s:o, s:[{s:b}], s:o}", "tool", "driver", driver,
				"columnKind", "unicodeCodePoints", "results", results,
				"invocations", "executionSuccessful", 1, "properties", properties);

	return json_pack("{s:s, s:s, s:[o]}", "$schema", SARIF_SCHEMA, "version", "2.1.0", "runs",
			 run);
}

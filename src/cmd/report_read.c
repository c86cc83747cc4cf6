/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/report_read.h"

#include "advise/advise.h"
#include "base/fs.h"
#include "base/mem.h"
#include "report/capacity.h"
#include "report/profile.h"
#include "report/report.h"
#include "report/search.h"
#include "report/sweep.h"

#include <string.h>

#define RESULTS_MAX ((size_t)1 << 30)

struct source {
	char *path, *file, *label;
	struct strbuf text;
	json_t *doc;
	size_t kind; /* index of kinds[] */
	const void *it;
	struct plan plan; /* of capacity and sweep */
	struct results run;
	struct capacity capacity;
	struct sweep sweep;
	struct search search;
	struct profile_shown profile;
};

/* ---- the kinds ---- */

static int read_run(struct source *s, struct error *err)
{
	json_t *doc;

	if (results_from_text(&s->run, s->doc, s->text.buf, s->text.len, s->file, err))
		return -1;
	s->it = &s->run;
	/* Anew, so that results of an earlier falcotune get the verdicts of this one. */
	advise_results(&s->run);
	doc = results_to_json(&s->run);
	json_decref(s->doc);
	s->doc = doc;
	return 0;
}

static void release_run(struct source *s)
{
	results_release(&s->run);
}

static int read_capacity(struct source *s, struct error *err)
{
	s->it = &s->capacity;
	return capacity_from_json(&s->capacity, &s->plan, s->doc, s->text.buf, s->text.len, s->file,
				  err);
}

/* A plan without cases of its own. */
static void release_plan(struct source *s)
{
	results_release(&s->plan.res);
}

static void release_capacity(struct source *s)
{
	capacity_release(&s->capacity);
	release_plan(s);
}

static int read_sweep(struct source *s, struct error *err)
{
	s->it = &s->sweep;
	return sweep_from_json(&s->sweep, &s->plan, s->doc, s->text.buf, s->text.len, s->file, err);
}

static void release_sweep(struct source *s)
{
	sweep_release(&s->sweep);
	release_plan(s);
}

static int read_search(struct source *s, struct error *err)
{
	s->it = &s->search;
	return search_from_json(&s->search, s->doc, s->text.buf, s->text.len, s->file, err);
}

static void release_search(struct source *s)
{
	search_release(&s->search);
}

/* Profiles of the single runs, beside the report; without them, all runs as one. */
static int read_profiles(struct source *s, struct eprofile **v, size_t *n, struct error *err)
{
	json_int_t runs = json_integer_value(json_object_get(s->doc, "runs"));
	char *dir cleanup_free = fs_dirname(s->file);
	char *all cleanup_free = NULL;

	*v = xcalloc(runs > 0 && runs < 10000 ? (size_t)runs + 1 : 1, sizeof(**v));
	for (json_int_t i = 1; i <= runs && runs < 10000; i++) {
		char *file cleanup_free = xasprintf("%s/run-%lld/profile.json", dir, (long long)i);

		if (!fs_exists(file))
			break;
		if (eprofile_read(file, &(*v)[*n], err))
			return -1;
		++*n;
	}
	if (*n && (json_int_t)*n == runs)
		return 0;
	for (size_t i = 0; i < *n; i++)
		eprofile_release(&(*v)[i]);
	*n = 0;
	all = json_dumps(json_object_get(s->doc, "profile"), JSON_COMPACT);
	if (!all)
		return error_input(err, "%s: expected a member profile, an object", s->file);
	if (eprofile_parse(s->file, all, strlen(all), &(*v)[0], err))
		return -1;
	*n = 1;
	if (runs > 1)
		strvec_pushf(&s->profile.warnings,
			     "the profiles of the %lld single runs are not beside %s: counts and "
			     "times are of all together, without intervals",
			     (long long)runs, s->file);
	return 0;
}

static int read_profile(struct source *s, struct error *err)
{
	const json_t *warnings = json_object_get(s->doc, "warnings"), *e;
	const char *what = json_string_value(json_object_get(s->doc, "profiled"));
	struct eprofile *v = NULL;
	size_t n = 0, i;

	s->it = &s->profile;
	s->profile.what = xstrdup(what ? what : "unknown");
	s->profile.command = json_string_value(json_object_get(s->doc, "command"));
	s->profile.top = 20;
	json_array_foreach(warnings, i, e) if (json_is_string(e))
		strvec_push(&s->profile.warnings, json_string_value(e));
	if (read_profiles(s, &v, &n, err)) {
		for (i = 0; i < n; i++)
			eprofile_release(&v[i]);
		free(v);
		return -1;
	}
	return ep_runs_make(&s->profile.runs, v, n, err);
}

static void release_profile(struct source *s)
{
	ep_runs_release(&s->profile.runs);
	strvec_release(&s->profile.warnings);
	free(s->profile.what);
}

/* file: in a folder; kind: the member `kind` of its document, NULL: that of a run has none. */
static const struct {
	const char *word, *file, *kind;
	unsigned present;
	const struct emit_kind *emit;
	int (*read)(struct source *s, struct error *err);
	void (*release)(struct source *s);
} kinds[] = {
	{"run", "results.json", NULL, REPORT_RUN, &results_kind, read_run, release_run},
	{"capacity", "capacity.json", "capacity", REPORT_CAPACITY, &capacity_kind, read_capacity,
	 release_capacity},
	{"sweep", "sweep.json", "sweep", REPORT_SWEEP, &sweep_kind, read_sweep, release_sweep},
	{"search", "search.json", "search", REPORT_SEARCH, &search_kind, read_search,
	 release_search},
	{"profile", "profile.json", "profile-report", REPORT_PROFILE, &profile_kind, read_profile,
	 release_profile},
};

/* ---- reading ---- */

static void source_free(struct source *s)
{
	if (s->it)
		kinds[s->kind].release(s);
	free(s->path);
	free(s->file);
	free(s->label);
	strbuf_release(&s->text);
	json_decref(s->doc);
	free(s);
}

static int find_kind(struct source *s, struct error *err)
{
	const char *kind = json_string_value(json_object_get(s->doc, "kind"));

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].kind ? !kind || strcmp(kind, kinds[i].kind) != 0
				  : kind || !json_is_array(json_object_get(s->doc, "cases")))
			continue;
		s->kind = i;
		return 0;
	}
	return error_input(err,
			   "%s: no results that can be reported, expected those of falcotune run, "
			   "capacity, run --sweep, run --search or profile",
			   s->file);
}

static int read_file(struct sources *out, const char *path, const char *file, struct error *err)
{
	struct source *s = xcalloc(1, sizeof(*s));
	json_error_t je;

	s->path = xstrdup(path);
	s->file = xstrdup(file);
	strbuf_init(&s->text);
	ALLOC_GROW(out->v, out->n, out->alloc);
	out->v[out->n++] = s;
	if (fs_read_file(file, &s->text, RESULTS_MAX, err))
		return -1;
	s->doc = json_loadb(s->text.buf, s->text.len, 0, &je);
	if (!s->doc)
		return error_input(err, "%s:%d:%d: not JSON (%s), expected results of falcotune",
				   file, je.line, je.column, je.text);
	return find_kind(s, err) || kinds[s->kind].read(s, err) ? -1 : 0;
}

int sources_read(struct sources *out, const char *path, struct error *err)
{
	size_t before = out->n;

	if (!fs_is_dir(path))
		return read_file(out, path, path, err);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char *file cleanup_free = fs_join(path, kinds[i].file);

		if (fs_exists(file) && read_file(out, path, file, err))
			return -1;
	}
	return out->n > before
		       ? 0
		       : error_input(err,
				     "%s: no results in it, expected results.json, capacity.json, "
				     "sweep.json, search.json or profile.json (an unfinished run "
				     "is finished by falcotune run --resume)",
				     path);
}

/* ---- names ---- */

/* The last part of the path, or the whole where others have the same. */
static char *short_name(const char *path)
{
	size_t len = strlen(path), from;

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (from = len; from && path[from - 1] != '/'; from--)
		;
	return xstrndup(path + from, len - from);
}

/* Names are unique within a kind. */
static bool is_taken(const struct sources *s, size_t i)
{
	for (size_t k = 0; k < s->n; k++)
		if (k != i && s->v[k]->kind == s->v[i]->kind &&
		    !strcmp(s->v[k]->label, s->v[i]->label))
			return true;
	return false;
}

/* Those that others have too get another name: what is told by `make`. */
static void rename_taken(struct sources *s, char *(*make)(const struct source *s, size_t i))
{
	bool *same cleanup_free = xcalloc(s->n + 1, sizeof(*same));

	for (size_t i = 0; i < s->n; i++)
		same[i] = is_taken(s, i);
	for (size_t i = 0; i < s->n; i++)
		if (same[i]) {
			char *name = make(s->v[i], i);

			free(s->v[i]->label);
			s->v[i]->label = name;
		}
}

static char *by_path(const struct source *s, size_t i)
{
	(void)i;
	return xstrdup(s->path);
}

/* The same twice. */
static char *by_number(const struct source *s, size_t i)
{
	return xasprintf("%s #%zu", s->path, i + 1);
}

void sources_finish(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->v[i]->label = short_name(s->v[i]->path);
	rename_taken(s, by_path);
	rename_taken(s, by_number);
	s->parts = xcalloc(s->n + 1, sizeof(*s->parts));
	for (size_t i = 0; i < s->n; i++)
		s->parts[i] = (struct together_part){
			.label = s->v[i]->label,
			.path = s->v[i]->path,
			.word = kinds[s->v[i]->kind].word,
			.present = kinds[s->v[i]->kind].present,
			.kind = kinds[s->v[i]->kind].emit,
			.it = s->v[i]->it,
			.doc = s->v[i]->doc,
		};
}

int sources_write_one(const struct sources *s, enum out_format f, struct strbuf *out,
		      struct error *err)
{
	const struct source *one = s->v[0];

	if (f == FORMAT_JSON) /* as it was, but for what advice made anew */
		return emit_json(out, json_incref(one->doc), 15, kinds[one->kind].word, err);
	if (one->it == &one->run)
		return report_write(&one->run, f, out, err);
	return emit_report(kinds[one->kind].emit, one->it, f, out, err);
}

void sources_release(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		source_free(s->v[i]);
	free(s->v);
	free(s->parts);
	*s = (struct sources){0};
}

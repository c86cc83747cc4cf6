/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/syscalls_diff.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cmd/release.h"

#include <stdio.h>
#include <string.h>

struct side {
	const char *label; /* as given */
	char *config_file; /* owned; NULL: the common one */
	const char *falco; /* of parts */
	struct strvec parts, rules, sets;
	struct prediction p;
	struct strvec names; /* final set */
};

#define SIDE_INIT                                                                                  \
	{                                                                                          \
		.p = PREDICTION_INIT                                                               \
	}

static void side_release(struct side *s)
{
	prediction_release(&s->p);
	free(s->config_file);
	strvec_release(&s->parts);
	strvec_release(&s->rules);
	strvec_release(&s->sets);
	strvec_release(&s->names);
}

/* A file is a falco.yaml when its top is a mapping, rules otherwise. */
static int add_file(struct side *s, const char *path, struct error *err)
{
	struct yaml_docs d;
	bool map;

	if (fs_is_dir(path)) {
		strvec_push(&s->rules, path);
		return 0;
	}
	if (yaml_parse_file(&d, path, NULL, err))
		return -1;
	map = d.n && d.docs[0]->kind == YAML_MAP;
	yaml_release(&d);
	if (!map) {
		strvec_push(&s->rules, path);
		return 0;
	}
	if (s->config_file)
		return error_input(err, "%s and %s are both a falco.yaml, expected one a side",
				   s->config_file, path);
	s->config_file = xstrdup(path);
	return 0;
}

static int add_part(struct side *s, const char *part, struct error *err)
{
	if (!strcmp(part, "base"))
		return 0;
	if (!strcmp(part, "auto") || (!fs_exists(part) && release_minor(part) >= 0)) {
		s->falco = part;
		return 0;
	}
	if (fs_exists(part))
		return add_file(s, part, err);
	if (strchr(part, '=')) {
		strvec_push(&s->sets, part);
		return 0;
	}
	return error_input(err,
			   "'%s' is no side of --diff, expected a release, a rules file or folder, "
			   "a falco.yaml, KEY=VALUE or base",
			   part);
}

static int read_side(struct side *s, const struct predict_input *common, struct error *err)
{
	char *copy cleanup_free = xstrdup(s->label), *save = NULL;

	for (char *w = strtok_r(copy, ";", &save); w; w = strtok_r(NULL, ";", &save))
		strvec_push(&s->parts, w);
	strvec_copy(&s->rules, common->rules);
	strvec_copy(&s->sets, common->sets);
	for (size_t i = 0; i < s->parts.n; i++)
		if (add_part(s, s->parts.v[i], err))
			return -1;
	return 0;
}

static int compute(struct side *s, struct cmd_ctx *ctx, const struct predict_input *common,
		   const char *falco, const char *engine, struct error *err)
{
	struct predict_input in = *common;
	const char *version;
	bool is_auto;

	if (read_side(s, common, err))
		return -1;
	version = s->falco ? s->falco : falco;
	is_auto = version && !strcmp(version, "auto");
	if (s->config_file)
		in.config_file = s->config_file;
	in.rules = &s->rules;
	in.sets = &s->sets;
	if (cmd_release(ctx, version, is_auto ? engine : NULL, &in.cat, err))
		return -1;
	in.all_flag &= release_of(in.cat)->all_flag; /* the other release may have it */
	if (predict(&s->p, &in, ctx, err))
		return error_wrap(err, "side %s", s->label);
	cat_scs_to_names(s->p.cat, s->p.sel.final, &s->names);
	return 0;
}

/* Why a name that the other side has is not on this one. */
static void add_absence(const struct side *s, const char *name, struct strbuf *out)
{
	ledger_why_not(&s->p.in, &s->p.sel, name, out);
}

/* ---- text ---- */

static void print_side(char letter, const struct side *s)
{
	printf("%c: %s: Falco %s, %zu rules, %zu syscalls%s\n", letter, s->label, s->p.cat->falco,
	       s->p.in.n_rules, s->names.n, s->p.refused.n ? "; REFUSED:" : "");
	for (size_t i = 0; i < s->p.refused.n; i++)
		printf("   %s\n", s->p.refused.v[i]);
}

/* What `has` has and `lacks` lacks. */
static void print_only(const char *title, const struct side *has, const struct side *lacks)
{
	size_t n = 0;

	for (size_t i = 0; i < has->names.n; i++)
		n += !strvec_has(&lacks->names, has->names.v[i]);
	printf("\n%s (%zu)%s\n", title, n, n ? ":" : "");
	for (size_t i = 0; i < has->names.n; i++) {
		struct strbuf why cleanup_strbuf = STRBUF_INIT, absent cleanup_strbuf = STRBUF_INIT;
		const char *name = has->names.v[i];

		if (strvec_has(&lacks->names, name))
			continue;
		predict_reasons(&has->p, name, &why);
		add_absence(lacks, name, &absent);
		printf("  %-20s %s [other side: %s]\n", name, why.buf, absent.buf);
	}
}

static bool is_blind(const struct side *s, const char *rule)
{
	for (size_t i = 0; i < s->p.ledger.n; i++)
		if (s->p.ledger.rows[i].blind && !strcmp(s->p.ledger.rows[i].rule, rule))
			return true;
	return false;
}

/* Rules that are blind on one side only. */
static void new_blind(const struct side *s, const struct side *other, struct strvec *out)
{
	for (size_t i = 0; i < s->p.ledger.n; i++) {
		const struct ledger_row *r = &s->p.ledger.rows[i];

		if (r->blind && !is_blind(other, r->rule))
			strvec_push(out, r->rule);
	}
}

static void print_blind(const char *title, const struct side *s, const struct side *other)
{
	struct strvec rules cleanup_strvec = STRVEC_INIT;

	new_blind(s, other, &rules);
	if (rules.n)
		printf("\n%s (%zu):\n", title, rules.n);
	for (size_t i = 0; i < rules.n; i++)
		printf("  %s\n", rules.v[i]);
}

static void print_text(const struct side *a, const struct side *b)
{
	print_side('A', a);
	print_side('B', b);
	if (a->p.cat != catalogue_find(NULL) || b->p.cat != catalogue_find(NULL))
		printf("Fields of conditions and outputs are those of Falco %s.\n",
		       catalogue_find(NULL)->falco);
	print_only("Enters with B", b, a);
	print_only("Leaves with B", a, b);
	print_blind("Rules that go blind with B", b, a);
	print_blind("Rules that see again with B", a, b);
}

/* ---- JSON ---- */

static json_t *side_to_json(const struct side *s)
{
	return json_pack("{s:o, s:s, s:s, s:i, s:o, s:o}", "side", utf8_json(s->label), "falco",
			 s->p.cat->falco, "engine_version", s->p.cat->rules_engine, "rules",
			 (int)s->p.in.n_rules, "final", utf8_json_list(&s->names), "refused",
			 utf8_json_list(&s->p.refused));
}

static void add_kind(void *arg, enum why_kind kind, const char *name)
{
	json_array_append_new(arg, json_pack("{s:s, s:o}", "kind", why_kind_names[kind], "name",
					     utf8_json(name)));
}

static json_t *only_to_json(const struct side *has, const struct side *lacks)
{
	json_t *out = json_array();

	for (size_t i = 0; i < has->names.n; i++) {
		struct strbuf absent cleanup_strbuf = STRBUF_INIT;
		const char *name = has->names.v[i];
		json_t *why;

		if (strvec_has(&lacks->names, name))
			continue;
		why = json_array();
		selection_why(&has->p.in, &has->p.sel, name, add_kind, why);
		add_absence(lacks, name, &absent);
		json_array_append_new(out, json_pack("{s:s, s:o, s:o}", "name", name, "why", why,
						     "other", utf8_json(absent.buf)));
	}
	return out;
}

static json_t *blind_to_json(const struct side *s, const struct side *other)
{
	struct strvec rules cleanup_strvec = STRVEC_INIT;

	new_blind(s, other, &rules);
	return utf8_json_list(&rules);
}

static int print_json(const struct side *a, const struct side *b, struct error *err)
{
	json_t *out = json_object();

	json_object_set_new(out, "a", side_to_json(a));
	json_object_set_new(out, "b", side_to_json(b));
	json_object_set_new(out, "enters", only_to_json(b, a));
	json_object_set_new(out, "leaves", only_to_json(a, b));
	json_object_set_new(out, "goes_blind", blind_to_json(b, a));
	json_object_set_new(out, "sees_again", blind_to_json(a, b));
	json_object_set_new(out, "fields_of", json_string(catalogue_find(NULL)->falco));
	return cmd_print_json(out, 0, err);
}

int syscalls_diff(struct cmd_ctx *ctx, const struct predict_input *common, const char *falco,
		  const char *engine, char **sides, bool json, int *code, struct error *err)
{
	struct side a = SIDE_INIT, b = SIDE_INIT;
	int rc;

	a.label = sides[0];
	b.label = sides[1];
	rc = compute(&a, ctx, common, falco, engine, err) ||
			     compute(&b, ctx, common, falco, engine, err)
		     ? -1
		     : 0;
	if (!rc && (a.p.refused.n || b.p.refused.n))
		*code = EXIT_FINDING;
	if (!rc && json)
		rc = print_json(&a, &b, err);
	else if (!rc)
		print_text(&a, &b);
	side_release(&a);
	side_release(&b);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/case_file.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Falco's buf_size_preset is 1..10; a host with more CPUs than this is not one Falco runs on. */
#define PRESET_MIN 1
#define PRESET_MAX 10
#define CPUS_MAX   4096
/* More values in one list than anything sensible. */
#define SWEEP_MAX 64

static const char *const case_keys[] = {"id",	   "title", "rules",	 "base_syscalls", "engine",
					"plugins", "load",  "reference", "expect",	  NULL};
static const char *const base_keys[] = {"custom_set", "repair", "all", NULL};
static const char *const engine_keys[] = {"kind", "modern_ebpf", "kmod", NULL};
static const char *const modern_keys[] = {"buf_size_preset", "cpus_for_each_buffer",
					  "drop_failed_exit", NULL};
static const char *const kmod_keys[] = {"buf_size_preset", "drop_failed_exit", NULL};
static const char *const expect_keys[] = {"final_set", "max_drop", NULL};

/* The values of one thing that may be swept. */
struct sweep {
	int v[SWEEP_MAX];
	size_t n;
	bool listed; /* written as a list, so that it shows in the variant's name */
};

struct sweeps {
	struct sweep preset, cpus, plugins; /* plugins: 0 own, 1 none */
};

bool case_id_valid(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return n > 0 && n <= 64 && !id[n] && !strchr("._-", id[0]);
}

/* One element of a sweep. */
typedef int (*read_value)(const struct yaml_node *n, const char *what, int *out, struct error *err);

static int read_preset(const struct yaml_node *n, const char *what, int *out, struct error *err)
{
	int64_t v;

	if (yaml_read_int(n, what, PRESET_MIN, PRESET_MAX, &v, err) < 0)
		return -1;
	*out = (int)v;
	return 0;
}

static int read_cpus(const struct yaml_node *n, const char *what, int *out, struct error *err)
{
	int64_t v;

	if (yaml_read_int(n, what, 0, CPUS_MAX, &v, err) < 0)
		return -1;
	*out = (int)v;
	return 0;
}

static int read_plugins(const struct yaml_node *n, const char *what, int *out, struct error *err)
{
	const char *text;

	if (yaml_read_str(n, what, &text, err) < 0)
		return -1;
	if (strcmp(text, "own") && strcmp(text, "none"))
		return yaml_error(n, err, "%s is %s, expected own or none", what, text);
	*out = !strcmp(text, "none");
	return 0;
}

static int read_sweep(const struct yaml_node *n, const char *what, read_value read,
		      struct sweep *out, struct error *err)
{
	if (n->kind != YAML_SEQ) {
		out->n = 1;
		return read(n, what, &out->v[0], err);
	}
	if (!n->n)
		return yaml_error(n, err, "%s is an empty list, expected at least one value", what);
	if (n->n > SWEEP_MAX)
		return yaml_error(n, err, "%s lists %zu values, expected at most %d", what, n->n,
				  SWEEP_MAX);
	for (size_t i = 0; i < n->n; i++)
		if (read(n->items[i], what, &out->v[i], err) < 0)
			return -1;
	out->n = n->n;
	out->listed = true;
	return 0;
}

/* A list of syscall names. `!name` unquoted is a YAML tag on nothing, which Falco reads as an empty
 * name and ignores without a word: refused here. */
static int read_names(const struct yaml_node *n, const char *what, bool negatives,
		      struct strvec *out, struct error *err)
{
	if (n->kind != YAML_SEQ)
		return yaml_error(n, err, "%s is %s, expected a list of syscall names", what,
				  n->kind == YAML_SCALAR ? n->value : yaml_kind_name(n));
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_node *item = n->items[i];
		const char *name;

		if (item->tagged && item->kind != YAML_SEQ && item->kind != YAML_MAP && !item->len)
			return yaml_error(item, err,
					  "%s has %s without quotes, which YAML reads as a tag; "
					  "expected \"%s\"",
					  what, item->tag, item->tag);
		if (yaml_read_str(item, what, &name, err) < 0)
			return -1;
		if (*name == '!' && negatives)
			name++;
		if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")])
			return yaml_error(item, err, "%s has '%s', expected a syscall name%s", what,
					  item->value, negatives ? " or \"!name\"" : "");
		strvec_push(out, item->value);
	}
	return 0;
}

static int read_base(const struct yaml_node *n, struct tcase *c, struct error *err)
{
	const struct yaml_node *v;

	if (yaml_check_keys(n, "base_syscalls", base_keys, err) < 0)
		return -1;
	c->has_base = true;
	if ((v = yaml_get(n, "custom_set")) &&
	    read_names(v, "base_syscalls.custom_set", true, &c->custom_set, err) < 0)
		return -1;
	if ((v = yaml_get(n, "repair")) &&
	    yaml_read_bool(v, "base_syscalls.repair", &c->repair, err) < 0)
		return -1;
	if ((v = yaml_get(n, "all")) && yaml_read_bool(v, "base_syscalls.all", &c->all, err) < 0)
		return -1;
	return 0;
}

static int read_kind(const struct yaml_node *n, int *out, struct error *err)
{
	static const enum engine_kind live[] = {ENGINE_MODERN_EBPF, ENGINE_KMOD};
	const char *text;

	if (yaml_read_str(n, "engine.kind", &text, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(live); i++) {
		if (!strcmp(text, engine_kind_names[live[i]])) {
			*out = (int)live[i];
			return 0;
		}
	}
	return yaml_error(n, err, "engine.kind is %s, expected modern_ebpf or kmod", text);
}

static int read_drop_failed(const struct yaml_node *section, const char *what, bool in_effect,
			    int *out, struct error *err)
{
	const struct yaml_node *v = yaml_get(section, "drop_failed_exit");
	bool drop;

	if (!v)
		return 0;
	if (yaml_read_bool(v, what, &drop, err) < 0)
		return -1;
	if (in_effect)
		*out = drop;
	return 0;
}

/* Both sections are checked; that of the engine.kind in effect holds, and the other one's presets
 * where it is not there, so that one case file serves both drivers. */
static int read_engine(const struct yaml_node *n, enum engine_kind kind, struct tcase *c,
		       struct sweeps *s, struct error *err)
{
	const struct yaml_node *modern, *kmod, *v;
	struct sweep modern_preset = {0}, kmod_preset = {0};

	if (yaml_check_keys(n, "engine", engine_keys, err) < 0)
		return -1;
	if ((v = yaml_get(n, "kind")) && read_kind(v, &c->kind, err) < 0)
		return -1;
	if (c->kind >= 0)
		kind = (enum engine_kind)c->kind;
	modern = yaml_get(n, "modern_ebpf");
	kmod = yaml_get(n, "kmod");
	if (modern && yaml_check_keys(modern, "engine.modern_ebpf", modern_keys, err) < 0)
		return -1;
	if (kmod && yaml_check_keys(kmod, "engine.kmod", kmod_keys, err) < 0)
		return -1;
	if ((v = yaml_get(modern, "buf_size_preset")) &&
	    read_sweep(v, "engine.modern_ebpf.buf_size_preset", read_preset, &modern_preset, err) <
		    0)
		return -1;
	if ((v = yaml_get(modern, "cpus_for_each_buffer")) &&
	    read_sweep(v, "engine.modern_ebpf.cpus_for_each_buffer", read_cpus, &s->cpus, err) < 0)
		return -1;
	if ((v = yaml_get(kmod, "buf_size_preset")) &&
	    read_sweep(v, "engine.kmod.buf_size_preset", read_preset, &kmod_preset, err) < 0)
		return -1;
	if (read_drop_failed(modern, "engine.modern_ebpf.drop_failed_exit",
			     kind == ENGINE_MODERN_EBPF, &c->drop_failed_exit, err) < 0 ||
	    read_drop_failed(kmod, "engine.kmod.drop_failed_exit", kind == ENGINE_KMOD,
			     &c->drop_failed_exit, err) < 0)
		return -1;
	if (kind == ENGINE_KMOD) {
		s->preset = kmod_preset.n ? kmod_preset : modern_preset;
		memset(&s->cpus, 0, sizeof(s->cpus));
	} else {
		s->preset = modern_preset.n ? modern_preset : kmod_preset;
	}
	return 0;
}

static int read_expect(const struct yaml_node *n, struct tcase *c, struct error *err)
{
	const struct yaml_node *v;
	const char *text;

	if (yaml_check_keys(n, "expect", expect_keys, err) < 0)
		return -1;
	if ((v = yaml_get(n, "final_set"))) {
		if (read_names(v, "expect.final_set", false, &c->expect_set, err) < 0)
			return -1;
		c->has_expect_set = true;
		strvec_sort(&c->expect_set);
	}
	if ((v = yaml_get(n, "max_drop"))) {
		if (yaml_read_str(v, "expect.max_drop", &text, err) < 0)
			return -1;
		if (!units_share(text, &c->expect_max_drop))
			return yaml_error(v, err,
					  "expect.max_drop is %s, expected a share such as 1%% or "
					  "0.01",
					  text);
		c->has_expect_drop = true;
	}
	return 0;
}

/* A path in a case file is relative to the file; the result is absolute. The caller frees. */
static char *path_from(const char *case_file, const char *path)
{
	char *dir cleanup_free = fs_dirname(case_file);
	char *joined cleanup_free = fs_join(dir, path);

	return fs_absolute(joined);
}

static int read_id(const struct yaml_node *root, struct tcase *c, struct case_place *place,
		   struct error *err)
{
	const struct yaml_node *v = yaml_get(root, "id");
	const char *text;

	if (!v)
		return yaml_error(root, err, "the case has no id, expected id: NAME");
	if (yaml_read_str(v, "id", &text, err) < 0)
		return -1;
	if (!case_id_valid(text))
		return yaml_error(v, err,
				  "id is '%s', expected at most 64 of a-z, 0-9, '.', '_' and '-', "
				  "beginning with a letter or digit",
				  text);
	*place = (struct case_place){v->line, v->col};
	c->id = xstrdup(text);
	return 0;
}

static int read_rules(const struct yaml_node *v, const char *file, struct tcase *c,
		      struct error *err)
{
	const char *text;

	if (yaml_read_str(v, "rules", &text, err) < 0)
		return -1;
	if (!strcmp(text, "dummy") || !strcmp(text, "user")) {
		c->rules = xstrdup(text);
		return 0;
	}
	c->rules = path_from(file, text);
	if (!fs_exists(c->rules))
		return yaml_error(v, err,
				  "rules: %s does not exist, expected dummy, user or a "
				  "path relative to the case file",
				  text);
	return 0;
}

static int read_texts(const struct yaml_node *root, const char *file, struct tcase *c,
		      struct error *err)
{
	const struct yaml_node *v;
	const char *text;

	if ((v = yaml_get(root, "title"))) {
		if (yaml_read_str(v, "title", &text, err) < 0)
			return -1;
		c->title = xstrdup(text);
	}
	if ((v = yaml_get(root, "rules")) && read_rules(v, file, c, err) < 0)
		return -1;
	if ((v = yaml_get(root, "load"))) {
		if (yaml_read_str(v, "load", &text, err) < 0)
			return -1;
		c->load = strpbrk(text, "./") ? path_from(file, text) : xstrdup(text);
	}
	if ((v = yaml_get(root, "reference")) &&
	    yaml_read_bool(v, "reference", &c->reference, err) < 0)
		return -1;
	return 0;
}

static int read_root(const struct yaml_node *root, const char *file, enum engine_kind kind,
		     struct tcase *c, struct sweeps *s, struct case_place *id, struct error *err)
{
	const struct yaml_node *v;

	if (yaml_check_keys(root, "a case", case_keys, err) < 0 || read_id(root, c, id, err) < 0 ||
	    read_texts(root, file, c, err) < 0)
		return -1;
	if ((v = yaml_get(root, "base_syscalls")) && read_base(v, c, err) < 0)
		return -1;
	if ((v = yaml_get(root, "engine")) && read_engine(v, kind, c, s, err) < 0)
		return -1;
	if ((v = yaml_get(root, "plugins")) &&
	    read_sweep(v, "plugins", read_plugins, &s->plugins, err) < 0)
		return -1;
	if ((v = yaml_get(root, "expect")) && read_expect(v, c, err) < 0)
		return -1;
	c->file = xstrdup(file);
	if (!c->title)
		c->title = xstrdup(c->id);
	if (!c->rules)
		c->rules = xstrdup("dummy");
	return 0;
}

/* A copy of the file's case with the values of one variant. */
static struct tcase make_variant(const struct tcase *base, const struct sweeps *s, int preset,
				 int cpus, bool plugins_none)
{
	struct tcase c = *base;
	struct strbuf name cleanup_strbuf = STRBUF_INIT;

	if (s->preset.listed)
		strbuf_addf(&name, "p%d", preset);
	if (s->cpus.listed)
		strbuf_addf(&name, "%sc%d", name.len ? "-" : "", cpus);
	if (s->plugins.listed && plugins_none)
		strbuf_addf(&name, "%snoplugins", name.len ? "-" : "");
	c.id = xstrdup(base->id);
	c.title = xstrdup(base->title);
	c.file = xstrdup(base->file);
	c.rules = xstrdup(base->rules);
	c.load = base->load ? xstrdup(base->load) : NULL;
	c.custom_set = c.expect_set = (struct strvec)STRVEC_INIT;
	strvec_copy(&c.custom_set, &base->custom_set);
	strvec_copy(&c.expect_set, &base->expect_set);
	c.key = name.len ? xasprintf("%s/%s", base->id, name.buf) : xstrdup(base->id);
	c.variant = strbuf_detach(&name);
	c.preset = preset;
	c.cpus = cpus;
	c.plugins_none = plugins_none;
	return c;
}

/* Is there a variant of this file already that does the same on this host? */
static bool has_equal(const struct case_list *l, size_t from, const struct tcase *c,
		      enum engine_kind kind, int n_cpus)
{
	for (size_t i = from; i < l->n; i++) {
		const struct tcase *o = &l->v[i];

		if (o->preset == c->preset && o->plugins_none == c->plugins_none &&
		    (o->cpus < 0) == (c->cpus < 0) &&
		    (c->cpus < 0 || case_effective_cpus(kind, o->cpus, n_cpus) ==
					    case_effective_cpus(kind, c->cpus, n_cpus)))
			return true;
	}
	return false;
}

static void expand(struct case_list *out, const struct tcase *base, const struct sweeps *s,
		   enum engine_kind kind, int n_cpus)
{
	size_t from = out->n;
	size_t n_preset = s->preset.n ? s->preset.n : 1;
	size_t n_cpu = s->cpus.n ? s->cpus.n : 1, n_plug = s->plugins.n ? s->plugins.n : 1;

	for (size_t i = 0; i < n_preset * n_cpu * n_plug; i++) {
		size_t ip = i / n_cpu % n_preset, ic = i % n_cpu, il = i / (n_cpu * n_preset);
		struct tcase c = make_variant(base, s, s->preset.n ? s->preset.v[ip] : 0,
					      s->cpus.n ? s->cpus.v[ic] : -1,
					      s->plugins.n && s->plugins.v[il]);

		if (has_equal(out, from, &c, kind, n_cpus)) {
			case_release(&c);
			continue;
		}
		ALLOC_GROW(out->v, out->n, out->alloc);
		out->v[out->n++] = c;
	}
}

static bool has_id(const struct case_list *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].id, id))
			return true;
	return false;
}

void case_list_buffers(struct case_list *l, const struct case_buffers *b, enum engine_kind kind,
		       int n_cpus)
{
	struct case_list out = CASE_LIST_INIT;

	for (size_t i = 0; i < l->n; i++) {
		const struct tcase *c = &l->v[i];
		enum engine_kind k = c->kind >= 0 ? (enum engine_kind)c->kind : kind;
		struct sweeps s = {.preset = {.n = b->n_presets, .listed = true},
				   .cpus = {.n = b->n_cpus, .listed = true},
				   .plugins = {.v = {c->plugins_none}, .n = 1}};

		if (has_id(&out, c->id))
			continue;
		memcpy(s.preset.v, b->presets, sizeof(s.preset.v));
		memcpy(s.cpus.v, b->cpus, sizeof(s.cpus.v));
		if (k == ENGINE_KMOD)
			s.cpus = (struct sweep){0};
		expand(&out, c, &s, k, n_cpus);
	}
	case_list_release(l);
	*l = out;
}

int case_file_read(struct case_list *out, const char *path, enum engine_kind kind, int n_cpus,
		   struct case_place *id, struct error *err)
{
	struct yaml_docs docs cleanup_yaml = {0};
	struct tcase base = {.kind = -1, .drop_failed_exit = -1};
	struct sweeps s = {0};
	int rc;

	if (yaml_parse_file(&docs, path, NULL, err) < 0)
		return -1;
	if (!docs.n || docs.docs[0]->kind == YAML_NULL)
		return error_at(err, path, 1, 1, "the file is empty, expected a case with an id");
	if (docs.n > 1)
		return yaml_error(docs.docs[1], err,
				  "a second document, expected one case in a file");
	rc = read_root(docs.docs[0], path, kind, &base, &s, id, err);
	if (!rc)
		expand(out, &base, &s, base.kind >= 0 ? (enum engine_kind)base.kind : kind, n_cpus);
	case_release(&base);
	return rc;
}

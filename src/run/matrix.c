/* SPDX-License-Identifier: Apache-2.0 */
#include "run/matrix.h"

#include "base/fs.h"
#include "base/mem.h"
#include "config/overlay.h"
#include "load/profile.h"
#include "run/matrix_private.h"
#include "syscalls/release.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void matrix_case_release(struct matrix_case *c)
{
	free(c->dir_name);
	free(c->skip);
	free(c->load);
	free(c->rules_label);
	free(c->expect_failed);
	strvec_release(&c->rules_files);
	strvec_release(&c->custom_set);
	strvec_release(&c->predicted);
	strvec_release(&c->rules_lost);
	strvec_release(&c->repair_set);
	selection_release(&c->sel);
}

void matrix_release(struct matrix *m)
{
	for (size_t i = 0; i < m->n; i++)
		matrix_case_release(&m->v[i]);
	free(m->v);
	matrix_private_free(m->priv);
	strvec_release(&m->warnings);
	case_list_release(&m->list);
	config_release(&m->config);
	memset(m, 0, sizeof(*m));
}

/* ---- the rules of a case ---- */

static char *absolute(const char *path)
{
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	return fs_absolute(path);
}

static int expand_rules(const struct matrix *m, const char *const *r, size_t n, struct strvec *out,
			struct error *err)
{
	struct strvec found cleanup_strvec = STRVEC_INIT;

	if (config_rules_files(&m->config, r, n, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++)
		strvec_take(out, absolute(found.v[i]));
	return 0;
}

static int user_rules(const struct matrix *m, const struct matrix_input *in, struct strvec *out,
		      struct error *err)
{
	for (size_t i = 0; i < in->rules->n; i++)
		if (!strcmp(in->rules->v[i], "-"))
			return error_input(err, "-r -: an engine cannot be given standard input "
						"for each case, expected a file or folder");
	return expand_rules(m, (const char *const *)in->rules->v, in->rules->n, out, err);
}

static int dummy_rules(struct strvec *out, struct error *err)
{
	char *path cleanup_free = fs_data_path("rulesets/dummy.yaml");

	if (!path)
		return error_env(err, "rulesets/dummy.yaml is not among the program's data, "
				      "expected an installed falcotune or FALCOTUNE_DATADIR");
	strvec_take(out, absolute(path));
	return 0;
}

static int find_rules(const struct matrix *m, const struct matrix_input *in, struct matrix_case *c,
		      struct error *err)
{
	const char *rules = c->tc->rules;
	bool given = in->rules && in->rules->n;

	if (in->first_rules)
		strvec_push(&c->rules_files, in->first_rules);
	if (strcmp(rules, "dummy") != 0 && strcmp(rules, "user") != 0)
		return expand_rules(m, &rules, 1, &c->rules_files, err);
	if (given)
		return user_rules(m, in, &c->rules_files, err);
	if (!strcmp(rules, "user")) {
		if (expand_rules(m, NULL, 0, &c->rules_files, err) < 0)
			return error_wrap(err, "case %s runs the user's rules and no -r is given",
					  c->tc->key);
		return 0;
	}
	c->dummy_rules = true;
	return dummy_rules(&c->rules_files, err);
}

static char *make_label(const struct matrix_case *c)
{
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;

	if (c->dummy_rules)
		return xstrdup("dummy");
	for (size_t i = 0; i < c->rules_files.n; i++)
		strbuf_addf(&sb, "%s%s", i ? ", " : "", strrchr(c->rules_files.v[i], '/') + 1);
	return strbuf_detach(&sb);
}

/* The rules with the container plugin in place. Where the configuration does not load it and the
 * rules need it, Falco would not start: a warning, because falco.yaml alone is often not all that a
 * host has (Falco's packages load the plugin by a file beside it). */
static struct loaded_rules *own_rules(struct matrix *m, const struct matrix_input *in,
				      struct matrix_case *c)
{
	bool container = in->embedded || strvec_has(&m->config.plugins_loaded, "container");
	struct loaded_rules *lr = matrix_rules(m, &c->rules_files, container), *with;

	if (!lr->refused || container)
		return lr;
	with = matrix_rules(m, &c->rules_files, true);
	if (with->refused)
		return lr;
	matrix_warn(m, xasprintf("%s: needs the container plugin, which the configuration does not "
				 "load; Falco would refuse it: %s",
				 c->rules_files.v[0], lr->refused));
	return with;
}

/* A rule set that Falco refuses is an error, unless it is only the missing plugin that makes it
 * refuse: then the rest of the matrix can be run and this case says why it cannot. */
static int predict(struct matrix *m, const struct matrix_input *in, struct matrix_case *c,
		   struct error *err)
{
	struct loaded_rules *lr = own_rules(m, in, c);

	if (lr->refused)
		return error_input(err, "%s", lr->refused);
	if (c->tc->plugins_none) {
		lr = matrix_rules(m, &c->rules_files, false);
		if (lr->refused) {
			c->skip = xasprintf("the rules need the container plugin: %s", lr->refused);
			m->n_skipped++;
			return 0;
		}
	}
	matrix_predict(m, c, lr);
	return 0;
}

/* ---- the settings of a case ---- */

static void settle(const struct matrix *m, const struct matrix_input *in, const struct tcase *tc,
		   struct matrix_case *c)
{
	const struct config *cfg = &m->config;
	enum engine_kind kind = tc->kind >= 0 ? (enum engine_kind)tc->kind : cfg->kind;
	/* Falco reads the section of the case's kind. */
	struct config_section own = config_section(cfg, kind);
	const char *load = in->load	      ? in->load
			   : tc->load	      ? tc->load
			   : in->default_load ? in->default_load
					      : MATRIX_DEFAULT_LOAD;

	memset(c, 0, sizeof(*c));
	c->tc = tc;
	c->dir_name = xstrdup(tc->key);
	for (char *p = c->dir_name; *p; p++)
		if (*p == '/')
			*p = '.';
	c->load = strpbrk(load, "./") ? absolute(load) : xstrdup(load); /* as load/profile.h */
	c->kind = kind;
	c->preset = tc->preset ? tc->preset : own.preset;
	c->drop_failed_exit =
		tc->drop_failed_exit >= 0 ? tc->drop_failed_exit : own.drop_failed_exit;
	c->buffer_bytes = INT64_C(1) << (19 + c->preset); /* Falco: preset 1 is 1 MiB */
	c->cpus = case_effective_cpus(kind, tc->cpus >= 0 ? tc->cpus : own.cpus, m->n_cpus);
	c->n_buffers = case_buffer_count(kind, c->cpus, m->n_cpus);
	strvec_copy(&c->custom_set, tc->has_base ? &tc->custom_set : &cfg->custom_set);
	c->repair = tc->has_base ? tc->repair : cfg->repair;
	c->all = tc->has_base ? tc->all : cfg->all;
	c->all_flag = c->all && !release_of(m->cat)->all_key;
}

/* Without a plugin to leave out, `plugins: none` is its sibling over again. */
static bool same_without_plugins(const struct matrix *m, const struct matrix_input *in,
				 const struct matrix_case *c)
{
	if (!c->tc->plugins_none ||
	    (!in->embedded && strvec_has(&m->config.plugins_loaded, "container")))
		return false;
	for (size_t i = 0; i < m->n; i++) {
		const struct matrix_case *o = &m->v[i];

		if (!strcmp(o->tc->id, c->tc->id) && !o->tc->plugins_none &&
		    o->preset == c->preset && o->cpus == c->cpus)
			return true;
	}
	return false;
}

static void warn_names(struct matrix *m, const struct matrix_case *c)
{
	const struct strvec *lists[] = {&c->sel.invalid_positive, &c->sel.invalid_negative};

	for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			strvec_pushf(&m->warnings,
				     "case %s: custom_set names %s, which Falco %s does not know "
				     "and leaves out",
				     c->tc->key, lists[l]->v[i], m->cat->falco);
}

/* A profile that cannot be read would stop the run at this case, after all the others. */
static int check_load(const struct matrix *m, const struct matrix_input *in,
		      const struct matrix_case *c, struct error *err)
{
	struct load_profile p = {0};
	int rc;

	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->v[i].load, c->load))
			return 0;
	rc = load_profile_read(c->load, &p, err);
	load_profile_release(&p);
	if (rc < 0 && !in->load && c->tc->load)
		return error_wrap(err, "%s", c->tc->file);
	return rc;
}

static int add_case(struct matrix *m, const struct matrix_input *in, const struct tcase *tc,
		    struct error *err)
{
	struct matrix_case c;

	settle(m, in, tc, &c);
	if (same_without_plugins(m, in, &c)) {
		matrix_case_release(&c);
		return 0;
	}
	if (check_load(m, in, &c, err) < 0 || find_rules(m, in, &c, err) < 0) {
		matrix_case_release(&c);
		return -1;
	}
	c.rules_label = make_label(&c);
	ALLOC_GROW(m->v, m->n, m->alloc);
	m->v[m->n++] = c;
	if (predict(m, in, &m->v[m->n - 1], err) < 0)
		return -1;
	warn_names(m, &m->v[m->n - 1]);
	if (c.all_flag)
		matrix_warn(m, xasprintf("case %s: Falco %s has no base_syscalls.all; the case is "
					 "started with -A in its place",
					 c.tc->key, m->cat->falco));
	m->dummy_rules = m->dummy_rules && c.dummy_rules;
	return 0;
}

/* ---- the whole ---- */

static int check_kind(const struct matrix *m, struct error *err)
{
	struct origin o = config_origin(&m->config, "engine.kind");

	if (m->config.kind == ENGINE_MODERN_EBPF || m->config.kind == ENGINE_KMOD)
		return 0;
	return error_at(err, o.file, o.line, o.col,
			"engine.kind %s has no live run, expected modern_ebpf or kmod",
			engine_kind_names[m->config.kind]);
}

static int find_release(struct matrix *m, const char *release, struct error *err)
{
	struct strbuf known cleanup_strbuf = STRBUF_INIT;

	m->cat = catalogue_find(release);
	if (m->cat)
		return 0;
	for (const struct catalogue *const *c = catalogue_all(); *c; c++)
		strbuf_addf(&known, "%s%s", known.len ? ", " : "", (*c)->falco);
	return error_input(err, "no catalogue of Falco %s, expected one of %s", release, known.buf);
}

static int read_all(struct matrix *m, const struct matrix_input *in, struct error *err)
{
	if (find_release(m, in->falco_release, err) < 0 || check_kind(m, err) < 0 ||
	    case_list_load(&m->list, in->cases, m->config.kind, m->n_cpus, err) < 0)
		return -1;
	if (in->buffers)
		case_list_buffers(&m->list, in->buffers, m->config.kind, m->n_cpus);
	for (size_t i = 0; i < m->list.n; i++)
		if (add_case(m, in, &m->list.v[i], err) < 0)
			return -1;
	return 0;
}

/* -r that no case uses is a mistake that costs a whole run when it goes unnoticed. */
static void warn_unused_rules(struct matrix *m, const struct matrix_input *in)
{
	if (!in->rules || !in->rules->n)
		return;
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->v[i].tc->rules, "dummy") || !strcmp(m->v[i].tc->rules, "user"))
			return;
	strvec_push(&m->warnings, "the rules of -r are used by no case: each names its own");
}

int matrix_build(struct matrix *out, const struct matrix_input *in, struct error *err)
{
	struct config_input ci = {
		.file = in->config,
		.sets = in->sets,
		.release = in->falco_release ? release_minor(in->falco_release) : 0,
	};
	long n_cpus = in->n_cpus > 0 ? in->n_cpus : sysconf(_SC_NPROCESSORS_ONLN);

	memset(out, 0, sizeof(*out));
	out->metrics_interval = in->metrics_interval;
	out->n_cpus = n_cpus > 0 ? (int)n_cpus : 1;
	out->dummy_rules = true;
	if (config_load(&out->config, &ci, err) < 0)
		return -1;
	out->priv = xcalloc(1, sizeof(*out->priv));
	strvec_copy(&out->warnings, &out->config.warnings);
	if (read_all(out, in, err) < 0) {
		matrix_release(out);
		return -1;
	}
	warn_unused_rules(out, in);
	return 0;
}

const struct matrix_case *matrix_find(const struct matrix *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->v[i].tc->key, key))
			return &m->v[i];
	return NULL;
}

/* ---- what an engine is started with ---- */

static struct overlay overlay_of(const struct matrix_case *c)
{
	struct overlay o = OVERLAY_INIT;

	o.kind = c->kind;
	/* As written: Falco itself bounds cpus_for_each_buffer to the CPUs there are. */
	o.preset = c->tc->preset;
	o.drop_failed_exit = c->tc->drop_failed_exit;
	o.cpus = c->tc->cpus;
	o.custom_set = &c->custom_set;
	o.repair = c->repair;
	o.all = c->all;
	o.plugins_none = c->tc->plugins_none;
	return o;
}

int matrix_overlay(const struct matrix *m, const struct matrix_case *c, const char *metrics_file,
		   const char *alerts_file, bool libbpf_stats, struct strbuf *out,
		   struct error *err)
{
	struct overlay o = overlay_of(c);

	o.metrics_file = metrics_file;
	o.alerts_file = alerts_file;
	o.libbpf_stats = libbpf_stats;
	o.metrics_interval = m->metrics_interval;
	if (overlay_render(&m->config, &o, out, err) < 0)
		return error_wrap(err, "case %s", c->tc->key);
	return 0;
}

void matrix_o_flags(const struct matrix *m, const struct matrix_case *c, struct strvec *flags)
{
	struct overlay o = overlay_of(c);

	overlay_o_flags(&m->config, &o, flags);
}

void matrix_argv(const struct matrix_case *c, const char *engine, const char *config,
		 const struct strvec *rules, bool dry_run, struct strvec *argv)
{
	if (!rules)
		rules = &c->rules_files;
	strvec_push(argv, engine);
	strvec_push(argv, "-c");
	strvec_push(argv, config);
	for (size_t i = 0; i < rules->n; i++) {
		strvec_push(argv, "-r");
		strvec_push(argv, rules->v[i]);
	}
	if (c->all_flag)
		strvec_push(argv, "-A");
	if (dry_run)
		strvec_push(argv, "--dry-run");
}

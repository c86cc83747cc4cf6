/* SPDX-License-Identifier: Apache-2.0 */
/* The last run: does the engine take what is recommended, and what does it drop then? */
#include "cmd/advise.h"

#include "advise/settings.h"
#include "base/fs.h"
#include "base/mem.h"
#include "cmd/measure.h"
#include "tune/verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIVE_MAX    3 /* findings that are run live */
#define DURATION_NS (2 * NS_PER_S)
#define WARMUP_NS   NS_PER_S

struct verify {
	const struct advise_args *a;
	struct session *s;
	const char *dir, *state_dir;
	char *load, *load_name; /* NULL: none is known */
	size_t n, n_live;
};

/* ---- the load ---- */

/* Beside the load's name, where the advice is for another host or process than the verification. */
static const char *const elsewhere[] = {
	[SOURCE_RESULTS] = "",
	[SOURCE_METRICS] = " (this host and this engine, not the Falco that the metrics are of)",
	[SOURCE_HOST] = " (on this host with this engine)",
	[SOURCE_OBSERVED] = " (this host and this engine, not the observed Falco)",
};

/* The mix of a host profile as a load profile. */
static int write_replay(struct verify *v, struct error *err)
{
	char *file = fs_join(v->dir, "replay.yaml");
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	strbuf_addstr(&text, "id: replay\ntitle: replay\nreplay: '");
	for (const char *s = v->a->host_file; *s; s++) {
		if (*s == '\'')
			strbuf_addch(&text, '\'');
		strbuf_addch(&text, *s);
	}
	strbuf_addstr(&text, "'\n");
	v->load = file;
	v->load_name = xasprintf("replay of %s%s", v->a->from ? v->a->from : v->a->results,
				 elsewhere[SOURCE_HOST]);
	return fs_write_file(file, text.buf, text.len, 0600, err);
}

static int choose_load(struct verify *v, struct error *err)
{
	const char *load = v->a->load_given ? v->a->load_given : v->a->load;

	if (!load)
		return v->a->host_file ? write_replay(v, err) : 0;
	v->load = xstrdup(load);
	v->load_name = xasprintf("%s%s", load, elsewhere[v->a->source]);
	return 0;
}

/* Why there is no live run, or NULL. Without a load verify_run() says so itself. */
static const char *no_live(const struct verify *v)
{
	if (v->a->no_verify)
		return "--no-verify";
	return v->load && v->n_live >= LIVE_MAX ? "only the first three findings are" : NULL;
}

/* ---- the runs ---- */

/* Settings of a finding, once more as the user would give them. */
static void settings_of(const struct advice_item *f, struct strvec *out)
{
	if (f->flags)
		settings_of_flags(f->flags, out);
	else
		strvec_copy(out, &f->change);
}

/* 0; -1: interrupted or ERROR_ENV. */
static int verify_one(struct verify *v, struct advice_item *f, struct error *err)
{
	const struct advise_args *a = v->a;
	char *dir cleanup_free = xasprintf("%s/run-%zu", v->dir, ++v->n);
	struct strvec change cleanup_strvec = STRVEC_INIT;
	struct verify_input in = {.engine = a->engine,
				  .config = a->config,
				  .sets = &a->sets,
				  .rules = &a->rules,
				  .change = &change,
				  .case_rules =
					  (a->config || a->rules.n) && !a->dummy ? "user" : "dummy",
				  .load = v->load,
				  .load_name = v->load_name,
				  .no_live = no_live(v),
				  .duration_ns = DURATION_NS,
				  .warmup_ns = WARMUP_NS,
				  .timeout_ns = -1,
				  .limit = f->covers ? a->limit : (double)NAN,
				  .dir = dir,
				  .command = "falcotune advise"};
	int rc;

	if (a->source == SOURCE_RESULTS && !a->dummy && !a->config && !a->rules.n) {
		verify_none(&f->verification,
			    "the results are of rules of your own; give their -c and -r");
		return 0;
	}
	settings_of(f, &change);
	if (leftovers_begin(&v->s->left, v->state_dir, dir, err))
		return -1;
	rc = verify_run(&in, v->s, &f->verification, err);
	leftovers_end(&v->s->left);
	v->n_live += v->load && !in.no_live;
	return rc;
}

static bool has_change(const struct advice_item *f)
{
	return f->change.n || f->flags;
}

static int verify_all(struct verify *v, struct advice *f, struct error *err)
{
	int rc = choose_load(v, err);

	for (size_t i = 0; !rc && i < f->n && !session_interrupted(v->s); i++)
		if (has_change(&f->v[i]))
			rc = verify_one(v, &f->v[i], err);
	if (rc && !v->s->caught)
		return rc;
	for (size_t i = 0; i < f->n; i++)
		if (has_change(&f->v[i]) && !f->v[i].verification.state)
			verify_none(&f->v[i].verification, "interrupted");
	return 0;
}

int advise_verify(struct cmd_ctx *ctx, const struct advise_args *a, struct advice *f, int *caught,
		  struct error *err)
{
	const char *base = getenv("TMPDIR");
	char *dir cleanup_free =
		xasprintf("%s/falcotune-advise.XXXXXX", base && *base ? base : "/tmp");
	char *state_dir cleanup_free = NULL;
	struct session s = SESSION_INIT;
	struct verify v = {.a = a, .s = &s, .dir = dir};
	struct error unused = ERROR_INIT;
	bool made = mkdtemp(dir) != NULL;
	int rc = made ? cmd_measure_begin(ctx, &s, &state_dir, err)
		      : error_env(err, "%s: cannot be made", dir);

	v.state_dir = state_dir;
	s.limits = a->limits;
	if (!rc)
		rc = verify_all(&v, f, err);
	*caught = s.caught;
	session_end(&s);
	free(v.load);
	free(v.load_name);
	if (made)
		fs_remove_tree(dir, &unused);
	return rc;
}
